"""Transformers give PyTorch's numbers, gradients, errors and initial weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .sequence_pairs import LIBRARIES, both, check_error, check_runs, normal, twins

theirs = pytest.importorskip("torch")

S, T, N, E, HEADS = 5, 4, 3, 4, 2
PADDED = np.array([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
CAUSAL = np.triu(np.full((S, S), -np.inf), 1)
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "norm first": {"norm_first": True},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False, "norm_first": True},
    "gelu": {"activation": "gelu", "dropout": 0.0},
    "relu by name": {"activation": "relu", "layer_norm_eps": 1e-3},
}
MASKS: dict[str, dict[str, Any]] = {
    "none": {},
    "mask": {"src_mask": np.random.default_rng(0).random((S, S)) > 0.8},
    "padding": {"src_key_padding_mask": PADDED},
    "both": {"src_mask": np.isneginf(CAUSAL), "src_key_padding_mask": PADDED},
    "causal": {"src_mask": CAUSAL, "is_causal": True},
}


def made(name: str, *sizes: Any, **options: Any) -> list[Any]:
    return twins(lambda lib: getattr(lib.nn, name)(*sizes, dtype=lib.float64, **options))


def call(lib: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {k: lib.tensor(v) if isinstance(v, np.ndarray) else v for k, v in given.items()}


def encode(batch_first: bool = False, **given: Any) -> Any:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        shape = (N, S, E) if batch_first else (S, N, E)
        return module(leaf(normal(*shape)), **call(lib, given))

    return compute


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("masks", MASKS)
def test_encoder_layer(options: str, masks: str) -> None:
    pair = made("TransformerEncoderLayer", E, HEADS, 8, **OPTIONS[options])
    check_runs(pair, encode(options == "batch first", **MASKS[masks]))


@pytest.mark.parametrize("options", OPTIONS)
def test_decoder_layer(options: str) -> None:
    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        is_first = options == "batch first"
        tgt = leaf(normal(*((N, T, E) if is_first else (T, N, E))))
        memory = leaf(normal(*((N, S, E) if is_first else (S, N, E)), seed=1))
        given = {
            "tgt_mask": CAUSAL[:T, :T],
            "memory_mask": normal(T, S, seed=3),
            "tgt_key_padding_mask": np.zeros((N, T)),
            "memory_key_padding_mask": np.where(PADDED, -np.inf, 0),
        }
        return module(tgt, memory), module(tgt, memory, **call(lib, given))

    check_runs(made("TransformerDecoderLayer", E, HEADS, 8, **OPTIONS[options]), compute)


def encoder(lib: Any, **options: Any) -> Any:
    layer = lib.nn.TransformerEncoderLayer(E, HEADS, 8, dtype=lib.float64, **options)
    norm = lib.nn.LayerNorm(E, dtype=lib.float64)
    return lib.nn.TransformerEncoder(layer, 2, norm, enable_nested_tensor=False)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"mask": CAUSAL},
        {"mask": CAUSAL, "is_causal": True},
        {"mask": CAUSAL, "is_causal": False},
        {"mask": normal(S, S)},
        {"mask": np.isneginf(CAUSAL)},
        {"src_key_padding_mask": PADDED},
        {"mask": np.isneginf(CAUSAL), "src_key_padding_mask": PADDED},
    ],
)
@pytest.mark.parametrize("batch_first", [False, True])
def test_encoder(given: dict[str, Any], batch_first: bool) -> None:
    pair = twins(lambda lib: encoder(lib, batch_first=batch_first))
    check_runs(pair, encode(batch_first, **given))
    check_runs([each.eval() for each in pair], encode(batch_first, **given))


def test_second_derivatives() -> None:
    with theirs.nn.attention.sdpa_kernel(theirs.nn.attention.SDPBackend.MATH):
        pair = made("TransformerEncoderLayer", E, HEADS, 6, activation="gelu", dropout=0.0)
        check_runs(pair, encode(), order=2)


def translate(lib: Any, module: Any, leaf: Any) -> Any:
    first = module.batch_first
    src = leaf(normal(*((N, S, E) if first else (S, N, E))))
    tgt = leaf(normal(*((N, T, E) if first else (T, N, E)), seed=1))
    mask = module.generate_square_subsequent_mask(T, dtype=lib.float64)
    one = module(src[0], tgt[0]) if first else module(src[:, 0], tgt[:, 0])
    padding = lib.tensor(PADDED)
    return (
        module(src, tgt),
        module(src, tgt, tgt_mask=mask, memory_key_padding_mask=padding),
        module(src, tgt, tgt_mask=mask, src_key_padding_mask=padding, tgt_is_causal=True),
        one,
    )


@pytest.mark.parametrize("options", OPTIONS)
def test_transformer(options: str) -> None:
    check_runs(made("Transformer", E, HEADS, 2, 1, 8, **OPTIONS[options]), translate)


def test_float32() -> None:
    pair = twins(lambda lib: lib.nn.Transformer(E, HEADS, 1, 2, 8))

    def compute(lib: Any, module: Any, leaf: Any) -> Any:
        return module(leaf(normal(S, N, E)), leaf(normal(T, N, E, seed=1)))

    check_runs(pair, compute, "float32")


def test_training() -> None:
    """Ten steps of training with dropout come to the same losses."""

    def train(lib: Any) -> list[float]:
        lib.manual_seed(4)
        model = lib.nn.Transformer(8, 2, 1, 1, 16, dropout=0.2, dtype=lib.float64)
        src, tgt = lib.tensor(normal(5, 2, 8)), lib.tensor(normal(4, 2, 8, seed=1))
        mask = model.generate_square_subsequent_mask(4, dtype=lib.float64)
        losses = []
        for _ in range(10):
            loss = ((model(src, tgt, tgt_mask=mask) - tgt) ** 2).mean()
            loss.backward()
            with lib.no_grad():
                for weight in model.parameters():
                    weight -= 0.05 * weight.grad
            model.zero_grad()
            losses.append(loss.item())
        return losses

    peer, mine = both(train)
    assert peer[-1] < peer[0]
    np.testing.assert_allclose(mine, peer, rtol=1e-10)


def test_custom_parts() -> None:
    def make(lib: Any) -> Any:
        return lib.nn.Transformer(
            E, HEADS, custom_encoder=encoder(lib), num_decoder_layers=1, dim_feedforward=8,
            dtype=lib.float64,
        )  # fmt: skip

    check_runs(twins(make), translate)


def test_an_activation_that_is_a_module() -> None:
    pair = twins(
        lambda lib: lib.nn.TransformerEncoderLayer(
            E, HEADS, 8, activation=lib.nn.ELU(), dtype=lib.float64
        )
    )
    check_runs(pair, encode())


def test_masks_of_what_follows() -> None:
    for arguments in ((3,), (0,)):
        peer, mine = (
            lib.nn.Transformer.generate_square_subsequent_mask(*arguments) for lib in LIBRARIES
        )
        assert repr(mine) == repr(peer)
    mask = ours.nn.Transformer.generate_square_subsequent_mask(3, dtype=ours.float64)
    assert mask.dtype == ours.float64


WARNED: dict[str, Any] = {
    "norm first": lambda nn: nn.TransformerEncoderLayer(E, 2, 8, 0.1, norm_first=True),
    "not batch first": lambda nn: nn.TransformerEncoderLayer(E, 2, 8),
    "odd heads": lambda nn: nn.TransformerEncoderLayer(E, 1, 8, batch_first=True),
    "no bias": lambda nn: nn.TransformerEncoderLayer(E, 2, 8, batch_first=True, bias=False),
    "elu": lambda nn: nn.TransformerEncoderLayer(E, 2, 8, batch_first=True, activation=nn.ELU()),
    "other layer": lambda nn: nn.Linear(3, 4),
}


@pytest.mark.parametrize("case", WARNED)
def test_nested_tensors_warn(case: str) -> None:
    for lib in LIBRARIES:
        with pytest.warns(UserWarning, match="enable_nested_tensor is True, but"):
            lib.nn.TransformerEncoder(WARNED[case](lib.nn), 1)


def test_nested_tensors_do_not_warn_without_reason() -> None:
    for lib in LIBRARIES:
        for activation in ("relu", "gelu", lib.nn.ReLU(), lib.nn.GELU()):
            layer = lib.nn.TransformerEncoderLayer(E, 2, 8, batch_first=True, activation=activation)
            made = lib.nn.TransformerEncoder(layer, 1)
            assert made.use_nested_tensor is True


BAD: dict[str, Any] = {
    "activation": lambda lib: lib.nn.TransformerEncoderLayer(4, 2, activation="elu"),
    "batches": lambda lib: small(lib)(lib.zeros(3, 2, 4), lib.zeros(3, 1, 4)),
    "features": lambda lib: small(lib)(lib.zeros(3, 2, 5), lib.zeros(3, 2, 5)),
    "ranks": lambda lib: small(lib)(lib.zeros(3, 4), lib.zeros(5, 2, 4)),
    "rank": lambda lib: layer(lib)(lib.zeros(1, 2, 3, 4)),
    "mask of integers": lambda lib: layer(lib)(lib.zeros(3, 2, 4), lib.ones(3, 3).long()),
    "size": lambda lib: layer(lib)(lib.zeros(3, 2, 5)),
    "causal without mask": lambda lib: layer(lib)(lib.zeros(3, 2, 4), is_causal=True),
    "heads": lambda lib: lib.nn.TransformerDecoderLayer(5, 2),
}


def layer(lib: Any) -> Any:
    return lib.nn.TransformerEncoderLayer(4, 2, 8)


def small(lib: Any) -> Any:
    return lib.nn.Transformer(
        4, 2, custom_encoder=lib.nn.TransformerEncoder(layer(lib), 1, enable_nested_tensor=False),
        num_decoder_layers=1, dim_feedforward=8,
    )  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_errors(case: str) -> None:
    check_error(BAD[case])


def test_mixed_masks_warn() -> None:
    for lib in LIBRARIES:
        with pytest.warns(UserWarning, match="mismatched src_key_padding_mask"):
            layer(lib)(lib.zeros(3, 2, 4), lib.zeros(3, 3).bool(), lib.zeros(2, 3))
