"""Sparse tensors have PyTorch's values, texts, errors and gradients."""

from __future__ import annotations

import copy
import pickle
import re
import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

# Operands by name: places, which repeat and are not sorted, and sizes.
PLACES = np.array([[1, 0, 1, 2, 1, 2], [2, 1, 0, 3, 2, 3]])
SIZES = {"s": (3, 4), "r": (3, 4), "b": (4, 5), "d": (3, 4), "e": (4, 2), "v": (4,), "w": (2, 3)}
NUMBERS = np.random.default_rng(3)
ELEMENTS = {"s": NUMBERS.normal(size=6), "r": NUMBERS.normal(size=3), "b": NUMBERS.normal(size=4)}
OTHER_PLACES = {"r": np.array([[0, 1, 2], [1, 2, 0]]), "b": np.array([[0, 1, 3, 2], [4, 0, 2, 1]])}
DENSE = {name: NUMBERS.normal(size=SIZES[name]) for name in "dew"}
DENSE["v"] = NUMBERS.normal(size=4)

CASES = """
s
s.coalesce()
s.to_dense()
s.coalesce().values()
s.coalesce().indices()
s._indices()
s.t()
s.T
s.t().coalesce()
s.transpose(0, 1)
s.transpose(-1, 0)
s.transpose(0, 0)
s.permute(1, 0)
s * 2
2 * s
s / 4
-s
abs(s)
s.sin()
s.relu()
torch.tanh(s)
s + s
s + r
s - r
torch.add(s, r, alpha=0.5)
torch.sub(s, r, alpha=2)
d + s
s * d
d * s
s.coalesce() * r
s @ e
torch.mm(s, e)
torch.spmm(s, e)
torch.matmul(s, e)
torch.sparse.mm(s, e)
s.t() @ d
s.matmul(v)
s @ v
torch.mv(s, v)
torch.mm(w, s)
w @ s
torch.addmm(d @ e, s, e)
torch.sparse.addmm(d @ e, s, e, beta=2.0, alpha=0.5)
torch.sparse.mm(s, b).to_dense()
(s @ b).to_dense()
torch.sparse.mm(s, b)
s.sum()
torch.sparse.sum(s)
torch.sparse.sum(s, dim=0)
torch.sparse.sum(s, dim=1)
torch.sparse.sum(s, dim=-1)
torch.sparse.sum(s, dim=(0, 1))
s[1]
s[-1]
s[1, 2]
s[0, 0]
s.clone()
s.detach()
s.float()
s.double()
s.to(torch.float32)
s.to(torch.float64)
s.to("cpu")
s.cpu()
d.to_sparse()
d.to_sparse(1)
d.to_sparse().to_dense()
d.to_sparse().t() @ d
(d * (d > 0)).to_sparse()
(d * (d > 0)).to_sparse(1).to_dense()
torch.sparse.sum((d * (d > 0)).to_sparse(1), dim=1)
torch.sparse.sum((d * (d > 0)).to_sparse(1), dim=0)
torch.sparse_coo_tensor(size=(2, 3))
torch.sparse_coo_tensor((2, 3))
torch.sparse_coo_tensor([[0, 1], [1, 0]], [1, 2])
torch.sparse_coo_tensor([[0, 0], [1, 1]], [1.5, 2.0], (2, 2)).coalesce()
torch.sparse_coo_tensor([[0, 0]], [True, False]).coalesce()
torch.sparse_coo_tensor([[0, 1]], [[1.0, 2.0], [3.0, 4.0]])
torch.sparse_coo_tensor([[0, 1, 0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).coalesce()
torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (3,), dtype=torch.int64)
torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (3,), requires_grad=True)
torch.sparse_coo_tensor(torch.arange(2000)[None], torch.ones(2000))
torch.sparse_coo_tensor(torch.zeros(2, 0).long(), torch.empty(0), (2, 3)) @ torch.ones(3, 2)
torch.sparse.FloatTensor(torch.tensor([[0, 1]]), torch.tensor([1.0, 2.0]), torch.Size([3]))
torch.sparse.FloatTensor(2, 3)
torch.zeros(0, 3).to_sparse()
""".strip().splitlines()

