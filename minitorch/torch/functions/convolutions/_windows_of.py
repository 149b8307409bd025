"""The numbers that describe windows, one for each spatial dimension."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, TypeAlias

from ....errors import ShapeError

if TYPE_CHECKING:
    from ..._tensor import Tensor

Sizes: TypeAlias = int | Sequence[int]


class RankError(ShapeError, IndexError):
    """A tensor with more or fewer dimensions than a function takes."""


def per_dim(function: str, name: str, value: Sizes, rank: int) -> tuple[int, ...]:
    """Give a whole number for each spatial dimension.

    Raises:
        TypeError: the value is neither a whole number nor a sequence of them.
        ShapeError: there are more or fewer than dimensions.
    """
    try:
        if hasattr(value, "__index__"):
            return (index(value),) * rank
        result = tuple([index(each) for each in value])
    except TypeError:
        raise TypeError(
            f"{function}(): argument '{name}' must be a whole number, or {rank} of them, "
            f"got {value!r}"
        ) from None
    if len(result) == 1:
        result *= rank
    if len(result) != rank:
        raise ShapeError(
            f"{function}: expected {name} to be a single integer value or a list of {rank} values, "
            f"one for each spatial dimension, but got {name}={value}"
        )
    return result


def is_batched(function: str, input: Tensor, rank: int) -> bool:
    """Tell whether an input is a batch, or a single image without the batch's dimension.

    Raises:
        RankError: it is neither.
    """
    dims = len(input._shape)
    if dims == rank + 2:
        return True
    if dims == rank + 1:
        return False
    raise RankError(
        f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {function}, but got "
        f"input of size: {list(input._shape)}"
    )
