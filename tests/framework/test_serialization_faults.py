"""Damaged, hostile and half-written files: each is reported, none is used, and none runs."""

from __future__ import annotations

import errno
import io
import os
import pickle
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minitorch import torch
from minitorch.errors import CheckpointError
from minitorch.torch.serialization import load, safe_globals, save

from . import hostile_pickles as hostile


def packed(records: dict[str, bytes], root: str = "archive/") -> io.BytesIO:
    """Make an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in records.items():
            archive.writestr(root + name, content)
    file.seek(0)
    return file


def file_of(pickled: bytes) -> io.BytesIO:
    """Make a file of a pickle and one storage of four floats."""
    return packed({"data.pkl": pickled, "data/0": np.ones(4, "f4").tobytes(), "version": b"3\n"})


def refusal(file: io.BytesIO, **options: Any) -> pickle.UnpicklingError:
    """Give the error that loading raises."""
    with pytest.raises(pickle.UnpicklingError) as caught:
        load(file, **options)
    assert isinstance(caught.value, CheckpointError)
    return caught.value


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Work in a folder of its own, and look for what hostile files would leave there."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / hostile.SENTINEL).exists()


# ---- hostile pickles


def test_the_pickles_would_work_if_they_were_harmless() -> None:
    assert load(file_of(b"\x80\x02" + hostile.HARMLESS + hostile.STOP)).tolist() == [1] * 4


def test_the_pickles_would_run_if_they_were_trusted() -> None:
    pickled = hostile.BY_NAME["os.system"] + hostile.STOP
    load(file_of(pickled), weights_only=False)
    assert Path(hostile.SENTINEL).exists()
    Path(hostile.SENTINEL).unlink()


@pytest.mark.parametrize("name", hostile.BY_NAME)
def test_a_name_outside_of_the_table_is_refused(name: str) -> None:
    text = str(refusal(file_of(b"\x80\x02" + hostile.BY_NAME[name] + hostile.STOP)))
    assert text.startswith("Weights only load failed")
    assert f" {name.strip()}" in text


@pytest.mark.parametrize("what", hostile.BY_SENSE)
def test_a_pickle_without_sense_is_refused(what: str) -> None:
    refusal(file_of(b"\x80\x02" + hostile.BY_SENSE[what] + hostile.STOP))


def test_what_reaches_the_system_cannot_be_allowed() -> None:
    with safe_globals([os.system, (os.system, "os.system")]):
        text = str(refusal(file_of(hostile.BY_NAME["posix.system"] + hostile.STOP)))
        assert "cannot be allowed" in text
        refusal(file_of(hostile.BY_NAME["os.system"] + hostile.STOP))


def test_a_gradient_of_integers_is_refused() -> None:
    storage = hostile.STORAGE.replace(b"FloatStorage", b"IntStorage")
    pickled = hostile.tensor(storage, requires_grad=hostile.TRUE) + hostile.STOP
    assert "requires_grad" in str(refusal(file_of(pickled)))


def test_a_nested_list_is_no_harm() -> None:
    found = load(file_of(hostile.LIST * 100_000 + b"a" * 99_999 + hostile.STOP))
    depth = 0
    while found:
        (found,), depth = found, depth + 1
    assert depth == 99_999


def test_the_table_is_the_same_after_hostile_files() -> None:
    for pickled in [*hostile.BY_NAME.values(), *hostile.BY_SENSE.values()]:
        refusal(file_of(pickled + hostile.STOP))
    assert load(file_of(hostile.HARMLESS + hostile.STOP)).tolist() == [1] * 4
    assert torch.Size([2, 3]).numel() == 6


# ---- damaged files


def content() -> dict[str, Any]:
    """Make a small checkpoint."""
    weight = torch.from_numpy(np.random.default_rng(3).standard_normal((3, 4)).astype("f4"))
    model = {"weight": weight, "tied": weight.t(), "bias": torch.ones(2)}
    return {"model": model, "epoch": 3, "name": "run"}


def written(value: Any) -> bytes:
    """Give the bytes of a file."""
    file = io.BytesIO()
    save(value, file)
    return file.getvalue()


def facts(found: Any) -> Any:
    """Give all of a checkpoint as plain objects."""
    rows = {
        name: (each.dtype, each.stride(), each.numpy().tobytes(), each.shape)
        for name, each in found["model"].items()
    }
    return rows, found["epoch"], found["name"], list(found)


def is_reported(damaged: bytes, expected: Any) -> bool:
    """Load a damaged file: either that is reported, or all is as it was."""
    try:
        found = load(io.BytesIO(damaged))
    except CheckpointError:
        return True
    assert facts(found) == expected
    return False


THEIRS = """
import numpy, torch
w = torch.from_numpy(numpy.random.default_rng(3).standard_normal((3, 4)).astype("f4"))
model = {"weight": w, "tied": w.t(), "bias": torch.ones(2)}
torch.save({"model": model, "epoch": 3, "name": "run"}, "theirs.pt")
torch.save({"a": torch.ones(5)}, "old.pt", _use_new_zipfile_serialization=False)
for name in ("cut", "empty", "hostile", "unknown"):
    try:
        torch.load(name + ".pt")
    except Exception as error:
        open(name + ".error", "w").write(type(error).__name__)
