"""The CPU, asked what is asked of other devices: `torch.cpu`."""

from typing import Any


def is_available() -> bool:
    """Tell whether tensors can lie here: always."""
    return True


def device_count() -> int:
    """Count the CPUs that tensors can lie on."""
    return 1


def current_device() -> str:
    """Give the name of the chosen device."""
    return "cpu"


def is_initialized() -> bool:
    """Tell whether the device is in use: always."""
    return True


def synchronize(device: Any = None) -> None:
    """Wait for the device: when a call returns, all is done."""
