"""`torch.linalg` gives PyTorch's values, gradients and errors."""

from __future__ import annotations

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

theirs = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(deprecated|create_graph)", "ignore:An output with one or more"
)
INF = float("inf")


def call(name: str, **settings: Any) -> Any:
    """Give a function that calls a function of linalg."""
    return lambda lib, *operands: getattr(lib.linalg, name)(*operands, **settings)


def old(name: str, **settings: Any) -> Any:
    """Give a function that calls one of the functions beside linalg."""
    return lambda lib, *operands: getattr(lib, name)(*operands, **settings)


def rebuilt_eigh(lib: Any, a: Any, triangle: str = "L") -> Any:
    """Give eigenvalues, and what does not change with the signs of eigenvectors."""
    values, vectors = lib.linalg.eigh(a, triangle)
    return (
        values,
        vectors**2,
        vectors @ (vectors.transpose(-1, -2) * (values * values).unsqueeze(-1)),
    )


def rebuilt_svd(lib: Any, a: Any, full: bool = False) -> Any:
    """Give singular values, and what does not change with the signs of singular vectors."""
    u, s, vh = lib.linalg.svd(a, full)
    if full:
        return s
    return s, u**2, vh**2, u @ (vh * (s * s).unsqueeze(-1))


def rebuilt_old_svd(lib: Any, a: Any) -> Any:
    u, s, v = lib.svd(a)
    return s, u**2, v**2


def lower_of(lib: Any, a: Any) -> Any:
    """Give the Cholesky factor of a matrix that is made symmetric, as gradients are."""
    return lib.linalg.cholesky((a + a.transpose(-1, -2)) / 2)


def with_factor(name: str, is_upper: bool) -> Any:
    """Give a function of a Cholesky factor, the last operand, of which one triangle is kept."""

    def compute(lib: Any, *operands: Any) -> Any:
        *others, factor = operands
        size = factor.shape[-1]
        mask = np.triu(np.ones((size, size))) if is_upper else np.tril(np.ones((size, size)))
        kept = factor * lib.tensor(mask, dtype=factor.dtype)
        return getattr(lib, name)(*others, kept, upper=is_upper)

    return compute


def least_squares(lib: Any, a: Any, b: Any, **settings: Any) -> Any:
    return list(lib.linalg.lstsq(a, b, **settings))[:1]


