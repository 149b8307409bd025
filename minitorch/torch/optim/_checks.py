"""What all optimizers ask of their options."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor


def number(value: Any) -> float:
    """Give an option as a Python number: it may be a tensor, or a number of NumPy's.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, str):
        raise TypeError(f"an option of an optimizer is a number, got {value!r}, a str.")
    return float(value)


def check_lr(
    lr: Any, foreach: bool | None = None, capturable: bool = True, takes_nan: bool = False
) -> None:
    """Check the length of steps; PyTorch's SGD takes NaN too.

    Raises:
        ValueError: it is negative, or a tensor of several elements, or a tensor where the other
            options want a number.
    """
    if isinstance(lr, Tensor):
        if foreach and not capturable:
            raise ValueError(
                "lr as a Tensor is not supported for capturable=False and foreach=True: give a "
                "number, or leave foreach away."
            )
        if lr._array.size != 1:
            raise ValueError(f"Tensor lr must be 1-element, got shape {list(lr._shape)}.")
    given = number(lr)
    if given < 0.0 or (given != given and not takes_nan):
        raise ValueError(f"Invalid learning rate: {lr}. It must be 0 or more.")


def check_not_negative(name: str, value: Any, takes_nan: bool = False) -> None:
    """Check an option that must be 0 or more; PyTorch's SGD takes NaN too.

    Raises:
        ValueError: it is negative.
    """
    given = number(value)
    if given < 0.0 or (given != given and not takes_nan):
        raise ValueError(f"Invalid {name} value: {value}. It must be 0 or more.")


def check_betas(betas: tuple[Any, Any]) -> None:
    """Check the shares of running means that are kept.

    Raises:
        ValueError: one is not in [0, 1).
    """
    for i in range(2):
        if not 0.0 <= number(betas[i]) < 1.0:
            raise ValueError(
                f"Invalid beta parameter at index {i}: {betas[i]}. It must be at least 0 and less "
                "than 1."
            )


def check_fused(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Check options that exclude each other, as they do in PyTorch.

    Raises:
        RuntimeError: fused with foreach or differentiable.
    """
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`: set one of them.")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together: set one of them.")
