"""Downloads, against a server on this machine that misbehaves in every way we could think of."""

import errno
import gc
import hashlib
import json
import re
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import FileIO
from pathlib import Path
from urllib.error import HTTPError

import numpy as np
import pytest

from minitorch.errors import ChecksumError, DownloadError
from minitorch.training.data import (
    download_glove,
    download_mnist,
    download_sst2,
    file_checksum,
    load_glove,
    load_mnist,
    load_sst2,
    mnist,
    write_idx,
)
from minitorch.training.data.download import download

CONTENT = bytes(range(256)) * 1000
SHA256 = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
MD5 = f"md5:{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}"
CUT = 100_000


@dataclass
class Site:
    """What the server holds and how it behaves; tests change it between two requests."""

    content: bytes = CONTENT
    files: dict[str, bytes] = field(default_factory=dict)
    etag: str | None = '"v1"'
    last_modified: str | None = None
    says_length: bool = True
    knows_ranges: bool = True
    obeys_if_range: bool = True
    cut_after: int | None = None
    # Bends the status and the headers of an answer to a Range.
    bend: Callable[[int, dict[str, str]], tuple[int, dict[str, str]]] | None = None
    # Takes over the whole answer.
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Address of the one file."""
        return f"http://127.0.0.1:{self.port}/folder/data.bin"


def make_handler(site: Site) -> type[BaseHTTPRequestHandler]:
    """Build the request handler for a site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append(dict(self.headers))
            if site.answer is not None:
                site.answer(self)
                return
            content = site.files.get(self.path, site.content)
            start = self.range_start(content)
            status, headers = 200, {}
            if start is not None and start < len(content):
                status = 206
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            elif start is not None:
                status, headers["Content-Range"] = 416, f"bytes */{len(content)}"
            body = b"" if status == 416 else content[start or 0 :]
            if site.bend and start is not None:
                status, headers = site.bend(status, headers)
            self.reply(status, headers, body)

        def range_start(self, content: bytes) -> int | None:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if asked is None or not site.knows_ranges:
                return None
            same = self.headers.get("If-Range") in (site.etag, site.last_modified)
            return int(asked[1]) if same or not site.obeys_if_range else None

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            if site.etag:
                self.send_header("ETag", site.etag)
            if site.last_modified:
                self.send_header("Last-Modified", site.last_modified)
            if site.says_length:
                self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: site.cut_after])

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    return Handler


class QuietServer(HTTPServer):
    """A server that does not mind a client who hangs up."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Drop what a closed connection raises."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serve a file on a free port, and see that nothing stays open."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    site = Site()
    with QuietServer(("127.0.0.1", 0), make_handler(site)) as server:
        site.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        site.released.set()
        server.shutdown()
        thread.join(timeout=10)
    # An unclosed socket warns when it is collected, and a warning is an error here.
    gc.collect()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Name the file to fetch, in a folder that does not exist yet."""
    return tmp_path / "new folder" / "data.bin"


def names_in(target: Path) -> list[str]:
    """List the folder of a download."""
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


def cut_once(site: Site, target: Path) -> str:
    """Fetch the file over a connection that ends after CUT bytes; gives the error's text."""
    site.cut_after = CUT
    with pytest.raises(DownloadError) as caught:
        download(site.url, target)
    site.cut_after = None
    return str(caught.value)


def test_a_file_is_fetched_whole_and_nothing_else_stays(site: Site, target: Path) -> None:
    assert download(site.url, target, SHA256) == target
    assert target.read_bytes() == CONTENT
    assert names_in(target) == ["data.bin"]
    assert len(site.requests) == 1


