"""Compiled kernels by the types of their arguments, called without Numba's dispatch.

Nothing checks what they are called with: an array of another rank or dtype than the types say is
read and written beyond its end. Operands are only read, so that they may be read-only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit, types
from numba.np.numpy_support import from_dtype

from ...._jit import SizedKernel, entry_point
from ...generated import loops

# The dtypes of the operands, that of the result, and the number of parameters.
Types = tuple[tuple[np.dtype[Any], ...], np.dtype[Any], int]
Entry = Callable[..., Any]

# A kernel treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 26


class LoopEntries:
    """A kind of loops that call dense ones by their address, for all numbers of operands.

    Args:
        by_count: the loops for each number of operands.
        signature: gives the types of their arguments.
    """

    def __init__(
        self,
        by_count: Mapping[int, Any],
        signature: Callable[[Types], tuple[Any, ...]],
    ) -> None:
        self._kernels = {count: _kernel(loop) for count, loop in by_count.items()}
        self._signature = signature
        self._known: dict[tuple[Types, bool], Entry] = {}

    def is_serial(self, work: int) -> bool:
        """Tell whether one thread does so much work."""
        kernel = self._kernels[1]
        return kernel.for_size(work) is kernel.serial

    def entry(self, kinds: Types, work: int) -> Entry:
        """Give the serial or the parallel form, for so much work."""
        kernel = self._kernels[len(kinds[0])]
        chosen = kernel.for_size(work)
        is_serial = chosen is kernel.serial
        entry = self._known.get((kinds, is_serial))
        if entry is None:
            compiled = kernel.serial if is_serial else kernel.parallel
            if not hasattr(compiled, "overloads"):  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
                return chosen
            entry = self._known[kinds, is_serial] = entry_point(compiled, self._signature(kinds))
        return entry


def _kernel(loop: Callable[..., Any]) -> SizedKernel:
    return SizedKernel(lambda: njit(parallel=True, **loops.OPTIONS)(loop))


def dense_signature(kinds: Types) -> tuple[Any, ...]:
    """Give the types of a dense loop's arguments."""
    operands, result, parameters = kinds
    arrays = [types.Array(from_dtype(own), 1, "C") for own in (*operands, result)]
    return (*arrays, types.UniTuple(types.float64, parameters))


def _shared_signature(kinds: Types) -> tuple[Any, ...]:
    return (types.intp, *dense_signature(kinds))


def _strided_signature(kinds: Types) -> tuple[Any, ...]:
    *arrays, numbers = dense_signature(kinds)
    layout = types.Array(types.int64, 2, "C")
    return (types.intp, *arrays, layout, types.intp, types.intp, numbers)


SHARED = LoopEntries(loops.SHARED, _shared_signature)
STRIDED = LoopEntries(loops.STRIDED, _strided_signature)


def address_of(kernel: Any, signature: tuple[Any, ...]) -> int:
    """Give the address of a compiled kernel, for `access.call`; the kernel must stay alive."""
    compiled = kernel.overloads[signature]
    address: int = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return address


def in_pieces(entry: Entry) -> Entry:
    """Make a function that calls a dense kernel for so many elements at a time."""

    def run(*arguments: Any) -> None:
        *flats, numbers = arguments
        for start in range(0, flats[-1].size, MOST_AT_ONCE):
            piece = slice(start, start + MOST_AT_ONCE)
            entry(*[flat[piece] if flat.size > 1 else flat for flat in flats], numbers)

    return run
