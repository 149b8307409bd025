"""Tasks 3.1 and 3.2: FastOps under the course's functions, on large tensors and odd arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

import minitorch
from minitorch import MathTestVariable, Tensor, grad_check, operators, tensor
from minitorch._jit import PARALLEL_THRESHOLD
from minitorch.fast_ops import BAND, BLOCK

from .backend_checks import (
    FAST,
    MAPS,
    REDUCES,
    ZIPS,
    assert_entry_agrees,
    assert_same,
    compare_with_pytorch,
    few_values,
    on,
    simple,
)
from .checks import is_near_pole, random_array, tensor_of
from .strategies import tensor_lists, tensors
from .tables import LAYOUTS

pytestmark = pytest.mark.boundscheck
one_arg, two_arg, reductions = MathTestVariable._comp_testing()


def each(entries: list[Any]) -> pytest.MarkDecorator:
    """Run a test with each function of MathTestVariable's lists."""
    return pytest.mark.parametrize("entry", entries, ids=[entry[0] for entry in entries])


# --- the course's functions -------------------------------------------------------------------


@pytest.mark.task3_1
@each(one_arg)
@given(a=tensors())
def test_one_argument_entries_agree_with_floats(entry: Any, a: Tensor) -> None:
    assert_entry_agrees(entry, on(FAST, a))


@pytest.mark.task3_1
@each(two_arg)
@given(pair=tensor_lists(2))
def test_two_argument_entries_agree_with_floats(entry: Any, pair: list[Tensor]) -> None:
    assume(not is_near_pole(entry[0], *(t.to_numpy() for t in pair)))
    assert_entry_agrees(entry, *(on(FAST, t) for t in pair))


@pytest.mark.task3_1
@each([*one_arg, *reductions])
@given(a=tensors())
def test_entries_of_one_tensor_differentiate(entry: Any, a: Tensor) -> None:
    assume(not is_near_pole(entry[0], a.to_numpy()))
    grad_check(entry[2], on(FAST, a))


@pytest.mark.task3_1
@each(two_arg)
@given(pair=tensor_lists(2))
def test_two_argument_entries_differentiate(entry: Any, pair: list[Tensor]) -> None:
    assume(not is_near_pole(entry[0], *(t.to_numpy() for t in pair)))
    grad_check(entry[2], *(on(FAST, t) for t in pair))


@pytest.mark.task3_1
@each(two_arg)
@given(pair=tensor_lists(2))
def test_two_argument_entries_differentiate_when_broadcast(entry: Any, pair: list[Tensor]) -> None:
    a, b = (on(FAST, t) for t in pair)
    for second in (b, b.sum(0)):
        assume(not is_near_pole(entry[0], a.to_numpy(), second.to_numpy()))
    grad_check(entry[2], a.sum(0), b)
    grad_check(entry[2], a, b.sum(0))


@pytest.mark.task3_1
@each(reductions)
@given(a=tensors())
def test_reduction_entries_agree_with_simple_ops(entry: Any, a: Tensor) -> None:
    assert_same(entry[2](on(FAST, a)), entry[2](a), atol=1e-10)


@pytest.mark.task3_1
def test_a_tensor_is_made_on_the_backend_asked_for() -> None:
    made = tensor([[1.0, 2.0], [3.0, 4.0]], backend=FAST)
    assert made.backend is FAST
    assert (made * 2.0).backend is made.zeros().backend is FAST
    assert made.sum(0).to_numpy().tolist() == [[4.0, 6.0]]


# --- large tensors ----------------------------------------------------------------------------


