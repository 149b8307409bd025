"""Finding the line whose gradient is no number: `torch.autograd.detect_anomaly`."""

from __future__ import annotations

import linecache
import sys
from contextvars import ContextVar
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from ...errors import NonFiniteError
from .._node import (
    GRADIENT,
    NUMBER,
    OPERATION,
    Node,
    is_recording,
    next_number,
    operands_of,
    recorder,
    set_recorder,
    set_recording,
)
from .._record import is_output, node_name
from .._wrap import Late

_LIBRARY = str(Path(__file__).parents[2])
# So many lines are known at a time, so that a long run does not fill the memory.
_MOST_LINES = 50_000
# So many calls are told of each line.
_DEPTH = 12

Call = tuple[str, int, str]


class Tracer:
    """Notes where nodes are made, and looks at the gradients that they give.

    In anomaly mode it is what `is_recording()` gives. Whether that is true is asked right before a
    node is made, and then it notes the line under the number that the node is going to get.
    """

    __slots__ = ("calls", "checks")

    def __init__(self, checks: bool) -> None:
        self.checks = checks
        self.calls: dict[int, list[Call]] = {}

    def __bool__(self) -> bool:
        if len(self.calls) >= _MOST_LINES:
            del self.calls[next(iter(self.calls))]
        self.calls[next_number() - 1] = _calls()
        return True

    def check(self, node: Node) -> None:
        """Look at the gradients that a node gave to its operands.

        Raises:
            NonFiniteError: there is one that is no number.
        """
        if not self.checks or is_output(node) or node[OPERATION] is None:
            return
        for place, operand in enumerate(operands_of(node)):
            for array in _arrays(operand):
                if array.dtype.kind == "f" and np.isnan(array).any():
                    raise NonFiniteError(self._report(node, place, array))

    def _report(self, node: Node, place: int, array: Any) -> str:
        index = tuple([int(i) for i in np.argwhere(np.isnan(array))[0]])
        text = (
            f"Function '{node_name(node)}' returned nan values in its {place}th output, first at "
            f"index {index}."
        )
        calls = self.calls.get(node[NUMBER])
        if not calls:
            return f"{text} Where its forward was computed is not known: not in anomaly mode."
        file, line, function = calls[-1]
        text += f" Its forward was computed at {file}:{line} in {function}:"
        for file, line, function in calls:
            text += f'\n  File "{file}", line {line}, in {function}'
            source = linecache.getline(file, line).strip()
            text += f"\n    {source}" if source else ""
        return text


def _arrays(operand: Node | None) -> list[Any]:
    """Give the gradients that wait at a node, as arrays."""
    waiting = None if operand is None else operand[GRADIENT]
    if waiting is None:
        return []
    values = waiting.values() if isinstance(waiting, dict) else [waiting]
    return [value._array if isinstance(value, Late.Tensor) else value for value in values]


def _calls() -> list[Call]:
    """Give the user's calls that led here, the outermost first."""
    calls: list[Call] = []
    frame = sys._getframe(2)
    while frame is not None and len(calls) < _DEPTH:
        code = frame.f_code
        if not code.co_filename.startswith(_LIBRARY):
            calls.append((code.co_filename, frame.f_lineno, code.co_qualname))
        if frame.f_back is None:
            break
        frame = frame.f_back
    return calls[::-1]


_current: ContextVar[Tracer | None] = ContextVar("anomaly_mode", default=None)
current = _current.get


class set_detect_anomaly:  # noqa: N801  (PyTorch's name)
    """Begin or end anomaly mode from now on, or until the end of the block that it opens.

    In anomaly mode a backward raises at the first node that gives a gradient that is no number, and
    names the line that made the node. Each step is a good deal slower.

    Args:
        mode: begin or end.
        check_nan: look at the gradients; else lines are noted alone.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = current()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _switch(self._before)


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Begin or end anomaly mode from now on; see `torch.autograd.set_detect_anomaly`."""
    _switch(Tracer(check_nan) if mode else None)


class detect_anomaly:  # noqa: N801  (PyTorch's name)
    """Be in anomaly mode within a block; see `set_detect_anomaly`."""

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        self._before: list[Tracer | None] = []

    def __enter__(self) -> None:
        self._before.append(current())
        _switch(Tracer(self._check_nan))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _switch(self._before.pop())


def _switch(tracer: Tracer | None) -> None:
    _current.set(tracer)
    is_on = is_recording() is not False
    set_recorder(True if tracer is None else tracer)
    if is_on:
        set_recording(recorder())


def is_anomaly_enabled() -> bool:
    """Tell whether anomaly mode is on."""
    return current() is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Tell whether anomaly mode looks at gradients."""
    tracer = current()
    return tracer is not None and tracer.checks
