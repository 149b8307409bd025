"""Modules without the work of initialization: `torch.nn.utils.skip_init`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ...random import get_rng_state, set_rng_state
from ..modules.module import Module


def skip_init(module_cls: Callable[..., Module], *args: Any, **kwargs: Any) -> Module:
    """Make a module whose first values do not matter, as they are about to be replaced.

    What the class draws for them is not taken from the generator.

    Args:
        module_cls: a class of modules that takes `device`.
        *args: for the class.
        **kwargs: likewise.

    Raises:
        TypeError: module_cls is no class.
        RuntimeError: it is none of modules, or does not take `device`.
    """
    if not isinstance(module_cls, type):
        raise TypeError(f"skip_init: expected a class of modules, got {module_cls!r}")
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls!r}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init: {module_cls.__name__} must take a 'device' argument, as layers do that "
            "skip their initialization."
        )
    before = get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(before)
