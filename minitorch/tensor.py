"""Module 2: the Tensor, which joins TensorData, a backend and a history."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _cuda
from .autodiff import Context, Variable, backpropagate
from .errors import CourseShapeError
from .tensor_data import (
    Shape,
    Storage,
    Strides,
    TensorData,
    UserIndex,
    UserShape,
    UserStrides,
    shape_broadcast,
)
from .tensor_functions import (
    EQ,
    LT,
    Add,
    All,
    Copy,
    Exp,
    Function,
    Inv,
    IsClose,
    Log,
    MatMul,
    Mul,
    Neg,
    Permute,
    ReLU,
    Sigmoid,
    Sum,
    View,
    _tensor,
    zeros,
)
from .tensor_ops import TensorBackend

TensorLike = Any
# The class below has a method named tuple, which hides the type inside it.
_Arrays = tuple[Storage, Shape, Strides]
_Pair = tuple[Variable, Any]


@dataclass(slots=True)
class History:
    """How a Tensor came about.

    Attributes:
        last_fn: the function that made it; None for a tensor that the user made.
        ctx: what that function's forward pass kept.
        inputs: the tensors that it was called with.
    """

    last_fn: type[Function] | None = None
    ctx: Context | None = None
    inputs: Sequence[Tensor] = ()


_ids = itertools.count(1)


class Tensor:
    """An n-dimensional array of float64 whose operations leave a graph for differentiation.

    Args:
        v: its data.
        back: how it came about; None for a constant.
        name: a name for pictures of the graph; by default its number.
        backend: what computes with it.

    Attributes:
        backend: what computes with it.
        history: how it came about, or None for a constant.
        grad: the gradient that `backward` left here, a Tensor, or None.
        name: the name.
        unique_id: a number that no other Tensor has.
    """

    backend: TensorBackend
    history: History | None
    grad: Tensor | None
    _tensor: TensorData
    unique_id: int
    name: str

    def __init__(
        self,
        v: TensorData,
        back: History | None = None,
        name: str | None = None,
        backend: TensorBackend | None = None,
    ) -> None:
        if not isinstance(v, TensorData) or backend is None:
            raise AssertionError(
                f"Tensor needs TensorData and a backend, got {type(v).__name__} and {backend}; "
                "minitorch.tensor makes one from lists."
            )
        self.unique_id = next(_ids)
        self._tensor = v
        self.history = back
        self.backend = backend
        self.grad = None
        self.name = name if name is not None else str(self.unique_id)

    @staticmethod
    def make(
        storage: Storage | list[float],
        shape: UserShape,
        strides: UserStrides | None = None,
        backend: TensorBackend | None = None,
    ) -> Tensor:
        """Make a constant from flat storage, a shape and, if not row-major, strides."""
        return Tensor(TensorData(storage, shape, strides), backend=backend)

    @property
    def f(self) -> TensorBackend:
        """The backend, under its short name."""
        return self.backend

    @property
    def shape(self) -> UserShape:
        """The sizes, a tuple."""
        return self._tensor.shape

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._tensor.size

    @property
    def dims(self) -> int:
        """The number of dimensions."""
        return self._tensor.dims

    @property
    def derivative(self) -> Tensor | None:
        """The gradient, under the name that Scalars give it."""
        return self.grad

    def requires_grad_(self, x: bool) -> None:
        """Make this a leaf whose gradient is wanted, whatever x says (the course's behaviour)."""
        self.history = History()

    def requires_grad(self) -> bool:
        """Tell whether a gradient is wanted."""
        return self.history is not None

    def to_numpy(self) -> npt.NDArray[np.float64]:
        """Copy the elements to a NumPy array of the same shape."""
        data = self._tensor
        storage = _cuda.to_host(data._storage)
        strides = tuple(stride * storage.itemsize for stride in data.strides)
        return np.ndarray(data.shape, storage.dtype, storage, strides=strides).copy()

    def item(self) -> float:
        """Give the only element.

        Raises:
            CourseShapeError: (an AssertionError) there are more or fewer.
        """
        if self.size != 1:
            raise CourseShapeError(
                f"item() needs a tensor of one element, this has shape {self.shape}."
            )
        return self._tensor._storage[0]

    def tuple(self) -> _Arrays:
        """Give storage, shape and strides as arrays, the form that kernels take."""
        return self._tensor.tuple()

    def detach(self) -> Tensor:
        """Give a constant that shares the data."""
        return Tensor(self._tensor, backend=self.backend)

    def contiguous(self) -> Tensor:
        """Copy into row-major storage."""
        return Copy.apply(self)

    def zeros(self, shape: UserShape | None = None) -> Tensor:
        """Make a constant of zeros on the same backend, by default of the same shape."""
        out = zeros(self.shape if shape is None else shape, backend=self.backend)
        if self.backend.cuda:
            out._tensor.to_cuda_()
        return out

    def __repr__(self) -> str:
        return self._tensor.to_string()

    def __getitem__(self, key: int | UserIndex) -> float:
        return self._tensor.get(key)

    def __setitem__(self, key: int | UserIndex, val: float) -> None:
        self._tensor.set(key, val)

    # Numbers and tensors of other backends.

    def _ensure_tensor(self, b: TensorLike) -> Tensor:
        """Make a constant of a number, and move a tensor to this backend (in place)."""
        if isinstance(b, Tensor):
            if b.backend is not self.backend:
                b._type_(self.backend)
            return b
        if not isinstance(b, int | float | np.number):
            raise TypeError(f"A Tensor combines with tensors and numbers, got {type(b).__name__}.")
        constant = Tensor.make([float(b)], (1,), backend=self.backend)
        if self.backend.cuda:
            constant._tensor.to_cuda_()
        return constant

    def _type_(self, backend: TensorBackend) -> None:
        """Move to another backend, in place."""
        self.backend = backend
        if backend.cuda:
            self._tensor.to_cuda_()
        else:
            self._tensor._storage = _cuda.to_host(self._tensor._storage)

    def _new(self, tensor_data: TensorData) -> Tensor:
        """Make a constant of the same backend."""
        return Tensor(tensor_data, backend=self.backend)

    # Task 2.3: functions.

    def __add__(self, b: TensorLike) -> Tensor:
        return Add.apply(self, self._ensure_tensor(b))

    def __radd__(self, b: TensorLike) -> Tensor:
        return self + b

    def __sub__(self, b: TensorLike) -> Tensor:
        return self + (-self._ensure_tensor(b) if isinstance(b, Tensor) else -b)

    def __rsub__(self, b: TensorLike) -> Tensor:
        return -self + b

    def __mul__(self, b: TensorLike) -> Tensor:
        return Mul.apply(self, self._ensure_tensor(b))

    def __rmul__(self, b: TensorLike) -> Tensor:
        return self * b

    def __truediv__(self, b: TensorLike) -> Tensor:
        return Mul.apply(self, Inv.apply(self._ensure_tensor(b)))

    def __rtruediv__(self, b: TensorLike) -> Tensor:
        return Mul.apply(self._ensure_tensor(b), Inv.apply(self))

    def __matmul__(self, b: Tensor) -> Tensor:
        return MatMul.apply(self, self._ensure_tensor(b))

    def __neg__(self) -> Tensor:
        return Neg.apply(self)

    def __lt__(self, b: TensorLike) -> Tensor:
        return LT.apply(self, self._ensure_tensor(b))

    def __gt__(self, b: TensorLike) -> Tensor:
        return LT.apply(self._ensure_tensor(b), self)

    # A Tensor is unhashable, since its == compares elements: dictionaries key on unique_id.
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, b: TensorLike) -> Tensor:  # type: ignore[override]
        return EQ.apply(self, self._ensure_tensor(b))

    def all(self, dim: int | None = None) -> Tensor:
        """Multiply up a dimension, or everything: 1.0 if all elements are 1.0."""
        if dim is None:
            return All.apply(self)
        return All.apply(self, self._ensure_tensor(dim))

    def is_close(self, y: Tensor) -> Tensor:
        """1.0 where the elements differ by less than 0.01, else 0.0."""
        return IsClose.apply(self, self._ensure_tensor(y))

    def sigmoid(self) -> Tensor:
        """Give the logistic function of each element."""
        return Sigmoid.apply(self)

    def relu(self) -> Tensor:
        """Replace negative elements by 0."""
        return ReLU.apply(self)

    def log(self) -> Tensor:
        """Give the logarithm of each element (plus EPS)."""
        return Log.apply(self)

    def exp(self) -> Tensor:
        """Give e to the power of each element."""
        return Exp.apply(self)

    def sum(self, dim: int | None = None) -> Tensor:
        """Sum over a dimension, which stays with size 1, or over everything, to shape (1,)."""
        if dim is not None:
            return Sum.apply(self, self._ensure_tensor(dim))
        flat = self if self._tensor.is_contiguous() else self.contiguous()
        return Sum.apply(flat.view(self.size), self._ensure_tensor(0))

    def mean(self, dim: int | None = None) -> Tensor:
        """Average over a dimension, which stays with size 1, or over everything, to shape (1,)."""
        total = self.sum(dim)
        return total / (self.size // total.size)

    def max(self, dim: int) -> Tensor:
        """Take the maximum along a dimension, which stays with size 1."""
        from . import nn  # Module 4 builds on this file.

        return nn.max(self, dim)

    def permute(self, *order: int) -> Tensor:
        """Reorder the dimensions; the storage is shared.

        Raises:
            CourseShapeError: (an AssertionError) the order does not name each dimension once.
        """
        return Permute.apply(self, _as_tensor(order))

    def view(self, *shape: int) -> Tensor:
        """Give another shape of the same size; the storage is shared.

        Raises:
            CourseShapeError: the size differs, or this tensor is not contiguous.
        """
        return View.apply(self, _as_tensor(shape))

    # Task 2.4: gradients.

    def expand(self, other: Tensor) -> Tensor:
        """Bring a gradient to this tensor's shape, after broadcasting in the forward pass.

        Args:
            other: a gradient whose shape broadcasts with this tensor's.

        Returns:
            The gradient broadcast up, and summed over the dimensions that were broadcast.
        """
        if self.shape == other.shape:
            return other
        shape = shape_broadcast(self.shape, other.shape)
        if other.shape != shape:
            other = self.backend.id_map(other, self.zeros(shape))
        missing = len(shape) - self.dims
        for dim, size in enumerate(shape):
            if size > 1 and (dim < missing or self.shape[dim - missing] == 1):
                other = self.backend.add_reduce(other, dim)
        if other.shape == self.shape:
            return other
        return Tensor.make(other._tensor._storage, self.shape, backend=self.backend)

    def accumulate_derivative(self, x: Any) -> None:
        """Add x to the gradient of this leaf.

        Raises:
            AssertionError: this tensor is no leaf.
        """
        if not self.is_leaf():
            raise AssertionError(
                f"Only leaves keep a gradient; this tensor of shape {self.shape} is none."
            )
        if self.grad is None:
            # A copy, since the tensor x may be handed to other leaves as well.
            data = x._tensor
            x = self._new(TensorData(_cuda.copy(data._storage), data.shape, data.strides))
        else:
            x = self.grad + x
        self.grad = x

    def zero_grad_(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def is_leaf(self) -> bool:
        """Tell whether the user made this tensor: no function did."""
        return self.history is not None and self.history.last_fn is None

    def is_constant(self) -> bool:
        """Tell whether no gradient is wanted here."""
        return self.history is None

    @property
    def parents(self) -> Iterable[Variable]:
        """The inputs of the function that made this tensor."""
        if self.history is None:
            raise AssertionError(f"A constant of shape {self.shape} has no parents.")
        return self.history.inputs

    def chain_rule(self, d_output: Any) -> Iterable[_Pair]:
        """Pair each input of the last function with its gradient.

        Args:
            d_output: the gradient of the result with respect to this tensor.

        Returns:
            One pair for each input; gradients of constants, which nobody reads, keep the shape
            that the function gave them, all others have the shape of their input.
        """
        history = self.history
        if history is None or history.last_fn is None or history.ctx is None:
            raise AssertionError("The chain rule needs a tensor that a function made.")
        gradients = history.last_fn._backward(history.ctx, d_output)
        if len(gradients) != len(history.inputs):
            raise AssertionError(
                f"{history.last_fn.__name__}.backward gave {len(gradients)} gradients for "
                f"{len(history.inputs)} inputs; it must give one for each."
            )
        pairs = []
        for x, gradient in zip(history.inputs, gradients, strict=True):
            if not isinstance(gradient, Tensor):
                gradient = x._filled(gradient)
            pairs.append((x, gradient if x.history is None else x.expand(gradient)))
        return pairs

    def _filled(self, value: float) -> Tensor:
        """Make a constant of this shape with one value everywhere."""
        out = self.zeros()
        if value != 0.0:
            out._tensor._storage[:] = value
        return out

    def backward(self, grad_output: Tensor | None = None) -> None:
        """Fill in the gradients of the leaves that this tensor was computed from.

        Args:
            grad_output: the gradient of the final result with respect to this tensor; without it
                this tensor must have shape (1,).

        Raises:
            CourseShapeError: there is no grad_output, and the shape is not (1,); or
                grad_output has a larger shape.
        """
        if grad_output is None:
            if self.shape != (1,):
                raise CourseShapeError(
                    f"backward() without a gradient needs a tensor of shape (1,), this has shape "
                    f"{self.shape}: sum() it first, or pass the gradient."
                )
            grad_output = self._ensure_tensor(1.0)
        grad_output = self._ensure_tensor(grad_output)
        # A single number fits every shape, () included.
        if grad_output.size > 1 and shape_broadcast(self.shape, grad_output.shape) != self.shape:
            raise CourseShapeError(
                f"backward: a gradient of shape {grad_output.shape} does not fit a tensor of shape "
                f"{self.shape}."
            )
        backpropagate(self, self.expand(grad_output))


def _as_tensor(numbers: Sequence[int]) -> Tensor:
    """Pass integers to a Function, all of whose arguments are tensors."""
    return _tensor(list(numbers), (len(numbers),))
