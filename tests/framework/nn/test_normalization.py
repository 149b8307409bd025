"""Normalization layers and functions against PyTorch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

BOTH = (ours, theirs)
TOLERANCE = {"float64": 1e-10, "float32": 2e-5, "float16": 4e-3}
# How a layer is made, and shapes that it takes.
LAYERS: list[tuple[str, list[tuple[int, ...]]]] = [
    ("BatchNorm1d(3)", [(4, 3), (4, 3, 5), (0, 3, 5), (2, 3, 700)]),
    ("BatchNorm1d(3, eps=0.1, momentum=0.3)", [(4, 3), (2, 3, 5)]),
    ("BatchNorm1d(3, momentum=None)", [(4, 3)]),
    ("BatchNorm1d(3, momentum=1)", [(4, 3)]),
    ("BatchNorm1d(3, affine=False)", [(4, 3, 2)]),
    ("BatchNorm1d(3, bias=False)", [(4, 3, 2)]),
    ("BatchNorm1d(3, track_running_stats=False)", [(4, 3)]),
    ("BatchNorm1d(1)", [(4, 1)]),
    ("BatchNorm2d(3)", [(2, 3, 4, 5), (32, 3, 24, 32), (1, 3, 2, 2), (2, 3, 0, 2)]),
    ("BatchNorm3d(2)", [(2, 2, 3, 2, 3)]),
    ("InstanceNorm1d(3)", [(4, 3, 5), (3, 5), (0, 3, 5)]),
    ("InstanceNorm1d(3, affine=True)", [(4, 3, 5), (3, 5)]),
    ("InstanceNorm1d(3, affine=True, bias=False)", [(4, 3, 5)]),
    ("InstanceNorm1d(3, track_running_stats=True, momentum=0.4)", [(4, 3, 5), (3, 5)]),
    ("InstanceNorm2d(3, affine=True, track_running_stats=True)", [(2, 3, 4, 5), (3, 4, 5)]),
    ("InstanceNorm3d(2, eps=0.2)", [(2, 2, 3, 2, 3), (2, 3, 2, 3)]),
    ("LayerNorm(4)", [(4,), (3, 4), (2, 3, 4), (0, 4), (300, 300, 4)]),
    ("RMSNorm((3, 4))", [(3, 4)]),
    ("LayerNorm((3, 4), eps=0.1)", [(3, 4), (2, 3, 4), (2, 2, 3, 4)]),
    ("LayerNorm([1, 4])", [(2, 1, 4)]),
    ("LayerNorm(4, elementwise_affine=False)", [(3, 4)]),
    ("LayerNorm(4, bias=False)", [(3, 4)]),
    ("GroupNorm(2, 4, eps=0.01)", [(3, 4), (3, 4, 5), (2, 4, 3, 2), (0, 4), (8, 4, 50, 50)]),
    ("GroupNorm(4, 4, eps=0.1)", [(3, 4, 5)]),
    ("GroupNorm(1, 4, affine=False)", [(3, 4, 5)]),
    ("GroupNorm(1, 4, bias=False)", [(3, 4, 5)]),
    ("RMSNorm(4)", [(4,), (3, 4), (2, 3, 4), (0, 4)]),
    ("RMSNorm((3, 4), eps=0.1)", [(2, 3, 4)]),
    ("RMSNorm(4, elementwise_affine=False)", [(3, 4)]),
    ("LocalResponseNorm(2)", [(2, 5, 3), (2, 5, 3, 2), (2, 1, 3), (2, 0, 3)]),
    ("LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0)", [(2, 5, 3), (2, 5, 3, 2, 2)]),
    ("LocalResponseNorm(9, alpha=0.5)", [(2, 4, 3)]),
]
CASES = [(layer, shape) for layer, shapes in LAYERS for shape in shapes]
SMALL = [case for case in CASES if 0 < np.prod(case[1]) < 200]
LAYOUTS = ("dense", "turned", "stepped")


def drawn(shape: tuple[int, ...], dtype: str, seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(1.0, 2.0, shape).astype(dtype)


def made(library: Any, layer: str, dtype: str) -> Any:
    """Make a layer whose parameters and statistics are the same random numbers in both."""
    module = eval(f"nn.{layer}", {"nn": library.nn})
    module = module.to(getattr(library, dtype))
    state = {
        name: library.tensor(
            np.abs(drawn(tuple(value.shape), dtype, seed)) + 0.1
            if value.is_floating_point()
            else value.numpy()
        )
        for seed, (name, value) in enumerate(module.state_dict().items())
    }
    module.load_state_dict(state)
    return module


def leaf(library: Any, shape: tuple[int, ...], dtype: str, layout: str, seed: int = 20) -> Any:
    """Make an input, as a leaf and the view of it that a layout stands for."""
    array = drawn(shape, dtype, seed)
    if layout == "turned":
        base = library.tensor(np.ascontiguousarray(np.moveaxis(array, 0, -1)), requires_grad=True)
        return base, base.permute(len(shape) - 1, *range(len(shape) - 1))
    if layout == "stepped":
        wide = np.zeros((*shape[:-1], 2 * shape[-1]), dtype)
        wide[..., ::2] = array
        base = library.tensor(wide, requires_grad=True)
        return base, base[..., ::2]
    base = library.tensor(array, requires_grad=True)
    return base, base


def seen(library: Any, layer: str, shape: tuple[int, ...], dtype: str, layout: str) -> list[Any]:
    """Give all that two steps of training and one of evaluation lead to."""
    module = made(library, layer, dtype)
    base, x = leaf(library, shape, dtype, layout)
    facts: list[Any] = []
    for step in range(3):
        module.train(step < 2)
        result = module(x)
        cotangent = library.tensor(drawn(tuple(result.shape), dtype, 30 + step))
        result.backward(cotangent)
        facts += [result, base.grad.clone()]
        facts += [parameter.grad.clone() for parameter in module.parameters()]
        facts += [value.clone() for value in module.state_dict().values()]
    return facts


def assert_same(mine: list[Any], peer: list[Any], tolerance: float) -> None:
    assert len(mine) == len(peer)
    for own, other in zip(mine, peer, strict=True):
        assert tuple(own.shape) == tuple(other.shape)
        assert repr(own.dtype) == repr(other.dtype)
        wanted = other.detach().numpy()
        scale = max(1.0, float(np.abs(wanted).max(initial=0.0)))
        np.testing.assert_allclose(
            own.detach().numpy(), wanted, rtol=tolerance, atol=tolerance * scale
        )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("layer", "shape"), CASES)
def test_training_and_evaluation_give_pytorchs_numbers(
    layer: str, shape: tuple[int, ...], dtype: str
) -> None:
    mine, peer = (seen(library, layer, shape, dtype, "dense") for library in BOTH)
    assert_same(mine, peer, TOLERANCE[dtype])


@pytest.mark.parametrize("layout", ["turned", "stepped"])
@pytest.mark.parametrize(("layer", "shape"), SMALL)
def test_layouts_of_the_input_make_no_difference(
    layer: str, shape: tuple[int, ...], layout: str
) -> None:
    mine, peer = (seen(library, layer, shape, "float64", layout) for library in BOTH)
    assert_same(mine, peer, TOLERANCE["float64"])


@pytest.mark.parametrize(
    ("layer", "dtype"),
    # PyTorch has no backward of group normalization with weights of float16.
    [
        ("LayerNorm(4)", "float16"),
        ("LayerNorm(4)", "float32"),
        ("BatchNorm1d(4)", "float16"),
        ("BatchNorm1d(4)", "float32"),
        ("GroupNorm(2, 4, eps=0.1)", "float32"),
    ],
)
def test_half_precision_goes_with_parameters_of_both_types(layer: str, dtype: str) -> None:
    facts = []
    for library in BOTH:
        module = made(library, layer, dtype)
        x = library.tensor(drawn((6, 4), "float16", 1), requires_grad=True)
        result = module(x)
        result.backward(library.tensor(drawn((6, 4), "float16", 2)))
        facts.append([result, x.grad, module.weight.grad, module.bias.grad])
    assert_same(*facts, TOLERANCE["float16"])


def second(library: Any, layer: str, shape: tuple[int, ...], is_training: bool) -> list[Any]:
    """Differentiate a weighted sum of the gradients."""
    module = made(library, layer, "float64").train(is_training)
    x = library.tensor(drawn(shape, "float64", 20), requires_grad=True)
    leaves = [x, *module.parameters()]
    result = module(x)
    cotangent = library.tensor(drawn(tuple(result.shape), "float64", 31), requires_grad=True)
    first = library.autograd.grad(result, leaves, cotangent, create_graph=True)
    total = sum(
        (grad * library.tensor(drawn(tuple(grad.shape), "float64", 40 + i))).sum()
        for i, grad in enumerate(first)
    )
    leaves.append(cotangent)
    found = library.autograd.grad(total, leaves, allow_unused=True)
    zeros = [library.zeros(tuple(leaf.shape), dtype=library.float64) for leaf in leaves]
    return [*first, *[zero if g is None else g for g, zero in zip(found, zeros, strict=True)]]


@pytest.mark.parametrize("is_training", [True, False])
@pytest.mark.parametrize(("layer", "shape"), SMALL)
def test_second_derivatives(layer: str, shape: tuple[int, ...], is_training: bool) -> None:
    mine, peer = (second(library, layer, shape, is_training) for library in BOTH)
    assert_same(mine, peer, 1e-8)


@pytest.mark.parametrize("layer", [layer for layer, _ in LAYERS])
def test_representation_and_state(layer: str) -> None:
    mine, peer = (eval(f"nn.{layer}", {"nn": library.nn}) for library in BOTH)
    assert repr(mine) == repr(peer)
    for name, value in peer.state_dict().items():
        own = mine.state_dict()[name]
        assert repr(own.dtype) == repr(value.dtype)
        assert own.tolist() == value.tolist()
    assert list(mine.state_dict()) == list(peer.state_dict())
    assert [name for name, _ in mine.named_parameters()] == [n for n, _ in peer.named_parameters()]
    assert [name for name, _ in mine.named_buffers()] == [n for n, _ in peer.named_buffers()]


FUNCTIONS = [
    "F.batch_norm(x, None, None, training=True)",
    "F.batch_norm(x, m, v)",
    "F.batch_norm(x, m, v, w, b)",
    "F.batch_norm(x, m, v, w, b, True, 0.5, 1)",
    "F.batch_norm(x, None, None, w, b, True)",
    "F.batch_norm(x, None, None, bias=b, training=True)",
    "F.group_norm(x, 2)",
    "F.group_norm(x, 1, w, b)",
    "F.group_norm(x, 4, torch.ones_like(w), b)",
    "F.instance_norm(x)",
    "F.instance_norm(x, m, v)",
    "F.instance_norm(x, m, v, w, b, False)",
    "F.instance_norm(x, weight=w)",
    "F.layer_norm(x, (5,))",
    "F.layer_norm(x, [4, 5], eps=0.5)",
    "F.layer_norm(x, torch.Size((5,)), weight=u)",
    "F.layer_norm(x, (5,), bias=u)",
    "F.rms_norm(x, (5,))",
    "F.rms_norm(x, [4, 5])",
    "F.rms_norm(x, (5,), u, 0.5)",
    "F.local_response_norm(x, 3)",
    "F.local_response_norm(x, 2, 0.5, 0.25, 3.0)",
    "torch.batch_norm(x, w, b, m, v, True, 0.2, 1e-3, False)",
    "torch.batch_norm(x, None, None, m, v, False, 0.2, 1e-3, True)",
    "torch.instance_norm(x, w, b, m, v, True, 0.2, 1e-3, False)",
    "torch.layer_norm(x, (5,), u, u)",
    "torch.group_norm(x, 2, w, b, 1e-2)",
    "torch.rms_norm(x, (5,), u)",
]


def names(library: Any, dtype: str) -> dict[str, Any]:
    shapes = {"x": (3, 4, 5), "w": (4,), "b": (4,), "m": (4,), "v": (4,), "u": (5,)}
    found: dict[str, Any] = {"torch": library, "F": library.nn.functional}
    for seed, (name, shape) in enumerate(shapes.items()):
        found[name] = library.tensor(np.abs(drawn(shape, dtype, seed)))
        if name not in "mv":
            found[name].requires_grad_()
    return found


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("expression", FUNCTIONS)
def test_functions_give_pytorchs_numbers_and_nodes(expression: str, dtype: str) -> None:
    facts, nodes = [], []
    for library in BOTH:
        values = names(library, dtype)
        result = eval(expression, values)
        nodes.append(type(result.grad_fn).__name__)
        result.backward(library.tensor(drawn((3, 4, 5), dtype, 50)))
        grads = [values[name].grad for name in "xwbu"]
        facts.append([result, values["m"], values["v"], *[g for g in grads if g is not None]])
    assert_same(*facts, TOLERANCE[dtype])
    assert nodes[0] == nodes[1]


def test_training_counts_as_a_change_of_the_statistics() -> None:
    mean, variance = ours.zeros(3), ours.ones(3)
    weight = ours.ones(3, requires_grad=True)
    product = weight * mean
    ours.nn.functional.batch_norm(ours.randn(4, 3), mean, variance, training=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.sum().backward()


@pytest.mark.parametrize("name", ["input", "weight"])
def test_a_change_of_what_was_saved_is_found(name: str) -> None:
    for library in BOTH:
        tensors = {"input": library.randn(4, 3), "weight": library.ones(3)}
        leaf = library.zeros(1, requires_grad=True)
        tensors = {key: value + leaf for key, value in tensors.items()}
        result = library.nn.functional.layer_norm(tensors["input"], (3,), tensors["weight"])
        tensors[name].add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            result.sum().backward()


ERRORS: list[Callable[[Any], Any]] = [
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3), (4,)),
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3), ()),
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3), 3),
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3).long(), (3,)),
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3), (3,), t.zeros(4)),
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3), (3,), None, t.zeros(4)),
    lambda t: t.nn.functional.layer_norm(t.zeros(2, 3), (3,), t.zeros(3).double()),
    lambda t: t.nn.functional.layer_norm([1.0], (1,)),
    lambda t: t.nn.functional.batch_norm(t.zeros(3), None, None, training=True),
    lambda t: t.nn.functional.batch_norm(t.zeros(1, 3), None, None, training=True),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3), None, None),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3), t.zeros(3), None),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3), t.zeros(4), t.zeros(4)),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3), t.zeros(3), t.zeros(3), t.zeros(2)),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3).long(), None, None, training=True),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3), t.zeros(3), t.zeros(3).double()),
    lambda t: t.nn.functional.batch_norm(t.zeros(2, 3), t.zeros(3), None, training=True),
    lambda t: t.nn.functional.group_norm(t.zeros(2, 3), 2),
    lambda t: t.nn.functional.group_norm(t.zeros(2, 4), 0),
    lambda t: t.nn.functional.group_norm(t.zeros(2, 4), -2),
    lambda t: t.nn.functional.group_norm(t.zeros(3), 1),
    lambda t: t.nn.functional.group_norm(t.zeros(1, 2), 2),
    lambda t: t.nn.functional.group_norm(t.zeros(2, 4).long(), 2),
    lambda t: t.nn.functional.group_norm(t.zeros(2, 4), 2, t.zeros(3)),
    lambda t: t.nn.functional.instance_norm(t.zeros(2, 3)),
    lambda t: t.nn.functional.instance_norm(t.zeros(2, 3, 1)),
    lambda t: t.nn.functional.instance_norm(t.zeros(2, 3, 4), use_input_stats=False),
    lambda t: t.nn.functional.instance_norm(t.zeros(2, 3, 4), weight=t.zeros(4)),
    lambda t: t.nn.functional.instance_norm(t.zeros(3)),
    lambda t: t.nn.functional.rms_norm(t.zeros(2, 3), (4,)),
    lambda t: t.nn.functional.rms_norm(t.zeros(2, 3), ()),
    lambda t: t.nn.functional.rms_norm(t.zeros(2, 3).long(), (3,)),
    lambda t: t.nn.functional.rms_norm(t.zeros(2, 3), (3,), t.zeros(2)),
    lambda t: t.nn.functional.local_response_norm(t.zeros(2, 3), 2),
    lambda t: t.nn.functional.local_response_norm(t.zeros(2, 3, 4), 0),
    lambda t: t.nn.GroupNorm(2, 3),
    lambda t: t.nn.BatchNorm1d(3)(t.zeros(2, 3, 4, 5)),
    lambda t: t.nn.BatchNorm1d(3)(t.zeros(1, 3)),
    lambda t: t.nn.BatchNorm2d(3)(t.zeros(2, 3)),
    lambda t: t.nn.BatchNorm2d(3)(t.zeros(2, 4, 2, 2)),
    lambda t: t.nn.BatchNorm3d(3)(t.zeros(2, 3, 2, 2)),
    lambda t: t.nn.InstanceNorm1d(3, affine=True)(t.zeros(2, 4, 5)),
    lambda t: t.nn.InstanceNorm2d(3)(t.zeros(4, 5)),
    lambda t: t.nn.InstanceNorm2d(3, affine=True)(t.zeros(4, 4, 5)),
    lambda t: t.nn.LayerNorm(3)(t.zeros(2, 4)),
]


@pytest.mark.parametrize("place", range(len(ERRORS)))
def test_errors_are_of_pytorchs_classes(place: int) -> None:
    with pytest.raises(Exception) as peer:
        ERRORS[place](theirs)
    with pytest.raises(peer.type) as mine:
        ERRORS[place](ours)
    assert len(str(mine.value)) > 20


def test_too_few_values_per_channel_are_named() -> None:
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        our_nn.BatchNorm2d(3)(ours.zeros(1, 3, 1, 1))


def test_a_module_takes_other_channels_without_affine_and_warns() -> None:
    for library in BOTH:
        layer = library.nn.InstanceNorm1d(3)
        with pytest.warns(UserWarning, match="does not match num_features"):
            assert layer(library.randn(2, 4, 5)).shape == (2, 4, 5)


def test_state_of_before_batches_were_counted_is_loaded() -> None:
    layer = our_nn.BatchNorm1d(2)
    state = {name: value + 1 for name, value in layer.state_dict().items()}
    del state["num_batches_tracked"]
    layer.load_state_dict(state)
    assert layer.num_batches_tracked.item() == 0
    assert layer.running_mean.tolist() == [1.0, 1.0]


def test_state_of_instances_with_statistics_is_refused_without() -> None:
    state = {"running_mean": ours.zeros(2), "running_var": ours.ones(2)}
    with pytest.raises(RuntimeError, match="running_mean, running_var"):
        our_nn.InstanceNorm1d(2).load_state_dict(state)


def test_running_statistics_begin_anew() -> None:
    layer = our_nn.BatchNorm1d(2)
    layer(ours.randn(4, 2))
    assert layer.num_batches_tracked.item() == 1
    layer.reset_running_stats()
    assert layer.running_mean.tolist() == [0.0, 0.0]
    assert layer.running_var.tolist() == [1.0, 1.0]
    assert layer.num_batches_tracked.item() == 0


def test_gradients_of_parameters_alone() -> None:
    facts = []
    for library in BOTH:
        module = made(library, "BatchNorm1d(3)", "float64")
        module(library.tensor(drawn((4, 3), "float64", 3))).backward(
            library.tensor(drawn((4, 3), "float64", 4))
        )
        facts.append([module.weight.grad, module.bias.grad])
    assert_same(*facts, 1e-10)


def test_no_warnings_come_up() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        our_nn.BatchNorm1d(3)(ours.zeros(4, 3)).sum().backward()
        our_nn.LayerNorm(3)(ours.full((2, 3), np.inf))