def test_progress_starts_at_zero_and_ends_at_the_total(site: Site, target: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    download(site.url, target, progress=lambda done, total: seen.append((done, total)))
    counts = [done for done, _ in seen]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == len(CONTENT)
    assert {total for _, total in seen} == {len(CONTENT)}


def test_a_server_that_gives_no_length_is_served_with_total_none(site: Site, target: Path) -> None:
    site.says_length = False
    totals = set()
    download(site.url, target, MD5, progress=lambda done, total: totals.add(total))
    assert target.read_bytes() == CONTENT
    assert totals == {None}


@pytest.mark.parametrize("checksum", [None, MD5, SHA256])
def test_a_file_that_is_there_is_not_fetched_again(
    site: Site, target: Path, checksum: str | None
) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT)
    download(site.url, target, checksum)
    assert site.requests == []


def test_a_file_with_another_checksum_is_replaced(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    download(site.url, target, SHA256)
    assert target.read_bytes() == CONTENT


def test_a_cut_keeps_the_part_and_the_next_call_continues(site: Site, target: Path) -> None:
    text = cut_once(site, target)
    assert f"{CUT} of {len(CONTENT)} bytes" in text
    assert "continues" in text
    assert str(target) in text
    assert names_in(target) == ["data.bin.part", "data.bin.part.json"]
    counts: list[int] = []
    download(site.url, target, SHA256, progress=lambda done, total: counts.append(done))
    assert target.read_bytes() == CONTENT
    assert names_in(target) == ["data.bin"]
    assert counts[0] == CUT
    assert len(site.requests) == 2
    assert site.requests[1]["Range"] == f"bytes={CUT}-"
    assert site.requests[1]["If-Range"] == '"v1"'


def test_a_second_cut_is_continued_too(site: Site, target: Path) -> None:
    cut_once(site, target)
    assert f"{2 * CUT} of {len(CONTENT)} bytes" in cut_once(site, target)
    download(site.url, target, SHA256)
    assert site.requests[2]["Range"] == f"bytes={2 * CUT}-"


def test_a_weak_tag_is_passed_over_for_the_date(site: Site, target: Path) -> None:
    site.etag, site.last_modified = 'W/"v1"', "Sat, 01 Jan 2000 00:00:00 GMT"
    cut_once(site, target)
    download(site.url, target, SHA256)
    assert site.requests[1]["If-Range"] == site.last_modified


def test_a_server_without_ranges_sends_everything_again(site: Site, target: Path) -> None:
    cut_once(site, target)
    site.knows_ranges = False
    download(site.url, target, SHA256)
    assert target.read_bytes() == CONTENT
    assert len(site.requests) == 2


@pytest.mark.parametrize("obeys_if_range", [True, False])
def test_a_file_that_changed_on_the_server_is_fetched_anew(
    site: Site, target: Path, obeys_if_range: bool
) -> None:
    cut_once(site, target)
    site.content, site.etag = CONTENT[::-1], '"v2"'
    site.obeys_if_range = obeys_if_range
    download(site.url, target)
    assert target.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(
    "content_range",
    [
        f"bytes {CUT - 1}-{len(CONTENT) - 1}/{len(CONTENT)}",
        f"bytes {CUT}-{len(CONTENT)}/{len(CONTENT) + 1}",
        f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}",
        f"bytes */{len(CONTENT)}",
        "bytes",
        "",
    ],
)
def test_an_answer_with_a_wrong_range_is_not_appended(
    site: Site, target: Path, content_range: str
) -> None:
    cut_once(site, target)
    site.bend = lambda status, headers: (status, {"Content-Range": content_range})
    download(site.url, target)
    assert target.read_bytes() == CONTENT
    assert "Range" not in site.requests[-1]


def test_a_range_of_unknown_total_is_appended(site: Site, target: Path) -> None:
    cut_once(site, target)
    site.bend = lambda status, headers: (
        status,
        {"Content-Range": headers["Content-Range"].replace(f"/{len(CONTENT)}", "/*")},
    )
    download(site.url, target)
    assert target.read_bytes() == CONTENT
    assert len(site.requests) == 2


