"""Sections 7 and 8: the data of tensors, and what a backend consists of."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import minitorch
from minitorch import IndexingError, SimpleOps, TensorBackend, TensorData, TensorOps, operators

from .rows import (
    Entry,
    Row,
    all_of,
    equal,
    has,
    near,
    plain_function,
    raises,
    same,
    section,
    takes,
)

ALIASES = "Storage OutIndex Index Shape Strides UserIndex UserShape UserStrides"


def _grid() -> TensorData:
    return TensorData([float(i) for i in range(6)], (2, 3))


def _to_index() -> bool:
    shape = np.array([2, 3, 4])
    out = np.zeros(3, dtype=np.int64)
    returned = minitorch.to_index(17, shape, out)
    minitorch.to_index(0, (), [])
    return all_of(
        returned is None, equal(out.tolist(), [1, 1, 1]), equal(shape.tolist(), [2, 3, 4])
    )


def _broadcast_index() -> bool:
    out = [9, 9]
    returned = minitorch.broadcast_index((4, 1, 2), (5, 2, 3), (1, 3), out)
    return all_of(returned is None, equal(out, [0, 2]))


def _keeps_array() -> bool:
    storage = np.arange(4.0)
    return same(TensorData(storage, (2, 2))._storage, storage)


def _attributes() -> bool:
    data = _grid()
    return all_of(
        has(data, "_storage _strides _shape strides shape dims size"),
        equal((data.shape, data.strides, data.dims, data.size), ((2, 3), (3, 1), 2, 6)),
        equal((data._shape.dtype.kind, data._strides.dtype.kind), ("i", "i")),
        equal((data._shape.tolist(), data._strides.tolist()), ([2, 3], [3, 1])),
    )


def _contiguity(shape: tuple[int, ...], order: tuple[int, ...], expected: bool) -> bool:
    data = TensorData(np.zeros(int(minitorch.prod(shape))), shape).permute(*order)
    return equal(data.is_contiguous(), expected)


def _indices() -> bool:
    found = list(_grid().indices())
    return all_of(
        len(set(found)) == 6,
        equal([tuple(int(i) for i in index) for index in found], list(np.ndindex(2, 3))),
    )


def _sample() -> bool:
    random.seed(2)
    got = _grid().sample()
    random.seed(2)
    return equal(got, (random.randint(0, 1), random.randint(0, 2)))


def _get_and_set() -> bool:
    data = _grid()
    data.set((1, 1), 40.0)
    return all_of(data.get((1, 1)) == 40.0, data._storage[4] == 40.0)


def _permute() -> bool:
    data = _grid()
    moved = data.permute(1, 0)
    return all_of(
        same(moved._storage, data._storage),
        equal((moved.shape, moved.strides), ((3, 2), (1, 3))),
        moved.get((2, 1)) == data.get((1, 2)),
    )


def _tuple() -> bool:
    data = _grid()
    got = data.tuple()
    return all_of(
        same(got[0], data._storage), same(got[1], data._shape), same(got[2], data._strides)
    )


def _zero_dimensional() -> bool:
    data = TensorData([4.0], ())
    data.set(0, 5.0)
    return all_of(data.get(0) == 5.0, data.get(()) == 5.0, list(data.indices()) == [()])


TENSOR_DATA: list[Entry] = [
    ("MAX_DIMS", "is 32", lambda: equal(minitorch.MAX_DIMS, 32)),
    (
        "IndexingError",
        "is a RuntimeError",
        lambda: issubclass(IndexingError, RuntimeError),
    ),
    ("aliases", "of types exist", lambda: has(minitorch.tensor_data, ALIASES)),
    (
        "index_to_position",
        "signature",
        lambda: takes(minitorch.index_to_position, "index, strides"),
    ),
    (
        "index_to_position",
        "is the dot product",
        lambda: minitorch.index_to_position((1, 2), (5, 2)) == 9,
    ),
    ("to_index", "signature", lambda: takes(minitorch.to_index, "ordinal, shape, out_index")),
    ("to_index", "row-major into out_index, 0-d too, shape unchanged", _to_index),
    (
        "broadcast_index",
        "signature",
        lambda: takes(minitorch.broadcast_index, "big_index, big_shape, shape, out_index"),
    ),
    ("broadcast_index", "right-aligned, size-1 dimensions get 0", _broadcast_index),
    (
        "shape_broadcast",
        "numpy's rule, a tuple",
        lambda: all_of(
            equal(minitorch.shape_broadcast((2, 3, 1), (7, 2, 3, 5)), (7, 2, 3, 5)),
            equal(minitorch.shape_broadcast((), (2,)), (2,)),
            equal(minitorch.shape_broadcast((1,), (5, 5)), (5, 5)),
        ),
    ),
    (
        "shape_broadcast",
        "else IndexingError, with both shapes",
        lambda: raises(
            IndexingError, lambda: minitorch.shape_broadcast((5, 2), (5,)), "(5, 2)", "(5,)"
        ),
    ),
    (
        "strides_from_shape",
        "row-major strides, a tuple",
        lambda: all_of(
            equal(minitorch.strides_from_shape((2, 3, 4)), (12, 4, 1)),
            equal(minitorch.strides_from_shape(()), ()),
        ),
    ),
    ("TensorData", "signature", lambda: takes(TensorData, "storage, shape, strides=None")),
    (
        "TensorData",
        "a list becomes a float64 array",
        lambda: equal(str(TensorData([1, 2], (2,))._storage.dtype), "float64"),
    ),
    ("TensorData", "an ndarray is kept, not copied", _keeps_array),
    (
        "TensorData",
        "arrays of other types are converted",
        lambda: equal(str(TensorData(np.array([1, 2]), (2,))._storage.dtype), "float64"),
    ),
    (
        "TensorData",
        "a shape that is no tuple",
        lambda: raises(AssertionError, lambda: TensorData([1.0], [1])),
    ),
    (
        "TensorData",
        "strides that are no tuple",
        lambda: raises(AssertionError, lambda: TensorData([1.0], (1,), [1])),
    ),
    (
        "TensorData",
        "strides of another length",
        lambda: raises(IndexingError, lambda: TensorData([1.0], (1,), (1, 1)), "(1, 1)", "(1,)"),
    ),
    (
        "TensorData",
        "a storage of another size",
        lambda: raises(AssertionError, lambda: TensorData([1.0], (2, 3)), "6", "1"),
    ),
    ("TensorData", "attributes", _attributes),
    ("TensorData.is_contiguous", "row-major", lambda: _contiguity((2, 3), (0, 1), True)),
    ("TensorData.is_contiguous", "permuted", lambda: _contiguity((2, 3), (1, 0), False)),
    ("TensorData.is_contiguous", "(1, 3) permuted", lambda: _contiguity((1, 3), (1, 0), False)),
    (
        "TensorData.shape_broadcast",
        "is static",
        lambda: equal(TensorData.shape_broadcast((1,), (2,)), (2,)),
    ),
    ("TensorData.index", "gives the position", lambda: _grid().index((1, 2)) == 5),
    *[
        (
            "TensorData.index",
            statement,
            lambda index=index: raises(IndexingError, lambda: _grid().index(index), "(2, 3)"),
        )
        for statement, index in (
            ("too few numbers", (1,)),
            ("too many numbers", (1, 1, 1)),
            ("beyond a dimension", (0, 3)),
            ("negative", (-1, 0)),
        )
    ],
    (
        "TensorData.index",
        "a number is a 1-tuple",
        lambda: TensorData([1.0, 2.0], (2,)).index(1) == 1,
    ),
    ("TensorData.index", "any sequence", lambda: _grid().index([1, 2]) == 5),
    ("TensorData.index", "t[0] on 0-d", _zero_dimensional),
    ("TensorData.indices", "each once, row-major, hashable", _indices),
    ("TensorData.sample", "randint(0, s-1) of Python's random", _sample),
    ("TensorData.get", "reads; set writes", _get_and_set),
    ("TensorData.set", "signature", lambda: takes(TensorData.set, "key, val")),
    ("TensorData.tuple", "gives (_storage, _shape, _strides)", _tuple),
    ("TensorData.permute", "a new TensorData on the same storage", _permute),
    ("TensorData.permute", "is plain Python", lambda: plain_function(TensorData.permute)),
    (
        "TensorData.permute",
        "a bad order",
        lambda: raises(AssertionError, lambda: _grid().permute(0, 0), "(0, 0)"),
    ),
    ("TensorData.to_cuda_", "exists", lambda: has(TensorData, "to_cuda_")),
    (
        "TensorData.to_string",
        "rows with tabs, %3.2f, one space between",
        lambda: equal(
            TensorData([1, 2, 3, 4], (2, 2)).to_string(), "\n[\n\t[1.00 2.00]\n\t[3.00 4.00]]"
        ),
    ),
    (
        "TensorData.to_string",
        "three dimensions",
        lambda: equal(
            TensorData([1, 2], (1, 2, 1)).to_string(), "\n[\n\t[\n\t\t[1.00]\n\t\t[2.00]]]"
        ),
    ),
]

MAPS = "neg_map sigmoid_map relu_map log_map exp_map id_map inv_map id_cmap"
ZIPS = "add_zip mul_zip lt_zip eq_zip is_close_zip relu_back_zip log_back_zip inv_back_zip"


def _low_level(name: str, function: Any, *inputs: Any, dim: int | None = None) -> Any:
    """Run a low-level kernel of tensor_ops on arrays, into an output that holds tens."""
    kernel = getattr(minitorch.tensor_ops, name)(function)
    arrays = [minitorch.tensor(values).tuple() for values in inputs]
    out = minitorch.tensor([[10.0, 10.0]]).tuple()
    kernel(
        *out, *(part for arguments in arrays for part in arguments), *([] if dim is None else [dim])
    )
    return out[0].tolist()


def _map_into_out() -> bool:
    neg = SimpleOps.map(operators.neg)
    out = minitorch.zeros((2, 2))
    returned = neg(minitorch.tensor([1.0, 2.0]), out)
    return all_of(same(returned, out), near(out, [[-1.0, -2.0], [-1.0, -2.0]]))


def _keeps_backend() -> bool:
    backend = TensorBackend(SimpleOps)
    a = minitorch.tensor([1.0, 2.0], backend=backend)
    made = [
        SimpleOps.map(operators.neg)(a),
        SimpleOps.zip(operators.add)(a, minitorch.tensor([1.0, 1.0])),
        SimpleOps.reduce(operators.add, 0.0)(a, 0),
    ]
    return all_of(*(t.backend is backend for t in made))


def _backend_computes() -> bool:
    backend = TensorBackend(SimpleOps)
    a = minitorch.tensor([[0.5, 2.0]])
    for name in MAPS.split():
        function = getattr(operators, name.split("_")[0])
        near(getattr(backend, name)(a), [[function(0.5), function(2.0)]])
    b = minitorch.tensor([[2.0, 2.0]])
    for name in ZIPS.split():
        function = getattr(operators, name.removesuffix("_zip"))
        near(getattr(backend, name)(a, b), [[function(0.5, 2.0), function(2.0, 2.0)]])
    return all_of(near(backend.add_reduce(a, 1), [[2.5]]), near(backend.mul_reduce(a, 1), [[1.0]]))


def _matmul(a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> bool:
    a = np.arange(float(np.prod(a_shape))).reshape(a_shape)
    b = np.arange(float(np.prod(b_shape))).reshape(b_shape)
    return near(SimpleOps.matrix_multiply(minitorch.tensor(a), minitorch.tensor(b)), a @ b)


TENSOR_OPS: list[Entry] = [
    (
        "TensorOps",
        "map, cmap, zip, reduce, matrix_multiply, cuda = False",
        lambda: all_of(
            has(TensorOps, "map cmap zip reduce matrix_multiply cuda"), equal(TensorOps.cuda, False)
        ),
    ),
    ("TensorOps.map", "signature", lambda: takes(TensorOps.map, "fn")),
    ("TensorOps.zip", "signature", lambda: takes(TensorOps.zip, "fn")),
    ("TensorOps.reduce", "signature", lambda: takes(TensorOps.reduce, "fn, start=0.0")),
    ("SimpleOps.reduce", "signature", lambda: takes(SimpleOps.reduce, "fn, start=0.0")),
    ("TensorOps.matrix_multiply", "signature", lambda: takes(TensorOps.matrix_multiply, "a, b")),
    ("TensorBackend", "signature", lambda: takes(TensorBackend, "ops")),
    (
        "TensorBackend",
        "attributes",
        lambda: has(
            TensorBackend(SimpleOps), f"{MAPS} {ZIPS} add_reduce mul_reduce matrix_multiply cuda"
        ),
    ),
    ("TensorBackend", "its functions compute, id_cmap included", _backend_computes),
    (
        "TensorBackend",
        "is compared by identity",
        lambda: all_of(
            TensorBackend(SimpleOps) != TensorBackend(SimpleOps),
            minitorch.SimpleBackend == minitorch.SimpleBackend,
        ),
    ),
    (
        "SimpleBackend",
        "is a TensorBackend without cuda",
        lambda: all_of(
            isinstance(minitorch.SimpleBackend, TensorBackend),
            minitorch.SimpleBackend.cuda is False,
        ),
    ),
    ("SimpleOps", "is_cuda is False", lambda: equal(SimpleOps.is_cuda, False)),
    ("SimpleOps", "is a TensorOps", lambda: issubclass(SimpleOps, TensorOps)),
    ("SimpleOps.map", "m(a, out): a broadcasts into out, which is returned", _map_into_out),
    ("SimpleOps", "results stay on the input's backend", _keeps_backend),
    (
        "SimpleOps.zip",
        "broadcasts",
        lambda: near(
            SimpleOps.zip(operators.add)(minitorch.tensor([1.0, 2.0]), minitorch.tensor([[10.0]])),
            [[11.0, 12.0]],
        ),
    ),
    (
        "SimpleOps.reduce",
        "keeps the dimension with size 1",
        lambda: near(
            SimpleOps.reduce(operators.mul, 2.0)(minitorch.tensor([[1.0, 2.0, 3.0]]), 1), [[12.0]]
        ),
    ),
    ("SimpleOps.matrix_multiply", "works: matrices", lambda: _matmul((2, 3), (3, 4))),
    ("SimpleOps.matrix_multiply", "works: batches", lambda: _matmul((2, 2, 3), (1, 3, 4))),
    (
        "tensor_map",
        "on arrays",
        lambda: equal(_low_level("tensor_map", operators.neg, [1.0, 2.0]), [-1.0, -2.0]),
    ),
    (
        "tensor_zip",
        "on arrays",
        lambda: equal(_low_level("tensor_zip", operators.add, [1.0, 2.0], [5.0]), [6.0, 7.0]),
    ),
    (
        "tensor_reduce",
        "folds into what out already holds",
        lambda: equal(
            _low_level("tensor_reduce", operators.add, [[1.0, 2.0], [3.0, 4.0]], dim=0),
            [14.0, 16.0],
        ),
    ),
]


def rows() -> list[Row]:
    """List the rows of sections 7 and 8."""
    return [*section("7", TENSOR_DATA), *section("8", TENSOR_OPS)]
