"""Products and decompositions, held against NumPy and central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from minitorch import torch

from .algebra import normal, regular, symmetric

Array = NDArray[Any]

PRODUCTS: list[tuple[str, Callable[..., Any], Callable[..., Any], list[Array]]] = [
    ("matmul", torch.matmul, np.matmul, [normal(5, 2, 3), normal(3, 4)]),
    (
        "einsum",
        lambda *x: torch.einsum("bn,anm,bm->ba", *x),
        lambda *x: np.einsum("bn,anm,bm->ba", *x),
        [normal(2, 5), normal(3, 5, 4), normal(2, 4)],
    ),
    ("tensordot", torch.tensordot, np.tensordot, [normal(2, 3, 4), normal(3, 4, 5)]),
    ("kron", torch.kron, np.kron, [normal(2, 3), normal(4, 2)]),
    ("solve", torch.linalg.solve, np.linalg.solve, [regular(3, 3), normal(3, 2)]),
    ("inv", torch.linalg.inv, np.linalg.inv, [regular(2, 3, 3)]),
    ("pinv", torch.linalg.pinv, np.linalg.pinv, [normal(4, 3)]),
    ("det", torch.linalg.det, np.linalg.det, [regular(2, 3, 3)]),
    ("norm", torch.linalg.norm, np.linalg.norm, [normal(3, 4)]),
]


@pytest.mark.parametrize(
    ("ours", "numpys", "arrays"), [p[1:] for p in PRODUCTS], ids=[p[0] for p in PRODUCTS]
)
def test_values_are_numpys(ours: Any, numpys: Any, arrays: list[Array]) -> None:
    result = ours(*[torch.tensor(array) for array in arrays])
    np.testing.assert_allclose(result.numpy(), numpys(*arrays), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch", [(), (2,)], ids=["addmm", "baddbmm"])
def test_large_sums_of_products(batch: tuple[int, ...]) -> None:
    # The kernel that adds and multiplies at once takes over here.
    input, left, right = normal(*batch, 260, 200), normal(*batch, 260, 3), normal(*batch, 3, 200)
    function = torch.baddbmm if batch else torch.addmm
    operands = [torch.tensor(array) for array in (input, left, right)]
    result = function(*operands, beta=0.5, alpha=-2.0)
    np.testing.assert_allclose(result.numpy(), 0.5 * input - 2 * left @ right, atol=1e-12)


def rebuilt(results: Any) -> Any:
    """Multiply factors."""
    product = results[0]
    for factor in results[1:]:
        product = product @ factor
    return product.numpy()


@pytest.mark.parametrize("shape", [(4, 3), (3, 5), (2, 3, 3)])
def test_factors_give_the_matrix_again(shape: tuple[int, ...]) -> None:
    array = normal(*shape)
    a = torch.tensor(array)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    np.testing.assert_allclose(rebuilt((u * s.unsqueeze(-2), vh)), array, atol=1e-9)
    np.testing.assert_allclose(rebuilt(torch.linalg.qr(a)), array, atol=1e-9)


def test_factors_of_symmetric_matrices_give_them_again() -> None:
    array = symmetric(2, 3, 3)
    a = torch.tensor(array)
    factor = torch.linalg.cholesky(a)
    np.testing.assert_allclose(rebuilt((factor, factor.transpose(-1, -2))), array, atol=1e-9)
    values, vectors = torch.linalg.eigh(a)
    parts = vectors * values.unsqueeze(-2), vectors.transpose(-1, -2)
    np.testing.assert_allclose(rebuilt(parts), array, atol=1e-9)


def test_the_exponential_of_a_rotation() -> None:
    angle = 9.0
    result = torch.matrix_exp(torch.tensor(np.array([[0.0, -angle], [angle, 0.0]])))
    rotation = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    np.testing.assert_allclose(result.numpy(), rotation, atol=1e-12)


SMOOTH: list[tuple[str, Callable[..., Any], list[Array]]] = [
    ("matmul", torch.matmul, [normal(2, 3), normal(4, 3, 2)]),
    (
        "addmm",
        lambda *x: torch.addmm(*x, beta=0.5, alpha=2),
        [normal(2), normal(3, 4), normal(4, 2)],
    ),
    ("einsum", lambda *x: torch.einsum("ii,ij,j->j", *x), [normal(3, 3), normal(3, 2), normal(2)]),
    ("cdist", torch.cdist, [normal(4, 3), normal(5, 3)]),
    ("cdist 3", lambda *x: torch.cdist(*x, p=3.0), [normal(4, 3), normal(5, 3)]),
    ("vander", torch.vander, [normal(4)]),
    ("vander 3", lambda x: torch.vander(x, 3, True), [normal(4)]),
    ("det", torch.det, [regular(3, 3)]),
    ("det singular", torch.det, [np.array([[1.0, 2.0, 1.0], [3.0, 1.0, 3.0], [0.0, 1.0, 0.0]])]),
    ("cond 1", lambda x: torch.linalg.cond(x, 1), [regular(3, 3)]),
    ("cond fro", lambda x: torch.linalg.cond(x, "fro"), [regular(3, 3)]),
    ("pinv", torch.linalg.pinv, [normal(4, 3)]),
    ("lstsq", lambda *x: torch.linalg.lstsq(*x).solution, [normal(5, 3), normal(5, 2)]),
    ("svdvals", torch.linalg.svdvals, [normal(4, 3)]),
    ("qr R", lambda x: torch.linalg.qr(x).R, [normal(3, 5)]),
    ("matrix_exp", torch.matrix_exp, [normal(3, 3)]),
    ("vector_norm", lambda x: torch.linalg.vector_norm(x, 1.5), [normal(4)]),
]


@pytest.mark.parametrize("is_second", [False, True], ids=["first", "second"])
@pytest.mark.parametrize(
    ("function", "arrays"), [s[1:] for s in SMOOTH], ids=[s[0] for s in SMOOTH]
)
def test_gradients_are_central_differences(
    function: Any, arrays: list[Array], is_second: bool
) -> None:
    draw = np.random.default_rng(3)
    cotangent = draw.normal(size=tuple(function(*[torch.tensor(x) for x in arrays]).shape))
    others = [draw.normal(size=array.shape) for array in arrays]

    def number(tensors: list[Any]) -> Any:
        """Give a number that depends on the result, or on its gradients."""
        total = (function(*tensors) * torch.tensor(cotangent)).sum()
        if not is_second:
            return total
        total.backward(create_graph=True)
        grads = [tensor.grad for tensor in tensors]
        for tensor in tensors:
            tensor.grad = None
        return sum((g * torch.tensor(o)).sum() for g, o in zip(grads, others, strict=True))

    def value(changed: list[Array]) -> float:
        return float(number([torch.tensor(x, requires_grad=True) for x in changed]).item())

    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    total = number(tensors)
    if total.requires_grad:
        total.backward()
    step = 1e-6
    for place, tensor in enumerate(tensors):
        expected = np.zeros(arrays[place].shape)
        for index in np.ndindex(expected.shape):
            ends = []
            for sign in (1, -1):
                changed = [array.copy() for array in arrays]
                changed[place][index] += sign * step
                ends.append(value(changed))
            expected[index] = (ends[0] - ends[1]) / (2 * step)
        given = np.zeros(expected.shape) if tensor.grad is None else tensor.grad.numpy()
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(given, expected, atol=3e-6 * scale)


class Logged:
    """Something that computes functions in its own way."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> str:
        return f"{func.__name__} of {len(args)}"


