"""Sorting, searching, counting and comparing give PyTorch's results, errors and gradients."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import minitorch.torch as torch

from .outcomes import (
    FORMS,
    assert_same_gradients,
    assert_same_outcome,
    computed,
    is_missing_for_bool,
    ours,
    outcomes,
    theirs,
)

# Which one of equal elements is found is not always said in PyTorch: of these the positions are
# left out.
SMOOTH = (
    *(
        f"x.{name}({arguments})"
        for name in ("median", "nanmedian")
        for arguments in ("", "0", "-1", "1, True", "2")
    ),
    *(f"x.mode({arguments})[0]" for arguments in ("", "0", "1, True", "dim=2")),
    *(f"x.kthvalue({arguments})[0]" for arguments in ("1", "2, 0", "3, -1, True", "k=2", "9")),
    *(f"x.sort({arguments})[0]" for arguments in ("", "0", "-1, True", "descending=True", "2")),
    "torch.sort(x, stable=True)",
    "torch.sort(x, dim=0, descending=True, stable=True)",
    "x.sort(stable=True, dim=0)",
    "x.msort()",
    *(
        f"x.topk({arguments})[0]"
        for arguments in ("2", "1, 0", "2, -1, False", "k=1, largest=False", "9", "1, dim=2", "0")
    ),
)
PLAIN = (
    "torch.argsort(x, stable=True)",
    "x.argsort(dim=0, descending=True, stable=True)",
    "x.unique()",
    "torch.unique(x, return_inverse=True)",
    "torch.unique(x, return_counts=True)",
    "torch.unique(x, True, True, True)",
    "torch.unique(x, dim=0)",
    "torch.unique(x, return_inverse=True, return_counts=True, dim=-1)",
    "x.unique(dim=2)",
    "x.unique_consecutive()",
    "torch.unique_consecutive(x, return_inverse=True, return_counts=True)",
    "torch.unique_consecutive(x, dim=0)",
    "torch.searchsorted(torch.tensor([0, 1, 2, 3]).to(x.dtype), x)",
    "torch.searchsorted(torch.tensor([0, 1, 2, 3]), x, right=True)",
    "torch.searchsorted(torch.tensor([0, 1, 2, 3]).to(x.dtype), x, side='right', out_int32=True)",
    "torch.searchsorted(torch.tensor([0, 1, 2, 3]), 1.5)",
    "torch.searchsorted(torch.tensor([0, 1, 2, 3]), 2, side='middle')",
    "torch.searchsorted(torch.tensor([0, 1, 2, 3]), 2, side='left', right=True)",
    "torch.searchsorted(torch.tensor([3, 1, 2, 0]), 2, sorter=torch.tensor([3, 1, 2, 0]))",
    "torch.searchsorted(torch.sort(x)[0], x)",
    "torch.searchsorted(x[:1], x)",
    "torch.bucketize(x, torch.tensor([0, 1, 2]).to(x.dtype))",
    "torch.bucketize(x, torch.tensor([0.5, 1.5]), right=True, out_int32=True)",
    "torch.bucketize(1.5, torch.tensor([0.0, 1.0, 2.0]))",
    "torch.bucketize(x, torch.tensor([[0.5, 1.5]]))",
    "torch.bincount(x)",
    "x.reshape(-1).bincount()",
    "x.reshape(-1).bincount(minlength=9)",
    "torch.bincount(torch.tensor([1, 3, 1]), torch.tensor([0.5, 2.0, 1.0]))",
    "torch.bincount(torch.tensor([1, 3, 1]), torch.tensor([1, 2, 3]), minlength=2)",
    "torch.bincount(torch.tensor([1, -3]))",
    "torch.bincount(torch.tensor([1, 3]), minlength=-1)",
    "torch.bincount(torch.tensor([1, 3]), torch.tensor([1.0]))",
    "torch.histc(x)",
    "x.histc(5)",
    "torch.histc(x, bins=4, min=-1, max=1)",
    "torch.histc(x, 0)",
    "torch.histc(x, 4, 2, 1)",
    "torch.isin(x, torch.tensor([0, 2]).to(x.dtype))",
    "torch.isin(x, torch.tensor([0.0, 2.0]), invert=True)",
    "torch.isin(x, 1)",
    "torch.isin(1, x)",
    "torch.isin(x, torch.tensor([1, 2]).to(x.dtype), assume_unique=False)",
    "torch.isin(1, 2)",
    "torch.isclose(x, x)",
    "torch.isclose(x, torch.ones(3, 4).to(x.dtype), 0.3, 0.2)",
    "torch.isclose(x, torch.ones(4).to(x.dtype), rtol=-1)",
    "torch.allclose(x, x)",
    "torch.allclose(x, torch.tensor(1.0))",
    "x.allclose(x * 1, rtol=0, atol=0)",
    "torch.equal(x, x)",
    "torch.equal(x, torch.zeros(3, 4).to(x.dtype))",
    "x.equal(torch.zeros(2).to(x.dtype))",
    "torch.sort(3)",
)


@pytest.mark.parametrize("expression", (*SMOOTH, *PLAIN))
def test_results_and_errors(expression: str) -> None:
    for dtype, layout in FORMS:
        if layout == "repeated" and "median(0)" in expression:
            continue  # PyTorch sorts such memory in place there, and reads what it has written.
        mine, peer = outcomes(expression, layout, dtype)
        if dtype is np.bool_ and is_missing_for_bool(mine, peer):
            continue
        try:
            assert_same_outcome(mine, peer)
        except AssertionError as error:
            raise AssertionError(f"{layout} {np.dtype(dtype)}: {error}") from error


def is_defined(expression: str, layout: str) -> bool:
    return not isinstance(outcomes(expression, layout, np.float64)[1], Exception)


@pytest.mark.parametrize("expression", SMOOTH)
def test_gradients(expression: str) -> None:
    for layout in ("dense", "cube", "single", "empty", "turned"):
        if is_defined(expression, layout):
            assert_same_gradients(expression, layout, 1)


@pytest.mark.parametrize("expression", SMOOTH)
def test_second_derivatives_of_squares(expression: str) -> None:
    squared = re_square(expression)
    for layout in ("dense", "cube"):
        if is_defined(expression, layout):
            assert_same_gradients(squared, layout, 2)


def re_square(expression: str) -> str:
    """Put the square of x in the place of x."""
    return expression.replace("x.", "(x * x).", 1).replace("(x,", "(x * x,", 1)


NODES = (
    "x.sort()[0]", "x.msort()", "x.topk(1)[0]", "x.kthvalue(1)[0]", "x.mode()[0]", "x.median()",
    "x.median(0)[0]", "x.nanmedian()", "x.nanmedian(0)[0]",
)  # fmt: skip


@pytest.mark.parametrize("expression", NODES)
def test_nodes_have_pytorchs_names(expression: str) -> None:
    peer = computed(expression, theirs, x=theirs.ones(2, 3, requires_grad=True))
    mine = computed(expression, ours, x=ours.ones(2, 3).requires_grad_())
    assert f"grad_fn=<{type(peer.grad_fn).__name__}>" in repr(mine)


SPECIAL = np.array([[1.0, np.nan, 3.0, np.nan], [np.inf, 2.0, -np.inf, 2.0]])


@pytest.mark.parametrize(
    "expression",
    (
        "torch.sort(x, stable=True)",
        "torch.sort(x, 0, True)[0]",
        "x.topk(3)[0]",
        "x.kthvalue(3)[0]",
        "x.median()",
        "x.median(1)[0]",
        "x.nanmedian()",
        "x.nanmedian(1)",
        "x.mode()[0]",
        "x.unique()",
        "torch.isclose(x, x)",
        "torch.isclose(x, x, equal_nan=True)",
        "torch.allclose(x, x, equal_nan=True)",
        "torch.equal(x, x)",
        "torch.histc(x, 3, 0, 3)",
        "torch.isin(x, x)",
    ),
)
def test_special_values(expression: str) -> None:
    assert_same_outcome(
        *(computed(expression, library, x=library.tensor(SPECIAL)) for library in (ours, theirs))
    )


def test_the_gradient_of_a_median_is_shared() -> None:
    both = []
    for library in (ours, theirs):
        x = library.tensor(np.array([1.0, 2.0, 2.0, 2.0, 7.0]), requires_grad=True)
        x.median().backward()
        both.append(x.grad)
    assert_same_outcome(*both)


@pytest.mark.parametrize(
    "expression",
    (
        "torch.sort(x, out=(torch.zeros(3, 4).to(x.dtype), torch.zeros(3, 4).to(torch.int64)))[0]",
        "torch.topk(x, 1, 0, out=(torch.zeros(1, 4).to(x.dtype), torch.tensor([[1] * 4])))[0]",
        "torch.median(x, 0, out=(torch.zeros(4).to(x.dtype), torch.zeros(4).to(torch.int64)))[0]",
        "torch.msort(x, out=torch.zeros(3, 4).to(x.dtype))",
        "torch.bucketize(x, torch.tensor([1.0]), out=torch.zeros(3, 4).to(torch.int64))",
    ),
)
def test_results_go_where_the_caller_says(expression: str) -> None:
    assert_same_outcome(*outcomes(expression, "dense", np.float64))


# ---- without PyTorch


@pytest.mark.parametrize(
    "expression", ("x.sort()", "x.topk(2)", "x.median(0)", "x.max(0)", "x.aminmax(dim=0)")
)
def test_named_results_are_copied_and_pickled(expression: str) -> None:
    result = computed(expression, torch, x=torch.tensor([[3.0, 1.0], [2.0, 5.0]]))
    names = type(result).fields
    assert [id(getattr(result, name)) for name in names] == [id(each) for each in result]
    assert repr(copy.copy(result)) == repr(result)
    assert type(result)(list(result)) == tuple(result)
    assert pickle.loads(pickle.dumps(type(result))) is type(result)
    assert repr(result).startswith(f"torch.return_types.{type(result).__name__}(\n{names[0]}=")


@pytest.mark.parametrize(
    ("expression", "reference"),
    [
        ("x.sort(0)[0]", lambda a: np.sort(a, 0)),
        ("torch.argsort(x, -1, stable=True)", lambda a: np.argsort(a, -1, kind="stable")),
        ("x.unique()", np.unique),
        ("torch.isin(x, torch.tensor([1, 2]))", lambda a: np.isin(a, [1, 2])),
        ("torch.bincount(x.reshape(-1))", lambda a: np.bincount(a.ravel())),
        ("x.kthvalue(2, 0)[0]", lambda a: np.sort(a, 0)[1]),
    ],
)
def test_results_are_numpys(expression: str, reference: Any) -> None:
    array = np.random.default_rng(5).integers(0, 4, (4, 5))
    result = computed(expression, torch, x=torch.tensor(array))
    np.testing.assert_array_equal(result.numpy(), reference(array))


def test_gradients_go_to_where_elements_came_from() -> None:
    x = torch.tensor([[3.0, 1.0, 2.0]], requires_grad=True)
    (x.sort()[0] * torch.tensor([[10.0, 20.0, 30.0]])).sum().backward()
    assert x.grad.tolist() == [[30.0, 10.0, 20.0]]
