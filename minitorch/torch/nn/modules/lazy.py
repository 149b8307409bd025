"""Modules that learn the sizes of their parameters from the first input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from ..._tensor import Tensor
from ...utils.hooks import RemovableHandle
from ..parameter import UninitializedTensorMixin, is_lazy
from ._hooks import HookDict, HookMethods, Hooks
from ._loading import Problems

_HOOKS = tuple(name for name, value in vars(HookMethods).items() if isinstance(value, HookDict))


class LazyModuleMixin:
    """Lets a module take the sizes of its parameters from the first input.

    A class of such modules has this class before the module's own among its bases, sets
    uninitialized parameters and buffers, and overrides `initialize_parameters`, which is called
    with the arguments of the first call. From then on the module is of the class `cls_to_become`.

    The parameters are the same objects before and after, and a state dict that has them already may
    be loaded before the first call.

    Attributes:
        cls_to_become: the class after the first call; None to stay of the same.

    Example:
        >>> from minitorch import torch
        >>> layer = torch.nn.LazyLinear(2)
        >>> layer(torch.ones(1, 3)).shape
        torch.Size([1, 2])
        >>> layer
        Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become: type[Any] | None = None

    if TYPE_CHECKING:
        _parameters: Any
        _buffers: Any
        _own_state: Callable[[], Iterator[tuple[str, Tensor]]]
        _register_load_state_dict_pre_hook: Callable[..., RemovableHandle]
        register_forward_pre_hook: Callable[..., RemovableHandle]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load_hook = self._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = self.register_forward_pre_hook(
            self._infer_parameters, with_kwargs=True
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call forward, after the parameters were initialized."""
        was_lazy = hasattr(self, "_initialize_hook")
        result = super().__call__(*args, **kwargs)  # type: ignore[misc]
        if was_lazy and not hasattr(self, "_initialize_hook"):
            _forget_hooks(self)
        return result

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Initialize the parameters for an input; a subclass overrides it.

        Args:
            *args: what the module was called with.
            **kwargs: likewise.
        """
        raise NotImplementedError(
            f"initialize_parameters is not implemented for {type(self).__name__}"
        )

    def has_uninitialized_params(self) -> bool:
        """Tell whether the sizes of a parameter or buffer are not known."""
        return any(is_lazy(each) for each in (*self._parameters.values(), *self._buffers.values()))

    def _infer_parameters(self, module: Any, args: Any, kwargs: Any = None) -> None:
        """Initialize a module's parameters, and make it one of its later class."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(
                f"module {type(module).__name__} has not been fully initialized: its "
                "initialize_parameters() left a parameter or buffer without sizes."
            )
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _save_to_state_dict(
        self, destination: MutableMapping[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        for name, tensor in self._own_state():
            is_kept = keep_vars or is_lazy(tensor)
            destination[prefix + name] = tensor if is_kept else tensor.detach()

    def _lazy_load_hook(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Give parameters the sizes of those that are going to be loaded."""
        for name, own in (*self._parameters.items(), *self._buffers.items()):
            value = state_dict.get(prefix + name)
            if is_lazy(own) and isinstance(value, Tensor) and not is_lazy(value):
                if isinstance(error_msgs, Problems):
                    error_msgs.undo.append(_undoing(own))
                own.materialize(value._shape)


def _undoing(tensor: UninitializedTensorMixin) -> Callable[[], object]:
    cls = type(tensor)
    return lambda: UninitializedTensorMixin.unmaterialize(tensor, cls)


def _forget_hooks(module: Any) -> None:
    """Make a module one without hooks, if none are left: its calls are faster then."""
    hooks: list[Hooks] = [getattr(module, name) for name in _HOOKS]
    if not any(hooks):
        for name in (*_HOOKS, "_is_hooked"):
            object.__delattr__(module, name)
