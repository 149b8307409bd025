"""The two ways in which the optimizers here take a step: by fused kernels, or array by array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...kernels.cpu.optimizers.update import ParameterList
from .._record import count_change
from .._tensor import Tensor
from .._wrap import wrap
from ._gradients import gradient_of
from ._groups import Group
from .optimizer import Closure, Optimizer, ParamsT, evaluated, scalar

Array = NDArray[Any]

# Options that files of older versions of PyTorch lack, with the values that they had then.
_LATER_OPTIONS = {
    "amsgrad": False,
    "capturable": False,
    "centered": False,
    "decoupled_weight_decay": False,
    "differentiable": False,
    "foreach": None,
    "fused": None,
    "maximize": False,
    "momentum": 0,
    "nesterov": False,
}


class SteppingOptimizer(Optimizer):
    """What the optimizers here share: options of older files, and those that cannot be had.

    Attributes:
        _numbers: names of states that are single numbers, which files of older versions may hold
            as floats.
    """

    _numbers: ClassVar[tuple[str, ...]] = ("step",)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in _LATER_OPTIONS.items():
                if name in self.defaults:
                    group.setdefault(name, value)
            _check_differentiable(type(self).__name__, group)
            for parameter in group["params"]:
                own = self.state.get(parameter, {})
                for name in self._numbers:
                    if name in own and not isinstance(own[name], Tensor):
                        own[name] = scalar(float(own[name]))

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with options of their own; see `Optimizer.add_param_group`.

        Raises:
            NotImplementedError: the steps shall be differentiable.
        """
        if isinstance(param_group, dict):
            _check_differentiable(type(self).__name__, {**self.defaults, **param_group})
        super().add_param_group(param_group)


def _check_differentiable(name: str, group: Group) -> None:
    if group.get("differentiable"):
        raise NotImplementedError(
            f"{name}(differentiable=True) asks for gradients through the steps themselves, and "
            "minitorch changes parameters outside of the graph. Write the step with functions of "
            "tensors instead: p = p - lr * grad, with grad from autograd.grad(create_graph=True)."
        )


def check_capturable(group: Group) -> None:
    """Refuse steps for a recorded CUDA graph.

    Raises:
        AssertionError: capturable is set, and parameters are on the CPU, as in PyTorch.
    """
    if group["capturable"]:
        raise AssertionError(
            "If capturable=True, params and state_steps must be on supported devices: ['cuda'], "
            "got parameters on cpu. Leave capturable away."
        )


def zeros_like(parameter: Tensor) -> Tensor:
    """Make a state of a parameter's shape, dtype and layout."""
    return wrap(np.zeros_like(parameter._array))


# ---- steps by fused kernels


class Prepared:
    """A group's parameters and their states as kernels take them, good until one is exchanged.

    Args:
        params: of the group.
        gradients: of them, None where there is none: such parameters take no part.
        state: of the optimizer; what a step needs is there.
        names: which states the kernel takes.

    Attributes:
        is_new: whether each parameter's states were made just now; None after the first step.
        list: for the kernel.
        steps: the arrays of one element that count steps.
    """

    __slots__ = ("_held", "_members", "_names", "is_new", "list", "steps")

    def __init__(
        self,
        params: Sequence[Tensor],
        gradients: Sequence[Array | None],
        state: Mapping[Tensor, Any],
        names: tuple[str, ...],
    ) -> None:
        self.is_new: list[bool] | None = None
        self._names = names
        self._members = [
            (parameter, None if gradient is None else parameter._array)
            for parameter, gradient in zip(params, gradients, strict=True)
        ]
        self._held: list[tuple[dict[str, Tensor], str, Tensor, Array]] = []
        self.steps: list[Array] = []
        moving = [parameter for parameter, array in self._members if array is not None]
        for parameter in moving:
            own = state.get(parameter, {})
            for name in (*names, "step"):
                if name in own:
                    self._held.append((own, name, own[name], own[name]._array))
            if "step" in own:
                self.steps.append(own["step"]._array)
        states = [[state[p][name]._array for p in moving] for name in names]
        self.list = ParameterList([p._array for p in moving], *states)

    def gradients_of(self, params: Sequence[Tensor], names: tuple[str, ...]) -> list[Array] | None:
        """Give the gradients of the parameters that take part; None where this no longer fits."""
        if names != self._names or len(params) != len(self._members):
            return None
        gradients = []
        for parameter, (known, array) in zip(params, self._members, strict=True):
            if parameter is not known:
                return None
            gradient = gradient_of(parameter)
            if gradient is not None:
                if parameter._array is not array:
                    return None
                gradients.append(gradient)
            elif array is not None:
                return None
        for own, name, tensor, array in self._held:
            if own.get(name) is not tensor or tensor._array is not array:
                return None
        return gradients

    def count_changes(self) -> None:
        """Count a change of each parameter that takes part."""
        for parameter, array in self._members:
            if array is not None:
                count_change(parameter)

    def count_steps(self) -> float | list[float]:
        """Count this step for each parameter.

        Returns:
            Its number: one for all, or one for each where they differ.
        """
        counts = []
        for array in self.steps:
            count = array.item() + 1.0
            array[()] = count
            counts.append(count)
        first = counts[0]
        return first if counts.count(first) == len(counts) else counts