INVERSES = [
    case("inv", call("inv"), regular(3, 3)),
    case("inv batch", call("inv"), regular(2, 4, 3, 3)),
    case("inverse", old("inverse"), regular(3, 3)),
    case("inv empty", call("inv"), normal(0, 0)),
    case("inv no batch", call("inv"), normal(0, 2, 2)),
    case("pinv", call("pinv"), normal(4, 3)),
    case("pinv wide", call("pinv"), normal(2, 3, 4)),
    case("pinv hermitian", call("pinv", hermitian=True), symmetric(3, 3)),
    case("pinv atol", call("pinv", atol=1e-3), normal(4, 3)),
    case("pinverse", old("pinverse"), normal(4, 3)),
    case("matrix_power -2", call("matrix_power", n=-2), regular(3, 3)),
    case("tensorinv", call("tensorinv", ind=1), regular(6, 6).reshape(6, 2, 3)),
    case("tensorinv 2", call("tensorinv"), regular(6, 6).reshape(2, 3, 6)),
    case("matrix_exp", call("matrix_exp"), normal(3, 3), tolerance=1e-7),
    case("matrix_exp large", call("matrix_exp"), 4 * normal(2, 3, 3), tolerance=1e-7),
    case("matrix_exp 0", call("matrix_exp"), np.zeros((3, 3))),
]
SOLUTIONS = (
    [
        case("solve", call("solve"), regular(3, 3), normal(3, 2)),
        case("solve vector", call("solve"), regular(3, 3), normal(3)),
        case("solve vectors", call("solve"), regular(4, 3, 3), normal(4, 3)),
        case("solve batch", call("solve"), regular(4, 3, 3), normal(4, 3, 2)),
        case("solve broadcast", call("solve"), regular(3, 3), normal(4, 3, 2)),
        case("solve broadcast vector", call("solve"), regular(4, 3, 3), normal(3)),
        case("solve right", call("solve", left=False), regular(3, 3), normal(2, 3)),
        case("tensorsolve", call("tensorsolve"), regular(6, 6).reshape(2, 3, 6), normal(2, 3)),
        case(
            "tensorsolve dims",
            call("tensorsolve", dims=(0,)),
            regular(6, 6).reshape(6, 2, 3),
            normal(2, 3),
        ),
        case("cholesky_solve", with_factor("cholesky_solve", False), normal(3, 2), regular(3, 3)),
        case(
            "cholesky_solve upper", with_factor("cholesky_solve", True), normal(3, 2), regular(3, 3)
        ),
        case("cholesky_inverse", with_factor("cholesky_inverse", False), regular(3, 3)),
        case("cholesky_inverse upper", with_factor("cholesky_inverse", True), regular(2, 3, 3)),
        case("lstsq", least_squares, normal(5, 3), normal(5, 2)),
        case("lstsq batch", least_squares, normal(2, 5, 3), normal(2, 5, 2)),
        case("lstsq wide", least_squares, normal(3, 5), normal(3, 2)),
    ]
    + [
        case(
            f"solve_triangular {upper} {left} {unit}",
            call("solve_triangular", upper=upper, left=left, unitriangular=unit),
            regular(2, 3, 3),
            normal(4, 1, 3, 3),
        )
        for upper in (True, False)
        for left in (True, False)
        for unit in (True, False)
    ]
    + [
        case(
            f"triangular_solve {upper} {turned}",
            lambda t, b, a, upper=upper, turned=turned: t.triangular_solve(b, a, upper, turned)[0],
            normal(3, 2),
            regular(3, 3),
        )
        for upper in (True, False)
        for turned in (True, False)
    ]
)
FACTORS = [
    case("cholesky", lower_of, symmetric(3, 3)),
    case("cholesky plain", call("cholesky"), symmetric(3, 3)),
    case("cholesky batch", lower_of, symmetric(2, 3, 3)),
    case("cholesky upper", call("cholesky", upper=True), symmetric(3, 3)),
    case("torch.cholesky", old("cholesky"), symmetric(3, 3)),
    case("qr", call("qr"), normal(4, 3)),
    case("qr square", call("qr"), regular(2, 3, 3)),
    case("qr wide", call("qr"), normal(3, 5)),
    case("qr complete", call("qr", mode="complete"), normal(4, 3), is_smooth=False),
    case("qr complete wide", call("qr", mode="complete"), normal(2, 3, 4)),
    case("qr r", call("qr", mode="r"), normal(4, 3), is_smooth=False),
    case("qr Q", lambda t, a: t.linalg.qr(a)[0], normal(3, 5)),
    case("qr R", lambda t, a: t.linalg.qr(a)[1], normal(3, 5)),
    case("torch.qr", old("qr"), normal(4, 3)),
    case("svd", rebuilt_svd, normal(4, 3), tolerance=1e-7),
    case("svd wide", rebuilt_svd, normal(2, 3, 4), tolerance=1e-7),
    case("svd full", lambda t, a: rebuilt_svd(t, a, True), normal(4, 3)),
    case("svdvals", call("svdvals"), normal(2, 4, 3)),
    case("torch.svd", rebuilt_old_svd, normal(4, 3), tolerance=1e-7),
    case("torch.svd values", lambda t, a: t.svd(a, compute_uv=False)[1], normal(4, 3)),
    case("eigh", rebuilt_eigh, symmetric(3, 3), tolerance=1e-7),
    case("eigh upper", lambda t, a: rebuilt_eigh(t, a, "U"), symmetric(2, 3, 3), tolerance=1e-7),
    case("eigvalsh", call("eigvalsh"), symmetric(2, 3, 3)),
]
NUMBERS = [
    case("det", call("det"), regular(3, 3)),
    case("det batch", old("det"), normal(2, 4, 3, 3)),
    case("det 1", call("det"), normal(1, 1)),
    case("slogdet", call("slogdet"), normal(5, 3, 3)),
    case("torch.slogdet", old("slogdet"), regular(3, 3)),
    case("logdet", old("logdet"), symmetric(2, 3, 3)),
    case("cond", call("cond"), regular(3, 3)),
    case("cond -2", call("cond", p=-2), normal(2, 4, 3)),
    case("cond 1", call("cond", p=1), regular(2, 3, 3), is_smooth=False),
    case("cond fro", call("cond", p="fro"), regular(3, 3), is_smooth=False),
    case("cond nuc", call("cond", p="nuc"), regular(3, 3)),
    case("diagonal", call("diagonal"), normal(2, 3, 4)),
    case("diagonal 1", call("diagonal", offset=1, dim1=0, dim2=2), normal(2, 3, 4)),
    case("matrix_rank", call("matrix_rank"), normal(2, 4, 3), is_smooth=False),
    case("matrix_rank 0", call("matrix_rank"), np.zeros((3, 3)), is_smooth=False),
    case("matrix_rank low", call("matrix_rank"), np.ones((3, 4)), is_smooth=False),
    case("matrix_rank h", call("matrix_rank", hermitian=True), symmetric(3, 3), is_smooth=False),
    case("matrix_rank atol", call("matrix_rank", atol=1.5), normal(4, 4), is_smooth=False),
]
ORDERS = [2, 1, 0, 3, 1.5, 0.5, -1, INF, -INF]
NORMS = (
    [
        case(f"vector_norm {p}", call("vector_norm", ord=p), normal(3, 4), is_smooth=p != 0)
        for p in ORDERS
    ]
    + [
        case(
            f"vector_norm {p} dim", call("vector_norm", ord=p, dim=1, keepdim=True), normal(3, 4, 2)
        )
        for p in ORDERS
        if p != 0
    ]
    + [
        case(f"matrix_norm {p}", call("matrix_norm", ord=p), normal(2, 3, 4))
        for p in ("fro", "nuc", 1, -1, 2, -2, INF, -INF)
    ]
    + [
        case("vector_norm dims", call("vector_norm", dim=(0, -1)), normal(3, 4, 2)),
        case("vector_norm number", call("vector_norm"), normal()),
        case("vector_norm nothing", call("vector_norm"), normal(0), is_smooth=False),
        case("vector_norm dtype", lambda t, x: t.linalg.vector_norm(x, dtype=t.float64), normal(3)),
        case(
            "matrix_norm dims",
            call("matrix_norm", ord=1, dim=(2, 0), keepdim=True),
            normal(2, 3, 4),
        ),
        case("matrix_norm nuc dims", call("matrix_norm", ord="nuc", dim=(0, 2)), normal(2, 3, 4)),
        case("norm", call("norm"), normal(2, 3, 4)),
        case("norm 1", call("norm", ord=1), normal(3, 4)),
        case("norm vector 3", call("norm", ord=3), normal(3)),
        case("norm nuc", call("norm", ord="nuc"), normal(3, 4)),
        case("norm dim", call("norm", dim=1), normal(3, 4)),
        case("norm dims", call("norm", ord="fro", dim=(0, 1)), normal(3, 4, 2)),
        case("norm dim inf", call("norm", ord=INF, dim=0, keepdim=True), normal(3, 4)),
    ]
)
CASES = INVERSES + SOLUTIONS + FACTORS + NUMBERS + NORMS
SMOOTH = [each for each in CASES if each.is_smooth]
# A singular value's sign, or that of a matrix's factor, may differ between LAPACKs in float32.
SINGLE = [each for each in CASES if "large" not in each.name]


