"""The modules of losses, against PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .loss_cases import FIXED, SMOOTH

theirs = pytest.importorskip("torch")

# The construction, and what the module is called with.
MODULES = [
    ("L1Loss()", "x, y"),
    ("MSELoss(reduction='sum')", "x, y"),
    ("SmoothL1Loss(beta=0.5)", "x, y"),
    ("HuberLoss('sum', 0.5)", "x, y"),
    ("PoissonNLLLoss(full=True)", "x, fives"),
    ("PoissonNLLLoss(log_input=False, eps=0.1)", "p, fives"),
    ("GaussianNLLLoss(full=True, reduction='none')", "x, y, v"),
    ("BCELoss()", "p, q"),
    ("BCELoss(w)", "p, q"),
    ("BCEWithLogitsLoss()", "x, q"),
    ("BCEWithLogitsLoss(v, pos_weight=w)", "x, q"),
    ("CrossEntropyLoss()", "x, t"),
    ("CrossEntropyLoss(w, ignore_index=2, label_smoothing=0.1, reduction='sum')", "x, t"),
    ("NLLLoss(w, ignore_index=2)", "l, t"),
    ("NLLLoss2d()", "image, pixels"),
    ("KLDivLoss(reduction='batchmean', log_target=True)", "l, x"),
    ("HingeEmbeddingLoss(0.5)", "x, s"),
    ("MarginRankingLoss(0.5)", "x, y, s"),
    ("CosineEmbeddingLoss(0.5)", "x, y, u"),
    ("TripletMarginLoss(margin=2.0, p=1.0, swap=True)", "x, y, z"),
    ("TripletMarginWithDistanceLoss(margin=2.0)", "x, y, z"),
    ("TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).sum(-1))", "x, y, z"),
    ("MultiMarginLoss(2, 0.5, w)", "x, t"),
    ("MultiLabelMarginLoss()", "x, labels"),
    ("MultiLabelSoftMarginLoss(w)", "x, hot"),
    ("SoftMarginLoss()", "x, s"),
]


def called(library: Any, construction: str, operands: str) -> tuple[Any, Any, Any]:
    names: dict[str, Any] = {}
    for name, array in {**SMOOTH, **FIXED}.items():
        leaf = library.tensor(array)
        names[name] = leaf.requires_grad_() if name in SMOOTH else leaf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = eval(f"nn.{construction}", {"nn": library.nn, **names})
        loss = eval(f"module({operands})", {"module": module, **names})
    loss.sum().backward()
    return module, loss, names[operands.split(",")[0]].grad


@pytest.mark.parametrize(("construction", "operands"), MODULES)
def test_modules_are_pytorchs(construction: str, operands: str) -> None:
    mine, loss, gradient = called(ours, construction, operands)
    peer, their_loss, their_gradient = called(theirs, construction, operands)
    assert repr(mine) == repr(peer)
    assert list(mine.state_dict()) == list(peer.state_dict())
    np.testing.assert_allclose(loss.detach().numpy(), their_loss.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(gradient.numpy(), their_gradient.numpy(), rtol=1e-9, atol=1e-12)
    public = {
        name: value
        for name, value in vars(peer).items()
        if isinstance(value, int | float | str) and not name.startswith("_")
    }
    assert {name: getattr(mine, name) for name in public} == public


@pytest.mark.parametrize(
    "construction",
    [
        "MultiMarginLoss(p=3)",
        "MultiMarginLoss(weight=torch.ones(2, 2))",
        "TripletMarginLoss(margin=-1)",
        "TripletMarginWithDistanceLoss(margin=-1)",
        "GaussianNLLLoss(True)",
    ],
)
def test_modules_refuse_what_pytorchs_refuse(construction: str) -> None:
    for library in (theirs, ours):
        with pytest.raises((ValueError, TypeError)):
            eval(f"torch.nn.{construction}", {"torch": library})


def test_the_old_name_of_nll_loss_warns() -> None:
    with pytest.warns(FutureWarning, match="NLLLoss2d"):
        ours.nn.NLLLoss2d()


@pytest.mark.filterwarnings("ignore:Initializing zero-element")
@pytest.mark.parametrize(
    "arguments",
    ["8, 20, [5, 10, 15], div_value=2.0, head_bias=True", "16, 30, [4, 20]", "16, 9, [3]"],
)
def test_adaptive_softmax_is_pytorchs(arguments: str) -> None:
    results = []
    for library in (ours, theirs):
        library.manual_seed(3)
        module = eval(f"nn.AdaptiveLogSoftmaxWithLoss({arguments})", {"nn": library.nn})
        numbers = np.random.default_rng(0)
        size, classes = module.in_features, module.n_classes
        x = library.tensor(numbers.normal(size=(25, size)).astype("f4"), requires_grad=True)
        t = library.tensor(numbers.integers(0, classes, 25))
        output, loss = module(x, t)
        loss.backward()
        single = module(x[0], t[0])
        results.append(
            [
                *[each.detach().numpy() for each in module.state_dict().values()],
                *[each.grad.numpy() for each in module.parameters()],
                output.detach().numpy(), loss.detach().numpy(), x.grad.numpy(),
                single.output.detach().numpy(), single.loss.detach().numpy(),
                module.log_prob(x).detach().numpy(), module.predict(x).numpy(),
                module.predict(x[:2] * 100).numpy(),
            ]
        )  # fmt: skip
        results[-1].append(np.array([repr(module), str(list(module.state_dict()))]))
    for mine, peer in zip(*results, strict=True):
        assert mine.shape == peer.shape
        if mine.dtype.kind == "U":
            assert mine.tolist() == peer.tolist()
        else:
            np.testing.assert_allclose(mine, peer, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cutoffs", [[], [5, 5], [10, 5], [0, 5], [5, 20], [5.5, 7], [-1, 5]])
def test_adaptive_softmax_refuses_cutoffs(cutoffs: list[Any]) -> None:
    for library in (theirs, ours):
        with pytest.raises(ValueError, match="cutoffs should be"):
            library.nn.AdaptiveLogSoftmaxWithLoss(64, 20, cutoffs)


@pytest.mark.parametrize(
    ("shape", "classes"),
    [((4, 64), [0, 6, 12, 20]), ((4, 64), [0, 6, 12, -1]), ((3, 64), [0, 6, 12, 2]),
     ((64,), [3]), ((1, 2, 64), [[3, 1]]), ((4, 7), [0, 6, 12, 2])],
)  # fmt: skip
def test_adaptive_softmax_refuses_operands(shape: tuple[int, ...], classes: list[Any]) -> None:
    for library in (theirs, ours):
        module = library.nn.AdaptiveLogSoftmaxWithLoss(64, 20, [5, 10])
        with pytest.raises(RuntimeError):
            module(library.zeros(shape), library.tensor(classes))
