"""L-BFGS: Newton's method with a Hessian known from the last steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._record import count_change
from .._tensor import Tensor
from .._wrap import wrap
from ._checks import check_lr, number
from ._gradients import gradient_of
from ._line_search import Point, strong_wolfe
from .optimizer import Closure, Optimizer, ParamsT, evaluated

Array = NDArray[Any]


class LBFGS(Optimizer):
    """L-BFGS: steps along the gradient times an inverse Hessian that the last steps tell.

    Each step computes the loss many times. There is one group of parameters only, and `state` is
    kept at the first of them.

    Source: D. Liu and J. Nocedal, "On the limited memory BFGS method", 1989.

    Args:
        params: tensors, or pairs of name and tensor.
        lr: the length of steps, where no line search finds it.
        max_iter: the most iterations in a step.
        max_eval: the most computations of the loss in a step; by default 5/4 of max_iter.
        tolerance_grad: end where no gradient is larger.
        tolerance_change: end where neither loss nor parameters change by more.
        history_size: how many iterations are remembered.
        line_search_fn: "strong_wolfe" or None.

    Raises:
        ValueError: lr is negative, or there are several groups.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(
                "LBFGS doesn't support per-parameter options (parameter groups), got "
                f"{len(self.param_groups)} groups."
            )

    @property
    def _parameters(self) -> list[Tensor]:
        parameters: list[Tensor] = self.param_groups[0]["params"]
        return parameters

    def step(self, closure: Closure | None = None) -> Any:
        """Change the parameters until one of the limits is reached.

        Args:
            closure: computes the loss and its gradients anew; needed here.

        Returns:
            What closure gave at first.

        Raises:
            TypeError: there is no closure.
            RuntimeError: line_search_fn is unknown.
        """
        if closure is None:
            raise TypeError(
                "LBFGS.step() needs a closure that computes the loss and calls backward(), got None"
            )
        warned_of = np.geterr()

        def loss() -> Any:
            with np.errstate(**warned_of):
                return evaluated(closure)

        with np.errstate(all="ignore"):
            return self._iterate(loss)

    def _iterate(self, closure: Closure) -> Any:
        group = self.param_groups[0]
        state = self.state[self._parameters[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        evaluations = 1
        state["func_evals"] += 1
        here = Point(0, float(first_loss), self._gathered(), None)
        if _largest(here.gradient) <= group["tolerance_grad"]:
            return first_loss
        memory = _Memory(state, group["history_size"])
        iteration = 0
        while iteration < group["max_iter"]:
            iteration += 1
            state["n_iter"] += 1
            memory.learn(here, state["n_iter"] == 1)
            lr = number(group["lr"])
            if state["n_iter"] == 1:
                lr *= min(1.0, 1.0 / np.abs(here.gradient).sum())
            memory.step = lr
            slope = here.gradient.dot(memory.direction)
            if slope > -group["tolerance_change"]:
                break
            start = Point(0, here.loss, here.gradient, slope)
            is_last = iteration == group["max_iter"]
            here, count = self._moved(closure, start, memory, is_last, evaluations)
            evaluations += count
            state["func_evals"] += count
            if (
                is_last
                or evaluations >= group["max_eval"]
                or _largest(here.gradient) <= group["tolerance_grad"]
                or _largest(memory.direction * memory.step) <= group["tolerance_change"]
                or abs(here.loss - start.loss) < group["tolerance_change"]
            ):
                break
        memory.keep(state)
        return first_loss

    def _moved(
        self, closure: Closure, start: Point, memory: _Memory, is_last: bool, evaluations: int
    ) -> tuple[Point, int]:
        """Move the parameters, and give where they are then and how often the loss was computed."""
        group = self.param_groups[0]
        search = group["line_search_fn"]
        if search is None:
            self._move(memory.step, memory.direction)
            if is_last:
                # Nobody looks at the loss after the last iteration.
                return start, 0
            loss = float(closure())
            return Point(memory.step, loss, self._gathered(), None), 1
        if search != "strong_wolfe":
            raise RuntimeError(
                f"only 'strong_wolfe' is supported as line_search_fn, got {search!r}"
            )
        origin = [parameter._array.copy() for parameter in self._parameters]

        def evaluate(step: Any) -> Point:
            self._move(step, memory.direction)
            loss = float(closure())
            gradient = self._gathered()
            self._restore(origin)
            return Point(step, loss, gradient, gradient.dot(memory.direction))

        found, count = strong_wolfe(
            evaluate,
            start,
            memory.step,
            _largest(memory.direction),
            1e-9,
            group["max_eval"] - evaluations,
        )
        memory.step = found.step
        self._move(found.step, memory.direction)
        return found, count

    def _gathered(self) -> Array:
        """Copy all gradients into one vector."""
        gradients = []
        for parameter in self._parameters:
            gradient = gradient_of(parameter)
            gradients.append(
                np.zeros(parameter._array.size, parameter._array.dtype)
                if gradient is None
                else gradient.reshape(-1)
            )
        return np.concatenate(gradients)

    def _move(self, step: Any, direction: Array) -> None:
        """Add a step to all parameters."""
        start = 0
        for parameter in self._parameters:
            array = parameter._array
            part = direction[start : start + array.size].reshape(array.shape)
            np.add(array, part * step, out=array, casting="same_kind")
            count_change(parameter)
            start += array.size

    def _restore(self, arrays: Sequence[Array]) -> None:
        for parameter, array in zip(self._parameters, arrays, strict=True):
            parameter._array[...] = array
            count_change(parameter)


class _Memory:
    """What the last iterations tell of the Hessian.

    Args:
        state: as an earlier step left it, perhaps empty.
        size: how many iterations are remembered.

    Attributes:
        direction: of the last iteration.
        step: its length.
    """

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self._size = size
        self._changes = [_array(value) for value in state.get("old_dirs") or ()]
        self._steps = [_array(value) for value in state.get("old_stps") or ()]
        self._inverses = [_number(value) for value in state.get("ro") or ()]
        self._scale = _number(state.get("H_diag", 1))
        self._shares: list[Any] = [_number(value) for value in state.get("al") or ()]
        self._before: Point | None = None
        self.step: Any = 0.0
        if state.get("d") is not None:
            gradient = _array(state["prev_flat_grad"])
            self._before = Point(0, state["prev_loss"], gradient, None)
            self.direction = _array(state["d"])
            self.step = _number(state["t"])

    def learn(self, here: Point, is_first: bool) -> None:
        """Take in the gradient that the last step led to, and choose the next direction."""
        if is_first or self._before is None:
            self.direction = -here.gradient
            self._changes, self._steps, self._inverses = [], [], []
            self._scale = 1
        else:
            self._remember(here.gradient - self._before.gradient, self.direction * self.step)
            self.direction = self._newton(here.gradient)
        self._before = here

    def _remember(self, change: Array, step: Array) -> None:
        product = change.dot(step)
        if product > 1e-10:
            if len(self._changes) == self._size:
                for values in (self._changes, self._steps, self._inverses):
                    del values[0]
            self._changes.append(change)
            self._steps.append(step)
            self._inverses.append(1.0 / product)
            self._scale = product / change.dot(change)

    def _newton(self, gradient: Array) -> Array:
        """Multiply the inverse Hessian by the gradient, in two loops over what is remembered."""
        direction = -gradient
        shares: list[Any] = self._shares or [None] * self._size
        count = len(self._changes)
        for i in reversed(range(count)):
            shares[i] = self._steps[i].dot(direction) * self._inverses[i]
            direction -= self._changes[i] * shares[i]
        direction *= self._scale
        for i in range(count):
            correction = self._changes[i].dot(direction) * self._inverses[i]
            direction += self._steps[i] * (shares[i] - correction)
        self._shares = shares
        return direction

    def keep(self, state: dict[str, Any]) -> None:
        """Write everything down in PyTorch's names."""
        if self._shares:
            state["al"] = [None if share is None else _tensor(share) for share in self._shares]
        before = self._before
        if before is None:
            return
        state["d"] = wrap(self.direction)
        state["t"] = float(self.step)
        state["old_dirs"] = [wrap(change) for change in self._changes]
        state["old_stps"] = [wrap(step) for step in self._steps]
        state["ro"] = [_tensor(inverse) for inverse in self._inverses]
        state["H_diag"] = 1 if isinstance(self._scale, int) else _tensor(self._scale)
        state["prev_flat_grad"] = wrap(before.gradient)
        state["prev_loss"] = before.loss


def _array(value: Tensor) -> Array:
    return value._array


def _number(value: Any) -> Any:
    """Give what may be a tensor of one element as a number of its dtype."""
    return value._array[()] if isinstance(value, Tensor) else value


def _tensor(value: Any) -> Tensor:
    return wrap(np.array(value))


def _largest(vector: Array) -> Any:
    """Give the largest absolute value."""
    return np.abs(vector).max()
