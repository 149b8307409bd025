"""The default generator of random numbers: `torch.random`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ._device import check_device
from ._generator import Generator
from ._generator import default_generator as default_generator

if TYPE_CHECKING:
    from ._tensor import Tensor


def manual_seed(seed: Any) -> Generator:
    """Start the default generator again from a seed, and give that generator.

    Args:
        seed: a number from -2**63 to 2**64 - 1, or what int() makes one of.

    Raises:
        RuntimeError: it does not fit 64 bits.
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator again from a number that nobody can foretell, and give that."""
    return default_generator.seed()


def initial_seed() -> int:
    """Give the seed that the default generator started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Give the default generator's state, in PyTorch's layout of 5056 bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator go on from a state, which may come from PyTorch.

    Raises:
        TypeError: it is no tensor of uint8.
        RuntimeError: it has another size, or numbers that no state has.
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    device_type: str | None = None,
) -> Iterator[None]:
    """Run a block whose random numbers leave the default generator as it was.

    Args:
        devices: GPUs whose generators are restored too: none, since there are none here.
        enabled: False to let the generator go on.
        device_type: the kind of those devices; that it is one of GPUs does not matter without any.

    Raises:
        DeviceError: a GPU is named.
    """
    for device in devices or ():
        check_device(device)
    if not enabled:
        yield
        return
    state = default_generator.get_state()
    try:
        yield
    finally:
        default_generator.set_state(state)
