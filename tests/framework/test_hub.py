"""Files are fetched whole or not at all, from a server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import minitorch.torch as torch
from minitorch.torch import hub


class Server(ThreadingHTTPServer):
    files: dict[str, bytes]
    asked: int = 0


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        name = self.path.lstrip("/")
        content = self.server.files.get(name.removeprefix("cut-"))
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name.startswith("cut-") else content)

    def log_message(self, *arguments: object) -> None:
        return None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    weights = tmp_path / "weights.pt"
    torch.save({"weight": torch.arange(4.0)}, weights)
    server = Server(("127.0.0.1", 0), Handler)
    server.files = {"text": b"hello" * 1000, "weights.pt": weights.read_bytes()}
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    server.files[f"net-{digest[:8]}.pt"] = weights.read_bytes()
    server.files["net-00000000.pt"] = weights.read_bytes()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(server: Server, name: str) -> str:
    return f"http://127.0.0.1:{server.server_port}/{name}"


def test_a_file_is_fetched(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "got" / "text"
    digest = hashlib.sha256(server.files["text"]).hexdigest()
    hub.download_url_to_file(address(server, "text"), target, digest[:8], progress=False)
    assert target.read_bytes() == server.files["text"]
    assert capsys.readouterr().err == ""
    hub.download_url_to_file(address(server, "text"), str(target))
    assert "Downloading" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "prefix", "error"),
    [("text", "0000", RuntimeError), ("cut-text", None, OSError), ("nothing", None, OSError)],
)
def test_a_wrong_cut_or_missing_file_leaves_nothing(
    server: Server, tmp_path: Path, name: str, prefix: str | None, error: type[Exception]
) -> None:
    target = tmp_path / "got"
    target.mkdir()
    with pytest.raises(error):
        hub.download_url_to_file(address(server, name), target / "text", prefix, progress=False)
    assert list(target.iterdir()) == []


def test_other_addresses_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="http"):
        hub.download_url_to_file("file:///etc/passwd", tmp_path / "x")


def test_weights_are_loaded_once_from_the_web(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        loaded = hub.load_state_dict_from_url(
            address(server, "weights.pt"), tmp_path / "models", progress=False
        )
        assert loaded["weight"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert server.asked == 1


def test_the_hash_in_a_name_is_checked(server: Server, tmp_path: Path) -> None:
    for name in server.files:
        if not name.startswith("net-"):
            continue
        url, models = address(server, name), tmp_path / "models"
        if name == "net-00000000.pt":
            with pytest.raises(RuntimeError, match="invalid hash"):
                hub.load_state_dict_from_url(url, models, progress=False, check_hash=True)
        else:
            assert hub.load_state_dict_from_url(url, models, progress=False, check_hash=True)


def test_the_folder_is_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hub._Chosen, "folder", None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert Path(hub.get_dir()) == tmp_path / "hub"
    hub.set_dir(tmp_path / "mine")
    assert Path(hub.get_dir()) == tmp_path / "mine"
