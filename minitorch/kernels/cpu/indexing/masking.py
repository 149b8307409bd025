"""Functions that choose elements by a mask of bool, and nonzero.

Arrays of any dtype and layout; masks broadcast. All raise a MaskDTypeError for a mask that is not
of bool and a ShapeError for shapes that do not broadcast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ....errors import DTypeError, ShapeError
from ..calls.prepared import serial_entry
from ..layouts.layout import broadcast_shapes
from ..layouts.walks import MOST_AT_ONCE, walk
from . import masking_loops as loops
from .checks import (
    DTYPES,
    Number,
    bits_of,
    check_elements,
    check_same_dtype,
    check_target,
    scalar_of,
    separate,
)

Array = NDArray[Any]

# Operands with gaps are made dense in pieces of at most so many elements.
_PIECE = 1 << 18
# Elements that are filled or counted in the time of one step in `SizedKernel.for_size`.
_CHEAP = 4
_FEW = _CHEAP * PARALLEL_THRESHOLD
# Up to so many elements NumPy is done before a kernel is started.
_FEW_BY_NUMPY = 1 << 11
_BOOL, _BITS_OF_MASK = np.dtype(np.bool_), np.dtype(np.uint8)

_FILL_DENSE = SizedKernel(lambda: loops.compiled(loops.fill_dense))
_FILL_STRIDED = SizedKernel(lambda: loops.compiled(loops.fill_strided))
_COUNT = SizedKernel(lambda: loops.compiled(loops.count))
_COORDINATES = SizedKernel(lambda: loops.compiled(loops.coordinates))
_SELECT = SizedKernel(lambda: loops.compiled(loops.select))
_REPLACE = SizedKernel(lambda: loops.compiled(loops.replace))
_BLOCK_LENGTH = np.array([loops.BLOCK])


class MaskDTypeError(DTypeError, RuntimeError):
    """A mask that is not of bool."""


def masked_fill(input: Array, mask: Array, value: Number) -> Array:
    """Put a number where the mask holds; the gradient is the result's, with 0 there.

    Args:
        input: any shape.
        mask: bool; input and mask broadcast.
        value: converted to the input's dtype.

    Raises:
        DTypeError: the dtype has no such number.
    """
    out = _filled_few(input, mask, value)
    if out is not None:
        return out
    shape = _checked_shape("masked_fill", input, mask)
    out = np.empty_like(input) if input.shape == shape else np.empty(shape, input.dtype)
    _fill(input, mask, value, out)
    return out


def _filled_few(input: Array, mask: Array, value: Number) -> Array | None:
    """Fill few elements in dense memory in the short way, if it can be taken."""
    if mask.dtype != _BOOL or input.dtype not in DTYPES or type(value) not in (float, int, bool):
        return None
    if not input.flags.carray or not 0 < input.size < _FEW:
        return None
    sign = math.copysign(1.0, value) if value == 0 else 1.0
    if mask.shape == input.shape and mask.flags.carray:
        number, entry = _filler(input.dtype, value, sign)
        out = np.empty(input.shape, input.dtype)
        entry(input.ravel(), mask.ravel(), number, out.ravel())
        return out
    if input.size > _FEW_BY_NUMPY:
        return None
    out = input.copy()
    return out if _fill_few(out, mask, value) else None


def _fill_few(target: Array, mask: Array, value: Number) -> bool:
    """Fill few elements in place by NumPy, if all is simple, and tell whether that was done."""
    if mask.dtype != _BOOL or target.dtype not in DTYPES or type(value) not in (float, int, bool):
        return False
    if target.size > _FEW_BY_NUMPY or not target.flags.carray:
        return False
    if np.may_share_memory(target, mask):
        return False
    number = _number(target.dtype, value, math.copysign(1.0, value) if value == 0 else 1.0)
    try:
        np.copyto(target, number, where=mask)
    except ValueError:  # The mask does not broadcast to the target.
        return False
    return True


@lru_cache(maxsize=256)
def _number(dtype: np.dtype[Any], value: Number, sign: float) -> Any:
    """Convert a number; the sign tells 0.0 from -0.0."""
    return scalar_of("masked_fill", value, dtype)


@lru_cache(maxsize=256)
def _filler(dtype: np.dtype[Any], value: Number, sign: float) -> tuple[Array, Callable[..., None]]:
    """Give a number as a kernel sees it, and the kernel."""
    number = bits_of(np.array([_number(dtype, value, sign)]))
    bits = number.dtype
    return number, serial_entry(_FILL_DENSE, bits, _BITS_OF_MASK, bits, bits)


def masked_fill_(input: Array, mask: Array, value: Number) -> Array:
    """Put a number where the mask holds, in place; the mask broadcasts to the input."""
    if _fill_few(input, mask, value):
        return input
    check_target("masked_fill", input)
    _check_fits("masked_fill", _checked_shape("masked_fill", input, mask), input)
    _fill(input, separate(mask, input), value, input)
    return input


def _fill(a: Array, mask: Array, value: Number, out: Array) -> None:
    number = np.array([scalar_of("masked_fill", value, a.dtype)])
    if out.size == 0:
        return
    a, mask, target, number = bits_of(a), bits_of(mask), bits_of(out), bits_of(number)
    if all(x.shape == out.shape and x.flags.c_contiguous for x in (a, mask, target)):
        flat = [x.reshape(-1) for x in (a, mask, target)]
        for begin in range(0, out.size, MOST_AT_ONCE):
            piece = slice(begin, begin + MOST_AT_ONCE)
            kernel = _FILL_DENSE.for_size(flat[0][piece].size // _CHEAP)
            kernel(flat[0][piece], flat[1][piece], number, flat[2][piece])
        return
    for memories, part in walk([a, mask, target]):
        kernel = _FILL_STRIDED.for_size(part.size // _CHEAP)
        kernel(*memories, number, part.layout)


def masked_select(input: Array, mask: Array) -> Array:
    """List the elements where the mask holds; the gradient is `masked_scatter` of the result's.

    Args:
        input: any shape.
        mask: bool; input and mask broadcast.

    Returns:
        One dimension.
    """
    shape = _checked_shape("masked_select", input, mask)
    if input.shape == mask.shape and input.size <= _FEW_BY_NUMPY and input.ndim:
        return input[mask]
    repeats = math.prod(shape) // max(mask.size, 1)
    out = np.empty(int(np.count_nonzero(mask)) * repeats, input.dtype)
    own, at = bits_of(out), 0
    for a, chosen in _dense_pieces([input, mask], shape):
        ends = _ends(chosen)
        count = int(ends[-1])
        kernel = _SELECT.for_size(chosen.size)
        kernel(a, chosen, ends, own[at : at + count])
        at += count
    return out


def masked_scatter(input: Array, mask: Array, source: Array) -> Array:
    """Replace the elements where the mask holds by those of the source, in their order.

    The gradient is the result's: of input with 0 there (`masked_fill`), of source what
    `masked_select` lists, and zeros.

    Args:
        input: any shape.
        mask: bool; input and mask broadcast.
        source: of the input's dtype, with at least as many elements as are replaced.

    Raises:
        ShapeError: the source is too short.
    """
    shape = _checked_shape("masked_scatter", input, mask)
    out = np.empty(shape, input.dtype)
    _replace(input, mask, source, out)
    return out


def masked_scatter_(input: Array, mask: Array, source: Array) -> Array:
    """Do what `masked_scatter` does in place; the mask broadcasts to the input."""
    check_target("masked_scatter", input)
    _check_fits("masked_scatter", _checked_shape("masked_scatter", input, mask), input)
    _replace(input, separate(mask, input), separate(source, input), input)
    return input


def _replace(input: Array, mask: Array, source: Array, out: Array) -> None:
    check_same_dtype("masked_scatter", input=input, source=source)
    needed = int(np.count_nonzero(mask)) * (out.size // max(mask.size, 1))
    if needed > source.size:
        raise ShapeError(
            f"masked_scatter: the mask holds for {needed} elements, and source has {source.size}."
        )
    if needed == 0:
        if out is not input:
            np.copyto(out, input)
        return
    # Only what is used, so that a source with gaps is not copied as a whole.
    new = bits_of(source.reshape(-1)[:needed])
    new, at = np.ascontiguousarray(new), 0
    target = bits_of(out)
    for place in _places(out.shape, all(x.flags.c_contiguous for x in (input, mask, out))):
        part = target[place]
        a, chosen = (_dense(_broadcast(bits_of(x), out.shape)[place]) for x in (input, mask))
        ends = _ends(chosen)
        result = part.reshape(-1) if part.flags.c_contiguous else np.empty(part.size, part.dtype)
        _REPLACE.for_size(chosen.size)(a, chosen, ends, new[at:] if at < new.size else new, result)
        if not part.flags.c_contiguous:
            part[...] = result.reshape(part.shape)
        at += int(ends[-1])


def nonzero(input: Array) -> Array:
    """List the coordinates of all elements that are not 0; NaN is not 0.

    Args:
        input: any shape and layout. One with gaps costs a byte of memory for each element.

    Returns:
        (n, dimensions) int64, in the order of the elements.
    """
    check_elements("nonzero", input)
    rank = input.ndim
    if rank == 0:
        return np.empty((int(input != 0), 0), np.int64)
    if input.size == 0:
        return np.empty((0, rank), np.int64)
    if input.size <= _FEW_BY_NUMPY:
        places = input.nonzero()
        out = np.empty((places[0].size, rank), np.int64)
        for dim, place in enumerate(places):
            out[:, dim] = place
        return out
    dense = input if input.flags.c_contiguous else np.not_equal(input, 0, order="C")
    bits = bits_of(dense).reshape(-1)
    sign = 1 << 8 * bits.itemsize - 1 if dense.dtype.kind == "f" else 0
    ignored = np.array([sign], bits.dtype)
    width = input.shape[-1] if rank > 1 else 1
    length = np.array([max(1, loops.BLOCK // width) * width])
    ends = _ends(bits, ignored, length)
    out = np.empty((int(ends[-1]), rank), np.int64)
    sizes = np.array(input.shape)
    kernel = _COORDINATES.for_size(bits.size)
    kernel(bits, ignored, sizes, length, ends, out.reshape(-1))
    return out


# ---- what they share


def _checked_shape(name: str, input: Array, mask: Array) -> tuple[int, ...]:
    check_elements(name, input)
    if mask.dtype != np.bool_:
        raise MaskDTypeError(
            f"{name} needs a mask of bool, got {mask.dtype} of shape {mask.shape}. "
            "Try a comparison, such as mask != 0."
        )
    return broadcast_shapes(name, [input.shape, mask.shape])


def _check_fits(name: str, shape: tuple[int, ...], input: Array) -> None:
    if shape != input.shape:
        raise ShapeError(
            f"{name}: input and mask broadcast to shape {shape}, which does not fit the input "
            f"{input.shape} in place. Try the function without the underscore."
        )


def _places(shape: tuple[int, ...], is_dense: bool) -> Iterator[tuple[Any, ...]]:
    """Cut a shape along its first dimensions, in order."""
    most = MOST_AT_ONCE if is_dense else _PIECE
    size = math.prod(shape)
    if size <= most or not shape:
        if size:
            yield (...,)
        return
    inner = size // shape[0]
    step = max(1, most // inner)
    for begin in range(0, shape[0], step):
        if inner > most:
            for place in _places(shape[1:], is_dense):
                yield begin, *place
        else:
            yield (slice(begin, begin + step), ...)


def _dense_pieces(arrays: Sequence[Array], shape: tuple[int, ...]) -> Iterator[tuple[Array, ...]]:
    """Broadcast arrays to a shape; give their bits in their order, made dense piece by piece."""
    views = [_broadcast(bits_of(a), shape) for a in arrays]
    is_dense = all(view.flags.c_contiguous for view in views)
    for place in _places(shape, is_dense):
        yield tuple(_dense(view[place]) for view in views)


def _broadcast(a: Array, shape: tuple[int, ...]) -> Array:
    """Broadcast where needed: what comes out is read-only, for which Numba compiles anew."""
    return a if a.shape == shape else np.broadcast_to(a, shape)


def _dense(a: Array) -> Array:
    """Give the elements in order, in dense memory."""
    return np.ascontiguousarray(a).reshape(-1)


def _ends(
    bits: Array, ignored: Array | None = None, length: NDArray[np.int64] = _BLOCK_LENGTH
) -> NDArray[np.int64]:
    """Count what is not zero up to the end of each block."""
    if ignored is None:
        ignored = np.zeros(1, bits.dtype)
    counts = np.empty(-(-bits.size // int(length[0])), np.int64)
    _COUNT.for_size(bits.size // _CHEAP)(bits, ignored, length, counts)
    return np.cumsum(counts)
