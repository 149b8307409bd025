"""The loops of elementwise kernels, for one to four operands.

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


# ---- dense loops


def dense_1(formula: Callable[..., Any]) -> Any:
    """Apply a formula along 1 dense operand(s)."""

    def dense(a, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        for i in range(min(a.size, out.size)):
            store(out, i, formula(load(a, i), *parameters))

    return njit(**OPTIONS)(dense)


def near_dense_1(formula: Callable[..., Any], near: Callable[..., Any], reach: float) -> Any:
    """Apply a formula along 1 dense operand(s), and a faster one where x is near 0.

    Args:
        formula: holds for every x, which is a here.
        near: gives the same as long as |x| <= reach.
        reach: a limit of |x|.
    """

    def dense(a, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        size = min(a.size, out.size)
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            if stays_within(a[start:stop], reach):
                for i in range(start, stop):
                    store(out, i, near(load(a, i), *parameters))
            else:
                for i in range(start, stop):
                    store(out, i, formula(load(a, i), *parameters))

    return njit(**OPTIONS)(dense)


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


def near_dense_2(formula: Callable[..., Any], near: Callable[..., Any], reach: float) -> Any:
    """Apply a formula along 2 dense operand(s), and a faster one where x is near 0.

    Args:
        formula: holds for every x, which is b here.
        near: gives the same as long as |x| <= reach.
        reach: a limit of |x|.
    """

    def dense(a, b, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        size = min(a.size, b.size, out.size)
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            if stays_within(b[start:stop], reach):
                for i in range(start, stop):
                    store(out, i, near(load(a, i), load(b, i), *parameters))
            else:
                for i in range(start, stop):
                    store(out, i, formula(load(a, i), load(b, i), *parameters))

    return njit(**OPTIONS)(dense)


def dense_3(formula: Callable[..., Any]) -> Any:
    """Apply a formula along 3 dense operand(s)."""

    def dense(a, b, c, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        for i in range(min(a.size, b.size, c.size, out.size)):
            store(out, i, formula(load(a, i), load(b, i), load(c, i), *parameters))

    return njit(**OPTIONS)(dense)


def near_dense_3(formula: Callable[..., Any], near: Callable[..., Any], reach: float) -> Any:
    """Apply a formula along 3 dense operand(s), and a faster one where x is near 0.

    Args:
        formula: holds for every x, which is b here.
        near: gives the same as long as |x| <= reach.
        reach: a limit of |x|.
    """

    def dense(a, b, c, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        size = min(a.size, b.size, c.size, out.size)
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            if stays_within(b[start:stop], reach):
                for i in range(start, stop):
                    store(out, i, near(load(a, i), load(b, i), load(c, i), *parameters))
            else:
                for i in range(start, stop):
                    store(out, i, formula(load(a, i), load(b, i), load(c, i), *parameters))

    return njit(**OPTIONS)(dense)


def dense_4(formula: Callable[..., Any]) -> Any:
    """Apply a formula along 4 dense operand(s)."""

    def dense(a, b, c, d, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        for i in range(min(a.size, b.size, c.size, d.size, out.size)):
            store(out, i, formula(load(a, i), load(b, i), load(c, i), load(d, i), *parameters))

    return njit(**OPTIONS)(dense)


def near_dense_4(formula: Callable[..., Any], near: Callable[..., Any], reach: float) -> Any:
    """Apply a formula along 4 dense operand(s), and a faster one where x is near 0.

    Args:
        formula: holds for every x, which is b here.
        near: gives the same as long as |x| <= reach.
        reach: a limit of |x|.
    """

    def dense(a, b, c, d, out, parameters):  # type: ignore[no-untyped-def]
        prefer_wide_vectors()
        size = min(a.size, b.size, c.size, d.size, out.size)
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            if stays_within(b[start:stop], reach):
                for i in range(start, stop):
                    store(out, i, near(load(a, i), load(b, i), load(c, i), load(d, i), *parameters))
            else:
                for i in range(start, stop):
                    store(
                        out, i, formula(load(a, i), load(b, i), load(c, i), load(d, i), *parameters)
                    )

    return njit(**OPTIONS)(dense)


# ---- loops that call them


def shared_1(dense, a, out, parameters):  # type: ignore[no-untyped-def]
    """Share 1 dense operand(s) among threads."""
    for part in prange((out.size + PART - 1) // PART):
        start = part * PART
        size = min(PART, out.size - start)
        call(dense, (window(a, start, size), window(out, start, size), parameters))


def strided_1(  # type: ignore[no-untyped-def]
    dense, a, out, layout, first, last, parameters
):
    """Treat tiles of 1 operand(s) of any layout: see `layout.Plan`."""
    for tile in prange(first, last):
        rows, columns = tile_shape(layout, tile)
        x, at_x, step_x, x_is_single = rows_of(a, layout, 1, tile, rows, columns)
        o, at_o, step_o = rows_for(out, layout, 2, tile, rows, columns)
        times, width = rows, columns
        if step_o == columns and goes_on(step_x, x_is_single, columns):
            times, width = 1, rows * columns
        for r in range(times):
            call(
                dense,
                (
                    window(x, at_x + r * step_x, width),
                    window(o, at_o + r * step_o, width),
                    parameters,
                ),
            )
        deliver(o, out, layout, 2, tile, rows, columns)


def shared_2(dense, a, b, out, parameters):  # type: ignore[no-untyped-def]
    """Share 2 dense operand(s) among threads."""
    for part in prange((out.size + PART - 1) // PART):
        start = part * PART
        size = min(PART, out.size - start)
        call(
            dense,
            (
                window(a, start, size) if a.size > 1 else a,
                window(b, start, size) if b.size > 1 else b,
                window(out, start, size),
                parameters,
            ),
        )


def strided_2(  # type: ignore[no-untyped-def]
    dense, a, b, out, layout, first, last, parameters
):
    """Treat tiles of 2 operand(s) of any layout: see `layout.Plan`."""
    for tile in prange(first, last):
        rows, columns = tile_shape(layout, tile)
        x, at_x, step_x, x_is_single = rows_of(a, layout, 1, tile, rows, columns)
        y, at_y, step_y, y_is_single = rows_of(b, layout, 2, tile, rows, columns)
        o, at_o, step_o = rows_for(out, layout, 3, tile, rows, columns)
        times, width = rows, columns
        if (
            step_o == columns
            and goes_on(step_x, x_is_single, columns)
            and goes_on(step_y, y_is_single, columns)
        ):
            times, width = 1, rows * columns
        for r in range(times):
            call(
                dense,
                (
                    window(x, at_x + r * step_x, 1 if x_is_single else width),
                    window(y, at_y + r * step_y, 1 if y_is_single else width),
                    window(o, at_o + r * step_o, width),
                    parameters,
                ),
            )
        deliver(o, out, layout, 3, tile, rows, columns)


def shared_3(dense, a, b, c, out, parameters):  # type: ignore[no-untyped-def]
    """Share 3 dense operand(s) among threads."""
    for part in prange((out.size + PART - 1) // PART):
        start = part * PART
        size = min(PART, out.size - start)
        call(
            dense,
            (
                window(a, start, size),
                window(b, start, size),
                window(c, start, size),
                window(out, start, size),
                parameters,
            ),
        )


def strided_3(  # type: ignore[no-untyped-def]
    dense, a, b, c, out, layout, first, last, parameters
):
    """Treat tiles of 3 operand(s) of any layout: see `layout.Plan`."""
    for tile in prange(first, last):
        rows, columns = tile_shape(layout, tile)
        x, at_x, step_x, x_is_single = rows_of(a, layout, 1, tile, rows, columns)
        y, at_y, step_y, y_is_single = rows_of(b, layout, 2, tile, rows, columns)
        z, at_z, step_z, z_is_single = rows_of(c, layout, 3, tile, rows, columns)
        o, at_o, step_o = rows_for(out, layout, 4, tile, rows, columns)
        times, width = rows, columns
        if (
            step_o == columns
            and goes_on(step_x, x_is_single, columns)
            and goes_on(step_y, y_is_single, columns)
            and goes_on(step_z, z_is_single, columns)
        ):
            times, width = 1, rows * columns
        for r in range(times):
            call(
                dense,
                (
                    window(x, at_x + r * step_x, width),
                    window(y, at_y + r * step_y, width),
                    window(z, at_z + r * step_z, width),
                    window(o, at_o + r * step_o, width),
                    parameters,
                ),
            )
        deliver(o, out, layout, 4, tile, rows, columns)


def shared_4(dense, a, b, c, d, out, parameters):  # type: ignore[no-untyped-def]
    """Share 4 dense operand(s) among threads."""
    for part in prange((out.size + PART - 1) // PART):
        start = part * PART
        size = min(PART, out.size - start)
        call(
            dense,
            (
                window(a, start, size),
                window(b, start, size),
                window(c, start, size),
                window(d, start, size),
                window(out, start, size),
                parameters,
            ),
        )


def strided_4(  # type: ignore[no-untyped-def]
    dense, a, b, c, d, out, layout, first, last, parameters
):
    """Treat tiles of 4 operand(s) of any layout: see `layout.Plan`."""
    for tile in prange(first, last):
        rows, columns = tile_shape(layout, tile)
        x, at_x, step_x, x_is_single = rows_of(a, layout, 1, tile, rows, columns)
        y, at_y, step_y, y_is_single = rows_of(b, layout, 2, tile, rows, columns)
        z, at_z, step_z, z_is_single = rows_of(c, layout, 3, tile, rows, columns)
        w, at_w, step_w, w_is_single = rows_of(d, layout, 4, tile, rows, columns)
        o, at_o, step_o = rows_for(out, layout, 5, tile, rows, columns)
        times, width = rows, columns
        if (
            step_o == columns
            and goes_on(step_x, x_is_single, columns)
            and goes_on(step_y, y_is_single, columns)
            and goes_on(step_z, z_is_single, columns)
            and goes_on(step_w, w_is_single, columns)
        ):
            times, width = 1, rows * columns
        for r in range(times):
            call(
                dense,
                (
                    window(x, at_x + r * step_x, width),
                    window(y, at_y + r * step_y, width),
                    window(z, at_z + r * step_z, width),
                    window(w, at_w + r * step_w, width),
                    window(o, at_o + r * step_o, width),
                    parameters,
                ),
            )
        deliver(o, out, layout, 5, tile, rows, columns)


DENSE = {1: dense_1, 2: dense_2, 3: dense_3, 4: dense_4}
NEAR_DENSE = {1: near_dense_1, 2: near_dense_2, 3: near_dense_3, 4: near_dense_4}
SHARED = {1: shared_1, 2: shared_2, 3: shared_3, 4: shared_4}
STRIDED = {1: strided_1, 2: strided_2, 3: strided_3, 4: strided_4}
