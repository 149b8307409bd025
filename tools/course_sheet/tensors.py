"""Section 9, second half: what a Tensor has and does."""

from __future__ import annotations

import numpy as np

import minitorch
from minitorch import History, IndexingError, Tensor, TensorBackend, tensor, zeros

from .rows import (
    Entry,
    Row,
    all_of,
    equal,
    fresh_python,
    has,
    near,
    raises,
    same,
    section,
    takes,
)

ATTRIBUTES = "_tensor history backend f grad name unique_id shape size dims"
METHODS = """
    requires_grad_ requires_grad to_numpy item tuple detach contiguous zeros expand backward
    zero_grad_ is_leaf is_constant accumulate_derivative chain_rule parents _new _type_
    _ensure_tensor sum mean all is_close sigmoid relu log exp permute view make
"""


def _grid() -> Tensor:
    return tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def _always_requires() -> bool:
    made = zeros((1,))
    made.requires_grad_(False)
    result = -tensor([1.0])
    result.requires_grad_(True)
    return all_of(equal(made.requires_grad(), True), equal(result.history, History()))


def _operates() -> bool:
    a, b = tensor([1.0, 4.0]), tensor([[2.0], [4.0]])
    return all_of(
        near(a + b, [[3.0, 6.0], [5.0, 8.0]]),
        near(a - b, [[-1.0, 2.0], [-3.0, 0.0]]),
        near(a * b, [[2.0, 8.0], [4.0, 16.0]]),
        near(a / b, [[0.5, 2.0], [0.25, 1.0]]),
        near(a < b, [[1.0, 0.0], [1.0, 0.0]]),
        near(a > b, [[0.0, 1.0], [0.0, 0.0]]),
        near(a == b, [[0.0, 0.0], [0.0, 1.0]]),
        near(-a, [-1.0, -4.0]),
        near(tensor([[1.0, 2.0]]) @ b, [[10.0]]),
    )


def _operates_with_numbers() -> bool:
    a = tensor([1.0, 4.0])
    return all_of(
        near(a + 1, [2.0, 5.0]),
        near(1 + a, [2.0, 5.0]),
        near(a - 1.5, [-0.5, 2.5]),
        near(a * 2, [2.0, 8.0]),
        near(2 * a, [2.0, 8.0]),
        near(a / 2, [0.5, 2.0]),
        near(2 / a, [2.0, 0.5]),
        near(a < 2, [1.0, 0.0]),
        near(a > 2, [0.0, 1.0]),
        near(a == 4, [0.0, 1.0]),
    )


def _number_is_constant() -> bool:
    made = _grid()._ensure_tensor(2)
    return all_of(
        equal(made.shape, (1,)), made.is_constant(), same(made.backend, minitorch.SimpleBackend)
    )


def _moves_backend() -> bool:
    first, second = TensorBackend(minitorch.SimpleOps), TensorBackend(minitorch.SimpleOps)
    left, right = tensor([1.0], backend=first), tensor([1.0], backend=second)
    out = left * right
    return all_of(same(right.backend, first), same(out.backend, first))


def _reduces() -> bool:
    a = _grid()
    moved = a.permute(1, 0)
    return all_of(
        near(a.sum(0), [[5.0, 7.0, 9.0]]),
        near(a.sum(1), [[6.0], [15.0]]),
        near(a.mean(1), [[2.0], [5.0]]),
        near(a.sum(), [21.0]),
        near(a.mean(), [3.5]),
        near(moved.sum(), [21.0]),
        near(moved.mean(), [3.5]),
        near(a.sum(-1), [[6.0], [15.0]]),
    )


def _all() -> bool:
    a = tensor([[1.0, 0.0], [1.0, 1.0]])
    return all_of(
        near(a.all(), [0.0]), near(a.all(1), [[0.0], [1.0]]), near(a.permute(1, 0).all(), [0.0])
    )


def _maps() -> bool:
    a = tensor([0.0, 1.0])
    return all_of(
        near(a.sigmoid(), [0.5, 0.7310585786300049]),
        near(tensor([-1.0, 1.0]).relu(), [0.0, 1.0]),
        near(a.log(), np.log([1e-6, 1.000001])),
        near(a.exp(), np.exp([0.0, 1.0])),
        near(a.is_close(tensor([0.009, 1.02])), [1.0, 0.0]),
    )


