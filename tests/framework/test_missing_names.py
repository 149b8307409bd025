"""A name that is not there says so, and where the list of names is; a tool writes that list."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import minitorch.torch as torch
from minitorch.torch.methods.missing import MissingMethods

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/reference/torch_names.md"

FACES = ["torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.linalg",
         "torch.autograd", "torch.sparse", "torch.cuda", "torch.jit", "torch.utils",
         "torch.profiler", "torch.func", "torch.amp", "torch.backends", "torch.nn.init",
         "torch.nn.utils", "torch.hub", "torch.accelerator"]  # fmt: skip


def module(name: str) -> ModuleType:
    return importlib.import_module(f"minitorch.{name}")


@pytest.mark.parametrize("name", FACES)
def test_a_missing_name_says_where_the_list_is(name: str) -> None:
    with pytest.raises(AttributeError) as raised:
        module(name).no_such_name  # noqa: B018
    text = str(raised.value)
    assert f"module '{name}' has no attribute 'no_such_name'" in text
    assert f"minitorch does not have {name}.no_such_name yet" in text
    assert PAGE in text
    assert not hasattr(module(name), "no_such_name")
    assert getattr(module(name), "no_such_name", 3) == 3


def test_a_missing_method_says_where_the_list_is() -> None:
    missing = [name for name in vars(MissingMethods) if not name.startswith("_")]
    assert missing
    x = torch.ones(2)
    for name in missing:
        assert not hasattr(x, name), f"{name} is there: take it off the list"
        with pytest.raises(AttributeError, match=f"'{name}': minitorch does not have") as raised:
            getattr(x, name)
        assert PAGE in str(raised.value)
    x.name = 3  # type: ignore[attr-defined]
    assert getattr(x, "name", None) == 3
    assert not hasattr(x, "no_such_method")


@pytest.mark.parametrize("name", FACES)
def test_a_missing_name_cannot_be_imported(name: str) -> None:
    with pytest.raises(ImportError, match="no_such_name"):
        exec(f"from minitorch.{name} import no_such_name")


def test_names_that_are_there_are_found_by_importing() -> None:
    program = (
        "import minitorch.torch as torch\n"
        "import minitorch.torch.nn.functional as F\n"
        "assert torch.nn.functional is F and torch.linalg.inv and torch.sparse.mm\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=100)


def test_the_page_lists_what_is_there() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for name in ("`arange`", "`backward`", "`Linear`", "`cross_entropy`", "`Adam`", "`inv`"):
        assert name in text
    assert "**Tier 1" in text


def test_the_tool_notices_a_page_that_is_not_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    tool = importlib.import_module("torch_names")
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(tool, "PAGE", tmp_path / "docs" / "names.md")
    monkeypatch.setattr(sys, "argv", ["torch_names.py", "--check"])
    assert tool.main() == 1
    monkeypatch.setattr(sys, "argv", ["torch_names.py"])
    assert tool.main() == 0
    monkeypatch.setattr(sys, "argv", ["torch_names.py", "--check"])
    assert tool.main() == 0
    assert tool.has("nn.functional.relu")
    assert tool.has("uniform")
    assert not tool.has("nn.functional.no_such_name")
    assert "arange" in list(tool.names_of(torch))
    assert "TYPE_CHECKING" not in list(tool.names_of(torch))
