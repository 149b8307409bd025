"""FastOps and the convolutions beside SimpleOps, NumPy and PyTorch, all in float64."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numba
import numpy as np
from measure import Contestant, Figure, Settings, Torch, compare
from numpy.typing import NDArray

import minitorch
from minitorch import Context, FastOps, SimpleBackend, Tensor, TensorBackend

Array = NDArray[np.float64]
FAST = TensorBackend(FastOps)


@dataclass(frozen=True)
class Case:
    """One operation on given inputs, as we and others compute it.

    Attributes:
        name: the operation and the shapes.
        ours: computes it with FastOps.
        numpy: with NumPy, or None.
        torch: with PyTorch, or None.
        simple: with SimpleOps, or None where that would take too long.
    """

    name: str
    ours: Callable[[], Any]
    numpy: Callable[[], Any] | None = None
    torch: Callable[[], Any] | None = None
    simple: Callable[[], Any] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        arrays: list[Array],
        ours: Callable[..., Any],
        numpy: Callable[..., Any],
        torch: Callable[..., Any] | None,
        simple: bool = False,
    ) -> "Case":
        """Give every library the same arrays in the same layout.

        `ours` takes a backend and tensors, so that it serves SimpleOps too; the others take arrays
        of their library.
        """
        return cls(
            f"{name} {' '.join(format_shape(array.shape) for array in arrays)}",
            partial(ours, FAST, *[as_tensor(array, FAST) for array in arrays]),
            partial(numpy, *arrays),
            torch and partial(torch, *[as_torch(array) for array in arrays]),
            partial(ours, SimpleBackend, *[as_tensor(array, SimpleBackend) for array in arrays])
            if simple
            else None,
        )

    def contestants(self, torch: Torch | None, with_numpy: bool) -> dict[str, Contestant]:
        """List the peers."""
        peers = {}
        if self.simple:
            peers["SimpleOps"] = Contestant(self.simple)
        if self.numpy and with_numpy:
            peers["numpy"] = Contestant(self.numpy)
        if self.torch and torch:
            peers |= torch.contestants(self.torch, numba.get_num_threads())
        return peers

    def check(self) -> None:
        """Check that all give the same.

        Raises:
            ArithmeticError: they do not.
        """
        expected = as_arrays(self.ours())
        for peer in filter(None, (self.numpy, self.torch, self.simple)):
            for ours, theirs in zip(expected, as_arrays(peer()), strict=True):
                if ours.size != theirs.size or not np.allclose(
                    ours, theirs.reshape(ours.shape), rtol=1e-9, atol=1e-9
                ):
                    raise ArithmeticError(f"{self.name}: the libraries give different results.")


def format_shape(shape: tuple[int, ...]) -> str:
    """Write a shape as 2x3."""
    return "x".join(str(size) for size in shape)


def as_tensor(array: Array, backend: TensorBackend) -> Tensor:
    """Make a constant tensor with the strides of an array, which may be permuted."""
    strides = tuple(stride // array.itemsize for stride in array.strides)
    return Tensor.make(array.ravel(order="K"), array.shape, strides, backend)


def as_torch(array: Array) -> Any:
    """Make a PyTorch tensor that shares the array's memory."""
    import torch

    return torch.from_numpy(array)


def as_arrays(result: Any) -> list[Array]:
    """Make arrays of one result or of a tuple of results of any library."""
    results = result if isinstance(result, tuple) else (result,)
    return [x.to_numpy() if isinstance(x, Tensor) else np.asarray(x) for x in results]


def draw(*shape: int) -> Array:
    """Draw an array of numbers around 0."""
    return np.random.default_rng(1).standard_normal(shape)


# The operations.


def map_cases(torch: ModuleType | None, small: int, large: int) -> Iterator[Case]:
    """exp and relu, contiguous and transposed."""
    for array in (draw(small, small), draw(large, large)):
        simple = len(array) == small
        yield Case.of(
            "exp", [array], lambda f, a: f.exp_map(a), np.exp, torch and torch.exp, simple
        )
        yield Case.of(
            "relu",
            [array],
            lambda f, a: f.relu_map(a),
            lambda a: np.maximum(a, 0.0),
            torch and torch.relu,
            simple,
        )
    yield Case.of(
        "exp of the transpose",
        [draw(large, large).T],
        lambda f, a: f.exp_map(a),
        np.exp,
        torch and torch.exp,
    )


def zip_cases(torch: ModuleType | None, small: int, large: int) -> Iterator[Case]:
    """add and mul, of equal shapes and broadcast."""
    both = {
        "add": (lambda f, a, b: f.add_zip(a, b), np.add, torch and torch.add),
        "mul": (lambda f, a, b: f.mul_zip(a, b), np.multiply, torch and torch.mul),
    }
    for name, functions in both.items():
        yield Case.of(name, [draw(small, small), draw(small, small)], *functions, simple=True)
        yield Case.of(name, [draw(large, large), draw(large, large)], *functions)
    yield Case.of("add", [draw(large, large), draw(large)], *both["add"])
    yield Case.of("mul", [draw(large, 1), draw(1, large)], *both["mul"])
    yield Case.of("add with a transpose", [draw(large, large), draw(large, large).T], *both["add"])


