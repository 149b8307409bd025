"""Samplers that draw PyTorch's very numbers, and dropout."""
