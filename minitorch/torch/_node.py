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
from typing import Any

from numpy.typing import NDArray

from ..errors import GraphFreedError
from ..kernels.generated import elementwise

Array = NDArray[Any]
Node = list[Any]

# What the elements of a node are. FIRST and SECOND are the nodes of the operands; where there may
# be more than two, FIRST is a tuple of all and SECOND is None. From SAVED on there is what the way
# back needs, which a backward removes unless it is told to retain the graph.
NUMBER, RUN, GRADIENT, FIRST, SECOND, OPERATION, SAVED = range(7)
# A leaf has no OPERATION, and in place of operands its gradient: as a tensor, if somebody asked for
# it, and as an array.
LEAF_TENSOR, LEAF_ARRAY = FIRST, SECOND

next_number = itertools.count(0, -1).__next__

_recording: ContextVar[bool] = ContextVar("recording", default=True)
is_recording = _recording.get
set_recording = _recording.set
reset_recording = _recording.reset

# Nodes hold what a walk brings to them, so only one walk at a time goes through a graph. A way back
# that itself walks, as checkpointing does, is on the same thread.
walking = threading.RLock()


def make_leaf() -> Node:
    """Make the node of a tensor that gradients are collected for."""
    return [next_number(), run_leaf, None, None, None, None]


def is_leaf(node: Node) -> bool:
    """Tell whether a node collects a gradient."""
    return node[OPERATION] is None


def walk(root: Node, gradient: Array, retain: bool) -> None:
    """Bring a gradient from a node to all leaves that it depends on.

    Args:
        root: the node of the result.
        gradient: dense, of the result's shape and dtype.
        retain: keep what nodes saved, so that another walk can go through them.
    """
    with walking:
        root[GRADIENT] = gradient
        heap = [root]
        try:
            while heap:
                node = heappop(heap)
                gradient = node[GRADIENT]
                node[GRADIENT] = None
                node[RUN](node, gradient, heap)
                if not retain and len(node) > SAVED:
                    give_up(node)
        except BaseException:
            for node in heap:
                node[GRADIENT] = None
            raise


def send(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Hand a gradient to an operand's node; several are added up, but never in place."""
    before = node[GRADIENT]
    if before is None:
        node[GRADIENT] = gradient
        heappush(heap, node)
    else:
        node[GRADIENT] = elementwise.add(before, gradient)


def give_up(node: Node) -> None:
    """Remove what a node saved."""
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
    before = node[LEAF_ARRAY]
    if before is not None:
        elementwise.add(before, gradient, out=before)
    elif sys.getrefcount(gradient) <= _OWN_REFERENCES:
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
