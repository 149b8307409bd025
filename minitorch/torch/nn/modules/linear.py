"""Linear layers: `torch.nn.modules.linear`."""

from __future__ import annotations

import math
from typing import Any

from ....errors import ShapeError
from ..._device import device as Device  # noqa: N812  (the argument has PyTorch's name)
from ..._dtype import dtype as DType  # noqa: N812
from ..._tensor import Tensor
from ...functions.creation.filled import empty
from .. import functional as F  # noqa: N812
from .. import init
from ..parameter import Parameter, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module


class Identity(Module):
    """Give the input as it is. All arguments are taken, and have no effect."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """Give the input."""
        return input


class Linear(Module):
    """Compute `input @ weight.T + bias`.

    Args:
        in_features: the last size of inputs.
        out_features: the last size of results.
        bias: whether there is one.
        device: where the parameters are.
        dtype: of the parameters.

    Shape:
        (..., in_features) -> (..., out_features)

    Attributes:
        weight: (out_features, in_features), equally likely numbers up to 1 / sqrt(in_features).
        bias: (out_features), the same.
    """

    in_features: int
    out_features: int
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty((out_features, in_features), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """Compute the layer."""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Give the sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class NonDynamicallyQuantizableLinear(Linear):
    """A linear layer under the name that it has inside of attention."""


class Bilinear(Module):
    """Compute `input1 @ weight[k] @ input2 + bias[k]` for each k.

    Args:
        in1_features: the last size of first inputs.
        in2_features: the last size of second inputs.
        out_features: the last size of results.
        bias: whether there is one.
        device: where the parameters are.
        dtype: of the parameters.

    Shape:
        (..., in1_features), (..., in2_features) -> (..., out_features)

    Attributes:
        weight: (out_features, in1_features, in2_features), equally likely numbers up to
            1 / sqrt(in1_features).
        bias: (out_features), the same.

    Raises:
        ValueError: in1_features is not positive.
    """

    in1_features: int
    in2_features: int
    out_features: int
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        if in1_features <= 0:
            raise ShapeError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        sizes = (out_features, in1_features, in2_features)
        self.weight = Parameter(empty(sizes, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        bound = 1 / math.sqrt(self.weight.shape[1])
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Compute the layer."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Give the sizes."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` whose in_features is the last size of the first input.

    Args:
        out_features: the last size of results.
        bias: whether there is one.
        device: where the parameters are.
        dtype: of the parameters.
    """

    cls_to_become = Linear

    def __init__(
        self,
        out_features: int,
        bias: bool = True,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new parameters, once there are any."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Make the parameters for an input.

        Raises:
            AssertionError: a weight was loaded that the input does not fit.
        """
        if isinstance(self.weight, UninitializedParameter):
            self.in_features = input._shape[-1]
            self.weight.materialize((self.out_features, self.in_features))
            if isinstance(self.bias, UninitializedParameter):
                self.bias.materialize((self.out_features,))
            self.reset_parameters()
        elif self.in_features == 0:
            if input._shape[-1] != self.weight._shape[-1]:
                raise AssertionError(
                    f"The in_features inferred from input: {input._shape[-1]} is not equal to "
                    f"in_features from self.weight: {self.weight._shape[-1]}"
                )
            self.in_features = input._shape[-1]
