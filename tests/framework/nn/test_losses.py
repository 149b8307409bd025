"""The losses of `nn.functional` and their modules, against PyTorch."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .loss_cases import CASES, FAULTS, FIXED, MIXED, SMOOTH

theirs = pytest.importorskip("torch")

LARGE = [case for case in CASES if "many" in case]


def names_in(case: str) -> set[str]:
    return set(re.findall(r"\w+", case))


class Run:
    """One library's computation of a case."""

    def __init__(
        self, library: Any, case: str, reduction: str, dtype: str, turned: bool = False
    ) -> None:
        used = names_in(case)
        self.leaves = {}
        names: dict[str, Any] = {"torch": library}
        for name, array in {**SMOOTH, **FIXED}.items():
            if name not in used:
                continue
            array = array.astype(dtype) if array.dtype.kind == "f" else array
            if turned and array.ndim == 2:
                leaf = library.tensor(np.ascontiguousarray(array.T))
                names[name] = leaf
            else:
                leaf = library.tensor(array)
            if name in SMOOTH:
                self.leaves[name] = leaf.requires_grad_()
            names[name] = leaf.t() if turned and array.ndim == 2 else leaf
        call = f"{case[:-1]}, reduction={reduction!r})"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.result = eval(f"torch.nn.functional.{call.removeprefix('*')}", names)
        self.library = library

    def loss(self) -> Any:
        """Weigh the results with numbers that are the same for both libraries."""
        weights = np.random.default_rng(99).normal(size=tuple(self.result.shape))
        return (self.result * self.library.tensor(weights.astype(str(self.numpy().dtype)))).sum()

    def numpy(self) -> Any:
        return self.result.detach().numpy()

    def gradients(self) -> dict[str, Any]:
        leaves = list(self.leaves.values())
        given = self.library.autograd.grad(self.loss(), leaves, allow_unused=True)
        return dict(zip(self.leaves, given, strict=True))

    def second(self) -> dict[str, Any]:
        leaves = list(self.leaves.values())
        first = self.library.autograd.grad(
            self.loss(), leaves, create_graph=True, allow_unused=True
        )
        numbers = np.random.default_rng(98)
        total = 0.0
        for own in first:
            weights = numbers.normal(size=tuple(leaves[0].shape if own is None else own.shape))
            if own is not None:
                total = total + (own * self.library.tensor(weights)).sum()
        total = total + sum((0.0 * leaf).sum() for leaf in leaves)
        given = self.library.autograd.grad(total, leaves, allow_unused=True)
        return dict(zip(self.leaves, given, strict=True))


def both(case: str, reduction: str, dtype: str, turned: bool = False) -> tuple[Run, Run]:
    return (
        Run(ours, case, reduction, dtype, turned),
        Run(theirs, case, reduction, dtype, turned),
    )


def assert_close(mine: dict[str, Any], peer: dict[str, Any], tolerance: float) -> None:
    for name, other in peer.items():
        own = mine[name]
        if other is None or own is None:
            left = own if other is None else other
            assert left is None or not np.nan_to_num(left.detach().numpy()).any(), name
            continue
        np.testing.assert_allclose(
            own.detach().numpy(),
            other.detach().numpy(),
            rtol=tolerance,
            atol=tolerance,
            err_msg=name,
        )


# Nodes that PyTorch puts behind those of a loss, for shapes and sums of several parts.
OWN_NAMES = {
    "ViewBackward0", "AddBackward0", "SqueezeBackward1", "MulBackward0", "WhereBackward0",
    "NegBackward0", "DivBackward0", "DivBackward1",
}  # fmt: skip

every_reduction = pytest.mark.parametrize("reduction", ["none", "mean", "sum"])


