"""Ctrl-C during a training."""

import _thread
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

_SECONDS_TO_NEXT_TRY = 0.2


class InterruptGuard:
    """Makes sure that Ctrl-C inside the block ends it, soon, with a KeyboardInterrupt.

    Python raises that error wherever it happens to be. While Numba compiles a kernel this may be in
    a callback from LLVM, which swallows it: the compilation then fails with some other error, or
    all goes on as if nothing had happened. So the error is raised again until the block ends.
    """

    def __enter__(self) -> Self:
        self._received = False
        self._leaving = False
        self._next_try: threading.Timer | None = None
        in_main_thread = threading.current_thread() is threading.main_thread()
        # Another handler was put there by somebody who knows why; nohup ignores the signal.
        default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        self._installed = in_main_thread and default
        if self._installed:
            signal.signal(signal.SIGINT, self._receive)
            self._report_unraisable = sys.unraisablehook
            sys.unraisablehook = self._pass_over_interrupts
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leaving = True
        if self._next_try is not None:
            self._next_try.cancel()
            self._next_try.join()
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.unraisablehook = self._report_unraisable
        if self._received and isinstance(error, Exception):
            raise KeyboardInterrupt from error

    def _receive(self, number: int, frame: FrameType | None) -> None:
        """Handle the signal: raise the error, now and, should that be in vain, again."""
        if self._leaving:
            return
        self._received = True
        self._next_try = threading.Timer(_SECONDS_TO_NEXT_TRY, _thread.interrupt_main)
        self._next_try.daemon = True
        self._next_try.start()
        raise KeyboardInterrupt

    def _pass_over_interrupts(self, unraisable: Any) -> None:
        """Print nothing of an interrupt that a callback swallowed, since it is not lost."""
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            self._report_unraisable(unraisable)


class Training(Protocol):
    """Something that trains, and after every so many steps sets `reached` to what it has."""

    reached: Any

    def run(self) -> None:
        """Train until the end."""


def run_until_interrupt(training: Training) -> bool:
    """Run a training to its end or until Ctrl-C.

    Returns:
        Whether Ctrl-C ended it.

    Raises:
        KeyboardInterrupt: Ctrl-C came before the training had reached anything.
    """
    try:
        with InterruptGuard():
            training.run()
    except KeyboardInterrupt:
        if training.reached is None:
            raise
        return True
    return False
