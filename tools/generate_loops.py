"""The loops of elementwise kernels for one to four operands, which tools/generate.py writes."""

from __future__ import annotations

# Formulas of more operands do not occur: grad, x, y, z and out, of which each uses at most four.
MOST_OPERANDS = 4

HEAD = '''"""The loops of elementwise kernels, for one to four operands.

Written by tools/generate.py: change them in tools/generate_loops.py.

The dense loops are compiled for each formula. The others are not: they cut arrays into dense rows,
and call a dense loop by its address.
"""

from collections.abc import Callable
from typing import Any

from numba import njit, prange

from ..cpu.elementwise.access import call, load, prefer_wide_vectors, stays_within, store, window
from ..cpu.elementwise.tiles import deliver, goes_on, rows_for, rows_of, tile_shape

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
# Elements that a thread treats before it takes up the next ones.
PART = 1 << 12
# Elements that are looked at together before a formula is chosen that holds near 0 alone.
BLOCK = 1 << 10


# ---- dense loops'''

DENSE = '''
def dense_{count}(formula: Callable[..., Any]) -> Any:
    """Apply a formula along {count} dense operand(s)."""

    def dense({arrays}, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        for i in range({least_size}):
            store(out, i, formula({loads}, *parameters))

    return njit(**OPTIONS)(dense)
'''

# Of two operands, one may be a number that stays the same along the row.
DENSE_2 = '''
def dense_2(formula: Callable[..., Any]) -> Any:
    """Apply a formula along two dense operands, of which one may be a single number."""

    def dense(a, b, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        if b.size == 1:
            single = load(b, 0)
            for i in range(min(a.size, out.size)):
                store(out, i, formula(load(a, i), single, *parameters))
        elif a.size == 1:
            single = load(a, 0)
            for i in range(min(b.size, out.size)):
                store(out, i, formula(single, load(b, i), *parameters))
        else:
            for i in range(min(a.size, b.size, out.size)):
                store(out, i, formula(load(a, i), load(b, i), *parameters))

    return njit(**OPTIONS)(dense)
'''

NEAR_DENSE = '''
def near_dense_{count}(formula: Callable[..., Any], near: Callable[..., Any], reach: float) -> Any:
    """Apply a formula along {count} dense operand(s), and a faster one where x is near 0.

    Args:
        formula: holds for every x, which is {x} here.
        near: gives the same as long as |x| <= reach.
        reach: a limit of |x|.
    """

    def dense({arrays}, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        size = {least_size}
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            if stays_within({x}[start:stop], reach):
                for i in range(start, stop):
                    store(out, i, near({loads}, *parameters))
            else:
                for i in range(start, stop):
                    store(out, i, formula({loads}, *parameters))

    return njit(**OPTIONS)(dense)
'''

SHARED = '''
def shared_{count}(dense, {arrays}, out, parameters):  # type: ignore[no-untyped-def]
    """Share {count} dense operand(s) among threads."""
    for part in prange((out.size + PART - 1) // PART):
        start = part * PART
        size = min(PART, out.size - start)
        call(dense, ({parts}, window(out, start, size), parameters))
'''

STRIDED = '''
def strided_{count}(  # type: ignore[no-untyped-def]
    dense, {arrays}, out, layout, first, last, parameters
):
    """Treat tiles of {count} operand(s) of any layout: see `layout.Plan`."""
    for tile in prange(first, last):
        rows, columns = tile_shape(layout, tile)
{operands}
        o, at_o, step_o = rows_for(out, layout, {last}, tile, rows, columns)
        times, width = rows, columns
        if {all_go_on}:
            times, width = 1, rows * columns
        for r in range(times):
            call(
                dense,
                (
{slices}
                    window(o, at_o + r * step_o, width),
                    parameters,
                ),
            )
        deliver(o, out, layout, {last}, tile, rows, columns)
'''

OPERAND = """\
        {name}, at_{name}, step_{name}, {name}_is_single = rows_of(\
{array}, layout, {k}, tile, rows, columns)"""

SLICE = """\
                    window({name}, at_{name} + r * step_{name}, {width}),"""


def loops_file() -> str:
    """Write the loops that every formula is put into."""
    counts = range(1, MOST_OPERANDS + 1)
    words = {count: _words(count) for count in counts}
    parts = [HEAD]
    for count in counts:
        parts.append(DENSE_2 if count == 2 else DENSE.format(**words[count]))
        parts.append(NEAR_DENSE.format(**words[count]))
    parts.append("\n# ---- loops that call them\n")
    for count in counts:
        parts += [SHARED.format(**words[count]), STRIDED.format(**words[count])]
    for name in ("dense", "near_dense", "shared", "strided"):
        members = ", ".join(f"{count}: {name}_{count}" for count in counts)
        parts.append(f"{name.upper()} = {{{members}}}")
    return "\n".join(parts) + "\n"


def _words(count: int) -> dict[str, object]:
    """Fill the templates' blanks for a number of operands."""
    arrays, rows = "abcd"[:count], "xyzw"[:count]
    pairs = list(zip(arrays, rows, strict=True))
    sizes = ", ".join(f"{name}.size" for name in (*arrays, "out"))
    part = "window({0}, start, size)" + " if {0}.size > 1 else {0}" * (count == 2)
    # Of two operands, one may be a number: its row has one element.
    width = "width" if count != 2 else "1 if {0}_is_single else width"
    return {
        "count": count,
        "last": count + 1,
        # Formulas name grad before x.
        "x": arrays[0] if count == 1 else arrays[1],
        "arrays": ", ".join(arrays),
        "least_size": f"min({sizes})",
        "loads": ", ".join(f"load({name}, i)" for name in arrays),
        "parts": ", ".join(part.format(name) for name in arrays),
        "operands": "\n".join(
            OPERAND.format(name=row, array=array, k=k) for k, (array, row) in enumerate(pairs, 1)
        ),
        "all_go_on": " and ".join(
            ["step_o == columns"]
            + [f"goes_on(step_{row}, {row}_is_single, columns)" for row in rows]
        ),
        "slices": "\n".join(SLICE.format(name=row, width=width.format(row)) for row in rows),
    }
