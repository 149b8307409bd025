"""Questions about Apple's GPUs: `torch.mps`. There is none."""

from __future__ import annotations

from typing import NoReturn

from ..errors import DeviceError


def is_available() -> bool:
    """Tell whether tensors can lie on a GPU of Apple's."""
    return False


def device_count() -> int:
    """Count the GPUs of Apple's that tensors can lie on."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed the GPU, if there is one."""
    int(seed)


def seed() -> None:
    """Seed the GPU by chance, if there is one."""


def synchronize() -> None:
    """Wait for the GPU.

    Raises:
        DeviceError: there is none.
    """
    _refuse("synchronize")


def empty_cache() -> None:
    """Give the GPU's unused memory back.

    Raises:
        DeviceError: there is none.
    """
    _refuse("empty_cache")


def current_allocated_memory() -> int:
    """Give the bytes of the GPU that tensors take.

    Raises:
        DeviceError: there is none.
    """
    _refuse("current_allocated_memory")


def _refuse(function: str) -> NoReturn:
    raise DeviceError(
        f"Cannot execute {function}() without MPS backend: there is no GPU of Apple's for tensors "
        "here. Ask torch.backends.mps.is_available() first."
    )
