"""The elementwise kernels of the op table, held against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minitorch.errors import DTypeError, IntegerDivisionError, LayoutError, ShapeError
from minitorch.kernels.cpu.elementwise.elementwise import Elementwise
from minitorch.kernels.generated import elementwise as kernels
from minitorch.kernels.op_table import BOOL, FLOATS, OPS, Op

from .oracle import assert_close, draw, dtypes_of, peer, torch

BY_NAME = {op.name: op for op in OPS}
DIFFERENTIABLE = [op for op in OPS if op.derivatives]
# PyTorch computes the gradient of hardsigmoid with a float32 constant, and that of digamma to ten
# digits.
LOOSE_GRADIENTS = {"hardsigmoid": 1e-7, "digamma": 1e-8}


def of_op(ops: Any = OPS) -> Any:
    return pytest.mark.parametrize("op", ops, ids=[op.name for op in ops])


def backward_kernels(op: Op) -> list[Any]:
    """List the kernels of an operation's gradients, in the order of its operands."""
    suffixes = [""] if len(op.derivatives) == 1 else [f"_{name}" for name in op.operands]
    return [getattr(kernels, f"{op.name}_backward{suffix}") for suffix in suffixes]


def layouts(array: np.ndarray) -> dict[str, np.ndarray]:
    """Show the numbers of a (4, 6) array in memory of every kind."""
    wide = np.zeros((8, 12), array.dtype)
    wide[::2, 1::2] = array
    backwards = np.ascontiguousarray(array[::-1, ::-1])
    return {
        "permuted": np.asfortranarray(array),
        "sliced": wide[::2, 1::2],
        "reversed": backwards[::-1, ::-1],
        "row": np.broadcast_to(array[:1].copy(), (4, 6)),
        "column": array[:, :1].copy(),
        "number": np.array(array[0, 0]),
    }


@of_op()
def test_every_dtype_gives_what_pytorch_gives(op: Op) -> None:
    for dtype in dtypes_of(op):
        arrays = draw(op, dtype, (5, 7))
        ours = getattr(kernels, op.name)(*arrays)
        theirs = peer(op.name)(*map(torch.tensor, arrays))
        assert_close(ours, theirs, f"{op.name} of {np.dtype(dtype)}")
        assert (ours.dtype == bool) == (op.result == BOOL or dtype == np.bool_)


@of_op()
def test_every_layout_gives_what_dense_memory_gives(op: Op) -> None:
    dtype = np.float64 if np.float64 in dtypes_of(op) else np.int64
    kernel = getattr(kernels, op.name)
    first, *rest = draw(op, dtype, (4, 6))
    for name, array in layouts(first).items():
        dense = np.ascontiguousarray(np.broadcast_to(array, (4, 6)))
        expected = kernel(dense, *rest)
        np.testing.assert_array_equal(
            np.broadcast_to(kernel(array, *rest), (4, 6)), expected, err_msg=name
        )
        if rest:
            swapped = kernel(*rest[:1], array, *rest[1:])
            np.testing.assert_array_equal(
                swapped, kernel(*rest[:1], dense, *rest[1:]), err_msg=name
            )


@of_op(DIFFERENTIABLE)
def test_gradients_are_those_of_pytorch(op: Op) -> None:
    arrays = draw(op, np.float64, (5, 7))
    grad = np.random.default_rng(1).normal(size=(5, 7))
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    out = peer(op.name)(*leaves)
    out.backward(torch.tensor(grad))
    known = dict(zip("xyz", arrays, strict=False), grad=grad, out=out.detach().numpy())
    for kernel, leaf in zip(backward_kernels(op), leaves, strict=True):
        ours = kernel(*(known[name] for name in kernel.operands))
        theirs = np.zeros((5, 7)) if leaf.grad is None else leaf.grad.numpy()
        rtol = LOOSE_GRADIENTS.get(op.name, 1e-10)
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-12, err_msg=kernel.name)


