"""Functions that join elements along dimensions: sums, extremes, statistics, running sums."""
