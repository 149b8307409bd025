"""Saving the parameters of a model, and what damage to the file does."""

import random
from pathlib import Path

import numpy as np
import pytest

import minitorch
from minitorch import Module
from minitorch.errors import DataError
from minitorch.training.run_fast_tensor import FastTensorBackend, Network
from minitorch.training.run_manual import Network as ManualNetwork
from minitorch.training.run_scalar import Network as ScalarNetwork
from minitorch.training.weights import (
    copy_weights,
    load_weights,
    read_weights,
    save_weights,
    set_weights,
)


def make_model(kind: str, seed: int) -> Module:
    random.seed(seed)
    if kind == "tensors":
        return Network(3, FastTensorBackend)
    return ScalarNetwork(2) if kind == "scalars" else ManualNetwork()


@pytest.mark.parametrize("kind", ["tensors", "scalars", "floats"])
def test_weights_come_back_as_they_were(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    saved = make_model(kind, 1)
    if kind == "floats":
        saved.linear.bias[0].update(0.25)
    save_weights(path, copy_weights(saved))
    loaded = make_model(kind, 2)
    load_weights(loaded, path)
    expected = copy_weights(saved)
    for name, array in copy_weights(loaded).items():
        np.testing.assert_array_equal(array, expected[name])
    assert type(loaded.parameters()[0].value) is type(saved.parameters()[0].value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.npz"]


def test_loaded_tensors_can_be_trained_on_their_backend(tmp_path: Path) -> None:
    model = make_model("tensors", 1)
    save_weights(tmp_path / "w.npz", copy_weights(model))
    load_weights(model, tmp_path / "w.npz")
    value = model.parameters()[0].value
    assert value.backend is FastTensorBackend
    model.forward(minitorch.tensor([[0.1, 0.2]], backend=FastTensorBackend)).sum().backward()
    assert value.grad is not None


def test_copied_weights_do_not_follow_the_model() -> None:
    model = make_model("tensors", 1)
    copied = copy_weights(model)
    before = {name: array.copy() for name, array in copied.items()}
    model.parameters()[0].value._tensor._storage[:] = 0.0
    for name, array in copied.items():
        np.testing.assert_array_equal(array, before[name])


def test_weights_of_another_model_are_refused_with_all_reasons(tmp_path: Path) -> None:
    model = make_model("tensors", 1)
    before = copy_weights(model)
    weights = copy_weights(model)
    weights["extra"] = weights.pop("layer1.bias")
    weights["layer2.bias"] = np.zeros(7)
    save_weights(tmp_path / "w.npz", weights)
    with pytest.raises(DataError) as caught:
        load_weights(model, tmp_path / "w.npz")
    text = str(caught.value)
    assert "w.npz" in text
    assert "layer1.bias is missing" in text
    assert "extra is not in the model" in text
    assert "layer2.bias has shape (7,), the model's has (3,)" in text
    for name, array in copy_weights(model).items():
        np.testing.assert_array_equal(array, before[name])


def test_set_weights_takes_a_copy() -> None:
    model = make_model("tensors", 1)
    weights = copy_weights(model)
    set_weights(model, weights)
    weights["layer1.bias"][:] = 9.0
    assert copy_weights(model)["layer1.bias"].max() < 9.0


def test_a_damaged_file_is_reported_or_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    original = {"a": np.array([1.0, 2.0]), "b": np.array([[3.0]])}
    save_weights(path, original)
    content = path.read_bytes()
    damaged = 0
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 0x10
        path.write_bytes(changed)
        try:
            weights = read_weights(path)
        except DataError as error:
            assert "w.npz" in str(error)
            damaged += 1
            continue
        # Some bytes say nothing, the time of writing for one; a name may have changed.
        for name in weights.keys() & original.keys():
            np.testing.assert_array_equal(weights[name], original[name])
    assert damaged > len(content) / 3


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_truncated_file_is_reported(share: float, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    save_weights(path, {"a": np.arange(20.0)})
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=r"w\.npz"):
        read_weights(path)


def test_a_file_of_objects_or_integers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    np.savez(path, a=np.array([{"x": 1}], dtype=object))
    with pytest.raises(DataError):
        read_weights(path)
    np.savez(path, a=np.arange(3))
    with pytest.raises(DataError, match="int64"):
        read_weights(path)


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_weights(tmp_path / "w.npz")
