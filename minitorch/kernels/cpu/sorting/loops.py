"""The loops of sorting and selecting along lines.

Every element gets a key, an unsigned number of the same order: for all zeros the same, and the
largest for every NaN. Keys are told apart digit by digit, from the lowest one on where all are put
in order (a radix sort, which leaves equal ones in theirs), from the highest one on where only one
of them is sought.

`form` describes the elements, seen as unsigned integers: their kind (0 unsigned, 1 signed,
2 float), the bit of the sign, the bits of infinity, all bits, and the bits that a falling order
flips. `starts` has the position of each line's first element, in the operand or in the positions
that are written; `step` goes to its next one. `lines` is how many lines one thread treats at a
time.
"""

from typing import Any

import numpy as np
from numba import njit, prange

OPTIONS = {"error_model": "numpy", "parallel": True}
_inline = njit(error_model="numpy", forceinline=True)
_plain = njit(error_model="numpy")

# Shorter lists are sorted by insertion; longer lines have longer digits.
FEW, MANY = 40, 1 << 13
SHORT_DIGIT, LONG_DIGIT = 8, 11
# The lower half of a word holds a position, the upper one a part of the key.
HALF = 32
LOW = (1 << 32) - 1
# Elements that one thread treats at a time.
BLOCK = 1 << 14
# Of longer lines of which few elements are sought, those are left out that cannot be among them.
SAMPLE = 1 << 11


@_inline
def _key(x, kind, sign, infinite, every, flipped):  # type: ignore[no-untyped-def]
    bits = np.uint64(x)
    if kind == 2:
        magnitude = bits & ~sign
        key = (every & ~bits) if bits & sign else bits | sign
        key = sign if magnitude == np.uint64(0) else key
        key = every if magnitude > infinite else key
    else:
        key = bits ^ (sign * kind)
    return key ^ flipped


def load_lines(a, form, starts, step, keys):  # type: ignore[no-untyped-def]
    """Give the keys of all lines."""
    kind, sign, infinite, every, flipped = form[0], form[1], form[2], form[3], form[4]
    n = keys.shape[1]
    for line in prange(len(starts)):
        own = keys[line]
        at = starts[line]
        if step == 1:
            row = a[at : at + n]
            for i in range(n):
                own[i] = _key(row[i], kind, sign, infinite, every, flipped)
        else:
            for i in range(n):
                own[i] = _key(a[at + i * step], kind, sign, infinite, every, flipped)


@_inline
def _digits(n):  # type: ignore[no-untyped-def]
    return LONG_DIGIT if n > MANY else SHORT_DIGIT


@_plain
def _width(span):  # type: ignore[no-untyped-def]
    """Count the bits up to the highest one."""
    width = 0
    while span:
        span >>= np.uint64(1)
        width += 1
    return width


@_plain
def _insert(words, n):  # type: ignore[no-untyped-def]
    for i in range(1, n):
        word = words[i]
        k = i
        while k > 0 and words[k - 1] > word:
            words[k] = words[k - 1]
            k -= 1
        words[k] = word


