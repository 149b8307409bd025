"""The connectionist temporal classification loss, against PyTorch and against all paths."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

STEPS, BATCH, CLASSES = 7, 3, 5
TARGETS = np.array([[1, 2, 2, 4], [3, 1, 4, 1], [2, 2, 2, 2]])
ROW = np.array([1, 2, 2, 3, 1, 2])


def scores(dtype: str = "float64") -> Any:
    return np.random.default_rng(0).normal(size=(STEPS, BATCH, CLASSES)).astype(dtype)


# ---- without PyTorch


def probability_of_all_paths(log_probs: Any, target: list[int], blank: int) -> float:
    """Add up the probabilities of all paths that read as target."""
    steps, classes = log_probs.shape
    total = 0.0
    for path in itertools.product(range(classes), repeat=steps):
        read = [label for label, _ in itertools.groupby(path) if label != blank]
        if read == target:
            total += math.exp(sum(log_probs[t, label] for t, label in enumerate(path)))
    return total


@pytest.mark.parametrize("target", [[], [1], [1, 2], [2, 2], [2, 1, 2]])
@pytest.mark.parametrize("blank", [0, 3])
def test_the_loss_is_that_of_all_paths(target: list[int], blank: int) -> None:
    x = ours.tensor(np.random.default_rng(1).normal(size=(5, 4)))
    log_probs = ours.nn.functional.log_softmax(x, -1)
    loss = ours.nn.functional.ctc_loss(
        log_probs,
        ours.tensor(target or [1], dtype=ours.int64),
        [5],
        [len(target)],
        blank=blank,
        reduction="sum",
    )
    wanted = -math.log(probability_of_all_paths(log_probs.numpy(), target, blank))
    assert abs(loss.item() - wanted) < 1e-12


def test_the_gradient_of_scores_is_that_of_central_differences() -> None:
    def loss(array: Any) -> Any:
        log_probs = ours.nn.functional.log_softmax(array, -1)
        return ours.nn.functional.ctc_loss(
            log_probs, ours.tensor(TARGETS), [7, 6, 7], [4, 3, 3], reduction="sum"
        )

    start = scores()
    x = ours.tensor(start, requires_grad=True)
    loss(x).backward()
    for place in itertools.product(range(0, STEPS, 2), range(BATCH), range(0, CLASSES, 2)):
        step = np.zeros_like(start)
        step[place] = 1e-5
        ahead, behind = (loss(ours.tensor(start + sign * step)).item() for sign in (1, -1))
        assert abs((ahead - behind) / 2e-5 - x.grad.numpy()[place]) < 1e-7


def test_labels_that_are_no_classes_are_refused() -> None:
    log_probs = ours.zeros(STEPS, BATCH, CLASSES)
    for wrong in (TARGETS + 1, TARGETS - 2):
        with pytest.raises(IndexError, match="outside 0"):
            ours.nn.functional.ctc_loss(log_probs, ours.tensor(wrong), [7, 7, 7], [4, 4, 4])


def test_there_is_no_second_derivative() -> None:
    x = ours.tensor(scores(), requires_grad=True)
    loss = ours.nn.functional.ctc_loss(x, ours.tensor(TARGETS), [7, 7, 7], [2, 2, 2])
    (gradient,) = ours.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="not implemented"):
        gradient.sum().backward()


# ---- against PyTorch

# The targets, input lengths, target lengths and options.
CASES = [
    "tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "tensor(TARGETS), [7, 6, 7], [4, 3, 3]",
    "tensor(TARGETS), (7, 6, 7), (4, 3, 3)",
    "tensor(ROW), tensor([7, 6, 5]), tensor([3, 1, 2])",
    "tensor(TARGETS), tensor([7, 6, 5]), tensor([0, 2, 1])",
    "tensor(TARGETS), tensor([7, 0, 5]), tensor([1, 0, 1])",
    "tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 2]), blank=3",
    "tensor(TARGETS).int(), tensor([7, 6, 7]).int(), tensor([4, 3, 3]).int()",
    "tensor(TARGETS).double(), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "tensor(TARGETS), tensor([7, 6, 6]), tensor([4, 3, 4]), zero_infinity=True",
    "tensor(TARGETS), tensor([7, 3, 0]), tensor([4, 4, 1]), zero_infinity=True",
]


def computed(case: str, library: Any, dtype: str, **options: Any) -> tuple[Any, Any]:
    """Give the loss, and the gradient of the scores."""
    x = library.tensor(scores(dtype), requires_grad=True)
    names = {
        "tensor": library.tensor, "TARGETS": TARGETS, "ROW": ROW, "ctc_loss":
        library.nn.functional.ctc_loss, "x": library.nn.functional.log_softmax(x, -1), **options,
    }  # fmt: skip
    text = ", ".join(f"{name}={value!r}" for name, value in options.items())
    loss = eval(f"ctc_loss(x, {case}, {text})", names)
    weights = np.random.default_rng(5).normal(size=tuple(loss.shape)).astype(dtype)
    (loss * library.tensor(weights)).sum().backward()
    return loss.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("case", CASES)
def test_losses_and_gradients_are_pytorchs(case: str, reduction: str, dtype: str) -> None:
    theirs = pytest.importorskip("torch")
    loss, gradient = computed(case, ours, dtype, reduction=reduction)
    peer_loss, peer_gradient = computed(case, theirs, dtype, reduction=reduction)
    tolerance = 1e-9 if dtype == "float64" else 1e-4
    assert loss.dtype == peer_loss.dtype
    assert loss.shape == peer_loss.shape
    np.testing.assert_allclose(loss, peer_loss, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradient, peer_gradient, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_log_probs_without_a_batch_are_taken(reduction: str) -> None:
    theirs = pytest.importorskip("torch")
    results = []
    for library in (ours, theirs):
        x = library.tensor(scores()[:, 0], requires_grad=True)
        lengths = library.tensor(7), library.tensor(3)
        loss = library.nn.functional.ctc_loss(
            x.log_softmax(-1), library.tensor([1, 2, 2]), *lengths, reduction=reduction
        )
        loss.backward()
        results.append((loss.detach().numpy(), x.grad.numpy()))
    assert results[0][0].shape == results[1][0].shape == ()
    for mine, peer in zip(*results, strict=True):
        np.testing.assert_allclose(mine, peer, rtol=1e-9)


def test_impossible_targets_cost_infinity() -> None:
    theirs = pytest.importorskip("torch")
    for library in (theirs, ours):
        loss = library.nn.functional.ctc_loss(
            library.tensor(scores()),
            library.tensor(TARGETS),
            (7, 3, 7),
            (1, 4, 1),
            reduction="none",
        )
        assert library.isinf(loss).tolist() == [False, True, False]


def test_large_batches_are_computed_in_all_threads() -> None:
    theirs = pytest.importorskip("torch")
    results = []
    for library in (ours, theirs):
        numbers = np.random.default_rng(8)
        x = library.tensor(numbers.normal(size=(60, 40, 12)), requires_grad=True)
        targets = library.tensor(numbers.integers(1, 12, (40, 20)))
        steps = library.tensor(numbers.integers(45, 61, 40))
        lengths = library.tensor(numbers.integers(1, 21, 40))
        loss = library.nn.functional.ctc_loss(x.log_softmax(-1), targets, steps, lengths)
        loss.backward()
        results.append((loss.item(), x.grad.numpy()))
    assert abs(results[0][0] - results[1][0]) < 1e-9
    np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-10)


FAULTS = [
    "x, tensor(TARGETS), tensor([7., 6., 7.]), tensor([4, 3, 3])",
    "x, tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3]), blank=5",
    "x, tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3]), blank=-1",
    "x, tensor(TARGETS), tensor([8, 6, 7]), tensor([4, 3, 3])",
    "x, tensor(TARGETS), tensor([7, 6, 7]), tensor([5, 3, 3])",
    "x, tensor(TARGETS), tensor([7, 6, 7]), tensor([-1, 3, 3])",
    "x, tensor(TARGETS), tensor([-1, 6, 7]), tensor([4, 3, 3])",
    "x, tensor(TARGETS), tensor([7, 6]), tensor([4, 3, 3])",
    "x, tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3])",
    "x, tensor(TARGETS), tensor(7), tensor([4, 3, 3])",
    "x, tensor(ROW), tensor([7, 6, 5]), tensor([3, 1, 1])",
    "x, tensor(ROW), tensor([7, 6, 5]), tensor([3, 2, 2])",
    "x, tensor(TARGETS[:1]), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "x, tensor(TARGETS[None]), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "x[None], tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "x[:, :0], tensor(TARGETS[:0]), tensor([]).long(), tensor([]).long()",
    "x.half(), tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "x.long(), tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3])",
    "x, tensor(TARGETS), tensor([7, 6, 7]), tensor([4, 3, 3]), reduction='avg'",
]


@pytest.mark.parametrize("arguments", FAULTS)
def test_errors_are_of_pytorchs_classes(arguments: str) -> None:
    theirs = pytest.importorskip("torch")

    def call(library: Any) -> None:
        names = {"tensor": library.tensor, "TARGETS": TARGETS, "ROW": ROW}
        names |= {"ctc_loss": library.nn.functional.ctc_loss, "x": library.tensor(scores())}
        eval(f"ctc_loss({arguments})", names)

    with pytest.raises(Exception) as peer:
        call(theirs)
    with pytest.raises(peer.type) as mine:
        call(ours)
    assert len(str(mine.value)) > 30


def test_the_module_passes_its_options_on() -> None:
    theirs = pytest.importorskip("torch")
    results = []
    for library in (ours, theirs):
        module = library.nn.CTCLoss(3, "sum", True)
        arguments = library.tensor(TARGETS), library.tensor([7, 6, 6]), library.tensor([4, 3, 4])
        results.append(module(library.tensor(scores()).log_softmax(-1), *arguments).item())
        assert repr(module) == "CTCLoss()"
        assert (module.blank, module.reduction, module.zero_infinity) == (3, "sum", True)
    assert abs(results[0] - results[1]) < 1e-9
