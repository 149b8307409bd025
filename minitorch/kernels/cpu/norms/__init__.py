"""Kernels of layer, RMS, batch and group normalisation, forward and backward."""
