"""Schedules that functions of the user make."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any

from ..optimizer import Optimizer
from ._base import LRScheduler, Rate, options

Factor = Callable[[int], float]


class _ByFunctions(LRScheduler):
    """A schedule with a function for each group, or one for all.

    Args:
        optimizer: whose groups have a "lr".
        lr_lambda: takes the epoch.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: there are not as many functions as groups.
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1
    ) -> None:
        count = len(optimizer.param_groups)
        self.lr_lambdas: list[Any]
        if not isinstance(lr_lambda, list | tuple):
            self.lr_lambdas = [lr_lambda] * count
        elif len(lr_lambda) == count:
            self.lr_lambdas = list(lr_lambda)
        else:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(lr_lambda)}")
        self._check_functions()
        super().__init__(optimizer, last_epoch)

    def _check_functions(self) -> None:
        pass

    def state_dict(self) -> dict[str, Any]:
        """Give everything but the optimizer and functions; of callable objects their attributes."""
        state = super().state_dict()
        state["lr_lambdas"] = [attributes_of(function) for function in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        given = dict(state_dict)
        saved = given.pop("lr_lambdas")
        super().load_state_dict(given)
        for function, attributes in zip(self.lr_lambdas, saved, strict=False):
            if attributes is not None:
                vars(function).update(attributes)


def attributes_of(function: Any) -> dict[str, Any] | None:
    """Copy the attributes of a callable object; None for a plain function, which has no state."""
    return None if isinstance(function, types.FunctionType) else dict(vars(function))


class LambdaLR(_ByFunctions):
    """The rate of the beginning times a function of the epoch.

    Args:
        optimizer: whose groups have a "lr".
        lr_lambda: the function, or one for each group.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: there are not as many functions as groups.
    """

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`; to read them, use `get_last_lr`."""
        self._check_in_step()
        return [
            base * factor(self.last_epoch)
            for factor, base in zip(self.lr_lambdas, self.base_lrs, strict=True)
        ]


class MultiplicativeLR(_ByFunctions):
    """The rate before times a function of the epoch.

    Args:
        optimizer: whose groups have a "lr".
        lr_lambda: the function, or one for each group.
        last_epoch: where to go on; -1 to begin.

    Raises:
        ValueError: there are not as many functions as groups.
        TypeError: one of them cannot be called.
    """

    def _check_functions(self) -> None:
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"lr_lambda should be a function, but got {type(function).__name__}"
                )

    def get_lr(self) -> list[Rate]:
        """Compute the rates for `last_epoch`; to read them, use `get_last_lr`."""
        self._check_in_step()
        if self._is_initial:
            return options(self.optimizer, "lr")
        groups = self.optimizer.param_groups
        return [
            group["lr"] * factor(self.last_epoch)
            for factor, group in zip(self.lr_lambdas, groups, strict=True)
        ]
