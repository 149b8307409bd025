"""Files go both ways between us and PyTorch, whose side runs in a process of its own."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch import torch
from minitorch.errors import CheckpointError
from minitorch.torch import nn, optim, serialization
from minitorch.torch.nn import Parameter
from minitorch.torch.serialization import load, save

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64",
)  # fmt: skip


def rebuilt(value: Any, protocol: int = 2, **options: Any) -> Any:
    """Save and load."""
    file = io.BytesIO()
    save(value, file, pickle_protocol=protocol)
    file.seek(0)
    return load(file, **options)


def values(dtype: str, shape: tuple[int, ...]) -> Any:
    """Make an array of a dtype, the same on both sides."""
    return np.random.default_rng(5).integers(0, 100, shape).astype(dtype)


# What both sides make, by the same code: `torch` is another package in each.
MAKE = '''
import numpy as np
from collections import Counter, OrderedDict

def values(dtype, shape):
    return np.random.default_rng(5).integers(0, 100, shape).astype(dtype)

def make(torch, Parameter):
    found = {}
    for dtype in DTYPES:
        for shape in ((), (0,), (3,), (2, 3, 4), (2, 0, 3)):
            found[f"{dtype} {shape}"] = torch.from_numpy(np.array(values(dtype, shape)))
    base = torch.from_numpy(values("float64", (4, 6)).copy())
    found["base"] = base
    found["transposed"] = base.t()
    found["permuted"] = torch.from_numpy(values("int16", (2, 3, 4)).copy()).permute(2, 0, 1)
    found["row"] = base[2] if hasattr(base, "__getitem__") else base.select(0, 2)
    found["column"] = base.t()[1] if hasattr(base, "__getitem__") else base.select(1, 1)
    found["leaf"] = torch.ones(2).requires_grad_()
    found["parameter"] = Parameter(torch.ones(2, 2))
    found["frozen"] = Parameter(torch.ones(2, 2), requires_grad=False)
    found["twice"] = [found["parameter"], found["parameter"]]
    marked = Parameter(torch.ones(1))
    marked.note = "kept"
    found["marked"] = marked
    named = torch.ones(1)
    named.note = [1, "kept"]
    found["named"] = named
    state = OrderedDict(weight=base.t(), bias=torch.ones(3))
    state._metadata = OrderedDict({"": {"version": 1}, "layer": {"version": 2}})
    found["state_dict"] = state
    found["optimizer"] = {
        "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2)}, 1: {}},
        "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "foreach": None, "params": [0, 1]}],
    }
    found["plain"] = [None, True, False, 0, -1, 255, 65536, 2**31, -(2**40), 2**300, 1.5, -0.0,
        float("inf"), "", "text", "\\u00fc\\U0001f600", "x" * 300, b"",
        b"bytes\\x00\\xff", bytearray(b"ab"), bytearray(), 1 + 2j, (),
        (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], {}, {1, 2}, set()]
    found["counter"] = Counter("aab")
    found["size"] = torch.Size([2, 3])
    found["dtypes"] = [getattr(torch, name) for name in DTYPES]
    found["device"] = torch.device("cpu")
    found["devices"] = [torch.device("cuda:1"), torch.device("cpu", 0)]
    found["state of random numbers"] = torch.from_numpy(values("uint8", (5056,)))
    return found

def described(value, torch, Parameter):
    """Say all about a value in text, the same on both sides."""
    if isinstance(value, torch.Tensor):
        kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
        array = value.detach().numpy()
        # NumPy decides on the strides of what has no elements.
        stride = list(value.stride()) if array.size else None
        return [kind, str(value.dtype), list(value.shape), stride,
            value.requires_grad, value.is_leaf, array.tolist(),
            sorted((k, repr(v)) for k, v in value.__dict__.items() if not k.startswith("_"))]
    if isinstance(value, dict):
        pairs = [[repr(k), described(v, torch, Parameter)] for k, v in value.items()]
        return [type(value).__name__, pairs, repr(getattr(value, "_metadata", None))]
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        return [type(value).__name__, [described(v, torch, Parameter) for v in value]]
    return repr(value)
'''.replace("DTYPES:", f"{DTYPES!r}:").replace("in DTYPES]", f"in {DTYPES!r}]")

WRITE = """
import json, sys
import torch
from torch.nn import Parameter
torch.save(make(torch, Parameter), "zip.pt")
torch.save(make(torch, Parameter), "old.pt", _use_new_zipfile_serialization=False)
torch.save(torch.ones(2, dtype=torch.bfloat16), "bfloat16.pt")
torch.save(torch.fx.Graph, "class.pt")
torch.save(torch.ones(2).untyped_storage(), "storage.pt")
model = torch.nn.Sequential()
model.register_parameter("w", Parameter(torch.ones(2)))
torch.save(model, "model.pt")
print(json.dumps(described(make(torch, Parameter), torch, Parameter)))
"""

READ = """
import json, sys
import torch
from torch.nn import Parameter

