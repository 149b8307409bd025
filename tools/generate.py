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

from minitorch.kernels.cpu import functions  # noqa: E402
from minitorch.kernels.op_table import BOOL, OPS, Op, mentions  # noqa: E402

GENERATED = ROOT / "minitorch" / "kernels" / "generated"
HEADER = (
    '"""{summary}\n\nWritten by tools/generate.py from kernels/op_table.py: change it there.\n"""\n'
)

# Formulas of more operands do not occur: grad, x, y, z and out, of which each uses at most four.
MOST_OPERANDS = 4
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


# ---- the loops over one to four operands


def loops_file() -> str:
    """Write the loops that every formula is put into."""
    parts = [
        HEADER.format(summary="The loops of elementwise kernels, for one to four operands."),
        "from collections.abc import Callable",
        "from typing import Any",
        "",
        "from numba import njit, prange",
        "",
        'OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}',
        "",
    ]
    for count in range(1, MOST_OPERANDS + 1):
        parts.append(DENSE.format(**_loop_words(count)))
        parts.append(STRIDED.format(**_loop_words(count)))
    names = (
        "{" + ", ".join(f"{n}: {kind}_{n}" for n in range(1, MOST_OPERANDS + 1)) + "}"
        for kind in ("dense", "strided")
    )
    parts += ["", f"DENSE = {next(names)}", f"STRIDED = {next(names)}", ""]
    return "\n".join(parts)


DENSE = '''
def dense_{count}(formula: Callable[..., Any]) -> Any:
    """Apply a formula to {count} one-dimensional dense operand(s)."""

    def dense({arrays}, out, parameters):  # type: ignore[no-untyped-def]
        for i in prange(out.size):
            out[i] = formula({at_i}, *parameters)

    return njit(**OPTIONS)(dense)
'''

STRIDED = '''
def strided_{count}(formula: Callable[..., Any]) -> Any:
    """Apply a formula to {count} operand(s) of up to four dimensions.

    See `layout.Walk` for the argument layout.
    """

    def strided({arrays}, out, layout, parameters):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        {steps} = {step_values}
        is_dense = {all_dense}
        for row in prange(layout[0, 0] * n_1 * n_2):
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
{starts}
            if is_dense:
                # Slices tell the compiler that no index is negative, so that it makes vectors.
{slices}
                for i in range(width):
                    row_out[i] = formula({row_at_i}, *parameters)
{one_number}            else:
                for i in range(width):
                    out[at_out + i * step_out] = formula({strided_at_i}, *parameters)

    return njit(**OPTIONS)(strided)
'''


def _loop_words(count: int) -> dict[str, object]:
    """Fill the two templates' blanks for a number of operands."""
    names = ["a", "b", "c", "d"][:count]
    everything = [*names, "out"]
    starts = [
        f"            at_{name} = layout[{k}, 4] + i_0 * layout[{k}, 0] + i_1 * layout[{k}, 1]"
        f" + i_2 * layout[{k}, 2]"
        for k, name in enumerate(everything, 1)
    ]
    slices = [
        f"                row_{name} = {name}[at_{name} : at_{name} + width]" for name in everything
    ]
    return {
        "count": count,
        "arrays": ", ".join(names),
        "at_i": ", ".join(f"{name}[i]" for name in names),
        "steps": ", ".join(f"step_{name}" for name in everything),
        "step_values": ", ".join(f"layout[{k}, 3]" for k in range(1, count + 2)),
        "all_dense": " and ".join(f"step_{name} == 1" for name in everything),
        "starts": "\n".join(starts),
        "slices": "\n".join(slices),
        "one_number": _one_number_rows() if count == 2 else "",
        "row_at_i": ", ".join(f"row_{name}[i]" for name in names),
        "strided_at_i": ", ".join(f"{name}[at_{name} + i * step_{name}]" for name in names),
    }


ONE_NUMBER = """\
            elif step_{dense} == 1 and step_{single} == 0 and step_out == 1:
                single = {single}[at_{single}]
                row_{dense} = {dense}[at_{dense} : at_{dense} + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula({values}, *parameters)
"""


def _one_number_rows() -> str:
    """Write the rows of two operands of which one stays the same along the row."""
    return ONE_NUMBER.format(dense="a", single="b", values="row_a[i], single") + ONE_NUMBER.format(
        dense="b", single="a", values="single, row_b[i]"
    )


# ---- the formulas and the kernels made of them


def elementwise_file(ops: Iterable[Op]) -> str:
    """Write each operation's formulas as functions, and the kernels made of them."""
    return (
        HEADER.format(summary="Every elementwise operation: its formulas, and its kernels.")
        + "\nfrom typing import Any\n\nfrom ..cpu import functions as f\n"
        + "from ..cpu.elementwise import Elementwise\n\n"
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
    return (
        f"\ndef _{name}({arguments}) -> Any:\n    return {typed}\n\n\n"
        f"{name} = Elementwise({name!r}, _{name}, {', '.join(options)})\n"
    )


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