"""


@pytest.fixture(scope="module")
def their_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the same checkpoint from PyTorch, and a file of its old format."""
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "cut.pt").write_bytes(written(content())[:500])
    (folder / "empty.pt").touch()
    for name, pickled in (("hostile", "posix.system"), ("unknown", "pathlib.Path")):
        file = file_of(b"\x80\x02" + hostile.BY_NAME[pickled] + hostile.STOP)
        (folder / f"{name}.pt").write_bytes(file.getvalue())
    subprocess.run([sys.executable, "-c", THEIRS], check=True, timeout=120, cwd=folder)
    return folder


def ours_or_theirs(whose: str, request: pytest.FixtureRequest) -> bytes:
    """Give the bytes of a file."""
    if whose == "ours":
        return written(content())
    folder: Path = request.getfixturevalue("their_files")
    return (folder / "theirs.pt").read_bytes()


@pytest.mark.parametrize("whose", ["ours", "theirs"])
@pytest.mark.parametrize("flip", [0xFF, 0x01])
def test_a_flipped_byte_is_reported_or_harmless(
    whose: str, flip: int, request: pytest.FixtureRequest
) -> None:
    good = ours_or_theirs(whose, request)
    expected = facts(load(io.BytesIO(good)))
    assert expected == facts(content())
    reported = 0
    for place in range(len(good)):
        damaged = bytearray(good)
        damaged[place] ^= flip
        reported += is_reported(bytes(damaged), expected)
    assert reported > len(good) / 4


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_truncated_file_is_reported(whose: str, request: pytest.FixtureRequest) -> None:
    good = ours_or_theirs(whose, request)
    lengths = random.Random(11).sample(range(len(good)), 200)
    for length in [*lengths, 0, 1, 4, 5, 14, 15, len(good) - 1]:
        assert is_reported(good[:length], None)


def test_a_piece_of_a_file_that_is_cut_out_is_reported() -> None:
    good = written(content())
    draw = random.Random(12)
    for _ in range(200):
        start, end = sorted(draw.sample(range(len(good)), 2))
        assert is_reported(good[:start] + good[end:], facts(content())) or end - start < 64


def repacked(good: bytes, change: Callable[[dict[str, bytes]], None]) -> io.BytesIO:
    """Change the records of a file, whose CRCs are right again afterwards."""
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        records = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    change(records)
    return packed(records)


def replaced(name: str, record: bytes | None) -> Callable[[dict[str, bytes]], None]:
    """Give the function that puts another record in the place of one."""

    def change(records: dict[str, bytes]) -> None:
        if record is None:
            del records[name]
        else:
            records[name] = record

    return change


