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
    fitting = [sample for sample in drawn if why_not(sample) is None and size(sample) <= largest]
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
        if isinstance(part, complex) or (isinstance(part, theirs.dtype) and part in FOREIGN):
            return "of a dtype that is not ours"
        if isinstance(part, theirs.memory_format):
            return "asks for an order in memory"
        if isinstance(part, theirs.Tensor):
            if part.dtype in FOREIGN:
                return "of a dtype that is not ours"
            if part.device.type != "cpu" or part.layout != theirs.strided:
                return "of another device or layout"
            if part.ndim > 64:
                return "of more dimensions than an array of NumPy has"
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
        return rebound(op.op)
    for theirs_found, own in zip(found(theirs, op.name), found(ours, op.name), strict=False):
        if theirs_found is op.op:
            return own  # type: ignore[no-any-return]
    raise AttributeError(f"minitorch.torch has no function for {op.full_name}")


def rebound(function: types.FunctionType) -> Callable[..., Any]:
    """Make a function of PyTorch's tables one in which `torch` is ours."""
    names = {**function.__globals__, "torch": ours, "wrapper_set_seed": seeded}
    made = types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def seeded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Compute with the seed that PyTorch's tables set."""
    ours.manual_seed(42)
    return function(*args, **kwargs)


class Converter:
    """Makes arguments of one library from PyTorch's; what shares memory goes on sharing it."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.made: dict[int, tuple[Any, Any]] = {}
        self.memory: dict[int, Any] = {}

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
        storage = value.untyped_storage()
        place = storage.data_ptr()
        if place not in self.memory:
            self.memory[place] = theirs.empty(0, dtype=value.dtype).set_(storage).clone()
        memory = self.memory[place]
        if self.library is theirs:
            made = memory.as_strided(value.shape, value.stride(), value.storage_offset())
        else:
            start = memory.numpy()[value.storage_offset() :]
            steps = [step * value.itemsize for step in value.stride()]
            made = ours.from_numpy(np.lib.stride_tricks.as_strided(start, value.shape, steps))
        return made.requires_grad_() if value.requires_grad else made

    def leaves(self) -> list[Any]:
        return [own for value, own in self.made.values() if value.requires_grad]


# ---- what both come to


class Run:
    """A function computed of a sample by one library; an error is a result too."""

    def __init__(self, library: Any, function: Callable[..., Any], sample: Any) -> None:
        self.library = library
        self.converter = Converter(library)
        library.manual_seed(SEED)
        input, args, kwargs = self.converter([sample.input, sample.args, sample.kwargs])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.result = function(input, *args, **kwargs)
            except Exception as error:
                self.result = error

    def gradients(self) -> list[Any]:
        """Give the gradients of all operands, for random ones of all results."""
        numbers = np.random.default_rng(SEED)
        outputs = [part for part in flat(self.result) if getattr(part, "requires_grad", False)]
        given = [
            self.library.from_numpy(np.asarray(numbers.normal(size=tuple(each.shape))))
            for each in outputs
        ]
        if not outputs:
            return []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gradients = self.library.autograd.grad(
                outputs, self.converter.leaves(), given, allow_unused=True
            )
        return list(gradients)


def flat(result: Any) -> list[Any]:
    """Give results one by one."""
    if isinstance(result, list | tuple):
        return [part for each in result for part in flat(each)]
    return [result]


def difference(mine: Any, peer: Any, values: bool, rtol: float) -> str | None:
    """Say where results differ; None where they are the same."""
    if isinstance(peer, Exception) or isinstance(mine, Exception):
        if isinstance(mine, type(peer)):
            return None
        return f"ours gave {mine!r:.300}, theirs {peer!r:.300}"
    if type(mine).__name__ != type(peer).__name__.removesuffix("_out"):
        return f"ours gave a {type(mine).__name__}, theirs a {type(peer).__name__}"
    own_parts, peer_parts = flat(mine), flat(peer)
    if len(own_parts) != len(peer_parts):
        return f"ours gave {len(own_parts)} results, theirs {len(peer_parts)}"
    told = (
        part_difference(own, other, values, rtol)
        for own, other in zip(own_parts, peer_parts, strict=True)
    )
    return next((text for text in told if text is not None), None)


def part_difference(own: Any, other: Any, values: bool, rtol: float) -> str | None:
    if not isinstance(other, theirs.Tensor):
        same = own == other or (own != own and other != other)
        return None if same and type(own).__name__ == type(other).__name__ else f"{own} != {other}"
    for fact in ("shape", "dtype", "requires_grad"):
        if str(getattr(own, fact)) != str(getattr(other, fact)):
            return f"{fact}: ours {getattr(own, fact)}, theirs {getattr(other, fact)}"
    if not values:
        return None
    one, two = (np.asarray(each.detach().numpy()) for each in (own, other))
    if np.allclose(one, two, rtol, rtol, equal_nan=True):
        return None
    with np.errstate(all="ignore"):
        places = ~np.isclose(one, two, rtol, rtol, equal_nan=True)
    return (
        f"{places.sum()} of {places.size} elements: {one[places][:3]} instead of {two[places][:3]}"
    )
