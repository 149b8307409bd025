"""Gradients that are clipped, parameters as vectors, weights with norms, pruning, and kin."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")
pytest.importorskip("torch.nn.utils.prune")

BOTH = (ours, theirs)
SHAPES = [(3, 4), (5,), (), (2, 3, 2), (0, 3)]


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


def parameters(library: Any, dtype: str, shapes: list[tuple[int, ...]] = SHAPES) -> list[Any]:
    """Make parameters with gradients, and one without."""
    found = []
    for seed, shape in enumerate(shapes):
        parameter = library.nn.Parameter(library.tensor(drawn(shape, seed).astype(dtype)))
        parameter.grad = library.tensor(drawn(shape, seed + 10).astype(dtype))
        found.append(parameter)
    return [*found, library.nn.Parameter(library.zeros(2))]


def facts(value: Any) -> Any:
    if hasattr(value, "detach"):
        return repr(value.dtype), np.asarray(value.detach().numpy())
    if isinstance(value, dict):
        return [(name, facts(each)) for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [facts(each) for each in value]
    return value


def assert_same(mine: Any, peer: Any, tolerance: float = 1e-6) -> None:
    if isinstance(peer, np.ndarray):
        assert mine.shape == peer.shape
        np.testing.assert_allclose(mine, peer, rtol=tolerance, atol=tolerance)
    elif isinstance(peer, list | tuple):
        assert len(mine) == len(peer)
        for own, other in zip(mine, peer, strict=True):
            assert_same(own, other, tolerance)
    else:
        assert mine == peer


def compare(steps: Callable[[Any], Any], tolerance: float = 1e-6) -> None:
    """Run steps with both libraries, and compare what they give, or the classes of errors."""
    outcomes = []
    for library in BOTH:
        library.manual_seed(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                outcomes.append(facts(steps(library)))
            except Exception as problem:
                outcomes.append(problem)
    mine, peer = outcomes
    if isinstance(peer, Exception):
        assert isinstance(mine, type(peer)), repr((mine, peer))
        assert len(str(mine)) > 15
        return
    assert not isinstance(mine, Exception), repr(mine)
    assert_same(mine, peer, tolerance)


def filled(module: Any, library: Any, seed: int = 0) -> Any:
    """Give parameters random numbers, the same in both."""
    for i, (_, parameter) in enumerate(module.named_parameters()):
        parameter.data = library.tensor(drawn(tuple(parameter.shape), seed + i).astype(np.float32))
    return module


# ---- gradients


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("norm_type", [2, 2.0, 1, 3, 0.5, float("inf")])
@pytest.mark.parametrize("max_norm", [0.5, 100, 0])
def test_clip_grad_norm(dtype: str, norm_type: float, max_norm: float) -> None:
    shapes = SHAPES if norm_type != float("inf") else SHAPES[:4]

    def steps(t: Any) -> Any:
        own = parameters(t, dtype, shapes)
        total = t.nn.utils.clip_grad_norm_(own, max_norm, norm_type)
        return [total, [p.grad for p in own]]

    compare(steps)


CLIPPING: list[Callable[[Any], Any]] = [
    lambda t: t.nn.utils.clip_grad_norm_([], 1.0),
    lambda t: t.nn.utils.clip_grad_norm_(iter([]), 1.0),
    lambda t: t.nn.utils.clip_grad_norm_(t.nn.Parameter(t.zeros(3)), 1.0),
    lambda t: t.nn.utils.clip_grad_norm_(parameters(t, "float32")[0], 0.1),
    lambda t: t.nn.utils.clip_grad_norm_(iter(parameters(t, "float32")), 0.1, foreach=False),
    lambda t: t.nn.utils.get_total_norm([t.tensor([3.0]), t.tensor([4.0])]),
    lambda t: t.nn.utils.get_total_norm([t.tensor([3.0]), t.tensor([4.0]).double()]),
    lambda t: t.nn.utils.get_total_norm(t.tensor([3.0, -4.0]), float("inf")),
    lambda t: t.nn.utils.get_total_norm([t.tensor([np.inf])]),
    lambda t: t.nn.utils.get_total_norm([t.tensor([np.nan])], error_if_nonfinite=True),
    lambda t: t.nn.utils.get_total_norm([]),
]


@pytest.mark.parametrize("place", range(len(CLIPPING)))
def test_norms_of_few_and_of_none(place: int) -> None:
    compare(CLIPPING[place])


def test_gradients_that_are_not_finite_are_refused_and_left() -> None:
    def steps(t: Any) -> Any:
        own = parameters(t, "float32")
        own[0].grad[0, 0] = float("inf")
        with pytest.raises(RuntimeError, match="non-finite"):
            t.nn.utils.clip_grad_norm_(own, 1.0, error_if_nonfinite=True)
        first = [p.grad.clone() for p in own[:-1]]
        t.nn.utils.clip_grad_norm_(own, 1.0)
        return [first, [p.grad for p in own]]

    compare(steps)


def test_clip_grads_with_norm_and_value() -> None:
    def steps(t: Any) -> Any:
        own = parameters(t, "float32")
        t.nn.utils.clip_grads_with_norm_(own, 1.0, t.tensor(3.0))
        first = [p.grad.clone() for p in own[:-1]]
        t.nn.utils.clip_grad_value_(own, 0.2)
        own[0].grad[0, 0] = float("nan")
        t.nn.utils.clip_grad_value_(own[0], 0.1)
        return [first, [p.grad for p in own]]

    compare(steps)


def test_gradients_that_were_collected_are_clipped_in_place() -> None:
    x = ours.nn.Parameter(ours.tensor([3.0, 4.0]))
    (x * x).sum().backward()
    gradient = x.grad
    version = gradient._version
    ours.nn.utils.clip_grad_norm_([x], 1.0)
    assert x.grad is gradient
    assert gradient._version == version + 1
    np.testing.assert_allclose(gradient.numpy(), [0.6, 0.8], rtol=1e-6)


def test_clip_grad_norm_warns_of_its_name_and_of_a_used_generator() -> None:
    with pytest.warns(FutureWarning, match="clip_grad_norm_"):
        ours.nn.utils.clip_grad_norm([], 1.0)
    with pytest.warns(UserWarning, match="empty generator"):
        ours.nn.utils.clip_grad_norm_((p for p in []), 1.0)


# ---- vectors


VECTORS: list[Callable[[Any], Any]] = [
    lambda t: t.nn.utils.parameters_to_vector(parameters(t, "float32")),
    lambda t: t.nn.utils.parameters_to_vector(iter(parameters(t, "float64")[:2])),
    lambda t: t.nn.utils.parameters_to_vector([]),
    lambda t: t.nn.utils.vector_to_parameters([1.0], []),
    lambda t: t.nn.utils.vector_to_parameters(t.zeros(3), [t.nn.Parameter(t.zeros(4))]),
]


@pytest.mark.parametrize("place", range(len(VECTORS)))
def test_parameters_as_a_vector(place: int) -> None:
    compare(VECTORS[place])


def test_a_vector_becomes_parameters_that_share_its_memory() -> None:
    def steps(t: Any) -> Any:
        own = [t.nn.Parameter(t.zeros(2, 2)), t.nn.Parameter(t.zeros(3))]
        vector = t.arange(7.0)
        t.nn.utils.vector_to_parameters(vector, own)
        vector[0] = 9.0
        total = t.nn.utils.parameters_to_vector(own)
        total.backward(t.arange(7.0))
        return [own, [p.grad for p in own], type(own[0]).__name__]

    compare(steps)


# ---- weight norm and spectral norm by hooks


LAYERS = ["Linear(4, 3)", "Conv2d(4, 3, 2)", "ConvTranspose1d(4, 3, 2)"]
INPUTS = {"Linear": (2, 4), "Conv2d": (2, 4, 3, 3), "ConvTranspose1d": (2, 4, 3)}


def made(library: Any, layer: str) -> Any:
    return filled(eval(f"nn.{layer}", {"nn": library.nn}), library)


def given(library: Any, layer: str) -> Any:
    return library.tensor(drawn(INPUTS[layer.partition("(")[0]], 30).astype(np.float32))


@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize("layer", LAYERS)
def test_weight_norm(layer: str, dim: int | None) -> None:
    def steps(t: Any) -> Any:
        module = t.nn.utils.weight_norm(made(t, layer), dim=dim)
        names = [name for name, _ in module.named_parameters()]
        with t.no_grad():
            module.weight_g.mul_(2)
        x = given(t, layer)
        result = module(x)
        result.square().sum().backward()
        gradients = [p.grad for p in module.parameters()]
        state = dict(module.state_dict())
        t.nn.utils.remove_weight_norm(module)
        later = [name for name, _ in module.named_parameters()]
        return [names, result, gradients, state, later, module.weight, module(x)]

    compare(steps, 1e-4)


WEIGHT_NORMS: list[Callable[[Any], Any]] = [
    lambda t: t.nn.utils.weight_norm(t.nn.utils.weight_norm(made(t, LAYERS[0]))),
    lambda t: t.nn.utils.remove_weight_norm(made(t, LAYERS[0])),
    lambda t: t.nn.utils.weight_norm(made(t, LAYERS[0]), "strange"),
    lambda t: t.norm_except_dim(t.tensor(drawn((2, 3, 4), 1)), 2, 1),
    lambda t: t.norm_except_dim(t.tensor(drawn((2, 3, 4), 1)), 3, -1),
    lambda t: t.norm_except_dim(t.tensor(drawn((2, 3, 4), 1))),
    lambda t: t.norm_except_dim(t.tensor(drawn((5,), 1)), 2, 0),
    lambda t: t.nn.utils.spectral_norm(t.nn.utils.spectral_norm(made(t, LAYERS[0]))),
    lambda t: t.nn.utils.remove_spectral_norm(made(t, LAYERS[0])),
    lambda t: t.nn.utils.spectral_norm(made(t, LAYERS[0]), n_power_iterations=0),
    lambda t: t.nn.utils.spectral_norm(t.nn.Linear(2, 2, bias=False), "bias"),
]


@pytest.mark.parametrize("place", range(len(WEIGHT_NORMS)))
def test_norms_of_weights_and_their_errors(place: int) -> None:
    compare(WEIGHT_NORMS[place])


def test_weight_norm_warns() -> None:
    with pytest.warns(FutureWarning, match=r"parametrizations\.weight_norm"):
        ours.nn.utils.weight_norm(ours.nn.Linear(2, 2))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("steps_each", [1, 3])
def test_spectral_norm(layer: str, steps_each: int) -> None:
    def steps(t: Any) -> Any:
        module = t.nn.utils.spectral_norm(made(t, layer), n_power_iterations=steps_each)
        x = given(t, layer)
        results = [module(x), module(x)]
        (results[0] * results[1]).sum().backward()
        gradients = [p.grad for p in module.parameters()]
        module.eval()
        results.append(module(x))
        state = module.state_dict()
        version = dict(state._metadata[""])
        t.nn.utils.remove_spectral_norm(module)
        names = [name for name, _ in module.named_parameters()]
        return [results, gradients, dict(state), version, names, module.weight, t.rand(2)]

    compare(steps, 1e-4)


# ---- layers joined, and made without initialization


@pytest.mark.parametrize(
    ("layer", "is_affine"),
    # PyTorch's function for linear layers needs weights.
    [
        ("Conv2d(4, 3, 2)", True),
        ("Conv2d(4, 3, 2)", False),
        ("Conv2d(4, 3, 2, bias=False)", True),
        ("Linear(4, 3)", True),
        ("Linear(4, 3, bias=False)", True),
    ],
)
def test_fused_layers(layer: str, is_affine: bool) -> None:
    def steps(t: Any) -> Any:
        module = made(t, layer).eval()
        kind = t.nn.BatchNorm1d if "Linear" in layer else t.nn.BatchNorm2d
        norm = filled(kind(3, affine=is_affine), t, 5).eval()
        norm.running_mean.copy_(t.tensor([1.0, 2.0, 3.0]))
        norm.running_var.copy_(t.tensor([0.5, 2.0, 3.0]))
        fuse = t.nn.utils.fuse_linear_bn_eval if "Linear" in layer else t.nn.utils.fuse_conv_bn_eval
        fused = fuse(module, norm)
        x = given(t, layer)
        np.testing.assert_allclose(
            fused(x).detach().numpy(), norm(module(x)).detach().numpy(), rtol=1e-4, atol=1e-5
        )
        return [fused.weight, fused.bias]

    compare(steps, 1e-5)


FUSING: list[Callable[[Any], Any]] = [
    lambda t: t.nn.utils.fuse_conv_bn_eval(t.nn.Conv2d(1, 1, 1), t.nn.BatchNorm2d(1).eval()),
    lambda t: t.nn.utils.fuse_linear_bn_eval(t.nn.Linear(2, 3), t.nn.BatchNorm1d(3)),
    lambda t: t.nn.utils.skip_init(t.zeros, 3),
    lambda t: t.nn.utils.skip_init(int),
    lambda t: t.nn.utils.skip_init(t.nn.ReLU),
    lambda t: [tuple(t.nn.utils.skip_init(t.nn.Linear, 2, 3).weight.shape), t.rand(2)],
]


@pytest.mark.parametrize("place", range(len(FUSING) - 1))
def test_what_cannot_be_fused_or_skipped(place: int) -> None:
    with pytest.raises((RuntimeError, AssertionError, TypeError)) as peer:
        FUSING[place](theirs)
    with pytest.raises((RuntimeError, peer.type)):
        FUSING[place](ours)


def test_skip_init_draws_nothing() -> None:
    compare(FUSING[-1])


def test_weights_of_convolutions_in_another_format() -> None:
    def steps(t: Any) -> Any:
        module = t.nn.Sequential(made(t, "Conv2d(4, 3, 2)"), t.nn.ReLU())
        t.nn.utils.convert_conv2d_weight_memory_format(module, t.channels_last)
        return [module[0].weight, list(module[0].weight.stride())]

    compare(steps)


# ---- pruning


PRUNING: list[Callable[[Any, Any], Any]] = [
    lambda p, m: p.identity(m, "weight"),
    lambda p, m: p.random_unstructured(m, "weight", 5),
    lambda p, m: p.random_unstructured(m, "weight", 0.3),
    lambda p, m: p.random_unstructured(m, "bias", 0),
    lambda p, m: p.l1_unstructured(m, "weight", 5),
    lambda p, m: p.l1_unstructured(m, "weight", 0.5),
    lambda p, m: p.l1_unstructured(m, "weight", 3, importance_scores=m.weight * m.weight - 1),
    lambda p, m: p.random_structured(m, "weight", 2, 0),
    lambda p, m: p.random_structured(m, "weight", 0.5, -1),
    lambda p, m: p.ln_structured(m, "weight", 1, 2, 0),
    lambda p, m: p.ln_structured(m, "weight", 0.5, float("inf"), 1),
    lambda p, m: p.ln_structured(m, "weight", 2, 1, -1),
    lambda p, m: p.custom_from_mask(m, "weight", (m.weight > 0)),
    lambda p, m: p.l1_unstructured(p.random_unstructured(m, "weight", 4), "weight", 3),
    lambda p, m: p.ln_structured(p.l1_unstructured(m, "weight", 4), "weight", 1, 2, 0),
    lambda p, m: p.ln_structured(p.ln_structured(m, "weight", 1, 2, 0), "weight", 1, 2, 0),
    lambda p, m: p.global_unstructured(
        [(m, "weight"), (m, "bias")], pruning_method=p.L1Unstructured, amount=6
    ),
    lambda p, m: p.global_unstructured(
        [(m, "weight"), (m, "bias")], pruning_method=p.RandomUnstructured, amount=0.4
    ),
    lambda p, m: p.random_unstructured(m, "weight", "many"),
    lambda p, m: p.random_unstructured(m, "weight", -1),
    lambda p, m: p.random_unstructured(m, "weight", 1.5),
    lambda p, m: p.l1_unstructured(m, "weight", 100),
    lambda p, m: p.ln_structured(m, "bias", 1, 2, 0),
    lambda p, m: p.ln_structured(m, "weight", 1, 2, 5),
    lambda p, m: p.remove(m, "weight"),
    lambda p, m: p.global_unstructured(
        [(m, "weight")], pruning_method=p.LnStructured, amount=1, n=2
    ),
]


@pytest.mark.parametrize("place", range(len(PRUNING)))
def test_pruning(place: int) -> None:
    def steps(t: Any) -> Any:
        prune = t.nn.utils.prune
        module = made(t, "Linear(4, 3)")
        PRUNING[place](prune, module)
        x = given(t, "Linear")
        result = module(x)
        result.square().sum().backward()
        found = [
            result,
            prune.is_pruned(module),
            dict(module.state_dict()),
            {name: p.grad for name, p in module.named_parameters()},
        ]
        for name in ("weight", "bias"):
            if hasattr(module, name + "_orig"):
                prune.remove(module, name)
        return [*found, prune.is_pruned(module), dict(module.state_dict()), t.rand(2)]

    compare(steps, 1e-5)


def test_pruned_layers_are_found_inside() -> None:
    net = ours.nn.Sequential(ours.nn.Linear(2, 2), ours.nn.ReLU())
    assert not ours.nn.utils.prune.is_pruned(net)
    ours.nn.utils.prune.l1_unstructured(net[0], "weight", 1)
    assert ours.nn.utils.prune.is_pruned(net)
    assert isinstance(
        next(iter(net[0]._forward_pre_hooks.values())), ours.nn.utils.prune.L1Unstructured
    )
