"""Section 10: the compiled operations on the CPU and on the GPU."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from functools import partial
from typing import Any

import numba
import numpy as np
from numba import cuda, njit
from numba.core import config

import minitorch
from minitorch import CudaOps, FastOps, Tensor, TensorBackend, TensorOps, cuda_ops, fast_ops
from minitorch import operators as ops

from .rows import Entry, Row, all_of, equal, has, near, plain_function, raises, same, section, takes

KERNELS = "tensor_map tensor_zip tensor_reduce tensor_matrix_multiply"
PRACTICE = "jit_sum_practice jit_mm_practice _sum_practice _mm_practice"


def _array(*shape: int) -> Any:
    return np.sin(np.arange(1.0, 1.0 + float(np.prod(shape)))).reshape(shape)


def _tensor(values: Any, backend: TensorBackend, permuted: bool = False) -> Tensor:
    """Make a tensor, on request with strides that increase."""
    stored = np.asarray(values, dtype=float)
    made = minitorch.tensor(stored.T if permuted else stored, backend=backend)
    return made.permute(*reversed(range(stored.ndim))) if permuted else made


def _map(kind: type[TensorOps], backend: TensorBackend) -> bool:
    a = _array(2, 3, 4)
    for permuted in (False, True):
        out = kind.map(ops.sigmoid)(_tensor(a, backend, permuted))
        near(out, 1.0 / (1.0 + np.exp(-a)))
    wide = _tensor(np.zeros((2, 3)), backend)
    near(kind.map(ops.neg)(_tensor([1.0, 2.0, 3.0], backend), wide), [[-1.0, -2.0, -3.0]] * 2)
    return True


def _zip(kind: type[TensorOps], backend: TensorBackend) -> bool:
    for first, second in (((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (3,)), ((), (2, 2))):
        a, b = _array(*first), _array(*second) + 2.0
        for permuted in (False, True):
            out = kind.zip(ops.mul)(_tensor(a, backend, permuted), _tensor(b, backend))
            near(out, a * b)
            same(out.backend, backend)
    return True


def _reduce(kind: type[TensorOps], backend: TensorBackend) -> bool:
    a = _array(2, 3, 4)
    for permuted in (False, True):
        for dim in range(3):
            out = kind.reduce(ops.add, 0.0)(_tensor(a, backend, permuted), dim)
            near(out, a.sum(dim, keepdims=True))
    return near(kind.reduce(ops.mul, 2.0)(_tensor([3.0, 4.0], backend), 0), [24.0])


def _products(kind: type[TensorOps], backend: TensorBackend) -> bool:
    shapes = [
        ((2, 3), (3, 4)),
        ((2, 2, 3), (1, 3, 4)),
        ((2, 2, 3), (2, 3, 4)),
        ((2, 3), (2, 3, 4)),
        ((2, 2, 3), (3, 4)),
        ((2, 1, 2, 3), (3, 3, 2)),
    ]
    for first, second in shapes:
        a, b = _array(*first), _array(*second)
        for permuted in (False, True):
            left, right = _tensor(a, backend, permuted), _tensor(b, backend, permuted)
            out = kind.matrix_multiply(left, right)
            near(out, a @ b)
            same(out.backend, backend)
    return True


def _mismatch(kind: type[TensorOps], backend: TensorBackend) -> bool:
    a = _tensor(_array(2, 3), backend)
    return raises(AssertionError, lambda: kind.matrix_multiply(a, a), "3", "2")


def _gradients(backend: TensorBackend) -> bool:
    a, b = _tensor(_array(2, 3), backend), _tensor(_array(3, 2), backend)
    minitorch.grad_check(lambda x, y: (x @ y).sigmoid().sum(0), a, b)
    return same(a.grad.backend, backend)


def _low_level(name: str, *arguments: Any) -> Any:
    """Run a CPU kernel as `project/parallel_check.py` does, and give the kernel and its output."""
    kernel = getattr(fast_ops, name)
    if name != "tensor_matrix_multiply":
        function, *arguments = arguments  # type: ignore[assignment]
        kernel = kernel(njit()(function))
    out, *inputs, dim = arguments
    flat = [part for values in (out, *inputs) for part in minitorch.tensor(values).tuple()]
    kernel(*flat, *([] if dim is None else [dim]))
    return kernel, flat[0]


def _diagnoses(name: str, expected: Any, *arguments: Any) -> bool:
    kernel, out = _low_level(name, *arguments)
    near(out, np.asarray(expected, dtype=float).ravel())
    if config.DISABLE_JIT:
        return True
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        kernel.parallel_diagnostics(level=3)
    return all_of(
        equal(kernel.targetoptions.get("parallel"), True),
        re.search(r"there are [1-9]\d* parallel for-", text.getvalue()) is not None,
    )


BACKEND = TensorBackend(FastOps)
TEN = _array(10)
LEFT, RIGHT = _array(1, 10, 10), _array(1, 10, 20)

FAST: list[Entry] = [
    (
        "FastOps",
        "is a TensorOps without cuda",
        lambda: issubclass(FastOps, TensorOps) and FastOps.cuda is False,
    ),
    (
        "FastOps",
        "map, zip, reduce, matrix_multiply",
        lambda: has(FastOps, "map zip reduce matrix_multiply"),
    ),
    ("FastOps.reduce", "signature", lambda: takes(FastOps.reduce, "fn, start=0.0")),
    ("FastOps.map", "any layout, and into an out", lambda: _map(FastOps, BACKEND)),
    ("FastOps.zip", "broadcast and permuted", lambda: _zip(FastOps, BACKEND)),
    ("FastOps.reduce", "any dimension and layout", lambda: _reduce(FastOps, BACKEND)),
    (
        "FastOps.matrix_multiply",
        "2-D, 3-D, N-D, batches broadcast",
        lambda: _products(FastOps, BACKEND),
    ),
    ("FastOps.matrix_multiply", "inner sizes differ", lambda: _mismatch(FastOps, BACKEND)),
    ("FastOps", "gradients", lambda: _gradients(BACKEND)),
    ("fast_ops", "low-level names", lambda: has(fast_ops, f"{KERNELS} _tensor_matrix_multiply")),
    (
        "fast_ops.tensor_map",
        "a parallel dispatcher with a parallel region",
        lambda: _diagnoses("tensor_map", TEN, ops.id, np.zeros(10), TEN, None),
    ),
    (
        "fast_ops.tensor_zip",
        "a parallel dispatcher with a parallel region",
        lambda: _diagnoses("tensor_zip", np.ones(10), ops.eq, np.zeros(10), TEN, TEN, None),
    ),
    (
        "fast_ops.tensor_reduce",
        "a parallel dispatcher that folds into out",
        lambda: _diagnoses("tensor_reduce", [5.0 + TEN.sum()], ops.add, [5.0], TEN, 0),
    ),
    (
        "fast_ops.tensor_matrix_multiply",
        "a parallel dispatcher with a parallel region",
        lambda: _diagnoses(
            "tensor_matrix_multiply", LEFT @ RIGHT, np.zeros((1, 10, 20)), LEFT, RIGHT, None
        ),
    ),
    (
        "fast_ops._tensor_matrix_multiply",
        "is the plain function behind it",
        lambda: plain_function(fast_ops._tensor_matrix_multiply),
    ),
    (
        "Tensor.tuple",
        "float64 storage, int64 shape and strides",
        lambda: equal(
            [str(part.dtype) for part in minitorch.tensor([[1.0]]).tuple()],
            ["float64", "int64", "int64"],
        ),
    ),
]

CUDA_NAMES: list[Entry] = [
    (
        "CudaOps",
        "is a TensorOps with cuda = True",
        lambda: issubclass(CudaOps, TensorOps) and CudaOps.cuda is True,
    ),
    (
        "CudaOps",
        "map, zip, reduce, matrix_multiply",
        lambda: has(CudaOps, "map zip reduce matrix_multiply"),
    ),
    ("CudaOps.reduce", "signature", lambda: takes(CudaOps.reduce, "fn, start=0.0")),
    ("THREADS_PER_BLOCK", "is 32", lambda: equal(minitorch.THREADS_PER_BLOCK, 32)),
    (
        "cuda_ops",
        "low-level names",
        lambda: has(
            cuda_ops,
            f"{KERNELS} sum_practice mm_practice {PRACTICE}",
        ),
    ),
    ("sum_practice", "signature", lambda: takes(minitorch.sum_practice, "a")),
    ("mm_practice", "signature", lambda: takes(minitorch.mm_practice, "a, b")),
    (
        "cuda_ops",
        "the practice kernels are plain functions too",
        lambda: (
            inspect.isfunction(cuda_ops._sum_practice) and inspect.isfunction(cuda_ops._mm_practice)
        ),
    ),
    (
        "TensorBackend(CudaOps)",
        "is built without a device",
        lambda: equal(TensorBackend(CudaOps).cuda, True),
    ),
]


def _backend() -> TensorBackend:
    """Give the one CUDA backend: each of them compiles its own kernels."""
    if not _backends:
        _backends.append(TensorBackend(CudaOps))
    return _backends[0]


_backends: list[TensorBackend] = []


def _long_reduction() -> bool:
    values = np.arange(1100.0)
    out = CudaOps.reduce(ops.add, 0.0)(_tensor(values, _backend()), 0)
    return near(out, [values.sum()])


def _practices_sums() -> bool:
    for size in (1, 32, 40, 64):
        values = np.arange(1.0, size + 1.0)
        out = minitorch.sum_practice(_tensor(values, _backend()))
        equal(out.shape, (2,))
        near([out._storage[0], out._storage[1]], [values[:32].sum(), values[32:].sum()])
    return True


def _practices_products() -> bool:
    for size in (2, 16):
        a, b = _array(size, size), _array(size, size) + 1.0
        out = minitorch.mm_practice(_tensor(a, _backend()), _tensor(b, _backend()))
        equal(out.shape, (size, size))
        near([[out._storage[i * size + j] for j in range(size)] for i in range(size)], a @ b)
    return True


def _reads_device() -> bool:
    t = _tensor([[1.0, 2.0]], _backend()) + 1.0
    one = _tensor([5.0], _backend()) * 2.0
    return all_of(
        near(t, [[2.0, 3.0]]),
        equal(float(t[0, 1]), 3.0),
        equal(float(one.item()), 10.0),
        equal(str(t), "\n[\n\t[2.00 3.00]]"),
    )


def _moves_to_cuda() -> bool:
    data = minitorch.TensorData([1.0, 2.0], (2,))
    returned = data.to_cuda_()
    left = _tensor([1.0], _backend())
    right = minitorch.tensor([2.0])
    near(left + right, [3.0])
    return all_of(
        returned is None,
        hasattr(data._storage, "copy_to_host"),
        same(right.backend, left.backend),
    )


def _launches(name: str) -> bool:
    device = [cuda.to_device(part) for part in minitorch.tensor([[1.0, 2.0, 3.0]]).tuple()]
    if name == "tensor_reduce":
        out = [cuda.to_device(part) for part in minitorch.tensor([[0.0]]).tuple()]
        function, rest, expected = ops.add, [1, 4.0], [10.0]
        inputs = device
    else:
        out = [cuda.to_device(part) for part in minitorch.tensor([[0.0] * 3]).tuple()]
        function = ops.neg if name == "tensor_map" else ops.add  # type: ignore[assignment]
        inputs = device if name == "tensor_map" else device * 2
        rest, expected = [], [-1.0, -2.0, -3.0] if name == "tensor_map" else [2.0, 4.0, 6.0]
    kernel = getattr(cuda_ops, name)(cuda.jit(device=True)(function))
    kernel[1, 32](*out, len(out[0]), *inputs, *rest)
    return near(out[0].copy_to_host(), expected)


def _device_functions() -> bool:
    names = "mul id add neg lt eq max is_close sigmoid relu log exp log_back inv inv_back relu_back"
    for name in names.split():
        function = getattr(ops, name)
        count = len(inspect.signature(function).parameters)
        a = _tensor([0.25, 1.5], _backend())
        out = CudaOps.map(function)(a) if count == 1 else CudaOps.zip(function)(a, a)
        near(out, [function(*[x] * count) for x in (0.25, 1.5)])
    return True


CUDA: list[Entry] = [
    ("CudaOps.map", "any layout, and into an out", lambda: _map(CudaOps, _backend())),
    ("CudaOps.zip", "broadcast and permuted", lambda: _zip(CudaOps, _backend())),
    ("CudaOps.reduce", "any dimension and layout", lambda: _reduce(CudaOps, _backend())),
    ("CudaOps.reduce", "longer than a block: finished", _long_reduction),
    (
        "CudaOps.matrix_multiply",
        "2-D, 3-D, N-D, batches broadcast",
        lambda: _products(CudaOps, _backend()),
    ),
    ("CudaOps.matrix_multiply", "inner sizes differ", lambda: _mismatch(CudaOps, _backend())),
    ("CudaOps", "gradients", lambda: _gradients(_backend())),
    ("sum_practice", "cell k sums a[32k .. 32k+31], shape (2,)", _practices_sums),
    ("mm_practice", "(size, size), row-major", _practices_products),
    ("CudaOps", "elements, item, printing and to_numpy copy back", _reads_device),
    (
        "TensorData.to_cuda_",
        "moves in place; tensors move to the left one's backend",
        _moves_to_cuda,
    ),
    *[
        (f"cuda_ops.{name}", "kernels take out_size after out", partial(_launches, name))
        for name in ("tensor_map", "tensor_zip", "tensor_reduce")
    ],
]


def rows() -> list[Row]:
    """List the rows of section 10, and the one of section 1 that needs a GPU."""
    device: list[Entry] = [("operators", "compile as device functions", _device_functions)]
    return [
        *section("10", FAST),
        *section("10", CUDA_NAMES),
        *section("10", CUDA, needs_cuda=True),
        *section("1", device, needs_cuda=True),
    ]


def cuda_is_here() -> bool:
    """Tell whether there is a CUDA device or the simulator."""
    return bool(numba.cuda.is_available())
