"""The text of a tensor: columns of equal width, wrapped lines, `...` in the middle of a large one.

It equals the text that PyTorch prints, character for character, and is made of a NumPy array and a
few facts that the tensor knows:

    facts = type_suffixes(array.shape, "torch.float64", "torch.float32")
    tensor_text(array, suffixes=[*facts, "requires_grad=True"])

Source: torch.set_printoptions and the texts of PyTorch 2.13.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._warn import warn


@dataclass(slots=True)
class PrintOptions:
    """How tensors are printed.

    Attributes:
        precision: digits after the decimal point.
        threshold: a tensor of more elements than this is summarised.
        edgeitems: how many elements a summary shows at both ends of each dimension.
        linewidth: characters in a line.
        sci_mode: True for `1.5000e+00`, False for `1.5000`, None to let the numbers decide.
    """

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: float = 80
    sci_mode: bool | None = None


PRINT_OPTS = PrintOptions()
"""The options in force. `set_printoptions` changes this object, so it can be imported by name."""

_PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}


class PrintOptionsWarning(UserWarning):
    """A print option has a value that changes nothing."""


# ---- the text -----------------------------------------------------------------------------------


def tensor_text(
    array: NDArray[Any], *, prefix: str = "tensor(", suffixes: Sequence[str] = ()
) -> str:
    """Write an array as PyTorch writes a tensor.

    Args:
        array: any shape, dtype and layout; only the elements that are shown are read.
        prefix: what stands before the elements; it indents the lines that follow.
        suffixes: what stands behind them, in this order, such as `device='cuda:0'`, the facts of
            `type_suffixes`, `grad_fn=<AddBackward0>`; one that does not fit begins a line.

    Returns:
        The text, with the closing parenthesis.
    """
    options = PRINT_OPTS
    text = prefix + _elements(array, len(prefix), options)
    # PyTorch counts two characters more than the last line has.
    length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > options.linewidth:
            text += ",\n" + " " * len(prefix) + suffix
            length = len(prefix) + len(suffix)
        else:
            text += ", " + suffix
            length += len(suffix) + 2
    return text + ")"


def type_suffixes(shape: Sequence[int], dtype: str, default_dtype: str) -> list[str]:
    """List what the elements alone do not tell: `size=(0, 3)`, `dtype=torch.float64`.

    Args:
        shape: the tensor's sizes.
        dtype: the name of its dtype, "torch.int64" for example.
        default_dtype: the name of the default dtype, which needs no mention.
    """
    empty = 0 in shape
    facts = []
    if (len(shape) != 1) if empty else (PRINT_OPTS.edgeitems == 0):
        facts.append(f"size={tuple(shape)}")
    # `1` and `True` tell their dtype; `[]` does not.
    told = (default_dtype,) if empty else (default_dtype, "torch.int64", "torch.bool")
    if dtype not in told:
        facts.append(f"dtype={dtype}")
    return facts


def _elements(array: NDArray[Any], column: int, options: PrintOptions) -> str:
    """Write the elements in brackets; the first bracket stands in this column."""
    array = np.asarray(array)
    if array.size == 0:
        return "[]"
    summarised = array.size > options.threshold
    edge = options.edgeitems if summarised else None
    if edge == 0 and array.ndim:
        return "[...]"
    values = _shown(array, edge).ravel().tolist()
    if array.dtype.kind == "f":
        texts, width = _float_texts(values, options)
    else:
        texts = [str(value) for value in values]
        width = max(map(len, texts))
    aligned = (text.rjust(width) for text in texts)
    return _block(aligned, array.shape, edge, column, width, options.linewidth)


def _shown(array: NDArray[Any], edge: int | None) -> NDArray[Any]:
    """Copy the elements that a summary shows out of an array of any size."""
    if edge is None or all(size <= 2 * edge for size in array.shape):
        return array
    # NumPy indexes at most 63 dimensions with lists; those of size 1 can be left out.
    array = array.squeeze()
    ends = [
        np.r_[:edge, size - edge : size] if size > 2 * edge else np.arange(size)
        for size in array.shape
    ]
    return array[np.ix_(*ends)]


def _float_texts(values: list[float], options: PrintOptions) -> tuple[list[str], int]:
    """Write floats in one style, and measure the widest of those that are finite and not 0."""
    telling = [value != 0 and math.isfinite(value) for value in values]
    magnitudes = [abs(value) for value, tells in zip(values, telling, strict=True) if tells]
    style, point = _float_style(magnitudes, options)
    texts = [format(value, style) for value in values]
    if point:
        pairs = zip(values, texts, strict=True)
        texts = [text + point if math.isfinite(value) else text for value, text in pairs]
    # Zeros, nan and inf do not count: `-0.` and `nan` may stick out of a narrow column.
    widths = [len(text) for text, tells in zip(texts, telling, strict=True) if tells]
    return texts, max(widths, default=1)


def _float_style(magnitudes: list[float], options: PrintOptions) -> tuple[str, str]:
    """Choose the format for floats of these magnitudes, and what is written behind each."""
    if not magnitudes:
        return ".0f", "."
    smallest, largest = min(magnitudes), max(magnitudes)
    scientific = options.sci_mode
    if scientific is None:
        scientific = largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
    if scientific:
        return f".{options.precision}e", ""
    if all(magnitude.is_integer() for magnitude in magnitudes):
        return ".0f", "."
    return f".{options.precision}f", ""


def _block(
    texts: Iterator[str],
    shape: tuple[int, ...],
    edge: int | None,
    column: int,
    width: int,
    linewidth: float,
) -> str:
    """Take as many texts as a block of this shape shows, and set them in brackets."""
    if not shape:
        return next(texts)
    size, *inner = shape
    count = size if edge is None else min(size, 2 * edge)
    if inner:
        below = tuple(inner)
        parts = [_block(texts, below, edge, column + 1, width, linewidth) for _ in range(count)]
    else:
        parts = list(islice(texts, count))
    if count < size:
        parts.insert(count // 2, "..." if inner else " ...")
    # Blank lines between blocks: one less than the blocks have dimensions.
    new_line = ",\n" + "\n" * (len(inner) - 1) + " " * (column + 1)
    if inner:
        return "[" + new_line.join(parts) + "]"
    in_line = max(1, int(min(len(parts), (linewidth - column) / (width + 2))))
    lines = [", ".join(parts[start : start + in_line]) for start in range(0, len(parts), in_line)]
    return "[" + new_line.join(lines) + "]"


# ---- the options --------------------------------------------------------------------------------


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; what is not given stays as it is.

    Args:
        precision: digits after the decimal point (4 at first).
        threshold: a tensor of more elements than this is summarised (1000; `math.inf`: never).
        edgeitems: how many elements a summary shows at both ends of each dimension (3).
        linewidth: characters in a line (80).
        profile: "default", "short" (2 digits, 2 edge items) or "full" (nothing is summarised):
            sets the four options above, before those that are given.
        sci_mode: True for `1.5000e+00`, False for `1.5000`; None, also when it is not given, lets
            the numbers decide.

    Raises:
        TypeError: an option is not a number.
        ValueError: precision or edgeitems is negative.
    """
    given = {
        "precision": _whole("precision", precision),
        "threshold": _number("threshold", threshold),
        "edgeitems": _whole("edgeitems", edgeitems),
        "linewidth": _number("linewidth", linewidth),
    }
    if profile in _PROFILES:
        _assign(asdict(_PROFILES[profile]))
    elif profile is not None:
        warn(
            f"set_printoptions: there is no profile {profile!r}, so it changes nothing. "
            f"Profiles are: {', '.join(_PROFILES)}.",
            PrintOptionsWarning,
        )
    _assign({name: value for name, value in given.items() if value is not None})
    PRINT_OPTS.sci_mode = None if sci_mode is None else bool(sci_mode)


