"""Functions that make tensors of data: numbers, lists, arrays, buffers."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.elementwise.cast import cast as cast_array
from ... import _dtype
from ..._memory import borrowed
from ..._size import Size
from ..._wrap import Late, wrap
from .._operands import is_foreign
from ._nested import array_of
from ._options import check_options, made, made_into, out_dtype, plain_number
from .filled import Device, DType, Layout

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


class AliasError(ValueError):
    """Memory that was to be shared, and cannot be."""


def tensor(
    data: Any,
    *,
    dtype: DType = None,
    device: Device = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Copy a number, a nested list or an array into a tensor.

    Args:
        data: what to copy.
        dtype: of the elements; by default that of an array, or the smallest that holds all numbers
            of a list.
        device: where to.
        requires_grad: collect a gradient.
        pin_memory: not to be had without a GPU.

    Raises:
        ValueError: rows of a list differ in length, or the dtype does not hold a number.
        TypeError: there is something else than numbers.
    """
    check_options("tensor", device, None, pin_memory)
    if data.__class__ is not list and isinstance(data, Late.Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use source.clone().detach() or "
            "source.clone().detach().requires_grad_(True), rather than torch.tensor(source).",
            UserWarning,
            stacklevel=2,
        )
    return made(copied("tensor", data, dtype), requires_grad)


def copied(function: str, data: Any, dtype: DType) -> Array:
    """Copy data into an array.

    Raises:
        As `tensor`.
    """
    kind = None if dtype is None else _dtype.chosen(function, dtype)
    if data.__class__ is list:
        return array_of(function, data, kind)
    if isinstance(data, Late.Tensor):
        data = data._array
    elif is_foreign(type(data)):
        raise TypeError(
            f"{function}(): got a {type(data).__name__} of the package torch itself: one of the "
            "imports was left as it was. Pass its numpy()."
        )
    if isinstance(data, np.ndarray):
        _check_elements(data)
        data = _dtype.with_known_type(data)
        wanted = data.dtype if kind is None else kind.numpy
        return data.copy("K") if wanted == data.dtype else cast_array(data, wanted)
    return array_of(function, data, kind)


def as_tensor(data: Any, dtype: DType = None, device: Device = None) -> Tensor:
    """Give a tensor of data: a tensor itself, or one that shares an array's memory, else a copy.

    Raises:
        As `tensor`.
    """
    check_options("as_tensor", device)
    if isinstance(data, Late.Tensor):
        return data if dtype is None else data.to(_dtype.chosen("as_tensor", dtype))
    if isinstance(data, np.ndarray):
        shared = from_numpy(data)
        return shared if dtype is None else shared.to(_dtype.chosen("as_tensor", dtype))
    return wrap(copied("as_tensor", data, dtype))


def asarray(
    obj: Any,
    *,
    dtype: DType = None,
    device: Device = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Give a tensor of an object, which shares its memory where it can.

    Args:
        obj: a tensor, an array, a buffer, an object with `__dlpack__`, a number or a nested list.
        dtype: of the elements.
        device: where to.
        copy: True for a copy in any case, False for shared memory or an error.
        requires_grad: collect a gradient; the result is cut off from obj's history if not.

    Raises:
        AliasError: copy is False, and memory cannot be shared.
        TypeError, ValueError: as `tensor`.
    """
    check_options("asarray", device)
    kind = None if dtype is None else _dtype.chosen("asarray", dtype)
    source = _sharing(obj, kind)
    if source is None:
        if copy is False:
            raise AliasError("asarray: can't alias arbitrary sequence into a tensor.")
        return made(copied("asarray", obj, kind), requires_grad)
    own = source._key.dtype
    if kind is not None and kind is not own:
        if copy is False:
            raise AliasError(f"asarray: can't alias tensor with dtype {own} into dtype {kind}.")
        result = source.to(kind)
    else:
        result = source.clone() if copy else source
    if requires_grad:
        # History stays with a result that was computed from obj, as in PyTorch.
        return result if result._node is not None else result.detach().requires_grad_()
    return result if result._node is None else result.detach()


def _sharing(obj: Any, kind: _dtype.dtype | None) -> Tensor | None:
    """Give a tensor of the same memory as an object; None where it has none to share."""
    if isinstance(obj, Late.Tensor):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj)
    if isinstance(obj, np.generic):
        return None
    if hasattr(type(obj), "__dlpack__"):
        return from_dlpack(obj)
    if isinstance(obj, bytes | bytearray | memoryview):
        return frombuffer(obj, dtype=kind or _dtype.get_default_dtype())
    return None


def from_numpy(ndarray: Array) -> Tensor:
    """Give a tensor that shares an array's memory: what is written into one shows in the other.

    Raises:
        TypeError: it is no array, or its elements are of a type that tensors do not have.
        ValueError: a stride is negative or no multiple of the element size, or the bytes are in
            another order than this machine's.
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    _check_elements(ndarray)
    itemsize = ndarray.itemsize
    for step in ndarray.strides:
        if step < 0:
            raise ValueError(
                "At least one stride in the given numpy array is negative, and tensors with "
                "negative strides are not currently supported. (You can probably work around this "
                "by making a copy of your array with array.copy().)"
            )
        if step % itemsize:
            raise ValueError(
                "given numpy array strides not a multiple of the element byte size: strides "
                f"{ndarray.strides}, elements of {itemsize} bytes. Copy the numpy array to "
                "reallocate the memory."
            )
    if not ndarray.flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable "
            "tensors: a tensor of it can be read, and not changed. Copy the array first.",
            UserWarning,
            stacklevel=2,
        )
    return wrap(_dtype.with_known_type(borrowed(ndarray)))


