"""Module 1: a number that remembers how it was computed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Union

from . import scalar_functions as functions
from .autodiff import Context, Variable, backpropagate, central_difference, contradicts_slope

ScalarLike = Union[float, int, "Scalar"]


@dataclass(slots=True)
class ScalarHistory:
    """How a Scalar came about.

    Attributes:
        last_fn: the function that made it; None for a Scalar that the user made.
        ctx: what that function's forward pass kept.
        inputs: the Scalars that it was called with.
    """

    last_fn: type[functions.ScalarFunction] | None = None
    ctx: Context | None = None
    inputs: Sequence[Scalar] = ()


_ids = itertools.count(1)


class Scalar:
    """A number whose operations leave a graph for automatic differentiation.

    Args:
        v: its value.
        back: how it came about; by default it is a leaf.
        name: a name for pictures of the graph; by default its number.
        history: another word for `back`.

    Attributes:
        data: the value.
        history: how it came about, or None for a constant.
        derivative: the derivative that `backward` left here, or None.
        unique_id: a number that no other Scalar has.
    """

    # A graph holds thousands of Scalars: without a dictionary each is smaller and faster to make.
    __slots__ = ("__weakref__", "_name", "data", "derivative", "history", "unique_id")

    history: ScalarHistory | None
    derivative: float | None
    data: float
    unique_id: int

    def __init__(
        self,
        v: float,
        back: ScalarHistory | None = None,
        name: str | None = None,
        *,
        history: ScalarHistory | None = None,
    ) -> None:
        self.unique_id = next(_ids)
        self.data = float(v)
        self.history = back or history or ScalarHistory()
        self.derivative = None
        self._name = name

    @property
    def name(self) -> str:
        """The name, by default the number."""
        return str(self.unique_id) if self._name is None else self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"Scalar({self.data:f})"

    def __bool__(self) -> bool:
        return bool(self.data)

    # Task 1.2: operators.

    def __add__(self, b: ScalarLike) -> Scalar:
        return functions.Add.apply(self, b)

    def __radd__(self, b: ScalarLike) -> Scalar:
        return functions.Add.apply(b, self)

    def __mul__(self, b: ScalarLike) -> Scalar:
        return functions.Mul.apply(self, b)

    def __rmul__(self, b: ScalarLike) -> Scalar:
        return functions.Mul.apply(b, self)

    def __sub__(self, b: ScalarLike) -> Scalar:
        return functions.Add.apply(self, -b)

    def __rsub__(self, b: ScalarLike) -> Scalar:
        return functions.Add.apply(b, -self)

    def __neg__(self) -> Scalar:
        return functions.Neg.apply(self)

    def __truediv__(self, b: ScalarLike) -> Scalar:
        return functions.Mul.apply(self, functions.Inv.apply(b))

    def __rtruediv__(self, b: ScalarLike) -> Scalar:
        return functions.Mul.apply(b, functions.Inv.apply(self))

    def __lt__(self, b: ScalarLike) -> Scalar:
        return functions.LT.apply(self, b)

    def __gt__(self, b: ScalarLike) -> Scalar:
        return functions.LT.apply(b, self)

    # A Scalar is unhashable, since its == builds a graph node: dictionaries key on unique_id.
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, b: ScalarLike) -> Scalar:  # type: ignore[override]
        return functions.EQ.apply(self, b)

    def log(self) -> Scalar:
        """Give the logarithm (of the value plus EPS)."""
        return functions.Log.apply(self)

    def exp(self) -> Scalar:
        """Give e to the power of the value."""
        return functions.Exp.apply(self)

    def sigmoid(self) -> Scalar:
        """Give the logistic function of the value."""
        return functions.Sigmoid.apply(self)

    def relu(self) -> Scalar:
        """Give the value if it is positive, else 0."""
        return functions.ReLU.apply(self)

    # Tasks 1.3 and 1.4: the Variable protocol.

    def accumulate_derivative(self, x: float) -> None:
        """Add x to the derivative of this leaf.

        Raises:
            AssertionError: this Scalar is no leaf.
        """
        if not self.is_leaf():
            raise AssertionError(
                f"Only leaves keep a derivative; {self!r} was made by "
                f"{self.history.last_fn.__name__ if self.history else 'no function'}."  # type: ignore[union-attr]
            )
        self.derivative = (self.derivative or 0.0) + x

    def is_leaf(self) -> bool:
        """Tell whether the user made this Scalar: no function did."""
        return self.history is not None and self.history.last_fn is None

    def is_constant(self) -> bool:
        """Tell whether no derivative is wanted here."""
        return self.history is None

    @property
    def parents(self) -> Iterable[Variable]:
        """The inputs of the function that made this Scalar."""
        if self.history is None:
            raise AssertionError(f"{self!r} is a constant: it has no history.")
        return self.history.inputs

    def chain_rule(self, d_output: Any) -> Iterable[tuple[Variable, Any]]:
        """Pair each input of the last function with its derivative.

        Args:
            d_output: the derivative of the result with respect to this Scalar.

        Returns:
            One pair for each input, constants and repeats included.
        """
        history = self.history
        if history is None or history.last_fn is None or history.ctx is None:
            raise AssertionError(
                f"The chain rule needs a Scalar that a function made, not {self!r}."
            )
        backward = history.last_fn.backward  # type: ignore[attr-defined]
        derivatives = functions.wrap_tuple(backward(history.ctx, d_output))
        if len(derivatives) != len(history.inputs):
            raise AssertionError(
                f"{history.last_fn.__name__}.backward gave {len(derivatives)} derivatives for "
                f"{len(history.inputs)} inputs; it must give one for each."
            )
        return zip(history.inputs, derivatives)  # noqa: B905 (equally long, as just checked)

    def backward(self, d_output: float = 1.0) -> None:
        """Fill in the derivatives of the leaves that this Scalar was computed from.

        Args:
            d_output: the derivative of the final result with respect to this Scalar.
        """
        backpropagate(self, d_output)


def derivative_check(f: Callable[..., Scalar], *scalars: Scalar) -> None:
    """Check the derivatives that `backward` gives against central differences.

    An argument at which f jumps or has a kink is not judged: there is no derivative there.

    Args:
        f: a function of n Scalars, giving one Scalar.
        *scalars: its n arguments; their derivatives accumulate.

    Raises:
        AssertionError: a derivative is off by more than 0.01, absolutely and relatively.
    """
    f(*scalars).backward()
    values = [x.data for x in scalars]
    for i, x in enumerate(scalars):
        derivative = 0.0 if x.derivative is None else x.derivative

        def along(offset: float, i: int = i) -> float:
            return f(*(Scalar(v + offset * (j == i)) for j, v in enumerate(values))).data

        if contradicts_slope(derivative, along):
            expected = central_difference(along, 0.0)
            raise AssertionError(
                f"derivative_check: at {values} the derivative with respect to argument {i} is "
                f"{derivative:.6g} by backward and {expected:.6g} by central difference."
            )
