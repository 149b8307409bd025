"""`Module`, the base of all networks and layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..._tensor import Tensor
from ...utils.hooks import RemovableHandle as RemovableHandle
from ..parameter import Buffer, Parameter, foreign_hint
from . import _global_hooks
from ._convert import ConversionMethods
from ._failures import note_layer
from ._global_hooks import register_module_backward_hook as register_module_backward_hook
from ._global_hooks import (
    register_module_buffer_registration_hook as register_module_buffer_registration_hook,
)
from ._global_hooks import register_module_forward_hook as register_module_forward_hook
from ._global_hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from ._global_hooks import register_module_full_backward_hook as register_module_full_backward_hook
from ._global_hooks import (
    register_module_full_backward_pre_hook as register_module_full_backward_pre_hook,
)
from ._global_hooks import (
    register_module_module_registration_hook as register_module_module_registration_hook,
)
from ._global_hooks import (
    register_module_parameter_registration_hook as register_module_parameter_registration_hook,
)
from ._hooks import HookMethods, call_with_hooks
from ._registry import (
    KINDS,
    Registry,
    hide,
    name_of_type,
    registry_of,
    replace_registry,
)
from ._state import StateMethods
from ._text import framed, indented
from ._walks import WalkMethods

Self = TypeVar("Self", bound="Module")

_set = object.__setattr__
_NOTHING: Any = object()
_call_hooks = _global_hooks.call_hooks


def _forward_is_missing(self: Module, *args: Any) -> Any:
    raise NotImplementedError(
        f'Module [{type(self).__name__}] is missing the required "forward" function'
    )


class Module(WalkMethods, ConversionMethods, StateMethods, HookMethods):
    """A part of a network: parameters, buffers and modules inside, and a `forward`.

    A subclass makes its parts in `__init__`, after `super().__init__()`, by assigning them to
    attributes, and computes its result in `forward`. Calling the module calls `forward`, between
    the hooks if there are any.

    Attributes:
        training: whether the module is being trained; dropout and batch norm differ then.
    """

    dump_patches: bool = False
    call_super_init: bool = False
    training: bool

    # Set by __init__; None tells that it was not called.
    _parameters: Registry = None  # type: ignore[assignment]
    _buffers: Registry = None  # type: ignore[assignment]
    _modules: Registry = None  # type: ignore[assignment]

    forward: Callable[..., Any] = _forward_is_missing

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init:
            _check_no_arguments(type(self).__name__, args, kwargs)
        # Written past __setattr__, and never through __dict__: Python reads the attributes of
        # objects whose __dict__ was touched more slowly.
        _set(self, "training", True)
        _set(self, "_parameters", Registry({}, self))
        _set(self, "_buffers", Registry({}, self))
        _set(self, "_modules", Registry({}, self))
        _set(self, "_non_persistent_buffers_set", set())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Module itself gets by without __getattr__, which would slow down every attribute that is
        # there. A subclass that has one may call super().__getattr__, so then there must be one.
        if "__getattr__" in vars(cls):
            Module.__getattr__ = _no_attribute  # type: ignore[method-assign]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __call__(self, input: Any = _NOTHING, /, *args: Any, **kwargs: Any) -> Any:
        """Call forward, between the hooks if there are any."""
        # The usual call has one argument; a tuple of all would have to be made and taken apart.
        try:
            if self._is_hooked or _call_hooks:
                given = args if input is _NOTHING else (input, *args)
                return call_with_hooks(self, given, kwargs)
            if args or kwargs or input is _NOTHING:
                given = args if input is _NOTHING else (input, *args)
                return self.forward(*given, **kwargs)
            return self.forward(input)
        except Exception as problem:
            note_layer(self, problem)
            raise

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor):
            self._set_tensor(name, value)
        elif isinstance(value, Module) and name not in (self._parameters or ()):
            _registry(self, "_modules", "module")
            self._forget(name, "_modules")
            self._set_module(name, value)
        elif name in (self._parameters or ()):
            self._refuse(name, value, "parameter", "torch.nn.Parameter")
            self.register_parameter(name, None)
        elif name in (self._modules or ()):
            self._refuse(name, value, "child module", "torch.nn.Module")
            self._set_module(name, None)
        elif name in (self._buffers or ()):
            self._refuse(name, value, "buffer", "torch.nn.Buffer, torch.Tensor")
            self._set_buffer(name, None)
        elif name in KINDS:
            replace_registry(self, name, value)
        elif hasattr(type(value), "requires_grad_") and foreign_hint(value):
            raise TypeError(
                f"cannot assign '{name_of_type(value)}' to '{name}'.{foreign_hint(value)}"
            )
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        for kind in KINDS:
            registry = getattr(self, kind)
            if registry is not None and name in registry:
                del registry[name]
                self._non_persistent_buffers_set.discard(name)
                return
        super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__()}
        for kind in KINDS:
            names.update(getattr(self, kind) or ())
        # Names such as "0" are no attributes that one could write.
        return sorted([name for name in names if not name[0].isdigit()])

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            _set(self, name, value)
        for kind in KINDS:
            registry_of(self, kind)

    def _forget(self, name: str, kind: str) -> None:
        """Remove what an attribute was before it becomes one of another kind."""
        if name in self._parameters or name in self._buffers or name in self._modules:
            for other in KINDS:
                if other != kind:
                    getattr(self, other).pop(name, None)
            self._non_persistent_buffers_set.discard(name)
        else:
            hide(self, name)

    def _refuse(self, name: str, value: Any, what: str, wanted: str) -> None:
        """Refuse what does not fit a parameter, buffer or module; None unsets it.

        Raises:
            TypeError: value is something else.
        """
        if value is not None:
            raise TypeError(
                f"cannot assign '{name_of_type(value)}' as {what} '{name}' ({wanted} or None "
                f"expected). Delete '{name}' first if it shall become something else."
            )

    def _set_tensor(self, name: str, value: Tensor) -> None:
        if isinstance(value, Parameter):
            _registry(self, "_parameters", "parameters")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
        elif name in (self._parameters or ()):
            self._refuse(name, value, "parameter", "torch.nn.Parameter")
        elif name in (self._modules or ()):
            self._refuse(name, value, "child module", "torch.nn.Module")
        elif isinstance(value, Buffer) or name in (self._buffers or ()):
            self._set_buffer(name, value)
        else:
            super().__setattr__(name, value)

    def _set_module(self, name: str, module: Module | None) -> None:
        hooks = _global_hooks.module_registration_hooks
        module = _global_hooks.registered(hooks, self, name, module) if hooks else module
        _registry(self, "_modules", "module")[name] = module

    def _set_buffer(self, name: str, value: Tensor | None) -> None:
        registry = _registry(self, "_buffers", "buffer")
        if isinstance(value, Buffer):
            is_persistent = value.persistent
            self._forget(name, "_buffers")
            self.register_buffer(name, value, is_persistent)
            return
        hooks = _global_hooks.buffer_registration_hooks
        value = _global_hooks.registered(hooks, self, name, value) if hooks else value
        registry[name] = value

    # ---- registration

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, which is an attribute of this name from then on.

        Args:
            name: without points.
            param: None stands for a parameter that this module does without.

        Raises:
            AttributeError: `super().__init__()` was not called.
            TypeError: the name is no string, or param no parameter.
            KeyError: the name has a point, is empty, or is that of another attribute.
            ValueError: param was computed from other tensors.
        """
        registry = _registry(self, "_parameters", "parameter")
        self._check_name(name, registry, "parameter")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{name_of_type(param)}' object to parameter '{name}' "
                    "(torch.nn.Parameter or None required)"
                )
            if not param.is_leaf:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. A parameter is made "
                    "by itself; what is computed from others is computed in forward()."
                )
        hooks = _global_hooks.parameter_registration_hooks
        registry[name] = _global_hooks.registered(hooks, self, name, param) if hooks else param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the module and is no parameter, such as a running mean.

        Args:
            name: without points.
            tensor: None stands for a buffer that this module does without.
            persistent: whether state dicts hold it.

        Raises:
            AttributeError: `super().__init__()` was not called.
            TypeError: the name is no string, or tensor no tensor.
            KeyError: the name has a point, is empty, or is that of another attribute.
        """
        registry = _registry(self, "_buffers", "buffer")
        self._check_name(name, registry, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{name_of_type(tensor)}' object to buffer '{name}' (torch Tensor "
                "or None required)"
            )
        hooks = _global_hooks.buffer_registration_hooks
        registry[name] = _global_hooks.registered(hooks, self, name, tensor) if hooks else tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module, which is an attribute of this name from then on.

        Raises:
            AttributeError: `super().__init__()` was not called.
            TypeError: the name is no string, or module no module.
            KeyError: the name has a point, is empty, or is that of another attribute.
        """
        registry = _registry(self, "_modules", "module")
        if module is not None and not isinstance(module, Module):
            raise TypeError(
                f"{name_of_type(module)} is not a Module subclass.{foreign_hint(module)}"
            )
        self._check_name(name, registry, "module")
        self._set_module(name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a module; see `add_module`."""
        self.add_module(name, module)

    def _check_name(self, name: Any, registry: Registry, kind: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {name_of_type(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if name not in registry and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    # ---- what is done to all modules

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Call a function with every module inside, and with this one last."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self: Self, mode: bool = True) -> Self:
        """Set `training` here and in all modules inside.

        Raises:
            ValueError: mode is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, got {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: Self) -> Self:
        """Make this module and all inside ready to be used: `train(False)`."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Say for all parameters whether gradients are collected."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Remove the gradients of all parameters, or set them to 0."""
        for parameter in self.parameters():
            gradient = parameter.grad
            if gradient is None:
                continue
            if set_to_none:
                parameter.grad = None
            else:
                if gradient.grad_fn is not None:
                    parameter.grad = gradient = gradient.detach()
                gradient.requires_grad_(False).zero_()

    def share_memory(self: Self) -> Self:
        """Move all parameters and buffers into memory that forked children share."""
        return self._apply(lambda tensor: tensor.share_memory_())

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: a module runs as it is. What `torch.compile` takes is taken."""

    # ---- text

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """Give what `repr` tells besides the modules inside; a subclass may override it."""
        return ""

    def __repr__(self) -> str:
        text = self.extra_repr()
        extra = text.split("\n") if text else []
        inside = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        return framed(self._get_name(), extra, inside)


def _no_attribute(self: Module, name: str) -> Any:
    raise AttributeError(
        f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self
    )


def _registry(module: Module, kind: str, what: str) -> Registry:
    """Give one of a module's registries.

    Raises:
        AttributeError: `super().__init__()` was not called.
    """
    found = registry_of(module, kind)
    if found is None:
        raise AttributeError(
            f"cannot assign {what} before Module.__init__() call: "
            f"{type(module).__name__}.__init__ must call super().__init__() first."
        )
    return found


def _check_no_arguments(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if kwargs:
        raise TypeError(
            f"{name}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
        )
    if args:
        raise TypeError(
            f"{name}.__init__() takes 1 positional argument but {len(args) + 1} were given"
        )
