"""Trees: tensors in lists, tuples and dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def flat(tree: Any) -> Iterator[Any]:
    """Give what is in a tree, in order."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from flat(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from flat(value)
    else:
        yield tree


def mapped(function: Callable[..., Any], tree: Any) -> Any:
    """Give a tree of the same form, with a function of everything in it."""
    if isinstance(tree, dict):
        return type(tree)([(name, mapped(function, value)) for name, value in tree.items()])
    if isinstance(tree, list | tuple):
        values = [mapped(function, value) for value in tree]
        return type(tree)(*values) if hasattr(tree, "_fields") else type(tree)(values)
    return function(tree)


def like(tree: Any, values: Sequence[Any]) -> Any:
    """Give a tree of the same form with other values in it."""
    following = iter(values)
    return mapped(lambda _: next(following), tree)
