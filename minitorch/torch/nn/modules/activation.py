"""Activations as layers: `torch.nn.modules.activation`.

Each computes the function of `torch.nn.functional` that is named after it.
"""

from __future__ import annotations

import warnings

from ....errors import ChoiceError, ShapeError
from ..._device import device as Device  # noqa: N812  (the argument has PyTorch's name)
from ..._dtype import dtype as DType  # noqa: N812
from ..._tensor import Tensor
from ...functions.creation.filled import empty
from .. import functional as F  # noqa: N812
from .. import init
from ..parameter import Parameter
from ._attention import MultiheadAttention as MultiheadAttention
from .module import Module


class _InPlace(Module):
    """A layer that may put its result into its input.

    Args:
        inplace: whether it does.
    """

    inplace: bool

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def _also(self) -> str:
        """Give the end of a text that tells other things before."""
        return ", inplace=True" if self.inplace else ""

    def extra_repr(self) -> str:
        """Tell whether it changes its input."""
        return "inplace=True" if self.inplace else ""


class ReLU(_InPlace):
    """Compute max(x, 0)."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.relu(input, self.inplace)


class Sigmoid(Module):
    """Compute 1 / (1 + e^-x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.sigmoid(input)


class Tanh(Module):
    """Compute the hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.tanh(input)


class SiLU(_InPlace):
    """Compute x * sigmoid(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """Compute x * tanh(softplus(x))."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.mish(input, self.inplace)


class SELU(_InPlace):
    """Compute elu, scaled so that layers keep mean 0 and variance 1."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.selu(input, self.inplace)


class Hardsigmoid(_InPlace):
    """Compute min(max(x / 6 + 1 / 2, 0), 1)."""

    def extra_repr(self) -> str:
        """Tell nothing, as in PyTorch."""
        return ""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.hardsigmoid(input, self.inplace)


class Hardswish(_InPlace):
    """Compute x * hardsigmoid(x)."""

    def extra_repr(self) -> str:
        """Tell nothing, as in PyTorch."""
        return ""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.hardswish(input, self.inplace)


class LogSigmoid(Module):
    """Compute log(sigmoid(x))."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.logsigmoid(input)


class Softsign(Module):
    """Compute x / (1 + |x|)."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.softsign(input)


class Tanhshrink(Module):
    """Compute x - tanh(x)."""

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.tanhshrink(input)


class Threshold(_InPlace):
    """Compute x where it is above a threshold, and a value elsewhere.

    Args:
        threshold: what elements are compared with.
        value: what others become.
        inplace: put the result into the input.
    """

    threshold: float
    value: float

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"threshold={self.threshold}, value={self.value}{self._also()}"


class RReLU(_InPlace):
    """Compute x where it is positive, and elsewhere its product with a random slope.

    When it is not training, the slope is the mean of both limits.

    Args:
        lower: the least slope.
        upper: the largest one.
        inplace: put the result into the input.
    """

    lower: float
    upper: float

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"lower={self.lower}, upper={self.upper}{self._also()}"


class ELU(_InPlace):
    """Compute x where it is positive, and alpha * (e^x - 1) elsewhere.

    Args:
        alpha: minus the least result.
        inplace: put the result into the input.
    """

    alpha: float

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"alpha={self.alpha}{self._also()}"


class CELU(_InPlace):
    """Compute x where it is positive, and alpha * (e^(x / alpha) - 1) elsewhere.

    Args:
        alpha: minus the least result.
        inplace: put the result into the input.
    """

    alpha: float

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"alpha={self.alpha}{self._also()}"


class LeakyReLU(_InPlace):
    """Compute x where it is positive, and negative_slope * x elsewhere.

    Args:
        negative_slope: of the other side.
        inplace: put the result into the input.
    """

    negative_slope: float

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"negative_slope={self.negative_slope}{self._also()}"


class Hardshrink(Module):
    """Compute x where it is farther than lambd from 0, and 0 elsewhere.

    Args:
        lambd: that distance.
    """

    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"{self.lambd}"


class Softshrink(Module):
    """Move x by lambd towards 0, and no farther.

    Args:
        lambd: that distance.
    """

    lambd: float

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"{self.lambd}"


class Softplus(Module):
    """Compute log(1 + e^(beta * x)) / beta.

    Args:
        beta: how sharp the bend at 0 is.
        threshold: where beta * x is above it, the result is x.
    """

    beta: float
    threshold: float

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"beta={self.beta}, threshold={self.threshold}"


class GELU(Module):
    """Compute x * (the share of a normal distribution that lies below x).

    Args:
        approximate: "none", or "tanh" for the approximation through tanh.
    """

    approximate: str

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"approximate={self.approximate!r}"


class GLU(Module):
    """Multiply one half of the input with the sigmoid of the other half.

    Args:
        dim: the dimension that is halved.
    """

    dim: int

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"dim={self.dim}"


class Softmax(Module):
    """Compute e^x / sum of e^x along a dimension.

    Args:
        dim: that dimension; without one, old rules choose it, with a warning.
    """

    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"dim={self.dim}"


class Softmin(Module):
    """Compute the softmax of -x along a dimension.

    Args:
        dim: that dimension; without one, old rules choose it, with a warning.
    """

    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Compute the logarithm of softmax along a dimension.

    Args:
        dim: that dimension; without one, old rules choose it, with a warning.
    """

    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Compute softmax over the channels of each place of an image.

    Shape:
        (N, C, H, W) or (C, H, W)

    Raises:
        ShapeError: the input has another number of dimensions.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Compute it."""
        if input.dim() not in (3, 4):
            raise ShapeError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead: shape "
                f"{list(input.shape)}."
            )
        return F.softmax(input, -3)


class Hardtanh(_InPlace):
    """Compute min(max(x, min_val), max_val).

    Args:
        min_val: the least result.
        max_val: the largest one.
        inplace: put the result into the input.
        min_value: an old name of min_val.
        max_value: an old name of max_val.

    Raises:
        AssertionError: max_val is not above min_val.
    """

    min_val: float
    max_val: float

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        self.min_val = _renamed("min_val", min_val, "min_value", min_value)
        self.max_val = _renamed("max_val", max_val, "max_value", max_value)
        if self.max_val <= self.min_val:
            raise ChoiceError(
                f"Hardtanh: max_val ({self.max_val}) must be greater than min_val ({self.min_val})."
            )

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """Give the arguments."""
        return f"min_val={self.min_val}, max_val={self.max_val}{self._also()}"


def _renamed(name: str, value: float, old_name: str, old: float | None) -> float:
    if old is None:
        return value
    warnings.warn(
        f"keyword argument `{old_name}` is deprecated and rename to `{name}`",
        FutureWarning,
        stacklevel=3,
    )
    return old


class ReLU6(Hardtanh):
    """Compute min(max(x, 0), 6).

    Args:
        inplace: put the result into the input.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        """Tell whether it changes its input."""
        return "inplace=True" if self.inplace else ""


class PReLU(Module):
    """Compute x where it is positive, and weight * x elsewhere.

    Args:
        num_parameters: 1, or as many as there are channels.
        init: the first value of the weights.
        device: where they are.
        dtype: of the weights.

    Shape:
        (N, C, ...), or any with one weight
    """

    num_parameters: int
    init: float
    weight: Parameter

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Give the weights their first value."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Compute it for each element."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Give the number of weights."""
        return f"num_parameters={self.num_parameters}"
