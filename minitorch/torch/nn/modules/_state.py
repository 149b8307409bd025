"""State dicts of modules: what they hold, and how one is loaded or refused."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from ...._warn import warn
from ....errors import StateError
from ..._tensor import Tensor
from ...utils.hooks import RemovableHandle, register
from ._hooks import Hook, HookDict, Hooks
from ._loading import IncompatibleKeys, Problems, load, load_tensor, report, strangers
from ._registry import Registry

EXTRA_STATE = "_extra_state"


class StateMethods:
    """The methods of modules that make and load state dicts."""

    _parameters: Registry
    _buffers: Registry
    _modules: Registry
    _non_persistent_buffers_set: set[str]
    _version: int = 1

    _has_state_hooks = False
    _state_dict_hooks: Hooks = HookDict("_has_state_hooks")  # type: ignore[assignment]
    _state_dict_pre_hooks: Hooks = HookDict("_has_state_hooks")  # type: ignore[assignment]
    _load_state_dict_pre_hooks: Hooks = HookDict("_has_state_hooks")  # type: ignore[assignment]
    _load_state_dict_post_hooks: Hooks = HookDict("_has_state_hooks")  # type: ignore[assignment]

    def get_extra_state(self) -> Any:
        """Give what a state dict shall hold besides tensors; a subclass may override it.

        Raises:
            RuntimeError: it was not overridden.
        """
        raise RuntimeError(f"{type(self).__name__} has no get_extra_state(): override it.")

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave.

        Raises:
            RuntimeError: it was not overridden.
        """
        raise RuntimeError(f"{type(self).__name__} has no set_extra_state(): override it.")

    # ---- saving

    def state_dict(
        self,
        *args: Any,
        destination: Any = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> Any:
        """Give all parameters and persistent buffers by name; they share the module's memory.

        Args:
            *args: the same, in this order, the old way.
            destination: a dict that gets the entries.
            prefix: put before all names.
            keep_vars: give parameters as they are, not detached.
        """
        if len(args) > 3:
            raise TypeError(f"state_dict() takes at most 3 arguments, got {len(args)}.")
        if args:
            warn(
                "Positional args are being deprecated, use kwargs instead: "
                "state_dict(destination=..., prefix=..., keep_vars=...).",
                FutureWarning,
            )
            given = [*args, *(destination, prefix, keep_vars)[len(args) :]]
            destination, prefix, keep_vars = given
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        own_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = own_metadata
        if self._has_state_hooks:
            for hook in list(self._state_dict_pre_hooks.values()):
                hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        if self._has_state_hooks:
            for hook in list(self._state_dict_hooks.values()):
                given = hook(self, destination, prefix, own_metadata)
                if given is not None:
                    if isinstance(hook, _PublicHook):
                        raise RuntimeError("state_dict post-hook must return None")
                    destination = given
        return destination

    def _save_to_state_dict(
        self, destination: MutableMapping[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        """Put what belongs to this module itself into a state dict; a subclass may override it."""
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        kind: type[Any] = type(self)
        if kind.get_extra_state is not StateMethods.get_extra_state:
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """Go through the parameters and persistent buffers of this module itself."""
        for name, parameter in self._parameters.items():
            if parameter is not None:
                yield name, parameter
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                yield name, buffer

    # ---- loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy a state dict's tensors into the parameters and buffers.

        All problems are reported at once, and then nothing has been changed.

        Args:
            state_dict: tensors by name.
            strict: missing and unexpected names are problems.
            assign: take the tensors themselves in place of copying them.

        Returns:
            The missing and the unexpected names.

        Raises:
            TypeError: state_dict is no mapping.
            StateError: names or shapes do not fit.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        problems = Problems()
        names = IncompatibleKeys([], [])
        copied = OrderedDict(state_dict)
        metadata = copied._metadata = getattr(state_dict, "_metadata", None)  # type: ignore[attr-defined]
        try:
            load(self, copied, "", metadata, assign, names, problems)
            lines = report(names, problems) if strict else problems
            if lines:
                header = f"Error(s) in loading state_dict for {type(self).__name__}:"
                raise StateError("\n\t".join([header, *lines, "Nothing was changed."]))
            for finish in problems.last:
                finish()
        except BaseException:
            problems.undo_all()
            raise
        return names

    def _load_from_state_dict(
        self,
        state_dict: MutableMapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load what belongs to this module itself; a subclass may override it.

        Args:
            state_dict: all of it; names of this module begin with prefix.
            prefix: the module's name and a point.
            local_metadata: with the "version" of the module that the state dict came from.
            strict: look for missing and unexpected names.
            missing_keys: gets those.
            unexpected_keys: gets these.
            error_msgs: gets a text for each problem.
        """
        if self._has_state_hooks:
            given = (state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys)
            for hook in list(self._load_state_dict_pre_hooks.values()):
                hook(*((self,) if isinstance(hook, _PublicHook) else ()), *given, error_msgs)
        own = dict(self._own_state())
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, target in own.items():
            key = prefix + name
            if key in state_dict:
                load_tensor(self, name, target, key, state_dict[key], assign, error_msgs)
            elif strict:
                missing_keys.append(key)
        self._load_extra_state(state_dict, prefix + EXTRA_STATE, strict, missing_keys, error_msgs)
        if strict:
            known = {*own, EXTRA_STATE} if self._takes_extra_state() else own.keys()
            unexpected_keys += strangers(state_dict, prefix, known, self._modules)

    def _takes_extra_state(self) -> bool:
        kind: type[Any] = type(self)
        return kind.set_extra_state is not StateMethods.set_extra_state

    def _load_extra_state(
        self,
        state_dict: Mapping[str, Any],
        key: str,
        strict: bool,
        missing_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        if not self._takes_extra_state():
            return
        if key in state_dict:
            state = state_dict[key]
            if isinstance(error_msgs, Problems):
                error_msgs.last.append(lambda: self.set_extra_state(state))
            else:
                self.set_extra_state(state)
        elif strict:
            missing_keys.append(key)

    # ---- hooks

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Have a hook run before a state dict is made: `hook(module, prefix, keep_vars)`."""
        return register(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Have a hook change a state dict that was made.

        Args:
            hook: `hook(module, state_dict, prefix, local_metadata)`, which gives None.
        """
        return register(self._state_dict_hooks, _PublicHook(hook))

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        return register(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Have a hook run before this module loads its part of a state dict.

        Args:
            hook: `hook(module, state_dict, prefix, local_metadata, strict, missing_keys,
                unexpected_keys, error_msgs)`.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Hook, with_module: bool = False
    ) -> RemovableHandle:
        return register(self._load_state_dict_pre_hooks, _PublicHook(hook) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Have a hook run after this module and those inside have loaded a state dict.

        Args:
            hook: `hook(module, incompatible_keys)`, which may change the lists of names.
        """
        return register(self._load_state_dict_post_hooks, hook)


class _PublicHook:
    """A hook of a public method; those without are called otherwise, for old code's sake.

    After a state dict is made it gives nothing; before one is loaded it takes the module first.
    """

    __slots__ = ("hook",)

    def __init__(self, hook: Hook) -> None:
        self.hook = hook

    def __call__(self, *args: Any) -> Any:
        return self.hook(*args)
