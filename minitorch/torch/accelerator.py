"""Questions about whatever computes beside the CPU: `torch.accelerator`. There is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from .._warn import warn
from ..errors import DeviceError
from ._device import device as device_kind
from ._missing import missing_from

Device = device_kind | str | int | None


def is_available() -> bool:
    """Tell whether tensors can lie anywhere but on the CPU."""
    return False


def device_count() -> int:
    """Count the devices beside the CPU."""
    return 0


def current_accelerator(check_available: bool = False) -> device_kind | None:
    """Give the kind of device beside the CPU: none."""
    return None


def current_device_index() -> int:
    """Give the number of the chosen device.

    Raises:
        DeviceError: there is none.
    """
    _refuse("current_device_index")


def current_device_idx() -> int:
    """Give the number of the chosen device, by an old name.

    Raises:
        DeviceError: there is none.
    """
    warn("Use `current_device_index` instead of current_device_idx.", FutureWarning)
    _refuse("current_device_idx")


def set_device_index(device: Device) -> None:
    """Choose a device.

    Raises:
        DeviceError: there is none.
    """
    _refuse("set_device_index")


def set_device_idx(device: Device) -> None:
    """Choose a device, by an old name.

    Raises:
        DeviceError: there is none.
    """
    warn("Use `set_device_index` instead of set_device_idx.", FutureWarning)
    _refuse("set_device_idx")


def synchronize(device: Device = None) -> None:
    """Wait for a device.

    Raises:
        DeviceError: there is none.
    """
    _refuse("synchronize")


def empty_cache() -> None:
    """Give the device's unused memory back.

    Raises:
        DeviceError: there is none.
    """
    _refuse("empty_cache")


def memory_allocated(device_index: Device = None) -> int:
    """Give the bytes of the device that tensors take.

    Raises:
        DeviceError: there is none.
    """
    _refuse("memory_allocated")


def memory_reserved(device_index: Device = None) -> int:
    """Give the bytes of the device that are kept.

    Raises:
        DeviceError: there is none.
    """
    _refuse("memory_reserved")


class device_index:  # noqa: N801  (PyTorch's name)
    """A block in which a device is chosen; None chooses none.

    Raises:
        DeviceError: on entering with a number, since there is no device.
    """

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            _refuse("device_index")

    def __exit__(self, *problem: object) -> None:
        return None


def _refuse(function: str) -> NoReturn:
    raise DeviceError(
        f"Cannot access accelerator device when none is available: torch.accelerator.{function} "
        "needs one, and tensors lie on the CPU here. Ask torch.accelerator.is_available() first."
    )


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
