"""Hooks on all modules: `torch.nn.modules.module.register_module_forward_hook` and its kin."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...utils.hooks import RemovableHandle, register

Hook = Callable[..., Any]
Hooks = OrderedDict[int, Any]

forward_pre_hooks: Hooks = OrderedDict()
forward_hooks: Hooks = OrderedDict()
# Numbers of the forward hooks that take keywords too, and of those that run after errors too.
with_kwargs: Hooks = OrderedDict()
always_called: Hooks = OrderedDict()
full_backward_pre_hooks: Hooks = OrderedDict()
full_backward_hooks: Hooks = OrderedDict()
old_backward_hooks: Hooks = OrderedDict()
# The numbers of all of the above: a call of a module looks here only.
call_hooks: Hooks = OrderedDict()

parameter_registration_hooks: Hooks = OrderedDict()
buffer_registration_hooks: Hooks = OrderedDict()
module_registration_hooks: Hooks = OrderedDict()


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Have a hook run before every module's forward: `hook(module, args)`."""
    return _register_call_hook(forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Have a hook run after every module's forward: `hook(module, args, result)`.

    Args:
        hook: what it gives takes the result's place, unless it is None.
        with_kwargs: call `hook(module, args, kwargs, result)`.
        always_call: run it after an error too.
    """
    handle = _register_call_hook(forward_hooks, hook)
    if with_kwargs:
        _with_kwargs[handle.id] = True
    if always_call:
        always_called[handle.id] = True
    return handle


_with_kwargs = with_kwargs


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Have a hook run before every module's way back: `hook(module, grad_output)`."""
    return _register_call_hook(full_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Have a hook run after every module's way back: `hook(module, grad_input, grad_output)`.

    Raises:
        RuntimeError: there is an old backward hook on all modules.
    """
    _check_one_sort(old_backward_hooks)
    return _register_call_hook(full_backward_hooks, hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """Have a hook run with the last operation of every module's forward, the old way.

    Raises:
        RuntimeError: there is a full backward hook on all modules.
    """
    _check_one_sort(full_backward_hooks)
    return _register_call_hook(old_backward_hooks, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Have a hook see each new parameter: `hook(module, name, parameter)` may give another."""
    return register(parameter_registration_hooks, hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Have a hook see each new buffer: `hook(module, name, buffer)` may give another."""
    return register(buffer_registration_hooks, hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Have a hook see each new submodule: `hook(module, name, submodule)` may give another."""
    return register(module_registration_hooks, hook)


def registered(hooks: Hooks, module: Any, name: str, value: Any) -> Any:
    """Give what registration hooks make of a value."""
    for hook in list(hooks.values()):
        replacement = hook(module, name, value)
        if replacement is not None:
            value = replacement
    return value


def _register_call_hook(hooks: Hooks, hook: Hook) -> RemovableHandle:
    handle = RemovableHandle(hooks, extra_dict=[call_hooks, with_kwargs, always_called])
    hooks[handle.id] = hook
    call_hooks[handle.id] = True
    return handle


def _check_one_sort(others: Hooks) -> None:
    if others:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks as a global Module "
            "hook. Please use only one of them."
        )
