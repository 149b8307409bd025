"""Module 2, Tasks 2.1 and 2.2: storage, strides, indexing and broadcasting."""

from __future__ import annotations

import inspect
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import (
    IndexingError,
    TensorData,
    broadcast_index,
    index_to_position,
    shape_broadcast,
    strides_from_shape,
    to_index,
)
from minitorch.tensor_data import broadcast_position

from .strategies import broadcastable_shapes, permutations_of, shapes, tensor_data

# --- Task 2.1: positions and indices ----------------------------------------------------------


@pytest.mark.task2_1
@given(shapes(min_dims=0))
def test_row_major_strides_count_what_a_step_skips(shape: tuple[int, ...]) -> None:
    strides = strides_from_shape(shape)
    itemsize = 8
    expected = np.zeros(shape, dtype=np.float64).strides
    assert type(strides) is tuple
    assert strides == tuple(stride // itemsize for stride in expected)


@pytest.mark.task2_1
@pytest.mark.parametrize("make", [tuple, list, np.array])
def test_a_position_is_the_dot_product_of_index_and_strides(make: Any) -> None:
    assert index_to_position(make([1, 2, 3]), make([20, 5, 1])) == 33
    assert index_to_position(make([2, 1]), make([1, 4])) == 6
    assert int(index_to_position((), ())) == 0


@pytest.mark.task2_1
@given(shapes(min_dims=0))
def test_to_index_enumerates_row_major(shape: tuple[int, ...]) -> None:
    out: list[int] = [7] * len(shape)
    for ordinal, expected in enumerate(np.ndindex(*shape)):
        assert to_index(ordinal, shape, out) is None
        assert tuple(out) == expected


@pytest.mark.task2_1
def test_to_index_leaves_the_shape_alone() -> None:
    shape = np.array([2, 3, 4], dtype=np.int32)
    out = np.zeros(3, dtype=np.int32)
    to_index(17, shape, out)
    assert out.tolist() == [1, 1, 1]
    assert shape.tolist() == [2, 3, 4]


@pytest.mark.task2_1
def test_the_index_functions_are_plain_python_with_source() -> None:
    for function in (index_to_position, to_index, broadcast_index, TensorData.permute):
        assert inspect.isfunction(function)
        assert "def " in inspect.getsource(function)


# --- Task 2.1: TensorData ---------------------------------------------------------------------


@pytest.mark.task2_1
def test_layout_fields_describe_the_storage() -> None:
    data = TensorData([0, 1, 2, 3, 4, 5], (2, 3))
    assert data.shape == (2, 3)
    assert data.strides == (3, 1)
    assert (data.dims, data.size) == (2, 6)
    assert type(data.size) is int
    assert data._storage.dtype == np.float64
    assert data._shape.tolist() == [2, 3]
    assert data._strides.tolist() == [3, 1]
    assert data._shape.dtype.kind == data._strides.dtype.kind == "i"


@pytest.mark.task2_1
def test_given_strides_decide_the_layout() -> None:
    data = TensorData([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], (2, 3), (1, 2))
    assert data.strides == (1, 2)
    assert not data.is_contiguous()
    assert [data.get(index) for index in data.indices()] == [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]


@pytest.mark.task2_1
def test_a_float_array_becomes_the_storage_itself() -> None:
    storage = np.arange(6.0)
    data = TensorData(storage, (2, 3))
    assert data._storage is storage
    data.set((1, 2), 50.0)
    assert storage[5] == 50.0


@pytest.mark.task2_1
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.bool_])
def test_other_arrays_are_converted_to_float64(dtype: Any) -> None:
    data = TensorData(np.ones(2, dtype=dtype), (2,))
    assert data._storage.dtype == np.float64
    data.set((0,), 0.1)
    assert data.get((0,)) == 0.1


@pytest.mark.task2_1
def test_tuple_gives_the_arrays_themselves() -> None:
    data = TensorData([1.0, 2.0], (2, 1))
    storage, shape, strides = data.tuple()
    assert storage is data._storage
    assert shape is data._shape
    assert strides is data._strides


@pytest.mark.task2_1
@given(tensor_data())
def test_indices_visit_each_cell_once_row_major(data: TensorData) -> None:
    visited = [tuple(int(i) for i in index) for index in data.indices()]
    assert visited == list(np.ndindex(*data.shape))
    assert len(set(data.indices())) == data.size