# The sides of a matrix that is just large enough for threads.
HIGH = math.isqrt(PARALLEL_THRESHOLD)
WIDE = HIGH + 1
LARGE = [(1025,), (33, 40), (HIGH, WIDE), (4, HIGH // 2, WIDE // 2 + 1), (PARALLEL_THRESHOLD + 7,)]


@pytest.mark.task3_1
@pytest.mark.parametrize("shape", LARGE, ids=str)
@LAYOUTS
def test_large_maps(shape: tuple[int, ...], permuted: bool) -> None:
    array = random_array(shape, low=0.1)
    for name, (on_arrays, _) in MAPS.items():
        out = getattr(FAST, name)(tensor_of(array, permuted, backend=FAST))
        assert_same(out, on_arrays(array))


@pytest.mark.task3_1
@pytest.mark.parametrize("name", ZIPS)
@pytest.mark.parametrize(
    "pair",
    [((HIGH, WIDE), (HIGH, WIDE)), ((HIGH, 1), (WIDE,)), ((WIDE,), (HIGH, 1)), ((), (HIGH, WIDE))],
    ids=["same", "column and row", "row and column", "number"],
)
@LAYOUTS
def test_large_zips_broadcast(name: str, pair: Any, permuted: bool) -> None:
    arrays = [few_values(shape, i) for i, shape in enumerate(pair)]
    ours = (tensor_of(a, permuted, backend=FAST) for a in arrays)
    assert_same(getattr(FAST, name)(*ours), ZIPS[name](*arrays))


@pytest.mark.task3_1
@pytest.mark.parametrize("shape", LARGE, ids=str)
@LAYOUTS
def test_large_reductions(shape: tuple[int, ...], permuted: bool) -> None:
    array = random_array(shape, low=0.99, high=1.01)
    for name, on_arrays in REDUCES.items():
        for dim in range(len(shape)):
            out = getattr(FAST, name)(tensor_of(array, permuted, backend=FAST), dim)
            assert_same(out, on_arrays(array, axis=dim, keepdims=True), rtol=1e-10)


@pytest.mark.task3_1
def test_large_tensors_agree_with_simple_ops() -> None:
    a, b = random_array((HIGH, WIDE)), random_array((WIDE,), seed=1)

    def chain(backend: Any) -> Tensor:
        x, y = (tensor_of(array, True, backend=backend) for array in (a, b))
        return ((x * y).sigmoid() + x.exp()).sum(1).relu().log()

    assert_same(chain(FAST), chain(minitorch.SimpleBackend))


@pytest.mark.task3_1
@LAYOUTS
def test_large_gradients_agree_with_pytorch(permuted: bool) -> None:
    arrays = [random_array((HIGH, WIDE)), random_array((WIDE,), seed=1), random_array((HIGH, 1), 2)]
    compare_with_pytorch(
        lambda a, b, c: (a * b).sigmoid() + (a + c).exp() / (b + 3.0),
        lambda a, b, c: (a * b).sigmoid() + (a + c).exp() / (b + 3.0),
        arrays,
        permuted=permuted,
    )


@pytest.mark.task3_1
def test_a_large_map_broadcasts_into_a_given_output() -> None:
    array = random_array((WIDE,))
    out = tensor_of(random_array((HIGH, WIDE)), True, backend=FAST)
    assert FAST.exp_map(tensor_of(array, backend=FAST), out) is out
    assert_same(out, np.broadcast_to(np.exp(array), (HIGH, WIDE)))


# --- matrix products --------------------------------------------------------------------------


EDGES = [
    ((BAND - 1, 3), (3, 2)),
    ((BAND, 3), (3, 2)),
    ((BAND + 1, 5), (5, BLOCK + 1)),
    ((2, BLOCK - 1), (BLOCK - 1, BLOCK)),
    ((3, BLOCK), (BLOCK, BLOCK - 1)),
    ((2 * BAND + 3, BLOCK + 6), (BLOCK + 6, 2 * BLOCK + 5)),
    ((1, 2 * BLOCK + 3), (2 * BLOCK + 3, 1)),
    ((3 * BAND, 1), (1, 2 * BLOCK)),
    ((2, 1, BAND + 1, 7), (3, 7, 2)),
    ((40, 4, 9), (9, 15)),
]


@pytest.mark.task3_2
@pytest.mark.parametrize("pair", EDGES, ids=str)
@LAYOUTS
def test_matrix_products_around_the_edges_of_blocks(pair: Any, permuted: bool) -> None:
    first, second = random_array(pair[0]), random_array(pair[1], seed=5)
    for b_permuted in (False, True):
        a = tensor_of(first, permuted, backend=FAST)
        b = tensor_of(second, b_permuted, backend=FAST)
        assert_same(a @ b, first @ second, rtol=1e-11, atol=1e-11)


@pytest.mark.task3_2
def test_a_product_of_lists_of_matrices_broadcasts_like_the_sum_of_products() -> None:
    a, b = (
        tensor_of(random_array((2, 3, 4)), backend=FAST),
        tensor_of(random_array((1, 4, 5)), backend=FAST),
    )
    by_hand = (a.contiguous().view(2, 3, 4, 1) * b.contiguous().view(1, 1, 4, 5)).sum(2)
    assert_same(a @ b, by_hand.view(2, 3, 5))


@pytest.mark.task3_2
@settings(max_examples=10)
@given(pair=tensor_lists(2))
def test_matrix_products_of_random_layouts_differentiate(pair: list[Tensor]) -> None:
    a, b = (on(FAST, t) for t in pair)
    assume(a.dims >= 2)
    order = [*range(a.dims - 2), a.dims - 1, a.dims - 2]
    grad_check(lambda x, y: x @ y.permute(*order), a, b)


@pytest.mark.task3_2
@pytest.mark.parametrize("pair", [EDGES[2], EDGES[5], EDGES[8], EDGES[9]], ids=str)
def test_gradients_of_large_matrix_products_agree_with_pytorch(pair: Any) -> None:
    arrays = [random_array(shape, i) for i, shape in enumerate(pair)]
    compare_with_pytorch(lambda a, b: a @ b, lambda a, b: a @ b, arrays)


@pytest.mark.task3_2
def test_an_empty_inner_dimension_gives_zeros() -> None:
    a, b = (minitorch.zeros(shape, backend=FAST) for shape in ((2, 0), (0, 3)))
    assert_same(a @ b, np.zeros((2, 3)))


# --- arithmetic -------------------------------------------------------------------------------


@pytest.mark.task3_1
@pytest.mark.parametrize("size", [3, PARALLEL_THRESHOLD])
def test_division_by_zero_is_infinite_at_every_size(size: int) -> None:
    zero = simple(np.zeros(size))
    out = FAST.inv_map(on(FAST, zero))
    assert (out.to_numpy() == np.inf).all()
    back = FAST.inv_back_zip(on(FAST, zero), on(FAST, zero) + 1.0)
    assert (back.to_numpy() == -np.inf).all()


@pytest.mark.task3_1
def test_a_function_of_ones_own_is_compiled_too() -> None:
    def halve(x: float) -> float:
        return x / 2.0

    array = random_array((3, 4))
    assert_same(minitorch.FastOps.map(halve)(tensor_of(array, backend=FAST)), array / 2)
    assert_same(minitorch.FastOps.cmap(halve)(tensor_of(array, backend=FAST)), array / 2)
    largest = minitorch.FastOps.reduce(operators.max, -np.inf)
    assert_same(largest(tensor_of(array, backend=FAST), 1), array.max(1, keepdims=True))
