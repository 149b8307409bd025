"""Losses of classes: cross-entropy and the negative log-likelihood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.losses import loss as kernels
from ... import _dtype
from ..._key import DENSE
from ..._node import FIRST, SAVED, Node, is_recording, next_number, send
from ..._record import Operation, kept, record, version_of
from ..._wrap import wrap, wrap_known
from .._overrides import public
from ..pointwise.softmax import softmax
from ..views.views import reshape, unsqueeze
from ._options import check_constant, check_reduction, check_same_dtype, old_reduction
from .probabilities import soft_cross_entropy

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]

# What a node saves: input and target with their versions; the weight, the index
# that is ignored, the reduction and the smoothing; and, for cross-entropy, the
# gradient, if the forward pass gave it.
_X, _X_VERSION, _TARGET, _TARGET_VERSION, _OPTIONS, _GRADIENT = range(SAVED, SAVED + 6)


# ---- cross-entropy


@public
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Give -log softmax(input)[target], or -sum(target * log softmax(input)), averaged.

    Args:
        input: scores, (C), (N, C) or (N, C, d1, ...).
        target: class indices, of the same shape without C; or probabilities, of the input's shape.
        weight: factors of the classes, (C).
        size_average: as in old versions: False for a sum.
        ignore_index: targets of this value count nothing.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", which divides by the weights of the targets, for probabilities by the
            number of lines; "sum" or "none".
        label_smoothing: the share of the targets that is spread over all classes.

    Raises:
        IndexError: a target is no class.
        RuntimeError: the dtypes or the shapes do not fit, or the smoothing is not from 0 to 1.
        ValueError: the batch sizes differ, or the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    if _needs_checks(input, target, weight):
        check_reduction("cross_entropy", reduction)
        _check_scores("cross_entropy", input, target)
        if target._key.is_float:
            return soft_cross_entropy(
                input, target, weight, ignore_index, reduction, label_smoothing
            )
        target = _checked_classes("cross_entropy", input, target, weight)
    operand, key = input._node, DENSE[input._key.index]
    array, target_array = input._array, target._array
    weight_array = None if weight is None else weight._array
    if label_smoothing and not label_smoothing > 0:
        label_smoothing = 0.0  # PyTorch smooths with positive shares only
    options = weight_array, ignore_index, reduction, label_smoothing
    if operand is None or not is_recording():
        return wrap_known(kernels.cross_entropy(array, target_array, *options), key)
    if reduction == "none":
        gradient = None
        result = wrap_known(kernels.cross_entropy(array, target_array, *options), key)
    else:
        loss, gradient = kernels.cross_entropy_with_grad(array, target_array, *options)
        result = wrap_known(loss, key)
    operation = _ENTROPY if not label_smoothing else _SMOOTHED
    result._node = [
        next_number(), _run, None, operand, None,
        operation if len(input._shape) < 3 else operation.spatial,
        input, version_of(input), target, version_of(target), options, gradient,
    ]  # fmt: skip
    return result


def _needs_checks(input: Tensor, target: Tensor, weight: Tensor | None) -> bool:
    """Tell whether operands are not those that kernels take, or say themselves what is wrong."""
    return (
        target._key.dtype is not _dtype.int64
        or weight is not None
        or len(input._shape) < 2
        or not input._key.is_float
    )


def _check_scores(function: str, input: Tensor, target: Tensor) -> None:
    """Check that there are classes and as many lines of them as targets.

    Raises:
        ShapeError: there are not.
        NotImplementedError: the scores are no floats.
    """
    if not input._shape:
        raise ShapeError(f"{function}: expected 1 or more dimensions of input, got a 0-d tensor.")
    if not input._key.is_float:
        raise ElementDTypeError(
            f"{function} is not implemented for input of {input._key.dtype}. Convert it with "
            ".float()."
        )
    is_batched = len(input._shape) > 1
    if is_batched and (not target._shape or target._shape[0] != input._shape[0]):
        raise ShapeError(
            f"{function}: expected input batch_size ({input._shape[0]}) to match target batch_size "
            f"({target._shape[0] if target._shape else 'none, as target is 0-d'})."
        )


def _checked_classes(function: str, input: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """Check class indices and weights; give the indices in the shape that kernels take.

    Raises:
        DTypeError: target holds no indices, or weight another dtype than input.
        ShapeError: weight does not have one number for each class.
    """
    if target._key.dtype not in (_dtype.int64, _dtype.uint8):
        raise DTypeError(
            f"{function}: expected target dtype to be Long or Byte, but got {target._key.dtype}: "
            "class indices are integers. Convert them with .long()."
        )
    check_constant(function, weight, "weight")
    check_same_dtype(function, input, weight, "weight")
    classes = input._shape[min(len(input._shape) - 1, 1)]
    if weight is not None and weight._shape != (classes,):
        raise ShapeError(
            f"{function}: weight tensor should be defined either for all {classes} classes or no "
            f"classes, but got weight tensor of shape: {list(weight._shape)}."
        )
    if len(input._shape) == 1 and target._shape == (1,):
        return reshape(target, ())
    return target


def _run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring the gradient of a loss back to the scores."""
    target = kept(node, _TARGET)
    own = node[_GRADIENT]
    if own is None:
        own = kernels.cross_entropy_backward(
            gradient, node[_X]._array, target._array, *node[_OPTIONS]
        )
    elif (factor := gradient.item()) != 1.0:
        own = own * factor
    else:
        # Whoever gets it may write into it, and another walk through the graph may come.
        node[_GRADIENT] = None
    send(node[FIRST], own, heap)


