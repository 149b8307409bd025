"""Calls of modules with other parameters and buffers than their own: `functional_call`."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

from ...._warn import warn
from ..._tensor import Tensor
from ..modules.module import Module

Values = MutableMapping[str, Tensor]


def functional_call(
    module: Module,
    parameters_and_buffers: Values,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Do what `torch.func.functional_call` does, under an old name."""
    warn(
        "This API is deprecated as of PyTorch 2.0: torch.nn.utils.stateless.functional_call. "
        "Please use torch.func.functional_call instead.",
        FutureWarning,
    )
    return call_with(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict
    )


def call_with(
    module: Module,
    values: Values,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers; see `torch.func.functional_call`."""
    given = () if args is None else args if isinstance(args, tuple) else (args,)
    if not isinstance(values, MutableMapping):
        raise TypeError(
            f"Expected parameters_and_buffers to be a dict, but got {type(values).__name__}"
        )
    with _replaced(module, values, tie_weights, strict):
        return module(*given, **(kwargs or {}))


@contextmanager
def _replaced(module: Module, values: Values, tie_weights: bool, strict: bool) -> Iterator[None]:
    """Put tensors into the place of a module's own, and its own back in the end.

    Buffers that the module itself replaces meanwhile get into the values.
    """
    wanted = _tied(module, values) if tie_weights else dict(values)
    if strict:
        _check_names(module, wanted)
    places = [(name, *_place(module, name)) for name in wanted]
    before = [_get(owner, attribute) for _, owner, attribute in places]
    try:
        for name, owner, attribute in places:
            _put(owner, attribute, wanted[name])
        yield
    finally:
        for (name, owner, attribute), own in zip(places, before, strict=True):
            if name in values:
                now = _get(owner, attribute)
                if now is not None and now is not wanted[name]:
                    values[name] = now
            _put(owner, attribute, own)


def _named(module: Module) -> dict[str, Tensor]:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _tied(module: Module, values: Values) -> dict[str, Tensor]:
    """Add the other names of the tensors that are replaced.

    Raises:
        ValueError: names of one tensor have several values.
    """
    names: dict[int, list[str]] = {}
    for name, tensor in _named(module).items():
        names.setdefault(id(tensor), []).append(name)
    wanted = dict(values)
    for tied in names.values():
        given = {id(values[name]): values[name] for name in tied if name in values}
        if len(given) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(set(tied) & set(values))}, "
                "which are tied. Consider using tie_weights=False"
            )
        for value in given.values():
            wanted.update(dict.fromkeys(tied, value))
    return wanted


def _check_names(module: Module, values: dict[str, Tensor]) -> None:
    """Check that values are there for all tensors of a module, and for nothing else.

    Raises:
        RuntimeError: they are not.
    """
    own = _named(module)
    unexpected = [name for name in values if name not in own]
    missing = [name for name in own if name not in values]
    texts = [
        f"{what} key(s): {', '.join(names)}."
        for what, names in (("Unexpected", unexpected), ("Missing", missing))
        if names
    ]
    if texts:
        raise RuntimeError(
            f"Error(s) in reparametrizing for {module._get_name()}: {' '.join(texts)}"
        )


def _place(module: Module, name: str) -> tuple[Module, str]:
    """Give the module inside that has a tensor, and the tensor's name there."""
    path, _, attribute = name.rpartition(".")
    return module.get_submodule(path), attribute


_ABSENT: Any = object()


def _get(owner: Module, attribute: str) -> Any:
    for registry in (owner._parameters, owner._buffers):
        if attribute in registry:
            return registry[attribute]
    return getattr(owner, attribute, _ABSENT)


def _put(owner: Module, attribute: str, value: Any) -> None:
    for registry in (owner._parameters, owner._buffers):
        if attribute in registry:
            registry[attribute] = value
            return
    if value is _ABSENT:
        delattr(owner, attribute)
    else:
        setattr(owner, attribute, value)
