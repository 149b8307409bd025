"""Module 2: the functions of Tensors, each with its forward and its backward pass."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import minitorch

from .autodiff import Context, contradicts_slope
from .errors import CourseShapeError
from .scalar_functions import wrap_tuple
from .tensor_data import UserIndex, UserShape
from .tensor_ops import SimpleBackend, TensorBackend

if TYPE_CHECKING:
    from .tensor import Tensor


class Function:
    """A function of Tensors.

    A subclass defines the static methods `forward(ctx, *tensors) -> Tensor`, which sees tensors
    without history, and `backward(ctx, grad_output)`, which gives one derivative (a Tensor or a
    number) per argument. Everything is passed as a Tensor, dimensions and shapes included.
    """

    @classmethod
    def _backward(cls, ctx: Context, grad_out: Tensor) -> tuple[Any, ...]:
        return wrap_tuple(cls.backward(ctx, grad_out))  # type: ignore[attr-defined]

    @classmethod
    def _forward(cls, ctx: Context, *inps: Tensor) -> Tensor:
        return cls.forward(ctx, *inps)  # type: ignore[attr-defined]

    @classmethod
    def apply(cls, *vals: Tensor) -> Tensor:
        """Compute the function and remember how, if a derivative is wanted of any argument."""
        need_grad = any(v.history is not None for v in vals)
        ctx = Context(not need_grad)
        result = cls._forward(ctx, *[v.detach() for v in vals])
        back = minitorch.History(cls, ctx, vals) if need_grad else None
        return minitorch.Tensor(result._tensor, back, backend=result.backend)


class Neg(Function):
    """$f(x) = -x$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor) -> Tensor:
        return t1.backend.neg_map(t1)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        return grad_output.backend.neg_map(grad_output)


class Inv(Function):
    """$f(x) = 1 / x$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor) -> Tensor:
        ctx.save_for_backward(t1)
        return t1.backend.inv_map(t1)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        (t1,) = ctx.saved_values
        return grad_output.backend.inv_back_zip(t1, grad_output)


class Add(Function):
    """$f(x, y) = x + y$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor, t2: Tensor) -> Tensor:
        return t1.backend.add_zip(t1, t2)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        return grad_output, grad_output


class Mul(Function):
    """$f(x, y) = x y$."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return a.backend.mul_zip(a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        a, b = ctx.saved_values
        multiply = grad_output.backend.mul_zip
        return multiply(b, grad_output), multiply(a, grad_output)


class Sigmoid(Function):
    r"""$f(x) = 1 / (1 + e^{-x})$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor) -> Tensor:
        out = t1.backend.sigmoid_map(t1)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        (out,) = ctx.saved_values
        return out * (1.0 - out) * grad_output


class ReLU(Function):
    r"""$f(x) = \max(x, 0)$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor) -> Tensor:
        ctx.save_for_backward(t1)
        return t1.backend.relu_map(t1)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        (t1,) = ctx.saved_values
        return grad_output.backend.relu_back_zip(t1, grad_output)


class Log(Function):
    r"""$f(x) = \log(x + EPS)$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor) -> Tensor:
        ctx.save_for_backward(t1)
        return t1.backend.log_map(t1)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        (t1,) = ctx.saved_values
        return grad_output.backend.log_back_zip(t1, grad_output)


class Exp(Function):
    """$f(x) = e^x$."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor) -> Tensor:
        out = t1.backend.exp_map(t1)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        (out,) = ctx.saved_values
        return grad_output.backend.mul_zip(out, grad_output)


class Sum(Function):
    """Sum over a dimension, which stays with size 1."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: Tensor) -> Tensor:
        return a.backend.add_reduce(a, int(dim.item()))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, float]:
        # The chain rule expands this gradient to the shape of the input.
        return grad_output, 0.0


