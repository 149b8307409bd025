"""Batches of sequences of several lengths, padded or packed: `torch.nn.utils.rnn`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ....errors import ShapeError
from ..._dtype import float16, float32, float64, int8, int16, int32, int64, uint8
from ..._tensor import Tensor
from ..._wrap import wrap
from ...functions.creation.creation import as_tensor
from ...functions.sequences.packing import packed, padded_side_by_side, unpacked

Self = TypeVar("Self", bound="PackedSequence")


class PackedDataError(TypeError, AssertionError):
    """A packed sequence of something else than data and batch sizes."""


class _PackedFields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_PackedFields):
    """Sequences of several lengths without padding, as recurrent layers take and give them.

    `pack_padded_sequence` and `pack_sequence` make one.

    Attributes:
        data: (R, ...), the rows of all steps below each other.
        batch_sizes: how many rows each step has, int64, on the CPU.
        sorted_indices: which of the sequences is first, second, and so on, the longest being first;
            None where the order is theirs.
        unsorted_indices: the way back.
    """

    __slots__ = ()

    def __new__(
        cls: type[Self],
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        """Put the parts together; data may be a pair of data and batch sizes.

        Raises:
            AssertionError: there are no batch sizes.
        """
        if batch_sizes is None:
            if not isinstance(data, list | tuple) or len(data) != 2:
                raise PackedDataError(
                    "PackedSequence: without batch_sizes, data is expected to be a list or tuple "
                    f"of length 2, with the rows and the batch sizes, but got {type(data).__name__}"
                )
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Convert the data, as `Tensor.to`; what needs no conversion is given as it is."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def double(self: Self) -> Self:
        """Convert the data to float64."""
        return self.to(dtype=float64)

    def float(self: Self) -> Self:
        """Convert the data to float32."""
        return self.to(dtype=float32)

    def half(self: Self) -> Self:
        """Convert the data to float16."""
        return self.to(dtype=float16)

    def long(self: Self) -> Self:
        """Convert the data to int64."""
        return self.to(dtype=int64)

    def int(self: Self) -> Self:
        """Convert the data to int32."""
        return self.to(dtype=int32)

    def short(self: Self) -> Self:
        """Convert the data to int16."""
        return self.to(dtype=int16)

    def char(self: Self) -> Self:
        """Convert the data to int8."""
        return self.to(dtype=int8)

    def byte(self: Self) -> Self:
        """Convert the data to uint8."""
        return self.to(dtype=uint8)

    def cpu(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Give the sequence with its data on the CPU."""
        return self.to(*args, device="cpu", **kwargs)

    def cuda(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Give the sequence with its data on a GPU."""
        return self.to(*args, device="cuda", **kwargs)

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Tell whether the data lie in memory that a GPU reads by itself."""
        return self.data.is_pinned()

    def pin_memory(self: Self) -> Self:
        """Move all parts into memory that a GPU reads by itself."""
        parts = [None if part is None else part.pin_memory() for part in self]
        return type(self)(*parts)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Give the permutation that undoes another one."""
    if permutation is None:
        return None
    inverse = np.empty_like(permutation._array)
    inverse[permutation._array] = np.arange(inverse.size)
    return wrap(inverse)


def pack_padded_sequence(
    input: Tensor,
    lengths: Tensor | Sequence[int],
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """Leave the padding out of a batch of sequences.

    Args:
        input: (T, N, ...), or with batch_first (N, T, ...).
        lengths: of each sequence.
        batch_first: see input.
        enforce_sorted: the longest sequence comes first already; else they are put in order here,
            and what a recurrent layer gives comes back in the order of input.

    Raises:
        RuntimeError: lengths are not sorted, not positive, more than T, or not one for each
            sequence.
    """
    sizes = as_tensor(lengths)._array.astype(np.int64)
    sorted_indices = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes, sorted_indices = sizes[order], wrap(order)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    by_step = input.transpose(0, 1) if batch_first else input
    _check_lengths(sizes, by_step)
    batch_sizes = np.cumsum(np.bincount(sizes)[:0:-1])[::-1].copy()
    return PackedSequence(packed(by_step, batch_sizes), wrap(batch_sizes), sorted_indices, None)


def _check_lengths(lengths: Any, by_step: Tensor) -> None:
    if lengths.ndim != 1:
        raise ShapeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D"
        )
    if by_step.dim() < 2 or by_step.numel() == 0:
        raise ShapeError(
            f"Cannot pack empty tensors: input has shape {list(by_step.shape)}, and needs at least "
            "one sequence, one step and one feature."
        )
    longest, members = by_step.shape[:2]
    if len(lengths) != members:
        raise ShapeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} "
            f"(batch_size={members})"
        )
    if lengths.min() <= 0:
        raise ShapeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            f"that is <= 0: {lengths.tolist()}"
        )
    if (lengths[1:] > lengths[:-1]).any():
        raise ShapeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True, got "
            f"{lengths.tolist()}. Pass enforce_sorted=False to have the sequences put in order."
        )
    if lengths[0] > longest:
        raise ShapeError(
            f"pack_padded_sequence: a length of {lengths[0]} is more than the {longest} steps that "
            "input has. Check batch_first."
        )


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Put packed sequences side by side, with numbers where they have ended.

    Args:
        sequence: what is packed.
        batch_first: whether the batch comes before the steps in the result.
        padding_value: the number.
        total_length: how many steps the result has; those of the longest sequence by default.

    Returns:
        (T, N, ...) or (N, T, ...), and the lengths of the sequences.

    Raises:
        ValueError: total_length is less than the longest sequence.
    """
    batch_sizes = sequence.batch_sizes._array
    steps, members = len(batch_sizes), int(batch_sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, "
                f"but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    shape = (steps, members, *sequence.data._shape[1:])
    padded = unpacked(sequence.data, batch_sizes, shape, padding_value)
    lengths = wrap((batch_sizes[:, None] > np.arange(members)).sum(0))
    if batch_first:
        padded = padded.transpose(0, 1)
    order = sequence.unsorted_indices
    if order is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, order), lengths[order]


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Put sequences (T_i, ...) side by side, with numbers where they have ended.

    Args:
        sequences: equal in all dimensions but the first.
        batch_first: whether the result is (N, T, ...) or (T, N, ...).
        padding_value: the number.
        padding_side: "right", or "left" for numbers before the sequences.

    Raises:
        RuntimeError: there is no sequence, or they do not fit each other.
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    members = tuple(sequences)
    if not members:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    return padded_side_by_side(members, batch_first, padding_value, padding_side == "left")


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """Cut padded sequences to their lengths: what `pad_sequence` was given."""
    by_member = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    sizes = as_tensor(lengths).tolist()
    return [by_member[i, :length].clone().contiguous() for i, length in enumerate(sizes)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (T_i, ...); see `pack_padded_sequence`."""
    lengths = [sequence.size(0) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Give the sequences that were packed."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
