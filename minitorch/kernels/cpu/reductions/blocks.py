"""How a block of elements is reduced, and how blocks are joined: once, or twice while in cache.

Elements are joined in blocks of bounded length, in the type of `start`; the blocks are joined in
that of `total`, float64 for sums: so the error of a sum does not grow with its length.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from .terms import wide

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
_inline = njit(**_OPTIONS, forceinline=True)
# What is small becomes part of its caller before that is compiled, which saves much time.
part_of_caller = njit(**_OPTIONS, inline="always")


@dataclass(frozen=True)
class Step:
    """One way through a block.

    Attributes:
        term: what an element contributes.
        join: joins two contributions.
        start: gives the start of a block, for an element of some type.
        total: likewise that of a total.
    """

    term: Callable[..., Any]
    join: Callable[..., Any]
    start: Callable[[Any], Any]
    total: Callable[[Any], Any]


@dataclass(frozen=True)
class Blocks:
    """What the loops of `loops` call; a state is a tuple of numbers, results are another.

    Attributes:
        begin: (element) gives the state before the first element.
        along: (row, state, seen, position, step, numbers) gives the state after a row of elements,
            `seen` of which came before; the row's positions start at `position`.
        put: (arrays, i, state) writes a state.
        finish: (state, seen, numbers) gives the results.
        write: (arrays, i, results) writes these.
        columns: (count, element) makes arrays for the states of so many outputs side by side.
        parts: likewise for those of one block.
        across: (parts, a, at, stride, rows, position, step, numbers) reduces rows of elements of
            the outputs into the second ones.
        most_rows: how many rows make a block.
        is_block_enough: results of a single block can be written from its own state.
        merge: (states, others, seen, other_seen) joins the states of neighbouring blocks, which
            are in arrays, into the first ones.
        part: (arrays, begin, end) gives states that are neighbours.
        put_all: (arrays, at, step, states, seen, numbers) writes states.
        write_all: (arrays, at, step, states, seen, numbers) writes the results for states.
        totals: for each number of a state a function that gives it before the first element.
    """

    begin: Any
    along: Any
    put: Any
    finish: Any
    write: Any
    columns: Any
    parts: Any
    across: Any
    most_rows: int
    is_block_enough: bool
    merge: Any
    part: Any
    put_all: Any
    write_all: Any
    totals: tuple[Callable[[Any], Any], ...]


def once(step: Step, finish: Callable[..., Any]) -> Blocks:
    """Reduce each block in one way."""
    start, total, join = step.start, step.total, step.join
    fold, fold_rows = _along(step), _across(step, _itself)

    @part_of_caller
    def begin(x):  # type: ignore[no-untyped-def]
        return (total(x),)

    @part_of_caller
    def along(row, state, seen, position, step, numbers):  # type: ignore[no-untyped-def]
        return (join(state[0], fold(row, numbers[0], position, step)),)

    @_inline
    def columns(count, x):  # type: ignore[no-untyped-def]
        return (np.full(count, total(x)),)

    @_inline
    def parts(count, x):  # type: ignore[no-untyped-def]
        return (np.full(count, start(x)),)

    @part_of_caller
    def across(parts, a, at, stride, rows, position, step, numbers):  # type: ignore[no-untyped-def]
        fold_rows(parts[0], numbers[0], a, at, stride, rows, position, step)

    @_inline
    def merge(states, others, seen, other_seen):  # type: ignore[no-untyped-def]
        own, other = states[0], others[0]
        for i in range(own.size):
            own[i] = join(own[i], other[i])

    return Blocks(
        *(begin, along, _put_one, finish, _put_one, columns, parts, across, 64, True, merge),
        _part_of_one,
        *(_writing(1, _get_one, _unfinished), _writing(1, _get_one, finish), (total,)),
    )


def twice(
    first: Step,
    second: Step,
    value_of: Callable[..., Any],
    needs: Callable[..., Any],
    join: Callable[..., Any],
    finish: Callable[..., Any],
    results: int,
) -> Blocks:
    """Reduce each block in a second way that depends on what the first one gave.

    Args:
        first: the first way.
        second: the second way, whose terms see the value as their number s.
        value_of: (part, count) gives the value.
        needs: (state, part) tells whether a block matters, given what the first way gave.
        join: (state, other, seen, other_seen) joins the states of neighbouring blocks: pairs of
            totals, the others also pairs of parts.
        finish: see `Blocks`.
        results: how many numbers that gives.
    """
    start, second_start = first.start, second.start
    total, second_total = first.total, second.total
    fold, refold = _along(first), _along(second)
    fold_rows, refold_rows = _across(first, _element), _across(second, _element)

    @part_of_caller
    def begin(x):  # type: ignore[no-untyped-def]
        return total(x), second_total(x)

    @part_of_caller
    def along(row, state, seen, position, step, numbers):  # type: ignore[no-untyped-def]
        part = fold(row, numbers[0], position, step)
        if needs(state, part):
            other = refold(row, value_of(part, row.size), position, step)
            state = join(state, (part, other), seen, row.size)
        return state

    @_inline
    def columns(count, x):  # type: ignore[no-untyped-def]
        return np.full(count, total(x)), np.full(count, second_total(x))

    @_inline
    def parts(count, x):  # type: ignore[no-untyped-def]
        values = np.full(count, value_of(start(x), 1))
        return np.full(count, start(x)), np.full(count, second_start(x)), values

    @part_of_caller
    def across(parts, a, at, stride, rows, position, step, numbers):  # type: ignore[no-untyped-def]
        fold_rows(parts[0], parts[2], a, at, stride, rows, position, step)
        for i in range(parts[0].size):
            parts[2][i] = value_of(parts[0][i], rows)
        refold_rows(parts[1], parts[2], a, at, stride, rows, position, step)

    @_inline
    def merge(states, others, seen, other_seen):  # type: ignore[no-untyped-def]
        a, b, c, d = states[0], states[1], others[0], others[1]
        for i in range(a.size):
            a[i], b[i] = join((a[i], b[i]), (c[i], d[i]), seen, other_seen)

    write = _put_one if results == 1 else _put_two
    put_all, write_all = _writing(2, _get_two, _unfinished), _writing(results, _get_two, finish)
    return Blocks(
        *(begin, along, _put_two, finish, write, columns, parts, across, 16, False, merge),
        *(_part_of_two, put_all, write_all, (total, second_total)),
    )


# ---- states, a number or a pair of them, in arrays. These are no parts of their callers, where the
# uses of an array that is taken from a tuple would be counted, atomically, for every number.


@_inline
def _part_of_one(arrays, begin, end):  # type: ignore[no-untyped-def]
    return (arrays[0][begin:end],)


@_inline
def _part_of_two(arrays, begin, end):  # type: ignore[no-untyped-def]
    return arrays[0][begin:end], arrays[1][begin:end]


@_inline
def _get_one(arrays, i):  # type: ignore[no-untyped-def]
    return (arrays[0][i],)


@_inline
def _put_one(arrays, i, state):  # type: ignore[no-untyped-def]
    arrays[0][i] = state[0]


@_inline
def _get_two(arrays, i):  # type: ignore[no-untyped-def]
    return arrays[0][i], arrays[1][i]


@_inline
def _put_two(arrays, i, state):  # type: ignore[no-untyped-def]
    arrays[0][i] = state[0]
    arrays[1][i] = state[1]


@part_of_caller
def _unfinished(state, seen, numbers):  # type: ignore[no-untyped-def]
    return state


def _writing(count: int, get: Any, finish: Any) -> Any:
    """Make the function that writes what becomes of states: one number of each, or two."""

    @_inline
    def write_one(arrays, at, step, states, seen, numbers):  # type: ignore[no-untyped-def]
        n = states[0].size
        if step == 1:
            row = arrays[0][at : at + n]
            for i in range(n):
                row[i] = finish(get(states, i), seen, numbers)[0]
        else:
            for i in range(n):
                arrays[0][at + i * step] = finish(get(states, i), seen, numbers)[0]

    @_inline
    def write_two(arrays, at, step, states, seen, numbers):  # type: ignore[no-untyped-def]
        n = states[0].size
        if step == 1:
            row, other = arrays[0][at : at + n], arrays[1][at : at + n]
            for i in range(n):
                row[i], other[i] = finish(get(states, i), seen, numbers)
        else:
            for i in range(n):
                _put_two(arrays, at + i * step, finish(get(states, i), seen, numbers))

    return write_one if count == 1 else write_two


# ---- one way through a block


@part_of_caller
def _itself(values, i):  # type: ignore[no-untyped-def]
    return values


@part_of_caller
def _element(values, i):  # type: ignore[no-untyped-def]
    return values[i]


def _along(step: Step) -> Any:
    """Make the loop over the elements of one output."""
    term, join, start = step.term, step.join, step.start

    @_inline
    def fold(row, value, position, step):  # type: ignore[no-untyped-def]
        result = start(wide(row[0]))
        for i in range(row.size):
            result = join(result, term(row[i], value, position + i * step))
        return result

    return fold


def _across(step: Step, value_at: Any) -> Any:
    """Make the loops over rows of elements of different outputs.

    Args:
        step: what to do.
        value_at: (values, i) gives the number s for the terms of an output.
    """
    term, join, start = step.term, step.join, step.start

    @_inline
    def fold_rows(part, values, a, at, stride, rows, position, step):  # type: ignore[no-untyped-def]
        n = part.size
        part[:] = start(wide(a[0]))
        r = 0
        # Four rows for each time that the result so far is read and written.
        while r + 4 <= rows:
            x = at + r * stride
            y = x + 2 * stride
            p = position + r * step
            row_0, row_1 = a[x : x + n], a[x + stride : x + stride + n]
            row_2, row_3 = a[y : y + n], a[y + stride : y + stride + n]
            for i in range(n):
                s = value_at(values, i)
                z = join(part[i], term(row_0[i], s, p))
                z = join(z, term(row_1[i], s, p + step))
                z = join(z, term(row_2[i], s, p + 2 * step))
                part[i] = join(z, term(row_3[i], s, p + 3 * step))
            r += 4
        while r < rows:
            x = at + r * stride
            row = a[x : x + n]
            for i in range(n):
                part[i] = join(part[i], term(row[i], value_at(values, i), position + r * step))
            r += 1

    return fold_rows
