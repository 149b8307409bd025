"""Scans, differences and integrals give PyTorch's results, errors and gradients."""

from __future__ import annotations

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

SMOOTH = (
    *(
        f"x.{name}({arguments})"
        for name in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")
        for arguments in ("0", "-1", "dim=0", "2", "axis=-1")
    ),
    "torch.cumsum(x, 0, dtype=torch.float64)",
    "torch.cumprod(x, dim=-1, dtype=torch.float32)",
    "x.diff()",
    "x.diff(dim=0)",
    "x.diff(2)",
    "torch.diff(x, n=2, dim=0)",
    "torch.diff(x, n=0)",
    "torch.diff(x, n=9)",
    "torch.trapezoid(x)",
    "torch.trapz(x, dim=0)",
    "torch.trapezoid(x, dx=0.5)",
    "torch.trapezoid(x, x * x)",
    "torch.trapezoid(x, torch.tensor([0.0, 1.0, 3.0, 4.5]))",
    "torch.trapezoid(x, torch.tensor([0.0, 1.0, 3.0]), dim=-2)",
    "torch.cumulative_trapezoid(x)",
    "torch.cumulative_trapezoid(x, dx=2, dim=0)",
    "torch.cumulative_trapezoid(x, x * x, dim=-1)",
)
PLAIN = (
    "x.diff(n=-1)",
    "torch.trapezoid(x, torch.tensor([0.0, 1.0]))",
    "x.cumsum()",
    "torch.cumsum(2, 0)",
    "x.clone().cumsum_(0)",
    "x.clone().cumprod_(-1)",
    "x.clone().cumsum_(0, dtype=torch.float64)",
)


@pytest.mark.parametrize("expression", (*SMOOTH, *PLAIN))
def test_results_and_errors(expression: str) -> None:
    for dtype, layout in FORMS:
        if layout == "empty" and "2)" in expression:
            continue
        mine, peer = outcomes(expression, layout, dtype)
        if dtype is np.bool_ and is_missing_for_bool(mine, peer):
            continue
        try:
            assert_same_outcome(mine, peer, 1e-5 if dtype == np.float32 else 1e-6)
        except AssertionError as error:
            raise AssertionError(f"{layout} {np.dtype(dtype)}: {error}") from error


def tolerance(expression: str) -> float:
    return 1e-5 if "float32" in expression else 1e-9


def is_defined(expression: str, layout: str) -> bool:
    if layout == "empty" and "2)" in expression:
        return False  # PyTorch does not look at the dimension there.
    return not isinstance(outcomes(expression, layout, np.float64)[1], Exception)


@pytest.mark.parametrize("expression", (*SMOOTH, "x.clone().cumsum_(0)", "(x * 2).cumprod_(-1)"))
def test_gradients(expression: str) -> None:
    for layout in ("dense", "cube", "single", "empty", "turned", "repeated"):
        if is_defined(expression, layout):
            assert_same_gradients(expression, layout, 1, tolerance(expression))


@pytest.mark.parametrize("expression", SMOOTH)
def test_second_derivatives(expression: str) -> None:
    for layout in ("dense", "cube", "turned"):
        if is_defined(expression, layout):
            assert_same_gradients(expression, layout, 2, 10 * tolerance(expression))


WITH_OUT = (
    "torch.cumsum(x, 0, out=torch.zeros(3, 4).to(x.dtype))",
    "torch.cumprod(x, 0, dtype=torch.float64, out=torch.zeros(3, 4).to(torch.float64))",
    "torch.logcumsumexp(x, 0, out=torch.zeros(3, 4).to(x.dtype))",
    "torch.cummax(x, 0, out=(torch.zeros(3, 4).to(x.dtype), torch.zeros(3, 4).to(torch.int64)))",
    "torch.diff(x, out=torch.zeros(3, 3).to(x.dtype))",
)


@pytest.mark.parametrize("expression", WITH_OUT)
@pytest.mark.parametrize("dtype", (np.float64, np.float32, np.int64))
def test_results_go_where_the_caller_says(expression: str, dtype: type) -> None:
    mine, peer = outcomes(expression, "dense", dtype)
    assert_same_outcome(mine, peer, 1e-5)


