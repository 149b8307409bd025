"""Module 3: FastOps and CudaOps give what SimpleOps and NumPy give, whatever the layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import CudaOps, IndexingError, Tensor, TensorBackend, operators
from minitorch.errors import DeviceError

from .backend_checks import (
    CUDA,
    CUDA_IS_HERE,
    FAST,
    MAPS,
    REDUCES,
    ZIPS,
    assert_same,
    compare_with_pytorch,
    few_values,
    on_both_backends,
    raises_before_launch,
    simple,
)
from .checks import random_array, tensor_of
from .tables import BINARY, LAYOUTS, MATRICES, REDUCE, SHAPES, UNARY

PAIRS: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((2, 1, 3), (4, 1)),
    ((4, 1), (2, 1, 3)),
    ((1,), (2, 2)),
    ((2, 2), (1,)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((), ()),
    ((1, 1, 1), (2,)),
    ((2, 3, 1, 2), (3, 4, 1)),
]
# Inner and outer sizes around the tiles of 16 (CudaOps), and matrices with a side of 1.
PRODUCTS = [
    *MATRICES,
    ((1, 5), (5, 1)),
    ((5, 1), (1, 5)),
    ((1, 1), (1, 17)),
    ((15, 16), (16, 17)),
    ((17, 33), (33, 2)),
    ((2, 1, 3, 4), (5, 4, 2)),
    ((5, 3, 4), (2, 1, 4, 2)),
]
# The simulator of CUDA is slow: it gets a few of each.
FEW_SHAPES = [(4,), (2, 3), (3, 1, 2)]
FEW_PAIRS = [((2, 3), (2, 3)), ((2, 1), (1, 3)), ((4, 1), (2, 1, 3)), ((), (3,)), ((1, 1), (2,))]
FEW_PRODUCTS = [((2, 3), (3, 4)), ((1, 3), (3, 1)), ((2, 2, 3), (1, 3, 4)), ((17, 18), (18, 1))]
TILES = [((2, 3), (2, 3, 4)), ((15, 16), (16, 17)), ((17, 33), (33, 2)), ((2, 1, 1, 3), (2, 3, 2))]
map_zip_reduce = on_both_backends("task3_1", "task3_3")


# --- values -----------------------------------------------------------------------------------


@map_zip_reduce
@pytest.mark.parametrize("name", MAPS)
@LAYOUTS
def test_maps_agree_with_simple_ops_and_numpy(
    backend: TensorBackend, name: str, permuted: bool
) -> None:
    on_arrays, lowest = MAPS[name]
    for shape in SHAPES:
        array = random_array(shape, low=lowest)
        out = getattr(backend, name)(tensor_of(array, permuted, backend=backend))
        reference = getattr(minitorch.SimpleBackend, name)(simple(array, permuted))
        assert_same(out, reference, on_arrays(array))
        assert out.backend is backend


@map_zip_reduce
@pytest.mark.parametrize("name", ["neg_map", "relu_map", "id_map", "sigmoid_map"])
def test_maps_of_special_values_agree_with_simple_ops(backend: TensorBackend, name: str) -> None:
    array = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -1e308, 1e16])
    with np.errstate(all="ignore"):
        reference = getattr(minitorch.SimpleBackend, name)(simple(array)).to_numpy()
    out = getattr(backend, name)(tensor_of(array, backend=backend)).to_numpy()
    np.testing.assert_allclose(out, reference, rtol=1e-15)
    numbers = ~np.isnan(reference)
    assert (np.signbit(out) == np.signbit(reference))[numbers].all()


@map_zip_reduce
@LAYOUTS
@pytest.mark.parametrize(
    ("shape", "out_shape"),
    [((), (2, 3)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 2), (3, 1, 2)), ((2, 3), (2, 3))],
    ids=str,
)
def test_a_map_broadcasts_into_a_given_output(
    backend: TensorBackend, shape: Any, out_shape: Any, permuted: bool
) -> None:
    array = random_array(shape)
    out = tensor_of(random_array(out_shape, 1), permuted, backend=backend)
    result = backend.neg_map(tensor_of(array, not permuted, backend=backend), out)
    assert result is out
    assert_same(out, np.broadcast_to(-array, out_shape))


@map_zip_reduce
@pytest.mark.parametrize("name", ZIPS)
@LAYOUTS
def test_zips_broadcast_both_ways(backend: TensorBackend, name: str, permuted: bool) -> None:
    for pair in PAIRS:
        arrays = [few_values(shape, i) for i, shape in enumerate(pair)]
        # One of the two has its strides in the other order.
        layouts = (permuted, False)
        ours = [tensor_of(a, p, backend=backend) for a, p in zip(arrays, layouts, strict=True)]
        theirs = [simple(a, p) for a, p in zip(arrays, layouts, strict=True)]
        out = getattr(backend, name)(*ours)
        reference = getattr(minitorch.SimpleBackend, name)(*theirs)
        assert_same(out, reference, ZIPS[name](*arrays))


@map_zip_reduce
@pytest.mark.parametrize("name", REDUCES)
@LAYOUTS
def test_reductions_fold_every_dimension_from_either_end(
    backend: TensorBackend, name: str, permuted: bool
) -> None:
    for shape in FEW_SHAPES if backend.cuda else SHAPES:
        array = random_array(shape, low=0.5)
        for dim in range(-len(shape), len(shape)):
            out = getattr(backend, name)(tensor_of(array, permuted, backend=backend), dim)
            reference = getattr(minitorch.SimpleBackend, name)(simple(array, permuted), dim)
            assert_same(out, reference, REDUCES[name](array, axis=dim, keepdims=True))


@map_zip_reduce
@pytest.mark.parametrize("length", [31, 32, 33, 100])
def test_reductions_of_lengths_around_a_warp_are_whole(backend: TensorBackend, length: int) -> None:
    array = random_array((2, length), low=0.9, high=1.1)
    for name, on_arrays in REDUCES.items():
        for permuted in (False, True):
            out = getattr(backend, name)(tensor_of(array, permuted, backend=backend), 1)
            assert_same(out, on_arrays(array, axis=1, keepdims=True))


@map_zip_reduce
def test_a_reduction_begins_with_its_start_value(backend: TensorBackend) -> None:
    ops = CudaOps if backend.cuda else minitorch.FastOps
    array = random_array((3, 4))
    for start in (5.0, -2.5):
        out = ops.reduce(operators.add, start)(tensor_of(array, backend=backend), 0)
        assert_same(out, array.sum(0, keepdims=True) + start)
    largest = ops.reduce(operators.max, -np.inf)(tensor_of(array - 1e12, backend=backend), 1)
    assert_same(largest, (array - 1e12).max(1, keepdims=True))


@on_both_backends("task3_2", "task3_4", pair=(PRODUCTS, [*FEW_PRODUCTS, *TILES]))
@LAYOUTS
def test_matrix_products_agree_with_simple_ops_and_numpy(
    backend: TensorBackend, pair: Any, permuted: bool
) -> None:
    first, second = random_array(pair[0]), random_array(pair[1], seed=5)
    for b_permuted in (not permuted,) if backend.cuda else (False, True):
        a = tensor_of(first, permuted, backend=backend)
        b = tensor_of(second, b_permuted, backend=backend)
        out = backend.matrix_multiply(a, b)
        assert_same(out, simple(first) @ simple(second), first @ second)
        assert out.backend is backend


# --- gradients --------------------------------------------------------------------------------


def in_pytorch(reference: Any) -> Any:
    """Look up a function of PyTorch as the tables of Module 2 name it."""
    torch = pytest.importorskip("torch")
    return getattr(torch, reference) if isinstance(reference, str) else reference(torch)


@map_zip_reduce
@pytest.mark.parametrize("name", UNARY)
def test_gradients_of_one_tensor_agree_with_pytorch(backend: TensorBackend, name: str) -> None:
    function, _, reference, lowest = UNARY[name]
    arrays = [random_array((3, 4), low=lowest)]
    # A log_back without EPS is allowed.
    compare_with_pytorch(
        function, in_pytorch(reference), arrays, backend, permuted=True, tolerance=1e-5
    )


@on_both_backends("task3_1", "task3_3", pair=(PAIRS, FEW_PAIRS))
@pytest.mark.parametrize("name", BINARY)
def test_gradients_of_two_tensors_agree_with_pytorch(
    backend: TensorBackend, name: str, pair: Any
) -> None:
    function, reference, lowest = BINARY[name]
    arrays = [random_array(shape, i, low=lowest) for i, shape in enumerate(pair)]
    compare_with_pytorch(function, in_pytorch(reference), arrays, backend, permuted=True)


@map_zip_reduce
@pytest.mark.parametrize("name", REDUCE)
@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_gradients_of_reductions_agree_with_pytorch(
    backend: TensorBackend, name: str, dim: int
) -> None:
    ours, theirs = REDUCE[name]
    array = random_array((2, 3, 4))
    compare_with_pytorch(
        lambda a: ours(a, dim), lambda a: theirs(a, dim), [array], backend, permuted=True
    )


@map_zip_reduce
def test_gradients_pass_through_views_permutations_and_copies(backend: TensorBackend) -> None:
    compare_with_pytorch(
        lambda a: (a.permute(1, 2, 0).contiguous().view(4, 6) * 2.0).permute(1, 0).sum(1),
        lambda a: (a.permute(1, 2, 0).reshape(4, 6) * 2.0).permute(1, 0).sum(1, keepdim=True),
        [random_array((3, 2, 4))],
        backend,
    )


@on_both_backends("task3_2", "task3_4", pair=(PRODUCTS, FEW_PRODUCTS))
def test_gradients_of_matrix_products_agree_with_pytorch(backend: TensorBackend, pair: Any) -> None:
    arrays = [random_array(shape, i) for i, shape in enumerate(pair)]
    compare_with_pytorch(lambda a, b: a @ b, lambda a, b: a @ b, arrays, backend, permuted=True)


# --- mistakes, before a kernel starts ---------------------------------------------------------


@map_zip_reduce
@pytest.mark.parametrize("pair", [((2, 3), (4, 3)), ((2,), (3,)), ((2, 1, 3), (2, 2))], ids=str)
def test_tensors_that_do_not_broadcast_reach_no_kernel(
    backend: TensorBackend, pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = (tensor_of(random_array(shape), backend=backend) for shape in pair)
    text = raises_before_launch(monkeypatch, IndexingError, lambda: backend.add_zip(a, b))
    assert str(a.shape) in text
    assert str(b.shape) in text


@map_zip_reduce
@pytest.mark.parametrize("out_shape", [(3,), (2, 1), (1, 3), (1,), ()], ids=str)
def test_a_map_into_a_smaller_output_reaches_no_kernel(
    backend: TensorBackend, out_shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = tensor_of(random_array((2, 3)), backend=backend)
    out = tensor_of(random_array(out_shape), backend=backend)
    text = raises_before_launch(monkeypatch, AssertionError, lambda: backend.neg_map(a, out))
    assert "(2, 3)" in text
    assert str(out_shape) in text


@map_zip_reduce
def test_a_map_into_an_output_of_another_shape_reaches_no_kernel(
    backend: TensorBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, out = (tensor_of(random_array(shape), backend=backend) for shape in ((2, 3), (2, 4)))
    error = (AssertionError, IndexingError)
    assert "(2, 3)" in raises_before_launch(monkeypatch, error, lambda: backend.neg_map(a, out))


@map_zip_reduce
@pytest.mark.parametrize(("shape", "dim"), [((2, 3), 2), ((2, 3), -3), ((4,), 1), ((), 0)])
def test_a_dimension_out_of_range_reaches_no_kernel(
    backend: TensorBackend, shape: Any, dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = tensor_of(random_array(shape), backend=backend)
    text = raises_before_launch(monkeypatch, IndexingError, lambda: backend.add_reduce(a, dim))
    assert str(dim) in text
    assert str(shape) in text


@on_both_backends("task3_2", "task3_4")
@pytest.mark.parametrize(
    ("pair", "error"),
    [
        (((2, 3), (2, 3)), AssertionError),
        (((2, 2, 3), (2, 4, 3)), AssertionError),
        (((3,), (3, 2)), AssertionError),
        (((2, 3), (3,)), AssertionError),
        (((2, 2, 3), (3, 3, 2)), IndexingError),
    ],
    ids=str,
)
def test_matrices_that_do_not_fit_reach_no_kernel(
    backend: TensorBackend, pair: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = (tensor_of(random_array(shape), backend=backend) for shape in pair)
    text = raises_before_launch(monkeypatch, error, lambda: a @ b)
    for size in (pair[0][0], pair[1][0]):
        assert str(size) in text


# --- moving between backends ------------------------------------------------------------------


@map_zip_reduce
def test_the_right_operand_moves_to_the_left_ones_backend(backend: TensorBackend) -> None:
    a, b = random_array((2, 3)), random_array((3,), 1)
    right = simple(b)
    out = tensor_of(a, backend=backend) + right
    assert_same(out, a + b)
    assert right.backend is backend
    back = simple(a) + out
    assert_same(back, a + a + b)
    assert out.backend is minitorch.SimpleBackend


def on_cuda(*shape: int) -> Tensor:
    """Make zeros of the CUDA backend whose storage is still the host's."""
    return Tensor.make(np.zeros(int(np.prod(shape))), shape, backend=CUDA)


