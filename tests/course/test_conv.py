"""Tasks 4.1 and 4.2: convolutions on the CPU, against PyTorch and a twin in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

import minitorch
from minitorch import Conv1dFun, Conv2dFun, Tensor, _jit, fast_conv, grad_check, tensor
from minitorch.fast_ops import BLOCK

from .backend_checks import (
    FAST,
    assert_same,
    compare_with_pytorch,
    raises_before_launch,
)
from .checks import check_gradients, random_array, tensor_of
from .conv_checks import CASES_1D, CASES_2D, WRONG, slow_convolution, torch_convolution
from .strategies import tensors, unit_floats
from .tables import LAYOUTS

pytestmark = pytest.mark.boundscheck
ONE, TWO = pytest.mark.task4_1, pytest.mark.task4_2

each_case = pytest.mark.parametrize(
    ("function", "shapes"),
    [
        *(pytest.param(Conv1dFun, s, id=f"1d-{s}", marks=ONE) for s in CASES_1D),
        *(pytest.param(Conv2dFun, s, id=f"2d-{s}", marks=TWO) for s in CASES_2D),
    ],
)


# --- the definition ---------------------------------------------------------------------------


@ONE
def test_conv1d_is_anchored_on_the_left() -> None:
    image, weight = tensor([[[0.0, 1.0, 2.0, 3.0]]]), tensor([[[1.0, 2.0, 3.0]]])
    assert minitorch.conv1d(image, weight).to_numpy().tolist() == [[[8.0, 14.0, 8.0, 3.0]]]


@TWO
def test_conv2d_is_anchored_on_the_top_left() -> None:
    image = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    weight = tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])
    expected = [[[[4321.0, 402.0], [43.0, 4.0]]]]
    assert minitorch.conv2d(image, weight).to_numpy().tolist() == expected


def test_the_functions_have_short_names() -> None:
    assert minitorch.conv1d == Conv1dFun.apply
    assert minitorch.conv2d == Conv2dFun.apply


# --- values and gradients ---------------------------------------------------------------------


@each_case
@LAYOUTS
@pytest.mark.parametrize("backend", [minitorch.SimpleBackend, FAST], ids=["simple", "fast"])
def test_convolutions_and_gradients_agree_with_pytorch(
    function: Any, shapes: Any, permuted: bool, backend: Any
) -> None:
    arrays = [random_array(shape, i) for i, shape in enumerate(shapes)]
    compare_with_pytorch(function.apply, torch_convolution, arrays, backend, permuted=permuted)


@each_case
def test_convolutions_of_one_permuted_argument_agree_with_the_slow_twin(
    function: Any, shapes: Any
) -> None:
    image, weight = (random_array(shape, i) for i, shape in enumerate(shapes))
    out_shape = (shapes[0][0], shapes[1][0], *shapes[0][2:])
    expected = slow_convolution(image, weight, out_shape, reverse=False)
    for layouts in ((True, False), (False, True)):
        made = (tensor_of(a, p) for a, p in zip((image, weight), layouts, strict=True))
        assert_same(function.apply(*made), expected)


@ONE
@given(image=tensors(unit_floats, shape=(2, 2, 6)), weight=tensors(unit_floats, shape=(3, 2, 2)))
def test_conv1d_differentiates(image: Tensor, weight: Tensor) -> None:
    grad_check(Conv1dFun.apply, image, weight)


@TWO
@given(
    image=tensors(unit_floats, shape=(2, 2, 4, 3)), weight=tensors(unit_floats, shape=(3, 2, 2, 4))
)
def test_conv2d_differentiates(image: Tensor, weight: Tensor) -> None:
    grad_check(Conv2dFun.apply, image, weight)


@TWO
def test_gradients_pass_through_a_convolution_under_any_upstream() -> None:
    check_gradients(
        lambda image, weight: minitorch.conv2d(image * 2.0, weight.sigmoid()).relu(),
        [random_array((2, 2, 3, 3)), random_array((2, 2, 2, 2), seed=1)],
    )


@ONE
def test_only_tracked_arguments_receive_a_gradient() -> None:
    image, weight = tensor_of(random_array((1, 2, 4)), tracked=False), tensor_of(np.ones((1, 2, 2)))
    minitorch.conv1d(image, weight).sum().backward()
    assert image.grad is None
    assert weight.grad.shape == (1, 2, 2)


# More positions, and more steps through the filter, than one block of the product holds.
LARGE = [
    (Conv1dFun, (5, 4, 301), (7, 4, 5)),
    (Conv1dFun, (2, BLOCK // 2, BLOCK + 3), (3, BLOCK // 2, 3)),
    (Conv1dFun, (1, 1, BLOCK), (1, 1, BLOCK)),
    (Conv1dFun, (2, 1, 2 * BLOCK), (1, 1, 2)),
    (Conv2dFun, (6, 3, 25, 24), (5, 3, 3, 4)),
    (Conv2dFun, (2, 15, 12, 13), (3, 15, 3, 3)),
    (Conv2dFun, (70, 1, 9, 9), (4, 1, 3, 3)),
]


@pytest.mark.parametrize(
    ("function", "image_shape", "weight_shape"),
    [pytest.param(*case, marks=ONE if case[0] is Conv1dFun else TWO) for case in LARGE],
    ids=lambda value: str(getattr(value, "__name__", value)),
)
@LAYOUTS
@pytest.mark.parametrize("threshold", [1, 10**9], ids=["parallel", "serial"])
def test_large_convolutions_agree_with_pytorch(
    function: Any,
    image_shape: Any,
    weight_shape: Any,
    permuted: bool,
    threshold: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_jit, "PARALLEL_THRESHOLD", threshold)
    arrays = [random_array(image_shape), random_array(weight_shape, seed=1)]
    compare_with_pytorch(function.apply, torch_convolution, arrays, FAST, permuted, tolerance=1e-9)


# --- the low-level functions ------------------------------------------------------------------


@each_case
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
@pytest.mark.parametrize("extra", [-1, 0, 2], ids=["narrower", "same", "wider"])
def test_kernels_fill_outputs_of_any_width_in_both_directions(
    function: Any, shapes: Any, reverse: bool, extra: int
) -> None:
    image, weight = (random_array(shape, i) for i, shape in enumerate(shapes))
    sizes = [max(size + extra, 1) for size in shapes[0][2:]]
    out_shape = (shapes[0][0], shapes[1][0], *sizes)
    expected = slow_convolution(image, weight, out_shape, reverse)
    for permuted in (False, True):
        out = tensor_of(np.full(out_shape, np.nan), permuted)
        ours = [tensor_of(image, not permuted), tensor_of(weight, permuted)]
        function.kernel.serial(*out.tuple(), out.size, *ours[0].tuple(), *ours[1].tuple(), reverse)
        assert_same(out, expected)


@pytest.mark.parametrize(
    ("kernel", "size"),
    [
        pytest.param(fast_conv.tensor_conv1d, (5,), id="1d", marks=ONE),
        pytest.param(fast_conv.tensor_conv2d, (4, 3), id="2d", marks=TWO),
    ],
)
def test_the_low_level_functions_are_parallel_and_take_reverse(kernel: Any, size: Any) -> None:
    image, weight = random_array((2, 2, *size)), random_array((3, 2, *(2 for _ in size)), seed=1)
    for reverse in (False, True):
        out = tensor_of(np.full((2, 3, *size), np.nan))
        kernel(
            *out.tuple(), out.size, *tensor_of(image).tuple(), *tensor_of(weight).tuple(), reverse
        )
        assert_same(out, slow_convolution(image, weight, out.shape, reverse))
    assert kernel.targetoptions["parallel"] is True
    for metadata in kernel.get_metadata().values():
        assert metadata["parfor_diagnostics"].count_parfors() >= 1


@ONE
def test_the_plain_function_is_there_without_a_compiler() -> None:
    image, weight = random_array((1, 2, 4)), random_array((2, 2, 3), seed=1)
    out = np.zeros(8)
    arguments = (*tensor_of(image).tuple(), *tensor_of(weight).tuple(), True)
    fast_conv._tensor_conv1d(out, np.array((1, 2, 4)), np.array((8, 4, 1)), 8, *arguments)
    expected = slow_convolution(image, weight, (1, 2, 4), reverse=True)
    np.testing.assert_allclose(out.reshape(1, 2, 4), expected)


# --- mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [pytest.param(Conv1dFun, marks=ONE), pytest.param(Conv2dFun, marks=TWO)]
)
@pytest.mark.parametrize("shapes", WRONG, ids=str)
def test_shapes_that_do_not_fit_reach_no_kernel(
    function: Any, shapes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, weight = (tensor_of(random_array(shape)) for shape in shapes)
    text = raises_before_launch(monkeypatch, AssertionError, lambda: function.apply(image, weight))
    assert str(shapes[0]) in text
    assert str(shapes[1]) in text
