"""Module 1: the functions of Scalars, each with its forward and its backward pass."""

from __future__ import annotations

from typing import Any

from . import operators, scalar
from .autodiff import Context


def wrap_tuple(x: Any) -> tuple[Any, ...]:
    """Put a single value into a tuple; a tuple stays as it is."""
    return x if isinstance(x, tuple) else (x,)


def unwrap_tuple(x: tuple[Any, ...]) -> Any:
    """Take a single value out of its tuple; a longer tuple stays as it is."""
    return x[0] if len(x) == 1 else x


class ScalarFunction:
    """A mathematical function of Scalars.

    A subclass defines the static methods `forward(ctx, *floats) -> float` and
    `backward(ctx, d_output) -> float | tuple`, which gives one derivative per argument. Neither is
    called directly: `apply` is, which also notes down the history.
    """

    @classmethod
    def _backward(cls, ctx: Context, d_out: float) -> tuple[float, ...]:
        return wrap_tuple(cls.backward(ctx, d_out))  # type: ignore[attr-defined]

    @classmethod
    def _forward(cls, ctx: Context, *inps: float) -> float:
        return cls.forward(ctx, *inps)  # type: ignore[attr-defined]

    @classmethod
    def apply(cls, *vals: scalar.ScalarLike) -> scalar.Scalar:
        """Compute the function and remember how.

        Raises:
            AssertionError: forward gave something else than a float.
        """
        ctx = Context()
        if len(vals) == 2:  # Most functions: written out, this is faster than the loop below.
            a, b = vals
            x, a = (a, a.data) if isinstance(a, scalar.Scalar) else (scalar.Scalar(a), a)
            y, b = (b, b.data) if isinstance(b, scalar.Scalar) else (scalar.Scalar(b), b)
            inputs = [x, y]
            result = cls.forward(ctx, a, b)  # type: ignore[attr-defined]
        else:
            inputs, values = [], []
            for v in vals:
                inputs.append(v if isinstance(v, scalar.Scalar) else scalar.Scalar(v))
                values.append(v.data if isinstance(v, scalar.Scalar) else v)
            result = cls.forward(ctx, *values)  # type: ignore[attr-defined]
        if not isinstance(result, float):
            raise AssertionError(
                f"{cls.__name__}.forward must return a float, got {result!r} of type "
                f"{type(result).__name__}."
            )
        return scalar.Scalar(result, scalar.ScalarHistory(cls, ctx, inputs))


class Add(ScalarFunction):
    """$f(x, y) = x + y$."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return a + b

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        return d_output, d_output


class Log(ScalarFunction):
    r"""$f(x) = \log(x)$."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        ctx.save_for_backward(a)
        return operators.log(a)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> float:
        (a,) = ctx.saved_values
        return operators.log_back(a, d_output)


class Mul(ScalarFunction):
    """$f(x, y) = x y$."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        a, b = ctx.saved_values
        return b * d_output, a * d_output


class Inv(ScalarFunction):
    """$f(x) = 1 / x$."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        ctx.save_for_backward(a)
        return operators.inv(a)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> float:
        (a,) = ctx.saved_values
        return operators.inv_back(a, d_output)


class Neg(ScalarFunction):
    """$f(x) = -x$."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        return operators.neg(a)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> float:
        return -d_output


class Sigmoid(ScalarFunction):
    r"""$f(x) = 1 / (1 + e^{-x})$."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        result = operators.sigmoid(a)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Context, d_output: float) -> float:
        (result,) = ctx.saved_values
        return result * (1.0 - result) * d_output


class ReLU(ScalarFunction):
    r"""$f(x) = \max(x, 0)$."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        ctx.save_for_backward(a)
        return operators.relu(a)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> float:
        (a,) = ctx.saved_values
        return operators.relu_back(a, d_output)


class Exp(ScalarFunction):
    """$f(x) = e^x$."""

    @staticmethod
    def forward(ctx: Context, a: float) -> float:
        result = operators.exp(a)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Context, d_output: float) -> float:
        (result,) = ctx.saved_values
        return result * d_output


class LT(ScalarFunction):
    """1.0 if x is smaller than y, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return operators.lt(a, b)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        return 0.0, 0.0


class EQ(ScalarFunction):
    """1.0 if x equals y, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: float, b: float) -> float:
        return operators.eq(a, b)

    @staticmethod
    def backward(ctx: Context, d_output: float) -> tuple[float, float]:
        return 0.0, 0.0
