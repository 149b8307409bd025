"""How gradients go back through elementwise operations.

A plain backward computes them with kernels on arrays; one that is itself recorded, with formulas of
tensors that say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import heappush
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.elementwise.elementwise import Elementwise
from ....kernels.cpu.reductions import reduce
from ... import _dtype
from ..._key import Key
from ..._node import FIRST, GRADIENT, OPERATION, SAVED, SECOND, Node, send
from ..._record import NOTHING as NOTHING
from ..._record import changed_in_place, version_of
from ..._ways import Ways
from ..._wrap import Late, new
from .._operands import cast
from ..views.views import repeated_dims, sum_to

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]

# What a node of a pointwise operation saves: how to fit each gradient to its operand, where one was
# broadcast or converted; the key of the result; the parameters; what `kept_result` gives; then each
# operand with its version.
FITS, KEY, PARAMETERS, RESULT, X, X_VERSION, Y, Y_VERSION = range(SAVED, SAVED + 8)
NO_PARAMETERS: Mapping[str, float] = {}

# The result's array and key, the list that counts its changes, and their number.
KeptResult = tuple[Array, Key, list[Any], int]

_NAMES = ("grad", "x", "y", "z", "out")
_GRAD, _Y, _OUT = 0, 2, 4
_empty = np.empty


class Gradient:
    """The gradient of one operand.

    Args:
        kernel: computes it; None where it is the gradient of the result itself.
        formula: the same of tensors.
        uses: what both take, in order: "grad", operands ("x", "y", "z"), "out".
        parameters: the names of the operation's parameters that they take as well.
    """

    __slots__ = (
        "at",
        "formula",
        "kernel",
        "parameters",
        "partner",
        "places",
        "same",
        "single",
        "uses",
        "ways",
    )

    def __init__(
        self,
        kernel: Elementwise | None,
        formula: Callable[..., Any],
        uses: Sequence[str],
        parameters: Sequence[str] = (),
    ) -> None:
        self.kernel = kernel
        self.formula = formula
        self.uses = tuple(uses)
        self.places = tuple([_NAMES.index(name) for name in uses])
        self.parameters = tuple(parameters)
        is_pair = len(self.places) == 2 and self.places[0] == _GRAD and not parameters
        self.partner = self.places[1] if is_pair else 0
        self.at = X + 2 * (self.partner - 1) if 0 < self.partner < _OUT else 0
        if kernel is not None:
            self.ways = Ways(kernel)
            self.same, self.single = self.ways.same, self.ways.single

    def of(self, node: Node, gradient: Array) -> Array:
        """Compute it, as an array of the result's shape."""
        if self.kernel is None:
            return gradient
        if node[FITS] is not None or not self.partner:
            return self._any(node, gradient)
        other = kept_array(node, self.partner)
        key, shape = node[KEY], other.shape
        way = self.same[key.slot][len(shape)]
        if not way or other.size > way[2] or gradient.shape != shape:
            return self._any(node, gradient)
        entry, address, _, dtype, _ = way
        out = _empty(shape, dtype)
        entry(address, gradient, other, out, ())
        return out

    def of_same(self, node: Node, gradient: Array) -> Array:
        """Compute it where all operands went the short way, and there is a kernel."""
        at = self.at
        if at:  # The most frequent form: the gradient, and one operand.
            tensor = node[at]
            changes, count = tensor._changes, node[at + 1]
            other, key, shape = tensor._array, tensor._key, tensor._shape
        elif self.partner:  # Or the result, as in relu.
            other, key, changes, count = node[RESULT]
            shape = other.shape
        else:
            return self._any(node, gradient)
        if changes is not None and changes[0] != count:
            raise changed_in_place(node, shape, changes[0], count)
        way = self.same[key.slot][len(shape)]
        if not way:
            return self._any(node, gradient)
        out = _empty(shape, way[3])
        way[0](way[1], gradient, other, out, ())
        return out

    def of_single(self, node: Node, gradient: Array) -> Array:
        """Compute that of the first operand, where the second is a number."""
        if self.kernel is None:
            return gradient
        if self.partner != _Y:
            return self.of(node, gradient) if self.partner else self._any(node, gradient)
        # A kernel takes a single number as the second of two operands, as in grad * y.
        key, rank = node[KEY], gradient.ndim
        way = self.single[key.slot][rank]
        if way is None and key.dense:
            way = self.ways.learn_single(key, rank)
        if not way or gradient.size > way[2]:
            return self._any(node, gradient)
        out = _empty(gradient.shape, way[3])
        way[0](way[1], gradient, node[Y]._array, out, ())
        return out

    def _any(self, node: Node, gradient: Array) -> Array:
        """Compute it of operands that may be of several shapes."""
        values = [gradient if place == _GRAD else kept_array(node, place) for place in self.places]
        if self.parameters:
            numbers = {name: node[PARAMETERS][name] for name in self.parameters}
            return self.kernel(*values, **numbers)  # type: ignore[misc]
        key, rank = node[KEY], gradient.ndim
        way = self.same[key.slot][rank] if node[FITS] is None else ()
        if way is None and key.dense:
            way = self.ways.learn(key, rank)
        if not way or gradient.size > way[2] or any(v.shape != gradient.shape for v in values):
            return self.kernel(*values)  # type: ignore[misc]
        out = _empty(gradient.shape, way[3])
        way[0](way[1], *values, out, ())
        return out


