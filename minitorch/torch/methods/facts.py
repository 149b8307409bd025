"""What a tensor is: its shape, type, place and layout."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from .. import _layout, _memory
from .._size import Size
from .._wrap import base_of
from ..functions import inspection
from ..functions.views.views import axis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._device import device
    from .._dtype import dtype
    from .._key import Key
    from .._tensor import Tensor


# Makes a Size of numbers that are known to be whole.
_new_size = tuple.__new__


class FactMethods:
    """The shape, type, place and layout of a tensor."""

    __slots__ = ()

    if TYPE_CHECKING:
        _array: NDArray[Any]
        _key: Key
        _shape: tuple[int, ...]

    @property
    def shape(self) -> Size:
        """The sizes."""
        return _new_size(Size, self._shape)

    def size(self, dim: int | None = None) -> Any:
        """Give the sizes, or that of one dimension.

        Raises:
            IndexError: there is no such dimension.
        """
        if dim is None:
            return _new_size(Size, self._shape)
        return self._shape[_place(dim, self._shape, "size")]

    def stride(self, dim: int | None = None) -> Any:
        """Give the steps in memory, in elements, of all dimensions or of one.

        Raises:
            IndexError: there is no such dimension.
        """
        steps = _layout.strides_of(self._array)
        return steps if dim is None else steps[_place(dim, self._shape, "stride")]

    @property
    def dtype(self) -> dtype:
        """The type of the elements."""
        return self._key.dtype

    @property
    def device(self) -> device:
        """Where the elements are."""
        return self._key.device

    @property
    def layout(self) -> _layout.layout:
        """Whether all elements are kept: they are."""
        return _layout.strided

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    def dim(self) -> int:
        """Give the number of dimensions."""
        return len(self._shape)

    ndimension = dim

    def numel(self) -> int:
        """Give the number of elements."""
        return self._array.size

    nelement = numel

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("len() of a 0-d tensor")
        return self._shape[0]

    def element_size(self) -> int:
        """Give the bytes of an element."""
        return self._array.itemsize

    @property
    def itemsize(self) -> int:
        """The bytes of an element."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self._array.size * self._array.itemsize

    def data_ptr(self) -> int:
        """Give the address of the first element; 0 where there is none."""
        return _memory.address_of(self._array) if self._array.size else 0

    def storage_offset(self) -> int:
        """Give how many elements of the storage lie before the first one."""
        return _memory.offset_of(self._array)

    def is_contiguous(
        self, *, memory_format: _layout.memory_format = _layout.contiguous_format
    ) -> bool:
        """Tell whether the elements lie in a memory format without gaps."""
        if memory_format is _layout.contiguous_format:
            return self._array.flags.c_contiguous
        return _layout.is_in(self._array, memory_format)

    is_floating_point = inspection.is_floating_point
    is_complex = inspection.is_complex
    is_signed = inspection.is_signed
    is_nonzero = inspection.is_nonzero
    get_device = inspection.get_device
    is_same_size = inspection.is_same_size
    is_conj = inspection.is_conj
    is_neg = inspection.is_neg
    dim_order = inspection.dim_order

    def is_set_to(self, tensor: Tensor) -> bool:
        """Tell whether two tensors see the same memory in the same way."""
        own, other = self._array, tensor._array
        return (
            _memory.address_of(own) == _memory.address_of(other)
            and own.shape == other.shape
            and own.strides == other.strides
        )

    def _is_view(self) -> bool:
        return base_of(self) is not None

    @property
    def is_cpu(self) -> bool:
        """Tell whether the elements lie in the computer's own memory."""
        return self._key.device.type == "cpu"

    @property
    def is_cuda(self) -> bool:
        """Tell whether the elements lie on a GPU."""
        return self._key.device.type == "cuda"

    @property
    def is_meta(self) -> bool:
        """Tell whether there is a shape without elements: there is not."""
        return self._key.device.type == "meta"

    @property
    def is_mps(self) -> bool:
        """Tell whether the elements lie on a GPU of Apple's."""
        return self._key.device.type == "mps"

    @property
    def is_sparse(self) -> bool:
        """Tell whether only some elements are kept."""
        return self.layout is _layout.sparse_coo

    @property
    def is_sparse_csr(self) -> bool:
        """Tell whether only some elements are kept, row by row."""
        return self.layout is _layout.sparse_csr

    @property
    def is_quantized(self) -> bool:
        """Tell whether elements stand for multiples of a step: they do not."""
        return False

    def is_pinned(self, device: Any = None) -> bool:
        """Tell whether the memory is locked for a GPU: it is not."""
        return False


def _place(dim: int, shape: tuple[int, ...], function: str) -> int:
    """Count a dimension from the left.

    Raises:
        IndexError: it does not exist.
    """
    if not shape:
        raise IndexError(f"{function}: Dimension specified as {dim} but tensor has no dimensions")
    return axis(dim, len(shape), function)