def _check_elements(array: Array) -> None:
    """Check that tensors have such elements.

    Raises:
        ValueError: they are of the other byte order.
        TypeError: they are of another type.
    """
    if not array.dtype.isnative:
        raise ValueError(
            f"given numpy array has byte order different from the native byte order: dtype "
            f"{array.dtype.str!r}. Use array.astype(array.dtype.newbyteorder('='))."
        )
    _dtype.of_numpy(array.dtype)


def frombuffer(
    buffer: Any,
    *,
    dtype: DType,
    count: int = -1,
    offset: int = 0,
    requires_grad: bool = False,
) -> Tensor:
    """Give a vector that shares a buffer's memory.

    Args:
        buffer: an object of Python's buffer protocol, such as a bytearray.
        dtype: that the bytes stand for.
        count: how many elements; -1 for as many as there are.
        offset: how many bytes to leave out at the beginning.
        requires_grad: collect a gradient.

    Raises:
        ValueError: it is no buffer, or has too few bytes, or some would be left over.
    """
    kind = _dtype.chosen("frombuffer", dtype)
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError(
            f"frombuffer: object does not implement Python buffer protocol: {type(buffer).__name__}"
        ) from None
    size, itemsize = view.nbytes, kind.itemsize
    if size == 0 or count == 0:
        raise ValueError(
            f"frombuffer: both buffer length ({size}) and count ({count}) must not be 0"
        )
    if not 0 <= offset < size:
        raise ValueError(
            f"frombuffer: offset ({offset} bytes) must be non-negative and no greater than buffer "
            f"length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % itemsize:
        raise ValueError(
            f"frombuffer: buffer length ({size - offset} bytes) after offset ({offset} bytes) must "
            f"be a multiple of element size ({itemsize})"
        )
    if count > 0 and count * itemsize > size - offset:
        raise ValueError(
            f"frombuffer: requested buffer length ({count} * {itemsize} bytes) after offset "
            f"({offset} bytes) must not be greater than actual buffer length ({size} bytes)"
        )
    if view.readonly:
        warnings.warn(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors: "
            "a tensor of it can be read, and not changed.",
            UserWarning,
            stacklevel=2,
        )
    return made(np.frombuffer(view, kind.numpy, count, offset), requires_grad)


def from_dlpack(ext_tensor: Any, *, device: Device = None, copy: bool | None = None) -> Tensor:
    """Give a tensor that shares the memory of another library's, by the DLPack protocol.

    Args:
        ext_tensor: an object with `__dlpack__`, or a capsule that such a method gave.
        device: where to.
        copy: True for a copy in any case, False for shared memory or an error.

    Raises:
        RuntimeError: it is neither, or a capsule that was used before.
    """
    check_options("from_dlpack", device)
    source = ext_tensor
    if type(ext_tensor).__name__ == "PyCapsule":
        source = _Capsule(ext_tensor)
    elif not hasattr(type(ext_tensor), "__dlpack__"):
        raise RuntimeError(
            f"from_dlpack received an invalid capsule: {type(ext_tensor).__name__} has no "
            "__dlpack__."
        )
    try:
        array = np.from_dlpack(source)
    except ValueError as problem:
        raise RuntimeError(
            "from_dlpack received an invalid capsule. DLTensor capsules can be consumed only once."
        ) from problem
    array = _dtype.with_known_type(array)
    return wrap(array.copy() if copy else array)


class _Capsule:
    """A DLPack capsule as an object that has it to give."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        """Give the capsule; the options of who asks come too late for it."""
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        """Tell that memory is the CPU's."""
        return 1, 0


def to_dlpack(tensor: Tensor) -> Any:
    """Give a DLPack capsule of a tensor's memory.

    Raises:
        BufferError: the tensor needs a gradient.
    """
    return tensor.__dlpack__()


def scalar_tensor(
    s: Any,
    *,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor without dimensions of a number, of the default dtype if none is named."""
    check_options("scalar_tensor", device, layout, pin_memory)
    kind = out_dtype("scalar_tensor", out, dtype)
    array = array_of("scalar_tensor", plain_number("scalar_tensor", s, "s"), kind)
    return made_into("scalar_tensor", array, out, requires_grad)


def constructed(name: str, dtype: _dtype.dtype, given: tuple[Any, ...], size: Any = None) -> Tensor:
    """Make a tensor as the old constructors do: of sizes, of a list, of an array or of a tensor.

    Args:
        name: of the constructor.
        dtype: of the result.
        given: the arguments.
        size: the sizes by name.

    Raises:
        TypeError: they are something else.
    """
    if size is not None or all(type(argument) is int for argument in given):
        sizes = (given or (0,)) if size is None else tuple(size)
        if min(sizes, default=0) < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {min(sizes)}: {list(sizes)}"
            )
        return wrap(np.empty(sizes, dtype.numpy))
    data = given[0]
    if len(given) > 1:
        raise TypeError(
            f"{name}(): takes sizes, or one list or array, got {given!r}. See torch.tensor()."
        )
    if isinstance(data, Size):
        return wrap(np.empty(data, dtype.numpy))
    if isinstance(data, Late.Tensor):
        return data
    if isinstance(data, bool | int | float | np.generic):
        raise TypeError(
            f"{name}(): data must be a sequence (got {type(data).__name__}). See torch.tensor() "
            "for numbers."
        )
    return wrap(copied(name, data, dtype))
