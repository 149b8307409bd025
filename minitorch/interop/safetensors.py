"""Files of the safetensors format: names and tensors, and nothing that could run.

The library writes the memory of an array as if it were in C order, whatever its strides say, and
notices no flipped bit when it reads. So all arrays are brought into C order here, and a SHA-256 of
each stands in the file's metadata, where other readers pass over it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._files import atomic_write
from .._runtime import require
from ..errors import CheckpointError
from ..torch import Tensor, from_numpy
from ..torch import device as Device  # noqa: N812  (the arguments are named device)

Array = NDArray[Any]

_CHECKSUMS = "minitorch.sha256"
_LENGTH_BYTES = 8


def save(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Write tensors in the safetensors format.

    Args:
        tensors: any strides; no two may share memory, which the format cannot say.
        metadata: texts to keep in the file.

    Raises:
        TypeError: names are no texts, or values are no tensors.
        RuntimeError: two tensors share memory.
        MissingPackageError: safetensors is not installed.
    """
    library = require("safetensors.numpy", "Writing the safetensors format")
    _check(tensors, metadata)
    arrays = {name: np.array(each._array, order="C") for name, each in tensors.items()}
    checksums = {name: _checksum(name, array) for name, array in arrays.items()}
    texts = {**(metadata or {}), _CHECKSUMS: json.dumps(checksums, sort_keys=True)}
    return bytes(library.save(arrays, texts))


def save_file(
    tensors: Mapping[str, Tensor],
    filename: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write tensors to a file of the safetensors format; it appears whole or not at all.

    Raises:
        TypeError: names are no texts, or values are no tensors.
        RuntimeError: two tensors share memory.
        OSError: the folder cannot be written, or the disk is full.
        MissingPackageError: safetensors is not installed.
    """
    content = save(tensors, metadata)
    with atomic_write(filename) as file:
        file.write(content)


def load(data: bytes) -> dict[str, Tensor]:
    """Read tensors from bytes of the safetensors format.

    Raises:
        CheckpointError: they are damaged, or of another format.
        MissingPackageError: safetensors is not installed.
    """
    return _load(data, "the data")


def load_file(filename: str | os.PathLike[str], device: str | Device = "cpu") -> dict[str, Tensor]:
    """Read tensors from a file of the safetensors format.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: it is damaged, or of another format.
        RuntimeError: the device is not here.
        MissingPackageError: safetensors is not installed.
    """
    if Device(device).type != "cpu":
        raise RuntimeError(f"load_file brings tensors to the CPU only, got device={device!r}.")
    return _load(Path(filename).read_bytes(), str(filename))


def _load(data: bytes, where: str) -> dict[str, Tensor]:
    library = require("safetensors", "Reading the safetensors format")
    numpy_library = require("safetensors.numpy", "Reading the safetensors format")
    try:
        found = numpy_library.load(data)
        metadata = _metadata(data)
    except (library.SafetensorError, TypeError, ValueError, LookupError) as error:
        raise CheckpointError(
            f"{where} is damaged, or no file of the safetensors format: {error}."
        ) from error
    # The library's arrays lie in the bytes that were read, and cannot be written.
    arrays = {name: np.array(array, order="C") for name, array in found.items()}
    if _CHECKSUMS in metadata:
        _compare(arrays, metadata[_CHECKSUMS], where)
    return {name: from_numpy(array) for name, array in arrays.items()}


def _metadata(data: bytes) -> dict[str, str]:
    """Read the texts in the header, which is JSON behind its length."""
    length = int.from_bytes(data[:_LENGTH_BYTES], "little")
    header = json.loads(data[_LENGTH_BYTES : _LENGTH_BYTES + length])
    texts: dict[str, str] = header.get("__metadata__") or {}
    return texts


def _compare(arrays: Mapping[str, Array], checksums: str, where: str) -> None:
    try:
        expected = json.loads(checksums)
    except ValueError as error:
        raise CheckpointError(f"{where} is damaged: its checksums cannot be read.") from error
    if not isinstance(expected, dict) or expected.keys() != arrays.keys():
        raise CheckpointError(f"{where} is damaged: its checksums are of other tensors.")
    for name, array in arrays.items():
        if expected[name] != _checksum(name, array):
            raise CheckpointError(f"{where} is damaged: the checksum differs at tensor {name}.")


def _checksum(name: str, array: Array) -> str:
    """Hash all that a tensor is, since the header that describes it may be damaged too."""
    description = f"{name}\n{array.dtype.str}\n{array.shape}\n"
    return hashlib.sha256(description.encode() + array.tobytes()).hexdigest()


def _check(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None) -> None:
    """Look at the arguments of a save.

    Raises:
        TypeError: names are no texts, or values are no tensors.
        RuntimeError: two tensors share memory.
    """
    if not isinstance(tensors, Mapping):
        raise TypeError(f"A dict of names and tensors was expected, got {type(tensors).__name__}.")
    for name, each in tensors.items():
        if not isinstance(name, str) or not isinstance(each, Tensor):
            raise TypeError(
                "The safetensors format holds names and tensors, got "
                f"{name!r}: {type(each).__name__}."
            )
    for key, text in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise TypeError(f"metadata holds texts only, got {key!r}: {text!r}.")
    ranges = sorted(
        (*np.lib.array_utils.byte_bounds(each._array), name)
        for name, each in tensors.items()
        if each._array.size
    )
    for (_, end, one), (start, _, other) in pairwise(ranges):
        if start < end:
            raise RuntimeError(
                f"Some tensors share memory: {one} and {other}. The safetensors format cannot say "
                "so, and they would be two after loading. Leave one out, or clone() it."
            )