@of_op(DIFFERENTIABLE)
def test_gradients_are_those_of_central_differences(op: Op) -> None:
    arrays = draw(op, np.float64, (40,), seed=3)
    kernel = getattr(kernels, op.name)
    out, step = kernel(*arrays), 1e-6
    known = dict(zip("xyz", arrays, strict=False), grad=np.ones(40), out=out)
    for i, backward in enumerate(backward_kernels(op)):
        above, below = (
            kernel(*(x + sign * step * (i == j) for j, x in enumerate(arrays))) for sign in (1, -1)
        )
        slope = (above - below) / (2 * step)
        ours = backward(*(known[name] for name in backward.operands))
        smooth = np.abs(above - 2 * out + below) < 1e-8
        assert smooth.mean() > 0.5
        np.testing.assert_allclose(ours[smooth], slope[smooth], rtol=1e-4, atol=1e-6)


# PyTorch's own results at infinity and beyond the square root of the largest number are NaN here in
# vectorised code and the limit elsewhere.
UNSETTLED_IN_PYTORCH = {"gelu", "gelu_tanh", "hardswish", "softsign"}
SPECIAL_VALUES = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 90.0, -110.0, 3e38]


# Its values below 0 are in tests/framework.
SPECIAL_IN_PYTORCH = [op for op in OPS if len(op.operands) == 1 and op.name != "polygamma"]


@of_op([op for op in SPECIAL_IN_PYTORCH if np.float32 in dtypes_of(op)])
def test_special_values_are_those_of_pytorch(op: Op) -> None:
    x = np.array(SPECIAL_VALUES, dtype=np.float32)
    if op.name in UNSETTLED_IN_PYTORCH:
        x = x[~(np.abs(x) > 1e30)]
    ours = getattr(kernels, op.name)(x)
    theirs = peer(op.name)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-37)
    if op.name in {"neg", "abs", "floor", "ceil", "trunc", "round", "sqrt", "tanh", "sin", "erf"}:
        known = ~np.isnan(ours)
        np.testing.assert_array_equal(np.signbit(ours)[known], np.signbit(theirs)[known])


@pytest.mark.parametrize("name", ["add", "lerp", "exp", "eq"])
@given(data=st.data())
def test_any_shapes_that_broadcast(name: str, data: st.DataObject) -> None:
    op = BY_NAME[name]
    count = len(op.operands)
    shapes = data.draw(
        hnp.mutually_broadcastable_shapes(num_shapes=count, min_dims=0, max_dims=6, max_side=3)
    )
    generator = np.random.default_rng(data.draw(st.integers(0, 99)))
    arrays = [generator.normal(size=shape) for shape in shapes.input_shapes]
    turned = [a.transpose(generator.permutation(a.ndim)) for a in arrays]
    arrays = [np.ascontiguousarray(a.transpose()).transpose() for a in arrays]
    ours = getattr(kernels, name)(*arrays)
    assert_close(ours, peer(name)(*(torch.tensor(np.array(a)) for a in arrays)))
    if count == 1:
        assert_close(getattr(kernels, name)(*turned), peer(name)(torch.tensor(turned[0].copy())))


@pytest.mark.parametrize("shape", [(0,), (3, 0, 2), (), (1,), (1, 1, 1, 1, 1)])
def test_empty_and_single_element_arrays(shape: tuple[int, ...]) -> None:
    x = np.full(shape, 2.0)
    assert kernels.mul(x, x).shape == shape
    assert np.all(kernels.mul(x, x) == 4.0)


@pytest.mark.parametrize("name", ["add", "exp", "lerp", "gt"])
def test_large_arrays_are_computed_by_several_threads_to_equal_bits(name: str) -> None:
    op = BY_NAME[name]
    kernel = getattr(kernels, name)
    arrays = draw(op, np.float32, (300, 1001))
    whole = kernel(*arrays)
    rows = np.stack([kernel(*(array[i] for array in arrays)) for i in range(300)])
    np.testing.assert_array_equal(whole, rows)
    permuted = kernel(*(np.asfortranarray(array) for array in arrays))
    np.testing.assert_array_equal(permuted, whole)
    strided = kernel(*(array[::2, ::3] for array in arrays))
    np.testing.assert_array_equal(strided, whole[::2, ::3])


