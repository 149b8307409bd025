"""PyTorch's own samples of what its functions take, computed by both libraries.

PyTorch tests each operator with a table of sample inputs, and of inputs that it refuses. Here they
are drawn, converted into our tensors, and given to our function of the same name.
"""

from __future__ import annotations

import functools
import importlib
import math
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's tables of samples import it")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from function_table import TIERS  # noqa: E402

NAMES = " ".join(TIERS.values()).split()
# With how near values have to be, beside 1.
DTYPES = {
    theirs.float64: 1e-9,
    theirs.float32: 2e-5,
    theirs.int64: 1e-6,
    theirs.bool: 1e-6,
}
# What is not among our dtypes.
FOREIGN = (theirs.bfloat16, theirs.complex32, theirs.complex64, theirs.complex128)
# Functions whose results hold what happened to be in memory.
WITHOUT_VALUES = ("empty", "empty_like", "new_empty")
SEED = 11


@functools.cache
def tables() -> types.ModuleType:
    """Load PyTorch's tables, which takes seconds."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        # Otherwise the import forbids setting flags such as cudnn.benchmark from here on.
        patch.setattr(theirs.backends, "disable_global_flags", lambda: None)
        return importlib.import_module("torch.testing._internal.common_methods_invocations")


@functools.cache
def operators() -> dict[str, list[Any]]:
    """Give PyTorch's descriptions by name; some functions have several."""
    found: dict[str, list[Any]] = {name: [] for name in NAMES}
    for op in tables().op_db:
        if op.name in found:
            found[op.name].append(op)
    return found


class Sample(NamedTuple):
    """Arguments of a function, and where they come from."""

    op: Any
    dtype: Any
    arguments: Any

    def __str__(self) -> str:
        return f"{self.op.full_name} {self.arguments.summary():.300}"


def samples(
    name: str, count: int, largest: int = 4000, dtypes: Iterable[Any] = DTYPES
) -> Iterator[Sample]:
    """Draw samples of each dtype, evenly from all that fit."""
    for op in operators()[name]:
        for dtype in dtypes:
            if dtype not in op.supported_dtypes("cpu"):
                continue
            needs = dtype == theirs.float64 and op.supports_autograd
            seed_all()
            drawn = op.sample_inputs_func(op, "cpu", dtype, needs)
            fitting = [each for each in drawn if why_not(each) is None and size(each) <= largest]
            for each in fitting[:: max(1, math.ceil(len(fitting) / count))]:
                yield Sample(op, dtype, each)


def refused_samples(name: str, largest: int = 100_000) -> Iterator[Sample]:
    """Draw the samples that PyTorch refuses."""
    for op in operators()[name]:
        if op.error_inputs_func is None:
            continue
        seed_all()
        for each in op.error_inputs_func(op, "cpu"):
            sample = each.sample_input
            if why_not(sample) is None and size(sample) <= largest:
                yield Sample(op, None, sample)


def seed_all() -> None:
    """Seed what PyTorch's tables draw from; `manual_seed` looks for other devices, and is slow."""
    theirs.default_generator.manual_seed(SEED)
    random.seed(SEED)
    np.random.seed(SEED)


def parts(value: Any) -> Iterator[Any]:
    """Give what is in a sample's arguments, one by one."""
    if isinstance(value, tables().SampleInput):
        value = (value.input, value.args, value.kwargs)
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple):
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
                return "of more dimensions than NumPy's arrays have"
    return None


def size(sample: Any) -> int:
    """Count the elements of a sample's tensors."""
    return sum(part.numel() for part in parts(sample) if isinstance(part, theirs.Tensor))


# ---- the same function in both libraries


def our_function(op: Any) -> Callable[..., Any]:
    """Give our function for an operator.

    It is the one of the same path. Where PyTorch's table holds a function of its own, which calls
    others, the same function calls ours.
    """
    if isinstance(op.op, types.FunctionType) and op.op.__module__ == tables().__name__:
        return with_ours(op.op)
    for peer, own in zip(found(theirs, op.name), found(ours, op.name), strict=True):
        if peer is op.op:
            return own  # type: ignore[no-any-return]
    raise AttributeError(f"{op.full_name} is found under another name")


def found(library: Any, name: str) -> list[Any]:
    """Give what has a name: in a module, and as a method."""
    place, _, last = name.rpartition(".")
    owner = library
    for part in place.split(".") if place else ():
        owner = getattr(owner, part)
    owners = (owner,) if place else (owner, library.Tensor)
    return [getattr(each, last) for each in owners if hasattr(each, last)]


def with_ours(function: types.FunctionType) -> Callable[..., Any]:
    """Make of a function of PyTorch's tables one in which `torch` is ours."""
    names = {**function.__globals__, "torch": ours, "wrapper_set_seed": seeded}
    return types.FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )


def seeded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Compute with the seed that PyTorch's tables set."""
    ours.manual_seed(42)
    return function(*args, **kwargs)


