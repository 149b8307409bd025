"""Kernels of pooling over windows, forward and backward."""
