"""Gradients of functions that are known at points: `torch.gradient`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import _dtype
from ..._wrap import Late, wrap
from .._operands import Number, is_number
from .._overrides import public
from ..arranging.joining import cat
from ..views.slicing import narrow
from ..views.views import axis

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def gradient(
    input: Tensor,
    *,
    spacing: Any = 1,
    dim: int | Sequence[int] | None = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """Estimate derivatives along dimensions by differences of neighbours.

    Args:
        input: the values.
        spacing: the distance of neighbours; or for each dimension a distance, or a tensor of the
            places.
        dim: along which dimensions; all by default.
        edge_order: 1 or 2, of the differences at both ends.

    Returns:
        For each dimension a tensor of the input's shape.

    Raises:
        RuntimeError: a dimension is too short, or spacing does not fit.
        IndexError: there is no such dimension.
        NotImplementedError: places that need a gradient.
    """
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and 2, got {edge_order}.")
    if input._key.dtype is _dtype.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input. Convert it with to().")
    rank = len(input._shape)
    chosen = range(rank) if dim is None else [dim] if isinstance(dim, int) else dim
    places = [axis(each, rank, "gradient") for each in chosen]
    if len(set(places)) != len(places):
        raise RuntimeError(f"gradient: dim {list(chosen)} names a dimension twice")
    spaces = [spacing] * len(places) if is_number(spacing) else list(spacing)
    if isinstance(spacing, Late.Tensor) or len(spaces) != len(places):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
            f"{len(places)}, one for each dimension, got {len(spaces)}."
        )
    for place in places:
        if input._shape[place] <= edge_order:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1, got "
                f"{input._shape[place]} along dimension {place}."
            )
    values = input if input._key.is_float else input.to(_dtype.get_default_dtype())
    return tuple(
        [
            _along(values, space, place, edge_order)
            for space, place in zip(spaces, places, strict=True)
        ]
    )


def _along(values: Tensor, space: Tensor | Number, place: int, edge_order: int) -> Tensor:
    """Estimate the derivatives along one dimension."""
    size = values._shape[place]
    steps = _steps(space, size, place)

    def at(start: int, weights: Any, length: int = 1) -> Tensor:
        """Take neighbouring values, times weights along the dimension."""
        shaped = np.reshape(weights, (-1, *(1,) * (len(values._shape) - place - 1)))
        return narrow(values, place, start, length) * wrap(shaped.astype(values._array.dtype))

    if edge_order == 1:
        first = at(1, 1 / steps[0]) - at(0, 1 / steps[0])
        last = at(size - 1, 1 / steps[-1]) - at(size - 2, 1 / steps[-1])
    else:
        near, far = steps[0], steps[1]
        first = (
            at(0, -(2 * near + far) / (near * (near + far)))
            + at(1, (near + far) / (near * far))
            - at(2, near / (far * (near + far)))
        )
        near, far = steps[-1], steps[-2]
        last = (
            at(size - 1, (2 * near + far) / (near * (near + far)))
            - at(size - 2, (near + far) / (near * far))
            + at(size - 3, near / (far * (near + far)))
        )
    if size == 2:
        return cat([first, last], place)
    left, right, count = steps[:-1], steps[1:], size - 2
    inner = (
        at(2, left / (right * (left + right)), count)
        - at(0, right / (left * (left + right)), count)
    )  # fmt: skip
    if isinstance(space, Late.Tensor):
        inner = inner + at(1, (right - left) / (left * right), count)
    return cat([first, inner, last], place)


def _steps(space: Tensor | Number, size: int, place: int) -> NDArray[Any]:
    """Give the distances between the points along a dimension."""
    if not isinstance(space, Late.Tensor):
        return np.full(size - 1, float(space))
    if space._shape != (size,):
        raise RuntimeError(
            f"torch.gradient expected {size} places along dimension {place}, got a tensor of "
            f"shape {list(space._shape)}"
        )
    if space._node is not None:
        raise NotImplementedError(
            "torch.gradient: no gradients flow to the places. Give spacing.detach()."
        )
    places = np.asarray(space._array, np.float64)
    return places[1:] - places[:-1]
