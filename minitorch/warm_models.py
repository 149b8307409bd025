"""Training steps of small models, which compile what minitorch.torch calls beside the kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import torch
from .torch import nn
from .torch.nn import functional


def _steps(model: nn.Module, loss_of: Callable[[], Any], *optimizers: Any) -> None:
    """Take a step with each optimizer, and look at the model without a graph."""
    for make in optimizers:
        optimizer = make(model.parameters())
        optimizer.zero_grad()
        loss_of().backward()
        optimizer.step()
    with torch.no_grad():
        loss_of()


def _sgd(parameters: Any) -> torch.optim.SGD:
    return torch.optim.SGD(parameters, lr=0.01)


def _momentum(parameters: Any) -> torch.optim.SGD:
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def perceptrons() -> None:
    """Train dense networks for numbers, for yes and no, and for classes."""
    for activation in (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.LeakyReLU):
        _perceptron(activation)


def _perceptron(activation: Callable[[], nn.Module]) -> None:
    x, numbers = torch.randn(50, 4), torch.randn(50, 1)
    chances, classes = (numbers > 0).float(), (numbers[:, 0] > 0).long()
    hidden = nn.Sequential(nn.Linear(4, 10), activation(), nn.Linear(10, 100), activation())
    one = nn.Sequential(hidden, nn.Dropout(0.5), nn.Linear(100, 1))
    two = nn.Sequential(hidden, nn.Linear(100, 2))
    makers = (_sgd, _momentum, torch.optim.Adam, torch.optim.AdamW)
    _steps(one, lambda: functional.mse_loss(one(x), numbers), *makers)
    _steps(one, lambda: functional.binary_cross_entropy(one(x).sigmoid(), chances), _sgd)
    _steps(one, lambda: functional.binary_cross_entropy_with_logits(one(x), chances), _sgd)
    _steps(two, lambda: functional.cross_entropy(two(x), classes), _sgd)
    _steps(two, lambda: functional.nll_loss(two(x).log_softmax(1), classes), _sgd)


def tensors() -> None:
    """Compute with tensors by hand, with and without gradients."""
    for shape in ((), (10,), (5, 2), (2, 3, 4)):
        x, y = torch.rand(shape, requires_grad=True), torch.rand(shape) + 1.0
        total = (x + y) * 2.0 - x / y + (1.0 - x) ** 2
        total = total.exp().log() + x.sqrt() + x.sin() * x.cos() + x.abs() + x.clamp(0.1, 0.9)
        (total.mean() + total.sum() + total.max()).backward()
        with torch.no_grad():
            x -= 0.1 * y
            x.mul_(0.5).add_(y)
    weight, batch = torch.rand(4, 3, requires_grad=True), torch.rand(5, 4)
    ((batch @ weight + torch.rand(3)) * (batch > 0.5).float()[:, :3]).sum().backward()


def images() -> None:
    """Train a small convolutional network."""
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5),
        nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(400, 10),
    )  # fmt: skip
    x, classes = torch.randn(8, 1, 28, 28), torch.arange(8)
    _steps(model, lambda: functional.cross_entropy(model(x), classes), _momentum, torch.optim.Adam)


def sequences() -> None:
    """Train a recurrent network and a transformer's layer."""
    embedding, lstm, head = nn.Embedding(20, 16), nn.LSTM(16, 16), nn.Linear(16, 20)
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    words, targets = torch.arange(20).view(4, 5), torch.arange(20)
    model = nn.ModuleList([embedding, lstm, layer, head])

    def loss_of() -> Any:
        output, _ = lstm(embedding(words))
        return functional.cross_entropy(head(layer(output)).view(20, 20), targets)

    _steps(model, loss_of, _sgd, torch.optim.Adam)
