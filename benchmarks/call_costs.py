"""What the rooms on the way of a small call cost: the kernel alone, its entry point, the tensors.

    python benchmarks/call_costs.py [--quick]

Processor time of one thread, the median of the repetitions. docs/internals/framework.md follows
the same five calls through the files.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from measure import format_seconds, machine

import minitorch
from minitorch import torch
from minitorch.console import print_table
from minitorch.kernels.cpu.convolutions import conv
from minitorch.kernels.cpu.optimizers.optimizer import adam
from minitorch.kernels.cpu.optimizers.update import ParameterList
from minitorch.kernels.cpu.reductions import reduce
from minitorch.kernels.generated import elementwise
from minitorch.torch.functions.pointwise.generated import ADD
from minitorch.torch.nn import functional as F  # noqa: N812

NODES = 100

Step = tuple[str, Callable[[], object], int]


def steps() -> Iterator[Step]:
    """Give what is timed: its name, a call, and the number of parts that the call consists of."""
    a, b = torch.randn(10, 10), torch.randn(10, 10)
    leaf = torch.randn(10, 10, requires_grad=True)
    x, y = a.numpy(), b.numpy()
    _ = a + b  # The way is found.
    entry, address, _, _, _ = ADD.same[a._key.slot][2]
    out = np.empty_like(x)
    yield "a + b: compiled code", lambda: entry(address, x, y, out, ()), 1
    yield "a + b: entry point of the kernels", lambda: elementwise.add(x, y), 1
    yield "a + b", lambda: a + b, 1
    yield "a + b, with a node", lambda: leaf + b, 1

    yield "x.sum(): entry point of the kernels", lambda: reduce.sum(x), 1
    yield "x.sum()", lambda: a.sum(), 1
    yield "x.sum(), with a node", lambda: leaf.sum(), 1

    images, filters = torch.randn(1, 3, 8, 8), torch.randn(4, 3, 3, 3)
    arrays = images.numpy(), filters.numpy()
    yield "F.conv2d(x, w): entry point of the kernels", lambda: conv.conv(*arrays), 1
    yield "F.conv2d(x, w)", lambda: F.conv2d(images, filters), 1

    loss = leaf
    for _ in range(NODES):
        loss = loss * b
    ones = torch.ones(10, 10)
    yield "loss.backward(), a node", lambda: loss.backward(ones, retain_graph=True), NODES

    parameters = [torch.nn.Parameter(torch.randn(10, 10)) for _ in range(6)]
    for parameter in parameters:
        parameter.grad = torch.randn(10, 10)
    optimizer = torch.optim.Adam(parameters)
    columns = [[np.ones((10, 10), np.float32) for _ in parameters] for _ in range(3)]
    prepared, gradients = ParameterList(*columns), [p.grad.numpy() for p in parameters]
    step = partial(adam(lr=0.001).step, prepared, gradients, 1.0)
    yield "optimizer.step(), a parameter: kernels", step, 6
    yield "optimizer.step(), a parameter", optimizer.step, 6


def seconds_of(run: Callable[[], object], repetitions: int, calls: int) -> float:
    """Give the processor time of one call."""
    run()
    times = []
    for _ in range(repetitions):
        begin = time.thread_time()
        for _ in range(calls):
            run()
        times.append((time.thread_time() - begin) / calls)
    return statistics.median(times)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table; give the exit status."""
    parser = argparse.ArgumentParser(description="Time the rooms on the way of a small call.")
    parser.add_argument("--quick", action="store_true", help="run everything, measure nothing")
    repetitions, calls = (1, 2) if parser.parse_args(arguments).quick else (25, 2000)
    minitorch.set_num_threads(1)
    rows = [
        (name, format_seconds(seconds_of(run, repetitions, max(2, calls // parts)) / parts))
        for name, run, parts in steps()
    ]
    where = machine(["numpy", "numba"])
    print_table(f"{where['processor']}, {where['date']}", ("what", "time"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