class FusedOptimizer(SteppingOptimizer):
    """An optimizer whose step is one kernel over each parameter's memory."""

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self._forget()
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._forget()
        super().__setstate__(state)

    def _forget(self) -> None:
        self._prepared: dict[int, Prepared] = {}
        # What the parameters' states were when all that was prepared.
        self._owned: list[Any] = []

    def step(self, closure: Closure | None = None) -> Any:
        """Change the parameters by their gradients.

        Args:
            closure: computes the loss and its gradients anew.

        Returns:
            What closure gave.
        """
        loss = None if closure is None else evaluated(closure)
        state = self.state
        if len(state) != len(self._owned) or not all(map(is_, state.values(), self._owned)):
            self._forget()
        for place, group in enumerate(self.param_groups):
            prepared = self._prepared.get(place)
            gradients = None
            if prepared is not None:
                gradients = prepared.gradients_of(group["params"], self._state_names(group))
            if prepared is None or gradients is None:
                prepared, gradients = self._prepare(place, group)
            if gradients:
                self._run(group, prepared, gradients)
                prepared.count_changes()
        return loss

    def _prepare(self, place: int, group: Group) -> tuple[Prepared, list[Array]]:
        """Make the states that are missing, and everything ready for the kernel."""
        params = group["params"]
        found = [gradient_of(parameter) for parameter in params]
        pairs = zip(params, found, strict=True)
        moving = [parameter for parameter, gradient in pairs if gradient is not None]
        is_new = self._begin(group, moving)
        prepared = Prepared(params, found, self.state, self._state_names(group))
        prepared.is_new = is_new
        self._prepared[place] = prepared
        self._owned = list(self.state.values())
        return prepared, [gradient for gradient in found if gradient is not None]

    def _state_names(self, group: Group) -> tuple[str, ...]:
        """Give the names of the states that the kernel takes, in its order."""
        raise NotImplementedError

    def _begin(self, group: Group, parameters: Sequence[Tensor]) -> list[bool]:
        """Make the states that are not there yet, and tell for each parameter if they were not."""
        is_new = []
        for parameter in parameters:
            own = self.state[parameter]
            is_new.append(not own)
            if not own:
                own.update(self._first_state(group, parameter))
        return is_new

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        """Make what is remembered of a parameter, as it is before the first step."""
        raise NotImplementedError

    def _run(self, group: Group, prepared: Prepared, gradients: Sequence[Array]) -> None:
        """Call the kernel."""
        raise NotImplementedError


# ---- steps array by array


class ComposedOptimizer(SteppingOptimizer):
    """An optimizer whose step is a sequence of NumPy's operations on each parameter."""

    def step(self, closure: Closure | None = None) -> Any:
        """Change the parameters by their gradients.

        Args:
            closure: computes the loss and its gradients anew.

        Returns:
            What closure gave.
        """
        loss = None if closure is None else evaluated(closure)
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                for parameter in group["params"]:
                    gradient = gradient_of(parameter)
                    if gradient is None:
                        continue
                    if group.get("capturable"):
                        check_capturable(group)
                    own = self.state[parameter]
                    if not own:
                        own.update(self._first_state(group, parameter))
                    self._step_parameter(group, parameter, gradient, own)
        return loss

    def _step_parameter(
        self, group: Group, parameter: Tensor, gradient: Array, own: dict[str, Tensor]
    ) -> None:
        array = parameter._array
        states = {name: tensor._array for name, tensor in own.items()}
        if array.dtype != np.float16:
            self._update(group, array, gradient, states)
        else:
            # Computed in float32 and rounded once, as by the kernels.
            work = array.astype(np.float32)
            wide = {name: _wide(state) for name, state in states.items()}
            self._update(group, work, gradient.astype(np.float32), wide)
            array[...] = work
            for name, state in states.items():
                if wide[name] is not state:
                    state[...] = wide[name]
        count_change(parameter)

    def _first_state(self, group: Group, parameter: Tensor) -> dict[str, Tensor]:
        """Make what is remembered of a parameter, as it is before the first step."""
        raise NotImplementedError

    def _update(
        self, group: Group, parameter: Array, gradient: Array, state: dict[str, Array]
    ) -> None:
        """Change a parameter and its states in place.

        Args:
            group: the options.
            parameter: of float32 or float64.
            gradient: of its shape and dtype; it stays as it is.
            state: arrays by name.
        """
        raise NotImplementedError


def _wide(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype == np.float16 else array
