"""Python expressions that are computed with both libraries under the name torch."""

from __future__ import annotations

import copy
import importlib.util
import io
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

# PyTorch, or None where it is not installed: then only the tests run that do without it.
theirs: Any = importlib.import_module("torch") if importlib.util.find_spec("torch") else None
needs_torch = pytest.mark.skipif(theirs is None, reason="PyTorch is not installed")

_NAMES = {"np": np, "copy": copy, "pickle": pickle, "io": io, "nan": np.nan, "inf": np.inf}


def value_of(text: str, library: Any, names: dict[str, Any] | None = None) -> Any:
    """Compute an expression, with statements before it if there are semicolons."""
    *statements, last = [part.strip() for part in text.split(";")]
    space = {**_NAMES, "torch": library, **(names or {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for statement in statements:
            exec(statement, space)
        return eval(last, space)


def outcome(text: str, library: Any, **names: Any) -> Any:
    """Compute an expression; an error is an outcome too."""
    try:
        return value_of(text, library, names)
    except Exception as error:
        return error


def assert_same(text: str, rtol: float = 0.0, strides: bool = True, atol: float = 0.0) -> None:
    """Check that an expression comes to the same in both libraries, or to a kindred error."""
    if theirs is None:
        pytest.skip("PyTorch is not installed")
    mine, peer = outcome(text, ours), outcome(text, theirs)
    if isinstance(peer, Exception) or isinstance(mine, Exception):
        assert isinstance(peer, Exception), f"only ours raised: {mine!r}"
        assert isinstance(mine, Exception), f"only theirs raised: {peer!r}; ours gave {mine!r}"
        assert isinstance(mine, type(peer)), f"{type(mine)} {mine} is no {type(peer)}: {peer}"
        assert len(str(mine)) > 10
        return
    assert_equal(mine, peer, rtol, strides, atol)


def assert_equal(
    mine: Any, peer: Any, rtol: float = 0.0, strides: bool = True, atol: float = 0.0
) -> None:
    """Check that two results say the same."""
    if isinstance(peer, theirs.Tensor):
        assert isinstance(mine, ours.Tensor), f"got {type(mine)}, expected a tensor"
        assert tuple(mine.shape) == tuple(peer.shape)
        assert repr(mine.dtype) == repr(peer.dtype)
        assert mine.requires_grad == peer.requires_grad
        if strides:
            assert mine.stride() == peer.stride()
            assert mine.storage_offset() == peer.storage_offset()
        assert _name(mine.grad_fn) == _name(peer.grad_fn)
        np.testing.assert_allclose(mine.detach().numpy(), peer.detach().numpy(), rtol, atol)
    elif isinstance(peer, np.ndarray | np.generic):
        assert type(mine) is type(peer)
        assert mine.dtype == peer.dtype
        np.testing.assert_allclose(mine, peer, rtol=rtol)
    elif isinstance(peer, list | tuple) and type(peer).__name__ in ("list", "tuple"):
        assert len(mine) == len(peer)
        for one, other in zip(mine, peer, strict=True):
            assert_equal(one, other, rtol, strides)
    elif isinstance(peer, float):
        np.testing.assert_allclose(mine, peer, rtol=rtol)
    elif type(peer).__module__.partition(".")[0] == "torch":
        assert repr(mine) == repr(peer)
    else:
        assert type(mine) is type(peer)
        assert mine == peer


def _name(node: Any) -> str:
    return "" if node is None else type(node).__name__
