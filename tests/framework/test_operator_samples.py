"""Our functions give what PyTorch's do, of PyTorch's own samples."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import pytest

from .operator_samples import (
    NAMES,
    Run,
    differences,
    flat,
    operators,
    our_function,
    ours,
    refused_samples,
    samples,
    second_differences,
    theirs,
)

# At most so many samples of a dtype; the others are like these. Each takes kernels of its own.
COUNTS = {theirs.float64: 8, theirs.float32: 4, theirs.int64: 4, theirs.bool: 3}
SECOND_COUNTS = {theirs.float64: 4}


class Known(NamedTuple):
    """A difference that we know of: the functions, what the report of it holds, and the reason."""

    names: str
    report: str
    reason: str


DIFFERENCES = (
    Known("kthvalue mode topk", "result 1: ", "which of several equal elements is open"),
    Known("nn.functional.hardsigmoid", "gradient 0: ", "PyTorch rounds the slope, 1/6, to float32"),
    Known(
        "nn.functional.batch_norm",
        r"must have shape \(N, C, \*\), got \(0,\)",
        "PyTorch takes one dimension if there is nothing in it",
    ),
    Known("nn.functional.embedding", "sparse=True", "there are no sparse gradients"),
)
SECOND = (Known("linalg.norm", r"instead of \[nan", "PyTorch gives NaN at 0"),)
REFUSED = (
    Known(
        "__radd__ __rmul__ __rand__ __ror__ __rxor__",
        r"ours gave (tensor|NotImplemented).*theirs TypeError\(.*descriptor .*\bint\b",
        "a method of a class that Python wrote takes any self",
    ),
    Known(
        "kthvalue masked_select gather index_select take cat",
        "ours gave .*more than one element|ours gave .*single memory location",
        "what shares memory with out is right: it was read before out is written",
    ),
)


# The names of nodes: the report of a difference is "ours, theirs".
NODES = (
    Known("__rsub__", "RsubBackward1, RsubBackward0", "it is named as for a number on the left"),
    Known("round", "RoundBackward0, RoundBackward1", "decimals=0 is as good as none"),
    Known(
        """__rmatmul__ cdist diff einsum linalg.matrix_norm linalg.matrix_power linalg.norm matmul
        nn.functional.batch_norm nn.functional.cross_entropy nn.functional.dropout3d quantile
        repeat_interleave nn.functional.scaled_dot_product_attention""",
        "",
        "the last of several steps is another one",
    ),
)


def check(name: str, reports: Iterable[str], table: tuple[Known, ...]) -> None:
    """Fail for differences that are not known, and for known ones that are not there."""
    known = [entry for entry in table if name in entry.names.split()]
    seen = set()
    unknown = []
    for report in reports:
        fitting = [entry for entry in known if re.search(entry.report, report, re.DOTALL)]
        seen.update(fitting)
        if not fitting:
            unknown.append(report)
    assert not unknown, f"{len(unknown)} differences:\n" + "\n".join(unknown[:10])
    gone = [entry.reason for entry in known if entry not in seen]
    assert not gone, f"{name}: no longer different, so the entry can go: {gone}"


@pytest.mark.parametrize("name", NAMES)
def test_results_and_gradients_are_the_same(name: str) -> None:
    assert operators()[name]
    reports = [
        f"{sample}: {text}" for sample in samples(name, COUNTS) for text in differences(sample)
    ]
    check(name, reports, DIFFERENCES)


@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives_are_the_same(name: str) -> None:
    reports = [
        f"{sample}: {text}"
        for sample in samples(name, SECOND_COUNTS)
        for text in second_differences(sample)
    ]
    check(name, reports, SECOND)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_refused_is_refused(name: str) -> None:
    reports = []
    for sample in refused_samples(name):
        peer = Run(theirs, sample).result
        # Some are refused by PyTorch's tests on other devices alone.
        if isinstance(peer, Exception):
            mine = Run(ours, sample).result
            if not isinstance(mine, type(peer)):
                reports.append(f"{sample}: ours gave {mine!r:.300}, theirs {peer!r:.300}")
    check(name, reports, REFUSED)


def node_names(result: object) -> str:
    parts = [part for part in flat(result) if hasattr(part, "grad_fn")]
    return " ".join(type(part.grad_fn).__name__ for part in parts)


@pytest.mark.parametrize("name", NAMES)
def test_nodes_have_the_same_names(name: str) -> None:
    reports = []
    for sample in samples(name, {theirs.float64: 3}):
        mine, peer = (node_names(Run(library, sample).result) for library in (ours, theirs))
        if mine != peer:
            reports.append(f"{mine}, {peer}")
    check(name, reports, NODES)


def test_no_entry_is_misspelt() -> None:
    for entry in (*DIFFERENCES, *SECOND, *REFUSED, *NODES):
        assert set(entry.names.split()) <= set(NAMES)


def test_functions_are_found_by_path() -> None:
    by_name = {name: our_function(operators()[name][0]) for name in ("exp", "nn.functional.relu")}
    assert by_name == {"exp": ours.exp, "nn.functional.relu": ours.nn.functional.relu}
