"""Recurrent layers against their formulas in NumPy and central differences, without PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minitorch import torch


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def lstm_formula(x: Any, w: dict[str, Any]) -> Any:
    h = c = np.zeros((x.shape[1], 4))
    outputs = []
    for step in x:
        gates = step @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h @ w["weight_hh_l0"].T
        i, f, g, o = np.split(gates + w["bias_hh_l0"], 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs)


def gru_formula(x: Any, w: dict[str, Any]) -> Any:
    h = np.zeros((x.shape[1], 4))
    outputs = []
    for step in x:
        x_r, x_z, x_n = np.split(step @ w["weight_ih_l0"].T + w["bias_ih_l0"], 3, 1)
        h_r, h_z, h_n = np.split(h @ w["weight_hh_l0"].T + w["bias_hh_l0"], 3, 1)
        n = np.tanh(x_n + sigmoid(x_r + h_r) * h_n)
        z = sigmoid(x_z + h_z)
        h = (1 - z) * n + z * h
        outputs.append(h)
    return np.stack(outputs)


def rnn_formula(x: Any, w: dict[str, Any]) -> Any:
    h = np.zeros((x.shape[1], 4))
    outputs = []
    for step in x:
        gates = step @ w["weight_ih_l0"].T + w["bias_ih_l0"] + h @ w["weight_hh_l0"].T
        h = np.tanh(gates + w["bias_hh_l0"])
        outputs.append(h)
    return np.stack(outputs)


FORMULAS = {"LSTM": lstm_formula, "GRU": gru_formula, "RNN": rnn_formula}


@pytest.mark.parametrize("name", FORMULAS)
def test_formula_and_central_differences(name: str) -> None:
    torch.manual_seed(0)
    layer = getattr(torch.nn, name)(3, 4, dtype=torch.float64)
    numbers = np.random.default_rng(0)
    x, cotangent = numbers.normal(size=(5, 2, 3)), numbers.normal(size=(5, 2, 4))
    weights = {key: value.numpy().copy() for key, value in layer.state_dict().items()}
    output = layer(torch.tensor(x))[0]
    np.testing.assert_allclose(output.detach().numpy(), FORMULAS[name](x, weights), rtol=1e-12)
    (output * torch.tensor(cotangent)).sum().backward()
    for key, weight in layer.named_parameters():
        place = tuple(numbers.integers(0, weight.shape))
        slopes = []
        for step in (1e-6, -1e-6):
            moved = {**weights, key: weights[key].copy()}
            moved[key][place] += step
            slopes.append((FORMULAS[name](x, moved) * cotangent).sum() / 2e-6)
        np.testing.assert_allclose(weight.grad[place].item(), slopes[0] - slopes[1], rtol=1e-6)