@pytest.mark.parametrize(
    ("name", "record", "text"),
    [
        ("data/0", bytes(48), r"tensor model\.(weight|tied) .*checksum differs"),
        ("data/1", bytes(8), r"tensor model\.bias .*checksum differs"),
        ("data/1", bytes(9), r"tensor model\.bias .*9 bytes where its tensors need 8"),
        ("data/1", None, r"tensor model\.bias .*data/1 is missing"),
        ("data.pkl", None, r"0 records data\.pkl"),
        ("data.pkl", b"N.", "checksum differs at the record data.pkl"),
        ("version", None, "version is missing"),
        (".data/sha256", b"x\n", "checksums cannot be read"),
        (".data/sha256", b"0  data/9\n", "no checksum of the record"),
        ("constants.pkl", b"", "TorchScript"),
    ],
)
def test_a_changed_record_is_reported(name: str, record: bytes | None, text: str) -> None:
    with pytest.raises(CheckpointError, match=f"(?s){text}"):
        load(repacked(written(content()), replaced(name, record)))


def without_checksums(name: str, record: bytes | None) -> io.BytesIO:
    """Make a foreign file with one other record."""
    good = repacked(written(content()), replaced(".data/sha256", None)).getvalue()
    return repacked(good, replaced(name, record))


@pytest.mark.parametrize(
    ("name", "record", "text"),
    [
        ("byteorder", b"big", "byte order 'big'"),
        ("version", b"11", "version '11'"),
        ("version", b"x", "version 'x'"),
        ("data/0", bytes(47), "47 bytes where its tensors need 48"),
        ("data/0", b"", "0 bytes where"),
    ],
)
def test_a_foreign_file_is_checked_for_structure(name: str, record: bytes, text: str) -> None:
    with pytest.raises(CheckpointError, match=text):
        load(without_checksums(name, record))


def test_a_foreign_file_may_lack_the_byte_order() -> None:
    assert facts(load(without_checksums("byteorder", None))) == facts(content())


def test_a_damaged_tensor_is_refused_in_a_trusted_file_too() -> None:
    with pytest.raises(CheckpointError, match="checksum differs at the record data/1"):
        load(repacked(written(content()), replaced("data/1", bytes(8))), weights_only=False)


def test_compressed_and_doubled_records_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"N.")
        archive.writestr("archive/version", b"3")
    with pytest.raises(CheckpointError, match="compressed"):
        load(file_at_start(file))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"N.")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("archive/data.pkl", b"N.")
    with pytest.raises(CheckpointError, match="the same name"):
        load(file_at_start(file))


def file_at_start(file: io.BytesIO) -> io.BytesIO:
    """Go to the start of a file."""
    file.seek(0)
    return file


def test_files_of_other_kinds_are_told_apart() -> None:
    arrays = io.BytesIO()
    np.savez(arrays, a=np.ones(2))
    cases = {
        b"": EOFError,
        b"hello world, this is a text": pickle.UnpicklingError,
        pickle.dumps({"a": 1}): pickle.UnpicklingError,
        arrays.getvalue(): RuntimeError,
        b"\x80\x02\x8a\x0a" + bytes(40): pickle.UnpicklingError,
    }
    for data, kind in cases.items():
        with pytest.raises(kind) as caught:
            load(io.BytesIO(data))
        assert isinstance(caught.value, CheckpointError)