class Converter:
    """Makes arguments for one library from PyTorch's; what shares memory goes on sharing it."""

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
        """Copy a tensor, with its place in its memory."""
        storage = value.untyped_storage()
        place = storage.data_ptr()
        if place not in self.memory:
            self.memory[place] = theirs.empty(0, dtype=value.dtype).set_(storage).clone()
        memory, start = self.memory[place], value.storage_offset()
        if self.library is theirs:
            made = memory.as_strided(value.shape, value.stride(), start)
        else:
            strides = [step * value.itemsize for step in value.stride()]
            array = np.lib.stride_tricks.as_strided(memory.numpy()[start:], value.shape, strides)
            made = ours.from_numpy(array)
        return made.requires_grad_() if value.requires_grad else made

    def leaves(self) -> list[Any]:
        """Give the tensors that need gradients."""
        return [own for value, own in self.made.values() if value.requires_grad]


# ---- what both come to


class Run:
    """A function computed of a sample by one library; an error is a result too."""

    def __init__(self, library: Any, sample: Sample) -> None:
        self.library = library
        self.converter = Converter(library)
        function = sample.op.op if library is theirs else our_function(sample.op)
        given = sample.arguments
        first, args, kwargs = self.converter([given.input, given.args, given.kwargs])
        library.default_generator.manual_seed(SEED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.result = function(first, *args, **kwargs)
            except Exception as error:
                self.result = error

    def gradients(self, order: int = 1) -> list[Any]:
        """Give the gradients of all operands, for random ones of all results.

        Those of order 2 are of the gradients, and of the random ones as well; none where the
        gradients are constant.
        """
        numbers = np.random.default_rng(SEED)
        leaves = self.converter.leaves()
        outputs = flat(self.result)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for left in reversed(range(order)):
                outputs = [each for each in outputs if getattr(each, "requires_grad", False)]
                if not outputs:
                    return []
                given = [self._random(each, numbers, bool(left)) for each in outputs]
                outputs = self.library.autograd.grad(
                    outputs, leaves, given, create_graph=bool(left), allow_unused=True
                )
                leaves = leaves + given
        return list(outputs)

    def _random(self, like: Any, numbers: np.random.Generator, needs: bool) -> Any:
        values = np.asarray(numbers.normal(size=tuple(like.shape)))
        return self.library.from_numpy(values).requires_grad_(needs)


def flat(result: Any) -> list[Any]:
    """Give results one by one."""
    if isinstance(result, list | tuple):
        return [part for each in result for part in flat(each)]
    return [result]


def differences(sample: Sample) -> Iterator[str]:
    """Say where both libraries' results and gradients differ."""
    mine, peer = Run(ours, sample), Run(theirs, sample)
    if isinstance(peer.result, Exception) or isinstance(mine.result, Exception):
        if not isinstance(mine.result, type(peer.result)):
            yield f"ours gave {mine.result!r:.300}, theirs {peer.result!r:.300}"
        return
    if type(mine.result).__name__ != type(peer.result).__name__.removesuffix("_out"):
        yield f"ours gave {type(mine.result).__name__}, theirs {type(peer.result).__name__}"
    near = None if sample.op.name in WITHOUT_VALUES else DTYPES[sample.dtype]
    yield from part_differences("result", flat(mine.result), flat(peer.result), near)
    yield from part_differences("gradient", mine.gradients(), peer.gradients(), near)


def second_differences(sample: Sample) -> Iterator[str]:
    """Say where both libraries' second derivatives differ; PyTorch does not have all of them."""
    mine, peer = Run(ours, sample), Run(theirs, sample)
    if isinstance(mine.result, Exception) or isinstance(peer.result, Exception):
        return
    try:
        expected = peer.gradients(order=2)
    except (NotImplementedError, RuntimeError):
        return
    found = mine.gradients(order=2)
    count = max(len(found), len(expected))
    found, expected = (each or [None] * count for each in (found, expected))
    yield from part_differences("second derivative", found, expected, 1e-8)


def part_differences(what: str, mine: list[Any], peer: list[Any], near: Any) -> Iterator[str]:
    if len(mine) != len(peer):
        yield f"{len(mine)} {what}s instead of {len(peer)}"
        return
    for place, (own, other) in enumerate(zip(mine, peer, strict=True)):
        if what != "result" and (own is None or other is None):
            # None is a gradient of 0.
            there = own if other is None else other
            is_zero = there is None or near is None or bool((there.abs() <= near).all())
            text = None if is_zero else f"{own} instead of {other}"
        else:
            text = difference(own, other, near)
        if text is not None:
            yield f"{what} {place}: {text}"


def difference(own: Any, other: Any, near: float | None) -> str | None:
    """Say how two parts of results differ; None where they are the same."""
    if not isinstance(other, theirs.Tensor):
        same = type(own).__name__ == type(other).__name__ and (
            own == other or (own != own and other != other)
        )
        return None if same else f"{own!r} instead of {other!r}"
    for fact in ("shape", "dtype"):
        if str(getattr(own, fact)) != str(getattr(other, fact)):
            return f"{fact} {getattr(own, fact)} instead of {getattr(other, fact)}"
    if own.requires_grad != other.requires_grad:
        return f"requires_grad {own.requires_grad} instead of {other.requires_grad}"
    if near is None:
        return None
    one, two = (np.asarray(each.detach().numpy(force=True)) for each in (own, other))
    with np.errstate(all="ignore"):
        places = ~np.isclose(one, two, near, near, equal_nan=True)
    if not places.any():
        return None
    return (
        f"{places.sum()} of {places.size} elements: {one[places][:3]} instead of {two[places][:3]}"
    )
