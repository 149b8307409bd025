"""Sections 1 to 3: operators, modules and data sets."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numba

import minitorch
from minitorch import Module, Parameter, operators

from .rows import (
    Check,
    Entry,
    Row,
    UnmetError,
    all_of,
    equal,
    has,
    near,
    raises,
    same,
    section,
    takes,
)

NAN = float("nan")
ONE_ARGUMENT = ["id", "neg", "sigmoid", "relu", "exp", "log", "inv"]
TWO_ARGUMENTS = ["mul", "add", "lt", "eq", "max", "is_close", "log_back", "inv_back", "relu_back"]


def _values(function: Callable[..., Any], *cases: tuple[Any, ...]) -> Check:
    """Check a function on cases written (argument, ..., result)."""

    def check() -> bool:
        for *arguments, result in cases:
            got = function(*arguments)
            if got != result or isinstance(got, float) != isinstance(result, float):
                raise UnmetError(f"{arguments} gave {got!r}, expected {result!r}")
        return True

    return check


def _compiles(name: str) -> bool:
    function = getattr(operators, name)
    arguments = (0.75,) if name in ONE_ARGUMENT else (0.75, 0.5)
    return near(numba.njit(function)(*arguments), function(*arguments))


OPERATORS: list[Entry] = [
    ("mul", "multiplies, ints too", _values(operators.mul, (2.0, 3.5, 7.0), (2, 3, 6))),
    ("id", "gives its argument, ints too", _values(operators.id, (2.5, 2.5), (2, 2))),
    ("add", "adds, ints too", _values(operators.add, (2.0, 3.5, 5.5), (2, 3, 5))),
    ("neg", "negates, ints too", _values(operators.neg, (2.5, -2.5), (2, -2))),
    (
        "lt",
        "1.0 if x < y else 0.0, a float",
        _values(operators.lt, (1.0, 2.0, 1.0), (2.0, 1.0, 0.0), (1.0, 1.0, 0.0), (1, 2, 1.0)),
    ),
    (
        "eq",
        "1.0 if x == y else 0.0, a float",
        _values(operators.eq, (1.0, 1.0, 1.0), (1.0, 1.0001, 0.0), (NAN, NAN, 0.0), (1, 1, 1.0)),
    ),
    (
        "max",
        "x if x > y else y",
        _values(operators.max, (2.0, 1.0, 2.0), (1.0, 2.0, 2.0), (NAN, 1.0, 1.0)),
    ),
    (
        "is_close",
        "difference strictly below 1e-2, absolute only, 1.0 or 0.0",
        _values(
            operators.is_close,
            (0.0, 0.0099, 1.0),
            (0.0099, 0.0, 1.0),
            (0.0, 0.01, 0.0),
            (1e6, 1e6 + 1.0, 0.0),
        ),
    ),
    (
        "is_close",
        "NaN gives 0.0",
        _values(operators.is_close, (NAN, NAN, 0.0), (NAN, 1.0, 0.0), (1.0, NAN, 0.0)),
    ),
    (
        "sigmoid",
        "two branches: no overflow on either side, exactly 0.5 at 0",
        _values(operators.sigmoid, (0.0, 0.5), (-1e5, 0.0), (1e5, 1.0)),
    ),
    (
        "sigmoid",
        "1/(1+e^-x) for x >= 0, e^x/(1+e^x) below",
        lambda: all_of(
            equal(operators.sigmoid(1.5), 1.0 / (1.0 + math.exp(-1.5))),
            equal(operators.sigmoid(-1.5), math.exp(-1.5) / (1.0 + math.exp(-1.5))),
        ),
    ),
    ("relu", "x if x > 0 else 0.0", _values(operators.relu, (2.5, 2.5), (-1.0, 0.0), (0.0, 0.0))),
    ("EPS", "is 1e-6", lambda: equal(operators.EPS, 1e-6)),
    (
        "log",
        "math.log(x + EPS)",
        _values(operators.log, (2.0, math.log(2.0 + 1e-6)), (0.0, math.log(1e-6))),
    ),
    ("exp", "math.exp", _values(operators.exp, (1.5, math.exp(1.5)))),
    (
        "log_back",
        "d / (x + EPS)",
        lambda: near(operators.log_back(2.0, 3.0), 1.5, 1e-5),
    ),
    ("inv", "1 / x", _values(operators.inv, (4.0, 0.25), (-2.0, -0.5))),
    ("inv_back", "-d / x^2", _values(operators.inv_back, (2.0, 3.0, -0.75))),
    (
        "relu_back",
        "d if x > 0 else 0.0, and 0 at x == 0",
        _values(operators.relu_back, (1.0, 7.0, 7.0), (0.0, 7.0, 0.0), (-1.0, 7.0, 0.0)),
    ),
    (
        "map",
        "curried, gives a list, takes any iterable",
        lambda: all_of(
            equal(operators.map(operators.neg)(iter((1.0, 2.0))), [-1.0, -2.0]),
            equal(operators.map(operators.neg)([]), []),
        ),
    ),
    (
        "zipWith",
        "curried, gives a list, takes any iterables",
        lambda: equal(operators.zipWith(operators.mul)(iter([2.0, 3.0]), (4.0, 5.0)), [8.0, 15.0]),
    ),
    (
        "reduce",
        "folds fn(x, acc) from the left, from start",
        lambda: equal(
            operators.reduce(lambda x, acc: x - 2 * acc, 100.0)(iter([1.0, 2.0, 3.0])),
            3.0 - 2 * (2.0 - 2 * (1.0 - 2 * 100.0)),
        ),
    ),
    ("negList", "negates", lambda: equal(list(operators.negList([1.0, -2.0])), [-1.0, 2.0])),
    (
        "addLists",
        "adds, and unpacks",
        lambda: equal(
            (lambda x, y: (x, y))(*operators.addLists([1.0, 2.0], [3.0, 5.0])), (4.0, 7.0)
        ),
    ),
    (
        "sum",
        "adds up, as Python's sum; sum([]) is 0",
        lambda: all_of(operators.sum([1.0, 2.5]) == 3.5, operators.sum([]) == 0),
    ),
    (
        "prod",
        "multiplies up; prod([]) and prod(()) are 1",
        lambda: all_of(
            operators.prod([2.0, 2.5]) == 5.0, operators.prod([]) == 1, operators.prod(()) == 1
        ),
    ),
    *[
        (name, "compiles with njit", partial(_compiles, name))
        for name in ONE_ARGUMENT + TWO_ARGUMENTS
    ],
]


class Inner(Module):
    """A module without children."""

    def __init__(self) -> None:
        super().__init__()
        self.p3 = Parameter(15)


class Side(Module):
    """A child with a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.p2 = Parameter(10)
        self.many = [Parameter(1)]