def test_a_complete_part_is_taken_as_it_is(site: Site, target: Path) -> None:
    cut_once(site, target)
    target.with_name("data.bin.part").write_bytes(CONTENT)
    download(site.url, target, SHA256)
    assert target.read_bytes() == CONTENT
    assert len(site.requests) == 2


def test_a_part_longer_than_the_file_is_dropped(site: Site, target: Path) -> None:
    cut_once(site, target)
    target.with_name("data.bin.part").write_bytes(CONTENT + b"x")
    download(site.url, target)
    assert target.read_bytes() == CONTENT


def test_a_part_whose_version_is_unknown_is_not_kept(site: Site, target: Path) -> None:
    site.etag = None
    assert "nothing can be kept" in cut_once(site, target)
    assert names_in(target) == []


@pytest.mark.parametrize(
    "memo",
    [
        "",
        "[]",
        "{}",
        "\udcff",
        json.dumps({"url": "http://elsewhere/data.bin", "validator": '"v1"', "total": None}),
        json.dumps({"url": "URL", "validator": 5, "total": None}),
        json.dumps({"url": "URL", "validator": "two\r\nlines", "total": None}),
        json.dumps({"url": "URL", "validator": '"v1"', "total": "many"}),
    ],
)
def test_a_part_with_a_damaged_or_foreign_memo_is_dropped(
    site: Site, target: Path, memo: str
) -> None:
    cut_once(site, target)
    content = memo.replace("URL", site.url).encode(errors="surrogateescape")
    target.with_name("data.bin.part.json").write_bytes(content)
    download(site.url, target, SHA256)
    assert "Range" not in site.requests[1]


