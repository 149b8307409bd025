"""Time things side by side: ours and its peers in turn, in one process, so that both meet the same
load.
"""

import gc
import importlib.metadata
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

OURS = "ours"
STEADY = 0.10  # A peer whose time moves by more between the halves of a run makes it unsteady.


@dataclass(frozen=True)
class Contestant:
    """Something to time.

    Attributes:
        run: what is timed; its result is thrown away.
        prepare: called before every repetition, outside the timing.
        calls: how often a repetition calls `run`; None finds out how many calls fill
            `Settings.seconds`.
        timed: takes a number of calls and gives the seconds of one; for what runs elsewhere, in
            place of `run`.
    """

    run: Callable[[], object]
    prepare: Callable[[], object] | None = None
    calls: int | None = None
    timed: Callable[[int], float] | None = None


@dataclass(frozen=True)
class Torch:
    """PyTorch, as a peer.

    Attributes:
        module: the package.
        threads: the number of threads that it chooses itself.
    """

    module: ModuleType
    threads: int

    def contestants(self, run: Callable[[], object], our_threads: int) -> dict[str, Contestant]:
        """Time it with its own number of threads, with ours, and with a single one."""
        numbers = {"torch": self.threads}
        for threads in {our_threads, 1} - {self.threads}:
            numbers[f"torch, {threads} thread{'s' * (threads > 1)}"] = threads
        return {
            name: Contestant(run, partial(self.module.set_num_threads, threads))
            for name, threads in numbers.items()
        }


@dataclass(frozen=True)
class Settings:
    """How much to measure.

    Attributes:
        quick: choose small inputs: the figures mean nothing, but everything is run once.
        repetitions: of each contestant.
        seconds: how long the calls of one repetition shall take together.
        pause: seconds before a repetition, in which the threads of the one before go to sleep.
        attempts: how often to measure before an unsteady run is accepted (and marked).
        clock: gives the time in seconds; `time.thread_time` counts the work of one thread alone,
            which other programs disturb little.
    """

    quick: bool = False
    repetitions: int = 15
    seconds: float = 0.01
    pause: float = 0.003
    attempts: int = 3
    clock: Callable[[], float] = time.perf_counter

    @classmethod
    def for_smoke_test(cls) -> "Settings":
        """Run everything, but measure nothing worth a look."""
        return cls(quick=True, repetitions=3, seconds=0.001, pause=0.0, attempts=1)


@dataclass(frozen=True)
class Timing:
    """The seconds that one call took, for each repetition in order."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """The interquartile range; 0 for a single repetition."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return high - low

    @property
    def drift(self) -> float:
        """By what share the median of the second half differs from that of the first."""
        half = len(self.seconds) // 2
        if half == 0:
            return 0.0
        first, second = self.seconds[:half], self.seconds[-half:]
        return abs(statistics.median(second) / statistics.median(first) - 1.0)


@dataclass(frozen=True)
class Goal:
    """What a figure should reach.

    Attributes:
        least_ratio: the smallest peer time divided by our time.
        most_seconds: the longest time of ours.
    """

    least_ratio: float | None = None
    most_seconds: float | None = None

    def __str__(self) -> str:
        if self.least_ratio is not None:
            return f">= {self.least_ratio:g}"
        return f"< {self.most_seconds:g} s"


@dataclass(frozen=True)
class Figure:
    """One line of the report: ours beside one peer, which may be missing.

    Attributes:
        name: what was timed.
        ours: our time.
        peer: the peer's name, empty without one.
        theirs: the peer's time.
        goal: what was aimed at.
    """

    name: str
    ours: Timing
    peer: str = ""
    theirs: Timing | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """The peer's time divided by ours: above 1 we are faster."""
        return None if self.theirs is None else self.theirs.median / self.ours.median

    @property
    def steady(self) -> bool:
        """Tell whether the peer's time stayed the same within `STEADY`."""
        return self.theirs is None or self.theirs.drift <= STEADY

    @property
    def goal_met(self) -> bool | None:
        """Tell whether the goal was reached; None without a goal, or without its peer."""
        if self.goal is None:
            return None
        if self.goal.most_seconds is not None:
            return self.ours.median < self.goal.most_seconds
        if self.goal.least_ratio is None or self.ratio is None:
            return None
        return self.ratio >= self.goal.least_ratio

    def cells(self) -> list[str]:
        """Write the figure as a row of a table."""
        theirs = self.theirs
        return [
            self.name,
            format_seconds(self.ours.median),
            format_seconds(self.ours.spread),
            self.peer,
            format_seconds(theirs.median) if theirs else "",
            format_seconds(theirs.spread) if theirs else "",
            f"{self.ratio:.2f}" if self.ratio is not None else "",
            str(self.goal or ""),
            ", ".join(self._remarks()),
        ]

    def _remarks(self) -> Iterator[str]:
        if self.goal_met is False:
            yield "below goal"
        if not self.steady:
            yield "unsteady"

    def as_dict(self) -> dict[str, Any]:
        """Give everything in the form that JSON takes."""
        return {
            "name": self.name,
            "peer": self.peer,
            "ours_s": self.ours.median,
            "ours_iqr_s": self.ours.spread,
            "peer_s": self.theirs.median if self.theirs else None,
            "peer_iqr_s": self.theirs.spread if self.theirs else None,
            "ratio": self.ratio,
            "repetitions": len(self.ours.seconds),
            "steady": self.steady,
            "goal": str(self.goal) if self.goal else None,
            "goal_met": self.goal_met,
        }