@pytest.mark.parametrize("each", CASES, ids=str)
def test_values(each: Case) -> None:
    assert_values(each, ours, theirs, lambda array: array, each.tolerance)
    assert_values(each, ours, theirs, strided, each.tolerance)


@pytest.mark.parametrize("each", SINGLE, ids=str)
def test_values_of_float32(each: Case) -> None:
    assert_values(each, ours, theirs, lambda array: np.asarray(array, np.float32), 2e-3)


@pytest.mark.parametrize("each", SMOOTH, ids=str)
def test_gradients(each: Case) -> None:
    assert_gradients(each, ours, theirs, False)


# PyTorch's own second derivative of these does not work, or is not there.
NO_SECOND: tuple[str, ...] = ()


@pytest.mark.parametrize("each", [e for e in SMOOTH if not e.name.startswith(NO_SECOND)], ids=str)
def test_gradients_of_gradients(each: Case) -> None:
    assert_gradients(each, ours, theirs, True)


@pytest.mark.parametrize("driver", [None, "gels", "gelsy", "gelsd", "gelss"])
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (3, 3)])
def test_least_squares_says_what_the_driver_finds(
    driver: str | None, shape: tuple[int, int]
) -> None:
    a, b = normal(*shape), normal(shape[0], 2)
    mine = ours.linalg.lstsq(ours.tensor(a), ours.tensor(b), driver=driver)
    peer = theirs.linalg.lstsq(theirs.tensor(a), theirs.tensor(b), driver=driver)
    assert mine.fields == ("solution", "residuals", "rank", "singular_values")
    for own, other in zip(mine, peer, strict=True):
        assert tuple(own.shape) == tuple(other.shape)
        np.testing.assert_allclose(own.numpy(), other.numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["inv", "cholesky", "qr", "svd", "eigh", "det", "slogdet"])
