"""Write the files that follow from the op table: `python tools/generate.py [--check]`.

The files are committed, so that an editor can complete and a debugger can step through them. With
--check nothing is written, and the exit status is 1 if a file is not what it should be.
"""

from __future__ import annotations

import argparse
import ast
import math
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from function_table import function_table  # noqa: E402
from generate_functions import functions_file, methods_file, operators_file  # noqa: E402
from generate_loops import loops_file  # noqa: E402

from minitorch.kernels.cpu import functions  # noqa: E402
from minitorch.kernels.op_table import BOOL, OPS, Op, mentions  # noqa: E402

GENERATED = ROOT / "minitorch" / "kernels" / "generated"
TORCH = ROOT / "minitorch" / "torch"
HEADER = (
    '"""{summary}\n\nWritten by tools/generate.py from kernels/op_table.py: change it there.\n"""\n'
)

OPERANDS = ("grad", "x", "y", "z", "out")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the generated files; give the exit status."""
    parser = argparse.ArgumentParser(description="Write the files that follow from the op table.")
    parser.add_argument("--check", action="store_true", help="write nothing, report differences")
    check = parser.parse_args(arguments).check
    stale = []
    for path, text in generated_files().items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path} {'is not up to date' if check else 'written'}")
    return int(check and bool(stale))


def generated_files() -> dict[Path, str]:
    """Give the text of every generated file."""
    return {
        GENERATED / "__init__.py": '"""Files that tools/generate.py writes."""\n',
        GENERATED / "loops.py": _formatted(loops_file()),
        GENERATED / "elementwise.py": _formatted(elementwise_file(OPS)),
        TORCH / "functions" / "pointwise" / "generated.py": _formatted(functions_file(OPS)),
        TORCH / "methods" / "operators.py": _formatted(operators_file(OPS)),
        TORCH / "methods" / "pointwise.py": _formatted(methods_file(OPS)),
        ROOT / "docs" / "internals" / "function_table.md": function_table(),
    }


def _formatted(text: str) -> str:
    """Lay out Python code as all of the project's is."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--config",
        str(ROOT / "pyproject.toml"),
        "-",
    ]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


# ---- the formulas and the kernels made of them


def elementwise_file(ops: Iterable[Op]) -> str:
    """Write each operation's formulas as functions, and the kernels made of them."""
    return (
        HEADER.format(summary="Every elementwise operation: its formulas, and its kernels.")
        + "\nfrom typing import Any\n\nfrom ..cpu import functions as f\n"
        + "from ..cpu.elementwise.elementwise import Elementwise\n\n"
        + "\n".join(_definitions(op) for op in ops)
    )


def _definitions(op: Op) -> str:
    """Write the forward formula of an operation, those of its gradients, and their kernels."""
    parts = [_definition(op, op.name, op.forward)]
    for operand, formula in zip(op.operands, op.derivatives, strict=False):
        suffix = "" if len(op.derivatives) == 1 else f"_{operand}"
        parts.append(_definition(op, f"{op.name}_backward{suffix}", formula))
    return "\n".join(parts)


def _definition(op: Op, name: str, formula: str) -> str:
    operands = [operand for operand in OPERANDS if mentions(formula, operand)]
    parameters = list(op.parameters) if any(mentions(formula, p) for p in op.parameters) else []
    typed = _typed(formula, operands[0], op)
    arguments = ", ".join(f"{argument}: Any" for argument in [*operands, *parameters])
    options = [f"operands={tuple(operands)!r}", f"dtypes={op.dtypes!r}"]
    if op.result == BOOL:
        options.append("result=bool")
    if parameters:
        defaults = (f"{name!r}: {_number(op.parameters[name])}" for name in parameters)
        options.append(f"parameters={{{', '.join(defaults)}}}")
    if op.costly:
        options.append("costly=True")
    if op.divides and name == op.name:
        options.append("divides=True")
    text = f"\ndef _{name}({arguments}) -> Any:\n    return {typed}\n\n"
    near = _near(formula) if op.reach else formula
    if near != formula:
        typed = _typed(near, operands[0], op)
        text += f"\ndef _{name}_near({arguments}) -> Any:\n    return {typed}\n\n"
        options += [f"near=_{name}_near", f"reach={op.reach!r}"]
    return text + f"\n{name} = Elementwise({name!r}, _{name}, {', '.join(options)})\n"


def _near(formula: str) -> str:
    """Put the forms that hold near 0 alone in the places of the functions that have one."""
    tree = ast.parse(formula, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and hasattr(functions, f"{node.id}_near"):
            node.id = f"{node.id}_near"
    return ast.unparse(tree)


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else f"float({str(value)!r})"


class _Typing(ast.NodeTransformer):
    """Give every number in a formula the type of an operand, and every function its module."""

    def __init__(self, operand: str, numbers: Iterable[str]) -> None:
        self.operand = operand
        self.numbers = set(numbers)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return self._like(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.numbers:
            return self._like(node)
        return _in_module(node) if hasattr(functions, node.id) else node

    def _like(self, node: ast.expr) -> ast.AST:
        if isinstance(node, ast.Name) and hasattr(functions, node.id):
            node = _in_module(node)
        operand = ast.Name(self.operand, ast.Load())
        return ast.Call(_in_module(ast.Name("like", ast.Load())), [node, operand], [])


def _in_module(name: ast.Name) -> ast.expr:
    return ast.Attribute(ast.Name("f", ast.Load()), name.id, ast.Load())


def _typed(formula: str, operand: str, op: Op) -> str:
    constants = [name for name, value in vars(functions).items() if isinstance(value, float)]
    typing = _Typing(operand, [*constants, *op.parameters])
    return ast.unparse(typing.visit(ast.parse(formula, mode="eval")))


if __name__ == "__main__":
    sys.exit(main())
