"""Softmax, losses, normalisation and bias with activation, in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case

from minitorch.kernels.cpu.elementwise import activation
from minitorch.kernels.cpu.losses import loss, softmax
from minitorch.kernels.cpu.norms import norm

GOAL = 1.5


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """List what is measured: torch is None without PyTorch, quick asks for small sizes."""
    yield from _softmax(torch, quick)
    yield from _losses(torch, quick)
    yield from _rows(torch, quick)
    yield from _channels(torch, quick)
    yield from _activations(torch, quick)


def _numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _tensors(torch: ModuleType | None, arrays: Sequence[Any]) -> list[Any]:
    return [torch.from_numpy(array) if torch else None for array in arrays]


def _peer(torch: ModuleType | None, call: Callable[[Any], Any]) -> Callable[[], Any] | None:
    """Give a call of PyTorch without what its autograd would record."""
    if torch is None:
        return None

    def run() -> Any:
        with torch.no_grad():
            return call(torch)

    return run


def _softmax(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    shapes: list[tuple[tuple[int, ...], int]] = [((64, 10), 1), ((10, 64), 0)]
    if not quick:
        shapes = [
            *[((64, 10), 1), ((10_000, 10), 1), ((10_000, 100), 1), ((1000, 1000), 1)],
            *[((1024, 1024), 0), ((64, 32, 28, 28), 1), ((8, 12, 256, 256), -1)],
        ]
    for shape, dim in shapes:
        a, grad = _numbers(*shape), _numbers(*shape, seed=1)
        x, g = _tensors(torch, (a, grad))
        for name in ("softmax", "log_softmax"):
            forward, backward = getattr(softmax, name), getattr(softmax, f"{name}_backward")
            out = forward(a, dim)
            (y,) = _tensors(torch, (out,))
            title = f"{name} {shape} over {dim}"
            yield Case(
                title,
                lambda f=forward, a=a, dim=dim: f(a, dim),
                _peer(torch, lambda t, n=name, x=x, d=dim: getattr(t, n)(x, d)),
                goal=GOAL,
                bytes=2 * a.nbytes,
            )
            yield Case(
                f"{title}, backward",
                lambda b=backward, g=grad, o=out, dim=dim: b(g, o, dim),
                _peer(
                    torch,
                    lambda t, n=name, g=g, y=y, d=dim: getattr(t, f"_{n}_backward_data")(
                        g, y, d, t.float32
                    ),
                ),
                bytes=3 * a.nbytes,
            )


def _losses(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    shapes = [(64, 10)]
    if not quick:
        shapes += [(10_000, 10), (1000, 1000), (256, 30_000), (16, 21, 64, 64)]  # type: ignore[list-item]
    for shape in shapes:
        a = _numbers(*shape)
        target = np.random.default_rng(1).integers(0, shape[1], (shape[0], *shape[2:]))
        x, t = _tensors(torch, (a, target))

        def both(module: Any, x: Any = x, t: Any = t) -> Any:
            with module.enable_grad():
                leaf = x.detach().requires_grad_()
                value = module.nn.functional.cross_entropy(leaf, t)
                return value, module.autograd.grad(value, leaf)[0]

        yield Case(
            f"cross_entropy {shape}",
            lambda a=a, t=target: loss.cross_entropy(a, t),
            _peer(torch, lambda m, x=x, t=t: m.nn.functional.cross_entropy(x, t)),
            goal=GOAL,
            bytes=a.nbytes,
        )
        yield Case(
            f"cross_entropy {shape}, with gradient",
            lambda a=a, t=target: loss.cross_entropy_with_grad(a, t),
            _peer(torch, both),
            goal=GOAL,
            bytes=2 * a.nbytes,
        )
        yield Case(
            f"nll_loss {shape}",
            lambda a=a, t=target: loss.nll_loss(a, t),
            _peer(torch, lambda m, x=x, t=t: m.nn.functional.nll_loss(x, t)),
        )


def _rows(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    shapes = [(64, 256)] if quick else [(64, 256), (1024, 1024), (4096, 768), (10_000, 64)]
    for shape in shapes:
        n = shape[1:]
        a, grad, weight, bias = _numbers(*shape), _numbers(*shape), _numbers(*n), _numbers(*n)
        x, g, w, b = _tensors(torch, (a, grad, weight, bias))
        _, mean, rstd = norm.layer_norm(a, n, weight, bias)
        m, r = _tensors(torch, (mean, rstd))
        yield Case(
            f"layer_norm {shape}",
            lambda a=a, n=n, w=weight, b=bias: norm.layer_norm(a, n, w, b),
            _peer(torch, lambda t, x=x, n=n, w=w, b=b: t.native_layer_norm(x, n, w, b, 1e-5)),
            goal=GOAL,
            bytes=2 * a.nbytes,
        )
        yield Case(
            f"layer_norm {shape}, backward",
            lambda g=grad, a=a, n=n, m=mean, r=rstd, w=weight: norm.layer_norm_backward(
                g, a, n, m, r, w
            ),
            _peer(
                torch,
                lambda t, g=g, x=x, n=n, m=m, r=r, w=w, b=b: t.ops.aten.native_layer_norm_backward(
                    g, x, n, m, r, w, b, [True] * 3
                ),
            ),
            goal=GOAL,
            bytes=3 * a.nbytes,
        )
        yield Case(
            f"rms_norm {shape}",
            lambda a=a, n=n, w=weight: norm.rms_norm(a, n, w),
            _peer(torch, lambda t, x=x, n=n, w=w: t.nn.functional.rms_norm(x, n, w)),
            bytes=2 * a.nbytes,
        )


def _channels(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    shapes: list[tuple[int, ...]] = [(64, 32)]
    if not quick:
        shapes += [(4096, 256), (64, 32, 28, 28), (32, 64, 56, 56), (128, 256, 7, 7)]
    for shape in shapes:
        channels = shape[1:2]
        a, grad, weight, bias = (
            *[_numbers(*shape), _numbers(*shape, seed=1)],
            *[_numbers(*channels), _numbers(*channels)],
        )
        running = np.zeros(channels, np.float32), np.ones(channels, np.float32)
        x, g, w, b, *stats = _tensors(torch, (a, grad, weight, bias, *running))
        yield from _batch_norm(torch, (a, grad, weight, bias, *running), (x, g, w, b, *stats))
        size = int(np.prod(shape[2:]))
        _, mean, rstd = norm.group_norm(a, 8, weight, bias)
        m, r = _tensors(torch, (mean, rstd))
        sizes = (shape[0], shape[1], size, 8)
        yield Case(
            f"group_norm {shape} in 8",
            lambda a=a, w=weight, b=bias: norm.group_norm(a, 8, w, b),
            _peer(torch, lambda t, x=x, w=w, b=b, s=sizes: t.native_group_norm(x, w, b, *s, 1e-5)),
            bytes=2 * a.nbytes,
        )
        yield Case(
            f"group_norm {shape} in 8, backward",
            lambda g=grad, a=a, m=mean, r=rstd, w=weight: norm.group_norm_backward(
                g, a, 8, m, r, w
            ),
            _peer(
                torch,
                lambda t, g=g, x=x, m=m, r=r, w=w, s=sizes: t.ops.aten.native_group_norm_backward(
                    g, x, m, r, w, *s, [True] * 3
                ),
            ),
            bytes=3 * a.nbytes,
        )


def _batch_norm(
    torch: ModuleType | None, arrays: Sequence[Any], tensors: Sequence[Any]
) -> Iterator[Case]:
    a, grad, weight, bias, running_mean, running_var = arrays
    x, g, w, b, *stats = tensors
    for training in (True, False):
        title = f"batch_norm {a.shape}{' in training' if training else ''}"
        _, mean, rstd = norm.batch_norm(
            a, weight, bias, running_mean.copy(), running_var.copy(), training
        )
        m, r = _tensors(torch, (mean, rstd))
        yield Case(
            title,
            lambda k=training: norm.batch_norm(a, weight, bias, running_mean, running_var, k),
            _peer(torch, lambda t, k=training: t.native_batch_norm(x, w, b, *stats, k, 0.1, 1e-5)),
            bytes=2 * a.nbytes,
        )
        yield Case(
            f"{title}, backward",
            lambda k=training, m=mean, r=rstd: norm.batch_norm_backward(grad, a, weight, m, r, k),
            _peer(
                torch,
                lambda t, k=training, m=m, r=r: t.ops.aten.native_batch_norm_backward(
                    g, x, w, *stats, m, r, k, 1e-5, [True] * 3
                ),
            ),
            bytes=3 * a.nbytes,
        )


def _activations(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    shapes = [((64, 100), -1)] if quick else [((1024, 1024), -1), ((32, 64, 28, 28), 1)]
    peers: dict[str, Callable[[Any, Any], Any]] = {
        "relu": lambda t, x: t.relu(x),
        "sigmoid": lambda t, x: t.sigmoid(x),
        "tanh": lambda t, x: t.tanh(x),
        "gelu": lambda t, x: t.nn.functional.gelu(x),
        "gelu_tanh": lambda t, x: t.nn.functional.gelu(x, approximate="tanh"),
        "silu": lambda t, x: t.nn.functional.silu(x),
    }
    for (shape, dim), (name, peer) in ((s, p) for s in shapes for p in peers.items()):
        a, bias = _numbers(*shape), _numbers(shape[dim])
        column = bias if dim == -1 else bias.reshape(-1, 1, 1)
        x, b = _tensors(torch, (a, column))
        yield Case(
            f"bias and {name} {shape} over {dim}",
            lambda a=a, b=bias, n=name, d=dim: activation.bias_activation(a, b, n, d),
            _peer(torch, lambda t, p=peer, x=x, b=b: p(t, x + b)),
            floor=0.7 if name == "gelu" else 1.0,
            bytes=2 * a.nbytes,
        )
