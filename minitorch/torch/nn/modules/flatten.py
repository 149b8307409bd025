"""Layers that join and split dimensions: `torch.nn.modules.flatten`."""

from __future__ import annotations

from ..._size import Size
from ..._tensor import Tensor
from .module import Module


class Flatten(Module):
    """Join dimensions to one.

    Args:
        start_dim: the first of them; the default leaves the batch alone.
        end_dim: the last of them.
    """

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Join them."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """Give the dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split a dimension into several.

    Args:
        dim: which one.
        unflattened_size: the sizes of the new ones; one may be -1.

    Raises:
        TypeError: the sizes are no whole numbers.
        NotImplementedError: the dimension is given by a name.
    """

    dim: int
    unflattened_size: tuple[int, ...]

    def __init__(self, dim: int, unflattened_size: tuple[int, ...] | list[int] | Size) -> None:
        super().__init__()
        if isinstance(dim, str):
            raise NotImplementedError(
                f"Unflatten: dimensions have no names here, got {dim!r}. Give its number."
            )
        if not isinstance(unflattened_size, tuple | list):
            raise TypeError(
                "unflattened_size must be a tuple of ints, but found type "
                f"{type(unflattened_size).__name__}"
            )
        for place, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(size).__name__} at pos {place}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size  # type: ignore[assignment]

    def forward(self, input: Tensor) -> Tensor:
        """Split it."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """Give the sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
