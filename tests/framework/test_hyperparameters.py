"""Options of layers and optimizers that PyTorch refuses are refused, and all others work."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

Options = dict[str, Any]

REALS = st.sampled_from([-1, -0.5, 0, 0.5, 1, 1.5, 2, 1e-3, float("inf"), float("nan")])
COUNTS = st.integers(-2, 5)
# Layers without features are another matter.
SIZES = COUNTS.filter(lambda size: size != 0)
KINDS = {"reals": REALS, "counts": COUNTS, "sizes": SIZES}

IMAGES = [(2, 4, 6, 6)]
ROWS = [(2, 4)]
PAIR = [(2, 4), (2, 4)]
STEPS = [(3, 2, 4)]

# The layer, arguments that it takes, the shapes of its inputs, and the options that are drawn.
LAYERS: list[tuple[str, Options, list[Any], dict[str, str]]] = [
    ("Linear", {"in_features": 4, "out_features": 3}, ROWS, {"sizes": "in_features out_features"}),
    (
        "Conv2d",
        {"in_channels": 4, "out_channels": 4, "kernel_size": 3},
        IMAGES,
        {
            "sizes": "in_channels out_channels",
            "counts": "kernel_size stride padding dilation groups",
        },
    ),
    (
        "ConvTranspose1d",
        {"in_channels": 4, "out_channels": 4, "kernel_size": 3},
        [(2, 4, 5)],
        {"sizes": "out_channels", "counts": "kernel_size stride padding output_padding groups"},
    ),
    ("MaxPool2d", {"kernel_size": 2}, IMAGES, {"counts": "kernel_size stride padding dilation"}),
    (
        "AvgPool2d",
        {"kernel_size": 2},
        IMAGES,
        {"counts": "kernel_size stride padding divisor_override"},
    ),
    ("LPPool2d", {"norm_type": 2, "kernel_size": 2}, IMAGES, {"sizes": "kernel_size stride"}),
    ("AdaptiveAvgPool2d", {"output_size": 2}, IMAGES, {"counts": "output_size"}),
    ("Dropout", {}, ROWS, {"reals": "p"}),
    ("Dropout2d", {}, IMAGES, {"reals": "p"}),
    ("AlphaDropout", {}, ROWS, {"reals": "p"}),
    ("BatchNorm1d", {"num_features": 4}, ROWS, {"sizes": "num_features", "reals": "eps momentum"}),
    ("LayerNorm", {"normalized_shape": 4}, ROWS, {"sizes": "normalized_shape", "reals": "eps"}),
    (
        "GroupNorm",
        {"num_groups": 2, "num_channels": 4},
        IMAGES,
        {"sizes": "num_groups num_channels", "reals": "eps"},
    ),
    ("InstanceNorm2d", {"num_features": 4}, IMAGES, {"reals": "eps momentum"}),
    ("RMSNorm", {"normalized_shape": 4}, ROWS, {"sizes": "normalized_shape", "reals": "eps"}),
    ("LocalResponseNorm", {"size": 2}, IMAGES, {"sizes": "size", "reals": "alpha beta k"}),
    (
        "Embedding",
        {"num_embeddings": 5, "embedding_dim": 3},
        ["rows"],
        {"sizes": "num_embeddings embedding_dim", "counts": "padding_idx", "reals": "max_norm"},
    ),
    *[
        (
            name,
            {"input_size": 4, "hidden_size": 3},
            STEPS,
            {"sizes": "input_size hidden_size", "counts": "num_layers", "reals": "dropout"},
        )
        for name in ("RNN", "LSTM", "GRU")
    ],
    (
        "MultiheadAttention",
        {"embed_dim": 4, "num_heads": 2},
        STEPS * 3,
        {"counts": "embed_dim num_heads", "sizes": "kdim vdim", "reals": "dropout"},
    ),
    *[(name, {}, ROWS, {"reals": "alpha"}) for name in ("ELU", "CELU")],
    ("LeakyReLU", {}, ROWS, {"reals": "negative_slope"}),
    ("Hardtanh", {}, ROWS, {"reals": "min_val max_val"}),
    ("RReLU", {}, ROWS, {"reals": "lower upper"}),
    ("PReLU", {}, ROWS, {"counts": "num_parameters", "reals": "init"}),
    ("Softplus", {}, ROWS, {"reals": "beta threshold"}),
    *[(name, {}, ROWS, {"reals": "lambd"}) for name in ("Softshrink", "Hardshrink")],
    ("Softmax", {"dim": 1}, ROWS, {"counts": "dim"}),
    ("GLU", {}, ROWS, {"counts": "dim"}),
    (
        "CrossEntropyLoss",
        {},
        [(2, 4), "classes"],
        {"counts": "ignore_index", "reals": "label_smoothing"},
    ),
    ("MultiMarginLoss", {}, [(2, 4), "classes"], {"counts": "p", "reals": "margin"}),
    ("HuberLoss", {}, PAIR, {"reals": "delta"}),
    ("SmoothL1Loss", {}, PAIR, {"reals": "beta"}),
    ("TripletMarginLoss", {}, ROWS * 3, {"reals": "margin p eps"}),
    ("CosineSimilarity", {}, PAIR, {"counts": "dim", "reals": "eps"}),
    ("PairwiseDistance", {}, PAIR, {"reals": "p eps"}),
    ("PixelShuffle", {"upscale_factor": 2}, IMAGES, {"counts": "upscale_factor"}),
    ("Unfold", {"kernel_size": 2}, IMAGES, {"counts": "kernel_size dilation padding stride"}),
    ("Flatten", {}, IMAGES, {"counts": "start_dim end_dim"}),
    ("ReflectionPad1d", {"padding": 1}, [(2, 4)], {"counts": "padding"}),
    ("ChannelShuffle", {"groups": 2}, IMAGES, {"counts": "groups"}),
]

OPTIMIZERS: list[tuple[str, dict[str, str]]] = [
    ("SGD", {"reals": "lr momentum dampening weight_decay"}),
    *[(name, {"reals": "lr eps weight_decay"}) for name in ("Adam", "AdamW", "RAdam", "Adamax")],
    ("NAdam", {"reals": "lr eps weight_decay momentum_decay"}),
    ("Adagrad", {"reals": "lr lr_decay weight_decay initial_accumulator_value eps"}),
    ("Adadelta", {"reals": "lr rho eps weight_decay"}),
    ("RMSprop", {"reals": "lr alpha eps weight_decay momentum"}),
    ("Rprop", {"reals": "lr"}),
    ("ASGD", {"reals": "lr lambd alpha t0 weight_decay"}),
    ("Adafactor", {"reals": "lr beta2_decay d weight_decay"}),
    ("LBFGS", {"reals": "lr tolerance_grad tolerance_change", "counts": "max_iter"}),
]
PAIRS_OF_OPTIONS = {
    "betas": ("Adam", "AdamW", "RAdam", "Adamax", "NAdam"),
    "etas": ("Rprop",),
    "step_sizes": ("Rprop",),
}


def options_of(kinds: dict[str, str]) -> st.SearchStrategy[Options]:
    """Draw one or two of the options that are named by kind."""
    values = {name: KINDS[kind] for kind, names in kinds.items() for name in names.split()}
    return st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: values[name] for name in names})
    )


def operand(t: Any, shape: Any) -> Any:
    if shape == "rows":
        return t.tensor([[0, 1, 3], [2, 1, 0]])
    if shape == "classes":
        return t.tensor([0, 1])
    return t.tensor(np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32))


def compute(t: Any, name: str, arguments: Options, shapes: list[Any]) -> Any:
    """Give what a layer computes that was made with a seed."""
    t.manual_seed(0)
    result = getattr(t.nn, name)(**arguments)(*[operand(t, shape) for shape in shapes])
    return (result[0] if isinstance(result, tuple) else result).detach().numpy()


def train(t: Any, name: str, options: Options) -> Any:
    """Give parameters after two steps."""
    x = t.ones(2, 2, requires_grad=True)
    optimizer = getattr(t.optim, name)([x], **options)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
    return x.detach().numpy()


def assert_same(call: Callable[[Any], Any], tolerance: float) -> None:
    """Call with both libraries: errors are of PyTorch's class, results equal."""
    results: list[Any] = []
    for t in (theirs, ours):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                results.append(call(t))
            except Exception as problem:
                results.append(problem)
    expected, mine = results
    if isinstance(expected, Exception):
        assert isinstance(mine, type(expected)), f"{expected!r} was expected, got {mine!r}"
    elif isinstance(mine, Exception):
        raise mine
    else:
        np.testing.assert_allclose(mine, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("name", "arguments", "shapes", "kinds"), LAYERS, ids=[layer[0] for layer in LAYERS]
)
def test_layers(name: str, arguments: Options, shapes: list[Any], kinds: dict[str, str]) -> None:
    @given(options_of(kinds))
    def check(options: Options) -> None:
        assert_same(lambda t: compute(t, name, {**arguments, **options}, shapes), 1e-4)

    check()


@pytest.mark.parametrize(("name", "kinds"), OPTIMIZERS, ids=[each[0] for each in OPTIMIZERS])
def test_optimizers(name: str, kinds: dict[str, str]) -> None:
    @given(options_of(kinds))
    def check(options: Options) -> None:
        assert_same(lambda t: train(t, name, options), 1e-4)

    check()


def test_a_step_of_asgd_whose_size_would_be_complex_takes_the_real_part() -> None:
    assert_same(lambda t: train(t, "ASGD", {"lambd": -1, "lr": 1.5}), 1e-4)


@pytest.mark.parametrize(
    ("option", "name"),
    [(option, name) for option, names in PAIRS_OF_OPTIONS.items() for name in names],
)
def test_options_of_optimizers_that_are_pairs(option: str, name: str) -> None:
    @given(st.tuples(REALS, REALS))
    def check(pair: tuple[float, float]) -> None:
        assert_same(lambda t: train(t, name, {option: pair}), 1e-4)

    check()


@pytest.mark.parametrize("name", [each[0] for each in OPTIMIZERS])
def test_an_option_that_is_a_text_is_refused(name: str) -> None:
    assert_same(lambda t: train(t, name, {"lr": "a"}), 0)
