"""Saving and loading: `torch.save` and `torch.load`, in PyTorch's own zip format, both ways."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .._files import atomic_write
from ..errors import CheckpointError
from ._saving.allowed import add_safe_globals as add_safe_globals
from ._saving.allowed import clear_safe_globals as clear_safe_globals
from ._saving.allowed import get_safe_globals as get_safe_globals
from ._saving.allowed import safe_globals as safe_globals
from ._saving.archive_reader import ArchiveReader
from ._saving.archive_writer import ArchiveWriter
from ._saving.legacy import load_legacy
from ._saving.locations import MapLocation, restorer
from ._saving.pickling import pickled
from ._saving.records import Records
from ._saving.unpickling import TrustedUnpickler, WeightsUnpickler, load_weights

DEFAULT_PROTOCOL = 2

_ZIP_BEGINNING = b"PK\x03\x04"


def save(
    obj: object,
    f: str | os.PathLike[str] | IO[bytes],
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write an object to a file that PyTorch can read too.

    Memory that several tensors show is written once and shared again after loading. A file that is
    given by its path appears whole or not at all: until then an earlier one stays as it is.

    Args:
        obj: tensors in any nest of containers, or another object that pickle can write.
        f: a path, or an open binary file.
        pickle_module: only Python's own.
        pickle_protocol: of the pickle in the file; PyTorch reads 2 with `weights_only=True`.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
        CheckpointError: the folder does not exist.
        DTypeError: tensors of two dtypes lie in the same memory.
    """
    if pickle_module is not pickle:
        raise NotImplementedError(
            f"torch.save writes with Python's pickle only, got pickle_module={pickle_module!r}."
        )
    if not _use_new_zipfile_serialization:
        raise NotImplementedError(
            "torch.save writes zip files only, which PyTorch reads since version 1.6; "
            "_use_new_zipfile_serialization=False is not there."
        )
    content, storages = pickled(obj, pickle_protocol)
    with _opened_to_write(f) as file:
        ArchiveWriter(file).write_all(content, storages)


@contextmanager
def _opened_to_write(f: str | os.PathLike[str] | IO[bytes]) -> Iterator[IO[bytes]]:
    """Open a path, so that a file appears whole or not at all; an open file is used as it is."""
    if not isinstance(f, str | os.PathLike):
        if not hasattr(f, "write"):
            raise AttributeError(
                f"torch.save takes a path or a file with a 'write' method, got {f!r}."
            )
        yield f
        return
    # A link stays, and the file that it points at is replaced.
    target = Path(os.path.realpath(f))
    if not target.parent.is_dir():
        raise CheckpointError(f"Parent directory {target.parent} does not exist.")
    try:
        if target.exists() and not target.is_file():
            # A device or a pipe cannot be replaced by a file.
            with open(target, "wb") as file:
                yield file
        else:
            with atomic_write(target) as file:
                yield file
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(f)) from error
        raise


def load(
    f: str | os.PathLike[str] | IO[bytes],
    map_location: MapLocation = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    encoding: str = "utf-8",
) -> Any:
    """Read what `torch.save` wrote, here or in PyTorch.

    Args:
        f: a path, or an open binary file that can seek.
        map_location: a device for all tensors, a dict of places, or a function of a storage and
            its place; by default they go where they were.
        pickle_module: only Python's own; naming it sets weights_only=False.
        weights_only: build tensors and plain containers only, and what
            `torch.serialization.safe_globals` allows; True by default. A file loaded with False
            can run any code.
        mmap: not there; a file is always read.
        encoding: of strings in files of Python 2.

    Raises:
        CheckpointError: the file is damaged, or of another kind; it is an OSError and a
            RuntimeError.
        pickle.UnpicklingError: the file asks for more than it may; the text names it.
        RuntimeError: a tensor was on a device that is not here, and map_location does not move it.
    """
    if mmap:
        raise NotImplementedError(
            "torch.load reads files into memory; mmap=True is not there. Leave it out."
        )
    if pickle_module is not None:
        if weights_only:
            raise RuntimeError(
                "Can not safely load weights when explicit pickle_module is specified. Leave it "
                "out, or trust the file and set weights_only=False."
            )
        if pickle_module is not pickle:
            raise NotImplementedError(
                f"torch.load reads with Python's pickle only, got pickle_module={pickle_module!r}."
            )
    only = pickle_module is None if weights_only is None else weights_only
    if isinstance(f, str | os.PathLike):
        with open(f, "rb") as file:
            return _load(file, str(f), map_location, only, encoding)
    if not hasattr(f, "read") or not hasattr(f, "seek"):
        raise AttributeError(
            f"torch.load takes a path or a file with 'read' and 'seek', got {type(f).__name__}. "
            "Put bytes into an io.BytesIO."
        )
    name = getattr(f, "name", None)
    where = name if isinstance(name, str) else "the file"
    # What lies before the position is not ours.
    own = f if f.tell() == 0 else io.BytesIO(f.read())
    return _load(own, where, map_location, only, encoding)


def _load(
    file: IO[bytes], where: str, map_location: MapLocation, weights_only: bool, encoding: str
) -> Any:
    restore = restorer(map_location)
    beginning = file.read(len(_ZIP_BEGINNING))
    file.seek(0)
    if beginning != _ZIP_BEGINNING:
        return load_legacy(file.read(), where, restore, weights_only, encoding)
    archive = ArchiveReader(file, where)
    records = Records(archive, restore, keep_damaged=weights_only)
    content = archive.read("data.pkl").tobytes()
    if weights_only:
        return load_weights(WeightsUnpickler(content, records.find, encoding), records.damaged)
    return TrustedUnpickler(content, records.find, encoding).load()
