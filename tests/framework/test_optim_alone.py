"""Optimizers held against their formulas and promises, without PyTorch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from minitorch import torch as ours
from minitorch.torch import optim

from .optim_cases import CASES, NAMES, Options, Parameters


def leaf(values: Any, dtype: str = "float64") -> Any:
    return ours.tensor(np.array(values, dtype)).requires_grad_()


def test_sgd_is_the_formula() -> None:
    parameter = leaf([1.0, -2.0, 3.0])
    optimizer = optim.SGD([parameter], lr=0.1, momentum=0.9)
    expected, buffer = parameter.detach().numpy().copy(), 0.0
    for _ in range(5):
        optimizer.zero_grad()
        (parameter * parameter).sum().backward()
        optimizer.step()
        buffer = 0.9 * buffer + 2 * expected
        expected = expected - 0.1 * buffer
    np.testing.assert_allclose(parameter.detach().numpy(), expected, rtol=1e-13)


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_descends(name: str, options: Options) -> None:
    parameter = leaf([[1.0, -2.0], [0.5, 3.0]])
    plain = {key: value for key, value in options.items() if key != "weight_decay"}
    optimizer = getattr(optim, name)([parameter], **plain)
    sign = -1.0 if options.get("maximize") else 1.0

    def loss() -> Any:
        optimizer.zero_grad()
        result = (parameter * parameter).sum() * sign
        result.backward()
        return result

    first = loss().item() * sign
    for _ in range(20):
        optimizer.step(loss)
    assert loss().item() * sign < first


def test_closure_is_recorded_and_its_result_given_back() -> None:
    parameter = leaf([1.0])
    optimizer = optim.Adam([parameter])

    def closure() -> Any:
        loss = (parameter * parameter).sum()
        loss.backward()
        return loss

    with ours.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert parameter.grad.item() == 2.0
    assert optimizer.step() is None


def test_counts_a_change_of_parameters() -> None:
    parameter = leaf([1.0, 2.0])
    loss = (parameter * parameter).sum()
    parameter.grad = ours.tensor([1.0, 1.0], dtype=ours.float64)
    for name in ("SGD", "RAdam"):
        getattr(optim, name)([parameter]).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_parameters_without_gradient_rest() -> None:
    first, second = leaf([1.0]), leaf([1.0])
    optimizer = optim.Adam([first, second])
    first.grad = ours.tensor([1.0], dtype=ours.float64)
    optimizer.step()
    assert first.item() != 1.0
    assert second.item() == 1.0
    assert list(optimizer.state) == [first]
    second.grad = ours.tensor([1.0], dtype=ours.float64)
    optimizer.step()
    assert second.item() != 1.0
    assert optimizer.state[first]["step"].item() == 2
    assert optimizer.state[second]["step"].item() == 1


def test_exchanged_memory_is_noticed() -> None:
    parameter = leaf([1.0, 2.0])
    optimizer = optim.SGD([parameter], lr=1.0, momentum=0.5)
    parameter.grad = ours.tensor([1.0, 1.0], dtype=ours.float64)
    optimizer.step()
    parameter.data = ours.tensor([10.0, 20.0], dtype=ours.float64)
    optimizer.step()
    np.testing.assert_array_equal(parameter.detach().numpy(), [8.5, 18.5])
    optimizer.state[parameter]["momentum_buffer"] = ours.tensor([0.0, 0.0], dtype=ours.float64)
    optimizer.step()
    np.testing.assert_array_equal(parameter.detach().numpy(), [7.5, 17.5])
    optimizer.state.clear()
    optimizer.step()
    np.testing.assert_array_equal(parameter.detach().numpy(), [6.5, 16.5])
    optimizer.state[parameter] = {}
    optimizer.step()
    np.testing.assert_array_equal(parameter.detach().numpy(), [5.5, 15.5])


@pytest.mark.parametrize("name", ["SGD", "Rprop"])
def test_a_frozen_parameter_steps_as_long_as_it_has_a_gradient(name: str) -> None:
    parameter = leaf([1.0])
    optimizer = getattr(optim, name)([parameter])
    parameter.grad = ours.tensor([1.0], dtype=ours.float64)
    parameter.requires_grad_(False)
    optimizer.step()
    moved = parameter.item()
    assert moved < 1.0
    optimizer.zero_grad()
    optimizer.step()
    assert parameter.item() == moved


def test_zero_grad() -> None:
    parameter = leaf([1.0])
    optimizer = optim.SGD([parameter])
    (parameter * 3).sum().backward()
    gradient = parameter.grad
    optimizer.zero_grad(set_to_none=False)
    assert parameter.grad is gradient
    assert gradient.item() == 0.0
    optimizer.zero_grad()
    assert parameter.grad is None


def test_lr_may_be_a_tensor() -> None:
    parameter = leaf([1.0])
    optimizer = optim.SGD([parameter], lr=ours.tensor(0.5))
    parameter.grad = ours.tensor([1.0], dtype=ours.float64)
    optimizer.step()
    assert parameter.item() == 0.5


def test_differentiable_steps_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="differentiable"):
        optim.SGD([leaf([1.0])], differentiable=True)


def test_a_written_optimizer_runs_hooks() -> None:
    class Plain(optim.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        @ours.no_grad()
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for parameter in group["params"]:
                    parameter -= parameter.grad * group["lr"]

    class Child(Plain):
        def step(self, closure: Any = None) -> None:
            super().step(closure)

    parameter = leaf([1.0])
    parameter.grad = ours.tensor([1.0], dtype=ours.float64)
    optimizer = Child([parameter], lr=0.25)
    calls: list[str] = []
    optimizer.register_step_pre_hook(lambda *_: calls.append("before"))
    with optimizer.register_step_post_hook(lambda *_: calls.append("after")):
        optimizer.step()
    optimizer.step()
    assert calls == ["before", "after", "before"]
    assert parameter.item() == 0.5


@pytest.mark.parametrize("name", ["SGD", "Adam", "RAdam"])
def test_a_copy_goes_on_alone(name: str) -> None:
    options = {"momentum": 0.9} if name == "SGD" else {}
    parameters = Parameters(ours, "float64")
    optimizer = getattr(optim, name)(parameters.tensors, lr=0.1, **options)
    parameters.train(optimizer, 3)
    before = parameters.arrays()
    twin = pickle.loads(pickle.dumps(copy.deepcopy(optimizer)))
    others = twin.param_groups[0]["params"]
    for mine, other in zip(parameters.tensors, others, strict=True):
        other.grad = mine.grad.clone()
    twin.step()
    for tensor, array in zip(parameters.tensors, before, strict=True):
        np.testing.assert_array_equal(tensor.detach().numpy(), array)
    optimizer.step()
    for tensor, other in zip(parameters.tensors, others, strict=True):
        np.testing.assert_array_equal(tensor.detach().numpy(), other.detach().numpy())


def test_a_number_of_numpy_as_lr_does_not_widen_parameters() -> None:
    parameter = leaf([1.0], "float32")
    optimizer = optim.RAdam([parameter], lr=np.float64(0.1))
    parameter.grad = ours.tensor([1.0])
    optimizer.step()
    assert parameter.dtype is ours.float32
    assert parameter._array.dtype == np.float32
