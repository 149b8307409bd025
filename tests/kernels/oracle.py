"""PyTorch's version of each operation of the op table, and numbers to try it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minitorch.kernels.op_table import ALL, FLOATS, INTEGERS, NUMBERS, Op

torch = pytest.importorskip("torch")
F = torch.nn.functional

# Operations that PyTorch offers under another name or with other arguments.
_OTHERWISE: dict[str, Callable[..., Any]] = {
    "add_scaled": lambda x, y: torch.add(x, y, alpha=1),
    "clamp_between": lambda x: x.clamp(0, 1),
    "cube": lambda x: x**3,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    # torch.polygamma(1, x) has ten digits only.
    "polygamma": lambda x: torch.special.zeta(2.0, x.double()).to(x.dtype),
    "lerp_by": lambda x, y: x.lerp(y, 0.5),
    "prelu": lambda x, y: torch.where(x > 0, x, x * y),
    "threshold": lambda x: F.threshold(x, 0, 0),
}

_DTYPES = {FLOATS: "f", INTEGERS: "biu", NUMBERS: "fiu", ALL: "bfiu"}
# int8, int16 and int32 differ from these in their size alone; each kernel takes a while to compile.
EVERY_DTYPE = [np.bool_, np.uint8, np.int64, np.float16, np.float32, np.float64]


def peer(name: str) -> Callable[..., Any]:
    """Give PyTorch's function for an operation."""
    if name in _OTHERWISE:
        return _OTHERWISE[name]
    return getattr(torch, name, None) or getattr(F, name)


def dtypes_of(op: Op) -> list[type[np.generic]]:
    """List the dtypes that an operation takes; PyTorch's gcd takes no bool."""
    kinds = _DTYPES[op.dtypes].replace("b", "" if op.name == "gcd" else "b")
    return [dtype for dtype in EVERY_DTYPE if np.dtype(dtype).kind in kinds]


def draw(op: Op, dtype: Any, shape: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    """Draw an array for each operand, from the operation's domain."""
    generator = np.random.default_rng(seed)
    low, high = op.domain
    kind = np.dtype(dtype).kind
    arrays = []
    for _ in op.operands:
        if kind == "f":
            array = generator.uniform(low, high, shape)
        elif kind == "b":
            array = generator.integers(0, 2, shape)
        else:
            # Divisors must not be 0, exponents not negative.
            least = -5 if kind == "i" and op.name != "pow" else 1
            array = generator.integers(least, 6, shape)
            array = array + (array == 0)
        arrays.append(np.asarray(array).astype(dtype))
    return arrays


def assert_close(ours: np.ndarray, theirs: Any, name: str = "") -> None:
    """Compare with PyTorch's result: shape, dtype and numbers, to a few units in the last place."""
    theirs = theirs.detach().numpy()
    assert ours.dtype == theirs.dtype, name
    assert ours.shape == theirs.shape, name
    if ours.dtype.kind != "f":
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
        return
    unit = float(np.finfo(ours.dtype).eps)
    np.testing.assert_allclose(
        ours.astype(np.float64),
        theirs.astype(np.float64),
        rtol=40 * unit,
        atol=16 * unit,
        err_msg=name,
    )
