"""Threads by OpenMP: `torch.backends.openmp`."""


def is_available() -> bool:
    """Tell whether Numba, which starts the threads, can do that by OpenMP."""
    from importlib.util import find_spec

    return find_spec("numba.np.ufunc.omppool") is not None
