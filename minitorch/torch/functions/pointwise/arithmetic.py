"""Elementwise functions that take more than the op table's formulas say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import DTypeError
from ... import _dtype
from ..._record import Operation, named, record_many
from ..._wrap import Late
from .._in_place import change, in_place
from .._operands import (
    Number,
    Override,
    check_operand,
    check_tensors,
    common_dtype,
    is_number,
    write_out,
)
from .._overrides import call_override, public
from ..creation.filled import zeros_like
from ._engine import apply, unary
from .generated import (
    ADD,
    ADD_SCALED,
    CLAMP,
    CLAMP_BETWEEN,
    CLAMP_MAX,
    CLAMP_MIN,
    CUBE,
    FLOOR_DIVIDE,
    LERP,
    LERP_BY,
    LOGIT,
    NAN_TO_NUM,
    POLYGAMMA,
    POW,
    ROUND,
    SQUARE,
    SUB,
    TRUE_DIVIDE,
    digamma,
    floor_divide,
)
from .generated import floor as floor
from .generated import mul as mul
from .generated import trunc as trunc

if TYPE_CHECKING:
    from ..._tensor import Tensor

_PYTHON_NUMBERS = (int, float)
SUB_SCALED = ADD_SCALED.under_name("SubBackward0")


def add(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `input + alpha * other` for each element.

    Raises:
        RuntimeError: alpha is a float, and both operands hold integers.
    """
    try:
        if _scales_floats(alpha, input, other):
            return apply(ADD_SCALED, (input, other), out, {"alpha": alpha})
        return apply(ADD, (input, _scaled("add", input, other, alpha)), out)
    except Override:
        return call_override(add, (input, other), {"alpha": alpha, "out": out})


def add_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Add `alpha * other` in place."""
    if _scales_floats(alpha, input, other):
        return in_place(ADD_SCALED, input, (input, other), {"alpha": alpha})
    return in_place(ADD, input, (input, _scaled("add_", input, other, alpha)))


def sub(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `input - alpha * other` for each element.

    Raises:
        RuntimeError: both hold bool, or alpha is a float and both hold integers.
    """
    try:
        if _scales_floats(alpha, input, other):
            return apply(SUB_SCALED, (input, other), out, {"alpha": -alpha})
        return apply(SUB, (input, _scaled("sub", input, other, alpha)), out)
    except Override:
        return call_override(sub, (input, other), {"alpha": alpha, "out": out})


def sub_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Subtract `alpha * other` in place."""
    if _scales_floats(alpha, input, other):
        return in_place(SUB_SCALED, input, (input, other), {"alpha": -alpha})
    return in_place(SUB, input, (input, _scaled("sub_", input, other, alpha)))


subtract = sub


@public
def rsub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Compute `other - alpha * input` for each element."""
    check_tensors("rsub", input=input)
    name = "RsubBackward1" if is_number(other) else "RsubBackward0"
    return named(sub(other, input, alpha=alpha), name)


def _scales_floats(alpha: Any, input: Any, other: Any) -> bool:
    """Tell whether a Python number other than 1 scales the second of two tensors of floats."""
    return alpha.__class__ in _PYTHON_NUMBERS and alpha != 1 and _are_floats(input, other)


def _are_floats(*values: Any) -> bool:
    """Tell whether all are plain tensors of one dtype of floats."""
    first, last = values[0], values[-1]
    return (
        first.__class__ is Late.Tensor
        and last.__class__ is Late.Tensor
        and first._key.is_float
        and first._key.dtype is last._key.dtype
    )


def _scaled(function: str, input: Any, other: Any, alpha: Number) -> Any:
    if alpha.__class__ is int and alpha == 1:
        return other
    if alpha.__class__ is not float and isinstance(alpha, Late.Tensor) and not alpha._shape:
        alpha = alpha.item()
    check_operand(function, input, "input", 1)
    check_operand(function, other, "other", 2)
    if not is_number(alpha):
        raise TypeError(
            f"{function}(): argument 'alpha' must be Number, not {type(alpha).__name__}"
        )
    if isinstance(alpha, bool) and common_dtype((input, other)) is not _dtype.boolean:
        raise RuntimeError(f"{function}: Boolean alpha only supported for Boolean results.")
    is_whole = isinstance(alpha, int | np.integer)
    if not is_whole and common_dtype((input, other)).category != _dtype.FLOAT:
        raise DTypeError(
            f"{function}: For integral input tensors, argument alpha must not be a floating point "
            f"number, got {alpha}."
        )
    return mul(other, alpha)


