"""Kernels that pick, put and join elements where indices or masks say."""
