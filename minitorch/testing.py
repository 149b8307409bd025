"""The functions that the course's tests and web app try on floats, Scalars and Tensors alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import operators

Named = tuple[str, Callable[..., Any]]
Compared = tuple[str, Callable[..., Any], Callable[..., Any]]


class MathTest:
    """Functions of floats, and of lists for those that end in `red`.

    The name tells the kind: `...2` takes two arguments, `...red` reduces, all else takes one.
    """

    @staticmethod
    def neg(a: Any) -> Any:
        """Negate the argument."""
        return -a

    @staticmethod
    def addConstant(a: Any) -> Any:
        """Add 5."""
        return 5 + a

    @staticmethod
    def square(a: Any) -> Any:
        """Square the argument."""
        return a * a

    @staticmethod
    def cube(a: Any) -> Any:
        """Take the third power."""
        return a * a * a

    @staticmethod
    def subConstant(a: Any) -> Any:
        """Subtract 5."""
        return a - 5

    @staticmethod
    def multConstant(a: Any) -> Any:
        """Multiply by 5."""
        return 5 * a

    @staticmethod
    def div(a: Any) -> Any:
        """Divide by 5."""
        return a / 5

    @staticmethod
    def inv(a: Any) -> Any:
        """Invert after a shift."""
        return operators.inv(a + 3.5)

    @staticmethod
    def sig(a: Any) -> Any:
        """Apply the sigmoid."""
        return operators.sigmoid(a)

    @staticmethod
    def log(a: Any) -> Any:
        """Take the logarithm of a large number."""
        return operators.log(a + 100000)

    @staticmethod
    def relu(a: Any) -> Any:
        """Apply ReLU after a shift."""
        return operators.relu(a + 5.5)

    @staticmethod
    def exp(a: Any) -> Any:
        """Apply the exponential after a shift."""
        return operators.exp(a - 200)

    @staticmethod
    def explog(a: Any) -> Any:
        """Add a logarithm and an exponential."""
        return operators.log(a + 100000) + operators.exp(a - 200)

    @staticmethod
    def complex(a: Any) -> Any:
        """Nest several functions."""
        return (
            operators.log(
                operators.sigmoid(operators.relu(operators.relu(a * 10 + 7) * 6 + 5) * 10)
            )
            / 50
        )

    @staticmethod
    def add2(a: Any, b: Any) -> Any:
        """Add two arguments."""
        return a + b

    @staticmethod
    def mul2(a: Any, b: Any) -> Any:
        """Multiply two arguments."""
        return a * b

    @staticmethod
    def div2(a: Any, b: Any) -> Any:
        """Divide two arguments, the second shifted."""
        return a / (b + 5.5)

    @staticmethod
    def gt2(a: Any, b: Any) -> Any:
        """Compare two arguments, the first shifted."""
        return operators.lt(b, a + 1.2)

    @staticmethod
    def lt2(a: Any, b: Any) -> Any:
        """Compare two arguments the other way, the first shifted."""
        return operators.lt(a + 1.2, b)

    @staticmethod
    def eq2(a: Any, b: Any) -> Any:
        """Test for equality, the second shifted."""
        return operators.eq(a, b + 5.5)

    @staticmethod
    def sum_red(a: Any) -> Any:
        """Add up a list."""
        return operators.sum(a)

    @staticmethod
    def mean_red(a: Any) -> Any:
        """Average a list."""
        return operators.sum(a) / float(len(a))

    @staticmethod
    def mean_full_red(a: Any) -> Any:
        """Average a list over everything."""
        return operators.sum(a) / float(len(a))

    @classmethod
    def _tests(cls) -> tuple[list[Named], list[Named], list[Named]]:
        """List this class's functions: of one argument, of two, and the reductions."""
        one_arg, two_arg, reductions = [], [], []
        for name in dir(MathTest):
            function = getattr(cls, name)
            if name.startswith("_") or not callable(function):
                continue
            if name.endswith("2"):
                two_arg.append((name, function))
            elif name.endswith("red"):
                reductions.append((name, function))
            else:
                one_arg.append((name, function))
        return one_arg, two_arg, reductions

    @classmethod
    def _comp_testing(cls) -> tuple[list[Compared], list[Compared], list[Compared]]:
        """List triples of a name, the function on floats and this class's function."""
        one_arg, two_arg, reductions = (
            [
                (name, on_floats, function)
                for (name, on_floats), (_, function) in zip(expected, own, strict=True)
            ]
            for expected, own in zip(MathTest._tests(), cls._tests(), strict=True)
        )
        return one_arg, two_arg, reductions


class MathTestVariable(MathTest):
    """The same functions of Scalars and Tensors, written with their methods."""

    @staticmethod
    def inv(a: Any) -> Any:
        """Invert after a shift."""
        return 1.0 / (a + 3.5)

    @staticmethod
    def sig(a: Any) -> Any:
        """Apply the sigmoid."""
        return a.sigmoid()

    @staticmethod
    def log(a: Any) -> Any:
        """Take the logarithm of a large number."""
        return (a + 100000).log()

    @staticmethod
    def relu(a: Any) -> Any:
        """Apply ReLU after a shift."""
        return (a + 5.5).relu()

    @staticmethod
    def exp(a: Any) -> Any:
        """Apply the exponential after a shift."""
        return (a - 200).exp()

    @staticmethod
    def explog(a: Any) -> Any:
        """Add a logarithm and an exponential."""
        return (a + 100000).log() + (a - 200).exp()

    @staticmethod
    def complex(a: Any) -> Any:
        """Nest several functions."""
        return (((a * 10 + 7).relu() * 6 + 5).relu() * 10).sigmoid().log() / 50

    @staticmethod
    def gt2(a: Any, b: Any) -> Any:
        """Compare two arguments, the first shifted."""
        return a + 1.2 > b

    @staticmethod
    def lt2(a: Any, b: Any) -> Any:
        """Compare two arguments the other way, the first shifted."""
        return a + 1.2 < b

    @staticmethod
    def eq2(a: Any, b: Any) -> Any:
        """Test for equality, the second shifted."""
        return a == (b + 5.5)

    @staticmethod
    def sum_red(a: Any) -> Any:
        """Sum over dimension 0."""
        return a.sum(0)

    @staticmethod
    def mean_red(a: Any) -> Any:
        """Average over dimension 0."""
        return a.mean(0)

    @staticmethod
    def mean_full_red(a: Any) -> Any:
        """Average over everything."""
        return a.mean()
