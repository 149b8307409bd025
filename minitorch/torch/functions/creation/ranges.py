"""Functions that make vectors of numbers in steps, and matrices and indices of a pattern."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.elementwise.cast import cast as cast_array
from ... import _dtype
from .._operands import Number
from ._options import check_options, made, made_into, out_dtype, plain_number
from .filled import Device, DType, Layout

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class RangeDTypeError(DTypeError, NotImplementedError):
    """A dtype whose numbers cannot be counted in steps."""


class StepError(ValueError, RuntimeError):
    """A step that leads nowhere."""


def arange(
    start: Number | Tensor | None = None,
    end: Number | Tensor | None = None,
    step: Number | Tensor = 1,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a vector of the numbers from start to end, without end, in steps.

    Raises:
        RuntimeError: the step is 0, or leads away from end; a limit is not finite.
    """
    check_options("arange", device, layout, pin_memory)
    if end is None:
        start, end = 0, start
    first, last, by = _limits("arange", 0 if start is None else start, end, step)
    is_whole = not any(isinstance(number, float) for number in (first, last, by))
    default = _dtype.int64 if is_whole else _dtype.get_default_dtype()
    found = _checked("arange", out_dtype("arange", out, dtype, default))
    count = -((first - last) // by) if is_whole else math.ceil((last - first) / by)
    if not is_whole and found.category == _dtype.INTEGER:
        # Counted in whole numbers; how many there are is found in floats but for int64.
        first, last, by = int(first), int(last), int(by)
        if found is _dtype.int64:
            _check_step("arange", by)
            count = -((first - last) // by)
    array = _steps(first, by, count, found)
    return made_into("arange", array, out, requires_grad)


def range(
    start: Number = 0,
    end: Number | None = None,
    step: Number = 1,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a vector of floats from start to end, end included; PyTorch advises against it.

    Raises:
        RuntimeError: as `arange`.
    """
    warnings.warn(
        "torch.range is deprecated: its end is part of the result. Use torch.arange.",
        UserWarning,
        stacklevel=2,
    )
    check_options("range", device, layout)
    if end is None:
        start, end = 0, start
    first, last, by = _limits("range", start, end, step)
    found = _checked("range", out_dtype("range", out, dtype))
    array = _steps(first, by, math.floor((last - first) / by) + 1, found)
    return made_into("range", array, out, requires_grad)


def _limits(function: str, start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    """Give the limits and the step as Python's numbers.

    Raises:
        RuntimeError: they make no range.
    """
    first = plain_number(function, start, "start")
    last = plain_number(function, end, "end")
    by = plain_number(function, step, "step")
    _check_step(function, by)
    if not (math.isfinite(first) and math.isfinite(last)):
        raise RuntimeError(f"{function}: unsupported range: {first} -> {last}")
    if (last - first) * by < 0:
        raise RuntimeError(
            f"{function}: upper bound and lower bound inconsistent with step sign: from {first} to "
            f"{last} by {by}"
        )
    return first, last, by


def _check_step(function: str, step: Any) -> None:
    if step == 0:
        raise StepError(f"{function}: step must be nonzero, got {step}")


def _steps(first: Any, by: Any, count: int, dtype: _dtype.dtype) -> Array:
    """Count in steps. Each number is found by itself: steps that are added up would drift."""
    is_whole = isinstance(first, int) and isinstance(by, int)
    if is_whole:
        numbers: Array = np.arange(count, dtype=np.int64)
        if by != 1 or first != 0:
            numbers = numbers * by + first
    else:
        numbers = np.arange(count, dtype=np.float64) * by + first
    return numbers if numbers.dtype == dtype.numpy else cast_array(numbers, dtype.numpy)


def _checked(function: str, dtype: _dtype.dtype) -> _dtype.dtype:
    if dtype.category == _dtype.BOOL:
        raise RangeDTypeError(f'"{function}_cpu" not implemented for {dtype}')
    return dtype


def linspace(
    start: Number | Tensor,
    end: Number | Tensor,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a vector of numbers at equal distances from start to end, end included.

    Raises:
        RuntimeError: steps is negative.
        TypeError: steps is no whole number.
    """
    check_options("linspace", device, layout, pin_memory)
    first, last = plain_number("linspace", start, "start"), plain_number("linspace", end, "end")
    found = _checked("linspace", out_dtype("linspace", out, dtype))
    array = _spaced("linspace", first, last, steps, found)
    return made_into("linspace", array, out, requires_grad)


def logspace(
    start: Number | Tensor,
    end: Number | Tensor,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a vector of powers of a base, whose exponents lie at equal distances.

    Raises:
        As `linspace`.
    """
    check_options("logspace", device, layout, pin_memory)
    first, last = plain_number("logspace", start, "start"), plain_number("logspace", end, "end")
    found = _checked("logspace", out_dtype("logspace", out, dtype))
    if found.category == _dtype.INTEGER:
        first, last = int(first), int(last)
    exponents = _spaced("logspace", first, last, steps, _dtype.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        array = cast_array(np.power(float(base), exponents), found.numpy)
    return made_into("logspace", array, out, requires_grad)


def _spaced(function: str, first: Any, last: Any, steps: int, dtype: _dtype.dtype) -> Array:
    """Give numbers at equal distances.

    The first half is counted from the start and the other from the end, so both limits are met.
    """
    if isinstance(steps, bool) or not hasattr(steps, "__index__"):
        raise TypeError(f"{function}(): argument 'steps' must be int, not {type(steps).__name__}")
    count = int(steps)
    if count < 0:
        raise RuntimeError(f"{function}: number of steps must be non-negative, got {count}")
    is_whole = dtype.category == _dtype.INTEGER
    if is_whole:
        first, last = int(first), int(last)
    work = np.float64 if is_whole or dtype is _dtype.float64 else np.float32
    begin, finish = work(first), work(last)
    if count == 1:
        return cast_array(np.array([begin]), dtype.numpy)
    by = (finish - begin) / work(count - 1) if count > 1 else work(0)
    # What becomes whole must not be a little less: it is rounded once, after the sum.
    places: Array = np.arange(count, dtype=np.longdouble if is_whole else work)
    upward = begin + by * places
    downward = finish - by * (count - 1 - places)
    numbers = np.where(places < count // 2, upward, downward).astype(work, copy=False)
    return cast_array(numbers, dtype.numpy)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a matrix with ones on its diagonal, and zeros elsewhere.

    Raises:
        RuntimeError: a size is negative.
    """
    check_options("eye", device, layout, pin_memory)
    columns = n if m is None else m
    for name, size in (("n", n), ("m", columns)):
        if size < 0:
            raise ShapeError(f"eye: {name} must be greater or equal to 0, got {size}")
    found = out_dtype("eye", out, dtype)
    return made_into("eye", np.eye(n, columns, dtype=found.numpy), out, requires_grad)


def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: DType = _dtype.int64,
    device: Device = None,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Give the places of a matrix on and below a diagonal, row by row.

    Returns:
        (2, places): the rows, and the columns.

    Raises:
        RuntimeError: a size is negative, or the dtype holds no indices.
    """
    check_options("tril_indices", device, layout, pin_memory)
    kind = _index_dtype("tril_indices", row, col, dtype)
    return made(np.array(np.tril_indices(row, offset, col), kind.numpy), False)


def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: DType = _dtype.int64,
    device: Device = None,
    layout: Layout = None,
    pin_memory: bool = False,
) -> Tensor:
    """Give the places of a matrix on and above a diagonal, row by row; see `tril_indices`."""
    check_options("triu_indices", device, layout, pin_memory)
    kind = _index_dtype("triu_indices", row, col, dtype)
    return made(np.array(np.triu_indices(row, offset, col), kind.numpy), False)


def _index_dtype(function: str, row: int, col: int, dtype: DType) -> _dtype.dtype:
    for name, size in (("row", row), ("col", col)):
        if size < 0:
            raise ShapeError(f"{function}: {name} must be non-negative, got {size}")
    kind = _dtype.chosen(function, dtype)
    if kind not in (_dtype.int32, _dtype.int64):
        raise RangeDTypeError(
            f'"{function}" not implemented for {kind}; indices are int32 or int64.'
        )
    return kind
