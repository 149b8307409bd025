"""The loops of recurrent layers over the steps of a sequence.

A matrix that holds every step of a sequence has the rows of step after step below each other;
`ranges` tells the first row of each step and the one after its last, in the order of the steps.
Others hold a row for each member of the batch. All but the weights are dense.

Each task takes some members of the batch through all steps, so that none waits for another one.
Whatever the number of tasks, every sum is made in the same order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ..products.loops import PANELS, multiply_block, pack_right_panels
from ..products.microkernel import DEPTH, PANEL_STEP, Tile, address, tile_shape
from .recurrent_loops import (
    copy,
    gru_row,
    gru_row_backward,
    lstm_row,
    lstm_row_backward,
    rnn_row,
    rnn_row_backward,
)

_helper = njit(error_model="numpy", fastmath={"contract"})
_inline = njit(error_model="numpy", fastmath={"contract"}, forceinline=True)
_kernel = njit(error_model="numpy", fastmath={"contract"})


def task_elements(shape: Tile) -> int:
    """Give how many elements of workspace a task needs for packed rows."""
    return PANELS * shape.rows * PANEL_STEP


def packed_elements(shape: Tile, rows: int, columns: int) -> int:
    """Give how many elements a packed matrix of weights takes."""
    return rows * -(-columns // shape.columns) * shape.columns


@_helper
def _pack(one: Any, weights: Any, place: Any) -> Any:
    """Pack weights for all steps; give their address, size, and the address after them."""
    width = tile_shape(one)[1]
    depth, columns = weights.shape
    step, column_step = weights.strides
    panels = (columns + width - 1) // width
    end = place
    for p in range(0, depth, _block_length(depth)):
        count = min(_block_length(depth), depth - p)
        source = (address(weights) + p * step, step, column_step, weights.itemsize)
        pack_right_panels(one, end, source, count, columns, 0, panels)
        end += count * panels * width * weights.itemsize
    return place, depth, columns, end


@_inline
def _block_length(depth: Any) -> Any:
    """Divide the terms of sums evenly among as few blocks as can be."""
    blocks = (depth + DEPTH - 1) // DEPTH
    return (depth + blocks - 1) // blocks if blocks else 1


@_helper
def _product(
    one: Any,
    accumulate: Any,
    left: Any,
    first: Any,
    rows: Any,
    weights: Any,
    out: Any,
    to: Any,
    place: Any,
) -> None:
    """Multiply rows of a matrix by packed weights, into rows of another one from row `to` on."""
    packed, depth, columns, _ = weights
    size = left.itemsize
    height, width, _ = tile_shape(one)
    row_panels, panels = (rows + height - 1) // height, (columns + width - 1) // width
    for p in range(0, depth, _block_length(depth)):
        count = min(_block_length(depth), depth - p)
        start = address(left) + first * left.strides[0] + p * size
        target = address(out) + to * out.strides[0]
        multiply_block(
            one,
            1 if p > 0 else accumulate,
            count,
            (start, left.strides[0], size, size),
            (packed, size, size, size),
            (target, out.strides[0], rows, columns),
            (place, packed, 0),
            (row_panels, np.intp(0), row_panels),
        )
        packed += count * panels * width * size


@_inline
def _share_of(task: Any, tasks: Any, batch: Any) -> Any:
    return batch * task // tasks, batch * (task + 1) // tasks


@_inline
def _add(row: Any, other: Any) -> None:
    for i in range(other.size):
        row[i] += other[i]


@_kernel
def lstm_forward(
    gates: Any,
    bias: Any,
    before: Any,
    hidden_before: Any,
    cells: Any,
    state: Any,
    hidden: Any,
    output: Any,
    to_gates: Any,
    to_output: Any,
    ranges: Any,
    one: Any,
    work: Any,
    share: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Run an LSTM.

    Args:
        gates: (R, 5 H), holds the input's projection, and receives what `lstm_row` leaves.
        bias: (1, 4 H), or of no columns.
        before: (R, H), receives the cells before each step.
        hidden_before: (R, P), receives the hidden state before each step.
        cells: (N, H), the cells.
        state: (N, P), the hidden state.
        hidden: (R, H), receives the hidden state before its projection.
        output: (R, P), receives that after it; without one the same matrix as hidden.
        to_gates: (P, 4 H), the weights of the hidden state.
        to_output: (H, P), the projection, or of no rows.
        ranges: (T, 2).
        one: 1, of the type of the elements.
        work: address of the workspace.
        share: bytes of it for each task: packed weights, and packed rows, see `task_elements`.
        first, last, tasks: which parts of the batch to do, of how many.
    """
    for task in range(first, last):
        low, high = _share_of(task, tasks, len(state))
        packed_gates = _pack(one, to_gates, work + task * share)
        packed_output = _pack(one, to_output, packed_gates[3])
        place = packed_output[3]
        for step in range(len(ranges)):
            start = ranges[step, 0]
            rows = min(high, ranges[step, 1] - start) - low
            if rows <= 0:
                continue
            at = start + low
            for r in range(rows):
                copy(hidden_before[at + r], state[low + r])
            _product(one, np.intp(1), state, low, rows, packed_gates, gates, at, place)
            for r in range(rows):
                _add(gates[at + r], bias[0])
                lstm_row(gates[at + r], before[at + r], cells[low + r], hidden[at + r])
            if len(to_output):
                _product(one, np.intp(0), hidden, at, rows, packed_output, output, at, place)
            for r in range(rows):
                copy(state[low + r], output[at + r])


