"""Keep gradients from getting too large: `torch.nn.utils.clip_grad`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from types import GeneratorType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._warn import warn
from ....errors import NonFiniteError
from ....kernels.cpu.optimizers import gradients as kernels
from ..._node import LEAF_TENSOR, OPERATION
from ..._record import count_change
from ..._tensor import Tensor
from ..._wrap import wrap
from ...autograd.grad_mode import no_grad
from ...functions.arranging.joining import stack
from ...functions.linalg.norms import vector_norm
from ...optim._gradients import gradient_of

Array = NDArray[Any]
Tensors = Tensor | Iterable[Tensor]


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients of parameters, so that together they have at most some norm.

    Args:
        parameters: one tensor or several; those without a gradient are left out.
        max_norm: the largest norm that they may have.
        norm_type: which norm; infinite for the largest magnitude.
        error_if_nonfinite: refuse gradients that are not finite.
        foreach: how PyTorch goes through them; here there is one way.

    Returns:
        The norm before, as if all gradients were one vector.

    Raises:
        RuntimeError: the norm is not finite, and error_if_nonfinite is set.
    """
    listed = _listed(parameters)
    if not listed and isinstance(parameters, GeneratorType):
        warn("`parameters` is an empty generator: no gradient is clipped.", UserWarning)
    arrays = _gradients(listed)
    total = _total_norm(arrays, float(norm_type))
    _check_finite(total, norm_type, error_if_nonfinite)
    _scale(listed, arrays, float(max_norm), total)
    return wrap(total)


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Do what `clip_grad_norm_` does, under an old name."""
    warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of "
        "`torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Give the norm of tensors, as if all were one vector.

    Args:
        tensors: one or several.
        norm_type: which norm; infinite for the largest magnitude.
        error_if_nonfinite: refuse a norm that is not finite.
        foreach: how PyTorch goes through them; here there is one way.

    Raises:
        RuntimeError: the norm is not finite, and error_if_nonfinite is set.
    """
    total = _total_norm([tensor._array for tensor in _listed(tensors)], float(norm_type))
    _check_finite(total, norm_type, error_if_nonfinite)
    return wrap(total)


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients of parameters, given the norm that they have together.

    Args:
        parameters: one tensor or several; those without a gradient are left out.
        max_norm: the largest norm that they may have.
        total_norm: the one that they have; see `get_total_norm`.
        foreach: how PyTorch goes through them; here there is one way.
    """
    listed = _listed(parameters)
    _scale(listed, _gradients(listed), float(max_norm), total_norm._array)


def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Bring every number of the gradients into [-clip_value, clip_value].

    Args:
        parameters: one tensor or several; those without a gradient are left out.
        clip_value: the largest magnitude.
        foreach: how PyTorch goes through them; here there is one way.
    """
    limit = float(clip_value)
    listed = _listed(parameters)
    kernels.limit_all(_gradients(listed), limit)
    _count_changes(listed)


def _listed(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: Sequence[Tensor]) -> list[Array]:
    return [array for p in parameters if (array := gradient_of(p)) is not None]


def _total_norm(arrays: Sequence[Array], norm_type: float) -> Array:
    """Give the norm of the norms, as an array without dimensions."""
    if not arrays:
        return np.zeros((), np.float32)
    dtype = arrays[0].dtype
    if norm_type == 2 and dtype.kind == "f" and all(array.dtype is dtype for array in arrays):
        with np.errstate(over="ignore"):
            return np.array(kernels.total_norm(arrays), dtype)
    with no_grad():
        norms = stack([vector_norm(wrap(array), norm_type) for array in arrays])
        return vector_norm(norms, norm_type)._array


def _check_finite(total: Array, norm_type: float, error_if_nonfinite: bool) -> None:
    if error_if_nonfinite and not math.isfinite(total):
        raise NonFiniteError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is "
            f"non-finite: {float(total)}. They were not changed. Look for where it comes from with "
            "autograd.detect_anomaly(), or set error_if_nonfinite=False."
        )


def _scale(
    parameters: Sequence[Tensor], arrays: Sequence[Array], max_norm: float, total: Array
) -> None:
    """Multiply gradients by max_norm / (norm + 1e-6), where that is less than 1."""
    if not arrays:
        return
    # In the norm's own type, as PyTorch computes it.
    with np.errstate(all="ignore"):
        kind = total.dtype.type
        factor = float(kind(max_norm) / (kind(total) + kind(1e-6)))
    if factor < 1 or math.isnan(factor):
        kernels.scale_all(arrays, factor)
        _count_changes(parameters)


def _count_changes(parameters: Sequence[Tensor]) -> None:
    """Tell the gradients that are tensors already that they were changed."""
    for parameter in parameters:
        node = parameter._node
        if node is not None and node[OPERATION] is None:
            gradient = node[LEAF_TENSOR]
        else:
            gradient = parameter.grad
        if gradient is not None:
            count_change(gradient)
