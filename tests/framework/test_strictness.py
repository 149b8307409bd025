"""What is taken, what is refused, and how results lie in memory, as in PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

SECOND_ARGUMENTS = """add sub mul div true_divide floor_divide remainder fmod pow rsub atan2 hypot
    logaddexp logaddexp2 xlogy maximum minimum max min fmax fmin copysign heaviside gcd lcm
    nextafter eq ne lt le gt ge logical_and logical_or logical_xor bitwise_and bitwise_or
    bitwise_xor bitwise_left_shift bitwise_right_shift clamp_min clamp_max ldexp float_power
    special.xlog1py
    special.xlogy dot outer inner equal isclose allclose cross kron take gather mm bmm
    searchsorted bucketize masked_select""".split()
# What stands in the place of a tensor of ones.
PLACES: dict[str, Any] = {
    "int": lambda lib: 2,
    "float": lambda lib: 2.5,
    "bool": lambda lib: True,
    "list": lambda lib: [1.0, 2.0],
    "str": lambda lib: "a",
    "None": lambda lib: None,
    "NumPy's float": lambda lib: np.float64(2.5),
    "NumPy's int": lambda lib: np.int64(2),
    "single": lambda lib: lib.tensor(1.5),
    "single integer": lambda lib: lib.tensor(1),
}


# An argument of None is as good as none.
KNOWN = {("max", "None"), ("min", "None")}


def function(library: Any, name: str) -> Any:
    for part in name.split("."):
        library = getattr(library, part)
    return library


def outcome(call: Any, *args: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call(*args)
        except Exception as error:
            return error


def assert_same(mine: Any, peer: Any, what: str) -> None:
    if isinstance(peer, Exception):
        assert isinstance(mine, type(peer)), f"{what}: ours gave {mine!r}, theirs {peer!r}"
    elif isinstance(peer, list | tuple):
        for own, other in zip(mine, peer, strict=True):
            assert_same(own, other, what)
    elif isinstance(peer, theirs.Tensor):
        assert not isinstance(mine, Exception), f"{what}: ours raised {mine!r}"
        assert str(mine.dtype) == str(peer.dtype), what
        assert tuple(mine.shape) == tuple(peer.shape), what
        np.testing.assert_allclose(
            mine.detach().numpy(), peer.detach().numpy(), 1e-4, 1e-5, err_msg=what
        )
    else:
        assert mine == peer or str(mine) == str(peer), what


@pytest.mark.parametrize("name", SECOND_ARGUMENTS)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_what_stands_in_the_place_of_a_tensor_is_taken_or_refused(name: str, dtype: str) -> None:
    for place, made in PLACES.items():
        for first in (False, True):
            if (name, place) in KNOWN:
                continue
            results = []
            for library in (ours, theirs):
                tensor = library.ones(2, dtype=getattr(library, dtype))
                other = made(library)
                operands = (other, tensor) if first else (tensor, other)
                results.append(outcome(function(library, name), *operands))
            assert_same(*results, f"{name} of {dtype} and {place}, first: {first}")


# By expression; where both raise, the class of the error is compared.
CALLS = """x.sum(1.5); x.sum('a'); x.softmax(1.5); x.cumsum(0.5)
x.reshape((2.0, 8)); x.permute((0.0, 1)); x.transpose(0, 1.0); x.unsqueeze(0.5); x.gather(0.5, i)
torch.sub(x, True); x - True; torch.add(x, x, alpha=True); torch.add(x, x, alpha='a')
torch.add(i, i, alpha=1.5); torch.lerp(x, x.float(), 0.5); torch.lerp(i, i, i); torch.frac(i)
torch.hypot(i, i); torch.heaviside(x, x.float()); torch.addcdiv(i, i, i); +(x > 0); +x is x
torch.clamp(x, 0.0, x); torch.lerp(2.0, x, 0.5); torch.addcmul(x, 2.0, x); torch.sin(2.0)
torch.deg2rad(2.0); torch.nan_to_num(2.0); torch.bitwise_and(2, 3); torch.lerp(x, x, t)
x.sum(np.int64(1)); x.var(torch.tensor(1)); torch.roll(x, torch.tensor(1), np.int64(0))
torch.norm(x, 2, np.int64(1)); torch.add(x, x, alpha=torch.tensor(2))
torch.topk(x, torch.tensor(1)); torch.tensor_split(input=x, sections=2); x.hsplit(indices=(1,))
x.tensor_split(indices=(1, 2))
torch.vsplit(x, sections=2); c.dsplit(sections=2); torch.hsplit(input=x, sections=2)
torch.isin(element=2.0, test_elements=x); torch.isin(elements=x, test_element=2.0)
torch.cholesky_solve(input=x, input2=x); torch.cholesky_inverse(input=x)
torch.lu_solve(input=x, LU_data=x, LU_pivots=p); torch.triangular_solve(input=x, A=x)
torch.orgqr(input=x, input2=v); torch.ormqr(input=x, input2=v, input3=x)
torch.unsafe_split(input=x, split_size=2); x.clone().copy_(other=x); torch.histogram(x)
torch.nan_to_num(x, None, 1.0); x.view(size=(16,)); x.view(dtype=torch.int64)
torch.sum(a=x, axis=0, keepdims=True); torch.cat(tensors=(x, x), axis=1)
torch.hardshrink(x, out=f); torch.narrow_copy(x, 0, 0, 1, out=f); torch.qr(x, out=(f, g))
torch.svd(x, out=(f, g, h)); torch.slogdet(x, out=(f, g)); torch.threshold(x, 1.0, 2.0, out=f)
torch.triangular_solve(x, x, out=(f, g)); torch.nn.functional.avg_pool2d(c, 2, out=f)
torch.nn.functional.avg_pool3d(c[None], 2, out=f); torch.nn.functional.gelu(x, out=f)
torch.nn.functional.softplus(x, out=f); torch.nn.functional.linear(x, x, out=f)
torch.nn.functional.logsigmoid(x, out=f); torch.nn.functional.softshrink(x, out=f)
x.flip(); t.flip(); torch.flip(x, ()); x.repeat(); t.repeat(); t.repeat(()); x.tile(); t.view()
t.reshape(); t.permute(); t.expand(); t.expand(()); t.clone().resize_(); t.sum_to_size()
torch.sqrt(2); torch.real(2.0); torch.conj(2); torch.is_conj(2); torch.is_neg(2); torch.clamp(2)
torch.resolve_conj(2); torch.resolve_neg(2.0); torch.positive(2)
i.unique(1); i.unique(True, True); torch.unique(i, 1); i.unique(sorted=1); i.unique(1, dim=0)
i.unique(return_counts=1); i.unique_consecutive(0); i.unique_consecutive(True)
torch.bitwise_and(x, x); x | 1; 1 ^ x; torch.bitwise_not(x); ~x; x << 1; 1 >> x; torch.gcd(x, x)"""
EXPRESSIONS = [each.strip() for each in CALLS.replace("\n", ";").split(";")]


def operands(library: Any) -> dict[str, Any]:
    numbers = np.random.default_rng(0)
    names = {name: library.empty(0, dtype=library.float64) for name in "fgh"}
    return {
        "torch": library,
        "np": np,
        "x": library.tensor(numbers.uniform(0.2, 0.8, (4, 4)) + np.eye(4)),
        "c": library.tensor(numbers.uniform(0.2, 0.8, (4, 4, 4))),
        "v": library.tensor(numbers.uniform(0.2, 0.8, 4)),
        "i": library.zeros(1, 4, dtype=library.int64),
        "p": library.tensor([1, 2, 3, 4], dtype=library.int32),
        "t": library.tensor(0.5),
        **names,
    }


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_calls_come_to_the_same(expression: str) -> None:
    mine, peer = (outcome(eval, expression, operands(library)) for library in (ours, theirs))
    assert_same(mine, peer, expression)


# Of images x and volumes z with channels last, and y and k without.
LAYOUTS = """x + 1; x + y; y + x; F.relu(x); F.conv2d(x, k); F.conv2d(y, k); F.conv2d(y, last(k))
F.conv_transpose2d(x, k.transpose(0, 1)); F.conv3d(z, w); F.max_pool2d(x, 2); F.max_pool3d(z, 2)
F.max_pool2d(x, 2, return_indices=True)[1]; F.avg_pool2d(x, 2); F.avg_pool3d(z, 2)
F.adaptive_avg_pool2d(x, 2); F.adaptive_max_pool2d(x, 2); F.batch_norm(x, None, None, training=True)
F.group_norm(x, 1); F.instance_norm(x); F.interpolate(x, scale_factor=2); F.dropout(x)
F.interpolate(x, scale_factor=2, mode='bilinear'); F.pad(x, (1, 1, 1, 1)); F.channel_shuffle(x, 1)
F.pad(x, (1, 1, 1, 1), mode='reflect'); F.pad(x, (1, 0, 0, 1), mode='replicate'); F.normalize(x)
x.abs(); torch.cat([x, x], 1); torch.cat([x, y], 1); x.clone(); x.contiguous(); x.double()
x.mean(1, True); x.to(memory_format=torch.contiguous_format)
y.to(memory_format=torch.channels_last)
y.contiguous(memory_format=torch.channels_last); torch.empty_like(x); torch.zeros_like(x)
torch.empty_like(y, memory_format=torch.channels_last); x.clone(memory_format=torch.channels_last)
torch.randn_like(x); x[:, :2].clone(); x > 0; torch.maximum(x, y); x.clamp(0, 1)
nn.Conv2d(3, 4, 2)(x); nn.Conv2d(3, 4, 2).to(memory_format=torch.channels_last).weight
nn.Sequential(nn.Conv2d(3, 4, 2), nn.ReLU(), nn.MaxPool2d(2))(x)"""


@pytest.mark.parametrize("expression", [e.strip() for e in LAYOUTS.replace("\n", ";").split(";")])
def test_channels_last_stay_last_where_pytorchs_do(expression: str) -> None:
    strides = []
    for library in (ours, theirs):
        numbers = np.random.default_rng(0)
        shapes = {"x": (2, 3, 4, 5), "y": (2, 3, 4, 5), "k": (4, 3, 2, 2), "z": (2, 3, 4, 4, 4)}
        names = {name: library.tensor(numbers.normal(size=shapes[name])).float() for name in shapes}
        names["x"] = names["x"].to(memory_format=library.channels_last)
        names["z"] = names["z"].to(memory_format=library.channels_last_3d)
        names["w"] = library.ones(4, 3, 2, 2, 2)
        names["last"] = lambda k, library=library: k.to(memory_format=library.channels_last)
        names |= {"torch": library, "nn": library.nn, "F": library.nn.functional}
        strides.append(tuple(eval(expression, names).stride()))
    assert strides[0] == strides[1]
