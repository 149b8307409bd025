"""What the tests of modules have in common: steps that are run with both libraries."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")


Steps = Callable[[Any, Any], Any]


def facts(value: Any) -> Any:
    """Make something of a value that is equal for both libraries if the values are."""
    if isinstance(value, ours.Tensor | theirs.Tensor):
        kind = "parameter" if isinstance(value, our_nn.Parameter | theirs.nn.Parameter) else ""
        return (
            f"{kind} {value.dtype} {tuple(value.shape)} {value.requires_grad}",
            value.detach().numpy().tolist(),
        )
    if isinstance(value, our_nn.Module | theirs.nn.Module):
        return repr(value)
    if isinstance(value, dict):
        return [(facts(key), facts(each)) for key, each in value.items()]
    if isinstance(value, list | tuple):
        return [facts(each) for each in value]
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, set):
        return sorted(value)
    return repr(value) if not isinstance(value, str | int | float | bool | None) else value


def outcome(steps: Callable[[], Any]) -> Any:
    """Give what steps give, or the builtin class and the beginning of their error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return facts(steps())
    except Exception as problem:
        return problem


def assert_same(steps: Steps) -> None:
    """Run steps with both libraries, and compare what they give or raise."""
    mine, peer = outcome(lambda: steps(our_nn, ours)), outcome(lambda: steps(theirs.nn, theirs))
    if isinstance(peer, Exception):
        assert isinstance(mine, Exception), f"{peer!r} was expected, got {mine!r}"
        assert isinstance(mine, type(peer)), repr(mine)
    else:
        assert mine == peer
