"""Local response normalization: channels are damped by those next to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import ShapeError
from .._overrides import public
from ..arranging.joining import cat

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Divide by (k + alpha * mean of squares of the channels around)^beta.

    Args:
        input: (N, C, *), with at least one place.
        size: how many channels the mean is of, counting 0 for those that are not there.
        alpha: the weight of the mean.
        beta: the exponent.
        k: what is added.

    Raises:
        ValueError: input has less than 3 dimensions.
        RuntimeError: size is not positive.
    """
    if len(input._shape) < 3:
        raise ValueError(
            "Expected 3D or higher dimensionality input for local_response_norm, (N, C, *), got "
            f"shape {list(input._shape)}."
        )
    if not input._array.size:
        return input
    if size < 1:
        raise ShapeError(f"local_response_norm: size should be greater than zero, got {size}.")
    around = _squares_around(input, size // 2, (size - 1) // 2)
    # Of whole numbers the mean is a whole number, as PyTorch takes it.
    mean = around / size if input._key.is_float else around // size
    return input / mean.mul(alpha).add(k).pow(beta)


def _squares_around(input: Tensor, before: int, after: int) -> Tensor:
    """Sum up the squares of some channels before, of each itself, and of some after it."""
    squares = input * input
    channels = input._shape[1]
    total = squares
    for step in range(1, max(before, after) + 1):
        if step >= channels:
            break
        nothing = squares.new_zeros((input._shape[0], step, *input._shape[2:]))
        if step <= before:
            total = total + cat((nothing, squares.narrow(1, 0, channels - step)), 1)
        if step <= after:
            total = total + cat((squares.narrow(1, step, channels - step), nothing), 1)
    return total