def read(**options):
    found = torch.load(sys.argv[1], **options)
    text = json.loads(json.dumps(described(found, torch, Parameter)))
    found["base"].zero_()
    shared = [float(found[name].sum()) for name in ("transposed", "row", "column")]
    same = found["twice"][0] is found["twice"][1] is found["parameter"]
    return [text, shared, same]

print(json.dumps([read(), read(weights_only=False), read(mmap=True)]))
"""


def theirs(code: str, folder: Path, *arguments: str) -> Any:
    """Run code with PyTorch in a process of its own, and give the JSON that it prints."""
    pytest.importorskip("torch")
    command = [sys.executable, "-c", MAKE + code, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def their_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Give a folder with files of PyTorch's, and what is in two of them."""
    folder = tmp_path_factory.mktemp("theirs")
    return folder, theirs(WRITE, folder)


OURS: dict[str, Any] = {}
exec(MAKE, OURS)


def described(value: Any) -> Any:
    """Say all about a value of ours."""
    return json.loads(json.dumps(OURS["described"](value, torch, Parameter)))


def make() -> Any:
    """Make our side's object."""
    return OURS["make"](torch, Parameter)


def assert_views_share_memory(found: Any) -> None:
    """Change the base, and look at its views."""
    found["base"].zero_()
    for name in ("transposed", "row", "column"):
        assert not found[name].numpy().any()
    assert found["twice"][0] is found["twice"][1] is found["parameter"]


def test_pytorch_reads_what_we_write(tmp_path: Path) -> None:
    save(make(), tmp_path / "ours.pt")
    for text, shared, same in theirs(READ, tmp_path, "ours.pt"):
        assert text == described(make())
        assert shared == [0, 0, 0]
        assert same


@pytest.mark.parametrize("name", ["zip.pt", "old.pt"])
@pytest.mark.parametrize("weights_only", [True, False])
def test_we_read_what_pytorch_writes(
    their_files: tuple[Path, Any], name: str, weights_only: bool
) -> None:
    folder, expected = their_files
    before = {name for name in sys.modules if name == "torch" or name.startswith("torch.")}
    found = load(folder / name, weights_only=weights_only)
    after = {name for name in sys.modules if name == "torch" or name.startswith("torch.")}
    assert described(found) == expected
    assert after == before
    assert_views_share_memory(found)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("weights_only", [True, False])
def test_we_read_what_we_write(protocol: int, weights_only: bool) -> None:
    found = rebuilt(make(), protocol, weights_only=weights_only)
    assert described(found) == described(make())
    assert_views_share_memory(found)


def test_shared_memory_is_written_once() -> None:
    base = torch.zeros(1000, 10)
    file = io.BytesIO()
    save([base, base.t(), base.select(0, 5)], file)
    assert len(file.getvalue()) < 45_000


def test_records_begin_at_multiples_of_64_bytes(tmp_path: Path) -> None:
    save(make(), tmp_path / "ours.pt")
    content = (tmp_path / "ours.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "ours.pt") as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            name, extra = (
                int.from_bytes(content[entry.header_offset + i :][:2], "little") for i in (26, 28)
            )
            assert (entry.header_offset + 30 + name + extra) % 64 == 0, entry.filename


def test_loaded_tensors_can_be_changed_and_trained() -> None:
    found = rebuilt({"w": torch.ones(3).requires_grad_(), "x": torch.ones(3)})
    found["x"].add_(1)
    (found["w"] * found["x"]).sum().backward()
    assert found["w"].grad.tolist() == [2, 2, 2]


def test_a_result_that_needs_a_gradient_becomes_a_leaf() -> None:
    found = rebuilt(torch.ones(2).requires_grad_() * 2)
    assert found.requires_grad
    assert found.is_leaf


def test_expanded_and_odd_memory_keeps_its_values() -> None:
    rows = np.zeros(3, dtype=[("flag", "i1"), ("value", "<f4")])
    rows["value"] = [1, 2, 3]
    odd = torch.from_numpy(rows["value"].copy())
    odd._array = rows["value"]
    wide = torch.from_numpy(np.broadcast_to(np.float32(3), (2, 5)).copy())
    wide._array = np.lib.stride_tricks.as_strided(wide._array, (2, 5), (0, 4))
    found = rebuilt([odd, wide])
    assert found[0].tolist() == [1, 2, 3]
    assert found[1].tolist() == [[3] * 5] * 2
    assert found[1].stride() == (0, 1)


