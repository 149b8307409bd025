"""The graph: a node for each result that needs a gradient, and the walk that brings gradients back.

A node is a list, because nothing in Python is made and read faster, and because lists compare by
their first element: that is the negative number of the node, unique and falling, so the nodes
themselves lie in the heap from which the walk takes the youngest first. A tensor points at its node
and a node at those of its operands, never back: a graph is freed as soon as nobody holds its end.
"""

from __future__ import annotations

import itertools
import sys
import threading
from contextvars import ContextVar
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any
from weakref import ref

from numpy.typing import NDArray

from ..errors import GraphFreedError
from ._accumulate import add_into, added
from ._wrap import Late, wrap

if TYPE_CHECKING:
    from ._tensor import Tensor

Array = NDArray[Any]
Node = list[Any]

# What the elements of a node are. FIRST and SECOND are the nodes of the operands; where there may
# be more than two, FIRST is a tuple of all and SECOND is None. From SAVED on there is what the way
# back needs, which a backward removes unless it is told to retain the graph.
NUMBER, RUN, GRADIENT, FIRST, SECOND, OPERATION, SAVED = range(7)
# A leaf has no OPERATION. In place of operands it has its gradient, as an array and, if somebody
# asked for it, as a tensor, whose array is the one that counts then; and a weak reference to the
# tensor that it belongs to, if that is known.
LEAF_TENSOR, LEAF_ARRAY, LEAF_OWNER = FIRST, SECOND, SAVED

next_number = itertools.count(0, -1).__next__

_recording: ContextVar[Any] = ContextVar("recording", default=True)
is_recording = _recording.get
set_recording = _recording.set
reset_recording = _recording.reset

# What recording is set to where steps are recorded. Whether it is true is asked right before a node
# is made; anomaly mode puts an object here that notes the line then.
_recorder: ContextVar[Any] = ContextVar("recorder", default=True)
recorder = _recorder.get
set_recorder = _recorder.set

# Nodes hold what a walk brings to them, so only one walk at a time goes through a graph. A way back
# that itself walks, as checkpointing does, is on the same thread.
walking = threading.RLock()

# The heaps of the walks that are under way: the second one is that of a walk within the first.
under_way: list[list[Node]] = []


def make_leaf(owner: Tensor | None = None) -> Node:
    """Make the node of a tensor that gradients are collected for."""
    known = None if owner is None else ref(owner)
    return [next_number(), run_leaf, None, None, None, None, known]


def is_leaf(node: Node) -> bool:
    """Tell whether a node collects a gradient."""
    return node[OPERATION] is None


class Guard:
    """A tensor that a node saved, with what tells whether it was changed since."""

    __slots__ = ()

    def unpack(self, node: Node) -> Tensor:
        """Give the tensor that the node saved."""
        raise NotImplementedError


def operands_of(node: Node) -> tuple[Node | None, ...]:
    """Give the nodes of a node's operands, None for those that need no gradient."""
    if is_leaf(node):
        return ()
    first, second, operation = node[FIRST], node[SECOND], node[OPERATION]
    if isinstance(first, tuple):
        return first
    is_pair = (
        second is not None
        or getattr(operation, "takes_two", False)
        or len(getattr(operation, "operand_gradients", ())) > 1
    )
    return (first, second) if is_pair else (first,)


def walk(root: Node, gradient: Array, retain: bool) -> None:
    """Bring a gradient from a node to all leaves that it depends on, recording nothing.

    Args:
        root: the node of the result.
        gradient: dense, of the result's shape and dtype.
        retain: keep what nodes saved, so that another walk can go through them.
    """
    with walking:
        aside = set_aside() if under_way else ()
        root[GRADIENT] = gradient
        heap = [root]
        under_way.append(heap)
        token = set_recording(False)
        try:
            while heap:
                node = heappop(heap)
                gradient = node[GRADIENT]
                node[GRADIENT] = None
                node[RUN](node, gradient, heap)
                if not retain and (operation := node[OPERATION]) is not None:
                    saves = operation.saves
                    if saves:
                        del node[SAVED:]
                        node[RUN] = _run_freed
                    elif saves is None:
                        give_up(node)
        except BaseException:
            for node in heap:
                node[GRADIENT] = None
            raise
        finally:
            reset_recording(token)
            under_way.pop()
            if aside:
                put_back(aside)


def set_aside() -> tuple[tuple[Node, Any], ...]:
    """Take the gradients out of the nodes where the walk around this one has left them."""
    aside = tuple([(node, node[GRADIENT]) for node in under_way[-1]])
    for node, _ in aside:
        node[GRADIENT] = None
    return aside


def put_back(aside: tuple[tuple[Node, Any], ...]) -> None:
    """Let the walk around this one find its gradients again."""
    for node, gradient in aside:
        node[GRADIENT] = gradient


def send(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Hand a gradient to an operand's node; several are added up, but never in place."""
    before = node[GRADIENT]
    if before is None:
        node[GRADIENT] = gradient
        heappush(heap, node)
    else:
        node[GRADIENT] = added(before, gradient)


def give_up(node: Node) -> None:
    """Remove the tensors that a node saved; one that saved none may be walked through again."""
    operation = node[OPERATION]
    if operation is None:
        return
    saves = operation.saves
    if saves is None:
        saves = any(isinstance(value, Guard) for value in node[SAVED:])
    if saves:
        del node[SAVED:]
        node[RUN] = _run_freed


def is_freed(node: Node) -> bool:
    """Tell whether a node has given up what it saved."""
    return node[RUN] is _run_freed


def _run_freed(node: Node, gradient: Array, heap: list[Node]) -> None:
    raise freed(node)


def freed(node: Node) -> GraphFreedError:
    """Describe a second walk through a node that has given up what it saved."""
    return GraphFreedError(
        f"Trying to backward through the graph a second time: {node[OPERATION].name} has already "
        "given up what it saved. Call backward(retain_graph=True) the first time to keep it."
    )


def run_leaf(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Collect a gradient; one that nobody else holds is kept as it is."""
    tensor = node[LEAF_TENSOR]
    if tensor is not None:
        if tensor._key.dense and tensor._changes is not None:
            add_into(tensor._array, gradient)
            tensor._changes[0] += 1
        else:
            Late.Tensor.add_(tensor, wrap(gradient))
        return
    before = node[LEAF_ARRAY]
    if before is not None:
        add_into(before, gradient)
    elif gradient.base is None and sys.getrefcount(gradient) <= _OWN_REFERENCES:
        node[LEAF_ARRAY] = gradient
    else:
        node[LEAF_ARRAY] = gradient.copy()


def _count_own_references() -> int:
    """Count the references to a gradient inside of `run_leaf` that are the walk's own."""
    counted = []

    def run_probe(node: Node, gradient: Array, heap: list[Node]) -> None:
        counted.append(sys.getrefcount(gradient))

    def run_root(node: Node, gradient: Any, heap: list[Node]) -> None:
        send(probe, object(), heap)  # type: ignore[arg-type]

    probe: Node = [next_number(), run_probe, None, None, None, None]
    root: Node = [next_number(), run_root, None, probe, None, None]
    walk(root, None, True)  # type: ignore[arg-type]
    return counted[0]


_OWN_REFERENCES = _count_own_references()
