"""The kernels that most scripts use, as calls that compile them: what `minitorch warmup` calls.

Each set compiles what one thread runs on small arrays, and what several run on large ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fast_conv import conv1d, conv2d
from .fast_ops import FastOps
from .kernels.cpu import gemm, reduce, scan
from .kernels.generated import elementwise
from .tensor_functions import tensor
from .tensor_ops import TensorBackend

Array = NDArray[Any]

# Elements of a side: the squares are below and above the sizes from which threads are used.
SMALL, LARGE = 8, 600

ARITHMETIC = ("add", "sub", "mul", "true_divide", "neg", "pow", "square", "sqrt", "reciprocal")
FUNCTIONS = ("exp", "log", "abs", "sin", "cos", "maximum", "minimum")
ACTIVATIONS = ("relu", "sigmoid", "tanh", "gelu", "silu", "leaky_relu", "softplus", "elu")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _squares(dtype: str, number: int = 1) -> Iterator[list[Array]]:
    """Give operands of a small and of a large size."""
    for side in (SMALL, LARGE):
        yield [np.full((side, side), 0.5 + i, dtype) for i in range(number)]


def _compile_elementwise(names: Sequence[str], dtype: str) -> None:
    """Compile operations and their gradients for dense operands, a row and a column."""
    for name in names:
        operation = getattr(elementwise, name)
        for arrays in _squares(dtype, len(operation.operands)):
            operation(*arrays)
            if len(arrays) > 1:
                operation(arrays[0], arrays[1][:1])
                operation(arrays[0], arrays[1][:, :1])
    for name in dir(elementwise):
        base, _, rest = name.partition("_backward")
        if base in names and name != base and not name.startswith("_") and (not rest or rest[1:]):
            operation = getattr(elementwise, name)
            for arrays in _squares(dtype, len(operation.operands)):
                operation(*arrays)


def _compile_reductions(dtype: str) -> None:
    for (a,) in _squares(dtype):
        for dims in (None, 0, 1):
            for function in (reduce.sum, reduce.mean, reduce.amax, reduce.var, reduce.argmax):
                function(a, dims)
        for dim in (0, 1):
            reduce.max(a, dim)
            scan.cumsum(a, dim)


def _compile_products(dtype: str) -> None:
    for a, b in _squares(dtype, 2):
        gemm.matmul(a, b)
        gemm.matmul(a, b[:, 0])
        gemm.matmul(a.reshape(2, -1, len(a)), b)
        gemm.addmm(b[0], a, b)


def _course_tensors() -> None:
    """Call what the course's tensors are made of, on small and on large ones."""
    backend = TensorBackend(FastOps)
    for size in (30, 300):
        a = tensor(np.full((size, size), 0.5), backend=backend, requires_grad=True)
        b = a * a + (a - 1.0) / 2.0
        out = b.sigmoid() + b.relu() + b.exp() + (b + 1.0).log() + (a < b) + (a == b)
        (out.sum() + (a @ b).mean()).sum().backward()


def _course_convolutions() -> None:
    backend = TensorBackend(FastOps)
    for size in (30, 300):
        image = tensor(np.ones((2, 2, size, size)), backend=backend, requires_grad=True)
        kernel = tensor(np.ones((2, 2, 3, 3)), backend=backend, requires_grad=True)
        conv2d(image, kernel).sum().backward()
        line = tensor(np.ones((2, 2, 10 * size)), backend=backend, requires_grad=True)
        window = tensor(np.ones((2, 2, 3)), backend=backend, requires_grad=True)
        conv1d(line, window).sum().backward()


SETS: Mapping[str, Callable[[], None]] = {
    "course: tensors": _course_tensors,
    "course: convolutions": _course_convolutions,
    **{
        f"{dtype}: {title}": partial(_compile_elementwise, names, dtype)
        for dtype in ("float32", "float64")
        for title, names in (
            ("arithmetic", ARITHMETIC),
            ("functions", FUNCTIONS),
            ("activations", ACTIVATIONS),
            ("comparisons", COMPARISONS),
        )
    },
    **{
        f"{dtype}: {title}": partial(compile_them, dtype)
        for dtype in ("float32", "float64")
        for title, compile_them in (
            ("reductions", _compile_reductions),
            ("matrix products", _compile_products),
        )
    },
}
