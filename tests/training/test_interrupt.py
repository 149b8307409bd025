"""Ctrl-C during a training, also where somebody swallows it."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from minitorch.training.interrupt import InterruptGuard, run_until_interrupt


class FakeTraining:
    """Does what a test gives it."""

    def __init__(self, work: Callable[["FakeTraining"], None]) -> None:
        self.reached: int | None = None
        self._work = work

    def run(self) -> None:
        self._work(self)


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def wait(seconds: float) -> None:
    """Let time pass in small steps, as a computation does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)


def test_an_interrupt_ends_the_block_and_the_handlers_are_put_back() -> None:
    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt), InterruptGuard():
        press_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert sys.unraisablehook is hook
    wait(0.4)  # Nothing comes after the block.


def test_a_swallowed_interrupt_comes_again() -> None:
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), InterruptGuard():
        with contextlib.suppress(KeyboardInterrupt):
            press_ctrl_c()
        wait(20.0)
    assert time.monotonic() - start < 2.0


def test_an_interrupt_that_became_another_error_is_an_interrupt() -> None:
    def compile_kernel() -> None:
        try:
            press_ctrl_c()
        except KeyboardInterrupt:
            raise RuntimeError("no compiled object yet") from None

    with pytest.raises(KeyboardInterrupt) as caught, InterruptGuard():
        compile_kernel()
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_other_errors_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), InterruptGuard():
        _ = 1 // 0


def test_another_handler_is_left_in_place() -> None:
    calls: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, frame: calls.append(number))
    try:
        with InterruptGuard():
            press_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, previous)
    assert calls == [signal.SIGINT]


def test_a_thread_can_train() -> None:
    results: list[bool] = []
    training = FakeTraining(lambda _: None)
    thread = threading.Thread(target=lambda: results.append(run_until_interrupt(training)))
    thread.start()
    thread.join()
    assert results == [False]


def test_an_interrupted_training_keeps_what_it_reached() -> None:
    def work(training: FakeTraining) -> None:
        training.reached = 3
        press_ctrl_c()
        training.reached = 4

    training = FakeTraining(work)
    assert run_until_interrupt(training)
    assert training.reached == 3


def test_an_interrupt_before_anything_was_reached_is_passed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_until_interrupt(FakeTraining(lambda _: press_ctrl_c()))
