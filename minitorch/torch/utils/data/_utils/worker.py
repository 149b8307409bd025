"""What a worker process does: it takes keys, and gives batches back."""

from __future__ import annotations

import io
import os
import pickle
import random
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from queue import SimpleQueue
from typing import Any

import numpy as np

from ....._threads import set_num_threads
from ...._node import is_leaf
from ...._wrap import Late, wrap
from ....random import manual_seed
from .fetch import DatasetKind
from .info import WorkerInfo, set_worker_info

# How often, in seconds, a worker looks whether the process that it works for is still there.
STATUS_INTERVAL = 2.0

# What goes to a worker: a number and keys, or one of these.
STOP, RESUME = "stop", "resume"
# What a worker gives for a number: a batch, a failure, or the end of its stream.
BATCH, FAILURE, END, RESUMED = range(4)


@dataclass(frozen=True)
class Job:
    """What a worker has to know."""

    kind: int
    dataset: Any
    auto_collation: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    base_seed: int
    init_fn: Callable[[int], Any] | None
    worker_id: int
    num_workers: int

    def fetcher(self) -> Callable[[Any], Any]:
        """Start an epoch."""
        return DatasetKind.create_fetcher(
            self.kind, self.dataset, self.auto_collation, self.collate_fn, self.drop_last
        )


class WorkerKeyError(str):
    """A text that shows as it is where Python prints the repr of a KeyError's key."""

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Failure:
    """An exception that came up in a worker."""

    kind: type[Exception]
    text: str

    def error(self) -> Exception:
        """Make an exception of the same class; a RuntimeError if that class needs more to know."""
        try:
            if self.kind is KeyError:
                return KeyError(WorkerKeyError(self.text))
            return self.kind(self.text)
        except Exception:
            return RuntimeError(self.text)


def failure_of(error: Exception, worker_id: int) -> Failure:
    """Describe an exception, with its traceback."""
    return Failure(
        type(error),
        f"Caught {type(error).__name__} in DataLoader worker process {worker_id}.\nOriginal "
        + "".join(traceback.format_exception(error)),
    )


# ---- the process


def work(job: Job, tasks: Connection, results: Connection, inherited: list[Connection]) -> None:
    """Do what comes from the loader until it says stop, or is gone.

    Two threads read tasks and send results, so that neither side ever waits for the other one to
    read: a batch is computed while the one before is still on its way.
    """
    for connection in inherited:
        connection.close()
    try:
        inbox: SimpleQueue[Any] = SimpleQueue()
        outbox: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=_receive, args=(tasks, inbox), daemon=True).start()
        threading.Thread(target=_send, args=(results, outbox), daemon=True).start()
        _seed(job)
        _serve(job, inbox, outbox)
    except KeyboardInterrupt:
        # The loader's process has got it too.
        pass


def _receive(tasks: Connection, inbox: SimpleQueue[Any]) -> None:
    """Read tasks; end the process, whatever it does, when there is nobody to do it for."""
    loader = parent_process()
    parent = os.getppid()
    sources: list[Any] = [tasks, loader.sentinel] if loader is not None else [tasks]
    while True:
        ready = wait(sources, STATUS_INTERVAL)
        try:
            if tasks in ready:
                task = tasks.recv()
                inbox.put(task)
                if task == STOP:
                    return
            elif ready or os.getppid() != parent:
                os._exit(1)
        except (EOFError, OSError):
            os._exit(1)
        except Exception as error:
            inbox.put(error)


def _send(results: Connection, outbox: SimpleQueue[Any]) -> None:
    while True:
        try:
            results.send_bytes(outbox.get())
        except OSError:
            # Nobody reads any more: stop comes next, or the end of the loader's process.
            return


def _seed(job: Job) -> None:
    set_num_threads(1)
    seed = job.base_seed + job.worker_id
    random.seed(seed)
    manual_seed(seed)
    # NumPy's numbers shall not be those of random, which has the same algorithm.
    entropy = [job.worker_id, job.base_seed & 0xFFFFFFFF, job.base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(entropy).generate_state(4))
    set_worker_info(WorkerInfo(job.worker_id, job.num_workers, seed, job.dataset))


def _serve(job: Job, inbox: SimpleQueue[Any], outbox: SimpleQueue[Any]) -> None:
    fetch = _begun(job, is_first=True)
    has_ended = False
    while (task := inbox.get()) != STOP:
        if isinstance(task, Exception):
            raise task
        if task == RESUME:
            fetch, has_ended = _begun(job, is_first=False), False
            outbox.put(packed(None, RESUMED, None))
        elif not has_ended:
            number, keys = task
            state, value = _answer(job, fetch, keys)
            has_ended = state == END
            try:
                message = packed(number, state, value)
            except Exception as error:
                message = packed(number, FAILURE, failure_of(error, job.worker_id))
            outbox.put(message)


def _begun(job: Job, is_first: bool) -> Callable[[Any], Any] | Failure:
    """Start an epoch; a failure is told when a batch is asked for."""
    try:
        if is_first and job.init_fn is not None:
            job.init_fn(job.worker_id)
        return job.fetcher()
    except Exception as error:
        return failure_of(error, job.worker_id)


def _answer(job: Job, fetch: Callable[[Any], Any] | Failure, keys: Any) -> tuple[int, Any]:
    if isinstance(fetch, Failure):
        return FAILURE, fetch
    try:
        return BATCH, fetch(keys)
    except Exception as error:
        if isinstance(error, StopIteration) and job.kind == DatasetKind.Iterable:
            return END, None
        return FAILURE, failure_of(error, job.worker_id)


# ---- on the way


class _Pickler(ForkingPickler):
    """Pickles tensors with their own elements alone, not with all memory that they are views of."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, type) and issubclass(value, Exception):
            return _reduced_class(value)
        if not isinstance(value, Late.Tensor):
            return NotImplemented
        node = value._node
        if node is not None and not is_leaf(node):
            raise RuntimeError(
                "A worker gave a tensor that was computed from one that requires a gradient, and "
                f"graphs do not go from process to process: shape {list(value._shape)}. Call "
                "detach() on it in the data set or in collate_fn."
            )
        if type(value) is not Late.Tensor or vars(value):
            return NotImplemented
        array = value._array
        if not (array.flags.forc and array.flags.writeable):
            array = np.array(array, order="C")
        return _unpacked, (array, node is not None)


def _unpacked(array: Any, requires_grad: bool) -> Any:
    result = wrap(array)
    return result.requires_grad_() if requires_grad else result


def _reduced_class(kind: type[Exception]) -> Any:
    """Send an exception's class by its name; one that has no place in a module, as its base."""
    try:
        pickle.dumps(kind)
    except Exception:
        return _same, (kind.__base__,)
    return NotImplemented


def _same(kind: Any) -> Any:
    return kind


def packed(number: int | None, state: int, value: Any) -> bytes | memoryview:
    """Make a message of a result."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump((number, state, value))
    return buffer.getbuffer()
