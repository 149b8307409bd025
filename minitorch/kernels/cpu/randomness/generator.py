"""The generator of random numbers, whose stream and state are those of PyTorch's CPU generator."""

from __future__ import annotations

import operator
import secrets
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import DTypeError
from . import mersenne
from .mersenne import FRESH, HAS_NORMAL, NORMAL, POSITION, STATE_SIZE, WORDS

# The seed of a generator that was given none, as in PyTorch.
DEFAULT_SEED = 67280421310721

# PyTorch's memory layout of a state, 5056 bytes.
_LAYOUT = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("words", "<u8", WORDS),
        ("unused", "<f8"),
        ("normal", "<f8"),
        ("unused_too", "<f8"),
        ("has_normal", "<i4"),
        ("padding", "<i4"),
        ("single_normal", "<f8"),
    ]
)

_SEED = SizedKernel(lambda: mersenne.seed)
_TEMPER = SizedKernel(lambda: mersenne.temper)


class Generator:
    """A source of random numbers. Two that were given the same seed give the same numbers.

    Each draw holds Python's lock, so threads may share a generator: they get different numbers, in
    the order in which they come.

    Attributes:
        words: the state, as `mersenne` lays it out.
    """

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self.words: NDArray[np.uint32] = np.zeros(STATE_SIZE, np.uint32)
        self._normal = self.words[NORMAL:HAS_NORMAL].view(np.float64)
        self.manual_seed(seed)

    def __repr__(self) -> str:
        return f"<generator of random numbers, seed {self._seed}>"

    def manual_seed(self, seed: int) -> Generator:
        """Start again from a seed, of which the low 32 bits count.

        Args:
            seed: from -2**63 to 2**64 - 1; a negative one stands for seed + 2**64.

        Raises:
            DTypeError: the seed is no whole number.
            ValueError: it does not fit 64 bits.
        """
        try:
            number = operator.index(seed)
        except TypeError:
            raise DTypeError(
                f"manual_seed takes a whole number, got {seed!r}. Try int({seed!r})."
            ) from None
        if not -(1 << 63) <= number < 1 << 64:
            raise ValueError(f"manual_seed takes -2**63 to 2**64 - 1, got {number}.")
        self._seed = number % (1 << 64)
        _SEED.serial(self.words, self._seed % (1 << 32))
        return self

    def seed(self) -> int:
        """Start again from a number that nobody can foretell, and give that."""
        number = secrets.randbits(64)
        self.manual_seed(number)
        return number

    def initial_seed(self) -> int:
        """Give the seed that the stream started from."""
        return self._seed

    def get_state(self) -> NDArray[np.uint8]:
        """Give the state, in PyTorch's layout of 5056 bytes."""
        state = np.zeros((), _LAYOUT)
        position = int(self.words[POSITION])
        is_fresh = bool(self.words[FRESH])
        state["seed"] = self._seed
        state["left"] = WORDS + 1 - position
        state["seeded"] = 1
        state["next"] = 0 if is_fresh else position
        state["words"] = self.words[:WORDS]
        if self.words[HAS_NORMAL]:
            state["normal"], state["has_normal"] = self._normal[0], 1
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    def set_state(self, state: NDArray[Any]) -> None:
        """Go on from a state that `get_state` gave, here or in PyTorch.

        Raises:
            DTypeError: the state is not of uint8.
            RuntimeError: it has another size, or numbers that no state has.
        """
        if state.dtype != np.uint8:
            raise DTypeError(f"A generator's state has dtype uint8, got {state.dtype}.")
        if state.size != _LAYOUT.itemsize:
            raise RuntimeError(
                f"A generator's state has {_LAYOUT.itemsize} bytes, got {state.size}."
            )
        read = np.frombuffer(state.tobytes(), _LAYOUT)[0]
        left, following = int(read["left"]), int(read["next"])
        is_used_up = left == 1 and following <= WORDS
        if not read["seeded"] or not (is_used_up or left == WORDS + 1 - following <= WORDS):
            raise RuntimeError(
                "These bytes are no state of a generator: "
                f"left {left}, next {following}, seeded {int(read['seeded'])}."
            )
        self._seed = int(read["seed"])
        self.words[:WORDS] = read["words"]
        _TEMPER.serial(self.words)
        self.words[POSITION] = WORDS if is_used_up else following
        self.words[FRESH] = is_used_up and following == 0
        self._normal[0] = read["normal"]
        self.words[HAS_NORMAL] = read["has_normal"] != 0
