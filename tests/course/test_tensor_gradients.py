"""Module 2, Task 2.4: the gradient of every function of Tensors, on SimpleOps.

Gradients are held against central differences under a random upstream gradient, and against
PyTorch where it has the same function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

import minitorch
from minitorch import MathTestVariable, Tensor, grad_check, tensor, zeros
from minitorch import tensor_functions as functions

from .checks import Array, check_gradients, is_near_pole, random_array, tensor_of
from .strategies import tensor_lists, tensors
from .tables import BINARY, LAYOUTS, MATRICES, REDUCE, SHAPES, UNARY

one_arg, two_arg, reductions = MathTestVariable._comp_testing()


def compare_with_pytorch(ours: Callable[..., Any], theirs: Any, arrays: list[Array]) -> None:
    """Compare the value and, under a random upstream gradient, the gradients in float64."""
    torch = pytest.importorskip("torch")
    reference = getattr(torch, theirs) if isinstance(theirs, str) else theirs(torch)
    leaves = [tensor_of(array) for array in arrays]
    twins = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]
    out, expected = ours(*leaves), reference(*twins)
    assert out.shape == tuple(expected.shape)
    upstream = random_array(out.shape, seed=9)
    out.backward(tensor_of(upstream, tracked=False))
    expected.backward(torch.tensor(upstream))
    np.testing.assert_allclose(out.to_numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-14)
    for leaf, twin in zip(leaves, twins, strict=True):
        # A log_back without EPS is allowed, and log is tried at 0.5 and above.
        np.testing.assert_allclose(leaf.grad.to_numpy(), twin.grad.numpy(), rtol=1e-5, atol=1e-12)


# --- Task 2.4: gradients ----------------------------------------------------------------------


@pytest.mark.task2_4
@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@LAYOUTS
def test_gradients_of_one_tensor_agree_with_central_differences(
    name: str, shape: tuple[int, ...], permuted: bool
) -> None:
    function, _, _, lowest = UNARY[name]
    check_gradients(function, [random_array(shape, low=lowest)], permuted)


@pytest.mark.task2_4
@pytest.mark.parametrize("name", UNARY)
def test_gradients_of_one_tensor_agree_with_pytorch(name: str) -> None:
    function, _, reference, lowest = UNARY[name]
    compare_with_pytorch(function, reference, [random_array((3, 4), low=lowest)])


PAIRS = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((2, 1, 3), (4, 1)),
    ((1,), (2, 2)),
    ((2, 2), (1,)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((), ()),
    ((1, 1, 1), (2,)),
]


@pytest.mark.task2_4
@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("pair", PAIRS, ids=str)
@LAYOUTS
def test_gradients_of_two_tensors_come_back_in_the_inputs_shape(
    name: str, pair: Any, permuted: bool
) -> None:
    function, _, lowest = BINARY[name]
    arrays = [random_array(shape, i, low=lowest) for i, shape in enumerate(pair)]
    check_gradients(function, arrays, permuted)


@pytest.mark.task2_4
@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_gradients_of_two_tensors_agree_with_pytorch(name: str, pair: Any) -> None:
    function, reference, lowest = BINARY[name]
    arrays = [random_array(shape, i, low=lowest) for i, shape in enumerate(pair)]
    compare_with_pytorch(function, reference, arrays)


@pytest.mark.task2_4
@pytest.mark.parametrize("name", REDUCE)
@pytest.mark.parametrize("dim", [0, 1, 2])
@LAYOUTS
def test_gradients_of_reductions(name: str, dim: int, permuted: bool) -> None:
    ours, theirs = REDUCE[name]
    array = random_array((2, 3, 4))
    check_gradients(lambda a: ours(a, dim), [array], permuted)
    compare_with_pytorch(lambda a: ours(a, dim), lambda torch: lambda a: theirs(a, dim), [array])


@pytest.mark.task2_4
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@LAYOUTS
def test_gradients_of_full_reductions(shape: tuple[int, ...], permuted: bool) -> None:
    array = random_array(shape)
    check_gradients(lambda a: a.sum(), [array], permuted)
    check_gradients(lambda a: a.mean(), [array], permuted)


@pytest.mark.task2_4
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)], ids=str)
@LAYOUTS
def test_gradients_of_permute_go_back_the_other_way(order: tuple[int, ...], permuted: bool) -> None:
    array = random_array((2, 3, 4))
    check_gradients(lambda a: a.permute(*order), [array], permuted)
    compare_with_pytorch(
        lambda a: a.permute(*order), lambda torch: lambda a: a.permute(order), [array]
    )


@pytest.mark.task2_4
@pytest.mark.parametrize("shape", [(24,), (4, 6), (1, 2, 12), (24, 1)], ids=str)
def test_gradients_of_view_take_the_old_shape(shape: tuple[int, ...]) -> None:
    array = random_array((2, 3, 4))
    check_gradients(lambda a: a.view(*shape), [array])
    compare_with_pytorch(
        lambda a: a.view(*shape), lambda torch: lambda a: a.reshape(shape), [array]
    )


@pytest.mark.task2_4
def test_gradients_pass_through_layout_changes_in_a_row() -> None:
    check_gradients(
        lambda a: a.permute(1, 2, 0).contiguous().view(4, 6).permute(1, 0) * 2.0 + 1.0,
        [random_array((3, 2, 4))],
    )


@pytest.mark.task2_4
@pytest.mark.parametrize("pair", MATRICES, ids=str)
@LAYOUTS
def test_gradients_of_matrix_products(pair: Any, permuted: bool) -> None:
    arrays = [random_array(shape, i) for i, shape in enumerate(pair)]
    check_gradients(lambda a, b: a @ b, arrays, permuted)
    compare_with_pytorch(lambda a, b: a @ b, "matmul", arrays)


@pytest.mark.task2_4
def test_comparisons_pass_a_zero_gradient_in_each_inputs_shape() -> None:
    for compare in (lambda a, b: a < b, lambda a, b: a > b, lambda a, b: a == b):
        a, b = tensor([[1.0, 2.0]]), tensor([[1.0], [3.0]])
        out = compare(a, b)
        out.backward(tensor_of(random_array(out.shape), tracked=False))
        assert a.grad.to_numpy().tolist() == [[0.0, 0.0]]
        assert b.grad.to_numpy().tolist() == [[0.0], [0.0]]


@pytest.mark.task2_4
@pytest.mark.parametrize("entry", one_arg, ids=[entry[0] for entry in one_arg])
@given(a=tensors())
def test_one_argument_entries_differentiate(entry: Any, a: Tensor) -> None:
    assume(not is_near_pole(entry[0], a.to_numpy()))
    grad_check(entry[2], a)


@pytest.mark.task2_4
@pytest.mark.parametrize("entry", two_arg, ids=[entry[0] for entry in two_arg])
@given(pair=tensor_lists(2))
def test_two_argument_entries_differentiate(entry: Any, pair: list[Tensor]) -> None:
    assume(not is_near_pole(entry[0], *(t.to_numpy() for t in pair)))
    grad_check(entry[2], *pair)


@pytest.mark.task2_4
@pytest.mark.parametrize("entry", two_arg, ids=[entry[0] for entry in two_arg])
@given(pair=tensor_lists(2))
def test_two_argument_entries_differentiate_when_broadcast(entry: Any, pair: list[Tensor]) -> None:
    a, b = pair
    for second in (b, b.sum(0)):
        assume(not is_near_pole(entry[0], a.to_numpy(), second.to_numpy()))
    grad_check(entry[2], a.sum(0), b)
    grad_check(entry[2], a, b.sum(0))


@pytest.mark.task2_4
@pytest.mark.parametrize("entry", reductions, ids=[entry[0] for entry in reductions])
@given(a=tensors())
def test_reduction_entries_differentiate(entry: Any, a: Tensor) -> None:
    grad_check(entry[2], a)


# --- Task 2.4: the machinery ------------------------------------------------------------------


@pytest.mark.task2_4
def test_the_sum_of_a_tensor_gives_ones() -> None:
    made = tensor([1, 2, 3])
    made.sum().backward()
    assert made.grad.to_numpy().tolist() == [1.0, 1.0, 1.0]


@pytest.mark.task2_4
def test_gradients_of_a_leaf_accumulate_until_zeroed() -> None:
    made = tensor([1.0, 2.0])
    for expected in (3.0, 6.0):
        (made * 3.0).sum().backward()
        assert made.grad.to_numpy().tolist() == [expected, expected]
    made.zero_grad_()
    assert made.grad is None or made.grad.to_numpy().tolist() == [0.0, 0.0]
    (made * 3.0).sum().backward()
    assert made.grad.to_numpy().tolist() == [3.0, 3.0]


@pytest.mark.task2_4
def test_a_tensor_used_twice_receives_both_parts() -> None:
    check_gradients(lambda a, b: a * a * b + a.sum(0) * b, [random_array((2, 3)), np.ones((2, 3))])


@pytest.mark.task2_4
def test_only_leaves_keep_a_gradient() -> None:
    made = tensor([1.0, 2.0])
    inner = made * 2.0
    out = inner.sum()
    out.backward()
    assert isinstance(made.grad, Tensor)
    assert inner.grad is None
    assert out.grad is None


@pytest.mark.task2_4
def test_constants_receive_no_gradient() -> None:
    made, constant = tensor([1.0, 2.0]), zeros((2,))
    (made * constant).sum().backward()
    assert made.grad.to_numpy().tolist() == [0.0, 0.0]
    assert constant.grad is None


@pytest.mark.task2_4
def test_a_zero_dimensional_tensor_is_driven_by_a_gradient_of_shape_one() -> None:
    x = tensor(3.0, requires_grad=True)
    (x * x).backward(tensor([1.0]))
    assert x.grad[0] == 6.0
    assert x.grad.shape == ()


@pytest.mark.task2_4
def test_the_chain_rule_lists_inputs_with_gradients_of_their_shape() -> None:
    a, b = tensor([[1.0, 2.0]]), tensor([[3.0], [4.0]])
    pairs = list((a * b).chain_rule(tensor([[1.0, 1.0], [1.0, 1.0]])))
    assert [variable.unique_id for variable, _ in pairs] == [a.unique_id, b.unique_id]
    assert [gradient.shape for _, gradient in pairs] == [(1, 2), (2, 1)]
    assert pairs[0][1].to_numpy().tolist() == [[7.0, 7.0]]


@pytest.mark.task2_4
@pytest.mark.parametrize(
    ("shape", "other"),
    [
        ((2, 3), (2, 3)),
        ((2, 3), (3,)),
        ((3,), (2, 3)),
        ((1, 3), (2, 3)),
        ((2, 3), (1,)),
        ((), (2,)),
    ],
    ids=str,
)
def test_expand_broadcasts_up_then_sums_over_what_was_broadcast(
    shape: tuple[int, ...], other: tuple[int, ...]
) -> None:
    array = random_array(other)
    got = tensor_of(np.zeros(shape)).expand(tensor_of(array, tracked=False))
    up = np.broadcast_to(array, np.broadcast_shapes(shape, other))
    extra = up.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, size in enumerate(shape) if size == 1 and up.shape[extra + i] != 1
    )
    assert got.shape == shape
    np.testing.assert_allclose(got.to_numpy(), up.sum(axis=axes).reshape(shape))


@pytest.mark.task2_4
def test_a_function_of_ones_own_takes_part() -> None:
    class Cube(minitorch.Function):
        @staticmethod
        def forward(ctx: minitorch.Context, a: Tensor) -> Tensor:
            ctx.save_for_backward(a)
            return a * a * a

        @staticmethod
        def backward(ctx: minitorch.Context, grad_output: Tensor) -> Tensor:
            (a,) = ctx.saved_values
            return grad_output * a * a * 3.0

    check_gradients(lambda a: Cube.apply(a * 2.0).sum(0), [random_array((2, 3))])


@pytest.mark.task2_4
def test_private_forward_and_backward_wrap_the_public_ones() -> None:
    context = minitorch.Context()
    a = zeros((2,)) + 2.0
    assert functions.Neg._forward(context, a).to_numpy().tolist() == [-2.0, -2.0]
    (back,) = functions.Neg._backward(context, a)
    assert back.to_numpy().tolist() == [-2.0, -2.0]
    gradient, for_dim = functions.Sum._backward(context, a)
    assert gradient.to_numpy().tolist() == [2.0, 2.0]
    assert for_dim == 0.0
    assert not hasattr(functions.All, "backward")
    assert not hasattr(functions.IsClose, "backward")


@pytest.mark.task2_4
def test_a_gradient_of_one_number_is_spread_over_the_result() -> None:
    scalar, matrix = tensor(3.0), tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    scalar.backward(tensor([1.0]))
    matrix.permute(1, 0).backward(tensor([2.0]))
    assert scalar.grad is not None and scalar.grad.shape == ()
    assert matrix.grad is not None and matrix.grad.to_numpy().tolist() == [[2.0] * 3] * 2


@pytest.mark.task2_4
def test_a_gradient_larger_than_the_result_is_refused() -> None:
    matrix = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    with pytest.raises(AssertionError, match=r"\(2, 3\).*\(1, 3\)"):
        matrix.sum(0).backward(matrix)
