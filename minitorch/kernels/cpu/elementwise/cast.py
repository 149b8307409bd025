"""Conversion between dtypes, and copies between layouts.

Numbers are converted as by PyTorch on x86: floats are cut towards zero, integers wrap around, all
but 0 is true, and floats are rounded to the nearest. One that does not fit an integer (NaN too)
gives the lowest int64, the lowest int32, or the low bits of either. float64 is rounded to float16
once; PyTorch goes by float32, so that few numbers differ in their last bit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ....errors import ShapeError
from ..calls.prepared import serial_entry
from ..indexing.checks import DTYPES, bits_of, check_elements, check_target, separate
from ..layouts.walks import MOST_AT_ONCE, Walk, walk
from . import cast_loops as loops

Array = NDArray[Any]

# NumPy converts float16 slowly, and turns layouts slowly, from so many elements on.
_SOME = 1 << 12
_PIECE = 1 << 18
_CHEAP = 2

_CONVERT = SizedKernel(lambda: loops.compiled(loops.convert))
_COPY = SizedKernel(lambda: loops.compiled(loops.copy))
_TURN = SizedKernel(lambda: loops.compiled(loops.turn))


def cast(a: Array, dtype: Any, out: Array | None = None) -> Array:
    """Convert an array's elements.

    Args:
        a: any layout.
        dtype: of the result; a's own makes a copy.
        out: where to put the result; any layout, of the dtype and of a shape to which a broadcasts.

    Returns:
        out, or an array laid out like a, without gaps.

    Raises:
        DTypeError: a dtype that is not supported.
        ShapeError: a does not broadcast to out.
        LayoutError: out cannot be written.
    """
    if out is None:
        try:
            way = _way(a.dtype, dtype)
        except TypeError:  # The text is written elsewhere.
            pass
        else:
            if a.flags.carray and a.size < way.few_dense:
                return way.dense(a, way.dtype)
            if a.size < way.few:
                return way.any_layout(a, way.dtype)
    check_elements("cast", a)
    if out is None:
        out = np.empty_like(a, dtype=dtype, subok=False)
        check_elements("cast", out)
    return copy_(out, a)


def contiguous(a: Array) -> Array:
    """Give an array whose elements lie in order without gaps: a itself if it does, else a copy."""
    if a.flags.c_contiguous:
        return a
    if a.size < _SOME and a.dtype in DTYPES:
        return a.copy()
    return copy_(np.empty(a.shape, a.dtype), a)


def copy_(out: Array, a: Array) -> Array:
    """Copy elements into out, converted to its dtype.

    Args:
        out: any layout; where it overlaps a, the result is as if it did not.
        a: any layout; it broadcasts to out.

    Raises:
        As `cast`.
    """
    if a.shape == out.shape and out.flags.carray and a.dtype in DTYPES:
        if a.dtype == out.dtype and a.flags.c_contiguous:
            out[...] = a
            return out
        if out.dtype in DTYPES and a.size < _SOME:
            _by_numpy(out, a)
            return out
    check_elements("copy", a)
    check_elements("copy", out)
    check_target("copy", out)
    if a.shape != out.shape:
        try:
            a = np.broadcast_to(a, out.shape)
        except ValueError as error:
            raise ShapeError(f"copy: shape {a.shape} does not broadcast to {out.shape}.") from error
    is_copy = a.dtype == out.dtype and a.flags.c_contiguous and out.flags.c_contiguous
    if a.size < _SOME or is_copy:
        _by_numpy(out, a)
        return out
    a = separate(a, out)
    if a.dtype == out.dtype:
        _copy(bits_of(out), bits_of(a))
    else:
        _convert(out, a)
    return out


@np.errstate(all="ignore")
def _by_numpy(out: Array, a: Array) -> None:
    if out.dtype == np.uint8 and a.dtype.kind == "f":
        a = a.astype(np.int64)  # NumPy goes by int32, and PyTorch by int64.
    out[...] = a


def _by_astype(a: Array, dtype: np.dtype[Any]) -> Array:
    return a.astype(dtype, "K", "unsafe", False)


_in_silence = np.errstate(all="ignore")(_by_astype)


@dataclass(frozen=True)
class _Way:
    """The best way to convert few elements between two dtypes.

    Attributes:
        dtype: of the result.
        few: up to, not including, so many elements of any layout.
        any_layout: what converts them.
        few_dense: up to, not including, so many dense elements.
        dense: what converts them.
    """

    dtype: np.dtype[Any]
    few: int
    any_layout: Callable[[Array, np.dtype[Any]], Array]
    few_dense: int
    dense: Callable[[Array, np.dtype[Any]], Array]


@lru_cache(maxsize=256)
def _way(of: np.dtype[Any], dtype: Any) -> _Way:
    """Choose how few elements are converted."""
    to = np.dtype(dtype)
    if dtype is None or of not in DTYPES or to not in DTYPES or (of.kind == "f" and to == np.uint8):
        return _Way(to, 0, _by_astype, 0, _by_astype)
    if of == to:
        return _Way(to, _SOME, _by_astype, sys.maxsize, _by_astype)
    if of.kind == to.kind == "f":
        return _Way(to, _SOME, _in_silence, PARALLEL_THRESHOLD, _by_kernel(of, to))
    # Conversions of floats, and to float16, may make NumPy warn.
    function = _in_silence if of.kind == "f" or to.char == "e" else _by_astype
    few = _SOME if "e" in of.char + to.char else PARALLEL_THRESHOLD
    return _Way(to, _SOME, function, few, function)


def _by_kernel(of: np.dtype[Any], to: np.dtype[Any]) -> Callable[[Array, np.dtype[Any]], Array]:
    """Give what converts dense floats in less time than NumPy needs to be silenced."""
    seen = [np.dtype(np.uint16) if dtype.char == "e" else dtype for dtype in (of, to)]
    entry, empty = serial_entry(_CONVERT, *seen), np.empty

    def convert(a: Array, dtype: np.dtype[Any]) -> Array:
        out = empty(a.shape, dtype)
        entry(a.ravel(), out.ravel())
        return out

    return convert


def _convert(out: Array, a: Array) -> None:
    is_half = np.dtype(np.float16) in (a.dtype, out.dtype)
    if a.size < PARALLEL_THRESHOLD and not is_half:
        _by_numpy(out, a)
    elif a.flags.carray and out.flags.carray:
        _run(_loaded(out.ravel()), _loaded(a.ravel()))
    elif (order := _dense_order(a)) is not None and _dense_order(out) == order:
        _run(_loaded(out.transpose(order)).reshape(-1), _loaded(a.transpose(order)).reshape(-1))
    else:
        # By way of a piece that is laid out like the operand: then it is copied.
        step = max(1, _PIECE * out.shape[0] // out.size)
        for begin in range(0, out.shape[0], step):
            part = a[begin : begin + step]
            if part.size > 2 * _PIECE:
                _convert(out[begin], part[0])
                continue
            dense = np.empty_like(part, dtype=out.dtype)
            order = _dense_order(dense)
            _run(_loaded(dense.transpose(order)).reshape(-1), _in_order(part, order))
            _copy(bits_of(out[begin : begin + step]), bits_of(dense))


def _in_order(a: Array, order: Any) -> Array:
    """List the elements of a piece in an order of its dimensions."""
    return np.ascontiguousarray(_loaded(a.transpose(order))).reshape(-1)


def _loaded(a: Array) -> Array:
    """See float16 as kernels do."""
    return bits_of(a) if a.dtype == np.float16 else a


def _dense_order(a: Array) -> tuple[int, ...] | None:
    """Give the order of dimensions in which the elements lie without gaps, if there is one."""
    order = tuple(sorted(range(a.ndim), key=lambda dim: -a.strides[dim]))
    return order if a.transpose(order).flags.c_contiguous and a.flags.aligned else None


def _run(out: Array, a: Array) -> None:
    for begin in range(0, out.size, MOST_AT_ONCE):
        piece = slice(begin, begin + MOST_AT_ONCE)
        _CONVERT.for_size(out[piece].size // _CHEAP)(a[piece], out[piece])


def _copy(out: Array, a: Array) -> None:
    """Copy unsigned integers between layouts."""
    for (source, target), part in walk([a, out]):
        if part.is_dense:
            np.copyto(target, source)
            continue
        turned = _turned(part, a.itemsize)
        if turned is not None:
            _TURN.for_size(part.size)(source, target, turned)
        else:
            _COPY.for_size(part.size)(source, target, part.layout)


def _turned(part: Walk, itemsize: int) -> NDArray[np.int64] | None:
    """Give the layout for a turn, if another dimension is dense in the operand than in the result.

    Both must be at least as wide as a tile. The operand's is brought to the third place.
    """
    layout = part.layout
    width = loops.tile_width(itemsize)
    if layout[0, 3] < width or layout[2, 3] != 1 or layout[1, 3] == 1:
        return None
    for dim in range(3):
        if layout[0, dim] >= width and layout[1, dim] == 1:
            order = [d for d in range(3) if d != dim]
            return layout[:, [*order, dim, 3, 4]]
    return None
