"""Tasks 3.3 and 3.4: CudaOps and the two practice kernels, on a device or in the simulator.

Examples are few and small, since the simulator runs each thread of a block as one of Python's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

import minitorch
from minitorch import MathTestVariable, Tensor, grad_check, tensor
from minitorch._cuda import is_device_array

from .backend_checks import (
    CUDA,
    MAPS,
    ON_CUDA,
    assert_entry_agrees,
    assert_same,
    few_values,
    on,
    raises_before_launch,
    simple,
)
from .checks import is_near_pole, random_array, tensor_of
from .strategies import tensor_lists, tensors

pytestmark = list(ON_CUDA)
one_arg, two_arg, reductions = MathTestVariable._comp_testing()
few = settings(max_examples=3)


def each(entries: list[Any]) -> pytest.MarkDecorator:
    """Run a test with each function of MathTestVariable's lists."""
    return pytest.mark.parametrize("entry", entries, ids=[entry[0] for entry in entries])


# --- the course's functions -------------------------------------------------------------------


@pytest.mark.task3_3
@each(one_arg)
@few
@given(a=tensors())
def test_one_argument_entries_agree_with_floats(entry: Any, a: Tensor) -> None:
    assert_entry_agrees(entry, on(CUDA, a))


@pytest.mark.task3_3
@each(two_arg)
@few
@given(pair=tensor_lists(2))
def test_two_argument_entries_agree_with_floats(entry: Any, pair: list[Tensor]) -> None:
    assume(not is_near_pole(entry[0], *(t.to_numpy() for t in pair)))
    assert_entry_agrees(entry, *(on(CUDA, t) for t in pair))


@pytest.mark.task3_3
@each([*one_arg, *reductions])
@settings(max_examples=1)
@given(a=tensors(shape=(2, 3)))
def test_entries_of_one_tensor_differentiate(entry: Any, a: Tensor) -> None:
    assume(not is_near_pole(entry[0], a.to_numpy()))
    grad_check(entry[2], on(CUDA, a))


@pytest.mark.task3_3
@each(two_arg)
@settings(max_examples=1)
@given(a=tensors(shape=(2, 3)), b=tensors(shape=(1, 3)))
def test_two_argument_entries_differentiate_when_broadcast(
    entry: Any, a: Tensor, b: Tensor
) -> None:
    assume(not is_near_pole(entry[0], a.to_numpy(), b.to_numpy()))
    grad_check(entry[2], on(CUDA, a), on(CUDA, b))


@pytest.mark.task3_3
@each(reductions)
@few
@given(a=tensors())
def test_reduction_entries_agree_with_simple_ops(entry: Any, a: Tensor) -> None:
    assert_same(entry[2](on(CUDA, a)), entry[2](a), atol=1e-10)


# --- where the numbers are --------------------------------------------------------------------


@pytest.mark.task3_3
def test_tensors_of_the_backend_stay_on_the_device_and_are_read_back() -> None:
    made = tensor([[1.0, 2.0], [3.0, 4.0]], backend=CUDA)
    doubled = made + made
    assert is_device_array(made._tensor._storage)
    assert is_device_array(doubled._tensor._storage)
    assert is_device_array(made.zeros((2,))._tensor._storage)
    assert doubled[1, 0] == 6.0
    assert doubled.sum().item() == 20.0
    assert str(doubled) == "\n[\n\t[2.00 4.00]\n\t[6.00 8.00]]"
    doubled[0, 0] = 7.0
    assert doubled.to_numpy().tolist() == [[7.0, 4.0], [6.0, 8.0]]
    assert made.permute(1, 0).to_numpy().tolist() == [[1.0, 3.0], [2.0, 4.0]]


@pytest.mark.task3_3
def test_tensors_of_another_backend_keep_their_numbers_on_the_host() -> None:
    a, b = (simple(random_array((2, 3), seed)) for seed in (0, 1))
    square = simple(random_array((3, 3), 2))
    for out, expected in (
        (CUDA.neg_map(a), -a),
        (CUDA.add_zip(a, b), a + b),
        (CUDA.add_reduce(a, 1), a.sum(1)),
        (CUDA.matrix_multiply(a, square), a @ square),
    ):
        assert_same(out, expected)
        for made in (out, a, b, square):
            assert isinstance(made._tensor._storage, np.ndarray)


@pytest.mark.task3_3
def test_moving_to_the_device_and_back_keeps_the_layout() -> None:
    array = random_array((2, 3))
    made = tensor_of(array, permuted=True)
    for backend in (CUDA, minitorch.SimpleBackend):
        made._type_(backend)
        assert is_device_array(made._tensor._storage) is backend.cuda
        np.testing.assert_array_equal(made.to_numpy(), array)


@pytest.mark.task3_3
def test_gradients_accumulate_on_the_device() -> None:
    made = tensor([1.0, 2.0], backend=CUDA)
    for expected in (3.0, 6.0):
        (made * 3.0).sum().backward()
        assert made.grad.backend is CUDA
        assert made.grad.to_numpy().tolist() == [expected, expected]


