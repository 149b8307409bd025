"""What all recurrent layers have in common."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any

from ...._warn import warn
from ....errors import ShapeError
from ... import _dtype
from ..._tensor import Tensor
from ...functions.creation.filled import empty, zeros
from ...functions.sequences.recurrent import KINDS, run_layers
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

# How many rows weights have for each element of the hidden state.
_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """Layers that run over sequences and hand a state on from step to step.

    The weights of layer k are `weight_ih_lk` (gates * H, I) and `weight_hh_lk` (gates * H, H), the
    biases `bias_ih_lk` and `bias_hh_lk` (gates * H); those of the direction from the end to the
    start have names that end in `_reverse`. An LSTM with `proj_size` has `weight_hr_lk` (P, H).

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: I, the features of the input.
        hidden_size: H, those of the hidden state.
        num_layers: how many layers run over each other's outputs.
        bias: whether there are biases.
        batch_first: sequences are (N, T, ...) and not (T, N, ...); states are not meant.
        dropout: the probability with which outputs between layers are set to 0.
        bidirectional: each layer also runs from the end to the start.
        proj_size: project the hidden state to so many features; 0 for none. LSTM alone.
        device: where parameters are.
        dtype: of parameters.

    Raises:
        ValueError: a size, dropout or mode is out of range.
        TypeError: a size is no whole number.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: _dtype.dtype | None = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_options(dropout)
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            width = input_size if layer == 0 else self._width * self._directions
            for suffix in ("", "_reverse")[: self._directions]:
                self._make_weights(f"_l{layer}{suffix}", width, device, dtype)
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _width(self) -> int:
        """The features of the hidden state that goes from step to step."""
        return self.proj_size or self.hidden_size

    def _check_options(self, dropout: Any) -> None:
        if (
            not isinstance(dropout, numbers.Number)
            or isinstance(dropout, bool)
            or not 0 <= self.dropout <= 1
        ):
            raise ValueError(
                "dropout should be a number in range [0, 1]: the probability with which an element "
                f"is set to 0. Got {dropout!r}."
            )
        if dropout and self.num_layers == 1:
            warn(
                "dropout is applied after all but the last recurrent layer, so it has no effect "
                f"with one layer: got dropout={dropout} and num_layers=1.",
                UserWarning,
            )
        if not isinstance(self.hidden_size, int):
            raise TypeError(
                f"hidden_size should be of type int, got: {type(self.hidden_size).__name__}"
            )
        for name in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be greater than zero, got {getattr(self, name)}")
        if self.proj_size < 0:
            raise ValueError(
                f"proj_size should be a positive integer, or zero for no projection, got "
                f"{self.proj_size}"
            )
        if self.proj_size >= self.hidden_size:
            raise ValueError(
                f"proj_size has to be smaller than hidden_size, got {self.proj_size} and "
                f"{self.hidden_size}"
            )
        if self.mode not in _GATES:
            raise ValueError(f"Unrecognized RNN mode: {self.mode}. Choose from {', '.join(_GATES)}")

    def _make_weights(
        self, suffix: str, width: int, device: Any, dtype: _dtype.dtype | None
    ) -> None:
        """Make the parameters of one direction of a layer whose input has so many features."""
        rows = _GATES[self.mode] * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, width),
            "weight_hh": (rows, self._width),
        }
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes |= {"weight_hr": (self.proj_size, self.hidden_size)}
        for name, shape in shapes.items():
            made = empty(*shape, device=device, dtype=dtype)
            self.register_parameter(name + suffix, Parameter(made))
        self._all_weights.append([name + suffix for name in shapes])

    def reset_parameters(self) -> None:
        """Draw all parameters from -1 / sqrt(H) to 1 / sqrt(H)."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each direction of each layer."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Do nothing: there is no memory that all weights would have to lie in."""

    # ---- running

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Run over sequences.

        Args:
            input: (T, N, I), with batch_first (N, T, I), (T, I) for one sequence, or a
                PackedSequence.
            hx: the state at the start, (num_layers * directions, N, H), for one sequence
                (num_layers * directions, H); zeros by default.

        Returns:
            The output of the last layer, laid out as the input, and the state at the end.

        Raises:
            ValueError: the input has another number of dimensions, or another dtype than the
                weights.
            RuntimeError: sizes do not fit.
        """
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h

    def _run(self, input: Any, states: tuple[Tensor, ...] | None) -> tuple[Any, tuple[Tensor, ...]]:
        if isinstance(input, PackedSequence):
            return self._run_packed(input, states)
        name = type(self).__name__
        rank = input.dim()
        if rank not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {rank}D instead")
        if states is not None:
            self._check_ranks(states, rank)
        if rank == 2:
            input = input.unsqueeze(1)
            if states is not None:
                states = tuple([state.unsqueeze(1) for state in states])
        elif self.batch_first:
            input = input.transpose(0, 1)
        output, states = self._run_rows(input, states, input._shape[1], None)
        if rank == 2:
            return output.squeeze(1), tuple([state.squeeze(1) for state in states])
        return output.transpose(0, 1) if self.batch_first else output, states

    def _run_packed(
        self, input: PackedSequence, states: tuple[Tensor, ...] | None
    ) -> tuple[PackedSequence, tuple[Tensor, ...]]:
        data, batch_sizes, order, way_back = input
        sizes = batch_sizes._array
        if states is not None and order is not None:
            states = tuple([state.index_select(1, order) for state in states])
        output, states = self._run_rows(data, states, int(sizes[0]), sizes)
        if way_back is not None:
            states = tuple([state.index_select(1, way_back) for state in states])
        return PackedSequence(output, batch_sizes, order, way_back), states

    def _run_rows(
        self, input: Tensor, states: tuple[Tensor, ...] | None, batch: int, batch_sizes: Any
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Run over (T, N, I), or over the rows of packed sequences."""
        weights = self.all_weights
        self._check_input(input, weights[0][0])
        shapes = self._state_shapes(batch)
        if states is None:
            states = tuple([zeros(*shape, dtype=input._key.dtype) for shape in shapes])
        else:
            self._check_states(states, shapes)
        dropout = self.dropout if self.training else 0.0
        kind = KINDS[self.mode]
        return run_layers(
            kind, input, states, weights, self.bias, self.bidirectional, dropout, batch_sizes
        )

    # ---- sizes

    def _state_shapes(self, batch: int) -> list[tuple[int, int, int]]:
        return [(self.num_layers * self._directions, batch, self._width)]

    def _check_input(self, input: Tensor, weight: Tensor) -> None:
        own, wanted = input._key.dtype, weight._key.dtype
        if own is not wanted:
            raise ValueError(
                f"RNN input dtype ({own}) does not match weight dtype ({wanted}). Convert the "
                f"input with input.to({wanted}), or the model with model.to({own})."
            )
        if input._shape[-1] != self.input_size:
            raise ShapeError(
                "input.size(-1) must be equal to input_size. Expected "
                f"{self.input_size}, got {input._shape[-1]}"
            )
        if not input._shape[0]:
            raise ShapeError(
                "Expected sequence length to be larger than 0 in RNN, got input of shape "
                f"{list(input._shape)}"
            )

    def _check_ranks(self, states: Sequence[Tensor], rank: int) -> None:
        if any(state.dim() != rank for state in states):
            ranks = ", ".join([f"{state.dim()}-D" for state in states])
            kind = "batched 3-D" if rank == 3 else "unbatched 2-D"
            raise ShapeError(
                f"For {kind} input, hx should also be {rank}-D but got ({ranks}) tensor"
            )

    def _check_states(
        self, states: Sequence[Tensor], shapes: Sequence[tuple[int, int, int]]
    ) -> None:
        for place, (state, shape) in enumerate(zip(states, shapes, strict=True)):
            if state._shape != shape:
                which = f"hidden[{place}]" if len(shapes) > 1 else "hidden"
                raise ShapeError(f"Expected {which} size {shape}, got {list(state._shape)}")

    def extra_repr(self) -> str:
        """Give the sizes, and the options that are not the usual ones."""
        usual = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        given = {name: getattr(self, name) for name in usual}
        options = [f", {name}={given[name]}" for name in usual if given[name] != usual[name]]
        return f"{self.input_size}, {self.hidden_size}" + "".join(options)
