"""Optimizers, which change parameters so that a loss falls."""

from collections.abc import Sequence

from .module import Parameter
from .scalar import Scalar


class Optimizer:
    """Something that updates parameters; it keeps the sequence as given."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        self.parameters = parameters


class SGD(Optimizer):
    """Stochastic gradient descent for parameters that hold Scalars or Tensors.

    Args:
        parameters: the parameters, a list, since every step walks over it.
        lr: the learning rate.
    """

    def __init__(self, parameters: Sequence[Parameter], lr: float = 1.0) -> None:
        super().__init__(parameters)
        self.lr = lr

    def zero_grad(self) -> None:
        """Forget the derivatives of all parameters."""
        for parameter in self.parameters:
            value = parameter.value
            if isinstance(value, Scalar):
                value.derivative = None
            elif getattr(value, "grad", None) is not None:
                value.grad = None

    def step(self) -> None:
        """Move each parameter against its derivative; one without a derivative stays."""
        for parameter in self.parameters:
            value = parameter.value
            if isinstance(value, Scalar):
                if value.derivative is not None:
                    parameter.update(Scalar(value.data - self.lr * value.derivative))
            elif getattr(value, "grad", None) is not None:
                parameter.update(value - self.lr * value.grad)
