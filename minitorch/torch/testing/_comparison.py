"""Whether two results are close enough: `torch.testing.assert_close`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ..._warn import warn
from .. import _dtype
from .._layout import strides_of
from .._wrap import Late, wrap

Array = NDArray[Any]
Message = str | Callable[[str], str] | None

# The relative and absolute tolerance of each dtype; the others must be equal.
_TOLERANCES = {
    _dtype.float16: (1e-3, 1e-5),
    _dtype.float32: (1.3e-6, 1e-5),
    _dtype.float64: (1e-7, 1e-7),
}
_EXACT = (0.0, 0.0)
# Those of `assert_allclose`.
_OLD_TOLERANCES = {
    _dtype.float16: (1e-3, 1e-3),
    _dtype.float32: (1e-4, 1e-5),
    _dtype.float64: (1e-5, 1e-8),
}


@dataclass(frozen=True, slots=True)
class _Rules:
    """What counts as close; see `assert_close`."""

    allow_subclasses: bool
    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_device: bool
    check_dtype: bool
    check_layout: bool
    check_stride: bool

    def tolerances(self, *dtypes: _dtype.dtype) -> tuple[float, float]:
        """Give the relative and the absolute tolerance: the larger ones of several dtypes."""
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        known = [_TOLERANCES.get(dtype, _EXACT) for dtype in dtypes]
        return max(rtol for rtol, _ in known), max(atol for _, atol in known)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Message = None,
) -> None:
    """Check that two results are close: |actual - expected| <= atol + rtol * |expected|.

    Args:
        actual: a tensor, an array, a number, None, or a nest of sequences and mappings of these.
        expected: the same.
        allow_subclasses: compare objects of different classes of tensors, too.
        rtol: the relative tolerance; by default that of the dtype.
        atol: the absolute tolerance; rtol and atol are given both, or neither.
        equal_nan: NaN is close to NaN.
        check_device: the devices have to be equal.
        check_dtype: the dtypes have to be equal; otherwise both are promoted.
        check_layout: the layouts have to be equal.
        check_stride: the strides of dense tensors have to be equal.
        msg: what the error says in place of its own text, or what makes that of it.

    Raises:
        AssertionError: they are not close.
        TypeError: they cannot be compared.
        ValueError: only one of rtol and atol is given.
    """
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(
            f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
        )
    rules = _Rules(
        allow_subclasses, rtol, atol, equal_nan, check_device, check_dtype, check_layout,
        check_stride,
    )  # fmt: skip
    # The whole structure is looked at before any number is.
    pairs = list(_pairs(actual, expected, rules, ""))
    for one, other, place in pairs:
        problem = _problem(one, other, rules)
        if problem is not None:
            if place:
                problem += f"\n\nThe failure occurred for item {place}"
            text = msg(problem) if callable(msg) else msg
            raise AssertionError(problem if text is None else text)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """Check that two results are close, by an old name: dtypes may differ, and NaN equals NaN.

    Raises:
        AssertionError: they are not.
    """
    warn("torch.testing.assert_allclose is called assert_close now.", FutureWarning)
    one, other = _as_tensor(actual), _as_tensor(expected)
    if rtol is None and atol is None:
        known = [_OLD_TOLERANCES.get(tensor._key.dtype, _EXACT) for tensor in (one, other)]
        rtol, atol = max(known)
    assert_close(
        one,
        other,
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_device=True,
        check_dtype=False,
        msg=msg or None,
    )


def _as_tensor(value: Any) -> Any:
    from ..functions.creation.creation import as_tensor

    return value if isinstance(value, Late.Tensor) else as_tensor(value)


# ---- what is compared with what


def _pairs(actual: Any, expected: Any, rules: _Rules, place: str) -> Iterator[tuple[Any, Any, str]]:
    """Take nests apart, into pairs that are compared, each with its place."""
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            _mismatch(
                f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", place
            )
        for i, (one, other) in enumerate(zip(actual, expected, strict=True)):
            yield from _pairs(one, other, rules, f"{place}[{i}]")
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            missing = [key for key in expected if key not in actual]
            further = [key for key in actual if key not in expected]
            _mismatch(
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {sorted(missing, key=repr)}\n"
                f"Additional keys in the actual mapping: {sorted(further, key=repr)}",
                place,
            )
        for key in sorted(actual, key=repr):
            yield from _pairs(actual[key], expected[key], rules, f"{place}[{key!r}]")
    else:
        yield actual, expected, place


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _mismatch(text: str, place: str) -> NoReturn:
    raise AssertionError(text + (f"\n\nThe failure occurred for item {place}" if place else ""))


def _problem(actual: Any, expected: Any, rules: _Rules) -> str | None:
    """Say why two objects are not close; None if they are.

    Raises:
        TypeError: they cannot be compared.
    """
    if actual is None or expected is None:
        same = actual is expected
        return None if same else f"None mismatch: {actual} is not {expected}"
    flags = bool | np.bool_
    if isinstance(actual, flags) and isinstance(expected, flags):
        same = bool(actual) is bool(expected)
        return None if same else f"Booleans mismatch: {bool(actual)} is not {bool(expected)}"
    numbers = int | float | complex | np.number
    if isinstance(actual, numbers) and isinstance(expected, numbers):
        return _problem_of_numbers(_plain(actual), _plain(expected), rules)
    if isinstance(actual, np.ndarray) and isinstance(expected, np.ndarray):
        return _problem_of_tensors(wrap(actual), wrap(expected), rules)
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    related = related and (rules.allow_subclasses or type(actual) is type(expected))
    if related and isinstance(actual, Late.Tensor):
        return _problem_of_tensors(actual, expected, rules)
    raise TypeError(
        f"No comparison pair was able to handle inputs of type {type(actual)} and "
        f"{type(expected)}. Compare tensors with tensors, and numbers with numbers."
    )


def _plain(number: Any) -> Any:
    return number.item() if isinstance(number, np.generic) else number


# ---- numbers


def _problem_of_numbers(actual: Any, expected: Any, rules: _Rules) -> str | None:
    if rules.check_dtype and type(actual) is not type(expected):
        return f"The (d)types do not match: {type(actual)} != {type(expected)}."
    kinds = [_dtype.float64 if isinstance(n, float | complex) else _dtype.int64
             for n in (actual, expected)]  # fmt: skip
    return _problem_of_scalars(actual, expected, *rules.tolerances(*kinds), rules.equal_nan)


def _problem_of_scalars(
    actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool
) -> str | None:
    difference = abs(actual - expected)
    both_nan = actual != actual and expected != expected
    if actual == expected or (equal_nan and both_nan):
        return None
    # An infinite tolerance makes nothing close to an infinite or missing number.
    finite = abs(actual) < float("inf") and abs(expected) < float("inf")
    if finite and difference <= atol + rtol * abs(expected):
        return None
    relative = difference / abs(expected) if expected else float("inf")
    lines = [
        f"Scalars are not {'close' if rtol or atol else 'equal'}!",
        "",
        f"Expected {expected} but got {actual}.",
        f"Absolute difference: {difference}{_allowed(rtol or atol, atol)}",
        f"Relative difference: {relative}{_allowed(rtol or atol, rtol)}",
    ]
    return "\n".join(lines)


def _allowed(tells: float, tolerance: float) -> str:
    return f" (up to {tolerance} allowed)" if tells else ""


# ---- tensors


def _problem_of_tensors(actual: Any, expected: Any, rules: _Rules) -> str | None:
    attributes = _attribute_problem(actual, expected, rules)
    if attributes is not None:
        return attributes
    dtypes = (actual._key.dtype, expected._key.dtype)
    tolerances = rules.tolerances(*dtypes)
    common = _dtype.promote_types(*dtypes)
    if actual.is_sparse or expected.is_sparse:
        return _problem_of_sparse(actual, expected, common, tolerances, rules.equal_nan)
    return _problem_of_arrays(
        "Tensor-likes",
        actual._array.astype(common.numpy, copy=False),
        expected._array.astype(common.numpy, copy=False),
        tolerances,
        rules.equal_nan,
    )


def _attribute_problem(actual: Any, expected: Any, rules: _Rules) -> str | None:
    """Say which attribute of two tensors differs."""
    pairs: list[tuple[str, Any, Any]] = [("shape", actual.shape, expected.shape)]
    if rules.check_layout:
        pairs.append(("layout", actual.layout, expected.layout))
    if rules.check_device:
        pairs.append(("device", actual.device, expected.device))
    if rules.check_dtype:
        pairs.append(("dtype", actual.dtype, expected.dtype))
    if rules.check_stride and not actual.is_sparse and not expected.is_sparse:
        pairs.append(("stride()", strides_of(actual._array), strides_of(expected._array)))
    for name, one, other in pairs:
        if one != other:
            return f"The values for attribute '{name}' do not match: {one} != {other}."
    return None


def _problem_of_sparse(
    actual: Any,
    expected: Any,
    dtype: _dtype.dtype,
    tolerances: tuple[float, float],
    equal_nan: bool,
) -> str | None:
    """Compare the kept elements and their places; of a dense one all elements."""
    if not (actual.is_sparse and expected.is_sparse):
        one, other = (t.detach().to_dense()._array.astype(dtype.numpy) for t in (actual, expected))
        return _problem_of_arrays("Tensor-likes", one, other, tolerances, equal_nan)
    actual, expected = actual.detach().coalesce(), expected.detach().coalesce()
    if actual._nnz() != expected._nnz():
        return (
            "The number of specified values in sparse COO tensors does not match: "
            f"{actual._nnz()} != {expected._nnz()}"
        )
    places = actual._indices()._array, expected._indices()._array
    found = _problem_of_arrays("Sparse COO indices", *places, _EXACT, equal_nan)
    if found is not None:
        return found
    one, other = (t._values()._array.astype(dtype.numpy) for t in (actual, expected))
    return _problem_of_arrays("Sparse COO values", one, other, tolerances, equal_nan)


def _problem_of_arrays(
    what: str, actual: Array, expected: Array, tolerances: tuple[float, float], equal_nan: bool
) -> str | None:
    """Compare two arrays of one shape and dtype."""
    rtol, atol = tolerances
    with np.errstate(all="ignore"):
        close = _close(actual, expected, rtol, atol, equal_nan)
        if close.all():
            return None
        if actual.ndim == 0:
            text = _problem_of_scalars(actual.item(), expected.item(), rtol, atol, equal_nan)
            return None if text is None else text.replace("Scalars", _of_scalars(what), 1)
        absolute, relative = _differences(actual, expected)
    matched = close if equal_nan else close & ~(np.isnan(absolute) & close)
    count = int(close.size - close.sum())
    tells = rtol or atol
    lines = [
        f"{what} are not {'close' if tells else 'equal'}!",
        "",
        f"Mismatched elements: {count} / {close.size} ({count / close.size:.1%})",
        _greatest("absolute", absolute, matched, _allowed(tells, atol)),
        _greatest("relative", relative, matched, _allowed(tells, rtol)),
    ]
    return "\n".join(lines)


def _of_scalars(what: str) -> str:
    return "Scalars" if what == "Tensor-likes" else what


def _close(actual: Array, expected: Array, rtol: float, atol: float, equal_nan: bool) -> Array:
    """Tell for each element whether it is close."""
    close: Array = actual == expected
    if actual.dtype.kind == "f":
        one, other = (a.astype(np.float64, copy=False) for a in (actual, expected))
        limit = atol + rtol * np.abs(other)
        close = close | (np.isfinite(one) & np.isfinite(other) & (np.abs(one - other) <= limit))
        if equal_nan:
            close = close | (np.isnan(one) & np.isnan(other))
    elif rtol or atol:
        one, other = (a.astype(np.float64) for a in (actual, expected))
        close = close | (np.abs(one - other) <= atol + rtol * np.abs(other))
    return close


def _differences(actual: Array, expected: Array) -> tuple[Array, Array]:
    """Give the absolute and the relative difference of each element."""
    if actual.dtype.kind != "f":
        one, other = (a.astype(np.int64) for a in (actual, expected))
        absolute: Array = np.abs(one - other)
        return absolute, absolute / np.abs(other)
    absolute = np.abs(actual - expected)
    return absolute, absolute / np.abs(expected)


def _greatest(name: str, differences: Array, matched: Array, allowed: str) -> str:
    """Name the greatest difference of the elements that are not close; NaN is the greatest."""
    candidates = np.where(matched, differences.dtype.type(0), differences)
    place = np.unravel_index(int(candidates.argmax()), candidates.shape)
    index = tuple(int(i) for i in place)
    return f"Greatest {name} difference: {candidates[place].item()} at index {index}{allowed}"
