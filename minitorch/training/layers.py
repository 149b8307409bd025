"""The layers that the trainers build their models from."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import minitorch
from minitorch import Module, Parameter, Tensor, TensorBackend


def constant(values: Any, backend: TensorBackend) -> Tensor:
    """Make a tensor of data, which needs no gradient."""
    return minitorch.tensor(values, backend=backend).detach()


def random_parameter(*shape: int, backend: TensorBackend, bound: float) -> Parameter:
    """Make a parameter with values drawn evenly between -bound and bound."""
    return Parameter(2.0 * bound * (minitorch.rand(shape, backend=backend) - 0.5))


def constant_parameter(*shape: int, backend: TensorBackend, value: float) -> Parameter:
    """Make a parameter whose values are all the same."""
    return Parameter(minitorch.zeros(shape, backend=backend) + value)


def relu_bound(fan_in: int) -> float:
    """Give the bound for weights before a ReLU that keeps the variance from layer to layer.

    Source: He et al., "Delving Deep into Rectifiers", 2015: Var(w) = 2 / fan_in, and a value drawn
    evenly between -b and b has the variance b^2 / 3.
    """
    return math.sqrt(6.0 / fan_in)


class ScalarLinear(Module):
    """A linear layer in which every weight is a parameter of its own.

    The parameters are `weight_<input>_<output>` and `bias_<output>`.

    Args:
        in_size: number of inputs.
        out_size: number of outputs.
        draw: makes the first value of each parameter, a Scalar or a float.
    """

    def __init__(self, in_size: int, out_size: int, draw: Callable[[], Any]) -> None:
        super().__init__()
        self.weights = [
            [self.add_parameter(f"weight_{i}_{j}", draw()) for j in range(out_size)]
            for i in range(in_size)
        ]
        self.bias = [self.add_parameter(f"bias_{j}", draw()) for j in range(out_size)]

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Give bias_j + sum over i of input_i * weight_i_j for each output j."""
        outputs = [bias.value for bias in self.bias]
        for value, row in zip(inputs, self.weights, strict=True):
            outputs = [
                output + value * weight.value for output, weight in zip(outputs, row, strict=True)
            ]
        return outputs


class Linear(Module):
    """x @ weights + bias; both start evenly between -bound and bound.

    Args:
        in_size: number of inputs.
        out_size: number of outputs.
        backend: where the parameters live.
        bound: the course's perceptrons have 1; `relu_bound` suits wider layers.
    """

    def __init__(
        self, in_size: int, out_size: int, backend: TensorBackend, bound: float = 1.0
    ) -> None:
        super().__init__()
        self.in_size = in_size
        self.out_size = out_size
        self.weights = random_parameter(in_size, out_size, backend=backend, bound=bound)
        self.bias = random_parameter(out_size, backend=backend, bound=bound)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_size) to (batch, out_size)."""
        output: Tensor = x @ self.weights.value + self.bias.value
        return output


class BroadcastLinear(Linear):
    """The same layer without a matrix product, by broadcasting and a sum (Module 2)."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_size) to (batch, out_size)."""
        batch = x.shape[0]
        weights = self.weights.value.view(1, self.in_size, self.out_size)
        products = weights * x.view(batch, self.in_size, 1)
        output: Tensor = products.sum(1).view(batch, self.out_size) + self.bias.value
        return output


class Conv1d(Module):
    """A one-dimensional convolution with a bias per channel.

    Args:
        in_channels: number of channels that come in.
        out_channels: number of channels that go out.
        width: width of the kernel.
        backend: where the parameters live.
    """

    def __init__(
        self, in_channels: int, out_channels: int, width: int, backend: TensorBackend
    ) -> None:
        super().__init__()
        bound = relu_bound(in_channels * width)
        self.weights = random_parameter(
            out_channels, in_channels, width, backend=backend, bound=bound
        )
        self.bias = constant_parameter(1, out_channels, 1, backend=backend, value=0.0)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_channels, length) to (batch, out_channels, length)."""
        output: Tensor = minitorch.conv1d(x, self.weights.value) + self.bias.value
        return output


class Conv2d(Module):
    """A two-dimensional convolution with a bias per channel.

    Args:
        in_channels: number of channels that come in.
        out_channels: number of channels that go out.
        height: height of the kernel.
        width: width of the kernel.
        backend: where the parameters live.
    """

    def __init__(
        self, in_channels: int, out_channels: int, height: int, width: int, backend: TensorBackend
    ) -> None:
        super().__init__()
        bound = relu_bound(in_channels * height * width)
        self.weights = random_parameter(
            out_channels, in_channels, height, width, backend=backend, bound=bound
        )
        self.bias = constant_parameter(1, out_channels, 1, 1, backend=backend, value=0.0)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_channels, H, W) to (batch, out_channels, H, W)."""
        output: Tensor = minitorch.conv2d(x, self.weights.value) + self.bias.value
        return output
