"""A module that the tests look at, made with either library."""

from __future__ import annotations

from typing import Any


def make(nn: Any, torch: Any) -> Any:
    """Make a module with parameters, buffers, and modules two deep, one of them shared."""

    class Scale(nn.Module):
        def __init__(self, size: int, factor: float = 2.0) -> None:
            super().__init__()
            self.size = size
            self.weight = nn.Parameter(torch.full((size,), factor))
            self.bias = nn.Parameter(torch.arange(size, dtype=torch.float32))
            self.register_parameter("unused", None)
            self.register_buffer("mean", torch.ones(size))
            self.register_buffer("count", torch.tensor([3]), persistent=False)

        def forward(self, x: Any) -> Any:
            return x * self.weight + self.bias

        def extra_repr(self) -> str:
            return f"size={self.size}"

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = Scale(2)
            self.inner = nn.Sequential(Scale(2, 3.0), Scale(2, 4.0))
            self.again = self.first
            self.nothing = None
            self.scale = nn.Parameter(torch.ones(1, dtype=torch.float64))
            self.register_buffer("steps", torch.tensor(5))
            self.add_module("empty", None)

        def forward(self, x: Any) -> Any:
            return self.inner(self.first(x))

    return Net()


def assert_mirrored(module: Any) -> None:
    for each in module.modules():
        for kind in ("_parameters", "_buffers", "_modules"):
            for name, value in getattr(each, kind).items():
                assert getattr(each, name) is value, name
