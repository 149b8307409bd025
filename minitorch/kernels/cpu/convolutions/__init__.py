"""Kernels of convolutions, forward and backward."""
