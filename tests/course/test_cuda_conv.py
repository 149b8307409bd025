"""The extra task 4.4b: convolutions on CUDA give what the CPU gives, under the same contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import cuda_conv, fast_conv, tensor

from .backend_checks import CUDA, ON_CUDA, assert_same, compare_with_pytorch, raises_before_launch
from .checks import random_array, tensor_of
from .conv_checks import FEW_1D, FEW_2D, WRONG, slow_convolution, torch_convolution

pytestmark = [pytest.mark.task4_4b, *ON_CUDA]

each_case = pytest.mark.parametrize(
    ("function", "shapes"),
    [
        *(pytest.param(cuda_conv.Conv1dFun, shapes, id=f"1d-{shapes}") for shapes in FEW_1D),
        *(pytest.param(cuda_conv.Conv2dFun, shapes, id=f"2d-{shapes}") for shapes in FEW_2D),
    ],
)


def test_the_course_example() -> None:
    image = tensor([[[0.0, 1.0, 2.0, 3.0]]], backend=CUDA)
    weight = tensor([[[1.0, 2.0, 3.0]]], backend=CUDA)
    assert cuda_conv.conv1d(image, weight).to_numpy().tolist() == [[[8.0, 14.0, 8.0, 3.0]]]


def test_the_functions_have_short_names() -> None:
    assert cuda_conv.conv1d == cuda_conv.Conv1dFun.apply
    assert cuda_conv.conv2d == cuda_conv.Conv2dFun.apply


@each_case
@pytest.mark.parametrize("permuted", [False, True], ids=["rows", "permuted"])
def test_convolutions_and_gradients_agree_with_pytorch(
    function: Any, shapes: Any, permuted: bool
) -> None:
    arrays = [random_array(shape, i) for i, shape in enumerate(shapes)]
    compare_with_pytorch(function.apply, torch_convolution, arrays, CUDA, permuted=permuted)


@pytest.mark.parametrize(
    ("function", "on_the_cpu", "shapes"),
    [
        (cuda_conv.Conv1dFun, fast_conv.Conv1dFun, ((2, 2, 6), (3, 2, 2))),
        (cuda_conv.Conv2dFun, fast_conv.Conv2dFun, ((2, 1, 5, 4), (2, 1, 2, 3))),
    ],
)
def test_tensors_of_the_cpu_come_back_to_the_cpu(
    function: Any, on_the_cpu: Any, shapes: Any
) -> None:
    image, weight = (tensor_of(random_array(shape, i)) for i, shape in enumerate(shapes))
    out = function.apply(image, weight)
    assert_same(out, on_the_cpu.apply(image, weight))
    for made in (out, image, weight):
        assert made.backend is minitorch.SimpleBackend
        assert isinstance(made._tensor._storage, np.ndarray)


@each_case
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
def test_kernels_fill_outputs_of_another_width(function: Any, shapes: Any, reverse: bool) -> None:
    image, weight = (random_array(shape, i) for i, shape in enumerate(shapes))
    out_shape = (shapes[0][0], shapes[1][0], *(size + 1 for size in shapes[0][2:]))
    made = (tensor_of(array, permuted=True, backend=CUDA) for array in (image, weight))
    out = function.convolve(out_shape, *made, reverse)
    assert_same(out, slow_convolution(image, weight, out_shape, reverse))


@pytest.mark.parametrize("function", [cuda_conv.Conv1dFun, cuda_conv.Conv2dFun])
@pytest.mark.parametrize("shapes", WRONG, ids=str)
def test_shapes_that_do_not_fit_reach_no_kernel(
    function: Any, shapes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, weight = (tensor_of(random_array(shape), backend=CUDA) for shape in shapes)
    text = raises_before_launch(monkeypatch, AssertionError, lambda: function.apply(image, weight))
    assert str(shapes[0]) in text
    assert str(shapes[1]) in text


def test_the_convolution_of_the_cpu_refuses_a_cuda_tensor() -> None:
    image, weight = (tensor_of(random_array((1, 1, 3)), backend=CUDA) for _ in range(2))
    with pytest.raises(RuntimeError, match=r"minitorch\.cuda_conv"):
        minitorch.conv1d(image, weight)
