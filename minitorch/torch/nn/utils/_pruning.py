"""The base of all ways to prune, and several of them one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from ..._tensor import Tensor
from ...functions.creation.filled import ones_like
from ..modules.module import Module
from ..parameter import Parameter


class BasePruningMethod(ABC):
    """A way to choose what is set to 0, and the hook that does so before each call.

    Attributes:
        PRUNING_TYPE: "unstructured" for a choice of single numbers, "structured" of channels, and
            "global" of whatever it likes. After other methods the first two choose from what these
            have left.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give a mask that is 0 also where the mask until now is.

        Args:
            t: what to choose by.
            default_mask: the mask until now.
        """

    def apply_mask(self, module: Module) -> Tensor:
        """Give the parameter of a module with its zeros."""
        mask = getattr(module, self._tensor_name + "_mask")
        original = getattr(module, self._tensor_name + "_orig")
        result: Tensor = mask.to(original.dtype) * original
        return result

    @classmethod
    def apply(
        cls,
        module: Module,
        name: str,
        *args: Any,
        importance_scores: Tensor | None = None,
        **kwargs: Any,
    ) -> BasePruningMethod:
        """Prune a parameter, by this method after those that were used before.

        Args:
            module: whose.
            name: of the parameter.
            *args: for the method.
            importance_scores: what to choose by; by default the parameter itself.
            **kwargs: for the method.
        """
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        before = _removed_hook(module, name)
        if before is not None:
            method = _after(before, method)
        original = getattr(module, name)
        if importance_scores is None:
            importance_scores = original
        elif importance_scores._shape != original._shape:
            raise AssertionError(
                "importance_scores should have the same shape as parameter "
                f"{name} of {module}: {list(original._shape)}, got {list(importance_scores._shape)}"
            )
        if before is None:
            mask = method.compute_mask(importance_scores, ones_like(original).detach())
            module.register_parameter(name + "_orig", original)
            del module._parameters[name]
        else:
            until_now = getattr(module, name + "_mask").detach().clone()
            mask = method.compute_mask(importance_scores, until_now)
        module.register_buffer(name + "_mask", mask.detach())
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(
        self,
        t: Tensor,
        default_mask: Tensor | None = None,
        importance_scores: Tensor | None = None,
    ) -> Tensor:
        """Give a tensor with zeros where this method puts them.

        Args:
            t: any shape.
            default_mask: the mask until now.
            importance_scores: what to choose by; by default t itself.
        """
        scores = t if importance_scores is None else importance_scores
        if scores._shape != t._shape:
            raise AssertionError("importance_scores should have the same shape as tensor t")
        mask = ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, mask)

    def remove(self, module: Module) -> None:
        """Make the pruned parameter a parameter again."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        delattr(module, name)
        original: Parameter = module._parameters[name + "_orig"]
        original.data = weight.data
        del module._parameters[name + "_orig"]
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods for one parameter, each after the ones before it.

    Args:
        *args: the methods, or one iterable of them.
    """

    PRUNING_TYPE = "container"

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1 and isinstance(args[0], Iterable):
            args = tuple(args[0])
        if args:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method that comes after all others.

        Raises:
            TypeError: it is none.
            ValueError: it is for another parameter.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method._tensor_name != self._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer, got one for '{method._tensor_name}'."
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: int) -> BasePruningMethod:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask after the last method, which chooses from what is left."""
        method = self._pruning_methods[-1]
        mask = default_mask.to(t.dtype)
        left = _left(method, mask)
        part = method.compute_mask(t[left], mask[left])
        result = mask.clone()
        result[left] = part.to(mask.dtype)
        return result


def _left(method: BasePruningMethod, mask: Tensor) -> Any:
    """Give the index of what a method may choose from."""
    kind = method.PRUNING_TYPE
    if kind == "unstructured":
        return mask == 1
    if kind == "global":
        return (slice(None),) * len(mask._shape)
    if kind != "structured":
        raise AttributeError(f"Unrecognized PRUNING_TYPE {kind}")
    rank = len(mask._shape)
    dim = getattr(method, "dim", 0) % rank
    others = [d for d in range(rank) if d != dim]
    return (slice(None),) * dim + ((mask.sum(others) if others else mask) != 0,)


def _removed_hook(module: Module, name: str) -> BasePruningMethod | None:
    """Take away the hook that prunes a parameter until now, and give it."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            del module._forward_pre_hooks[key]
            found: BasePruningMethod = hook
            return found
    return None


def _after(before: BasePruningMethod, method: BasePruningMethod) -> PruningContainer:
    container = before if isinstance(before, PruningContainer) else PruningContainer(before)
    container.add_pruning_method(method)
    return container
