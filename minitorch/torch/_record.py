"""How functions enter the graph.

A function computes its result with kernels, and then says here from which operands it came and how
a gradient goes back. The way back is written once, with functions of tensors: a plain backward runs
it without recording, and a backward with `create_graph=True` records it, which gives derivatives of
every order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import lru_cache
from heapq import heappush
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InPlaceError
from ._key import Key
from ._node import (
    FIRST,
    GRADIENT,
    OPERATION,
    SAVED,
    Guard,
    Node,
    is_recording,
    next_number,
    send,
)
from ._wrap import Late, changes_of, new, wrap

if TYPE_CHECKING:
    from ._tensor import Tensor


Array = NDArray[Any]


class Operation:
    """A differentiable function, as far as the graph knows it.

    Args:
        name: PyTorch's name of the node, such as "CumsumBackward0".
        backward: takes the gradient of the result and what was saved, and gives that of the
            operand. Where there are several operands it takes, after the gradient, a tuple that
            tells for each whether its gradient is needed, and gives a tensor or None for each.
    """

    __slots__ = ("backward", "name")

    # Whether nodes save tensors: that has to be looked up.
    saves: bool | None = None

    def __init__(self, name: str, backward: Callable[..., Any]) -> None:
        self.name = name
        self.backward = backward

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients."""
        saved = unpacked(node)
        nodes = node[FIRST]
        if not isinstance(nodes, tuple):
            yield nodes, self.backward(gradient, *saved)
            return
        needed = tuple([operand is not None for operand in nodes])
        given = self.backward(gradient, needed, *saved)
        for operand, own in zip(nodes, given, strict=True):
            if operand is not None and own is not None:
                yield operand, own


def named(result: Tensor, name: str) -> Tensor:
    """Give the last step of a composition the name that PyTorch has for the whole.

    Args:
        result: what the last step made; it must not be an operand itself.
        name: of the node, such as "AddrBackward0".
    """
    node = result._node
    if node is not None and node[OPERATION] is not None:
        node[OPERATION] = _under_name(node[OPERATION], name)
    return result


@lru_cache(maxsize=256)
def _under_name(operation: Any, name: str) -> Any:
    other = copy(operation)
    other.name = name
    return other


def record(result: Tensor, operation: Operation, operand: Tensor, *saved: Any) -> Tensor:
    """Enter a result of one operand into the graph, if that needs a gradient.

    Args:
        result: what was computed; it is given back.
        operation: how a gradient goes back.
        operand: what it was computed from.
        *saved: what the way back takes; tensors are guarded against changes in place.
    """
    node = operand._node
    if node is not None and is_recording():
        head = [next_number(), run_one, None, node, None, operation]
        result._node = [*head, *_guarded(saved, result)]
    return result


def record_many(
    result: Tensor, operation: Operation, operands: Sequence[Tensor], *saved: Any
) -> Tensor:
    """Enter a result of several operands into the graph; see `record`."""
    if is_recording():
        nodes = tuple([operand._node for operand in operands])
        if any(node is not None for node in nodes):
            head = [next_number(), run_one, None, nodes, None, operation]
            result._node = [*head, *_guarded(saved, result)]
    return result


def record_outputs(
    results: Sequence[Tensor], operation: OperationOfMany, operands: Sequence[Tensor], *saved: Any
) -> None:
    """Enter several results of one operation into the graph; those that hold floats get gradients.

    Between the operation's node and each result stands a node that hands the gradient on.
    """
    if not is_recording():
        return
    nodes = tuple([operand._node for operand in operands])
    if all(node is None for node in nodes):
        return
    guarded = [_guarded_of(value, results) for value in saved]
    node = [next_number(), run_many, None, nodes, None, operation, len(results), *guarded]
    for i, result in enumerate(results):
        if result._key.is_float:
            result._node = output_of(node, i)


class OperationOfMany(Operation):
    """A differentiable function with several results.

    Its backward takes a tuple of gradients, None for results that nothing came back to; then a
    tuple that tells for each operand whether its gradient is needed; then what was saved.
    """

    __slots__ = ()

    def gradients(self, node: Node, gradient: Any) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients."""
        count, *saved = unpacked(node)
        nodes = node[FIRST]
        needed = tuple([operand is not None for operand in nodes])
        arrived = tuple([gradient.get(i) for i in range(count)])
        for operand, own in zip(nodes, self.backward(arrived, needed, *saved), strict=True):
            if operand is not None and own is not None:
                yield operand, own


OUTPUT = Operation("Output", lambda grad, place: grad)


def node_name(node: Node) -> str:
    """Give PyTorch's name of a node: that of the operation, for one of its results as well."""
    return str((node[FIRST] if is_output(node) else node)[OPERATION].name)


def is_output(node: Node) -> bool:
    """Tell whether a node stands for one of several results of an operation."""
    return node[OPERATION] is OUTPUT


def output_of(node: Node, place: int) -> Node:
    """Make the node that stands for one result of an operation."""
    return [next_number(), run_output, None, node, None, OUTPUT, place]


