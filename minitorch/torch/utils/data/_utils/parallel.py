"""An epoch whose batches are computed by worker processes."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import pickle
import signal
import time
import weakref
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from ..dataloader import DataLoader, _BaseDataLoaderIter
from ..dataset import DataChoiceError
from . import worker as work

# How many seconds workers get to end by themselves.
_PATIENCE = 5.0


@dataclass(eq=False)
class Worker:
    """A process, and the two pipes to it.

    Attributes:
        is_active: it has samples left.
    """

    process: Any
    tasks: Connection
    results: Connection
    is_active: bool = True

    def send(self, task: Any) -> None:
        """Send a task; that a worker is dead shows when its results are read."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.tasks.send(task)


def started(context: Any, job: work.Job, others: list[Worker]) -> Worker:
    """Start a worker."""
    task_reader, task_writer = context.Pipe(duplex=False)
    result_reader, result_writer = context.Pipe(duplex=False)
    # A forked child has everybody's pipes, and would keep them open.
    inherited = [end for other in others for end in (other.tasks, other.results)]
    inherited += [task_writer, result_reader]
    is_forked = context.get_start_method() == "fork"
    process = context.Process(
        target=work.work,
        args=(job, task_reader, result_writer, inherited if is_forked else []),
        daemon=True,
    )
    try:
        process.start()
    finally:
        task_reader.close()
        result_writer.close()
    return Worker(process, task_writer, result_reader)


def stop_all(workers: list[Worker], owner: int) -> None:
    """End workers: ask them, and soon force those that do not."""
    if os.getpid() != owner:
        # A forked child that throws away its copy of the loader's epoch.
        return
    for worker in workers:
        worker.send(work.STOP)
    deadline = time.monotonic() + _PATIENCE
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
    for force in ("terminate", "kill"):
        for worker in workers:
            if worker.process.is_alive():
                getattr(worker.process, force)()
                worker.process.join(_PATIENCE)
    for worker in workers:
        worker.tasks.close()
        worker.results.close()
    workers.clear()


class MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """One epoch, in worker processes. Each has a number of batches to compute in advance."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._prefetch_factor = loader.prefetch_factor or 0
        if self._prefetch_factor <= 0:
            raise DataChoiceError(
                "DataLoader: prefetch_factor must be greater than 0 with workers, got "
                f"{loader.prefetch_factor}"
            )
        self._in_order = loader.in_order
        self._persistent_workers = loader.persistent_workers
        self._failure: str | None = None
        self._workers: list[Worker] = []
        # Runs when the epoch is thrown away. When Python ends, multiprocessing ends its daemons.
        self._stop = weakref.finalize(self, stop_all, self._workers, os.getpid())
        self._stop.atexit = False
        context = loader.multiprocessing_context or multiprocessing.get_context()
        try:
            for worker_id in range(self._num_workers):
                job = work.Job(
                    self._dataset_kind, self._dataset, loader._auto_collation, self._collate_fn,
                    loader.drop_last, self._base_seed, loader.worker_init_fn, worker_id,
                    self._num_workers,
                )  # fmt: skip
                self._workers.append(started(context, job, self._workers))
        except BaseException:
            self._stop()
            raise
        self._fill()

    def _fill(self) -> None:
        """Give each worker its first tasks."""
        self._numbers = itertools.count()
        # Which worker computes the batch of which number.
        self._owners: dict[int, Worker] = {}
        self._turns = itertools.cycle(self._workers)
        for _ in range(self._prefetch_factor * self._num_workers):
            self._assign()

    def _reset(self, loader: DataLoader[Any]) -> None:
        """Begin another epoch with the same workers.

        Raises:
            RuntimeError: a worker has died.
        """
        self._begin(loader)
        self._check_failure()
        for worker in self._workers:
            worker.send(work.RESUME)
        for worker in self._workers:
            # What is left of an epoch that was broken off comes before.
            while self._received([worker])[1] != work.RESUMED:
                pass
            worker.is_active = True
        self._fill()

    def _assign(self) -> None:
        """Give the next keys to a worker that has samples left."""
        keys = next(self._sampler_iter, _NO_KEYS)
        active = [worker for worker in self._workers if worker.is_active]
        if keys is _NO_KEYS or not active:
            return
        if self._in_order:
            worker = next(worker for worker in self._turns if worker.is_active)
        else:
            busy = list(self._owners.values())
            worker = min(active, key=busy.count)
        number = next(self._numbers)
        self._owners[number] = worker
        worker.send((number, keys))

    def _next_data(self) -> Any:
        self._check_failure()
        while candidates := self._candidates():
            number, state, value = self._received(candidates)
            if number is None:
                continue
            worker = self._owners.pop(number)
            if state == work.END:
                worker.is_active = False
                if not self._persistent_workers:
                    worker.send(work.STOP)
                self._assign()
                continue
            self._assign()
            if state == work.FAILURE:
                raise value.error()
            return value
        if not self._persistent_workers:
            self._stop()
        raise StopIteration

    def _candidates(self) -> list[Worker]:
        """Give the workers whose result may be the next one; none at the end."""
        for number, worker in list(self._owners.items()):
            if not worker.is_active:
                # Its stream has ended before it came to this number.
                del self._owners[number]
            elif self._in_order:
                return [worker]
        return list(set(self._owners.values()))

    def _received(self, workers: list[Worker]) -> tuple[int | None, int, Any]:
        """Wait for a result of one of some workers.

        Raises:
            RuntimeError: it has taken too long, or a worker has died.
        """
        sources = {worker.results: worker for worker in workers}
        sentinels = [worker.process.sentinel for worker in workers]
        ready = wait([*sources, *sentinels], self._timeout or None)
        if not ready:
            raise RuntimeError(
                f"DataLoader timed out after {self._timeout} seconds: no batch has come from "
                f"worker processes {sorted(worker.process.pid for worker in workers)}."
            )
        worker = next((sources[source] for source in ready if source in sources), None)
        if worker is None:
            # None has a result, so one has ended; it may have sent its last result just before.
            worker = next(worker for worker in workers if worker.process.sentinel in ready)
            if not worker.results.poll():
                self._fail(worker)
        try:
            message = worker.results.recv_bytes()
        except (EOFError, OSError):
            self._fail(worker)
        result: tuple[int | None, int, Any] = pickle.loads(message)
        return result

    def _fail(self, worker: Worker) -> NoReturn:
        """End all workers, since one has died.

        Raises:
            RuntimeError: always; it says how that one died.
        """
        worker.process.join(_PATIENCE)
        pid, code = worker.process.pid, worker.process.exitcode
        if code is not None and code < 0:
            how = f"(pid {pid}) is killed by signal: {signal.strsignal(-code)}"
        else:
            how = f"(pid(s) {pid}) exited unexpectedly with exit code {code}"
        self._failure = (
            f"DataLoader worker {how}. The other workers were stopped. With num_workers=0 the "
            "samples are fetched in this process, where an error can be seen."
        )
        self._stop()
        raise RuntimeError(self._failure)

    def _check_failure(self) -> None:
        if self._failure is not None:
            raise RuntimeError(self._failure)


_NO_KEYS = object()
