"""Recurrent layers step by step, as compositions: what their second derivatives are taken of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import NDArray

from ..arranging.joining import cat
from ..pointwise.generated import relu, sigmoid, tanh
from ..products.linear import linear
from ..views.slicing import narrow
from ..views.splitting import chunk, split
from ..views.views import reshape

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]
# Takes what the input contributes to the gates, (N, G); what the hidden state does; and the states,
# each (N, H). Gives the next states.
StepByStep: TypeAlias = Callable[..., "tuple[Tensor, ...]"]


def lstm_step(from_input: Tensor, from_hidden: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    """Step an LSTM: c = sigmoid(f) * c + sigmoid(i) * tanh(g), h = sigmoid(o) * tanh(c)."""
    i, f, g, o = chunk(from_input + from_hidden, 4, 1)
    cells = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(cells), cells


def gru_step(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    """Step a GRU: n = tanh(x_n + sigmoid(r) * h_n), h = n + sigmoid(z) * (h - n)."""
    x_r, x_z, x_n = chunk(from_input, 3, 1)
    h_r, h_z, h_n = chunk(from_hidden, 3, 1)
    n = tanh(x_n + sigmoid(x_r + h_r) * h_n)
    return (n + sigmoid(x_z + h_z) * (h - n),)


def tanh_step(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    """Step a plain recurrent network: h = tanh of the sum."""
    return (tanh(from_input + from_hidden),)


def relu_step(from_input: Tensor, from_hidden: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    """Step a plain recurrent network: h = positive part of the sum."""
    return (relu(from_input + from_hidden),)


def step_by_step(
    step: StepByStep,
    names: Sequence[str],
    *operands: Tensor,
    batch_sizes: Array | None,
    reverse: bool,
) -> list[Tensor]:
    """Run one direction of a layer.

    Args:
        step: one step of it.
        names: of the operands.
        *operands: the input, states and weights.
        batch_sizes: the rows of each step, where they are not all the same.
        reverse: go from the last step to the first.

    Returns:
        The output, and the states at the end.
    """
    given = dict(zip(names, operands, strict=True))
    input, w_hr = given["input"], given.get("w_hr")
    states = [given[name] for name in ("h0", "c0") if name in given]
    projected = linear(input, given["w_ih"], given.get("b_ih"))
    if batch_sizes is None:
        sizes = [input._shape[1]] * input._shape[0]
        projected = reshape(projected, (-1, projected._shape[-1]))
    else:
        sizes = [int(rows) for rows in batch_sizes]
    gates = split(projected, sizes)
    outputs: list[Any] = [None] * len(sizes)
    for t in reversed(range(len(sizes))) if reverse else range(len(sizes)):
        own = [_first(state, sizes[t]) for state in states]
        from_hidden = linear(own[0], given["w_hh"], given.get("b_hh"))
        h, *others = step(gates[t], from_hidden, *own)
        outputs[t] = h if w_hr is None else linear(h, w_hr)
        states = [
            _with_rest(new, old) for new, old in zip((outputs[t], *others), states, strict=True)
        ]
    output = cat(outputs)
    if batch_sizes is None:
        output = reshape(output, (*input._shape[:2], output._shape[1]))
    return [output, *states]


def _first(state: Tensor, rows: int) -> Tensor:
    """Give the rows of a state that take part in a step."""
    return state if state._shape[0] == rows else narrow(state, 0, 0, rows)


def _with_rest(new: Tensor, old: Tensor) -> Tensor:
    """Put rows of a state in the place of its first ones."""
    rows = new._shape[0]
    missing = old._shape[0] - rows
    return cat((new, narrow(old, 0, rows, missing))) if missing else new
