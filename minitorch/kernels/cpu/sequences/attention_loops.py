"""The loops of attention, tile by tile: a block of queries against a block of keys.

Rows of a tile belong to queries, columns to keys. Of the matrix of scores no more is ever in memory
than a tile for each task. How the work is cut depends on the sizes alone, so that the number of
threads changes no bit.

The arrays: query, out and their gradients are (batch, heads, group, queries, features), where the
queries of a group share their keys; key, value and their gradients are (batch, heads, keys,
features); the mask is (batch, heads, group, queries, keys), and logsumexp (batch, heads, group,
queries). Strides are free, but rows of results are dense.

Source: T. Dao, "FlashAttention-2", 2023.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.extending import intrinsic, overload

from ..functions import exp, log
from ..products.loops import PANELS, multiply
from ..products.microkernel import DEPTH, PANEL_STEP, Tile, address, tile_shape
from ..reductions.terms import add, larger

# The greatest height and width of a tile.
ROWS = 128
COLUMNS = 256

_helper = njit(error_model="numpy", fastmath={"contract"})
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)
_kernel = njit(error_model="numpy", fastmath={"contract"})


# ---- memory


def workspace_elements(like: Tile, widest: int) -> int:
    """Give how many elements of workspace a task needs, for so many features at most."""
    tiles = 2 * ROWS * COLUMNS
    left = PANELS * like.rows * PANEL_STEP
    return tiles + left + DEPTH * (max(COLUMNS, widest) + like.columns)


@intrinsic
def _pointer(context: Any, like: Any, place: Any) -> Any:
    """Read an address as a pointer to elements of the type of `like`."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[1], context.get_value_type(signature.return_type))

    return types.CPointer(like)(like, types.intp), build


@_inline
def _dense(like: Any, place: Any, count: Any) -> Any:
    """See dense elements at an address as an array."""
    return carray(_pointer(like, place), (count,))


@_inline
def _divided(like: Any, size: Any, place: Any) -> Any:
    """Divide a task's workspace: give two tiles, and where products pack their operands."""
    height = tile_shape(like)[0]
    first = _dense(like, place, ROWS * COLUMNS).reshape((ROWS, COLUMNS))
    place += ROWS * COLUMNS * size
    second = _dense(like, place, ROWS * COLUMNS).reshape((ROWS, COLUMNS))
    place += ROWS * COLUMNS * size
    return first, second, (place, place + PANELS * height * PANEL_STEP * size)


@_inline
def _of_query(array: Any, b: Any, h: Any, g: Any, i: Any) -> Any:
    """Give the address of a row of query, out or their gradients."""
    step = array.strides
    return address(array) + b * step[0] + h * step[1] + g * step[2] + i * step[3]


@_inline
def _of_key(array: Any, b: Any, h: Any, j: Any) -> Any:
    """Give the address of a row of key, value or their gradients."""
    return address(array) + b * array.strides[0] + h * array.strides[1] + j * array.strides[2]


@_inline
def _rows(array: Any, place: Any) -> Any:
    """Describe the rows from an address on as an operand of a product."""
    return place, array.strides[-2], array.strides[-1], array.itemsize


@_inline
def _transposed(array: Any, place: Any) -> Any:
    """Describe the rows from an address on as the columns of an operand."""
    return place, array.strides[-1], array.strides[-2], array.itemsize


@_inline
def _target(array: Any, place: Any, rows: Any, columns: Any) -> Any:
    """Describe the rows from an address on as the result of a product."""
    return place, array.strides[-2], rows, columns


@_inline
def _place_of_unit(unit: Any, heads: Any, group: Any, queries: Any) -> Any:
    """Find the batch, head, member of the group and range of queries of a unit of work."""
    count = blocks(queries)
    block = unit % count
    unit //= count
    first, last = block * queries // count, (block + 1) * queries // count
    return unit // (heads * group), unit // group % heads, unit % group, first, last


@_inline
def blocks(queries: Any) -> Any:
    """Give the number of blocks of so many queries."""
    return (queries + ROWS - 1) // ROWS


# ---- rows of a tile


def _masked(score: Any, mask: Any) -> Any:
    """Hide a score where a mask of uint8 is 0; add a mask of numbers."""
    return score


@_inline
def _shown(score: Any, mask: Any) -> Any:
    return score if mask else type(score)(-np.inf)


