"""Kernels of losses and of softmax, forward and backward."""