FACTS = """
s.layout is torch.sparse_coo
s.is_sparse
d.is_sparse
s.dtype == torch.float64
str(s.device)
tuple(s.shape)
tuple(s.size())
s.size(1)
s.dim()
s.ndim
s.numel()
s._nnz()
s.coalesce()._nnz()
s.sparse_dim()
s.dense_dim()
d.sparse_dim()
d.dense_dim()
s.stride()
s.is_contiguous()
s.is_coalesced()
s.coalesce().is_coalesced()
s.coalesce().t().is_coalesced()
(s.coalesce() * 2).is_coalesced()
len(s)
isinstance(s, torch.Tensor)
torch.is_tensor(s)
s.is_floating_point()
torch.is_floating_point(s)
s.is_same_size(s)
s.get_device()
s.requires_grad
s.is_leaf
s.grad_fn
hash(s) == id(s)
d.to_sparse() is d
d.to_dense() is d
torch.sparse_coo_tensor([[0]], [1.0]).requires_grad_().requires_grad
""".strip().splitlines()

FAULTS = """
torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0, 3.0], (3,))
torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (3, 3, 3))
torch.sparse_coo_tensor([0, 1], [1.0, 2.0], (3,))
torch.sparse_coo_tensor([[0, 5]], [1.0, 2.0], (3,), check_invariants=True)
torch.sparse_coo_tensor([[0, -1]], [1.0, 2.0], (3,), check_invariants=True)
torch.sparse_coo_tensor([[0, 1]], [[1.0], [2.0]], (3, 2))
torch.sparse_coo_tensor([[0]], [1.0], device="cuda")
s.indices()
s.values()
d.coalesce()
d.indices()
d.values()
d.is_coalesced()
d.to_sparse(0)
d.to_sparse(3)
s + d
s + 1
s + b
s * b
s @ s
s @ e.float()
s @ d
s[3]
s[0, 4]
s[0, 0, 0]
s.numpy()
s.tolist()
s.item()
s.view(12)
s.mean()
s.data_ptr()
s == s
torch.allclose(s, s)
torch.ones_like(s)
bool(s)
torch.sparse.sum(d)
list(s.t().t().narrow(0, 0, 1))
""".strip().splitlines()


def operands(torch: Any, requires_grad: bool = False) -> dict[str, Any]:
    """Make all operands; with gradients, the elements of the sparse ones are leaves."""
    made: dict[str, Any] = {"torch": torch, "leaves": {}}
    for name, elements in ELEMENTS.items():
        leaf = torch.tensor(elements, requires_grad=requires_grad)
        places = torch.tensor(OTHER_PLACES.get(name, PLACES))
        made[name] = torch.sparse_coo_tensor(places, leaf, SIZES[name])
        made["leaves"][name] = leaf
    made["r"] = made["r"].coalesce()
    for name, array in DENSE.items():
        made[name] = made["leaves"][name] = torch.tensor(array, requires_grad=requires_grad)
    return made


def computed(torch: Any, expression: str, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(expression, operands(torch, **options))


@pytest.fixture(scope="module")
def theirs() -> Any:
    return pytest.importorskip("torch")


@pytest.mark.parametrize("expression", CASES)
def test_results_and_their_texts_are_pytorchs(expression: str, theirs: Any) -> None:
    own, expected = computed(ours, expression), computed(theirs, expression)
    assert own.is_sparse == expected.is_sparse
    assert str(own.dtype) == str(expected.dtype)
    assert tuple(own.shape) == tuple(expected.shape)
    one, other = own.detach().to_dense(), expected.detach().to_dense()
    np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-12, atol=1e-12)
    if own.is_sparse and own._nnz() == expected._nnz():
        assert repr(own) == repr(expected)


# What begins with elements that a gradient flows to, and gives a tensor of floats.
SMOOTH = [
    case
    for case in CASES
    if not case.startswith(("torch.sparse_coo", "torch.sparse.F", "torch.zeros"))
    and "indices" not in case
    and "detach" not in case
]