@_inline
def _biased(score: Any, mask: Any) -> Any:
    return score + mask


@overload(_masked, strict=False, jit_options={"forceinline": True})
def _compiled_masked(score, mask):  # type: ignore[no-untyped-def]
    chosen = _shown if mask == types.uint8 else _biased
    return lambda score, mask: chosen(score, mask)


@_helper
def _apply_mask(row: Any, mask: Any) -> None:
    if mask.strides[0] == mask.itemsize:
        dense = _dense(mask[0], address(mask), row.size)
        for i in range(row.size):
            row[i] = _masked(row[i], dense[i])
    else:
        for i in range(row.size):
            row[i] = _masked(row[i], mask[i])


@_helper
def _maximum(row: Any, start: Any) -> Any:
    for i in range(row.size):
        start = larger(start, row[i])
    return start


@_helper
def _exponentials(row: Any, shift: Any) -> Any:
    """Replace each element x by e^(x - shift), and give the sum of these."""
    total = type(shift)(0)
    for i in range(row.size):
        row[i] = exp(row[i] - shift)
        total = add(total, row[i])
    return total


@_helper
def _scale(row: Any, factor: Any) -> None:
    for i in range(row.size):
        row[i] *= factor


@_inline
def _visible(row: Any, count: Any) -> Any:
    """Give the first part of a row of a tile, and make the rest 0."""
    count = min(row.size, max(0, count))
    row[count:] = 0
    return row[:count]


@_helper
def _normalisers(line: Any, best: Any, total: Any) -> None:
    for i in range(line.size):
        line[i] = best[i] + log(total[i])


@_inline
def _shift(number: Any) -> Any:
    """Give what to subtract from scores before e^x: a row that is all hidden has no maximum."""
    return type(number)(0) if number == -np.inf else number


@_helper
def _dot(x: Any, y: Any) -> Any:
    total = type(x[0])(0)
    for i in range(x.size):
        total = add(total, x[i] * y[i])
    return total


@_helper
def _dot_of_rows(x: Any, y: Any) -> Any:
    """Sum the products of two rows of one length, with vectors where both are dense."""
    if x.size > 0 and x.strides[0] == x.itemsize and y.strides[0] == y.itemsize:
        like = x[0]
        return _dot(_dense(like, address(x), x.size), _dense(like, address(y), x.size))
    return _dot(x, y)


@_helper
def _probabilities(row: Any, normaliser: Any) -> None:
    shift = _shift(normaliser)
    for i in range(row.size):
        row[i] = exp(row[i] - shift)


@_helper
def _score_gradients(row: Any, chances: Any, mean: Any) -> None:
    """Turn the gradients of probabilities into those of scores."""
    for i in range(row.size):
        row[i] = chances[i] * (row[i] - mean)


# ---- forward


