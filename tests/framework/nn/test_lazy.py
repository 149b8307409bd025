"""Layers that learn sizes from the first input, and the rarer functions and losses."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .calls import BOTH, assert_equal, check, check_error, drawn  # noqa: E402

LAYERS = [
    ("LazyLinear(4)", (5, 3)),
    ("LazyLinear(4, bias=False)", (2, 5, 3)),
    ("LazyLinear(2)", (3,)),
    ("LazyConv1d(4, 3)", (2, 3, 7)),
    ("LazyConv1d(4, 3, stride=2, padding=1, bias=False)", (3, 7)),
    ("LazyConv2d(4, (2, 3), padding=1)", (2, 3, 5, 6)),
    ("LazyConv2d(4, 3, groups=2, padding=1, padding_mode='circular')", (2, 6, 5, 6)),
    ("LazyConv3d(2, 2, dilation=2)", (1, 3, 4, 4, 5)),
    ("LazyConvTranspose1d(4, 3, 2)", (2, 3, 5)),
    ("LazyConvTranspose2d(4, 3, 2, 1, 1, groups=2)", (2, 6, 4, 3)),
    ("LazyConvTranspose2d(4, 3, bias=False)", (3, 4, 3)),
    ("LazyConvTranspose3d(2, 2)", (1, 3, 3, 2, 3)),
    ("LazyBatchNorm1d()", (5, 3)),
    ("LazyBatchNorm1d(1e-3, None, bias=False)", (5, 3, 2)),
    ("LazyBatchNorm2d(affine=False)", (2, 3, 4, 2)),
    ("LazyBatchNorm3d(track_running_stats=False)", (2, 3, 2, 2, 2)),
    ("LazyInstanceNorm1d()", (2, 3, 5)),
    ("LazyInstanceNorm2d(affine=False)", (2, 3, 4, 5)),
    ("LazyInstanceNorm2d(track_running_stats=False, bias=False)", (2, 3, 4, 5)),
    ("LazyInstanceNorm3d()", (2, 3, 2, 2, 3)),
]
MISFITS = [
    ("LazyConv1d(4, 3)", (7,)),
    ("LazyConv2d(4, 3)", (2, 3)),
    ("LazyConv2d(4, 3, groups=2)", (2, 3, 5, 5)),
    ("LazyConvTranspose2d(4, 3)", (2, 3, 4, 4, 4)),
    ("LazyBatchNorm1d()", (2, 3, 4, 5)),
    ("LazyInstanceNorm2d()", (2, 3, 4, 5, 6)),
]
# What may be asked of a parameter without sizes, and what may not.
USES = [
    "p + 1", "2 * p", "p == 1", "p[0]", "p.sum()", "p.numel()", "p.shape", "p.detach()",
    "p.clone()", "b.numpy()", "p.view(-1)",
    "p.item()", "p.backward()", "p.share_memory_()", "len(p)",
    "list(p)",
    "torch.mm(p, p)", "torch.cat([p, p])", "torch.stack([torch.ones(2), p])",
    "torch.zeros_like(p)", "F.linear(torch.ones(2, 2), p)", "F.conv1d(torch.ones(1, 2, 3), p)",
    "nn.Parameter(p)", "nn.init.ones_(p)", "p.no_such_name",
    "nn.LazyLinear(2).forward(torch.ones(3))",
    "nn.UninitializedParameter(dtype=torch.int64)",
    "nn.Linear(2, 2).load_state_dict(nn.LazyLinear(2).state_dict())",
    "nn.modules.lazy.LazyModuleMixin.initialize_parameters(p)",
    "repr(p)", "repr(b)", "p.dtype", "p.device", "p.requires_grad", "b.requires_grad", "p.is_leaf",
    "p.grad", "p.is_floating_point()", "isinstance(p, nn.Parameter)", "isinstance(b, nn.Parameter)",
    "nn.parameter.is_lazy(p)", "nn.parameter.is_lazy(torch.ones(1))", "type(pickle(p))",
    "type(copied(p))", "copied(nn.UninitializedParameter(dtype=torch.float64)).dtype",
    "nn.UninitializedParameter(requires_grad=False).requires_grad",
    "nn.LazyConv2d(3, 2).double().weight",
    "nn.LazyConv2d(3, 2).double().weight.dtype", "nn.LazyBatchNorm1d().double().running_mean",
    "nn.LazyBatchNorm1d().double().running_mean.dtype",
    "nn.LazyLinear(2).has_uninitialized_params()",
    "nn.LazyLinear(2).state_dict()", "nn.LazyBatchNorm2d(bias=False).state_dict()",
    "nn.LazyInstanceNorm1d(affine=False).state_dict(keep_vars=True)",
    "[n for n, _ in nn.LazyBatchNorm1d().named_buffers()]", "nn.LazyLinear(2).reset_parameters()",
    "nn.LazyConv2d(4, 3, padding='same', padding_mode='reflect')",
    "nn.LazyLinear(2).load_state_dict(nn.LazyLinear(2).state_dict())",
]  # fmt: skip


def _first_call(library: Any, layer: str, x: Any, dtype: str = "float32") -> dict[str, Any]:
    """Call a lazy layer, and tell everything about it before and after."""
    library.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module = eval(f"nn.{layer}", {"nn": library.nn}).to(getattr(library, dtype))
        before = repr(module), list(module.state_dict()), repr(list(module.parameters()))
        parameters = list(module.parameters())
        result = module(library.tensor(x.astype(dtype)))
    # What is drawn next tells whether as many numbers were drawn.
    after = library.rand(3).numpy().tolist()
    if result.requires_grad:
        result.sum().backward()
    return {
        "module": module,
        "result": result,
        "facts": (*before, repr(module), type(module).__name__, after),
        "is the same": [a is b for a, b in zip(parameters, module.parameters(), strict=True)],
        "kinds": [type(each).__name__ for each in module.parameters()],
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_first_call(layer: str, shape: tuple[int, ...], dtype: str) -> None:
    mine, peer = (_first_call(library, layer, drawn(shape), dtype) for library in BOTH)
    for what in ("facts", "is the same", "kinds"):
        assert mine[what] == peer[what]
    assert_equal(mine["result"], peer["result"], 1e-5)
    state, expected = mine["module"].state_dict(), peer["module"].state_dict()
    assert list(state) == list(expected)
    for name, value in expected.items():
        if name in ("weight", "bias"):
            assert np.array_equal(state[name].numpy(), value.numpy())
        assert_equal(state[name], value, 1e-5, name)
    for own, other in zip(mine["module"].parameters(), peer["module"].parameters(), strict=True):
        assert_equal(own.grad, other.grad, 1e-4)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_calls_after_the_first_are_plain(layer: str, shape: tuple[int, ...]) -> None:
    module = _first_call(ours, layer, drawn(shape))["module"]
    assert not module._is_hooked
    assert not hasattr(module, "_initialize_hook")
    seen: list[Any] = []
    module.register_forward_pre_hook(lambda *_: seen.append(1))
    module(ours.tensor(drawn(shape).astype("float32")))
    assert seen == [1]


@pytest.mark.parametrize(("layer", "shape"), MISFITS)
def test_inputs_that_do_not_fit(layer: str, shape: tuple[int, ...]) -> None:
    check_error(f"nn.{layer}(x)", {"x": drawn(shape)})


def _outcome(library: Any, expression: str) -> Any:
    names = {
        "torch": library,
        "nn": library.nn,
        "F": library.nn.functional,
        "p": library.nn.UninitializedParameter(),
        "b": library.nn.UninitializedBuffer(),
        "pickle": lambda value: pickle.loads(pickle.dumps(value)),
        "copied": copy.deepcopy,
    }
    try:
        result = eval(expression, names)
    except Exception as problem:
        return problem
    return result.__name__ if isinstance(result, type) else repr(result)


@pytest.mark.parametrize("expression", USES)
def test_uses_of_what_has_no_sizes(expression: str) -> None:
    mine, peer = (_outcome(library, expression) for library in BOTH)
    if isinstance(peer, Exception):
        assert isinstance(mine, Exception), mine
        assert isinstance(mine, type(peer)), repr(mine)
        assert len(str(mine)) > 20
    else:
        assert mine == peer


def test_materialize() -> None:
    for library in BOTH:
        for make, kind in (
            (library.nn.UninitializedParameter, library.nn.Parameter),
            (library.nn.UninitializedBuffer, library.Tensor),
        ):
            value = make(dtype=library.float64)
            value.materialize((2, 3))
            assert type(value) is kind
            assert tuple(value.shape) == (2, 3)
            assert value.dtype == library.float64
            assert value.requires_grad == (kind is library.nn.Parameter)
            value.detach().fill_(2.0)
            assert (value * 3).sum().item() == 36.0
            other = make()
            other.materialize((2,), dtype=library.float16)
            assert other.dtype == library.float16


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_state_dicts_of_layers_with_sizes_are_loaded(layer: str, shape: tuple[int, ...]) -> None:
    x = drawn(shape).astype("float32")
    done = _first_call(ours, layer, x)["module"]
    lazy = eval(f"nn.{layer}", {"nn": our_nn})
    assert not lazy.load_state_dict(done.state_dict()).missing_keys
    assert not lazy.has_uninitialized_params()
    assert type(lazy) is not type(done)
    loaded = {name: value.clone() for name, value in lazy.state_dict().items()}
    for name, value in done.state_dict().items():
        assert np.array_equal(loaded[name].numpy(), value.numpy())
    result, expected = (module(ours.tensor(x)).detach().numpy() for module in (lazy, done))
    assert np.array_equal(result, expected)
    assert repr(lazy) == repr(done)


def test_what_was_loaded_stays_if_the_first_input_does_not_fit() -> None:
    for library in BOTH:
        layer = library.nn.LazyLinear(2)
        layer.load_state_dict(library.nn.Linear(3, 2).state_dict())
        with pytest.raises(AssertionError):
            layer(library.ones(1, 4))
        assert layer(library.ones(1, 3)).shape == (1, 2)
        assert layer.in_features == 3


def test_a_state_dict_that_does_not_fit_leaves_layers_without_sizes() -> None:
    net = our_nn.Sequential(our_nn.LazyBatchNorm1d(), our_nn.LazyLinear(2), our_nn.Linear(2, 2))
    state = our_nn.Sequential(
        our_nn.BatchNorm1d(3), our_nn.Linear(3, 2), our_nn.Linear(2, 5)
    ).state_dict()
    parameters = list(net.parameters())
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict(state)
    assert net[0].has_uninitialized_params()
    assert net[1].has_uninitialized_params()
    assert net(ours.ones(4, 6)).shape == (4, 2)
    assert all(a is b for a, b in zip(parameters, net.parameters(), strict=True))


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_an_optimizer_made_before_the_first_call_trains(optimizer: str) -> None:
    def trained(library: Any) -> Any:
        library.manual_seed(5)
        nn = library.nn
        net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyBatchNorm1d(), nn.LazyLinear(1))
        steps = getattr(library.optim, optimizer)(net.parameters(), lr=0.1)
        x = library.tensor(drawn((6, 3)).astype("float32"))
        for _ in range(3):
            steps.zero_grad()
            net(x).square().mean().backward()
            steps.step()
        return net(x)

    assert_equal(trained(ours), trained(theirs), 1e-4)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_have_sizes_of_their_own(copied: Callable[[Any], Any]) -> None:
    net = our_nn.Sequential(our_nn.LazyConv2d(2, 3), our_nn.LazyBatchNorm2d())
    other = copied(net)
    assert other(ours.ones(2, 3, 4, 4)).shape == (2, 2, 2, 2)
    assert type(other[1]) is our_nn.BatchNorm2d
    assert net[0].has_uninitialized_params()
    assert net(ours.ones(2, 1, 4, 4)).shape == (2, 2, 2, 2)


def _own_lazy_class(library: Any) -> Any:
    nn = library.nn

    class Scale(nn.modules.lazy.LazyModuleMixin, nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self, complete: bool) -> None:
            super().__init__()
            self.complete = complete
            self.factor = nn.UninitializedParameter()
            self.shift = nn.UninitializedBuffer(persistent=False)

        def initialize_parameters(self, x: Any, times: int = 1) -> None:
            if self.has_uninitialized_params():
                with library.no_grad():
                    self.factor.materialize((x.shape[-1],))
                    self.factor.fill_(times)
                    if self.complete:
                        self.shift.materialize((1,))
                        self.shift.zero_()

        def forward(self, x: Any, times: int = 1) -> Any:
            return x * self.factor + self.shift

    return Scale


def test_lazy_classes_of_users() -> None:
    for library in BOTH:
        kind = _own_lazy_class(library)
        layer = kind(True)
        assert list(layer.state_dict()) == ["factor"]
        assert layer(library.ones(2, 3), times=4).tolist() == [[4.0] * 3] * 2
        assert layer(library.ones(3)).tolist() == [4.0] * 3
        assert type(layer) is kind
        with pytest.raises(RuntimeError, match="not been fully initialized"):
            kind(False)(library.ones(3))


# ---- functions and losses

NORMS = [
    ("nn.CrossMapLRN2d(3, alpha=0.5)", (2, 6, 2, 3)),
    ("nn.CrossMapLRN2d(5, 0.9, 0.6, 2.0)", (1, 7, 2, 2)),
    ("nn.CrossMapLRN2d(2, 0.9)", (2, 3, 1, 2)),
    ("nn.CrossMapLRN2d(4, 0.9)", (2, 2, 1, 2)),
    ("nn.CrossMapLRN2d(9, 0.9)", (2, 3, 1, 2)),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("layer", "shape"), NORMS)
def test_cross_map_normalization(layer: str, shape: tuple[int, ...], dtype: str) -> None:
    mine, peer = check("m(x)", {"x": drawn(shape)}, dtype, order=1, layer=layer)
    assert repr(mine.layer) == repr(peer.layer)


LOSSES = [
    ("nn.LinearCrossEntropyLoss(3, 4)", (5, 3), (5,)),
    ("nn.LinearCrossEntropyLoss(3, 4, bias=True, reduction='sum')", (5, 3), (5,)),
    ("nn.LinearCrossEntropyLoss(3, 4, reduction='none', ignore_index=1)", (5, 3), (5,)),
    ("nn.LinearCrossEntropyLoss(3, 4, label_smoothing=0.2)", (3,), ()),
    ("nn.LinearCrossEntropyLoss(3, 4, out_features=(2, 3), bias=True)", (5, 3), (5, 2, 3)),
    ("nn.LinearCrossEntropyLoss(3, 4, out_features=(2,))", (5, 3), "probabilities"),
    ("nn.LinearCrossEntropyLoss(3, 4, weight=torch.arange(4.0))", (5, 3), (5,)),
]


@pytest.mark.parametrize(("layer", "shape", "classes"), LOSSES)
def test_linear_cross_entropy(layer: str, shape: tuple[int, ...], classes: Any) -> None:
    numbers = np.random.default_rng(1)
    if isinstance(classes, str):
        target = numbers.dirichlet(np.ones(4), (5, 2)).transpose(0, 2, 1)
    else:
        target = np.asarray(numbers.integers(0, 4, classes))
    for dtype, order in (("float32", 1), ("float64", 1), ("float64", 2)):
        operands = {"x": drawn(shape), "t": target}
        mine, peer = check("m(x, t)", operands, dtype, order=order, layer=layer)
        assert repr(mine.layer) == repr(peer.layer)
        assert list(mine.state) == list(peer.state)


@pytest.mark.parametrize(
    "expression",
    [
        "F.linear_cross_entropy(x[0, 0, 0], x[0], t)",
        "F.linear_cross_entropy(x, x[0], t)",
        "F.linear_cross_entropy(x[0], x[0, 0], t)",
        "F.linear_cross_entropy(x[0], x[0, :, :3], t)",
        "F.linear_cross_entropy(x[0], x[0], t, linear_bias=x[0])",
        "F.linear_cross_entropy(x[0, 0], x, t)",
        "F.linear_cross_entropy(x[0], x[0], x[0, :, :3], ignore_index=1)",
        "nn.LinearCrossEntropyLoss(3, 4, weight=torch.ones(3))",
        "nn.LinearCrossEntropyLoss(3, 4, label_smoothing=1.5)",
        "nn.CrossMapLRN2d(3)(x)",
        "torch.conv_tbc(x[0], x, x[0, 0])",
        "torch.conv_tbc(x, x, x[0, 0])",
        "torch.conv_tbc(x, x.mT, x[0, 0])",
        "torch.native_channel_shuffle(x, 2)",
    ],
)
def test_refused_calls(expression: str) -> None:
    check_error(expression, {"x": drawn((2, 3, 4)), "t": np.array([0, 2, 1])})


def test_options_of_linear_cross_entropy_are_refused() -> None:
    x = ours.ones(2, 3)
    with pytest.raises(NotImplementedError, match="options"):
        our_nn.functional.linear_cross_entropy(x, x, ours.tensor([0, 1]), options=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["dense", "turned", "stepped"])
@pytest.mark.parametrize("pad", [0, 1, 2])
def test_conv_tbc(pad: int, layout: str) -> None:
    operands = {"x": drawn((5, 2, 3)), "w": drawn((3, 3, 4), 1), "b": drawn((4,), 2)}
    expression = f"torch.conv_tbc(x, w, b, {pad})"
    mine, peer = check(expression, operands, order=1, layout=layout)
    assert mine.result.stride() == peer.result.stride()
    check(expression.replace("torch", "F"), operands, "float32", order=1)


@pytest.mark.parametrize("shape", [(2, 6, 3, 2), (1, 4, 2)])
def test_native_channel_shuffle(shape: tuple[int, ...]) -> None:
    check("torch.native_channel_shuffle(x, 2)", {"x": drawn(shape)})
    check("F.native_channel_shuffle(x, 2)", {"x": drawn(shape)}, "float32")


def test_questions_about_the_dtype_are_answered_beside_classes_of_users() -> None:
    class Own(ours.Tensor):
        pass

    assert isinstance(Own([1.0]), ours.Tensor)
    assert ours.nn.LazyLinear(3).weight.is_floating_point()
