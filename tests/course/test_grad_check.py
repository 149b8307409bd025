"""derivative_check and grad_check: right where there is no derivative, and not fooled elsewhere.

Both compare with finite differences, which mean nothing across a jump or a kink. There a correct
function must pass; next to it, and everywhere else, a wrong one must not.
"""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import (
    Context,
    Function,
    MathTestVariable,
    Scalar,
    ScalarFunction,
    Tensor,
    derivative_check,
    grad_central_difference,
    grad_check,
    rand,
    tensor,
    zeros,
)

from .checks import tensor_of

# Distances from a kink at which a finite difference of step 1e-6 no longer touches it.
NEAR = [1e-5, 1e-3, 0.1, -1e-5, -1e-3, -0.1]
# Distances at which the step still reaches across.
ACROSS = [1e-7, 5e-7, 9e-7, -1e-7, -5e-7, -9e-7]


# --- Scalars ----------------------------------------------------------------------------------


def scalar_function(forward: Any, slope: Any) -> type[ScalarFunction]:
    """Make a ScalarFunction with a given, right or wrong, slope."""

    class Made(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float) -> float:
            ctx.save_for_backward(x)
            return float(forward(x))

        @staticmethod
        def backward(ctx: Context, d_output: float) -> float:
            return float(slope(ctx.saved_values[0]) * d_output)

    return Made


@pytest.mark.task1_4
@pytest.mark.parametrize(("x", "y"), [(0.0, 1.2), (3.3, 3.3 + 1.2), (-1.2, 0.0)])
def test_comparisons_pass_exactly_at_their_jump(x: float, y: float) -> None:
    derivative_check(MathTestVariable.lt2, Scalar(x), Scalar(y))
    derivative_check(MathTestVariable.gt2, Scalar(x), Scalar(y))
    derivative_check(MathTestVariable.eq2, Scalar(x), Scalar(x - 5.5))


@pytest.mark.task1_4
def test_relu_passes_exactly_at_its_kink() -> None:
    derivative_check(MathTestVariable.relu, Scalar(-5.5))
    derivative_check(lambda a: a.relu() * 3.0 + (-a).relu(), Scalar(0.0))


@pytest.mark.task1_4
@pytest.mark.parametrize("distance", [*NEAR, *ACROSS])
def test_relu_and_comparisons_pass_next_to_their_kink(distance: float) -> None:
    derivative_check(lambda a: a.relu(), Scalar(distance))
    derivative_check(lambda a: a < 1.0, Scalar(1.0 + distance))
    derivative_check(lambda a, b: a > b, Scalar(1.0 + distance), Scalar(1.0))


@pytest.mark.task1_4
@pytest.mark.parametrize("distance", NEAR)
@pytest.mark.parametrize("wrong", [0.0, 0.5, -1.0])
def test_a_wrong_relu_fails_next_to_its_kink(distance: float, wrong: float) -> None:
    right = 1.0 if distance > 0 else 0.0
    if wrong == right:
        wrong = 1.0
    made = scalar_function(lambda x: max(x, 0.0), lambda x: wrong)
    with pytest.raises(AssertionError):
        derivative_check(made.apply, Scalar(distance))


@pytest.mark.task1_4
@pytest.mark.parametrize("distance", NEAR)
def test_a_wrong_comparison_fails_next_to_its_jump(distance: float) -> None:
    made = scalar_function(lambda x: float(x < 1.0), lambda x: -0.05)
    with pytest.raises(AssertionError):
        derivative_check(made.apply, Scalar(1.0 + distance))


@pytest.mark.task1_4
@pytest.mark.parametrize(
    ("forward", "slope"),
    [
        (lambda x: x * x, lambda x: x),
        (lambda x: x * x, lambda x: 2.0 * x + 0.08),
        (lambda x: x, lambda x: -1.0),
        (lambda x: x, lambda x: 1.03),
        (lambda x: math.exp(x), lambda x: 0.0),
        (lambda x: 1.0, lambda x: 0.02),
        (lambda x: math.sin(x), lambda x: float("nan")),
    ],
)
@pytest.mark.parametrize("x", [0.7, -2.0, 3.0])
def test_a_wrong_derivative_fails(forward: Any, slope: Any, x: float) -> None:
    with pytest.raises(AssertionError):
        derivative_check(scalar_function(forward, slope).apply, Scalar(x))