def _shares_storage() -> bool:
    a = _grid()
    return all_of(
        same(a.view(6)._tensor._storage, a._tensor._storage),
        same(a.permute(1, 0)._tensor._storage, a._tensor._storage),
        near(a.view(3, 2), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        near(a.permute(1, 0), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    )


def _layouts_track() -> bool:
    constant = zeros((2, 3))
    return all_of(constant.view(6).requires_grad(), constant.permute(1, 0).requires_grad())


def _indexes() -> bool:
    a = _grid()
    a[1, 2] = 60
    line = tensor([1.0, 2.0])
    line[0] = 5.0
    return all_of(
        isinstance(a[0, 1], np.float64),
        a[0, 1] == 2.0,
        a[1, 2] == 60.0,
        line[0] == 5.0,
        line[1] == 2.0,
    )


def _backward_of_view() -> bool:
    a = _grid()
    (a * a).sum().view(1).backward()
    return near(a.grad, [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]])


def _expands() -> bool:
    a = zeros((1, 3))
    return all_of(
        near(a.expand(zeros((2, 3)) + 1.0), [[2.0, 2.0, 2.0]]),
        near(zeros((2, 3)).expand(zeros((3,)) + 1.0), [[1.0] * 3] * 2),
        near(zeros((3,)).expand(zeros((2, 3)) + 1.0), [2.0] * 3),
    )


def _gradient_shapes() -> bool:
    a, b = tensor([[1.0], [2.0]]), tensor([3.0, 4.0, 5.0])
    (a * b).sum().backward()
    return all_of(near(a.grad, [[12.0], [12.0]]), near(b.grad, [3.0, 3.0, 3.0]))


def _accumulates() -> bool:
    a = tensor([1.0, 2.0])
    a.sum().backward()
    a.sum().backward()
    twice = a.grad.to_numpy()
    a.zero_grad_()
    a.sum().backward()
    return all_of(isinstance(a.grad, Tensor), near(twice, [2.0, 2.0]), near(a.grad, [1.0, 1.0]))


def _zero_dimensional() -> bool:
    x = tensor(3.0, requires_grad=True)
    (x * x).backward(tensor([1.0]))
    return all_of(equal(x.shape, ()), x[0] == 3.0, x.grad[0] == 6.0)


TENSORS: list[Entry] = [
    ("Tensor", "signature", lambda: takes(Tensor, "v, back=None, name=None, backend=None")),
    ("Tensor", "attributes", lambda: has(_grid(), ATTRIBUTES)),
    ("Tensor", "methods", lambda: has(_grid(), METHODS)),
    ("Tensor.f", "is the backend", lambda: same(_grid().f, _grid().backend)),
    (
        "Tensor.make",
        "signature",
        lambda: takes(Tensor.make, "storage, shape, strides=None, backend=None"),
    ),
    (
        "Tensor",
        "shape is a tuple, size and dims are ints",
        lambda: equal((_grid().shape, _grid().size, _grid().dims), ((2, 3), 6, 2)),
    ),
    ("Tensor.requires_grad_", "ignores its argument", _always_requires),
    ("Tensor.requires_grad", "is a method", lambda: equal(_grid().requires_grad(), True)),
    ("Tensor.item", "is the only number", lambda: equal(float(tensor([[5.0]]).item()), 5.0)),
    (
        "Tensor.to_numpy",
        "of permuted tensors too",
        lambda: near(_grid().permute(1, 0).sum(1), [[5.0], [7.0], [9.0]]),
    ),
    (
        "Tensor.detach",
        "shares data, no history",
        lambda: (lambda a: all_of(same(a.detach()._tensor, a._tensor), a.detach().history is None))(
            _grid()
        ),
    ),
    (
        "Tensor.contiguous",
        "row-major copy",
        lambda: equal(
            _grid().permute(1, 0).contiguous()._tensor._storage.tolist(),
            [1.0, 4.0, 2.0, 5.0, 3.0, 6.0],
        ),
    ),
    (
        "Tensor.zeros",
        "own shape or another",
        lambda: equal((_grid().zeros().shape, _grid().zeros((4,)).shape), ((2, 3), (4,))),
    ),
    ("Tensor", "+ - * / @ < > == unary-", _operates),
    ("Tensor", "numbers on either side", _operates_with_numbers),
    ("Tensor", "numbers are constants of shape (1,) on the same backend", _number_is_constant),
    ("Tensor", "a right-hand tensor moves to the left one's backend", _moves_backend),
    ("Tensor.sum", "sum and mean: dims of size 1 stay, (1,) in full, any layout", _reduces),
    ("Tensor.all", "the same, as a product", _all),
    ("Tensor.sum", "signature", lambda: takes(Tensor.sum, "dim=None")),
    ("Tensor.mean", "signature", lambda: takes(Tensor.mean, "dim=None")),
    ("Tensor.all", "signature", lambda: takes(Tensor.all, "dim=None")),
    ("Tensor.permute", "signature", lambda: takes(Tensor.permute, "*order")),
    ("Tensor.view", "signature", lambda: takes(Tensor.view, "*shape")),
    ("Tensor", "sigmoid relu log exp is_close", _maps),
    ("Tensor.view", "view and permute share the storage", _shares_storage),
    ("Tensor.view", "view and permute always track", _layouts_track),
    (
        "Tensor.view",
        "of a non-contiguous tensor",
        lambda: raises(
            AssertionError, lambda: _grid().permute(1, 0).view(6), "must be contiguous to view"
        ),
    ),
    (
        "Tensor.view",
        "of a wrong size",
        lambda: raises(AssertionError, lambda: _grid().view(4, 2), "6", "(4, 2)"),
    ),
    ("Tensor.view", "knows no -1", lambda: raises(AssertionError, lambda: _grid().view(-1))),
    (
        "Tensor.permute",
        "a bad order",
        lambda: raises(AssertionError, lambda: _grid().permute(0, 0), "(0, 0)"),
    ),
    ("Tensor", "t[i], t[i, j] read numpy float64 and write", _indexes),
    ("Tensor", "a partial index", lambda: raises(IndexingError, lambda: _grid()[0], "(2, 3)")),
    ("Tensor", "an index beyond", lambda: raises(IndexingError, lambda: _grid()[0, 3], "(2, 3)")),
    (
        "Tensor",
        "shapes that do not broadcast",
        lambda: raises(IndexingError, lambda: _grid() + zeros((4, 3)), "(2, 3)", "(4, 3)"),
    ),
    (
        "Tensor",
        "repr",
        lambda: equal(repr(tensor([[1, 2], [3, 4]])), "\n[\n\t[1.00 2.00]\n\t[3.00 4.00]]"),
    ),
    ("Tensor.backward", "signature", lambda: takes(Tensor.backward, "grad_output=None")),
    (
        "Tensor.backward",
        "without argument only for shape (1,)",
        lambda: raises(AssertionError, lambda: _grid().backward(), "(2, 3)"),
    ),
    ("Tensor.backward", "loss.sum().view(1).backward()", _backward_of_view),
    ("Tensor.expand", "broadcasts up, then sums over what was broadcast", _expands),
    ("Tensor.grad", "has the tensor's shape", _gradient_shapes),
    ("Tensor.grad", "accumulates, and is a Tensor", _accumulates),
    ("Tensor", "0-d: x.grad[0] after backward(tensor([1.0]))", _zero_dimensional),
    (
        "Tensor.accumulate_derivative",
        "only on leaves",
        lambda: raises(AssertionError, lambda: (-_grid()).accumulate_derivative(_grid())),
    ),
    (
        "Tensor.derivative",
        "is a read-only alias of grad (the sandbox reads it)",
        lambda: same(_grid().derivative, None),
    ),
    ("History", "signature", lambda: takes(History, "last_fn=None, ctx=None, inputs=()")),
    (
        "History",
        "repr",
        lambda: equal(repr(History()), "History(last_fn=None, ctx=None, inputs=())"),
    ),
    (
        "errors",
        "are raised under python -O too",
        lambda: fresh_python(
            "import minitorch\n"
            "try: minitorch.rand((2, 3)).view(4)\n"
            "except AssertionError: sys.exit(0)\n"
            "raise ValueError('nothing was raised')",
            "-O",
        ),
    ),
]


def rows() -> list[Row]:
    """List the rows about Tensors."""
    return section("9", TENSORS)
