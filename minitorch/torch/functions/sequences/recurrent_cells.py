"""Single steps of recurrent layers: `torch.lstm_cell`, `gru_cell`, `rnn_tanh_cell` and so on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....kernels.cpu.sequences import recurrent_cells as kernels
from ..._node import is_recording
from ..._record import Operation, OperationOfMany, record_many, record_outputs
from ..._wrap import wrap
from .._compositions import gradients_of
from .._overrides import public
from ..pointwise.generated import relu, tanh
from ..products.linear import linear
from .recurrent_steps import gru_step, lstm_step

if TYPE_CHECKING:
    from ..._tensor import Tensor

Array = NDArray[Any]


@public
def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Step an LSTM.

    Args:
        input: (N, I).
        hx: the hidden state and the cells, (N, H) each.
        w_ih: (4 H, I).
        w_hh: (4 H, H).
        b_ih: (4 H), or none.
        b_hh: (4 H), or none.

    Returns:
        The next hidden state and cells.
    """
    h, c = hx
    gates = linear(input, w_ih, b_ih) + linear(h, w_hh, b_hh)
    hidden, cells, activations = kernels.lstm_cell(gates._array, c._array)
    results = wrap(hidden), wrap(cells)
    record_outputs(results, _LSTM, (gates, c), activations, gates, c)
    return results


@public
def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """Step a GRU.

    Args:
        input: (N, I).
        hx: the hidden state, (N, H).
        w_ih: (3 H, I).
        w_hh: (3 H, H).
        b_ih: (3 H), or none.
        b_hh: (3 H), or none.

    Returns:
        The next hidden state.
    """
    from_input, from_hidden = linear(input, w_ih, b_ih), linear(hx, w_hh, b_hh)
    operands = from_input, from_hidden, hx
    hidden, activations = kernels.gru_cell(*[each._array for each in operands])
    return record_many(wrap(hidden), _GRU, operands, activations, *operands)


@public
def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """Step a plain recurrent network: tanh of what input and hidden state (N, H) contribute."""
    return tanh(linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh))


@public
def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """Step a plain recurrent network with "relu" in the place of tanh."""
    return relu(linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh))


# ---- gradients


def _lstm_back(
    grads: tuple[Tensor | None, Tensor | None],
    needed: tuple[bool, ...],
    activations: Array,
    gates: Tensor,
    c: Tensor,
) -> tuple[Tensor | None, ...]:
    if is_recording():
        return gradients_of(_lstm_again, (gates, c), grads, needed)
    given = [np.zeros_like(c._array) if own is None else own._array for own in grads]
    found = kernels.lstm_cell_backward(given[0], given[1], activations, c._array)
    return tuple([wrap(array) for array in found])


def _lstm_again(gates: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    return lstm_step(gates, wrap(np.zeros((), gates._array.dtype)), c, c)


def _gru_back(
    grad: Tensor,
    needed: tuple[bool, ...],
    activations: Array,
    from_input: Tensor,
    from_hidden: Tensor,
    h: Tensor,
) -> tuple[Tensor | None, ...]:
    if is_recording():
        return gradients_of(gru_step, (from_input, from_hidden, h), (grad,), needed)
    found = kernels.gru_cell_backward(grad._array, activations, h._array)
    return tuple([wrap(array) for array in found])


_LSTM = OperationOfMany("ThnnFusedLstmCellBackward0", _lstm_back)
_GRU = Operation("ThnnFusedGruCellBackward0", _gru_back)
