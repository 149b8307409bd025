"""The step of the graph that layer, RMS, batch and group normalisation are.

All compute (x - mean) * rstd * weight + bias, where rstd is 1 / sqrt(variance + eps); they differ
in the elements that mean and variance are taken over. A plain backward calls the kernel; one that
is recorded computes the same with functions of tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD
from ....kernels.cpu.norms import norm as kernels
from ..._node import FIRST, OPERATION, SAVED, Node, is_recording, next_number, send
from ..._record import kept, version_of
from ..._wrap import wrap

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Gradients = Sequence[Array | None]
Sizes = tuple[int, ...]

# What a node saves; the options are those of the operation.
_INPUT, _INPUT_VERSION, _WEIGHT, _WEIGHT_VERSION, _MEAN, _RSTD, _OPTIONS = range(SAVED, SAVED + 7)
_ALL = (True, True, True)


class Form(NamedTuple):
    """How a recorded backward sees the operands.

    Attributes:
        shape: of the input.
        dims: over which mean and variance are taken; None where they are given.
        weight_shape: of the weight, so that it goes with the input.
        parameter_shape: of the weight and the bias as they are.
        summed: the dimensions over which the weight's gradient is summed up.
        eps: added to the variance.
        is_centred: the mean is subtracted.
    """

    shape: Sizes
    dims: Sizes | None
    weight_shape: Sizes
    parameter_shape: Sizes
    summed: Sizes
    eps: float
    is_centred: bool = True


class Normalisation:
    """An operation, as far as the graph knows it.

    Args:
        name: PyTorch's name of the node.
        back: calls the kernel, with the arrays of the gradient, the input, the weight, mean and
            rstd, the options, and what gradients are wanted.
        form: tells of an input's shape and the options how a recorded backward sees the operands.
    """

    __slots__ = ("back", "form", "name")

    saves = True

    def __init__(
        self,
        name: str,
        back: Callable[[Array, Array, Array | None, Any, Any, Any, Sequence[bool]], Gradients],
        form: Callable[[Sizes, Any], Form],
    ) -> None:
        self.name = name
        self.back = back
        self.form = form

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        input, weight = kept(node, _INPUT), kept(node, _WEIGHT)
        of_input, of_weight, of_bias = node[FIRST]
        form = self.form(input._shape, node[_OPTIONS])
        grad = gradient.reshape(form.shape)
        normal, rstd = _normalised(input.reshape(form.shape), node, form)
        if of_input is not None:
            if weight is not None:
                rise = _input_gradient(grad * weight.reshape(form.weight_shape), normal, rstd, form)
            else:
                rise = _input_gradient(grad, normal, rstd, form)
            yield of_input, rise.reshape(input._shape).to(input.dtype)
        if of_weight is not None:
            yield of_weight, _summed(grad * normal, weight, form)
        if of_bias is not None:
            yield of_bias, _summed(grad, weight, form)


def entered(
    array: Array,
    operation: Normalisation,
    operands: tuple[Tensor, Tensor | None, Tensor | None],
    mean: Array | None,
    rstd: Array,
    options: Any,
) -> Tensor:
    """Make a tensor of what a kernel gave, and enter it into the graph if that is needed.

    Args:
        array: the result.
        operation: which it is of.
        operands: input, weight and bias.
        mean: from the kernel, for the way back.
        rstd: likewise.
        options: what the operation's functions take.
    """
    result = wrap(array)
    if is_recording():
        input, weight, bias = operands
        nodes = (
            input._node,
            None if weight is None else weight._node,
            None if bias is None else bias._node,
        )
        if nodes != _NONE:
            result._node = [
                next_number(), _run, None, nodes, None, operation,
                input, version_of(input), weight, 0 if weight is None else version_of(weight),
                mean, rstd, options,
            ]  # fmt: skip
    return result


_NONE = (None, None, None)


def _run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands."""
    input, weight = kept(node, _INPUT), kept(node, _WEIGHT)
    operands = node[FIRST]
    # Of few elements all gradients are taken at once, which has a short way.
    wanted = (
        _ALL
        if gradient.size < PARALLEL_THRESHOLD and operands[0] is not None
        else tuple([operand is not None for operand in operands])
    )
    weight_array = None if weight is None else weight._array
    gradients = node[OPERATION].back(
        gradient, input._array, weight_array, node[_MEAN], node[_RSTD], node[_OPTIONS], wanted
    )
    for operand, own in zip(operands, gradients, strict=False):
        if operand is not None:
            # float16 goes with weights of float32, which get their gradients rounded.
            if own.itemsize == 2 and weight is not None and operand is not operands[0]:
                own = own.astype(weight._array.dtype)
            send(operand, own, heap)


