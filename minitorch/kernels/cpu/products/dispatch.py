"""Which kernel computes a product, on how many threads and in which pieces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.core import config
from numba.np.numpy_support import from_dtype
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ..calls.tasks import TaskEntry, TaskKernel, tasks_for
from . import loops, plain_loops
from .microkernel import DEPTH, PANEL_STEP, tile

Array = NDArray[Any]
_Dtype = np.dtype[Any]

_PRODUCT = TaskKernel(loops.product)
_PACK = TaskKernel(loops.pack_panels)
_MULTIPLY_PACKED = TaskKernel(loops.multiply_packed)
_BATCH = TaskKernel(loops.batch)
_DOT_ROWS = TaskKernel(plain_loops.dot_rows)
_ADD_COLUMNS = TaskKernel(plain_loops.add_columns)
_PLAIN = SizedKernel(lambda: plain_loops.plain)
_LOGICAL = SizedKernel(lambda: plain_loops.logical)

# Multiplications that cost as much as one step of `tasks_for`.
_PER_STEP = 16
_PER_VECTOR_STEP = 4
# A right operand of so few elements is packed by each task for itself.
_PACKED_TWICE = 1 << 16
# Up to this many multiplications one thread does them all, in a workspace of at least this size.
MOST_SMALL = 400_000
LEAST_BYTES = 1 << 22
# A kernel does so many at most before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 32
_MOST_PLAIN = 1 << 28
# The widest right operand that is packed at once, and the deepest part of a product.
_MOST_COLUMNS = 2048
_MOST_DEPTH = 10 * DEPTH


def multiply_matrices(a: Array, b: Array, out: Array, alpha: float, accumulate: bool) -> None:
    """Multiply two matrices of float32 or float64, none of them empty."""
    size = out.itemsize
    if out.shape[0] == 1:
        a, b, out = b.T, a.T, out.T
    if out.shape[1] == 1:
        _multiply_vector(a, b[:, 0], out[:, 0], alpha, accumulate)
        return
    if out.strides[1] != size:
        if out.strides[0] == size:
            a, b, out = b.T, a.T, out.T
        else:
            _through_copy(multiply_matrices, a, b, out, alpha, accumulate)
            return
    for rows, columns, depth in _pieces(len(a), out.shape[1], a.shape[1]):
        _launch_product(
            a[rows, depth],
            b[depth, columns],
            out[rows, columns],
            alpha,
            accumulate or depth.start > 0,
        )


def _through_copy(
    multiply: Callable[..., None], a: Array, b: Array, out: Array, alpha: float, accumulate: bool
) -> None:
    """Compute a result that no kernel can write in place."""
    result = out.copy() if accumulate else np.empty(out.shape, out.dtype)
    multiply(a, b, result, alpha, accumulate)
    out[...] = result


def _pieces(rows: int, columns: int, depth: int) -> Iterator[tuple[slice, slice, slice]]:
    """Cut a product so that its packed operand fits the workspace and no piece takes a second."""
    if columns <= _MOST_COLUMNS and rows * columns * depth <= _MOST_AT_ONCE:
        yield slice(0, rows), slice(0, columns), slice(0, depth)
        return
    width, length = min(columns, _MOST_COLUMNS), min(depth, _MOST_DEPTH)
    height = max(1, _MOST_AT_ONCE // (width * length))
    for j in range(0, columns, width):
        for p in range(0, depth, length):
            for i in range(0, rows, height):
                yield (
                    slice(i, min(i + height, rows)),
                    slice(j, min(j + width, columns)),
                    slice(p, min(p + length, depth)),
                )


def _multiply_vector(a: Array, x: Array, out: Array, alpha: float, accumulate: bool) -> None:
    """Multiply a matrix and a vector."""
    rows, depth = a.shape
    size = out.itemsize
    work = rows * depth // _PER_VECTOR_STEP
    if a.strides[0] == size and a.strides[1] != size and rows >= 16:
        if out.strides[0] != size:
            _through_copy(_multiply_vector, a, x, out, alpha, accumulate)
            return
        entry = _entry(_ADD_COLUMNS, out.dtype, (2, 1, 1))
        entry(tasks_for(work, rows), a, x, out, 0, alpha, int(accumulate))
        return
    if rows > 1 and x.strides[0] != size:
        x = x.copy()
    tasks = tasks_for(work, rows)
    memory = workspace(2 * plain_loops.STRETCH * size * tasks)
    _entry(_DOT_ROWS, out.dtype, (2, 1, 1))(tasks, a, x, out, memory, alpha, int(accumulate))


def multiply_batches(a: Array, b: Array, out: Array, alpha: float, accumulate: bool) -> None:
    """Multiply batches of matrices of float32 or float64, none of them empty."""
    if out.strides[-1] != out.itemsize:
        _through_copy(multiply_batches, a, b, out, alpha, accumulate)
        return
    a, b, out = _merged_batches(a, b, out)
    steps = out.shape[-2] * out.shape[-1] * a.shape[-1]
    for index in np.ndindex(out.shape[:-3]):
        x, y, z = a[index], b[index], out[index]
        if steps // _PER_STEP >= PARALLEL_THRESHOLD or out.shape[-1] > _MOST_COLUMNS:
            for i in range(len(z)):
                multiply_matrices(x[i], y[i], z[i], alpha, accumulate)
            continue
        count = max(1, _MOST_AT_ONCE // steps)
        for i in range(0, len(z), count):
            part = slice(i, i + count)
            _launch_batch(x[part], y[part], z[part], alpha, accumulate)


def _merged_batches(a: Array, b: Array, out: Array) -> tuple[Array, Array, Array]:
    """Broadcast the batch dimensions, and join neighbours that one loop can go through."""
    leading = out.shape[:-2]
    views = [_broadcast(x, (*leading, *x.shape[-2:])) for x in (a, b, out)]
    sizes: list[int] = []
    steps: list[list[int]] = [[], [], []]
    for dim, size in enumerate(leading):
        own = [view.strides[dim] for view in views]
        if size == 1 and dim < len(leading) - 1:
            continue
        if sizes and all(s[-1] == step * size for s, step in zip(steps, own, strict=True)):
            sizes[-1] *= size
            for s, step in zip(steps, own, strict=True):
                s[-1] = step
        else:
            sizes.append(size)
            for s, step in zip(steps, own, strict=True):
                s.append(step)
    joined = [
        as_strided(view, (*sizes, *view.shape[-2:]), (*s, *view.strides[-2:]))
        for view, s in zip(views, steps, strict=True)
    ]
    return joined[0], joined[1], joined[2]


def _broadcast(array: Array, shape: tuple[int, ...]) -> Array:
    return array if array.shape == shape else np.broadcast_to(array, shape)


def multiply_plainly(a: Array, b: Array, out: Array, accumulate: bool) -> None:
    """Multiply matrices, or batches of them, of integers or bool."""
    if not accumulate:
        out[...] = 0
    kernel = _LOGICAL if out.dtype.kind == "b" else _PLAIN
    leading = out.shape[:-2]
    a = _broadcast(a, (*leading, *a.shape[-2:]))
    b = _broadcast(b, (*leading, *b.shape[-2:]))
    steps = a.shape[-1] * b.shape[-1]
    height = max(1, _MOST_PLAIN // steps)
    for index in np.ndindex(leading):
        x, y, z = a[index], b[index], out[index]
        for i in range(0, len(z), height):
            part = x[i : i + height], y, z[i : i + height]
            is_little = tasks_for(len(part[2]) * steps, len(part[2])) == 1
            chosen = kernel.serial if is_little else kernel.parallel
            (chosen if config.DISABLE_JIT else _plain_entry(chosen, *part[1:]))(*part)


# ---- starting kernels


class _Memory(threading.local):
    """A thread's space for packed operands: allocated once, and again only for a larger need."""

    def __init__(self) -> None:
        self.size = -1
        self.address = 0

    def allocate(self, size: int) -> None:
        self.size = max(size, LEAST_BYTES)
        self._bytes = np.empty(self.size + 64, np.uint8)
        self.address = -(-self._bytes.ctypes.data // 64) * 64


_memory = _Memory()


def workspace(size: int) -> int:
    """Give the address, a multiple of 64, of so many bytes that belong to the calling thread."""
    memory = _memory
    if memory.size < size:
        memory.allocate(size)
    return memory.address


def _left_bytes(dtype: _Dtype) -> int:
    """Give the bytes of the left panels that one task packs at a time."""
    return loops.PANELS * _tile(dtype.itemsize).rows * PANEL_STEP * dtype.itemsize


def _panel_bytes(dtype: _Dtype, depth: int, columns: int) -> int:
    """Give the bytes of packed left panels and of the packed right operand, for one task."""
    width = columns + _tile(dtype.itemsize).columns
    return _left_bytes(dtype) + min(depth, DEPTH) * width * dtype.itemsize


_tile = cache(tile)


def _launch_product(a: Array, b: Array, out: Array, alpha: float, accumulate: bool) -> None:
    rows, columns = out.shape
    depth = a.shape[1]
    tasks = tasks_for(out.size * depth // _PER_STEP, max(out.shape) // 8)
    work = workspace(tasks * _panel_bytes(out.dtype, depth, columns))
    if tasks > 1 and rows >= loops.LEAST_ROWS * tasks and depth * columns > _PACKED_TWICE:
        _launch_packed(a, b, out, work, alpha, accumulate, tasks)
        return
    entry = _entry(_PRODUCT, out.dtype, (2, 2, 2))
    entry(tasks, a, b, out, work, alpha, int(accumulate))
    small_entries[out.dtype] = entry.alone


def _launch_packed(
    a: Array, b: Array, out: Array, work: int, alpha: float, accumulate: bool, tasks: int
) -> None:
    """Let all tasks read the right operand from the same packed panels."""
    dtype = out.dtype
    rows, columns = out.shape
    depth = a.shape[1]
    width = _tile(dtype.itemsize).columns
    packed = work + tasks * _left_bytes(dtype)
    pack = _entry_of(_PACK, dtype, (2,), 1, 0)
    multiply = _entry_of(_MULTIPLY_PACKED, dtype, (2, 2, 2), 3, 1)
    is_dense = b.strides[1] == dtype.itemsize
    direct = loops.direct_panels.py_func(rows, columns, is_dense, width)
    blocks = -(-depth // DEPTH)
    block_depth = -(-depth // blocks)
    for p in range(0, depth, block_depth):
        left, right = a[:, p : p + block_depth], b[p : p + block_depth]
        rest = right[:, direct * width :]
        if rest.shape[1]:
            pack(min(tasks, -(-rest.shape[1] // width)), rest, packed, alpha)
        adds = int(accumulate or p > 0)
        multiply(tasks, left, right, out, work, packed, direct, alpha, adds)


def _launch_batch(a: Array, b: Array, out: Array, alpha: float, accumulate: bool) -> None:
    tasks = tasks_for(out.size * a.shape[-1] // _PER_STEP, len(out))
    work = workspace(tasks * _panel_bytes(out.dtype, a.shape[-1], b.shape[-1]))
    entry = _entry(_BATCH, out.dtype, (3, 3, 3))
    entry(tasks, a, b, out, work, alpha, int(accumulate))


def _entry(kernel: TaskKernel, dtype: _Dtype, ranks: tuple[int, ...]) -> TaskEntry:
    """Give what calls a kernel of arrays, an address, a factor and whether to add."""
    return _entry_of(kernel, dtype, ranks, 1, 1)


@cache
def _entry_of(
    kernel: TaskKernel, dtype: _Dtype, ranks: tuple[int, ...], before: int, after: int
) -> TaskEntry:
    """Give what calls a kernel for arrays of a dtype and these ranks, and checks no type.

    Args:
        before: how many integers stand between the arrays and a number of the dtype.
        after: how many stand after it.
    """
    number = from_dtype(dtype)
    arrays = [types.Array(number, rank, "A") for rank in ranks]
    return kernel.entry(*arrays, *[types.intp] * before, number, *[types.intp] * after)


def _plain_entry(kernel: Any, b: Array, out: Array) -> Any:
    """Compile a plain loop, with vectors where the rows of both b and out are dense."""
    layout = "C" if b.flags.c_contiguous and out.flags.c_contiguous else "A"
    key = kernel, out.dtype, layout
    entry = _entries.get(key)
    if entry is None:
        number = from_dtype(out.dtype)
        signature = tuple(types.Array(number, 2, order) for order in ("A", layout, layout))
        entry = _entries[key] = entry_point(kernel, signature)
    return entry


_entries: dict[tuple[Any, ...], Any] = {}
# What calls the serial kernels for products of matrices, once they are compiled.
small_entries: dict[_Dtype, Any] = {}