@pytest.mark.task2_1
@given(tensor_data())
def test_each_index_has_its_own_position_inside_the_storage(data: TensorData) -> None:
    positions = [data.index(index) for index in data.indices()]
    assert sorted(positions) == list(range(data.size))
    for index, position in zip(data.indices(), positions, strict=True):
        assert data.get(index) == data._storage[position]


@pytest.mark.task2_1
@given(tensor_data(), st.data())
def test_permuting_shares_the_storage_and_moves_the_indices(data: TensorData, draw: Any) -> None:
    order = draw.draw(permutations_of(data.dims))
    moved = data.permute(*order)
    assert moved._storage is data._storage
    assert moved.shape == tuple(data.shape[i] for i in order)
    for index in data.indices():
        assert moved.index(tuple(index[i] for i in order)) == data.index(index)
    back = moved.permute(*(order.index(i) for i in range(data.dims)))
    assert (back.shape, back.strides) == (data.shape, data.strides)


@pytest.mark.task2_1
@pytest.mark.parametrize(
    ("shape", "order", "contiguous"),
    [
        ((2, 3), (0, 1), True),
        ((2, 3), (1, 0), False),
        ((2, 3, 4), (0, 2, 1), False),
        ((1, 3), (1, 0), False),
        ((3, 1), (1, 0), True),
        ((5,), (0,), True),
        ((), (), True),
    ],
)
def test_contiguous_means_strides_that_never_increase(
    shape: tuple[int, ...], order: tuple[int, ...], contiguous: bool
) -> None:
    data = TensorData([0.0] * int(minitorch.prod(shape)), shape).permute(*order)
    assert data.is_contiguous() is contiguous


@pytest.mark.task2_1
def test_a_number_indexes_one_dimension() -> None:
    data = TensorData([5.0, 6.0, 7.0], (3,))
    assert data.index(2) == data.index((2,)) == data.index([2]) == data.index(np.int64(2)) == 2
    assert data.get(1) == 6.0
    data.set(1, 9.0)
    assert data.get((1,)) == 9.0


@pytest.mark.task2_1
def test_a_zero_dimensional_tensor_has_one_cell() -> None:
    data = TensorData([4.0], ())
    assert (data.shape, data.strides, data.dims, data.size) == ((), (), 0, 1)
    assert list(data.indices()) == [()]
    assert data.get(()) == data.get(0) == data.get((0,)) == 4.0
    data.set(0, 5.0)
    assert data.get(()) == 5.0
    with pytest.raises(IndexingError):
        data.get(1)
    with pytest.raises(IndexingError):
        data.get((0, 0))


@pytest.mark.task2_1
@pytest.mark.parametrize("index", [(1,), (1, 2, 0), (), (2, 0), (0, 3), (-1, 0), (0, -3)])
def test_an_index_outside_is_an_indexing_error(index: tuple[int, ...]) -> None:
    data = TensorData([0.0] * 6, (2, 3))
    for attempt in (lambda: data.index(index), lambda: data.get(index), lambda: data.set(index, 1)):
        with pytest.raises(IndexingError, match=r"\(2, 3\)"):
            attempt()


@pytest.mark.task2_1
def test_samples_are_draws_from_pythons_generator() -> None:
    data = TensorData([0.0] * 24, (2, 3, 4))
    random.seed(11)
    sample = data.sample()
    random.seed(11)
    assert sample == (random.randint(0, 1), random.randint(0, 2), random.randint(0, 3))
    seen = {data.sample() for _ in range(1000)}
    assert seen == set(np.ndindex(2, 3, 4))
    assert TensorData([1.0], ()).sample() == ()


def _printed(array: Any, depth: int = 0) -> str:
    if array.ndim == 0:
        return f"{array:3.2f}"
    inner = [_printed(row, depth + 1) for row in array]
    return "\n" + "\t" * depth + "[" + (" " if array.ndim == 1 else "").join(inner) + "]"


@pytest.mark.task2_1
def test_a_matrix_prints_one_row_per_line() -> None:
    data = TensorData([1.0, 2.0, 3.0, 4.0], (2, 2))
    assert data.to_string() == "\n[\n\t[1.00 2.00]\n\t[3.00 4.00]]"
    assert data.permute(1, 0).to_string() == "\n[\n\t[1.00 3.00]\n\t[2.00 4.00]]"
    assert TensorData([1.0, -2.5], (2,)).to_string() == "\n[1.00 -2.50]"


@pytest.mark.task2_1
@given(tensor_data(st.floats(-1000.0, 1000.0)))
def test_printing_nests_brackets_by_dimension(data: TensorData) -> None:
    assert data.to_string() == _printed(data._storage.reshape(data.shape))


