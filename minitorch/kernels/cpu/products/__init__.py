"""Kernels of products of matrices and vectors."""