def gradients(torch: Any, expression: str, order: int = 1) -> list[Any]:
    """Give the gradients of an expression's dense result, weighted, to all leaves."""
    scope = operands(torch, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = eval(expression, scope).to_dense()
        weights = torch.tensor(np.random.default_rng(9).normal(size=tuple(result.shape)))
        total = (result.double() * weights).sum()
        leaves = list(scope["leaves"].values())
        if order == 2:
            firsts = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
            total = sum((first**2).sum() for first in firsts if first is not None)
            if not isinstance(total, torch.Tensor) or not total.requires_grad:
                return [None] * len(leaves)
        found = torch.autograd.grad(total, leaves, allow_unused=True)
    return [None if one is None else one.to_dense().numpy() for one in found]


# PyTorch has no gradients of these; those of to_sparse come back to kept elements alone here.
ALONE = ("s.sin()", "torch.tanh(s)", "s[1]", "s[-1]")


@pytest.mark.parametrize(
    "expression", [case for case in SMOOTH if case not in ALONE and ".to_sparse(" not in case]
)
def test_gradients_are_pytorchs(expression: str, theirs: Any) -> None:
    for own, expected in zip(
        gradients(ours, expression), gradients(theirs, expression), strict=True
    ):
        assert (own is None) == (expected is None)
        if own is not None:
            np.testing.assert_allclose(own, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(
    "expression", [*ALONE, "s @ e", "torch.mm(s, e)", "w @ s", "s @ v", "s * d"]
)
def test_gradients_are_those_of_dense_matrices(expression: str, order: int) -> None:
    own = gradients(ours, expression, order)
    dense = re.sub(r"\bs\b", "s.to_dense()", expression)
    for one, other in zip(own, gradients(ours, dense, order), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("expression", FACTS)
def test_facts_are_pytorchs(expression: str, theirs: Any) -> None:
    assert computed(ours, expression) == computed(theirs, expression)


@pytest.mark.parametrize("expression", FAULTS)
def test_faults_raise_pytorchs_errors(expression: str, theirs: Any) -> None:
    with pytest.raises(Exception) as expected:
        computed(theirs, expression)
    with pytest.raises(expected.type) as raised:
        computed(ours, expression)
    assert len(str(raised.value)) > 15


@pytest.mark.parametrize(
    "expression",
    ["torch.spmm(s, e)", "torch.sparse.mm(s, e)", "s.coalesce()", "s.t()", "s * 2", "s + s",
     "s.to_dense()", "d.to_sparse()", "d.to_sparse(1)", "torch.sparse.sum(s, 0)", "s"],
)  # fmt: skip
def test_nodes_have_pytorchs_names(expression: str, theirs: Any) -> None:
    own = computed(ours, expression, requires_grad=True)
    expected = computed(theirs, expression, requires_grad=True)
    assert type(own.grad_fn).__name__ == type(expected.grad_fn).__name__
    assert own.requires_grad
    assert not own.is_leaf


def test_a_sparse_leaf_collects_a_gradient_of_its_elements() -> None:
    leaf = ours.sparse_coo_tensor(PLACES, ELEMENTS["s"], (3, 4), requires_grad=True)
    assert leaf.is_leaf
    (leaf @ ours.tensor(DENSE["e"])).sum().backward()
    assert leaf.grad.is_sparse
    rows = DENSE["e"].sum(axis=1)
    np.testing.assert_allclose(leaf.grad._values().numpy(), rows[PLACES[1]])
    leaf.grad = None
    assert leaf.grad is None


def test_gradients_come_back_to_kept_elements() -> None:
    x = ours.tensor([[1.0, 0.0], [0.0, 2.0]], requires_grad=True)
    y = ours.arange(4.0).reshape(2, 2)
    (x.to_sparse() @ y).sum().backward()
    assert x.grad.tolist() == [[1.0, 0.0], [0.0, 5.0]]


def test_a_function_that_is_not_there_names_itself() -> None:
    sparse = ours.sparse_coo_tensor([[0]], [1.0])
    for name, call in {
        "add_": lambda: sparse.add_(1),
        "cumsum": lambda: ours.cumsum(sparse, 0),
        "numpy": lambda: sparse.numpy(),
        "exp": lambda: sparse.exp(),
    }.items():
        with pytest.raises(NotImplementedError, match=rf"{name}\(\).*to_dense"):
            call()


def test_copies_and_pickles() -> None:
    sparse = ours.sparse_coo_tensor(PLACES, ELEMENTS["s"], (3, 4), requires_grad=True)
    for copied in (copy.copy(sparse), copy.deepcopy(sparse), pickle.loads(pickle.dumps(sparse))):
        assert type(copied) is type(sparse)
        assert repr(copied) == repr(sparse)
    with pytest.raises(RuntimeError, match="leaves"):
        copy.deepcopy(sparse * 2)


def test_dense_tensors_are_not_slowed_down_before_there_is_a_sparse_one() -> None:
    import subprocess
    import sys

    program = (
        "import minitorch.torch as torch\n"
        "from minitorch.torch._wrap import Late\n"
        "assert not Late.has_subclasses\n"
        "torch.sparse_coo_tensor([[0]], [1.0])\n"
        "assert Late.has_subclasses\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)