@pytest.mark.task1_4
def test_a_steep_curve_is_no_kink() -> None:
    # The one-sided differences at the bottom of the bowl disagree, but less at a smaller step.
    derivative_check(lambda a: a * a * 1e4, Scalar(0.0))
    made = scalar_function(lambda x: 1e4 * x * x, lambda x: 2e4 * x + 1.0)
    with pytest.raises(AssertionError):
        derivative_check(made.apply, Scalar(0.0))


@pytest.mark.task1_4
def test_an_error_in_one_argument_fails_whatever_the_others_are() -> None:
    class HalfWrong(ScalarFunction):
        @staticmethod
        def forward(ctx: Context, x: float, y: float) -> float:
            return max(x, 0.0) + y

        @staticmethod
        def backward(ctx: Context, d_output: float) -> tuple[float, float]:
            return 0.0, 2.0 * d_output

    # The first argument is at its kink and not judged; the second one is.
    with pytest.raises(AssertionError, match="2"):
        derivative_check(HalfWrong.apply, Scalar(0.0), Scalar(1.0))


@pytest.mark.task1_4
def test_derivatives_within_the_tolerance_pass() -> None:
    derivative_check(scalar_function(lambda x: x, lambda x: 1.005).apply, Scalar(1.0))
    derivative_check(scalar_function(lambda x: 100.0 * x, lambda x: 100.9).apply, Scalar(1.0))


@pytest.mark.task1_4
def test_derivatives_of_reused_scalars_accumulate_and_then_fail() -> None:
    x = Scalar(1.0)
    derivative_check(lambda a: a * 3.0, x)
    assert x.derivative == 3.0
    with pytest.raises(AssertionError):
        derivative_check(lambda a: a * 3.0, x)


# --- Tensors ----------------------------------------------------------------------------------


