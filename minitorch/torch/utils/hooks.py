"""Functions that users register to be called at some event: `torch.utils.hooks`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any
from weakref import ref

_next_id = itertools.count().__next__


class Hooks(dict[int, Callable[..., Any]]):
    """Functions in the order in which they were registered; handles refer to it weakly."""

    __slots__ = ("__weakref__",)


class RemovableHandle:
    """What takes a registered function back: by `remove`, or at the end of a `with` block.

    Args:
        hooks_dict: where the function is going to be put, at `id`.
        extra_dict: one more place, or a list of them, that `id` is removed from as well.
    """

    id: int

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        extra = [] if extra_dict is None else extra_dict
        self._refer(hooks_dict, extra if isinstance(extra, list | tuple) else [extra])
        self.id = _next_id()

    def _refer(self, hooks_dict: Any, extra: Any) -> None:
        self.hooks_dict_ref = ref(hooks_dict)
        self.extra_dict_ref = tuple([ref(place) for place in extra])

    def remove(self) -> None:
        """Take the function back; a second time does nothing."""
        for place in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = place()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def __getstate__(self) -> tuple[Any, int, list[Any]]:
        extra = [place() for place in self.extra_dict_ref]
        return self.hooks_dict_ref(), self.id, [place for place in extra if place is not None]

    def __setstate__(self, state: tuple[Any, int, list[Any]]) -> None:
        hooks_dict, self.id, extra = state
        self._refer(Hooks() if hooks_dict is None else hooks_dict, extra)
        # No handle that is made later may get the number of one that came from elsewhere.
        global _next_id
        _next_id = itertools.count(max(_next_id(), self.id + 1)).__next__


def register(hooks: Any, function: Callable[..., Any]) -> RemovableHandle:
    """Put a function among others, and give the handle that takes it back."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = function
    return handle
