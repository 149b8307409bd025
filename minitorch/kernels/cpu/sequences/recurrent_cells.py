"""Recurrent cells after their matrix products: from what the gates are functions of to the state.

Each backward gives the gradients of what its forward takes. Arrays may lie in memory in any way;
float16 is computed in float32 and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ...._jit import SizedKernel, entry_point
from ....errors import DTypeError, ShapeError
from . import recurrent_loops

Array = NDArray[Any]
_Dtype = np.dtype[Any]

_LSTM_FORWARD = SizedKernel(lambda: recurrent_loops.lstm_forward)
_LSTM_BACKWARD = SizedKernel(lambda: recurrent_loops.lstm_backward)
_GRU_FORWARD = SizedKernel(lambda: recurrent_loops.gru_forward)
_GRU_BACKWARD = SizedKernel(lambda: recurrent_loops.gru_backward)
_RNN_FORWARD = SizedKernel(lambda: recurrent_loops.rnn_forward)
_RNN_BACKWARD = SizedKernel(lambda: recurrent_loops.rnn_backward)

NONLINEARITIES = ("tanh", "relu")
# What a row costs for each element of a state, in steps of `tasks_for`.
_FORWARD_COST, _BACKWARD_COST = 10, 5


class RecurrentDTypeError(DTypeError, ValueError):
    """Operands of a recurrent cell or layer whose dtypes do not fit each other."""


def lstm_cell(gates: Array, c: Array) -> tuple[Array, Array, Array]:
    """Step an LSTM: c = sigmoid(f) * c + sigmoid(i) * tanh(g), h = sigmoid(o) * tanh(c).

    Args:
        gates: (N, 4 H): i, f, g and o, the sums of the input's and the hidden state's products with
            the weights and of the biases.
        c: (N, H), the cells before.

    Returns:
        h (N, H), the next c (N, H), and the activations (N, 5 H) that the backward needs.

    Raises:
        ShapeError, RecurrentDTypeError: the operands do not fit each other.
    """
    dtype, (rows, size) = _checked("lstm_cell", {"c": (c, 1), "gates": (gates, 4)})
    activations = np.empty((rows, 5 * size), working(dtype))
    activations[:, : 4 * size] = gates
    cells = np.array(c, activations.dtype, order="C")
    hidden = np.empty_like(cells)
    _run(_LSTM_FORWARD, _FORWARD_COST, (activations, np.empty_like(cells), cells, hidden))
    return rounded(hidden, dtype), rounded(cells, dtype), activations


def lstm_cell_backward(
    grad_h: Array, grad_c: Array, activations: Array, c: Array
) -> tuple[Array, Array]:
    """Compute the gradients of `lstm_cell`.

    Args:
        grad_h: (N, H), the gradient of h.
        grad_c: (N, H), the gradient of the next c.
        activations: what the forward gave.
        c: (N, H), the cells before.

    Returns:
        The gradients of gates and c.
    """
    operands = {"c": (c, 1), "grad_h": (grad_h, 1), "grad_c": (grad_c, 1)}
    dtype, (rows, size) = _checked("lstm_cell_backward", operands, (activations, 5))
    grad_cells = np.array(grad_c, working(dtype), order="C")
    grad_gates = np.empty((rows, 4 * size), working(dtype))
    arrays = dense(activations), dense(c), grad_cells, dense(grad_h), grad_gates
    _run(_LSTM_BACKWARD, _BACKWARD_COST, arrays)
    return rounded(grad_gates, dtype), rounded(grad_cells, dtype)


def gru_cell(input_gates: Array, hidden_gates: Array, h: Array) -> tuple[Array, Array]:
    """Step a GRU: n = tanh(x_n + sigmoid(r) * h_n), h = n + sigmoid(z) * (h - n).

    Args:
        input_gates: (N, 3 H): the parts of r, z and n that come from the input, with its bias.
        hidden_gates: (N, 3 H): those that come from the hidden state, with its bias.
        h: (N, H), the hidden state before.

    Returns:
        The next h (N, H), and the activations (N, 4 H) that the backward needs.

    Raises:
        ShapeError, RecurrentDTypeError: the operands do not fit each other.
    """
    operands = {"h": (h, 1), "input_gates": (input_gates, 3), "hidden_gates": (hidden_gates, 3)}
    dtype, (rows, size) = _checked("gru_cell", operands)
    activations = np.empty((rows, 4 * size), working(dtype))
    activations[:, : 3 * size] = input_gates
    hidden = np.empty((rows, size), activations.dtype)
    _run(_GRU_FORWARD, _FORWARD_COST, (activations, dense(hidden_gates), dense(h), hidden))
    return rounded(hidden, dtype), activations


def gru_cell_backward(grad: Array, activations: Array, h: Array) -> tuple[Array, Array, Array]:
    """Compute the gradients of `gru_cell`.

    Args:
        grad: (N, H), the gradient of the next h.
        activations: what the forward gave.
        h: (N, H), the hidden state before.

    Returns:
        The gradients of input_gates, hidden_gates and h.
    """
    operands = {"h": (h, 1), "grad": (grad, 1)}
    dtype, (rows, size) = _checked("gru_cell_backward", operands, (activations, 4))
    grad_hidden = np.array(grad, working(dtype), order="C")
    grad_input = np.empty((rows, 3 * size), working(dtype))
    grad_gates = np.empty_like(grad_input)
    arrays = dense(activations), dense(h), grad_hidden, grad_input, grad_gates
    _run(_GRU_BACKWARD, _BACKWARD_COST, arrays)
    return rounded(grad_input, dtype), rounded(grad_gates, dtype), rounded(grad_hidden, dtype)


def rnn_cell(gates: Array, nonlinearity: str = "tanh") -> Array:
    """Step a plain recurrent network: h = tanh(gates), or with "relu" max(gates, 0).

    Args:
        gates: (N, H), the sum of the products with the weights and of the biases.
        nonlinearity: "tanh" or "relu".

    Returns:
        h (N, H), which the backward needs.

    Raises:
        ShapeError, RecurrentDTypeError: gates are no matrix of floats.
        ValueError: another nonlinearity.
    """
    dtype, _ = _checked("rnn_cell", {"gates": (gates, 1)})
    relu = is_relu("rnn_cell", nonlinearity)
    hidden = np.array(gates, working(dtype), order="C")
    _run(_RNN_FORWARD, _FORWARD_COST, (hidden,), int(relu))
    return rounded(hidden, dtype)


def rnn_cell_backward(grad: Array, h: Array, nonlinearity: str = "tanh") -> Array:
    """Compute the gradient of gates in `rnn_cell` from that of h and from h, both (N, H)."""
    dtype, shape = _checked("rnn_cell_backward", {"h": (h, 1), "grad": (grad, 1)})
    relu = is_relu("rnn_cell_backward", nonlinearity)
    grad_gates = np.empty(shape, working(dtype))
    _run(_RNN_BACKWARD, _BACKWARD_COST, (dense(h), dense(grad), grad_gates), int(relu))
    return rounded(grad_gates, dtype)


# ---- starting kernels


def _run(kernel: SizedKernel, cost: int, arrays: Sequence[Array], *numbers: int) -> None:
    """Run a kernel on dense matrices of one dtype, the last of which is as large as its work."""
    size, dtype = arrays[-1].size * cost, arrays[-1].dtype
    chosen = kernel.serial if kernel.for_size(size) is kernel.serial else kernel.parallel
    entry = _entries.get((chosen, dtype))
    if entry is None:
        matrix = types.Array(from_dtype(dtype), 2, "C")
        signature = (*[matrix] * len(arrays), *[types.intp] * len(numbers))
        entry = _entries[chosen, dtype] = entry_point(chosen, signature)
    entry(*arrays, *numbers)


_entries: dict[tuple[Any, _Dtype], Any] = {}


# ---- operands


def working(dtype: _Dtype) -> _Dtype:
    """Give the dtype in which elements of a dtype are computed."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def dense(array: Array) -> Array:
    """Give an array as the kernels read it; one of another layout, a state's size, is copied."""
    array = array.astype(working(array.dtype), copy=False)
    return np.require(array, requirements=["C", "A"])


