"""Files and weights from the web: `torch.hub`. Nothing is fetched unless a function is called."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._files import atomic_write
from ..errors import ChecksumError, DownloadError
from ._missing import missing_from
from .serialization import load

if TYPE_CHECKING:
    from http.client import HTTPResponse

_CHUNK = 1 << 16
_HASH_IN_NAME = re.compile(r"-([a-f0-9]*)\.")
_TIMEOUT = 30.0


class WrongHashError(ChecksumError, RuntimeError):
    """A file does not have the hash that was asked for."""


class _Chosen:
    """The folder that `set_dir` chose."""

    folder: str | None = None


def get_dir() -> str:
    """Give the folder for what is fetched.

    It is what `set_dir` chose, or else `hub` in TORCH_HOME, or else in XDG_CACHE_HOME/torch or
    ~/.cache/torch.
    """
    if _Chosen.folder is not None:
        return _Chosen.folder
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return os.path.join(os.path.expanduser(home), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Choose the folder for what is fetched."""
    _Chosen.folder = os.path.expanduser(os.fspath(d))


def download_url_to_file(
    url: str,
    dst: str | os.PathLike[str],
    hash_prefix: str | None = None,
    progress: bool = True,
) -> None:
    """Fetch a file, which takes its name when all of it has come and is what was asked for.

    Args:
        url: an http or https address.
        dst: the file's name.
        hash_prefix: how the SHA-256 of the file begins, in hexadecimal.
        progress: tell on stderr what is fetched.

    Raises:
        ValueError: the address is none.
        RuntimeError: the file has another hash; it was not kept.
        OSError: it could not be fetched or stored.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"Only http and https addresses can be fetched, got {url!r}.")
    if progress:
        print(f'Downloading: "{url}" to {dst}', file=sys.stderr)  # noqa: T201  (asked for)
    digest = hashlib.sha256()
    with _opened(url) as response, atomic_write(dst) as file:
        length = response.headers.get("Content-Length", "")
        done = 0
        while chunk := _next(url, response):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
        if length.isdecimal() and done != int(length):
            raise DownloadError(f"{url} was cut off after {done} of {length} bytes. Try again.")
        found = digest.hexdigest()
        if hash_prefix is not None and not found.startswith(hash_prefix):
            raise WrongHashError(
                f'invalid hash value: {url} should begin with "{hash_prefix}", got "{found}". '
                "It was not kept."
            )


def load_state_dict_from_url(
    url: str,
    model_dir: str | os.PathLike[str] | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = True,
) -> dict[str, Any]:
    """Load weights from the web; the next time from the file that was kept.

    Args:
        url: an http or https address.
        model_dir: where the file is kept: `checkpoints` in `get_dir()`, if it is not given.
        map_location: as `torch.load` takes it.
        progress: tell on stderr what is fetched.
        check_hash: the file's name ends in a dash and the beginning of its SHA-256.
        file_name: its name in that folder; by default the one in the address.
        weights_only: load tensors and plain containers alone. False, PyTorch's default here, is
            for files that you trust.

    Raises:
        RuntimeError: the file has another hash, or is damaged.
        OSError: it could not be fetched or stored.
    """
    folder = Path(get_dir(), "checkpoints") if model_dir is None else Path(model_dir)
    name = os.path.basename(urlsplit(url).path) if file_name is None else file_name
    path = folder / name
    if not path.exists():
        match = _HASH_IN_NAME.search(name) if check_hash else None
        download_url_to_file(url, path, match[1] if match else None, progress)
    loaded: dict[str, Any] = load(path, map_location=map_location, weights_only=weights_only)
    return loaded


def _opened(url: str) -> HTTPResponse:
    # Here, because they take long to import.
    from http.client import HTTPException
    from urllib import request

    try:
        asked = request.Request(url, headers={"User-Agent": "minitorch"})
        response: HTTPResponse = request.urlopen(asked, timeout=_TIMEOUT)
        return response
    except (OSError, HTTPException) as problem:
        raise DownloadError(f"{url} could not be fetched: {problem}") from problem


def _next(url: str, response: HTTPResponse) -> bytes:
    from http.client import HTTPException

    try:
        return response.read(_CHUNK)
    except (OSError, HTTPException) as problem:
        raise DownloadError(f"{url} was cut off: {problem}. Try again.") from problem


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
