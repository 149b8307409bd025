"""The linear layer as one step of the graph: `torch.nn.functional.linear`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ....kernels.cpu.products import linear as kernels
from ..._node import FIRST, SAVED, Node, is_recording, next_number, send
from ..._record import NOTHING, kept, version_of
from ..._wrap import wrap
from .._overrides import public
from .matmul import deliver, matmul

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]

# What a node saves: the input, where the weight's gradient is needed, and the weight, where the
# input's is; each with its version.
_INPUT, _INPUT_VERSION, _WEIGHT, _WEIGHT_VERSION = range(SAVED, SAVED + 4)


@public
def linear(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input @ weight.T + bias`, as `torch.nn.functional.linear`.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features), or (in_features).
        bias: (out_features), or none.
        out: where to put the result.

    Returns:
        (..., out_features).

    Raises:
        ShapeError: the sizes do not fit.
        DTypeError: the dtypes differ.
    """
    result = wrap(
        kernels.linear(input._array, weight._array, None if bias is None else bias._array)
    )
    if is_recording():
        of_input, of_weight = input._node, weight._node
        of_bias = None if bias is None else bias._node
        if of_input is not None or of_weight is not None or of_bias is not None:
            if len(weight._shape) == 1:
                product = matmul(input, weight)
                return product if bias is None else product + bias
            operation = (_LINEAR if bias is not None else _PRODUCT)[min(len(input._shape), 3)]
            # In the order of PyTorch's addmm and mm: users see it in next_functions.
            operands = (of_input, of_weight) if bias is None else (of_bias, of_input, of_weight)
            result._node = [
                next_number(), _run, None, operands, None,
                operation,
                *(NOTHING if of_weight is None else (input, version_of(input))),
                *(NOTHING if of_input is None else (weight, version_of(weight))),
            ]  # fmt: skip
    return result if out is None else deliver("linear", result, out)


def _run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands."""
    input, weight = kept(node, _INPUT), kept(node, _WEIGHT)
    of_bias, of_input, of_weight = _operands(node)
    gradients = kernels.linear_backward(
        gradient,
        None if input is None else input._array,
        None if weight is None else weight._array,
        of_bias is not None,
    )
    for operand, own in zip((of_input, of_weight, of_bias), gradients, strict=True):
        if operand is not None and own is not None:
            send(operand, own, heap)


def _operands(node: Node) -> tuple[Node | None, ...]:
    """Give the nodes of the bias, the input and the weight."""
    operands = node[FIRST]
    return operands if len(operands) == 3 else (None, *operands)


def _rows(x: Tensor) -> Tensor:
    """Give a tensor's rows as a matrix; they may have no elements."""
    return x.reshape(math.prod(x._shape[:-1]), x._shape[-1])


class _Linear:
    """The operation, as far as the graph knows it."""

    __slots__ = ("name",)

    saves = True

    def __init__(self, name: str) -> None:
        self.name = name

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        input, weight = kept(node, _INPUT), kept(node, _WEIGHT)
        of_bias, of_input, of_weight = _operands(node)
        rows = _rows(gradient)
        if of_input is not None:
            yield of_input, matmul(gradient, weight)
        if of_weight is not None:
            yield of_weight, matmul(rows.t(), _rows(input))
        if of_bias is not None:
            yield of_bias, rows.sum(0)


# By the number of the input's dimensions, of which 3 stands for more.
_LINEAR = {1: _Linear("ViewBackward0"), 2: _Linear("AddmmBackward0"), 3: _Linear("ViewBackward0")}
_PRODUCT = {
    1: _Linear("SqueezeBackward4"),
    2: _Linear("MmBackward0"),
    3: _Linear("UnsafeViewBackward0"),
}
