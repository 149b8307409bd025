"""Tasks 3.1 and 3.2: show what Numba's compiler made parallel in fast_ops."""

from typing import Any

import numpy as np
from numba import njit

from minitorch import operators
from minitorch.fast_ops import tensor_map, tensor_matrix_multiply, tensor_reduce, tensor_zip
from minitorch.tensor_data import strides_from_shape


def main() -> None:
    """Compile each kernel by a call, and print the compiler's report on its loops."""
    vector = _arguments(10)
    _report("MAP", tensor_map(njit()(operators.id)), *vector, *_arguments(10))
    _report("ZIP", tensor_zip(njit()(operators.eq)), *vector, *_arguments(10), *_arguments(10))
    _report("REDUCE", tensor_reduce(njit()(operators.add)), *_arguments(1), *vector, 0)
    _report(
        "MATRIX MULTIPLY",
        tensor_matrix_multiply,
        *_arguments(1, 10, 10),
        *_arguments(1, 10, 20),
        *_arguments(1, 20, 10),
    )


def _arguments(*shape: int) -> tuple[Any, Any, Any]:
    """Make the storage, shape and strides of a tensor of zeros."""
    storage = np.zeros(int(np.prod(shape)))
    return storage, np.array(shape), np.array(strides_from_shape(shape))


def _report(name: str, kernel: Any, *arguments: Any) -> None:
    print(name)
    kernel(*arguments)
    kernel.parallel_diagnostics(level=3)
