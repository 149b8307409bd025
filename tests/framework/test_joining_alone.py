"""Joining, splitting, views and rearrangements held against NumPy and central differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from minitorch import torch

from .alone import Case, assert_central_differences, assert_formula, drawn

X, Y = drawn(2, 3, 4), drawn(2, 3, 4, seed=1)
M, V = drawn(3, 4), drawn(4)

JOINED: list[Case] = [
    ("cat", lambda *x: torch.cat(x, 1), lambda *x: np.concatenate(x, 1), [X, drawn(2, 1, 4)]),
    ("stack", lambda *x: torch.stack(x, -1), lambda *x: np.stack(x, -1), [X, Y]),
    ("hstack", lambda *x: torch.hstack(x), lambda *x: np.hstack(x), [X, Y]),
    ("vstack", lambda *x: torch.vstack(x), lambda *x: np.vstack(x), [V, M]),
    ("dstack", lambda *x: torch.dstack(x), lambda *x: np.dstack(x), [M, M]),
    ("column_stack", lambda *x: torch.column_stack(x), lambda *x: np.column_stack(x), [V, V]),
    ("repeat", lambda x: x.repeat(2, 1, 3), lambda x: np.tile(x, (2, 1, 3)), [M]),
    ("tile", lambda x: x.tile(2), lambda x: np.tile(x, 2), [M]),
    ("repeats", lambda x: x.repeat_interleave(2, 0), lambda x: np.repeat(x, 2, 0), [M]),
]
SPLIT: list[Case] = [
    ("split", lambda x: x.split([1, 3], 1), lambda x: (x[:, :1], x[:, 1:]), [M]),
    ("chunk", lambda x: x.chunk(2, 2), lambda x: np.split(x, 2, 2), [X]),
    ("unbind", lambda x: x.unbind(1), lambda x: [x[:, i] for i in range(3)], [X]),
    ("tensor_split", lambda x: x.tensor_split(3, 1), lambda x: np.array_split(x, 3, 1), [M]),
]
VIEWED: list[Case] = [
    ("view", lambda x: x.reshape(6, 4), lambda x: x.reshape(6, 4), [X]),
    ("permute", lambda x: x.permute(2, 0, 1), lambda x: x.transpose(2, 0, 1), [X]),
    ("transpose", lambda x: x.transpose(0, -1), lambda x: x.swapaxes(0, -1), [X]),
    ("movedim", lambda x: x.movedim(0, 2), lambda x: np.moveaxis(x, 0, 2), [X]),
    ("expand", lambda x: x.expand(2, 3, 4), lambda x: np.broadcast_to(x, (2, 3, 4)), [M]),
    ("unsqueeze", lambda x: x.unsqueeze(1), lambda x: x[:, None], [M]),
    ("flatten", lambda x: x.flatten(1), lambda x: x.reshape(2, 12), [X]),
    ("unflatten", lambda x: x.unflatten(1, (2, 2)), lambda x: x.reshape(3, 2, 2), [M]),
    ("narrow", lambda x: x.narrow(1, 1, 2), lambda x: x[:, 1:3], [M]),
    ("swapaxes", lambda x: x.swapaxes(0, 1), lambda x: x.T, [M]),
]
REARRANGED: list[Case] = [
    ("flip", lambda x: x.flip(0, 2), lambda x: np.flip(x, (0, 2)), [X]),
    ("roll", lambda x: x.roll((1, -1), (0, 1)), lambda x: np.roll(x, (1, -1), (0, 1)), [M]),
    ("rot90", lambda x: x.rot90(1), np.rot90, [M]),
    ("tril", lambda x: x.tril(1), lambda x: np.tril(x, 1), [M]),
    ("triu", torch.triu, np.triu, [M]),
    ("diag", torch.diag, np.diag, [V]),
    ("diag_embed", torch.diag_embed, np.diag, [V]),
    ("kron", torch.kron, np.kron, [M, drawn(2, 2)]),
    (
        "meshgrid",
        lambda x, y: torch.meshgrid(x, y, indexing="ij"),
        lambda x, y: np.meshgrid(x, y, indexing="ij"),
        [V, drawn(3)],
    ),
    (
        "pad",
        lambda x: torch.nn.functional.pad(x, (1, 2, 0, 1), value=0.5),
        lambda x: np.pad(x, ((0, 1), (1, 2)), constant_values=0.5),
        [M],
    ),
]
CASES = JOINED + SPLIT + VIEWED + REARRANGED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_values_are_numpys(case: Case) -> None:
    assert_formula(case)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_gradients_are_central_differences(case: Case, order: int) -> None:
    assert_central_differences(case, order)


@pytest.mark.parametrize("case", VIEWED + SPLIT, ids=lambda case: case[0])
def test_views_share_memory_and_versions(case: Case) -> None:
    x = torch.tensor(case[3][0])
    result: Any = case[1](x)
    view = result if isinstance(result, torch.Tensor) else result[0]
    assert np.shares_memory(view.numpy(), x.numpy())
    version = x._version
    view[(0,) * view.dim()] = 100.0
    assert (x == 100.0).sum().item() >= 1
    assert x._version == view._version == version + 1


@pytest.mark.parametrize("case", JOINED + REARRANGED, ids=lambda case: case[0])
def test_the_others_are_copies(case: Case) -> None:
    x = [torch.tensor(array) for array in case[3]]
    result: Any = case[1](*x)
    if isinstance(result, torch.Tensor) and case[0] != "diag":
        assert not np.shares_memory(result.numpy(), x[0].numpy())


def test_joined_dtypes_are_promoted_and_their_gradients_go_back() -> None:
    single = torch.ones(2, requires_grad=True)
    double = torch.ones(3, dtype=torch.float64, requires_grad=True)
    result = torch.cat([single, torch.tensor([1, 2]), double])
    assert result.dtype is torch.float64 and result.shape == (7,)
    (result * torch.arange(7)).sum().backward()
    assert single.grad.dtype is torch.float32 and single.grad.tolist() == [0.0, 1.0]
    assert double.grad.tolist() == [4.0, 5.0, 6.0]
