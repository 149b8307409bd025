"""Sparse tensors in the coordinate format."""
