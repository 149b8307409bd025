"""Functions of `torch.nn.functional` in the forms in which `torch` itself has them.

The names are the same there, but other arguments have defaults or come first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._generator import Generator
from ._overrides import public
from .indexing import embedding as embeddings
from .pointwise import activations
from .pooling import adaptive_pooling
from .products.matmul import deliver
from .random import dropout as dropouts
from .random import rrelu as rrelus

if TYPE_CHECKING:
    from .._tensor import Tensor


@public
def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Set elements to 0, each with probability p; see `torch.nn.functional.dropout`."""
    return dropouts.dropout(input, p, train)


@public
def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """Compute `dropout` in place."""
    return dropouts.dropout(input, p, train, True)


@public
def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Drop elements of SELU networks; see `torch.nn.functional.alpha_dropout`."""
    return dropouts.alpha_dropout(input, p, train)


@public
def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """Compute `alpha_dropout` in place."""
    return dropouts.alpha_dropout(input, p, train, True)


@public
def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Drop channels of SELU networks; see `torch.nn.functional.feature_alpha_dropout`."""
    return dropouts.feature_alpha_dropout(input, p, train)


@public
def feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """Compute `feature_alpha_dropout` in place."""
    return dropouts.feature_alpha_dropout(input, p, train, True)


@public
def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Set whole channels of (N, C, ...) to 0, each with probability p."""
    return dropouts.of_channels(input, p, train, False, False)


@public
def feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """Compute `feature_dropout` in place."""
    return dropouts.of_channels(input, p, train, True, False)


@public
def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Take rows of a table; see `torch.nn.functional.embedding`. A padding_idx of -1 is none."""
    padding = None if padding_idx == -1 else padding_idx
    return embeddings.embedding(
        indices, weight, padding, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse
    )


@public
def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Multiply what is negative with random slopes; see `torch.nn.functional.rrelu`."""
    return rrelus.rrelu_of(input, lower, upper, training, False, generator)


@public
def rrelu_(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Compute `rrelu` in place."""
    return rrelus.rrelu_of(input, lower, upper, training, True, generator)


@public
def threshold(
    input: Tensor, threshold: float, value: float, *, out: Tensor | None = None
) -> Tensor:
    """Replace what is not above a threshold by a value."""
    return deliver("threshold", activations.threshold(input, threshold, value), out)


@public
def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Compute `torch.nn.functional.celu`."""
    return activations.celu(input, alpha)


@public
def selu(input: Tensor) -> Tensor:
    """Compute `torch.nn.functional.selu`."""
    return activations.selu(input)


@public
def adaptive_max_pool1d(input: Tensor, output_size: int) -> tuple[Tensor, Tensor]:
    """Give the largest elements of so many windows, and where they are."""
    return adaptive_pooling.adaptive_max_pool1d_with_indices(input, output_size)
