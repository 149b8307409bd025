"""The methods of tensors that give views, or make the tensor another view."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from .. import _dtype
from ..functions.views import replacing, reseating, shapes, slicing, splitting, views

if TYPE_CHECKING:
    from .._tensor import Tensor


def sizes_of(given: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    """Give sizes that may be written as one sequence, by name or not, or one by one.

    Raises:
        TypeError: there are none, or they are given twice.
    """
    if named is not None:
        if given:
            raise TypeError(f"sizes were given twice: {given} and {named}")
        return tuple(named)
    if len(given) == 1 and isinstance(given[0], tuple | list):
        return tuple(given[0])
    if not given:
        raise TypeError(
            "the sizes or dimensions are missing: give them one by one, or as a tuple, which may "
            "be empty"
        )
    return given


class ViewMethods:
    """See the functions of the same names."""

    __slots__ = ()

    def view(self, *given: Any, size: Any = None, dtype: Any = None) -> Tensor:
        """See `view`."""
        kind = given[0] if len(given) == 1 else dtype
        is_dtype = kind.__class__ is _dtype.dtype
        return views.view(self, kind if is_dtype else sizes_of(given, size))

    def reshape(self, *given: Any, shape: Any = None) -> Tensor:
        """See `reshape`."""
        return views.reshape(self, sizes_of(given, shape))

    def permute(self, *given: Any, dims: Any = None) -> Tensor:
        """See `permute`."""
        return views.permute(self, sizes_of(given, dims))

    def expand(self, *given: Any, size: Any = None) -> Tensor:
        """See `expand`."""
        return views.expand(self, sizes_of(given, size))

    view_as = views.view_as
    reshape_as = views.reshape_as
    expand_as = views.expand_as
    transpose = views.transpose
    t = views.t
    unsqueeze = views.unsqueeze
    squeeze = views.squeeze

    broadcast_to = shapes.broadcast_to
    flatten = shapes.flatten
    ravel = shapes.ravel
    swapaxes = shapes.swapaxes
    swapdims = shapes.swapdims
    movedim = shapes.movedim
    moveaxis = shapes.moveaxis
    adjoint = shapes.adjoint

    unflatten = shapes.unflatten

    @property
    def T(self) -> Tensor:  # noqa: N802
        """The dimensions in the opposite order."""
        return shapes.reversed_dims(self)

    @property
    def mT(self) -> Tensor:  # noqa: N802
        """The last two dimensions exchanged."""
        return shapes.transposed(self, "mT")

    @property
    def H(self) -> Tensor:  # noqa: N802
        """The transpose of a matrix, which of real numbers is the adjoint."""
        return shapes.adjoint_matrix(self)

    @property
    def mH(self) -> Tensor:  # noqa: N802
        """The adjoints of matrices: of real numbers, their transposes."""
        return shapes.transposed(self, "mH")

    select = slicing.select
    narrow = slicing.narrow
    narrow_copy = slicing.narrow_copy
    diagonal = slicing.diagonal
    unfold = slicing.unfold
    as_strided = slicing.as_strided

    split_with_sizes = splitting.split_with_sizes
    chunk = splitting.chunk
    unsafe_chunk = splitting.unsafe_chunk
    unsafe_split_with_sizes = splitting.unsafe_split_with_sizes
    tensor_split = splitting.tensor_split
    unbind = splitting.unbind

    def split(self, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """See `split`."""
        return splitting.split(self, split_size, dim)

    def unsafe_split(self, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
        """See `unsafe_split`."""
        return splitting.unsafe_split(self, split_size, dim)

    def hsplit(self, *cuts: Any, **named: Any) -> tuple[Tensor, ...]:
        """See `hsplit`."""
        return splitting.hsplit(self, *_cuts_of(cuts), **named)

    def vsplit(self, *cuts: Any, **named: Any) -> tuple[Tensor, ...]:
        """See `vsplit`."""
        return splitting.vsplit(self, *_cuts_of(cuts), **named)

    def dsplit(self, *cuts: Any, **named: Any) -> tuple[Tensor, ...]:
        """See `dsplit`."""
        return splitting.dsplit(self, *_cuts_of(cuts), **named)

    select_scatter = replacing.select_scatter
    slice_scatter = replacing.slice_scatter
    diagonal_scatter = replacing.diagonal_scatter
    as_strided_scatter = replacing.as_strided_scatter

    t_ = reseating.t_
    transpose_ = reseating.transpose_
    swapaxes_ = reseating.swapaxes_
    swapdims_ = reseating.swapdims_
    squeeze_ = reseating.squeeze_
    unsqueeze_ = reseating.unsqueeze_
    as_strided_ = reseating.as_strided_
    resize_as_ = reseating.resize_as_
    set_ = reseating.set_

    def resize_(self, *given: Any) -> Tensor:
        """See `resize_`."""
        return reseating.resize_(self, sizes_of(given))


def _cuts_of(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give the number of parts, or places written as one sequence or one by one, if any."""
    return given if len(given) < 2 else (given,)
