"""Margin losses of classes: each wrong class should score less than the right ones by a margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ... import _dtype
from ..._wrap import wrap
from .._overrides import public
from ..indexing.gathering import gather
from ..pointwise.selection import where
from ..reductions.reductions import sum
from ..views.views import reshape, unsqueeze
from ._options import (
    Named,
    check_constant,
    check_reduction,
    check_same_dtype,
    check_tensor,
    old_reduction,
    reduced,
)

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class NoClassError(RuntimeError):
    """A target that is no class, where PyTorch raises no IndexError."""


@public
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give the sum over wrong classes of max(0, margin - x[target] + x)^p / C, averaged.

    Args:
        input: scores, (N, C) or (C).
        target: class indices, (N) or 0-d.
        p: 1 or 2.
        margin: by how much the right class should score more.
        weight: factors of the classes, (C).
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: the shapes or the dtypes do not fit, or a target is no class.
        ValueError: p is neither 1 nor 2, or the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("multi_margin_loss", reduction)
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: only p == 1 and p == 2 supported, got {p}.")
    if weight is not None and len(weight._shape) != 1:
        raise ShapeError(
            f"multi_margin_loss: weight must be one-dimensional, got {list(weight._shape)}."
        )
    _check_operands("multi_margin_loss", input, target)
    rows = reshape(input, (1, -1)) if len(input._shape) < 2 else input
    count, classes = rows._shape
    if target._shape not in ((count,), () if len(input._shape) < 2 else (count,)):
        raise ShapeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input "
            f"samples, [{count}], got {list(target._shape)}; input has shape {list(input._shape)}."
        )
    check_constant("multi_margin_loss", weight, "weight")
    check_same_dtype("multi_margin_loss", input, weight, "weight")
    if weight is not None and weight._shape != (classes,):
        raise ShapeError(
            f"multi_margin_loss: inconsistent weight size, expected {classes} but got "
            f"{list(weight._shape)}."
        )
    places = target._array.reshape(-1, 1)
    _check_range("multi_margin_loss", places, 0, classes)
    distances = rows - gather(rows, 1, wrap(places)) + margin
    counts = distances._array > 0
    np.put_along_axis(counts, places, False, 1)
    losses = where(wrap(counts), distances, 0.0)
    if p == 2:
        losses = losses * losses
    if weight is not None:
        losses = losses * wrap(weight._array[places])
    averages = sum(losses, 1) / classes
    shape = target._shape if reduction == "none" else (count,)
    return _MULTI_MARGIN(reduced(reshape(averages, shape), reduction))


@public
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give the sum over right and wrong classes of max(0, 1 - x[right] + x[wrong]) / C, averaged.

    Args:
        input: scores, (N, C) or (C).
        target: the right classes' indices, of the same shape; those from the first -1 on do not
            count.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: the shapes or the dtypes do not fit, or a target is neither a class nor -1.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("multilabel_margin_loss", reduction)
    _check_operands("multilabel_margin_loss", input, target)
    if target._shape != input._shape:
        raise ShapeError(
            f"multilabel_margin_loss: inconsistent target size: {list(target._shape)} for input of "
            f"size: {list(input._shape)}."
        )
    rows = reshape(input, (1, -1)) if len(input._shape) < 2 else input
    count, classes = rows._shape
    places = target._array.reshape(count, classes)
    _check_range("multilabel_margin_loss", places, -1, classes)
    counts = np.logical_and.accumulate(places >= 0, 1)
    places = np.where(counts, places, 0)
    is_right = np.zeros((count, classes), np.bool_)
    line, place = np.nonzero(counts)
    is_right[line, places[line, place]] = True
    right = gather(rows, 1, wrap(places))
    # (N, right, wrong)
    distances = unsqueeze(rows, 1) - unsqueeze(right, 2) + 1.0
    matters = (distances._array > 0) & counts[:, :, None] & ~is_right[:, None, :]
    losses = sum(where(wrap(matters), distances, 0.0), (1, 2)) / max(classes, 1)
    shape = input._shape[:-1] if reduction == "none" else (count,)
    return _MULTILABEL_MARGIN(reduced(reshape(losses, shape), reduction))


def _check_operands(function: str, input: Tensor, target: Tensor) -> None:
    check_tensor(function, target, "target", 2)
    if len(input._shape) > 2 or 0 in input._shape[1:]:
        raise ShapeError(
            f"{function}: expected non-empty vector or matrix with optional 0-dim batch size, but "
            f"got: {list(input._shape)}."
        )
    if not input._key.is_float:
        raise ElementDTypeError(
            f"{function} is not implemented for {input._key.dtype}: input must be floats. Convert "
            "it with .float()."
        )
    if target._key.dtype is not _dtype.int64:
        raise DTypeError(
            f"{function}: expected target of torch.int64 but found {target._key.dtype}. Convert it "
            "with .long()."
        )


def _check_range(function: str, places: Array, least: int, classes: int) -> None:
    wrong = places[(places < least) | (places >= classes)]
    if wrong.size:
        raise NoClassError(
            f"{function}: target is out of range: {wrong[0]} is outside {least}..{classes - 1}, "
            f"for {classes} classes."
        )


_MULTI_MARGIN = Named("MultiMarginLossBackward0")
_MULTILABEL_MARGIN = Named("MultilabelMarginLossBackward0")
