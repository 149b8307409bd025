"""Functions that are called when a gradient arrives at a node.

They are an object that stands in the place of the function that runs the node, so that nodes
without any of them pay nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .._node import LEAF_OWNER, OPERATION, RUN, Node, is_leaf, operands_of, send
from .._record import dense_array, is_output
from .._wrap import Late, wrap
from ..functions.conversion import clone
from ..utils.hooks import Hooks

if TYPE_CHECKING:
    from .._tensor import Tensor


class Kept:
    """The gradient of a tensor that is not a leaf which needs one, if there is any.

    Attributes:
        gradient: what `.grad` gives.
        is_wanted: a backward puts it here, because of `retain_grad()`.
    """

    __slots__ = ("gradient", "is_wanted")

    def __init__(self) -> None:
        self.gradient: Tensor | None = None
        self.is_wanted = False

    def add(self, gradient: Tensor) -> None:
        """Add a gradient to those that came before."""
        self.gradient = clone(gradient) if self.gradient is None else self.gradient + gradient


class Hooked:
    """What runs in place of a node that has hooks.

    Attributes:
        run: what ran before.
        on_tensor: called with the gradient of the result; may replace it.
        kept: where the gradient of the result is kept.
        before: called with the gradients of all results; may replace them.
        after: called with the gradients of operands and results; may replace the operands'.
        accumulated: called with a leaf after its gradient has been added.
    """

    __slots__ = ("accumulated", "after", "before", "kept", "on_tensor", "run")

    def __init__(self, run: Callable[..., None]) -> None:
        self.run = run
        self.on_tensor = Hooks()
        self.kept: Kept | None = None
        self.before = Hooks()
        self.after = Hooks()
        self.accumulated = Hooks()

    def __call__(self, node: Node, gradient: Any, heap: list[Node]) -> None:
        """Run the node in a plain walk."""
        own = self.arrived(node, _tensors(gradient))
        if self.after and not is_leaf(node) and not is_output(node):
            for operand, result in self.left(node, own, node[OPERATION].gradients(node, own)):
                send(operand, dense_array(result), heap)
        else:
            self.run(node, _arrays(own), heap)
            self.accumulate(node, own)

    def arrived(self, node: Node, gradient: Any) -> Any:
        """Call what is called before a node runs, and give the gradient that it shall get."""
        gradient = self.at_tensor(gradient)
        for hook in tuple(self.before.values()):
            gradient = _replaced_all(hook, gradient)
        return gradient

    def at_tensor(self, gradient: Any) -> Any:
        """Call the hooks of the tensor itself."""
        for hook in tuple(self.on_tensor.values()):
            gradient = _replaced(hook, gradient)
        if self.kept is not None:
            self.kept.add(gradient)
        return gradient

    def left(
        self, node: Node, gradient: Any, pairs: Iterator[tuple[Node, Tensor]]
    ) -> list[tuple[Node, Tensor]]:
        """Call what is called after a node has run.

        Args:
            node: that ran.
            gradient: what it got.
            pairs: the operands' nodes, and the gradients that they are to get.
        """
        found = list(pairs)
        operands = operands_of(node)
        given: list[Tensor | None] = [None] * len(operands)
        places = []
        for operand, own in found:
            place = next(i for i, o in enumerate(operands) if o is operand and i not in places)
            places.append(place)
            given[place] = own
        for hook in tuple(self.after.values()):
            answer = hook(tuple(given), _outputs(gradient))
            if answer is not None:
                given = list(answer) if isinstance(answer, tuple | list) else [answer]
        return [
            (operand, own)
            for operand, own in zip(operands, given, strict=True)
            if operand is not None and own is not None
        ]

    def accumulate(self, node: Node, gradient: Any) -> None:
        """Call what is called after a leaf got a gradient."""
        if not is_leaf(node):
            return
        for hook in tuple(self.after.values()):
            hook((), _outputs(gradient))
        if self.accumulated:
            owner = node[LEAF_OWNER]()
            for hook in tuple(self.accumulated.values()):
                if hook(owner) is not None:
                    raise RuntimeError("post accumulate grad hooks should return None.")


def hooks_of(node: Node) -> Hooked:
    """Give the hooks of a node, which are put there if there are none."""
    if not isinstance(node[RUN], Hooked):
        node[RUN] = Hooked(node[RUN])
    return node[RUN]


def move_kept(tensor: Tensor, node: Node) -> None:
    """Let a tensor that was changed in place keep the gradient that arrives at its new node."""
    kept = tensor._kept
    if kept is None or not kept.is_wanted or tensor._node is None or tensor._node is node:
        return
    hooks_of(tensor._node).kept = None
    hooks_of(node).kept = kept


def _tensors(gradient: Any) -> Any:
    if isinstance(gradient, dict):
        return {place: wrap(array) for place, array in gradient.items()}
    return wrap(gradient)


def _arrays(gradient: Any) -> Any:
    if isinstance(gradient, dict):
        return {place: dense_array(tensor) for place, tensor in gradient.items()}
    return dense_array(gradient)


def _outputs(gradient: Any) -> tuple[Any, ...]:
    """Give the gradients of all results as a tuple."""
    if isinstance(gradient, dict):
        return tuple([gradient.get(place) for place in range(max(gradient) + 1)])
    return (gradient,)


def _replaced(hook: Callable[..., Any], gradient: Tensor) -> Tensor:
    """Call a hook with a gradient, and give its answer, or the gradient if it gave none."""
    answer = hook(gradient)
    return gradient if answer is None else _checked(hook, gradient, answer)


def _replaced_all(hook: Callable[..., Any], gradient: Any) -> Any:
    outputs = _outputs(gradient)
    answer = hook(outputs)
    if answer is None:
        return gradient
    answers = answer if isinstance(answer, tuple | list) else (answer,)
    if len(answers) != len(outputs):
        raise RuntimeError(
            f"hook {_name(hook)!r} has returned an incorrect number of values (got {len(answers)}, "
            f"but expected {len(outputs)})"
        )
    if isinstance(gradient, dict):
        return {place: own for place, own in enumerate(answers) if own is not None}
    return _checked(hook, gradient, answers[0])


def _checked(hook: Callable[..., Any], gradient: Tensor, answer: Any) -> Tensor:
    if not isinstance(answer, Late.Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(answer).__name__}'")
    if answer._shape != gradient._shape:
        raise RuntimeError(
            f"hook {_name(hook)!r} has changed the size of value: it got {list(gradient._shape)} "
            f"and returned {list(answer._shape)}"
        )
    if answer._key.dtype is not gradient._key.dtype:
        raise RuntimeError(
            f"hook {_name(hook)!r} has changed the type of value (was {gradient._key.dtype} got "
            f"{answer._key.dtype})"
        )
    return answer


def _name(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__name__", type(hook).__name__)
