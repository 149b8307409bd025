"""The elementwise part of recurrent cells, row by row.

A row belongs to one member of a batch at one step. Rows are dense. The loops are short on purpose:
the compiler makes no vectors of one that has to be checked for too many overlaps.
"""

from __future__ import annotations

from typing import Any

from numba import njit, prange

from ..functions import sigmoid, tanh

_helper = njit(error_model="numpy", fastmath={"contract"})
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)
_kernel = njit(error_model="numpy", fastmath={"contract"}, parallel=True)


@_inline
def _to_sigmoid(row: Any) -> None:
    for i in range(row.size):
        row[i] = sigmoid(row[i])


@_inline
def _to_tanh(row: Any) -> None:
    for i in range(row.size):
        row[i] = tanh(row[i])


@_inline
def copy(target: Any, source: Any) -> None:
    """Copy a row."""
    for i in range(target.size):
        target[i] = source[i]


@_inline
def _sigmoid_gradient(out: Any, grad: Any, factor: Any, s: Any) -> None:
    """Compute grad * factor * s * (1 - s), where s is a sigmoid and factor what it was times."""
    for i in range(out.size):
        out[i] = grad[i] * factor[i] * s[i] * (type(s[i])(1) - s[i])


@_inline
def _tanh_gradient(out: Any, grad: Any, factor: Any, t: Any) -> None:
    """Compute grad * factor * (1 - t^2), where t is a tanh."""
    for i in range(out.size):
        out[i] = grad[i] * factor[i] * (type(t[i])(1) - t[i] * t[i])


# ---- LSTM


@_helper
def lstm_row(row: Any, before: Any, c: Any, h: Any) -> None:
    """Step an LSTM: c = f * c + i * g, h = o * tanh(c).

    Args:
        row: (5 H); holds what the gates i, f, g, o are functions of, and receives these and
            tanh(c).
        before: (H), receives c as it was.
        c: (H), the cells.
        h: (H), receives the hidden state.
    """
    n = c.size
    _to_sigmoid(row[: 2 * n])
    _to_tanh(row[2 * n : 3 * n])
    _to_sigmoid(row[3 * n : 4 * n])
    i, f, g, o, t = row[:n], row[n : 2 * n], row[2 * n : 3 * n], row[3 * n : 4 * n], row[4 * n :]
    copy(before, c)
    for k in range(n):
        c[k] = f[k] * c[k] + i[k] * g[k]
    for k in range(n):
        t[k] = tanh(c[k])
    for k in range(n):
        h[k] = o[k] * t[k]


@_helper
def lstm_row_backward(row: Any, before: Any, dc: Any, dh: Any, out: Any) -> None:
    """Step back through an LSTM.

    Args:
        row: (5 H), what the forward left.
        before: (H), the cells before the step.
        dc: (H), the gradient of the cells, and then of those before the step.
        dh: (H), the gradient of the hidden state.
        out: (4 H), receives the gradient of what the gates are functions of.
    """
    n = dc.size
    i, f, g, o, t = row[:n], row[n : 2 * n], row[2 * n : 3 * n], row[3 * n : 4 * n], row[4 * n :]
    for k in range(n):
        dc[k] += dh[k] * o[k] * (type(t[k])(1) - t[k] * t[k])
    _sigmoid_gradient(out[:n], dc, g, i)
    _sigmoid_gradient(out[n : 2 * n], dc, before, f)
    _tanh_gradient(out[2 * n : 3 * n], dc, i, g)
    _sigmoid_gradient(out[3 * n :], dh, t, o)
    for k in range(n):
        dc[k] *= f[k]


@_kernel
def lstm_forward(gates: Any, before: Any, cells: Any, hidden: Any) -> None:
    """Do what `lstm_row` does to each row of matrices."""
    for r in prange(len(cells)):
        lstm_row(gates[r], before[r], cells[r], hidden[r])


@_kernel
def lstm_backward(gates: Any, before: Any, grad_cells: Any, grad_hidden: Any, out: Any) -> None:
    """Do what `lstm_row_backward` does to each row of matrices."""
    for r in prange(len(grad_cells)):
        lstm_row_backward(gates[r], before[r], grad_cells[r], grad_hidden[r], out[r])


