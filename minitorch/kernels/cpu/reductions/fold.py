"""Folds: the kernels that reductions of arrays of any layout are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ....errors import DTypeError
from ..layouts.layout import memory
from . import loops
from .blocks import Blocks
from .plan import Plan, plan

Array = NDArray[Any]
Arrays = tuple[Array, ...]
Dims = int | Sequence[int] | None
Dtype = np.dtype[Any]

_DTYPES = frozenset(
    map(np.dtype, "bool uint8 int8 int16 int32 int64 float16 float32 float64".split())
)


class ReductionDTypeError(DTypeError, RuntimeError):
    """A reduction of elements of a type that it is not defined for."""


# ---- operands


@dataclass(frozen=True)
class Form:
    """All that there is to know of an array, but for where it is.

    Attributes:
        dtype: of the elements.
        shape: the sizes.
        strides: in bytes.
    """

    dtype: Dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def check_dtype(name: str, a: Array | Form, only_floats: bool = False) -> None:
    """Check the dtype of an operand.

    Raises:
        ReductionDTypeError: the operation is not defined for it.
    """
    if a.dtype not in _DTYPES or (only_floats and a.dtype.kind != "f"):
        kinds = "floats" if only_floats else "bool, integers and floats"
        raise ReductionDTypeError(
            f"{name} takes {kinds}, got {a.dtype} of shape {a.shape}. Convert it with astype()."
        )


def axis_of(name: str, dim: int, shape: tuple[int, ...]) -> int:
    """Count a dimension from the left; a number has one dimension as far as this goes.

    Raises:
        IndexError: there is no such dimension.
    """
    rank = len(shape) or 1
    if not -rank <= dim < rank:
        raise IndexError(
            f"{name}: dimension {dim} is out of range for shape {shape}: "
            f"expected {-rank} to {rank - 1}."
        )
    return dim % rank


def axes_of(name: str, dims: Dims, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give the dimensions to reduce, counted from the left, in rising order.

    Raises:
        IndexError: there is no such dimension.
        RuntimeError: one is named twice.
    """
    if dims is None:
        return tuple(range(len(shape)))
    given = (dims,) if isinstance(dims, int | np.integer) else tuple(dims)
    axes = [axis_of(name, int(dim), shape) for dim in given]
    if len(set(axes)) < len(axes):
        raise RuntimeError(f"{name}: dimensions {given} of shape {shape} name one of them twice.")
    return tuple(sorted(axes)) if shape else ()


def working(dtype: Dtype) -> Dtype:
    """Give the type that elements of a dtype are computed in."""
    if dtype == np.bool_:
        return np.dtype(np.uint8)
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def stored(dtype: Dtype) -> Dtype:
    """Give the type that kernels see elements of a dtype in: float16 as bits."""
    return np.dtype(np.uint16) if dtype == np.float16 else working(dtype)


def plain(a: Array) -> Array:
    """See an array's elements as kernels do; copy it if they lie on no grid of whole elements."""
    if not a.flags.aligned or any(stride % a.itemsize for stride in a.strides):
        a = a.copy()
    return a.view(stored(a.dtype))


