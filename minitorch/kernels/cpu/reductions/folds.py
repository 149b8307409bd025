"""The folds that there are: sums, products, counts, extremes with and without their places."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..functions import exp, log, sqrt
from . import terms as t
from .blocks import Step, once, part_of_caller, twice
from .fold import Fold

# What an element costs, in steps of `SizedKernel.for_size`: 65,536 of these take about as long as a
# launch of several threads gains on two of them, 50 microseconds.
_CHEAP, _TWO_PASSES, _EXPONENTIAL, _POWER = 0.1, 0.3, 0.6, 5.0


# ---- results


@part_of_caller
def _same(state: Any, seen: int, numbers: Any) -> Any:
    return state


@part_of_caller
def _quotient(state: Any, seen: int, numbers: Any) -> Any:
    return (t.ratio(state[0], numbers[0]),)


@part_of_caller
def _root(state: Any, seen: int, numbers: Any) -> Any:
    return (sqrt(state[0]),)


@part_of_caller
def _inverse_power(state: Any, seen: int, numbers: Any) -> Any:
    return (state[0] ** (1.0 / numbers[0]),)


# ---- in one way


_SUM = Step(t.value, t.add, t.no_block_sum, t.no_sum)
_NUMBERS = Step(t.number, t.add, t.no_block_sum, t.no_sum)
_NUMBER_COUNT = Step(t.is_number, t.add, t.no_block_count, t.no_count)
_LARGEST = Step(t.value, t.larger, t.lowest, t.lowest)
_SMALLEST = Step(t.value, t.smaller, t.highest, t.highest)


def _once(
    term: Any, join: Any, start: Any, total: Any, nothing: float, cost: float = _CHEAP
) -> Fold:
    return Fold(once(Step(term, join, start, total), _same), (nothing,), cost)


# Divided by a number, which an average needs.
SUM = Fold(once(_SUM, _quotient), (0,), _CHEAP)
NUMBERS = Fold(once(_NUMBERS, _same), (0,), _CHEAP)
MAGNITUDES = _once(t.magnitude, t.add, t.no_block_sum, t.no_sum, 0)
PRODUCT = _once(t.value, t.multiply, t.no_block_product, t.no_product, 1)
NONZERO_COUNT = _once(t.is_not_zero, t.add, t.no_block_count, t.no_count, 0)
ANY = _once(t.is_not_zero, t.larger, t.false, t.false, 0)
ALL = _once(t.is_not_zero, t.smaller, t.true, t.true, 1)
LARGEST = Fold(once(_LARGEST, _same), (-math.inf,), _CHEAP)
SMALLEST = Fold(once(_SMALLEST, _same), (math.inf,), _CHEAP)
LARGEST_MAGNITUDE = _once(t.magnitude, t.larger, t.lowest, t.lowest, 0)
SMALLEST_MAGNITUDE = _once(t.magnitude, t.smaller, t.highest, t.highest, 0)
# The root of the sum of squares, and the p-th root of that of powers, with p as the number.
ROOT = Fold(once(Step(t.square, t.add, t.no_double, t.no_double), _root), (0,), _CHEAP)
POWERS = Fold(
    once(Step(t.magnitude_to_power, t.add, t.no_double, t.no_double), _inverse_power), (0,), _POWER
)


# ---- the average of the numbers that are not NaN


@part_of_caller
def _nothing(part: Any, count: int) -> Any:
    return 0.0


@part_of_caller
def _always(state: Any, part: Any) -> bool:
    return True


@part_of_caller
def _add_both(state: Any, other: Any, seen: int, other_seen: int) -> Any:
    return t.add(state[0], other[0]), t.add(state[1], other[1])


@part_of_caller
def _number_mean(state: Any, seen: int, numbers: Any) -> Any:
    return (state[0] / state[1],)


NUMBER_MEAN = Fold(
    twice(_NUMBERS, _NUMBER_COUNT, _nothing, _always, _add_both, _number_mean, 1),
    (math.nan,),
    _CHEAP,
)


# ---- the variance and the mean: the squared distances of a block's elements from their own mean
# are added up while they are in cache. T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating
# formulae and a pairwise algorithm for computing sample variances", 1979.


@part_of_caller
def _mean(part: Any, count: int) -> Any:
    return part / count


@part_of_caller
def _join_moments(state: Any, other: Any, seen: int, other_seen: int) -> Any:
    if seen == 0:
        return other
    distance = other[0] / other_seen - state[0] / seen
    share = np.float64(seen) * np.float64(other_seen) / np.float64(seen + other_seen)
    return state[0] + other[0], state[1] + other[1] + distance * distance * share


@part_of_caller
def _variance(state: Any, seen: int, numbers: Any) -> Any:
    """Divide by the first of the numbers; where the second one is not 0, take the root."""
    variance = state[1] / numbers[0]
    return (sqrt(variance) if numbers[1] != 0 else variance), state[0] / seen


# All in float64: an error of the mean counts squared.
VARIANCE = Fold(
    twice(
        Step(t.value, t.add, t.no_double, t.no_double),
        Step(t.squared_distance, t.add, t.no_double, t.no_double),
        _mean,
        _always,
        _join_moments,
        _variance,
        2,
    ),
    (math.nan, math.nan),
    _TWO_PASSES,
)


# ---- log(sum of e^x): the exponentials of a block are scaled by its largest element


@part_of_caller
def _shift(part: Any, count: int) -> Any:
    return part if abs(part) < math.inf else type(part)(0)


@part_of_caller
def _join_exponentials(state: Any, other: Any, seen: int, other_seen: int) -> Any:
    if seen == 0:
        return other[0], np.float64(other[1])
    largest = t.larger(state[0], other[0])
    shift = np.float64(_shift(largest, 1))
    old = state[1] * exp(np.float64(_shift(state[0], 1)) - shift)
    return largest, old + other[1] * exp(np.float64(_shift(other[0], 1)) - shift)


@part_of_caller
def _log_sum(state: Any, seen: int, numbers: Any) -> Any:
    return (log(state[1]) + np.float64(_shift(state[0], 1)),)


LOG_SUM = Fold(
    twice(
        _LARGEST,
        Step(t.shifted_exp, t.add, t.no_block_sum, t.no_sum),
        _shift,
        _always,
        _join_exponentials,
        _log_sum,
        1,
    ),
    (-math.inf,),
    _EXPONENTIAL,
)


# ---- extremes with their positions: blocks that cannot hold it are not looked at again


@part_of_caller
def _itself(part: Any, count: int) -> Any:
    return part


@part_of_caller
def _is_not_smaller(state: Any, part: Any) -> bool:
    return part >= state[0] or part != part


@part_of_caller
def _is_not_larger(state: Any, part: Any) -> bool:
    return part <= state[0] or part != part


@part_of_caller
def _is_before(state: Any, other: Any) -> bool:
    """Tell which of two equal elements, or NaNs, comes first."""
    is_equal = other[0] == state[0] or (other[0] != other[0] and state[0] != state[0])
    return is_equal and other[1] < state[1]


@part_of_caller
def _larger_one(state: Any, other: Any, seen: int, other_seen: int) -> Any:
    wins = other[0] > state[0] or (other[0] != other[0] and state[0] == state[0])
    return other if wins or _is_before(state, other) else state


@part_of_caller
def _smaller_one(state: Any, other: Any, seen: int, other_seen: int) -> Any:
    wins = other[0] < state[0] or (other[0] != other[0] and state[0] == state[0])
    return other if wins or _is_before(state, other) else state


_PLACE = Step(t.position_of, t.smaller, t.far, t.far)
LARGEST_PLACE = Fold(
    twice(_LARGEST, _PLACE, _itself, _is_not_smaller, _larger_one, _same, 2),
    (0, 0),
    _CHEAP,
    counts_places=True,
)
SMALLEST_PLACE = Fold(
    twice(_SMALLEST, _PLACE, _itself, _is_not_larger, _smaller_one, _same, 2),
    (0, 0),
    _CHEAP,
    counts_places=True,
)