class All(Function):
    """Product over a dimension (1.0 if all are 1.0), or over everything; not differentiable."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, dim: Tensor | None = None) -> Tensor:
        if dim is None:
            return a.backend.mul_reduce(a.contiguous().view(a.size), 0)
        return a.backend.mul_reduce(a, int(dim.item()))


class LT(Function):
    """1.0 where x is smaller than y, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return a.backend.lt_zip(a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[float, float]:
        return 0.0, 0.0


class EQ(Function):
    """1.0 where x equals y, else 0.0."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return a.backend.eq_zip(a, b)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[float, float]:
        return 0.0, 0.0


class IsClose(Function):
    """1.0 where x and y differ by less than 0.01, else 0.0; not differentiable."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, b: Tensor) -> Tensor:
        return a.backend.is_close_zip(a, b)


class Permute(Function):
    """Reorder the dimensions; the storage is shared."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, order: Tensor) -> Tensor:
        dims = _numbers(order)
        ctx.save_for_backward(dims)
        return a._new(a._tensor.permute(*dims))

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, float]:
        (dims,) = ctx.saved_values
        inverse = sorted(range(len(dims)), key=dims.__getitem__)
        return grad_output._new(grad_output._tensor.permute(*inverse)), 0.0


class View(Function):
    """Give a contiguous tensor another shape of the same size; the storage is shared."""

    @staticmethod
    def forward(ctx: Context, a: Tensor, shape: Tensor) -> Tensor:
        ctx.save_for_backward(a.shape)
        if not a._tensor.is_contiguous():
            raise CourseShapeError(
                f"Must be contiguous to view: this tensor of shape {a.shape} has the strides "
                f"{a._tensor.strides}. Call contiguous() first."
            )
        sizes = _numbers(shape)
        if _count(sizes) != a.size:
            raise CourseShapeError(
                f"view: {a.size} elements of shape {a.shape} cannot take the shape {sizes}."
            )
        return minitorch.Tensor.make(a._tensor._storage, sizes, backend=a.backend)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, float]:
        (shape,) = ctx.saved_values
        if not grad_output._tensor.is_contiguous():
            grad_output = grad_output.backend.id_map(grad_output)
        storage = grad_output._tensor._storage
        return minitorch.Tensor.make(storage, shape, backend=grad_output.backend), 0.0


class Copy(Function):
    """Copy a tensor into contiguous storage."""

    @staticmethod
    def forward(ctx: Context, a: Tensor) -> Tensor:
        return a.backend.id_map(a)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> Tensor:
        return grad_output


class MatMul(Function):
    """Multiply two (batches of) matrices."""

    @staticmethod
    def forward(ctx: Context, t1: Tensor, t2: Tensor) -> Tensor:
        ctx.save_for_backward(t1, t2)
        return t1.backend.matrix_multiply(t1, t2)

    @staticmethod
    def backward(ctx: Context, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        t1, t2 = ctx.saved_values
        multiply = grad_output.backend.matrix_multiply
        return (
            multiply(grad_output, _transpose(t2)),
            multiply(_transpose(t1), grad_output),
        )


def _transpose(a: Tensor) -> Tensor:
    """Swap the last two dimensions."""
    order = list(range(a.dims))
    order[-2:] = a.dims - 1, a.dims - 2
    return a._new(a._tensor.permute(*order))


def _numbers(a: Tensor) -> tuple[int, ...]:
    """Read the integers that were passed as a tensor."""
    return tuple(int(a[i]) for i in range(a.size))


# Constructors.


def zeros(shape: UserShape, backend: TensorBackend = SimpleBackend) -> Tensor:
    """Make a tensor of zeros, without history.

    Args:
        shape: its sizes.
        backend: what computes with it.
    """
    return minitorch.Tensor.make(np.zeros(_count(shape)), tuple(shape), backend=backend)


def rand(
    shape: UserShape, backend: TensorBackend = SimpleBackend, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of numbers from 0 to 1, drawn from Python's `random` in row-major order.

    Args:
        shape: its sizes.
        backend: what computes with it.
        requires_grad: the tensor is tracked either way.
    """
    vals = [random.random() for _ in range(_count(shape))]
    return _tensor(vals, tuple(shape), backend=backend, requires_grad=requires_grad)


def _count(shape: UserShape) -> int:
    if shape and min(shape) < 0:
        raise CourseShapeError(f"Sizes cannot be negative, got the shape {tuple(shape)}.")
    return math.prod(shape)


def _tensor(
    ls: Any, shape: UserShape, backend: TensorBackend = SimpleBackend, requires_grad: bool = False
) -> Tensor:
    """Make a tracked tensor from a flat list of numbers and a shape."""
    tensor = minitorch.Tensor.make(ls, tuple(shape), backend=backend)
    tensor.requires_grad_(requires_grad)
    return tensor


def tensor(ls: Any, backend: TensorBackend = SimpleBackend, requires_grad: bool = False) -> Tensor:
    """Make a tensor from a number, nested lists or tuples, or an array.

    Args:
        ls: the elements; the nesting gives the shape, and a bare number the shape ().
        backend: what computes with it.
        requires_grad: the tensor is tracked either way.

    Raises:
        CourseShapeError: (an AssertionError) the rows differ in length, or there is no element.
    """
    try:
        array = np.array(ls, dtype=np.float64)
    except ValueError:
        _check_rows(ls, "the list")
        raise
    if array.size == 0:
        raise CourseShapeError(f"A tensor needs at least one element, got {ls!r}.")
    return _tensor(array.reshape(-1), array.shape, backend=backend, requires_grad=requires_grad)


def _check_rows(ls: Any, name: str) -> None:
    """Find the row of a nested list that differs in length from the first.

    Raises:
        CourseShapeError: (an AssertionError) there is one.
    """
    lengths = [len(row) if isinstance(row, Sequence | np.ndarray) else None for row in ls]
    for i, length in enumerate(lengths):
        if length != lengths[0]:
            raise CourseShapeError(
                f"tensor: in {name}, row {i} has {_items(length)} where row 0 has "
                f"{_items(lengths[0])}."
            )
    if lengths and lengths[0] is not None and not isinstance(ls[0], str):
        for i, row in enumerate(ls):
            _check_rows(row, f"row {i} of {name}")


def _items(length: int | None) -> str:
    return "one number" if length is None else f"{length} items"


# Checking gradients.


def grad_central_difference(
    f: Callable[..., Tensor],
    *vals: Tensor,
    arg: int = 0,
    epsilon: float = 1e-6,
    ind: UserIndex,
) -> float:
    """Approximate the derivative of the sum of f with respect to one cell of one argument.

    Args:
        f: a function of tensors.
        *vals: its arguments.
        arg: the number of the argument.
        epsilon: a small step.
        ind: the index of the cell.
    """
    along = _along_cell(f, vals, arg, ind)
    return (along(epsilon) - along(-epsilon)) / (2.0 * epsilon)


def _along_cell(
    f: Callable[..., Tensor], vals: Sequence[Tensor], arg: int, ind: UserIndex
) -> Callable[[float], float]:
    """Give the sum of f as a function of what is added to one cell of one argument."""

    def along(offset: float) -> float:
        step = zeros(vals[arg].shape)
        step[ind] = offset
        moved = [x + step if i == arg else x for i, x in enumerate(vals)]
        return float(f(*moved).sum()[0])

    return along


def grad_check(f: Callable[..., Tensor], *vals: Tensor) -> None:
    """Check the gradients that `backward` gives against central differences.

    One random cell of each argument is judged, unless f jumps or has a kink there: then there is no
    derivative. The process-wide `random` is seeded before each call of f, so that f may use
    dropout.

    Args:
        f: a function of n tensors.
        *vals: its n arguments, which become leaves.

    Raises:
        AssertionError: a gradient is off by more than 0.01, absolutely and relatively.
    """
    for x in vals:
        x.requires_grad_(True)
        x.zero_grad_()

    def seeded(*args: Tensor) -> Tensor:
        random.seed(10)
        return f(*args)

    seeded(*vals).sum().backward()
    cells = [x._tensor.sample() for x in vals]
    for i, (x, ind) in enumerate(zip(vals, cells, strict=True)):
        if x.grad is None:
            raise AssertionError(
                f"grad_check: argument {i} of {len(vals)} received no gradient; the result does "
                "not depend on it, or a function lost the history."
            )
        grad = float(x.grad[ind])
        if contradicts_slope(grad, _along_cell(seeded, vals, i, ind)):
            expected = grad_central_difference(seeded, *vals, arg=i, ind=ind)
            raise AssertionError(
                f"grad_check: at cell {ind} of argument {i} the gradient is {grad:.6g} by "
                f"backward and {expected:.6g} by central difference. The arguments were "
                f"{[str(v) for v in vals]}."
            )
