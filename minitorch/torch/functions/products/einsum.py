"""`torch.einsum`: sums of products, told by naming dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np

from .._operands import common_dtype
from .._overrides import public
from ..views.slicing import diagonal
from ..views.views import permute, reshape
from .matmul import check_tensors, product

if TYPE_CHECKING:
    from ..._tensor import Tensor

Labels = tuple[int, ...]

_LETTERS = ascii_uppercase + ascii_lowercase
# Letters are the labels 0 to 51, as in the form with lists; from here on there are the dimensions
# of an ellipsis, counted from the last one.
_ELLIPSIS = -1
_UNNAMED = 52


@public
def einsum(*args: Any) -> Tensor:
    """Add up products of elements over dimensions that are named by letters.

    Args:
        *args: an equation such as "bij,bjk->bik" and the operands; or each operand followed by a
            list of its labels, numbers from 0 to 51, and then possibly the result's list. A letter
            that the result lacks is summed over; an ellipsis stands for dimensions that broadcast.

    Raises:
        RuntimeError: the equation does not fit the operands.
        ValueError: there is no operand.
    """
    operands, given, wanted = _read(args)
    if not operands:
        raise RuntimeError("einsum(): must provide at least one operand")
    check_tensors("einsum", operands)
    if len(given) != len(operands):
        raise RuntimeError(
            f"einsum(): the equation names {len(given)} operands, and {len(operands)} were given"
        )
    named = [
        _named(x, labels, i) for i, (x, labels) in enumerate(zip(operands, given, strict=True))
    ]
    result = _wanted_labels([labels for _, labels in named], wanted)
    _check_sizes(named)
    return _contracted([_on_diagonals(x, labels) for x, labels in named], result)


# ---- reading


def _read(args: tuple[Any, ...]) -> tuple[list[Any], Sequence[Labels], Labels | None]:
    """Give the operands, the labels of each, and those of the result if they are given."""
    if len(args) < 2:
        raise ValueError("einsum(): must specify the equation string and at least one operand")
    if not isinstance(args[0], str):
        lists = [_numbers(labels) for labels in args[1::2]]
        result = _numbers(args[-1]) if len(args) % 2 else None
        return list(args[: 2 * len(lists) : 2]), lists, result
    operands = list(args[1:])
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = list(operands[0])
    given, wanted = _read_equation(args[0])
    return operands, given, wanted


@lru_cache(256)
def _read_equation(equation: str) -> tuple[tuple[Labels, ...], Labels | None]:
    left, arrow, right = equation.partition("->")
    if "->" in right:
        raise RuntimeError(f"einsum(): there are several arrows in {equation!r}")
    given = tuple([_letters(part) for part in left.split(",")])
    return given, _letters(right) if arrow else None


def _letters(text: str) -> Labels:
    """Turn letters into labels."""
    labels: list[int] = []
    rest = text.replace(" ", "")
    while rest:
        if rest.startswith("..."):
            labels.append(_ELLIPSIS)
            rest = rest[3:]
            continue
        place = _LETTERS.find(rest[0])
        if place < 0:
            raise RuntimeError(
                f"einsum(): invalid subscript {rest[0]!r} in {text!r}: subscripts must be letters "
                "or an ellipsis"
            )
        labels.append(place)
        rest = rest[1:]
    return _checked(labels)


def _numbers(given: Sequence[Any]) -> Labels:
    labels = [_ELLIPSIS if label is Ellipsis else int(label) for label in given]
    if any(label != _ELLIPSIS and not 0 <= label < _UNNAMED for label in labels):
        raise RuntimeError(f"einsum(): labels must lie between 0 and 51, got {list(given)}")
    return _checked(labels)


def _checked(labels: list[int]) -> Labels:
    if labels.count(_ELLIPSIS) > 1:
        raise RuntimeError("einsum(): an ellipsis can only be used once for an operand")
    return tuple(labels)


def _named(x: Tensor, labels: Labels, place: int) -> tuple[Tensor, Labels]:
    """Give each dimension of an operand a label."""
    rank = len(x._shape)
    extra = rank - len(labels) + 1
    if _ELLIPSIS in labels:
        if extra < 0:
            raise _rank_error(place, labels, rank)
        i = labels.index(_ELLIPSIS)
        labels = (*labels[:i], *range(_UNNAMED + extra - 1, _UNNAMED - 1, -1), *labels[i + 1 :])
    elif extra != 1:
        raise _rank_error(place, labels, rank)
    return x, labels


def _rank_error(place: int, labels: Labels, rank: int) -> RuntimeError:
    return RuntimeError(
        f"einsum(): the number of subscripts in the equation ({len(labels)}) does not match the "
        f"number of dimensions ({rank}) for operand {place}"
    )


def _wanted_labels(named: list[Labels], wanted: Labels | None) -> Labels:
    """Give the labels of the result: by default those that appear once, in alphabetical order."""
    everything = [label for labels in named for label in labels]
    unnamed = sorted({label for label in everything if label >= _UNNAMED}, reverse=True)
    if wanted is None:
        # Capital letters come first, as their labels do.
        once = sorted(label for label in set(everything) if everything.count(label) == 1)
        return (*unnamed, *[label for label in once if label < _UNNAMED])
    result: list[int] = []
    for label in wanted:
        result += unnamed if label == _ELLIPSIS else [label]
    for label in result:
        if result.count(label) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {_name(label)} appears more than once in the output"
            )
        if label not in everything:
            raise RuntimeError(
                f"einsum(): output subscript {_name(label)} does not appear in the equation for "
                "any input operand"
            )
    return tuple(result)


def _name(label: int) -> str:
    return _LETTERS[label] if label < _UNNAMED else "..."


def _check_sizes(named: list[tuple[Tensor, Labels]]) -> None:
    sizes: dict[int, int] = {}
    for place, (x, labels) in enumerate(named):
        own: dict[int, int] = {}
        for label, size in zip(labels, x._shape, strict=True):
            if own.setdefault(label, size) != size:
                raise RuntimeError(
                    f"einsum(): subscript {_name(label)} is repeated for operand {place} but the "
                    f"sizes don't match, {size} != {own[label]}"
                )
            if sizes.get(label, 1) == 1:
                sizes[label] = size
            elif size not in (1, sizes[label]):
                raise RuntimeError(
                    f"einsum(): subscript {_name(label)} has size {size} for operand {place} which "
                    f"does not broadcast with previously seen size {sizes[label]}"
                )


# ---- computing


def _on_diagonals(x: Tensor, labels: Labels) -> tuple[Tensor, Labels]:
    """Replace dimensions of the same label by their diagonal."""
    for label in labels:
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = diagonal(x, 0, first, second)
            labels = (*labels[:first], *labels[first + 1 : second], *labels[second + 1 :], label)
    return x, labels


def _contracted(parts: list[tuple[Tensor, Labels]], wanted: Labels) -> Tensor:
    """Multiply operands pair by pair; what nobody needs any more is summed over at once."""
    for first, second in _pairs(parts, wanted):
        pair = [parts.pop(max(first, second)), parts.pop(min(first, second))][::-1]
        needed = {*wanted, *[label for _, labels in parts for label in labels]}
        parts.append(_joined(pair[0], pair[1], needed))
    x, labels = _summed(*parts[0], set(wanted))
    order = [labels.index(label) for label in wanted]
    return x if order == list(range(len(order))) else permute(x, order)


def _pairs(parts: list[tuple[Tensor, Labels]], wanted: Labels) -> list[tuple[int, int]]:
    """Say which two operands to multiply next, each time; a product goes to the end."""
    if len(parts) < 3:
        return [(0, 1)] * (len(parts) - 1)
    numbers = {label: i for i, label in enumerate({n for _, labels in parts for n in labels})}
    if len(numbers) > _UNNAMED:
        # NumPy has no more letters.
        return [(0, 1)] * (len(parts) - 1)
    shapes: list[Any] = []
    for x, labels in parts:
        shapes += [np.broadcast_to(0, x._shape), [numbers[label] for label in labels]]
    path = np.einsum_path(*shapes, [numbers[label] for label in wanted], optimize="greedy")[0][1:]
    pairs: list[tuple[int, int]] = []
    count = len(parts)
    for group in path:
        places = sorted(group)
        if len(places) == 1:
            continue
        pairs.append((places[0], places[1]))
        count -= 1
        for done, place in enumerate(places[2:], start=2):
            pairs.append((place - done, count - 1))
            count -= 1
    return pairs


def _joined(
    one: tuple[Tensor, Labels], two: tuple[Tensor, Labels], needed: set[int]
) -> tuple[Tensor, Labels]:
    """Multiply two operands, and sum over the labels that nobody needs any more."""
    one, two = _without_repeated(one, two[1], two[0]), _without_repeated(two, one[1], one[0])
    x, labels = _summed(*one, needed | set(two[1]))
    y, other_labels = _summed(*two, needed | set(one[1]))
    if x._key.dtype is not y._key.dtype and one[0]._key.dtype is two[0]._key.dtype:
        # Sums of integers are int64.
        dtype = common_dtype((x, y))
        x, y = x.to(dtype), y.to(dtype)
    both = [label for label in labels if label in other_labels]
    batch = [label for label in both if label in needed]
    inner = [label for label in both if label not in needed]
    rows = [label for label in labels if label not in both]
    columns = [label for label in other_labels if label not in both]
    sizes = {
        **dict(zip(labels, x._shape, strict=True)),
        **dict(zip(other_labels, y._shape, strict=True)),
    }
    if inner:
        leading = (batch,) if batch else ()
        left = _grouped(x, labels, (*leading, rows, inner))
        right = _grouped(y, other_labels, (*leading, inner, columns))
        result = product(left, right)
    else:
        left = _grouped(x, labels, (batch, rows, []))
        right = _grouped(y, other_labels, (batch, [], columns))
        result = left * right
    order = (*batch, *rows, *columns)
    return _shaped(result, tuple([sizes[label] for label in order])), order


def _without_repeated(
    part: tuple[Tensor, Labels], other_labels: Labels, other: Tensor
) -> tuple[Tensor, Labels]:
    """Remove the dimensions of size 1 that the other operand has in full."""
    x, labels = part
    for label in labels:
        if label in other_labels and other._shape[other_labels.index(label)] != 1:
            place = labels.index(label)
            if x._shape[place] == 1:
                x = reshape(x, (*x._shape[:place], *x._shape[place + 1 :]))
                labels = (*labels[:place], *labels[place + 1 :])
    return x, labels


def _summed(x: Tensor, labels: Labels, needed: set[int]) -> tuple[Tensor, Labels]:
    """Sum over the labels that are not needed."""
    dims = [d for d, label in enumerate(labels) if label not in needed]
    if not dims:
        return x, labels
    kept = tuple([label for label in labels if label in needed])
    return x.sum(dims), kept


def _grouped(x: Tensor, labels: Labels, groups: Sequence[Sequence[int]]) -> Tensor:
    """Bring dimensions into groups, and make one dimension of each group."""
    places = [[labels.index(label) for label in group] for group in groups]
    order = [place for group in places for place in group]
    sizes = tuple([math.prod([x._shape[place] for place in group]) for group in places])
    return _shaped(x if order == list(range(len(order))) else permute(x, order), sizes)


def _shaped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    return x if x._shape == shape else reshape(x, shape)