def test_results_have_pytorchs_names(name: str) -> None:
    mine, peer = (
        getattr(lib.linalg, name)(lib.eye(3) if lib is theirs else ours.tensor(np.eye(3)))
        for lib in (ours, theirs)
    )
    if isinstance(peer, tuple):
        assert type(mine).__name__ == type(peer).__name__
        for field in mine.fields:
            assert tuple(getattr(mine, field).shape) == tuple(getattr(peer, field).shape)


NODES = ["inv", "pinv", "cholesky", "det", "matrix_exp", "vector_norm"]


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_pytorchs_names(name: str) -> None:
    results = [
        getattr(lib.linalg, name)(lib.tensor(np.eye(3), requires_grad=True))
        for lib in (ours, theirs)
    ]
    mine, peer = (repr(result).rpartition("grad_fn=<")[2].rstrip(">)") for result in results)
    assert mine == peer


SINGULAR = [[[1.0, 2.0, 1.0], [3.0, 1.0, 3.0], [0.0, 1.0, 0.0]], np.ones((3, 3)), np.zeros((3, 3))]


@pytest.mark.parametrize("matrix", SINGULAR, ids=["rank 2", "rank 1", "rank 0"])
def test_determinants_of_singular_matrices_have_gradients(matrix: Any) -> None:
    # PyTorch gives zeros for rank 2 here; the cofactors, by their definition, are others.
    a = np.asarray(matrix)
    x = ours.tensor(a, requires_grad=True)
    ours.linalg.det(x).backward()
    minors = [[np.delete(np.delete(a, i, 0), j, 1) for j in range(3)] for i in range(3)]
    signs = (-1.0) ** np.add.outer(np.arange(3), np.arange(3))
    np.testing.assert_allclose(x.grad.numpy(), signs * np.linalg.det(np.array(minors)), atol=1e-9)


def zeros(lib: Any, *shape: int, dtype: str = "float32") -> Any:
    """Make a tensor of zeros."""
    return lib.zeros(*shape, dtype=getattr(lib, dtype))


