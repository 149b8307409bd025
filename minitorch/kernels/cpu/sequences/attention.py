"""Scaled dot-product attention, forward and backward, without a full matrix of scores.

Dropout of the probabilities and a mask that needs a gradient are left to a composition of products,
softmax and dropout: PyTorch, too, makes the whole matrix then, and draws its random numbers for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ..calls.tasks import TaskEntry, TaskKernel, tasks_for
from ..layouts.layout import broadcast_shapes
from ..products.dispatch import workspace
from ..products.microkernel import tile
from ..reductions.reduce import sum as sum_over
from . import attention_loops

Array = NDArray[Any]
_Shape = tuple[int, ...]

_FORWARD = TaskKernel(attention_loops.forward)
_BACKWARD = TaskKernel(attention_loops.backward)
# Multiplications that cost as much as one step of `tasks_for`.
_PER_STEP = 16
# A kernel does so many at most before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 32
_NO_MASK = np.ones((1, 1, 1, 1, 1), np.uint8)
_tile = cache(tile)


def scaled_dot_product_attention(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None = None,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[Array, Array]:
    """Compute softmax(scale * query @ key.T + mask) @ value.

    Args:
        query: (..., L, E). The leading dimensions of the operands broadcast.
        key: (..., S, E), of the dtype of query.
        value: (..., S, Ev), of that dtype.
        attn_mask: broadcasts to (..., L, S): True where a key takes part, or numbers (float32 or of
            the dtype of query) to add to the scores.
        is_causal: query i sees only the keys up to i.
        scale: factor of the scores, 1 / sqrt(E) if None.
        enable_gqa: dimension -3 of query holds a multiple of the heads of key and of value, each of
            which serves so many neighbouring heads of query.

    Returns:
        (..., L, Ev), and (..., L): the logarithm of the sum of each row's exponentials, which the
        backward needs. A query without any key gives 0. float16 is computed in float32 and rounded
        once; its logarithms are float32.

    Raises:
        ShapeError: the shapes do not fit each other, or a mask comes with is_causal.
        DTypeError: operands of different dtypes or of no floats, or a mask of another one.
        IndexError: enable_gqa without a dimension of heads.
    """
    dtype = query.dtype
    query, key, value, problem = _prepared(
        query, key, value, attn_mask, is_causal, scale, enable_gqa
    )
    out = _empty_rows(query, (*problem.leading, query.shape[-2], value.shape[-1]))
    logsumexp = np.empty(out.shape[:-1], out.dtype)
    if key.shape[-2] == 0:
        out[...] = 0
        logsumexp[...] = -math.inf
    elif logsumexp.size:
        of_query = problem.of_query(query), problem.of_query(out), problem.of_query(logsumexp, 1)
        problem.run(_FORWARD, of_query, (problem.of_key(key), problem.of_key(value)))
    return _rounded(out, dtype), logsumexp


def scaled_dot_product_attention_backward(
    grad: Array,
    query: Array,
    key: Array,
    value: Array,
    out: Array,
    logsumexp: Array,
    attn_mask: Array | None = None,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[Array, Array, Array]:
    """Compute the gradients of `scaled_dot_product_attention`.

    Args:
        grad: the gradient of out, of its shape and dtype.
        query, key, value, attn_mask, is_causal, scale, enable_gqa: as in the forward.
        out, logsumexp: what the forward gave.

    Returns:
        The gradients of query, key and value.

    Raises:
        ShapeError, DTypeError, IndexError: as the forward, or grad does not fit out.
    """
    originals = query, key, value
    query, key, value, problem = _prepared(
        query, key, value, attn_mask, is_causal, scale, enable_gqa
    )
    shape = (*problem.leading, query.shape[-2], value.shape[-1])
    _check_results(shape, originals[0].dtype, grad, out, logsumexp)
    out, grad = (array.astype(query.dtype, copy=False) for array in (out, grad))
    grad_query = _empty_rows(query, (*problem.leading, *query.shape[-2:]))
    grad_key = _empty_rows(key, (*problem.key_leading, *key.shape[-2:]))
    grad_value = _empty_rows(value, (*problem.key_leading, *value.shape[-2:]))
    grad_key[...] = 0
    grad_value[...] = 0
    if grad.size and grad_key.size:
        of_query = [problem.of_query(array) for array in (query, out, grad, grad_query)]
        of_key = [problem.of_key(array) for array in (key, value, grad_key, grad_value)]
        problem.run(_BACKWARD, (*of_query, problem.of_query(logsumexp, 1)), of_key)
    else:
        grad_query[...] = 0
    grads = grad_query, grad_key, grad_value
    return tuple(map(_summed_to, grads, originals))  # type: ignore[return-value]


@dataclass(frozen=True)
class _Problem:
    """What the kernels have to know about a call, and how arrays are cut for them.

    Attributes:
        leading: the leading dimensions of the result.
        group: neighbouring heads of query that share a head of key and value.
        mask: (..., L, S), with the leading dimensions, of uint8 or of the dtype of query.
        is_causal: query i sees only the keys up to i.
        scale: factor of the scores.
    """

    leading: _Shape
    group: int
    mask: Array | None
    is_causal: bool
    scale: float

    @property
    def key_leading(self) -> _Shape:
        """The leading dimensions of key and value."""
        if self.group == 1:
            return self.leading
        return (*self.leading[:-1], self.leading[-1] // self.group)

    def of_query(self, array: Array, rank: int = 2) -> Array:
        """View an array that has a row for each query: (..., batch, heads, group, L, ...)."""
        tail = array.shape[array.ndim - rank :]
        array = _broadcast(array, (*self.leading, *tail))
        heads = (*self.key_leading, self.group) if self.leading else (1,)
        return _with_batch(array.reshape(*heads, *tail), 3 + rank)

    def of_key(self, array: Array) -> Array:
        """View an array that has a row for each key: (..., batch, heads, S, ...)."""
        return _with_batch(_broadcast(array, (*self.key_leading, *array.shape[-2:])), 4)

    def run(self, kernel: TaskKernel, of_query: Sequence[Array], of_key: Sequence[Array]) -> None:
        """Run a kernel on arrays as `of_query` and `of_key` give them, the operands first."""
        mask = None if self.mask is None else self.of_query(self.mask)
        for index in np.ndindex(of_key[0].shape[:-4]):
            queries, keys = [x[index] for x in of_query], [x[index] for x in of_key]
            own_mask = _NO_MASK if mask is None else mask[index]
            pieces = _pieces(queries[0].shape, keys[0].shape[2], keys[1].shape[3])
            for batch, heads, rows in pieces:
                self._launch(
                    kernel,
                    [x[batch, heads, :, rows] for x in queries],
                    [x[batch, heads] for x in keys],
                    own_mask if mask is None else own_mask[batch, heads, :, rows],
                    rows.start,
                )

    def _launch(
        self,
        kernel: TaskKernel,
        of_query: Sequence[Array],
        of_key: Sequence[Array],
        mask: Array,
        offset: int,
    ) -> None:
        batch, heads, group, rows, features = of_query[0].shape
        keys, width = of_key[1].shape[2:]
        units = batch * heads
        if kernel is _FORWARD:
            units *= group * -(-rows // attention_loops.ROWS)
        work = batch * heads * group * rows * keys * (features + width) // _PER_STEP
        tasks = tasks_for(work, units)
        dtype = of_query[0].dtype
        share = dtype.itemsize * attention_loops.workspace_elements(
            _tile(dtype.itemsize), max(features, width)
        )
        entry = _entry(kernel, dtype, mask.dtype, tuple(x.ndim for x in (*of_query, *of_key)))
        entry(
            tasks,
            *of_query,
            *of_key,
            mask,
            self.scale,
            int(self.mask is not None),
            int(self.is_causal),
            offset,
            workspace(tasks * share),
            share,
        )


# ---- layout


def _broadcast(array: Array, shape: _Shape) -> Array:
    return array if array.shape == shape else np.broadcast_to(array, shape)


def _with_batch(array: Array, rank: int) -> Array:
    """Put dimensions of size 1 in front, up to a rank."""
    return array[(None,) * (rank - array.ndim)] if array.ndim < rank else array


def _empty_rows(like: Array, shape: _Shape) -> Array:
    """Make an array of dense rows, the rows in the order in which those of another array lie."""
    if like.flags.c_contiguous or like.shape[:-1] != shape[:-1]:
        return np.empty(shape, like.dtype)
    order = sorted(range(len(shape) - 1), key=lambda dim: -abs(like.strides[dim]))
    memory = np.empty([*(shape[dim] for dim in order), shape[-1]], like.dtype)
    return memory.transpose(*np.argsort(order), len(order))


def _summed_to(grad: Array, operand: Array) -> Array:
    """Give a gradient the shape of its operand, which was broadcast, and its dtype."""
    if grad.shape == operand.shape:
        return _rounded(grad, operand.dtype)
    if operand.shape[-1] == 0:
        return np.empty_like(operand)
    if grad.ndim > 2 < operand.ndim and operand.shape[-3] not in (1, grad.shape[-3]):
        # Each head was repeated.
        split = (*grad.shape[:-3], operand.shape[-3], -1, *grad.shape[-2:])
        grad = sum_over(grad.reshape(split), -3)
    missing = grad.ndim - operand.ndim
    pairs = zip(grad.shape[missing:], operand.shape, strict=True)
    spread = [dim for dim, (have, want) in enumerate(pairs, missing) if have != want]
    if missing or spread:
        grad = sum_over(grad, (*range(missing), *spread)).reshape(operand.shape)
    return _rounded(grad, operand.dtype)


def _rounded(array: Array, dtype: np.dtype[Any]) -> Array:
    """Put float32 into float16 where that is asked for; large numbers become infinite."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)


