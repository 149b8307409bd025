"""Module 2, Task 2.3: the values of every function of Tensors, on SimpleOps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

import minitorch
from minitorch import MathTestVariable, Tensor, operators, tensor

from .checks import is_near_pole, random_array, tensor_of
from .strategies import broadcastable_shapes, tensor_lists, tensors
from .tables import BINARY, LAYOUTS, MATRICES, SHAPES, UNARY

one_arg, two_arg, _ = MathTestVariable._comp_testing()


# --- Task 2.3: values -------------------------------------------------------------------------


@pytest.mark.task2_3
@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@LAYOUTS
def test_functions_of_one_tensor_map_every_cell(
    name: str, shape: tuple[int, ...], permuted: bool
) -> None:
    on_tensors, on_arrays, _, lowest = UNARY[name]
    array = random_array(shape, low=lowest)
    out = on_tensors(tensor_of(array, permuted)).to_numpy()
    # A number on one side has shape (1,), so a 0-d tensor comes out with one dimension.
    expected = on_arrays(array)
    np.testing.assert_allclose(out.reshape(expected.shape), expected, rtol=1e-12)
    if shape:
        assert out.shape == shape


@pytest.mark.task2_3
@pytest.mark.parametrize("name", BINARY)
@given(pair=broadcastable_shapes())
def test_functions_of_two_tensors_broadcast_both_ways(name: str, pair: Any) -> None:
    function, _, lowest = BINARY[name]
    first, second = (random_array(shape, i, low=lowest) for i, shape in enumerate(pair))
    expected = function(first, second)
    for permuted in (False, True):
        out = function(tensor_of(first, permuted), tensor_of(second, permuted))
        assert out.shape == expected.shape
        np.testing.assert_allclose(out.to_numpy(), expected, rtol=1e-12)


@pytest.mark.task2_3
@pytest.mark.parametrize("entry", one_arg, ids=[entry[0] for entry in one_arg])
@given(a=tensors())
def test_one_argument_entries_agree_with_floats(entry: Any, a: Tensor) -> None:
    name, on_floats, on_tensors = entry
    assume(not is_near_pole(name, a.to_numpy()))
    out = on_tensors(a)
    for index in out._tensor.indices():
        assert out[index] == pytest.approx(on_floats(a[index]), rel=1e-9, abs=1e-12)


@pytest.mark.task2_3
@pytest.mark.parametrize("entry", two_arg, ids=[entry[0] for entry in two_arg])
@given(pair=tensor_lists(2))
def test_two_argument_entries_agree_with_floats(entry: Any, pair: list[Tensor]) -> None:
    name, on_floats, on_tensors = entry
    assume(not is_near_pole(name, *(t.to_numpy() for t in pair)))
    out = on_tensors(*pair)
    for index in out._tensor.indices():
        expected = on_floats(pair[0][index], pair[1][index])
        assert out[index] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.task2_3
def test_comparisons_give_ones_and_zeros_for_each_cell() -> None:
    a, b = tensor([1.0, 2.0, 3.0]), tensor([[2.0], [3.0]])
    for result, expected in (
        (a < b, [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]),
        (a > b, [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
        (a == b, [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (a < 2, [1.0, 0.0, 0.0]),
        (a > 2, [0.0, 0.0, 1.0]),
        (a == 2, [0.0, 1.0, 0.0]),
        (a > 2, [0.0, 0.0, 1.0]),
        (tensor([1.0, 2.0]).is_close(tensor([1.009, 2.011])), [1.0, 0.0]),
    ):
        assert result.to_numpy().tolist() == expected
        assert result.to_numpy().dtype == np.float64


@pytest.mark.task2_3
@pytest.mark.parametrize("shape", [(1,), (4,), (2, 3), (3, 1, 2), (1, 1)], ids=str)
@LAYOUTS
def test_reductions_keep_the_dimension_they_reduce(shape: tuple[int, ...], permuted: bool) -> None:
    array = random_array(shape)
    made = tensor_of(array, permuted)
    for dim in range(len(shape)):
        for out, expected in (
            (made.sum(dim), array.sum(dim, keepdims=True)),
            (made.mean(dim), array.mean(dim, keepdims=True)),
            (made.all(dim), array.prod(dim, keepdims=True)),
        ):
            assert out.shape == expected.shape
            np.testing.assert_allclose(out.to_numpy(), expected, rtol=1e-12)


@pytest.mark.task2_3
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@LAYOUTS
def test_full_reductions_have_shape_one(shape: tuple[int, ...], permuted: bool) -> None:
    array = random_array(shape)
    made = tensor_of(array, permuted)
    for out, expected in (
        (made.sum(), array.sum()),
        (made.mean(), array.mean()),
        (made.all(), array.prod()),
    ):
        assert out.shape == (1,)
        assert out[0] == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.task2_3
def test_the_last_of_many_dimensions_reduces_too() -> None:
    array = random_array((1, 2, 1, 2, 1, 3))
    for dim in range(6):
        np.testing.assert_allclose(
            tensor_of(array).sum(dim).to_numpy(), array.sum(dim, keepdims=True), rtol=1e-12
        )


@pytest.mark.task2_3
def test_a_negative_dimension_counts_from_the_end() -> None:
    array = random_array((2, 3))
    np.testing.assert_allclose(tensor_of(array).sum(-1).to_numpy(), array.sum(-1, keepdims=True))
    np.testing.assert_allclose(tensor_of(array).mean(-2).to_numpy(), array.mean(-2, keepdims=True))


@pytest.mark.task2_3
def test_all_is_the_product_of_the_truth_values() -> None:
    made = tensor([[1.0, 1.0], [1.0, 0.0]])
    assert made.all().to_numpy().tolist() == [0.0]
    assert made.all(1).to_numpy().tolist() == [[1.0], [0.0]]
    assert (made == made).all().item() == 1.0


@pytest.mark.task2_3
@pytest.mark.parametrize("pair", MATRICES, ids=str)
@LAYOUTS
def test_matrix_products_broadcast_their_batches(pair: Any, permuted: bool) -> None:
    first, second = random_array(pair[0]), random_array(pair[1], seed=5)
    out = tensor_of(first, permuted) @ tensor_of(second, permuted)
    assert out.shape == (first @ second).shape
    np.testing.assert_allclose(out.to_numpy(), first @ second, rtol=1e-12, atol=1e-14)


@pytest.mark.task2_3
def test_the_functions_read_the_operators_of_the_backend() -> None:
    calls: list[str] = []

    class Counting(minitorch.SimpleOps):
        @staticmethod
        def map(fn: Any) -> Any:
            inner = minitorch.SimpleOps.map(fn)

            def run(a: Tensor, out: Tensor | None = None) -> Tensor:
                calls.append(fn.__name__)
                return inner(a, out)

            return run

    backend = minitorch.TensorBackend(Counting)
    made = tensor([1.0, 4.0], backend=backend)
    assert made.relu().to_numpy().tolist() == [1.0, 4.0]
    assert (-made).to_numpy().tolist() == [-1.0, -4.0]
    assert calls[:2] == [operators.relu.__name__, operators.neg.__name__]
