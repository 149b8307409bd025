"""Kernels that treat each element by itself: maps, zips, choices, casts and activations."""
