"""The functions of tensors, by family."""
