"""Kernels of attention and of recurrent layers, forward and backward."""
