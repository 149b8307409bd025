"""LU, its uses, functions that tell where they failed, and reflections, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .algebra import (
    Case,
    assert_gradients,
    assert_values,
    case,
    classes_of,
    error_of,
    normal,
    regular,
    strided,
    symmetric,
)

# ---- without PyTorch


@pytest.mark.parametrize("shape", [(70, 70), (40, 90), (90, 40), (3, 5, 5), (2, 0, 3), (0, 3, 3)])
def test_the_factors_multiply_to_the_matrix(shape: tuple[int, ...]) -> None:
    a = normal(*shape)
    p, lower, upper = ours.linalg.lu(ours.from_numpy(a))
    np.testing.assert_allclose((p @ lower @ upper).numpy(), a, atol=1e-11)
    assert np.all(np.abs(lower.numpy()) <= 1)
    np.testing.assert_array_equal(upper.numpy(), np.triu(upper.numpy()))
    np.testing.assert_array_equal(p.sum(-1).numpy(), np.ones(shape[:-1]))


def test_gradients_of_factors_are_central_differences() -> None:
    a, draw = normal(4, 4), np.random.default_rng(2)
    weights = ours.from_numpy(draw.normal(size=(4, 4)))

    def total(x: Any) -> Any:
        return (ours.linalg.lu_factor(x)[0] * weights).sum()

    operand = ours.tensor(a, requires_grad=True)
    total(operand).backward()
    grad = operand.grad
    assert grad is not None
    for place in np.ndindex(4, 4):
        step = np.zeros((4, 4))
        step[place] = 1e-6
        up, down = (total(ours.from_numpy(a + sign * step)).item() for sign in (1, -1))
        assert (up - down) / 2e-6 == pytest.approx(grad.numpy()[place], rel=1e-5, abs=1e-6)


def test_a_geqrf_has_no_gradient() -> None:
    x = ours.tensor(normal(3, 3), requires_grad=True)
    with pytest.raises(NotImplementedError, match="geqrf"):
        ours.geqrf(x)[0].sum().backward()


def test_reflections_multiply_as_their_product() -> None:
    a, other = ours.from_numpy(normal(4, 4)), ours.from_numpy(normal(4, 4))
    packed, tau = ours.geqrf(a)
    q = ours.orgqr(packed, tau)
    for left in (True, False):
        for is_turned in (True, False):
            own = q.mT if is_turned else q
            expected = own @ other if left else other @ own
            result = ours.ormqr(packed, tau, other, left, is_turned)
            np.testing.assert_allclose(result.numpy(), expected.numpy(), atol=1e-12)
    np.testing.assert_allclose((q @ packed.triu()).numpy(), a.numpy(), atol=1e-12)


# ---- against PyTorch

theirs = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore:.*(deprecated|create_graph)")


def call(name: str, **settings: Any) -> Callable[..., Any]:
    return lambda lib, *operands: getattr(lib.linalg, name)(*operands, **settings)


def old(name: str, *rest: Any, **settings: Any) -> Callable[..., Any]:
    return lambda lib, *operands: getattr(lib, name)(*operands, *rest, **settings)


def unpacked(lib: Any, a: Any) -> Any:
    return lib.lu_unpack(*lib.linalg.lu_factor(a))


def system(**settings: Any) -> Callable[..., Any]:
    return lambda lib, a, b: lib.linalg.lu_solve(*lib.linalg.lu_factor(a), b, **settings)


def method(name: str, *rest: Any) -> Callable[..., Any]:
    return lambda lib, a, *others: getattr(a, name)(*others, *rest)


def reflected(name: str) -> Callable[..., Any]:
    return lambda lib, a, tau: getattr(lib, name)(a, tau)


SHAPES = [(4, 4), (3, 5), (5, 3), (2, 4, 4), (2, 3, 2, 4), (2, 2, 4, 2), (1, 1), (0, 0), (2, 0, 3)]
CASES: list[Case] = [
    *[case(f"lu {shape}", call("lu"), normal(*shape)) for shape in SHAPES],
    *[case(f"lu_factor {shape}", call("lu_factor"), normal(*shape)) for shape in SHAPES],
    *[case(f"lu_unpack {shape}", unpacked, normal(*shape)) for shape in SHAPES[:6]],
    case("lu_factor_ex", call("lu_factor_ex"), normal(2, 3, 3)),
    case("lu of a large matrix", call("lu"), normal(80, 70), is_smooth=False),
    case("torch.lu", old("lu"), normal(2, 3, 3)),
    case("torch.lu of a singular matrix", old("lu"), np.zeros((2, 3, 3)), is_smooth=False),
    case("torch.lu with infos", old("lu", get_infos=True), normal(2, 3, 3)),
    case("Tensor.lu", method("lu"), normal(3, 3)),
    case("lu_solve", system(), regular(4, 4), normal(4, 2)),
    case("lu_solve, batch", system(), regular(2, 3, 3), normal(2, 3, 2)),
    case("lu_solve, right", system(left=False), regular(2, 3, 3), normal(2, 4, 3)),
    case("lu_solve, adjoint", system(adjoint=True), regular(3, 3), normal(3, 2)),
    case("lu_solve, both", system(left=False, adjoint=True), regular(3, 3), normal(2, 3)),
    case("torch.lu_solve", lambda lib, a, b: lib.lu_solve(b, *lib.linalg.lu_factor(a)),
         regular(3, 3), normal(3, 2)),
    case("inv_ex", call("inv_ex"), regular(2, 3, 3)),
    case("solve_ex", call("solve_ex"), regular(2, 3, 3), normal(2, 3, 2)),
    case("solve_ex, vector", call("solve_ex"), regular(3, 3), normal(3)),
    case("solve_ex, right", call("solve_ex", left=False), regular(3, 3), normal(2, 3)),
    case("cholesky_ex", lambda lib, a: lib.linalg.cholesky_ex(a + a.mT), symmetric(2, 3, 3)),
    case("cholesky_ex, upper", lambda lib, a: lib.linalg.cholesky_ex(a + a.mT, upper=True),
         symmetric(3, 3)),
    case("householder_product", call("householder_product"), normal(5, 3), normal(3)),
    case("householder_product, batch", call("householder_product"), normal(2, 4, 3), normal(2, 2)),
    case("orgqr", reflected("orgqr"), normal(4, 3), normal(3)),
    case("geqrf", lambda lib, a: lib.geqrf(a), normal(2, 4, 3), is_smooth=False),
    case("ormqr", old("ormqr"), normal(4, 3), normal(3), normal(4, 2), is_smooth=False),
    case("ormqr, right", old("ormqr", False, True), normal(4, 3), normal(3), normal(2, 4),
         is_smooth=False),
]  # fmt: skip


@pytest.mark.parametrize("each", CASES, ids=str)
def test_values_are_pytorchs(each: Case) -> None:
    assert_values(each, ours, theirs, lambda array: array, each.tolerance)
    assert_values(each, ours, theirs, lambda array: array.astype(np.float32), 2e-4)
    if each.is_strided:
        assert_values(each, ours, theirs, strided, each.tolerance)


SMOOTH = [each for each in CASES if each.is_smooth]


@pytest.mark.parametrize("each", SMOOTH, ids=str)
def test_gradients_are_pytorchs(each: Case) -> None:
    assert_gradients(each, ours, theirs, False)


@pytest.mark.parametrize("each", SMOOTH, ids=str)
def test_second_derivatives_are_pytorchs(each: Case) -> None:
    assert_gradients(each, ours, theirs, True)


SINGULAR = np.stack([np.eye(3), np.zeros((3, 3)), np.diag([2.0, 1.0, 0.0]), 3 * np.eye(3)])


def test_failures_are_told_where_pytorch_tells_them() -> None:
    for name, others in (("inv_ex", ()), ("lu_factor_ex", ()), ("solve_ex", (np.ones((4, 3, 1)),))):
        mine = getattr(ours.linalg, name)(*map(ours.from_numpy, (SINGULAR, *others)))
        peer = getattr(theirs.linalg, name)(*map(theirs.from_numpy, (SINGULAR, *others)))
        np.testing.assert_array_equal(mine.info.numpy(), peer.info.numpy())
        for place in (0, 3):
            np.testing.assert_allclose(mine[0].numpy()[place], peer[0].numpy()[place])
    minus = np.stack([np.eye(3), np.diag([1.0, -1.0, 1.0]), -np.eye(3)])
    mine = ours.linalg.cholesky_ex(ours.from_numpy(minus))
    peer = theirs.linalg.cholesky_ex(theirs.from_numpy(minus))
    np.testing.assert_array_equal(mine.info.numpy(), peer.info.numpy())
    np.testing.assert_allclose(mine.L.numpy()[0], peer.L.numpy()[0])
    empty = ours.lu_unpack(*ours.linalg.lu_factor(ours.eye(2)), unpack_data=False)
    assert [each.shape for each in empty] == [(2, 2), (0,), (0,)]


FAULTS = [
    lambda lib: lib.linalg.lu(lib.ones(3)),
    lambda lib: lib.linalg.lu(lib.ones(3, 3), pivot=False),
    lambda lib: lib.linalg.lu_factor(lib.zeros(3, 3)),
    lambda lib: lib.linalg.lu_factor_ex(lib.zeros(3, 3), check_errors=True),
    lambda lib: lib.linalg.inv_ex(lib.zeros(3, 3), check_errors=True),
    lambda lib: lib.linalg.inv_ex(lib.zeros(3, 2)),
    lambda lib: lib.linalg.solve_ex(lib.zeros(3, 3), lib.ones(3), check_errors=True),
    lambda lib: lib.linalg.solve_ex(lib.zeros(3, 3), lib.ones(2, 2)),
    lambda lib: lib.linalg.cholesky_ex(-lib.eye(2), check_errors=True),
    lambda lib: lib.linalg.lu_solve(lib.eye(2), lib.tensor([1, 2]), lib.ones(2, 1)),
    lambda lib: lib.linalg.lu_solve(lib.eye(2), lib.tensor([1]).int(), lib.ones(2, 1)),
    lambda lib: lib.linalg.householder_product(lib.ones(2, 3), lib.ones(2)),
    lambda lib: lib.linalg.householder_product(lib.ones(3, 2), lib.ones(3)),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_errors_are_of_pytorchs_classes(fault: Any) -> None:
    mine, peer = error_of(lambda: fault(ours)), error_of(lambda: fault(theirs))
    assert mine is not None
    assert peer is not None
    assert classes_of(peer) <= classes_of(mine), (mine, peer)