class Middle(Module):
    """A child with a child."""

    def __init__(self) -> None:
        super().__init__()
        self.c = Inner()


class Root(Module):
    """The tree whose parameters the course shows."""

    def __init__(self) -> None:
        super().__init__()
        self.a = Side()
        self.b = Middle()
        self.p1 = Parameter(5)

    def forward(self, x: float, scale: float = 1.0) -> float:
        """Scale a number."""
        return x * scale


class Mock:
    """A value that notes how it was asked to require gradients."""

    def __init__(self) -> None:
        self.flags: list[bool] = []
        self.name = "own"

    def requires_grad_(self, flag: bool) -> None:
        """Note the flag."""
        self.flags.append(flag)


def _modes() -> bool:
    root = Root()
    everyone = [root, root.a, root.b, root.b.c]
    returned = root.eval()
    off = [module.training for module in everyone]
    back = root.train()
    return all_of(
        returned is None,
        back is None,
        equal(off, [False] * 4),
        equal([module.training for module in everyone], [True] * 4),
    )


def _adds_parameter() -> bool:
    module = Module()
    made = module.add_parameter("w", 3)
    return all_of(
        isinstance(made, Parameter), module.w is made, equal((made.name, made.value), ("w", 3))
    )


def _parameter_tells(named: bool) -> bool:
    first, second = Mock(), Mock()
    parameter = Parameter(first, "w") if named else Parameter(first)
    parameter.update(second)
    names = ("w", "w") if named else ("own", "own")
    return all_of(
        equal((first.flags, second.flags), ([True], [True])),
        equal((first.name, second.name), names),
        same(parameter.value, second),
    )


def _copies(duplicate: Callable[[Any], Any]) -> bool:
    root = Root()
    twin = duplicate(root)
    twin.p1.update(1)
    return equal((root.p1.value, repr(twin.b), twin.p1.value), (5, repr(root.b), 1))


