"""Settings that every test of the project shares."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

PROFILE = "minitorch"

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