@every_reduction
@pytest.mark.parametrize("case", CASES)
def test_losses_and_gradients_are_pytorchs(case: str, reduction: str) -> None:
    mine, peer = both(case, reduction, "float64")
    assert tuple(mine.result.shape) == tuple(peer.result.shape)
    assert repr(mine.result.dtype) == repr(peer.result.dtype)
    np.testing.assert_allclose(mine.numpy(), peer.numpy(), rtol=1e-9, atol=1e-12)
    name = type(peer.result.grad_fn).__name__
    assert name in OWN_NAMES or type(mine.result.grad_fn).__name__ == name
    assert_close(mine.gradients(), peer.gradients(), 1e-9)


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("case", CASES)
def test_single_precision_is_close_and_stays(case: str, reduction: str) -> None:
    mine, peer = both(case, reduction, "float32")
    assert repr(mine.result.dtype) == repr(peer.result.dtype)
    np.testing.assert_allclose(mine.numpy(), peer.numpy(), rtol=2e-5, atol=1e-5)
    assert_close(mine.gradients(), peer.gradients(), 2e-5)


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize(
    "case", [case for case in CASES if names_in(case) & {"x", "p", "l"} and "[" not in case]
)
def test_turned_operands_give_the_same(case: str, reduction: str) -> None:
    mine, peer = both(case, reduction, "float64", turned=True)
    np.testing.assert_allclose(mine.numpy(), peer.numpy(), rtol=1e-9, atol=1e-12)
    assert_close(mine.gradients(), peer.gradients(), 1e-9)


@every_reduction
@pytest.mark.parametrize("case", [case for case in CASES if case[0] != "*" and case not in LARGE])
def test_second_derivatives_are_pytorchs(case: str, reduction: str) -> None:
    mine, peer = both(case, reduction, "float64")
    assert_close(mine.second(), peer.second(), 1e-8)


@every_reduction
@pytest.mark.parametrize("case", MIXED)
def test_two_dtypes_give_that_of_pytorch(case: str, reduction: str) -> None:
    mine, peer = both(case, reduction, "float64")
    assert repr(mine.result.dtype) == repr(peer.result.dtype)
    np.testing.assert_allclose(mine.numpy(), peer.numpy(), rtol=3e-6, atol=1e-6)


@pytest.mark.parametrize("case", ["mse_loss(x, y)", "binary_cross_entropy(p, q)", "nll_loss(l, t)"])
def test_half_precision_is_close(case: str) -> None:
    mine, peer = both(case, "mean", "float16")
    assert repr(mine.result.dtype) == "torch.float16"
    np.testing.assert_allclose(mine.numpy(), peer.numpy(), rtol=5e-3)


def test_one_target_for_one_row_gives_one_number() -> None:
    for name in ("nll_loss", "cross_entropy"):
        for reduction in ("none", "mean", "sum"):
            results = [
                getattr(library.nn.functional, name)(
                    library.tensor([0.1, 0.7, 0.3]), library.tensor([1]), reduction=reduction
                )
                for library in (ours, theirs)
            ]
            assert tuple(results[0].shape) == tuple(results[1].shape) == ()
            assert abs(results[0].item() - results[1].item()) < 1e-6


