"""Section 6: the functions that the course's tests and web app read from the package."""

from __future__ import annotations

from typing import Any

import minitorch
from minitorch import MathTest, MathTestVariable, Scalar

from .rows import Entry, Row, all_of, equal, near, plain_function, section

GROUPS = [
    "addConstant complex cube div exp explog inv log multConstant neg relu sig square subConstant",
    "add2 div2 eq2 gt2 lt2 mul2",
    "mean_full_red mean_red sum_red",
]


def _names(lists: Any) -> bool:
    got = [" ".join(entry[0] for entry in group) for group in lists]
    return equal(got, GROUPS)


def _lengths(lists: Any, length: int) -> bool:
    return all(len(entry) == length for group in lists for entry in group)


def _triples(cls: Any) -> bool:
    return all_of(
        *(
            on_floats is getattr(MathTest, name) and own is getattr(cls, name)
            for group in cls._comp_testing()
            for name, on_floats, own in group
        )
    )


def _agrees(cls: Any) -> bool:
    one, two, _ = cls._comp_testing()
    for _, on_floats, own in one:
        wanted = on_floats(0.3)
        if cls is MathTestVariable:
            near(own(Scalar(0.3)).data, wanted)
            near(own(minitorch.tensor([0.3])), [wanted])
        near(own(0.3) if cls is MathTest else wanted, wanted)
    for _, on_floats, own in two:
        wanted = on_floats(0.3, 1.7)
        if cls is MathTestVariable:
            near(own(Scalar(0.3), Scalar(1.7)).data, wanted)
            near(own(minitorch.tensor([0.3]), minitorch.tensor([1.7])), [wanted])
    return True


def _reduces() -> bool:
    grid = minitorch.tensor([[1.0, 2.0], [3.0, 6.0]])
    return all_of(
        near([MathTest.sum_red([1.0, 2.0, 6.0]), MathTest.mean_red([1.0, 2.0, 6.0])], [9.0, 3.0]),
        near(MathTest.mean_full_red([1.0, 2.0, 6.0]), 3.0),
        near(MathTestVariable.sum_red(grid), [[4.0, 8.0]]),
        near(MathTestVariable.mean_red(grid), [[2.0, 4.0]]),
        near(MathTestVariable.mean_full_red(grid), [3.0]),
    )


def _has_source(cls: Any) -> bool:
    return all_of(*(plain_function(f) for group in cls._tests() for _, f in group))


def _formulas() -> bool:
    values = {
        "addConstant": 8.0,
        "cube": 27.0,
        "div": 0.6,
        "inv": 1 / 6.5,
        "multConstant": 15.0,
        "neg": -3.0,
        "relu": 8.5,
        "square": 9.0,
        "subConstant": -2.0,
        "sig": 0.9525741268,
        "log": 11.5129554649,
        "exp": 2.7799893e-86,
        "explog": 11.5129554649,
        "complex": 2e-8,
    }
    pairs = {"add2": 5.0, "mul2": 6.0, "div2": 3 / 7.5, "eq2": 0.0, "gt2": 1.0, "lt2": 0.0}
    return all_of(
        *(near(getattr(MathTest, n)(3.0), v, 1e-7) for n, v in values.items()),
        *(near(getattr(MathTest, n)(3.0, 2.0), v, 1e-7) for n, v in pairs.items()),
        MathTest.lt2(0.0, 1.3) == 1.0,
        MathTest.gt2(0.0, 1.1) == 1.0,
        MathTest.eq2(7.5, 2.0) == 1.0,
    )


def _entries(cls: type[MathTest]) -> list[Entry]:
    return [
        (cls.__name__, "_tests gives 14, 6 and 3", lambda: _names(cls._tests())),
        (cls.__name__, "_tests gives pairs", lambda: _lengths(cls._tests(), 2)),
        (cls.__name__, "_comp_testing: the same", lambda: _names(cls._comp_testing())),
        (cls.__name__, "_comp_testing gives triples", lambda: _triples(cls)),
        (cls.__name__, "every entry has source", lambda: _has_source(cls)),
        (cls.__name__, "the triples agree", lambda: _agrees(cls)),
    ]


TESTING: list[Entry] = [
    *_entries(MathTest),
    *_entries(MathTestVariable),
    ("MathTest", "computes the formulas", _formulas),
    ("MathTest", "reduces lists; MathTestVariable reduces tensors", _reduces),
    ("MathTestVariable", "is a MathTest", lambda: issubclass(MathTestVariable, MathTest)),
]


def rows() -> list[Row]:
    """List the rows of section 6."""
    return section("6", TESTING)
