"""Cross-entropy and the negative log-likelihood of NumPy arrays of any layout.

Classes lie along dimension 1, or along the only one. float16 is computed in float32 and rounded
once. Where nothing counts, a mean is NaN, and its gradient 0, as in PyTorch.

All raise a ShapeError for shapes that do not fit, a DTypeError for types that do not, an IndexError
for a target that is no class, and a ValueError for an unknown reduction.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import DTypeError, ShapeError
from ..layouts.dense_blocks import (
    check_like,
    dense_blocks,
    parameter,
    rounded,
    split_at,
    without,
    working_dtype,
)
from . import loss_loops as loops
from .short import dense_nll_backward_way, dense_nll_way, dense_way
from .softmax import lines, tile_width

Array = NDArray[Any]

_ROWS = SizedKernel(lambda: loops.cross_entropy_rows)
_ACROSS = SizedKernel(lambda: loops.cross_entropy_across)
_PROBABILITY_ROWS = SizedKernel(lambda: loops.probability_rows)
_PROBABILITY_ACROSS = SizedKernel(lambda: loops.probability_across)
_NLL = SizedKernel(lambda: loops.nll)
_NLL_BACKWARD = SizedKernel(lambda: loops.nll_backward)
_CHECK = SizedKernel(lambda: loops.check_targets)


def cross_entropy(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Give -log softmax(input)[target], or -sum(target * log softmax(input)).

    Args:
        input: floats of shape (C), (N, C) or (N, C, d1, ...).
        target: integers of the same shape without the classes; or probabilities, of input's shape
            and dtype.
        weight: of shape (C), a factor for each class.
        ignore_index: targets of this value count nothing; it has no effect on probabilities.
        reduction: "none", "sum", or "mean": the sum divided by the weights of the targets, for
            probabilities by the number of lines.
        label_smoothing: the share, between 0 and 1, that is taken from the targets and spread over
            all classes.

    Returns:
        The loss, in input's dtype: a number, or for "none" an array of the shape of class targets.
    """
    way = dense_way(input.dtype, input.shape, reduction)
    found = way and way(input, target, weight, ignore_index, label_smoothing, None)
    if found:
        return found[0]
    losses, total, _ = _cross_entropy(
        "cross_entropy", input, target, weight, ignore_index, reduction, label_smoothing, None
    )
    return _reduced(losses, total, reduction, input.dtype)


