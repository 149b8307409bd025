"""Groups of parameters as users give them, and as files hold them."""

from __future__ import annotations

from typing import Any, TypeAlias

from .._tensor import Tensor

Group: TypeAlias = dict[str, Any]


def fill_in_parameters(group: Group) -> None:
    """Make "params" a list of tensors, and "param_names" one of their names."""
    params = group["params"]
    if isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of "
            "tensors in sets will change between runs. Please use a list instead."
        )
    members = [params] if isinstance(params, Tensor) else list(params)
    names = [member[0] for member in members if isinstance(member, tuple)]
    if names and len(names) != len(members):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing: "
            f"{len(names)} of {len(members)} have one."
        )
    group["params"] = [member[1] if isinstance(member, tuple) else member for member in members]
    if names:
        group["param_names"] = names


def packed(group: Group, start: int, numbers: dict[int, int]) -> Group:
    """Copy a group with numbers from start on in place of parameters, which are noted."""
    result = {name: value for name, value in group.items() if name != "params"}
    for i, parameter in enumerate(group["params"], start):
        numbers.setdefault(id(parameter), i)
    result["params"] = [numbers[id(parameter)] for parameter in group["params"]]
    return result


def check_fit(own: list[Group], given: list[Group]) -> None:
    if len(own) != len(given):
        raise ValueError(
            "loaded state dict has a different number of parameter groups: "
            f"{len(given)}, and the optimizer has {len(own)}."
        )
    for i, (mine, theirs) in enumerate(zip(own, given, strict=True)):
        if len(mine["params"]) != len(theirs["params"]):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                f"optimizer's group: number {i} has {len(theirs['params'])} parameters, and the "
                f"optimizer's has {len(mine['params'])}."
            )


def fitted(value: Any, parameter: Tensor, name: str | None = None) -> Any:
    """Give a loaded value, the tensors in it with the dtype of their parameter."""
    if isinstance(value, Tensor):
        is_kept = name == "step" or not parameter._key.is_float
        if is_kept or value._key.dtype is parameter._key.dtype:
            return value
        return value.to(parameter._key.dtype)
    if isinstance(value, dict):
        return {key: fitted(member, parameter, key) for key, member in value.items()}
    if isinstance(value, list | tuple | set):
        return type(value)([fitted(member, parameter) for member in value])
    return value
