"""Losses of orders and distances: rankings, pairs and triplets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ....errors import ShapeError
from .._overrides import public
from ..pointwise.generated import clamp_min, minimum, sqrt
from ..pointwise.selection import where
from ..products.distances import pairwise_distance
from ..reductions.reductions import sum
from ._options import check_reduction, check_tensor, old_reduction, reduced

if TYPE_CHECKING:
    from ..._tensor import Tensor

# Keeps the cosine of a vector of zeros finite, as in PyTorch.
_LEAST_SQUARE = 1e-12


@public
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give input where target is 1, and max(0, margin - input) where it is -1, averaged.

    Args:
        input: distances.
        target: 1 or -1; both broadcast.
        margin: distances above it cost nothing where target is -1.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the shapes do not broadcast.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("hinge_embedding_loss", reduction)
    check_tensor("hinge_embedding_loss", target, "target", 2)
    far = where(target != 1, clamp_min(margin - input, 0), 0)
    near = where(target != -1, input, 0)
    return reduced(far + near, reduction)


@public
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give max(0, margin - target * (input1 - input2)), averaged.

    Args:
        input1: any shape.
        input2: of the same rank; all broadcast.
        target: 1 where the first should be larger, -1 where the second should be.
        margin: by how much.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the ranks differ, or the shapes do not broadcast.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("margin_ranking_loss", reduction)
    for position, (name, value) in enumerate((("input2", input2), ("target", target)), start=2):
        check_tensor("margin_ranking_loss", value, name, position)
    if not len(input1._shape) == len(input2._shape) == len(target._shape):
        raise ShapeError(
            "margin_ranking_loss: all input tensors should have the same number of dimensions, got "
            f"shapes {list(input1._shape)}, {list(input2._shape)} and {list(target._shape)}."
        )
    return reduced(clamp_min(-target * (input1 - input2) + float(margin), 0), reduction)


@public
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give 1 - cos where target is 1, and max(0, cos - margin) where it is -1, averaged.

    Args:
        input1: vectors, (N, D) or (D).
        input2: of the same shape, or it broadcasts.
        target: 1 or -1, (N) or 0-d.
        margin: cosines below it cost nothing where target is -1.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the ranks or the shapes do not fit.
        ValueError: the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("cosine_embedding_loss", reduction)
    for position, (name, value) in enumerate((("input2", input2), ("target", target)), start=2):
        check_tensor("cosine_embedding_loss", value, name, position)
    rank = len(target._shape)
    if rank > 1:
        raise ShapeError(
            "cosine_embedding_loss: 0D or 1D target tensor expected, multi-target not supported, "
            f"got shape {list(target._shape)}."
        )
    if len(input1._shape) != rank + 1 or len(input2._shape) != rank + 1:
        raise ShapeError(
            f"cosine_embedding_loss: {rank}D target tensor expects {rank + 1}D input tensors, but "
            f"found sizes {list(input1._shape)} and {list(input2._shape)}."
        )
    squares = (sum(input1 * input1, -1) + _LEAST_SQUARE) * (
        sum(input2 * input2, -1) + _LEAST_SQUARE
    )
    cosine = sum(input1 * input2, -1) / sqrt(squares)
    alike = where(target == 1, 1 - cosine, 0)
    different = where(target == -1, clamp_min(cosine - margin, 0), 0)
    return reduced(alike + different, reduction)


# ---- triplets


@public
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give max(0, margin + d(anchor, positive) - d(anchor, negative)), averaged.

    Args:
        anchor: vectors, (N, D) or (D).
        positive: what should be near.
        negative: what should be farther away by the margin.
        margin: above 0.
        p: of the norm of the differences.
        eps: added to the differences.
        swap: take the distance of positive and negative where that is the smaller one.
        size_average: as in old versions: False for a sum.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the ranks differ, or the shapes do not broadcast.
        ValueError: the margin is not above 0, or the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    check_reduction("triplet_margin_loss", reduction)
    _check_triplet("triplet_margin_loss", anchor, positive, negative, margin)

    def distance(x: Tensor, y: Tensor) -> Tensor:
        return pairwise_distance(x, y, p, eps)

    return reduced(_triplet(anchor, positive, negative, distance, margin, swap), reduction)


@public
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Give `triplet_margin_loss` with a distance of one's own.

    Args:
        anchor: vectors, (N, D) or (D).
        positive: what should be near.
        negative: what should be farther away by the margin.
        distance_function: of two tensors; by default the Euclidean distance.
        margin: above 0.
        swap: take the distance of positive and negative where that is the smaller one.
        reduction: "mean", "sum" or "none".

    Raises:
        ShapeError: the ranks differ, or the shapes do not broadcast.
        ValueError: the margin is not above 0, or the reduction is unknown.
    """
    check_reduction("triplet_margin_with_distance_loss", reduction)
    _check_triplet("triplet_margin_with_distance_loss", anchor, positive, negative, margin)
    distance = distance_function or pairwise_distance
    return reduced(_triplet(anchor, positive, negative, distance, margin, swap), reduction)


def _triplet(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
) -> Tensor:
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return clamp_min(near - far + margin, 0)


def _check_triplet(
    function: str, anchor: Tensor, positive: Tensor, negative: Tensor, margin: float
) -> None:
    for position, (name, value) in enumerate(
        (("anchor", anchor), ("positive", positive), ("negative", negative)), start=1
    ):
        check_tensor(function, value, name, position)
    if margin <= 0:
        raise ValueError(f"{function}: margin must be greater than 0, got {margin}")
    ranks = len(anchor._shape), len(positive._shape), len(negative._shape)
    if len(set(ranks)) > 1:
        raise ShapeError(
            f"{function}: The anchor, positive, and negative tensors are expected to have the same "
            f"number of dimensions, but got: {ranks[0]}D, {ranks[1]}D and {ranks[2]}D."
        )
