"""The loops of sorting and selecting along lines.

Every element gets a key, an unsigned number of the same order: for all zeros the same, and the
largest for every NaN. Keys are told apart digit by digit, from the lowest one on where all are put
in order (a radix sort, which leaves equal ones in theirs), from the highest one on where only one
of them is sought.

`form` describes the elements, seen as unsigned integers: their kind (0 unsigned, 1 signed,
2 float), the bit of the sign, the bits of infinity, all bits, and the bits that a falling order
flips.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

OPTIONS = {"error_model": "numpy", "parallel": True}
_inline = njit(error_model="numpy", forceinline=True)
_plain = njit(error_model="numpy")

# Shorter lists are sorted by counting; longer lines have longer digits.
FEW, MANY = 64, 1 << 13
# A list of the first elements is kept in order, if it is not longer.
FIRST_FEW = 40
SHORT_DIGIT, LONG_DIGIT = 8, 11
# The lower half of a word holds a position, the upper one a part of the key.
HALF = 32
LOW = (1 << 32) - 1
# Elements that one thread treats at a time, if they are in several lines.
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


@_inline
def _load(a, at, step, form, keys):  # type: ignore[no-untyped-def]
    """Give the keys of a line."""
    kind, sign, infinite, every, flipped = form[0], form[1], form[2], form[3], form[4]
    if step == 1:
        for i in range(keys.size):
            keys[i] = _key(a[np.uint64(at + i)], kind, sign, infinite, every, flipped)
    else:
        for i in range(keys.size):
            keys[i] = _key(a[np.uint64(at + i * step)], kind, sign, infinite, every, flipped)


@_inline
def _digits(n):  # type: ignore[no-untyped-def]
    return LONG_DIGIT if n > MANY else SHORT_DIGIT


@_plain
def _width(span):  # type: ignore[no-untyped-def]
    """Count the bits up to the highest one."""
    width = 0
    for step in (32, 16, 8, 4, 2, 1):
        if span >> np.uint64(step):
            span >>= np.uint64(step)
            width += step
    return width + np.int64(span)


@_plain
def _count_smaller(words, spare, n):  # type: ignore[no-untyped-def]
    """Sort a few words that differ: each goes where the number of smaller ones says."""
    for i in range(n):
        word, smaller = words[i], 0
        for k in range(n):
            smaller += words[k] < word
        spare[smaller] = word
    words[:n] = spare[:n]


@_plain
def _sort_words(words, spare, n, width, counts):  # type: ignore[no-untyped-def]
    """Sort by the lowest `width` bits of the upper half; leave the result in `words`."""
    if n <= FEW:
        _count_smaller(words, spare, n)
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
def _order_few(keys, n, words):  # type: ignore[no-untyped-def]
    """Do what `_order` does: each position goes where the number of those before it says."""
    for i in range(n):
        key, before = keys[i], 0
        for k in range(n):
            before += (keys[k] < key) | ((keys[k] == key) & (k < i))
        words[before] = np.uint64(i)


@_plain
def _order(keys, n, words, spare, counts):  # type: ignore[no-untyped-def]
    """Put into the lower halves of `words` the positions of keys in rising order."""
    if n <= FEW:
        _order_few(keys, n, words)
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
def _kth_of_few(keys, n, k):  # type: ignore[no-untyped-def]
    """Do what `_kth` does."""
    for i in range(n):
        key, smaller, equal = keys[i], 0, 0
        for j in range(n):
            smaller += keys[j] < key
            equal += keys[j] == key
        if smaller <= k < smaller + equal:
            return key, smaller
    return keys[0], 0


@_plain
def _kth(keys, n, k, spare, counts):  # type: ignore[no-untyped-def]
    """Give the key of rank k, and how many smaller ones there are."""
    if n <= FEW:
        return _kth_of_few(keys, n, k)
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


# ---- what is chosen from a line
#
# Each of these functions takes the keys of a line, which it may change; where to put the positions
# of the elements that it chooses; its options; three rows of words, as long as the line; and room
# for the counts of a digit.


@_plain
def in_order(keys, found, options, words, counts):  # type: ignore[no-untyped-def]
    """Take all elements in order; equal ones stay in theirs."""
    own = words[0]
    _order(keys, keys.size, own, words[1], counts)
    for i in range(found.size):
        found[i] = own[i] & np.uint64(LOW)


@_inline
def _candidates(keys, k, places, spare, counts):  # type: ignore[no-untyped-def]
    """Move forward the keys among which the first k must be, and note where they were."""
    found = min(keys.size, max(SAMPLE, 4 * k))
    for i in range(found):
        places[i] = np.uint64(i)
    if found < keys.size:
        limit, _ = _kth(keys, found, k - 1, spare, counts)
        for i in range(found, keys.size):
            if keys[i] < limit:
                keys[found] = keys[i]
                places[found] = np.uint64(i)
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


@_plain
def first_ones(keys, found, options, words, counts):  # type: ignore[no-untyped-def]
    """Take the first elements, in order or, if they are many and need not be, as they lie."""
    k = found.size
    own, spare, places = words[0], words[1], words[2]
    if k <= FIRST_FEW:
        _first_few(keys, k, own, found)
        return
    m = _candidates(keys, k, places, spare, counts)
    limit, below = _kth(keys, m, k - 1, spare, counts)
    equal = k - below
    last = 0
    for i in range(m):
        if keys[i] < limit or (keys[i] == limit and equal > 0):
            equal -= keys[i] == limit
            keys[last] = keys[i]
            places[last] = places[i]
            own[last] = np.uint64(last)
            last += 1
    if options[0]:
        _order(keys, k, own, spare, counts)
    for i in range(k):
        found[i] = places[own[i] & np.uint64(LOW)]


@_plain
def ranked(keys, found, options, words, counts):  # type: ignore[no-untyped-def]
    """Take the element of a rank, or the middle one.

    The options are whether it is the middle one, or else the rank; the key of NaN, 0 for elements
    without any; and whether the middle is that of the numbers alone.
    """
    n, nan = keys.size, options[2]
    k: Any = np.int64(options[1])
    if options[0]:
        numbers = n
        if nan:
            for i in range(n):
                numbers -= keys[i] == nan
        # Every NaN is larger than all numbers.
        k = numbers if numbers < n and not options[3] else max(0, (numbers - 1) // 2)
    limit, below = _kth(keys, n, k, words[1], counts)
    left = k - below
    found[0] = 0
    for i in range(n):
        if keys[i] == limit:
            if left == 0:
                found[0] = i
                return
            left -= 1


@_plain
def most_frequent(keys, found, options, words, counts):  # type: ignore[no-untyped-def]
    """Take the most frequent element, the smallest of several; a NaN equals none."""
    own, nan = words[0], options[2]
    _order(keys, keys.size, own, words[1], counts)
    best, run = 0, 0
    before = keys[own[0] & np.uint64(LOW)]
    for i in range(keys.size):
        position = np.int64(own[i] & np.uint64(LOW))
        key = keys[position]
        run = run + 1 if key == before and not (nan and key == nan) else 1
        before = key
        if run > best:
            best = run
            found[0] = position


def each_line(choose: Callable[..., Any]) -> Any:
    """Make the loops that let one of these functions choose from each line.

    `starts` has the position of each line's first element in the operand and in the results. `form`
    has, after what describes the elements, four options of the function, the length of a line, its
    step in the operand, how many of its elements are chosen, their step in the results, and how
    many lines one thread treats at a time.
    """

    def choose_lines(a, form, starts, values, positions):  # type: ignore[no-untyped-def]
        options, n, step = form[5:9], np.int64(form[9]), np.int64(form[10])
        count, out_step, lines = np.int64(form[11]), np.int64(form[12]), np.int64(form[13])
        all_lines = starts.shape[1]
        for unit in prange((all_lines + lines - 1) // lines):
            keys, words = np.empty(n, np.uint64), np.empty((3, n), np.uint64)
            found = np.empty(count, np.int64)
            counts = np.empty(1 << _digits(n), np.int64)
            for line in range(unit * lines, min(all_lines, (unit + 1) * lines)):
                at, out = starts[0, line], starts[1, line]
                _load(a, at, step, form, keys)
                choose(keys, found, options, words, counts)
                for i in range(count):
                    place = found[i]
                    positions[out + i * out_step] = place
                    values[out + i * out_step] = a[at + place * step]

    return njit(**OPTIONS)(choose_lines)


# ---- elements that are equal


@_plain
def unique_line(a, form, values, places, firsts, n):  # type: ignore[no-untyped-def]
    """List the different elements of a line in order, and count them.

    `places` gets each element's place in the list, `firsts` that of the first of each in the
    sorted line, and behind them the length of the line; each NaN differs from all.
    """
    keys, words = np.empty(n, np.uint64), np.empty((2, n), np.uint64)
    counts = np.empty(1 << _digits(n), np.int64)
    _load(a, 0, 1, form, keys)
    order = words[0]
    _order(keys, n, order, words[1], counts)
    nan = form[3] if form[0] == 2 else np.uint64(0)
    last = -1
    before = np.uint64(0)
    for i in range(n):
        position = order[i] & np.uint64(LOW)
        key = keys[position]
        if i == 0 or key != before or (nan and key == nan):
            last += 1
            values[last] = a[position]
            firsts[last] = i
        before = key
        places[position] = last
    firsts[last + 1] = n
    return last + 1


# ---- counts


def count_each(a, out):  # type: ignore[no-untyped-def]
    """Count how often each number occurs."""
    for i in range(a.size):
        out[np.uint64(a[i])] += 1


def compiled(body: Any) -> Any:
    """Compile one of the bodies above."""
    return njit(**OPTIONS)(body)
