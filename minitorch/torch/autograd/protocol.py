"""The graph in the form in which the course's algorithms read it.

`autodiff.topological_sort` and `autodiff.backpropagate` work on whatever has the attributes of
their `Variable`; this shows the nodes of tensors to them. Nodes of several results are not part of
that protocol.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .._node import LEAF_TENSOR, NUMBER, OPERATION, Node, is_leaf, operands_of
from .._record import is_output
from .grad_mode import no_grad

if TYPE_CHECKING:
    from .._tensor import Tensor


class GraphVariable:
    """A node, as `autodiff.Variable`.

    Args:
        node: of a tensor; None for one that needs no gradient.
    """

    __slots__ = ("_node",)

    def __init__(self, node: Node | None) -> None:
        self._node = node

    @property
    def unique_id(self) -> int:
        """The number of the node; constants share one."""
        return 1 if self._node is None else int(self._node[NUMBER])

    def is_leaf(self) -> bool:
        """Tell whether a user made the tensor."""
        return self._node is not None and is_leaf(self._node)

    def is_constant(self) -> bool:
        """Tell whether no gradient flows here."""
        return self._node is None

    @property
    def parents(self) -> Iterable[GraphVariable]:
        """The operands."""
        return [GraphVariable(operand) for operand in operands_of(self._known())]

    def chain_rule(self, d_output: Tensor) -> Iterable[tuple[GraphVariable, Tensor]]:
        """Pair the operands with the gradients that one of the result gives them.

        Raises:
            NotImplementedError: the operation has several results.
        """
        node = self._known()
        if is_output(node):
            raise NotImplementedError("an operation of several results is no Variable")
        with no_grad():
            pairs = list(node[OPERATION].gradients(node, d_output))
        return [(GraphVariable(operand), gradient) for operand, gradient in pairs]

    def accumulate_derivative(self, x: Any) -> None:
        """Add to the gradient of this leaf."""
        node = self._known()
        before = node[LEAF_TENSOR]
        with no_grad():
            node[LEAF_TENSOR] = x if before is None else before + x

    def _known(self) -> Node:
        if self._node is None:
            raise ValueError("this is a constant: no gradient flows here")
        return self._node


def variable_of(tensor: Tensor) -> GraphVariable:
    """Show a tensor's place in the graph as the course's algorithms read it."""
    return GraphVariable(tensor._node)
