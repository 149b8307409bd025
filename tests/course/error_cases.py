"""Every error that the course contract names: what to do wrong, and what must come of it.

The cases run under pytest and, as a script, under `python -O`, where an `assert` would be silent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import minitorch
from minitorch import IndexingError, Scalar, ScalarFunction, TensorData, tensor, zeros


class Case(NamedTuple):
    """A mistake.

    Attributes:
        name: what is done wrong.
        mistake: does it.
        error: the class that must be raised.
        texts: what the message must contain, without regard to case.
    """

    name: str
    mistake: Callable[[], Any]
    error: type[Exception]
    texts: tuple[str, ...] = ()


class GivesInteger(ScalarFunction):
    """A function that forgets to return a float."""

    @staticmethod
    def forward(ctx: minitorch.Context, x: float) -> int:
        """Return an int."""
        return 3


def wrong_derivative_check() -> None:
    """Check a function whose derivative is wrong."""

    class Wrong(ScalarFunction):
        @staticmethod
        def forward(ctx: minitorch.Context, x: float) -> float:
            return x * 2.0

        @staticmethod
        def backward(ctx: minitorch.Context, d_output: float) -> float:
            return d_output * 7.0

    minitorch.derivative_check(Wrong.apply, Scalar(1.0))


def wrong_grad_check() -> None:
    """Check a function whose gradient is wrong."""

    class Wrong(minitorch.Function):
        @staticmethod
        def forward(ctx: minitorch.Context, a: minitorch.Tensor) -> minitorch.Tensor:
            return a * 2.0

        @staticmethod
        def backward(ctx: minitorch.Context, g: minitorch.Tensor) -> minitorch.Tensor:
            return g * 7.0

    minitorch.grad_check(Wrong.apply, tensor([1.0, 2.0]))


def _data(shape: tuple[int, ...] = (2, 3)) -> TensorData:
    return TensorData([0.0] * int(minitorch.prod(shape)), shape)


def _tensor(*shape: int) -> minitorch.Tensor:
    return minitorch.rand(shape)


CASES = [
    # Scalars
    Case("forward gives an int", lambda: GivesInteger.apply(1.0), AssertionError, ("3", "float")),
    Case(
        "a result accumulates",
        lambda: (Scalar(1.0) + 1.0).accumulate_derivative(1.0),
        AssertionError,
        ("lea",),
    ),
    Case("a wrong derivative", wrong_derivative_check, AssertionError, ("7", "2")),
    Case("a wrong gradient", wrong_grad_check, AssertionError, ("7", "2")),
    # TensorData
    Case("shape is a list", lambda: TensorData([0.0] * 6, [2, 3]), AssertionError, ("tuple",)),
    Case(
        "strides are a list",
        lambda: TensorData([0.0] * 6, (2, 3), [3, 1]),
        AssertionError,
        ("tuple",),
    ),
    Case(
        "strides of another length",
        lambda: TensorData([0.0] * 6, (2, 3), (6,)),
        IndexingError,
        ("(6,)", "(2, 3)"),
    ),
    Case("storage too short", lambda: TensorData([0.0] * 5, (2, 3)), AssertionError, ("5", "6")),
    Case("storage too long", lambda: TensorData([0.0] * 7, (2, 3)), AssertionError, ("7", "6")),
    Case("index too short", lambda: _data().index((1,)), IndexingError, ("(1,)", "(2, 3)")),
    Case("index too long", lambda: _data().index((0, 1, 2)), IndexingError, ("(2, 3)",)),
    Case("index beyond", lambda: _data().index((0, 3)), IndexingError, ("(0, 3)", "(2, 3)")),
    Case("index negative", lambda: _data().index((-1, 0)), IndexingError, ("(-1, 0)", "(2, 3)")),
    Case("get beyond", lambda: _data().get((2, 0)), IndexingError, ("(2, 0)", "(2, 3)")),
    Case("set beyond", lambda: _data().set((2, 0), 1.0), IndexingError, ("(2, 0)", "(2, 3)")),
    Case("permute repeats", lambda: _data().permute(0, 0), AssertionError, ("(0, 0)", "2")),
    Case("permute too few", lambda: _data().permute(0), AssertionError, ("(0,)", "2")),
    Case("permute beyond", lambda: _data().permute(0, 2), AssertionError, ("(0, 2)",)),
    Case(
        "shapes do not broadcast",
        lambda: minitorch.shape_broadcast((2, 3), (4, 3)),
        IndexingError,
        ("(2, 3)", "(4, 3)"),
    ),
    # Tensors
    Case(
        "tensors do not broadcast",
        lambda: _tensor(2, 3) + _tensor(4, 3),
        IndexingError,
        ("(2, 3)", "(4, 3)"),
    ),
    Case("tensor index too short", lambda: _tensor(2, 3)[0], IndexingError, ("(2, 3)",)),
    Case("tensor index beyond", lambda: _tensor(2, 3)[2, 0], IndexingError, ("(2, 0)", "(2, 3)")),
    Case("tensor index negative", lambda: _tensor(2, 3)[0, -1], IndexingError, ("(0, -1)",)),
    Case(
        "tensor write beyond",
        lambda: _tensor(2, 3).__setitem__((0, 3), 1.0),
        IndexingError,
        ("(0, 3)", "(2, 3)"),
    ),
    Case(
        "tensor permute repeats", lambda: _tensor(2, 3).permute(1, 1), AssertionError, ("(1, 1)",)
    ),
    Case(
        "view of a permuted tensor",
        lambda: _tensor(2, 3).permute(1, 0).view(6),
        AssertionError,
        ("must be contiguous to view",),
    ),
    Case(
        "view of the wrong size", lambda: _tensor(2, 3).view(4, 2), AssertionError, ("6", "(4, 2)")
    ),
    Case("view with minus one", lambda: _tensor(2, 3).view(-1), AssertionError, ("-1",)),
    Case(
        "inner sizes of a product",
        lambda: _tensor(2, 3) @ _tensor(2, 3),
        AssertionError,
        ("(2, 3)", "3", "2"),
    ),
    Case(
        "batches of a product",
        lambda: _tensor(2, 2, 3) @ _tensor(4, 3, 1),
        (IndexingError),
        ("(2,", "(4,"),
    ),
    Case("a sum over no dimension", lambda: _tensor(2, 3).sum(2), IndexingError, ("2", "(2, 3)")),
    Case("backward of a matrix", lambda: _tensor(2, 3).backward(), AssertionError, ("(2, 3)",)),
    Case("backward of a row", lambda: _tensor(3).backward(), AssertionError, ("(3,)",)),
    Case(
        "a result accumulates a gradient",
        lambda: (_tensor(2) * 2.0).accumulate_derivative(zeros((2,))),
        AssertionError,
        ("lea",),
    ),
    Case("a ragged list", lambda: tensor([[1.0, 2.0], [3.0]]), ValueError, ("2", "1")),
    Case("numbers beside lists", lambda: tensor([1.0, [2.0]]), ValueError),
    Case("lists beside numbers", lambda: tensor([[1.0], 2.0]), ValueError),
    Case("an empty list", lambda: tensor([]), ValueError, ("[]",)),
    Case("empty rows", lambda: tensor([[], []]), ValueError, ("[[], []]",)),
]


def outcome(case: Case) -> str:
    """Give "" if the mistake has the right answer, and else what came instead."""
    try:
        case.mistake()
    except case.error as error:
        missing = [text for text in case.texts if text.lower() not in str(error).lower()]
        return f"{case.name}: {error!s} lacks {missing}" if missing else ""
    except Exception as error:
        return f"{case.name}: {type(error).__name__} instead of {case.error.__name__}: {error}"
    return f"{case.name}: nothing was raised"


if __name__ == "__main__":
    failures = [text for text in map(outcome, CASES) if text]
    print("\n".join(failures) or f"{len(CASES)} cases, asserts {'on' if __debug__ else 'off'}")
    sys.exit(bool(failures))
