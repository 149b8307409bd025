"""How optimizer steps reach their arrays: lists that are checked once, kernels for each dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, cached, entry_point
from ....errors import DTypeError, LayoutError, ShapeError
from ..layouts.pieces import in_memory_order, pieces
from ..randomness.filling import put
from .batches import DTYPES, WIDTH, Batch, batch_of, serial, signature

Array = NDArray[Any]
Numbers = tuple[float, ...]

_FLOATS = {np.dtype(np.float16), *DTYPES}
# A kernel treats at most so many elements before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 26


# ---- parameters and their states


class _Slot:
    """A parameter and its states.

    Attributes:
        arrays: the parameter, then its states.
        shape: their shape.
        dtype: their type.
        flat: their memory as vectors, if they are contiguous float32 or float64; or None.
        is_small: they are, and few enough for one thread.
    """

    __slots__ = ("arrays", "dtype", "flat", "is_small", "shape")

    def __init__(self, i: int, arrays: tuple[Array, ...]) -> None:
        _check_arrays(i, arrays)
        first = arrays[0]
        self.arrays = arrays
        self.shape = first.shape
        # The very object that most arrays have: it is compared by identity, which takes no time.
        self.dtype = np.dtype(first.dtype.type)
        is_dense = self.dtype != np.float16 and all(
            array.flags.carray and array.dtype == self.dtype for array in arrays
        )
        self.flat = [array.reshape(-1) for array in arrays] if is_dense else None
        self.is_small = is_dense and first.size < PARALLEL_THRESHOLD

    def check(self, gradient: Array) -> None:
        """Check that a gradient fits."""
        if gradient.shape != self.shape:
            raise ShapeError(
                f"A parameter has shape {self.shape}, but its gradient has {gradient.shape}."
            )
        if gradient.dtype != self.dtype:
            raise DTypeError(
                f"A parameter has dtype {self.dtype}, but its gradient has {gradient.dtype}."
            )


class Vectors(list[Array]):
    """Gradients for a list, of which those for small parameters are known to fit.

    These are dense vectors of the parameters' sizes and dtypes; the others are as they came.
    """

    __slots__ = ()


class ParameterList:
    """Arrays that optimizer steps change in place, checked once for all steps.

    Args:
        parameters: arrays of float16, float32 or float64.
        *states: lists of arrays, one for each parameter and of its shape and dtype.

    Attributes:
        slots: each parameter with its states.
        states: how many states there are.
        batches: the small ones, several at a time.
        others: the places of those that are large, or not dense.

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
        self.batches = list(_batches(self.slots))
        if len(self.batches) == 1:
            self.batches[0].is_all = len(self.batches[0].table) == len(self.slots)
        self.others = [i for i, slot in enumerate(self.slots) if not slot.is_small]

    def __len__(self) -> int:
        return len(self.slots)

    def vectors(self, gradients: Sequence[Array]) -> Vectors:
        """Check gradients, and lay out those of small parameters for kernels.

        Raises:
            ShapeError: not one gradient for each parameter, of its shape.
            DTypeError: a gradient of another dtype.
        """
        if len(gradients) != len(self.slots):
            raise ShapeError(
                f"There are {len(self.slots)} parameters, but {len(gradients)} gradients."
            )
        result = Vectors()
        for slot, gradient in zip(self.slots, gradients, strict=True):
            slot.check(gradient)
            result.append(dense_vector(gradient) if slot.is_small else gradient)
        return result


def dense_vector(array: Array) -> Array:
    """Give an array's elements as a vector without gaps: its own memory, or a copy."""
    return array.ravel() if array.flags.aligned else np.array(array).ravel()


