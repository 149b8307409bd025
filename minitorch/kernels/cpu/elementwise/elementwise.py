"""Elementwise kernels over NumPy arrays of any layout, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...._jit import PARALLEL_THRESHOLD, SizedKernel, entry_point
from ....errors import DTypeError, IntegerDivisionError, LayoutError, ShapeError
from ...generated.loops import DENSE, NEAR_DENSE
from ...op_table import ALL, FLOATS, INTEGERS, NUMBERS
from ..layouts.layout import Form, Plan, broadcast_shapes, plan
from .entries import MOST_AT_ONCE, SHARED, STRIDED, Types, address_of, dense_signature, in_pieces
from .flat import FLAT, flat_entry
from .short import Launch, Purpose, Way, dense_way, planned_way

Array = NDArray[Any]
SmallEntry = tuple[Callable[..., Any], Any, int]

_KINDS = {FLOATS: "f", INTEGERS: "biu", NUMBERS: "fiu", ALL: "bfiu"}
# How many additions of a number an operation costs, for the choice between one thread and several.
_CHEAP, _COSTLY = 0.3, 5.0
# Elements of float16 that are computed in float32 at a time.
_HALF_BLOCK = 1 << 16


class Elementwise:
    """An elementwise operation: kernels for every dtype and layout, compiled when first needed.

    Called with arrays of one dtype, which broadcast, it gives an array of their shape. Arrays of
    float16 are computed in float32 and rounded once.

    Args:
        name: for the texts of errors.
        formula: a function of the operands, one number each, and the parameters.
        operands: their names.
        dtypes: which dtypes it takes, in the words of the op table.
        result: bool for a comparison, None for the dtype of the operands.
        parameters: further numbers, with their default values.
        costly: far more work than an addition.
        divides: the second operand must not hold 0 if it holds integers.
        near: a faster formula that gives the same as long as |x| <= reach.
        reach: see there.
        masks: the operands that are bool, whatever the dtype of the others.
    """

    def __init__(
        self,
        name: str,
        formula: Callable[..., Any],
        operands: Sequence[str],
        dtypes: str,
        result: type[bool] | None = None,
        parameters: Mapping[str, float] | None = None,
        costly: bool = False,
        divides: bool = False,
        near: Callable[..., Any] | None = None,
        reach: float = 0.0,
        masks: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.formula = formula
        self.operands = tuple(operands)
        self.dtypes = dtypes
        self.result = result
        self.parameters = dict(parameters or {})
        self.divides = divides
        self.near = near
        self.reach = reach
        self._cost = _COSTLY if costly else _CHEAP
        self._defaults = tuple(map(float, self.parameters.values()))
        self._count = len(self.operands)
        self._is_mask = [operand in masks for operand in self.operands]
        # The operand whose dtype counts.
        self._lead = self._is_mask.index(False)
        # Rows of two operands may have one that is a number.
        self.takes_single = self._count == 2 and near is None
        self._dense = SizedKernel(self._make_dense)
        # For each dtype: what calls the dense loop from Python, and its address.
        self._entries: dict[np.dtype[Any], tuple[Callable[..., Any], Any]] = {}
        # For each dtype that has been met, the shortest ways to its kernels.
        self._ways: dict[np.dtype[Any], tuple[Way, Way]] = {}

    def __repr__(self) -> str:
        return f"<elementwise kernel {self.name}({', '.join(self.operands)})>"

    def __call__(self, *arrays: Array, out: Array | None = None, **parameters: float) -> Array:
        """Compute the operation.

        Args:
            *arrays: one for each operand, all of one dtype; their shapes broadcast.
            out: where to put the result, of its dtype and shape; it may be one of the operands, but
                must not overlap one in another way.
            **parameters: the operation's further numbers.

        Raises:
            TypeError: another number of operands, an unknown parameter, or (DTypeError) a dtype
                that the operation does not take.
            ShapeError: the shapes do not broadcast, or do not fit out.
            IntegerDivisionError: an integer would be divided by 0.
            LayoutError: out is read-only, or several of its elements lie in one place.
        """
        numbers = self._numbers(parameters) if parameters else self._defaults
        if len(arrays) == self._count:
            ways = self._ways.get(arrays[self._lead].dtype)
            if ways is not None:
                done = ways[0](out, numbers, *arrays)
                if done is None:
                    done = ways[1](out, numbers, *arrays)
                if done is not None:
                    return done
        dtype = self._checked_dtype(arrays)
        if self.divides and dtype.kind in "iu" and not arrays[1].all():
            raise IntegerDivisionError(f"{self.name}: integers cannot be divided by 0.")
        result = np.dtype(self.result or dtype)
        if out is not None:
            shape = broadcast_shapes(self.name, [array.shape for array in arrays])
            self._check_out(out, shape, result)
        how = self._plan(dtype, _forms(arrays), None if out is None else _form(out))
        if out is None:
            out = np.empty(how.memory_shape, result)
            if how.turned is not None:
                out = out.transpose(how.turned)
        if dtype == np.float16:
            self._by_single(arrays, out, numbers)
        else:
            self._run(how, arrays, out, numbers)
            self._remember(dtype)
        return out

    # ---- checks

    def _checked_dtype(self, arrays: Sequence[Array]) -> np.dtype[Any]:
        """Check the number of operands and their dtype, and give that."""
        if len(arrays) != self._count:
            raise TypeError(
                f"{self.name} takes {self._count} operands "
                f"({', '.join(self.operands)}), got {len(arrays)}."
            )
        dtype = arrays[self._lead].dtype
        for array, is_mask in zip(arrays, self._is_mask, strict=True):
            if array.dtype != (np.bool_ if is_mask else dtype):
                received = ", ".join(str(array.dtype) for array in arrays)
                masks = f" (but bool for {self.operands[0]})" if any(self._is_mask) else ""
                raise DTypeError(f"{self.name} needs operands of one dtype{masks}, got {received}.")
        if dtype.kind not in _KINDS[self.dtypes] or not dtype.isnative:
            raise DTypeError(f"{self.name} takes {self.dtypes}, got {dtype}.")
        return dtype

    def _numbers(self, parameters: Mapping[str, float]) -> tuple[float, ...]:
        """Put the parameters, given or default, into their order."""
        for name in parameters:
            if name not in self.parameters:
                raise TypeError(
                    f"{self.name} has no parameter {name}; it has "
                    f"{', '.join(self.parameters) or 'none'}."
                )
        return tuple(
            [float(parameters.get(name, value)) for name, value in self.parameters.items()]
        )

    def _check_out(self, out: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        if out.dtype != dtype:
            raise DTypeError(f"{self.name} gives {dtype}, which does not fit out of {out.dtype}.")
        if out.shape != shape:
            raise ShapeError(
                f"{self.name} gives shape {shape}, which does not fit out {out.shape}."
            )
        if not out.flags.writeable:
            raise LayoutError(f"{self.name}: out is read-only.")
        if any(size > 1 and not step for size, step in zip(shape, out.strides, strict=True)):
            raise LayoutError(
                f"{self.name}: several elements of out lie in one place (strides {out.strides}). "
                "Give a copy of it."
            )

    # ---- kernels

    def _make_dense(self) -> Any:
        """Make the dense loop."""
        if self.near is None:
            return DENSE[self._count](_compiled(self.formula))
        return NEAR_DENSE[self._count](_compiled(self.formula), _compiled(self.near), self.reach)

    def _types(self, dtype: np.dtype[Any]) -> Types:
        """Give the types of a kernel's arrays, and the number of parameters."""
        operands = [np.dtype(np.bool_) if is_mask else dtype for is_mask in self._is_mask]
        return tuple(operands), np.dtype(self.result or dtype), len(self._defaults)

    def _entry(self, dtype: np.dtype[Any]) -> tuple[Callable[..., Any], Any]:
        """Compile the dense loop for a dtype; give what calls it, and its address."""
        known = self._entries.get(dtype)
        if known is None:
            kernel, signature = self._dense.serial, dense_signature(self._types(dtype))
            if hasattr(kernel, "overloads"):
                known = entry_point(kernel, signature), address_of(kernel, signature)
            else:  # Numba compiles nothing: NUMBA_DISABLE_JIT=1.
                known = kernel, kernel
            self._entries[dtype] = known
        return known

    def small_entry(
        self, dtype: np.dtype[Any], ranks: tuple[int, ...], repeats: bool = False
    ) -> SmallEntry | None:
        """Give the shortest way for few dense elements, which checks nothing at all.

        Args:
            dtype: of the operands.
            ranks: of each operand, then of the result. Of two operands one may have a single
                element; all others have the shape of the result.
            repeats: the smaller of two operands repeats, as `flat.repeating` tells; where each of
                its elements has several neighbours, the operation must take single numbers.

        Returns:
            What is called with an address, the operands, the result, the number of neighbours if
            one repeats, and the parameters; the address; and up to how many elements. None where
            operands must be looked at first.
        """
        is_checked = self.divides and dtype.kind in "iu"
        if is_checked or dtype == np.float16 or any(self._is_mask) or self._count not in FLAT:
            return None
        if self.near is not None and len(set(ranks)) > 1 and not repeats:
            return None
        _, address = self._entry(dtype)
        return flat_entry(*self._types(dtype), ranks, repeats), address, self._most_serial

    @property
    def _most_serial(self) -> int:
        """The number of elements up to which one thread computes."""
        return int(PARALLEL_THRESHOLD / self._cost) - 1

    def _dense_for(self, dtype: np.dtype[Any], size: int) -> Callable[..., Any]:
        """Give what computes dense operands of so many elements; it checks nothing."""
        entry, address = self._entry(dtype)
        work = int(size * self._cost)
        if not SHARED.is_serial(work):
            entry = partial(SHARED.entry(self._types(dtype), work), address)
        return entry if size <= MOST_AT_ONCE else in_pieces(entry)

    def _plan(self, dtype: np.dtype[Any], forms: tuple[Form, ...], out: Form | None) -> Plan:
        """Plan how to go through operands and out of these forms."""
        result = np.dtype(self.result or dtype).itemsize
        sizes = tuple([1 if is_mask else dtype.itemsize for is_mask in self._is_mask])
        return plan(self.name, forms, sizes, out, result, self.takes_single)

    def _run(
        self, how: Plan, arrays: Sequence[Array], out: Array, numbers: tuple[float, ...]
    ) -> None:
        """Choose between the dense and the strided loops."""
        flats = []
        for flat, array in zip(how.flats, (*arrays, out), strict=False):
            if not array.flags.aligned:
                break
            flats.append(flat(array))
        if len(flats) <= len(arrays):
            self._run_copies(arrays, out, numbers)
            return
        entry, before, after = self._launch(arrays[self._lead].dtype, how)
        if how.is_dense:
            entry(*flats, numbers)
            return
        layout, _, tiles = after
        most = max(1, MOST_AT_ONCE // (out.size // tiles + 1))
        for first in range(0, tiles, most):
            entry(*before, *flats, layout, first, min(first + most, tiles), numbers)

    def _launch(self, dtype: np.dtype[Any], how: Plan) -> Launch:
        """Give what computes arrays of a plan."""
        if how.is_dense:
            return self._dense_for(dtype, how.size), (), ()
        _, address = self._entry(dtype)
        entry = STRIDED.entry(self._types(dtype), int(how.size * self._cost))
        return entry, (address,), (how.layout, 0, how.tiles)

    def _remember(self, dtype: np.dtype[Any]) -> None:
        """Keep the short ways for a dtype, whose kernels have run for the first time."""
        if dtype in self._ways or (self.divides and dtype.kind in "iu"):
            return  # Integer divisors have to be looked at first.
        most = self._most_serial

        def planned(forms: tuple[Form, ...], out: Form | None) -> Plan | None:
            shape = broadcast_shapes(self.name, [form[0] for form in forms])
            if out and (out[0] != shape or 0 in out[1]):
                return None
            how = self._plan(dtype, forms, out)
            return None if how.is_off_grid or how.size > MOST_AT_ONCE else how

        operands, result, _ = self._types(dtype)

        def repeating(ranks: tuple[int, ...]) -> tuple[Callable[..., Any], Any]:
            _, address = self._entry(dtype)
            return flat_entry(*self._types(dtype), ranks, repeats=True), address

        dense_for, launch_for = partial(self._dense_for, dtype), partial(self._launch, dtype)
        purpose = Purpose(operands, result, most, dense_for, repeating, planned, launch_for)
        dense = dense_way(purpose, self._count, self.takes_single)
        self._ways[dtype] = dense, planned_way(purpose)

    def _run_copies(self, arrays: Sequence[Array], out: Array, numbers: tuple[float, ...]) -> None:
        """Compute where elements do not lie on a grid of whole steps, as in a field of records."""
        if out.size:
            copies = [np.array(array, order="K") for array in arrays]
            result = np.empty(out.shape, out.dtype)
            how = self._plan(arrays[self._lead].dtype, _forms(copies), _form(result))
            self._run(how, copies, result, numbers)
            out[...] = result

    def _by_single(self, arrays: Sequence[Array], out: Array, numbers: tuple[float, ...]) -> None:
        """Compute float16 operands in float32, which Numba can, and round the result once.

        Block by block: a copy of everything would take twice the memory.
        """
        stack = [(*[np.broadcast_to(array, out.shape) for array in arrays], out)]
        while stack and out.size:
            views = stack.pop()
            shape = views[-1].shape
            if views[-1].size > _HALF_BLOCK:
                dim = int(np.argmax(shape))
                before, half = (slice(None),) * dim, shape[dim] // 2
                for piece in (slice(half, None), slice(0, half)):
                    stack.append(tuple([view[(*before, piece)] for view in views]))
                continue
            wide = [
                view if is_mask else view.astype(np.float32)
                for view, is_mask in zip(views[:-1], self._is_mask, strict=True)
            ]
            result = np.empty(shape, self.result or np.float32)
            how = self._plan(np.dtype(np.float32), _forms(wide), _form(result))
            self._run(how, wide, result, numbers)
            with np.errstate(over="ignore", under="ignore"):
                np.copyto(views[-1], result, casting="same_kind")


def _compiled(formula: Callable[..., Any]) -> Any:
    return njit(error_model="numpy", fastmath={"contract"}, forceinline=True)(formula)


def _form(array: Array) -> Form:
    return array.shape, array.strides


def _forms(arrays: Sequence[Array]) -> tuple[Form, ...]:
    return tuple([_form(array) for array in arrays])