# ---- the recorded way back


def _normalised(x: Tensor, node: Node, form: Form) -> tuple[Tensor, Tensor]:
    """Give (x - mean) * rstd, and rstd."""
    if form.dims is None:
        rstd = wrap(node[_RSTD]).reshape(form.weight_shape)
        return (x - wrap(node[_MEAN]).reshape(form.weight_shape)) * rstd, rstd
    centred = x - x.mean(form.dims, keepdim=True) if form.is_centred else x
    rstd = ((centred * centred).mean(form.dims, keepdim=True) + form.eps).rsqrt()
    return centred * rstd, rstd


def _input_gradient(grad: Tensor, normal: Tensor, rstd: Tensor, form: Form) -> Tensor:
    if form.dims is None:
        return grad * rstd
    rise = grad - normal * (grad * normal).mean(form.dims, keepdim=True)
    if form.is_centred:
        rise = rise - grad.mean(form.dims, keepdim=True)
    return rise * rstd


def _summed(terms: Tensor, weight: Tensor | None, form: Form) -> Tensor:
    """Sum up what each number of a weight or bias gets."""
    total = (terms.sum(form.summed) if form.summed else terms).reshape(form.parameter_shape)
    return total if weight is None else total.to(weight.dtype)


# ---- the operations


def _layer_back(
    grad: Array, x: Array, weight: Array | None, mean: Any, rstd: Any, options: Any, wanted: Any
) -> Gradients:
    return kernels.layer_norm_backward(grad, x, options[0], mean, rstd, weight, wanted)


def _rms_back(
    grad: Array, x: Array, weight: Array | None, mean: Any, rstd: Any, options: Any, wanted: Any
) -> Gradients:
    return kernels.rms_norm_backward(grad, x, options[0], rstd, weight, wanted[:2])


def _batch_back(
    grad: Array, x: Array, weight: Array | None, mean: Any, rstd: Any, options: Any, wanted: Any
) -> Gradients:
    return kernels.batch_norm_backward(grad, x, weight, mean, rstd, options[0], wanted)


def _group_back(
    grad: Array, x: Array, weight: Array | None, mean: Any, rstd: Any, options: Any, wanted: Any
) -> Gradients:
    return kernels.group_norm_backward(grad, x, options[0], mean, rstd, weight, wanted)


def _layer_form(shape: Sizes, options: tuple[Sizes, float]) -> Form:
    normalized_shape, eps = options
    lead = len(shape) - len(normalized_shape)
    dims = tuple(range(lead, len(shape)))
    return Form(shape, dims, normalized_shape, normalized_shape, tuple(range(lead)), eps)


def _rms_form(shape: Sizes, options: tuple[Sizes, float]) -> Form:
    return _layer_form(shape, options)._replace(is_centred=False)


def _batch_form(shape: Sizes, options: tuple[bool, float]) -> Form:
    training, eps = options
    others = tuple([dim for dim in range(len(shape)) if dim != 1])
    weight_shape = (1, shape[1], *[1] * (len(shape) - 2))
    return Form(shape, others if training else None, weight_shape, shape[1:2], others, eps)


def _group_form(shape: Sizes, options: tuple[int, float]) -> Form:
    num_groups, eps = options
    size = shape[1] // num_groups
    grouped = (shape[0], num_groups, size, math.prod(shape[2:]))
    return Form(grouped, (2, 3), (1, num_groups, size, 1), shape[1:2], (0, 3), eps)


LAYER = Normalisation("NativeLayerNormBackward0", _layer_back, _layer_form)
RMS = Normalisation("MulBackward0", _rms_back, _rms_form)
BATCH = Normalisation("NativeBatchNormBackward0", _batch_back, _batch_form)
GROUP = Normalisation("NativeGroupNormBackward0", _group_back, _group_form)
