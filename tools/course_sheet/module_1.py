"""Sections 4 and 5: derivatives and Scalars."""

from __future__ import annotations

from typing import Any

import numpy as np

import minitorch
from minitorch import Context, MathTestVariable, Scalar, ScalarFunction, ScalarHistory
from minitorch import scalar_functions as functions

from .rows import (
    Entry,
    Row,
    all_of,
    equal,
    fresh_python,
    has,
    near,
    raises,
    same,
    section,
    takes,
)

PROTOCOL = "accumulate_derivative unique_id is_leaf is_constant parents chain_rule"


class Product(ScalarFunction):
    """x y + x, saved for backward."""

    @staticmethod
    def forward(ctx: Context, x: float, y: float) -> float:
        """Combine."""
        ctx.save_for_backward(x, y)
        return float(x * y + x)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        """Differentiate by x, then by y."""
        x, y = ctx.saved_values
        return d_output * (y + 1), d_output * x


class Notes(ScalarFunction):
    """Remembers what forward received."""

    received: tuple[Any, ...] = ()
    result: Any = 1.0

    @staticmethod
    def forward(ctx: Context, *values: float) -> Any:
        """Note the arguments."""
        Notes.received = values
        return Notes.result


def _saves() -> bool:
    context, silent = Context(), Context(no_grad=True)
    context.save_for_backward(1.0, 2.0)
    silent.save_for_backward(1.0)
    return all_of(
        equal(context.saved_values, (1.0, 2.0)),
        equal(context.saved_tensors, (1.0, 2.0)),
        equal(silent.saved_values, ()),
    )


def _sorts() -> bool:
    x, constant = Scalar(1.0), Scalar(2.0)
    constant.history = None
    y = x * constant
    z = y + x
    order = [v.unique_id for v in minitorch.topological_sort(z)]
    return equal(order, [z.unique_id, y.unique_id, x.unique_id])


def _backpropagates() -> bool:
    x = Scalar(3.0)
    y = x * x
    returned = minitorch.backpropagate(y * 2.0, 5.0)
    return all_of(returned is None, y.derivative is None, near(x.derivative, 60.0))


def _goes_deep() -> bool:
    x = y = Scalar(1.0)
    for _ in range(5000):
        y = -y
    y.backward()
    return equal(x.derivative, 1.0)


def _central_difference_of_scalars() -> bool:
    result = minitorch.central_difference(lambda a, b: a * b, Scalar(2.0), Scalar(5.0), arg=1)
    return all_of(isinstance(result, Scalar), near(result.data, 2.0, 1e-6))


AUTODIFF: list[Entry] = [
    (
        "central_difference",
        "signature",
        lambda: takes(minitorch.central_difference, "f, *vals, arg=0, epsilon=1e-06"),
    ),
    (
        "central_difference",
        "(f(.. x+e ..) - f(.. x-e ..)) / 2e, ints allowed",
        lambda: near(minitorch.central_difference(lambda x, y: x * y, 3, 7, arg=0), 7.0, 1e-6),
    ),
    ("central_difference", "of Scalars gives a Scalar", _central_difference_of_scalars),
    ("Variable", "the protocol's members", lambda: has(minitorch.Variable, PROTOCOL)),
    (
        "Variable",
        "Scalars and Tensors have them; is_leaf and is_constant are methods",
        lambda: all_of(
            has(Scalar(1.0), PROTOCOL),
            has(minitorch.tensor([1.0]), PROTOCOL),
            Scalar(1.0).is_leaf() is True,
            minitorch.tensor([1.0]).is_constant() is False,
        ),
    ),
    ("topological_sort", "right-most first, without constants", _sorts),
    ("topological_sort", "signature", lambda: takes(minitorch.topological_sort, "variable")),
    ("backpropagate", "signature", lambda: takes(minitorch.backpropagate, "variable, deriv")),
    ("backpropagate", "fills leaves only, and returns None", _backpropagates),
    ("backpropagate", "is iterative", _goes_deep),
    ("Context", "signature", lambda: takes(Context, "no_grad=False, saved_values=()")),
    ("Context", "saves a tuple unless no_grad; saved_tensors is an alias", _saves),
    ("Context", "repr", lambda: equal(repr(Context()), "Context(no_grad=False, saved_values=())")),
    ("variable_count", "exists", lambda: has(minitorch.autodiff, "variable_count")),
]


