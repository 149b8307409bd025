"""Convolution of sequences whose first dimension is time: `torch.conv_tbc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import ShapeError
from .._overrides import public
from .convolution import conv1d

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """Cross-correlate sequences with a bank of filters; see `conv1d` for another order.

    Args:
        input: (time, batch, C_in).
        weight: (window, C_in, C_out).
        bias: (C_out).
        pad: zeros before the first and after the last step.

    Returns:
        (time + 2 pad - window + 1, batch, C_out).

    Raises:
        RuntimeError: the shapes do not fit.
    """
    for name, operand, dims in (
        ("input", input, "time, batch, C_in"),
        ("weight", weight, "window, C_in, C_out"),
        ("bias", bias, "C_out"),
    ):
        count = dims.count(",") + 1
        if len(operand._shape) != count:
            raise ShapeError(
                f"conv_tbc: {name.capitalize()} must have {count} dims: {dims}; got shape "
                f"{list(operand._shape)}"
            )
    if input._shape[2] != weight._shape[1] or bias._shape[0] != weight._shape[2]:
        raise ShapeError(
            "conv_tbc: the weight must be (window, C_in, C_out) for an input with C_in channels "
            f"and a bias of C_out elements, got a weight of shape {list(weight._shape)}, an input "
            f"of shape {list(input._shape)} and a bias of shape {list(bias._shape)}"
        )
    result = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return result.permute(2, 0, 1).contiguous()
