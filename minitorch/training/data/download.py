"""Fetch one file over HTTP: resumed after a cut, verified, under its final name only when whole.

While it is under way, the file is `<name>.part` beside the target, and `<name>.part.json` remembers
which version of which file it is a part of.
"""

import errno
import hashlib
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from email.message import Message
from http.client import HTTPException, HTTPResponse
from io import FileIO
from pathlib import Path
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from minitorch.errors import ChecksumError, DownloadError

# Called with the bytes done and the total, None where the server does not say it.
Progress = Callable[[int, int | None], None]

_CHUNK = 1 << 16
_DIGEST_LENGTHS = {"md5": 32, "sha256": 64}
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")

_Response = HTTPResponse | HTTPError


def download(
    url: str,
    path: str | os.PathLike[str],
    checksum: str | None = None,
    progress: Progress | None = None,
    timeout: float = 30.0,
) -> Path:
    """Fetch a file, unless it is there already.

    A file that is there is kept if its checksum is right or none is given, and else replaced once
    the new one has been verified. After a cut connection the next call continues where it ended.

    Args:
        url: an http or https address.
        path: the file's final name; missing folders are made.
        checksum: "md5:..." or "sha256:..." in hexadecimal, or None to verify nothing.
        progress: called with the bytes done and the total, None where the server does not say it.
        timeout: seconds to wait for a connection and for each piece of the answer.

    Returns:
        The path.

    Raises:
        ValueError: the address or the checksum is none.
        ChecksumError: what came is not the expected file; it was removed.
        DownloadError: offline, refused, unknown to the server, cut off, or the disk is full.
    """
    _check_address(url)
    _check_checksum(checksum)
    target = Path(path)
    if target.is_dir():
        raise DownloadError(f"Cannot download {url} to {target}: that is a folder.")
    if target.is_file() and (checksum is None or file_checksum(target, checksum) == checksum):
        return target
    transfer = _Transfer(url, target, progress, timeout)
    try:
        transfer.run()
        _verify(transfer.part, target, url, checksum)
        with transfer.disk():
            transfer.part.replace(target)
    finally:
        transfer.clean_up()
    return target


def file_checksum(path: str | os.PathLike[str], like: str) -> str:
    """Compute the checksum of a file as "algorithm:hexadecimal".

    Args:
        path: the file.
        like: "md5" or "sha256", or a checksum that starts so.
    """
    algorithm = like.partition(":")[0]
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False))
    return f"{algorithm}:{digest.hexdigest()}"


