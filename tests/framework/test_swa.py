"""Averages of parameters, held against torch.optim.swa_utils."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minitorch import torch as ours
from minitorch.torch import nn, optim
from minitorch.torch.optim import swa_utils

theirs = pytest.importorskip("torch")
their_utils = pytest.importorskip("torch.optim.swa_utils")
SIDES = ((ours, nn, optim, swa_utils), (theirs, theirs.nn, theirs.optim, their_utils))


def model_of(torch: Any, module: Any, dtype: str = "float64") -> Any:
    """Make a model with two parameters, a buffer of floats and one of integers."""
    rng = np.random.default_rng(5)

    class Model(module.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.weight = module.Parameter(torch.tensor(rng.standard_normal((3, 2)).astype(dtype)))
            self.bias = module.Parameter(torch.tensor(rng.standard_normal(3).astype(dtype)))
            self.register_buffer("mean", torch.tensor(rng.standard_normal(2).astype(dtype)))
            self.register_buffer("count", torch.tensor(10))

        def forward(self, x: Any) -> Any:
            return (self.weight * x).sum() + self.bias.sum()

    return Model()


def change(torch: Any, model: Any, seed: int) -> None:
    """Move everything in a model."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor += torch.tensor(rng.standard_normal(tuple(tensor.shape)).astype("float64"))
        model.mean += 0.5
        model.count += 7 if seed % 2 else -12


AVERAGES = {
    "default": lambda u: {},
    "buffers": lambda u: {"use_buffers": True},
    "swa": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "swa-many": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "ema": lambda u: {"avg_fn": u.get_ema_avg_fn(0.8)},
    "ema-many": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.8), "use_buffers": True},
    "ema-fast": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.3)},
    "own": lambda u: {"avg_fn": lambda mean, value, count: mean * 0.5 + value * 0.5 + count},
}


@pytest.mark.parametrize("name", AVERAGES)
def test_averages(name: str) -> None:
    states = []
    for torch, module, _, utils in SIDES:
        model = model_of(torch, module)
        averaged = utils.AveragedModel(model, **AVERAGES[name](utils))
        for i in range(4):
            change(torch, model, i)
            averaged.update_parameters(model)
        states.append({key: value.numpy() for key, value in averaged.state_dict().items()})
        x = torch.tensor(np.ones((3, 2)))
        assert averaged(x).item() == averaged.module(x).item()
    assert list(states[0]) == list(states[1])
    for key, value in states[1].items():
        assert states[0][key].dtype == value.dtype
        np.testing.assert_allclose(states[0][key], value, rtol=1e-12, err_msg=key)


def test_the_model_itself_stays() -> None:
    model = model_of(ours, nn)
    averaged = swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    before = model.weight.detach().numpy().copy()
    change(ours, averaged.module, 1)
    np.testing.assert_array_equal(model.weight.detach().numpy(), before)


def test_bad_arguments() -> None:
    model = model_of(ours, nn)
    with pytest.raises(AssertionError, match="Only one"):
        swa_utils.AveragedModel(
            model, avg_fn=swa_utils.get_swa_avg_fn(), multi_avg_fn=swa_utils.get_swa_multi_avg_fn()
        )
    for make in (swa_utils.get_ema_avg_fn, swa_utils.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match="decay"):
            make(1.5)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="anneal_strategy"):
        swa_utils.SWALR(optimizer, 0.01, anneal_strategy="no")
    with pytest.raises(ValueError, match="anneal_epochs"):
        swa_utils.SWALR(optimizer, 0.01, anneal_epochs=-1)
    with pytest.raises(ValueError, match="swa_lr"):
        swa_utils.SWALR(optimizer, [0.01, 0.02])


@pytest.mark.parametrize("epochs", [0, 1, 5, 20])
@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_swalr(strategy: str, epochs: int) -> None:
    seen = []
    for torch, module, optimizers, utils in SIDES:
        model = model_of(torch, module)
        groups = [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.5}]
        optimizer = optimizers.SGD(groups, lr=0.1)
        scheduler = utils.SWALR(optimizer, [0.02, 0.7], epochs, strategy)
        rates = []
        for i in range(10):
            optimizer.step()
            scheduler.step()
            rates += scheduler.get_last_lr()
            if i == 4:
                state = scheduler.state_dict()
                scheduler = utils.SWALR(optimizer, [0.02, 0.7], 3, "cos")
                scheduler.load_state_dict(state)
        seen.append((rates, sorted(scheduler.state_dict())))
    assert seen[0][0] == pytest.approx(seen[1][0], rel=1e-12)
    assert seen[0][1] == seen[1][1]


def test_update_bn() -> None:
    if not hasattr(nn, "BatchNorm1d"):
        pytest.skip("there is no batch normalization yet")
    statistics = []
    batches = [np.random.default_rng(i).standard_normal((4, 3)).astype("float32") for i in range(5)]
    for torch, module, _, utils in SIDES:
        model = module.Sequential(module.BatchNorm1d(3), module.ReLU())
        model.eval()
        loader = [(torch.tensor(batch), None) for batch in batches]
        utils.update_bn(loader, model)
        assert not model.training
        assert model[0].momentum == 0.1
        statistics.append([value.numpy() for value in model[0].buffers()])
    for mine, other in zip(*statistics, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5)


def test_update_bn_without_any() -> None:
    calls = []

    class Plain(nn.Module):
        def forward(self, x: Any) -> Any:
            calls.append(x)
            return x

    if hasattr(nn, "BatchNorm1d"):
        swa_utils.update_bn([ours.tensor(1.0)], Plain())
        assert not calls
