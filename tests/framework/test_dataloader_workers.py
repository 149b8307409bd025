"""Worker processes of `DataLoader`: they fail, die, are dropped, kept and waited for."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from minitorch import torch as own
from minitorch.torch.utils import data as own_data

from .test_data import BOTH, plain
from .test_dataloader import samples

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses signals and fork")


def failing(index: int) -> Any:
    if index == 3:
        raise FloatingPointError("sample 3 is bad")
    return {}["absent"] if index == 4 else index


def test_an_exception_in_a_worker_comes_with_its_traceback_and_the_epoch_goes_on() -> None:
    for _, data in BOTH:
        batches = iter(data.DataLoader(samples(data, failing), None, num_workers=2))
        assert [next(batches) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(
            FloatingPointError, match=r"(?s)in DataLoader worker process 1.*failing"
        ):
            next(batches)
        with pytest.raises(KeyError) as caught:
            next(batches)
        assert "\n" in str(caught.value)
        assert list(batches) == [5]


def test_an_exception_that_needs_more_arguments_becomes_a_runtime_error() -> None:
    def get(index: int) -> Any:
        return b"\xff".decode()

    class LocalError(Exception):
        pass

    def get_local(index: int) -> Any:
        raise LocalError("only here")

    loader = own_data.DataLoader(samples(own_data, get), num_workers=1)
    with pytest.raises(RuntimeError, match="UnicodeDecodeError"):
        next(iter(loader))
    loader = own_data.DataLoader(samples(own_data, get_local), num_workers=1)
    with pytest.raises(Exception, match="only here"):
        next(iter(loader))


def test_a_failing_start_is_told() -> None:
    def init(worker_id: int) -> None:
        raise LookupError(f"no worker {worker_id}")

    loader = own_data.DataLoader(range(4), num_workers=2, worker_init_fn=init)
    with pytest.raises(LookupError, match="no worker 0"):
        next(iter(loader))


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_a_worker_that_dies_ends_the_epoch_and_its_fellows(how: str) -> None:
    def get(index: int) -> int:
        if index == 3:
            # Sample 1, of the same worker, has to be on its way.
            time.sleep(0.3)
            os._exit(5) if how == "exit" else os.kill(os.getpid(), signal.SIGKILL)
        return index

    batches = iter(own_data.DataLoader(samples(own_data, get), None, num_workers=2))
    assert [next(batches) for _ in range(3)] == [0, 1, 2]
    expected = "exited unexpectedly" if how == "exit" else "killed by signal: Killed"
    for _ in range(2):
        with pytest.raises(RuntimeError, match=expected):
            next(batches)
    assert multiprocessing.active_children() == []


def test_a_slow_worker_is_waited_for_no_longer_than_timeout() -> None:
    def get(index: int) -> int:
        time.sleep(index * 0.8)
        return index

    batches = iter(own_data.DataLoader(samples(own_data, get, 2), None, num_workers=1, timeout=0.2))
    assert next(batches) == 0
    with pytest.raises(RuntimeError, match="timed out after"):
        next(batches)
    time.sleep(0.9)
    assert next(batches) == 1


def test_dropping_an_epoch_ends_its_workers() -> None:
    big = own_data.TensorDataset(own.zeros(400, 10_000))
    batches = iter(own_data.DataLoader(big, 20, num_workers=2))
    next(batches)
    workers = multiprocessing.active_children()
    assert len(workers) == 2
    del batches
    gc.collect()
    assert multiprocessing.active_children() == []
    # They ended when they were asked to; those that are forced give the number of a signal.
    assert [worker.exitcode for worker in workers] == [0, 0]


def test_kept_workers_stay_and_forget_an_epoch_that_was_broken_off() -> None:
    loader = own_data.DataLoader(
        samples(own_data, lambda i: (os.getpid(), i), 9), None, num_workers=2,
        persistent_workers=True,
    )  # fmt: skip
    first = next(iter(loader))[0]
    again = list(loader)
    assert [i for _, i in again] == list(range(9))
    assert again[0][0] == first
    assert len({pid for pid, _ in again}) == 2
    del loader
    gc.collect()
    assert multiprocessing.active_children() == []


def test_tensors_arrive_whole_alone_and_writable() -> None:
    base = own.arange(200_000.0).reshape(1000, 200)

    def get(index: int) -> Any:
        sent = [base[index], base.T[index], base[:2, :2].T, own.tensor(3), own.zeros(0, 3)]
        return [*sent, own.nn.Parameter(own.ones(2)), own.ones(2, requires_grad=True)]

    sent = get(1)
    got = next(iter(own_data.DataLoader(samples(own_data, get), None, sampler=[1], num_workers=1)))
    assert plain(got) == plain(sent)
    assert [t.requires_grad for t in got] == [t.requires_grad for t in sent]
    assert got[0].untyped_storage().nbytes() == 800
    assert got[0].add_(1)[0].item() == 201.0
    assert type(got[5]) is own.nn.Parameter


def test_a_graph_does_not_leave_a_worker() -> None:
    x = own.ones(2, requires_grad=True)
    loader = own_data.DataLoader(samples(own_data, lambda i: x * i), None, num_workers=1)
    with pytest.raises(RuntimeError, match="detach"):
        next(iter(loader))


def test_what_cannot_be_pickled_is_told() -> None:
    loader = own_data.DataLoader(samples(own_data, lambda i: lambda: i), None, num_workers=1)
    with pytest.raises((pickle.PicklingError, AttributeError), match="worker process 0"):
        next(iter(loader))


def test_long_lists_of_keys_and_large_batches_do_not_block_each_other() -> None:
    keys = [list(range(40_000)) for _ in range(12)]
    loader = own_data.DataLoader(
        own_data.TensorDataset(own.arange(40_000)), batch_sampler=keys, num_workers=1,
        prefetch_factor=12,
    )  # fmt: skip
    batches = iter(loader)
    time.sleep(0.2)
    assert sum(len(batch[0]) for batch in batches) == 12 * 40_000


def test_workers_compute_serially() -> None:
    def get(index: int) -> Any:
        return [own.get_num_threads(), (own.ones(300, 300) @ own.ones(300, 300)).sum().item()]

    own.ones(300, 300) @ own.ones(300, 300)
    got = list(own_data.DataLoader(samples(own_data, get, 2), None, num_workers=2))
    assert got == [[1, 27e6]] * 2


SCRIPT = """
import os, sys, time
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