def test_others_may_override_products() -> None:
    x = torch.ones(2, 2)
    assert torch.mm(x, Logged()) == "mm of 2"
    assert torch.linalg.solve(x, Logged()) == "solve of 2"
    assert torch.einsum("ij,jk", x, Logged()) == "einsum of 3"
    assert x @ Logged() == "matmul of 2"
    assert Logged() @ x == "matmul of 2"


def test_the_diagonal_is_a_view() -> None:
    x = torch.zeros(3, 3)
    torch.linalg.diagonal(x).add_(torch.ones(3))
    np.testing.assert_array_equal(x.numpy(), np.eye(3))


def test_a_changed_factor_is_noticed() -> None:
    x = torch.tensor(regular(3, 3), requires_grad=True)
    inverse = torch.linalg.inv(x)
    inverse.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        inverse.sum().backward()


def test_the_logarithm_of_a_determinant_of_0_has_no_gradient() -> None:
    x = torch.ones(2, 2).requires_grad_()
    sign, log = torch.slogdet(x)
    assert (sign.item(), log.item()) == (0.0, -np.inf)
    log.backward()
    assert np.isnan(x.grad.numpy()).all()


def test_errors_of_lapack_are_numpys_too() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        torch.linalg.inv(torch.zeros(2, 2))
    assert issubclass(torch.linalg.LinAlgError, RuntimeError)
