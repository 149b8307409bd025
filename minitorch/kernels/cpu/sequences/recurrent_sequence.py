"""The sequences that recurrent layers run over: their steps, and arrays with the rows of all steps.

A sequence is (T, N, ...), or like PyTorch's packed sequences (R, ...): the rows of all steps below
each other, with how many each step has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import types
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

from ....errors import ShapeError
from ..calls.tasks import TaskEntry, TaskKernel, tasks_for
from ..products.dispatch import workspace
from ..products.gemm import matmul
from ..products.microkernel import tile
from .recurrent_cells import check_floats, dense, rounded, working
from .recurrent_layer_loops import packed_elements, task_elements

Array = NDArray[Any]
BatchSizes = Sequence[int] | Array | None

# Multiplications that cost as much as one step of `tasks_for`.
_PER_STEP = 16
# A kernel does so many at most before it returns to Python, where Ctrl-C is noticed.
_MOST_AT_ONCE = 1 << 32
# A task takes so many members of a batch at least.
_LEAST_ROWS = 8
_tile = cache(tile)


@dataclass(frozen=True)
class Steps:
    """The steps of a sequence.

    Attributes:
        name: the function that was called.
        ranges: (steps, 2), the first row of each step and the one after its last, in the order of
            the steps.
        leading: the dimensions of the input but the last.
        batch: the rows of the longest step.
        given: the dtype of the operands; `dtype` is the one in which they are computed.
    """

    name: str
    ranges: NDArray[np.int64]
    leading: tuple[int, ...]
    batch: int
    given: np.dtype[Any]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype in which elements are computed."""
        return working(self.given)

    @property
    def size(self) -> int:
        """The rows of all steps."""
        return int(np.prod(self.leading))

    def rows(self, array: Array) -> Array:
        """Give a sequence's rows as a matrix; one of another layout is copied.

        It is no wider than the gates, which are allocated anyhow, and every product reads it whole.
        """
        return dense(array).reshape(self.size, array.shape[-1])

    def bias(self, *biases: Array | None) -> Array:
        """Add up biases, as a row; one without columns stands for None."""
        given = [wide(bias) for bias in biases if bias is not None]
        return np.sum(given, axis=0)[None] if given else np.empty((1, 0), self.dtype)

    @property
    def nothing(self) -> Array:
        """A matrix that stands for one that is not there."""
        return np.empty((0, 0), self.dtype)

    def state(self, state: Array) -> Array:
        """Copy a state, which the steps change."""
        return np.array(state, self.dtype, order="C")

    def grad_state(self, what: str, grad: Array | None, width: int) -> Array:
        """Copy the gradient of a state (N, width); None stands for zeros."""
        if grad is None:
            return np.zeros((self.batch, width), self.dtype)
        self._check_grad(what, grad, (self.batch, width))
        return self.state(grad)

    def grad_rows(self, grad: Array | None, width: int) -> Array:
        """Give the rows of the gradient of a sequence; None stands for zeros."""
        if grad is None:
            return np.zeros((self.size, width), self.dtype)
        self._check_grad("grad_output", grad, (*self.leading, width))
        return self.rows(grad)

    def _check_grad(self, what: str, grad: Array, shape: tuple[int, ...]) -> None:
        if grad.shape != shape:
            raise ShapeError(f"{self.name}: {what} must have shape {shape}, got {grad.shape}.")
        check_floats(self.name, {"input": np.empty(0, self.given), what: grad})

    def sequence(self, rows: Array) -> Array:
        """Give rows of all steps the shape of a sequence and the dtype of the operands."""
        return rounded(rows, self.given).reshape(*self.leading, rows.shape[1])

    def grad_input(self, grad_gates: Array, w_ih: Array) -> Array:
        """Give the gradient of the input from that of its projection."""
        return self.sequence(matmul(grad_gates, wide(w_ih)))