class Squares(Dataset):
    def __len__(self):
        return 5
    def __getitem__(self, index):
        if "hang" in sys.argv and index == 1:
            print(os.getpid(), flush=True)
            time.sleep(60)
        return torch.tensor(index) ** 2, get_worker_info().id, torch.rand(1)

def start(worker_id):
    torch.rand(worker_id)

if __name__ == "__main__":
    torch.manual_seed(2)
    context = sys.argv[1]
    loader = DataLoader(Squares(), 2, num_workers=1, worker_init_fn=start,
                        multiprocessing_context=context)
    for batch in loader:
        print(batch)
"""


def command(folder: Path, *arguments: str) -> list[str]:
    (folder / "script.py").write_text(SCRIPT)
    return [sys.executable, *arguments]


def test_spawned_workers_of_a_script_run_on_minitorch_too(tmp_path: Path) -> None:
    own_run = command(tmp_path, "-m", "minitorch.cli", "run", "script.py", "spawn")
    done = subprocess.run(own_run, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    expected = subprocess.run(
        [sys.executable, "script.py", "fork"], cwd=tmp_path, capture_output=True, text=True,
        timeout=100,
    )  # fmt: skip
    assert len(expected.stdout.splitlines()) >= 3
    assert done.stdout == expected.stdout


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_script(tmp_path: Path, number: int) -> None:
    script = command(tmp_path, "-m", "minitorch.cli", "run", "script.py", "fork", "hang")
    with subprocess.Popen(
        script,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert is_running(worker)
        if number == signal.SIGINT:
            # A terminal tells all processes of Ctrl-C.
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        process.wait(timeout=30)
    deadline = time.monotonic() + 15
    while is_running(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(worker)
