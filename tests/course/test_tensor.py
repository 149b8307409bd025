"""Module 2: making Tensors, their attributes, layouts and indexing."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import (
    History,
    IndexingError,
    SimpleBackend,
    SimpleOps,
    Tensor,
    TensorBackend,
    TensorData,
    rand,
    tensor,
    zeros,
)
from minitorch import tensor_functions as functions

from .checks import random_array, tensor_of
from .strategies import permutations_of, shapes, small_floats, tensors

# --- Making tensors ---------------------------------------------------------------------------


@pytest.mark.task2_3
@given(st.lists(small_floats, min_size=1))
def test_a_list_becomes_a_tensor_of_its_numbers(values: list[float]) -> None:
    made = tensor(values)
    assert made.shape == (len(values),)
    assert [made[i] for i in range(made.shape[0])] == values


@pytest.mark.task2_3
@pytest.mark.parametrize(
    ("content", "shape"),
    [
        (3.5, ()),
        (2, ()),
        (np.float64(2.0), ()),
        ([1], (1,)),
        ([[1, 2, 3], [4, 5, 6]], (2, 3)),
        (((1, 2), (3, 4), (5, 6)), (3, 2)),
        ([[[1.0]], [[2.0]]], (2, 1, 1)),
        ([(1, 2), [3, 4]], (2, 2)),
        (np.arange(6.0).reshape(2, 3), (2, 3)),
        (np.arange(6).reshape(3, 2).T, (2, 3)),
        (np.array(4.0), ()),
        ([np.array([1.0, 2.0]), np.array([3.0, 4.0])], (2, 2)),
    ],
)
def test_nested_content_becomes_a_float64_tensor(content: Any, shape: tuple[int, ...]) -> None:
    made = tensor(content)
    assert made.shape == shape
    assert made.to_numpy().dtype == np.float64
    np.testing.assert_array_equal(made.to_numpy(), np.asarray(content, dtype=float))


@pytest.mark.task2_3
def test_a_tensor_does_not_share_memory_with_an_array_it_was_made_from() -> None:
    source = np.array([1.0, 2.0])
    made = tensor(source)
    made[0] = 9.0
    assert source[0] == 1.0


@pytest.mark.task2_3
def test_zeros_are_untracked_and_tensor_and_rand_are_tracked_leaves() -> None:
    assert zeros((2, 3)).to_numpy().tolist() == [[0.0] * 3] * 2
    assert zeros((2, 3)).history is None
    assert zeros((2, 3)).is_constant()
    assert zeros(()).shape == ()
    for made in (tensor([1.0]), rand((2,)), tensor([1.0], requires_grad=False)):
        assert made.requires_grad()
        assert made.is_leaf()
        assert not made.is_constant()
        assert made.history == History()


@pytest.mark.task2_3
def test_rand_draws_row_major_from_pythons_generator() -> None:
    random.seed(4)
    made = rand((2, 3))
    random.seed(4)
    assert made.to_numpy().ravel().tolist() == [random.random() for _ in range(6)]


@pytest.mark.task2_3
def test_make_takes_storage_shape_strides_and_backend() -> None:
    made = Tensor.make([1, 2, 3, 4, 5, 6], (3, 2), (1, 3), backend=SimpleBackend)
    assert made.to_numpy().tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert made.history is None
    assert made.backend is SimpleBackend


@pytest.mark.task2_3
def test_constructors_take_another_backend() -> None:
    other = TensorBackend(SimpleOps)
    for made in (
        tensor([1.0], backend=other),
        zeros((1,), other),
        rand((1,), backend=other, requires_grad=True),
    ):
        assert made.backend is made.f is other
        assert (made + 1.0).backend is other


# --- Attributes -------------------------------------------------------------------------------


@pytest.mark.task2_3
def test_attributes_describe_the_tensor() -> None:
    made = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert made.shape == (2, 3)
    assert type(made.shape) is tuple
    assert (made.size, made.dims) == (6, 2)
    assert type(made.size) is type(made.dims) is int
    assert made.backend is made.f is SimpleBackend
    assert made.grad is None
    assert isinstance(made._tensor, TensorData)
    storage, shape, strides = made.tuple()
    assert storage is made._tensor._storage
    assert (shape.tolist(), strides.tolist()) == ([2, 3], [3, 1])


@pytest.mark.task2_3
def test_tensors_have_ids_of_their_own_and_names() -> None:
    first, second = tensor([1.0]), tensor([1.0])
    assert first.unique_id != second.unique_id
    assert first.name == str(first.unique_id)
    assert Tensor(first._tensor, name="weight", backend=SimpleBackend).name == "weight"
    first.name = "renamed"
    assert first.name == "renamed"


@pytest.mark.task2_3
def test_a_tensor_prints_its_data() -> None:
    assert str(tensor([[1, 2], [3, 4]])) == "\n[\n\t[1.00 2.00]\n\t[3.00 4.00]]"
    assert repr(tensor([0.125])) == "\n[0.12]"


@pytest.mark.task2_3
@pytest.mark.parametrize("content", [7.0, [7.0], [[[7.0]]]])
def test_item_is_the_only_number(content: Any) -> None:
    assert tensor(content).item() == 7.0


@pytest.mark.task2_3
def test_requires_grad_always_makes_a_tracked_leaf() -> None:
    made = zeros((2,))
    assert not made.requires_grad()
    made.requires_grad_(False)
    assert made.requires_grad()
    result = tensor([1.0]) * 2.0
    assert not result.is_leaf()
    result.requires_grad_(True)
    assert result.is_leaf()


@pytest.mark.task2_3
def test_detach_shares_the_data_without_history() -> None:
    made = tensor([1.0, 2.0])
    detached = made.detach()
    assert detached.history is None
    assert detached.backend is made.backend
    detached[0] = 5.0
    assert made[0] == 5.0


@pytest.mark.task2_3
def test_the_zeros_method_takes_the_backend_and_by_default_the_shape() -> None:
    other = TensorBackend(SimpleOps)
    made = tensor([[1.0, 2.0]], backend=other)
    assert made.zeros().shape == (1, 2)
    assert made.zeros((3,)).to_numpy().tolist() == [0.0, 0.0, 0.0]
    assert made.zeros().backend is other
    assert made.zeros().is_constant()


# --- Indexing ---------------------------------------------------------------------------------


@pytest.mark.task2_3
@given(tensors())
def test_indexing_reads_each_cell(made: Tensor) -> None:
    array = made.to_numpy()
    for index in made._tensor.indices():
        assert made[index] == array[tuple(index)]
        assert isinstance(made[index], float)


@pytest.mark.task2_3
def test_indexing_writes_a_cell_in_place() -> None:
    made = tensor([[1.0, 2.0], [3.0, 4.0]])
    made[0, 1] = 9
    assert made[0, 1] == 9.0
    line = tensor([1.0, 2.0])
    line[1] = 5.0
    assert line.to_numpy().tolist() == [1.0, 5.0]


@pytest.mark.task2_3
def test_a_zero_dimensional_tensor_answers_to_index_zero() -> None:
    made = tensor(3.0)
    assert made[0] == 3.0
    made[0] = 4.0
    assert made.item() == 4.0


@pytest.mark.task2_3
@pytest.mark.parametrize("index", [0, (0,), (0, 1, 2), (2, 0), (0, -1), 5])
def test_a_wrong_index_is_an_indexing_error_with_the_shape(index: Any) -> None:
    made = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with pytest.raises(IndexingError, match=r"\(2, 3\)"):
        made[index]
    with pytest.raises(IndexingError, match=r"\(2, 3\)"):
        made[index] = 1.0


@pytest.mark.task2_3
def test_slices_are_not_supported() -> None:
    with pytest.raises((IndexingError, TypeError)):
        tensor([1.0, 2.0])[0:1]


# --- Layouts ----------------------------------------------------------------------------------


@pytest.mark.task2_3
@given(tensors(), st.data())
def test_permute_is_numpys_transpose_on_shared_storage(made: Tensor, draw: Any) -> None:
    order = draw.draw(permutations_of(made.dims))
    moved = made.permute(*order)
    assert moved._tensor._storage is made._tensor._storage
    np.testing.assert_array_equal(moved.to_numpy(), made.to_numpy().transpose(order))


@pytest.mark.task2_3
@given(shapes())
def test_view_keeps_the_row_major_order_on_shared_storage(shape: tuple[int, ...]) -> None:
    made = tensor_of(random_array(shape))
    for other in ((made.size,), (1, *shape, 1), tuple(reversed(shape))):
        seen = made.view(*other)
        assert seen.shape == other
        assert seen._tensor._storage is made._tensor._storage
        np.testing.assert_array_equal(seen.to_numpy(), made.to_numpy().reshape(other))


@pytest.mark.task2_3
def test_view_of_zero_dimensions_goes_both_ways() -> None:
    assert tensor(3.0).view(1, 1).shape == (1, 1)
    assert tensor([3.0]).view().shape == ()


@pytest.mark.task2_3
def test_contiguous_copies_a_permuted_tensor_into_row_major_order() -> None:
    moved = tensor([[1.0, 2.0], [3.0, 4.0]]).permute(1, 0)
    flat = moved.contiguous()
    assert flat._tensor.is_contiguous()
    assert flat._tensor._storage.tolist() == [1.0, 3.0, 2.0, 4.0]
    assert flat.view(4).to_numpy().tolist() == [1.0, 3.0, 2.0, 4.0]


@pytest.mark.task2_3
def test_permuted_and_viewed_tensors_always_track() -> None:
    constant = zeros((2, 3))
    assert constant.permute(1, 0).requires_grad()
    assert constant.view(6).requires_grad()
    assert not (constant + 1.0).requires_grad()


# --- History ----------------------------------------------------------------------------------


@pytest.mark.task2_4
def test_a_result_remembers_its_function_where_an_input_tracks() -> None:
    tracked, constant = tensor([1.0]), zeros((1,))
    result = tracked * constant
    assert result.history.last_fn is functions.Mul
    assert [parent.unique_id for parent in result.parents] == [
        tracked.unique_id,
        constant.unique_id,
    ]
    assert result.history.ctx.no_grad is False
    assert not result.is_leaf()
    assert not result.is_constant()


@pytest.mark.task2_4
def test_a_result_of_constants_is_a_constant() -> None:
    result = zeros((2,)) * zeros((2,))
    assert result.history is None
    assert result.is_constant()
    assert not result.requires_grad()


@pytest.mark.task2_4
def test_forward_sees_detached_tensors_and_a_context_without_gradients_for_constants() -> None:
    seen: list[Any] = []

    class Notes(minitorch.Function):
        @staticmethod
        def forward(ctx: minitorch.Context, a: Tensor) -> Tensor:
            seen.append((ctx.no_grad, a.history))
            return a

    Notes.apply(tensor([1.0]))
    Notes.apply(zeros((1,)))
    assert seen == [(False, None), (True, None)]


@pytest.mark.task2_3
def test_a_tensor_on_the_right_moves_to_the_left_ones_backend() -> None:
    first, second = TensorBackend(SimpleOps), TensorBackend(SimpleOps)
    left, right = tensor([1.0], backend=first), tensor([2.0], backend=second)
    result = left + right
    assert right.backend is first
    assert result.backend is first


@pytest.mark.task2_3
def test_numbers_become_constants_of_shape_one_on_the_same_backend() -> None:
    other = TensorBackend(SimpleOps)
    made = tensor([[1.0, 2.0]], backend=other)
    wrapped = made._ensure_tensor(3)
    assert wrapped.shape == (1,)
    assert wrapped.item() == 3.0
    assert wrapped.is_constant()
    assert wrapped.backend is other
    assert made._ensure_tensor(made) is made


@pytest.mark.task2_4
def test_history_prints_and_compares_as_a_dataclass() -> None:
    assert repr(History()) == "History(last_fn=None, ctx=None, inputs=())"
    assert History() == History(None, None, ())
