"""Graphs deeper than Python's recursion limit: only memory bounds them."""

from __future__ import annotations

import sys

import pytest

from minitorch import Module, Parameter, Scalar, tensor, topological_sort


def chain(length: int) -> tuple[Scalar, Scalar]:
    """Give a leaf and what `length` additions of it make of zero."""
    x = Scalar(2.0)
    total = Scalar(0.0)
    for _ in range(length):
        total = total + x
    return x, total


@pytest.mark.task1_4
def test_a_scalar_chain_of_fifty_thousand_operations_differentiates() -> None:
    x, total = chain(50_000)
    assert total.data == 100_000.0
    total.backward(d_output=0.5)
    assert x.derivative == 25_000.0


@pytest.mark.task1_4
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_scalar_chain_of_a_million_operations_differentiates_and_is_freed() -> None:
    x, total = chain(1_000_000)
    total.backward()
    assert x.derivative == 1_000_000.0
    assert total.data == 2_000_000.0
    del total


@pytest.mark.task1_4
def test_a_deep_chain_of_products_keeps_its_derivative() -> None:
    x = Scalar(1.0)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    y.backward()
    assert x.derivative == pytest.approx(1.0001**10_000, rel=1e-9)


@pytest.mark.task1_4
def test_a_wide_graph_differentiates_every_leaf() -> None:
    leaves = [Scalar(float(i)) for i in range(5_000)]
    total = Scalar(0.0)
    for leaf in leaves:
        total = total + leaf * leaf
    total.backward()
    assert all(leaf.derivative == 2.0 * leaf.data for leaf in leaves)


@pytest.mark.task1_4
def test_the_order_of_a_deep_graph_holds_every_variable() -> None:
    _, total = chain(5_000)
    order = [variable.unique_id for variable in topological_sort(total)]
    assert order[0] == total.unique_id
    assert len(set(order)) == len(order) == 5_000 + 2


@pytest.mark.task2_4
def test_a_tensor_chain_of_twenty_thousand_operations_differentiates() -> None:
    x = tensor([2.0])
    y = x
    for _ in range(20_000):
        y = -y
    assert y.item() == 2.0
    y.backward(tensor([3.0]))
    assert x.grad.item() == 3.0


@pytest.mark.task0_4
def test_a_deep_tree_of_modules_reaches_its_last_parameter() -> None:
    depth = sys.getrecursionlimit() // 4
    root = module = Module()
    for _ in range(depth):
        module.child = Module()
        module = module.child
    module.p = Parameter(1)
    root.eval()
    assert module.training is False
    assert [p.value for p in root.parameters()] == [1]
