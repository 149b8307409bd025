"""Connectionist temporal classification: `torch.nn.functional.ctc_loss`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...._jit import SizedKernel
from ....errors import DTypeError, ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.losses import ctc_loops as loops
from ... import _dtype
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ..pointwise.selection import where
from ..views.views import reshape, unsqueeze
from ._options import check_reduction, check_tensor, reduced

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]

_FORWARD = SizedKernel(lambda: loops.ctc_forward)
_BACKWARD = SizedKernel(lambda: loops.ctc_backward)


@public
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Give -log of the probability of all ways to read a target from a longer input.

    Graves et al., "Connectionist Temporal Classification", 2006.

    Args:
        log_probs: (T, N, C) or (T, C), as `log_softmax` gives them: the gradient is that of
            PyTorch, which holds for scores before it.
        targets: labels, (N, S) or all of them one after the other, (sum of target_lengths).
        input_lengths: how many rows of log_probs count, (N) or 0-d.
        target_lengths: how many labels count, (N) or 0-d.
        blank: the class that stands for no label.
        reduction: "mean", which first divides each loss by its target's length; "sum" or "none".
        zero_infinity: count targets that are too long for their input as 0.

    Raises:
        RuntimeError: shapes, lengths or the blank do not fit.
        IndexError: a label is no class.
        ValueError: the reduction is unknown.
    """
    check_reduction("ctc_loss", reduction)
    check_tensor("ctc_loss", targets, "targets", 2)
    is_batched = len(log_probs._shape) == 3
    lines = log_probs if is_batched else _as_batch(log_probs)
    if lines._key.dtype not in (_dtype.float32, _dtype.float64):
        raise ElementDTypeError(
            f"ctc_loss is not implemented for {lines._key.dtype}: log_probs must be float32 or "
            "float64."
        )
    count, classes = lines._shape[1:]
    if not lines._array.size:
        raise ShapeError(f"ctc_loss: log_probs must not be empty, got {list(log_probs._shape)}.")
    if not 0 <= blank < classes:
        raise RuntimeError(
            f"ctc_loss: blank must be in label range, 0..{classes - 1}, got {blank}."
        )
    steps = _lengths("input_lengths", input_lengths, count, lines._shape[0])
    lengths = _lengths("target_lengths", target_lengths, count, None)
    labels, starts = _labels(targets, lengths, is_batched, classes)
    losses = _losses(lines, labels, starts, steps, lengths, blank, zero_infinity)
    if zero_infinity:
        losses = where(losses == float("inf"), 0.0, losses)
    if reduction == "mean":
        losses = losses / wrap(np.maximum(lengths, 1).astype(lines._array.dtype))
    elif reduction == "none" and not is_batched:
        return reshape(losses, ())
    return reduced(losses, reduction)


def _as_batch(log_probs: Tensor) -> Tensor:
    if len(log_probs._shape) != 2:
        raise ShapeError(
            f"ctc_loss: log_probs must be (T, N, C) or (T, C), got shape {list(log_probs._shape)}."
        )
    return unsqueeze(log_probs, 1)


def _lengths(name: str, given: Any, count: int, most: int | None) -> Array:
    """Check lengths, and give them as an array (count)."""
    array = given._array if hasattr(given, "_array") else np.asarray(given)
    if array.dtype.kind not in "iu":
        raise DTypeError(f"ctc_loss: {name} must be integral, got {array.dtype}.")
    if array.size != count or array.ndim > 1 or (array.ndim == 0 and count != 1):
        raise ShapeError(
            f"ctc_loss: {name} must be of size batch_size, {count}, got shape {list(array.shape)}."
        )
    array = np.ascontiguousarray(array, np.int64).reshape(count)
    for n, length in enumerate(array):
        if length < 0:
            raise ShapeError(f"ctc_loss: {name} must be at least 0, got {length} at {n}.")
        if most is not None and length > most:
            raise ShapeError(
                f"ctc_loss: expected {name} to have value at most {most}, the first size of "
                f"log_probs, but got {length} at {n}."
            )
    return array


def _labels(targets: Tensor, lengths: Array, is_batched: bool, classes: int) -> tuple[Array, Array]:
    """Give all labels in one row, and where those of each sequence start."""
    array, count = targets._array, lengths.size
    if not 0 < array.ndim < 3:
        raise ShapeError(
            f"ctc_loss: targets must have 1 or 2 dimensions, got shape {list(array.shape)}."
        )
    labels = np.ascontiguousarray(array, np.int64).reshape(-1)
    if array.ndim == 1:
        starts = np.cumsum(lengths) - lengths
        if labels.size != lengths.sum() and is_batched:
            _refuse(array, f"one dimension must hold the {lengths.sum()} labels of all sequences")
        if labels.size < lengths.sum():
            _refuse(array, f"there must be {lengths.sum()} labels")
    else:
        starts = np.arange(count, dtype=np.int64) * array.shape[1]
        if array.shape[0] != count:
            _refuse(array, f"the first size must be that of the batch, {count}")
        if lengths.max() > array.shape[1]:
            _refuse(array, f"the second size must be at least {lengths.max()}, the largest length")
    for start, length in zip(starts, lengths, strict=True):
        own = labels[start : start + length]
        if length and not (own.min() >= 0 and own.max() < classes):
            raise IndexError(
                f"ctc_loss: targets hold {own.min()}..{own.max()}, outside 0..{classes - 1}, the "
                f"{classes} classes of log_probs."
            )
    return labels, starts


def _refuse(targets: Array, reason: str) -> NoReturn:
    raise ShapeError(f"ctc_loss: targets of shape {list(targets.shape)} do not fit: {reason}.")


def _losses(
    log_probs: Tensor,
    labels: Array,
    starts: Array,
    steps: Array,
    lengths: Array,
    blank: int,
    zero_infinity: bool,
) -> Tensor:
    """Give the loss of each sequence."""
    x = np.ascontiguousarray(log_probs._array)
    most_steps, count, _ = x.shape
    alpha = np.empty((count, most_steps, 2 * int(lengths.max()) + 1))
    losses = np.empty(count)
    facts = labels, starts, steps, lengths, blank
    _FORWARD.for_size(alpha.size)(x, *facts, alpha, losses)
    result = wrap(losses.astype(x.dtype))
    return record(result, _CTC, log_probs, log_probs, facts, alpha, losses, zero_infinity)


def _ctc_back(
    grad: Tensor,
    log_probs: Tensor,
    facts: tuple[Any, ...],
    alpha: Array,
    losses: Array,
    zero_infinity: bool,
) -> Tensor:
    out = np.zeros(log_probs._shape, log_probs._array.dtype)
    own = np.ascontiguousarray(grad._array)
    x = np.ascontiguousarray(log_probs._array)
    kernel = _BACKWARD.for_size(alpha.size)
    kernel(own, x, *facts, alpha, losses, zero_infinity, out)
    return record(wrap(out), _CTC_BACK, log_probs)


def _ctc_back_back(cotangent: Tensor) -> NoReturn:
    raise RuntimeError(
        "the derivative of ctc_loss's gradient is not implemented: compute it without "
        "create_graph=True."
    )


_CTC = Operation("CtcLossBackward0", _ctc_back)
_CTC_BACK = Operation("CtcLossBackwardBackward0", _ctc_back_back)
