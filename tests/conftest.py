"""Settings that every test of the project shares."""

from __future__ import annotations

import gc
import os
import signal
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

PROFILE = "minitorch"
# Files of few tests that take minutes.
LONGEST = ("test_benchmarks.py", "test_surroundings.py")

# The first call of a kernel compiles it, so an example may be slow for reasons of no interest.
settings.register_profile(
    PROFILE,
    deadline=None,
    max_examples=25,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", parent=settings.get_profile(PROFILE), max_examples=400)


def pytest_configure(config: pytest.Config) -> None:
    """Choose our Hypothesis profile, unless `--hypothesis-profile` asks for another one."""
    if not config.getoption("--hypothesis-profile", default=None):
        settings.load_profile(PROFILE)
    # A shell starts what runs in the background with Ctrl-C ignored, and children inherit that:
    # the tests of Ctrl-C need it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left with one at the end.

    Those are a few with long tests, and then the ones with many tests.
    """
    if not hasattr(config, "workerinput"):  # A single process runs them in their usual order.
        return
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.name not in LONGEST, -tests[item.path]))


def pytest_collection_finish() -> None:
    """Spare the collector all that the tests were made of, which lives to the end."""
    gc.collect()
    gc.freeze()