SPECIAL = {
    "nan": [[1.0, np.nan, 3.0], [2.0, 2.0, -1.0]],
    "ties": [[1.0, 3.0, 3.0], [3.0, 1.0, 1.0]],
    "zeros": [[0.0, 3.0, 2.0], [1.0, 0.0, 5.0], [0.0, 2.0, 0.0], [1.0, 2.0, 0.0]],
    "far": [[-800.0, 800.0, 0.0], [800.0, -800.0, 0.0]],
}


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize(
    "expression",
    (
        "x.cumsum(1)",
        "x.cumprod(1)",
        "x.cumprod(0)",
        "x.cummax(1)",
        "x.cummin(0)",
        "x.logcumsumexp(1)",
    ),
)
def test_special_values_and_their_gradients(expression: str, kind: str) -> None:
    both = []
    for library in (ours, theirs):
        x = library.tensor(np.array(SPECIAL[kind]), requires_grad=True)
        result = computed(expression, library, x=x)
        first = result if isinstance(result, library.Tensor) else result[0]
        first.backward(library.tensor(np.random.default_rng(0).normal(size=tuple(x.shape))))
        both.append((result, (x.grad,)))
    assert_same_outcome(both[0][0], both[1][0])
    assert_same_outcome(both[0][1], both[1][1])


@pytest.mark.parametrize("dim", (0, 1))
def test_second_derivatives_of_running_products_hold_at_zeros(dim: int) -> None:
    both = []
    for library in (ours, theirs):
        x = library.tensor(np.array(SPECIAL["zeros"]), requires_grad=True)
        x.cumprod(dim).sum().backward(create_graph=True)
        gradient, x.grad = x.grad, None
        weights = np.random.default_rng(0).normal(size=tuple(x.shape))
        (gradient * library.tensor(weights)).sum().backward()
        both.append(x.grad.detach().numpy())
    np.testing.assert_allclose(*both, rtol=1e-10)


def test_differences_take_what_comes_before_and_after() -> None:
    both = []
    for library in (ours, theirs):
        x = library.tensor(np.arange(6.0).reshape(2, 3) ** 2, requires_grad=True)
        edge = library.tensor(np.array([[7.0], [8.0]]), requires_grad=True)
        result = library.diff(x, prepend=edge, append=edge * 2)
        result.backward(library.tensor(np.random.default_rng(0).normal(size=(2, 4))))
        both.append((result, x.grad, edge.grad))
    assert_same_outcome(*both)


@pytest.mark.parametrize("name", ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"))
def test_nodes_have_pytorchs_names(name: str) -> None:
    expression = f"x.{name}(0)" + ("[0]" if name in ("cummax", "cummin") else "")
    peer = computed(expression, theirs, x=theirs.ones(2, 3, requires_grad=True))
    mine = computed(expression, ours, x=ours.ones(2, 3).requires_grad_())
    assert f"grad_fn=<{type(peer.grad_fn).__name__}>" in repr(mine)


# ---- without PyTorch


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("cumsum", np.cumsum),
        ("cumprod", np.cumprod),
        ("logcumsumexp", lambda a, axis: np.log(np.cumsum(np.exp(a), axis))),
    ],
)
def test_results_are_numpys_and_gradients_those_of_differences(
    name: str, reference: object
) -> None:
    array = np.random.default_rng(3).normal(size=(3, 4))
    weights = np.random.default_rng(4).normal(size=(3, 4))
    x = torch.tensor(array, requires_grad=True)
    result = getattr(x, name)(1)
    np.testing.assert_allclose(result.detach().numpy(), reference(array, 1), rtol=1e-10)
    result.backward(torch.tensor(weights))
    for place in np.ndindex(array.shape):
        step = np.zeros_like(array)
        step[place] = 1e-6
        rise = reference(array + step, 1) - reference(array - step, 1)
        slope = float((rise * weights).sum()) / 2e-6
        assert abs(float(x.grad.numpy()[place]) - slope) < 1e-6 * max(1, abs(slope))