def reduce_cases(torch: ModuleType | None, small: int, large: int) -> Iterator[Case]:
    """Sums over each dimension, and over everything."""
    for array in (draw(small, small), draw(large, large)):
        simple = len(array) == small
        for dim in (0, 1):
            yield Case.of(
                f"sum over dim {dim}",
                [array],
                lambda f, a, dim=dim: f.add_reduce(a, dim),
                partial(np.sum, axis=dim),
                torch and partial(torch.sum, dim=dim),
                simple,
            )
        yield Case.of(
            "sum over all",
            [array.reshape(-1)],
            lambda f, a: f.add_reduce(a, 0),
            np.sum,
            torch and torch.sum,
            simple,
        )


def matmul_cases(torch: ModuleType | None, small: int, large: int) -> Iterator[Case]:
    """Products of matrices of several sizes, of batches, and with a transpose."""
    functions = (lambda f, a, b: f.matrix_multiply(a, b), np.matmul, torch and torch.matmul)
    tall, wide = draw(large, large // 4), draw(large // 4, large)
    batch = draw(16, large // 8, large // 8)
    for name, a, b in (
        ("matmul", draw(small, small), draw(small, small)),
        ("matmul", draw(50, 2), draw(2, 10)),
        ("matmul", draw(large // 4, large // 4), draw(large // 4, large // 4)),
        ("matmul", draw(large, large), draw(large, large)),
        ("matmul with a transpose", draw(large, large), draw(large, large).T),
        ("matmul", tall, wide),
        ("matmul", wide, tall),
        ("matmul", batch, batch),
        ("matmul", batch, batch[0]),
    ):
        yield Case.of(name, [a, b], *functions, simple=a.shape == (small, small))


def conv_cases(
    torch: ModuleType | None, input_shape: tuple[int, ...], weight_shape: tuple[int, ...]
) -> Iterator[Case]:
    """A convolution of one or two dimensions, forward and backward."""
    dims = len(input_shape) - 2
    function = minitorch.Conv1dFun if dims == 1 else minitorch.Conv2dFun
    arrays = [draw(*input_shape), draw(*weight_shape)]
    grad = draw(input_shape[0], weight_shape[0], *input_shape[2:])
    context = Context()
    context.save_for_backward(*[as_tensor(array, FAST) for array in arrays])
    shapes = f"{format_shape(input_shape)} {format_shape(weight_shape)}"
    yield Case(
        f"conv{dims}d {shapes}",
        partial(function.apply, *context.saved_values),
        torch=torch and partial(torch_conv, torch, *[as_torch(array) for array in arrays]),
    )
    yield Case(
        f"conv{dims}d backward {shapes}",
        partial(function.backward, context, as_tensor(grad, FAST)),
        torch=torch and torch_conv_backward(torch, arrays, grad),
    )


def torch_conv(torch: ModuleType, input: Any, weight: Any) -> Any:
    """Convolve as the course does: anchored at the left and top, as wide as the input."""
    padding = [n for size in reversed(weight.shape[2:]) for n in (0, size - 1)]
    convolve = torch.conv1d if input.dim() == 3 else torch.conv2d
    return convolve(torch.nn.functional.pad(input, padding), weight)


def torch_conv_backward(
    torch: ModuleType, arrays: list[Array], grad: Array
) -> Callable[[], tuple[Any, ...]]:
    """Give PyTorch's backward pass alone, on a graph that is kept."""
    inputs = [as_torch(array).clone().requires_grad_() for array in arrays]
    output = torch_conv(torch, *inputs)
    return partial(torch.autograd.grad, output, inputs, as_torch(grad), retain_graph=True)


def cases(torch: ModuleType | None, quick: bool) -> Mapping[str, Iterator[Case]]:
    """List all operations, by group."""
    small, large, batch = (4, 40, 2) if quick else (32, 1000, 16)
    convolutions = (
        ((batch, 4, 128), (8, 4, 5)),
        ((batch, 50, 64), (100, 50, 4)),
        ((batch, 1, 28, 28), (4, 1, 3, 3)),
        ((batch, 4, 28, 28), (8, 4, 3, 3)),
    )
    return {
        "map": map_cases(torch, small, large),
        "zip": zip_cases(torch, small, large),
        "reduce": reduce_cases(torch, small, large),
        "matmul": matmul_cases(torch, 4 if quick else 16, 40 if quick else 512),
        "conv": (case for shapes in convolutions for case in conv_cases(torch, *shapes)),
    }


def kernel_figures(group: str, torch: Torch | None, settings: Settings) -> list[Figure]:
    """Check and time the operations of one group."""
    # NumPy's matrix product chooses its threads itself, so it is no peer for a single thread.
    with_numpy = group != "matmul" or numba.get_num_threads() > 1
    figures = []
    for case in cases(torch.module if torch else None, settings.quick)[group]:
        case.check()
        peers = case.contestants(torch, with_numpy)
        figures += compare(case.name, Contestant(case.ours), peers, settings)
    return figures