def test_nothing_at_all_gives_nan_or_zero() -> None:
    empty = ours.zeros(0, 3)
    for name in ("mse_loss", "binary_cross_entropy", "smooth_l1_loss"):
        loss = getattr(ours.nn.functional, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert np.isnan(loss(empty, empty).item()), name
        assert loss(empty, empty, reduction="sum").item() == 0, name


def test_certain_and_wrong_probabilities_cost_100() -> None:
    x = ours.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    loss = ours.nn.functional.binary_cross_entropy(
        x, ours.tensor([1.0, 0.0, 0.0, 1.0]), reduction="none"
    )
    assert loss.tolist() == [100, 100, 0, 0]
    loss.sum().backward()
    peer = theirs.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    theirs.nn.functional.binary_cross_entropy(
        peer, theirs.tensor([1.0, 0.0, 0.0, 1.0]), reduction="sum"
    ).backward()
    np.testing.assert_allclose(x.grad.numpy(), peer.grad.numpy(), rtol=1e-6)


def test_kl_div_averages_over_the_batch() -> None:
    for case in ("kl_div(l, q)", "kl_div(single, single)"):
        mine, peer = both(case, "batchmean", "float64")
        np.testing.assert_allclose(mine.numpy(), peer.numpy(), rtol=1e-12)


# ---- changes in place


@pytest.mark.parametrize("loss", ["mse_loss", "binary_cross_entropy_with_logits", "huber_loss"])
@pytest.mark.parametrize("changed", [0, 1])
def test_a_saved_operand_that_changed_is_found(loss: str, changed: int) -> None:
    for library in (theirs, ours):
        leaf = library.ones(3, 2, requires_grad=True)
        operands = [leaf * 0.5, library.zeros(3, 2)]
        result = getattr(library.nn.functional, loss)(*operands)
        operands[changed].add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            result.backward()


def test_a_target_class_that_changed_is_found() -> None:
    for library in (theirs, ours):
        x, t = library.ones(3, 2, requires_grad=True), library.tensor([0, 1, 0])
        result = library.nn.functional.cross_entropy(x, t)
        t.zero_()
        with pytest.raises(RuntimeError, match="modified by an inplace"):
            result.backward()


def test_a_second_backward_gives_the_same_if_the_graph_is_kept() -> None:
    for case in ("mse_loss(x, y)", "cross_entropy(x, t)", "binary_cross_entropy(p, q)"):
        run = Run(ours, case, "mean", "float64")
        run.result.backward(retain_graph=True)
        first = {name: leaf.grad.clone() for name, leaf in run.leaves.items()}
        run.result.backward()
        for name, leaf in run.leaves.items():
            np.testing.assert_array_equal(leaf.grad.numpy(), 2 * first[name].numpy())


# ---- errors and warnings


def evaluated(library: Any, expression: str) -> Any:
    names: dict[str, Any] = {"torch": library}
    for name, array in {**SMOOTH, **FIXED}.items():
        leaf = library.tensor(array)
        names[name] = leaf.requires_grad_() if name in SMOOTH else leaf
    return eval(f"torch.nn.functional.{expression}", names)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("expression", FAULTS)
def test_errors_are_of_pytorchs_classes(expression: str) -> None:
    with pytest.raises(Exception) as peer:
        evaluated(theirs, expression)
    with pytest.raises(peer.type) as mine:
        evaluated(ours, expression)
    assert len(str(mine.value)) > 30


OLD = [
    ("size_average=False", "sum"),
    ("size_average=True", "mean"),
    ("reduce=False", "none"),
    ("reduce=True", "mean"),
    ("size_average=False, reduce=True", "sum"),
    ("size_average=False, reduce=False", "none"),
]


@pytest.mark.parametrize(("arguments", "reduction"), OLD)
def test_old_arguments_warn_and_work(arguments: str, reduction: str) -> None:
    for call in ("mse_loss(x, y", "cross_entropy(x, t", "margin_ranking_loss(x, y, s"):
        with pytest.warns(UserWarning, match=f"please use reduction='{reduction}' instead"):
            mine = evaluated(ours, f"{call}, {arguments})")
        assert mine.tolist() == evaluated(ours, f"{call}, reduction={reduction!r})").tolist()
    with pytest.warns(UserWarning, match="reduction="):
        assert eval(f"ours.nn.MSELoss({arguments})").reduction == reduction


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_sizes_that_broadcast_are_warned_of(name: str) -> None:
    with pytest.warns(UserWarning, match="different to the input size") as seen:
        evaluated(ours, f"{name}(x, row)")
    assert seen[0].filename == __file__ or seen[0].filename == "<string>"


def test_kl_div_warns_of_its_mean() -> None:
    with pytest.warns(UserWarning, match="batchmean"):
        evaluated(ours, "kl_div(l, q)")
