"""Read and write IDX, the file format of MNIST and Fashion-MNIST.

An IDX file is two zero bytes, one byte for the element type, one for the number of dimensions, the
size of each dimension as a 32-bit integer, and the elements in row-major order; all numbers are
big-endian. It may be compressed with gzip, which is recognised by its content, not by its name.
"""

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from minitorch._files import atomic_write
from minitorch.errors import DataError

_ELEMENT_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_TYPE_CODES = {dtype.newbyteorder("="): code for code, dtype in _ELEMENT_TYPES.items()}
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_RANK = 64  # NumPy's own limit
_MAX_SIZE = 2**31 - 1
_CHUNK = 1 << 20


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an IDX file, plain or compressed with gzip.

    Returns:
        An array of the file's shape and element type, in this machine's byte order.

    Raises:
        FileNotFoundError: there is no such file.
        DataError: the file is empty, cut short, too long, damaged or no IDX file.
    """
    source = Path(path)
    with source.open("rb") as file:
        is_compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(0)
        if not is_compressed:
            return _read_array(file, source)
        try:
            with gzip.open(file) as stream:
                return _read_array(stream, source)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{source}: the gzip data is damaged or cut short: {error}.") from error


def _read_array(stream: BinaryIO | gzip.GzipFile, source: Path) -> NDArray[Any]:
    """Read header and elements, and make sure that the file ends there."""
    dtype, shape = _read_header(stream, source)
    expected = math.prod(shape) * dtype.itemsize
    # Read in chunks and one byte too far: a wrong size in the header must not ask for memory that
    # the file does not fill, and only the end of a gzip stream proves its checksum.
    data = bytearray()
    while len(data) <= expected:
        chunk = stream.read(min(_CHUNK, expected + 1 - len(data)))
        if not chunk:
            break
        data += chunk
    if len(data) != expected:
        received = "more" if len(data) > expected else f"only {len(data)}"
        raise DataError(
            f"{source}: the header says {dtype.name} elements of shape {shape}, {expected} bytes, "
            f"but the file holds {received}."
        )
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read_header(
    stream: BinaryIO | gzip.GzipFile, source: Path
) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Read the element type and the shape."""
    magic = stream.read(4)
    if not magic:
        raise DataError(f"{source}: the file is empty.")
    if magic[:2] != bytes(2)[: len(magic)]:
        raise DataError(
            f"{source}: not an IDX file: it starts with {magic[:2].hex(' ')}, not with 00 00."
        )
    if len(magic) < 4:
        raise DataError(f"{source}: the file ends after {len(magic)} bytes, inside the header.")
    type_code, rank = magic[2], magic[3]
    if type_code not in _ELEMENT_TYPES:
        known = ", ".join(f"{code:#04x} ({dtype.name})" for code, dtype in _ELEMENT_TYPES.items())
        raise DataError(f"{source}: unknown element type {type_code:#04x}; IDX has {known}.")
    if not 1 <= rank <= _MAX_RANK:
        raise DataError(f"{source}: {rank} dimensions; 1 to {_MAX_RANK} can be read.")
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise DataError(
            f"{source}: the file ends after {4 + len(sizes)} bytes, inside the header of an array "
            f"with {rank} dimensions."
        )
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">i4"))
    if min(shape) < 0:
        raise DataError(f"{source}: a size in the shape {shape} is negative.")
    return _ELEMENT_TYPES[type_code], shape


def write_idx(path: str | os.PathLike[str], array: NDArray[Any]) -> None:
    """Write an array as an IDX file, compressed if the name ends in .gz.

    The file appears whole or not at all.

    Args:
        path: missing folders are made; an earlier file is replaced.
        array: uint8, int8, int16, int32, float32 or float64, with at least one dimension.

    Raises:
        ValueError: the format has no such element type, or cannot say this shape.
        OSError: the folder cannot be written or the disk is full.
    """
    code = _TYPE_CODES.get(array.dtype.newbyteorder("="))
    if code is None:
        known = ", ".join(dtype.name for dtype in _TYPE_CODES)
        raise ValueError(
            f"IDX cannot store elements of type {array.dtype}. Convert the array with astype to "
            f"one of {known}."
        )
    if not 1 <= array.ndim <= _MAX_RANK or max(array.shape) > _MAX_SIZE:
        raise ValueError(
            f"IDX cannot store the shape {array.shape}: it needs 1 to {_MAX_RANK} dimensions of at "
            f"most {_MAX_SIZE} elements."
        )
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    content = header + array.astype(_ELEMENT_TYPES[code]).tobytes()
    if str(path).endswith(".gz"):
        content = gzip.compress(content, mtime=0)
    with atomic_write(path) as file:
        file.write(content)
