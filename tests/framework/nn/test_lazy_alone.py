"""Layers that learn sizes from the first input, without another library to compare with."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch import torch
from minitorch.torch import nn


@pytest.mark.parametrize(
    ("lazy", "plain", "shape"),
    [
        (nn.LazyLinear(4), nn.Linear(3, 4), (5, 3)),
        (nn.LazyConv2d(4, 3, groups=2), nn.Conv2d(6, 4, 3, groups=2), (2, 6, 4, 5)),
        (nn.LazyConvTranspose1d(4, 3), nn.ConvTranspose1d(2, 4, 3), (2, 2, 5)),
        (nn.LazyBatchNorm2d(), nn.BatchNorm2d(3), (2, 3, 2, 2)),
        (nn.LazyInstanceNorm1d(), nn.InstanceNorm1d(2, 1e-5, 0.1, True, True), (2, 5)),
    ],
)
def test_the_first_call_makes_a_plain_layer(
    lazy: nn.Module, plain: nn.Module, shape: tuple[int, ...]
) -> None:
    parameters = list(lazy.parameters())
    x = torch.tensor(np.random.default_rng(0).normal(size=shape).astype(np.float32))
    result = lazy(x)
    assert type(lazy) is type(plain)
    assert all(a is b for a, b in zip(parameters, lazy.parameters(), strict=True))
    assert [p.shape for p in lazy.parameters()] == [p.shape for p in plain.parameters()]
    plain.load_state_dict(lazy.state_dict())
    assert torch.equal(plain(x), result)
    result.sum().backward()
    assert all(p.grad is not None for p in parameters)


@pytest.mark.parametrize("size", [2, 3, 4, 7])
def test_cross_map_normalization_by_its_definition(size: int) -> None:
    x = np.random.default_rng(size).normal(size=(2, 6, 2, 3))
    beside = (size - 1) // 2
    sums = np.zeros_like(x)
    for channel in range(6):
        # The first channel counts for all later ones.
        near = {0} if channel > beside else set()
        near |= set(range(max(0, channel - beside), min(6, channel + beside + 1)))
        sums[:, channel] = sum(x[:, other] ** 2 for other in near)
    expected = x / (2.0 + 0.5 / size * sums) ** 0.75
    result = nn.CrossMapLRN2d(size, 0.5, k=2.0)(torch.tensor(x))
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-12)


def test_conv_tbc_by_its_definition() -> None:
    numbers = np.random.default_rng(0)
    x, w, b = (numbers.normal(size=shape) for shape in ((5, 2, 3), (2, 3, 4), (4,)))
    expected = np.stack([x[t] @ w[0] + x[t + 1] @ w[1] + b for t in range(4)])
    result = torch.conv_tbc(torch.tensor(x), torch.tensor(w), torch.tensor(b))
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-12)
