"""Distances between vectors against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import check, check_error, drawn  # noqa: E402

OPERANDS = {
    "x": drawn((4, 3)),
    "y": drawn((4, 3), 1),
    "a": drawn((2, 4, 3), 2),
    "row": drawn((1, 3), 3),
    "v": drawn((3,), 4),
    "n": np.zeros((0, 3)),
    "i": np.arange(12).reshape(4, 3),
}
EXPRESSIONS = [
    "F.cosine_similarity(x, y)",
    "F.cosine_similarity(x, y, 0)",
    "F.cosine_similarity(x, y, dim=-1, eps=1e-3)",
    "F.cosine_similarity(a, x, dim=2)",
    "F.cosine_similarity(x, row)",
    "F.cosine_similarity(v, v * 2, dim=0)",
    "F.cosine_similarity(x * 1e-9, y)",
    "F.cosine_similarity(x, i)",
    "torch.cosine_similarity(x, y)",
    "nn.CosineSimilarity()(x, y)",
    "nn.CosineSimilarity(dim=0, eps=0.1)(x, y)",
    "F.pairwise_distance(x, y)",
    "F.pairwise_distance(x, y, 1)",
    "F.pairwise_distance(x, y, p=3.0, eps=0.1)",
    "F.pairwise_distance(x, y, float('inf'), keepdim=True)",
    "F.pairwise_distance(a, x)",
    "F.pairwise_distance(x, v)",
    "F.pairwise_distance(v, v)",
    "F.pairwise_distance(n, n)",
    "torch.pairwise_distance(x, y)",
    "nn.PairwiseDistance()(x, y)",
    "nn.PairwiseDistance(p=1, keepdim=True)(x, row)",
    "F.pdist(x)",
    "F.pdist(x, 1)",
    "F.pdist(x, p=1.5)",
    "F.pdist(x, 3.0)",
    "F.pdist(x, float('inf'))",
    "F.pdist(x, 0)",
    "torch.pdist(x)",
]
# PyTorch has no second derivatives of pdist, and its gradient for p = 0 has none either.
TWICE = [e for e in EXPRESSIONS if "pdist" not in e and "(n, n)" not in e and "(v, v)" not in e]


@pytest.mark.parametrize("layout", ["dense", "turned", "stepped"])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_values_and_gradients(expression: str, layout: str) -> None:
    check(expression, OPERANDS, order=1, layout=layout)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_single_precision(expression: str) -> None:
    check(expression, OPERANDS, "float32", order=1)


@pytest.mark.parametrize("expression", TWICE)
def test_second_derivatives(expression: str) -> None:
    tolerance = 1e-5 if "1e-9" in expression else 1e-9
    check(expression, OPERANDS, order=2, tolerance=tolerance)


@pytest.mark.parametrize(
    "expression",
    [
        "F.pdist(v)",
        "F.pdist(i)",
        "F.pdist(x, -1)",
        "F.cosine_similarity(i, i)",
        "F.cosine_similarity(x, y, dim=3)",
        "F.cosine_similarity(x, x.t())",
        "F.pairwise_distance(x, x.t())",
        "nn.CosineSimilarity(dim=7)(x, y)",
    ],
)
def test_errors(expression: str) -> None:
    check_error(expression, OPERANDS)


@pytest.mark.parametrize("expression", ["F.pdist(x[:1])", "F.pdist(n)"])
def test_no_pairs(expression: str) -> None:
    # Without gradients: PyTorch ends the process there.
    check(expression, OPERANDS)


def test_texts_of_layers() -> None:
    for layer in ("CosineSimilarity", "PairwiseDistance"):
        assert repr(getattr(our_nn, layer)()) == repr(getattr(theirs.nn, layer)())