@pytest.mark.parametrize("name", ["cut", "empty", "hostile", "unknown"])
def test_what_catches_pytorchs_error_catches_ours(their_files: Path, name: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load(their_files / f"{name}.pt")
    bases = [kind.__name__ for kind in type(caught.value).__mro__]
    assert (their_files / f"{name}.error").read_text() in bases


def test_the_error_names_the_file() -> None:
    Path("empty.pt").touch()
    Path("cut.pt").write_bytes(written(content())[:500])
    for name in ("empty.pt", "cut.pt"):
        with pytest.raises(CheckpointError, match=name):
            load(name)


def test_an_old_file_of_pytorch_that_is_cut_is_reported(their_files: Path) -> None:
    good = (their_files / "old.pt").read_bytes()
    assert load(io.BytesIO(good))["a"].tolist() == [1] * 5
    for length in range(len(good)):
        with pytest.raises(CheckpointError):
            load(io.BytesIO(good[:length]))


# ---- interrupted saves

# Saves again and again, and is killed; whatever it leaves must be a checkpoint.
KILLED = """
import os, random, signal, sys, time
import numpy as np
from minitorch import torch
from minitorch.torch.serialization import load, save

def state(number):
    return {name: torch.from_numpy(np.full((200, 500), number, "f4")) for name in "abc"}

draw, last, changes = random.Random(7), 0, 0
save(state(0), "run.pt")
for attempt in range(30):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        number = last
        while True:
            number += 1
            save(state(number), "run.pt")
            os.write(writer, b".")
    os.close(writer)
    time.sleep(draw.uniform(0.002, 0.05))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    done = len(os.read(reader, 100_000))
    os.close(reader)
    found = load("run.pt")
    number = float(found["a"].numpy()[0, 0])
    assert number - last in (done, done + 1), (last, done, number)
    assert list(found) == ["a", "b", "c"]
    for each in found.values():
        assert (each.numpy() == number).all()
    changes += number != last
    last = int(number)
save(state(1), "run.pt")
print(changes)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_killed_save_leaves_a_checkpoint() -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3


FULL = """
import resource
import numpy as np
from minitorch import torch
from minitorch.torch.serialization import load, save
save(torch.zeros(3), "run.pt")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save(torch.from_numpy(np.ones(100_000)), "run.pt")
except OSError as error:
    print(error)
print(load("run.pt").tolist())
"""


@pytest.mark.skipif(os.name != "posix", reason="needs limits of a process")
def test_a_save_that_does_not_fit_leaves_the_earlier_file() -> None:
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, timeout=200)
    message, found = done.stdout.splitlines()
    assert "run.pt" in message
    assert found == "[0.0, 0.0, 0.0]"
    assert os.listdir() == ["run.pt"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_reported_with_the_path() -> None:
    for value in (torch.ones(3), torch.from_numpy(np.ones(100_000))):
        with pytest.raises(OSError, match="/dev/full") as caught:
            save(value, "/dev/full")
        assert caught.value.errno == errno.ENOSPC
        with open("/dev/full", "wb", buffering=0) as file, pytest.raises(OSError) as caught:
            save(value, file)
        assert caught.value.errno == errno.ENOSPC


def test_a_folder_that_cannot_be_written_is_reported() -> None:
    folder = Path("closed")
    folder.mkdir()
    save(torch.zeros(1), folder / "run.pt")
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(PermissionError, match="closed"):
            save(torch.ones(1), folder / "run.pt")
        assert load(folder / "run.pt").tolist() == [0]
    finally:
        folder.chmod(0o700)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_a_folder_that_nobody_can_write_is_reported() -> None:
    with pytest.raises(OSError, match="/proc"):
        save(torch.ones(1), "/proc/self/run.pt")


def test_an_object_that_cannot_be_pickled_leaves_the_earlier_file() -> None:
    save(torch.zeros(2), "run.pt")
    with pytest.raises((AttributeError, pickle.PicklingError)):
        save({"a": torch.ones(2), "b": lambda: None}, "run.pt")
    assert load("run.pt").tolist() == [0, 0]
    assert os.listdir() == ["run.pt"]


def test_what_a_crash_left_is_no_harm() -> None:
    Path(".run.pt.part").write_bytes(b"half")
    save(torch.ones(2), "run.pt")
    assert load("run.pt").tolist() == [1, 1]
