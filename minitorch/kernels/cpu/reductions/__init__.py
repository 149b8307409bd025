"""Kernels that join elements along dimensions: reductions, and scans that keep every step."""
