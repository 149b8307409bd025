"""Gradients: `torch.autograd`."""