# ---- GRU


@_helper
def gru_row(row: Any, part: Any, h: Any, out: Any) -> None:
    """Step a GRU: n = tanh(x_n + r * h_n), h = n + z * (h - n).

    Args:
        row: (4 H); holds the input's part of what r, z and n are functions of, and receives r, z, n
            and h_n.
        part: (3 H), the part of the hidden state, the last being h_n.
        h: (H), the hidden state.
        out: (H), receives the next one.
    """
    size = h.size
    both, n, h_n = row[: 2 * size], row[2 * size : 3 * size], row[3 * size :]
    for i in range(2 * size):
        both[i] = sigmoid(both[i] + part[i])
    copy(h_n, part[2 * size :])
    r, z = row[:size], row[size : 2 * size]
    for i in range(size):
        n[i] = tanh(n[i] + r[i] * h_n[i])
    for i in range(size):
        out[i] = n[i] + z[i] * (h[i] - n[i])


@_helper
def gru_row_backward(row: Any, h: Any, dh: Any, grad_input: Any, out: Any) -> None:
    """Step back through a GRU.

    Args:
        row: (4 H), what the forward left.
        h: (H), the hidden state before the step.
        dh: (H), the gradient of the one after it; receives the part of the gradient of h that does
            not go through the gates.
        grad_input: (3 H), receives the gradient of the input's part of r, z and n.
        out: (3 H), receives that of the hidden state's part.
    """
    size = dh.size
    r, z, n = row[:size], row[size : 2 * size], row[2 * size : 3 * size]
    dr, dz, dn = grad_input[:size], grad_input[size : 2 * size], grad_input[2 * size :]
    for i in range(size):
        dz[i] = dh[i] * (h[i] - n[i]) * z[i] * (type(z[i])(1) - z[i])
    for i in range(size):
        dn[i] = dh[i] * (type(z[i])(1) - z[i]) * (type(z[i])(1) - n[i] * n[i])
    _sigmoid_gradient(dr, dn, row[3 * size :], r)
    copy(out[: 2 * size], grad_input)
    through = out[2 * size :]
    for i in range(size):
        through[i] = dn[i] * r[i]
    for i in range(size):
        dh[i] *= z[i]


@_kernel
def gru_forward(gates: Any, hidden_gates: Any, before: Any, hidden: Any) -> None:
    """Do what `gru_row` does to each row of matrices."""
    for r in prange(len(before)):
        gru_row(gates[r], hidden_gates[r], before[r], hidden[r])


@_kernel
def gru_backward(gates: Any, before: Any, grad_hidden: Any, grad_input: Any, out: Any) -> None:
    """Do what `gru_row_backward` does to each row of matrices."""
    for r in prange(len(grad_hidden)):
        gru_row_backward(gates[r], before[r], grad_hidden[r], grad_input[r], out[r])


# ---- RNN


@_helper
def rnn_row(row: Any, relu: Any) -> None:
    """Replace a row by its tanh, or where relu is 1 by its positive part, in which a NaN stays."""
    if relu:
        for i in range(row.size):
            row[i] = type(row[i])(0) if row[i] <= 0 else row[i]
    else:
        _to_tanh(row)


@_helper
def rnn_row_backward(h: Any, dh: Any, out: Any, relu: Any) -> None:
    """Step back: from the gradient dh of h to that of what h is a function of."""
    if relu:
        for i in range(out.size):
            out[i] = type(dh[i])(0) if h[i] <= 0 else dh[i]
    else:
        for i in range(out.size):
            out[i] = dh[i] * (type(h[i])(1) - h[i] * h[i])


@_kernel
def rnn_forward(hidden: Any, relu: Any) -> None:
    """Do what `rnn_row` does to each row of a matrix."""
    for r in prange(len(hidden)):
        rnn_row(hidden[r], relu)


@_kernel
def rnn_backward(hidden: Any, grad_hidden: Any, out: Any, relu: Any) -> None:
    """Do what `rnn_row_backward` does to each row of matrices."""
    for r in prange(len(hidden)):
        rnn_row_backward(hidden[r], grad_hidden[r], out[r], relu)
