"""Attention gives PyTorch's numbers, gradients and errors."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .sequence_pairs import LIBRARIES, check_error, check_runs, normal, run, twins

theirs = pytest.importorskip("torch")

# ---- scaled_dot_product_attention

CHANCES = np.random.default_rng(3).random((2, 3, 5, 6))
SHAPES: dict[str, tuple[tuple[int, ...], ...]] = {
    "heads": ((2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 4)),
    "batch": ((3, 5, 4), (3, 6, 4), (3, 6, 2)),
    "matrices": ((5, 4), (6, 4), (6, 3)),
    "broadcast": ((2, 3, 5, 4), (3, 6, 4), (2, 1, 6, 4)),
    "one": ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1)),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "causal": {"is_causal": True},
    "scale": {"scale": 0.3},
    "negative scale": {"scale": -1.0},
    "dropout": {"dropout_p": 0.4},
    "causal dropout": {"dropout_p": 0.4, "is_causal": True},
}
MASKS: dict[str, Any] = {
    "bool": CHANCES[0, 0] > 0.4,
    "numbers": normal(5, 6, seed=4),
    "all heads": CHANCES > 0.4,
    "of keys": CHANCES[0, 0, :1] > 0.4,
    "hidden row": CHANCES[0, 0] > np.array([0.4, 0.4, 2.0, 0.4, 0.4])[:, None],
    "minus infinity": np.where(CHANCES[0, 0] > 0.4, 0, -np.inf),
}


def attend(shapes: Any, mask: Any = None, **options: Any) -> Any:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        operands = [leaf(normal(*shape, seed=i)) for i, shape in enumerate(shapes)]
        given = {} if mask is None else {"attn_mask": lib.tensor(mask)}
        function = lib.nn.functional.scaled_dot_product_attention
        return function(*operands, **given, **options)

    return compute


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("shapes", SHAPES)
def test_attention(shapes: str, options: str) -> None:
    check_runs((None, None), attend(SHAPES[shapes], **OPTIONS[options]))


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("dropout_p", [0.0, 0.5])
def test_masks(mask: str, dropout_p: float) -> None:
    check_runs((None, None), attend(SHAPES["heads"], MASKS[mask], dropout_p=dropout_p))


@pytest.mark.parametrize("dropout_p", [0.0, 0.5])
def test_shared_heads(dropout_p: float) -> None:
    shapes = ((2, 6, 5, 4), (2, 2, 7, 4), (2, 2, 7, 4))
    check_runs((None, None), attend(shapes, enable_gqa=True, dropout_p=dropout_p))


def test_float32() -> None:
    check_runs((None, None), attend(SHAPES["heads"], is_causal=True), "float32")


def test_a_mask_that_needs_a_gradient() -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        operands = [leaf(normal(*shape, seed=i)) for i, shape in enumerate(SHAPES["heads"])]
        mask = leaf(normal(5, 6, seed=9))
        return lib.nn.functional.scaled_dot_product_attention(*operands, attn_mask=mask)

    check_runs((None, None), compute)


@pytest.mark.parametrize("case", ["plain", "causal", "scale", "bool", "hidden row", "shared"])
def test_second_derivatives(case: str) -> None:
    shapes, options = SHAPES["heads"], dict(OPTIONS.get(case, {}))
    if case == "shared":
        shapes, options = ((2, 6, 5, 4), (2, 2, 7, 4), (2, 2, 7, 4)), {"enable_gqa": True}
    # PyTorch's fast way has no second derivative.
    with theirs.nn.attention.sdpa_kernel(theirs.nn.attention.SDPBackend.MATH):
        check_runs((None, None), attend(shapes, MASKS.get(case), **options), order=2)


def test_strided_operands() -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        whole = leaf(normal(5, 2, 3, 3, 4))
        q, k, v = (whole[:, :, i].permute(1, 2, 0, 3) for i in range(3))
        return lib.nn.functional.scaled_dot_product_attention(q, k, v.detach() * 1)

    check_runs((None, None), compute)


def zeros(lib: Any, *shapes: tuple[int, ...]) -> list[Any]:
    return [lib.zeros(*shape) for shape in shapes]


BAD: dict[str, Any] = {
    "one dimension": lambda lib, f: f(*zeros(lib, (3,), (3,), (3,))),
    "dtypes": lambda lib, f: f(lib.zeros(2, 3), lib.zeros(2, 3).double(), lib.zeros(2, 3)),
    "integers": lambda lib, f: f(*[lib.zeros(2, 3).long()] * 3),
    "features": lambda lib, f: f(*zeros(lib, (2, 3), (2, 4), (2, 3))),
    "keys": lambda lib, f: f(*zeros(lib, (2, 3), (2, 3), (3, 3))),
    "batches": lambda lib, f: f(*zeros(lib, (2, 2, 3), (3, 2, 3), (3, 2, 3))),
    "mask and causal": lambda lib, f: f(
        *zeros(lib, (2, 3), (2, 3), (2, 3)), lib.ones(2, 2).bool(), is_causal=True
    ),
    "mask of integers": lambda lib, f: f(
        *zeros(lib, (2, 3), (2, 3), (2, 3)), lib.ones(2, 2).long()
    ),
    "mask of doubles": lambda lib, f: f(
        *zeros(lib, (2, 3), (2, 3), (2, 3)), lib.ones(2, 2).double()
    ),
    "shape of mask": lambda lib, f: f(*zeros(lib, (2, 3), (2, 3), (2, 3)), lib.ones(3, 2)),
    "dropout": lambda lib, f: f(*zeros(lib, (2, 3), (2, 3), (2, 3)), dropout_p=1.5),
    "heads": lambda lib, f: f(
        *zeros(lib, (1, 4, 2, 3), (1, 3, 2, 3), (1, 3, 2, 3)), enable_gqa=True
    ),
    "shared heads without saying so": lambda lib, f: f(
        *zeros(lib, (1, 4, 2, 3), (1, 2, 2, 3), (1, 2, 2, 3))
    ),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("dropout_p", [0.0, 0.1])
def test_errors(case: str, dropout_p: float) -> None:
    def steps(lib: Any) -> None:
        function = lib.nn.functional.scaled_dot_product_attention

        def call(*operands: Any, **options: Any) -> None:
            function(*operands, **({"dropout_p": dropout_p} | options))

        BAD[case](lib, call)

    check_error(steps)


# ---- MultiheadAttention

MODULES: dict[str, dict[str, Any]] = {
    "plain": {},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False},
    "other keys": {"kdim": 3, "vdim": 5},
    "other keys, no bias": {"kdim": 3, "bias": False, "batch_first": True},
    "one more key": {"add_bias_kv": True},
    "zero attention": {"add_zero_attn": True},
    "all": {"add_bias_kv": True, "add_zero_attn": True, "dropout": 0.3, "kdim": 3},
    "dropout": {"dropout": 0.5},
}
WEIGHTS: dict[str, dict[str, Any]] = {
    "mean": {},
    "none": {"need_weights": False},
    "heads": {"average_attn_weights": False},
}
L, S, N, HEADS = 4, 5, 3, 2
HIDDEN = np.random.default_rng(0).random((N * HEADS, L, S)) > 0.6
HIDDEN[..., 0] = False
PADDED = np.array([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
CALLS: dict[str, dict[str, Any]] = {
    "no mask": {},
    "mask": {"attn_mask": HIDDEN[0]},
    "mask of heads": {"attn_mask": HIDDEN},
    "numbers": {"attn_mask": normal(L, S, seed=8)},
    "padding": {"key_padding_mask": PADDED},
    "padding of numbers": {"key_padding_mask": normal(N, S, seed=9)},
    "both": {"key_padding_mask": PADDED, "attn_mask": HIDDEN[0]},
    "both of heads": {"key_padding_mask": PADDED, "attn_mask": HIDDEN},
    "mixed": {"key_padding_mask": PADDED, "attn_mask": normal(L, S, seed=8)},
    "causal": {"attn_mask": np.triu(np.ones((L, S), bool), 1), "is_causal": True},
    "causal and padding": {
        "attn_mask": np.triu(np.ones((L, S), bool), 1),
        "key_padding_mask": PADDED,
        "is_causal": True,
    },
}


def modules(**options: Any) -> list[Any]:
    return twins(lambda lib: lib.nn.MultiheadAttention(4, HEADS, dtype=lib.float64, **options))


def call(lib: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {k: lib.tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}


def of_three(**given: Any) -> Any:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        shapes = [(L, N, 4), (S, N, module.kdim), (S, N, module.vdim)]
        operands = [leaf(normal(*shape, seed=i)) for i, shape in enumerate(shapes)]
        if module.batch_first:
            operands = [each.transpose(0, 1) for each in operands]
        return module(*operands, **call(lib, given))

    return compute


def of_one(**given: Any) -> Any:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        x = leaf(normal(S, N, 4))
        return module(x, x, x, **call(lib, given))

    return compute


def of_two(**given: Any) -> Any:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        x, y = leaf(normal(L, N, 4)), leaf(normal(S, N, 4, seed=1))
        return module(x, y, y, **call(lib, given))

    return compute


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("given", CALLS)
def test_multihead_attention(module: str, weights: str, given: str) -> None:
    check_runs(modules(**MODULES[module]), of_three(**CALLS[given], **WEIGHTS[weights]))


@pytest.mark.parametrize("module", ["plain", "no bias", "one more key", "dropout"])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("compute", [of_one, of_two])
def test_attention_to_itself_and_to_another(module: str, weights: str, compute: Any) -> None:
    check_runs(modules(**MODULES[module]), compute(**WEIGHTS[weights]))


@pytest.mark.parametrize("module", ["plain", "batch first", "all"])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("given", ["no mask", "mask", "padding", "of heads"])
def test_single_sequences(module: str, weights: str, given: str) -> None:
    masks: Any = {"mask": {"attn_mask": HIDDEN[0]}, "padding": {"key_padding_mask": PADDED[1]}}
    masks["of heads"] = {"attn_mask": HIDDEN[:HEADS]}

    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        shapes = [(L, 4), (S, module.kdim), (S, module.vdim)]
        operands = [leaf(normal(*shape, seed=i)) for i, shape in enumerate(shapes)]
        return module(*operands, **call(lib, masks.get(given, {})), **WEIGHTS[weights])

    check_runs(modules(**MODULES[module]), compute)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_eval_and_float32(weights: str) -> None:
    pair = [each.eval() for each in modules(dropout=0.5)]
    check_runs(pair, of_one(**WEIGHTS[weights]))
    pair = twins(lambda lib: lib.nn.MultiheadAttention(4, HEADS))
    check_runs(pair, of_one(**WEIGHTS[weights]), "float32")


@pytest.mark.parametrize("weights", WEIGHTS)
def test_second_derivatives_of_modules(weights: str) -> None:
    with theirs.nn.attention.sdpa_kernel(theirs.nn.attention.SDPBackend.MATH):
        check_runs(modules(), of_one(**WEIGHTS[weights]), order=2)
        check_runs(
            modules(kdim=3, add_bias_kv=True),
            of_three(**WEIGHTS[weights], **CALLS["both"]),
            order=2,
        )


@pytest.mark.parametrize("weights", ["mean", "none"])
def test_a_query_that_sees_no_key(weights: str) -> None:
    """It gives NaN where weights are asked for, and only the bias where they are not."""
    mask = HIDDEN[0].copy()
    mask[2] = True
    results = []
    for lib, module in zip(LIBRARIES, modules(), strict=True):
        compute = of_three(attn_mask=mask, **WEIGHTS[weights])
        parts, _ = run(lib, module, compute, "float64")
        results.append([part.detach().numpy() for part in parts])
    for peer, mine in zip(*results, strict=True):
        np.testing.assert_allclose(mine, peer, rtol=1e-10)


def test_static_keys_and_values() -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        x = leaf(normal(L, N, 4))
        static = [leaf(normal(N * HEADS, 7, 2, seed=i)) for i in (1, 2)]
        weights = [leaf(normal(*shape, seed=3)) for shape in ((12, 4), (12,), (4, 4), (4,))]
        function = lib.nn.functional.multi_head_attention_forward
        results = []
        for need_weights in (True, False):
            results += function(
                x, x, x, 4, HEADS, weights[0], weights[1], None, None, False, 0.0, weights[2],
                weights[3], static_k=static[0], static_v=static[1], need_weights=need_weights,
            )  # fmt: skip
        return results

    check_runs((None, None), compute)


def test_mixed_masks_warn() -> None:
    for lib in LIBRARIES:
        module, x = lib.nn.MultiheadAttention(4, 2), lib.zeros(3, 1, 4)
        with pytest.warns(UserWarning, match="mismatched key_padding_mask"):
            module(x, x, x, lib.zeros(1, 3), attn_mask=lib.zeros(3, 3).bool())


BAD_MODULES: list[Any] = [
    lambda nn: nn.MultiheadAttention(10, 3),
    lambda nn: nn.MultiheadAttention(0, 3),
    lambda nn: nn.MultiheadAttention(10, -1),
]


@pytest.mark.parametrize("make", BAD_MODULES)
def test_bad_options(make: Any) -> None:
    check_error(lambda lib: make(lib.nn))


X = (3, 1, 4)
BAD_CALLS: dict[str, Any] = {
    "one dimension": lambda lib, m: m(*zeros(lib, (4,), (4,), (4,))),
    "ranks": lambda lib, m: m(*zeros(lib, (3, 4), X, X)),
    "ranks the other way": lambda lib, m: m(*zeros(lib, X, (3, 4), (3, 4))),
    "features": lambda lib, m: m(*zeros(lib, (3, 1, 5), (3, 1, 5), (3, 1, 5))),
    "values": lambda lib, m: m(*zeros(lib, X, X, (4, 1, 4))),
    "shape of mask": lambda lib, m: m(*zeros(lib, X, X, X), attn_mask=lib.zeros(2, 3)),
    "heads of mask": lambda lib, m: m(*zeros(lib, X, X, X), attn_mask=lib.zeros(1, 3, 3)),
    "rank of mask": lambda lib, m: m(*zeros(lib, X, X, X), attn_mask=lib.zeros(1, 1, 3, 3)),
    "mask of integers": lambda lib, m: m(*zeros(lib, X, X, X), attn_mask=lib.zeros(3, 3).long()),
    "padding of integers": lambda lib, m: m(*zeros(lib, X, X, X), lib.zeros(1, 3).long()),
    "shape of padding": lambda lib, m: m(*zeros(lib, X, X, X), lib.zeros(3, 1).bool()),
    "length of padding": lambda lib, m: m(*zeros(lib, X, X, X), lib.zeros(1, 4).bool()),
    "rank of padding": lambda lib, m: m(*zeros(lib, X, X, X), lib.zeros(3).bool()),
    "causal without mask": lambda lib, m: m(*zeros(lib, X, X, X), is_causal=True),
    "dtype": lambda lib, m: m(*[lib.zeros(3, 1, 4).double()] * 3),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_bad_calls(case: str) -> None:
    check_error(lambda lib: BAD_CALLS[case](lib, lib.nn.MultiheadAttention(4, 2)))


def test_attributes() -> None:
    peer, mine = modules(kdim=3, dropout=0.1)
    for name in (
        "embed_dim", "kdim", "vdim", "num_heads", "dropout", "batch_first", "head_dim",
        "add_zero_attn", "in_proj_weight", "bias_k", "bias_v", "_qkv_same_embed_dim",
    ):  # fmt: skip
        assert getattr(mine, name) == getattr(peer, name), name


def test_no_warning_without_reason() -> None:
    module, x = ours.nn.MultiheadAttention(4, 2), ours.zeros(3, 1, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module(x, x, x, ours.zeros(1, 3).bool(), attn_mask=ours.zeros(3, 3).bool())
