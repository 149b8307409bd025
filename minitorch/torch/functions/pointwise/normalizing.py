"""Activations that look at several elements at once: softmax and what is made of it, glu, norms.

The names and defaults are those of `torch.nn.functional`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from ....errors import ShapeError
from ....kernels.cpu.indexing.checks import ElementDTypeError
from ....kernels.generated import elementwise as kernels
from ... import _dtype
from ..._record import Operation, record
from ..._wrap import wrap
from .._operands import write_out
from .._overrides import public
from ..arranging.joining import cat
from ..creation.filled import empty_like, zeros_like
from ..linalg.norms import vector_norm
from ..random.random_in_place import exponential_
from ..reductions.extremes import max
from ..views.slicing import narrow
from ..views.views import axis
from . import softmax as softmaxes

if TYPE_CHECKING:
    from ..._tensor import Tensor


def _usual_dim(name: str, rank: int) -> int:
    """Give the dimension that old scripts mean when they name none."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an argument.",
        UserWarning,
        stacklevel=4,
    )
    return 0 if rank in (0, 1, 3) else 1


@public
def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: _dtype.dtype | None = None
) -> Tensor:
    """Compute e^x / sum of e^x along a dimension; see `torch.softmax`."""
    if dim is None:
        dim = _usual_dim("softmax", len(input._shape))
    return softmaxes.softmax(input, dim, dtype)


@public
def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: _dtype.dtype | None = None
) -> Tensor:
    """Compute the softmax of -input along a dimension."""
    if dim is None:
        dim = _usual_dim("softmin", len(input._shape))
    return softmaxes.softmax(-input, dim, dtype)


@public
def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: _dtype.dtype | None = None
) -> Tensor:
    """Compute the logarithm of softmax along a dimension; see `torch.log_softmax`."""
    if dim is None:
        dim = _usual_dim("log_softmax", len(input._shape))
    return softmaxes.log_softmax(input, dim, dtype)


@public
def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Draw from categories, in a way that gradients go through.

    Args:
        logits: floats, logarithms of weights.
        tau: the temperature: the lower, the closer are results to 0 and 1.
        hard: give 0 and 1, with the gradients of the soft numbers.
        eps: has no effect.
        dim: along which there are categories.

    Raises:
        RuntimeError: the elements are no floats.
        IndexError: the dimension does not exist.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=3)
    noise = -exponential_(empty_like(logits)).log()
    soft = softmaxes.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = max(soft, dim, keepdim=True)[1]
    picked: Tensor = zeros_like(logits).scatter_(dim, chosen, 1.0)
    return picked - soft.detach() + soft


@public
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Multiply one half of the input with the sigmoid of the other half.

    Args:
        input: floats, of an even size along dim.
        dim: the dimension that is halved.

    Raises:
        ShapeError: the size is odd, or there are no dimensions.
        IndexError: the dimension does not exist.
        NotImplementedError: the elements are no floats.
    """
    shape = input._shape
    if not shape:
        raise ShapeError("glu does not support scalars because halving size must be even.")
    place = axis(dim, len(shape), "glu")
    if shape[place] % 2:
        raise ShapeError(
            f"glu: Halving dimension must be even, but dimension {place} is size {shape[place]} in "
            f"shape {list(shape)}."
        )
    if not input._key.is_float:
        raise ElementDTypeError(f"glu is not implemented for {input._key.dtype}.")
    first, second = np.split(input._array, 2, place)
    result = wrap(kernels.mul(first, kernels.sigmoid(second)))
    return record(result, _GLU, input, input, place)


def _glu_back(grad: Tensor, input: Tensor, dim: int) -> Tensor:
    half = input._shape[dim] // 2
    share = narrow(input, dim, half, half).sigmoid()
    own = grad * share
    return cat((own, own * narrow(input, dim, 0, half) * (1 - share)), dim)


_GLU = Operation("GluBackward0", _glu_back)


@public
def normalize(
    input: Tensor,
    p: float = 2.0,
    dim: int | tuple[int, ...] = 1,
    eps: float = 1e-12,
    out: Tensor | None = None,
) -> Tensor:
    """Divide vectors by their norms.

    Args:
        input: floats.
        p: of the norm.
        dim: along which vectors lie.
        eps: the least number that is divided by.
        out: where to put the result.

    Raises:
        IndexError: the dimension does not exist.
        RuntimeError: the elements are no floats.
    """
    result = input / vector_norm(input, p, dim, True).clamp_min(eps)
    return result if out is None else write_out("normalize", result._array, out)
