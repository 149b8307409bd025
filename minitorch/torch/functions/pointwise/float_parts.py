"""What floats are made of: mantissas, exponents and neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ... import return_types as types
from ..._record import Operation, OperationOfMany, record_many, record_outputs
from ..._wrap import wrap
from .._in_place import change
from .._operands import cast, common_dtype
from .._overrides import public
from ..products.matmul import deliver
from .generated import exp2

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


def float_pair(function: str, input: Tensor, other: Tensor) -> tuple[Array, Array]:
    """Give the elements of two tensors of floats in the dtype that they have in common.

    Raises:
        NotImplementedError: they hold no floats.
    """
    dtype = common_dtype((input, other))
    if not dtype.is_floating_point:
        raise ElementDTypeError(
            f"{function} is not implemented for {dtype}. Convert the elements with to()."
        )
    return cast(input._array, dtype), cast(other._array, dtype)


@public
def frexp(input: Tensor, *, out: tuple[Tensor, Tensor] | None = None) -> types.frexp:
    """Give mantissas from 0.5 to 1 and exponents with `mantissa * 2**exponent = input`.

    Raises:
        RuntimeError: the elements are no floats.
    """
    if not input._key.is_float:
        raise DTypeError(
            f"torch.frexp() only supports floating-point dtypes, got {input._key.dtype}."
        )
    found = np.frexp(input._array)
    mantissa, exponent = wrap(np.asarray(found[0])), wrap(np.asarray(found[1], np.int32))
    record_outputs((mantissa, exponent), _FREXP, (input,), exponent)
    if out is not None:
        mantissa = deliver("frexp", mantissa, out[0])
        exponent = deliver("frexp", exponent, out[1])
    return types.frexp((mantissa, exponent))


def _frexp_back(
    grads: tuple[Tensor | None, ...], needed: tuple[bool, ...], exponent: Tensor
) -> tuple[Tensor | None]:
    grad = grads[0]
    return (None if grad is None else grad / exp2(exponent.to(grad._key.dtype)),)


_FREXP = OperationOfMany("FrexpBackward0", _frexp_back)


@public
def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Give the next float after each element of input in the direction of other.

    Raises:
        NotImplementedError: they hold no floats; in backward, because steps are flat.
    """
    array = np.asarray(np.nextafter(*float_pair("nextafter", input, other)))
    return deliver("nextafter", record_many(wrap(array), _NEXTAFTER, (input, other)), out)


def nextafter_(input: Tensor, other: Tensor) -> Tensor:
    """Compute `nextafter` in place."""
    return change(nextafter, input, other)


def _nextafter_back(grad: Tensor, needed: tuple[bool, bool]) -> NoReturn:
    raise NotImplementedError("the derivative for 'nextafter' is not implemented.")


_NEXTAFTER = Operation("NextafterBackward0", _nextafter_back)


@public
def isreal(input: Tensor) -> Tensor:
    """Tell for each element whether it is a real number: all are."""
    return wrap(np.ones(input._shape, np.bool_))