WITHOUT_A_DEVICE: dict[str, Callable[[], Any]] = {
    "map": lambda: CUDA.neg_map(on_cuda(2)),
    "zip": lambda: CUDA.add_zip(on_cuda(2), on_cuda(2)),
    "reduce": lambda: CUDA.add_reduce(on_cuda(2), 0),
    "matrix_multiply": lambda: CUDA.matrix_multiply(on_cuda(2, 2), on_cuda(2, 2)),
    "sum_practice": lambda: minitorch.sum_practice(on_cuda(2)),
    "mm_practice": lambda: minitorch.mm_practice(on_cuda(2, 2), on_cuda(2, 2)),
    "conv1d": lambda: minitorch.cuda_conv.conv1d(on_cuda(1, 1, 3), on_cuda(1, 1, 2)),
    "to_cuda_": lambda: on_cuda(2)._tensor.to_cuda_(),
}


@pytest.mark.task3_3
@pytest.mark.skipif(CUDA_IS_HERE, reason="there is a CUDA device or the simulator")
@pytest.mark.parametrize("name", WITHOUT_A_DEVICE)
def test_without_a_device_the_error_names_the_simulator(name: str) -> None:
    with pytest.raises(DeviceError, match="NUMBA_ENABLE_CUDASIM=1"):
        WITHOUT_A_DEVICE[name]()


def test_only_the_cuda_backend_is_marked_as_such() -> None:
    assert FAST.cuda is minitorch.SimpleBackend.cuda is False
    assert CUDA.cuda is True