def run(
    kernel: TaskKernel,
    ranges: NDArray[np.int64],
    matrices: Sequence[Array],
    weights: Sequence[Array],
    *numbers: int,
) -> None:
    """Run a kernel of `recurrent_layer_loops`.

    Args:
        kernel: which one.
        ranges: the rows of each step, in the order of the steps.
        matrices: dense, of one dtype.
        weights: matrices of any layout.
        *numbers: what else the kernel takes.
    """
    dtype = matrices[0].dtype
    starts, stops = ranges[:, 0], ranges[:, 1]
    batch, rows = int((stops - starts).max()), int((stops - starts).sum())
    per_row = sum(weight.size for weight in weights)
    if rows == 0:
        return
    tasks = tasks_for(rows * per_row // _PER_STEP, batch // _LEAST_ROWS)
    shape = _tile(dtype.itemsize)
    packed = sum(packed_elements(shape, *weight.shape) for weight in weights)
    share = dtype.itemsize * (packed + task_elements(shape))
    entry = _entry(kernel, dtype, len(matrices), len(weights), len(numbers))
    work = workspace(tasks * share)
    count = max(1, _MOST_AT_ONCE // (batch * per_row))
    for step in range(0, len(ranges), count):
        part = np.ascontiguousarray(ranges[step : step + count])
        entry(tasks, *matrices, *weights, part, 1.0, work, share, *numbers)


@cache
def _entry(
    kernel: TaskKernel, dtype: np.dtype[Any], matrices: int, weights: int, numbers: int
) -> TaskEntry:
    """Give what calls a kernel, and checks no type."""
    number = from_dtype(dtype)
    return kernel.entry(
        *[types.Array(number, 2, "C")] * matrices,
        *[types.Array(number, 2, "A")] * weights,
        types.Array(types.int64, 2, "C"),
        number,
        *[types.intp] * (2 + numbers),
    )


def wide(array: Array) -> Array:
    """Give an array in the dtype in which it is computed."""
    return array.astype(working(array.dtype), copy=False)


def steps_of(name: str, input: Array, batch_sizes: BatchSizes, reverse: bool) -> Steps:
    """Find the steps of a sequence.

    Raises:
        ShapeError: the input or batch_sizes are none.
        RecurrentDTypeError: the input holds no floats.
    """
    check_floats(name, {"input": input})
    if batch_sizes is None:
        if input.ndim != 3 or input.shape[0] == 0:
            raise ShapeError(
                f"{name} needs an input of shape (T, N, I) with at least one step, got "
                f"{input.shape}. Sequences of several lengths come as rows, with batch_sizes."
            )
        sizes = [input.shape[1]] * input.shape[0]
    else:
        sizes = _checked_sizes(name, input, batch_sizes)
    stops = np.cumsum(sizes, dtype=np.int64)
    ranges = np.stack((stops - sizes, stops), axis=1)
    given = ranges[::-1] if reverse else ranges
    return Steps(name, given, input.shape[:-1], sizes[0], input.dtype)


def _checked_sizes(name: str, input: Array, batch_sizes: Sequence[int] | Array) -> list[int]:
    sizes = [int(rows) for rows in batch_sizes]
    if input.ndim != 2:
        raise ShapeError(f"{name}: with batch_sizes input must be (R, I), got {input.shape}.")
    if not sizes or sizes[-1] < 1 or any(later > rows for rows, later in pairwise(sizes)):
        raise ShapeError(
            f"{name}: batch_sizes must be positive and never grow, got {sizes}. Put the longest "
            "sequence first."
        )
    if sum(sizes) != len(input):
        raise ShapeError(
            f"{name}: batch_sizes add up to {sum(sizes)}, but input has {len(input)} rows."
        )
    return sizes


def check_layer(
    steps: Steps,
    gates: int,
    input: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    c0: Array | None = None,
    w_hr: Array | None = None,
) -> None:
    """Check the operands of a layer with so many gates.

    Raises:
        ShapeError: one does not have the shape that the others ask for.
        RecurrentDTypeError: they hold no floats of one dtype.
    """
    cells = h0 if c0 is None else c0
    if cells.ndim != 2 or h0.ndim != 2:
        raise ShapeError(f"{steps.name}: states must be (N, H), got {h0.shape} and {cells.shape}.")
    size = cells.shape[1]
    width = size if w_hr is None else h0.shape[1]
    if (b_ih is None) != (b_hh is None) or size == 0:
        raise ShapeError(f"{steps.name} needs both biases or none, and states that are not empty.")
    _check_shapes(
        steps,
        input,
        h0=(h0, (steps.batch, width)),
        c0=(cells, (steps.batch, size)),
        w_ih=(w_ih, (gates * size, input.shape[-1])),
        w_hh=(w_hh, (gates * size, width)),
        b_ih=(b_ih, (gates * size,)),
        b_hh=(b_hh, (gates * size,)),
        w_hr=(w_hr, (width, size)),
    )


def check_saved(
    steps: Steps,
    gates: int,
    saved: tuple[Array | None, ...],
    input: Array,
    w_ih: Array,
    w_hh: Array,
    w_hr: Array | None = None,
) -> None:
    """Check what a backward reads: the kernels check nothing.

    Raises:
        ShapeError: something does not come from a forward with the same operands.
        RecurrentDTypeError: operands hold no floats of one dtype.
    """
    width = w_hh.shape[-1]
    size = width if w_hr is None else w_hr.shape[-1]
    _check_shapes(
        steps,
        input,
        w_ih=(w_ih, (gates * size, input.shape[-1])),
        w_hh=(w_hh, (gates * size, width)),
        w_hr=(w_hr, (width, size)),
    )
    widths = {1: (size, size), 3: (4 * size, size), 4: (5 * size, size, width, size)}[gates]
    for array, wanted in zip(saved, widths, strict=True):
        if array is not None and not (
            array.shape == (steps.size, wanted)
            and array.dtype == steps.dtype
            and array.flags.c_contiguous
        ):
            raise ShapeError(
                f"{steps.name}: saved must be what the forward gave for input {input.shape}, but "
                f"holds {array.dtype} of shape {array.shape} for {(steps.size, wanted)}."
            )


def _check_shapes(
    steps: Steps, input: Array, **operands: tuple[Array | None, tuple[int, ...]]
) -> None:
    present = {what: array for what, (array, _) in operands.items() if array is not None}
    check_floats(steps.name, {"input": input, **present})
    for what, (array, shape) in operands.items():
        if array is not None and array.shape != shape:
            raise ShapeError(
                f"{steps.name}: {what} must have shape {shape} beside input {input.shape}, got "
                f"{array.shape}."
            )
