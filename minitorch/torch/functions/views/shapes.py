"""Views in other shapes and orders, and shapes that several tensors have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...._warn import warn
from ....errors import ShapeError
from ..._settings import is_warn_always_enabled
from ..._size import Size
from ..._wrap import Late
from .._overrides import public
from .views import axis, distinct_axes, expand, permute, reshape, transpose, view

if TYPE_CHECKING:
    from ..._tensor import Tensor


# ---- dimensions joined and split


@public
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join dimensions to one; a number becomes a vector.

    Raises:
        IndexError: a dimension does not exist.
        ShapeError: start_dim comes after end_dim.
    """
    shape = input._shape
    first, last = axis(start_dim, len(shape), "flatten"), axis(end_dim, len(shape), "flatten")
    if not shape:
        return reshape(input, (1,))
    if first > last:
        raise ShapeError(
            "flatten() has invalid args: start_dim cannot come after end_dim, got "
            f"start_dim={start_dim}, end_dim={end_dim} for shape {list(shape)}"
        )
    if first == last:
        return input
    return reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


@public
def ravel(input: Tensor) -> Tensor:
    """Join all dimensions to one."""
    return reshape(input.contiguous(), (-1,) if input._array.size else (0,))


@public
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Split a dimension into several; one size may be -1.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: the sizes do not multiply to that of the dimension.
    """
    if isinstance(sizes, int):
        raise TypeError("unflatten(): argument 'sizes' (position 2) must be tuple of ints, not int")
    place, sizes = axis(dim, len(input._shape), "unflatten"), list(sizes)
    if not sizes:
        raise ShapeError("unflatten: sizes must be non-empty")
    whole, known = input._shape[place], math.prod([n for n in sizes if n != -1])
    if sizes.count(-1) == 1 and known > 0 and whole % known == 0:
        sizes[sizes.index(-1)] = whole // known
    if math.prod(sizes) != whole or -1 in sizes:
        raise ShapeError(
            f"unflatten: Provided sizes {sizes} don't multiply up to the size of dim {place} "
            f"({whole}) in the input tensor"
        )
    return view(input, (*input._shape[:place], *sizes, *input._shape[place + 1 :]))


# ---- the order of dimensions


@public
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Exchange two dimensions: NumPy's name of `transpose`."""
    return transpose(input, axis0, axis1)


@public
def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dimensions: another name of `transpose`."""
    return transpose(input, dim0, dim1)


@public
def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Move dimensions to other places; the rest keep their order.

    Raises:
        IndexError: a dimension does not exist.
        ShapeError: one is named twice, or there are more sources than destinations.
    """
    rank = len(input._shape)
    sources = [source] if isinstance(source, int) else list(source)
    targets = [destination] if isinstance(destination, int) else list(destination)
    if len(sources) != len(targets):
        raise ShapeError(
            f"movedim: Invalid source or destination dims: source ({sources} dims) should contain "
            f"the same number of dims as destination ({targets} dims)"
        )
    froms, tos = distinct_axes(sources, rank, "movedim"), distinct_axes(targets, rank, "movedim")
    if not rank:
        return permute(input, ())
    order = [d for d in range(rank) if d not in froms]
    for to, origin in sorted(zip(tos, froms, strict=True)):
        order.insert(to, origin)
    return permute(input, order)


@public
def moveaxis(
    input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]
) -> Tensor:
    """Move dimensions to other places: NumPy's name of `movedim`."""
    return movedim(input, source, destination)


@public
def adjoint(input: Tensor) -> Tensor:
    """Exchange the last two dimensions: of real numbers the adjoint is the transpose."""
    return transposed(input, "adjoint()")


def transposed(input: Tensor, name: str) -> Tensor:
    """Exchange the last two dimensions, for attributes of a name."""
    rank = len(input._shape)
    if rank == 1:
        raise ShapeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor "
            f"of shape {list(input._shape)}."
        )
    if not rank:
        _warn_once(name, f"Tensor.{name} is deprecated on 0-D tensors: it changes nothing there.")
        return permute(input, ())
    return transpose(input, -2, -1)