# ---- starting kernels


def _pieces(shape: _Shape, keys: int, width: int) -> Iterator[tuple[slice, slice, slice]]:
    """Cut batch, heads and queries so that no kernel takes longer than about a second."""
    batch, heads, group, rows, features = shape
    per_row = group * keys * (features + width)
    if batch * heads * rows * per_row <= _MOST_AT_ONCE:
        yield slice(0, batch), slice(0, heads), slice(0, rows)
        return
    height = max(attention_loops.ROWS, _MOST_AT_ONCE // per_row)
    for b in range(batch):
        for h in range(heads):
            for i in range(0, rows, height):
                yield slice(b, b + 1), slice(h, h + 1), slice(i, min(i + height, rows))


@cache
def _entry(
    kernel: TaskKernel, dtype: np.dtype[Any], mask_dtype: np.dtype[Any], ranks: tuple[int, ...]
) -> TaskEntry:
    """Give what calls a kernel, and checks no type."""
    number = from_dtype(dtype)
    arrays = [types.Array(number, rank, "A") for rank in ranks]
    mask = types.Array(from_dtype(mask_dtype), 5, "A")
    return kernel.entry(*arrays, mask, number, *[types.intp] * 5)


# ---- checks


def _prepared(
    query: Array,
    key: Array,
    value: Array,
    attn_mask: Array | None,
    is_causal: bool,
    scale: float | None,
    enable_gqa: bool,
) -> tuple[Array, Array, Array, _Problem]:
    """Check a call, and give its operands in a type and with heads that the kernels know."""
    _check_operands(query, key, value)
    if is_causal and attn_mask is not None:
        raise ShapeError(
            "scaled_dot_product_attention takes either attn_mask or is_causal, got both. Put what "
            "is_causal hides into the mask."
        )
    features, given = query.shape[-1], query.dtype
    if given == np.float16:
        query, key, value = (array.astype(np.float32) for array in (query, key, value))
    if features == 0:
        # The sum of no products is 0, and so is that of one 0.
        query, key = (np.zeros((*array.shape[:-1], 1), array.dtype) for array in (query, key))
    group = 1
    if enable_gqa:
        group, key, value = _grouped(query, key, value)
    shapes = [query.shape[:-2], key.shape[:-2], value.shape[:-2]]
    if group > 1:
        shapes[1:] = [(*s[:-1], s[-1] * group) for s in shapes[1:]]
    leading = broadcast_shapes("scaled_dot_product_attention", shapes)
    if attn_mask is not None:
        shape = (*leading, query.shape[-2], key.shape[-2])
        attn_mask = _checked_mask(attn_mask, query, given, shape)
    if scale is None:
        scale = 1 / math.sqrt(features) if features else 1.0
    problem = _Problem(leading, group, attn_mask, bool(is_causal), float(scale))
    return query, key, value, problem


def _check_operands(query: Array, key: Array, value: Array) -> None:
    name = "scaled_dot_product_attention"
    operands = query, key, value
    if key.dtype != query.dtype or value.dtype != query.dtype:
        dtypes = ", ".join(str(x.dtype) for x in operands)
        raise DTypeError(f"{name} needs query, key and value of one dtype, got {dtypes}.")
    if query.dtype.char not in "efd" or not query.dtype.isnative:
        raise DTypeError(f"{name} takes float16, float32 and float64, got {query.dtype}.")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(
            f"{name} needs query, key and value of at least 2 dimensions, got {_shapes(operands)}."
        )
    if query.shape[-1] != key.shape[-1]:
        raise ShapeError(
            f"{name}: query and key must have as many features, got {query.shape[-1]} and "
            f"{key.shape[-1]} ({_shapes(operands)})."
        )
    if key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            f"{name}: key and value must have as many rows, got {key.shape[-2]} and "
            f"{value.shape[-2]} ({_shapes(operands)})."
        )