def _history() -> bool:
    x = Scalar(2.0)
    out = Product.apply(x, 3)
    history = out.history
    return all_of(
        same(history.last_fn, Product),
        equal(history.ctx, Context(False, (2.0, 3))),
        isinstance(history.inputs, list),
        same(history.inputs[0], x),
        isinstance(history.inputs[1], Scalar),
        equal(history.inputs[1].data, 3.0),
    )


def _raw_numbers() -> bool:
    Notes.result = 1.0
    Notes.apply(Scalar(2.0), 3, 4.5)
    return equal([type(value) for value in Notes.received], [float, int, float])


def _returns(value: Any) -> Any:
    Notes.result = value
    return Notes.apply(1.0)


def _chain_rule(*values: Any) -> bool:
    pairs = list(Product.apply(*values).chain_rule(d_output=5.0))
    numbers = [v.data if isinstance(v, Scalar) else v for v in values]
    return all_of(
        equal(len(pairs), 2),
        all(isinstance(variable, Scalar) for variable, _ in pairs),
        near([d for _, d in pairs], [5.0 * (numbers[1] + 1), 5.0 * numbers[0]]),
    )


def _hand_made_history() -> bool:
    x = Scalar(0.0)
    made = Scalar(0.0, ScalarHistory(functions.Add, ctx=Context(), inputs=[x, x]))
    return equal([(v is x, d) for v, d in made.chain_rule(d_output=5)], [(True, 5)] * 2)


def _accumulates() -> bool:
    x = Scalar(1.0)
    x.accumulate_derivative(2.0)
    x.accumulate_derivative(0.5)
    return equal(x.derivative, 2.5)


def _builds(made: Scalar, name: str, *inputs: str) -> bool:
    got = [i.history.last_fn.__name__ if i.history.last_fn else "leaf" for i in made.history.inputs]
    return all_of(equal(made.history.last_fn.__name__, name), equal(got, list(inputs)))


def _computes(name: str, value: float, derivatives: tuple[float, ...], *values: float) -> bool:
    function = getattr(functions, name)
    leaves = [Scalar(v) for v in values]
    out = function.apply(*leaves)
    back = function._backward(out.history.ctx, 3.0)
    return all_of(
        near(out.data, value, 1e-5),
        isinstance(back, tuple),
        near(back, [3.0 * d for d in derivatives], 1e-5),
    )


def _operates() -> bool:
    a = Scalar(4.0)
    made = {
        "a + 2": (a + 2, 6.0),
        "2 + a": (2 + a, 6.0),
        "a - 1": (a - 1, 3.0),
        "a * 2": (a * 2, 8.0),
        "2 * a": (2 * a, 8.0),
        "a / 2": (a / 2, 2.0),
        "8 / a": (8 / a, 2.0),
        "-a": (-a, -4.0),
        "a < 5": (a < 5, 1.0),
        "a > 5": (a > 5, 0.0),
        "a == 4": (a == 4, 1.0),
        "a + a": (a + a, 8.0),
        "log": (a.log(), 1.3862946),
        "exp": (a.exp(), 54.5981500),
        "sigmoid": (a.sigmoid(), 0.9820138),
        "relu": (a.relu(), 4.0),
    }
    return all_of(
        *(isinstance(got, Scalar) and near(got.data, wanted, 1e-6) for got, wanted in made.values())
    )


