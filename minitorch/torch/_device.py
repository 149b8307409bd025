"""Where a tensor lies: `torch.device("cpu")`."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ..errors import DeviceError
from ._class_names import NamedClass

_PATTERN = re.compile(r"([a-z]+)(?::(0|[1-9]\d*))?")
_KINDS = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga",
    "maia", "xla", "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip


class NoCudaError(DeviceError, AssertionError):
    """A CUDA device was asked for; PyTorch without CUDA raises an AssertionError."""


class NoDeviceError(DeviceError, NotImplementedError):
    """A device other than the CPU and CUDA was asked for."""


class device(metaclass=NamedClass):  # noqa: N801  (PyTorch's name)
    """A device, as `torch.device`; used with `with`, that of new tensors.

    Args:
        type: "cpu", "cuda:0" and so on, or another device.
        index: its number, where the text has none.

    Raises:
        RuntimeError: the text names no device.
        TypeError: it is no text.
    """

    __slots__ = ("index", "type")

    def __init__(self, type: str | device | int, index: int | None = None) -> None:
        if isinstance(type, device):
            type = str(type)
        if isinstance(type, int) and not isinstance(type, bool):
            raise DeviceError(
                f"Cannot access accelerator device when none is available: device({type}) stands "
                "for a GPU. Use device('cpu')."
            )
        if not isinstance(type, str):
            raise TypeError(f"device() takes a text such as 'cpu', got {type!r}.")
        match = _PATTERN.fullmatch(type)
        if match is None and type.partition(":")[0] in _KINDS:
            raise RuntimeError(f"Invalid device string: '{type}'")
        if match is None or match[1] not in _KINDS:
            raise RuntimeError(
                f"Expected one of {', '.join(_KINDS)} device type at start of device string: {type}"
            )
        if match[2] is not None and index is not None:
            raise RuntimeError(f"The device {type!r} has a number already, got index {index} too.")
        self.type: str = match[1]
        self.index: int | None = int(match[2]) if match[2] is not None else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (
            ")" if self.index is None else f", index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[object, ...]:
        return device, (str(self),)

    def __enter__(self) -> device:
        check_device(self)
        return self

    def __exit__(self, *problem: object) -> None:
        return None


CPU = device("cpu")


def check_device(given: Any) -> None:
    """Check that tensors can be made on a device; None is the default one.

    Raises:
        NoCudaError, NoDeviceError: it is not the CPU.
        RuntimeError, TypeError: it is no device.
    """
    if given is None or given is CPU:
        return
    place = given if given.__class__ is device else device(given)
    if place.type != "cpu":
        refuse(place)


def refuse(place: device | str) -> NoReturn:
    """Raise the error for a device that is not there.

    Raises:
        NoCudaError, NoDeviceError: always.
    """
    hint = "Use device='cpu', which is the default."
    if str(place).startswith("cuda"):
        raise NoCudaError(
            f"Torch not compiled with CUDA enabled: {place} was asked for, and tensors lie on the "
            f"CPU here. {hint}"
        )
    raise NoDeviceError(f"There is no device {place} here: tensors lie on the CPU. {hint}")


def get_default_device() -> device:
    """Give the device of new tensors."""
    return CPU


def set_default_device(device: device | str | None) -> None:
    """Choose the device of new tensors; None stands for the CPU.

    Raises:
        NoCudaError, NoDeviceError: it is not the CPU.
    """
    check_device(device)
