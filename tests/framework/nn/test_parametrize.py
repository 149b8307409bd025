"""Parametrized tensors, and calls of modules with other parameters, against PyTorch."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")
pytest.importorskip("torch.nn.utils.parametrize")

BOTH = (ours, theirs)


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


def facts(value: Any) -> Any:
    if hasattr(value, "detach"):
        return repr(value.dtype), value.requires_grad, np.asarray(value.detach().numpy())
    if isinstance(value, dict):
        return [(name, facts(each)) for name, each in value.items()]
    if isinstance(value, list | tuple):
        return [facts(each) for each in value]
    return value


def assert_same(mine: Any, peer: Any, tolerance: float) -> None:
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


def filled(module: Any, library: Any) -> Any:
    """Give parameters random numbers, the same in both."""
    for i, (_, parameter) in enumerate(module.named_parameters()):
        array = drawn(tuple(parameter.shape), i).astype(str(parameter.dtype).rpartition(".")[2])
        parameter.data = library.tensor(array)
    return module


def kinds(t: Any) -> dict[str, Any]:
    """Make the classes of parametrizations that the cases use."""

    class Symmetric(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).mT

    class Scaled(t.nn.Module):
        def __init__(self, factor: float = 2.0) -> None:
            super().__init__()
            self.factor = t.nn.Parameter(t.tensor(factor))
            self.calls = 0

        def forward(self, x: Any) -> Any:
            self.calls += 1
            return x * self.factor

        def right_inverse(self, x: Any) -> Any:
            return x / self.factor

    class Sum(t.nn.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a + b

        def right_inverse(self, x: Any) -> Any:
            return x * 0.25, x * 0.75

    class Wide(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return t.cat([x, x])

    class Text(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return "no tensor"

    class Odd(t.nn.Module):
        def forward(self, x: Any) -> Any:
            return x

        def right_inverse(self, x: Any) -> Any:
            return 3

    return {kind.__name__: kind for kind in (Symmetric, Scaled, Sum, Wide, Text, Odd)}


def looked_at(t: Any, layer: Any) -> list[Any]:
    """Tell all that can be seen of a parametrized layer."""
    result = layer(t.tensor(drawn((2, 3), 9).astype(np.float32)))
    found: list[Any] = [
        type(layer).__name__,
        repr(layer),
        layer.weight,
        result,
        dict(layer.state_dict()),
        [name for name, _ in layer.named_parameters()],
        [name for name, _ in layer.named_buffers()],
        [name for name, _ in layer.named_modules()],
        t.nn.utils.parametrize.is_parametrized(layer),
        t.nn.utils.parametrize.is_parametrized(layer, "weight"),
        t.nn.utils.parametrize.type_before_parametrizations(layer).__name__,
    ]
    if result.requires_grad:
        result.square().sum().backward()
        found.append([p.grad for p in layer.parameters() if p.grad is not None])
    return found


CASES: list[Callable[[Any, Any, dict[str, Any], Any], Any]] = [
    lambda t, p, k, m: p.register_parametrization(m, "weight", k["Symmetric"]()),
    lambda t, p, k, m: p.register_parametrization(m, "weight", k["Scaled"]()),
    lambda t, p, k, m: p.register_parametrization(m, "weight", k["Sum"]()),
    lambda t, p, k, m: p.register_parametrization(m, "weight", k["Wide"]()),
    lambda t, p, k, m: p.register_parametrization(m, "bias", k["Wide"](), unsafe=True),
    lambda t, p, k, m: p.register_parametrization(m, "weight", k["Text"]()),
    lambda t, p, k, m: p.register_parametrization(m, "weight", k["Odd"]()),
    lambda t, p, k, m: p.register_parametrization(m, "strange", k["Scaled"]()),
    lambda t, p, k, m: p.register_parametrization(
        p.register_parametrization(m, "weight", k["Scaled"]()), "weight", k["Symmetric"]()
    ),
    lambda t, p, k, m: p.register_parametrization(
        p.register_parametrization(m, "weight", k["Scaled"]()), "bias", k["Sum"]()
    ),
    lambda t, p, k, m: p.register_parametrization(
        p.register_parametrization(m, "weight", k["Scaled"]()), "weight", k["Wide"]()
    ),
    lambda t, p, k, m: p.register_parametrization(
        p.register_parametrization(m, "weight", k["Scaled"]()), "weight", k["Odd"]()
    ),
    lambda t, p, k, m: p.remove_parametrizations(m, "weight"),
    lambda t, p, k, m: p.remove_parametrizations(
        p.register_parametrization(m, "weight", k["Scaled"]()), "weight"
    ),
    lambda t, p, k, m: p.remove_parametrizations(
        p.register_parametrization(m, "weight", k["Symmetric"]()), "weight", False
    ),
    lambda t, p, k, m: p.remove_parametrizations(
        p.register_parametrization(m, "weight", k["Sum"]()), "weight"
    ),
    lambda t, p, k, m: p.remove_parametrizations(
        p.register_parametrization(m, "weight", k["Sum"]()), "weight", False
    ),
    lambda t, p, k, m: p.transfer_parametrizations_and_params(
        p.register_parametrization(t.nn.Linear(3, 3), "weight", k["Scaled"]()), m
    ),
    lambda t, p, k, m: t.nn.utils.parametrizations.weight_norm(m),
    lambda t, p, k, m: t.nn.utils.parametrizations.weight_norm(m, dim=None),
    lambda t, p, k, m: t.nn.utils.parametrizations.weight_norm(m, "strange"),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m, n_power_iterations=2, dim=1),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m, "bias"),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m, n_power_iterations=0),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m, dim=4),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m, "strange"),
    lambda t, p, k, m: t.nn.utils.parametrizations.spectral_norm(m.eval()),
]


@pytest.mark.parametrize("place", range(len(CASES)))
def test_parametrized_layers(place: int) -> None:
    def steps(t: Any) -> Any:
        layer = filled(t.nn.Linear(3, 3), t)
        parametrize = t.nn.utils.parametrize
        return looked_at(t, CASES[place](t, parametrize, kinds(t), layer))

    compare(steps, 1e-4)


@pytest.mark.parametrize("is_trivial", [True, False])
@pytest.mark.parametrize("name", [None, "matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (2, 4, 3), (4, 1)])
def test_orthogonal_weights(shape: tuple[int, ...], name: str | None, is_trivial: bool) -> None:
    def steps(t: Any) -> Any:
        module = t.nn.Module()
        module.weight = t.nn.Parameter(t.tensor(drawn(shape, 4)))
        t.nn.utils.parametrizations.orthogonal(
            module, "weight", name, use_trivialization=is_trivial
        )
        first = module.weight
        (first * t.tensor(drawn(shape, 5))).sum().backward()
        with t.no_grad():
            module.parametrizations.weight.original.add_(t.tensor(drawn(shape, 7)))
        second = module.weight
        (second * t.tensor(drawn(shape, 8))).sum().backward()
        found = [first, second, module.parametrizations.weight.original.grad]
        found.append({key: value for key, value in module.state_dict().items() if "orig" in key})
        wide = t.tensor(np.swapaxes(np.linalg.qr(drawn((5, 5), 6))[0], 0, 1).copy())
        if shape in ((3, 3), (5, 3), (3, 5)):
            try:
                module.weight = wide[: shape[0], : shape[1]]
            except NotImplementedError:
                return [*found, "cannot be assigned"]
            found.append(module.weight)
        return [*found, t.rand(2)]

    compare(steps, 1e-7)


ORTHOGONAL: list[Callable[[Any], Any]] = [
    lambda t: t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2), "strange"),
    lambda t: t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2), "bias"),
    lambda t: t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2), orthogonal_map="magic"),
    lambda t: setattr(
        t.nn.utils.parametrizations.orthogonal(t.nn.Linear(2, 2)), "weight", t.zeros(3, 3)
    ),
]


@pytest.mark.parametrize("place", range(len(ORTHOGONAL)))
def test_orthogonal_refuses(place: int) -> None:
    compare(ORTHOGONAL[place])


def test_orthogonal_weights_are_orthogonal() -> None:
    layer = ours.nn.Linear(6, 4).double()
    ours.nn.utils.parametrizations.orthogonal(layer, orthogonal_map="cayley")
    with ours.no_grad():
        layer.parametrizations.weight.original.normal_()
    product = (layer.weight @ layer.weight.mT).detach().numpy()
    np.testing.assert_allclose(product, np.eye(4), atol=1e-12)


ASSIGNMENTS: list[Callable[[Any, Any], Any]] = [
    lambda t, m: setattr(m, "weight", t.full((3, 3), 6.0)),
    lambda t, m: setattr(m, "weight", t.full((3, 3), 6.0).double()),
    lambda t, m: setattr(m, "weight", t.nn.Parameter(t.zeros(3, 3))),
]


@pytest.mark.parametrize("kind", ["Symmetric", "Scaled", "Sum", "WeightNorm", "SpectralNorm"])
@pytest.mark.parametrize("place", range(len(ASSIGNMENTS)))
def test_assignment_goes_through_the_inverse(place: int, kind: str) -> None:
    def steps(t: Any) -> Any:
        layer = filled(t.nn.Linear(3, 3), t)
        if kind.endswith("Norm"):
            name = "weight_norm" if kind == "WeightNorm" else "spectral_norm"
            getattr(t.nn.utils.parametrizations, name)(layer)
        else:
            t.nn.utils.parametrize.register_parametrization(layer, "weight", kinds(t)[kind]())
        ASSIGNMENTS[place](t, layer)
        return [layer.weight, dict(layer.state_dict())]

    compare(steps, 1e-5)


def test_values_are_computed_once_while_cached() -> None:
    def steps(t: Any) -> Any:
        layer = filled(t.nn.Linear(3, 3), t)
        parametrize = t.nn.utils.parametrize
        scaled = kinds(t)["Scaled"]()
        parametrize.register_parametrization(layer, "weight", scaled)
        before = scaled.calls
        with parametrize.cached():
            first = layer.weight
            with parametrize.cached():
                is_same = layer.weight is first
            is_kept = layer.weight is first
        return [is_same, is_kept, layer.weight is first, scaled.calls - before]

    compare(steps)


def test_buffers_are_parametrized_and_come_back() -> None:
    def steps(t: Any) -> Any:
        module = t.nn.Module()
        module.register_buffer("mean", t.tensor([2.0, 4.0]))
        parametrize = t.nn.utils.parametrize
        parametrize.register_parametrization(module, "mean", kinds(t)["Scaled"]())
        seen = [module.mean, dict(module.state_dict())]
        parametrize.remove_parametrizations(module, "mean")
        return [*seen, module.mean, dict(module.state_dict()), type(module).__name__]

    compare(steps)


def test_a_copy_is_parametrized_for_itself_and_a_pickle_is_refused() -> None:
    def steps(t: Any) -> Any:
        layer = filled(t.nn.Linear(3, 3), t)
        t.nn.utils.parametrizations.weight_norm(layer)
        other = copy.deepcopy(layer)
        with t.no_grad():
            other.parametrizations.weight.original0.mul_(3)
        with pytest.raises(RuntimeError, match="state_dict"):
            pickle.dumps(layer)
        return [layer.weight, other.weight, repr(other)]

    compare(steps)


def test_states_of_the_older_weight_norm_are_loaded() -> None:
    def steps(t: Any) -> Any:
        older = t.nn.utils.weight_norm(filled(t.nn.Linear(3, 3), t))
        layer = t.nn.utils.parametrizations.weight_norm(t.nn.Linear(3, 3))
        layer.load_state_dict(older.state_dict())
        return [layer.weight, dict(layer.state_dict())]

    compare(steps)


def test_state_dicts_of_pytorch_are_loaded() -> None:
    peer = theirs.nn.utils.parametrizations.spectral_norm(filled(theirs.nn.Linear(3, 3), theirs))
    mine = ours.nn.utils.parametrizations.spectral_norm(ours.nn.Linear(3, 3))
    mine.load_state_dict({k: ours.tensor(v.numpy()) for k, v in peer.state_dict().items()})
    np.testing.assert_allclose(
        mine.eval().weight.detach().numpy(), peer.eval().weight.detach().numpy(), rtol=1e-5
    )


# ---- calls with other parameters


def net(t: Any) -> Any:
    """Make a module with modules inside, a buffer, and a weight that is tied."""

    class Net(t.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = t.nn.Linear(2, 2)
            self.last = t.nn.Linear(2, 2)
            self.last.weight = self.first.weight
            self.register_buffer("count", t.zeros(1))

        def forward(self, x: Any, factor: float = 1.0) -> Any:
            self.count = self.count + 1
            return self.last(self.first(x)) * factor + self.count

    return filled(Net(), t)


CALLS: list[Callable[[Any, Any, Any], Any]] = [
    lambda t, m, x: t.func.functional_call(m, {}, x),
    lambda t, m, x: t.func.functional_call(m, {"first.bias": t.ones(2)}, (x,)),
    lambda t, m, x: t.func.functional_call(m, {"first.bias": t.ones(2)}, (x,), {"factor": 2.0}),
    lambda t, m, x: t.func.functional_call(m, {"first.weight": t.ones(2, 2)}, x),
    lambda t, m, x: t.func.functional_call(m, {"first.weight": t.ones(2, 2)}, x, tie_weights=False),
    lambda t, m, x: t.func.functional_call(
        m, {"first.weight": t.ones(2, 2), "last.weight": t.zeros(2, 2)}, x
    ),
    lambda t, m, x: t.func.functional_call(
        m, ({"first.bias": t.ones(2)}, {"last.bias": t.zeros(2)}), x
    ),
    lambda t, m, x: t.func.functional_call(
        m, ({"first.bias": t.ones(2)}, {"first.bias": t.zeros(2)}), x
    ),
    lambda t, m, x: t.func.functional_call(m, [{"count": t.ones(1)}, {}], x),
    lambda t, m, x: t.func.functional_call(m, 3, x),
    lambda t, m, x: t.func.functional_call(m, {"strange": t.ones(2)}, x),
    lambda t, m, x: t.func.functional_call(m, {"strange.weight": t.ones(2)}, x),
    lambda t, m, x: t.func.functional_call(m, {"strange": t.ones(2)}, x, strict=True),
    lambda t, m, x: t.func.functional_call(m, {"first.bias": t.ones(2)}, x, strict=True),
    lambda t, m, x: t.func.functional_call(m, dict(m.state_dict()), x, strict=True),
    lambda t, m, x: t.nn.utils.stateless.functional_call(m, {"first.bias": t.ones(2)}, x),
]


@pytest.mark.parametrize("place", range(len(CALLS)))
def test_functional_call(place: int) -> None:
    def steps(t: Any) -> Any:
        module = net(t)
        before = dict(module.named_parameters())
        x = t.tensor([[1.0, 2.0]], requires_grad=True)
        result = CALLS[place](t, module, x)
        after = dict(module.named_parameters())
        is_restored = all(before[name] is after[name] for name in before)
        (gradient,) = t.autograd.grad(result.sum(), x)
        return [result, gradient, is_restored, dict(module.state_dict())]

    compare(steps)


def test_parameters_come_back_after_an_error() -> None:
    module = net(ours)
    own = module.first.bias
    with pytest.raises(RuntimeError):
        ours.func.functional_call(module, {"first.bias": ours.ones(2)}, ours.zeros(1, 5))
    assert module.first.bias is own
    assert module._parameters.keys() == net(ours)._parameters.keys()


def test_new_buffers_get_into_the_given_values() -> None:
    def steps(t: Any) -> Any:
        values = {"count": t.full((1,), 5.0)}
        module = net(t)
        t.func.functional_call(module, values, t.ones(1, 2))
        return [values, module.count]

    compare(steps)


def test_gradients_with_respect_to_given_parameters() -> None:
    def steps(t: Any) -> Any:
        module = filled(t.nn.Linear(2, 2), t)
        values = {name: value.detach() for name, value in module.named_parameters()}

        def loss(given: Any, x: Any) -> Any:
            return t.func.functional_call(module, given, (x,)).square().sum()

        return t.func.grad(loss)(values, t.ones(1, 2))

    compare(steps)


def test_the_old_function_warns() -> None:
    with pytest.warns(FutureWarning, match=r"torch\.func\.functional_call"):
        ours.nn.utils.stateless.functional_call(ours.nn.Linear(2, 2), {}, ours.ones(1, 2))
