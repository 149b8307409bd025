"""What matrices the functions of linear algebra take, and their common steps on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ....errors import DTypeError, ShapeError

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
T = TypeVar("T")

# So many unknowns are found one by one, before the others learn of them in one product.
_BLOCK = 64


class LinAlgError(RuntimeError, np.linalg.LinAlgError):
    """A matrix that is singular, not positive-definite or not finite where it must not be."""


def check_floats(function: str, x: Tensor, takes_half: bool = False) -> None:
    """Check that a tensor holds float32 or float64, or else float16 where that is enough.

    Raises:
        DTypeError: it does not.
    """
    if not x._key.is_float:
        raise DTypeError(
            f"{function}: Expected a floating point or complex tensor as input. Got "
            f"{x._key.dtype}. Convert it with to()."
        )
    if x._array.itemsize < 4 and not takes_half:
        raise DTypeError(
            f"{function}: Low precision dtypes not supported. Got {x._key.dtype}. Convert it with "
            "to(torch.float32)."
        )


def check_matrix(function: str, x: Tensor, takes_half: bool = False) -> None:
    """Check that a tensor is a matrix of floats, or a batch of them; see `check_floats`.

    Raises:
        ShapeError: it has fewer dimensions.
        DTypeError: it holds something else.
    """
    if len(x._shape) < 2:
        raise ShapeError(
            f"{function}: The input tensor A must have at least 2 dimensions, got shape "
            f"{list(x._shape)}."
        )
    check_floats(function, x, takes_half)


def check_square(function: str, x: Tensor) -> None:
    """Check that a tensor is a square matrix of floats, or a batch of them.

    Raises:
        ShapeError: it is not square.
        DTypeError: it holds something else.
    """
    if len(x._shape) < 2 or x._shape[-1] != x._shape[-2]:
        check_matrix(function, x)
        raise ShapeError(
            f"{function}: A must be batches of square matrices, but they are {x._shape[-2]} by "
            f"{x._shape[-1]} matrices"
        )
    check_floats(function, x)


def check_same_dtype(function: str, x: Tensor, y: Tensor) -> None:
    """Check that two tensors have one dtype.

    Raises:
        DTypeError: they do not.
    """
    if x._key.dtype is not y._key.dtype:
        raise DTypeError(
            f"{function}: Expected A and B to have the same dtype, but found {x._key.dtype} and "
            f"{y._key.dtype}. Convert one with to()."
        )


def check_system(function: str, a: Tensor, b: Tensor, left: bool) -> None:
    """Check that a matrix and right-hand sides fit.

    Raises:
        ShapeError: they do not.
    """
    if len(b._shape) < 2:
        raise ShapeError(
            f"{function}: The input tensor B must have at least 2 dimensions, got shape "
            f"{list(b._shape)}."
        )
    if a._shape[-1] != b._shape[-2 if left else -1]:
        side = "AX = B" if left else "XA = B"
        raise ShapeError(
            f"{function}: Incompatible shapes of A and B for the equation {side} "
            f"({'x'.join(map(str, a._shape[-2:]))} and {'x'.join(map(str, b._shape[-2:]))})"
        )
    for n, m in zip(a._shape[-3::-1], b._shape[-3::-1], strict=False):
        if n != m and 1 not in (n, m):
            raise ShapeError(
                f"{function}: the batches of shapes {list(a._shape)} and {list(b._shape)} do not "
                "broadcast."
            )


def attempt(text: str, compute: Callable[[], T]) -> T:
    """Call LAPACK.

    Raises:
        LinAlgError: it finds that the matrix is not as it should be.
    """
    try:
        return compute()
    except np.linalg.LinAlgError as problem:
        raise LinAlgError(text) from problem


def inverse_array(function: str, array: Array) -> Array:
    """Invert matrices.

    Raises:
        LinAlgError: one is singular.
    """
    return attempt(
        f"{function}: The inversion could not be completed because the input matrix is singular.",
        lambda: np.linalg.inv(array),
    )


def substituted(a: Array, b: Array, is_upper: bool, has_ones: bool) -> Array:
    """Solve triangular systems; a 0 on the diagonal gives what dividing by it gives.

    Args:
        a: (..., n, n); the other triangle does not count.
        b: (..., n, k), with the same leading sizes, or such that broadcast.
        is_upper: which triangle counts.
        has_ones: the diagonal is taken to be 1.
    """
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    x = np.array(np.broadcast_to(b, (*leading, *b.shape[-2:])), order="C")
    size = a.shape[-1]
    starts = range(0, size, _BLOCK)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for start in reversed(starts) if is_upper else starts:
            stop = min(start + _BLOCK, size)
            rows = range(start, stop)
            for i in reversed(rows) if is_upper else rows:
                known = slice(i + 1, stop) if is_upper else slice(start, i)
                if known.start < known.stop:
                    x[..., i : i + 1, :] -= a[..., i : i + 1, known] @ x[..., known, :]
                if not has_ones:
                    x[..., i, :] /= a[..., i, i, None]
            others = slice(0, start) if is_upper else slice(stop, size)
            if others.start < others.stop:
                x[..., others, :] -= a[..., others, start:stop] @ x[..., start:stop, :]
    return x
