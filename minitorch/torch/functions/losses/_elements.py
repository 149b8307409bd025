"""Losses of two tensors, element by element, as one step of the graph.

The loop that adds up the losses also writes the gradient of the input, if somebody will ask for it:
the way back then has nothing to compute, unless the gradient of the loss is not 1. Small dense
tensors of one dtype and shape go straight to the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel
from ....kernels.cpu.calls.prepared import serial_entry
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.cpu.losses import value_loss_loops as loops
from ... import _dtype
from ..._key import DENSE, SLOTS
from ..._node import FIRST, SAVED, Node, is_recording, next_number, send
from ..._record import kept, run_one, version_of
from ..._wrap import wrap, wrap_known
from .._operands import common_dtype
from ..views.shapes import broadcast_tensors
from ._options import reduced

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
Slopes = tuple["Tensor | None", "Tensor | None"]

# What a node saves: both operands with their versions, the parameter, what a mean divides by (1 for
# others), and the gradient of the input, until it is given away.
_X, _X_VERSION, _Y, _Y_VERSION, _PARAMETER, _DIVISOR, _SLOPE = range(SAVED, SAVED + 7)

_SINGLE, _DOUBLE = (np.dtype(np.float32), np.dtype(np.float64))
_empty = np.empty
# The loops take arrays of one or two dimensions as they are.
_RANKS = 3


class ElementLoss:
    """A loss of each element of an input and a target.

    Args:
        function: PyTorch's name of the function, for the texts of errors.
        name: PyTorch's name of its node.
        term: what the loops add up.
        losses: computes the losses of tensors, and a parameter.
        slopes: computes the derivatives with respect to both operands, where a pair of truths says
            that they are needed.
        is_odd: the derivative with respect to the target is that of the input, negated.
        check: raises where the operands hold what is not allowed; the loops give NaN then.
    """

    __slots__ = (
        "_both",
        "_check",
        "_entries",
        "_function",
        "_losses",
        "_slopes",
        "_sums",
        "is_odd",
        "name",
    )

    saves = True

    def __init__(
        self,
        function: str,
        name: str,
        term: Callable[..., Any],
        losses: Callable[[Tensor, Tensor, float], Tensor],
        slopes: Callable[[Tensor, Tensor, float, tuple[bool, bool]], Slopes],
        is_odd: bool = False,
        check: Callable[[Array, Array], None] | None = None,
    ) -> None:
        self._function = function
        self.name = name
        self._losses = losses
        self._slopes = slopes
        self.is_odd = is_odd
        self._check = check
        self._sums = SizedKernel(lambda: loops.added(term))
        self._both = SizedKernel(lambda: loops.added_with_slopes(term))
        # By the operands' key: by their rank, the loops for small operands once they are known.
        self._entries: list[list[Any] | None] = [None] * SLOTS
        for key in DENSE:
            if key.dtype in (_dtype.float32, _dtype.float64):
                self._entries[key.slot] = [None] * _RANKS

    def __call__(self, x: Tensor, y: Tensor, reduction: str, parameter: float = 1.0) -> Tensor:
        """Compute the loss; the reduction must have been checked."""
        key, shape = x._key, x._shape
        entries, rank = self._entries[key.slot], len(shape)
        a = x._array
        size = a.size
        if (
            entries is None
            or reduction == "none"
            or key is not y._key
            or shape != y._shape
            or not 0 < rank < _RANKS
            or not 0 < size < PARALLEL_THRESHOLD
        ):
            return self._general(x, y, reduction, parameter)
        sums, both = entries[rank] or self._learn(key.slot, rank)
        dtype = key.dtype.numpy
        divisor = float(size) if reduction == "mean" else 1.0
        partial, out = _empty((size - 1) // loops.BLOCK + 1), _empty((), dtype)
        of_x, of_y = x._node, y._node
        if (of_x is None and of_y is None) or not is_recording():
            if not sums(a, y._array, parameter, divisor, partial, out) and self._check:
                self._check(a, y._array)
            return wrap_known(out, key)
        slope = _empty(shape, dtype)
        if not both(a, y._array, parameter, divisor, partial, out, slope) and self._check:
            self._check(a, y._array)
        result = wrap_known(out, key)
        result._node = [
            next_number(), _run, None, (of_x, of_y), None, self,
            x, 0 if (version := x._changes) is None else version[0],
            y, 0 if (version := y._changes) is None else version[0],
            parameter, divisor, slope,
        ]  # fmt: skip
        return result

    def _learn(self, slot: int, rank: int) -> tuple[Any, Any]:
        """Compile the loops for small dense operands."""
        dtype = DENSE[slot].dtype.numpy
        operands = (dtype, rank), (dtype, rank), float, float, (_DOUBLE, 1), (dtype, 0)
        found = (
            serial_entry(self._sums, *operands),
            serial_entry(self._both, *operands, (dtype, rank)),
        )
        entries: list[Any] = self._entries[slot]  # type: ignore[assignment]
        entries[rank] = found
        return found

    # ---- operands of other kinds

    def _general(self, x: Tensor, y: Tensor, reduction: str, parameter: float) -> Tensor:
        """Compute the loss of operands that may have to be converted and broadcast."""
        dtype = common_dtype((x, y))
        if dtype.category != _dtype.FLOAT:
            raise ElementDTypeError(
                f"{self._function} is not implemented for {dtype}: input and target must be "
                "floats. Convert one with .float()."
            )
        if x._key.dtype is not dtype:
            x = x.to(dtype)
        if y._key.dtype is not dtype:
            y = y.to(dtype)
        if x._shape != y._shape:
            x, y = broadcast_tensors(x, y)
        divisor = float(x._array.size) if reduction == "mean" else 1.0
        slope = None
        if reduction == "none" or not x._array.size or dtype is _dtype.float16:
            if self._check:
                self._check(x._array, y._array)
            losses = self._losses(wrap(x._array), wrap(y._array), parameter)
            result = reduced(losses, reduction)
        else:
            result, slope = self._summed(x, y, divisor, parameter)
        if (x._node is not None or y._node is not None) and is_recording():
            result._node = [
                next_number(), run_one if slope is None else _run, None, (x._node, y._node), None,
                self, x, version_of(x), y, version_of(y), parameter, divisor, slope,
            ]  # fmt: skip
        return result

    def _summed(
        self, x: Tensor, y: Tensor, divisor: float, parameter: float
    ) -> tuple[Tensor, Array | None]:
        """Add up losses with the loops, in all threads where there are many."""
        if (x._node is not None or y._node is not None) and is_recording():
            return self._summed_with_slope(x, y, divisor, parameter)
        a, b = _flat(x._array), _flat(y._array)
        partial, out = _empty((a.size - 1) // loops.BLOCK + 1), _empty((), a.dtype)
        is_number = self._sums.for_size(a.size)(a, b, parameter, divisor, partial, out)
        if not is_number and self._check:
            self._check(a, b)
        return wrap(out), None

    def _summed_with_slope(
        self, x: Tensor, y: Tensor, divisor: float, parameter: float
    ) -> tuple[Tensor, Array]:
        """Add up losses, and give the gradient of the input."""
        a, b = _flat(x._array), _flat(y._array)
        partial, out = _empty((a.size - 1) // loops.BLOCK + 1), _empty((), a.dtype)
        slope = _empty(x._shape, a.dtype)
        kernel = self._both.for_size(a.size)
        is_number = kernel(a, b, parameter, divisor, partial, out, slope.reshape(-1))
        if not is_number and self._check:
            self._check(a, b)
        return wrap(out), slope

    def slope_of(self, x: Tensor, y: Tensor, node: Node) -> Array:
        """Compute the gradient of the input once more, after it was given away."""
        return self._summed_with_slope(x, y, node[_DIVISOR], node[_PARAMETER])[1]

    # ---- the way back

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        x, y = kept(node, _X), kept(node, _Y)
        of_x, of_y = node[FIRST]
        needed = of_x is not None, of_y is not None
        divisor = node[_DIVISOR]
        if divisor != 1:
            gradient = gradient / divisor
        slopes = self._slopes(x, y, node[_PARAMETER], needed)
        for operand, slope in zip((of_x, of_y), slopes, strict=True):
            if operand is not None and slope is not None:
                yield operand, gradient * slope


def _flat(array: Array) -> Array:
    """Give an array's elements in a dense row, without a copy where they lie so."""
    return np.ascontiguousarray(array).reshape(-1)


def _run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands."""
    of_x, of_y = node[FIRST]
    operation = node[SAVED - 1]
    if of_y is not None and not operation.is_odd:
        run_one(node, gradient, heap)
        return
    x, y = kept(node, _X), kept(node, _Y)
    slope = node[_SLOPE]
    if slope is None:
        slope = operation.slope_of(x, y, node)
    factor = gradient.item()
    if of_y is not None:
        send(of_y, _times(slope, -factor), heap)
    if of_x is not None:
        if factor == 1.0:
            # Whoever gets it may write into it, and another walk through the graph may come.
            node[_SLOPE] = None
        else:
            slope = _times(slope, factor)
        send(of_x, slope, heap)


def _times(array: Array, factor: float) -> Array:
    """Multiply an array by a number, and give an array even where it has no dimensions."""
    return np.multiply(array, factor, out=_empty(array.shape, array.dtype))
