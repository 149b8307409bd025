"""The loops that find where values belong among sorted ones."""

import numpy as np
from numba import njit, prange

_inline = njit(error_model="numpy", forceinline=True)

# Values that are looked for side by side, and those that one thread treats at a time.
TOGETHER, SEARCHES = 32, 1 << 10


@_inline
def _look_through(lines, sorter, first, n, value, is_right):  # type: ignore[no-untyped-def]
    """Find where a value belongs in a line, by PyTorch's steps."""
    low, high = 0, n
    while low < high:
        middle = (low + high) >> 1
        x = lines[first + sorter[first + middle] if sorter.size else first + middle]
        # Written so that what is no number counts as larger than all.
        if not x > value if is_right else not x >= value:
            low = middle + 1
        else:
            high = middle
    return low


@_inline
def _look_together(lines, sorter, first, n, values, met, goes, places, is_right):  # type: ignore[no-untyped-def]
    """Find where values belong in lines, by steps of the same length for all.

    Which way each goes is written down before it is used: the compiler would make jumps of it, half
    of which go the wrong way.
    """
    places[:] = first
    left = n
    while left > 0:
        half = max(1, left >> 1)
        for j in range(values.size):
            place = np.uint64(places[j] + half - 1)
            if sorter.size:
                place = np.uint64(first[j] + sorter[place])
            met[j] = lines[place]
        if is_right:
            for j in range(values.size):
                goes[j] = not met[j] > values[j]
        else:
            for j in range(values.size):
                goes[j] = not met[j] >= values[j]
        for j in range(values.size):
            places[j] += half * goes[j]
        left = left - half if left > 1 else 0
    places -= first


@_inline
def _ends_in_numbers(lines, sorter, first, n):  # type: ignore[no-untyped-def]
    """Tell whether no line ends in NaN, before which both ways of looking find the same."""
    for j in range(first.size if n else 0):
        last = first[j] + n - 1
        x = lines[first[j] + sorter[last] if sorter.size else last]
        if x != x:
            return False
    return True


def search(sorted_lines, values, sorter, out, steps, is_right):  # type: ignore[no-untyped-def]
    """Find where each value belongs; `steps`: a line's length, values for a line (0: one line)."""
    n, per_line = steps[0], steps[1]
    for block in prange((values.size + SEARCHES - 1) // SEARCHES):
        first, places = np.zeros(TOGETHER, np.int64), np.empty(TOGETHER, np.int64)
        met, goes = np.empty(TOGETHER, values.dtype), np.empty(TOGETHER, np.uint8)
        for i in range(block * SEARCHES, min(values.size, (block + 1) * SEARCHES), TOGETHER):
            own = values[i : min(values.size, i + TOGETHER)]
            if per_line:
                for j in range(own.size):
                    first[j] = (i + j) // per_line * n
            ends = first if per_line else first[:1]
            if _ends_in_numbers(sorted_lines, sorter, ends, n):
                _look_together(sorted_lines, sorter, first, n, own, met, goes, places, is_right)
            else:
                for j in range(own.size):
                    places[j] = _look_through(sorted_lines, sorter, first[j], n, own[j], is_right)
            for j in range(own.size):
                out[i + j] = places[j]
