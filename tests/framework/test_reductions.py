"""Reductions, extremes, norms and statistics give PyTorch's results, errors and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as torch

from .outcomes import (
    FORMS,
    assert_same_gradients,
    assert_same_outcome,
    computed,
    ours,
    outcomes,
    theirs,
)

# Of every reduction: all elements, one dimension, one that stays, the last one, several.
SEVERAL = ("", "0", "0, True", "-1", "dim=(0, -1)", "dim=[0]", "(0, 1), True", "axis=0", "2")
SMOOTH = (
    *(
        f"x.{name}({arguments})"
        for name in ("sum", "mean", "nansum", "nanmean", "var", "std", "amax", "amin", "norm")
        for arguments in SEVERAL
        if not (name == "norm" and (arguments[:1] in ("0", "-", "(", "2", "a") or "(" in arguments))
    ),
    *(
        f"x.{name}({arguments})"
        for name in ("prod", "max", "min")
        for arguments in ("", "0", "-1", "1, True", "dim=0", "axis=1, keepdims=True")
    ),
    *(f"x.logsumexp({arguments})" for arguments in ("0", "-1, True", "(0, 1)", "dim=-1")),
    "x.sum(dim=())",
    "x.sum_to_size(1)",
    "x.sum(0, dtype=torch.float32)",
    "x.sum(dtype=torch.float64)",
    "x.mean(dtype=torch.float64)",
    "x.prod(0, dtype=torch.float64)",
    "torch.sum(input=x, dim=0, keepdim=True)",
    "torch.sum(a=x, axis=0)",
    "torch.aminmax(x)",
    "torch.aminmax(x, dim=0)",
    "x.aminmax(dim=-1, keepdim=True)",
    "x.aminmax(dim=0).max",
    "x.aminmax(dim=0).min",
    "torch.max(x, x * 2 - 1)",
    "torch.min(x, other=x * 2 - 1)",
    "x.max(x * x)",
    "x.var(False)",
    "x.var(0, False, True)",
    "x.std(dim=1, unbiased=False)",
    "x.std(-1, correction=0, keepdim=True)",
    "x.var(correction=2)",
    "x.var(0, correction=5)",
    "x.std(0, correction=3)",
    "torch.var_mean(x)",
    "torch.var_mean(x, 0)",
    "torch.var_mean(x, -1, correction=0, keepdim=True)[1]",
    "torch.std_mean(x, dim=-1)",
    "torch.std_mean(x, (0, 1), False)[0]",
    "x.norm(1)",
    "x.norm(p=3, dim=0)",
    "x.norm(2, -1, True)",
    "x.norm(inf, 0)",
    "x.norm(-inf)",
    "x.norm(0, 0)",
    "x.norm(0.5, -1)",
    "x.norm(1.5)",
    "x.norm('nuc')",
    "torch.norm(x, 'nuc', (0, 1), True)",
    "torch.norm(x, 'nuc', dtype=torch.float64)",
    "torch.norm(x, 'fro', dim=(0, 1))",
    "torch.norm(x, dim=0, dtype=torch.float64)",
    "torch.norm(x, p=None)",
    "torch.dist(x, x * 2 - 1)",
    "torch.dist(x, x * 2 - 1, 1)",
    "torch.renorm(x, 2, 0, 1.0)",
    "x.renorm(1, -1, 2)",
    "x.softmax(0)",
    "x.softmax(-1)",
    "torch.softmax(x, dim=0, dtype=torch.float64)",
    "x.log_softmax(0)",
    "x.log_softmax(dim=-1)",
    "x.log_softmax(2)",
    "torch.log_softmax(x, -1, dtype=torch.float64)",
    "x.quantile(0.4)",
    "x.quantile(0.25, 0)",
    "x.quantile(0.5, dim=-1, keepdim=True)",
    "x.quantile(torch.tensor([0.1, 0.5, 1.0]).to(x.dtype), 0)",
    "x.quantile(torch.tensor([0.1, 0.5]).to(x.dtype), keepdim=True)",
    *(
        f"x.quantile(0.4, -1, interpolation='{way}')"
        for way in ("linear", "lower", "higher", "midpoint", "nearest", "none")
    ),
    "torch.nanquantile(x, 0.3, 0)",
    "x.quantile(1.5)",
    "torch.cov(x)",
    "torch.cov(x, correction=0)",
    "torch.corrcoef(x)",
)
PLAIN = (
    *(
        f"x.{name}({arguments})"
        for name in ("any", "all", "count_nonzero")
        for arguments in ("", "0", "dim=-1", "dim=(0, 1)", "()", "2")
    ),
    *(f"x.{name}({arguments})" for name in ("any", "all") for arguments in ("1, True", "axis=0")),
    *(
        f"x.{name}({arguments})"
        for name in ("argmax", "argmin")
        for arguments in ("", "0", "-1, True", "keepdim=True", "dim=2")
    ),
    "x.prod((0, 1))",
    "x.norm('other')",
    "x.sum_to_size(3, 1)",
    "x.sum_to_size((4,))",
    "x.sum_to_size(5)",
    "torch.sum(3)",
    "x.var(correction=0, unbiased=True)",
    "x.sum((0, 0))",
    "torch.cov(x, fweights=torch.tensor([1, 2, 1, 3]))",
    "torch.cov(x, aweights=torch.tensor([0.5, 1.5, 1.0, 2.0]))",
    "torch.cov(x, fweights=torch.tensor([1, 2, 1, 3]), aweights=torch.tensor([0.5, 1, 1, 2]))",
    "torch.cov(x, fweights=torch.tensor([1, 2]))",
)


@pytest.mark.parametrize("expression", (*SMOOTH, *PLAIN))
def test_results_and_errors(expression: str) -> None:
    for dtype, layout in FORMS:
        mine, peer = outcomes(expression, layout, dtype)
        is_rough = dtype == np.float32 or "std" in expression or "var" in expression
        try:
            assert_same_outcome(mine, peer, 1e-5 if is_rough else 1e-6)
        except AssertionError as error:
            raise AssertionError(f"{layout} {np.dtype(dtype)}: {error}") from error


WITH_OUT = (
    "torch.sum(x, 0, out=torch.zeros(4).to(x.dtype))",
    "torch.mean(x, 0, out=torch.zeros(4).to(x.dtype))",
    "torch.amax(x, 0, out=torch.zeros(4).to(x.dtype))",
    "torch.max(x, 0, out=(torch.zeros(4).to(x.dtype), torch.zeros(4).to(torch.int64)))",
    "torch.argmax(x, 0, out=torch.zeros(4).to(torch.int64))",
    "torch.nansum(x, -1, out=torch.zeros(3).to(x.dtype))",
    "torch.logsumexp(x, 1, out=torch.zeros(3).to(x.dtype))",
    "torch.std(x, 0, out=torch.zeros(4).to(x.dtype))",
    "torch.norm(x, 2, 0, out=torch.zeros(4).to(x.dtype))",
    "torch.aminmax(x, dim=0, out=(torch.zeros(4).to(x.dtype), torch.zeros(4).to(x.dtype)))",
    "torch.any(x, 0, out=torch.zeros(4).to(torch.bool))",
    "torch.softmax(x, 0, out=torch.zeros(3, 4).to(x.dtype))",
    "torch.quantile(x, 0.5, 0, out=torch.zeros(4).to(x.dtype))",
)


@pytest.mark.parametrize("expression", WITH_OUT)
@pytest.mark.parametrize("dtype", (np.float64, np.float32, np.int64))
def test_results_go_where_the_caller_says(expression: str, dtype: Any) -> None:
    mine, peer = outcomes(expression, "dense", dtype)
    assert_same_outcome(mine, peer, 1e-5)


def is_defined(expression: str, layout: str) -> bool:
    return not isinstance(outcomes(expression, layout, np.float64)[1], Exception)


@pytest.mark.parametrize("expression", SMOOTH)
def test_gradients(expression: str) -> None:
    for layout in ("dense", "cube", "single", "empty", "turned", "repeated"):
        if is_defined(expression, layout):
            assert_same_gradients(expression, layout, 1)


@pytest.mark.parametrize("expression", SMOOTH)
def test_second_derivatives(expression: str) -> None:
    for layout in ("dense", "cube", "turned"):
        if is_defined(expression, layout):
            assert_same_gradients(expression, layout, 2, 1e-8)


SPECIAL = {
    "nan": [[1.0, np.nan, 3.0], [2.0, 2.0, -1.0]],
    "inf": [[1.0, np.inf, 3.0], [-np.inf, 2.0, -1.0]],
    "low": [[-np.inf, -np.inf], [1.0, -np.inf]],
    "ties": [[1.0, 3.0, 3.0], [3.0, 1.0, 1.0]],
    "zeros": [[0.0, 3.0, 2.0], [0.0, 0.0, 5.0], [1.0, 2.0, 4.0]],
    "one row": [[1.0, 2.0, 4.0]],
}
OF_SPECIAL = (
    "x.sum()", "x.nansum(0)", "x.nanmean(1)", "x.prod(1)", "x.prod()", "x.max()", "x.min(1)",
    "x.amax(0)", "x.amin()", "x.max(0)", "torch.aminmax(x, dim=1)", "x.argmax(1)", "x.argmin()",
    "x.logsumexp(1)", "x.softmax(1)", "x.log_softmax(0)", "x.var(0)", "x.std(1)", "x.norm(2, 1)",
    "x.norm(1, 0)", "x.norm(3, 1)", "x.norm(0.5, 1)",
    "x.quantile(0.5, 1)", "x.nanquantile(0.5, 1)", "x.nanquantile(0.3)", "x.any(1)", "x.all(0)",
    "x.count_nonzero(0)", "(x * 0).norm()", "(x * 0).std(1)", "torch.cov(x)",
)  # fmt: skip


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize("expression", OF_SPECIAL)
def test_special_values_and_their_gradients(expression: str, kind: str) -> None:
    both = []
    for library in (ours, theirs):
        x = library.tensor(np.array(SPECIAL[kind]), requires_grad=True)
        result = computed(expression, library, x=x)
        first = result if isinstance(result, library.Tensor) else result[0]
        if first.requires_grad:
            weights = np.random.default_rng(0).normal(size=tuple(first.shape))
            first.backward(library.tensor(weights))
        both.append((result, () if x.grad is None else (x.grad,)))
    assert_same_outcome(both[0][0], both[1][0])
    assert_same_outcome(both[0][1], both[1][1])


@pytest.mark.parametrize("expression", ("x.prod()", "x.prod(1)", "x.prod(0, True)"))
def test_second_derivatives_of_products_hold_at_zeros(expression: str) -> None:
    both = []
    for library in (ours, theirs):
        x = library.tensor(np.array(SPECIAL["zeros"]), requires_grad=True)
        computed(expression, library, x=x).sum().backward(create_graph=True)
        gradient, x.grad = x.grad, None
        weights = np.random.default_rng(0).normal(size=tuple(x.shape))
        (gradient * library.tensor(weights)).sum().backward()
        both.append(x.grad.detach().numpy())
    np.testing.assert_allclose(*both, rtol=1e-10)


NODES = (
    "x.sum()", "x.sum(0)", "x.mean()", "x.mean(0)", "x.prod()", "x.prod(0)", "x.max()", "x.min()",
    "x.max(0)[0]", "x.min(0)[0]", "x.amax()", "x.amin(0)", "x.aminmax()[0]", "x.var()", "x.std(0)",
    "torch.var_mean(x)[1]", "torch.std_mean(x)[0]", "x.norm()", "x.logsumexp(0)", "x.nansum()",
    "x.nanmean()", "x.softmax(0)", "x.log_softmax(0)",
)  # fmt: skip


@pytest.mark.parametrize("expression", NODES)
def test_nodes_have_pytorchs_names(expression: str) -> None:
    peer = computed(expression, theirs, x=theirs.ones(2, 3, requires_grad=True))
    mine = computed(expression, ours, x=ours.ones(2, 3).requires_grad_())
    assert f"grad_fn=<{type(peer.grad_fn).__name__}>" in repr(mine)


@pytest.mark.parametrize(
    "expression",
    ("torch.max(x, 0)", "x.min(1, True)", "torch.aminmax(x, dim=0)", "x.max(0).values"),
)
def test_named_results_print_as_pytorchs(expression: str) -> None:
    mine, peer = outcomes(expression, "dense", np.int64)
    assert repr(mine) == repr(peer)


@pytest.mark.parametrize("expression", ("x.var()", "x.std(0)", "torch.var_mean(x)", "torch.cov(x)"))
def test_too_few_elements_warn(expression: str) -> None:
    with pytest.warns(UserWarning, match="degrees of freedom is <= 0") as caught:
        eval(expression, {"torch": torch, "x": torch.ones(1)})
    assert caught[0].filename == "<string>"


@pytest.mark.parametrize(
    "expression",
    ("x.sum('a')", "x.mean(0.5)", "x.std(dim='a')", "x.argmax('a')", "torch.max(x, 'a')"),
)
def test_a_dim_that_is_no_number_is_named(expression: str) -> None:
    mine, peer = outcomes(expression, "dense", np.float64)
    assert_same_outcome(mine, peer)
    assert "argument 'dim'" in str(mine)


@pytest.mark.parametrize("name", ("sum", "mean", "prod", "amax", "var", "softmax", "cumsum"))
def test_numpys_integers_name_dimensions(name: str) -> None:
    results = []
    for dim in (1, np.int64(1)):
        x = torch.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
        result = getattr(x, name)(dim)
        (result * result).sum().backward()
        results.append((result.detach().numpy(), x.grad.numpy()))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_classes_of_tensors_stay_with_named_results() -> None:
    class Own(torch.Tensor):
        pass

    result = torch.ones(2, 3).as_subclass(Own).max(0)
    assert type(result) is torch.return_types.max
    assert [type(each) for each in result] == [Own, Own]


# ---- without PyTorch: NumPy and central differences


def slopes(function: Any, x: np.ndarray[Any, Any], step: float = 1e-6) -> np.ndarray[Any, Any]:
    """Give the derivative of a number by each element."""
    result = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][place] -= step
        moved[1][place] += step
        low, high = (float(function(torch.tensor(each))) for each in moved)
        result[place] = (high - low) / (2 * step)
    return result


@pytest.mark.parametrize(
    ("expression", "reference"),
    [
        ("x.sum(0)", lambda a: a.sum(0)),
        ("x.mean(-1, True)", lambda a: a.mean(-1, keepdims=True)),
        ("x.prod(1)", lambda a: a.prod(1)),
        ("x.amax(0)", lambda a: a.max(0)),
        ("x.std()", lambda a: a.std(ddof=1)),
        ("x.norm(3, 1)", lambda a: (np.abs(a) ** 3).sum(1) ** (1 / 3)),
        ("x.softmax(1)", lambda a: np.exp(a) / np.exp(a).sum(1, keepdims=True)),
        ("x.quantile(0.3, 0)", lambda a: np.quantile(a, 0.3, 0)),
        ("torch.cov(x)", np.cov),
    ],
)
def test_results_are_numpys_and_gradients_those_of_differences(
    expression: str, reference: Any
) -> None:
    array = np.random.default_rng(3).normal(size=(3, 4))
    x = torch.tensor(array, requires_grad=True)
    result = computed(expression, torch, x=x)
    np.testing.assert_allclose(result.detach().numpy(), reference(array), rtol=1e-10)
    weights = torch.tensor(np.random.default_rng(4).normal(size=tuple(result.shape)))
    result.backward(weights)

    def weighted(operand: Any) -> Any:
        return (computed(expression, torch, x=operand) * weights).sum()

    np.testing.assert_allclose(x.grad.numpy(), slopes(weighted, array), rtol=1e-6, atol=1e-7)