def test_an_interrupt_keeps_the_part(site: Site, target: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done > CUT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(site.url, target, progress=interrupt)
    assert names_in(target) == ["data.bin.part", "data.bin.part.json"]
    download(site.url, target, SHA256)
    assert "Range" in site.requests[1]


@pytest.mark.parametrize("status", [404, 503])
def test_an_error_status_is_reported_with_address_and_target(
    site: Site, target: Path, status: int
) -> None:
    site.answer = lambda handler: handler.send_error(status)
    with pytest.raises(DownloadError, match=rf"(?s){site.url}.*{status}.*{target}") as caught:
        download(site.url, target)
    assert isinstance(caught.value.__cause__, HTTPError)
    assert caught.value.__cause__.closed
    assert names_in(target) == []
    assert len(site.requests) == 1


def test_an_error_status_leaves_an_earlier_part(site: Site, target: Path) -> None:
    cut_once(site, target)
    site.answer = lambda handler: handler.send_error(503)
    with pytest.raises(DownloadError, match="503"):
        download(site.url, target)
    site.answer = None
    download(site.url, target, SHA256)
    assert site.requests[2]["Range"] == f"bytes={CUT}-"


def test_a_status_without_a_body_is_reported(site: Site, target: Path) -> None:
    def no_content(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(204)
        handler.end_headers()

    site.answer = no_content
    with pytest.raises(DownloadError, match="204"):
        download(site.url, target)


def redirect_to(address: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer everything but /end with a redirect."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        is_end = handler.path == "/end"
        handler.send_response(200 if is_end else 302)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "3" if is_end else "0")
        handler.end_headers()
        handler.wfile.write(b"end" if is_end else b"")

    return answer


def test_a_redirect_is_followed(site: Site, target: Path) -> None:
    site.answer = redirect_to("/end")
    download(site.url, target)
    assert target.read_bytes() == b"end"


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/x", "file:///etc/hostname", "http://[/x", "/again"]
)
def test_a_redirect_to_nowhere_is_refused(site: Site, target: Path, address: str) -> None:
    site.answer = redirect_to(address)
    with pytest.raises(DownloadError):
        download(site.url, target)
    assert names_in(target) == []


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01\x00\x00"])
def test_a_server_that_speaks_no_http_is_reported(site: Site, target: Path, reply: bytes) -> None:
    site.answer = lambda handler: handler.wfile.write(reply)
    with pytest.raises(DownloadError, match=site.url):
        download(site.url, target)


def test_a_broken_chunk_is_a_cut(site: Site, target: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"4\r\nabcd\r\nzz\r\n")

    site.answer = answer
    with pytest.raises(DownloadError, match="cut"):
        download(site.url, target)
    assert not target.exists()


def test_a_server_that_never_answers_is_given_up(site: Site, target: Path) -> None:
    site.answer = lambda handler: site.released.wait(20) and None
    with pytest.raises(DownloadError, match=r"no answer within 0\.1 seconds"):
        download(site.url, target, timeout=0.1)


def test_a_server_that_stops_midway_is_given_up_and_the_part_is_kept(
    site: Site, target: Path
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.send_header("ETag", '"v1"')
        handler.end_headers()
        handler.wfile.write(CONTENT[:CUT])
        site.released.wait(20)

    site.answer = answer
    with pytest.raises(DownloadError, match=r"cut after \d+ of .* no answer within"):
        download(site.url, target, timeout=0.2)
    assert 0 < target.with_name("data.bin.part").stat().st_size <= CUT
    site.answer = None
    site.released.set()
    download(site.url, target, SHA256)
    assert target.read_bytes() == CONTENT


def test_a_refused_connection_is_reported(site: Site, target: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DownloadError, match="refused the connection"):
        download(f"http://127.0.0.1:{port}/data.bin", target)
    assert names_in(target) == []


def test_an_unknown_host_asks_whether_the_machine_is_offline(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offline(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(socket, "getaddrinfo", offline)
    with pytest.raises(DownloadError, match=r"data\.example cannot be found; .* offline") as caught:
        download("https://data.example/data.bin", target)
    assert str(target) in str(caught.value)


@pytest.mark.parametrize(
    ("checksum", "algorithm"), [("md5:" + "0" * 32, "md5"), ("sha256:" + "0" * 64, "sha256")]
)
def test_a_wrong_checksum_names_both_and_removes_the_download(
    site: Site, target: Path, checksum: str, algorithm: str
) -> None:
    with pytest.raises(ChecksumError) as caught:
        download(site.url, target, checksum)
    received = SHA256 if algorithm == "sha256" else MD5
    for part in ("data.bin", site.url, checksum, received):
        assert part in str(caught.value)
    assert names_in(target) == []


def test_a_wrong_checksum_leaves_the_earlier_file(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"mine")
    with pytest.raises(ChecksumError):
        download(site.url, target, "md5:" + "0" * 32)
    assert target.read_bytes() == b"mine"
    assert names_in(target) == ["data.bin"]


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://host/x", "data:,x", "/a/path", "http:///x", ""]
)
def test_only_web_addresses_are_accepted(target: Path, url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        download(url, target)


@pytest.mark.parametrize("checksum", ["", "md5", "md5:12", "sha1:" + "0" * 40, "md5:" + "Z" * 32])
def test_a_malformed_checksum_is_refused_before_anything_is_fetched(
    site: Site, target: Path, checksum: str
) -> None:
    with pytest.raises(ValueError, match="sha256"):
        download(site.url, target, checksum)
    assert site.requests == []


class SlowDisk(FileIO):
    """A file that takes fewer bytes than it is given, as the system allows."""

    def write(self, data: object) -> int:
        """Take the first thousand bytes."""
        return super().write(data[:1000])  # type: ignore[index]


def test_a_write_that_takes_only_some_bytes_is_repeated(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minitorch.training.data.download.FileIO", SlowDisk)
    download(site.url, target, SHA256)


class FullDisk(FileIO):
    """A file on a disk that has room for one more piece."""

    def write(self, data: object) -> int:
        """Take the first bytes and fail with the system's own error afterwards."""
        if self.tell() > 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


def test_a_full_disk_is_named_and_nothing_stays(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minitorch.training.data.download.FileIO", FullDisk)
    with pytest.raises(DownloadError, match="the disk is full") as caught:
        download(site.url, target)
    assert caught.value.errno == errno.ENOSPC
    assert str(target) in str(caught.value)
    assert names_in(target) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_the_systems_own_full_device_is_named(
    site: Site, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "minitorch.training.data.download.FileIO", lambda path, mode: FileIO("/dev/full", "wb")
    )
    with pytest.raises(DownloadError, match="the disk is full"):
        download(site.url, target)
    assert names_in(target) == []


def test_a_folder_that_cannot_be_made_is_reported(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match="cannot be stored"):
        download(site.url, tmp_path / "file" / "data.bin")


def test_a_folder_under_the_files_name_is_reported(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="is a folder"):
        download(site.url, tmp_path)


def test_a_checksum_is_computed_with_the_algorithm_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    assert file_checksum(tmp_path / "file", "md5") == MD5
    assert file_checksum(tmp_path / "file", SHA256) == SHA256


def test_mnist_comes_in_four_files_and_is_loaded_from_them(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {
        mnist.TRAIN_IMAGES: np.full((3, 28, 28), 255, np.uint8),
        mnist.TRAIN_LABELS: np.array([0, 5, 9], np.uint8),
        mnist.TEST_IMAGES: np.zeros((2, 28, 28), np.uint8),
        mnist.TEST_LABELS: np.array([1, 2], np.uint8),
    }
    checksums = {}
    for name, array in arrays.items():
        path = tmp_path / f"{name}.gz"
        write_idx(path, array)
        site.files[f"/mirror/{name}.gz"] = path.read_bytes()
        checksums[name] = file_checksum(path, "md5")
    monkeypatch.setitem(mnist.CHECKSUMS, "mnist", checksums)
    paths = download_mnist(tmp_path / "mnist", base_url=f"http://127.0.0.1:{site.port}/mirror/")
    assert [path.name for path in paths] == [f"{name}.gz" for name in arrays]
    data = load_mnist(tmp_path / "mnist")
    assert data.train_labels.tolist() == [0, 5, 9]
    assert len(site.requests) == 4
    download_mnist(tmp_path / "mnist", base_url=f"http://127.0.0.1:{site.port}/mirror")
    assert len(site.requests) == 4


@pytest.mark.parametrize("kind", ["mnist", "fashion"])
def test_another_file_in_place_of_mnist_is_refused(site: Site, tmp_path: Path, kind: str) -> None:
    with pytest.raises(ChecksumError, match="train-images-idx3-ubyte"):
        download_mnist(tmp_path, kind, base_url=site.url)
    assert list(tmp_path.iterdir()) == []


def make_archive(path: Path, files: dict[str, str]) -> bytes:
    """Build a zip archive of text files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path.read_bytes()


def test_glove_is_downloaded_and_loaded_from_the_archive(site: Site, tmp_path: Path) -> None:
    site.content = make_archive(tmp_path / "x.zip", {"glove.6B.2d.txt": "the 1 2\nof 3 4\n"})
    path = download_glove(tmp_path / "new", f"http://127.0.0.1:{site.port}/glove.6B.zip")
    assert path == tmp_path / "new" / "glove.6B.zip"
    assert load_glove(path, size=2)["of"].tolist() == [3, 4]


def test_sst2_is_downloaded_and_loaded_from_the_archive(site: Site, tmp_path: Path) -> None:
    table = "sentence\tlabel\na good film \t1\n"
    files = {"SST-2/train.tsv": table, "SST-2/dev.tsv": table}
    site.content = make_archive(tmp_path / "x.zip", files)
    path = download_sst2(tmp_path / "new", f"http://127.0.0.1:{site.port}/SST-2.zip")
    assert load_sst2(path).train == [("a good film", 1)]
