"""The graph as users see it: `torch.autograd.graph`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from .._node import FIRST, LEAF_OWNER, NUMBER, OPERATION, SAVED, is_leaf, operands_of
from .._node import Node as NodeList
from .._record import is_output
from ..utils.hooks import RemovableHandle, register
from ._hooks import hooks_of
from .function import saved_by

if TYPE_CHECKING:
    from .._tensor import Tensor

# PyTorch's own nodes that are no derivatives of functions have a C++ name.
_FULL_NAMES = {name: f"torch::autograd::{name}" for name in ("AccumulateGrad", "CopySlices")}


class Node:
    """An operation in the graph, seen from outside.

    It is made when somebody looks, and is the same object as long as somebody holds it. Its class
    has PyTorch's name of the operation.
    """

    __slots__ = ("__weakref__", "_metadata", "_node")

    _node: NodeList
    _metadata: dict[Any, Any]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def name(self) -> str:
        """Give PyTorch's name of the operation."""
        name = type(self).__name__
        return _FULL_NAMES.get(name, name)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whoever wants to note something, as long as this object is held."""
        return self._metadata

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The operands' nodes, each with the number of the result that the operand was."""
        return tuple([_edge(operand) for operand in operands_of(self._node)])

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call a function after the node has run.

        Args:
            fn: takes the gradients of the operands and those of the results, both as tuples; may
                return others for the operands.
        """
        return register(hooks_of(self._node).after, fn)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call a function before the node runs.

        Args:
            fn: takes a tuple of the gradients of the results; may return another one.
        """
        return register(hooks_of(self._node).before, fn)


class AccumulateGrad(Node):
    """Where the gradient of a leaf is collected."""

    __slots__ = ()

    @property
    def variable(self) -> Tensor:
        """The leaf.

        Raises:
            RuntimeError: nobody holds it any more: a graph holds its leaves' gradients alone.
        """
        owner = self._node[LEAF_OWNER]
        tensor: Tensor | None = None if owner is None else owner()
        if tensor is None:
            raise RuntimeError("The leaf that this gradient belongs to is not in use any more.")
        return tensor


class FunctionNode(Node):
    """A user's `Function` in the graph: it has the attributes of its context."""

    __slots__ = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What the function saved for its way back."""
        return saved_by(self._node)

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node[OPERATION].context, name)


# There are as many classes as names, and an entry for each object that somebody holds.
_classes: dict[tuple[str, type[Node]], type[Node]] = {}
_views: WeakValueDictionary[int, Node] = WeakValueDictionary()


def view_of(node: NodeList) -> Node:
    """Give the object that shows a node; for one of several results that of the operation."""
    if is_output(node):
        node = node[FIRST]
    found = _views.get(node[NUMBER])
    if found is None:
        found = object.__new__(_class_of(node))
        found._node = node
        found._metadata = {}
        _views[node[NUMBER]] = found
    return found


def _class_of(node: NodeList) -> type[Node]:
    if is_leaf(node):
        return AccumulateGrad
    operation = node[OPERATION]
    base = FunctionNode if hasattr(operation, "context") else Node
    key = operation.name, base
    if key not in _classes:
        _classes[key] = type(operation.name, (base,), {"__slots__": (), "__module__": __name__})
    return _classes[key]


def output_number(node: NodeList | None) -> int:
    """Give the number of the result that a node stands for."""
    return 0 if node is None or not is_output(node) else int(node[SAVED])


def _edge(operand: NodeList | None) -> tuple[Node | None, int]:
    return (None, 0) if operand is None else (view_of(operand), output_number(operand))
