"""Kernels of images that are sampled at places between their elements."""