def get_printoptions() -> dict[str, Any]:
    """Give the options in force, as a dictionary that `set_printoptions(**options)` takes back."""
    return asdict(PRINT_OPTS)


@contextmanager
def printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> Generator[None]:
    """Print otherwise within a `with` block; the arguments are those of `set_printoptions`."""
    before = get_printoptions()
    try:
        set_printoptions(precision, threshold, edgeitems, linewidth, profile, sci_mode)
        yield
    finally:
        _assign(before)


def _assign(values: dict[str, Any]) -> None:
    """Change the options in place: other modules may hold the object."""
    for name, value in values.items():
        setattr(PRINT_OPTS, name, value)


def _whole(name: str, value: int | None) -> int | None:
    """Check an option that counts something."""
    if value is None:
        return None
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(
            f"set_printoptions: {name} must be a whole number, got {value!r}. Try {name}=3."
        ) from None
    if number < 0:
        raise ValueError(
            f"set_printoptions: {name} must not be negative, got {number}. Try {name}=0 or more."
        )
    return number


def _number(name: str, value: float | None) -> float | None:
    """Check an option that is a limit, which may be infinite."""
    if value is None or isinstance(value, Real):
        return value
    raise TypeError(f"set_printoptions: {name} must be a number, got {value!r}. Try {name}=80.")
