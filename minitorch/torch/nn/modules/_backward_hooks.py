"""Backward hooks of modules: identities in the graph, before and after a module's operations.

The one after the module sees the gradients of its results first, the one before it those of its
operands last; there the hooks run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...._warn import warn
from ..._node import is_recording
from ..._record import OperationOfMany, record_outputs
from ..._tensor import Tensor
from ..._wrap import wrap, wrap_view

if TYPE_CHECKING:
    from .module import Module

Gradients = tuple[Tensor | None, ...]
Hook = Callable[..., Any]


class BackwardHooks:
    """The backward hooks of one call of a module.

    Args:
        module: what was called.
        hooks: `hook(module, grad_input, grad_output)`; what it gives replaces grad_input.
        pre_hooks: `hook(module, grad_output)`; what it gives replaces grad_output.
    """

    __slots__ = (
        "count",
        "grad_output",
        "hooks",
        "inputs",
        "module",
        "outputs",
        "pre_hooks",
    )

    def __init__(self, module: Module, hooks: list[Hook], pre_hooks: list[Hook]) -> None:
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.count = 0
        self.inputs: Places | None = None
        self.outputs: Places | None = None
        self.grad_output: Gradients | None = None

    def on_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Put the identity before the module, and give the arguments as they come out of it."""
        self.count = len(args)
        self.inputs, args = _enter(args, _INPUTS, self)
        return args

    def on_outputs(self, result: Any) -> Any:
        """Put the identity after the module, and give the results as they come out of it."""
        if isinstance(result, Tensor):
            self.outputs, (result,) = _enter((result,), _OUTPUTS, self)
        elif isinstance(result, tuple):
            self.outputs, result = _enter(result, _OUTPUTS, self)
        else:
            warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                UserWarning,
            )
        return result

    def back_from_outputs(self, arrived: Gradients) -> Gradients:
        """Run the hooks that come first, and remember the gradients of the results."""
        places = self.outputs
        if places is None:
            return arrived
        grad_output = places.spread(arrived)
        for hook in self.pre_hooks:
            given = hook(self.module, grad_output)
            if given is not None:
                grad_output = places.checked(given, "pre hook", "grad_output")
        self.grad_output = grad_output
        if self.inputs is None and self.hooks:
            self._run_without_inputs(grad_output)
        return places.gather(grad_output)

    def back_to_inputs(self, arrived: Gradients) -> Gradients:
        """Run the hooks on the gradients of the arguments."""
        places, grad_output = self.inputs, self.grad_output
        if places is None or grad_output is None:
            return arrived
        grad_input = places.filled(places.spread(arrived))
        for hook in self.hooks:
            given = hook(self.module, grad_input, grad_output)
            if given is not None:
                grad_input = places.checked(given, "hook", "grad_input")
        self.grad_output = None
        return places.gather(grad_input)

    def _run_without_inputs(self, grad_output: Gradients) -> None:
        warn(
            "Full backward hook is firing when gradients are computed with respect to module "
            "outputs since no inputs require gradients.",
            UserWarning,
        )
        for hook in self.hooks:
            given = hook(self.module, (None,) * self.count, grad_output)
            if given is not None and not (
                isinstance(given, tuple) and all(each is None for each in given)
            ):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always "
                    f"return None or None for all gradients, got {type(given).__name__}."
                )


class Places:
    """Which of a call's values are tensors, and which of these need a gradient.

    Attributes:
        count: of all values.
        needed: the places of those that need a gradient.
        kinds: shape and dtype of each tensor, by its place.
    """

    __slots__ = ("count", "kinds", "needed")

    def __init__(self, values: Sequence[Any]) -> None:
        self.count = len(values)
        tensors = [(i, value) for i, value in enumerate(values) if isinstance(value, Tensor)]
        self.needed = [i for i, tensor in tensors if tensor._node is not None]
        self.kinds = {i: (tensor._shape, tensor._array.dtype) for i, tensor in tensors}

    def spread(self, gradients: Gradients) -> Gradients:
        """Put gradients to the places of their values, and None to the others."""
        every: list[Tensor | None] = [None] * self.count
        for place, gradient in zip(self.needed, gradients, strict=True):
            every[place] = gradient
        return tuple(every)

    def filled(self, every: Gradients) -> Gradients:
        """Put zeros to the tensors that no gradient came to."""
        return tuple(
            [
                wrap(np.zeros(*self.kinds[place]))
                if gradient is None and place in self.kinds
                else gradient
                for place, gradient in enumerate(every)
            ]
        )

    def checked(self, given: Any, hook: str, name: str) -> Gradients:
        """Check what a hook gave in place of the gradients.

        Raises:
            RuntimeError: there are more or fewer, or one has another shape.
        """
        every = given if isinstance(given, tuple) else (given,)
        if len(every) != self.count:
            raise RuntimeError(
                f"Backward {hook} returned an invalid number of {name}, got {len(every)}, but "
                f"expected {self.count}"
            )
        for place in self.needed:
            gradient, (shape, _) = every[place], self.kinds[place]
            if gradient is not None and gradient._shape != shape:
                raise RuntimeError(
                    f"Backward {hook} has changed the size of value {place} of {name}: it returned "
                    f"{list(gradient._shape)}, but expected {list(shape)}"
                )
        return every

    def gather(self, every: Gradients) -> Gradients:
        """Take the gradients from the places of their values."""
        return tuple([every[place] for place in self.needed])


def _enter(
    values: tuple[Any, ...], operation: OperationOfMany, hooks: BackwardHooks
) -> tuple[Places | None, tuple[Any, ...]]:
    """Put an identity behind the values that need a gradient, if there are any."""
    if not is_recording():
        return None, values
    places = Places(values)
    if not places.needed:
        return None, values
    tensors = [values[place] for place in places.needed]
    results = [wrap_view(tensor._array, tensor) for tensor in tensors]
    record_outputs(results, operation, tensors, hooks)
    every = list(values)
    for place, result in zip(places.needed, results, strict=True):
        every[place] = result
    named = hasattr(values, "_fields")
    return places, type(values)(*every) if named else type(values)(every)


_INPUTS = OperationOfMany(
    "BackwardHookFunctionBackward", lambda arrived, needed, hooks: hooks.back_to_inputs(arrived)
)
_OUTPUTS = OperationOfMany(
    "BackwardHookFunctionBackward", lambda arrived, needed, hooks: hooks.back_from_outputs(arrived)
)
