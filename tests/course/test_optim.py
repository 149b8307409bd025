"""Stochastic gradient descent over Scalars and Tensors."""

from __future__ import annotations

from typing import Any

import pytest

import minitorch
from minitorch import SGD, Module, Optimizer, Parameter, Scalar, tensor


class Line(Module):
    """w x + b with Scalars."""

    def __init__(self) -> None:
        super().__init__()
        self.w = Parameter(Scalar(0.0))
        self.b = Parameter(Scalar(0.0))

    def forward(self, x: float) -> Scalar:
        """Evaluate the line."""
        return self.w.value * x + self.b.value


def test_an_optimizer_keeps_the_parameters_as_given() -> None:
    parameters = [Parameter(Scalar(1.0))]
    assert Optimizer(parameters).parameters is parameters
    assert SGD(parameters).parameters is parameters
    assert SGD(parameters).lr == 1.0
    assert SGD(parameters, lr=0.5).lr == SGD(parameters, 0.5).lr == 0.5
    assert issubclass(SGD, Optimizer)


def test_a_step_moves_a_scalar_against_its_derivative() -> None:
    parameter = Parameter(Scalar(3.0), name="w")
    before = parameter.value
    (parameter.value * parameter.value).backward()
    SGD([parameter], lr=0.25).step()
    assert isinstance(parameter.value, Scalar)
    assert parameter.value is not before
    assert parameter.value.data == 3.0 - 0.25 * 6.0
    assert parameter.value.is_leaf()


def test_a_step_moves_a_tensor_against_its_gradient() -> None:
    parameter = Parameter(tensor([[1.0, 2.0], [3.0, 4.0]]), name="w")
    (parameter.value * parameter.value).sum().backward()
    SGD([parameter], lr=0.25).step()
    assert parameter.value.to_numpy().tolist() == [[0.5, 1.0], [1.5, 2.0]]
    assert parameter.value.is_leaf()
    assert parameter.value.name == "w"


@pytest.mark.parametrize("value", [None, 5, Scalar(1.0), tensor([1.0])])
def test_what_has_no_derivative_stays(value: Any) -> None:
    parameter = Parameter(value)
    optimizer = SGD([parameter])
    optimizer.zero_grad()
    optimizer.step()
    assert parameter.value is value


def test_zero_grad_clears_scalars_and_tensors() -> None:
    scalar, array = Parameter(Scalar(1.0)), Parameter(tensor([1.0, 2.0]))
    (scalar.value * 2.0).backward()
    array.value.sum().backward()
    optimizer = SGD([scalar, array])
    optimizer.zero_grad()
    assert scalar.value.derivative is None
    assert array.value.grad is None
    optimizer.step()
    assert scalar.value.data == 1.0
    assert array.value.to_numpy().tolist() == [1.0, 2.0]


def test_scalar_training_finds_the_line() -> None:
    line = Line()
    optimizer = SGD(line.parameters(), lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        loss = Scalar(0.0)
        for x in (-1.0, 0.0, 2.0):
            error = line(x) - (2.0 * x - 1.0)
            loss = loss + error * error
        (loss / 3.0).backward()
        optimizer.step()
    assert line.w.value.data == pytest.approx(2.0, abs=1e-3)
    assert line.b.value.data == pytest.approx(-1.0, abs=1e-3)


def test_tensor_training_finds_the_line() -> None:
    w, b = Parameter(tensor([[0.0]])), Parameter(tensor([0.0]))
    x, y = minitorch.tensor([[-1.0], [0.0], [2.0]]), minitorch.tensor([[-3.0], [-1.0], [3.0]])
    optimizer = SGD([w, b], lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        error = x * w.value + b.value - y
        (error * error).mean().backward()
        optimizer.step()
    assert w.value.item() == pytest.approx(2.0, abs=1e-3)
    assert b.value.item() == pytest.approx(-1.0, abs=1e-3)
