"""Functions that make tensors of random numbers: PyTorch's very numbers, for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError
from ....kernels.cpu.randomness import random as samplers
from ....kernels.cpu.randomness import random_counts, random_integers
from ... import _dtype
from ..._generator import Generator, engine_of
from ..._layout import empty_as, memory_format, preserve_format
from ..._record import Operation, record, record_many
from ..._wrap import Late, wrap
from .._operands import is_number, write_out
from .._overrides import public
from ..creation._options import check_options, made, made_into, out_dtype, sizes_of
from ..creation.filled import Device, DType, Layout, zeros_like

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def rand(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Draw numbers that are equally likely from 0 up to, not including, 1.

    Raises:
        TypeError: a size is no whole number.
        RuntimeError: a size is negative, or the dtype is none of floats.
    """
    check_options("rand", device, layout, pin_memory)
    kind = out_dtype("rand", out, dtype)
    array = np.empty(sizes_of("rand", sizes, size), kind.numpy)
    samplers.uniform_(array, 0.0, 1.0, engine_of("rand", generator))
    return made_into("rand", array, out, requires_grad)


def randn(
    *sizes: Any,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Draw normal numbers of mean 0 and standard deviation 1; see `rand`."""
    check_options("randn", device, layout, pin_memory)
    kind = out_dtype("randn", out, dtype)
    array = np.empty(sizes_of("randn", sizes, size), kind.numpy)
    samplers.normal_(array, 0.0, 1.0, engine_of("randn", generator))
    return made_into("randn", array, out, requires_grad)


def randint(
    *limits: Any,
    low: int = 0,
    high: int | None = None,
    size: Sequence[int] | None = None,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Draw whole numbers from low up to, not including, high.

    It is called `randint(high, size)` or `randint(low, high, size)`.

    Raises:
        TypeError: a limit or a size is no whole number.
        RuntimeError: low is not below high, or the dtype does not hold the numbers.
    """
    check_options("randint", device, layout, pin_memory)
    first, last, shape = _limits_and_size("randint", limits, low, high, size)
    kind = out_dtype("randint", out, dtype, _dtype.int64)
    array = np.empty(shape, kind.numpy)
    random_integers.random_(array, first, last, engine_of("randint", generator))
    return made_into("randint", array, out, requires_grad)


def _limits_and_size(
    function: str, given: tuple[Any, ...], low: Any, high: Any, size: Any
) -> tuple[int, int, tuple[int, ...]]:
    """Sort the arguments of randint."""
    positional = list(given)
    if size is None and positional and not hasattr(type(positional[-1]), "__index__"):
        size = positional.pop()
    if high is None and positional:
        high = positional.pop()
    if positional:
        low = positional.pop()
    if size is None or high is None or positional:
        raise TypeError(
            f"{function}() takes (high, size) or (low, high, size), where size is a tuple of ints, "
            f"got {given!r}."
        )
    return *_whole_limits(function, low, high), sizes_of(function, (), size)


def _whole_limits(function: str, low: Any, high: Any) -> tuple[int, int]:
    for name, limit in (("low", low), ("high", high)):
        if not hasattr(type(limit), "__index__") or isinstance(limit, bool):
            raise TypeError(
                f"{function}(): argument '{name}' must be int, not {type(limit).__name__}: "
                f"{limit!r}"
            )
    return int(low), int(high)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = _dtype.int64,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Draw a random order of the numbers from 0 to n - 1.

    Raises:
        RuntimeError: n is negative, or the dtype does not hold the numbers.
    """
    check_options("randperm", device, layout, pin_memory)
    if out is not None and dtype is _dtype.int64:
        dtype = out._key.dtype
    kind = _dtype.chosen("randperm", dtype)
    array = random_integers.randperm(int(n), engine_of("randperm", generator), kind.numpy)
    return made_into("randperm", array, out, requires_grad)


# ---- of another tensor's shape


@public
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Draw numbers as `rand`, of the shape, dtype and memory format of a tensor."""
    check_options("rand_like", device, layout, pin_memory)
    array = _like("rand_like", input, dtype, memory_format)
    samplers.uniform_(array, 0.0, 1.0, engine_of("rand_like", generator))
    return made(array, requires_grad)


@public
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Draw numbers as `randn`, of the shape, dtype and memory format of a tensor."""
    check_options("randn_like", device, layout, pin_memory)
    array = _like("randn_like", input, dtype, memory_format)
    samplers.normal_(array, 0.0, 1.0, engine_of("randn_like", generator))
    return made(array, requires_grad)


@public
def randint_like(
    input: Tensor,
    *limits: int,
    low: int = 0,
    high: int | None = None,
    generator: Generator | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """Draw numbers as `randint`, of the shape, dtype and memory format of a tensor.

    It is called `randint_like(input, high)` or `randint_like(input, low, high)`.
    """
    check_options("randint_like", device, layout, pin_memory)
    given = (*limits, input._shape)
    first, last, _ = _limits_and_size("randint_like", given, low, high, None)
    array = _like("randint_like", input, dtype, memory_format)
    random_integers.random_(array, first, last, engine_of("randint_like", generator))
    return made(array, requires_grad)


def _like(function: str, input: Tensor, dtype: DType, memory_format: memory_format) -> Array:
    kind = input._key.dtype if dtype is None else _dtype.chosen(function, dtype)
    return empty_as(input._array, kind.numpy, memory_format)


# ---- with parameters of their own


@public
def normal(
    mean: Any,
    std: Any = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: DType = None,
    layout: Layout = None,
    device: Device = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Draw normal numbers, each with its own mean and standard deviation.

    Args:
        mean: a tensor, or a number.
        std: a tensor, or a number.
        size: the sizes, where both are numbers.
        generator: the source.
        out: where to put the numbers.
        dtype: of the result, where both are numbers.
        layout, device, pin_memory, requires_grad: as in `zeros`, where both are numbers.

    Raises:
        RuntimeError: a standard deviation is negative, the tensors are none of floats, or their
            shapes do not broadcast.
        TypeError: there are two numbers and no size, or a size with a tensor.
    """
    tensors = [value for value in (mean, std) if isinstance(value, Late.Tensor)]
    engine = engine_of("normal", generator)
    if not tensors:
        if size is None or not (is_number(mean) and is_number(std)):
            raise TypeError(
                f"normal() takes a tensor of means or of standard deviations, or two numbers and "
                f"size, got mean {mean!r}, std {std!r} and size {size!r}."
            )
        check_options("normal", device, layout, pin_memory)
        array = np.empty(sizes_of("normal", (), size), out_dtype("normal", out, dtype).numpy)
        samplers.normal_(array, float(mean), float(std), engine)
        return made_into("normal", array, out, requires_grad)
    if size is not None:
        raise TypeError(f"normal(): a tensor gives the sizes already, got size {size!r} too.")
    check_options("normal", device, layout, pin_memory)
    array = samplers.normal(_parameter(mean), _parameter(std), engine)
    if out is not None:
        return write_out("normal", array, out)
    return _entered(wrap(array), mean, std)


def _parameter(value: Any) -> Any:
    return value._array if isinstance(value, Late.Tensor) else float(value)


def _entered(result: Tensor, mean: Any, std: Any) -> Tensor:
    """Enter drawn numbers into the graph, where they count as constants."""
    if not isinstance(std, Late.Tensor):
        return record(result, _NORMAL_OF_MEAN, mean, mean._shape)
    if not isinstance(mean, Late.Tensor):
        return record(result, _NORMAL_OF_STD, std, std._shape)
    return record_many(result, _NORMAL_OF_BOTH, (mean, std), mean._shape, std._shape)


def _zeros(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    return wrap(np.zeros(shape, grad._array.dtype))


def _zeros_of_both(
    grad: Tensor,
    needed: tuple[bool, bool],
    mean_shape: tuple[int, ...],
    std_shape: tuple[int, ...],
) -> tuple[Tensor | None, Tensor | None]:
    return (
        _zeros(grad, mean_shape) if needed[0] else None,
        _zeros(grad, std_shape) if needed[1] else None,
    )


_NORMAL_OF_MEAN = Operation("NormalBackward1", _zeros)
_NORMAL_OF_STD = Operation("NormalBackward2", _zeros)
_NORMAL_OF_BOTH = Operation("NormalBackward3", _zeros_of_both)


@public
def bernoulli(
    input: Tensor,
    p: float | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Draw 1 with the probabilities in a tensor, else 0; with p, all with that probability.

    Raises:
        RuntimeError: a probability is outside 0 to 1, or the tensor is none of floats.
    """
    engine = engine_of("bernoulli", generator)
    if p is None:
        array = samplers.bernoulli(input._array, engine)
    else:
        array = samplers.bernoulli_(empty_as(input._array, input._array.dtype, None), p, engine)
    if out is not None:
        return write_out("bernoulli", array, out)
    return record(wrap(array), _BERNOULLI, input)


_BERNOULLI = Operation("BernoulliBackward0", zeros_like)


@public
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Draw Poisson numbers, each with a mean of its own.

    Raises:
        RuntimeError: a mean is negative, or the tensor is none of floats.
    """
    engine, means = engine_of("poisson", generator), input._array
    is_certain = means == 0
    if not is_certain.any():
        return record(wrap(random_counts.poisson(means, engine)), _POISSON, input)
    # PyTorch draws nothing for a mean of 0.
    array = np.zeros(means.shape, means.dtype)
    array[~is_certain] = random_counts.poisson(means[~is_certain], engine)
    return record(wrap(array), _POISSON, input)


_POISSON = Operation("PoissonBackward0", zeros_like)


@public
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Draw numbers of successes in so many tries.

    Raises:
        RuntimeError: a probability is outside 0 to 1; they are no floats of one dtype, or their
            shapes do not broadcast.
    """
    array = random_counts.binomial(count._array, prob._array, engine_of("binomial", generator))
    return wrap(array)


@public
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Draw categories with probabilities in proportion to their weights.

    Args:
        input: (categories) or (rows, categories), floats.
        num_samples: how many to draw from each row.
        replacement: whether a category may come again.
        generator: the source.
        out: where to put them.

    Returns:
        (num_samples) or (rows, num_samples), int64.

    Raises:
        RuntimeError: num_samples is not positive, or without replacement more than the categories;
            a weight is negative, infinite or NaN; those of a row are all 0, or no floats; out is
            not of int64.
    """
    if out is not None and out._key.dtype is not _dtype.int64:
        raise DTypeError(f"multinomial: expects Long tensor out, got {out._key.dtype}.")
    engine = engine_of("multinomial", generator)
    drawn = random_integers.multinomial(input._array, int(num_samples), bool(replacement), engine)
    return wrap(drawn) if out is None else write_out("multinomial", drawn, out)
