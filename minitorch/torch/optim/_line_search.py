"""A line search for a step that satisfies the strong Wolfe conditions.

Source: J. Nocedal and S. Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6; the
safeguards are those of M. Schmidt's minFunc, whose choices PyTorch follows too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

# How much of the slope's promise the loss must keep, and what is left of the slope at most.
_DECREASE, _CURVATURE = 1e-4, 0.9


@dataclass(frozen=True)
class Point:
    """A place on the line.

    Attributes:
        step: how far along the direction.
        loss: there.
        gradient: there, of all parameters as a vector.
        slope: the gradient's share along the direction.
    """

    step: Any
    loss: float
    gradient: Array
    slope: Any


def strong_wolfe(
    evaluate: Callable[[Any], Point],
    start: Point,
    step: Any,
    reach: Any,
    tolerance: float,
    most: int,
) -> tuple[Point, int]:
    """Look for a point that is low enough, and flat enough.

    Args:
        evaluate: computes the point at a step.
        start: the point at step 0.
        step: where to look first.
        reach: the direction's largest element.
        tolerance: the search ends where no parameter changes by more.
        most: how many more points than the first may be tried.

    Returns:
        The best point, and how many were tried.
    """
    point = evaluate(step)
    before = start
    tried = 0
    while tried < most:
        if _is_high(point, start) or (tried > 1 and point.loss >= before.loss):
            break
        if _is_flat(point, start):
            return point, tried + 1
        if point.slope >= 0:
            break
        way = point.step - before.step
        following = _interpolated(before, point, point.step + 0.01 * way, point.step * 10)
        before, point = point, evaluate(following)
        tried += 1
    if tried == most:
        before = start
    low, high = (before, point) if before.loss <= point.loss else (point, before)
    return _zoom(evaluate, start, low, high, reach, tolerance, most, tried)


def _zoom(
    evaluate: Callable[[Any], Point],
    start: Point,
    low: Point,
    high: Point,
    reach: Any,
    tolerance: float,
    most: int,
    tried: int,
) -> tuple[Point, int]:
    """Narrow down an interval between a low and a high point."""
    is_slow = False
    while tried < most and abs(high.step - low.step) * reach >= tolerance:
        left, right = min(low.step, high.step), max(low.step, high.step)
        step = _interpolated(low, high, left, right)
        margin = 0.1 * (right - left)
        if min(right - step, step - left) >= margin:
            is_slow = False
        elif is_slow or step >= right or step <= left:
            # Close to an end for the second time: move away from it.
            step = right - margin if abs(step - right) < abs(step - left) else left + margin
            is_slow = False
        else:
            is_slow = True
        point = evaluate(step)
        tried += 1
        if _is_high(point, start) or point.loss >= low.loss:
            low, high = (low, point) if low.loss <= point.loss else (point, low)
        elif _is_flat(point, start):
            return point, tried + 1
        elif point.slope * (high.step - low.step) >= 0:
            low, high = point, low
        else:
            low = point
    return low, tried + 1


def _is_high(point: Point, start: Point) -> bool:
    """Tell whether the loss fell by less than the slope promised."""
    return bool(point.loss > start.loss + _DECREASE * point.step * start.slope)


def _is_flat(point: Point, start: Point) -> bool:
    """Tell whether the slope is small enough."""
    return bool(abs(point.slope) <= -_CURVATURE * start.slope)


def _interpolated(a: Point, b: Point, lowest: Any, highest: Any) -> Any:
    """Give the lowest place of the cubic through two points with their slopes."""
    if a.step > b.step:
        a, b = b, a
    middle = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
    square = middle * middle - a.slope * b.slope
    if not square >= 0:
        return (lowest + highest) / 2.0
    root = type(square)(math.sqrt(square))
    share = (b.slope + root - middle) / (b.slope - a.slope + 2 * root)
    return min(max(b.step - (b.step - a.step) * share, lowest), highest)