COLUMNS = ("what", OURS, "IQR", "peer", "its time", "IQR", "ratio", "goal", "")


def table_rows(figures: Sequence[Figure]) -> list[list[str]]:
    """Write figures as the rows of a table; what two in a row have in common stands once."""
    rows: list[list[str]] = []
    for i, figure in enumerate(figures):
        cells = figure.cells()
        if i > 0 and figures[i - 1].name == figure.name:
            cells[:3] = "", "", ""
        rows.append(cells)
    return rows


def compare(
    name: str,
    ours: Contestant,
    peers: Mapping[str, Contestant],
    settings: Settings,
    goal: Goal | None = None,
) -> list[Figure]:
    """Time ours beside its peers; give one figure per peer, or a single one if there is none.

    A run in which a peer is unsteady is done again, as often as the settings allow.
    """
    for _ in range(settings.attempts):
        timings = interleave({OURS: ours, **peers}, settings)
        our_timing = timings.pop(OURS)
        figures = [Figure(name, our_timing, peer, timing, goal) for peer, timing in timings.items()]
        if all(figure.steady for figure in figures):
            break
    return figures or [Figure(name, our_timing, goal=goal)]


def interleave(contestants: Mapping[str, Contestant], settings: Settings) -> dict[str, Timing]:
    """Let each contestant run once per repetition, after a warm-up of all."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    with _libraries_left_alone():
        calls = {name: _warm_up(contestant, settings) for name, contestant in contestants.items()}
        for _ in range(settings.repetitions):
            for name, contestant in contestants.items():
                seconds[name].append(_repetition(contestant, calls[name], settings))
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def _warm_up(contestant: Contestant, settings: Settings) -> int:
    """Call a contestant a few times, which compiles its kernels; give the calls of a repetition."""
    one_call = replace(settings, pause=0.0)
    _repetition(contestant, 1, one_call)
    if contestant.calls is not None:
        return contestant.calls
    seconds = statistics.median(_repetition(contestant, 1, one_call) for _ in range(5))
    return max(1, round(settings.seconds / max(seconds, 1e-7)))


def _repetition(contestant: Contestant, calls: int, settings: Settings) -> float:
    """Time some calls; give the seconds of one. What was left before is collected first.

    A tenth of the calls at a time, and not longer than planned by far: on a busy machine the
    threads of a parallel kernel may suddenly wait for each other, milliseconds in every call.
    """
    if contestant.prepare is not None:
        contestant.prepare()
    gc.collect()
    time.sleep(settings.pause)
    if contestant.timed is not None:
        return contestant.timed(calls)
    run = contestant.run
    done, part = 0, max(1, calls // 10)
    start = settings.clock()
    while True:
        for _ in range(part):
            run()
        done += part
        seconds = settings.clock() - start
        if done >= calls or seconds > 10 * settings.seconds:
            return seconds / done


@contextmanager
def _libraries_left_alone() -> Iterator[None]:
    """Keep the garbage collector, which stays on, off the objects that exist already.

    What it costs then depends on what is timed, and not on how much else was imported.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def format_seconds(seconds: float) -> str:
    """Write a time with three digits and its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= 0.9995 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} us"


def machine(packages: Sequence[str]) -> dict[str, str]:
    """Describe where and when the figures were measured, with the versions of some packages."""
    described = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    return described | {package: _version(package) for package in packages}


def load_average() -> str:
    """Give how many processes wanted to run in the last 1, 5 and 15 minutes, where that is told."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def is_busy() -> bool:
    """Tell whether other programs want much of the machine now, where that is told."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.75 * (os.cpu_count() or 1)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """Name the processor; Python itself does not know it on Linux."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
