"""PyTorch's own samples of what its functions take, for both libraries.

PyTorch tests each operator with a list of sample inputs, and with inputs that it refuses. Here they
are drawn, converted into our tensors, and given to the function of the same name.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")
invocations = pytest.importorskip(
    "torch.testing._internal.common_methods_invocations",
    reason="PyTorch's samples need the package expecttest",
    exc_type=ImportError,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from function_table import TIERS  # noqa: E402

NAMES = frozenset(" ".join(TIERS.values()).split())
DTYPES = (theirs.float64, theirs.float32, theirs.int64, theirs.bool)
# What is not among our dtypes.
FOREIGN = (theirs.bfloat16, theirs.complex32, theirs.complex64, theirs.complex128)
SEED = 11


class Case(NamedTuple):
    """A function of PyTorch's tables, with the dtype of its samples."""

    op: Any
    dtype: Any

    def __repr__(self) -> str:
        return f"{self.op.full_name}-{str(self.dtype).removeprefix('torch.')}"


def operators() -> Iterator[Any]:
    """Give PyTorch's descriptions of the functions, several for some."""
    return (op for op in invocations.op_db if op.name in NAMES)


def cases() -> list[Case]:
    return [
        Case(op, dtype)
        for op in operators()
        for dtype in DTYPES
        if dtype in op.supported_dtypes("cpu")
    ]


def samples(case: Case, count: int, largest: int = 4000) -> list[Any]:
    """Draw samples, evenly from all that there are."""
    needs = case.dtype == theirs.float64 and case.op.supports_autograd
    theirs.manual_seed(SEED)
    drawn = case.op.sample_inputs("cpu", case.dtype, requires_grad=needs)
    fitting = [
        sample for sample in drawn if why_not(sample) is None and size(sample) <= largest
    ]
    step = max(1, -(-len(fitting) // count))
    return fitting[::step]


def parts(value: Any) -> Iterator[Any]:
    """Give what is in a sample's arguments, one by one."""
    if isinstance(value, invocations.SampleInput):
        value = (value.input, value.args, value.kwargs)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple) and not isinstance(value, theirs.Size):
        for member in value:
            yield from parts(member)
    else:
        yield value


def why_not(sample: Any) -> str | None:
    """Say why a sample is not for us; None where it is."""
    for part in parts(sample):
        if part in FOREIGN or isinstance(part, complex):
            return "of a dtype that is not ours"
        if isinstance(part, theirs.memory_format):
            return "asks for an order in memory"
        if isinstance(part, theirs.Tensor):
            if part.dtype in FOREIGN:
                return "of a dtype that is not ours"
            if part.device.type != "cpu" or part.layout != theirs.strided:
                return "of another device or layout"
    return None


def size(sample: Any) -> int:
    return sum(part.numel() for part in parts(sample) if isinstance(part, theirs.Tensor))


# ---- the same function in both libraries


def found(library: Any, name: str) -> Iterator[Any]:
    """Give what has a name: in a module, or as a method."""
    place, _, last = name.rpartition(".")
    owner = library
    for part in place.split(".") if place else ():
        owner = getattr(owner, part)
    if hasattr(owner, last):
        yield getattr(owner, last)
    if not place and hasattr(library.Tensor, last):
        yield getattr(library.Tensor, last)


def our_function(op: Any) -> Callable[..., Any]:
    """Give our function for an operator.

    Where PyTorch's tables hold a function of Python that calls others, it calls ours.
    """
    if isinstance(op.op, types.FunctionType) and op.op.__module__ == invocations.__name__:
        names = {**op.op.__globals__, "torch": ours, "wrapper_set_seed": seeded}
        return types.FunctionType(op.op.__code__, names, op.op.__name__)
    for theirs_found, own in zip(found(theirs, op.name), found(ours, op.name), strict=False):
        if theirs_found is op.op:
            return own  # type: ignore[no-any-return]
    raise AttributeError(f"minitorch.torch has no function for {op.full_name}")


def seeded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Compute with the seed that PyTorch's tables set."""
    ours.manual_seed(42)
    return function(*args, **kwargs)


class Converter:
    """Makes arguments of one library from PyTorch's; a tensor that comes twice stays the same."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.made: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, theirs.Tensor):
            if id(value) not in self.made:
                self.made[id(value)] = (value, self.tensor(value))
            return self.made[id(value)][1]
        if isinstance(value, dict):
            return {name: self(member) for name, member in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self(member) for member in value)
        if self.library is theirs:
            return value
        if isinstance(value, theirs.Size):
            return ours.Size(value)
        if isinstance(value, theirs.dtype | theirs.layout):
            return getattr(ours, str(value).removeprefix("torch."))
        if isinstance(value, theirs.device):
            return ours.device(str(value))
        return value

    def tensor(self, value: Any) -> Any:
        """Copy a tensor with its strides."""
        memory = value.detach().resolve_neg().numpy()
        base = memory
        while base.base is not None and isinstance(base.base, np.ndarray):
            base = base.base
        strides = [step // memory.itemsize for step in memory.strides]
        span = 1 + sum((n - 1) * step for n, step in zip(memory.shape, strides, strict=True))
        dense = np.zeros(max(span, 0) if memory.size else 0, memory.dtype)
        copy = np.lib.stride_tricks.as_strided(dense, memory.shape, memory.strides)
        copy[...] = memory
        made = self.library.from_numpy(copy)
        return made.requires_grad_() if value.requires_grad else made

    def leaves(self) -> list[Any]:
        return [own for value, own in self.made.values() if value.requires_grad]