class Fit:
    """How to turn the gradient of a broadcast or converted operand into one that fits it."""

    __slots__ = ("axes", "dtype", "shape")

    def __init__(
        self, shape: tuple[int, ...], result_shape: tuple[int, ...], dtype: _dtype.dtype
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        self.axes = repeated_dims(shape, result_shape)

    def of_array(self, gradient: Array) -> Array:
        """Fit an array."""
        if self.axes:
            gradient = reduce.sum(gradient, self.axes).reshape(self.shape)
        return cast(gradient, self.dtype)

    def of_tensor(self, gradient: Tensor) -> Tensor:
        """Fit a tensor."""
        return sum_to(gradient, self.shape).to(self.dtype)


fit_of = lru_cache(maxsize=1024)(Fit)


# ---- a plain backward


def run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands, of which some were broadcast or converted."""
    for operand, own, fit in zip(
        node[FIRST], node[OPERATION].operand_gradients, node[FITS], strict=True
    ):
        if operand is not None:
            result = own.of(node, gradient)
            send(operand, result if fit is None else fit.of_array(result), heap)


def run_same(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to one or two operands that went the short way."""
    first, second = node[FIRST], node[SECOND]
    own = node[OPERATION].operand_gradients
    if first is not None:
        of = own[0]
        result = gradient if of.kernel is None else of.of_same(node, gradient)
        if first[GRADIENT] is None:
            first[GRADIENT] = result
            heappush(heap, first)
        else:
            send(first, result, heap)
    if second is not None:
        of = own[1]
        result = gradient if of.kernel is None else of.of_same(node, gradient)
        if second[GRADIENT] is None:
            second[GRADIENT] = result
            heappush(heap, second)
        else:
            send(second, result, heap)


def run_single(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the first operand; the second was a number."""
    own = node[OPERATION].operand_gradients[0]
    send(node[FIRST], own.of_single(node, gradient), heap)


# ---- a backward that is recorded


def gradients(node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
    """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
    first, fits = node[FIRST], node[FITS]
    operands = first if fits is not None else (first, node[SECOND])
    for i, operand in enumerate(operands):
        if operand is None:
            continue
        own: Gradient = node[OPERATION].operand_gradients[i]
        values = [gradient if place == _GRAD else _kept(node, place) for place in own.places]
        numbers = [node[PARAMETERS][name] for name in own.parameters]
        result = own.formula(*values, *numbers)
        fit = fits and fits[i]
        yield operand, result if fit is None else fit.of_tensor(result)


# ---- what a node keeps


def kept_result(result: Tensor) -> KeptResult:
    """Give what a node keeps of its own result: not the tensor, which holds the node."""
    version = result._changes
    if version is None:
        version = result._changes = [0]
    return result._array, result._key, version, version[0]


def kept_array(node: Node, place: int) -> Array:
    """Give the array of an operand or of the result, as a node kept it.

    Raises:
        InPlaceError: it was changed since.
    """
    if place == _OUT:
        array, _, version, number = node[RESULT]
        if version[0] != number:
            raise changed_in_place(node, array.shape, version[0], number)
        return array
    at = X + 2 * (place - 1)
    tensor: Tensor = node[at]
    counted = tensor._changes
    if (0 if counted is None else counted[0]) != node[at + 1]:
        raise changed_in_place(node, tensor._shape, version_of(tensor), node[at + 1])
    return tensor._array


def _kept(node: Node, place: int) -> Tensor:
    """Give an operand or the result as a tensor, as a node kept it.

    Raises:
        InPlaceError: it was changed since.
    """
    array = kept_array(node, place)
    if place != _OUT:
        operand: Tensor = node[X + 2 * (place - 1)]
        return operand
    result = new(Late.Tensor)
    result._array = array
    result._key = node[RESULT][1]
    result._shape = array.shape
    result._view_of = None
    result._node = node
    result._changes = node[RESULT][2]
    return result
