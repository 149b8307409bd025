"""Sections 11 and 12: convolutions, the layers of networks, and the optimizer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import minitorch
from minitorch import (
    SGD,
    Conv1dFun,
    Conv2dFun,
    Optimizer,
    Parameter,
    Scalar,
    Tensor,
    cuda_conv,
    fast_conv,
    nn,
    tensor,
)

from .rows import (
    Entry,
    Row,
    all_of,
    equal,
    has,
    near,
    plain_function,
    raises,
    same,
    section,
    takes,
)

CONV_ARGUMENTS = """
    out, out_shape, out_strides, out_size, input, input_shape, input_strides, weight, weight_shape,
    weight_strides, reverse
""".replace("\n", " ")


def _array(*shape: int) -> Any:
    return np.sin(np.arange(1.0, 1.0 + float(np.prod(shape)))).reshape(shape)


def _permuted(values: Any) -> Tensor:
    """Make a tensor whose strides increase."""
    return tensor(values.T).permute(*reversed(range(values.ndim)))


def correlate(x: Any, w: Any) -> Any:
    """Cross-correlate anchored at the left or top left, zero beyond the edge: the definition."""
    spatial = x.shape[2:]
    out = np.zeros((x.shape[0], w.shape[0], *spatial))
    for offset in np.ndindex(*w.shape[2:]):
        seen = tuple(slice(o, None) for o in offset)
        into = tuple(slice(0, max(n - o, 0)) for n, o in zip(spatial, offset, strict=True))
        part = np.einsum("bc...,oc->bo...", x[(..., *seen)], w[(..., *offset)])
        out[(..., *into)] += part
    return out


def _convolves(function: Any, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> bool:
    x, w = _array(*x_shape), _array(*w_shape)
    for make in (tensor, _permuted):
        near(function.apply(make(x), make(w)), correlate(x, w))
    return True


def _differentiates(function: Any, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> bool:
    x, w = tensor(_array(*x_shape)), tensor(_array(*w_shape))
    upstream = _array(x_shape[0], w_shape[0], *x_shape[2:]) + 0.25
    function.apply(x, w).backward(tensor(upstream))
    for leaf, rebuild in (
        (x, lambda a: correlate(a, w.to_numpy())),
        (w, lambda a: correlate(x.to_numpy(), a)),
    ):
        base = leaf.to_numpy()
        numeric = np.zeros_like(base)
        for cell in np.ndindex(*base.shape):
            # The convolution is linear in each argument: a step of one is exact.
            moved = base.copy()
            moved[cell] += 1.0
            numeric[cell] = np.sum(upstream * (rebuild(moved) - rebuild(base)))
        near(leaf.grad, numeric, 1e-8)
    return True


def _low_level(reverse: bool, width: int, expected: list[float]) -> bool:
    out = tensor(np.zeros((1, 1, width)))
    x, w = tensor([[[0.0, 1.0, 2.0, 3.0]]]), tensor([[[1.0, 2.0, 3.0]]])
    fast_conv.tensor_conv1d(*out.tuple(), out.size, *x.tuple(), *w.tuple(), reverse)
    return near(out, [[expected]])


def _low_level_2d(reverse: bool, expected: list[list[float]]) -> bool:
    out = tensor(np.zeros((1, 1, 2, 2)))
    x, w = tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])
    fast_conv.tensor_conv2d(*out.tuple(), out.size, *x.tuple(), *w.tuple(), reverse)
    return near(out, [[expected]])


CONVOLUTIONS: list[Entry] = [
    ("conv1d", "is Conv1dFun.apply", lambda: minitorch.conv1d == Conv1dFun.apply),
    ("conv2d", "is Conv2dFun.apply", lambda: minitorch.conv2d == Conv2dFun.apply),
    (
        "conv1d",
        "[0,1,2,3] with [1,2,3] gives [8,14,8,3]",
        lambda: near(
            minitorch.conv1d(tensor([[[0.0, 1.0, 2.0, 3.0]]]), tensor([[[1.0, 2.0, 3.0]]])),
            [[[8.0, 14.0, 8.0, 3.0]]],
        ),
    ),
    (
        "Conv1dFun",
        "batches and channels, any layout",
        lambda: _convolves(Conv1dFun, (2, 3, 6), (4, 3, 2)),
    ),
    (
        "Conv1dFun",
        "a kernel wider than the input",
        lambda: _convolves(Conv1dFun, (1, 2, 3), (2, 2, 5)),
    ),
    ("Conv1dFun", "gradients", lambda: _differentiates(Conv1dFun, (2, 2, 4), (3, 2, 2))),
    (
        "Conv1dFun",
        "gradients, wide kernel",
        lambda: _differentiates(Conv1dFun, (1, 1, 2), (1, 1, 4)),
    ),
    (
        "Conv2dFun",
        "batches and channels, any layout",
        lambda: _convolves(Conv2dFun, (2, 3, 4, 5), (2, 3, 2, 3)),
    ),
    (
        "Conv2dFun",
        "a kernel larger than the input",
        lambda: _convolves(Conv2dFun, (1, 1, 2, 2), (1, 1, 3, 4)),
    ),
    ("Conv2dFun", "gradients", lambda: _differentiates(Conv2dFun, (2, 2, 3, 3), (2, 2, 2, 2))),
    ("tensor_conv1d", "forward", lambda: _low_level(False, 4, [8.0, 14.0, 8.0, 3.0])),
    ("tensor_conv1d", "reverse anchors right", lambda: _low_level(True, 4, [0.0, 1.0, 4.0, 10.0])),
    ("tensor_conv1d", "out narrower than the input", lambda: _low_level(False, 2, [8.0, 14.0])),
    (
        "tensor_conv2d",
        "forward",
        lambda: _low_level_2d(False, [[4321.0, 402.0], [43.0, 4.0]]),
    ),
    (
        "tensor_conv2d",
        "reverse anchors bottom right",
        lambda: _low_level_2d(True, [[1.0, 12.0], [103.0, 1234.0]]),
    ),
    ("_tensor_conv1d", "is a plain function", lambda: plain_function(fast_conv._tensor_conv1d)),
    ("_tensor_conv2d", "is a plain function", lambda: plain_function(fast_conv._tensor_conv2d)),
    ("_tensor_conv1d", "signature", lambda: takes(fast_conv._tensor_conv1d, CONV_ARGUMENTS)),
    ("_tensor_conv2d", "signature", lambda: takes(fast_conv._tensor_conv2d, CONV_ARGUMENTS)),
    ("cuda_conv", "the same names", lambda: has(cuda_conv, "Conv1dFun Conv2dFun conv1d conv2d")),
]


def _cuda_convolution(name: str, x_shape: tuple[int, ...], w_shape: tuple[int, ...]) -> bool:
    backend = minitorch.TensorBackend(minitorch.CudaOps)
    x, w = _array(*x_shape), _array(*w_shape)
    out = getattr(cuda_conv, name)(tensor(x, backend=backend), tensor(w, backend=backend))
    return near(out, correlate(x, w))


CUDA: list[Entry] = [
    (
        "cuda_conv.conv1d",
        "equals the CPU's",
        lambda: _cuda_convolution("conv1d", (1, 2, 4), (2, 2, 2)),
    ),
    (
        "cuda_conv.conv2d",
        "equals the CPU's",
        lambda: _cuda_convolution("conv2d", (1, 2, 3, 3), (1, 2, 2, 2)),
    ),
]

IMAGE = np.arange(16.0).reshape(1, 1, 4, 4)
TIED = [[1.0, 3.0, 3.0], [5.0, 2.0, 4.0]]


def _tiles() -> bool:
    tiles, height, width = nn.tile(tensor(IMAGE), (2, 4))
    return all_of(
        equal((height, width), (2, 1)),
        near(tiles, IMAGE.reshape(1, 1, 2, 1, 8)),
    )


def _maximum(dim: Any) -> bool:
    a = tensor(TIED)
    out = minitorch.max(a, dim)
    out.sum().backward()
    return all_of(near(out, [[3.0], [5.0]]), near(a.grad, [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]))


def _maximum_is_scaled() -> bool:
    a = tensor(TIED)
    minitorch.max(a, 1).backward(tensor([[2.0], [3.0]]))
    return near(a.grad, [[0.0, 2.0, 2.0], [3.0, 0.0, 0.0]])


def _softmax(function: Any, expected: Any) -> bool:
    a = np.array([[-100.0, 0.0, 100.0], [1.0, 2.0, 3.0]])
    for dim in (0, 1):
        shifted = a - a.max(dim, keepdims=True)
        total = np.exp(shifted).sum(dim, keepdims=True)
        near(function(tensor(a), dim=dim), expected(shifted, total), 1e-5)
    x = tensor([[0.5, -1.0, 2.0], [1.0, 2.0, 3.0]])
    minitorch.grad_check(lambda t: function(t, dim=1), x)
    return True


def _drops() -> bool:
    a = tensor(np.ones((20, 20)))
    some = minitorch.dropout(a, 0.5).to_numpy()
    kept = float(some.mean())
    return all_of(
        near(minitorch.dropout(a, 0.0), a.to_numpy(), 0.0),
        near(minitorch.dropout(a, 1.0), np.zeros((20, 20)), 0.0),
        near(minitorch.dropout(a, 1.0, ignore=True), a.to_numpy(), 0.0),
        set(some.ravel().tolist()) == {0.0, 1.0},
        0.3 < kept < 0.7,
    )


def _step(value: Any, backward: Any, expected: Any) -> bool:
    parameter = Parameter(value)
    backward(value)
    optimizer = SGD([parameter], lr=0.5)
    optimizer.step()
    got = parameter.value
    near(got.data if isinstance(got, Scalar) else got, expected)
    optimizer.zero_grad()
    optimizer.step()
    return same(parameter.value, got)


def _clears() -> bool:
    scalar, array = Scalar(1.0), tensor([1.0])
    (scalar * 2.0).backward()
    (array * 2.0).sum().backward()
    SGD([Parameter(scalar), Parameter(5)]).zero_grad()
    optimizer = SGD([])
    optimizer.parameters = [type("Box", (), {"value": array})()]
    optimizer.zero_grad()
    return all_of(scalar.derivative is None, array.grad is None)


NETWORKS: list[Entry] = [
    ("tile", "signature", lambda: takes(nn.tile, "input, kernel")),
    ("tile", "(B, C, H/kh, W/kw, kh*kw), new_h, new_w", _tiles),
    (
        "tile",
        "must divide",
        lambda: raises(AssertionError, lambda: nn.tile(tensor(IMAGE), (3, 2)), "4", "3"),
    ),
    (
        "avgpool2d",
        "averages tiles",
        lambda: near(minitorch.avgpool2d(tensor(IMAGE), (2, 2)), [[[[2.5, 4.5], [10.5, 12.5]]]]),
    ),
    (
        "maxpool2d",
        "takes the maximum of tiles",
        lambda: near(minitorch.maxpool2d(tensor(IMAGE), (2, 4)), [[[[7.0], [15.0]]]]),
    ),
    (
        "avgpool2d",
        "gradient",
        lambda: (
            minitorch.grad_check(lambda t: minitorch.avgpool2d(t, (2, 2)), tensor(IMAGE)) is None
        ),
    ),
    (
        "maxpool2d",
        "gradient",
        lambda: (
            minitorch.grad_check(lambda t: minitorch.maxpool2d(t, (2, 2)), tensor(IMAGE)) is None
        ),
    ),
    ("max_reduce", "folds with max", lambda: near(nn.max_reduce(tensor(TIED), 1), [[3.0], [5.0]])),
    (
        "max_reduce",
        "works below -1e9",
        lambda: near(nn.max_reduce(tensor([-2e9, -3e9]), 0), [-2e9]),
    ),
    (
        "argmax",
        "1.0 at every maximal cell",
        lambda: near(minitorch.argmax(tensor(TIED), 1), [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]),
    ),
    ("Max", "is a Function", lambda: issubclass(minitorch.Max, minitorch.Function)),
    ("max", "keeps the dimension; ties each get the gradient", lambda: _maximum(1)),
    ("max", "dim as a Tensor", lambda: _maximum(tensor([1]))),
    ("max", "gradient is the upstream one times argmax", _maximum_is_scaled),
    ("max", "is nn.max", lambda: same(minitorch.max, nn.max)),
    ("Tensor.max", "t.max(dim)", lambda: near(tensor(TIED).max(1), [[3.0], [5.0]])),
    ("softmax", "signature", lambda: takes(minitorch.softmax, "input, dim")),
    ("logsoftmax", "signature", lambda: takes(minitorch.logsoftmax, "input, dim")),
    (
        "softmax",
        "up to +-100, with gradient",
        lambda: _softmax(minitorch.softmax, lambda s, t: np.exp(s) / t),
    ),
    (
        "logsoftmax",
        "up to +-100, with gradient",
        lambda: _softmax(minitorch.logsoftmax, lambda s, t: s - np.log(t)),
    ),
    ("dropout", "signature", lambda: takes(minitorch.dropout, "input, rate, ignore=False")),
    ("dropout", "none at 0.0, all at 1.0, unscaled between, ignore", _drops),
    ("Optimizer", "signature", lambda: takes(Optimizer, "parameters")),
    (
        "Optimizer",
        "keeps the parameters as given",
        lambda: (lambda p: same(SGD(p).parameters, p))([Parameter(1)]),
    ),
    ("SGD", "signature", lambda: takes(SGD, "parameters, lr=1.0")),
    ("SGD.step", "Scalars", lambda: _step(Scalar(3.0), lambda s: (s * 4.0).backward(), 1.0)),
    (
        "SGD.step",
        "Tensors",
        lambda: _step(tensor([3.0, 5.0]), lambda t: (t * 4.0).sum().backward(), [1.0, 3.0]),
    ),
    ("SGD.step", "skips what has no gradient", lambda: _step(tensor([3.0]), lambda t: None, [3.0])),
    ("SGD.zero_grad", "clears .derivative and .grad", _clears),
    ("SGD.step", "skips None", lambda: SGD([Parameter(None)]).step() is None),
    ("max", "of -inf", lambda: near(minitorch.max(tensor([[-math.inf, -2e9]]), 1), [[-2e9]])),
]


def rows() -> list[Row]:
    """List the rows of sections 11 and 12."""
    return [
        *section("11", CONVOLUTIONS),
        *section("11", CUDA, needs_cuda=True),
        *section("12", NETWORKS),
    ]
