"""What all optimizers have in common: groups of parameters, their states, and files of them."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from itertools import chain
from typing import Any, TypeAlias

import numpy as np

from ..._warn import warn
from .. import _dtype
from .._node import LEAF_ARRAY, LEAF_TENSOR, OPERATION
from .._tensor import Tensor
from .._wrap import wrap
from ..autograd.grad_mode import enable_grad
from ..functions._operands import is_foreign
from ..utils.hooks import Hooks, RemovableHandle, register
from ._gradients import zero_gradient
from ._groups import Group, check_fit, fill_in_parameters, fitted, packed

Closure: TypeAlias = Callable[[], Any]
Hook: TypeAlias = Callable[..., Any]
ParamsT: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]


class _Required:
    """Stands for an option without default, which each group must bring."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()

_global_pre_hooks = Hooks()
_global_post_hooks = Hooks()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before each step of each optimizer."""
    return register(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after each step of each optimizer."""
    return register(_global_post_hooks, hook)


class Optimizer:
    """Base class of optimizers: what changes parameters by their gradients.

    A subclass writes `step`, and keeps what it remembers of a parameter in `state[parameter]`.

    Args:
        params: tensors, or pairs of name and tensor, or groups: dicts with such an iterable under
            "params" and with options of their own.
        defaults: the options of groups that do not say otherwise.

    Attributes:
        defaults: as given.
        state: a dict of what is remembered for each parameter.
        param_groups: the groups, each with all of its options.

    Raises:
        TypeError: params is a single tensor, or holds something else.
        ValueError: there are no parameters, or one is no leaf, or in two groups.
    """

    defaults: dict[str, Any]
    state: defaultdict[Tensor, Any]
    param_groups: list[Group]

    # Hooks by the event that they wait for; most optimizers have none.
    _own_hooks: dict[str, Hooks] | None = None
    _opt_called = False

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}. Put it into a list."
            )
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError(
                f"optimizer got an empty parameter list: {type(self).__name__} received no "
                "parameters. Was model.parameters() already consumed?"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "step" in vars(cls):
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]

    def __getstate__(self) -> dict[str, Any]:
        return {
            "defaults": self.defaults,
            "state": self.state,
            "param_groups": self.param_groups,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            names = [name for name in sorted(group) if name != "params"]
            lines = "".join([f"    {name}: {group[name]}\n" for name in names])
            text += f"\nParameter Group {i}\n{lines}"
        return f"{text})"

    def step(self, closure: Closure | None = None) -> Any:
        """Change the parameters by their gradients.

        Args:
            closure: computes the loss and its gradients anew.

        Returns:
            What closure gave.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method step().")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Args:
            set_to_none: give the memory back; otherwise fill it with 0.
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                node = parameter._node
                if not set_to_none:
                    zero_gradient(parameter)
                elif node is not None and node[OPERATION] is None:
                    node[LEAF_TENSOR] = node[LEAF_ARRAY] = None
                else:
                    parameter.grad = None

    # ---- groups

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with options of their own.

        Args:
            param_group: a dict with "params"; options that are missing are filled in.

        Raises:
            TypeError: no dict, or the parameters are a set, or no tensors.
            ValueError: a parameter is no leaf or in another group, an option without default is
                missing, or names are missing.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        fill_in_parameters(param_group)
        for parameter in param_group["params"]:
            self._check_parameter(parameter)
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    f"{name}"
                )
            param_group.setdefault(name, default)
        self._check_group(param_group)
        self.param_groups.append(param_group)

    def _check_parameter(self, parameter: Any) -> None:
        if not isinstance(parameter, Tensor):
            hint = ""
            if is_foreign(type(parameter)):
                hint = " of the package torch itself: one of the imports was left as it was"
            raise TypeError(
                "optimizer can only optimize Tensors, but one of the params is "
                f"{type(parameter).__name__}{hint}"
            )
        is_taken = parameter.is_leaf or getattr(parameter, "retains_grad", False)
        if not is_taken and not self.defaults.get("differentiable"):
            raise ValueError(
                "can't optimize a non-leaf Tensor: one of shape "
                f"{list(parameter._shape)} was computed from others. Optimize those, or a "
                "detach() of it."
            )

    def _check_group(self, param_group: Group) -> None:
        own = {id(parameter) for parameter in param_group["params"]}
        if len(own) != len(param_group["params"]):
            warn(
                "optimizer contains a parameter group with duplicate parameters, each of which "
                "takes several steps at once; in future, this will cause an error.",
                UserWarning,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                manner = "with names" if "param_names" in param_group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names: cannot add a group "
                    f"{manner}."
                )
            if not own.isdisjoint(id(parameter) for parameter in group["params"]):
                raise ValueError(
                    "some parameters appear in more than one parameter group: the new one, "
                    f"number {len(self.param_groups)}, shares some with an earlier one."
                )

    # ---- files

    def state_dict(self) -> dict[str, Any]:
        """Give states and groups, with numbers in place of the parameters.

        Returns:
            "state": what is remembered, by the number of the parameter. "param_groups": the
            options, with numbers under "params". The tensors are not copied.
        """
        for hook in self._hooks_of("state_dict_pre"):
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        start = 0
        for group in self.param_groups:
            groups.append(packed(group, start, numbers))
            start += len(group["params"])
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: value
            for key, value in self.state.items()
        }
        result: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._hooks_of("state_dict_post"):
            changed = hook(self, result)
            result = result if changed is None else changed
        return result

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over states and options that `state_dict` gave.

        Tensors get the dtype of their parameter; those that have it already are not copied.

        Raises:
            ValueError: the groups differ in number or size.
        """
        given: Any = dict(state_dict)
        for hook in self._hooks_of("load_state_dict_pre"):
            changed = hook(self, given)
            given = given if changed is None else changed
        groups = deepcopy(given["param_groups"])
        check_fit(self.param_groups, groups)
        numbers = chain.from_iterable(group["params"] for group in groups)
        own = chain.from_iterable(group["params"] for group in self.param_groups)
        parameters = dict(zip(numbers, own, strict=True))
        state: defaultdict[Any, Any] = defaultdict(dict)
        for number, value in given["state"].items():
            parameter = parameters.get(number)
            if parameter is None:
                state[number] = value
            else:
                state[parameter] = fitted(value, parameter)
        for old, new in zip(self.param_groups, groups, strict=True):
            new["params"] = old["params"]
            if "param_names" in old:
                new.setdefault("param_names", old["param_names"])
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._hooks_of("load_state_dict_post"):
            hook(self)

    # ---- hooks

    def _hooks_of(self, event: str) -> Iterable[Hook]:
        return () if self._own_hooks is None else self._own_hooks.get(event, {}).values()

    def _add_hook(self, event: str, hook: Hook, prepend: bool = False) -> RemovableHandle:
        if self._own_hooks is None:
            self._own_hooks = {}
        hooks = self._own_hooks.setdefault(event, Hooks())
        later = list(hooks) if prepend else []
        handle = register(hooks, hook)
        for number in later:
            hooks[number] = hooks.pop(number)
        return handle

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may give new ones of both."""
        return self._add_hook("step_pre", hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._add_hook("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`; with prepend, before the other hooks."""
        return self._add_hook("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after `state_dict`; it may give another one."""
        return self._add_hook("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before loading; it may give another one."""
        return self._add_hook("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer)` after loading."""
        return self._add_hook("load_state_dict_post", hook, prepend)


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """Make a class's step one that runs hooks, unless a subclass's step has run them."""

    @functools.wraps(step)
    def call(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        if self._own_hooks is None and not _global_pre_hooks and not _global_post_hooks:
            return step(self, *args, **kwargs)
        if type(self).step is not call:
            return step(self, *args, **kwargs)
        for hook in [*_global_pre_hooks.values(), *self._hooks_of("step_pre")]:
            changed = hook(self, (self, *args), kwargs)
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        "a hook before a step must return None or a tuple of (new_args, "
                        f"new_kwargs), but got {changed!r}."
                    )
                (_, *args), kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in [*self._hooks_of("step_post"), *_global_post_hooks.values()]:
            hook(self, (self, *args), kwargs)
        return result

    return call


def evaluated(closure: Closure | None) -> Any:
    """Compute the loss, whose steps are recorded even where the caller's are not."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


def count_of_steps() -> Tensor:
    """Make the tensor that counts a parameter's steps: of float32, or float64 by default dtype."""
    return scalar(0.0)


def scalar(value: float) -> Tensor:
    """Make a tensor of one number of the type that optimizers keep such numbers in."""
    is_double = _dtype.get_default_dtype() is _dtype.float64
    return wrap(np.array(value, np.float64 if is_double else np.float32))
