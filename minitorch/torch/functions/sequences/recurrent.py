"""Recurrent layers: plain ones, GRU and LSTM, in any number of layers and both directions.

Each direction of each layer is one step of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.sequences import recurrent as kernels
from ..._node import is_recording
from ..._record import OperationOfMany, record_outputs
from ..._wrap import wrap
from .._compositions import gradients_of
from ..arranging.joining import cat, stack
from ..random.dropout import dropout as drop_out
from ..views.splitting import unbind
from ..views.views import unsqueeze
from .recurrent_steps import StepByStep, gru_step, lstm_step, relu_step, step_by_step, tanh_step

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@dataclass(frozen=True)
class Kind:
    """A kind of recurrent layer.

    Attributes:
        forward: the kernel that runs one direction of a layer.
        backward: the kernel of its gradients.
        step: one step, as a composition.
        name: PyTorch's name of the node.
        states: the names of the states at the start.
        options: what else the kernels take.
        saves_output: the backward reads the memory of the output, which users may change.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    step: StepByStep
    name: str
    states: tuple[str, ...] = ("h0",)
    options: tuple[tuple[str, str], ...] = ()
    saves_output: bool = False


def run_layers(
    kind: Kind,
    input: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Sequence[Tensor]],
    has_bias: bool,
    bidirectional: bool = False,
    dropout: float = 0.0,
    batch_sizes: Array | None = None,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run layers over a sequence, each over the output of the one before.

    Args:
        kind: of which kind they are.
        input: (T, N, I), or with batch_sizes the rows of all steps, (R, I).
        states: at the start, each (layers * directions, N, H).
        weights: of each direction of each layer: w_ih, w_hh, b_ih, b_hh and w_hr, as far as it has
            them.
        has_bias: whether there are biases.
        bidirectional: each layer also runs from the end to the start, and gives both outputs side
            by side.
        dropout: with which probability outputs between layers are set to 0.
        batch_sizes: the rows of each step.

    Returns:
        The output of the last layer, and the states at the end.
    """
    starts = [unbind(state) for state in states]
    directions = 2 if bidirectional else 1
    ends: list[tuple[Tensor, ...]] = []
    for place in range(0, len(weights), directions):
        if place and dropout:
            input = drop_out(input, dropout)
        outputs = []
        for own in range(place, place + directions):
            start = [each[own] for each in starts]
            output, *end = _run(
                kind, input, start, weights[own], has_bias, batch_sizes, own > place
            )
            outputs.append(output)
            ends.append(tuple(end))
        input = outputs[0] if directions == 1 else cat(outputs, -1)
    if len(ends) == 1:
        return input, tuple([unsqueeze(end, 0) for end in ends[0]])
    return input, tuple([stack(each) for each in zip(*ends, strict=True)])


def _run(
    kind: Kind,
    input: Tensor,
    states: Sequence[Tensor],
    weights: Sequence[Tensor],
    has_bias: bool,
    batch_sizes: Array | None,
    reverse: bool,
) -> list[Tensor]:
    """Run one direction of one layer; give the output and the states at the end."""
    names = ("input", *kind.states, *_weight_names(len(weights), has_bias))
    operands = (input, *states, *weights)
    arrays = {name: each._array for name, each in zip(names, operands, strict=True)}
    *found, saved = kind.forward(
        **arrays, **dict(kind.options), batch_sizes=batch_sizes, reverse=reverse
    )
    if is_recording():
        if kind.saves_output and any(each._node is not None for each in operands):
            found[0] = np.array(found[0])
        results = [wrap(array) for array in found]
        how = _How(kind, names, saved, batch_sizes, reverse)
        record_outputs(results, _OPERATIONS[kind.name], operands, how, *operands)
        return results
    return [wrap(array) for array in found]


def _weight_names(count: int, has_bias: bool) -> tuple[str, ...]:
    names = ("w_ih", "w_hh", "b_ih", "b_hh") if has_bias else ("w_ih", "w_hh")
    return names if count == len(names) else (*names, "w_hr")


# ---- gradients


@dataclass(frozen=True)
class _How:
    """How one direction of a layer was run.

    Attributes:
        kind: of which kind it is.
        names: of the operands.
        saved: what the kernel left for the backward.
        batch_sizes: the rows of each step.
        reverse: from the end to the start.
    """

    kind: Kind
    names: tuple[str, ...]
    saved: Any
    batch_sizes: Array | None
    reverse: bool


def _run_back(
    grads: tuple[Tensor | None, ...], needed: tuple[bool, ...], how: _How, *operands: Tensor
) -> tuple[Tensor | None, ...]:
    if is_recording():
        again = partial(
            step_by_step, how.kind.step, how.names, batch_sizes=how.batch_sizes, reverse=how.reverse
        )
        return gradients_of(again, operands, grads, needed)
    given = dict(zip(how.names, operands, strict=True))
    read = {name: given[name]._array for name in ("input", "w_ih", "w_hh", "w_hr") if name in given}
    found = how.kind.backward(
        *[None if own is None else own._array for own in grads],
        how.saved,
        **read,
        **dict(how.kind.options),
        has_bias="b_ih" in given,
        batch_sizes=how.batch_sizes,
        reverse=how.reverse,
        input_needs_grad=needed[0],
    )
    return tuple(
        [
            wrap(getattr(found, name)) if is_needed else None
            for name, is_needed in zip(how.names, needed, strict=True)
        ]
    )


_STEPS, _LAYER = "StackBackward0", "MkldnnRnnLayerBackward0"
_OPERATIONS = {name: OperationOfMany(name, _run_back) for name in (_STEPS, _LAYER)}

LSTM = Kind(kernels.lstm_layer, kernels.lstm_layer_backward, lstm_step, _LAYER, states=("h0", "c0"))
GRU = Kind(kernels.gru_layer, kernels.gru_layer_backward, gru_step, _STEPS)
RNN_TANH = Kind(kernels.rnn_layer, kernels.rnn_layer_backward, tanh_step, _STEPS, saves_output=True)
RNN_RELU = Kind(
    kernels.rnn_layer,
    kernels.rnn_layer_backward,
    relu_step,
    _STEPS,
    options=(("nonlinearity", "relu"),),
    saves_output=True,
)
KINDS = {"LSTM": LSTM, "GRU": GRU, "RNN_TANH": RNN_TANH, "RNN_RELU": RNN_RELU}
