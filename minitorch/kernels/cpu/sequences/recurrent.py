"""Recurrent layers over whole sequences: one direction of one layer of an LSTM, GRU or plain RNN.

The input is projected for all steps in one product, and so are the gradients of the weights. A
sequence is (T, N, I), or the rows of all steps below each other, (R, I), with how many each step
has: PyTorch's packed sequences. Stacked layers, both directions and dropout between layers are made
of several calls.

float16 is computed in float32, and results are rounded once; what is saved is float32.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calls.tasks import TaskKernel
from ..products.gemm import matmul
from ..reductions.reduce import sum as sum_over
from . import recurrent_layer_loops as loops
from .recurrent_cells import is_relu, rounded
from .recurrent_sequence import BatchSizes, Steps, check_layer, check_saved, run, steps_of, wide

Array = NDArray[Any]

_LSTM_FORWARD = TaskKernel(loops.lstm_forward)
_LSTM_BACKWARD = TaskKernel(loops.lstm_backward)
_GRU_FORWARD = TaskKernel(loops.gru_forward)
_GRU_BACKWARD = TaskKernel(loops.gru_backward)
_RNN_FORWARD = TaskKernel(loops.rnn_forward)
_RNN_BACKWARD = TaskKernel(loops.rnn_backward)


class LSTMSaved(NamedTuple):
    """What the backward of an LSTM needs: matrices with the rows of all steps.

    Attributes:
        activations: (R, 5 H): the gates i, f, g, o, and tanh of the cells.
        cells_before: (R, H), the cells before each step.
        hidden_before: (R, P), the hidden state before each step.
        hidden: (R, H), the hidden state before its projection; None without one.
    """

    activations: Array
    cells_before: Array
    hidden_before: Array
    hidden: Array | None


class GRUSaved(NamedTuple):
    """What the backward of a GRU needs.

    Attributes:
        activations: (R, 4 H): r, z, n, and the hidden state's part of n.
        hidden_before: (R, H), the hidden state before each step.
    """

    activations: Array
    hidden_before: Array


class RNNSaved(NamedTuple):
    """What the backward of a plain recurrent network needs.

    Attributes:
        hidden: (R, H), the output, in the same memory.
        hidden_before: (R, H), the hidden state before each step.
    """

    hidden: Array
    hidden_before: Array


class LayerGradients(NamedTuple):
    """The gradients of a layer's operands; None for what it does not have or was not asked for."""

    input: Array | None
    h0: Array
    c0: Array | None
    w_ih: Array
    w_hh: Array
    b_ih: Array | None
    b_hh: Array | None
    w_hr: Array | None


# ---- LSTM


def lstm_layer(
    input: Array,
    h0: Array,
    c0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    w_hr: Array | None = None,
    batch_sizes: BatchSizes = None,
    reverse: bool = False,
) -> tuple[Array, Array, Array, LSTMSaved]:
    """Run an LSTM over a sequence.

    Args:
        input: (T, N, I), or (R, I) with batch_sizes.
        h0: (N, P), the hidden state at the start; P is H without w_hr.
        c0: (N, H), the cells at the start.
        w_ih: (4 H, I), the weights of i, f, g and o.
        w_hh: (4 H, P).
        b_ih: (4 H), or None.
        b_hh: (4 H), or None; there are both or none.
        w_hr: (P, H), the projection of the hidden state, or None.
        batch_sizes: the rows of each step, which never grow; they add up to R.
        reverse: go from the last step to the first.

    Returns:
        The hidden state after each step, (T, N, P) or (R, P), the last hidden state (N, P) and
        cells (N, H), and what the backward needs.

    Raises:
        ShapeError, RecurrentDTypeError: the operands do not fit each other.
    """
    how = steps_of("lstm_layer", input, batch_sizes, reverse)
    check_layer(how, 4, input, h0, w_ih, w_hh, b_ih, b_hh, c0, w_hr)
    dtype, size = how.dtype, c0.shape[1]
    activations = np.empty((how.size, 5 * size), dtype)
    matmul(how.rows(input), wide(w_ih).T, activations[:, : 4 * size])
    h, c = how.state(h0), how.state(c0)
    hidden = np.empty((how.size, size), dtype)
    output = hidden if w_hr is None else np.empty((how.size, len(w_hr)), dtype)
    saved = LSTMSaved(
        activations,
        np.empty_like(hidden),
        np.empty_like(output),
        None if w_hr is None else hidden,
    )
    bias = how.bias(b_ih, b_hh)
    matrices = activations, bias, saved.cells_before, saved.hidden_before, c, h, hidden, output
    weights = wide(w_hh).T, how.nothing if w_hr is None else wide(w_hr).T
    run(_LSTM_FORWARD, how.ranges, matrices, weights)
    return how.sequence(output), rounded(h, how.given), rounded(c, how.given), saved


