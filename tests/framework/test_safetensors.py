"""The safetensors format, whose library keeps neither strides nor checksums."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch import torch
from minitorch.errors import CheckpointError
from minitorch.interop.safetensors import load, load_file, save, save_file

library = pytest.importorskip("safetensors")

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def tensors() -> dict[str, torch.Tensor]:
    """Make tensors of all dtypes, and some in another order than C's."""
    draw = np.random.default_rng(4)
    found = {
        f"{dtype} {shape}": torch.from_numpy(np.array(draw.integers(0, 99, shape).astype(dtype)))
        for dtype in DTYPES
        for shape in ((), (0,), (3,), (2, 3, 4))
    }
    found["transposed"] = torch.from_numpy(draw.standard_normal((3, 4))).t()
    found["sliced"] = torch.from_numpy(draw.standard_normal((6, 4))[::2, 1:3])
    found["expanded"] = torch.functions.views.views.expand(
        torch.from_numpy(draw.standard_normal(3)), (2, 3)
    )
    return found


def assert_equal(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    """Compare names, dtypes, shapes and bits."""
    assert found.keys() == expected.keys()
    for name, each in expected.items():
        assert found[name].dtype is each.dtype
        assert found[name].shape == each.shape
        assert found[name].numpy().tobytes() == each.numpy().tobytes()
        assert found[name].is_contiguous()


def test_tensors_come_back_whatever_their_strides(tmp_path: Path) -> None:
    assert_equal(load(save(tensors())), tensors())
    save_file(tensors(), tmp_path / "a.safetensors", {"format": "pt"})
    assert_equal(load_file(tmp_path / "a.safetensors"), tensors())
    assert [each.name for each in tmp_path.iterdir()] == ["a.safetensors"]


def test_loaded_tensors_can_be_changed() -> None:
    found = load(save({"a": torch.ones(3)}))["a"]
    found.zero_()
    assert found.tolist() == [0, 0, 0]


THEIRS = """
import json, sys
import torch
from safetensors.torch import load_file, save_file
found = load_file(sys.argv[1])
print(json.dumps({name: [list(each.shape), each.tolist()] for name, each in found.items()}))
save_file({name: each.contiguous() for name, each in found.items()}, sys.argv[2])
"""


def test_pytorch_reads_and_writes_the_same(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    save_file(tensors(), ours, {"format": "pt"})
    command = [sys.executable, "-c", THEIRS, str(ours), str(theirs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = {name: [list(each.shape), each.tolist()] for name, each in tensors().items()}
    assert json.loads(done.stdout) == expected
    assert_equal(load_file(theirs), tensors())


@pytest.mark.parametrize("flip", [0xFF, 0x01])
def test_a_flipped_byte_is_reported_or_harmless(flip: int) -> None:
    small = {"weight": torch.from_numpy(np.arange(6.0).reshape(2, 3)), "bias": torch.ones(2)}
    good = save(small)
    reported = 0
    for place in range(len(good)):
        damaged = bytearray(good)
        damaged[place] ^= flip
        try:
            found = load(bytes(damaged))
        except CheckpointError:
            reported += 1
        else:
            assert_equal(found, small)
    assert reported > len(good) / 2


def test_a_truncated_file_is_reported(tmp_path: Path) -> None:
    good = save(tensors())
    for length in range(0, len(good), 29):
        with pytest.raises(CheckpointError, match="the data is damaged"):
            load(good[:length])
    (tmp_path / "cut.safetensors").write_bytes(good[:-1])
    with pytest.raises(CheckpointError, match=r"cut\.safetensors is damaged"):
        load_file(tmp_path / "cut.safetensors")


def test_a_changed_tensor_is_named() -> None:
    good = save({"layer.weight": torch.ones(3), "layer.bias": torch.zeros(5)})
    at = good.index(np.ones(3, "f4").tobytes())
    damaged = good[:at] + b"\x01" + good[at + 1 :]
    with pytest.raises(CheckpointError, match=r"differs at tensor layer\.weight"):
        load(damaged)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"a": np.ones(2)}, TypeError),
        ({1: torch.ones(2)}, TypeError),
        ([torch.ones(2)], TypeError),
    ],
)
def test_other_things_than_tensors_are_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="tensors"):
        save(value)


def test_shared_memory_is_refused_as_by_the_library() -> None:
    base = torch.ones(4)
    with pytest.raises(RuntimeError, match=r"share memory: (a and b|b and a)"):
        save({"a": base, "b": base.reshape((2, 2))})
    save({"a": base.select(0, 0), "b": base.select(0, 1)})


def test_metadata_must_be_texts() -> None:
    with pytest.raises(TypeError, match="metadata"):
        save({"a": torch.ones(1)}, {"epoch": 3})  # type: ignore[dict-item]


def test_another_device_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "a")
    with pytest.raises(RuntimeError, match="CPU"):
        load_file(tmp_path / "a", device="cuda")
    with pytest.raises(FileNotFoundError):
        load_file(tmp_path / "b")
