"""Intel's library of linear algebra, which is not used: `torch.backends.mkl`."""


def is_available() -> bool:
    """Tell whether the library is used: minitorch has kernels of its own."""
    return False
