"""The two ways in which the optimizers here take a step: by fused kernels, or array by array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_, itemgetter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ...kernels.cpu.optimizers.update import ParameterList, Plan, Vectors
from .._node import LEAF_ARRAY, LEAF_TENSOR, Node
from .._record import count_change
from .._tensor import Tensor
from .._wrap import wrap
from ._gradients import gradient_of, leaf_of
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
    if group.get("capturable"):
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
        numbers: which states are single numbers.

    Attributes:
        is_new: whether each parameter's states were made just now; None after the first step.
        list: for the kernel.
        moving: the parameters that take part.
        names: which states the kernel takes.
        numbers: the arrays of one element of each such state, by its name.
        options: of the group, when `plan` was made; None if they may change unseen.
        plan: how to take a step.
    """

    __slots__ = (
        "_held",
        "_rows",
        "is_new",
        "list",
        "moving",
        "names",
        "numbers",
        "options",
        "plan",
    )

    plan: Plan

    def __init__(
        self,
        params: Sequence[Tensor],
        gradients: Sequence[Array | None],
        state: Mapping[Tensor, Any],
        names: tuple[str, ...],
        numbers: tuple[str, ...],
    ) -> None:
        self.is_new: list[bool] | None = None
        self.options: tuple[Any, ...] | None = None
        self.names = names
        pairs = list(zip(params, gradients, strict=True))
        self.moving = [parameter for parameter, gradient in pairs if gradient is not None]
        self._held: list[tuple[dict[str, Tensor], str, Tensor, Array]] = []
        self.numbers: dict[str, list[Array]] = {name: [] for name in numbers}
        for parameter in self.moving:
            own = state.get(parameter, {})
            for name in (*names, *numbers):
                if name in own:
                    self._held.append((own, name, own[name], own[name]._array))
            for name in numbers:
                if name in own:
                    self.numbers[name].append(own[name]._array)
        states = [[state[p][name]._array for p in self.moving] for name in names]
        self.list = ParameterList([p._array for p in self.moving], *states)
        # Each parameter and its place in the graph, with its memory and the size and dtype that a
        # vector of its gradient has: no memory where it rests, no size where the kernels look at
        # the gradient themselves.
        self._rows: list[tuple[Tensor, Node | None, Array | None, int | None, Any]] = []
        slots = iter(self.list.slots)
        for parameter, gradient in pairs:
            array = size = None
            if gradient is not None:
                array = parameter._array
                size = array.size if next(slots).is_small else None
            dtype = parameter._array.dtype
            self._rows.append((parameter, leaf_of(parameter), array, size, dtype))

    def gradients_of(self, params: Sequence[Tensor]) -> Vectors | None:
        """Give the gradients of the parameters that take part; None where this no longer fits."""
        if len(params) != len(self._rows):
            return None
        gradients = Vectors()
        add = gradients.append
        for parameter, (known, node, array, size, dtype) in zip(params, self._rows, strict=True):
            if parameter is not known:
                return None
            if node is not None and parameter._node is node and node[LEAF_TENSOR] is None:
                gradient = node[LEAF_ARRAY]
            else:
                # Somebody may have put it there.
                gradient = gradient_of(parameter)
                if gradient is not None and not _is_plain(gradient, parameter._shape):
                    return None
            if gradient is None:
                if array is not None:
                    return None
                continue
            if parameter._array is not array:
                return None
            if size is not None:
                gradient = gradient.ravel()
                if len(gradient) != size or gradient.dtype is not dtype:
                    return None
            add(gradient)
        return gradients if self._holds() else None

    def _holds(self) -> bool:
        """Tell whether all states are still those that were prepared."""
        try:
            for own, name, tensor, array in self._held:
                if own[name] is not tensor or tensor._array is not array:
                    return False
        except KeyError:
            return False
        return True

    def count_changes(self) -> None:
        """Count a change of each parameter that takes part."""
        for parameter in self.moving:
            changes = parameter._changes
            if changes is None:
                parameter._changes = [1]
            else:
                changes[0] += 1

    def count_steps(self) -> list[float]:
        """Count this step for each parameter, and give its numbers."""
        counts = []
        for array in self.numbers["step"]:
            count = array.item() + 1.0
            array[()] = count
            counts.append(count)
        return counts


def _is_plain(gradient: Array, shape: tuple[int, ...]) -> bool:
    """Tell whether a gradient has the shape that is expected, and no odd addresses."""
    return gradient.shape == shape and gradient.flags.aligned


class FusedOptimizer(SteppingOptimizer):
    """An optimizer whose step is one kernel over each parameter's memory.

    Attributes:
        _read: gives from a group all options that a plan depends on.
    """

    _read: ClassVar[itemgetter[Any]]

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
        state, owned = self.state, self._owned
        if len(state) != len(owned) or (owned and not all(map(is_, state.values(), owned))):
            self._forget()
        for place, group in enumerate(self.param_groups):
            prepared = self._prepared.get(place)
            options = self._read(group)
            gradients: Sequence[Array] | None = None
            if prepared is not None and (
                options == prepared.options or self._state_names(group) == prepared.names
            ):
                gradients = prepared.gradients_of(group["params"])
            if prepared is None or gradients is None:
                prepared, gradients = self._prepare(place, group)
            if gradients:
                if options != prepared.options:
                    check_capturable(group)
                    prepared.plan = self._plan(group)
                    prepared.options = options if all(map(_is_fixed, options)) else None
                prepared.plan.step(prepared.list, gradients, self._number(group, prepared))
                prepared.count_changes()
        return loss

    def _prepare(self, place: int, group: Group) -> tuple[Prepared, Sequence[Array]]:
        """Make the states that are missing, and everything ready for the kernel."""
        params = group["params"]
        found = [gradient_of(parameter) for parameter in params]
        pairs = zip(params, found, strict=True)
        moving = [parameter for parameter, gradient in pairs if gradient is not None]
        is_new = self._begin(group, moving)
        names = self._state_names(group)
        prepared = Prepared(params, found, self.state, names, self._numbers)
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

    def _plan(self, group: Group) -> Plan:
        """Choose the kernel by a group's options."""
        raise NotImplementedError

    def _number(self, group: Group, prepared: Prepared) -> Any:
        """Count a step, and give what the plan takes for its number."""
        return for_all(prepared.count_steps())


def for_all(numbers: list[Any]) -> Any:
    """Give one number for all parameters; a list only where they differ."""
    first = numbers[0]
    return first if numbers.count(first) == len(numbers) else numbers


def _is_fixed(option: Any) -> bool:
    """Tell whether an option can only be exchanged, but not be changed itself as a tensor can."""
    if isinstance(option, tuple):
        return all(map(_is_fixed, option))
    return option is None or isinstance(option, float | int)


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
