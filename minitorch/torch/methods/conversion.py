"""The methods of tensors that functions/conversion.py offers."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from these classes.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from .. import _dtype
from .._layout import memory_format, preserve_format
from .._legacy import converted
from ..functions import conversion
from ..functions._overrides import public
from ..functions.pointwise import calling

if TYPE_CHECKING:
    from .._tensor import Tensor


class ConversionMethods:
    """See the functions of the same names."""

    __slots__ = ()

    to = conversion.to
    clone = conversion.clone
    contiguous = conversion.contiguous
    type_as = conversion.type_as
    cpu = conversion.cpu
    cuda = conversion.cuda
    type = converted
    conj = conversion.conj
    resolve_conj = conversion.resolve_conj
    resolve_neg = conversion.resolve_neg
    apply_ = calling.apply_
    map_ = calling.map_

    @property
    def real(self) -> Tensor:
        """The real part: the tensor itself."""
        return conversion.real(self)

    @property
    def imag(self) -> Tensor:
        """The imaginary part, which real elements do not have.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")

    def pin_memory(self, device: Any = None) -> Tensor:
        """Lock the memory, so that a GPU can copy it.

        Raises:
            RuntimeError: always: there is no GPU.
        """
        raise RuntimeError(
            "pin_memory(): Cannot access accelerator device when none is available. Leave it away."
        )


class DTypeMethods:
    """Conversions to one dtype each; the names of Python's types mean the methods here."""

    __slots__ = ()

    @public
    def double(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.float64; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.float64, memory_format=memory_format)

    @public
    def float(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.float32; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.float32, memory_format=memory_format)

    @public
    def half(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.float16; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.float16, memory_format=memory_format)

    @public
    def long(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.int64; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.int64, memory_format=memory_format)

    @public
    def int(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.int32; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.int32, memory_format=memory_format)

    @public
    def short(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.int16; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.int16, memory_format=memory_format)

    @public
    def char(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.int8; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.int8, memory_format=memory_format)

    @public
    def byte(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.uint8; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.uint8, memory_format=memory_format)

    @public
    def bool(self, memory_format: memory_format = preserve_format) -> Tensor:
        """Convert the elements to torch.bool; a tensor of that dtype is given back."""
        return conversion.to(self, _dtype.boolean, memory_format=memory_format)
