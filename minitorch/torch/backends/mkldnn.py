"""Intel's library of layers, which is not used: `torch.backends.mkldnn`."""

enabled = True


def is_available() -> bool:
    """Tell whether the library is used: minitorch has kernels of its own."""
    return False
