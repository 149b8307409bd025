"""How modules load state dicts: all problems are found, and then everything is put back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ....kernels.cpu.elementwise.cast import copy_
from ..._record import count_change
from ..._tensor import Tensor
from ..parameter import Parameter, foreign_hint, is_lazy


class IncompatibleKeys(NamedTuple):
    """The names that did not fit when a state dict was loaded."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"_IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


class Problems(list[str]):
    """The problems found while a state dict is loaded, and what then has to be undone.

    Attributes:
        undo: functions that put back what was changed, to be called last to first.
        last: functions that are called when all tensors are loaded without a problem.
    """

    def __init__(self) -> None:
        super().__init__()
        self.undo: list[Callable[[], object]] = []
        self.last: list[Callable[[], object]] = []

    def undo_all(self) -> None:
        """Put everything back."""
        while self.undo:
            self.undo.pop()()


def load(
    module: Any,
    state_dict: MutableMapping[str, Any],
    prefix: str,
    metadata: Mapping[str, Any] | None,
    assign: bool,
    names: IncompatibleKeys,
    problems: Problems,
) -> None:
    """Load a module and those inside, which may load their parts in their own way.

    Args:
        module: what is loaded.
        state_dict: the entries whose names begin with prefix.
        prefix: the module's name and a point.
        metadata: that of all modules, by name.
        assign: take the tensors themselves in place of copying them.
        names: gets the names that do not fit.
        problems: gets a text for everything else that does not fit.
    """
    own_metadata = dict((metadata or {}).get(prefix[:-1], {}))
    if assign:
        own_metadata["assign_to_params_buffers"] = True
    missing, unexpected = names
    module._load_from_state_dict(
        state_dict, prefix, own_metadata, True, missing, unexpected, problems
    )
    for name, child in module._modules.items():
        if child is not None:
            start = f"{prefix}{name}."
            inside = {key: value for key, value in state_dict.items() if key.startswith(start)}
            load(child, inside, start, metadata, assign, names, problems)
    if module._has_state_hooks:
        for hook in list(module._load_state_dict_post_hooks.values()):
            if hook(module, names) is not None:
                raise AssertionError(
                    "Hooks registered with register_load_state_dict_post_hook are not expected to "
                    "return new values: change the lists of names in place."
                )


def report(names: IncompatibleKeys, problems: Problems) -> list[str]:
    """Describe all problems, missing and unexpected names first."""
    lines = [
        f"{sort} key(s) in state_dict: " + ", ".join([f'"{key}"' for key in keys]) + ". "
        for sort, keys in (("Missing", names.missing_keys), ("Unexpected", names.unexpected_keys))
        if keys
    ]
    return lines + problems


def strangers(
    state_dict: Mapping[str, Any], prefix: str, known: Collection[str], modules: Collection[str]
) -> list[str]:
    """Give the names of entries that belong neither to a module itself nor to one inside."""
    found = []
    for key in state_dict:
        if key.startswith(prefix):
            name, point, _ = key[len(prefix) :].partition(".")
            if name not in (modules if point else known):
                found.append(key)
    return found


def load_tensor(
    module: Any,
    name: str,
    target: Tensor,
    key: str,
    value: Any,
    assign: bool,
    error_msgs: list[str],
) -> None:
    """Load one parameter or buffer.

    Args:
        module: whose it is.
        name: in the module.
        target: what the module has now.
        key: the name in the state dict.
        value: what the state dict holds.
        assign: put value into target's place, in place of copying.
        error_msgs: gets a text if it does not fit.
    """
    if not isinstance(value, Tensor):
        error_msgs.append(
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
            f"object from checkpoint but received {type(value)}{foreign_hint(value)}"
        )
        return
    if is_lazy(target) or is_lazy(value):
        if is_lazy(target) != is_lazy(value):
            which = "model" if is_lazy(target) else "checkpoint"
            error_msgs.append(
                f"{key} is an uninitialized parameter or buffer in the {which}, whose shape is not "
                "known: call that module with an input first."
            )
        return
    if not target._shape and value._shape == (1,):
        # Files of the time before tensors without dimensions.
        value = value.reshape(())
    if value._shape != target._shape:
        error_msgs.append(
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {target.shape}."
        )
        return
    undo = error_msgs.undo if isinstance(error_msgs, Problems) else []
    try:
        if assign:
            _assign(module, name, target, value, undo)
        else:
            _copy(target, value, undo)
    except Exception as problem:
        error_msgs.append(
            f'While copying the parameter named "{key}", whose dimensions in the model are '
            f"{target.shape} and whose dimensions in the checkpoint are {value.shape}, an "
            f"exception occurred : {problem.args}."
        )


def _copy(target: Tensor, value: Tensor, undo: list[Callable[[], object]]) -> None:
    before = target._array.copy()
    undo.append(lambda: _write(target, before))
    _write(target, value._array)


def _write(target: Tensor, array: NDArray[Any]) -> None:
    copy_(target._array, array)
    count_change(target)


def _assign(
    module: Any, name: str, target: Tensor, value: Tensor, undo: list[Callable[[], object]]
) -> None:
    if isinstance(target, Parameter):
        if isinstance(value, Parameter):
            needed = value.requires_grad
            undo.append(lambda: value.requires_grad_(needed))
            value.requires_grad_(target.requires_grad)
        else:
            value = Parameter(value, target.requires_grad)
    elif isinstance(value, Parameter):
        value = value.detach()
    undo.append(lambda: setattr(module, name, target))
    setattr(module, name, value)
