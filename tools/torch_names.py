"""Write docs/reference/torch_names.md: the names of PyTorch that minitorch.torch has.

python tools/torch_names.py            write the page
python tools/torch_names.py --check    exit with 1 if it is not up to date
"""

from __future__ import annotations

import argparse
import ast
import inspect
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "torch_names.md"
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from function_table import TIERS  # noqa: E402

from minitorch import torch  # noqa: E402

HEAD = """\
# Names of PyTorch in minitorch.torch

Written by `tools/torch_names.py`. What is listed is there, and what is not listed raises an
AttributeError that leads here.
"""

FACES: tuple[tuple[str, Any], ...] = (
    ("torch", torch),
    ("torch.Tensor", torch.Tensor),
    ("torch.nn", torch.nn),
    ("torch.nn.functional", torch.nn.functional),
    ("torch.nn.init", torch.nn.init),
    ("torch.nn.utils", torch.nn.utils),
    ("torch.optim", torch.optim),
    ("torch.linalg", torch.linalg),
    ("torch.special", torch.special),
    ("torch.functional", torch.functional),
    ("torch.autograd", torch.autograd),
    ("torch.sparse", torch.sparse),
    ("torch.testing", torch.testing),
    ("torch.cuda", torch.cuda),
    ("torch.accelerator", torch.accelerator),
    ("torch.jit", torch.jit),
)

# What modules have for themselves.
_OWN = {"Array", "Device", "P", "R", "T", "boolean"}
# Operators that a test's name stands for, where the method is called otherwise.
_IN_PLACE = ("exponential", "uniform", "zero", "fill")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    wanted = page()
    if options.check:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != wanted:
            print(f"{PAGE.relative_to(ROOT)} is not up to date: python tools/torch_names.py")
            return 1
        return 0
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


def page() -> str:
    """Give the text of the page."""
    parts = [HEAD]
    for tier, names in TIERS.items():
        missing = [name for name in names.split() if not has(name)]
        count = len(names.split())
        told = f" Not there yet: {_line(missing)}." if missing else ""
        parts.append(f"**{tier}** has {count - len(missing)} of {count} functions.{told}\n")
    for title, face in FACES:
        names = sorted(names_of(face), key=lambda name: (name.lower(), name))
        parts.append(f"## {title}: {len(names)} names\n\n{_line(names)}\n")
    return "\n".join(parts)


def has(name: str) -> bool:
    """Tell whether a function of a tier is there: of torch, of a module below, or a method."""
    place, _, last = name.rpartition(".")
    owner: Any = torch
    for part in place.split(".") if place else ():
        owner = getattr(owner, part, None)
    if hasattr(owner, last):
        return True
    return not place and (
        hasattr(torch.Tensor, last) or (last in _IN_PLACE and hasattr(torch.Tensor, f"{last}_"))
    )


def names_of(face: Any) -> Iterator[str]:
    """Give the names of a module or class that users may use."""
    names = exported(face) - _OWN if isinstance(face, types.ModuleType) else dir(face)
    for name in names:
        # A class may list names that it does not have, which say so when they are read.
        if not name.startswith("_") and hasattr(face, name):
            yield name


def exported(module: types.ModuleType) -> set[str]:
    """Give what a module defines, and what it imports in order to hand it on."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return set(listed)
    found: set[str] = set()
    statements = list(ast.parse(inspect.getsource(module)).body)
    for statement in statements:
        if isinstance(statement, ast.If):  # What type checkers see is imported when it is named.
            statements.extend(statement.body)
        elif isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.ImportFrom):
            found.update(each.name for each in statement.names if each.asname == each.name)
        elif isinstance(statement, ast.Assign):
            found.update(each.id for each in statement.targets if isinstance(each, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.add(statement.target.id)
    return found


def _line(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.exit(main())