def _batches(slots: Sequence[_Slot]) -> Iterator[Batch]:
    """Put small parameters of one dtype that follow each other together."""
    start = 0
    for (is_small, _), group in groupby(slots, lambda slot: (slot.is_small, slot.dtype)):
        members = [slot.arrays for slot in group]
        if is_small:
            for i in range(0, len(members), WIDTH):
                yield Batch(start + i, members[i : i + WIDTH])
        start += len(members)


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
    """One choice of an optimizer's options: its kernels, compiled for each dtype when needed.

    Args:
        loop: makes what is computed.
        arrays: how many arrays that takes besides the gradient.
        numbers: how many numbers it takes.
    """

    def __init__(self, loop: Callable[[], Any], arrays: int, numbers: int) -> None:
        self._kernel = SizedKernel(loop)
        self._loop = loop
        self.arrays = arrays
        self._numbers = numbers
        # Entry points check no type: what is passed must be dense vectors of the dtype.
        self._batches: list[Any] = [None, None]
        self._large: list[Any] = [None, None]

    def run(
        self,
        parameters: ParameterList,
        gradients: Sequence[Array],
        numbers: Numbers | list[Numbers],
    ) -> None:
        """Change each parameter and its states.

        Args:
            parameters: what is changed.
            gradients: one for each.
            numbers: what the kernel takes, for all parameters; a list holds those of each.

        Raises:
            ShapeError: not one gradient for each parameter, of its shape.
            DTypeError: a gradient of another dtype.
        """
        if type(gradients) is not Vectors:
            gradients = parameters.vectors(gradients)
        if isinstance(numbers, list):
            for batch in parameters.batches:
                self._run_each(batch, gradients, numbers)
            for i in parameters.others:
                self._run_any(parameters.slots[i], gradients[i], numbers[i])
            return
        for batch in parameters.batches:
            own = gradients if batch.is_all else gradients[batch.places]
            entry = self._batches[batch.kind] or self._compiled_batch(batch.kind)
            entry(batch.table, numbers, *own, *batch.rest)
        for i in parameters.others:
            self._run_any(parameters.slots[i], gradients[i], numbers)

    def _run_each(
        self, batch: Batch, gradients: Sequence[Array], numbers: Sequence[Numbers]
    ) -> None:
        """Change each parameter of a batch by numbers of its own."""
        entry = self._batches[batch.kind] or self._compiled_batch(batch.kind)
        for i, table, rest in batch.singles():
            entry(table, numbers[i], gradients[i], *rest)

    def _run_any(self, slot: _Slot, gradient: Array, numbers: Numbers) -> None:
        """Change a parameter of any layout, type and size."""
        slot.check(gradient)
        if slot.flat and gradient.size <= _MOST_AT_ONCE and gradient.flags.carray:
            self._run_dense([gradient.ravel(), *slot.flat], numbers)
            return
        work = np.promote_types(slot.dtype, np.float32)
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
        gradient, *arrays = vectors
        kernel = self._kernel
        if kernel.for_size(gradient.size) is kernel.serial:
            self._run_each(Batch(0, [tuple(arrays)]), [gradient], [numbers])
            return
        kind = DTYPES.index(gradient.dtype)
        entry = self._large[kind] or self._compiled(kind)
        entry(gradient, *arrays, *arrays[-1:] * (self.arrays - len(arrays)), *numbers)

    def _compiled(self, kind: int) -> Any:
        """Compile the kernel for large vectors of a dtype, and give its entry point."""
        number = from_dtype(DTYPES[kind])
        vectors = (types.Array(number, 1, "C"),) * (1 + self.arrays)
        entry = entry_point(self._kernel.parallel, (*vectors, *(number,) * self._numbers))
        self._large[kind] = entry
        return entry

    def _compiled_batch(self, kind: int) -> Any:
        """Compile the kernel for batches of a dtype, and give its entry point."""
        kernel = cached(batch_of(serial(self._loop()), self.arrays))
        entry = entry_point(kernel, signature(DTYPES[kind], self._numbers))
        self._batches[kind] = entry
        return entry


class Plan:
    """Steps of an optimizer, with all options chosen.

    Args:
        update: the kernels.
        states: how many states each parameter has.
        numbers: gives what the kernels take in a step, by the step's number, from 1.
    """

    __slots__ = ("_numbers", "_states", "_update")

    def __init__(self, update: Update, states: int, numbers: Callable[[Any], Numbers]) -> None:
        self._update = update
        self._states = states
        self._numbers = numbers

    def step(self, parameters: ParameterList, gradients: Sequence[Array], number: Any = 1) -> None:
        """Change parameters by their gradients.

        Args:
            parameters: with the states that the plan needs.
            gradients: arrays of the parameters' shapes and dtypes.
            number: of this step, for all parameters; a list holds that of each.

        Raises:
            ShapeError, DTypeError: the gradients do not fit the parameters.
            ValueError: the parameters do not have the states that the options need.
        """
        if parameters.states != self._states:
            raise ValueError(
                f"This step needs a ParameterList with {self._states} states for these options, "
                f"got {parameters.states}."
            )
        if type(number) is list:
            known = {one: self._numbers(one) for one in set(number)}
            self._update.run(parameters, gradients, [known[one] for one in number])
        else:
            self._update.run(parameters, gradients, self._numbers(number))