@_plain
def _sort_words(words, spare, n, width, counts):  # type: ignore[no-untyped-def]
    """Sort by the lowest `width` bits of the upper half; leave the result in `words`."""
    if n <= FEW:
        _insert(words, n)
        return
    passes = max(1, (width + _digits(n) - 1) // _digits(n))
    digit = (width + passes - 1) // passes
    mask = np.uint64((1 << digit) - 1)
    source, target = words, spare
    for step in range(passes):
        shift = np.uint64(HALF + step * digit)
        counts[: (1 << digit)] = 0
        for i in range(n):
            counts[(source[i] >> shift) & mask] += 1
        total = 0
        for d in range(1 << digit):
            count = counts[d]
            counts[d] = total
            total += count
        for i in range(n):
            d = (source[i] >> shift) & mask
            target[np.uint64(counts[d])] = source[i]
            counts[d] += 1
        source, target = target, source
    if passes % 2:
        words[:n] = spare[:n]


@_plain
def _order(keys, n, words, spare, counts):  # type: ignore[no-untyped-def]
    """Put into the lower halves of `words` the positions of keys in rising order."""
    if n == 0:
        return
    least, most = keys[0], keys[0]
    for i in range(n):
        least = min(least, keys[i])
        most = max(most, keys[i])
    width = _width(most - least)
    below = max(0, width - HALF)
    for i in range(n):
        words[i] = (((keys[i] - least) >> np.uint64(below)) << np.uint64(HALF)) | np.uint64(i)
    _sort_words(words, spare, n, width - below, counts)
    if below == 0:
        return
    # Of equal upper parts the lower ones decide.
    mask = np.uint64((1 << below) - 1)
    begin = 0
    for i in range(1, n + 1):
        if i == n or words[i] >> np.uint64(HALF) != words[begin] >> np.uint64(HALF):
            if i - begin > 1:
                run = words[begin:i]
                for k in range(run.size):
                    place = run[k] & np.uint64(LOW)
                    run[k] = (((keys[place] - least) & mask) << np.uint64(HALF)) | place
                _sort_words(run, spare, run.size, below, counts)
            if i < n:
                begin = i


@_plain
def _kth(keys, n, k, spare, counts):  # type: ignore[no-untyped-def]
    """Give the key of rank k, and how many smaller ones there are."""
    least, most = keys[0], keys[0]
    for i in range(n):
        least = min(least, keys[i])
        most = max(most, keys[i])
    width = _width(most - least)
    source, left, rank = keys, n, k
    while width > 0 and left > 1:
        digit = min(width, _digits(left))
        shift = np.uint64(width - digit)
        counts[: (1 << digit)] = 0
        for i in range(left):
            counts[(source[i] - least) >> shift] += 1
        bucket = 0
        while rank >= counts[bucket]:
            rank -= counts[bucket]
            bucket += 1
        found = 0
        for i in range(left):
            key = source[i]
            if (key - least) >> shift == np.uint64(bucket):
                spare[found] = key
                found += 1
        least += np.uint64(bucket) << shift
        width -= digit
        source, left = spare, found
    return source[0] if left == 1 else least, k - rank


def sort_lines(keys, positions, starts, step, lines):  # type: ignore[no-untyped-def]
    """Sort all lines; equal elements stay in their order."""
    n = keys.shape[1]
    for unit in prange((len(starts) + lines - 1) // lines):
        words, spare = np.empty(n, np.uint64), np.empty(n, np.uint64)
        counts = np.empty(1 << LONG_DIGIT, np.int64)
        for line in range(unit * lines, min(len(starts), (unit + 1) * lines)):
            _order(keys[line], n, words, spare, counts)
            for i in range(n):
                positions[starts[line] + i * step] = words[i] & np.uint64(LOW)


@_inline
def _candidates(keys, k, places, spare, counts):  # type: ignore[no-untyped-def]
    """Move forward the keys among which the first k must be, and note where they were."""
    found = min(keys.size, max(SAMPLE, 4 * k))
    for i in range(found):
        places[i] = i
    if found < keys.size:
        limit, _ = _kth(keys, found, k - 1, spare, counts)
        for i in range(found, keys.size):
            if keys[i] < limit:
                keys[found] = keys[i]
                places[found] = i
                found += 1
    return found


@_inline
def _first_few(keys, k, best, places):  # type: ignore[no-untyped-def]
    """Keep the k first elements so far in order."""
    best[:k] = np.uint64(0xFFFFFFFFFFFFFFFF)
    places[:k] = -1
    for i in range(keys.size):
        key = keys[i]
        if key < best[k - 1] or places[k - 1] < 0:
            at = k - 1
            while at > 0 and (places[at - 1] < 0 or best[at - 1] > key):
                best[at] = best[at - 1]
                places[at] = places[at - 1]
                at -= 1
            best[at] = key
            places[at] = i


def first_lines(keys, positions, starts, step, lines, k, is_sorted):  # type: ignore[no-untyped-def]
    """Take the k first elements of each line, in order or, if they are many, as they lie."""
    n = keys.shape[1]
    for unit in prange((len(starts) + lines - 1) // lines):
        words, spare = np.empty(k, np.uint64), np.empty(n, np.uint64)
        places = np.empty(n, np.int64)
        counts = np.empty(1 << LONG_DIGIT, np.int64)
        for line in range(unit * lines, min(len(starts), (unit + 1) * lines)):
            own = keys[line]
            if k <= FEW:
                _first_few(own, k, words, places)
                for i in range(k):
                    positions[starts[line] + i * step] = places[i]
                continue
            m = _candidates(own, k, places, spare, counts)
            limit, below = _kth(own, m, k - 1, spare, counts)
            equal = k - below
            found = 0
            for i in range(m):
                if own[i] < limit or (own[i] == limit and equal > 0):
                    equal -= own[i] == limit
                    own[found] = own[i]
                    places[found] = places[i]
                    words[found] = np.uint64(found)
                    found += 1
            if is_sorted:
                _order(own, k, words, spare, counts)
            for i in range(k):
                positions[starts[line] + i * step] = places[words[i] & np.uint64(LOW)]


def rank_lines(keys, positions, starts, step, lines, rank, nan, skips_nan):  # type: ignore[no-untyped-def]
    """Take the element of a rank from each line.

    A negative rank means the middle one; `nan` is the key of NaN then, 0 for elements without any.
    """
    n = keys.shape[1]
    for unit in prange((len(starts) + lines - 1) // lines):
        spare, counts = np.empty(n, np.uint64), np.empty(1 << LONG_DIGIT, np.int64)
        for line in range(unit * lines, min(len(starts), (unit + 1) * lines)):
            own = keys[line]
            k = rank
            if rank < 0:
                numbers = n
                if nan:
                    for i in range(n):
                        numbers -= own[i] == nan
                # Every NaN is larger than all numbers.
                k = numbers if numbers < n and not skips_nan else max(0, (numbers - 1) // 2)
            limit, below = _kth(own, n, k, spare, counts)
            left = k - below
            place = 0
            for i in range(n):
                if own[i] == limit:
                    if left == 0:
                        place = i
                        break
                    left -= 1
            positions[starts[line]] = place


def mode_lines(keys, positions, starts, step, lines, nan):  # type: ignore[no-untyped-def]
    """Take the most frequent element of each line, the smallest of several; a NaN equals none."""
    n = keys.shape[1]
    for unit in prange((len(starts) + lines - 1) // lines):
        words, spare = np.empty(n, np.uint64), np.empty(n, np.uint64)
        counts = np.empty(1 << LONG_DIGIT, np.int64)
        for line in range(unit * lines, min(len(starts), (unit + 1) * lines)):
            own = keys[line]
            _order(own, n, words, spare, counts)
            best, run, place = 0, 0, np.int64(0)
            before = own[words[0] & np.uint64(LOW)]
            for i in range(n):
                position = np.int64(words[i] & np.uint64(LOW))
                key = own[position]
                run = run + 1 if key == before and not (nan and key == nan) else 1
                before = key
                if run > best:
                    best = run
                    place = position
            positions[starts[line]] = place


def search(sorted_lines, values, sorter, out, steps, is_right):  # type: ignore[no-untyped-def]
    """Find where each value belongs; `steps`: a line's length, values for a line (0: one line)."""
    n, per_line = steps[0], steps[1]
    for i in prange(values.size):
        line = i // per_line * n if per_line else 0
        value = values[i]
        low, high = 0, n
        while low < high:
            middle = (low + high) >> 1
            place = line + middle
            x = sorted_lines[line + sorter[place] if sorter.size else place]
            # Written so that what is no number counts as larger than all.
            goes_on = not x > value if is_right else not x >= value
            if goes_on:
                low = middle + 1
            else:
                high = middle
        out[i] = low


def count_each(a, out):  # type: ignore[no-untyped-def]
    """Count how often each number occurs."""
    for i in range(a.size):
        out[np.uint64(a[i])] += 1


def compiled(body: Any) -> Any:
    """Compile one of the bodies above."""
    return njit(**OPTIONS)(body)