def _check_address(url: str) -> None:
    """Refuse what is no web address, such as a local file."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"Only http and https addresses can be downloaded, got {url!r}.")


def _check_checksum(checksum: str | None) -> None:
    """Refuse a malformed checksum before anything is fetched."""
    if checksum is None:
        return
    algorithm, _, digest = checksum.partition(":")
    length = _DIGEST_LENGTHS.get(algorithm)
    if length is None or not re.fullmatch(f"[0-9a-f]{{{length}}}", digest):
        raise ValueError(
            "A checksum is 'md5:' and 32 or 'sha256:' and 64 lower-case hexadecimal digits, "
            f"got {checksum!r}."
        )


def _verify(part: Path, target: Path, url: str, checksum: str | None) -> None:
    """Hold the fetched file against its checksum, and remove it if it is another file."""
    if checksum is None:
        return
    received = file_checksum(part, checksum)
    if received != checksum:
        part.unlink()
        raise ChecksumError(
            f"{target.name} from {url} is not the expected file: expected {checksum}, received "
            f"{received}. The damaged download was removed; download it again, or put the right "
            f"file at {target} by hand."
        )


class _Transfer:
    """One download: from the server's first answer to the complete part file."""

    def __init__(self, url: str, target: Path, progress: Progress | None, timeout: float) -> None:
        self.part = target.with_name(f"{target.name}.part")
        self._memo_file = target.with_name(f"{target.name}.part.json")
        self._url = url
        self._target = target
        self._progress = progress
        self._timeout = timeout
        # What If-Range names: without it nobody could tell later whether the part is still good.
        self._validator: str | None = None
        self._total: int | None = None

    def run(self) -> None:
        """Bring the part file to its full length, continuing an earlier one if that is possible."""
        start = self._recall()
        if start > 0 and self._validator is not None:
            headers = {"Range": f"bytes={start}-", "If-Range": self._validator}
            with closing(self._open(headers)) as response:
                if self._accept(response, start):
                    return
        with closing(self._open({})) as response:
            if not self._accept(response, 0):
                raise self._failure(f"the server answered with status {response.status}")

    def clean_up(self) -> None:
        """Keep the part and its memo only if a later call can continue from them."""
        if self._validator is None or not self.part.exists():
            for file in (self.part, self._memo_file):
                with suppress(OSError):
                    file.unlink(missing_ok=True)

    @contextmanager
    def disk(self) -> Iterator[None]:
        """Name an error of the disk, and give the space of the part back."""
        try:
            yield
        except OSError as error:
            self._validator = None
            what = "the disk is full" if error.errno == errno.ENOSPC else "it cannot be stored"
            failure = DownloadError(
                f"Download of {self._url} to {self._target} failed: {what} "
                f"({error.strerror or error}). Nothing was kept; make room or choose another "
                "folder."
            )
            failure.errno = error.errno
            raise failure from error

    def _recall(self) -> int:
        """Read the memo of an earlier part of the same file, and give the part's length."""
        try:
            memo = json.loads(self._memo_file.read_text(encoding="utf-8"))
            validator, total = memo["validator"], memo["total"]
            is_ours = memo["url"] == self._url and validator.isascii() and validator.isprintable()
            if not (is_ours and isinstance(total, int | None)):
                return 0
            length = self.part.stat().st_size
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return 0  # no memo, or a damaged one: start afresh
        self._validator, self._total = validator, total
        return length

    def _open(self, headers: dict[str, str]) -> _Response:
        """Send the request and give the server's answer, 416 included."""
        opener = request.OpenerDirector()
        # Not build_opener, whose redirects may lead to ftp.
        for handler in (
            request.ProxyHandler,
            request.UnknownHandler,
            request.HTTPHandler,
            request.HTTPSHandler,
            request.HTTPDefaultErrorHandler,
            request.HTTPRedirectHandler,
            request.HTTPErrorProcessor,
        ):
            opener.add_handler(handler())
        asked = request.Request(self._url, headers={"User-Agent": "minitorch", **headers})
        try:
            response: HTTPResponse = opener.open(asked, timeout=self._timeout)
            return response
        except HTTPError as error:
            if error.code == 416 and "Range" in headers:
                return error
            with error:
                raise self._failure(f"the server answered {error.code} ({error.reason})") from error
        except (OSError, HTTPException, ValueError) as error:
            raise self._failure(self._explain(error)) from error

    def _accept(self, response: _Response, start: int) -> bool:
        """Take what an answer brings to a part of this length; False if it does not fit."""
        if response.status == 200:
            # Also the answer to a Range where the file has changed or the server knows no ranges.
            self._begin(response.headers)
            self._receive(response, 0)
        elif start > 0 and self._continues(response, start):
            self._receive(response, start)
        elif start == 0 or not self._is_complete(response, start):
            return False
        return True

    def _is_complete(self, response: _Response, start: int) -> bool:
        """Say whether the server has nothing beyond the part, as it is complete."""
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        return response.status == 416 and match is not None and match[2] == str(start)

    def _continues(self, response: _Response, start: int) -> bool:
        """Say whether an answer continues the part: the same file, from the byte asked for."""
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status != 206 or match is None or match[1] != str(start):
            return False
        if _validator(response.headers) not in (None, self._validator):
            return False
        if match[2] == "*":
            return True
        total = int(match[2])
        is_same = self._total in (None, total)
        self._total = total
        return is_same

    def _begin(self, headers: Message) -> None:
        """Drop an earlier part, and remember which version of the file the new one belongs to."""
        length = headers.get("Content-Length", "")
        self._total = int(length) if length.isdecimal() else None
        self._validator = _validator(headers)
        memo = {"url": self._url, "validator": self._validator, "total": self._total}
        with self.disk():
            self.part.parent.mkdir(parents=True, exist_ok=True)
            # First the old part: it must never stand beside the memo of another version.
            self.part.unlink(missing_ok=True)
            self._memo_file.write_text(json.dumps(memo), encoding="utf-8")

    def _receive(self, response: _Response, start: int) -> None:
        """Append the answer's body to the part, and make sure that all of it came."""
        done = start
        with self.disk():
            # Unbuffered, so that a full disk shows here and not when the file is closed.
            file = FileIO(self.part, "ab" if start else "wb")
        with file:
            self._report(done)
            while chunk := self._read(response, done):
                with self.disk():
                    _write_all(file, chunk)
                done += len(chunk)
                self._report(done)
            with self.disk():
                os.fsync(file.fileno())
        if self._total is not None and done != self._total:
            raise self._cut(done)

    def _report(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, self._total)

    def _read(self, response: _Response, done: int) -> bytes:
        """Read the next piece of the body; empty at its end."""
        try:
            return response.read(_CHUNK)
        except (OSError, HTTPException) as error:
            raise self._cut(done, f": {self._explain(error)}") from error

    def _cut(self, done: int, reason: str = "") -> DownloadError:
        """Say that the body ended early, and whether the next call can go on from here."""
        of_total = "" if self._total is None else f" of {self._total}"
        kept = (
            "nothing can be kept, since the server does not say which version it sent"
            if self._validator is None
            else f"they are kept in {self.part.name}, and the same call continues from there"
        )
        return self._failure(f"the connection was cut after {done}{of_total} bytes{reason}; {kept}")

    def _explain(self, error: BaseException) -> str:
        """Put an error of the connection into words."""
        if isinstance(error, URLError) and isinstance(error.reason, BaseException):
            error = error.reason
        if isinstance(error, socket.gaierror):
            host = urlsplit(self._url).hostname
            return f"the address of {host} cannot be found; is this machine offline?"
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout:g} seconds"
        if isinstance(error, ConnectionRefusedError):
            return "the server refused the connection"
        return f"{error} ({type(error).__name__})"

    def _failure(self, reason: str) -> DownloadError:
        return DownloadError(
            f"Download of {self._url} failed: {reason}. Try again later, or fetch the file in "
            f"another way and put it at {self._target}."
        )


def _validator(headers: Message) -> str | None:
    """Give the header that names this version of the file, as If-Range wants it."""
    etag = headers.get("ETag")
    # A weak tag promises only files that mean the same, not the same bytes.
    if etag is not None and not etag.startswith("W/"):
        return etag
    return headers.get("Last-Modified")


def _write_all(file: FileIO, chunk: bytes) -> None:
    """Write every byte: one call on an unbuffered file may take fewer."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]