FAULTS = [
    ("inv singular", lambda t: t.linalg.inv(zeros(t, 2, 2))),
    ("inv rectangle", lambda t: t.linalg.inv(zeros(t, 2, 3))),
    ("inv vector", lambda t: t.linalg.inv(zeros(t, 2))),
    ("inv integers", lambda t: t.linalg.inv(zeros(t, 2, 2, dtype="int64"))),
    ("inv half", lambda t: t.linalg.inv(zeros(t, 2, 2, dtype="float16"))),
    ("inv argument", lambda t: t.linalg.inv(3)),
    ("solve singular", lambda t: t.linalg.solve(zeros(t, 2, 2), zeros(t, 2))),
    ("solve shapes", lambda t: t.linalg.solve(zeros(t, 2, 2), zeros(t, 3, 1))),
    ("solve dtypes", lambda t: t.linalg.solve(zeros(t, 2, 2), zeros(t, 2, dtype="float64"))),
    (
        "solve_triangular shapes",
        lambda t: t.linalg.solve_triangular(zeros(t, 2, 2), zeros(t, 3, 1), upper=True),
    ),
    ("cholesky zeros", lambda t: t.linalg.cholesky(zeros(t, 2, 2))),
    ("cholesky integers", lambda t: t.linalg.cholesky(zeros(t, 2, 2, dtype="int64"))),
    ("det rectangle", lambda t: t.linalg.det(zeros(t, 2, 3))),
    ("det integers", lambda t: t.det(zeros(t, 2, 2, dtype="int64"))),
    ("svd vector", lambda t: t.linalg.svd(zeros(t, 2))),
    ("svd nan", lambda t: t.linalg.svd(zeros(t, 2, 2) / 0)),
    ("svd driver", lambda t: t.linalg.svd(zeros(t, 2, 2), driver="gesvd")),
    ("eigh rectangle", lambda t: t.linalg.eigh(zeros(t, 2, 3))),
    ("eigh triangle", lambda t: t.linalg.eigh(zeros(t, 2, 2), "X")),
    ("qr mode", lambda t: t.linalg.qr(zeros(t, 2, 2), mode="full")),
    ("vector_norm integers", lambda t: t.linalg.vector_norm(zeros(t, 2, dtype="int64"))),
    ("vector_norm dim", lambda t: t.linalg.vector_norm(zeros(t, 2), dim=1)),
    ("vector_norm nothing", lambda t: t.linalg.vector_norm(zeros(t, 0), ord=INF)),
    ("matrix_norm order", lambda t: t.linalg.matrix_norm(zeros(t, 2, 2), ord=3)),
    ("matrix_norm vector", lambda t: t.linalg.matrix_norm(zeros(t, 2))),
    ("matrix_norm dims", lambda t: t.linalg.matrix_norm(zeros(t, 2, 2), dim=(0, 0))),
    ("norm rank", lambda t: t.linalg.norm(zeros(t, 2, 2, 2), ord=2)),
    ("cond rectangle", lambda t: t.linalg.cond(zeros(t, 2, 3), p=1)),
    ("lstsq rows", lambda t: t.linalg.lstsq(zeros(t, 2, 2), zeros(t, 3, 1))),
    ("lstsq driver", lambda t: t.linalg.lstsq(zeros(t, 2, 2), zeros(t, 2, 1), driver="best")),
    ("tensorinv ind", lambda t: t.linalg.tensorinv(zeros(t, 4, 4), ind=0)),
    ("tensorinv sizes", lambda t: t.linalg.tensorinv(zeros(t, 4, 3), ind=1)),
    ("tensorsolve sizes", lambda t: t.linalg.tensorsolve(zeros(t, 4, 3), zeros(t, 4))),
    ("vecdot dtypes", lambda t: t.linalg.vecdot(zeros(t, 2), zeros(t, 2, dtype="float64"))),
    ("vander count", lambda t: t.linalg.vander(zeros(t, 2), N=1)),
    ("matrix_exp rectangle", lambda t: t.linalg.matrix_exp(zeros(t, 2, 3))),
]


@pytest.mark.parametrize("function", [f[1] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_faults_raise_pytorchs_class(function: Any) -> None:
    mine, peer = error_of(lambda: function(ours)), error_of(lambda: function(theirs))
    assert peer is not None
    assert mine is not None
    assert classes_of(peer) <= classes_of(mine)


def test_triangles_with_a_zero_give_infinities() -> None:
    a, b = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1.0], [1.0]])
    results = [
        lib.linalg.solve_triangular(lib.tensor(a), lib.tensor(b), upper=True).numpy()
        for lib in (ours, theirs)
    ]
    np.testing.assert_array_equal(*results)


def test_triangles_of_several_blocks() -> None:
    a, b = np.tril(regular(150, 150) / 20) + np.eye(150), normal(150, 3)
    for upper in (False, True):
        matrix = a.T.copy() if upper else a
        x = ours.linalg.solve_triangular(ours.tensor(matrix), ours.tensor(b), upper=upper)
        np.testing.assert_allclose(matrix @ x.numpy(), b, atol=1e-9)


def test_norms_of_zeros_have_gradients_of_zeros() -> None:
    for p in (0.5, 1, 1.5, 2, 3, INF):
        x = ours.zeros(3, dtype=ours.float64).requires_grad_()
        ours.linalg.vector_norm(x, p).backward()
        np.testing.assert_array_equal(x.grad.numpy(), np.zeros(3))