def cross_entropy_backward(
    grad: Array,
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Array:
    """Give the gradient of `cross_entropy`'s input.

    It is computed from the operands; nothing else has to be kept from the forward function.

    Args:
        grad: of the loss, of its shape and dtype.
        input: as in `cross_entropy`, and so are the other arguments.
        target: as in `cross_entropy`.
        weight: as in `cross_entropy`.
        ignore_index: as in `cross_entropy`.
        reduction: as in `cross_entropy`.
        label_smoothing: as in `cross_entropy`.
    """
    way = dense_way(input.dtype, input.shape, reduction)
    found = way and way(input, target, weight, ignore_index, label_smoothing, grad)
    if found:
        return found[1]
    _, _, gradient = _cross_entropy(
        "cross_entropy_backward", input, target, weight, ignore_index, reduction, label_smoothing,
        grad,
    )  # fmt: skip
    return gradient


def cross_entropy_with_grad(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> tuple[Array, Array]:
    """Give `cross_entropy` and the gradient of its input, both in one pass.

    Args:
        input: as in `cross_entropy`, and so are the other arguments.
        target: as in `cross_entropy`.
        weight: as in `cross_entropy`.
        ignore_index: as in `cross_entropy`.
        reduction: "mean" or "sum".
        label_smoothing: as in `cross_entropy`.
    """
    if reduction == "none":
        raise ValueError(
            "cross_entropy_with_grad: reduction 'none' gives many losses, each with a gradient of "
            "its own: use cross_entropy and cross_entropy_backward."
        )
    way = dense_way(input.dtype, input.shape, reduction)
    one = _one(input.dtype)
    found = way and way(input, target, weight, ignore_index, label_smoothing, one)
    if found:
        return found
    losses, total, gradient = _cross_entropy(
        "cross_entropy", input, target, weight, ignore_index, reduction, label_smoothing, one
    )
    return _reduced(losses, total, reduction, input.dtype), gradient


def nll_loss(
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Array:
    """Give -input[target]: the negative log-likelihood, where input holds log-probabilities.

    Args:
        input: floats of shape (C), (N, C) or (N, C, d1, ...).
        target: integers of the same shape without the classes.
        weight: of shape (C), a factor for each class.
        ignore_index: targets of this value count nothing.
        reduction: "none", "sum", or "mean": the sum divided by the weights of the targets.

    Returns:
        The loss, in input's dtype: a number, or for "none" an array of the shape of target.
    """
    way = dense_nll_way(input.dtype, input.shape, reduction)
    loss = way and way(input, target, weight, ignore_index)
    if loss is not None:
        return loss
    name = "nll_loss"
    own_target, own_weight, total = _class_targets(
        name, input, target, weight, ignore_index, reduction
    )
    losses = np.empty(target.shape, working_dtype(name, input))
    if losses.size:
        x = _batched(input)
        operands = [x, _with_classes(own_target, x)]
        groups = split_at(x, 1)
        kept = without(1, x.ndim)
        for a, t, out in dense_blocks(operands, [_with_classes(losses, x)], groups, kept):
            _NLL.for_size(out.size)(a, t[:, 0], own_weight, ignore_index, out[:, 0])
    return _reduced(losses, total, reduction, input.dtype)


def nll_loss_backward(
    grad: Array,
    input: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Array:
    """Give the gradient of `nll_loss`'s input, of which shape, dtype and layout alone matter.

    Args:
        grad: of the loss, of its shape and dtype.
        input: as in `nll_loss`, and so are the other arguments.
        target: as in `nll_loss`.
        weight: as in `nll_loss`.
        ignore_index: as in `nll_loss`.
        reduction: as in `nll_loss`.
    """
    way = dense_nll_backward_way(input.dtype, input.shape, reduction)
    gradient = way and way(grad, input, target, weight, ignore_index)
    if gradient is not None:
        return gradient
    name = "nll_loss_backward"
    own_target, own_weight, total = _class_targets(
        name, input, target, weight, ignore_index, reduction
    )
    scales = _scales(name, grad, target.shape, total, reduction, input.dtype)
    result = np.empty_like(input)
    if input.size:
        x = _batched(result)
        groups = split_at(x, 1)
        operands = [_with_classes(own_target, x), _with_classes(scales, x)]
        for t, s, g in dense_blocks(operands, [x], groups, without(1, x.ndim)):
            kernel = _NLL_BACKWARD.for_size(g.size)
            kernel(t[:, 0], own_weight, ignore_index, s[:, 0], g)
    return result


# ---- what they share


def _cross_entropy(
    name: str,
    input: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    grad: Array | None,
) -> tuple[Array, float, Array]:
    """Give the losses, what their sum is divided by for a mean, and with grad the gradient."""
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"{name}: label_smoothing must be from 0 to 1, got {label_smoothing}.")
    has_probabilities = target.dtype.kind == "f"
    if has_probabilities:
        shape, own_weight, total = _probabilities(
            name, input, target, weight, ignore_index, reduction
        )
    else:
        shape = target.shape
        target, own_weight, total = _class_targets(
            name, input, target, weight, ignore_index, reduction
        )
    dtype = working_dtype(name, input)
    losses = np.empty(shape, dtype)
    gradient = np.empty_like(input) if grad is not None else np.empty(0, input.dtype)
    scales = _scales(name, grad, shape, total, reduction, input.dtype)
    if not input.size:
        losses[...] = 0
        return losses, total, gradient
    x = _batched(input)
    own_target = _batched(target) if has_probabilities else _with_classes(target, x)
    results = [_with_classes(losses, x)]
    if grad is not None:
        results.append(_batched(gradient))
    operands = [x, own_target, _with_classes(scales, x)]
    weight_sum = float(own_weight.sum(dtype=np.float64))
    numbers: tuple[Any, ...] = own_weight, weight_sum, ignore_index, label_smoothing
    kernels = _ROWS, _ACROSS
    if has_probabilities:
        numbers = own_weight, label_smoothing
        kernels = _PROBABILITY_ROWS, _PROBABILITY_ACROSS
    for is_rows, (a, t, s, out, *g) in lines(operands, results, 1):
        # For rows the second size is 1, for the numbers of a line the size of the classes.
        if is_rows:
            own = g[0][:, 0] if g else np.empty((0, 0), dtype)
            own_target = t[:, 0] if has_probabilities else t[:, 0, 0]
            kernel = kernels[0].for_size(a.size)
            kernel(a[:, 0], own_target, *numbers, s[:, 0, 0], out[:, 0, 0], own)
        else:
            own = g[0] if g else np.empty((0, 0, 0), dtype)
            own_target = t if has_probabilities else t[:, 0]
            kernel = kernels[1].for_size(a.size)
            kernel(a, tile_width(*a.shape[1:]), own_target, *numbers, s[:, 0], out[:, 0], own)
    return losses, total, gradient


def _class_targets(
    name: str,
    input: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
) -> tuple[Array, Array, float]:
    """Check class targets; give them in int64, the weights, and what a mean is divided by."""
    _check_reduction(name, reduction)
    working_dtype(name, input)
    if target.dtype.kind not in "iu":
        raise DTypeError(f"{name} needs integer class indices, got {target.dtype}.")
    if input.ndim == 0 or target.shape != _lines_shape(input):
        raise ShapeError(
            f"{name}: input {input.shape} needs a target of shape "
            f"{_lines_shape(input) if input.ndim else '(N)'}, got {target.shape}."
        )
    classes = input.shape[min(input.ndim - 1, 1)]
    own_weight = parameter(name, "weight", weight, input, (classes,), 1.0)
    own_target = target
    if target.dtype != np.int64 or not target.flags.carray:
        own_target = np.array(target, np.int64, order="C")
    wrong, total = _CHECK.serial(own_target.reshape(-1), own_weight, ignore_index)
    if wrong >= 0:
        position = tuple(map(int, np.unravel_index(wrong, target.shape))) if target.ndim else ()
        raise IndexError(
            f"{name}: target {target[position]} at position {position} is outside "
            f"0..{classes - 1}, the {classes} classes of input {input.shape}, and is not "
            f"ignore_index ({ignore_index})."
        )
    return own_target, own_weight, total


def _probabilities(
    name: str,
    input: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    reduction: str,
) -> tuple[tuple[int, ...], Array, float]:
    """Check targets that are probabilities; give the losses' shape, the weights, and the count."""
    _check_reduction(name, reduction)
    working_dtype(name, input)
    if input.ndim == 0 or target.shape != input.shape:
        raise ShapeError(
            f"{name}: probabilities must have the shape of input, {input.shape}, got "
            f"{target.shape}; class indices must be integers."
        )
    check_like(name, "target", target, input)
    if ignore_index >= 0:
        raise RuntimeError(
            f"{name}: ignore_index ({ignore_index}) has no meaning for targets that are "
            "probabilities."
        )
    shape = _lines_shape(input)
    own_weight = parameter(
        name, "weight", weight, input, (input.shape[min(input.ndim - 1, 1)],), 1.0
    )
    return shape, own_weight, float(math.prod(shape))


def _check_reduction(name: str, reduction: str) -> None:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{name}: reduction must be 'none', 'mean' or 'sum', got {reduction!r}.")


def _lines_shape(input: Array) -> tuple[int, ...]:
    """Give the shape of input without the classes."""
    return () if input.ndim == 1 else (input.shape[0], *input.shape[2:])


def _batched(array: Array) -> Array:
    return array.reshape(1, -1) if array.ndim == 1 else array


def _with_classes(numbers: Array, x: Array) -> Array:
    """Give numbers for each line, or for all, the rank of input."""
    if numbers.ndim == 0 and x.shape[:1] + x.shape[2:] != (1,):
        return numbers.reshape((1,) * x.ndim)
    return numbers.reshape(x.shape[0], 1, *x.shape[2:])


@lru_cache(maxsize=8)
def _one(dtype: np.dtype[Any]) -> Array:
    """Give the gradient of a loss by itself."""
    return np.ones((), dtype)


def _scales(
    name: str,
    grad: Array | None,
    shape: tuple[int, ...],
    total: float,
    reduction: str,
    dtype: np.dtype[Any],
) -> Array:
    """Give what lines' gradients are multiplied by: one number for all, or one for each."""
    if grad is None:
        return np.ones((), np.float32 if dtype == np.float16 else dtype)
    check_like(name, "grad", grad, np.empty(shape if reduction == "none" else (), dtype))
    numbers = grad.astype(np.float32) if dtype == np.float16 else grad
    with np.errstate(all="ignore"):
        return numbers / numbers.dtype.type(total) if reduction == "mean" else numbers


def _reduced(losses: Array, total: float, reduction: str, dtype: np.dtype[Any]) -> Array:
    if reduction == "none":
        return rounded(losses, dtype)
    loss = losses.sum(dtype=np.float64)
    with np.errstate(all="ignore"):
        return np.asarray(loss / np.float64(total) if reduction == "mean" else loss).astype(dtype)