def reversed_dims(input: Tensor) -> Tensor:
    """Give the dimensions in the opposite order, for the attribute T."""
    rank = len(input._shape)
    if rank != 2:
        _warn_once(
            "T" if rank else "T of 0-D",
            f"The use of `x.T` on tensors of dimension other than 2, here {rank}, is deprecated. "
            "x.mT transposes batches of matrices, and x.permute(...) names the order.",
        )
    return permute(input, range(rank - 1, -1, -1))


def adjoint_matrix(input: Tensor) -> Tensor:
    """Transpose a matrix, for the attribute H."""
    rank = len(input._shape)
    if rank not in (0, 2):
        raise ShapeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {rank}-D tensor. For "
            "batches of matrices, consider using tensor.mH"
        )
    return transposed(input, "H")


class DeprecatedFormWarning(UserWarning):
    """A form that PyTorch still takes, and warns of."""


_warned: set[str] = set()


def _warn_once(form: str, text: str) -> None:
    """Warn of a form, but once in a process unless `set_warn_always` asks for more."""
    if form not in _warned or is_warn_always_enabled():
        _warned.add(form)
        warn(text, DeprecatedFormWarning)


# ---- shapes in common


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """Give the shape to which shapes broadcast.

    Raises:
        ShapeError: they do not.
    """
    sizes: list[int] = []
    for place, given in enumerate(shapes):
        shape = (given,) if isinstance(given, int) else tuple(given)
        sizes = [1] * (len(shape) - len(sizes)) + sizes
        for d in range(-1, -len(shape) - 1, -1):
            if shape[d] == 1 or shape[d] == sizes[d]:
                continue
            if sizes[d] != 1:
                raise ShapeError(
                    f"broadcast_shapes: Attempting to broadcast a dimension of length {shape[d]} "
                    f"at {d}! Mismatching argument at index {place} had {shape}; the ones before "
                    f"have {sizes}. Sizes must match or be 1."
                )
            sizes[d] = shape[d]
    return Size(sizes)


@public
def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """Repeat dimensions of size 1, without copying: NumPy's name of `expand`."""
    return expand(input, size)


@public
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Repeat dimensions of size 1, without copying, so that all tensors are of one shape.

    Raises:
        ShapeError: they do not broadcast.
    """
    given = _members(tensors)
    shape = broadcast_shapes(*[tensor._shape for tensor in given])
    return tuple([tensor if tensor._shape == shape else expand(tensor, shape) for tensor in given])


@public
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Give the coordinates of all places of a grid, as views.

    Args:
        *tensors: vectors or numbers: the coordinates along each dimension.
        indexing: "ij" for the order of the tensors (the default), "xy" for the second one first.

    Raises:
        ShapeError: a tensor has more dimensions.
        RuntimeError: dtypes differ, or indexing is another word.
    """
    if indexing is None:
        _warn_once(
            "meshgrid",
            "torch.meshgrid without indexing= is deprecated: write indexing='ij' for what it gives "
            "now, or indexing='xy' for the order of plots.",
        )
    given, order = _members(tensors), indexing or "ij"
    if order not in ("ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    for tensor in given:
        if len(tensor._shape) > 1:
            raise ShapeError(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got shape "
                f"{list(tensor._shape)}"
            )
        if tensor._key.dtype is not given[0]._key.dtype:
            raise RuntimeError(
                "meshgrid expects all tensors to have the same dtype, got "
                f"{given[0]._key.dtype} and {tensor._key.dtype}"
            )
    if order == "xy" and len(given) > 1:
        turned = _grids([given[1], given[0], *given[2:]])
        return turned[1], turned[0], *turned[2:]
    return tuple(_grids(given))


def _grids(tensors: Sequence[Tensor]) -> list[Tensor]:
    shape = [tensor._array.size for tensor in tensors]
    rank = len(shape)
    return [
        expand(view(tensor, [-1 if e == d else 1 for e in range(rank)]), shape)
        for d, tensor in enumerate(tensors)
    ]


def _members(given: tuple[Any, ...]) -> list[Tensor]:
    """Give tensors that may be written as one list or one by one."""
    if len(given) == 1 and not isinstance(given[0], Late.Tensor):
        return list(given[0])
    return list(given)