@pytest.mark.task2_1
def test_a_zero_dimensional_tensor_prints_its_number() -> None:
    assert TensorData([3.0], ()).to_string().strip() == "3.00"


@pytest.mark.task2_1
@pytest.mark.parametrize("empty", [(0,), (2, 0), (0, 3)])
def test_an_empty_tensor_has_no_cells(empty: tuple[int, ...]) -> None:
    data = TensorData([], empty)
    assert data.size == 0
    assert list(data.indices()) == []
    assert isinstance(data.to_string(), str)


# --- Task 2.2 ---------------------------------------------------------------------------------


@pytest.mark.task2_2
@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ((1,), (5, 5), (5, 5)),
        ((5, 5), (1,), (5, 5)),
        ((1, 5, 5), (5, 5), (1, 5, 5)),
        ((5, 1, 5, 1), (1, 5, 1, 5), (5, 5, 5, 5)),
        ((2, 3, 1), (7, 2, 3, 5), (7, 2, 3, 5)),
        ((), (4, 1), (4, 1)),
        ((2, 5), (), (2, 5)),
        ((), (), ()),
        ((1, 1), (1,), (1, 1)),
        ((0,), (1,), (0,)),
    ],
)
def test_shapes_broadcast_as_in_numpy(
    first: tuple[int, ...], second: tuple[int, ...], together: tuple[int, ...]
) -> None:
    assert shape_broadcast(first, second) == together
    assert type(shape_broadcast(first, second)) is tuple
    assert TensorData.shape_broadcast(first, second) == together


@pytest.mark.task2_2
@given(broadcastable_shapes())
def test_broadcasting_is_symmetric_and_numpys(pair: Any) -> None:
    first, second = pair
    assert shape_broadcast(first, second) == np.broadcast_shapes(first, second)
    assert shape_broadcast(second, first) == shape_broadcast(first, second)


@pytest.mark.task2_2
@pytest.mark.parametrize(
    ("first", "second"),
    [((5, 7, 5, 1), (1, 5, 1, 5)), ((5, 2), (5,)), ((2, 3), (4, 3)), ((2,), (3,)), ((0,), (2,))],
)
def test_other_shapes_are_an_indexing_error_with_both_shapes(
    first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    with pytest.raises(IndexingError) as caught:
        shape_broadcast(first, second)
    assert str(first) in str(caught.value)
    assert str(second) in str(caught.value)


@pytest.mark.task2_2
@pytest.mark.parametrize(
    ("big_index", "big_shape", "shape", "expected"),
    [
        ((1, 2), (2, 3), (2, 3), [1, 2]),
        ((1, 2), (2, 3), (3,), [2]),
        ((1, 2), (2, 3), (1,), [0]),
        ((4, 1, 2), (5, 2, 3), (2, 1), [1, 0]),
        ((4, 1, 2), (5, 2, 3), (1, 2, 3), [0, 1, 2]),
        ((1, 2), (2, 3), (), []),
        ((), (), (), []),
    ],
)
def test_broadcast_index_aligns_at_the_right_and_clears_size_one(
    big_index: Any, big_shape: Any, shape: Any, expected: list[int]
) -> None:
    out: list[int] = [9] * len(shape)
    assert broadcast_index(big_index, big_shape, shape, out) is None
    assert out == expected
    filled = np.full(len(shape), 9, dtype=np.int32)
    arrays = [np.array(values, dtype=np.int32) for values in (big_index, big_shape, shape)]
    broadcast_index(*arrays, filled)
    assert filled.tolist() == expected


@pytest.mark.task2_2
@given(broadcastable_shapes())
def test_broadcast_position_is_the_three_index_functions_in_turn(pair: Any) -> None:
    big_shape = shape_broadcast(*pair)
    for shape in pair:
        strides = strides_from_shape(shape)[::-1]
        for ordinal in range(int(minitorch.prod(big_shape))):
            big_index, index = [0] * len(big_shape), [0] * len(shape)
            to_index(ordinal, big_shape, big_index)
            broadcast_index(big_index, big_shape, shape, index)
            expected = index_to_position(index, strides)
            assert broadcast_position(ordinal, big_shape, shape, strides) == expected


@pytest.mark.task2_1
@pytest.mark.parametrize("strides", [(10, 1), (2, -1), (1, 4)])
def test_strides_that_leave_the_storage_are_refused(strides: tuple[int, int]) -> None:
    with pytest.raises(AssertionError, match="leave the storage of 4 elements"):
        TensorData([1.0, 2.0, 3.0, 4.0], (2, 2), strides)
