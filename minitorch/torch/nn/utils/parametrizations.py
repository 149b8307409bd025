"""Parametrizations to be used as they are: orthogonal weights, weight norm, spectral norm."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, TypeVar

from ..._tensor import Tensor
from ...autograd.grad_mode import no_grad
from ...functions.arranging.joining import cat
from ...functions.creation.filled import zeros_like
from ...functions.normalization.weight_norms import _weight_norm, norm_except_dim
from ...functions.products.matmul import dot, mv
from ...functions.random.random import randn
from ..functional import normalize
from ..modules.module import Module
from . import parametrize
from ._orthogonal import (
    cayley,
    closest_orthogonal,
    exponential,
    householder,
    is_orthogonal,
    reflections_of,
)
from .spectral_norm import as_matrix, drawn_vectors, output_dim

Layer = TypeVar("Layer", bound=Module)


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


class _Orthogonal(Module):
    """Makes an orthogonal matrix of any: its columns, or rows if there are fewer, are orthonormal.

    Args:
        weight: the matrices, as they are now.
        orthogonal_map: how.
        use_trivialization: multiply by a matrix `base`, so that every orthogonal matrix can be
            reached and assigned.
    """

    base: Tensor

    def __init__(
        self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True
    ) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        """Give the orthogonal matrices of (*, n, k)."""
        is_wide = X._shape[-2] < X._shape[-1]
        tall = X.mT if is_wide else X
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            result = exponential(tall)
        elif self.orthogonal_map is _OrthMaps.cayley:
            result = cayley(tall)
        else:
            result = householder(tall)
        base = getattr(self, "base", None)
        if base is not None:
            result = base @ result
        return result.mT if is_wide else result

    def right_inverse(self, Q: Tensor) -> Tensor:
        """Give what leads to some matrices, or to orthogonal ones close to them.

        Raises:
            ValueError: the shape is another one.
            NotImplementedError: without `base` that is not possible for this map.
        """
        if Q._shape != tuple(self.shape):
            raise ValueError(
                "Expected a matrix or batch of matrices of shape "
                f"{tuple(self.shape)}. Got a tensor of shape {Q._shape}."
            )
        is_wide = Q._shape[-2] < Q._shape[-1]
        tall = Q.mT if is_wide else Q
        rows, columns = tall._shape[-2:]
        if not hasattr(self, "base"):
            if self.orthogonal_map is not _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley "
                    "parametrizations when use_trivialization=False."
                )
            found = reflections_of(tall)
            return found.mT if is_wide else found
        if rows == columns:
            base = tall.clone() if is_orthogonal(tall) else closest_orthogonal(tall)
        else:
            more = randn(*tall._shape[:-2], rows, rows - columns, dtype=tall.dtype)
            base = closest_orthogonal(cat([tall, more], -1))
        self.base = base
        start = zeros_like(Q)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return start


def orthogonal(
    module: Layer,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Layer:
    """Keep a weight orthogonal: Q.T @ Q is the identity, or Q @ Q.T where there are fewer rows.

    Args:
        module: whose weight.
        name: of the weight, (*, n, k).
        orthogonal_map: "matrix_exp", "cayley" or "householder"; by default the first for square
            matrices and the last for others.
        use_trivialization: let the matrix be assigned, by a buffer `base`.

    Raises:
        ValueError: there is no such weight, it is no matrix, or the map is unknown.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if len(weight._shape) < 2:
        raise ValueError(
            f"Expected a matrix or batch of matrices. Got a tensor of {len(weight._shape)} "
            "dimensions."
        )
    if orthogonal_map is None:
        is_square = weight._shape[-2] == weight._shape[-1]
        orthogonal_map = "matrix_exp" if is_square else "householder"
    chosen = _OrthMaps.__members__.get(orthogonal_map)
    if chosen is None:
        raise ValueError(
            'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: '
            f"{orthogonal_map}"
        )
    made = _Orthogonal(weight, chosen, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, made, unsafe=True)


class _WeightNorm(Module):
    """Makes a weight of its length and direction.

    Args:
        dim: whose members have a length each; None for one length.
    """

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """Give g * v / |v|."""
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Give the length and a vector of the direction."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Layer, name: str = "weight", dim: int = 0) -> Layer:
    """Replace a weight w by its length g and direction v: w = g * v / |v|.

    Args:
        module: whose weight.
        name: of the weight; g is `parametrizations.<name>.original0`, v is `original1`.
        dim: whose members have a length each; None for one length.

    Raises:
        ValueError: there is no such weight.
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *others: Any) -> None:
        # State dicts of modules with the older weight norm have other names.
        old = [f"{prefix}{name}{ending}" for ending in ("_g", "_v")]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    """Divides a weight by its largest singular value, which power iteration follows.

    Args:
        weight: as it is now.
        n_power_iterations: how many whenever the weight is computed in training.
        dim: of the outputs.
        eps: the smallest length that is divided by.

    Raises:
        IndexError: the dimension does not exist.
        ValueError: n_power_iterations is not positive.
    """

    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        rank = len(weight._shape)
        if not -rank <= dim < rank:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-rank}, {rank - 1}] but "
                f"got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % rank
        self.eps = eps
        if rank > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight, self.dim)
            u, v = drawn_vectors(matrix, eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)
            self._power_method(matrix, 15)

    def _power_method(self, matrix: Tensor, n_power_iterations: int) -> None:
        with no_grad():
            for _ in range(n_power_iterations):
                self._u.copy_(normalize(mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(normalize(mv(matrix.t(), self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        """Give the weight divided by its largest singular value."""
        if len(weight._shape) == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        # The next step changes the vectors in place; this step's graph needs them as they are.
        u, v = self._u.clone(), self._v.clone()
        return weight / dot(u, mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """Give the value itself: it may be of any size."""
        return value


def spectral_norm(
    module: Layer,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Layer:
    """Divide a weight by its largest singular value, which power iteration follows.

    Args:
        module: whose weight.
        name: of the weight.
        n_power_iterations: how many whenever the weight is computed in training.
        eps: the smallest length that is divided by.
        dim: of the outputs; by default 1 for transposed convolutions and 0 otherwise.

    Raises:
        ValueError: there is no such weight, or n_power_iterations is not positive.
        IndexError: the dimension does not exist.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    made = _SpectralNorm(
        weight, n_power_iterations, output_dim(module) if dim is None else dim, eps
    )
    return parametrize.register_parametrization(module, name, made)
