"""Normalization of layers, batches, groups and weights."""
