"""Parameters that are computed from others: `torch.nn.utils.parametrize`.

A module gets a class of its own, with a property in the place of each parametrized tensor: reading
it computes the tensor of what `module.parametrizations` holds.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from ..._tensor import Tensor
from ...autograd.grad_mode import no_grad
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

Layer = TypeVar("Layer", bound=Module)

_cache_enabled = 0
_cache: dict[tuple[int, str], Tensor] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once, as long as this context lasts."""
    global _cache_enabled
    _cache_enabled += 1
    try:
        yield
    finally:
        _cache_enabled -= 1
        if not _cache_enabled:
            _cache.clear()


class ParametrizationList(ModuleList):
    """What a parametrized tensor is computed of: the original and the parametrizations.

    Args:
        modules: the parametrizations, which are called one after the other.
        original: the parameter or buffer; what it becomes is under the name "original", or
            "original0", "original1", ... where a `right_inverse` gives several tensors.
        unsafe: the parametrizations may change shape and dtype, and are not checked.

    Raises:
        ValueError: there are none, or what they give does not fit.
    """

    original: Tensor
    unsafe: bool

    def __init__(
        self, modules: Sequence[Module], original: Tensor | Parameter, unsafe: bool = False
    ) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original._shape, original.dtype
        inverse = self._inverse_of(original)
        self.is_tensor = isinstance(inverse, Tensor)
        self.ntensors = 1 if self.is_tensor else len(inverse)
        if self.is_tensor:
            if inverse.dtype != dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype: "
                    f"original.dtype is {dtype}, right_inverse(original).dtype is {inverse.dtype}."
                )
            show(original, inverse)
            enter(self, "original", original)
        else:
            self._enter_several(original, inverse)
        if not unsafe:
            check_same("Registering a parametrization", self(), shape, dtype)

    def _inverse_of(self, original: Tensor) -> Any:
        """Give what the original becomes, by the last parametrization's `right_inverse` first."""
        value: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        value = module.right_inverse(value)
                    except NotImplementedError:
                        # It has none after all.
                        continue
        if not isinstance(value, Tensor | Sequence):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(value).__name__}"
            )
        return value

    def _enter_several(self, original: Tensor, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            if not isinstance(value, Tensor):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                    f"tuple...). Got element {i} of the sequence with type {type(value).__name__}."
                )
            if isinstance(original, Parameter):
                value = Parameter(value, original.requires_grad)
            value.requires_grad_(original.requires_grad)
            enter(self, f"original{i}", value)

    def right_inverse(self, value: Tensor) -> None:
        """Change what the tensor is computed of, so that it becomes a value.

        Raises:
            RuntimeError: a parametrization has no `right_inverse`.
            ValueError: what that gives does not fit.
        """
        given: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                given = module.right_inverse(given)
        if self.is_tensor:
            if not isinstance(given, Tensor):
                raise ValueError(
                    f"`right_inverse` should return a tensor. Got {type(given).__name__}"
                )
            self._replace("original", given)
            return
        if not isinstance(given, Sequence) or len(given) != self.ntensors:
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. "
                f"Got {given!r}."
            )
        for i, tensor in enumerate(given):
            if not isinstance(tensor, Tensor):
                raise ValueError(
                    f"`right_inverse` must return a sequence of tensors. Got element {i} of type "
                    f"{type(tensor).__name__}"
                )
            self._replace(f"original{i}", tensor)

    def _replace(self, name: str, value: Tensor) -> None:
        own = getattr(self, name)
        if own.dtype != value.dtype:
            raise ValueError(
                f"The tensor returned by `right_inverse` has dtype {value.dtype} while `{name}` "
                f"has dtype {own.dtype}"
            )
        show(own, value)

    def forward(self) -> Tensor:
        """Compute the tensor."""
        first, *others = self
        if self.is_tensor:
            result: Tensor = first(self.original)
        else:
            result = first(*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for module in others:
            result = module(result)
        return result


def register_parametrization(
    module: Layer, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Layer:
    """Compute a parameter or buffer of a module by another module from now on.

    Args:
        module: whose.
        tensor_name: the name of the parameter or buffer.
        parametrization: takes the original and gives the tensor. With a `right_inverse` the tensor
            can be assigned to, and the original begins as the inverse of what was there.
        unsafe: it may change shape and dtype, and is not checked.

    Raises:
        ValueError: there is no such parameter or buffer, or the parametrization does not fit.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(getattr(module, tensor_name), parametrization)
        held = module.parametrizations[tensor_name]
        held.append(parametrization)
        held.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        made = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        setattr(type(module), tensor_name, _property_of(tensor_name))
        module.parametrizations[tensor_name] = made
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def _check_next(tensor: Tensor, parametrization: Module) -> None:
    """Check that one more parametrization fits what was computed until now."""
    shape, dtype = tensor._shape, tensor.dtype
    check_same("Registering a parametrization", parametrization(tensor), shape, dtype)
    if hasattr(parametrization, "right_inverse"):
        try:
            inverse = parametrization.right_inverse(tensor)
        except NotImplementedError:
            return
        check_same("The right_inverse of a further parametrization", inverse, shape, dtype)


def check_same(what: str, value: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """Check that a parametrization gave a tensor of the same shape and dtype.

    Raises:
        ValueError: it did not.
    """
    if not isinstance(value, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(value).__name__}.")
    if value.dtype != dtype or value._shape != shape:
        raise ValueError(
            f"{what} may not change the dtype or the shape of the tensor, unless the `unsafe` flag "
            f"is enabled: it was {dtype} {list(shape)} and became {value.dtype} "
            f"{list(value._shape)}."
        )


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Tell whether a tensor of a module is parametrized; without a name, whether any is."""
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    if tensor_name is None:
        return len(parametrizations) > 0
    return tensor_name in parametrizations


def remove_parametrizations(
    module: Layer, tensor_name: str, leave_parametrized: bool = True
) -> Layer:
    """Make a parametrized tensor a parameter or buffer again.

    Args:
        module: whose.
        tensor_name: the name of the tensor.
        leave_parametrized: with the value that it has, and not with the original's.

    Raises:
        ValueError: it is not parametrized, or there is no single original to leave.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    if held.is_tensor:
        original = held.original
        if leave_parametrized:
            with no_grad():
                value = getattr(module, tensor_name)
            show(original, value)
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    enter(module, tensor_name, original)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """Give the class that a module had before its tensors were parametrized."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Parametrize a module like another one, and give it the same originals.

    Args:
        from_module: the other one.
        to_module: the module; tensors that it lacks are made.
        tensor_name: do so for this tensor alone.
    """
    if not is_parametrized(from_module):
        return to_module
    names = list(from_module.parametrizations) if tensor_name is None else [tensor_name]
    for name in names:
        held = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        for parametrization in held:
            register_parametrization(to_module, name, parametrization)
        target = to_module.parametrizations[name]
        originals = (
            ["original"] if held.is_tensor else [f"original{i}" for i in range(held.ntensors)]
        )
        for original in originals:
            setattr(target, original, getattr(held, original))
    return to_module


# ---- the class of a parametrized module


def _give_own_class(module: Module) -> None:
    """Make a module the only one of its class, which properties can then be put into."""
    kind = type(module)
    members: dict[str, Any] = {"__getstate__": _refuse_state}
    if not hasattr(kind, "__deepcopy__"):
        members["__deepcopy__"] = _deep_copy
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), members)


def _refuse_state(self: Module) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). Save that, "
        "and load it into a module that is parametrized in the same way."
    )


def _deep_copy(self: Module, memo: dict[int, Any]) -> Module:
    if id(self) in memo:
        found: Module = memo[id(self)]
        return found
    replica = memo[id(self)] = type(self).__new__(type(self))
    replica.__setstate__(copy.deepcopy(dict(vars(self)), memo))
    return replica


def _property_of(name: str) -> property:
    def computed(self: Module) -> Tensor:
        if not _cache_enabled:
            result: Tensor = self.parametrizations[name]()
            return result
        key = id(self), name
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def assign(self: Module, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(computed, assign)


def enter(module: Module, name: str, tensor: Tensor) -> None:
    """Make a tensor a parameter or buffer of a module."""
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def show(target: Tensor, value: Tensor) -> None:
    """Let a tensor show the memory of another one."""
    if target is not value:
        target.data = value.detach()