def _shapes(arrays: Sequence[Array]) -> str:
    return "shapes " + ", ".join(str(array.shape) for array in arrays)


def _grouped(query: Array, key: Array, value: Array) -> tuple[int, Array, Array]:
    """Give how many heads of query share one of key and value, and those two."""
    if min(query.ndim, key.ndim, value.ndim) < 3:
        raise IndexError(
            "scaled_dot_product_attention: enable_gqa needs heads in dimension -3, got "
            f"{_shapes((query, key, value))}."
        )
    heads, of_key, of_value = (x.shape[-3] for x in (query, key, value))
    if 0 in (of_key, of_value) or heads % of_key or heads % of_value:
        raise ShapeError(
            f"scaled_dot_product_attention: with enable_gqa the heads of key ({of_key}) and of "
            f"value ({of_value}) must divide those of query ({heads})."
        )
    if of_key != of_value:
        # A rare case, for which keys and values are copied until their heads are as many.
        common = math.lcm(of_key, of_value)
        key, value = (np.repeat(x, common // x.shape[-3], axis=-3) for x in (key, value))
    return heads // key.shape[-3], key, value


def _checked_mask(mask: Array, query: Array, given: np.dtype[Any], shape: _Shape) -> Array:
    """Check a mask, and give it in a type that the kernels know, with all dimensions.

    Args:
        mask: the mask.
        query: in the dtype in which it is computed.
        given: the dtype that it had.
        shape: (..., L, S).
    """
    name = "scaled_dot_product_attention"
    if mask.dtype == np.bool_:
        mask = mask.view(np.uint8)
    elif mask.dtype in (given, np.float32):
        mask = mask.astype(query.dtype, copy=False)
    else:
        raise DTypeError(f"{name}: attn_mask must be bool, float32 or {given}, got {mask.dtype}.")
    if broadcast_shapes(f"{name} with attn_mask", [shape, mask.shape]) != shape:
        raise ShapeError(f"{name}: attn_mask of shape {mask.shape} does not broadcast to {shape}.")
    return _broadcast(mask, shape)


def _check_results(
    shape: _Shape, dtype: np.dtype[Any], grad: Array, out: Array, logsumexp: Array
) -> None:
    name = "scaled_dot_product_attention_backward"
    for what, array, wanted in (("grad", grad, shape), ("out", out, shape)):
        if array.shape != wanted:
            raise ShapeError(f"{name}: {what} must have shape {wanted}, got {array.shape}.")
        if array.dtype != dtype:
            raise DTypeError(f"{name}: {what} must be of {dtype}, got {array.dtype}.")
    single = np.dtype(np.float32) if dtype == np.float16 else dtype
    if logsumexp.shape != shape[:-1] or logsumexp.dtype != single:
        raise ShapeError(
            f"{name}: logsumexp must be what the forward gave, {single} of shape {shape[:-1]}, got "
            f"{logsumexp.dtype} of shape {logsumexp.shape}."
        )
