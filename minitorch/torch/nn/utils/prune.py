"""Weights that are set to 0 for good: `torch.nn.utils.prune`.

A pruned parameter "weight" becomes the parameter "weight_orig" and the buffer "weight_mask" of
zeros and ones; their product is computed before each call, by a hook.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from ..._tensor import Tensor
from ...functions.arranging.joining import cat
from ..modules.module import Module
from ._pruning import BasePruningMethod as BasePruningMethod
from ._pruning import PruningContainer as PruningContainer
from ._pruning_methods import CustomFromMask as CustomFromMask
from ._pruning_methods import Identity as Identity
from ._pruning_methods import L1Unstructured as L1Unstructured
from ._pruning_methods import LnStructured as LnStructured
from ._pruning_methods import RandomStructured as RandomStructured
from ._pruning_methods import RandomUnstructured as RandomUnstructured

Layer = TypeVar("Layer", bound=Module)


def identity(module: Layer, name: str) -> Layer:
    """Prune nothing, but make mask and original of a parameter.

    Args:
        module: whose.
        name: of the parameter.
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Layer, name: str, amount: int | float) -> Layer:
    """Set numbers of a parameter to 0 that are chosen at random.

    Args:
        module: whose.
        name: of the parameter.
        amount: how many, or which share of those that are left.

    Raises:
        TypeError, ValueError: amount is no number, or not within the limits.
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: Layer, name: str, amount: int | float, importance_scores: Tensor | None = None
) -> Layer:
    """Set the numbers of a parameter to 0 that have the smallest magnitude.

    Args:
        module: whose.
        name: of the parameter.
        amount: how many, or which share of those that are left.
        importance_scores: take the magnitudes of these numbers instead.

    Raises:
        TypeError, ValueError: amount is no number, or not within the limits.
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Layer, name: str, amount: int | float, dim: int) -> Layer:
    """Set whole channels of a parameter to 0 that are chosen at random.

    Args:
        module: whose.
        name: of the parameter.
        amount: how many channels, or which share of them.
        dim: the dimension of the channels.

    Raises:
        TypeError, ValueError: amount is no number, or not within the limits.
        IndexError: the dimension does not exist.
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Layer,
    name: str,
    amount: int | float,
    n: float,
    dim: int,
    importance_scores: Tensor | None = None,
) -> Layer:
    """Set the whole channels of a parameter to 0 that have the smallest norm.

    Args:
        module: whose.
        name: of the parameter.
        amount: how many channels, or which share of them.
        n: which norm.
        dim: the dimension of the channels.
        importance_scores: take the norms of these numbers instead.

    Raises:
        TypeError, ValueError: amount is no number, or not within the limits.
        IndexError: the dimension does not exist.
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters as if they were one.

    Args:
        parameters: modules and names.
        pruning_method: a class of methods that choose single numbers.
        importance_scores: for some of the parameters, by module and name: what to choose by.
        **kwargs: for the class, such as `amount`.

    Raises:
        TypeError: parameters are not listed, or the method chooses whole channels.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    listed = list(parameters)
    scores = importance_scores or {}
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores should be of type dict")
    values = [scores.get((m, name), getattr(m, name)).reshape(-1) for m, name in listed]
    masks = [
        getattr(m, name + "_mask", getattr(m, name).new_ones(getattr(m, name)._shape)).reshape(-1)
        for m, name in listed
    ]
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method.__name__} of type {method.PRUNING_TYPE}"
        )
    container = PruningContainer()
    container._tensor_name = "temp"
    container.add_pruning_method(method)
    mask = container.compute_mask(cat(values), cat(masks))
    start = 0
    for module, name in listed:
        parameter = getattr(module, name)
        count = parameter.numel()
        custom_from_mask(module, name, mask[start : start + count].view_as(parameter))
        start += count


def custom_from_mask(module: Layer, name: str, mask: Tensor) -> Layer:
    """Set the numbers of a parameter to 0 where a mask is 0.

    Args:
        module: whose.
        name: of the parameter.
        mask: of the parameter's shape.
    """
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module: Layer, name: str) -> Layer:
    """Make a pruned parameter a parameter again, with its zeros.

    Args:
        module: whose.
        name: of the parameter.

    Raises:
        ValueError: it is not pruned.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(
        f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
    )


def is_pruned(module: Module) -> bool:
    """Tell whether a module, or one inside, has a pruned parameter."""
    return any(
        isinstance(hook, BasePruningMethod)
        for each in module.modules()
        for hook in each._forward_pre_hooks.values()
    )