def run_output(node: Node, gradient: Any, heap: list[Node]) -> None:
    """Put the gradient of one result beside those of the others."""
    target = node[FIRST]
    if target[GRADIENT] is None:
        target[GRADIENT] = {}
        heappush(heap, target)
    before = target[GRADIENT].get(node[SAVED])
    target[GRADIENT][node[SAVED]] = gradient if before is None else before + gradient


def run_many(node: Node, gradients: dict[int, Any], heap: list[Node]) -> None:
    """Bring the arrays of all results back to the operands."""
    _bring_back(node, {place: wrap(gradient) for place, gradient in gradients.items()}, heap)


def run_one(node: Node, gradient: Any, heap: list[Node]) -> None:
    """Bring an array back to the operands."""
    operand = node[FIRST]
    if operand.__class__ is tuple:
        _bring_back(node, wrap(gradient), heap)
        return
    own = node[OPERATION].backward(wrap(gradient), *unpacked(node))
    send(operand, dense_array(own), heap)


def _bring_back(node: Node, gradient: Any, heap: list[Node]) -> None:
    """Run a way back that is written with functions of tensors."""
    for operand, own in node[OPERATION].gradients(node, gradient):
        send(operand, dense_array(own), heap)


def dense_array(tensor: Tensor) -> Array:
    """Give a tensor's elements as an array that lies densely in order."""
    return tensor._array if tensor._key.dense else np.array(tensor._array, order="C")


# ---- what nodes save


class SavedTensor(Guard):
    """An operand that the way back needs, with the version that it had."""

    __slots__ = ("tensor", "version")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.version = version_of(tensor)

    def unpack(self, node: Node) -> Tensor:
        """Give the tensor.

        Raises:
            InPlaceError: it was changed.
        """
        if version_of(self.tensor) != self.version:
            raise changed_in_place(node, self.tensor._shape, version_of(self.tensor), self.version)
        return self.tensor


class SavedResult(Guard):
    """The result itself, without its node: that would hold itself.

    Args:
        result: what was computed.
        place: its number, where there are several results.
    """

    __slots__ = ("array", "counter", "key", "place", "version")

    def __init__(self, result: Tensor, place: int | None = None) -> None:
        self.place = place
        self.array = result._array
        self.key: Key = result._key
        self.counter = changes_of(result)
        self.version = self.counter[0]

    def unpack(self, node: Node) -> Tensor:
        """Give the result as it was, with its node.

        Raises:
            InPlaceError: it was changed.
        """
        if self.counter[0] != self.version:
            raise changed_in_place(node, self.array.shape, self.counter[0], self.version)
        result = new(Late.Tensor)
        result._array = self.array
        result._key = self.key
        result._shape = self.array.shape
        result._view_of = None
        result._node = node if self.place is None else output_of(node, self.place)
        result._changes = self.counter
        return result


# What stands in a node in place of a tensor and its version, where the way back needs none.
NOTHING = (None, 0)


def kept(node: Node, place: int) -> Any:
    """Give what a node keeps in a place: a tensor whose version stands in the next one, or None.

    Raises:
        InPlaceError: it was changed since.
    """
    tensor = node[place]
    if tensor is None:
        return None
    changes = tensor._changes
    version = 0 if changes is None else changes[0]
    if version != node[place + 1]:
        raise changed_in_place(node, tensor._shape, version, node[place + 1])
    return tensor


def version_of(tensor: Tensor) -> int:
    """Give how often a tensor's memory was changed in place."""
    version = tensor._changes
    return 0 if version is None else version[0]


def count_change(tensor: Tensor) -> None:
    """Count a change of a tensor's memory."""
    if tensor._changes is None:
        tensor._changes = [1]
    else:
        tensor._changes[0] += 1


def unpacked(node: Node) -> list[Any]:
    """Give what a node saved.

    Raises:
        InPlaceError: some of it was changed.
    """
    return [value.unpack(node) if isinstance(value, Guard) else value for value in node[SAVED:]]


# What is certainly no tensor: a look here takes less time than asking the class of tensors.
_PLAIN = frozenset((bool, int, float, tuple, type(None)))


def _guarded(saved: Sequence[Any], result: Tensor) -> list[Any]:
    return [
        value
        if value.__class__ in _PLAIN
        else SavedResult(result)
        if value is result
        else SavedTensor(value)
        if isinstance(value, Late.Tensor)
        else value
        for value in saved
    ]


def _guarded_of(value: Any, results: Sequence[Tensor]) -> Any:
    """Guard a value that may be one of several results."""
    if not isinstance(value, Late.Tensor):
        return value
    for place, result in enumerate(results):
        if value is result:
            return SavedResult(result, place)
    return SavedTensor(value)


def changed_in_place(
    node: Node, shape: tuple[int, ...], version: int, saved_version: int
) -> InPlaceError:
    return InPlaceError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: {node[OPERATION].name} saved a tensor of shape {list(shape)} at version "
        f"{saved_version}, and it is at version {version} now. Change a clone() of it instead."
    )
