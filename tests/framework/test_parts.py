"""Parts of tensors and what is put there, held against NumPy and central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours


def test_a_number_indexed_as_a_vector_is_given_with_a_warning() -> None:
    loss = ours.tensor(2.5, requires_grad=True) * 2
    with pytest.warns(FutureWarning, match=r"item\(\)") as caught:
        assert loss.data[0].item() == 5
    assert caught[0].filename == __file__
    for key in (1, (0, 0)):
        with pytest.raises(IndexError):
            loss.data[key]


def test_a_list_of_lists_warns_at_the_line_of_the_user() -> None:
    x = ours.arange(6).reshape(2, 3)
    with pytest.warns(UserWarning, match="non-tuple") as caught:
        x[[[0, 1], [1, 0]]]
    assert caught[0].filename == __file__


def test_writing_through_a_part_shows_in_the_whole_and_is_counted() -> None:
    x = ours.zeros(3, 4)
    row, version = x[1], x._changes[0]
    row[2] = 5
    x[0] = ours.ones(4)
    x[x > 4] += 1
    assert x._changes[0] == row._changes[0] == version + 3
    np.testing.assert_array_equal(x.numpy(), [[1] * 4, [0, 0, 6, 0], [0] * 4])


def test_what_was_overwritten_gets_no_gradient() -> None:
    x, value = ours.ones(3, requires_grad=True), ours.tensor(2.0, requires_grad=True)
    y = x * 3
    y[1] = value
    (y * ours.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [3, 0, 300]
    assert value.grad.item() == 10


def test_an_index_that_changes_after_it_was_used_is_noticed() -> None:
    x, index = ours.ones(3, requires_grad=True), ours.tensor([0, 1])
    y = x[index]
    index[0] = 2
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        y.sum().backward()


def test_parts_that_overlap_are_copied_as_if_they_did_not() -> None:
    x = ours.arange(5)
    x[1:] = x[:-1]
    assert x.tolist() == [0, 0, 1, 2, 3]


def test_membership() -> None:
    x = ours.arange(4)
    assert 3 in x
    assert 7 not in x
    assert ours.tensor(2) in x


def test_a_class_with_its_own_functions_is_asked() -> None:
    class Named(ours.Tensor):
        pass

    x = ours.arange(6.0).reshape(2, 3).as_subclass(Named)
    assert type(x[0]) is type(x[[0]]) is type(x[:, None]) is Named
    x[0] = 7.0
    x[x < 5] = 1.0
    assert x.tolist() == [[7, 7, 7], [1, 1, 5]]


MAPS: list[Callable[[Any], Any]] = [
    lambda x: x[1:, ::2] * x[0, 1],
    lambda x: x[[0, 2, 0], 1:] ** 2,
    lambda x: x[ours.tensor([[True, False, True, False]] * 3)] ** 2,
    lambda x: ours.cat([x, x[:1] * x[1:2]]).flip(0).roll(1, 1) ** 2,
    lambda x: x.unfold(1, 2, 1).diagonal() ** 2,
    lambda x: x.gather(1, ours.tensor([[3, 0], [1, 1], [2, 0]])) ** 3,
    lambda x: x.index_add(0, ours.tensor([2, 0]), x[:2] * x[1]) ** 2,
    lambda x: x.masked_fill(ours.eye(3, 4) > 0, 0.5).tril(1) * x.rot90(2),
    lambda x: x.split([1, 3], 1)[1].T.reshape(-1) ** 2,
]


@pytest.mark.parametrize("function", MAPS)
def test_gradients_are_central_differences(function: Callable[[Any], Any]) -> None:
    start = np.random.default_rng(0).normal(size=(3, 4))
    x = ours.tensor(start, requires_grad=True)
    weights = ours.tensor(np.random.default_rng(1).normal(size=function(x).shape))
    (function(x) * weights).sum().backward()
    expected, step = np.empty_like(start), 1e-6
    for place in np.ndindex(start.shape):
        ends = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * step
            ends.append((function(ours.tensor(moved)) * weights).sum().item())
        expected[place] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ["zero_", "fill_"])
def test_filling_removes_the_history(name: str) -> None:
    x = ours.ones(3, requires_grad=True)
    y = x * 2
    part = y[:2]
    getattr(part, name)(*([5] if name == "fill_" else []))
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 2]


def test_a_copy_brings_the_gradient_back_in_the_dtype_of_its_source() -> None:
    x = ours.ones(2, 1, requires_grad=True)
    y = ours.zeros(2, 3, dtype=ours.float64)
    y.copy_(x)
    (y * ours.tensor([[1.0, 2.0, 3.0]] * 2)).sum().backward()
    assert x.grad.dtype is ours.float32
    assert x.grad.tolist() == [[6], [6]]


def test_what_was_not_scattered_gets_no_gradient() -> None:
    x, src = ours.zeros(3), ours.ones(4, requires_grad=True)
    for function in (x.scatter, x.scatter_add, lambda *args: x.scatter_reduce(*args, "sum")):
        (weighted,) = ours.autograd.grad(
            (function(0, ours.tensor([2, 0]), src) * ours.tensor([1.0, 2.0, 3.0])).sum(), [src]
        )
        assert weighted.tolist() == [3, 1, 0, 0]


def test_scattered_sums_against_numpy() -> None:
    numbers = np.random.default_rng(0)
    source, index = numbers.normal(size=(50, 3)), numbers.integers(0, 7, (50, 3))
    own = ours.zeros(7, 3, dtype=ours.float64)
    own.scatter_add_(0, ours.tensor(index), ours.tensor(source))
    expected = np.zeros((7, 3))
    np.add.at(expected, (index, np.arange(3)), source)
    np.testing.assert_allclose(own.numpy(), expected, rtol=1e-12)


def test_gradients_of_mixed_dtypes_have_the_operands_own() -> None:
    x, y = ours.ones(2, requires_grad=True), ours.ones(2, dtype=ours.float64, requires_grad=True)
    (ours.cat([x, y]) * ours.stack([x, y]).reshape(4)).sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == (ours.float32, ours.float64)


def test_joined_parts_against_numpy() -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0, 12).reshape(2, 3)
    joined = ours.cat([ours.from_numpy(a), ours.from_numpy(b)], 1)
    np.testing.assert_array_equal(joined.numpy(), np.concatenate([a, b], 1))
    assert not np.may_share_memory(joined.numpy(), a)
