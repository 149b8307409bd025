"""Modules: what belongs to them, their conversions and texts."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")


from .module_checks import Steps, assert_same  # noqa: E402
from .module_samples import make  # noqa: E402

WALKS: dict[str, Steps] = {
    "parameters": lambda m, _: list(m.parameters()),
    "parameters of the module itself": lambda m, _: list(m.parameters(recurse=False)),
    "named parameters": lambda m, _: list(m.named_parameters()),
    "with prefix": lambda m, _: list(m.named_parameters(prefix="net")),
    "named, shared twice": lambda m, _: list(m.named_parameters(remove_duplicate=False)),
    "own named": lambda m, _: list(m.named_parameters("p", False)),
    "buffers": lambda m, _: list(m.buffers()),
    "named buffers": lambda m, _: list(m.named_buffers()),
    "named buffers, shared twice": lambda m, _: list(m.named_buffers(remove_duplicate=False)),
    "children": lambda m, _: list(m.children()),
    "named children": lambda m, _: list(m.named_children()),
    "modules": lambda m, _: list(m.modules()),
    "modules, shared twice": lambda m, _: list(m.modules(remove_duplicate=False)),
    "named modules": lambda m, _: list(m.named_modules()),
    "named modules with memo": lambda m, _: list(m.named_modules({m.first}, "net")),
    "named modules, shared twice": lambda m, _: list(m.named_modules(remove_duplicate=False)),
    "repr": lambda m, _: repr(m),
    "dir": lambda m, _: [name for name in dir(m) if name in ("first", "steps", "scale", "empty")],
    "dir of a row": lambda m, _: [name for name in dir(m.inner) if name[0].isdigit()],
    "state dict": lambda m, _: m.state_dict(),
    "state dict with prefix": lambda m, _: m.state_dict(prefix="a."),
    "state dict of variables": lambda m, _: m.state_dict(keep_vars=True),
    "state dict, old way": lambda m, _: m.state_dict(OrderedDict(), "a.", True),
    "metadata": lambda m, _: m.state_dict()._metadata,
    "metadata with prefix": lambda m, _: m.state_dict(prefix="x.")._metadata,
    "type of state dict": lambda m, _: [type(m.state_dict()), type(m.state_dict()._metadata)],
    "submodule": lambda m, _: m.get_submodule("inner.1"),
    "itself": lambda m, _: m.get_submodule("") is m,
    "parameter": lambda m, _: m.get_parameter("inner.1.weight"),
    "buffer": lambda m, _: m.get_buffer("inner.1.count"),
    "attributes": lambda m, _: [m.empty, m.nothing, m.first.unused, m.training, m.steps],
    "train": lambda m, _: [each.training for each in m.train(False).modules()],
    "eval": lambda m, _: [each.training for each in m.eval().train().modules()],
    "frozen": lambda m, _: list(m.requires_grad_(False).parameters()),
    "to float64": lambda m, t: m.to(t.float64).state_dict(),
    "to device": lambda m, _: m.to("cpu").state_dict(),
    "to device and dtype": lambda m, t: m.to("cpu", t.float16).state_dict(),
    "to by keywords": lambda m, t: m.to(device="cpu", dtype=t.float64).state_dict(),
    "to dtype, not blocking": lambda m, t: m.to(t.float64, True).state_dict(),
    "to a memory format": lambda m, t: m.to(memory_format=t.channels_last).state_dict(),
    "to nonsense": lambda m, t: m.to(t.float64, "fast"),
    "to a device that is absent": lambda m, t: m.to("cuda").state_dict(),
    "to like a tensor": lambda m, t: m.to(t.ones(1, dtype=t.float64)).state_dict(),
    "double": lambda m, _: m.double().state_dict(),
    "half": lambda m, _: m.half().state_dict(),
    "float": lambda m, _: m.double().float().state_dict(),
    "cpu": lambda m, _: m.cpu().state_dict(),
    "type": lambda m, t: m.type(t.float64).state_dict(),
    "type by name": lambda m, _: m.type("torch.DoubleTensor").state_dict(),
    "to empty": lambda m, _: [tuple(p.shape) for p in m.to_empty(device="cpu").parameters()],
    "apply": lambda m, _: _applied(m),
    "compile": lambda m, _: m.compile(mode="default"),
    "share memory": lambda m, _: m.share_memory() is m,
    "callable": lambda m, t: m(t.ones(3, 2)),
    "by keyword": lambda m, t: m(x=t.ones(2)),
    "dump_patches": lambda m, _: [m.dump_patches, m.call_super_init, m._version],
}


def _applied(module: Any) -> list[str]:
    seen: list[str] = []
    assert module.apply(lambda each: seen.append(type(each).__name__)) is module
    return seen


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_walks_and_conversions(walk: Steps) -> None:
    assert_same(lambda nn, torch: walk(make(nn, torch), torch))


def test_conversion_keeps_the_parameters_that_optimizers_hold() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        net = make(nn, torch)
        parameters = list(net.parameters())
        sum([p.double().sum() for p in parameters]).backward()
        gradients = [p.grad for p in parameters]
        net.double()
        same = [a is b for a, b in zip(parameters, net.parameters(), strict=True)]
        kept = [a is b.grad for a, b in zip(gradients, parameters, strict=True)]
        return same, kept, [p.grad for p in parameters], [p.is_leaf for p in parameters]

    assert_same(steps)


def test_images_are_laid_out_anew_and_vectors_are_not() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        module = nn.Module()
        module.image = nn.Parameter(torch.ones(2, 3, 4, 5))
        module.vector = nn.Parameter(torch.ones(2))
        module.to(memory_format=torch.channels_last)
        return module.image.stride(), module.vector.stride()

    assert_same(steps)


def test_gradients_collect_after_a_conversion() -> None:
    net = make(our_nn, ours)
    net(ours.ones(2)).sum().backward()
    before = net.first.weight.grad.numpy().copy()
    net.double()
    net(ours.ones(2, dtype=ours.float64)).sum().backward()
    np.testing.assert_allclose(net.first.weight.grad.numpy(), 2 * before)
    assert net.first.weight.grad.dtype is ours.float64


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(set_to_none: bool) -> None:
    def steps(nn: Any, torch: Any) -> Any:
        net = make(nn, torch)
        net(torch.ones(2)).sum().backward()
        net.zero_grad(set_to_none)
        return [p.grad for p in net.parameters()]

    assert_same(steps)


# ---- parameters and buffers

PARAMETERS: dict[str, Steps] = {
    "repr": lambda nn, t: repr(nn.Parameter(t.ones(2))),
    "empty": lambda nn, t: nn.Parameter(),
    "empty buffer": lambda nn, t: nn.Buffer(),
    "frozen": lambda nn, t: repr(nn.Parameter(t.ones(2, dtype=t.int64), False)),
    "of a parameter": lambda nn, t: nn.Parameter(nn.Parameter(t.ones(2))),
    "of a result": lambda nn, t: nn.Parameter(nn.Parameter(t.ones(2)) * 2).is_leaf,
    "results are tensors": lambda nn, t: [
        type(each)
        for p in [nn.Parameter(t.ones(2))]
        for each in (p + 1, p.detach(), p.data, p.clone(), p[0], p.t())
    ],
    "shares memory": lambda nn, t: [
        (x.zero_(), p.tolist()) for x in [t.ones(2)] for p in [nn.Parameter(x)]
    ],
    "a buffer is a tensor": lambda nn, t: [
        type(b) is t.Tensor and isinstance(b, nn.Buffer) and b.persistent
        for b in [nn.Buffer(t.ones(1))]
    ],
    "instances": lambda nn, t: [
        isinstance(nn.Parameter(t.ones(1)), nn.Parameter),
        isinstance(t.ones(1), nn.Parameter),
        isinstance(t.ones(1), nn.Buffer),
        isinstance(3, nn.Parameter),
    ],
    "deep copy": lambda nn, t: copy.deepcopy(nn.Parameter(t.ones(2), requires_grad=False)),
    "gradient": lambda nn, t: [
        ((p * p).sum().backward(), p.grad) for p in [nn.Parameter(t.full((2,), 3.0))]
    ],
}


@pytest.mark.parametrize("steps", PARAMETERS.values(), ids=PARAMETERS)
def test_parameters(steps: Steps) -> None:
    assert_same(steps)


def test_a_tensor_of_a_users_class_becomes_a_parameter_of_that_class() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        class Marked(torch.Tensor):  # type: ignore[misc,name-defined]
            pass

        parameter = nn.Parameter(torch.ones(2).as_subclass(Marked))
        module = nn.Module()
        module.weight = parameter
        return type(parameter), isinstance(parameter, nn.Parameter), list(module._parameters)

    assert_same(steps)


def test_data_that_is_no_tensor_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a Tensor, got list"):
        our_nn.Parameter([1.0])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a Tensor, got int"):
        our_nn.Buffer(3)
