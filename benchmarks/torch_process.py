"""PyTorch in a process of its own, where no other library's threads are in its way.

    python benchmarks/torch_process.py GROUP THREADS QUICK

It reads what to do from its standard input, a line each: `next` prepares the next case of the
group, a number asks for so many calls. It answers each with the seconds of one call.
"""

import importlib
import subprocess
import sys
import time
from pathlib import Path

# Before all else, so that it meets the environment as the user left it.
try:
    import torch
except ImportError:
    torch = None

FOLDER = Path(__file__).resolve().parent


class TorchProcess:
    """The cases of a group, computed by PyTorch in another process.

    Args:
        group: a module of this folder that offers `cases`.
        threads: as many as PyTorch shall use.
        quick: choose small inputs.
    """

    def __init__(self, group: str, threads: int, quick: bool) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, group, str(threads), str(int(quick))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def next(self) -> None:
        """Go on to the next case."""
        self._ask("next")

    def seconds(self, calls: int) -> float:
        """Time so many calls, and give the seconds of one."""
        return self._ask(str(calls))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, line: str) -> float:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process has no pipes")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{FOLDER.name}/torch_process.py ended early")
        return float(answer)


def main(group: str, threads: int, quick: bool) -> None:
    """Do what standard input says."""
    torch.set_num_threads(threads)
    # The cases compare our results with PyTorch's; our threads would change the number of theirs.
    importlib.import_module("minitorch").set_num_threads(1)
    clock = time.thread_time if threads == 1 else time.perf_counter
    cases = importlib.import_module(group).cases(torch, quick)
    run = None
    for line in sys.stdin:
        seconds = 0.0
        if line.strip() == "next":
            run = next(cases).torch
        elif run is not None:
            calls = int(line)
            start = clock()
            for _ in range(calls):
                run()
            seconds = (clock() - start) / calls
        sys.stdout.write(f"{seconds!r}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1")
