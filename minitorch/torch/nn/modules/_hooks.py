"""Hooks of a module: how they are registered, and a call that runs them.

Few modules have any, so the dicts of hooks are made when somebody first asks for them. Making one
tells the module that its calls have to look for hooks from now on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...._warn import warn
from ..._tensor import Tensor
from ...utils.hooks import RemovableHandle
from . import _global_hooks
from ._backward_hooks import BackwardHooks

if TYPE_CHECKING:
    from .module import Module

Hook = Callable[..., Any]
Hooks = OrderedDict[int, Any]


class HookDict:
    """An attribute of modules that holds hooks, made when it is first read.

    Args:
        flag: the attribute of the module that then becomes True.
    """

    def __init__(self, flag: str) -> None:
        self.flag = flag
        self.name = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    def __get__(self, module: Any, owner: type[Any]) -> Any:
        if module is None:
            return self
        made: Hooks = OrderedDict()
        object.__setattr__(module, self.name, made)
        object.__setattr__(module, self.flag, True)
        return made


class HookMethods:
    """The methods of modules that register hooks on their calls."""

    _is_hooked = False
    _is_full_backward_hook: bool | None = None
    _forward_pre_hooks: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]
    _forward_pre_hooks_with_kwargs: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]
    _forward_hooks: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]
    _forward_hooks_with_kwargs: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]
    _forward_hooks_always_called: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]
    _backward_pre_hooks: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]
    _backward_hooks: Hooks = HookDict("_is_hooked")  # type: ignore[assignment]

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Have a hook run before forward: `hook(module, args)`.

        Args:
            hook: gives None, or arguments that take the place of args.
            prepend: run it before the hooks that are there.
            with_kwargs: call `hook(module, args, kwargs)`, which gives None or both anew.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        handle = _register(
            self._forward_pre_hooks, hook, prepend, self._forward_pre_hooks_with_kwargs
        )
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Have a hook run after forward: `hook(module, args, result)`.

        Args:
            hook: gives None, or what takes the place of the result.
            prepend: run it before the hooks that are there.
            with_kwargs: call `hook(module, args, kwargs, result)`.
            always_call: run it after an error too.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        extra = [self._forward_hooks_with_kwargs, self._forward_hooks_always_called]
        handle = _register(self._forward_hooks, hook, prepend, extra)
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Have a hook run before the way back: `hook(module, grad_output)`.

        Args:
            hook: gives None, or gradients that take the place of grad_output.
            prepend: run it before the hooks that are there.
        """
        return _register(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Have a hook run after the way back: `hook(module, grad_input, grad_output)`.

        Args:
            hook: gives None, or gradients that take the place of grad_input.
            prepend: run it before the hooks that are there.

        Raises:
            RuntimeError: the module has an old backward hook.
        """
        _check_one_sort(self._is_full_backward_hook is False)
        self._is_full_backward_hook = True
        return _register(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """Have a hook run with the last operation of forward; see `register_full_backward_hook`.

        Raises:
            RuntimeError: the module has a full backward hook.
        """
        _check_one_sort(self._is_full_backward_hook is True)
        self._is_full_backward_hook = False
        return _register(self._backward_hooks, hook, False)


def _register(hooks: Hooks, hook: Hook, prepend: bool, extra: Any = None) -> RemovableHandle:
    handle = RemovableHandle(hooks, extra_dict=extra)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _check_one_sort(has_others: bool) -> None:
    if has_others:
        raise RuntimeError(
            "Cannot use both regular backward hooks and full backward hooks on a single Module. "
            "Please use only one of them."
        )


# ---- calls


def call_with_hooks(module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a module's forward between its hooks and those of all modules."""
    call = _Call(module, args, kwargs)
    try:
        return call.run()
    except Exception:
        call.run_remaining()
        raise


class _Call:
    """One call of a module with hooks: the arguments and result as hooks leave them."""

    __slots__ = ("args", "called", "kwargs", "module", "result")

    def __init__(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module = module
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.called: set[int] = set()

    def run(self) -> Any:
        """Run all hooks, and forward among them."""
        module = self.module
        backward = _backward_hooks_of(module)
        self._before()
        if backward is not None:
            self.args = backward.on_inputs(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for number, hook, takes_kwargs, _ in self._after():
            self.called.add(number)
            given = self._call_forward_hook(hook, takes_kwargs)
            if given is not None:
                self.result = given
        if backward is not None:
            self.result = backward.on_outputs(self.result)
        _enter_old_hooks(module, self.result)
        return self.result

    def run_remaining(self) -> None:
        """Run, after an error, the forward hooks that shall run always and did not yet."""
        for number, hook, takes_kwargs, is_always_called in self._after():
            if not is_always_called or number in self.called:
                continue
            try:
                given = self._call_forward_hook(hook, takes_kwargs)
                if given is not None:
                    self.result = given
            except Exception as problem:
                warn(
                    "module forward hook with ``always_call=True`` raised an exception that was "
                    f"silenced as another error was raised in forward: {problem}",
                    UserWarning,
                )

    def _before(self) -> None:
        with_kwargs = self.module._forward_pre_hooks_with_kwargs
        hooks = [*_global_hooks.forward_pre_hooks.items(), *self.module._forward_pre_hooks.items()]
        for number, hook in hooks:
            if number in with_kwargs:
                given = hook(self.module, self.args, self.kwargs)
                if given is None:
                    continue
                if not isinstance(given, tuple) or len(given) != 2:
                    raise RuntimeError(
                        "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {given}."
                    )
                self.args, self.kwargs = given
            else:
                given = hook(self.module, self.args)
                if given is not None:
                    self.args = given if isinstance(given, tuple) else (given,)

    def _after(self) -> list[tuple[int, Hook, bool, bool]]:
        """Give number, hook, whether it takes keywords, and whether it runs after errors too."""
        module = self.module
        return [
            (number, hook, number in with_kwargs, number in always)
            for hooks, with_kwargs, always in (
                (
                    _global_hooks.forward_hooks,
                    _global_hooks.with_kwargs,
                    _global_hooks.always_called,
                ),
                (
                    module._forward_hooks,
                    module._forward_hooks_with_kwargs,
                    module._forward_hooks_always_called,
                ),
            )
            for number, hook in hooks.items()
        ]

    def _call_forward_hook(self, hook: Hook, takes_kwargs: bool) -> Any:
        if takes_kwargs:
            return hook(self.module, self.args, self.kwargs, self.result)
        return hook(self.module, self.args, self.result)


def _backward_hooks_of(module: Module) -> BackwardHooks | None:
    """Collect the full backward hooks that run for a call; None if there are none."""
    hooks = list(_global_hooks.full_backward_hooks.values())
    if module._is_full_backward_hook is True:
        hooks += module._backward_hooks.values()
    pre_hooks = [
        *_global_hooks.full_backward_pre_hooks.values(),
        *module._backward_pre_hooks.values(),
    ]
    return BackwardHooks(module, hooks, pre_hooks) if hooks or pre_hooks else None


def _enter_old_hooks(module: Module, result: Any) -> None:
    """Put old backward hooks on the operation that a result came from."""
    hooks = list(_global_hooks.old_backward_hooks.values())
    if module._is_full_backward_hook is False:
        hooks += module._backward_hooks.values()
    if not hooks:
        return
    while not isinstance(result, Tensor):
        values = result.values() if isinstance(result, dict) else result
        result = next(value for value in values if isinstance(value, Tensor | tuple | list | dict))
    grad_fn = result.grad_fn
    if grad_fn is None:
        return
    for hook in hooks:
        grad_fn.register_hook(_bound(hook, module))
    warn(
        "Using a non-full backward hook is deprecated: it sees the gradients of the last operation "
        "of forward only. Please use register_full_backward_hook.",
        FutureWarning,
    )


def _bound(hook: Hook, module: Module) -> Hook:
    return lambda grad_input, grad_output: hook(module, grad_input, grad_output)
