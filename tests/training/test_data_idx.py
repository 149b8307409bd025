"""The IDX format: written, read back, and every kind of damage reported."""

import errno
import gzip
import math
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from minitorch.errors import DataError
from minitorch.training.data import read_idx, write_idx

DTYPES = ["uint8", "int8", "int16", "int32", "float32", "float64"]
SHAPES = [(5,), (2, 3), (2, 1, 4), (1, 2, 1, 2, 1), (0,), (3, 0, 2)]
NAMES = ["data-idx", "data-idx.gz"]


def example(dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Give an array whose elements differ in every byte that they have."""
    random = np.random.RandomState(0)
    count = math.prod(shape)
    if dtype.startswith("float"):
        return random.standard_normal(shape).astype(dtype)
    raw = random.randint(0, 256, size=count * np.dtype(dtype).itemsize).astype(np.uint8)
    return raw.view(dtype).reshape(shape)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_written_is_read_back(
    tmp_path: Path, dtype: str, shape: tuple[int, ...], name: str
) -> None:
    array = example(dtype, shape)
    write_idx(tmp_path / name, array)
    result = read_idx(tmp_path / name)
    assert result.dtype == array.dtype
    assert result.dtype.isnative
    assert result.flags.writeable
    np.testing.assert_array_equal(result, array)
    assert (tmp_path / name).read_bytes()[:2] == (b"\x1f\x8b" if name.endswith("gz") else b"\0\0")


def test_the_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\0\0\x0b\x02" + struct.pack(">ii", 2, 3) + struct.pack(">6h", *range(-3, 3)))
    assert read_idx(path).tolist() == [[-3, -2, -1], [0, 1, 2]]
    expected = path.read_bytes()
    write_idx(path, np.arange(-3, 3, dtype=np.int16).reshape(2, 3))
    assert path.read_bytes() == expected


@pytest.mark.parametrize("make", [np.asfortranarray, lambda a: a[:, ::-1], lambda a: a.T])
def test_any_memory_layout_is_written_in_order(tmp_path: Path, make: Any) -> None:
    array = make(np.arange(12, dtype=">i4").reshape(3, 4))
    write_idx(tmp_path / "data", array)
    np.testing.assert_array_equal(read_idx(tmp_path / "data"), array)


def test_compression_is_recognised_by_content(tmp_path: Path) -> None:
    write_idx(tmp_path / "data.gz", np.arange(3, dtype=np.uint8))
    (tmp_path / "data.gz").rename(tmp_path / "data")
    assert read_idx(tmp_path / "data").tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_truncation_is_reported(tmp_path: Path, dtype: str, name: str) -> None:
    path = tmp_path / name
    write_idx(path, example(dtype, (2, 3)))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(DataError) as caught:
            read_idx(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extra", [b"\0", b"x" * 5000])
def test_a_file_that_is_too_long_is_reported(tmp_path: Path, name: str, extra: bytes) -> None:
    plain = tmp_path / "plain"
    write_idx(plain, example("int16", (2, 3)))
    content = plain.read_bytes() + extra
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(DataError, match="12 bytes, but the file holds more"):
        read_idx(tmp_path / name)


def test_every_changed_header_byte_is_reported_or_means_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "data"
    write_idx(path, example("uint8", (2, 3)))
    content = path.read_bytes()
    accepted = set()
    for position in range(12):
        # Every element type and rank, and single wrong bits elsewhere.
        flips = range(1, 256) if position in (2, 3) else [1 << bit for bit in range(8)]
        for value in [content[position] ^ flip for flip in flips]:
            changed = content[:position] + bytes([value]) + content[position + 1 :]
            path.write_bytes(changed)
            try:
                array = read_idx(path)
            except DataError:
                continue
            write_idx(path, array)
            assert path.read_bytes() == changed
            accepted.add((position, value))
    # Signed bytes take the room of unsigned ones; nothing else is as long.
    assert accepted == {(2, 0x09)}


def test_every_flipped_bit_of_a_compressed_file_is_reported_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "data.gz"
    array = example("uint8", (4, 5))
    write_idx(path, array)
    content = path.read_bytes()
    reported = 0
    for position in range(len(content)):
        for bit in range(8):
            flipped = bytes([content[position] ^ 1 << bit])
            path.write_bytes(content[:position] + flipped + content[position + 1 :])
            try:
                np.testing.assert_array_equal(read_idx(path), array)
            except DataError:
                reported += 1
    # What is harmless are the time, the system and the like in the ten bytes of gzip's header.
    assert reported >= 8 * (len(content) - 10)


def test_a_wrong_checksum_inside_gzip_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "data.gz"
    write_idx(path, example("uint8", (2, 3)))
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="CRC"):
        read_idx(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (b"<html>404</html>", "not an IDX file: it starts with 3c 68"),
        (b"\x89PNG\r\n\x1a\n", "not an IDX file"),
        (b"\x00\x01\x08\x01", "not an IDX file"),
        (b"\x00\x00\x08", "ends after 3 bytes, inside the header"),
        (b"\x00\x00\x07\x01\0\0\0\0", "unknown element type 0x07"),
        (b"\x00\x00\x08\x00\x05", "0 dimensions"),
        (b"\x00\x00\x08\xff" + bytes(4 * 255), "255 dimensions"),
        (b"\x00\x00\x08\x02\0\0\0\x01\0", "ends after 9 bytes, inside the header"),
        (b"\x00\x00\x08\x01\xff\xff\xff\xff", "negative"),
        (b"\x00\x00\x0e\x03" + b"\x7f\xff\xff\xff" * 3 + b"abc", "file holds only 3"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "data"
    path.write_bytes(content)
    with pytest.raises(DataError, match=complaint) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_missing_and_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "data")


@pytest.mark.parametrize("dtype", ["int64", "bool", "float16", "uint16", "complex64", "U3"])
def test_an_element_type_that_the_format_lacks_is_refused(tmp_path: Path, dtype: str) -> None:
    with pytest.raises(ValueError, match="uint8, int8, int16, int32, float32, float64"):
        write_idx(tmp_path / "data", np.zeros(3, dtype))
    assert list(tmp_path.iterdir()) == []


def test_a_lone_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        write_idx(tmp_path / "data", np.array(3, np.uint8))


def test_a_full_disk_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data"
    write_idx(path, np.arange(3, dtype=np.uint8))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_idx(path, np.zeros(9, np.uint8))
    assert list(tmp_path.iterdir()) == [path]
    assert read_idx(path).tolist() == [0, 1, 2]
