"""Module 0: a tree of modules that knows its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class Module:
    """A part of a model: it holds parameters and further modules, and computes `forward`.

    Attributes that are assigned a `Parameter` or a `Module` join the tree; lists of them do not.

    Attributes:
        training: True in training mode, False in evaluation mode.
    """

    _modules: dict[str, Module]
    _parameters: dict[str, Parameter]
    training: bool

    def __init__(self) -> None:
        self._modules = {}
        self._parameters = {}
        self.training = True

    def modules(self) -> Sequence[Module]:
        """List the direct children."""
        return list(self.__dict__["_modules"].values())

    def train(self) -> None:
        """Put this module and all below it into training mode."""
        for module in self._tree():
            module.training = True

    def eval(self) -> None:
        """Put this module and all below it into evaluation mode."""
        for module in self._tree():
            module.training = False

    def _tree(self) -> Iterator[Module]:
        stack = [self]
        while stack:
            module = stack.pop()
            yield module
            stack.extend(module.modules())

    def named_parameters(self) -> Sequence[tuple[str, Parameter]]:
        """List the parameters with their dotted names, this module's own before its children's."""
        named = list(self.__dict__["_parameters"].items())
        for child, module in self.__dict__["_modules"].items():
            named.extend((f"{child}.{name}", value) for name, value in module.named_parameters())
        return named

    def parameters(self) -> Sequence[Parameter]:
        """List the parameters in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def add_parameter(self, k: str, v: Any) -> Parameter:
        """Register the value v as a parameter named k, and return the parameter."""
        parameter = Parameter(v, k)
        self.__dict__["_parameters"][k] = parameter
        return parameter

    def __setattr__(self, key: str, value: Any) -> None:
        if isinstance(value, Parameter):
            home = self._home("_parameters")
        elif isinstance(value, Module):
            home = self._home("_modules")
        else:
            home = self.__dict__
        # The name has one meaning at a time: what is assigned last.
        for other in (
            self.__dict__.get("_parameters"),
            self.__dict__.get("_modules"),
            self.__dict__,
        ):
            if other is not None and other is not home:
                other.pop(key, None)
        home[key] = value

    def _home(self, kind: str) -> dict[str, Any]:
        if kind not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}.__init__ must call super().__init__() before it assigns "
                "parameters or modules."
            )
        return self.__dict__[kind]

    def __getattr__(self, key: str) -> Any:
        """Look a name up among the parameters and modules; an unknown name is None.

        `mode` is "train" or "eval". Double-underscore names raise, so that copy and pickle see
        which hooks do not exist.
        """
        for kind in ("_parameters", "_modules"):
            if key in self.__dict__.get(kind, ()):
                return self.__dict__[kind][key]
        if key.startswith("__"):
            raise AttributeError(f"{type(self).__name__} has no attribute {key}")
        if key == "mode":
            return "train" if self.__dict__.get("training", True) else "eval"
        return None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute `forward`."""
        if self.forward is None:
            raise NotImplementedError(
                f"{type(self).__name__} cannot be called: it defines no forward method."
            )
        return self.forward(*args, **kwargs)

    def __repr__(self) -> str:
        children = [
            f"  ({name}): " + repr(module).replace("\n", "\n  ")
            for name, module in self.__dict__["_modules"].items()
        ]
        inside = "\n" + "\n".join(children) + "\n" if children else ""
        return f"{type(self).__name__}({inside})"


class Parameter:
    """A box around a value that training changes: a Scalar, a Tensor or anything else.

    Args:
        x: the value; where it has a `requires_grad_` method, that is called with True.
        name: passed on to the value.
    """

    def __init__(self, x: Any, name: str | None = None) -> None:
        self.name = name
        self.update(x)

    def update(self, x: Any) -> None:
        """Put another value into the box."""
        self.value = x
        if hasattr(x, "requires_grad_"):
            x.requires_grad_(True)
            if self.name:
                x.name = self.name

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)
