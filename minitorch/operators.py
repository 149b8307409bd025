"""Module 0: the mathematical operators that everything else is built from.

The scalar functions take and return floats, and Numba can compile each of them for the CPU and the
GPU. The functions at the end of the file treat whole lists.
"""

import math
from collections.abc import Callable, Iterable

# Task 0.1: operators on floats.

EPS = 1e-6


def mul(x: float, y: float) -> float:
    """$f(x, y) = x y$."""
    return x * y


def id(x: float) -> float:
    """$f(x) = x$."""
    return x


def add(x: float, y: float) -> float:
    """$f(x, y) = x + y$."""
    return x + y


def neg(x: float) -> float:
    """$f(x) = -x$."""
    return -x


def lt(x: float, y: float) -> float:
    """1.0 if x is smaller than y, else 0.0."""
    return 1.0 if x < y else 0.0


def eq(x: float, y: float) -> float:
    """1.0 if x equals y, else 0.0."""
    return 1.0 if x == y else 0.0


def max(x: float, y: float) -> float:
    """Give the larger of x and y."""
    return x if x > y else y


def is_close(x: float, y: float) -> float:
    """1.0 if x and y differ by less than 0.01, else 0.0 (NaN is close to nothing)."""
    return 1.0 if abs(x - y) < 1e-2 else 0.0


def sigmoid(x: float) -> float:
    r"""$f(x) = 1 / (1 + e^{-x})$, in the form whose exponential cannot overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    z = math.exp(x)
    return z / (1.0 + z)


def relu(x: float) -> float:
    """Give x if it is positive, else 0.0."""
    return x if x > 0 else 0.0


def log(x: float) -> float:
    r"""$f(x) = \log(x + EPS)$; the course adds EPS so that log(0) is finite."""
    return math.log(x + EPS)


def exp(x: float) -> float:
    """$f(x) = e^x$."""
    return math.exp(x)


def log_back(x: float, d: float) -> float:
    """Multiply d by the derivative of log at x."""
    return d / (x + EPS)


def inv(x: float) -> float:
    """$f(x) = 1 / x$."""
    return 1.0 / x


def inv_back(x: float, d: float) -> float:
    """Multiply d by the derivative of inv at x."""
    return -d / (x * x)


def relu_back(x: float, d: float) -> float:
    """Multiply d by the derivative of relu at x (0 at x = 0)."""
    return d if x > 0 else 0.0


# Task 0.3: higher-order functions, and lists.


def map(fn: Callable[[float], float]) -> Callable[[Iterable[float]], list[float]]:
    """Turn a function of a number into one that applies it to each item of a list."""
    return lambda ls: [fn(x) for x in ls]


def zipWith(
    fn: Callable[[float, float], float],
) -> Callable[[Iterable[float], Iterable[float]], list[float]]:
    """Turn a function of two numbers into one that combines two lists item by item.

    As with `zip`, the shorter list sets the length.
    """
    return lambda ls1, ls2: [fn(x, y) for x, y in zip(ls1, ls2, strict=False)]


def reduce(fn: Callable[[float, float], float], start: float) -> Callable[[Iterable[float]], float]:
    """Turn a function of two numbers into one that folds a list.

    The fold of x1, x2, x3 is fn(x3, fn(x2, fn(x1, start))).
    """

    def fold(ls: Iterable[float]) -> float:
        result = start
        for x in ls:
            result = fn(x, result)
        return result

    return fold


def negList(ls: Iterable[float]) -> list[float]:
    """Negate each item of a list."""
    return map(neg)(ls)


def addLists(ls1: Iterable[float], ls2: Iterable[float]) -> list[float]:
    """Add two lists item by item."""
    return zipWith(add)(ls1, ls2)


def sum(ls: Iterable[float]) -> float:
    """Add up a list; the sum of no items is 0."""
    return reduce(add, 0.0)(ls)


def prod(ls: Iterable[float]) -> float:
    """Multiply up a list; the product of no items is 1, so the shape () has size 1."""
    return reduce(mul, 1.0)(ls)
