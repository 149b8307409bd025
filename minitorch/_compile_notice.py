"""Tell a user who waits for a compilation what is going on."""

from __future__ import annotations

import sys
import threading
from typing import Any

from numba import types
from numba.core import event

from ._kernel_cache import PREFIX
from ._runtime import is_quiet

SECONDS = 1.0
_EVENT = "numba:compile"


class _Notice(event.Listener):  # type: ignore[misc]
    """Prints one line per process, when a kernel takes longer than a second to compile."""

    def __init__(self) -> None:
        self._thread = threading.local()
        self._said = False

    def silence(self) -> None:
        """Say nothing from now on."""
        self._said = True

    def on_start(self, event: event.Event) -> None:
        if self._said or not _is_ours(event.data["dispatcher"]):
            return
        depth = getattr(self._thread, "depth", 0)
        if depth == 0:
            # Kernels compile their helpers, so only the outermost compilation counts.
            timer = threading.Timer(SECONDS, self._say, [event.data])
            timer.daemon = True
            self._thread.timer = timer
            timer.start()
        self._thread.depth = depth + 1

    def on_end(self, event: event.Event) -> None:
        depth = getattr(self._thread, "depth", 0)
        if depth == 0 or not _is_ours(event.data["dispatcher"]):
            return
        self._thread.depth = depth - 1
        if depth == 1:
            self._thread.timer.cancel()

    def _say(self, data: dict[str, Any]) -> None:
        if self._said or is_quiet():
            return
        self._said = True
        sys.stderr.write(
            f"minitorch: compiling {_description(data)}. Compiled kernels are kept for the next "
            "time; `minitorch warmup` compiles the usual ones ahead. (MINITORCH_QUIET=1 hides "
            "this.)\n"
        )
        sys.stderr.flush()


def _is_ours(dispatcher: Any) -> bool:
    return str(dispatcher.py_func.__module__).startswith(PREFIX)


def _description(data: dict[str, Any]) -> str:
    """Name a kernel, the functions that it was made of, and the types."""
    function = data["dispatcher"].py_func
    helpers = [
        value.py_func.__name__.strip("_")
        for value in function.__globals__.values()
        if hasattr(value, "py_func") and value.py_func is not function
    ]
    made_of = f" of {', '.join(helpers)}" if helpers else ""
    dtypes = {str(kind.dtype): None for kind in data["args"] if isinstance(kind, types.Array)}
    return f"{function.__name__.strip('_')}{made_of} for {', '.join(dtypes) or 'numbers'}"


_notice = _Notice()


def install() -> None:
    """Listen to Numba's compilations from now on."""
    event.register(_EVENT, _notice)


def silence() -> None:
    """Say nothing in this process."""
    _notice.silence()
