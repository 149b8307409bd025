"""Recurrent layers and cells: `torch.nn.modules.rnn`."""

from __future__ import annotations

from typing import Any

from ..._tensor import Tensor
from ._rnn_base import RNNBase as RNNBase
from ._rnn_cells import GRUCell as GRUCell
from ._rnn_cells import LSTMCell as LSTMCell
from ._rnn_cells import RNNCell as RNNCell
from ._rnn_cells import RNNCellBase as RNNCellBase


class RNN(RNNBase):
    """Plain recurrent layers: h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    Args:
        input_size: the features of the input.
        hidden_size: those of the hidden state.
        num_layers: how many layers run over each other's outputs.
        nonlinearity: "tanh", or "relu" in its place.
        bias: whether there are biases.
        batch_first: sequences are (N, T, ...) and not (T, N, ...).
        dropout: the probability with which outputs between layers are set to 0.
        bidirectional: each layer also runs from the end to the start.
        device: where parameters are.
        dtype: of parameters.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        _refuse_projection(proj_size)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'."
            )
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first,
            dropout, bidirectional, device=device, dtype=dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Layers of long short-term memory.

    i, f, g, o = the four parts of W_ih x_t + b_ih + W_hh h_(t-1) + b_hh;
    c_t = sigmoid(f) * c_(t-1) + sigmoid(i) * tanh(g); h_t = sigmoid(o) * tanh(c_t), which proj_size
    multiplies by W_hr.

    The arguments are those of `RNN`, and `proj_size`: how many features the hidden state is
    projected to; 0 for none.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, device, dtype,
        )  # fmt: skip

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        """Run over sequences.

        Args:
            input: as in `RNN`.
            hx: the hidden state (num_layers * directions, N, P) and the cells (..., N, H) at the
                start, zeros by default. P is proj_size, or H.

        Returns:
            The output of the last layer, and the pair of hidden state and cells at the end.
        """
        output, (h, c) = self._run(input, None if hx is None else (hx[0], hx[1]))
        return output, (h, c)

    def _state_shapes(self, batch: int) -> list[tuple[int, int, int]]:
        count = self.num_layers * self._directions
        return [(count, batch, self._width), (count, batch, self.hidden_size)]


class GRU(RNNBase):
    """Layers of gated recurrent units.

    r, z, n = the three parts of what the input contributes, W_ih x_t + b_ih, and in the same way
    r', z', n' of W_hh h_(t-1) + b_hh; m = tanh(n + sigmoid(r + r') * n');
    h_t = m + sigmoid(z + z') * (h_(t-1) - m).

    The arguments are those of `RNN`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        _refuse_projection(proj_size)
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            device=device, dtype=dtype,
        )  # fmt: skip


def _refuse_projection(proj_size: int) -> None:
    if proj_size:
        raise ValueError(
            f"proj_size argument is only supported for LSTM, not RNN or GRU, got {proj_size}"
        )
