"""Functions that tell what a tensor is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _dtype
from .._wrap import Late
from ._operands import check_tensors, common_dtype, is_number
from ._overrides import public

if TYPE_CHECKING:
    from .._tensor import Tensor


def is_tensor(obj: Any) -> bool:
    """Tell whether an object is a tensor."""
    return isinstance(obj, Late.Tensor)


@public
def is_floating_point(input: Tensor) -> bool:
    """Tell whether the elements are floats."""
    return input._key.is_float


@public
def is_complex(input: Tensor) -> bool:
    """Tell whether the elements are complex numbers."""
    return input._key.dtype.is_complex


@public
def is_signed(input: Tensor) -> bool:
    """Tell whether elements may be negative."""
    return input._key.dtype.is_signed


@public
def is_nonzero(input: Tensor) -> bool:
    """Tell whether the only element is another number than 0.

    Raises:
        RuntimeError: there are more, or none.
    """
    return bool(only_element(input))


def only_element(tensor: Tensor) -> Any:
    """Give the only element as a Python number.

    Raises:
        RuntimeError: there are more, or none.
    """
    size = tensor._array.size
    if size != 1:
        count = "no values" if size == 0 else "more than one value"
        raise RuntimeError(
            f"Boolean value of Tensor with {count} is ambiguous: its shape is "
            f"{list(tensor._shape)}. Use any() or all()."
        )
    return tensor._array.item()


@public
def numel(input: Tensor) -> int:
    """Give the number of elements."""
    return input._array.size


@public
def get_device(input: Tensor) -> int:
    """Give the number of the GPU that a tensor lies on; -1 stands for the CPU."""
    return -1 if input._key.device.index is None else input._key.device.index


def result_type(tensor1: Any, tensor2: Any) -> _dtype.dtype:
    """Give the dtype that an operation of two tensors or numbers would compute in.

    Raises:
        TypeError: one is neither.
    """
    for position, value in enumerate((tensor1, tensor2), start=1):
        if not isinstance(value, Late.Tensor) and not is_number(value):
            raise TypeError(
                f"result_type(): argument 'tensor{position}' (position {position}) must be Tensor "
                f"or Number, not {type(value).__name__}"
            )
    return common_dtype((tensor1, tensor2))


@public
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Tell whether two tensors have the same shape."""
    return input._shape == other._shape


@public
def is_conj(input: Tensor) -> bool:
    """Tell whether the elements still have to be conjugated: real ones never have to be."""
    check_tensors("is_conj", input=input)
    return False


@public
def is_neg(input: Tensor) -> bool:
    """Tell whether the elements still have to be negated: they never have to be."""
    check_tensors("is_neg", input=input)
    return False


@public
def dim_order(input: Tensor) -> tuple[int, ...]:
    """Give the dimensions from the outermost in memory to the innermost."""
    strides = input._array.strides
    return tuple(sorted(range(len(strides)), key=lambda dim: -strides[dim]))


# ---- methods as functions


@public
def is_inference(input: Tensor) -> bool:
    """Tell whether it may not take part in recorded steps; see `Tensor.is_inference`."""
    return input.is_inference()


@public
def detach(input: Tensor) -> Tensor:
    """Give the same memory, through which no gradient flows; see `Tensor.detach`."""
    return input.detach()


@public
def detach_(input: Tensor) -> Tensor:
    """Forget the history of a tensor; see `Tensor.detach_`."""
    return input.detach_()
