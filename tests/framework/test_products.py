"""Products of matrices, vectors and tensors give PyTorch's values, gradients and errors."""

from __future__ import annotations

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
    normal,
    strided,
)

theirs = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(chain_matmul|torch.cross|create_graph|einsum)", "ignore:An output with one or more"
)

MATMUL_SHAPES = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((1, 3), (3, 1)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((6, 1, 2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (3, 4)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((4, 2, 0), (0, 3)),
]


def call(name: str, **settings: Any) -> Any:
    """Give a function that calls a library's function of a name."""
    return lambda lib, *operands: getattr(lib, name)(*operands, **settings)


MATMUL = [case(f"matmul {a} {b}", call("matmul"), normal(*a), normal(*b)) for a, b in MATMUL_SHAPES]
FACTORS = {"beta": 0.5, "alpha": -2.0}
ADDED = [
    case(f"{name} {shapes[0]} {factors}", call(name, **factors), *[normal(*s) for s in shapes])
    for name, rest, inputs in [
        ("addmm", [(2, 3), (3, 4)], [(2, 4), (4,), (2, 1), ()]),
        ("addmv", [(2, 3), (3,)], [(2,), (1,), ()]),
        ("addr", [(2,), (4,)], [(2, 4), (4,), ()]),
        ("addbmm", [(5, 2, 3), (5, 3, 4)], [(2, 4), (4,)]),
        ("baddbmm", [(5, 2, 3), (5, 3, 4)], [(5, 2, 4), (4,), (1, 2, 4)]),
    ]
    for input in inputs
    for factors in ({}, FACTORS, {"beta": 0})
    for shapes in ([input, *rest],)
]
OTHERS = [
    case("mm", call("mm"), normal(2, 3), normal(3, 4)),
    case("bmm", call("bmm"), normal(5, 2, 3), normal(5, 3, 4)),
    case("mv", call("mv"), normal(2, 3), normal(3)),
    case("dot", call("dot"), normal(4), normal(4)),
    case("vdot", call("vdot"), normal(4), normal(4)),
    case("outer", call("outer"), normal(3), normal(4)),
    case("ger", call("ger"), normal(3), normal(4)),
    case("inner", call("inner"), normal(3), normal(3)),
    case("inner 2d 1d", call("inner"), normal(2, 3), normal(3)),
    case("inner 3d 2d", call("inner"), normal(2, 5, 3), normal(4, 3)),
    case("inner number", call("inner"), normal(), normal(4, 3)),
    case("chain", call("chain_matmul"), normal(2, 9), normal(9, 3), normal(3, 4), normal(4, 1)),
    case("multi_dot", lambda t, *x: t.linalg.multi_dot(x), normal(9), normal(9, 3), normal(3, 2)),
    case("multi_dot 2", lambda t, *x: t.linalg.multi_dot(x), normal(9), normal(9)),
    case(
        "multi_dot end", lambda t, *x: t.linalg.multi_dot(x), normal(2, 9), normal(9, 3), normal(3)
    ),
    case("tensordot 2", call("tensordot"), normal(2, 3, 4), normal(3, 4, 5)),
    case("tensordot 0", call("tensordot", dims=0), normal(2, 3), normal(4)),
    case(
        "tensordot lists",
        call("tensordot", dims=([1, 0], [0, -1])),
        normal(2, 3, 4),
        normal(3, 5, 2),
    ),
    case("tensordot 1 to n", call("tensordot", dims=([1], [0])), normal(2, 1), normal(3, 4)),
    case("kron", call("kron"), normal(2, 3), normal(4, 2)),
    case("kron ranks", call("kron"), normal(2), normal(3, 1, 2), is_strided=False),
    case("cross", call("cross"), normal(3, 2), normal(3, 2)),
    case("cross dim", call("cross", dim=1), normal(2, 3), normal(1, 3)),
    case("linalg.cross", lambda t, x, y: t.linalg.cross(x, y), normal(5, 3), normal(1, 3)),
    case("vecdot", lambda t, x, y: t.linalg.vecdot(x, y), normal(5, 3), normal(3)),
    case("vecdot dim", lambda t, x, y: t.linalg.vecdot(x, y, dim=0), normal(5, 3), normal(5, 1)),
    case("trace", call("trace"), normal(3, 4)),
    case("block_diag", call("block_diag"), normal(2, 3), normal(3), normal(), normal(1, 1)),
    case("cartesian_prod", call("cartesian_prod"), normal(2), normal(3), normal(2)),
    case("cartesian_prod 1", call("cartesian_prod"), normal(2)),
    case("combinations", call("combinations"), normal(4)),
    case("combinations 3", call("combinations", r=3, with_replacement=True), normal(3)),
    case("combinations 1", call("combinations", r=1), normal(3)),
    case("combinations too many", call("combinations", r=4), normal(3), is_smooth=False),
    case("vander", call("vander"), normal(4), is_smooth=False),
    case("vander 3", call("vander", N=3, increasing=True), normal(4), is_smooth=False),
    case("vander 0", call("vander", N=0), normal(4), is_smooth=False),
    case("linalg.vander", lambda t, x: t.linalg.vander(x), normal(2, 4)),
    case("linalg.vander 6", lambda t, x: t.linalg.vander(x, N=6), normal(2, 4)),
    case("matrix_power 5", call("matrix_power", n=5), normal(2, 3, 3)),
    case("matrix_power 1", call("matrix_power", n=1), normal(3, 3)),
    case("matrix_power 0", call("matrix_power", n=0), normal(2, 3, 3), is_smooth=False),
    case("cdist", call("cdist"), normal(5, 3), normal(4, 3)),
    case("cdist batch", call("cdist"), normal(2, 5, 3), normal(1, 4, 3)),
    case("cdist many", call("cdist"), normal(30, 3), normal(4, 3), tolerance=1e-7),
    case(
        "cdist plain",
        call("cdist", compute_mode="donot_use_mm_for_euclid_dist"),
        normal(30, 3),
        normal(4, 3),
    ),
    case("cdist 1", call("cdist", p=1.0), normal(5, 3), normal(4, 3)),
    case("cdist 3", call("cdist", p=3.0), normal(5, 3), normal(4, 3)),
    case("cdist 1.5", call("cdist", p=1.5), normal(5, 3), normal(4, 3)),
    case("cdist inf", call("cdist", p=float("inf")), normal(5, 3), normal(4, 3)),
    case("cdist 0", call("cdist", p=0.0), normal(5, 3), normal(4, 3), is_smooth=False),
]
EQUATIONS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("ij,jk->ik", [(2, 3), (3, 4)]),
    ("ij,jk", [(2, 3), (3, 4)]),
    ("ij , jk -> ki", [(2, 3), (3, 4)]),
    ("bij,bjk->bik", [(5, 2, 3), (5, 3, 4)]),
    ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
    ("i,i->", [(3,), (3,)]),
    ("i,j->ij", [(3,), (4,)]),
    ("i,i->i", [(3,), (3,)]),
    ("ii->i", [(3, 3)]),
    ("ii", [(3, 3)]),
    ("iij->j", [(3, 3, 2)]),
    ("iji->ij", [(3, 2, 3)]),
    ("iii->i", [(2, 2, 2)]),
    ("ij->ji", [(2, 3)]),
    ("ba", [(2, 3)]),
    ("bA", [(2, 3)]),
    ("ij->", [(2, 3)]),
    ("ij->i", [(2, 3)]),
    ("ij->ij", [(2, 3)]),
    ("...ij->...ji", [(4, 2, 3)]),
    ("...i,...i->...", [(4, 2, 3), (2, 3)]),
    ("...ij,...jk", [(4, 1, 2, 3), (5, 3, 4)]),
    ("b...,b...->b...", [(2, 3, 4), (2, 1, 4)]),
    ("i...->...", [(2, 3, 4)]),
    ("...->...", [(2, 3)]),
    ("...,...", [(2, 3), ()]),
    ("ij,kj->", [(2, 3), (4, 3)]),
    ("ij,k->ijk", [(2, 3), (4,)]),
    ("bn,anm,bm->ba", [(2, 5), (3, 5, 4), (2, 4)]),
    ("ab,bc,cd,de->ae", [(2, 3), (3, 4), (4, 2), (2, 5)]),
    ("ij,ij,ij->ij", [(2, 3), (2, 3), (2, 3)]),
    ("ij,jk->ik", [(2, 1), (3, 4)]),
    ("ij,ij->ij", [(2, 1), (1, 4)]),
    ("i,->i", [(3,), ()]),
    ("ij,jk->ik", [(2, 0), (0, 4)]),
    ("ij,jk->", [(2, 3), (3, 0)]),
]
EINSUM = [
    case(
        f"einsum {equation} {shapes}",
        lambda t, *x, equation=equation: t.einsum(equation, *x),
        *[normal(*shape) for shape in shapes],
    )
    for equation, shapes in EQUATIONS
] + [
    case(
        "einsum lists",
        lambda t, x, y: t.einsum(x, [0, 1], y, [1, 2], [2, 0]),
        normal(2, 3),
        normal(3, 4),
    ),
    case(
        "einsum no result",
        lambda t, x, y: t.einsum(x, [5, 1], y, [1, 2]),
        normal(2, 3),
        normal(3, 4),
    ),
    case("einsum ...", lambda t, x: t.einsum(x, [..., 0], [0, ...]), normal(2, 3, 4)),
    case(
        "einsum list of operands",
        lambda t, *x: t.einsum("ij,jk", list(x)),
        normal(2, 3),
        normal(3, 4),
    ),
]
CASES = MATMUL + ADDED + OTHERS + EINSUM
SMOOTH = [each for each in CASES if each.is_smooth]


@pytest.mark.parametrize("each", CASES, ids=str)
def test_values(each: Case) -> None:
    assert_values(each, ours, theirs, lambda array: array, each.tolerance)
    if each.is_strided:
        assert_values(each, ours, theirs, strided, each.tolerance)
    assert_values(each, ours, theirs, lambda array: np.asarray(array, np.float32), 1e-3)


# PyTorch takes no integers, or no fractions as factors of integers.
NO_INTEGERS = ("cdist", "vecdot")
WITH_INTEGERS = [
    each
    for each in CASES
    if not each.name.startswith(NO_INTEGERS)
    and not (each.name.startswith("addr") and "0.5" in each.name)
]


@pytest.mark.parametrize("each", WITH_INTEGERS, ids=str)
def test_values_of_integers(each: Case) -> None:
    def whole(array: Any) -> Any:
        return np.asarray(np.round(3 * array), np.int64)

    assert_values(each, ours, theirs, whole, 0)
    if "beta" not in each.name:
        assert_values(each, ours, theirs, lambda array: np.asarray(whole(array), np.int16), 0)


@pytest.mark.parametrize("each", SMOOTH, ids=str)
def test_gradients(each: Case) -> None:
    assert_gradients(each, ours, theirs, False)


# PyTorch has no second derivatives of these.
@pytest.mark.parametrize("each", [e for e in SMOOTH if "cdist" not in e.name], ids=str)
def test_gradients_of_gradients(each: Case) -> None:
    assert_gradients(each, ours, theirs, True)


BOOL_TAKERS = [
    ("outer", 1),
    ("ger", 1),
    ("kron", 2),
    ("block_diag", 2),
    ("cartesian_prod", 1),
]


@pytest.mark.parametrize(("name", "rank"), BOOL_TAKERS, ids=str)
def test_values_of_bool(name: str, rank: int) -> None:
    arrays = [np.array([True, False, True]).reshape((1,) * (rank - 1) + (3,))] * 2
    mine = getattr(ours, name)(*[ours.tensor(array) for array in arrays])
    assert_same(mine, getattr(theirs, name)(*[theirs.tensor(array) for array in arrays]))


def test_addr_of_bool_is_a_logical_or() -> None:
    arrays = [
        np.array([[True, False], [False, False]]),
        np.array([True, False]),
        np.array([True] * 2),
    ]
    mine = ours.addr(*[ours.tensor(array) for array in arrays])
    assert_same(mine, theirs.addr(*[theirs.tensor(array) for array in arrays]))


@pytest.mark.parametrize("name", ["addmm", "addmv", "addr", "addbmm", "baddbmm"])
def test_in_place_forms(name: str) -> None:
    shapes = {
        "addmm": [(2, 4), (2, 3), (3, 4)],
        "addmv": [(2,), (2, 3), (3,)],
        "addr": [(2, 4), (2,), (4,)],
        "addbmm": [(2, 4), (5, 2, 3), (5, 3, 4)],
        "baddbmm": [(5, 2, 4), (5, 2, 3), (5, 3, 4)],
    }[name]
    arrays = [normal(*shape) for shape in shapes]
    grads = []
    for lib in (ours, theirs):
        x, y, z = (lib.tensor(array, requires_grad=True) for array in arrays)
        target = x * 2
        result = getattr(target, f"{name}_")(y, z, beta=0.5, alpha=3)
        assert result is target
        (target * lib.tensor(np.arange(target.numel()).reshape(shapes[0]) + 1.0)).sum().backward()
        grads.append([target.detach().numpy(), *[leaf.grad.numpy() for leaf in (x, y, z)]])
    for own, peer in zip(*grads, strict=True):
        np.testing.assert_allclose(own, peer, rtol=1e-10)


def test_out_takes_the_result_and_gives_it() -> None:
    x, y = ours.tensor(normal(2, 3)), ours.tensor(normal(3, 4))
    for function, operands in [
        (ours.mm, (x, y)),
        (ours.matmul, (x, y)),
        (ours.mv, (x, y.select(1, 0))),
    ]:
        expected = function(*operands)
        out = ours.zeros(*expected.shape, dtype=ours.float64)
        assert function(*operands, out=out) is out
        np.testing.assert_array_equal(out.numpy(), expected.numpy())


NAMES = [
    ("matmul", [(2, 3), (3, 4)]),
    ("matmul", [(2, 3), (3,)]),
    ("matmul", [(3,), (3,)]),
    ("matmul", [(3,), (3, 4)]),
    ("matmul", [(2, 2, 3), (2, 3, 4)]),
    ("bmm", [(2, 2, 3), (2, 3, 4)]),
    ("addmm", [(4,), (2, 3), (3, 4)]),
    ("addmv", [(2,), (2, 3), (3,)]),
    ("addbmm", [(2, 4), (5, 2, 3), (5, 3, 4)]),
    ("baddbmm", [(5, 2, 4), (5, 2, 3), (5, 3, 4)]),
    ("trace", [(3, 3)]),
    ("block_diag", [(2, 3)]),
    ("cross", [(3,), (3,)]),
    ("outer", [(3,), (3,)]),
    ("cdist", [(3, 2), (3, 2)]),
]


@pytest.mark.parametrize(("name", "shapes"), NAMES, ids=str)
def test_nodes_have_pytorchs_names(name: str, shapes: list[tuple[int, ...]]) -> None:
    results = [
        getattr(lib, name)(*[lib.tensor(normal(*shape), requires_grad=True) for shape in shapes])
        for lib in (ours, theirs)
    ]
    mine, peer = (repr(result).rpartition("grad_fn=<")[2].rstrip(">)") for result in results)
    assert mine == peer


def ones(lib: Any, *shape: int, dtype: str = "float32") -> Any:
    """Make a tensor of ones."""
    return lib.ones(*shape, dtype=getattr(lib, dtype))


FAULTS = [
    ("einsum operand", lambda t: t.einsum("i", 3)),
    ("block_diag operand", lambda t: t.block_diag(ones(t, 2), 3)),
    ("cartesian_prod operand", lambda t: t.cartesian_prod(ones(t, 2), 3)),
    ("multi_dot operand", lambda t: t.linalg.multi_dot([ones(t, 2, 2), 3])),
    ("mm out", lambda t: t.mm(ones(t, 2, 2).requires_grad_(), ones(t, 2, 2), out=ones(t, 2, 2))),
    ("mm shapes", lambda t: t.mm(ones(t, 2, 3), ones(t, 2, 3))),
    ("mm ranks", lambda t: t.mm(ones(t, 2, 3, 4), ones(t, 2, 3))),
    ("matmul shapes", lambda t: ones(t, 2, 3) @ ones(t, 2, 3)),
    ("matmul vectors", lambda t: ones(t, 3) @ ones(t, 2)),
    ("matmul batches", lambda t: ones(t, 2, 2, 2) @ ones(t, 3, 2, 2)),
    ("matmul number", lambda t: ones(t, 2) @ 3),
    ("number matmul", lambda t: 3 @ ones(t, 2)),
    ("matmul 0-d", lambda t: t.matmul(t.tensor(1.0), ones(t, 2))),
    ("matmul dtypes", lambda t: ones(t, 2, 2) @ ones(t, 2, 2, dtype="float64")),
    ("matmul bool", lambda t: ones(t, 2, 2, dtype="bool") @ ones(t, 2, 2, dtype="bool")),
    ("mm argument", lambda t: t.mm(ones(t, 2, 2), 3)),
    ("bmm shapes", lambda t: t.bmm(ones(t, 2, 3, 2), ones(t, 3, 2, 2))),
    ("bmm ranks", lambda t: t.bmm(ones(t, 2, 3), ones(t, 3, 2))),
    ("mv shapes", lambda t: t.mv(ones(t, 2, 3), ones(t, 2))),
    ("dot shapes", lambda t: t.dot(ones(t, 2), ones(t, 3))),
    ("dot ranks", lambda t: t.dot(ones(t, 2, 2), ones(t, 2, 2))),
    ("dot bool", lambda t: t.dot(ones(t, 2, dtype="bool"), ones(t, 2, dtype="bool"))),
    ("outer ranks", lambda t: t.outer(ones(t, 2, 2), ones(t, 2))),
    ("inner shapes", lambda t: t.inner(ones(t, 2, 2), ones(t, 3))),
    ("inner dtypes", lambda t: t.inner(ones(t, 2), ones(t, 2, dtype="float64"))),
    ("addmm input", lambda t: t.addmm(ones(t, 3), ones(t, 2, 2), ones(t, 2, 2))),
    ("addmm shapes", lambda t: t.addmm(ones(t, 2), ones(t, 2, 3), ones(t, 2, 2))),
    ("addmv shapes", lambda t: t.addmv(ones(t, 2), ones(t, 2, 3), ones(t, 2))),
    ("baddbmm shapes", lambda t: t.baddbmm(ones(t, 2), ones(t, 2, 2, 3), ones(t, 2, 2, 3))),
    ("multi_dot one", lambda t: t.linalg.multi_dot([ones(t, 2, 2)])),
    ("multi_dot shapes", lambda t: t.linalg.multi_dot([ones(t, 2, 3), ones(t, 2, 3)])),
    ("tensordot sizes", lambda t: t.tensordot(ones(t, 2, 3), ones(t, 2, 3), 1)),
    ("tensordot lists", lambda t: t.tensordot(ones(t, 2, 3), ones(t, 2, 3), ([0], [0, 1]))),
    ("tensordot dims", lambda t: t.tensordot(ones(t, 2), ones(t, 2), 2)),
    ("cross sizes", lambda t: t.cross(ones(t, 2), ones(t, 2), dim=0)),
    ("cross none", lambda t: t.cross(ones(t, 2), ones(t, 2))),
    ("trace rank", lambda t: t.trace(ones(t, 2, 2, 2))),
    ("trace bool", lambda t: t.trace(ones(t, 2, 2, dtype="bool"))),
    ("block_diag rank", lambda t: t.block_diag(ones(t, 2, 2, 2))),
    ("cartesian_prod rank", lambda t: t.cartesian_prod(ones(t, 2, 2))),
    ("combinations rank", lambda t: t.combinations(ones(t, 2, 2))),
    ("combinations negative", lambda t: t.combinations(ones(t, 2), r=-1)),
    ("cdist columns", lambda t: t.cdist(ones(t, 2, 2), ones(t, 2, 3))),
    ("cdist mode", lambda t: t.cdist(ones(t, 2, 2), ones(t, 2, 2), compute_mode="fast")),
    ("cdist p", lambda t: t.cdist(ones(t, 2, 2), ones(t, 2, 2), p=-1.0)),
    ("matrix_power shape", lambda t: t.matrix_power(ones(t, 2, 3), 2)),
    ("matrix_power singular", lambda t: t.matrix_power(ones(t, 2, 2), -1)),
    ("einsum sizes", lambda t: t.einsum("ij,jk", ones(t, 2, 3), ones(t, 2, 3))),
    ("einsum diagonal", lambda t: t.einsum("ii", ones(t, 2, 3))),
    ("einsum rank", lambda t: t.einsum("ijk", ones(t, 2, 3))),
    ("einsum count", lambda t: t.einsum("ij,jk", ones(t, 2, 3))),
    ("einsum result", lambda t: t.einsum("ij->k", ones(t, 2, 3))),
    ("einsum twice", lambda t: t.einsum("ij->ii", ones(t, 2, 2))),
    ("einsum letter", lambda t: t.einsum("i1", ones(t, 2, 2))),
    ("einsum ellipsis", lambda t: t.einsum("i....", ones(t, 2, 2))),
    (
        "addr factor",
        lambda t: t.addr(*[ones(t, *s, dtype="int64") for s in [(2, 2), (2,), (2,)]], beta=0.5),
    ),
    ("einsum nothing", lambda t: t.einsum("i")),
]


@pytest.mark.parametrize("function", [f[1] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_faults_raise_pytorchs_class(function: Any) -> None:
    mine, peer = error_of(lambda: function(ours)), error_of(lambda: function(theirs))
    assert peer is not None
    assert mine is not None
    assert classes_of(peer) <= classes_of(mine)


def test_only_what_the_gradients_take_is_guarded() -> None:
    x, w = ours.tensor(normal(2, 3)), ours.tensor(normal(3, 4), requires_grad=True)
    other = ours.tensor(normal(3, 4))
    y = (x @ w).sum() + (w * 1 @ other.t()).sum()
    w.data.add_(1)
    other.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
    y = (x @ w).sum()
    with ours.no_grad():
        w.add_(1)
    y.backward()
    np.testing.assert_allclose(w.grad.numpy(), np.repeat(x.numpy().sum(0)[:, None], 4, 1))