def div(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    rounding_mode: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Compute `input / other` for each element; integers give floats.

    Args:
        input: the dividend.
        other: the divisor.
        rounding_mode: None, "trunc" (towards zero, as in C) or "floor" (as Python's //).
        out: where to put the result.

    Raises:
        RuntimeError: the rounding mode is another one.
    """
    try:
        if rounding_mode is None:
            return apply(TRUE_DIVIDE, (input, other), out)
        if rounding_mode not in ("trunc", "floor"):
            raise RuntimeError(
                "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
                f"'{rounding_mode}'"
            )
        kind = FLOOR_DIVIDE if rounding_mode == "floor" else TRUE_DIVIDE
        rounded = apply(kind, (input, other))
    except Override:
        return call_override(div, (input, other), {"rounding_mode": rounding_mode, "out": out})
    if rounding_mode == "trunc":
        is_float = common_dtype((input, other)).is_floating_point
        rounded = trunc(rounded) if is_float else _whole_quotient(input, other)
    if out is not None:
        return write_out("div", rounded._array, out)
    operands = [value for value in (input, other) if isinstance(value, Late.Tensor)]
    return record_many(rounded, _DIV_ROUNDED, operands, *operands)


def _whole_quotient(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """Divide integers, rounding towards 0."""
    quotient = floor_divide(input, other)
    # One below 0 that does not come out even was rounded away from it.
    return quotient + ((quotient < 0) & (quotient * other != input))


def _div_rounded_back(
    grad: Tensor, needed: tuple[bool, ...], *operands: Tensor
) -> tuple[Tensor | None, ...]:
    """Give gradients of 0: steps are flat."""
    return tuple(
        [
            zeros_like(value) if wanted else None
            for value, wanted in zip(operands, needed, strict=True)
        ]
    )


_DIV_ROUNDED = Operation("DivBackward2", _div_rounded_back)


true_divide = divide = div


def div_(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """Divide in place; see `div`."""
    if rounding_mode is None:
        return in_place(TRUE_DIVIDE, input, (input, other))
    return change(div, input, other, rounding_mode=rounding_mode)


def pow(input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Compute `input ** exponent` for each element.

    Raises:
        RuntimeError: integers with a negative whole exponent.
    """
    try:
        if exponent.__class__ in (int, float) and out is None:
            if exponent == 2:
                return unary(SQUARE, input)
            if exponent == 3 and _are_floats(input):
                return unary(CUBE, input)
            if exponent == 1:
                return mul(input, 1)
        if _is_whole(input) and _is_whole(exponent):
            result = _whole_power(input, exponent)
            return result if out is None else write_out("pow", result._array, out)
        return apply(POW, (input, exponent), out)
    except Override:
        return call_override(pow, (input, exponent), {"out": out})


def _is_whole(value: Any) -> bool:
    if isinstance(value, Late.Tensor):
        return value._key.dtype.category == _dtype.INTEGER and not value._key.overridden
    return value.__class__ is int


def _whole_power(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """Compute `pow` of integers: 0 to a negative power, which has no value, is 0 as in PyTorch."""
    if not isinstance(exponent, Late.Tensor):
        if exponent < 0:
            raise RuntimeError(
                "Integers to negative integer powers are not allowed, got the exponent "
                f"{exponent}. Convert the integers to floats with to() first."
            )
        return apply(POW, (input, exponent))
    base = input._array if isinstance(input, Late.Tensor) else np.asarray(input)
    result = apply(POW, (input, exponent))
    np.copyto(result._array, 0, where=(base == 0) & (exponent._array < 0))
    return result


def pow_(input: Tensor, exponent: Tensor | Number) -> Tensor:
    """Raise to a power in place."""
    return change(pow, input, exponent)


def clamp(
    input: Tensor,
    min: Tensor | Number | None = None,
    max: Tensor | Number | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Limit each element to the interval from min to max, either of which may be missing.

    Raises:
        RuntimeError: both are missing.
        TypeError: input is no tensor.
    """
    if min is None and max is None:
        check_tensors("clamp", input=input)
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    try:
        if max is not None and min is not None:
            limits = _limits(input, min, max)
            if limits is not None:
                return apply(CLAMP_BETWEEN, (input,), out, limits)
            return apply(CLAMP, (input, min, max), out)
        operation, limit = (CLAMP_MIN, min) if max is None else (CLAMP_MAX, max)
        result = apply(operation, (input, limit), out)
        if out is not None or result._node is None:
            return result
        return named(result, "ClampBackward1" if is_number(limit) else "ClampBackward0")
    except Override:
        return call_override(clamp, (input,), {"min": min, "max": max, "out": out})


clip = clamp


def clamp_(
    input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None
) -> Tensor:
    """Limit each element in place; see `clamp`."""
    limits = _limits(input, min, max)
    if limits is not None:
        return in_place(CLAMP_BETWEEN, input, (input,), limits)
    return change(clamp, input, min, max)


def _limits(input: Any, low: Any, high: Any) -> dict[str, float] | None:
    """Give the limits of a tensor of floats as parameters; None if they are no Python numbers."""
    is_plain = low.__class__ in _PYTHON_NUMBERS and high.__class__ in _PYTHON_NUMBERS
    return {"low": low, "high": high} if is_plain and _are_floats(input) else None


def lerp(
    input: Tensor, end: Tensor, weight: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input + weight * (end - input)` for each element."""
    try:
        if weight.__class__ in _PYTHON_NUMBERS and _are_floats(input, end):
            return apply(LERP_BY, (input, end), out, {"weight": weight})
        return apply(LERP, (input, end, weight), out)
    except Override:
        return call_override(lerp, (input, end, weight), {"out": out})


def lerp_(input: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
    """Go from input towards end in place; see `lerp`."""
    if weight.__class__ in _PYTHON_NUMBERS and _are_floats(input, end):
        return in_place(LERP_BY, input, (input, end), {"weight": weight})
    return in_place(LERP, input, (input, end, weight))


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Compute `log(input / (1 - input))`, of input limited to eps and 1 - eps if that is given."""
    if eps is not None:
        input = clamp(input, eps, 1 - eps)
    return apply(LOGIT, (input,), out)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Round each element to so many decimals, halves to the even digit."""
    if decimals == 0:
        return apply(ROUND, (input,), out)
    scale = 10.0**decimals
    rounded = div(apply(ROUND, (mul(input, scale),)), scale, out=out)
    return rounded if out is not None else named(rounded, "RoundBackward1")


@public
def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Replace NaN, and infinities by numbers or else by the largest ones that there are."""
    if not input._key.is_float:
        # Integers and bool hold nothing of the kind.
        same = input.clone()
        return same if out is None else write_out("nan_to_num", same._array, out)
    high = math.inf if posinf is None else posinf
    low = -math.inf if neginf is None else neginf
    return apply(NAN_TO_NUM, (input,), out, {"nan": nan or 0.0, "posinf": high, "neginf": low})


def round_(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Round each element in place; see `round`."""
    return change(round, input, decimals=decimals)


def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """Compute `logit` in place."""
    return change(logit, input, eps)


def nan_to_num_(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Tensor:
    """Replace NaN and infinities in place; see `nan_to_num`."""
    return change(nan_to_num, input, nan, posinf, neginf)


@public
def positive(input: Tensor) -> Tensor:
    """Give the tensor itself, as `+input` does.

    Raises:
        RuntimeError: it is of bool.
    """
    if input._key.dtype is _dtype.boolean:
        raise DTypeError("The `+` operator, on a bool tensor is not supported.")
    return input


# ---- what is put together from others


@public
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Convert angles from degrees to radians."""
    check_tensors("deg2rad", input=input)
    result = mul(input, math.pi / 180, out=out)
    return result if out is not None else named(result, "Deg2RadBackward0")


@public
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Convert angles from radians to degrees."""
    check_tensors("rad2deg", input=input)
    result = mul(input, 180 / math.pi, out=out)
    return result if out is not None else named(result, "Rad2DegBackward0")


@public
def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute `input * 2**other` for each element; integers give floats."""
    check_tensors("ldexp", input=input, other=other)
    result = mul(input, pow(2.0, other), out=out)
    return result if out is not None else named(result, "LdexpBackward0")


@public
def float_power(
    input: Tensor | Number, exponent: Tensor | Number, *, out: Tensor | None = None
) -> Tensor:
    """Compute `input ** exponent` for each element, in float64."""
    check_operand("float_power", input, "input", 1)
    check_operand("float_power", exponent, "exponent", 2)
    base, power = (
        value.to(_dtype.float64) if isinstance(value, Late.Tensor) else float(value)
        for value in (input, exponent)
    )
    return pow(base, power, out=out)


def deg2rad_(input: Tensor) -> Tensor:
    """Convert degrees to radians in place."""
    return change(deg2rad, input)


def rad2deg_(input: Tensor) -> Tensor:
    """Convert radians to degrees in place."""
    return change(rad2deg, input)


def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """Multiply by powers of 2 in place; see `ldexp`."""
    return change(ldexp, input, other)


def float_power_(input: Tensor, exponent: Tensor | Number) -> Tensor:
    """Raise to a power in place, of a float64 tensor; see `float_power`."""
    return change(float_power, input, exponent)


def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Compute derivative n of digamma for each element.

    Raises:
        RuntimeError: n is negative.
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}.")
    if n == 0:
        return digamma(input, out=out)
    return apply(POLYGAMMA, (input,), out, {"n": float(n)})
