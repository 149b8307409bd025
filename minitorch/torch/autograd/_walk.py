"""The walk through the graph with everything that a plain backward does not need.

`_node.walk` is the short way. This one begins at several results, records its own steps, goes only
to the tensors that somebody asks for, and looks for numbers that are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from .._node import (
    FIRST,
    GRADIENT,
    LEAF_ARRAY,
    LEAF_TENSOR,
    NUMBER,
    OPERATION,
    RUN,
    SAVED,
    Node,
    freed,
    give_up,
    is_freed,
    is_leaf,
    operands_of,
    put_back,
    recorder,
    reset_recording,
    send,
    set_aside,
    set_recording,
    under_way,
    walking,
)
from .._record import dense_array, is_output, run_output
from .._wrap import wrap
from ..functions.conversion import clone
from . import anomaly_mode
from ._hooks import Hooked

if TYPE_CHECKING:
    from .._tensor import Tensor

Identity = int | tuple[int, int]


class Goals:
    """The nodes that a walk shall reach, and those that lead to them.

    Args:
        roots: where the walk begins.
        goals: where it shall end.
        accumulates: whether it adds to `.grad` there, or hands the gradients out.

    Attributes:
        found: the gradients that arrived at the goals.
    """

    def __init__(self, roots: Iterable[Node], goals: Iterable[Node], accumulates: bool) -> None:
        self.accumulates = accumulates
        self.goals = {identity(node) for node in goals}
        self.found: dict[Identity, Any] = {}
        oldest = max([node[NUMBER] for node in goals], default=-1)
        self.path = self._leading_there(_reached(roots, oldest))

    def _leading_there(self, reached: dict[int, Node]) -> set[int]:
        """Give the numbers of the nodes from which the gradient goes on to a goal."""
        path: set[int] = set()
        for number in sorted(reached, reverse=True):
            node = reached[number]
            for operand in operands_of(node):
                if operand is not None and (
                    operand[NUMBER] in path or identity(operand) in self.goals
                ):
                    path.add(number)
                    break
            else:
                if self.accumulates and is_leaf(node) and number in self.goals:
                    path.add(number)
        return path

    def goes_on(self, node: Node, gradient: Any, is_recorded: bool) -> bool:
        """Take a gradient that arrived at a node, and tell whether the node shall run."""
        goes_on = node[NUMBER] in self.path
        if identity(node) in self.goals:
            hooks = node[RUN]
            own = gradient
            if not goes_on and isinstance(hooks, Hooked):
                own = hooks.at_tensor(gradient if is_recorded else wrap(gradient))
            if not self.accumulates:
                self.found[identity(node)] = own
        return goes_on


def identity(node: Node) -> Identity:
    """Give what tells a node from others; nodes of one result of an operation are the same."""
    if is_output(node):
        return node[FIRST][NUMBER], node[SAVED]
    return node[NUMBER]


def _reached(roots: Iterable[Node], oldest: int) -> dict[int, Node]:
    """Give the nodes behind others, by number, as far as there can be a goal behind them."""
    stack = list(roots)
    reached: dict[int, Node] = {}
    while stack:
        node = stack.pop()
        number = node[NUMBER]
        if number not in reached and number <= oldest:
            reached[number] = node
            stack.extend([operand for operand in operands_of(node) if operand is not None])
    return reached


def leaves_behind(node: Node) -> list[Node]:
    """Give the leaves that a node depends on."""
    return [found for found in _reached([node], 0).values() if is_leaf(found)]


def walk_to(
    roots: Sequence[tuple[Node, Tensor]],
    retain: bool,
    is_recorded: bool,
    goals: Goals | None = None,
) -> None:
    """Bring gradients from nodes to leaves, or to the goals.

    Args:
        roots: nodes, and the gradients that begin there.
        retain: keep what nodes saved.
        is_recorded: record the steps, so that they can be differentiated.
        goals: where to go; to all leaves if there are none.

    Raises:
        NonFiniteError: in anomaly mode, a gradient that a node gave is no number.
    """
    heap: list[Node] = []
    step = _step_recorded if is_recorded else _step
    tracer = anomaly_mode.current()
    with walking:
        aside = set_aside() if under_way else ()
        under_way.append(heap)
        token = set_recording(recorder() if is_recorded else False)
        try:
            for node, gradient in roots:
                if is_recorded:
                    _send_recorded(node, gradient, heap)
                else:
                    send(node, dense_array(gradient), heap)
            while heap:
                node = heappop(heap)
                own = node[GRADIENT]
                node[GRADIENT] = None
                if goals is not None and not goals.goes_on(node, own, is_recorded):
                    continue
                step(node, own, heap)
                if tracer is not None:
                    tracer.check(node)
                if not retain:
                    give_up(node)
        except BaseException:
            for node in heap:
                node[GRADIENT] = None
            raise
        finally:
            reset_recording(token)
            under_way.pop()
            put_back(aside)


def _step(node: Node, gradient: Any, heap: list[Node]) -> None:
    node[RUN](node, gradient, heap)


def _step_recorded(node: Node, gradient: Any, heap: list[Node]) -> None:
    """Run a node in steps that are recorded."""
    hooks = node[RUN] if isinstance(node[RUN], Hooked) else None
    if hooks is not None:
        gradient = hooks.arrived(node, gradient)
    if is_leaf(node):
        _accumulate_recorded(node, gradient)
    elif is_output(node):
        run_output(node, gradient, heap)
    else:
        if is_freed(node):
            raise freed(node)
        pairs = node[OPERATION].gradients(node, gradient)
        if hooks is not None and hooks.after:
            pairs = hooks.left(node, gradient, pairs)
        for operand, own in pairs:
            _send_recorded(operand, own, heap)
    if hooks is not None:
        hooks.accumulate(node, gradient)


def _send_recorded(node: Node, gradient: Tensor, heap: list[Node]) -> None:
    before = node[GRADIENT]
    if before is None:
        node[GRADIENT] = gradient
        heappush(heap, node)
    else:
        node[GRADIENT] = before + gradient


def _accumulate_recorded(node: Node, gradient: Tensor) -> None:
    """Add a gradient to a leaf's, in a new tensor: the old one may be part of a graph."""
    before = node[LEAF_TENSOR]
    if before is None and node[LEAF_ARRAY] is not None:
        before = wrap(node[LEAF_ARRAY])
    total = clone(gradient) if before is None else before + gradient
    node[LEAF_TENSOR], node[LEAF_ARRAY] = total, total._array