def test_out_takes_the_result_in_any_layout() -> None:
    x, y = np.arange(12.0).reshape(3, 4), np.arange(4.0)
    out = np.zeros((4, 6))[:, ::2].T
    assert kernels.add(x, y, out=out) is out
    np.testing.assert_array_equal(out, x + y)


def test_an_operand_may_be_the_result() -> None:
    x = np.arange(6.0).reshape(2, 3)
    kernels.mul(x, x, out=x)
    np.testing.assert_array_equal(x, [[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]])


def test_the_result_keeps_the_layout_of_the_operands() -> None:
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert kernels.add(x, x).strides == x.strides


def test_parameters_change_the_formula() -> None:
    x = np.array([-2.0, 3.0])
    assert kernels.leaky_relu(x).tolist() == [-0.02, 3.0]
    assert kernels.leaky_relu(x, negative_slope=0.5).tolist() == [-1.0, 3.0]


def test_integers_wrap_around() -> None:
    x = np.array([100, -128], dtype=np.int8)
    assert kernels.add(x, x).tolist() == [-56, 0]
    assert kernels.neg(x).tolist() == [-100, -128]
    big = np.array([2**63 - 1], dtype=np.int64)
    assert kernels.add(big, np.array([1])).tolist() == [-(2**63)]


@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod"])
def test_integer_division_has_pytorchs_signs(name: str) -> None:
    x, y = np.array([7, 7, -7, -7]), np.array([3, -3, 3, -3])
    ours = getattr(kernels, name)(x, y)
    assert_close(ours, peer(name)(torch.tensor(x), torch.tensor(y)))
    with pytest.raises(IntegerDivisionError, match=name):
        getattr(kernels, name)(x, y * 0)
    with pytest.raises(RuntimeError):
        peer(name)(torch.tensor(x), torch.tensor(y * 0))


# --- Bad input --------------------------------------------------------------------------------


def test_shapes_that_do_not_broadcast_are_named() -> None:
    with pytest.raises(ShapeError, match=r"\(2, 3\), \(4, 3\).*sizes 2 and 4"):
        kernels.add(np.ones((2, 3)), np.ones((4, 3)))


def test_dtypes_are_checked() -> None:
    with pytest.raises(DTypeError, match="float32, float64"):
        kernels.add(np.ones(2, np.float32), np.ones(2))
    with pytest.raises(DTypeError, match="exp takes floats, got int64"):
        kernels.exp(np.ones(2, np.int64))
    assert BY_NAME["exp"].dtypes == FLOATS
    with pytest.raises(DTypeError, match="got >f8"):
        kernels.exp(np.ones(2, ">f8"))


def test_arguments_are_checked() -> None:
    with pytest.raises(TypeError, match=r"add takes 2 operands \(x, y\), got 1"):
        kernels.add(np.ones(2))
    with pytest.raises(TypeError, match="no parameter slope; it has negative_slope"):
        kernels.leaky_relu(np.ones(2), slope=1.0)


def test_out_is_checked() -> None:
    x = np.ones((2, 3))
    with pytest.raises(ShapeError, match=r"\(2, 3\).*\(3, 2\)"):
        kernels.add(x, x, out=np.ones((3, 2)))
    with pytest.raises(DTypeError, match=r"float64.*float32"):
        kernels.add(x, x, out=np.ones((2, 3), np.float32))
    frozen = np.ones((2, 3))
    frozen.flags.writeable = False
    with pytest.raises(LayoutError, match="read-only"):
        kernels.add(x, x, out=frozen)


def test_every_kernel_is_kept_on_disk() -> None:
    for kernel in vars(kernels).values():
        if isinstance(kernel, Elementwise):
            module = kernel._dense.serial.py_func.__module__
            assert module.startswith("minitorch_kernel_"), kernel
