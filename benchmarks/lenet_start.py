"""How long the kernels of a LeNet training take to compile, and to load again.

    python benchmarks/lenet_start.py [--runs N] [--json FILE]

A process calls every kernel of a training step: LeNet on images of 28x28 in batches of 64, with
cross-entropy and Adam. First with an empty cache folder, then with the folder that this filled.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import format_seconds, load_average, machine

from minitorch.console import print_table

STEP = "--step"
BATCH = 64
LAYERS = ((256, 120), (120, 84), (84, 10))


def train_once() -> tuple[float, float]:
    """Take two training steps; give the seconds of each."""
    import numpy as np

    from minitorch.kernels.cpu.convolutions import conv
    from minitorch.kernels.cpu.losses import loss
    from minitorch.kernels.cpu.optimizers import optimizer, update
    from minitorch.kernels.cpu.pooling import pool
    from minitorch.kernels.cpu.products import gemm
    from minitorch.kernels.cpu.reductions import reduce
    from minitorch.kernels.generated import elementwise

    numbers = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return numbers.normal(scale=0.1, size=shape).astype(np.float32)

    images, classes = draw(BATCH, 1, 28, 28), numbers.integers(0, 10, BATCH)
    filters = [draw(6, 1, 5, 5), draw(16, 6, 5, 5)]
    weights = [draw(n, m) for m, n in LAYERS]
    biases = [draw(6), draw(16), *(draw(n) for _, n in LAYERS)]
    parameters = [*filters, *weights, *biases]
    states = [np.zeros_like(parameter) for parameter in parameters]
    prepared = update.ParameterList(parameters, states, [state.copy() for state in states])

    def step(number: int) -> None:
        x, saved = images, []
        for i, taps in enumerate(filters):
            y = conv.conv2d(x, taps, biases[i])
            z = elementwise.relu(y)
            pooled, places = pool.max_pool(z, (2, 2))
            saved.append((x, z, places))
            x = pooled
        hidden = [x.reshape(BATCH, -1)]
        for i, weight in enumerate(weights):
            y = gemm.addmm(biases[2 + i], hidden[-1], weight.T)
            hidden.append(elementwise.relu(y) if i < 2 else y)
        _, grad = loss.cross_entropy_with_grad(hidden[-1], classes)
        weight_grads, bias_grads = [], []
        for i in reversed(range(3)):
            if i < 2:
                grad = elementwise.relu_backward(grad, hidden[i + 1])
            weight_grads.insert(0, gemm.matmul(grad.T, hidden[i]))
            bias_grads.insert(0, reduce.sum(grad, 0))
            grad = gemm.matmul(grad, weights[i])
        grad = grad.reshape(x.shape)
        filter_grads = []
        for i in (1, 0):
            x, z, places = saved[i]
            grad = pool.max_pool_backward(grad, places, z.shape)
            grad = elementwise.relu_backward(grad, z)
            grad, own, bias = conv.conv_backward(
                grad, x, filters[i], output_mask=(i > 0, True, True)
            )
            filter_grads.insert(0, own)
            bias_grads.insert(0, bias)
        gradients = [*filter_grads, *weight_grads, *bias_grads]
        optimizer.adam(lr=1e-3).step(prepared, gradients, float(number))

    seconds = []
    for number in (1, 2):
        start = time.perf_counter()
        step(number)
        seconds.append(time.perf_counter() - start)
    return seconds[0], seconds[1]


def run_process(folder: str) -> tuple[float, float]:
    """Take the steps in a process of its own, with its kernels in a folder."""
    environment = {**os.environ, "MINITORCH_CACHE_DIR": folder, "MINITORCH_QUIET": "1"}
    done = subprocess.run(
        [sys.executable, __file__, STEP],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = json.loads(done.stdout)
    return first, second


def main() -> int:
    """Measure, print and perhaps write the times."""
    parser = argparse.ArgumentParser(prog="lenet_start.py", description="Time LeNet's first step.")
    parser.add_argument("--runs", type=int, default=3, help="how many processes with full caches")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cold, _ = run_process(folder)
        warm_runs = [run_process(folder) for _ in range(options.runs)]
    figures = {
        "first step, empty cache": cold,
        "first step, later processes": statistics.median(first for first, _ in warm_runs),
        "second step": statistics.median(second for _, second in warm_runs),
    }
    where = machine(("numpy", "numba")) | {"load average": load_average()}
    print_table("Measured on", ("", ""), list(where.items()))
    print_table(
        "LeNet, batches of 64",
        ("what", "time"),
        [(name, format_seconds(seconds)) for name, seconds in figures.items()],
    )
    if options.json:
        report = {"measured on": where, **figures}
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    if STEP in sys.argv:
        sys.stdout.write(json.dumps(train_once()))
    else:
        sys.exit(main())