class _CrossEntropy:
    """The operation, as far as the graph knows it.

    Args:
        name: PyTorch's name of the node.
        spatial: the same for classes in the midst of dimensions.
    """

    __slots__ = ("name", "spatial")

    saves = True

    def __init__(self, name: str, spatial: _CrossEntropy | None = None) -> None:
        self.name = name
        self.spatial = spatial or self

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the gradient of the scores, softmax(x) * sum(q) - q, in steps that are recorded."""
        x, target = kept(node, _X), kept(node, _TARGET)
        weight, ignore_index, reduction, smoothing = node[_OPTIONS]
        dim = min(len(x._shape) - 1, 1)
        shares, total = _target_shares(x._array, target._array, weight, ignore_index, smoothing)
        slope = softmax(x, dim) * wrap(shares.sum(dim, keepdims=True)) - wrap(shares)
        if reduction == "mean":
            gradient = gradient / total
        elif reduction == "none":
            gradient = unsqueeze(gradient, dim)
        yield node[FIRST], gradient * slope


def _target_shares(
    x: Array, target: Array, weight: Array | None, ignore_index: int, smoothing: float
) -> tuple[Array, float]:
    """Give what each class counts in each line, and what a mean is divided by."""
    dim = min(x.ndim - 1, 1)
    classes = x.shape[dim]
    weights = np.ones(classes, x.dtype) if weight is None else weight
    counts = target != ignore_index
    places = np.expand_dims(np.where(counts, target, 0).astype(np.int64), dim)
    shares = np.zeros_like(x)
    np.put_along_axis(shares, places, 1.0 - smoothing, dim)
    shares += smoothing / classes
    shares *= weights.reshape([-1 if d == dim else 1 for d in range(x.ndim)])
    shares *= np.expand_dims(counts, dim)
    total = float((weights[np.squeeze(places, dim)] * counts).sum(dtype=np.float64))
    return shares, total


_ENTROPY = _CrossEntropy("NllLossBackward0", _CrossEntropy("NllLoss2DBackward0"))
_SMOOTHED = _CrossEntropy("AddBackward0")


# ---- the negative log-likelihood


@public
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Give -input[target], averaged: the negative log-likelihood of log-probabilities.

    Args:
        input: log-probabilities, (C), (N, C) or (N, C, d1, ...).
        target: class indices, of the same shape without C.
        weight: factors of the classes, (C).
        size_average: as in old versions: False for a sum.
        ignore_index: targets of this value count nothing.
        reduce: as in old versions: False for no reduction.
        reduction: "mean", which divides by the weights of the targets; "sum" or "none".

    Raises:
        IndexError: a target is no class.
        RuntimeError: the dtypes or the shapes do not fit.
        ValueError: the batch sizes differ, or the reduction is unknown.
    """
    if size_average is not None or reduce is not None:
        reduction = old_reduction(size_average, reduce)
    if _needs_checks(input, target, weight):
        check_reduction("nll_loss", reduction)
        _check_scores("nll_loss", input, target)
        target = _checked_classes("nll_loss", input, target, weight)
    options = None if weight is None else weight._array, ignore_index, reduction
    result = _nll(input, target, options)
    if input._node is not None and is_recording():
        result._node = [
            next_number(), _run_nll, None, input._node, None,
            _NLL if len(input._shape) < 3 else _NLL_2D,
            input, version_of(input), target, version_of(target), options,
        ]  # fmt: skip
    return result


def _nll(input: Tensor, target: Tensor, options: Any) -> Tensor:
    array = kernels.nll_loss(input._array, target._array, *options)
    return wrap_known(array, DENSE[input._key.index])


def _run_nll(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring the gradient of a negative log-likelihood back to the log-probabilities."""
    x, target = kept(node, _X), kept(node, _TARGET)
    own = kernels.nll_loss_backward(gradient, x._array, target._array, *node[_OPTIONS])
    send(node[FIRST], own, heap)


class _NegativeLogLikelihood:
    """The operation, as far as the graph knows it."""

    __slots__ = ("name",)

    saves = True

    def __init__(self, name: str) -> None:
        self.name = name

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the gradient of the log-probabilities, in steps that are recorded."""
        x, target = kept(node, _X), kept(node, _TARGET)
        array = kernels.nll_loss_backward(gradient._array, x._array, target._array, *node[_OPTIONS])
        yield node[FIRST], record(wrap(array), _NLL_BACK, gradient, target, node[_OPTIONS])


def _nll_back_back(cotangent: Tensor, target: Tensor, options: Any) -> Tensor:
    """Gather from where the gradient was put: that is the loss itself, which is linear."""
    weight, ignore_index, reduction = options
    return nll_loss(
        cotangent,
        target,
        None if weight is None else wrap(weight),
        ignore_index=ignore_index,
        reduction=reduction,
    )


_NLL = _NegativeLogLikelihood("NllLossBackward0")
_NLL_2D = _NegativeLogLikelihood("NllLoss2DBackward0")
_NLL_BACK = Operation("NllLossBackwardBackward0", _nll_back_back)