MODULES: list[Entry] = [
    (
        "Module",
        "_modules, _parameters and training live in the instance __dict__",
        lambda: equal(Module().__dict__, {"_modules": {}, "_parameters": {}, "training": True}),
    ),
    (
        "Module.modules",
        "the direct children, a list",
        lambda: (lambda r: equal(r.modules(), [r.a, r.b]))(Root()),
    ),
    ("Module.train", "train and eval set the whole tree and return None", _modes),
    (
        "Module.named_parameters",
        "own first, then each child's with its prefix, a list",
        lambda: equal(repr(Root().named_parameters()), "[('p1', 5), ('a.p2', 10), ('b.c.p3', 15)]"),
    ),
    (
        "Module.parameters",
        "the same order, a list",
        lambda: equal([p.value for p in Root().parameters()], [5, 10, 15]),
    ),
    ("Module.parameters", "len() works", lambda: equal(len(Root().parameters()), 3)),
    ("Module.add_parameter", "makes, stores and returns Parameter(v, k)", _adds_parameter),
    ("Module.add_parameter", "signature", lambda: takes(Module.add_parameter, "k, v")),
    (
        "Module.__setattr__",
        "sorts parameters, modules and the rest; lists are not registered",
        lambda: (
            lambda d: all_of(equal(list(d["_parameters"]), ["p2"]), isinstance(d["many"], list))
        )(Side().__dict__),
    ),
    ("Module.__getattr__", "unknown names are None", lambda: same(Root().nothing, None)),
    (
        "Module.__getattr__",
        "unknown dunder names raise",
        lambda: raises(AttributeError, lambda: Root().__nothing__),
    ),
    ("Module", "copy.deepcopy works", lambda: _copies(copy.deepcopy)),
    ("Module", "pickle works", lambda: _copies(lambda m: pickle.loads(pickle.dumps(m)))),
    ("Module.__call__", "is forward", lambda: equal(Root()(3.0, scale=2.0), 6.0)),
    ("Module.__call__", "fails without forward", lambda: raises(Exception, lambda: Inner()())),
    ("Module.__repr__", "without children", lambda: equal(repr(Inner()), "Inner()")),
    (
        "Module.__repr__",
        "with children, indented by 2, parameters not shown",
        lambda: equal(
            repr(Root()), "Root(\n  (a): Side()\n  (b): Middle(\n    (c): Inner()\n  )\n)"
        ),
    ),
    ("Parameter", "signature", lambda: takes(Parameter, "x, name=None")),
    ("Parameter", "calls requires_grad_(True) and names the value", lambda: _parameter_tells(True)),
    ("Parameter", "without a name leaves the value's name", lambda: _parameter_tells(False)),
    (
        "Parameter",
        "holds any object; repr and str are the value's",
        lambda: equal((repr(Parameter("x")), str(Parameter("x"))), ("'x'", "x")),
    ),
]

RULES: dict[str, Callable[[float, float], bool]] = {
    "Simple": lambda a, b: a < 0.5,
    "Diag": lambda a, b: a + b < 0.5,
    "Split": lambda a, b: a < 0.2 or a > 0.8,
    "Xor": lambda a, b: (a < 0.5 < b) or (b < 0.5 < a),
    "Circle": lambda a, b: (a - 0.5) ** 2 + (b - 0.5) ** 2 > 0.1,
}


def _labels(name: str) -> bool:
    graph = minitorch.datasets[name](100)
    return all_of(
        equal((graph.N, len(graph.X), len(graph.y)), (100, 100, 100)),
        equal(graph.y, [int(RULES[name](a, b)) for a, b in graph.X]),
    )


def _points() -> bool:
    random.seed(1)
    points = minitorch.make_pts(3)
    random.seed(1)
    return equal(points, [(random.random(), random.random()) for _ in range(3)])


def _spiral() -> bool:
    graph = minitorch.datasets["Spiral"](20)
    turns = [10.0 * i / 10 for i in range(5, 15)]
    arm = [(t * math.cos(t) / 20 + 0.5, t * math.sin(t) / 20 + 0.5) for t in turns]
    other = [(-t * math.sin(-t) / 20 + 0.5, -t * math.cos(-t) / 20 + 0.5) for t in turns]
    return all_of(near(graph.X, arm + other), equal(graph.y, [0] * 10 + [1] * 10))


DATASETS: list[Entry] = [
    ("make_pts", "N pairs of random.random(), x then y", _points),
    ("Graph", "a dataclass of N, X, y", lambda: takes(minitorch.Graph, "N, X, y")),
    ("Graph", "repr", lambda: equal(repr(minitorch.Graph(0, [], [])), "Graph(N=0, X=[], y=[])")),
    *[(name, "labels by its rule", partial(_labels, name)) for name in RULES],
    ("Spiral", "two deterministic arms, the second with -t and swapped", _spiral),
    (
        "Spiral",
        "an odd N is set to the real count",
        lambda: equal(minitorch.datasets["Spiral"](7).N, 6),
    ),
    (
        "datasets",
        "the six keys in order",
        lambda: equal(" ".join(minitorch.datasets), "Simple Diag Split Xor Circle Spiral"),
    ),
    (
        "datasets",
        "the functions by their own names",
        lambda: all_of(
            *(minitorch.datasets[n] is getattr(minitorch, n.lower()) for n in minitorch.datasets)
        ),
    ),
    ("Graph", "attributes", lambda: has(minitorch.Graph(0, [], []), "N X y")),
]


def rows() -> list[Row]:
    """List the rows of sections 1 to 3."""
    return [*section("1", OPERATORS), *section("2", MODULES), *section("3", DATASETS)]
