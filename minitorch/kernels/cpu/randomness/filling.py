"""How samplers fill arrays of any layout: in the order in which PyTorch visits the elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ...._jit import SizedKernel, entry_point
from ....errors import DTypeError, LayoutError
from ..layouts.pieces import PIECE, in_memory_order, pieces
from .generator import Generator

Array = NDArray[Any]
_Dtype = np.dtype[Any]

BOOL, INT64 = np.dtype(np.bool_), np.dtype(np.int64)
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
# A kernel draws at most so many numbers before it returns to Python, where Ctrl-C is noticed.
MOST_AT_ONCE = 1 << 24


class SamplerDTypeError(DTypeError, NotImplementedError):
    """An array of a type that a sampler cannot fill."""


class Filler:
    """A sampler's kernels, which fill dense arrays, compiled for each dtype when first needed.

    Args:
        name: for the texts of errors.
        kinds: NumPy's letters of the kinds of elements that can be filled.
        loops: for each dtype that a kernel fills, the loop (state, out, first, second). The last
            one also serves other dtypes, but for floats, where float32 and float64 do.
        numbers: the types of first and second.
    """

    def __init__(
        self,
        name: str,
        kinds: str,
        loops: Mapping[_Dtype, Callable[[], Any]],
        numbers: tuple[types.Type, types.Type] = (types.float64, types.float64),
    ) -> None:
        self._name = name
        self._kinds = kinds
        self._kernels = {dtype: SizedKernel(loop) for dtype, loop in loops.items()}
        self._numbers = numbers
        # Entry points check no type: what is passed must be a dense vector of the dtype.
        self._entries: dict[_Dtype, Any] = {}

    def __call__(self, out: Array, generator: Generator, first: float, second: float) -> Array:
        """Fill an array in the order of its memory.

        Raises:
            SamplerDTypeError: it is of another kind.
            LayoutError: it is read-only, or its elements share memory.
        """
        entry = self._entries.get(out.dtype)
        if entry is not None and out.flags.carray and out.size <= MOST_AT_ONCE:
            entry(generator.words, out.ravel(), first, second)
        else:
            check_target(self._name, out, self._kinds)
            self._fill_any(out, generator, first, second)
        return out

    def _fill_any(self, out: Array, generator: Generator, first: float, second: float) -> None:
        """Fill an array of any layout, through dense memory where it is not dense."""
        work = self._working(out.dtype)
        entry = self._entry(work)
        (view,) = in_memory_order([out])
        if out.dtype == work and view.flags.carray:
            flat = view.reshape(-1)
            for start in range(0, flat.size, MOST_AT_ONCE):
                entry(generator.words, flat[start : start + MOST_AT_ONCE], first, second)
            return
        dense = np.empty(min(out.size, PIECE), work)
        for (piece,) in pieces([view]):
            part = dense[: piece.size]
            entry(generator.words, part, first, second)
            put(part, piece)

    def _working(self, dtype: _Dtype) -> _Dtype:
        """Give the dtype of the kernel that serves a dtype."""
        native = dtype.newbyteorder("=")
        if native not in self._kernels and dtype.kind == "f" and SINGLE in self._kernels:
            return SINGLE
        return native if native in self._kernels else list(self._kernels)[-1]

    def _entry(self, dtype: _Dtype) -> Any:
        """Compile the kernel for a dtype, and give its entry point."""
        entry = self._entries.get(dtype)
        if entry is None:
            state, vector = (types.Array(from_dtype(d), 1, "C") for d in (_STATE, dtype))
            kernel = self._kernels[dtype].serial
            entry = entry_point(kernel, (state, vector, *self._numbers))
            self._entries[dtype] = entry
        return entry


_STATE = np.dtype(np.uint32)


def check_target(name: str, out: Array, kinds: str) -> None:
    """Check that a sampler can fill an array."""
    if out.dtype.kind not in kinds:
        wanted = "floats" if kinds == "f" else "numbers"
        raise SamplerDTypeError(f"{name} fills arrays of {wanted}, got {out.dtype}.")
    flags = out.flags
    if not flags.writeable:
        raise LayoutError(f"{name}: the array of shape {out.shape} is read-only. Try a copy of it.")
    if not flags.c_contiguous and any(
        step == 0 and size > 1 for step, size in zip(out.strides, out.shape, strict=True)
    ):
        raise LayoutError(
            f"{name}: elements of the array (shape {out.shape}, strides {out.strides}) lie in the "
            "same memory. Try a copy of it."
        )


def put(numbers: Array, target: Array) -> None:
    """Copy dense numbers to where they belong."""
    with np.errstate(over="ignore", invalid="ignore"):
        target[...] = numbers.reshape(target.shape)