def lstm_layer_backward(
    grad_output: Array | None,
    grad_h_n: Array | None,
    grad_c_n: Array | None,
    saved: LSTMSaved,
    input: Array,
    w_ih: Array,
    w_hh: Array,
    w_hr: Array | None = None,
    has_bias: bool = True,
    batch_sizes: BatchSizes = None,
    reverse: bool = False,
    input_needs_grad: bool = True,
) -> LayerGradients:
    """Compute the gradients of `lstm_layer`.

    Args:
        grad_output: the gradient of the output, of its shape, or None for zeros.
        grad_h_n: (N, P), that of the last hidden state, or None.
        grad_c_n: (N, H), that of the last cells, or None.
        saved: what the forward gave.
        input, w_ih, w_hh, w_hr, batch_sizes, reverse: as in the forward.
        has_bias: whether gradients of the biases are asked for.
        input_needs_grad: whether the gradient of input is asked for.
    """
    how = steps_of("lstm_layer_backward", input, batch_sizes, reverse)
    check_saved(how, 4, saved, input, w_ih, w_hh, w_hr)
    dtype, size = how.dtype, saved.cells_before.shape[1]
    dh = how.grad_state("grad_h_n", grad_h_n, saved.hidden_before.shape[1])
    dc = how.grad_state("grad_c_n", grad_c_n, size)
    grad_rows = how.grad_rows(grad_output, dh.shape[1])
    grad_gates = np.empty((how.size, 4 * size), dtype)
    projected, grad_hidden, grad_w_hr = how.nothing, dh, None
    if w_hr is not None:
        projected = np.empty_like(saved.hidden_before)
        grad_hidden = np.empty((how.batch, size), dtype)
    states = saved.activations, saved.cells_before, dc, dh
    matrices = *states, grad_rows, grad_gates, projected, grad_hidden
    weights = wide(w_hh), how.nothing if w_hr is None else wide(w_hr)
    run(_LSTM_BACKWARD, how.ranges[::-1], matrices, weights)
    if saved.hidden is not None:
        grad_w_hr = rounded(matmul(projected.T, saved.hidden), how.given)
    grads = _gradients(
        how, grad_gates, grad_gates, saved.hidden_before, input, w_ih, has_bias, input_needs_grad
    )
    h0, c0 = rounded(dh, how.given), rounded(dc, how.given)
    return LayerGradients(h0=h0, c0=c0, w_hr=grad_w_hr, **grads)


# ---- GRU


def gru_layer(
    input: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    batch_sizes: BatchSizes = None,
    reverse: bool = False,
) -> tuple[Array, Array, GRUSaved]:
    """Run a GRU over a sequence; the bias b_hn is inside what the reset gate scales.

    Args:
        input: (T, N, I), or (R, I) with batch_sizes.
        h0: (N, H), the hidden state at the start.
        w_ih: (3 H, I), the weights of r, z and n.
        w_hh: (3 H, H).
        b_ih, b_hh: (3 H), or both None.
        batch_sizes, reverse: as in `lstm_layer`.

    Returns:
        The hidden state after each step, (T, N, H) or (R, H), the last one, (N, H), and what the
        backward needs.

    Raises:
        ShapeError, RecurrentDTypeError: the operands do not fit each other.
    """
    how = steps_of("gru_layer", input, batch_sizes, reverse)
    check_layer(how, 3, input, h0, w_ih, w_hh, b_ih, b_hh)
    size = h0.shape[1]
    activations = np.empty((how.size, 4 * size), how.dtype)
    matmul(how.rows(input), wide(w_ih).T, activations[:, : 3 * size])
    h = how.state(h0)
    output = np.empty((how.size, size), how.dtype)
    saved = GRUSaved(activations, np.empty_like(output))
    hidden_gates = np.empty((how.batch, 3 * size), how.dtype)
    biases = how.bias(b_ih), how.bias(b_hh)
    matrices = activations, *biases, hidden_gates, saved.hidden_before, h, output
    run(_GRU_FORWARD, how.ranges, matrices, [wide(w_hh).T])
    return how.sequence(output), rounded(h, how.given), saved


def gru_layer_backward(
    grad_output: Array | None,
    grad_h_n: Array | None,
    saved: GRUSaved,
    input: Array,
    w_ih: Array,
    w_hh: Array,
    has_bias: bool = True,
    batch_sizes: BatchSizes = None,
    reverse: bool = False,
    input_needs_grad: bool = True,
) -> LayerGradients:
    """Compute the gradients of `gru_layer`; the arguments are those of `lstm_layer_backward`."""
    how = steps_of("gru_layer_backward", input, batch_sizes, reverse)
    check_saved(how, 3, saved, input, w_ih, w_hh)
    size = saved.hidden_before.shape[1]
    dh = how.grad_state("grad_h_n", grad_h_n, size)
    grad_rows = how.grad_rows(grad_output, size)
    grad_input = np.empty((how.size, 3 * size), how.dtype)
    grad_gates = np.empty_like(grad_input)
    states = saved.activations, saved.hidden_before, dh
    matrices = *states, grad_rows, grad_input, grad_gates
    run(_GRU_BACKWARD, how.ranges[::-1], matrices, [wide(w_hh)])
    grads = _gradients(
        how, grad_input, grad_gates, saved.hidden_before, input, w_ih, has_bias, input_needs_grad
    )
    return LayerGradients(h0=rounded(dh, how.given), c0=None, w_hr=None, **grads)


