"""The Mersenne Twister MT19937, in blocks that the compiler turns into vector instructions.

Its state is one array of uint32: 624 words, the 624 numbers that they give, the position of the
next number, whether the words are still as the seed left them; then the bits of a normal number
that waits to be used, and whether there is one.

Source: M. Matsumoto and T. Nishimura, "Mersenne Twister", 1998, with the seeding of 2002.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

WORDS = 624
POSITION = 2 * WORDS
FRESH = POSITION + 1
NORMAL = FRESH + 1
HAS_NORMAL = NORMAL + 2
STATE_SIZE = HAS_NORMAL + 1
# Of a draw of 64 bits a double uses so many.
DOUBLE_MASK = (1 << 53) - 1
DOUBLE_STEP = 2.0**-53
# Samplers draw so many numbers at a time, which stay in the first-level cache.
BLOCK = 512

_MIDDLE = 397
_LAST = WORDS - 1

_helper = njit(error_model="numpy")


@_helper
def seed(state: Any, number: Any) -> None:
    """Start from a number of 32 bits."""
    word = np.uint32(number)
    state[0] = word
    for k in range(1, WORDS):
        word = np.uint32(np.uint32(1812433253) * (word ^ (word >> np.uint32(30))) + np.uint32(k))
        state[k] = word
    state[POSITION] = WORDS
    state[FRESH] = 1
    state[HAS_NORMAL] = 0


@_helper
def temper(state: Any) -> None:
    """Compute the numbers that the words give."""
    words = state[:WORDS]
    numbers = state[WORDS:POSITION]
    for k in range(WORDS):
        y = words[k]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        numbers[k] = y ^ (y >> np.uint32(18))


@_helper
def _twisted(word: Any, after: Any, middle: Any) -> Any:
    """Give a word of the next generation."""
    mixed = (word & np.uint32(0x80000000)) | (after & np.uint32(0x7FFFFFFF))
    odd = np.uint32(0) - (after & np.uint32(1))
    return np.uint32(middle ^ (mixed >> np.uint32(1)) ^ (odd & np.uint32(0x9908B0DF)))


@_helper
def _refill(state: Any) -> None:
    """Go on to the next 624 words and their numbers."""
    for k in range(WORDS - _MIDDLE):
        state[k] = _twisted(state[k], state[k + 1], state[k + _MIDDLE])
    for k in range(WORDS - _MIDDLE, _LAST):
        state[k] = _twisted(state[k], state[k + 1], state[k + _MIDDLE - WORDS])
    state[_LAST] = _twisted(state[_LAST], state[0], state[_MIDDLE - 1])
    temper(state)
    state[POSITION] = 0
    state[FRESH] = 0


@_helper
def next_word(state: Any) -> Any:
    """Draw 32 bits."""
    if state[POSITION] == WORDS:
        _refill(state)
    position = state[POSITION]
    state[POSITION] = position + np.uint32(1)
    return state[WORDS + np.intp(position)]


@_helper
def next_long(state: Any) -> Any:
    """Draw 64 bits: the first number is the high one."""
    high = np.uint64(next_word(state))
    return (high << np.uint64(32)) | np.uint64(next_word(state))


@_helper
def next_double(state: Any) -> Any:
    """Draw a number from 0 up to, not including, 1."""
    return np.float64(np.int64(next_long(state) & np.uint64(DOUBLE_MASK))) * DOUBLE_STEP


@_helper
def take_words(state: Any, out: Any) -> None:
    """Draw 32 bits for each element of an array of uint32."""
    done = 0
    while done < out.size:
        if state[POSITION] == WORDS:
            _refill(state)
        position = np.intp(state[POSITION])
        count = min(WORDS - position, out.size - done)
        source = state[WORDS + position : WORDS + position + count]
        target = out[done : done + count]
        for i in range(count):
            target[i] = source[i]
        state[POSITION] = position + count
        done += count


@_helper
def take_longs(state: Any, out: Any) -> None:
    """Draw 64 bits for each element of an array of uint64."""
    done = 0
    while done < out.size:
        position = np.intp(state[POSITION])
        count = min((WORDS - position) // 2, out.size - done)
        if count == 0:
            # None or one number is left: a draw goes over into the next block.
            out[done] = next_long(state)
            done += 1
            continue
        source = state[WORDS + position : WORDS + position + 2 * count]
        target = out[done : done + count]
        for i in range(count):
            target[i] = (np.uint64(source[2 * i]) << np.uint64(32)) | np.uint64(source[2 * i + 1])
        state[POSITION] = position + 2 * count
        done += count