# --- more than one block ----------------------------------------------------------------------


@pytest.mark.task3_3
@pytest.mark.parametrize("size", [31, 32, 33, 64, 65, 1100])
def test_maps_and_zips_fill_all_blocks(size: int) -> None:
    array, other = random_array((size,)), few_values((size,), 1)
    out = CUDA.sigmoid_map(tensor_of(array, backend=CUDA))
    assert_same(out, MAPS["sigmoid_map"][0](array))
    out = CUDA.lt_zip(tensor_of(array, backend=CUDA), tensor_of(other, backend=CUDA))
    assert_same(out, (array < other).astype(float))


@pytest.mark.task3_3
@pytest.mark.parametrize("length", [1024, 1025, 2600])
def test_a_reduction_longer_than_a_block_is_finished(length: int) -> None:
    array = random_array((length,), low=0.9, high=1.1)
    assert_same(CUDA.add_reduce(tensor_of(array, backend=CUDA), 0), array.sum(0, keepdims=True))


@pytest.mark.task3_3
def test_long_rows_of_a_permuted_matrix_are_folded_one_by_one() -> None:
    array = random_array((2, 1030), low=0.999, high=1.001)
    out = CUDA.mul_reduce(tensor_of(array, permuted=True, backend=CUDA), 1)
    assert_same(out, array.prod(1, keepdims=True), rtol=1e-10)


# --- the practice kernels ---------------------------------------------------------------------


@pytest.mark.task3_3
@pytest.mark.parametrize("size", [1, 2, 31, 32, 33, 63, 64])
def test_sum_practice_sums_blocks_of_32(size: int) -> None:
    array = random_array((size,))
    out = minitorch.sum_practice(tensor_of(array, backend=CUDA))
    assert isinstance(out, minitorch.TensorData)
    assert out.shape == (2,)
    assert out._storage[0] == pytest.approx(array[:32].sum())
    assert out._storage[1] == pytest.approx(array[32:].sum())


@pytest.mark.task3_3
@few
@given(a=tensors(shape=(64,), permuted=False))
def test_sum_practice_of_random_numbers(a: Tensor) -> None:
    array = a.to_numpy()
    out = minitorch.sum_practice(on(CUDA, a))
    assert out._storage[0] == pytest.approx(array[:32].sum(), abs=1e-9)
    assert out._storage[1] == pytest.approx(array[32:].sum(), abs=1e-9)


@pytest.mark.task3_4
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 15, 16, 17, 31, 32])
def test_mm_practice_multiplies_square_matrices(size: int) -> None:
    a, b = random_array((size, size)), random_array((size, size), seed=1)
    out = minitorch.mm_practice(tensor_of(a, backend=CUDA), tensor_of(b, backend=CUDA))
    assert isinstance(out, minitorch.TensorData)
    assert out.shape == (size, size)
    assert out.strides == (size, 1)
    storage = np.array([out._storage[i] for i in range(size * size)])
    np.testing.assert_allclose(storage.reshape(size, size), a @ b, rtol=1e-12, atol=1e-12)


@pytest.mark.task3_3
@pytest.mark.parametrize("shape", [(65,), (8, 8), ()], ids=str)
def test_sum_practice_refuses_other_shapes(shape: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    a = tensor_of(random_array(shape), backend=CUDA)
    text = raises_before_launch(monkeypatch, AssertionError, lambda: minitorch.sum_practice(a))
    assert str(shape) in text


@pytest.mark.task3_4
@pytest.mark.parametrize(
    "pair",
    [((2, 3), (2, 3)), ((2, 2), (3, 3)), ((33, 33), (33, 33)), ((4,), (4,)), ((1, 2, 2), (2, 2))],
    ids=str,
)
def test_mm_practice_refuses_other_shapes(pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (tensor_of(random_array(shape), backend=CUDA) for shape in pair)
    text = raises_before_launch(monkeypatch, AssertionError, lambda: minitorch.mm_practice(a, b))
    assert str(pair[0]) in text
    assert str(pair[1]) in text


# --- Task 3.4 ---------------------------------------------------------------------------------


@pytest.mark.task3_4
def test_a_batched_product_agrees_with_the_sum_of_products() -> None:
    a, b = (tensor_of(random_array(shape), backend=CUDA) for shape in ((2, 2, 3), (1, 3, 2)))
    by_hand = (a.contiguous().view(2, 2, 3, 1) * b.contiguous().view(1, 1, 3, 2)).sum(2)
    assert_same(a @ b, by_hand.view(2, 2, 2))


@pytest.mark.task3_4
def test_products_of_several_tiles_agree_with_numpy() -> None:
    a, b = random_array((33, 17)), random_array((17, 20), seed=1)
    made = (tensor_of(array, permuted=True, backend=CUDA) for array in (a, b))
    assert_same(CUDA.matrix_multiply(*made), a @ b)
