"""Weights of a direction and a length, by a hook: the older `torch.nn.utils.weight_norm`."""

from __future__ import annotations

from typing import Any, TypeVar

from ...._warn import warn
from ..._tensor import Tensor
from ...functions.normalization.weight_norms import _weight_norm, norm_except_dim
from ..modules.module import Module
from ..parameter import Parameter

Layer = TypeVar("Layer", bound=Module)


class WeightNorm:
    """A hook that computes a weight of its direction and length, before each call.

    Args:
        name: of the weight.
        dim: whose members have a length each; -1 for one length.
    """

    name: str
    dim: int

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """Give the weight."""
        length, direction = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return _weight_norm(direction, length, self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Make parameters of direction and length of a weight; see `weight_norm`."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, WeightNorm) and hook.name == name:
                raise RuntimeError(
                    f"Cannot register two weight_norm hooks on the same parameter {name}"
                )
        made = WeightNorm(name, dim)
        weight = getattr(module, name)
        del module._parameters[name]
        length = norm_except_dim(weight, 2, made.dim).data
        module.register_parameter(name + "_g", Parameter(length))
        module.register_parameter(name + "_v", Parameter(weight.data))
        setattr(module, name, made.compute_weight(module))
        module.register_forward_pre_hook(made)
        return made

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        delattr(module, self.name)
        del module._parameters[self.name + "_g"]
        del module._parameters[self.name + "_v"]
        setattr(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        """Compute the weight, before a call."""
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: Layer, name: str = "weight", dim: int = 0) -> Layer:
    """Replace a weight w by parameters: its direction v and length g, w = g * v / |v|.

    Args:
        module: whose weight.
        name: of the weight; the parameters get the endings "_g" and "_v".
        dim: whose members have a length each; None for one length.

    Raises:
        RuntimeError: that was done before.
    """
    warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
    )
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Layer, name: str = "weight") -> Layer:
    """Make a weight a parameter again; see `weight_norm`.

    Raises:
        ValueError: it is one.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
