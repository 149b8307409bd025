"""The way to numba.cuda: the only file that imports it.

`numba.cuda` comes with Numba or, where the package numba-cuda is installed, from there. With
NUMBA_ENABLE_CUDASIM=1 it simulates a device in Python threads.
"""

from typing import Any

import numpy as np
from numba import cuda as cuda

from .errors import DeviceError


def is_simulator() -> bool:
    """Tell whether numba.cuda is its simulator (NUMBA_ENABLE_CUDASIM=1)."""
    from numba.core import config

    return bool(config.ENABLE_CUDASIM)


def require_device(feature: str) -> None:
    """Check that kernels can be launched.

    Raises:
        DeviceError: there is neither a CUDA device nor the simulator.
    """
    if not cuda.is_available():
        raise DeviceError(
            f"{feature} needs a CUDA device, and numba.cuda finds none here. `minitorch doctor` "
            "says what it sees; NUMBA_ENABLE_CUDASIM=1 runs the kernels in a (slow) simulator."
        )


def is_device_array(array: Any) -> bool:
    """Tell whether an array lives on the device.

    The simulator's arrays have no `__cuda_array_interface__` and numba.cuda has no
    `is_cuda_array` there, so the method that both kinds share decides.
    """
    return hasattr(array, "copy_to_host")


def to_device(array: Any) -> Any:
    """Copy a host array to the device; a device array is returned as it is."""
    if is_device_array(array):
        return array
    require_device("Moving a tensor to the GPU")
    return cuda.to_device(np.ascontiguousarray(array))


def to_host(array: Any) -> Any:
    """Copy a device array to a new host array; a host array is returned as it is."""
    return array.copy_to_host() if is_device_array(array) else array


def copy(array: Any) -> Any:
    """Copy a host or device array on its own side."""
    if not is_device_array(array):
        return array.copy()
    duplicate = cuda.device_array_like(array)
    duplicate.copy_to_device(array)
    return duplicate
