"""The old kind of local response normalization: `CrossMapLRN2d`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import ShapeError
from ..._record import Operation, record
from ..._wrap import wrap
from .._overrides import public
from ..arranging.joining import cat

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def cross_map_lrn(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """Divide by (k + alpha / size * sum of squares of the channels around)^beta.

    Numbers and gradients are PyTorch's: the first channel counts for all channels after it, and in
    the gradients the channels around are taken from one place further down than in the numbers.
    `local_response_norm` does neither.

    Args:
        input: (N, C, H, W).
        size: how many channels the sum is of; of even numbers, one less.
        alpha: the weight of the sum.
        beta: the exponent.
        k: what is added.

    Raises:
        ValueError: input has not 4 dimensions, or size is not positive.
    """
    if len(input._shape) != 4:
        raise ShapeError(
            f"CrossMapLRN2d: Expected input to be 4D, got {len(input._shape)}D instead, of shape "
            f"{list(input._shape)}."
        )
    if size < 1:
        raise ShapeError(f"CrossMapLRN2d: size should be greater than zero, got {size}.")
    values = input.detach()
    result = values * _scale(values, size, alpha, k).pow(-beta)
    return record(wrap(result._array), _CROSS_MAP, input, input, size, alpha, beta, k)


def _scale(input: Tensor, size: int, alpha: float, k: float) -> Tensor:
    squares = input * input
    beside = (size - 1) // 2
    total = _windows(squares, beside, beside)
    later = input._shape[1] - beside - 1
    if later > 0:
        first = squares.narrow(1, 0, 1)
        sizes = list(input._shape)
        sizes[1] = later
        total = total + cat((first.new_zeros(_with(input, beside + 1)), first.expand(sizes)), 1)
    return total.mul(alpha / size).add(k)


def _windows(x: Tensor, before: int, after: int) -> Tensor:
    """Sum up some channels before each, itself, and some after it; none are there at the ends."""
    parts = [x]
    if before:
        parts.insert(0, x.new_zeros(_with(x, before)))
    if after:
        parts.append(x.new_zeros(_with(x, after)))
    padded = cat(parts, 1) if len(parts) > 1 else x
    channels = x._shape[1]
    total = padded.narrow(1, 0, channels)
    for place in range(1, before + after + 1):
        total = total + padded.narrow(1, place, channels)
    return total


def _with(x: Tensor, channels: int) -> tuple[int, ...]:
    return (x._shape[0], channels, *x._shape[2:])


def _gradient(
    grad: Tensor, input: Tensor, size: int, alpha: float, beta: float, k: float
) -> Tensor:
    before = int(size - (size - 1) / 2)
    if before > size - 1:
        raise RuntimeError("CrossMapLRN2d: as in PyTorch, there is no gradient for size=1.")
    scale = _scale(input, size, alpha, k)
    direct = grad * scale.pow(-beta)
    around = _windows(direct * input / scale, before, size - 1 - before)
    return direct - input * around * (2 * alpha * beta / size)


_CROSS_MAP = Operation("CrossMapLRN2dBackward", _gradient)
