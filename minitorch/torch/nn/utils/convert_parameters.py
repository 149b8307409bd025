"""Parameters as one vector, and back: `torch.nn.utils.convert_parameters`."""

from __future__ import annotations

from collections.abc import Iterable

from ..._tensor import Tensor
from ...functions.arranging.joining import cat


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Put the numbers of parameters behind each other.

    Args:
        parameters: of any shapes.

    Raises:
        ValueError: there are none.
    """
    parts = [parameter.view(-1) for parameter in parameters]
    if not parts:
        raise ValueError(
            "parameters_to_vector expects a non-empty iterable of parameters. Was a generator, "
            "such as model.parameters(), used up before?"
        )
    return cat(parts)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Make parts of a vector the values of parameters, which then share its memory.

    Args:
        vec: as many numbers as the parameters have, or more.
        parameters: of any shapes.

    Raises:
        TypeError: vec is no tensor.
        ShapeError: there are too few numbers.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for parameter in parameters:
        count = parameter.numel()
        parameter.data = vec[start : start + count].view_as(parameter).data
        start += count
