"""Elementwise kernels over NumPy arrays of any layout, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit, types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ..._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ...errors import DTypeError, IntegerDivisionError, LayoutError, ShapeError
from ..generated.loops import DENSE, STRIDED
from ..op_table import ALL, FLOATS, INTEGERS, NUMBERS
from .layout import Walk, broadcast_shapes, walk

Array = NDArray[Any]

_KINDS = {FLOATS: "f", INTEGERS: "biu", NUMBERS: "fiu", ALL: "bfiu"}
# How many additions of a number an operation costs, for the choice between one thread and several.
_CHEAP, _COSTLY = 0.3, 5.0
# A kernel treats at most this many elements before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 26


class Elementwise:
    """An elementwise operation: kernels for every dtype and layout, compiled when first needed.

    Called with arrays of one dtype, which broadcast, it gives an array of their shape. Arrays of
    float16 are computed in float32 and rounded once.

    Args:
        name: for the texts of errors.
        formula: a function of the operands, one number each, and the parameters.
        operands: their names.
        dtypes: which dtypes it takes, in the words of the op table.
        result: bool for a comparison, None for the dtype of the operands.
        parameters: further numbers, with their default values.
        costly: far more work than an addition.
        divides: the second operand must not hold 0 if it holds integers.
    """

    def __init__(
        self,
        name: str,
        formula: Callable[..., Any],
        operands: Sequence[str],
        dtypes: str,
        result: type[bool] | None = None,
        parameters: Mapping[str, float] | None = None,
        costly: bool = False,
        divides: bool = False,
    ) -> None:
        self.name = name
        self.formula = formula
        self.operands = tuple(operands)
        self.dtypes = dtypes
        self.result = result
        self.parameters = dict(parameters or {})
        self.divides = divides
        self._cost = _COSTLY if costly else _CHEAP
        self._dense = SizedKernel(lambda: DENSE[len(self.operands)](self._compiled))
        self._strided = SizedKernel(lambda: STRIDED[len(self.operands)](self._compiled))
        self._most_small = int(PARALLEL_THRESHOLD / self._cost) - 1
        self._defaults = tuple(map(float, self.parameters.values()))
        # For each dtype, once its serial kernel is compiled: the shortest way to it.
        self._small: dict[np.dtype[Any], Callable[..., Array | None]] = {}

    def __repr__(self) -> str:
        return f"<elementwise kernel {self.name}({', '.join(self.operands)})>"

    @cached_property
    def _compiled(self) -> Any:
        return njit(error_model="numpy", fastmath={"contract"}, forceinline=True)(self.formula)

    def __call__(self, *arrays: Array, out: Array | None = None, **parameters: float) -> Array:
        """Compute the operation.

        Args:
            *arrays: one for each operand, all of one dtype; their shapes broadcast.
            out: where to put the result, of its dtype and shape; it may be one of the operands, but
                must not overlap one in another way.
            **parameters: the operation's further numbers.

        Raises:
            TypeError: another number of operands, an unknown parameter, or (DTypeError) a dtype
                that the operation does not take.
            ShapeError: the shapes do not broadcast, or do not fit out.
            IntegerDivisionError: an integer would be divided by 0.
        """
        if out is None and not parameters and len(arrays) == len(self.operands):
            small = self._small.get(arrays[0].dtype)
            result = small and small(*arrays)
            if result is not None:
                return result
        dtype = self._checked_dtype(arrays)
        numbers = self._numbers(parameters)
        if self.divides and dtype.kind in "iu" and not arrays[1].all():
            raise IntegerDivisionError(f"{self.name}: integers cannot be divided by 0.")
        shape = broadcast_shapes(self.name, [array.shape for array in arrays])
        result_dtype = np.dtype(self.result or dtype)
        if dtype == np.float16:
            return self._by_single(arrays, out, parameters)
        if out is None:
            out = _empty(shape, result_dtype, arrays)
        else:
            self._check_out(out, shape, result_dtype)
        if out.size:
            self._run(arrays, out, numbers)
        return out

    def _prepare_small(self, dtype: np.dtype[Any]) -> None:
        """Keep a short way to the serial kernel, which has run for the first time."""
        kernel = self._dense.serial
        if dtype in self._small or not hasattr(kernel, "overloads"):
            return
        if self.divides and dtype.kind in "iu":
            return  # Their divisors have to be looked at first.
        result = np.dtype(self.result or dtype)
        operands = [types.Array(from_dtype(dtype), 1, "C")] * len(self.operands)
        out = types.Array(from_dtype(result), 1, "C")
        numbers = types.Tuple([types.float64] * len(self._defaults))
        entry = entry_point(kernel, (*operands, out, numbers))
        ways: dict[int, Callable[..., Any]] = {1: _small_1, 2: _small_2}
        make: Callable[..., Any] = ways.get(len(operands), _small_n)
        self._small[dtype] = make(entry, dtype, result, self._most_small, self._defaults)

    def _checked_dtype(self, arrays: Sequence[Array]) -> np.dtype[Any]:
        """Check the number of operands and their dtype, and give that."""
        if len(arrays) != len(self.operands):
            raise TypeError(
                f"{self.name} takes {len(self.operands)} operands "
                f"({', '.join(self.operands)}), got {len(arrays)}."
            )
        dtype = arrays[0].dtype
        if any(array.dtype != dtype for array in arrays):
            received = ", ".join(str(array.dtype) for array in arrays)
            raise DTypeError(f"{self.name} needs operands of one dtype, got {received}.")
        if dtype.kind not in _KINDS[self.dtypes] or not dtype.isnative:
            raise DTypeError(f"{self.name} takes {self.dtypes}, got {dtype}.")
        return dtype

    def _numbers(self, parameters: Mapping[str, float]) -> tuple[float, ...]:
        """Put the parameters, given or default, in their order."""
        if not parameters:
            return self._defaults
        unknown = parameters.keys() - self.parameters.keys()
        if unknown:
            raise TypeError(
                f"{self.name} has no parameter {', '.join(sorted(unknown))}; it has "
                f"{', '.join(self.parameters) or 'none'}."
            )
        return tuple(float(parameters.get(name, self.parameters[name])) for name in self.parameters)

    def _check_out(self, out: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        if out.dtype != dtype:
            raise DTypeError(f"{self.name} gives {dtype}, which does not fit out of {out.dtype}.")
        if out.shape != shape:
            raise ShapeError(
                f"{self.name} gives shape {shape}, which does not fit out {out.shape}."
            )
        if not out.flags.writeable:
            raise LayoutError(f"{self.name}: out is read-only.")

    def _by_single(
        self, arrays: Sequence[Array], out: Array | None, parameters: Mapping[str, float]
    ) -> Array:
        """Compute float16 operands in float32, which Numba can, and round the result once."""
        wide = self(*(array.astype(np.float32) for array in arrays), out=None, **parameters)
        dtype = np.dtype(self.result or np.float16)
        if out is None:
            out = np.empty_like(wide, dtype=dtype)
        self._check_out(out, wide.shape, dtype)
        with np.errstate(over="ignore", under="ignore"):
            np.copyto(out, wide, casting="same_kind")
        return out

    def _run(self, arrays: Sequence[Array], out: Array, numbers: tuple[float, ...]) -> None:
        """Choose between the dense and the strided loops."""
        if all(
            array.shape == out.shape and array.flags.c_contiguous and array.flags.aligned
            for array in (*arrays, out)
        ):
            self._run_dense([array.reshape(-1) for array in arrays], out.reshape(-1), numbers)
            if out.size <= self._most_small:
                self._prepare_small(arrays[0].dtype)
            return
        for part in walk([*arrays, out]):
            if part.is_dense:
                self._run_dense(part.flat[:-1], part.flat[-1], numbers)
            else:
                self._run_strided(part, numbers)

    def _run_dense(self, flat: Sequence[Array], out: Array, numbers: tuple[float, ...]) -> None:
        kernel = self._dense.for_size(int(out.size * self._cost))
        if out.size <= _MOST_AT_ONCE:
            kernel(*flat, out, numbers)
            return
        for start in range(0, out.size, _MOST_AT_ONCE):
            piece = slice(start, start + _MOST_AT_ONCE)
            kernel(*(array[piece] for array in flat), out[piece], numbers)

    def _run_strided(self, part: Walk, numbers: tuple[float, ...]) -> None:
        kernel = self._strided.for_size(int(part.size * self._cost))
        kernel(*part.flat, part.layout, numbers)


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any], arrays: Sequence[Array]) -> Array:
    """Make the result; operands that are all laid out alike give it their layout."""
    first = arrays[0]
    if first.shape == shape and all(array.strides == first.strides for array in arrays[1:]):
        return np.empty_like(first, dtype=dtype)
    return np.empty(shape, dtype)


# ---- small dense operands of one shape, of which most calls of a small network are: every further
# check would cost as much as the work itself. What these functions give for all others is None.


def _small_1(
    entry: Callable[..., Any],
    dtype: np.dtype[Any],
    result: np.dtype[Any],
    most: int,
    numbers: tuple[float, ...],
) -> Callable[[Array], Array | None]:
    """Make the short way to a kernel of one operand.

    Args:
        entry: the kernel's entry point, which checks nothing.
        dtype: of the operand.
        result: dtype of the result.
        most: number of elements from which on several threads may be better.
        numbers: the values of the operation's parameters.
    """

    def run(x: Array) -> Array | None:
        if x.dtype is not dtype or x.size > most or not x.flags.carray:
            return None
        out = np.empty(x.shape, result)
        entry(x.ravel(), out.ravel(), numbers)
        return out

    return run


def _small_2(
    entry: Callable[..., Any],
    dtype: np.dtype[Any],
    result: np.dtype[Any],
    most: int,
    numbers: tuple[float, ...],
) -> Callable[[Array, Array], Array | None]:
    """Make the short way to a kernel of two operands; see `_small_1`."""

    def run(x: Array, y: Array) -> Array | None:
        shape = x.shape
        if x.dtype is not dtype or y.dtype is not dtype or y.shape != shape or x.size > most:
            return None
        if not x.flags.carray or not y.flags.carray:
            return None
        out = np.empty(shape, result)
        entry(x.ravel(), y.ravel(), out.ravel(), numbers)
        return out

    return run


def _small_n(
    entry: Callable[..., Any],
    dtype: np.dtype[Any],
    result: np.dtype[Any],
    most: int,
    numbers: tuple[float, ...],
) -> Callable[..., Array | None]:
    """Make the short way to a kernel of any number of operands; see `_small_1`."""

    def run(*arrays: Array) -> Array | None:
        shape = arrays[0].shape
        for array in arrays:
            if array.dtype is not dtype or array.shape != shape or not array.flags.carray:
                return None
        if arrays[0].size > most:
            return None
        out = np.empty(shape, result)
        entry(*[array.ravel() for array in arrays], out.ravel(), numbers)
        return out

    return run