# ---- RNN


def rnn_layer(
    input: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    nonlinearity: str = "tanh",
    batch_sizes: BatchSizes = None,
    reverse: bool = False,
) -> tuple[Array, Array, RNNSaved]:
    """Run a plain recurrent network over a sequence.

    Args:
        input: (T, N, I), or (R, I) with batch_sizes.
        h0: (N, H), the hidden state at the start.
        w_ih: (H, I).
        w_hh: (H, H).
        b_ih, b_hh: (H), or both None.
        nonlinearity: "tanh" or "relu".
        batch_sizes, reverse: as in `lstm_layer`.

    Returns:
        The hidden state after each step, (T, N, H) or (R, H), the last one, (N, H), and what the
        backward needs.

    Raises:
        ShapeError, RecurrentDTypeError: the operands do not fit each other.
        ValueError: another nonlinearity.
    """
    how = steps_of("rnn_layer", input, batch_sizes, reverse)
    check_layer(how, 1, input, h0, w_ih, w_hh, b_ih, b_hh)
    relu = int(is_relu("rnn_layer", nonlinearity))
    h = how.state(h0)
    output = np.empty((how.size, h.shape[1]), how.dtype)
    matmul(how.rows(input), wide(w_ih).T, output)
    saved = RNNSaved(output, np.empty_like(output))
    matrices = output, how.bias(b_ih, b_hh), saved.hidden_before, h
    run(_RNN_FORWARD, how.ranges, matrices, [wide(w_hh).T], relu)
    return how.sequence(output), rounded(h, how.given), saved


def rnn_layer_backward(
    grad_output: Array | None,
    grad_h_n: Array | None,
    saved: RNNSaved,
    input: Array,
    w_ih: Array,
    w_hh: Array,
    has_bias: bool = True,
    nonlinearity: str = "tanh",
    batch_sizes: BatchSizes = None,
    reverse: bool = False,
    input_needs_grad: bool = True,
) -> LayerGradients:
    """Compute the gradients of `rnn_layer`; the arguments are those of `lstm_layer_backward`."""
    how = steps_of("rnn_layer_backward", input, batch_sizes, reverse)
    check_saved(how, 1, saved, input, w_ih, w_hh)
    relu = int(is_relu("rnn_layer_backward", nonlinearity))
    dh = how.grad_state("grad_h_n", grad_h_n, saved.hidden.shape[1])
    grad_rows = how.grad_rows(grad_output, dh.shape[1])
    grad_gates = np.empty_like(saved.hidden)
    matrices = saved.hidden, dh, grad_rows, grad_gates
    run(_RNN_BACKWARD, how.ranges[::-1], matrices, [wide(w_hh)], relu)
    grads = _gradients(
        how, grad_gates, grad_gates, saved.hidden_before, input, w_ih, has_bias, input_needs_grad
    )
    return LayerGradients(h0=rounded(dh, how.given), c0=None, w_hr=None, **grads)


# ---- what the layers share


def _weight_gradient(grad_gates: Array, rows: Array) -> Array:
    """Compute grad_gates.T @ rows, (gates, features)."""
    if grad_gates.shape[1] <= rows.shape[1]:
        return matmul(grad_gates.T, rows)
    # The narrower operand is the one that it is cheaper to read transposed.
    return np.ascontiguousarray(matmul(rows.T, grad_gates).T)


def _gradients(
    how: Steps,
    grad_input: Array,
    grad_gates: Array,
    hidden_before: Array,
    input: Array,
    w_ih: Array,
    has_bias: bool,
    input_needs_grad: bool,
) -> dict[str, Any]:
    """Compute the gradients of input, weights and biases.

    Args:
        how: the steps.
        grad_input: (R, gates), the gradient of what the input contributes to the gates.
        grad_gates: the same of what the hidden state contributes.
        hidden_before: (R, P), the hidden state before each step.
        input, w_ih: operands of the layer.
        has_bias: whether gradients of the biases are asked for.
        input_needs_grad: whether the gradient of input is asked for.
    """
    b_ih = sum_over(grad_input, 0) if has_bias else None
    b_hh = b_ih
    if has_bias and b_ih is not None:
        # Not the same array twice: the caller may add to each.
        b_hh = b_ih.copy() if grad_gates is grad_input else sum_over(grad_gates, 0)
    grads = {
        "w_ih": _weight_gradient(grad_input, how.rows(input)),
        "w_hh": _weight_gradient(grad_gates, hidden_before),
        "b_ih": b_ih,
        "b_hh": b_hh,
    }
    result = {name: g if g is None else rounded(g, how.given) for name, g in grads.items()}
    return result | {"input": how.grad_input(grad_input, w_ih) if input_needs_grad else None}
