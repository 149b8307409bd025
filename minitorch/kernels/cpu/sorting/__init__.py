"""Kernels of order: sorting, selecting, and what is equal."""
