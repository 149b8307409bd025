"""Recurrent cells: single steps of recurrent layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from ....errors import ShapeError
from ..._tensor import Tensor
from ...functions.creation.filled import empty, zeros
from ...functions.sequences.recurrent_cells import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from .. import init
from ..parameter import Parameter
from .module import Module


class RNNCellBase(Module):
    """What recurrent cells have in common.

    Its parameters are `weight_ih` (chunks * H, I), `weight_hh` (chunks * H, H), `bias_ih` and
    `bias_hh` (chunks * H).

    Args:
        input_size: I, the features of the input.
        hidden_size: H, those of the hidden state.
        bias: whether there are biases.
        num_chunks: how many gates there are.
        device: where parameters are.
        dtype: of parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        how = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty(rows, input_size, **how))
        self.weight_hh = Parameter(empty(rows, hidden_size, **how))
        if bias:
            self.bias_ih = Parameter(empty(rows, **how))
            self.bias_hh = Parameter(empty(rows, **how))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters from -1 / sqrt(H) to 1 / sqrt(H)."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        """Give the sizes, and the options that are not the usual ones."""
        text = f"{self.input_size}, {self.hidden_size}"
        if not self.bias:
            text += ", bias=False"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _batch(self, input: Tensor, hx: Any, names: tuple[str, ...]) -> tuple[Tensor, list[Tensor]]:
        """Check the operands, and give them with a dimension of the batch.

        Args:
            input: (N, I) or (I).
            hx: None for zeros, or a tuple of as many states (N, H) or (H) as there are names.
            names: of the states.
        """
        states = [None] * len(names) if hx is None else hx
        for name, tensor in zip(("input", *names), (input, *states), strict=True):
            if tensor is not None and tensor.dim() not in (1, 2):
                raise ValueError(
                    f"{type(self).__name__}: Expected {name} to be 1D or 2D, got {tensor.dim()}D "
                    "instead"
                )
        if input.dim() == 1:
            input = input.unsqueeze(0)
        if input._shape[1] != self.input_size:
            raise ShapeError(
                f"input has inconsistent input_size: got {input._shape[1]} expected "
                f"{self.input_size}"
            )
        batch = input._shape[0]
        if hx is None:
            zero = zeros(batch, self.hidden_size, dtype=input._key.dtype)
            return input, [zero] * len(names)
        return input, [self._state(state, batch, place) for place, state in enumerate(states)]

    def _state(self, state: Tensor, batch: int, place: int) -> Tensor:
        if state._shape[-1] != self.hidden_size:
            raise ShapeError(
                f"hidden{place} has inconsistent hidden_size: got {state._shape[-1]}, expected "
                f"{self.hidden_size}"
            )
        if state.dim() == 1:
            state = state.unsqueeze(0)
        if state._shape[0] != batch:
            raise ShapeError(
                f"Input batch size {batch} doesn't match hidden{place} batch size {state._shape[0]}"
            )
        return state


class RNNCell(RNNCellBase):
    """A plain recurrent cell: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Args:
        input_size: the features of the input.
        hidden_size: those of the hidden state.
        bias: whether there are biases.
        nonlinearity: "tanh", or "relu" in its place.
        device: where parameters are.
        dtype: of parameters.
    """

    _steps: ClassVar[dict[str, Callable[..., Tensor]]] = {
        "tanh": rnn_tanh_cell,
        "relu": rnn_relu_cell,
    }

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Step: input (N, I) or (I), and the hidden state (N, H) or (H), zeros by default.

        Raises:
            RuntimeError: sizes do not fit, or there is no such nonlinearity.
            ValueError: an operand has another number of dimensions.
        """
        step = self._steps.get(self.nonlinearity)
        if step is None:
            raise RuntimeError(
                f"Unknown nonlinearity: {self.nonlinearity}. Choose 'tanh' or 'relu'."
            )
        rows, (h,) = self._batch(input, None if hx is None else (hx,), ("hidden",))
        result = step(rows, h, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return result if input.dim() == 2 else result.squeeze(0)


class LSTMCell(RNNCellBase):
    """A cell of long short-term memory; `LSTM` has its formulas.

    Args:
        input_size: the features of the input.
        hidden_size: those of the hidden state.
        bias: whether there are biases.
        device: where parameters are.
        dtype: of parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Step: input (N, I) or (I), and hidden state and cells (N, H) or (H), zeros by default.

        Raises:
            RuntimeError: sizes do not fit.
            ValueError: an operand has another number of dimensions.
        """
        rows, states = self._batch(input, hx, ("hx[0]", "hx[1]"))
        h, c = lstm_cell(rows, states, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return (h, c) if input.dim() == 2 else (h.squeeze(0), c.squeeze(0))


class GRUCell(RNNCellBase):
    """A gated recurrent unit; `GRU` has its formulas.

    Args:
        input_size: the features of the input.
        hidden_size: those of the hidden state.
        bias: whether there are biases.
        device: where parameters are.
        dtype: of parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """Step: input (N, I) or (I), and the hidden state (N, H) or (H), zeros by default.

        Raises:
            RuntimeError: sizes do not fit.
            ValueError: an operand has another number of dimensions.
        """
        rows, (h,) = self._batch(input, None if hx is None else (hx,), ("hidden",))
        result = gru_cell(rows, h, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return result if input.dim() == 2 else result.squeeze(0)
