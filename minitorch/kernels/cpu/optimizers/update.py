"""How optimizer steps reach their arrays: lists that are checked once, kernels for each dtype."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ....errors import DTypeError, LayoutError, ShapeError
from ..layouts.pieces import in_memory_order, pieces
from ..randomness.filling import put

Array = NDArray[Any]
Numbers = tuple[float, ...]
_Dtype = np.dtype[Any]

_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
_FLOATS = {np.dtype(np.float16), _SINGLE, _DOUBLE}
# A kernel treats at most so many elements before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 26


# ---- parameters and their states


class _Slot:
    """A parameter and its states.

    Attributes:
        arrays: the parameter, then its states.
        shape: their shape.
        dtype: their type.
        is_flat: they are contiguous float32 or float64, few enough for one thread.
    """

    __slots__ = ("arrays", "dtype", "is_flat", "shape")

    def __init__(self, i: int, arrays: tuple[Array, ...]) -> None:
        _check_arrays(i, arrays)
        first = arrays[0]
        self.arrays = arrays
        self.shape = first.shape
        # The very object that most arrays have: it is compared by identity, which takes no time.
        self.dtype = np.dtype(first.dtype.type)
        self.is_flat = (
            first.size < PARALLEL_THRESHOLD
            and self.dtype != np.float16
            and all(array.flags.carray and array.dtype == self.dtype for array in arrays)
        )


_Row = tuple[_Slot, tuple[Array, ...], _Dtype, tuple[int, ...]]


class ParameterList:
    """Arrays that optimizer steps change in place, checked once for all steps.

    Args:
        parameters: arrays of float16, float32 or float64.
        *states: lists of arrays, one for each parameter and of its shape and dtype.

    Raises:
        ShapeError: lists or arrays of different size.
        DTypeError: other dtypes.
        LayoutError: an array is read-only, or its elements share memory.
    """

    def __init__(self, parameters: Sequence[Array], *states: Sequence[Array]) -> None:
        for state in states:
            if len(state) != len(parameters):
                raise ShapeError(
                    f"There are {len(parameters)} parameters, but {len(state)} arrays of a state."
                )
        groups = zip(parameters, *states, strict=True)
        self.slots = [_Slot(i, arrays) for i, arrays in enumerate(groups)]
        self.states = len(states)
        self._rows: dict[int, list[_Row]] = {}

    def __len__(self) -> int:
        return len(self.slots)

    def rows(self, count: int) -> list[_Row]:
        """Give each slot with its dense memory (nothing where it is not flat), dtype and shape.

        Args:
            count: how many arrays a kernel takes; the last one stands in for those that it ignores.
        """
        rows = self._rows.get(count)
        if rows is None:
            rows = self._rows[count] = []
            for slot in self.slots:
                flat = tuple(array.reshape(-1) for array in padded(slot.arrays, count))
                rows.append((slot, flat if slot.is_flat else (), slot.dtype, slot.shape))
        return rows


def padded(arrays: Sequence[Array], count: int) -> tuple[Array, ...]:
    """Repeat the last array up to a number of arrays."""
    return (*arrays, *[arrays[-1]] * (count - len(arrays)))


def _check_arrays(i: int, arrays: tuple[Array, ...]) -> None:
    """Check a parameter and its states."""
    first = arrays[0]
    for array in arrays:
        if first.dtype not in _FLOATS or array.dtype != first.dtype:
            raise DTypeError(
                f"Parameter {i} and its states must have one float type, got "
                f"{', '.join(str(one.dtype) for one in arrays)}."
            )
        if array.shape != first.shape:
            raise ShapeError(
                f"Parameter {i} has shape {first.shape}, but a state of it has {array.shape}."
            )
        if not array.flags.writeable:
            raise LayoutError(f"Parameter {i} or a state of it (shape {first.shape}) is read-only.")
        pairs = zip(array.strides, array.shape, strict=True)
        if not array.flags.c_contiguous and any(step == 0 and size > 1 for step, size in pairs):
            raise LayoutError(
                f"Elements of parameter {i} or of a state (shape {array.shape}, strides "
                f"{array.strides}) lie in the same memory."
            )


# ---- kernels


class Update:
    """One choice of an optimizer's options: its kernel, compiled for each dtype when needed.

    Args:
        loop: what the kernel computes.
        arrays: how many arrays that takes besides the gradient.
        numbers: how many numbers it takes.
    """

    def __init__(self, loop: Callable[[], Any], arrays: int, numbers: int) -> None:
        self._kernel = SizedKernel(loop)
        self.arrays = arrays
        self._numbers = numbers
        # Entry points check no type: what is passed must be dense vectors of the dtype.
        self._small: dict[_Dtype, Any] = {_SINGLE: None, _DOUBLE: None}
        self._large: dict[_Dtype, Any] = {_SINGLE: None, _DOUBLE: None}

    def run(
        self, parameters: ParameterList, gradients: Sequence[Array], numbers: Sequence[Numbers]
    ) -> None:
        """Change each parameter and its states.

        Raises:
            ShapeError: not one gradient for each parameter, of its shape.
            DTypeError: a gradient of another dtype.
        """
        slots = parameters.slots
        if len(gradients) != len(slots):
            raise ShapeError(f"There are {len(slots)} parameters, but {len(gradients)} gradients.")
        rows = parameters.rows(self.arrays)
        single, double = self._small[_SINGLE], self._small[_DOUBLE]
        for row, gradient, own in zip(rows, gradients, numbers, strict=True):
            slot, flat, dtype, shape = row
            entry = single if dtype is _SINGLE else double
            if (
                flat
                and entry is not None
                and gradient.dtype is dtype
                and gradient.shape == shape
                and gradient.flags.carray
            ):
                entry(gradient.ravel(), *flat, *own)
            else:
                self._run_any(slot, gradient, own)

    def _run_any(self, slot: _Slot, gradient: Array, numbers: Numbers) -> None:
        """Change a parameter of any layout, type and size."""
        if gradient.shape != slot.shape:
            raise ShapeError(
                f"A parameter has shape {slot.shape}, but its gradient has {gradient.shape}."
            )
        if gradient.dtype != slot.dtype:
            raise DTypeError(
                f"A parameter has dtype {slot.dtype}, but its gradient has {gradient.dtype}."
            )
        work = np.promote_types(slot.dtype, _SINGLE)
        # In the order of the parameter's memory, where the others usually lie as densely.
        *views, parameter = in_memory_order([gradient, *slot.arrays[1:], slot.arrays[0]])
        views.insert(1, parameter)
        if all(view.flags.carray and view.dtype == work for view in views):
            flat = [view.reshape(-1) for view in views]
            for start in range(0, gradient.size, _MOST_AT_ONCE):
                self._run_dense([view[start : start + _MOST_AT_ONCE] for view in flat], numbers)
            return
        for part in pieces(views):
            dense = [np.array(view, work).reshape(-1) for view in part]
            self._run_dense(dense, numbers)
            for result, view in zip(dense[1:], part[1:], strict=True):
                put(result, view)

    def _run_dense(self, vectors: Sequence[Array], numbers: Numbers) -> None:
        """Run the kernel on dense vectors: the gradient, the parameter, the states."""
        gradient = vectors[0]
        kernel = self._kernel
        is_small = kernel.for_size(gradient.size) is kernel.serial
        entries = self._small if is_small else self._large
        entry = entries[gradient.dtype]
        if entry is None:
            entry = entries[gradient.dtype] = self._compiled(gradient.dtype, is_small)
        entry(gradient, *padded(vectors[1:], self.arrays), *numbers)

    def _compiled(self, dtype: _Dtype, is_small: bool) -> Any:
        """Compile the kernel for a dtype, and give its entry point."""
        kernel = self._kernel.serial if is_small else self._kernel.parallel
        number = from_dtype(dtype)
        vector = types.Array(number, 1, "C")
        signature = (vector,) * (1 + self.arrays) + (number,) * self._numbers
        return entry_point(kernel, signature)
