"""Copies of tensors, in the same or another dtype and memory format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ...kernels.cpu.elementwise.cast import cast as cast_array
from .. import _dtype
from .._device import check_device, refuse
from .._device import device as device_kind
from .._layout import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    empty_as,
    is_dense,
    is_in,
    memory_format,
    preserve_format,
)
from .._record import Operation, record
from .._wrap import Late, wrap
from ._operands import check_tensors
from ._overrides import public

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]
Format = memory_format | None


@public
def to(
    input: Tensor,
    *args: Any,
    dtype: _dtype.dtype | None = None,
    device: device_kind | str | None = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Format = None,
) -> Tensor:
    """Convert a tensor, or give it back if it is as asked already.

    It is called `to(dtype, non_blocking, copy)`, `to(device, dtype, non_blocking, copy)` or
    `to(other, non_blocking, copy)`, with the tensor whose dtype is wanted.

    Args:
        input: the tensor.
        *args: as above.
        dtype: of the result.
        device: where to.
        non_blocking: without meaning on the CPU, where each copy is done when the call returns.
        copy: copy in any case.
        memory_format: of the result.

    Raises:
        DeviceError: the device is not the CPU.
        TypeError: the arguments fit none of the three forms.
    """
    if len(args) == 1 and type(args[0]) is _dtype.dtype:
        dtype = args[0]
    elif args:
        dtype, device, copies = _wanted(args, dtype, device)
        copy = copy or copies
    if device is not None:
        check_device(device)
    kind = input._key.dtype if dtype is None else _dtype.chosen("to", dtype)
    is_kept = memory_format is None or _is_kept(input._array, memory_format)
    if kind is input._key.dtype and is_kept and not copy:
        return input
    return _copied(input, kind, memory_format)


def _wanted(args: tuple[Any, ...], dtype: Any, device: Any) -> tuple[Any, Any, bool]:
    """Sort positional arguments into the dtype, the device, and whether to copy."""
    first: Any = args[0]
    rest, found, place = args[1:], dtype, device
    if isinstance(first, Late.Tensor):
        found = first._key.dtype
    elif isinstance(first, _dtype.dtype | type):
        found = first
    else:
        place = first
        if rest and (rest[0] is None or isinstance(rest[0], _dtype.dtype | type)):
            found, rest = (dtype if rest[0] is None else rest[0]), rest[1:]
    if len(rest) > 2 or not all(isinstance(flag, bool) for flag in rest):
        raise TypeError(
            f"to() takes (dtype), (device, dtype) or (other), each followed by non_blocking and "
            f"copy, got {args!r}."
        )
    return found, place, len(rest) == 2 and rest[1]


def _is_kept(array: Array, wanted: memory_format) -> bool:
    """Tell whether `to` leaves a memory format as it is: what is not channels-last counts as C."""
    if wanted is contiguous_format:
        last = channels_last if array.ndim == 4 else channels_last_3d
        return array.flags.c_contiguous or not is_in(array, last)
    return wanted is preserve_format or is_in(array, wanted)


def _copied(input: Tensor, dtype: _dtype.dtype, wanted: Format) -> Tensor:
    array = input._array
    if wanted is None or wanted is preserve_format:
        if array.flags.c_contiguous or is_dense(array):
            result = wrap(cast_array(array, dtype.numpy))
        else:
            result = wrap(cast_array(array, dtype.numpy, empty_as(array, dtype.numpy, wanted)))
    else:
        result = wrap(cast_array(array, dtype.numpy, empty_as(array, dtype.numpy, wanted)))
    if not dtype.is_floating_point:
        return result
    return record(result, _TO, input, input._key.dtype)


_TO = Operation("ToCopyBackward0", to)


@public
def clone(input: Tensor, *, memory_format: Format = preserve_format) -> Tensor:
    """Copy a tensor; gradients flow through.

    Args:
        input: the tensor.
        memory_format: of the copy; by default dimensions keep their order in memory.

    Raises:
        ShapeError: the format is one of tensors with another number of dimensions.
    """
    array = input._array
    if memory_format is preserve_format and array.flags.c_contiguous:
        return record(wrap(array.copy()), _CLONE, input)
    kept = memory_format is None or memory_format is preserve_format
    copy = empty_as(array, array.dtype, preserve_format if kept else memory_format)
    return record(wrap(cast_array(array, array.dtype, copy)), _CLONE, input)


_CLONE = Operation("CloneBackward0", lambda grad: grad)


@public
def contiguous(input: Tensor, memory_format: memory_format = contiguous_format) -> Tensor:
    """Give a tensor that lies in a memory format without gaps: itself, or a copy.

    Raises:
        ShapeError: the format is one of tensors with another number of dimensions.
        RuntimeError: it is the one that stands for any other.
    """
    array = input._array
    if memory_format is contiguous_format:
        if array.flags.c_contiguous:
            return input
    elif memory_format is preserve_format:
        raise RuntimeError(
            "contiguous(): preserve memory format is unsupported: a tensor has that always. Name "
            "another one, or none."
        )
    elif is_in(array, memory_format):
        return input
    return clone(input, memory_format=memory_format)


@public
def type_as(input: Tensor, other: Tensor) -> Tensor:
    """Convert a tensor to the dtype of another."""
    return to(input, other._key.dtype)


@public
def cpu(input: Tensor, memory_format: memory_format = preserve_format) -> Tensor:
    """Give a tensor on the CPU, which is where it is."""
    return to(input, memory_format=memory_format)


@public
def cuda(
    input: Tensor,
    device: device_kind | str | int | None = None,
    non_blocking: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Move a tensor to a GPU.

    Raises:
        NoCudaError: always, as in PyTorch without CUDA.
    """
    refuse("cuda" if device is None or isinstance(device, int) else device)


@public
def real(input: Tensor) -> Tensor:
    """Give the real part: of real elements, the tensor itself."""
    check_tensors("real", input=input)
    return input


@public
def conj(input: Tensor) -> Tensor:
    """Conjugate the elements: of real ones, give the tensor itself."""
    check_tensors("conj", input=input)
    return input


@public
def resolve_conj(input: Tensor) -> Tensor:
    """Give the tensor, whose elements need no conjugation."""
    check_tensors("resolve_conj", input=input)
    return input


@public
def resolve_neg(input: Tensor) -> Tensor:
    """Give the tensor, whose elements need no negation."""
    check_tensors("resolve_neg", input=input)
    return input
