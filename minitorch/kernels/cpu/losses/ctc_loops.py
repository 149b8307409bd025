"""The loops of the connectionist temporal classification loss.

Between, before and after the labels of a target there may be blanks, so a target of n labels is a
chain of 2 n + 1 states. A path stays in its state, goes on to the next one, or skips a blank
between two labels that differ. All sums of probabilities are kept as logarithms.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit, prange

_OPTIONS = {"error_model": "numpy", "parallel": True}
_inline = njit(error_model="numpy", forceinline=True)


@_inline
def _log_sum(x: Any, y: Any, z: Any) -> Any:
    """Give log(e^x + e^y + e^z)."""
    largest = max(x, y, z)
    if largest == -math.inf:
        return largest
    return largest + math.log(math.exp(x - largest) + math.exp(y - largest) + math.exp(z - largest))


@_inline
def _label(target: Any, state: Any, blank: Any) -> Any:
    """Give the class of a state of the chain."""
    return target[state // 2] if state % 2 else blank


@_inline
def _skips(target: Any, state: Any) -> Any:
    """Tell whether a path may come to a state from the one before the last."""
    return state % 2 == 1 and state > 1 and target[state // 2] != target[state // 2 - 1]


@njit(**_OPTIONS)
def ctc_forward(
    log_probs: Any,
    targets: Any,
    starts: Any,
    steps: Any,
    lengths: Any,
    blank: Any,
    alpha: Any,
    losses: Any,
) -> None:
    """Write the losses (N), and the logarithms of the sums over beginnings of paths.

    Args:
        log_probs: (T, N, C).
        targets: the labels of all sequences, one after the other.
        starts: where those of each begin (N).
        steps: how many rows of log_probs count (N).
        lengths: how many labels each has (N).
        blank: the class of blanks.
        alpha: to write, (N, T, 2 * most labels + 1).
        losses: to write.
    """
    for n in prange(starts.size):
        target = targets[starts[n] : starts[n] + lengths[n]]
        states, last = 2 * lengths[n] + 1, steps[n] - 1
        if last < 0:
            losses[n] = 0.0 if states == 1 else math.inf
            continue
        a = alpha[n]
        for s in range(states):
            a[0, s] = log_probs[0, n, _label(target, s, blank)] if s < 2 else -math.inf
        for t in range(1, steps[n]):
            for s in range(states):
                one = a[t - 1, s - 1] if s > 0 else -math.inf
                two = a[t - 1, s - 2] if _skips(target, s) else -math.inf
                emitted = log_probs[t, n, _label(target, s, blank)]
                a[t, s] = _log_sum(a[t - 1, s], one, two) + emitted
        inner = a[last, states - 2] if states > 1 else -math.inf
        losses[n] = -_log_sum(a[last, states - 1], inner, -math.inf)


@njit(**_OPTIONS)
def ctc_backward(
    grad: Any,
    log_probs: Any,
    targets: Any,
    starts: Any,
    steps: Any,
    lengths: Any,
    blank: Any,
    alpha: Any,
    losses: Any,
    skips_infinite: Any,
    out: Any,
) -> None:
    """Write the gradient of log_probs to out, which holds zeros; see `ctc_forward`.

    It is that of the scores of which log_probs is the log-softmax: e^log_probs, minus the share of
    all paths that go through a class. Where `skips_infinite`, an infinite loss has none.
    """
    for n in prange(starts.size):
        target = targets[starts[n] : starts[n] + lengths[n]]
        states, last = 2 * lengths[n] + 1, steps[n] - 1
        if last < 0 or (skips_infinite and losses[n] == math.inf):
            continue
        a = alpha[n]
        # What is left of paths that are in a state, before the state emits its class.
        rest = np.full(states, -math.inf)
        rest[states - 1] = 0.0
        if states > 1:
            rest[states - 2] = 0.0
        scale = grad[n]
        for t in range(last, -1, -1):
            if t < last:
                for s in range(states):
                    rest[s] += log_probs[t + 1, n, _label(target, s, blank)]
                for s in range(states):
                    one = rest[s + 1] if s + 1 < states else -math.inf
                    two = rest[s + 2] if s + 2 < states and _skips(target, s + 2) else -math.inf
                    rest[s] = _log_sum(rest[s], one, two)
            for c in range(log_probs.shape[2]):
                out[t, n, c] = math.exp(log_probs[t, n, c]) * scale
            for s in range(states):
                share = math.exp(a[t, s] + rest[s] + losses[n])
                out[t, n, _label(target, s, blank)] -= share * scale