@_kernel
def forward(
    query: Any,
    out: Any,
    logsumexp: Any,
    key: Any,
    value: Any,
    mask: Any,
    scale: Any,
    has_mask: Any,
    causal: Any,
    offset: Any,
    work: Any,
    share: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute out = softmax(scale * query @ key.T + mask) @ value, and the softmax's normaliser.

    Args:
        query, out, logsumexp, key, value, mask: as the module describes them.
        scale: factor of the scores, a number of the type of the elements.
        has_mask: 0 if the mask is not to be read.
        causal: 1 if query i sees only the keys up to offset + i.
        offset: see above.
        work: address of the workspace.
        share: bytes of it for each task, see `workspace_elements`.
        first, last, tasks: which parts of the work to do, of how many.
    """
    batch, heads, group, queries, features = query.shape
    keys, size = key.shape[2], query.itemsize
    width = value.shape[3]
    one = type(scale)(1)
    units = batch * heads * group * blocks(queries)
    for task in range(first, last):
        tile, _, packing = _divided(scale, size, work + task * share)
        best = np.empty(ROWS, tile.dtype)
        total = np.empty(ROWS, tile.dtype)
        for unit in range(units * task // tasks, units * (task + 1) // tasks):
            b, h, g, low, high = _place_of_unit(unit, heads, group, queries)
            rows = high - low
            source = _rows(query, _of_query(query, b, h, g, low))
            place = _of_query(out, b, h, g, low)
            best[:] = -np.inf
            total[:] = 0
            seen = min(keys, offset + high) if causal else keys
            for j in range(0, seen, COLUMNS):
                columns = min(COLUMNS, seen - j)
                scores = _target(tile, address(tile), rows, columns)
                part = _transposed(key, _of_key(key, b, h, j))
                multiply(scale, np.intp(0), features, source, part, scores, packing)
                for i in range(rows):
                    row = tile[i, :columns]
                    if causal:
                        row = _visible(row, offset + low + i + 1 - j)
                    if has_mask:
                        _apply_mask(row, mask[b, h, g, low + i, j : j + row.size])
                    highest = _maximum(row, best[i])
                    shift = _shift(highest)
                    if j > 0:
                        factor = exp(best[i] - shift)
                        total[i] *= factor
                        _scale(_dense(scale, place + i * out.strides[3], width), factor)
                    best[i] = highest
                    total[i] += _exponentials(row, shift)
                chances = _rows(tile, address(tile))
                part = _rows(value, _of_key(value, b, h, j))
                target = _target(out, place, rows, width)
                multiply(one, int(j > 0), columns, chances, part, target, packing)
            for i in range(rows):
                factor = one / total[i] if total[i] != 0 else type(scale)(0)
                _scale(_dense(scale, place + i * out.strides[3], width), factor)
            line = address(logsumexp[b, h, g, low:high])
            _normalisers(_dense(scale, line, rows), best, total)


# ---- backward


@_kernel
def backward(
    query: Any,
    out: Any,
    grad_out: Any,
    grad_query: Any,
    logsumexp: Any,
    key: Any,
    value: Any,
    grad_key: Any,
    grad_value: Any,
    mask: Any,
    scale: Any,
    has_mask: Any,
    causal: Any,
    offset: Any,
    work: Any,
    share: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Compute the gradients of `forward`; those of key and value are added to what is there.

    The probabilities are computed again, a tile at a time. The arguments are those of `forward`.
    """
    batch, heads, group, queries, features = query.shape
    keys, size = key.shape[2], query.itemsize
    width = value.shape[3]
    one = type(scale)(1)
    units = batch * heads
    for task in range(first, last):
        tile, slopes, packing = _divided(scale, size, work + task * share)
        means = np.empty(ROWS, tile.dtype)
        own = group * blocks(queries)
        for unit in range(units * task // tasks * own, units * (task + 1) // tasks * own):
            b, h, g, low, high = _place_of_unit(unit, heads, group, queries)
            rows = high - low
            source = _of_query(query, b, h, g, low)
            slope = _of_query(grad_out, b, h, g, low)
            for i in range(rows):
                means[i] = _dot_of_rows(grad_out[b, h, g, low + i], out[b, h, g, low + i])
            seen = min(keys, offset + high) if causal else keys
            for j in range(0, seen, COLUMNS):
                columns = min(COLUMNS, seen - j)
                own_key, own_value = _of_key(key, b, h, j), _of_key(value, b, h, j)
                target = _target(tile, address(tile), rows, columns)
                left, right = _rows(query, source), _transposed(key, own_key)
                multiply(scale, np.intp(0), features, left, right, target, packing)
                target = _target(slopes, address(slopes), rows, columns)
                left, right = _rows(grad_out, slope), _transposed(value, own_value)
                multiply(one, np.intp(0), width, left, right, target, packing)
                for i in range(rows):
                    row, change = tile[i, :columns], slopes[i, :columns]
                    if causal:
                        row = _visible(row, offset + low + i + 1 - j)
                        change = _visible(change, offset + low + i + 1 - j)
                    if has_mask:
                        _apply_mask(row, mask[b, h, g, low + i, j : j + row.size])
                    _probabilities(row, logsumexp[b, h, g, low + i])
                    _score_gradients(change, row, means[i])
                # The sums over queries and those over keys.
                left, right = _transposed(tile, address(tile)), _rows(grad_out, slope)
                target = _target(grad_value, _of_key(grad_value, b, h, j), columns, width)
                multiply(one, np.intp(1), rows, left, right, target, packing)
                left, right = _transposed(slopes, address(slopes)), _rows(query, source)
                target = _target(grad_key, _of_key(grad_key, b, h, j), columns, features)
                multiply(scale, np.intp(1), rows, left, right, target, packing)
                left, right = _rows(slopes, address(slopes)), _rows(key, own_key)
                target = _target(grad_query, _of_query(grad_query, b, h, g, low), rows, features)
                multiply(scale, int(j > 0), columns, left, right, target, packing)