def test_memory_in_another_order_of_dimensions_is_shared() -> None:
    array = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    one = torch.from_numpy(array)
    found = rebuilt([one, one.select(1, 2)])
    assert found[0].stride() == (1, 3)
    assert found[1].tolist() == array[:, 2].tolist()
    found[0].zero_()
    assert found[1].tolist() == [0, 0, 0]


def test_memory_of_two_dtypes_is_refused_as_in_pytorch() -> None:
    array = np.zeros(4, np.float32)
    tensors = [torch.from_numpy(array), torch.from_numpy(array.view(np.int32))]
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        save(tensors, io.BytesIO())


# ---- files


def test_a_file_object_may_hold_other_bytes_before() -> None:
    file = io.BytesIO()
    file.write(b"before")
    save(torch.ones(3), file)
    file.seek(6)
    assert load(file).tolist() == [1, 1, 1]


def test_a_file_that_cannot_seek_can_be_written() -> None:
    class Pipe:
        def __init__(self) -> None:
            self.content = b""

        def write(self, data: Any) -> int:
            self.content += bytes(data)
            return len(bytes(data))

    pipe = Pipe()
    save({"a": torch.ones(3)}, pipe)  # type: ignore[arg-type]
    assert load(io.BytesIO(pipe.content))["a"].tolist() == [1, 1, 1]


def test_a_name_with_spaces_and_other_letters(tmp_path: Path) -> None:
    save(torch.ones(1), str(tmp_path / "ein Modell für später.pt"))
    assert load(tmp_path / "ein Modell für später.pt").tolist() == [1]


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    save(torch.ones(1), tmp_path / "target.pt")
    (tmp_path / "link.pt").symlink_to(tmp_path / "target.pt")
    save(torch.zeros(1), tmp_path / "link.pt")
    assert (tmp_path / "link.pt").is_symlink()
    assert load(tmp_path / "target.pt").tolist() == [0]


