"""Weights divided by their largest singular value, by a hook: `torch.nn.utils.spectral_norm`."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

from ..._tensor import Tensor
from ...autograd.grad_mode import no_grad
from ...functions.products.matmul import dot, mv
from ..functional import normalize
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from ..parameter import Parameter

Layer = TypeVar("Layer", bound=Module)

_TRANSPOSED = (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
_VERSION = 1


class SpectralNorm:
    """A hook that computes a weight before each call, with vectors that learn its largest value.

    Args:
        name: of the weight.
        n_power_iterations: how often the vectors are improved in each training step.
        dim: of the outputs.
        eps: the smallest length that is divided by.

    Raises:
        ValueError: n_power_iterations is not positive.
    """

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.dim = dim
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def reshape_weight_to_matrix(self, weight: Tensor) -> Tensor:
        """Give the weight as (outputs, everything else)."""
        return as_matrix(weight, self.dim)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """Give the weight divided by its largest singular value.

        Args:
            module: whose.
            do_power_iteration: improve the vectors first.
        """
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=self.eps))
                    u.copy_(normalize(mv(matrix, v), dim=0, eps=self.eps))
                # The next step changes them in place; this step's graph needs them as they are.
                u, v = u.clone(), v.clone()
        return weight / dot(u, mv(matrix, v))

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for ending in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + ending)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Compute the weight, before a call."""
        setattr(module, self.name, self.compute_weight(module, module.training))

    @staticmethod
    def apply(
        module: Module, name: str, n_power_iterations: int, dim: int, eps: float
    ) -> SpectralNorm:
        """Hook a module; see `spectral_norm`."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(
                    f"Cannot register two spectral_norm hooks on the same parameter {name}"
                )
        made = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        u, v = drawn_vectors(made.reshape_weight_to_matrix(weight), eps)
        delattr(module, made.name)
        module.register_parameter(made.name + "_orig", weight)
        # Something of the name has to be there for what reads it before the first call.
        setattr(module, made.name, weight.data)
        module.register_buffer(made.name + "_u", u)
        module.register_buffer(made.name + "_v", v)
        module.register_forward_pre_hook(made)
        module._register_state_dict_hook(SpectralNormStateDictHook(made))
        return made


class SpectralNormStateDictHook:
    """Writes into the metadata of state dicts which version of spectral norm they are of."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self,
        module: Module,
        state_dict: MutableMapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
    ) -> None:
        """Note the version."""
        versions = local_metadata.setdefault("spectral_norm", {})
        key = self.fn.name + ".version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = _VERSION


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """Give a weight as a matrix, of which one dimension has the rows."""
    if dim != 0:
        weight = weight.permute(dim, *[d for d in range(len(weight._shape)) if d != dim])
    return weight.reshape(weight._shape[0], -1)


def drawn_vectors(matrix: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Draw vectors of length 1, for the rows and the columns of a matrix."""
    with no_grad():
        rows, columns = matrix._shape
        u = normalize(matrix.new_empty(rows).normal_(0, 1), dim=0, eps=eps)
        v = normalize(matrix.new_empty(columns).normal_(0, 1), dim=0, eps=eps)
    return u, v


def output_dim(module: Module) -> int:
    """Give the dimension of the outputs in a layer's weight."""
    return 1 if isinstance(module, _TRANSPOSED) else 0


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
        name: of the weight; the parameter gets the ending "_orig".
        n_power_iterations: how many in each training step.
        eps: the smallest length that is divided by.
        dim: of the outputs; by default 1 for transposed convolutions and 0 otherwise.

    Raises:
        RuntimeError: that was done before.
        ValueError: n_power_iterations is not positive.
    """
    if dim is None:
        dim = output_dim(module)
    SpectralNorm.apply(module, name, n_power_iterations, dim, eps)
    return module


def remove_spectral_norm(module: Layer, name: str = "weight") -> Layer:
    """Make a weight a parameter again; see `spectral_norm`.

    Raises:
        ValueError: it is one.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            break
    else:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    for key, hook in module._state_dict_hooks.items():
        if isinstance(hook, SpectralNormStateDictHook) and hook.fn.name == name:
            del module._state_dict_hooks[key]
            break
    return module
