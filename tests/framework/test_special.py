"""`torch.special`, bits, parts of floats, histograms and others give what PyTorch gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .algebra import (
    Case,
    assert_gradients,
    assert_same,
    assert_values,
    case,
    classes_of,
    error_of,
    flat,
    normal,
    numbers,
    strided,
)

INF, NAN = math.inf, math.nan

# ---- without PyTorch


def test_quantiles_are_where_the_shares_are() -> None:
    x = np.linspace(-7.5, 7.5, 61)
    back = ours.special.ndtri(ours.special.log_ndtr(ours.from_numpy(x[x < 3])).exp())
    np.testing.assert_allclose(back.numpy(), x[x < 3], rtol=1e-8, atol=1e-12)
    far = ours.special.ndtri(ours.tensor([1e-300, 1e-100, 0.5, 0.0, 1.0], dtype=ours.float64))
    np.testing.assert_allclose(far.numpy(), [-37.0471, -21.2734, 0, -INF, INF], rtol=1e-4)


@pytest.mark.parametrize("name", ["log_ndtr", "entr", "ndtr", "ndtri", "xlog1py"])
def test_gradients_are_central_differences(name: str) -> None:
    x = np.array([0.2, 0.4, 0.7])
    function = getattr(ours.special, name)
    rest = (ours.full((3,), 0.7, dtype=ours.float64),) if name == "xlog1py" else ()
    operand = ours.tensor(x, requires_grad=True)
    function(operand, *rest).sum().backward()
    up, down = (function(ours.from_numpy(x + s), *rest).numpy() for s in (1e-6, -1e-6))
    assert operand.grad is not None
    np.testing.assert_allclose(operand.grad.numpy(), (up - down) / 2e-6, rtol=1e-6)


def test_parts_that_are_no_views_share_memory_and_nothing_else() -> None:
    x = ours.arange(6.0)
    first, second = ours.unsafe_chunk(x, 2)
    assert first._base is None
    first[0] = 7.0
    assert x[0].item() == 7.0
    assert x._version == second._version == 0


def test_detach_and_others_are_functions_too() -> None:
    x = ours.ones(3, requires_grad=True)
    assert not ours.detach(x).requires_grad
    y = x * 2
    assert ours.detach_(y) is y
    assert not y.requires_grad
    assert not ours.is_inference(x)
    ours.set_anomaly_enabled(True)
    assert ours.is_anomaly_enabled()
    ours.set_anomaly_enabled(False)
    assert not ours.is_anomaly_enabled()


def test_what_has_no_derivative_says_so_in_backward() -> None:
    x = ours.ones(3, requires_grad=True)
    for result in (ours.nextafter(x, x), ours.histogram(x, 3)[0]):
        with pytest.raises(NotImplementedError, match="derivative"):
            result.sum().backward()


# ---- against PyTorch

theirs = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*create_graph")

POSITIVE = np.abs(normal(3, 4)) + 0.1
SHARES = numbers.uniform(0.02, 0.98, (3, 4))


def special(name: str, *rest: Any, **settings: Any) -> Callable[..., Any]:
    return lambda lib, *operands: getattr(lib.special, name)(*operands, *rest, **settings)


def call(name: str, *rest: Any, **settings: Any) -> Callable[..., Any]:
    return lambda lib, *operands: getattr(lib, name)(*operands, *rest, **settings)


def method(name: str, *rest: Any) -> Callable[..., Any]:
    return lambda lib, x, *operands: getattr(x, name)(*operands, *rest)


def in_place(name: str, *rest: Any) -> Callable[..., Any]:
    return lambda lib, x, *operands: getattr(x * 1, name)(*operands, *rest)


def spaced(**settings: Any) -> Callable[..., Any]:
    return call("gradient", **settings)


def at_places(lib: Any, x: Any) -> Any:
    places = [lib.tensor([0.0, 1.0, 3.0]).to(x.dtype), lib.tensor([0.0, 2.0, 3.0, 7.0]).to(x.dtype)]
    return lib.gradient(x, spacing=places, edge_order=2)


CASES: list[Case] = [
    case("erf", special("erf"), normal(3, 4)),
    case("erfc", special("erfc"), normal(3, 4)),
    case("erfinv", special("erfinv"), SHARES - 0.5),
    case("exp2", special("exp2"), normal(3, 4)),
    case("expm1", special("expm1"), normal(3, 4)),
    case("expit", special("expit"), normal(3, 4)),
    case("gammaln", special("gammaln"), POSITIVE, tolerance=1e-8),
    case("digamma", special("digamma"), POSITIVE, tolerance=1e-8),
    case("psi", special("psi"), POSITIVE, tolerance=1e-8),
    case("polygamma", lambda lib, x: lib.special.polygamma(2, x), POSITIVE, tolerance=1e-8),
    case("log1p", special("log1p"), POSITIVE),
    case("logit", special("logit"), SHARES),
    case("logit, eps", special("logit", 0.1), SHARES),
    case("logsumexp", special("logsumexp", 1), normal(3, 4)),
    case("softmax", special("softmax", 1), normal(3, 4)),
    case("log_softmax", special("log_softmax", 1), normal(3, 4)),
    case("round", special("round", decimals=1), normal(3, 4), is_smooth=False),
    case("sinc", special("sinc"), normal(3, 4)),
    case("xlogy", special("xlogy"), normal(3, 4), POSITIVE),
    case("xlog1py", special("xlog1py"), normal(3, 1), POSITIVE),
    case("xlog1py, number", special("xlog1py", 0.5), normal(3, 1)),
    case("entr", special("entr"), POSITIVE),
    case("ndtr", special("ndtr"), normal(3, 4)),
    case("ndtri", special("ndtri"), SHARES),
    case("log_ndtr", special("log_ndtr"), 3 * normal(3, 4)),
    case("log_ndtr, far", special("log_ndtr"), np.array([-19.9, -20.1, -35.0, -100.0, 9.0])),
    case("multigammaln", special("multigammaln", 3), POSITIVE + 1, tolerance=1e-8),
    case("mvlgamma", call("mvlgamma", 2), POSITIVE + 1, tolerance=1e-8),
    case("mvlgamma_", in_place("mvlgamma_", 2), POSITIVE + 1, tolerance=1e-8),
    case("entr of nothing", special("entr"), normal(0, 3)),
    case("log_ndtr of one", special("log_ndtr"), normal()),
    case("ndtri of one", special("ndtri"), np.array(0.3)),
    case("logaddexp2", call("logaddexp2"), normal(3, 1), normal(4)),
    case("Tensor.logaddexp2", method("logaddexp2"), normal(3), normal(3)),
    case("nextafter", call("nextafter"), normal(3, 1), normal(4), is_smooth=False),
    case("nextafter_", in_place("nextafter_"), normal(3), normal(3), is_smooth=False),
    case("frexp", call("frexp"), normal(3, 4) * 100),
    case("Tensor.frexp", method("frexp"), np.array([0.0, 1.0, -0.5, 2.0**30])),
    case("isreal", call("isreal"), normal(3, 2), is_smooth=False),
    case("Tensor.isreal", method("isreal"), normal(), is_smooth=False),
    case("gradient", spaced(), normal(4, 5)),
    case("gradient of two points", spaced(), normal(2)),
    case("gradient, spacing", spaced(spacing=0.5, dim=0), normal(4, 2)),
    case("gradient, spacings", spaced(spacing=[0.5, 2.0], dim=(2, -3)), normal(2, 4, 3)),
    case("gradient, second order", spaced(edge_order=2, spacing=2.0), normal(3, 5)),
    case("gradient, places", at_places, normal(3, 4)),
    case("deg2rad_", in_place("deg2rad_"), normal(3)),
    case("rad2deg_", in_place("rad2deg_"), normal(3)),
    case("ldexp_", in_place("ldexp_"), normal(3), np.array([1.0, 2.0, 3.0]), is_smooth=False),
    case("unsafe_chunk", call("unsafe_chunk", 2), normal(5, 3)),
    case("unsafe_split", call("unsafe_split", 2, -1), normal(3, 5)),
    case("unsafe_split_with_sizes", call("unsafe_split_with_sizes", [1, 2, 0], 1), normal(2, 3)),
    case("Tensor.unsafe_chunk", method("unsafe_chunk", 3, 1), normal(2, 4)),
    case("Tensor.unsafe_split", method("unsafe_split", 3, 1), normal(2, 4)),
    case("histogram", call("histogram", 5), normal(30), is_smooth=False),
    case("histogram, range", call("histogram", 4, range=(-1.0, 1.0)), normal(5, 6),
         is_smooth=False),
    case("histogram, density", call("histogram", 4, density=True), normal(20), is_smooth=False),
    case("histogram, weight", lambda lib, x, w: lib.histogram(x, 3, weight=w), normal(9),
         POSITIVE.ravel()[:9], is_smooth=False),
    case("histogram, edges", lambda lib, x, e: x.histogram(e), np.array([0.0, 0.5, 1.0, 3.0, 4.0]),
         np.array([0.0, 1.0, 3.0]), is_smooth=False),
    case("histogram of equals", call("histogram", 3), np.ones(4), is_smooth=False),
    case("histogram of nothing", call("histogram", 3), np.zeros(0), is_smooth=False),
    case("functional", lambda lib, x, y: lib.functional.einsum("ij,kj->ik", x, y), normal(2, 3),
         normal(4, 3)),
]  # fmt: skip


@pytest.mark.parametrize("each", CASES, ids=str)
def test_values_are_pytorchs(each: Case) -> None:
    assert_values(each, ours, theirs, lambda array: array, each.tolerance)
    assert_values(each, ours, theirs, lambda array: array.astype(np.float32), 3e-5)
    assert_values(each, ours, theirs, strided, each.tolerance)


SMOOTH = [each for each in CASES if each.is_smooth]


@pytest.mark.parametrize("each", SMOOTH, ids=str)
def test_gradients_are_pytorchs(each: Case) -> None:
    assert_gradients(each, ours, theirs, False)


@pytest.mark.parametrize("each", SMOOTH, ids=str)
def test_second_derivatives_are_pytorchs(each: Case) -> None:
    assert_gradients(each, ours, theirs, True)


EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, INF, -INF, NAN, 1e-300, 40.0, -40.0]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", ["entr", "ndtr", "ndtri", "log_ndtr", "expit", "xlog1py"])
def test_values_at_the_edges_are_pytorchs(name: str) -> None:
    pairs = np.array([(x, y) for x in EDGES for y in EDGES])
    arrays = (pairs[:, 0], pairs[:, 1]) if name == "xlog1py" else (np.array(EDGES),)
    each = case(name, special(name), *arrays)
    assert_values(each, ours, theirs, lambda array: np.ascontiguousarray(array), 1e-9)


def integers(lib: Any, dtype: str) -> Any:
    return lib.tensor([0, 1, -3 if dtype != "uint8" else 253, 7, 100]).to(getattr(lib, dtype))


WHOLE: list[tuple[str, Callable[..., Any]]] = [
    ("lcm", lambda lib, x: lib.lcm(x, lib.tensor([6, 0, 4, 21, 10]).to(x.dtype))),
    ("lcm_", lambda lib, x: x.lcm_(x)),
    ("left", lambda lib, x: x << 2),
    ("left of a number", lambda lib, x: 3 << x),
    ("right of a number", lambda lib, x: 300 >> x),
    ("left by more", lambda lib, x: lib.bitwise_left_shift(x, lib.arange(5).to(x.dtype) * 15)),
    ("left, broadcast", lambda lib, x: x << x[:, None]),
    ("right", lambda lib, x: x >> 1),
    ("right by more", lambda lib, x: lib.bitwise_right_shift(x, lib.arange(5).to(x.dtype) * 15)),
    ("right by less than none", lambda lib, x: x >> -x.abs()),
    ("left by less than none", lambda lib, x: x << -x.abs()),
    ("left in place", lambda lib, x: x.bitwise_left_shift_(1)),
    ("right in place", lambda lib, x: x.bitwise_right_shift_(1)),
    ("positions", lambda lib, x: lib.unravel_index(x, (4, 8, 2))),
    ("positions in a line", lambda lib, x: lib.unravel_index(x, 6)),
    ("float functions", lambda lib, x: [lib.special.ndtr(x), lib.special.xlog1py(x, 2),
                                        lib.special.xlog1py(3, x.abs())]),
    ("gradient", lambda lib, x: lib.gradient(x.short())),
]  # fmt: skip


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "int8", "uint8"])
@pytest.mark.parametrize(("name", "function"), WHOLE, ids=[name for name, _ in WHOLE])
def test_functions_of_integers_are_pytorchs(name: str, function: Any, dtype: str) -> None:
    mine, peers = (flat(function(lib, integers(lib, dtype))) for lib in (ours, theirs))
    assert len(mine) == len(peers)
    for own, peer in zip(mine, peers, strict=True):
        assert_same(own, peer, 1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bool"])
def test_other_dtypes_are_pytorchs(dtype: str) -> None:
    for function in (special("ndtr"), special("entr"), call("isreal")):
        mine, peer = (
            function(lib, lib.tensor([0, 1]).to(getattr(lib, dtype))) for lib in (ours, theirs)
        )
        assert_same(mine, peer, 1e-3)


def test_shifts_with_assignment_change_the_tensor() -> None:
    x = ours.tensor([1, 2])
    same = x
    x <<= 3
    x >>= ours.tensor([1, 2])
    assert x is same
    assert x.tolist() == [4, 4]


NODES = [
    ("frexp", lambda lib, x: lib.frexp(x)[0]),
    ("logaddexp2", lambda lib, x: lib.logaddexp2(x, x)),
    ("nextafter", lambda lib, x: lib.nextafter(x, x)),
    ("entr", lambda lib, x: lib.special.entr(x)),
    ("mvlgamma", lambda lib, x: lib.mvlgamma(x + 1, 2)),
    ("ndtri", lambda lib, x: lib.special.ndtri(x)),
    ("log_ndtr", lambda lib, x: lib.special.log_ndtr(x)),
    ("xlog1py", lambda lib, x: lib.special.xlog1py(x, x)),
    ("unsafe_chunk", lambda lib, x: lib.unsafe_chunk(x, 2)[0]),
    ("unsafe_split_with_sizes", lambda lib, x: lib.unsafe_split_with_sizes(x, [1, 2])[0]),
]


@pytest.mark.parametrize(("name", "function"), NODES, ids=[name for name, _ in NODES])
def test_nodes_have_pytorchs_names(name: str, function: Any) -> None:
    mine, peer = (
        type(function(lib, lib.full((3,), 0.3, requires_grad=True)).grad_fn).__name__
        for lib in (ours, theirs)
    )
    assert mine == peer


FAULTS = [
    lambda lib: lib.tensor([1.0]) << 1,
    lambda lib: lib.tensor([1]) << 1.5,
    lambda lib: lib.tensor([True]) >> lib.tensor([True]),
    lambda lib: lib.lcm(lib.tensor([1.0]), lib.tensor([1.0])),
    lambda lib: lib.nextafter(lib.tensor([1]), lib.tensor([1])),
    lambda lib: lib.logaddexp2(lib.tensor([1]), lib.tensor([1])),
    lambda lib: lib.frexp(lib.tensor([1])),
    lambda lib: lib.mvlgamma(lib.ones(2), 0),
    lambda lib: lib.unravel_index(lib.tensor([1.0]), (2,)),
    lambda lib: lib.unravel_index(lib.tensor([1]), (-2,)),
    lambda lib: lib.gradient(lib.ones(1)),
    lambda lib: lib.gradient(lib.ones(3), edge_order=3),
    lambda lib: lib.gradient(lib.ones(3, 3), spacing=[1.0]),
    lambda lib: lib.gradient(lib.ones(3, 3), dim=(0, 0)),
    lambda lib: lib.gradient(lib.ones(3), dim=2),
    lambda lib: lib.gradient(lib.ones(3).to(lib.uint8)),
    lambda lib: lib.histogram(lib.tensor([1]), 3),
    lambda lib: lib.histogram(lib.ones(3), 0),
    lambda lib: lib.histogram(lib.ones(3), 2, range=(2.0, 1.0)),
    lambda lib: lib.histogram(lib.tensor([1.0, NAN]), 2),
    lambda lib: lib.histogram(lib.ones(3), 2, weight=lib.ones(2)),
    lambda lib: lib.histogram(lib.ones(3), lib.ones(2), range=(0.0, 1.0)),
    lambda lib: lib.histogram(lib.ones(3), lib.ones(2).double()),
    lambda lib: lib.unsafe_chunk(lib.ones(3), 0),
    lambda lib: lib.unsafe_split_with_sizes(lib.ones(3), [1, 1]),
    lambda lib: lib.unsafe_chunk(lib.ones(3), 2, 4),
    lambda lib: lib.unsafe_chunk(lib.ones(()), 2),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_errors_are_of_pytorchs_classes(fault: Any) -> None:
    mine, peer = error_of(lambda: fault(ours)), error_of(lambda: fault(theirs))
    assert mine is not None
    assert peer is not None
    assert classes_of(peer) <= classes_of(mine), (mine, peer)
