"""Module 3: tensor operations as CUDA kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numba

from . import tensor_data
from ._cuda import cuda, require_device, to_device, to_host
from .errors import CourseShapeError
from .tensor_data import Shape, Storage, Strides, TensorData, shape_broadcast
from .tensor_ops import MapProto, TensorOps, checked_dim, map_output, matmul_shape, reduce_output

if TYPE_CHECKING:
    from .tensor import Tensor

THREADS_PER_BLOCK = 32
# A reduction uses as many threads as its dimension is long, within these limits.
MAX_REDUCE_THREADS = 1024
# A matrix product is computed in square tiles of this width.
TILE = 16

broadcast_position = cuda.jit(device=True)(tensor_data.broadcast_position)


class CudaOps(TensorOps):
    """The operations on the GPU, one thread for each element of the result."""

    cuda = True

    @staticmethod
    def map(fn: Callable[[float], float]) -> MapProto:
        """Make a function that applies fn to each element of a tensor."""
        kernel = tensor_map(cuda.jit(device=True)(fn))

        def mapped(a: Tensor, out: Tensor | None = None) -> Tensor:
            out = map_output(a, out)
            launch(kernel, out, a)
            return out

        return mapped

    cmap = map

    @staticmethod
    def zip(fn: Callable[[float, float], float]) -> Callable[[Tensor, Tensor], Tensor]:
        """Make a function that combines the elements of two tensors."""
        kernel = tensor_zip(cuda.jit(device=True)(fn))

        def zipped(a: Tensor, b: Tensor) -> Tensor:
            out = a.zeros(shape_broadcast(a.shape, b.shape))
            launch(kernel, out, a, b)
            return out

        return zipped

    @staticmethod
    def reduce(
        fn: Callable[[float, float], float], start: float = 0.0
    ) -> Callable[[Tensor, int], Tensor]:
        """Make a function that folds a dimension of a tensor."""
        kernel = tensor_reduce(cuda.jit(device=True)(fn))

        def reduced(a: Tensor, dim: int) -> Tensor:
            require_device("CudaOps")
            dim = checked_dim(a, dim)
            out = reduce_output(a, dim, 0.0)
            if out.size > 0:
                result = _on_device(out)
                threads = _reduce_threads(a.shape[dim])
                kernel[out.size, threads](*result, out.size, *_on_device(a), dim, start)
                _bring_back(out, result[0])
            return out

        return reduced

    @staticmethod
    def matrix_multiply(a: Tensor, b: Tensor) -> Tensor:
        """Multiply two (batches of) matrices.

        Args:
            a: (..., n, k).
            b: (..., k, m); the dimensions in front broadcast.

        Returns:
            (..., n, m).

        Raises:
            CourseShapeError: (an AssertionError) the inner sizes differ.
        """
        require_device("CudaOps")
        out = a.zeros(matmul_shape(a.shape, b.shape))
        if out.size > 0:
            result = _on_device(out)
            n, m = out.shape[-2:]
            blocks = (_blocks(n, TILE), _blocks(m, TILE), out.size // (n * m))
            tensor_matrix_multiply[blocks, (TILE, TILE, 1)](
                *result, out.size, *_on_device(a), *_on_device(b)
            )
            _bring_back(out, result[0])
        return out


def launch(kernel: Any, out: Tensor, *inputs: Tensor, last: tuple[Any, ...] = ()) -> None:
    """Run a kernel with one thread for each element of the output.

    Args:
        kernel: takes the output's storage, shape, strides and size, those but the size of each
            input, and the last arguments.
        out: the output.
        *inputs: the inputs.
        last: further arguments.

    Raises:
        DeviceError: there is neither a CUDA device nor the simulator.
    """
    require_device("CudaOps")
    if out.size > 0:
        result = _on_device(out)
        arrays = [array for x in inputs for array in _on_device(x)]
        blocks = _blocks(out.size, THREADS_PER_BLOCK)
        kernel[blocks, THREADS_PER_BLOCK](*result, out.size, *arrays, *last)
        _bring_back(out, result[0])


def _on_device(a: Tensor) -> tuple[Any, Any, Any]:
    """Give storage, shape and strides on the GPU; a tensor of a CUDA backend stays there."""
    if a.backend.cuda:
        a._tensor.to_cuda_()
    storage, shape, strides = a.tuple()
    return to_device(storage), to_device(shape), to_device(strides)


def _bring_back(out: Tensor, storage: Any) -> None:
    """Copy a result from the GPU into the storage of a tensor that has another backend."""
    if not out.backend.cuda:
        out._tensor._storage[:] = to_host(storage)


def _blocks(size: int, width: int) -> int:
    return (size + width - 1) // width


def _reduce_threads(length: int) -> int:
    """Choose a power of two of at least the length, within the limits of a block."""
    threads = THREADS_PER_BLOCK
    while threads < length and threads < MAX_REDUCE_THREADS:
        threads *= 2
    return threads


# Task 3.3: the low-level functions. Threads beyond the end of the output do nothing.


def tensor_map(fn: Callable[[float], float]) -> Any:
    """Make a CUDA map; the input may broadcast to the output.

    Args:
        fn: a device function of a float.

    Returns:
        A kernel of the output's storage, shape, strides and size, and the input's storage, shape
        and strides.
    """

    def _map(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        out_size: int,
        in_storage: Storage,
        in_shape: Shape,
        in_strides: Strides,
    ) -> None:
        ordinal = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
        if ordinal < out_size:
            to = broadcast_position(ordinal, out_shape, out_shape, out_strides)
            at = broadcast_position(ordinal, out_shape, in_shape, in_strides)
            out[to] = fn(in_storage[at])

    return cuda.jit()(_map)


def tensor_zip(fn: Callable[[float, float], float]) -> Any:
    """Make a CUDA zip; both inputs may broadcast to the output.

    Args:
        fn: a device function of two floats.

    Returns:
        A kernel of the output's storage, shape, strides and size, and of storage, shape and
        strides of the two inputs.
    """

    def _zip(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        out_size: int,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        b_storage: Storage,
        b_shape: Shape,
        b_strides: Strides,
    ) -> None:
        ordinal = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
        if ordinal < out_size:
            to = broadcast_position(ordinal, out_shape, out_shape, out_strides)
            a_at = broadcast_position(ordinal, out_shape, a_shape, a_strides)
            b_at = broadcast_position(ordinal, out_shape, b_shape, b_strides)
            out[to] = fn(a_storage[a_at], b_storage[b_at])

    return cuda.jit()(_zip)


def _sum_practice(out: Storage, a: Storage, size: int) -> None:
    """Sum each block of 32 elements in shared memory.

    Args:
        out: one cell for each block of elements.
        a: the elements.
        size: how many there are.
    """
    cache = cuda.shared.array(THREADS_PER_BLOCK, numba.float64)
    position = cuda.threadIdx.x
    i = cuda.blockIdx.x * THREADS_PER_BLOCK + position
    cache[position] = a[i] if i < size else 0.0
    cuda.syncthreads()
    half = THREADS_PER_BLOCK // 2
    while half > 0:
        if position < half:
            cache[position] += cache[position + half]
        cuda.syncthreads()
        half //= 2
    if position == 0 and cuda.blockIdx.x < len(out):
        out[cuda.blockIdx.x] = cache[0]


jit_sum_practice = cuda.jit()(_sum_practice)


def sum_practice(a: Tensor) -> TensorData:
    """Sum a vector of at most 64 elements in blocks of 32.

    Args:
        a: one dimension.

    Returns:
        Shape (2,): the sums of the first and the second 32 elements.
    """
    if a.dims != 1 or a.size > 2 * THREADS_PER_BLOCK:
        raise CourseShapeError(
            f"sum_practice needs a vector of at most 64 elements, got {a.shape}."
        )
    require_device("sum_practice")
    out = TensorData([0.0, 0.0], (2,))
    out.to_cuda_()
    blocks = a.size // THREADS_PER_BLOCK + 1
    jit_sum_practice[blocks, THREADS_PER_BLOCK](out._storage, _on_device(a)[0], a.size)
    return out


def tensor_reduce(fn: Callable[[float, float], float]) -> Any:
    """Make a CUDA reduction of any length: one block for each element of the output.

    Each thread folds every so-many-th element; shared memory then joins the threads' results.

    Args:
        fn: a device function of two floats, associative and commutative.

    Returns:
        A kernel of the output's storage, shape (size 1 in the folded dimension), strides and size,
        the input's storage, shape and strides, the number of that dimension, and the start value;
        launched with one block for each element and a power of two of threads, at most 1024.
    """

    def _reduce(
        out: Storage,
        out_shape: Shape,
        out_strides: Strides,
        out_size: int,
        a_storage: Storage,
        a_shape: Shape,
        a_strides: Strides,
        reduce_dim: int,
        reduce_value: float,
    ) -> None:
        cache = cuda.shared.array(MAX_REDUCE_THREADS, numba.float64)
        ordinal = cuda.blockIdx.x
        position = cuda.threadIdx.x
        threads = cuda.blockDim.x
        count = a_shape[reduce_dim]
        step = a_strides[reduce_dim]
        at = broadcast_position(ordinal, out_shape, out_shape, a_strides)
        if position < count:
            result = a_storage[at + position * step]
            for i in range(position + threads, count, threads):
                result = fn(a_storage[at + i * step], result)
            cache[position] = result
        cuda.syncthreads()
        half = threads // 2
        while half > 0:
            if position < half and position + half < count:
                cache[position] = fn(cache[position + half], cache[position])
            cuda.syncthreads()
            half //= 2
        if position == 0:
            to = broadcast_position(ordinal, out_shape, out_shape, out_strides)
            out[to] = fn(cache[0], reduce_value) if count > 0 else reduce_value

    return cuda.jit()(_reduce)


# Task 3.4: matrix multiplication.


def _mm_practice(out: Storage, a: Storage, b: Storage, size: int) -> None:
    """Multiply two square matrices of at most 32 x 32 in shared memory.

    Args:
        out: the product, row-major.
        a: the left matrix, row-major.
        b: the right matrix, row-major.
        size: their width.
    """
    a_cache = cuda.shared.array((THREADS_PER_BLOCK, THREADS_PER_BLOCK), numba.float64)
    b_cache = cuda.shared.array((THREADS_PER_BLOCK, THREADS_PER_BLOCK), numba.float64)
    row, column = cuda.threadIdx.x, cuda.threadIdx.y
    inside = row < size and column < size
    if inside:
        a_cache[row, column] = a[row * size + column]
        b_cache[row, column] = b[row * size + column]
    cuda.syncthreads()
    if inside:
        total = 0.0
        for k in range(size):
            total += a_cache[row, k] * b_cache[k, column]
        out[row * size + column] = total


jit_mm_practice = cuda.jit()(_mm_practice)


def mm_practice(a: Tensor, b: Tensor) -> TensorData:
    """Multiply two square matrices of at most 32 x 32 with one block.

    Args:
        a: (size, size), row-major.
        b: (size, size), row-major.

    Returns:
        (size, size).
    """
    if a.dims != 2 or a.shape != b.shape or a.shape != a.shape[::-1] or a.shape[0] > 32:
        raise CourseShapeError(
            f"mm_practice needs two square matrices of at most 32 x 32, got {a.shape} and "
            f"{b.shape}."
        )
    if not (a._tensor.is_contiguous() and b._tensor.is_contiguous()):
        raise CourseShapeError("mm_practice needs row-major matrices; call contiguous() first.")
    require_device("mm_practice")
    size = a.shape[0]
    out = TensorData([0.0] * (size * size), (size, size))
    out.to_cuda_()
    jit_mm_practice[1, (THREADS_PER_BLOCK, THREADS_PER_BLOCK)](
        out._storage, _on_device(a)[0], _on_device(b)[0], size
    )
    return out


def _tensor_matrix_multiply(
    out: Storage,
    out_shape: Shape,
    out_strides: Strides,
    out_size: int,
    a_storage: Storage,
    a_shape: Shape,
    a_strides: Strides,
    b_storage: Storage,
    b_shape: Shape,
    b_strides: Strides,
) -> None:
    """Multiply batches of matrices in tiles.

    A block computes one tile of one product. It moves along the inner dimension: its threads copy a
    tile of each factor to shared memory, one element each, then each adds up its row times column.
    So every element of global memory is read once for a whole tile, and written once.

    Args:
        out: storage, shape (..., n, m), strides and size of the product.
        out_shape: see out.
        out_strides: see out.
        out_size: see out.
        a_storage: storage, shape (..., n, k) and strides of the left matrices; their batch may
            broadcast.
        a_shape: see a_storage.
        a_strides: see a_storage.
        b_storage: the same of the right matrices, (..., k, m).
        b_shape: see b_storage.
        b_strides: see b_storage.
    """
    a_tile = cuda.shared.array((TILE, TILE), numba.float64)
    b_tile = cuda.shared.array((TILE, TILE), numba.float64)
    batch = cuda.blockIdx.z
    y, x = cuda.threadIdx.x, cuda.threadIdx.y
    row = cuda.blockIdx.x * TILE + y
    column = cuda.blockIdx.y * TILE + x
    n, m, depth = out_shape[-2], out_shape[-1], a_shape[-1]
    batch_shape = out_shape[:-2]
    a_at = broadcast_position(batch, batch_shape, a_shape[:-2], a_strides[:-2])
    b_at = broadcast_position(batch, batch_shape, b_shape[:-2], b_strides[:-2])
    total = 0.0
    for start in range(0, depth, TILE):
        a_tile[y, x] = 0.0
        b_tile[y, x] = 0.0
        if row < n and start + x < depth:
            a_tile[y, x] = a_storage[a_at + row * a_strides[-2] + (start + x) * a_strides[-1]]
        if column < m and start + y < depth:
            b_tile[y, x] = b_storage[b_at + (start + y) * b_strides[-2] + column * b_strides[-1]]
        cuda.syncthreads()
        for k in range(TILE):
            total += a_tile[y, k] * b_tile[k, x]
        cuda.syncthreads()
    if row < n and column < m:
        to = broadcast_position(batch, batch_shape, batch_shape, out_strides[:-2])
        out[to + row * out_strides[-2] + column * out_strides[-1]] = total


tensor_matrix_multiply = cuda.jit()(_tensor_matrix_multiply)