def steps_of(a: Form) -> tuple[int, ...] | None:
    """Give the strides in elements, None where they are no whole ones."""
    size = a.dtype.itemsize
    if any(stride % size for stride in a.strides):
        return None
    return tuple([stride // size for stride in a.strides])


def dense_steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give the steps in elements of an array in dense memory."""
    steps, step = [], 1
    for size in reversed(shape):
        steps.append(step)
        step *= size
    return tuple(steps[::-1])


def dense_form(a: Form) -> Form:
    """Give the form of a dense copy."""
    strides = tuple([step * a.dtype.itemsize for step in dense_steps(a.shape)])
    return Form(a.dtype, a.shape, strides)


def rounded(numbers: Array, dtype: Dtype) -> Array:
    """Give numbers in another dtype: what is too large becomes infinite, bytes become bool."""
    if numbers.dtype == np.uint8:
        return numbers.view(dtype)
    with np.errstate(over="ignore", under="ignore"):
        return numbers.astype(dtype, copy=False)


def flattening(a: Form) -> Callable[[Array], Array]:
    """Choose how to see the memory of arrays from the lowest to the highest element.

    Args:
        a: the arrays' form, without a size of 0.
    """
    kind = stored(a.dtype)
    order = sorted(range(len(a.shape)), key=lambda d: -abs(a.strides[d]))
    expected, is_dense = a.dtype.itemsize, True
    for d in reversed(order):
        if a.shape[d] > 1:
            is_dense = is_dense and a.strides[d] == expected
            expected *= a.shape[d]
    if not is_dense:
        return lambda array: memory(array.view(kind))[0]
    if kind == a.dtype and order == list(range(len(order))):
        return np.ndarray.ravel
    return lambda array: array.view(kind).transpose(order).ravel()


# ---- kernels


@cache
def entries(kernels: SizedKernel, signature: tuple[Any, ...]) -> Callable[[int], Any]:
    """Give a function that chooses what to call for an amount of work, without Numba's dispatch.

    What it gives checks nothing: the caller passes what the signature says.
    """
    known: dict[bool, Any] = {}

    def for_size(work: int) -> Any:
        is_serial = kernels.for_size(work) is kernels.serial
        if is_serial not in known:
            kernel = kernels.serial if is_serial else kernels.parallel
            # Without "overloads" it is a plain function: NUMBA_DISABLE_JIT=1.
            has_entry = hasattr(kernel, "overloads")
            known[is_serial] = entry_point(kernel, signature) if has_entry else kernel
        return known[is_serial]

    return for_size


def vectors(dtypes: Iterable[Dtype]) -> list[Any]:
    """Give Numba's types of dense arrays of one dimension."""
    return [types.Array(from_dtype(dtype), 1, "C") for dtype in dtypes]


LAYOUT = types.Array(types.int64, 2, "C")


class Fold:
    """One reduction's kernels, along memory and across it, for every dtype, compiled when needed.

    Args:
        blocks: how blocks of elements are reduced.
        nothing: the results for no elements.
        cost: of an element, in steps of `SizedKernel.for_size`.
        counts_places: positions count, in the order of the reduced dimensions.
    """

    def __init__(
        self, blocks: Blocks, nothing: Sequence[float], cost: float, counts_places: bool = False
    ) -> None:
        self._kernels = {
            (goes_across, has_gaps): SizedKernel(partial(make, blocks, has_gaps))
            for goes_across, make in ((False, loops.along), (True, loops.across))
            for has_gaps in (False, True)
        }
        self._joining = SizedKernel(partial(loops.joining, blocks))
        self._totals = blocks.totals
        self._nothing = nothing
        self._cost = cost
        self._counts_places = counts_places

    def prepare(
        self,
        a: Form,
        axes: tuple[int, ...],
        keepdims: bool,
        dtypes: Sequence[Any],
        numbers: tuple[float, ...] = (1.0,),
    ) -> Callable[[Array], Arrays]:
        """Give a function that reduces arrays of one form.

        Args:
            a: the form.
            axes: the dimensions to reduce, in rising order.
            keepdims: leave them in the results, with size 1.
            dtypes: of the results.
            numbers: what the kernels are passed besides.
        """
        shape = tuple([n for d, n in enumerate(a.shape) if d not in axes])
        if keepdims:
            shape = tuple([1 if d in axes else n for d, n in enumerate(a.shape)])
        if 0 in a.shape:
            nothing = list(zip(self._nothing, dtypes, strict=True))
            return lambda array: tuple([np.full(shape, n, dtype) for n, dtype in nothing])
        steps = steps_of(a)
        if steps is None:
            run = self.prepare(dense_form(a), axes, keepdims, dtypes, numbers)
            return lambda array: run(array.copy())
        # float16 is rounded by NumPy, in the end.
        written = [np.dtype(np.float64) if d == np.float16 else working(d) for d in dtypes]
        how = plan(a.shape, steps, axes, self._counts_places)
        compute = self._computing(a, how, shape, written, numbers)
        if written == list(dtypes):
            return compute
        return lambda array: tuple(map(rounded, compute(array), dtypes))

    def _computing(
        self,
        a: Form,
        how: Plan,
        shape: tuple[int, ...],
        dtypes: Sequence[Dtype],
        numbers: tuple[float, ...],
    ) -> Callable[[Array], Arrays]:
        """Give a function that carries out a plan."""
        flat, element = flattening(a), working(a.dtype).type(0)
        totals = [total(element).dtype for total in self._totals]
        results = (
            types.Tuple(vectors(dtypes)),
            types.Tuple(vectors(totals)),
            LAYOUT,
            types.Tuple([types.float64] * len(numbers)),
        )
        kernels = self._kernels[how.goes_across, how.has_gaps]
        entry_for = entries(kernels, (*vectors([stored(a.dtype)]), *results))
        calls = [(call.layout, call.steps(self._cost)) for call in how.launches]
        layout, steps = calls[0]
        if len(calls) == 1 and not how.partials and steps < PARALLEL_THRESHOLD:
            make = _small_one if len(dtypes) == 1 else _small_two
            none = tuple([np.empty(1, total) for total in totals])
            return make(entry_for(steps), flat, shape, dtypes, none, layout, numbers)

        join_for = entries(self._joining, results)

        def compute(array: Array) -> Arrays:
            memory = flat(array)
            outs = tuple([np.empty(shape, dtype) for dtype in dtypes])
            own = tuple([out.ravel() for out in outs])
            partials = tuple([np.empty(how.partials or 1, total) for total in totals])
            for layout, steps in calls:
                entry_for(steps)(memory, own, partials, layout, numbers)
            if how.partials:
                join_for(0)(own, partials, layout, numbers)
            return outs

        return compute


# ---- one launch by one thread, as small arrays need it: most of their time goes by around it


def _small_one(
    entry: Any,
    flat: Callable[[Array], Array],
    shape: tuple[int, ...],
    dtypes: Sequence[Dtype],
    partials: Arrays,
    layout: Array,
    numbers: tuple[float, ...],
) -> Callable[[Array], Arrays]:
    """Make the function that gives one result."""
    (dtype,), empty = dtypes, np.empty

    def compute(array: Array) -> Arrays:
        out = empty(shape, dtype)
        entry(flat(array), (out.ravel(),), partials, layout, numbers)
        return (out,)

    return compute


def _small_two(
    entry: Any,
    flat: Callable[[Array], Array],
    shape: tuple[int, ...],
    dtypes: Sequence[Dtype],
    partials: Arrays,
    layout: Array,
    numbers: tuple[float, ...],
) -> Callable[[Array], Arrays]:
    """Make the function that gives two results."""
    (dtype, other_dtype), empty = dtypes, np.empty

    def compute(array: Array) -> Arrays:
        out, other = empty(shape, dtype), empty(shape, other_dtype)
        entry(flat(array), (out.ravel(), other.ravel()), partials, layout, numbers)
        return out, other

    return compute
