"""What describes a convolution beside its arrays, and the checks of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError

Array = NDArray[Any]
Numbers = int | Sequence[int]
Paddings = int | Sequence[int | tuple[int, int]]


class WindowDTypeError(DTypeError, NotImplementedError):
    """Elements of a type that a convolution or a pooling is not defined for."""


@dataclass(frozen=True)
class Form:
    """The numbers of a convolution, one for each spatial dimension.

    Attributes:
        name: of the operation, for errors.
        stride: the step between windows.
        before: zeros before the first element.
        after: zeros after the last one.
        dilation: the step between the elements of a window.
        groups: into which the channels are divided.
    """

    name: str
    stride: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    def extents(self, kernel: Sequence[int]) -> list[int]:
        """Give how many elements windows span, from the sizes of the kernel."""
        return [d * (n - 1) + 1 for d, n in zip(self.dilation, kernel, strict=True)]

    def result_sizes(self, sizes: Sequence[int], kernel: Sequence[int]) -> tuple[int, ...]:
        """Give the sizes of a convolution's result."""
        padded = [b + n + a for b, n, a in zip(self.before, sizes, self.after, strict=True)]
        extents = self.extents(kernel)
        if any(n < extent for n, extent in zip(padded, extents, strict=True)):
            raise ShapeError(
                f"{self.name}: the kernel spans {_by(extents)} elements and the padded input has "
                f"{_by(padded)}. Try a smaller kernel or dilation, or a larger padding."
            )
        return tuple(
            [(n - e) // s + 1 for n, e, s in zip(padded, extents, self.stride, strict=True)]
        )

    def transposed_sizes(
        self, sizes: Sequence[int], kernel: Sequence[int], output_padding: Numbers
    ) -> tuple[int, ...]:
        """Give the sizes of a transposed convolution's result."""
        more = per_dim(self.name, "output_padding", output_padding, len(sizes), 0)
        if any(m >= max(s, d) for m, s, d in zip(more, self.stride, self.dilation, strict=True)):
            raise ShapeError(
                f"{self.name}: output_padding {more} must be smaller than stride {self.stride} or "
                f"dilation {self.dilation}."
            )
        result = tuple(
            (n - 1) * s - b - a + e + m
            for n, s, b, a, e, m in zip(
                sizes, self.stride, self.before, self.after, self.extents(kernel), more, strict=True
            )
        )
        if min(result) < 0:
            raise ShapeError(
                f"{self.name}: padding {self.before} leaves nothing of the result: "
                f"its sizes would be {_by(result)}."
            )
        return result


def form(
    name: str, rank: int, stride: Numbers, padding: Paddings, dilation: Numbers, groups: int
) -> Form:
    """Check the numbers of a convolution.

    Args:
        name: such as "conv", to which the rank is added.
        rank: the number of spatial dimensions.
        stride: one number, or one for each dimension.
        padding: the same, or a pair for a dimension.
        dilation: as stride.
        groups: a positive number.
    """
    if not 1 <= rank <= 3:
        raise ShapeError(
            f"{name} needs an input of three to five dimensions, (batch, channels, *sizes), "
            f"got {rank + 2}."
        )
    name = f"{name}{rank}d"
    if groups < 1:
        raise ShapeError(f"{name}: groups must be positive, got {groups}.")
    pairs = (padding,) * rank if isinstance(padding, int) else tuple(padding)
    before = tuple([pair if isinstance(pair, int) else pair[0] for pair in pairs])
    after = tuple([pair if isinstance(pair, int) else pair[1] for pair in pairs])
    return Form(
        name,
        per_dim(name, "stride", stride, rank, 1),
        per_dim(name, "padding", before, rank, 0),
        per_dim(name, "padding", after, rank, 0),
        per_dim(name, "dilation", dilation, rank, 1),
        groups,
    )


def per_dim(name: str, what: str, value: Numbers, rank: int, least: int) -> tuple[int, ...]:
    """Give one number for each spatial dimension, none smaller than `least`."""
    result = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(result) == 1:
        result *= rank
    if len(result) != rank:
        raise ShapeError(
            f"{name}: {what} must be one number or {rank}, one for each spatial dimension, "
            f"got {value}."
        )
    if min(result) < least:
        kind = "positive" if least else "0 or more"
        raise ShapeError(
            f"{name}: {what} must be {kind}, got {result if len(set(result)) > 1 else result[0]}."
        )
    return result


def check_operands(
    form: Form, input: Array, weight: Array, bias: Array | None, transposed: bool
) -> None:
    """Check the shapes and dtypes of a convolution's operands."""
    name, groups = form.name, form.groups
    check_dtypes(name, *[array for array in (input, weight, bias) if array is not None])
    if weight.ndim != input.ndim:
        raise ShapeError(
            f"{name}: input of shape {input.shape} needs a weight of as many dimensions, "
            f"got shape {weight.shape}."
        )
    if 0 in weight.shape[2:]:
        raise ShapeError(f"{name}: the kernel has no elements: weight has shape {weight.shape}.")
    if len(weight) == 0 or len(weight) % groups:
        raise ShapeError(
            f"{name}: the first size of weight {weight.shape} must be a positive multiple of the "
            f"{groups} groups."
        )
    channels = len(weight) if transposed else weight.shape[1] * groups
    if input.shape[1] != channels:
        raise ShapeError(
            f"{name}: weight of shape {weight.shape} with {groups} groups expects {channels} "
            f"channels, got {input.shape[1]} in input of shape {input.shape}."
        )
    if 0 in input.shape[2:] and input.shape[0] * channels:
        raise ShapeError(
            f"{name}: of the sizes of input only those of batch and channels may be 0, "
            f"got shape {input.shape}."
        )
    results = weight.shape[1] * groups if transposed else len(weight)
    if bias is not None and bias.shape != (results,):
        raise ShapeError(
            f"{name}: bias must have one element for each of the {results} channels of the result, "
            f"got shape {bias.shape}."
        )


def check_gradient(
    form: Form,
    grad: Array,
    input_shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    other: Array,
    transposed: bool = False,
) -> None:
    """Check what is given for a gradient; `transposed` swaps the roles of grad and input."""
    name, groups = form.name, form.groups
    check_dtypes(name, grad, other)
    shapes = grad.shape, input_shape, weight_shape
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeError(f"{name}: grad, input and weight need one rank, got shapes {shapes}.")
    wide, narrow = (grad.shape, input_shape) if transposed else (input_shape, grad.shape)
    if wide[0] != narrow[0] or weight_shape != (
        narrow[1],
        wide[1] // groups,
        *weight_shape[2:],
    ):
        raise ShapeError(
            f"{name}: grad {grad.shape}, input {input_shape} and weight {weight_shape} with "
            f"{groups} groups do not belong together."
        )
    expected = form.result_sizes(wide[2:], weight_shape[2:])
    # An output_padding may leave room for more than the input of a transposed convolution.
    enough = all(n <= most for n, most in zip(narrow[2:], expected, strict=True))
    if not (enough if transposed else narrow[2:] == expected):
        what = "input" if transposed else "grad"
        raise ShapeError(f"{name}: {what} must have sizes {expected}, got {narrow[2:]}.")


def check_dtypes(name: str, *arrays: Array) -> None:
    """Check that arrays have one dtype, of floats or integers."""
    dtype = arrays[0].dtype
    if any(array.dtype != dtype for array in arrays):
        received = ", ".join(str(array.dtype) for array in arrays)
        raise DTypeError(f"{name} needs operands of one dtype, got {received}.")
    if dtype.char not in "fdlqibBhe" or not dtype.isnative:
        raise WindowDTypeError(
            f"{name} takes uint8, int8 to int64 and float16 to float64, got {dtype}."
        )


def _by(sizes: Sequence[int]) -> str:
    return " x ".join(map(str, sizes))