class OffByFactor(Function):
    """a * a with 1.1 times its gradient."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        """Save and square."""
        ctx.save_for_backward(a)
        return a * a

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        """Give a tenth too much."""
        (a,) = ctx.saved_values
        return grad_output * a * 2.2


class SilentRelu(Function):
    """relu whose gradient is lost."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        """Apply the right function."""
        return a.relu()

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        """Give zeros."""
        return grad_output * 0.0


class SwappedMul(Function):
    """a * b whose gradients are exchanged."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        """Save and multiply."""
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        """Exchange the two."""
        a, b = ctx.saved_values
        return grad_output * a, grad_output * b


def full(value: float, shape: tuple[int, ...] = (2, 3)) -> Tensor:
    """A tracked leaf with one value everywhere, so that any cell may be sampled."""
    return tensor_of(np.full(shape, value))


@pytest.mark.task2_4
def test_tensor_comparisons_pass_exactly_at_their_jump() -> None:
    for a, b in ((0.0, 1.2), (3.3, 3.3 + 1.2)):
        grad_check(MathTestVariable.lt2, full(a), full(b))
        grad_check(MathTestVariable.gt2, full(a), full(b))
        grad_check(MathTestVariable.lt2, full(a).sum(0) / 2.0, full(b))
        grad_check(MathTestVariable.gt2, full(a), full(b).sum(0) / 2.0)
    grad_check(MathTestVariable.eq2, full(5.5), full(0.0))


@pytest.mark.task2_4
def test_tensor_relu_passes_exactly_at_its_kink() -> None:
    grad_check(MathTestVariable.relu, full(-5.5))
    grad_check(lambda a: a.relu() * 3.0 + (-a).relu(), full(0.0))


@pytest.mark.task2_4
@pytest.mark.parametrize("distance", [*NEAR, *ACROSS])
def test_tensor_functions_pass_next_to_their_kink(distance: float) -> None:
    grad_check(lambda a: a.relu(), full(distance))
    grad_check(lambda a: a < 1.0, full(1.0 + distance))


@pytest.mark.task2_4
@pytest.mark.parametrize("distance", [d for d in NEAR if d > 0])
def test_a_wrong_tensor_relu_fails_next_to_its_kink(distance: float) -> None:
    with pytest.raises(AssertionError):
        grad_check(SilentRelu.apply, full(distance))


@pytest.mark.task2_4
@pytest.mark.parametrize("shape", [(1,), (2, 3), (2, 1, 2)], ids=str)
def test_a_wrong_gradient_fails(shape: tuple[int, ...]) -> None:
    with pytest.raises(AssertionError):
        grad_check(OffByFactor.apply, full(0.7, shape))
    with pytest.raises(AssertionError):
        grad_check(SwappedMul.apply, full(0.7, shape), full(2.0, shape))


@pytest.mark.task2_4
def test_a_wrong_gradient_of_the_second_argument_fails_though_the_first_is_at_a_kink() -> None:
    with pytest.raises(AssertionError):
        grad_check(lambda a, b: a.relu() + OffByFactor.apply(b), full(0.0), full(1.0))


@pytest.mark.task2_4
def test_a_steep_tensor_curve_is_no_kink() -> None:
    class Shifted(Function):
        @staticmethod
        def forward(ctx: Context, a: Tensor) -> Tensor:
            ctx.save_for_backward(a)
            return a * a * 1e4

        @staticmethod
        def backward(ctx: Context, grad_output: Tensor) -> Tensor:
            (a,) = ctx.saved_values
            return grad_output * (a * 2e4 + 1.0)

    grad_check(lambda a: a * a * 1e4, full(0.0))
    with pytest.raises(AssertionError):
        grad_check(Shifted.apply, full(0.0))


@pytest.mark.task2_4
def test_grad_check_zeroes_what_was_there_and_tracks_constants() -> None:
    a, constant = full(2.0), zeros((2, 3))
    (a * 100.0).sum().backward()
    grad_check(lambda x, y: x * 3.0 + y * 5.0, a, constant)
    assert a.grad.to_numpy().tolist() == [[3.0] * 3] * 2
    assert constant.grad.to_numpy().tolist() == [[5.0] * 3] * 2
    assert constant.is_leaf()


@pytest.mark.task2_4
def test_grad_check_takes_results_as_leaves() -> None:
    result = tensor([[1.0, 2.0], [3.0, 4.0]]).sum(0)
    grad_check(lambda a: a * a, result)
    assert result.is_leaf()
    assert result.grad.to_numpy().tolist() == [[8.0, 12.0]]


@pytest.mark.task2_4
def test_grad_check_seeds_pythons_generator_before_the_function() -> None:
    drawn: list[float] = []

    def noisy(a: Tensor) -> Tensor:
        noise = rand(a.shape)
        drawn.append(noise[0, 0])
        return a * 2.0 + noise * 0.0

    random.seed(123)
    grad_check(noisy, full(1.0))
    assert drawn[0] == random.Random(10).random()


@pytest.mark.task2_4
@pytest.mark.parametrize("permuted", [False, True])
def test_grad_central_difference_moves_one_cell_of_one_argument(permuted: bool) -> None:
    a = tensor_of([[1.0, 2.0], [3.0, 4.0]], permuted)
    b = tensor_of([[5.0, 6.0], [7.0, 8.0]], permuted)
    result = grad_central_difference(lambda x, y: x * x * y, a, b, arg=0, ind=(0, 1))
    assert isinstance(result, float)
    assert result == pytest.approx(2.0 * 2.0 * 6.0, rel=1e-6)
    by_second = grad_central_difference(
        lambda x, y: x * x * y, a, b, arg=1, epsilon=0.5, ind=(1, 0)
    )
    assert by_second == pytest.approx(9.0)
    assert a.to_numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert minitorch.grad_central_difference is grad_central_difference