def test_torch_names_what_is_wrong_with_arguments(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match="write"):
        save({}, 5)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match=r"io\.BytesIO"):
        load(b"content")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        save({}, tmp_path / "missing" / "a.pt")
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing.pt")
    with pytest.raises(NotImplementedError, match="mmap"):
        load(tmp_path / "missing.pt", mmap=True)
    with pytest.raises(NotImplementedError, match="_use_new_zipfile_serialization"):
        save({}, tmp_path / "a.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(NotImplementedError, match="pickle_module"):
        save({}, tmp_path / "a.pt", pickle_module=json)
    with pytest.raises(RuntimeError, match="pickle_module"):
        load(tmp_path / "a.pt", pickle_module=pickle, weights_only=True)
    assert not list(tmp_path.iterdir())


# ---- places


def on_cuda(value: Any) -> io.BytesIO:
    """Write a file as if its tensors had been on a GPU."""
    file = io.BytesIO()
    save(value, file)
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(changed, "w") as other:
        for name in archive.namelist():
            if not name.endswith("sha256"):
                content = archive.read(name)
                text = b"X\x06\x00\x00\x00cuda:0"
                other.writestr(name, content.replace(b"X\x03\x00\x00\x00cpu", text))
    changed.seek(0)
    return changed


@pytest.mark.parametrize(
    "map_location",
    [
        "cpu",
        torch.device("cpu"),
        {"cuda:0": "cpu"},
        lambda storage, location: storage,
        lambda storage, location: storage.cpu(),
    ],
)
def test_tensors_of_a_gpu_come_to_the_cpu(map_location: Any) -> None:
    assert load(on_cuda(torch.ones(2)), map_location=map_location).tolist() == [1, 1]


@pytest.mark.parametrize(
    "map_location", [None, {"cuda:1": "cpu"}, lambda storage, location: None, "cuda", "meta"]
)
def test_tensors_that_cannot_be_placed_are_refused(map_location: Any) -> None:
    with pytest.raises(RuntimeError, match=r"map_location=torch\.device\('cpu'\)"):
        load(on_cuda(torch.ones(2)), map_location=map_location)


def test_what_map_location_raises_comes_through() -> None:
    def refuse(storage: Any, location: str) -> Any:
        raise KeyError(location)

    with pytest.raises(KeyError, match="cpu"):
        rebuilt(torch.ones(1), map_location=refuse)
    with pytest.raises(TypeError, match="map_location"):
        rebuilt(torch.ones(1), map_location=5)
    with pytest.raises(TypeError, match="map_location gave int"):
        rebuilt(torch.ones(1), map_location=lambda storage, location: 5)


# ---- classes of users


class Settings:
    """A class of a user's."""

    def __init__(self, rate: float) -> None:
        self.rate = rate


class Marked(torch.Tensor):
    """A class of tensors of a user's."""


def test_a_users_class_needs_permission() -> None:
    name = f"{Settings.__module__}.Settings"
    with pytest.raises(pickle.UnpicklingError, match=rf"{name}.*add_safe_globals"):
        rebuilt(Settings(0.5))
    with serialization.safe_globals([Settings]):
        assert rebuilt(Settings(0.5)).rate == 0.5
        assert serialization.get_safe_globals() == [Settings]
    with pytest.raises(pickle.UnpicklingError):
        rebuilt(Settings(0.5))
    serialization.add_safe_globals([(Settings, name)])
    assert rebuilt(Settings(0.5)).rate == 0.5
    serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []


def test_permissions_must_be_of_classes_and_functions() -> None:
    for wrong, error in (
        ([5], TypeError),
        ([(Settings,)], ValueError),
        ([(Settings, 5)], TypeError),
    ):
        with pytest.raises(error):
            serialization.add_safe_globals(wrong)  # type: ignore[arg-type]
    assert serialization.get_safe_globals() == []


def test_a_users_class_of_tensors_with_attributes() -> None:
    tensor = torch.ones(2).as_subclass(Marked)
    tensor.note = "kept"  # type: ignore[attr-defined]
    found = rebuilt(tensor, weights_only=False)
    assert type(found) is Marked
    assert found.note == "kept"
    with serialization.safe_globals([Marked]):
        assert type(rebuilt(tensor)) is Marked
    with pytest.raises(pickle.UnpicklingError, match="Marked"):
        rebuilt(tensor)


def test_a_trusted_file_may_hold_anything() -> None:
    found = rebuilt(
        [Settings(0.5), Counter("aab"), OrderedDict(a=1), json.dumps], weights_only=False
    )
    assert found[0].rate == 0.5
    assert found[1:] == [Counter("aab"), OrderedDict(a=1), json.dumps]


def test_what_we_lack_is_named(their_files: tuple[Path, Any]) -> None:
    folder, _ = their_files
    with pytest.raises(CheckpointError, match=r"torch\.fx\.graph\.Graph"):
        load(folder / "class.pt", weights_only=False)
    with pytest.raises(CheckpointError, match="bfloat16"):
        load(folder / "bfloat16.pt")
    with pytest.raises(CheckpointError, match="storage of 8 bytes"):
        load(folder / "storage.pt")
    with pytest.raises(TypeError, match="save the tensor"):
        save(torch.ones(2).untyped_storage(), folder / "ours.pt")


# ---- models and optimizers


class Net(nn.Module):
    """A model of a user's."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.ones(2, 2))
        self.tied = self.w
        self.inner = nn.Sequential()
        self.register_buffer("mean", torch.zeros(3))


TRAIN = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(2, 2))
        self.tied = self.w
        self.inner = torch.nn.Sequential()
        self.register_buffer("mean", torch.zeros(3))

model = Net()
optimizer = torch.optim.Adam(model.parameters())
found = torch.load("ours.pt")
model.load_state_dict(found["model"])
optimizer.load_state_dict(found["optimizer"])
(model.w * 3).sum().backward()
optimizer.step()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, "theirs.pt")
print("null")
"""


def test_a_training_goes_on_in_pytorch_and_comes_back(tmp_path: Path) -> None:
    model = Net()
    optimizer = optim.Adam(model.parameters(), lr=0.25)

    def step() -> None:
        optimizer.zero_grad()
        (model.w * 3).sum().backward()
        optimizer.step()

    step()
    save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "ours.pt")
    theirs(TRAIN, tmp_path)
    step()
    found = load(tmp_path / "theirs.pt")
    other = Net()
    other.load_state_dict(found["model"])
    np.testing.assert_allclose(other.w.detach().numpy(), model.w.detach().numpy(), rtol=1e-6)
    assert found["optimizer"]["param_groups"] == optimizer.state_dict()["param_groups"]
    assert float(found["optimizer"]["state"][0]["step"]) == 2
    restored = optim.Adam(other.parameters())
    restored.load_state_dict(found["optimizer"])
    assert restored.param_groups[0]["lr"] == 0.25


def test_a_whole_model_needs_trust(their_files: tuple[Path, Any]) -> None:
    found = rebuilt(Net(), weights_only=False)
    assert type(found) is Net
    assert found.tied is found.w
    assert [name for name, _ in found.named_buffers()] == ["mean"]
    assert repr(found) == repr(Net())
    with pytest.raises(pickle.UnpicklingError, match="Net"):
        rebuilt(Net())
    folder, _ = their_files
    other = load(folder / "model.pt", weights_only=False)
    assert type(other) is nn.Sequential
    assert dict(other.named_parameters())["w"].tolist() == [1, 1]
    with pytest.raises(pickle.UnpicklingError, match=r"torch\.nn\.modules\.container\.Sequential"):
        load(folder / "model.pt")
