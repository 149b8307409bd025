"""The loops of elementwise kernels, for one to four operands.

Written by tools/generate.py from kernels/op_table.py: change it there.
"""

from collections.abc import Callable
from typing import Any

from numba import njit, prange

OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}, "parallel": True}


def dense_1(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 1 one-dimensional dense operand(s)."""

    def dense(a, out, parameters):  # type: ignore[no-untyped-def]
        for i in prange(out.size):
            out[i] = formula(a[i], *parameters)

    return njit(**OPTIONS)(dense)


def strided_1(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 1 operand(s) of up to four dimensions.

    See `layout.Walk` for the argument layout.
    """

    def strided(a, out, layout, parameters):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        step_a, step_out = layout[1, 3], layout[2, 3]
        is_dense = step_a == 1 and step_out == 1
        for row in prange(layout[0, 0] * n_1 * n_2):
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
            at_a = layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
            at_out = layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
            if is_dense:
                # Slices tell the compiler that no index is negative, so that it makes vectors.
                row_a = a[at_a : at_a + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula(row_a[i], *parameters)
            else:
                for i in range(width):
                    out[at_out + i * step_out] = formula(a[at_a + i * step_a], *parameters)

    return njit(**OPTIONS)(strided)


def dense_2(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 2 one-dimensional dense operand(s)."""

    def dense(a, b, out, parameters):  # type: ignore[no-untyped-def]
        for i in prange(out.size):
            out[i] = formula(a[i], b[i], *parameters)

    return njit(**OPTIONS)(dense)


def strided_2(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 2 operand(s) of up to four dimensions.

    See `layout.Walk` for the argument layout.
    """

    def strided(a, b, out, layout, parameters):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        step_a, step_b, step_out = layout[1, 3], layout[2, 3], layout[3, 3]
        is_dense = step_a == 1 and step_b == 1 and step_out == 1
        for row in prange(layout[0, 0] * n_1 * n_2):
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
            at_a = layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
            at_b = layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
            at_out = layout[3, 4] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2]
            if is_dense:
                # Slices tell the compiler that no index is negative, so that it makes vectors.
                row_a = a[at_a : at_a + width]
                row_b = b[at_b : at_b + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula(row_a[i], row_b[i], *parameters)
            elif step_a == 1 and step_b == 0 and step_out == 1:
                single = b[at_b]
                row_a = a[at_a : at_a + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula(row_a[i], single, *parameters)
            elif step_b == 1 and step_a == 0 and step_out == 1:
                single = a[at_a]
                row_b = b[at_b : at_b + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula(single, row_b[i], *parameters)
            else:
                for i in range(width):
                    out[at_out + i * step_out] = formula(
                        a[at_a + i * step_a], b[at_b + i * step_b], *parameters
                    )

    return njit(**OPTIONS)(strided)


def dense_3(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 3 one-dimensional dense operand(s)."""

    def dense(a, b, c, out, parameters):  # type: ignore[no-untyped-def]
        for i in prange(out.size):
            out[i] = formula(a[i], b[i], c[i], *parameters)

    return njit(**OPTIONS)(dense)


def strided_3(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 3 operand(s) of up to four dimensions.

    See `layout.Walk` for the argument layout.
    """

    def strided(a, b, c, out, layout, parameters):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        step_a, step_b, step_c, step_out = layout[1, 3], layout[2, 3], layout[3, 3], layout[4, 3]
        is_dense = step_a == 1 and step_b == 1 and step_c == 1 and step_out == 1
        for row in prange(layout[0, 0] * n_1 * n_2):
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
            at_a = layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
            at_b = layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
            at_c = layout[3, 4] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2]
            at_out = layout[4, 4] + i_0 * layout[4, 0] + i_1 * layout[4, 1] + i_2 * layout[4, 2]
            if is_dense:
                # Slices tell the compiler that no index is negative, so that it makes vectors.
                row_a = a[at_a : at_a + width]
                row_b = b[at_b : at_b + width]
                row_c = c[at_c : at_c + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula(row_a[i], row_b[i], row_c[i], *parameters)
            else:
                for i in range(width):
                    out[at_out + i * step_out] = formula(
                        a[at_a + i * step_a],
                        b[at_b + i * step_b],
                        c[at_c + i * step_c],
                        *parameters,
                    )

    return njit(**OPTIONS)(strided)


def dense_4(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 4 one-dimensional dense operand(s)."""

    def dense(a, b, c, d, out, parameters):  # type: ignore[no-untyped-def]
        for i in prange(out.size):
            out[i] = formula(a[i], b[i], c[i], d[i], *parameters)

    return njit(**OPTIONS)(dense)


def strided_4(formula: Callable[..., Any]) -> Any:
    """Apply a formula to 4 operand(s) of up to four dimensions.

    See `layout.Walk` for the argument layout.
    """

    def strided(a, b, c, d, out, layout, parameters):  # type: ignore[no-untyped-def]
        n_1, n_2, width = layout[0, 1], layout[0, 2], layout[0, 3]
        step_a, step_b, step_c, step_d, step_out = (
            layout[1, 3],
            layout[2, 3],
            layout[3, 3],
            layout[4, 3],
            layout[5, 3],
        )
        is_dense = step_a == 1 and step_b == 1 and step_c == 1 and step_d == 1 and step_out == 1
        for row in prange(layout[0, 0] * n_1 * n_2):
            i_2 = row % n_2
            i_1 = row // n_2 % n_1
            i_0 = row // (n_1 * n_2)
            at_a = layout[1, 4] + i_0 * layout[1, 0] + i_1 * layout[1, 1] + i_2 * layout[1, 2]
            at_b = layout[2, 4] + i_0 * layout[2, 0] + i_1 * layout[2, 1] + i_2 * layout[2, 2]
            at_c = layout[3, 4] + i_0 * layout[3, 0] + i_1 * layout[3, 1] + i_2 * layout[3, 2]
            at_d = layout[4, 4] + i_0 * layout[4, 0] + i_1 * layout[4, 1] + i_2 * layout[4, 2]
            at_out = layout[5, 4] + i_0 * layout[5, 0] + i_1 * layout[5, 1] + i_2 * layout[5, 2]
            if is_dense:
                # Slices tell the compiler that no index is negative, so that it makes vectors.
                row_a = a[at_a : at_a + width]
                row_b = b[at_b : at_b + width]
                row_c = c[at_c : at_c + width]
                row_d = d[at_d : at_d + width]
                row_out = out[at_out : at_out + width]
                for i in range(width):
                    row_out[i] = formula(row_a[i], row_b[i], row_c[i], row_d[i], *parameters)
            else:
                for i in range(width):
                    out[at_out + i * step_out] = formula(
                        a[at_a + i * step_a],
                        b[at_b + i * step_b],
                        c[at_c + i * step_c],
                        d[at_d + i * step_d],
                        *parameters,
                    )

    return njit(**OPTIONS)(strided)


DENSE = {1: dense_1, 2: dense_2, 3: dense_3, 4: dense_4}
STRIDED = {1: strided_1, 2: strided_2, 3: strided_3, 4: strided_4}