def rounded(array: Array, dtype: _Dtype) -> Array:
    """Put float32 into float16 where that is asked for; large numbers become infinite."""
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        return array.astype(dtype)


def is_relu(name: str, nonlinearity: str) -> bool:
    """Tell "relu" from "tanh".

    Raises:
        ValueError: it is neither.
    """
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"{name}: nonlinearity must be tanh or relu, got {nonlinearity!r}.")
    return nonlinearity == "relu"


def _checked(
    name: str,
    operands: dict[str, tuple[Array, int]],
    activations: tuple[Array, int] | None = None,
) -> tuple[_Dtype, tuple[int, int]]:
    """Check matrices that are so many states wide; give a state's dtype and shape."""
    first = next(iter(operands))
    state = operands[first][0]
    check_floats(name, {what: array for what, (array, _) in operands.items()})
    if state.ndim != 2:
        raise ShapeError(f"{name}: {first} must have shape (N, H), got {state.shape}.")
    rows, size = state.shape
    for what, (array, width) in operands.items():
        if array.shape != (rows, width * size):
            raise ShapeError(
                f"{name}: {what} must have shape {(rows, width * size)} beside {first} of shape "
                f"{state.shape}, got {array.shape}."
            )
    if activations is not None:
        array, width = activations
        if array.shape != (rows, width * size) or array.dtype != working(state.dtype):
            raise ShapeError(
                f"{name}: activations must be what the forward gave, {working(state.dtype)} of "
                f"shape {(rows, width * size)}, got {array.dtype} of shape {array.shape}."
            )
    return state.dtype, (rows, size)


def check_floats(name: str, arrays: dict[str, Array]) -> None:
    """Check that arrays hold floats of one dtype.

    Raises:
        RecurrentDTypeError: they do not.
    """
    dtypes = {array.dtype for array in arrays.values()}
    if len(dtypes) > 1:
        received = ", ".join(f"{what} {array.dtype}" for what, array in arrays.items())
        raise RecurrentDTypeError(f"{name} needs operands of one dtype, got {received}.")
    dtype = dtypes.pop()
    if dtype.char not in "efd" or not dtype.isnative:
        raise RecurrentDTypeError(f"{name} takes float16, float32 and float64, got {dtype}.")
