"""Linear algebra: factors, systems, determinants and norms of matrices."""
