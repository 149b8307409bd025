"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a file that takes its final name only when the block ends without an error.

    The text goes to a temporary file beside the target, is flushed to the disk and renamed. A crash
    or a full disk leaves the earlier file as it was, and nothing half-written under its name.

    Args:
        path: the final name; missing parent folders are made.
        mode: "wb" for bytes, "w" for UTF-8 text.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        encoding = None if "b" in mode else "utf-8"
        with open(descriptor, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Read the process's file mode mask: mkstemp makes private files, a report is not private."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
