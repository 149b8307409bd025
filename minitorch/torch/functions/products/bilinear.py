"""The bilinear layer: `torch.nn.functional.bilinear`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import DTypeError, ShapeError
from .._overrides import public
from ..views.views import reshape, unsqueeze
from .matmul import matmul

if TYPE_CHECKING:
    from ..._tensor import Tensor


class WeightShapeError(ShapeError, IndexError):
    """Weights whose sizes, or number of dimensions, do not fit the inputs."""


@public
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Compute `input1 @ weight[k] @ input2 + bias[k]` for each k.

    Args:
        input1: (..., in1).
        input2: (..., in2), with the same sizes in front.
        weight: (out, in1, in2).
        bias: (out), or none.

    Returns:
        (..., out).

    Raises:
        ShapeError: the sizes do not fit.
        DTypeError: the dtypes differ.
    """
    _check(input1, input2, weight, bias)
    outputs, first_size, second_size = weight._shape
    sizes = input1._shape[:-1]
    first, second = reshape(input1, (-1, first_size)), reshape(input2, (-1, second_size))
    # The rows of the first input meet all matrices at once, as one product of two matrices.
    matrices = reshape(weight.permute((1, 0, 2)), (first_size, outputs * second_size))
    met = reshape(matmul(first, matrices), (first._shape[0], outputs, second_size))
    result = reshape(matmul(met, unsqueeze(second, 2)), (*sizes, outputs))
    return result if bias is None else result + bias


def _check(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    first, second, sizes = input1._shape, input2._shape, weight._shape
    dtypes = [tensor._key.dtype for tensor in (input1, input2, weight)]
    if len(set(dtypes)) > 1:
        raise DTypeError(
            "bilinear: All tensors must have the same dtype, got input1: {}, input2: {}, weight: "
            "{}. Convert them with to().".format(*dtypes)
        )
    if len(first) != len(second) or first[:-1] != second[:-1] or not first:
        raise ShapeError(
            "bilinear: input dimensions do not match: all sizes but the last must be equal, got "
            f"shapes {list(first)} and {list(second)}."
        )
    if len(sizes) != 3 or (first[-1], second[-1]) != sizes[1:]:
        raise WeightShapeError(
            "bilinear: input size does not match weight size: inputs of sizes "
            f"{first[-1]} and {second[-1]} need weights (out, {first[-1]}, {second[-1]}), got "
            f"shape {list(sizes)}."
        )
    if bias is not None and bias._shape != (sizes[0],):
        raise ShapeError(
            f"bilinear: bias size does not match weight size: got shape {list(bias._shape)} but "
            f"expected [{sizes[0]}]."
        )
