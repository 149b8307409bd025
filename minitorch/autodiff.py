"""Module 1: automatic differentiation of anything that speaks the Variable protocol."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

# Part of the course's API; nothing reads it.
variable_count = 1

# Task 1.1: central difference.


def central_difference(
    f: Callable[..., Any], *vals: Any, arg: int = 0, epsilon: float = 1e-6
) -> Any:
    r"""Approximate the derivative of f with respect to one argument.

    $(f(\ldots, x_i + \epsilon, \ldots) - f(\ldots, x_i - \epsilon, \ldots)) / (2 \epsilon)$

    Args:
        f: a function of numbers (or Scalars, then the result is a Scalar).
        *vals: its arguments $x_0, \ldots, x_{n-1}$.
        arg: the number i of the argument.
        epsilon: a small step.
    """
    above = f(*vals[:arg], vals[arg] + epsilon, *vals[arg + 1 :])
    below = f(*vals[:arg], vals[arg] - epsilon, *vals[arg + 1 :])
    return (above - below) / (2 * epsilon)


def contradicts_slope(derivative: float, f: Callable[[float], float]) -> bool:
    """Tell whether a derivative at 0 contradicts the slope that f has there.

    Where f jumps or has a kink there is no slope, and nothing to contradict: then the differences
    to the left and to the right disagree, however small the step. A kink near 0 drops out at a
    smaller step. Both count only beyond what rounding does to a difference quotient.

    Args:
        derivative: what is claimed.
        f: a function of the distance from the point of interest.
    """
    here = f(0.0)
    for step in (1e-6, 1e-7, 1e-8):
        above, below = f(step), f(-step)
        right, left = (above - here) / step, (here - below) / step
        slope = (right + left) / 2
        rounding = 4 * sys.float_info.epsilon * max(abs(here), abs(above), abs(below)) / step
        if abs(derivative - slope) <= 1e-2 + 1e-2 * abs(slope) + rounding:
            return False
        if abs(right - left) <= 1e-2 + 1e-2 * abs(slope) + rounding:
            return True
    return math.isnan(derivative) or math.isnan(slope)


class Variable(Protocol):
    """A node of the graph that a computation leaves behind."""

    def accumulate_derivative(self, x: Any) -> None:
        """Add x to the derivative of this leaf."""

    @property
    def unique_id(self) -> int:
        """A number that no other node has."""

    def is_leaf(self) -> bool:
        """Tell whether the user made this node: no function did."""

    def is_constant(self) -> bool:
        """Tell whether no derivative is wanted here."""

    @property
    def parents(self) -> Iterable[Variable]:
        """The inputs of the function that made this node; a leaf has none."""

    def chain_rule(self, d_output: Any) -> Iterable[tuple[Variable, Any]]:
        """Pair each input with the derivative that d_output gives it."""


# Task 1.4: backpropagation.


def topological_sort(variable: Variable) -> Iterable[Variable]:
    """Order the non-constant variables behind one, from the result back to the leaves.

    A depth-first search with a stack of its own: the depth of a graph is limited by memory alone.

    Args:
        variable: the right-most variable.

    Returns:
        The variables, each before all of its parents.
    """
    finished: list[Variable] = []
    seen: set[int] = set()
    stack: list[Variable | None] = [variable]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if node is None:
            # This mark lay between a node and its parents, which are all done now.
            finished.append(pop())  # type: ignore[arg-type]
            continue
        key = node.unique_id
        if key not in seen and not node.is_constant():
            seen.add(key)
            push(node)
            push(None)
            stack.extend(node.parents)
    finished.reverse()
    return finished


def backpropagate(variable: Variable, deriv: Any) -> None:
    """Send a derivative from a variable back to the leaves, where it is accumulated.

    Args:
        variable: the right-most variable.
        deriv: the derivative of the result with respect to it.
    """
    derivatives = {variable.unique_id: deriv}
    for node in topological_sort(variable):
        d_output = derivatives.pop(node.unique_id)
        if node.is_leaf():
            node.accumulate_derivative(d_output)
            continue
        for parent, d_parent in node.chain_rule(d_output):
            key = parent.unique_id
            if key in derivatives:
                derivatives[key] = derivatives[key] + d_parent
            elif not parent.is_constant():
                derivatives[key] = d_parent


@dataclass(slots=True)
class Context:
    """What a function's forward pass keeps for its backward pass.

    Attributes:
        no_grad: nothing is kept, since no derivative is wanted.
        saved_values: the values kept.
    """

    no_grad: bool = False
    saved_values: tuple[Any, ...] = ()

    def save_for_backward(self, *values: Any) -> None:
        """Keep values for the backward pass."""
        if not self.no_grad:
            self.saved_values = values

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """Give the saved values under the name that PyTorch uses."""
        return self.saved_values