@_kernel
def lstm_backward(
    gates: Any,
    before: Any,
    grad_cells: Any,
    grad_state: Any,
    grad_output: Any,
    grad_gates: Any,
    projected: Any,
    grad_hidden: Any,
    w_hh: Any,
    w_hr: Any,
    ranges: Any,
    one: Any,
    work: Any,
    share: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Run back through an LSTM.

    Args:
        gates, before: what the forward left.
        grad_cells: (N, H), the gradient of the cells.
        grad_state: (N, P), the gradient of the hidden state.
        grad_output: (R, P), that of the output.
        grad_gates: (R, 4 H), receives that of what the gates are functions of.
        projected: (R, P), receives the sum of the gradients of output and state at each step, if
            there is a projection.
        grad_hidden: (N, H), space for the gradient before the projection; without one the same
            matrix as grad_state.
        w_hh: (4 H, P).
        w_hr: (P, H), or of no rows.
        ranges: (T, 2), the last step first.
        one, work, share, first, last, tasks: as in the forward.
    """
    for task in range(first, last):
        low, high = _share_of(task, tasks, len(grad_state))
        packed_hh = _pack(one, w_hh, work + task * share)
        packed_hr = _pack(one, w_hr, packed_hh[3])
        place = packed_hr[3]
        for step in range(len(ranges)):
            start = ranges[step, 0]
            rows = min(high, ranges[step, 1] - start) - low
            if rows <= 0:
                continue
            at = start + low
            for r in range(rows):
                _add(grad_state[low + r], grad_output[at + r])
            if len(w_hr):
                for r in range(rows):
                    copy(projected[at + r], grad_state[low + r])
                _product(one, np.intp(0), grad_state, low, rows, packed_hr, grad_hidden, low, place)
            for r in range(rows):
                dc, dh = grad_cells[low + r], grad_hidden[low + r]
                lstm_row_backward(gates[at + r], before[at + r], dc, dh, grad_gates[at + r])
            _product(one, np.intp(0), grad_gates, at, rows, packed_hh, grad_state, low, place)


@_kernel
def gru_forward(
    gates: Any,
    bias: Any,
    hidden_bias: Any,
    hidden_gates: Any,
    hidden_before: Any,
    state: Any,
    output: Any,
    to_gates: Any,
    ranges: Any,
    one: Any,
    work: Any,
    share: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Run a GRU.

    Args:
        gates: (R, 4 H), holds the input's projection, and receives what `gru_row` leaves.
        bias: (1, 3 H), the input's, or of no columns.
        hidden_bias: (1, 3 H), the hidden state's, or of no columns.
        hidden_gates: (N, 3 H), space for the hidden state's projection.
        hidden_before: (R, H), receives the hidden state before each step.
        state: (N, H), the hidden state.
        output: (R, H), receives it after each step.
        to_gates: (H, 3 H), the weights of the hidden state.
        ranges, one, work, share, first, last, tasks: as in `lstm_forward`.
    """
    for task in range(first, last):
        low, high = _share_of(task, tasks, len(state))
        packed_gates = _pack(one, to_gates, work + task * share)
        place = packed_gates[3]
        for step in range(len(ranges)):
            start = ranges[step, 0]
            rows = min(high, ranges[step, 1] - start) - low
            if rows <= 0:
                continue
            at = start + low
            _product(one, np.intp(0), state, low, rows, packed_gates, hidden_gates, low, place)
            for r in range(rows):
                copy(hidden_before[at + r], state[low + r])
                _add(gates[at + r], bias[0])
                _add(hidden_gates[low + r], hidden_bias[0])
                gru_row(gates[at + r], hidden_gates[low + r], state[low + r], output[at + r])
                copy(state[low + r], output[at + r])


@_kernel
def gru_backward(
    gates: Any,
    hidden_before: Any,
    grad_state: Any,
    grad_output: Any,
    grad_input: Any,
    grad_gates: Any,
    w_hh: Any,
    ranges: Any,
    one: Any,
    work: Any,
    share: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Run back through a GRU.

    Args:
        gates, hidden_before: what the forward left.
        grad_state: (N, H), the gradient of the hidden state.
        grad_output: (R, H), that of the output.
        grad_input: (R, 3 H), receives that of the input's part of r, z and n.
        grad_gates: (R, 3 H), receives that of the hidden state's part.
        w_hh: (3 H, H).
        ranges: (T, 2), the last step first.
        one, work, share, first, last, tasks: as in `lstm_forward`.
    """
    for task in range(first, last):
        low, high = _share_of(task, tasks, len(grad_state))
        packed_hh = _pack(one, w_hh, work + task * share)
        place = packed_hh[3]
        for step in range(len(ranges)):
            start = ranges[step, 0]
            rows = min(high, ranges[step, 1] - start) - low
            if rows <= 0:
                continue
            at = start + low
            for r in range(rows):
                h, dh = hidden_before[at + r], grad_state[low + r]
                _add(dh, grad_output[at + r])
                gru_row_backward(gates[at + r], h, dh, grad_input[at + r], grad_gates[at + r])
            _product(one, np.intp(1), grad_gates, at, rows, packed_hh, grad_state, low, place)


@_kernel
def rnn_forward(
    output: Any,
    bias: Any,
    hidden_before: Any,
    state: Any,
    to_gates: Any,
    ranges: Any,
    one: Any,
    work: Any,
    share: Any,
    relu: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Run a plain recurrent network.

    Args:
        output: (R, H), holds the input's projection, and receives the hidden state.
        bias: (1, H), or of no columns.
        hidden_before: (R, H), receives the hidden state before each step.
        state: (N, H), the hidden state.
        to_gates: (H, H), the weights of the hidden state.
        ranges, one, work, share, first, last, tasks: as in `lstm_forward`.
        relu: 1 for the positive part, 0 for tanh.
    """
    for task in range(first, last):
        low, high = _share_of(task, tasks, len(state))
        packed_gates = _pack(one, to_gates, work + task * share)
        place = packed_gates[3]
        for step in range(len(ranges)):
            start = ranges[step, 0]
            rows = min(high, ranges[step, 1] - start) - low
            if rows <= 0:
                continue
            at = start + low
            _product(one, np.intp(1), state, low, rows, packed_gates, output, at, place)
            for r in range(rows):
                copy(hidden_before[at + r], state[low + r])
                _add(output[at + r], bias[0])
                rnn_row(output[at + r], relu)
                copy(state[low + r], output[at + r])


@_kernel
def rnn_backward(
    hidden: Any,
    grad_state: Any,
    grad_output: Any,
    grad_gates: Any,
    w_hh: Any,
    ranges: Any,
    one: Any,
    work: Any,
    share: Any,
    relu: Any,
    first: Any,
    last: Any,
    tasks: Any,
) -> None:
    """Run back through a plain recurrent network.

    Args:
        hidden: (R, H), the hidden state after each step.
        grad_state: (N, H), the gradient of the hidden state.
        grad_output: (R, H), that of the output.
        grad_gates: (R, H), receives that of what the hidden state is a function of.
        w_hh: (H, H).
        ranges: (T, 2), the last step first.
        one, work, share, first, last, tasks: as in `lstm_forward`.
        relu: 1 for the positive part, 0 for tanh.
    """
    for task in range(first, last):
        low, high = _share_of(task, tasks, len(grad_state))
        packed_hh = _pack(one, w_hh, work + task * share)
        place = packed_hh[3]
        for step in range(len(ranges)):
            start = ranges[step, 0]
            rows = min(high, ranges[step, 1] - start) - low
            if rows <= 0:
                continue
            at = start + low
            for r in range(rows):
                _add(grad_state[low + r], grad_output[at + r])
                rnn_row_backward(hidden[at + r], grad_state[low + r], grad_gates[at + r], relu)
            _product(one, np.intp(0), grad_gates, at, rows, packed_hh, grad_state, low, place)
