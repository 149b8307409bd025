"""Tasks 4.3 and 4.4: pooling, maximum, softmax and dropout, on the CPU and a little on CUDA."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch
from minitorch import Tensor, TensorBackend, grad_check, nn, tensor

from .backend_checks import (
    FAST,
    assert_same,
    compare_with_pytorch,
    on_both_backends,
    raises_before_launch,
)
from .checks import Array, check_gradients, random_array, tensor_of
from .strategies import tensors
from .tables import LAYOUTS

POOLS = [
    ((1, 1, 4, 4), (2, 2)),
    ((2, 3, 4, 6), (4, 2)),
    ((1, 2, 3, 5), (3, 5)),
    ((2, 1, 3, 2), (1, 1)),
]
FEW_POOLS = [((1, 2, 2, 4), (2, 2)), ((1, 1, 3, 1), (3, 1))]
DIMENSIONS = [((4,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 1, 3), 1), ((2, 3, 2, 2), 2), ((3, 4), -1)]
pooling = on_both_backends("task4_3", "task4_3", case=(POOLS, FEW_POOLS))
pooling_maxima = on_both_backends("task4_4", "task4_4", case=(POOLS, FEW_POOLS))
along = on_both_backends("task4_4", "task4_4", case=(DIMENSIONS, DIMENSIONS[1:4]))


def tiles_of(array: Array, kernel: tuple[int, int]) -> Array:
    """Cut tiles with NumPy: (batch, channel, new_height, new_width, elements)."""
    batch, channel, height, width = array.shape
    rows, columns = kernel
    cut = array.reshape(batch, channel, height // rows, rows, width // columns, columns)
    return cut.swapaxes(3, 4).reshape(*cut.shape[:3], width // columns, rows * columns)


# --- Task 4.3 ---------------------------------------------------------------------------------


@pooling
@LAYOUTS
def test_tiles_hold_the_elements_of_each_window(
    backend: TensorBackend, case: Any, permuted: bool
) -> None:
    shape, kernel = case
    array = random_array(shape)
    tiles, height, width = minitorch.tile(tensor_of(array, permuted, backend=backend), kernel)
    assert (height, width) == (shape[2] // kernel[0], shape[3] // kernel[1])
    assert_same(tiles, tiles_of(array, kernel))


@pooling
@LAYOUTS
def test_average_pooling_agrees_with_pytorch(
    backend: TensorBackend, case: Any, permuted: bool
) -> None:
    torch = pytest.importorskip("torch")
    shape, kernel = case
    compare_with_pytorch(
        lambda a: minitorch.avgpool2d(a, kernel),
        lambda a: torch.nn.functional.avg_pool2d(a, kernel),
        [random_array(shape)],
        backend,
        permuted,
    )


@pytest.mark.task4_3
@given(image=tensors(shape=(1, 1, 4, 4)), kernel=st.sampled_from([(2, 2), (4, 2), (1, 4)]))
def test_average_pooling_of_random_images(image: Tensor, kernel: tuple[int, int]) -> None:
    out = minitorch.avgpool2d(image, kernel)
    assert_same(out, tiles_of(image.to_numpy(), kernel).mean(-1), atol=1e-10)
    grad_check(lambda a: minitorch.avgpool2d(a, kernel), image)


@pytest.mark.task4_3
@pytest.mark.parametrize(
    ("shape", "kernel"),
    [
        ((1, 1, 4, 4), (3, 2)),
        ((1, 1, 4, 4), (2, 3)),
        ((1, 1, 4, 4), (8, 4)),
        ((1, 1, 4, 4), (0, 2)),
        ((1, 4, 4), (2, 2)),
    ],
)
def test_a_kernel_that_does_not_divide_the_image_is_refused(
    shape: Any, kernel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tensor_of(random_array(shape))
    for function in (minitorch.tile, minitorch.avgpool2d, minitorch.maxpool2d):
        text = raises_before_launch(
            monkeypatch, AssertionError, lambda f=function: f(image, kernel)
        )
        assert str(kernel[0]) in text
        assert str(shape[-1]) in text


# --- Task 4.4: maximum ------------------------------------------------------------------------


@along
@LAYOUTS
def test_the_maximum_keeps_its_dimension_and_agrees_with_pytorch(
    backend: TensorBackend, case: Any, permuted: bool
) -> None:
    shape, dim = case
    compare_with_pytorch(
        lambda a: minitorch.max(a, dim),
        lambda a: a.max(dim, keepdim=True).values,
        [random_array(shape)],
        backend,
        permuted,
    )


@along
def test_the_dimension_of_a_maximum_may_be_a_tensor(backend: TensorBackend, case: Any) -> None:
    shape, dim = case
    array = random_array(shape)
    made = tensor_of(array, backend=backend)
    assert_same(minitorch.max(made, tensor([dim])), array.max(dim, keepdims=True))
    assert_same(minitorch.Max.apply(made, tensor([dim])), array.max(dim, keepdims=True))


@along
def test_argmax_marks_the_largest_element(backend: TensorBackend, case: Any) -> None:
    shape, dim = case
    array = random_array(shape)
    expected = (array == array.max(dim, keepdims=True)).astype(float)
    assert_same(minitorch.argmax(tensor_of(array, backend=backend), dim), expected)


@pytest.mark.task4_4
def test_on_a_tie_all_are_marked_and_receive_the_whole_gradient() -> None:
    made = tensor([[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]])
    assert minitorch.argmax(made, 1).to_numpy().tolist() == [[1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]
    minitorch.max(made, 1).backward(tensor_of([[5.0], [-2.0]], tracked=False))
    assert made.grad.to_numpy().tolist() == [[5.0, 0.0, 5.0], [-2.0, -2.0, -2.0]]


@pytest.mark.task4_4
@pytest.mark.parametrize("offset", [-1e12, -1e300, -np.inf], ids=str)
def test_the_maximum_has_no_lowest_value(offset: float) -> None:
    array = np.array([[offset, offset], [offset, 2.0 * offset]])
    for dim in (0, 1):
        assert_same(minitorch.max(tensor_of(array), dim), array.max(dim, keepdims=True))
    assert minitorch.argmax(tensor_of(array), 1).to_numpy()[1, 0] == 1.0


@pytest.mark.task4_4
@given(a=tensors(shape=(2, 3, 4)))
def test_the_gradient_of_the_maximum_is_argmax(a: Tensor) -> None:
    for dim in range(3):
        a.zero_grad_()
        minitorch.max(a, dim).sum().backward()
        assert_same(a.grad, minitorch.argmax(a, dim))
        assert_same(minitorch.max(a, dim), a.to_numpy().max(dim, keepdims=True))


@pytest.mark.task4_4
def test_the_maximum_of_distinct_numbers_differentiates() -> None:
    array = np.random.default_rng(0).permutation(24.0 * np.arange(24)).reshape(2, 3, 4)
    for dim in range(3):
        check_gradients(lambda a, d=dim: minitorch.max(a, d), [array])


@pytest.mark.task4_4
def test_the_reduction_behind_the_maximum_is_public() -> None:
    array = random_array((3, 4))
    assert_same(nn.max_reduce(tensor_of(array, backend=FAST), 1), array.max(1, keepdims=True))


@pytest.mark.task4_4
@pytest.mark.parametrize("function", [minitorch.max, minitorch.argmax, minitorch.softmax])
def test_a_dimension_out_of_range_reaches_no_kernel(
    function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tensor_of(random_array((2, 3)))
    text = raises_before_launch(monkeypatch, minitorch.IndexingError, lambda: function(made, 2))
    assert "(2, 3)" in text


@pooling_maxima
@LAYOUTS
def test_max_pooling_agrees_with_pytorch(backend: TensorBackend, case: Any, permuted: bool) -> None:
    torch = pytest.importorskip("torch")
    shape, kernel = case
    compare_with_pytorch(
        lambda a: minitorch.maxpool2d(a, kernel),
        lambda a: torch.nn.functional.max_pool2d(a, kernel),
        [random_array(shape)],
        backend,
        permuted,
    )


# --- Task 4.4: softmax ------------------------------------------------------------------------


@along
@LAYOUTS
@pytest.mark.parametrize("name", ["softmax", "logsoftmax"])
def test_softmax_agrees_with_pytorch(
    backend: TensorBackend, case: Any, name: str, permuted: bool
) -> None:
    torch = pytest.importorskip("torch")
    shape, dim = case
    theirs = {"softmax": torch.softmax, "logsoftmax": torch.log_softmax}[name]
    compare_with_pytorch(
        lambda a: getattr(minitorch, name)(a, dim=dim),
        lambda a: theirs(a, dim=dim),
        [random_array(shape, low=-100.0, high=100.0)],
        backend,
        permuted,
        tolerance=2e-6,  # our log adds 1e-6
    )


@pytest.mark.task4_4
@pytest.mark.parametrize("function", [minitorch.softmax, minitorch.logsoftmax])
def test_softmax_neither_overflows_nor_divides_by_zero(function: Any) -> None:
    array = np.array([[100.0, -100.0, 100.0], [-100.0, -100.0, -100.0], [0.0, 1000.0, -1000.0]])
    expected = np.exp(array - array.max(1, keepdims=True))
    expected /= expected.sum(1, keepdims=True)
    out = function(tensor_of(array), 1).to_numpy()
    probabilities = np.exp(out) if function is minitorch.logsoftmax else out
    np.testing.assert_allclose(probabilities, expected, atol=2e-6)


@pytest.mark.task4_4
@given(a=tensors(shape=(1, 2, 3, 2)))
def test_softmax_sums_to_one_along_each_dimension(a: Tensor) -> None:
    for dim in range(4):
        out = minitorch.softmax(a, dim)
        assert_same(out.sum(dim), np.ones_like(a.to_numpy().sum(dim, keepdims=True)))
        grad_check(lambda x, d=dim: minitorch.softmax(x, d), a)


@pytest.mark.task4_4
@given(a=tensors(shape=(1, 2, 3, 2)))
def test_logsoftmax_is_the_logarithm_of_softmax(a: Tensor) -> None:
    for dim in range(4):
        logarithms = minitorch.logsoftmax(a, dim).exp()
        assert_same(logarithms, minitorch.softmax(a, dim).to_numpy(), atol=2e-6)
        grad_check(lambda x, d=dim: minitorch.logsoftmax(x, d), a)


# --- Task 4.4: dropout ------------------------------------------------------------------------


@pytest.mark.task4_4
@given(a=tensors())
def test_dropout_of_nothing_everything_or_ignored(a: Tensor) -> None:
    array = a.to_numpy()
    assert_same(minitorch.dropout(a, 0.0), array, rtol=0, atol=0)
    assert (minitorch.dropout(a, 1.0).to_numpy() == 0.0).all()
    for rate in (0.0, 0.5, 1.0):
        assert_same(minitorch.dropout(a, rate, ignore=True), array, rtol=0, atol=0)


@on_both_backends("task4_4", "task4_4")
def test_dropout_keeps_the_others_as_they_are(backend: TensorBackend) -> None:
    made = tensor_of(np.full((4, 25), 3.0), backend=backend)
    random.seed(0)
    out = minitorch.dropout(made, 0.25)
    values = out.to_numpy()
    assert set(values.ravel()) == {0.0, 3.0}, "what is kept is not scaled"
    assert 60 <= (values == 3.0).sum() <= 90
    upstream = random_array((4, 25))
    out.backward(tensor_of(upstream, tracked=False, backend=backend))
    assert_same(made.grad, np.where(values == 3.0, upstream, 0.0))


@pytest.mark.task4_4
def test_dropout_draws_from_the_seeded_generator() -> None:
    made = tensor_of(np.ones((5, 5)))
    drawn = []
    for seed in (1, 1, 2):
        random.seed(seed)
        drawn.append(minitorch.dropout(made, 0.5).to_numpy().tolist())
    assert drawn[0] == drawn[1] != drawn[2]


# --- a layer of each --------------------------------------------------------------------------


@on_both_backends("task4_4", "task4_4")
def test_a_small_network_agrees_with_pytorch(backend: TensorBackend) -> None:
    torch = pytest.importorskip("torch")

    def ours(image: Tensor, weight: Tensor) -> Tensor:
        pooled = minitorch.maxpool2d((image * 2.0).relu(), (2, 2))
        return minitorch.softmax(pooled.contiguous().view(2, 4) @ weight, 1)

    def theirs(image: Any, weight: Any) -> Any:
        pooled = torch.nn.functional.max_pool2d((image * 2.0).relu(), (2, 2))
        return torch.softmax(pooled.reshape(2, 4) @ weight, 1)

    arrays = [random_array((2, 1, 4, 4)), random_array((4, 3), seed=1)]
    compare_with_pytorch(ours, theirs, arrays, backend)