def _derivative_check_judges() -> bool:
    class Wrong(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            return 2.0 * x

        @staticmethod
        def backward(ctx: Context, d_output: float) -> float:
            return 2.1 * d_output

    minitorch.derivative_check(lambda a, b: a * b, Scalar(2.0), Scalar(3.0))
    return raises(AssertionError, lambda: minitorch.derivative_check(Wrong.apply, Scalar(1.0)))


def _derivative_check_at_jumps() -> bool:
    minitorch.derivative_check(MathTestVariable.lt2, Scalar(0.0), Scalar(1.2))
    minitorch.derivative_check(MathTestVariable.gt2, Scalar(0.0), Scalar(1.2))
    minitorch.derivative_check(MathTestVariable.relu, Scalar(-5.5))
    return True


SCALARS: list[Entry] = [
    ("Add", "value and derivatives", lambda: _computes("Add", 5.0, (1.0, 1.0), 2.0, 3.0)),
    ("Mul", "value and derivatives", lambda: _computes("Mul", 6.0, (3.0, 2.0), 2.0, 3.0)),
    ("Log", "value and derivative", lambda: _computes("Log", 0.6931472, (0.5,), 2.0)),
    ("Inv", "value and derivative", lambda: _computes("Inv", 0.5, (-0.25,), 2.0)),
    ("Neg", "value and derivative", lambda: _computes("Neg", -2.0, (-1.0,), 2.0)),
    ("Sigmoid", "value and derivative", lambda: _computes("Sigmoid", 0.5, (0.25,), 0.0)),
    ("ReLU", "value and derivative", lambda: _computes("ReLU", 2.0, (1.0,), 2.0)),
    ("ReLU", "derivative 0 at 0", lambda: _computes("ReLU", 0.0, (0.0,), 0.0)),
    ("Exp", "value and derivative", lambda: _computes("Exp", 2.7182818, (2.7182818,), 1.0)),
    ("LT", "derivatives (0.0, 0.0)", lambda: _computes("LT", 1.0, (0.0, 0.0), 1.0, 2.0)),
    ("EQ", "derivatives (0.0, 0.0)", lambda: _computes("EQ", 0.0, (0.0, 0.0), 1.0, 2.0)),
    (
        "ScalarFunction",
        "forward, backward, apply, _forward, _backward",
        lambda: has(functions.Mul, "forward backward apply _forward _backward"),
    ),
    ("ScalarFunction.apply", "keeps (cls, ctx, list of Scalars); Context(False)", _history),
    ("ScalarFunction.apply", "passes plain numbers raw to forward", _raw_numbers),
    (
        "ScalarFunction.apply",
        "rejects an int from forward",
        lambda: raises(AssertionError, lambda: _returns(3)),
    ),
    (
        "ScalarFunction.apply",
        "accepts a subclass of float",
        lambda: equal(_returns(np.float64(2.0)).data, 2.0),
    ),
    (
        "ScalarFunction._backward",
        "always gives a tuple",
        lambda: equal(functions.Neg._backward(Context(), 2.0), (-2.0,)),
    ),
    (
        "wrap_tuple",
        "wraps all but tuples",
        lambda: equal((functions.wrap_tuple(1), functions.wrap_tuple((1,))), ((1,), (1,))),
    ),
    (
        "unwrap_tuple",
        "unwraps tuples of one",
        lambda: equal((functions.unwrap_tuple((1,)), functions.unwrap_tuple((1, 2))), (1, (1, 2))),
    ),
    (
        "ScalarHistory",
        "signature",
        lambda: takes(ScalarHistory, "last_fn=None, ctx=None, inputs=()"),
    ),
    (
        "ScalarHistory",
        "repr",
        lambda: equal(
            repr(ScalarHistory(functions.Add, Context(), [Scalar(10.0)])),
            f"ScalarHistory(last_fn={functions.Add!r}, "
            "ctx=Context(no_grad=False, saved_values=()), inputs=[Scalar(10.000000)])",
        ),
    ),
    ("Scalar", "third positional is the name", lambda: takes(Scalar, "v, back=None, name=None")),
    (
        "Scalar",
        "history= keyword",
        lambda: (lambda h: same(Scalar(1.0, history=h).history, h))(ScalarHistory(functions.Neg)),
    ),
    ("Scalar.data", "is float(v)", lambda: equal(Scalar(10).data, 10.0)),
    ("Scalar.data", "hasattr finds it", lambda: hasattr(Scalar(1.0), "data")),
    ("Scalar.history", "is ScalarHistory()", lambda: Scalar(1.0).history == ScalarHistory()),
    ("Scalar.derivative", "starts as None", lambda: same(Scalar(1.0).derivative, None)),
    (
        "Scalar.name",
        "is str(unique_id), or what was given or assigned",
        lambda: (
            (lambda s: all_of(equal(s.name, str(s.unique_id))))(Scalar(1.0))
            and equal(Scalar(1.0, name="x_1").name, "x_1")
        ),
    ),
    (
        "Scalar.unique_id",
        "counts from 1",
        lambda: fresh_python(
            "import minitorch\n"
            "ids = [minitorch.Scalar(0).unique_id for _ in range(2)]\n"
            "if ids != [1, 2]: raise ValueError(ids)"
        ),
    ),
    ("Scalar", "repr", lambda: equal(repr(Scalar(10.0)), "Scalar(10.000000)")),
    ("Scalar", "takes a history by hand, positionally", _hand_made_history),
    ("Scalar", "+ - * / < > == unary-, reflected + * /, log exp sigmoid relu", _operates),
    (
        "Scalar",
        "bool is that of data",
        lambda: equal((bool(Scalar(0.0)), bool(Scalar(2.0))), (False, True)),
    ),
    (
        "Scalar",
        "a - b is a + (-b)",
        lambda: _builds(Scalar(1.0) - Scalar(1.0), "Add", "leaf", "Neg"),
    ),
    (
        "Scalar",
        "a / b is a * inv(b)",
        lambda: _builds(Scalar(1.0) / Scalar(1.0), "Mul", "leaf", "Inv"),
    ),
    (
        "Scalar",
        "a > b is b < a",
        lambda: equal([i.data for i in (Scalar(1.0) > Scalar(2.0)).history.inputs], [2.0, 1.0]),
    ),
    (
        "Scalar.is_leaf",
        "history present and no last_fn",
        lambda: equal((Scalar(1.0).is_leaf(), (-Scalar(1.0)).is_leaf()), (True, False)),
    ),
    (
        "Scalar.parents",
        "are history.inputs",
        lambda: (lambda s: all_of(list(s.parents) == list(s.history.inputs)))(-Scalar(1.0)),
    ),
    ("Scalar.chain_rule", "two Scalars", lambda: _chain_rule(Scalar(2.0), Scalar(3.0))),
    ("Scalar.chain_rule", "a number first", lambda: _chain_rule(10, Scalar(3.0))),
    ("Scalar.chain_rule", "a number last", lambda: _chain_rule(Scalar(3.0), 10)),
    ("Scalar.chain_rule", "numbers alone", lambda: _chain_rule(10, 5)),
    ("Scalar.accumulate_derivative", "starts at 0.0 and adds", _accumulates),
    (
        "Scalar.accumulate_derivative",
        "only on leaves",
        lambda: raises(AssertionError, lambda: (-Scalar(1.0)).accumulate_derivative(1.0)),
    ),
    ("Scalar.backward", "signature", lambda: takes(Scalar.backward, "d_output=1.0")),
    ("derivative_check", "signature", lambda: takes(minitorch.derivative_check, "f, *scalars")),
    ("derivative_check", "passes what is right and fails what is wrong", _derivative_check_judges),
    ("derivative_check", "does not judge at jumps and kinks", _derivative_check_at_jumps),
]


def rows() -> list[Row]:
    """List the rows of sections 4 and 5."""
    return [*section("4", AUTODIFF), *section("5", SCALARS)]
