"""The types of elements: `torch.float32` and its kin, and which one a mix of them gives."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._class_names import NamedClass

BOOL, INTEGER, FLOAT = range(3)


class dtype(metaclass=NamedClass):  # noqa: N801  (PyTorch's name)
    """A type of elements.

    Attributes:
        name: such as "float32".
        numpy: NumPy's type of the same elements.
        category: BOOL, INTEGER or FLOAT; of two categories the higher one wins.
        index: its place in `DTYPES`.
    """

    __slots__ = ("category", "index", "name", "numpy")

    def __init__(self, name: str, category: int, index: int) -> None:
        self.name = name
        self.numpy: np.dtype[Any] = np.dtype(name)
        self.category = category
        self.index = index

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[object, ...]:
        return named, (self.name,)

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo: object) -> dtype:
        return self

    @property
    def itemsize(self) -> int:
        """The bytes of an element."""
        return self.numpy.itemsize

    @property
    def is_floating_point(self) -> bool:
        """Tell whether elements are floats."""
        return self.category == FLOAT

    @property
    def is_complex(self) -> bool:
        """Tell whether elements are complex numbers; there are none yet."""
        return False

    @property
    def is_signed(self) -> bool:
        """Tell whether elements may be negative."""
        return self.numpy.kind in "if"

    def to_real(self) -> dtype:
        """Give the dtype of the parts of complex numbers; of real ones it is the dtype itself."""
        return self


boolean = dtype("bool", BOOL, 0)
uint8 = dtype("uint8", INTEGER, 1)
int8 = dtype("int8", INTEGER, 2)
int16 = dtype("int16", INTEGER, 3)
int32 = dtype("int32", INTEGER, 4)
int64 = dtype("int64", INTEGER, 5)
float16 = dtype("float16", FLOAT, 6)
float32 = dtype("float32", FLOAT, 7)
float64 = dtype("float64", FLOAT, 8)
DTYPES = (boolean, uint8, int8, int16, int32, int64, float16, float32, float64)

_OF_NUMPY = {each.numpy: each for each in DTYPES}
_OF_NAME = {each.name: each for each in DTYPES}


class _Default(threading.local):
    """The dtype of new floats; each thread has its own."""

    dtype = float32


_default = _Default()


def get_default_dtype() -> dtype:
    """Give the dtype of tensors that are made of Python floats."""
    return _default.dtype


def set_default_dtype(d: dtype) -> None:
    """Choose the dtype of tensors that are made of Python floats.

    Raises:
        TypeError: it is no floating point dtype.
    """
    if not isinstance(d, dtype) or d.category != FLOAT:
        raise TypeError(f"only floating-point types are supported as the default type, got {d!r}.")
    _default.dtype = d


def named(name: str) -> dtype:
    """Give the dtype of a name such as "float32".

    Raises:
        KeyError: there is none.
    """
    return _OF_NAME[name]


def chosen(function: str, given: Any) -> dtype:
    """Give the dtype that an argument names; the Python types bool, int and float name one too.

    Raises:
        TypeError: it names none.
    """
    if type(given) is dtype:
        return given
    if given is bool:
        return boolean
    if given is int:
        return int64
    if given is float:
        return float64
    raise TypeError(
        f"{function}(): argument 'dtype' must be torch.dtype, not {type(given).__name__}: {given!r}"
    )


def of_numpy(array_dtype: np.dtype[Any]) -> dtype:
    """Give the dtype of NumPy's name.

    Raises:
        TypeError: there is none, as for strings and objects.
    """
    found = _OF_NUMPY.get(array_dtype)
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {array_dtype}. The supported types are: "
            f"{', '.join(each.name for each in DTYPES)}."
        )
    return found


def with_known_type(array: NDArray[Any]) -> NDArray[Any]:
    """Give an array whose type is the object that kernels know, seen as it is or newly.

    They ask with `is`. An array that was unpickled has a type of its own, and so has one of C's
    long long: both would take the general ways, which are slower and have other last bits.
    """
    known = of_numpy(array.dtype).numpy
    return array if array.dtype is known else array.view(known)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """Give the smallest dtype that holds both, as `torch.promote_types`."""
    return _PROMOTED[type1.index][type2.index]


def _promoted(one: dtype, other: dtype) -> dtype:
    # NumPy makes float64 of int64 and float32; PyTorch keeps the float's type.
    if one.category != other.category:
        return one if one.category > other.category else other
    return _OF_NUMPY[np.promote_types(one.numpy, other.numpy)]


_PROMOTED = tuple(tuple(_promoted(one, other) for other in DTYPES) for one in DTYPES)


def can_cast(from_: dtype, to: dtype) -> bool:
    """Tell whether values keep their category: floats cannot become integers, those no bool."""
    return from_.category <= to.category


def of_number(value: Any) -> dtype:
    """Give the dtype that a Python number stands for."""
    kind = type(value)
    if kind is float:
        return _default.dtype
    if kind is int:
        return int64
    if isinstance(value, bool | np.bool_):
        return boolean
    return _default.dtype if isinstance(value, float | np.floating) else int64


def combined(*groups: dtype | None) -> dtype:
    """Join the dtypes of arrays, of 0-dimensional tensors and of Python numbers, in this order.

    A later group counts only if it has a higher category, and then it decides, as
    `torch.result_type` does.
    """
    result: dtype | None = None
    for group in groups:
        if result is None or (group is not None and group.category > result.category):
            result = group
    if result is None:
        raise TypeError("there is nothing to find a common dtype of")
    return result
