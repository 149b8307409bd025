"""Dropout in all its forms, with the masks that PyTorch draws."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ....errors import ShapeError
from ....kernels.cpu.randomness import dropout as kernels
from ..._generator import engine_of
from ..._record import Operation, record
from ..._wrap import wrap
from .._in_place import change
from .._overrides import public
from ..views.views import squeeze, unsqueeze

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
_Kernel = Callable[..., tuple[Array, Array]]


@public
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set elements to 0, each with probability p, and divide those that stay by 1 - p.

    Args:
        input: floats.
        p: from 0 to 1.
        training: False gives the input itself.
        inplace: put the result into input.

    Raises:
        ValueError: p is outside 0 to 1.
        RuntimeError: the elements are no floats.
    """
    if not 0.0 <= p <= 1.0:
        raise _no_probability(p)
    if not training or p == 0 or not input._array.size:
        return input
    return change(_dropped, input, p) if inplace else _dropped(input, p)


@public
def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Set elements to the least value of selu, and keep mean and variance; see `dropout`."""
    if not 0.0 <= p <= 1.0:
        raise _no_probability(p)
    if not training or p == 0 or not input._array.size:
        return input
    return change(_alpha_dropped, input, p) if inplace else _alpha_dropped(input, p)


@public
def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set whole channels of sequences to 0, each with probability p.

    Args:
        input: (N, C, L) or (C, L).
        p: from 0 to 1.
        training: False gives the input itself.
        inplace: put the result into input.

    Raises:
        ValueError: p is outside 0 to 1.
        ShapeError: the input has another number of dimensions.
    """
    rank = len(input._shape)
    if rank not in (2, 3):
        raise ShapeError(
            f"dropout1d: Expected 2D or 3D input, but received a {rank}D input of shape "
            f"{list(input._shape)}. It takes (N, C, L) or (C, L); dropout() takes any shape."
        )
    return of_channels(input, p, training, inplace, rank == 2)


@public
def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set whole channels of images to 0, each with probability p; see `dropout1d`.

    Three dimensions are read as (N, C, L), with a warning, and not as (C, H, W).
    """
    rank = len(input._shape)
    if rank == 3:
        _warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout "
            "behavior is desired: the input is read as (N, C, L). Use dropout1d() for it, or give "
            "images a batch dimension."
        )
    elif rank != 4:
        _warn_of_rank("dropout2d", rank, "(N, C, H, W)")
    return of_channels(input, p, training, inplace, False)


@public
def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Set whole channels of volumes to 0, each with probability p; see `dropout1d`.

    The input is (N, C, D, H, W) or (C, D, H, W).
    """
    rank = len(input._shape)
    if rank not in (4, 5):
        _warn_of_rank("dropout3d", rank, "(N, C, D, H, W) or (C, D, H, W)")
    return of_channels(input, p, training, inplace, rank != 5)


@public
def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Set whole channels to the least value of selu, and keep mean and variance.

    Args:
        input: (N, C, ...).
        p: from 0 to 1.
        training: False gives the input itself.
        inplace: put the result into input.

    Raises:
        ValueError: p is outside 0 to 1.
        ShapeError: the input has fewer than two dimensions.
    """
    if not 0.0 <= p <= 1.0:
        raise _no_probability(p)
    if not training or p == 0 or not input._array.size:
        return input
    return change(_channels_alpha, input, p) if inplace else _channels_alpha(input, p)


def of_channels(input: Tensor, p: float, training: bool, inplace: bool, is_single: bool) -> Tensor:
    """Drop channels; a single item gets a batch dimension for that."""
    if not 0.0 <= p <= 1.0:
        raise _no_probability(p)
    if not training or p == 0 or not input._array.size:
        return input
    batch = unsqueeze(input, 0) if is_single else input
    if inplace:
        change(_channels, batch, p)
        return input
    result = _channels(batch, p)
    return squeeze(result, 0) if is_single else result


# ---- what they compute


def _dropped(input: Tensor, p: float) -> Tensor:
    return _masked(kernels.dropout, _SCALED, input, p)


def _channels(input: Tensor, p: float) -> Tensor:
    return _masked(kernels.feature_dropout, _SCALED, input, p)


def _alpha_dropped(input: Tensor, p: float) -> Tensor:
    return _masked(kernels.alpha_dropout, _SHIFTED, input, p)


def _channels_alpha(input: Tensor, p: float) -> Tensor:
    return _masked(kernels.feature_alpha_dropout, _SHIFTED, input, p)


def _masked(kernel: _Kernel, operation: Operation, input: Tensor, p: float) -> Tensor:
    array, mask = kernel(input._array, float(p), engine_of("dropout", None))
    return record(wrap(array), operation, input, mask, float(p))


def _scaled_back(grad: Tensor, mask: Array, p: float) -> Tensor:
    array = kernels.dropout_backward(grad._array, mask, p)
    return record(wrap(array), _SCALED, grad, mask, p)


def _shifted_back(grad: Tensor, mask: Array, p: float) -> Tensor:
    array = kernels.alpha_dropout_backward(grad._array, mask, p)
    return record(wrap(array), _SHIFTED, grad, mask, p)


_SCALED = Operation("MulBackward0", _scaled_back)
_SHIFTED = Operation("AddBackward0", _shifted_back)


# ---- what they say


def _no_probability(p: float) -> kernels.ProbabilityError:
    return kernels.ProbabilityError(f"dropout probability has to be between 0 and 1, but got {p}")


def _warn_of_rank(name: str, rank: int, expected: str) -> None:
    _warn(
        f"{name}: Received a {rank}-D input to {name}, which is deprecated: it takes {expected}. "
        "Use dropout() for other shapes."
    )


def _warn(text: str) -> None:
    warnings.warn(text, UserWarning, stacklevel=4)
