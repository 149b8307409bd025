"""Where random numbers come from: `torch.Generator`."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DTypeError
from ..kernels.cpu.randomness.generator import DEFAULT_SEED
from ..kernels.cpu.randomness.generator import Generator as Engine
from ._class_names import NamedClass
from ._device import CPU, check_device, device
from ._wrap import Late, wrap

if TYPE_CHECKING:
    from ._tensor import Tensor


class SeedError(ValueError, RuntimeError):
    """A seed that does not fit 64 bits."""


class Generator(metaclass=NamedClass):
    """A source of random numbers. Two that were given the same seed give the same numbers.

    Args:
        device: where its numbers are made: the CPU.
    """

    __slots__ = ("__weakref__", "_engine")

    _engine: Engine | None

    def __init__(self, device: device | str | None = None) -> None:
        check_device(device)
        self._engine = Engine(DEFAULT_SEED)

    @property
    def device(self) -> device:
        """Where its numbers are made."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start again from a seed.

        Args:
            seed: from -2**63 to 2**64 - 1; a negative one stands for seed + 2**64.

        Raises:
            RuntimeError: it is no whole number, or does not fit 64 bits.
        """
        try:
            number = operator.index(seed)
        except TypeError:
            raise DTypeError(
                f"manual_seed expected a long, but got {type(seed).__name__}: {seed!r}"
            ) from None
        if not -(1 << 63) <= number < 1 << 64:
            raise SeedError(
                f"Overflow when unpacking long long: manual_seed takes -2**63 to 2**64 - 1, got "
                f"{number}."
            )
        if self._engine is None:
            self._engine = Engine(number)
        else:
            self._engine.manual_seed(number)
        return self

    def seed(self) -> int:
        """Start again from a number that nobody can foretell, and give that."""
        return self.engine().seed()

    def initial_seed(self) -> int:
        """Give the seed that the stream started from."""
        return self.engine().initial_seed()

    def get_state(self) -> Tensor:
        """Give the state, in PyTorch's layout of 5056 bytes."""
        return wrap(self.engine().get_state())

    def set_state(self, new_state: Tensor) -> Generator:
        """Go on from a state that `get_state` gave, here or in PyTorch.

        Raises:
            TypeError: it is no tensor of uint8.
            RuntimeError: it has another size, or numbers that no state has.
        """
        if not isinstance(new_state, Late.Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._array.dtype != np.uint8:
            raise TypeError(f"RNG state must be a torch.ByteTensor, got {new_state._key.dtype}")
        self.engine().set_state(new_state._array)
        return self

    def clone_state(self) -> Generator:
        """Give another generator that goes on from the same state."""
        return Generator().set_state(self.get_state())

    def engine(self) -> Engine:
        """Give the stream; the default generator's begins when it is first asked for."""
        if self._engine is None:
            self._engine = Engine(0)
            self._engine.seed()
        return self._engine

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.get_state(),)

    def __deepcopy__(self, memo: dict[int, Any]) -> Generator:
        return self.clone_state()


def _restored(state: Tensor) -> Generator:
    return Generator().set_state(state)


def _unseeded() -> Generator:
    """Make a generator whose stream does not begin yet: nothing is compiled at import."""
    generator = object.__new__(Generator)
    generator._engine = None
    return generator


default_generator = _unseeded()


def engine_of(function: str, generator: Generator | None) -> Engine:
    """Give the stream of a generator, or of the default one.

    Raises:
        TypeError: it is no generator.
    """
    if generator is None:
        generator = default_generator
    elif not isinstance(generator, Generator):
        raise TypeError(
            f"{function}(): argument 'generator' must be torch.Generator, not "
            f"{type(generator).__name__}"
        )
    return generator._engine or generator.engine()
