"""Write docs/reference/torch_names.md: the names of PyTorch that minitorch.torch has.

python tools/torch_names.py            write the page
python tools/torch_names.py --check    exit with 1 if it is not up to date
"""

from __future__ import annotations

import argparse
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
    ("torch.autograd", torch.autograd),
    ("torch.sparse", torch.sparse),
    ("torch.testing", torch.testing),
    ("torch.cuda", torch.cuda),
    ("torch.accelerator", torch.accelerator),
    ("torch.jit", torch.jit),
)

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
        names = sorted(names_of(face), key=str.lower)
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
    for name in dir(face):
        value = getattr(face, name, None)
        if name.startswith("_") or name in ("annotations", "TYPE_CHECKING", "missing_from"):
            continue
        if isinstance(face, types.ModuleType) and not is_ours(face, name, value):
            continue
        yield name


def is_ours(face: types.ModuleType, name: str, value: Any) -> bool:
    """Tell whether a name of a module is one for users, and not something that it imports."""
    if isinstance(value, types.ModuleType):
        return value.__name__ == f"{face.__name__}.{name}"
    chosen = getattr(face, "__all__", None)
    if chosen is not None:
        return name in chosen
    origin = getattr(value, "__module__", None)
    is_class_or_function = isinstance(value, type | types.FunctionType)
    return not is_class_or_function or (origin or "").startswith(torch.__name__)


def _line(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.exit(main())
