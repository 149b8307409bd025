"""A call of every family of kernels, for tests of the surroundings that kernels run in.

    python families.py FILE [--large] [--threads N] [--fork] [--vectors]

computes them and writes the results to a file: with --threads in so many Python threads at once,
with --fork in a child that was forked after a parallel kernel had run, with --vectors only those
that depend on how wide the processor's vectors are.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from minitorch.kernels.cpu.convolutions import conv
from minitorch.kernels.cpu.elementwise import activation
from minitorch.kernels.cpu.indexing import embedding, indexing
from minitorch.kernels.cpu.losses import loss, softmax
from minitorch.kernels.cpu.norms import norm
from minitorch.kernels.cpu.optimizers import optimizer, update
from minitorch.kernels.cpu.pooling import pool
from minitorch.kernels.cpu.products import gemm
from minitorch.kernels.cpu.randomness import dropout, random
from minitorch.kernels.cpu.randomness.generator import Generator
from minitorch.kernels.cpu.reductions import reduce, scan
from minitorch.kernels.cpu.sequences import attention, recurrent
from minitorch.kernels.cpu.sorting import sorting
from minitorch.kernels.generated import elementwise

Results = Any  # an array, or a tuple of such


def make_calls(scale: int) -> Mapping[str, Callable[[], Results]]:
    """Give the calls.

    Args:
        scale: 1 for arrays that one thread treats; from 20 on several threads do.
    """
    numbers = np.random.default_rng(0)

    def draw(*shape: int) -> Any:
        return numbers.normal(size=shape).astype(np.float32)

    n = 16 * scale
    a, b, row = draw(n, n), draw(n, n), draw(n)
    image, filters = draw(2, 3, n, n), draw(4, 3, 3, 3)
    places = numbers.integers(0, n, (n, n))
    classes = numbers.integers(0, n, n)
    sequence, state = draw(4, scale, 8), draw(scale, 8)
    w_ih, w_hh = draw(32, 8), draw(32, 8)
    query = draw(2, n, 8)
    weight, first, second = draw(n * n), draw(n * n), abs(draw(n * n))

    def adam() -> Results:
        states = [weight.copy()], [first.copy()], [second.copy()]
        gradient = weight[::-1].copy()
        prepared = update.ParameterList(*states)
        optimizer.adam(lr=0.1).step(prepared, [gradient], 3.0)
        return tuple(array[0] for array in states)

    return {
        "exp": lambda: elementwise.exp(a),
        "add a row": lambda: elementwise.add(a, row),
        "add a transpose": lambda: elementwise.add(a, b.T),
        "gelu": lambda: elementwise.gelu(a),
        "sum": lambda: (reduce.sum(a), reduce.sum(a, 0), reduce.sum(a, 1)),
        "var": lambda: reduce.var(a, 1),
        "max": lambda: reduce.max(a, 0),
        "cumsum": lambda: scan.cumsum(a, 1),
        "matmul": lambda: gemm.matmul(a, b),
        "matmul of int": lambda: gemm.matmul(places, places),
        "softmax": lambda: softmax.softmax(a, 1),
        "cross entropy": lambda: loss.cross_entropy(a, classes),
        "layer norm": lambda: norm.layer_norm(a, (n,), row, row, 1e-5),
        "bias and gelu": lambda: activation.bias_activation(a, row, "gelu"),
        "conv2d": lambda: conv.conv2d(image, filters, padding=1),
        "conv2d backward": lambda: conv.conv_backward(
            conv.conv2d(image, filters, padding=1), image, filters, padding=1
        ),
        "max pool": lambda: pool.max_pool(image, (2, 2)),
        "gather": lambda: indexing.gather(a, 1, places),
        "scatter add": lambda: indexing.scatter_add(a, 1, places, b),
        "embedding": lambda: embedding.embedding(a, places),
        "sort": lambda: sorting.sort(a, 1),
        "lstm": lambda: recurrent.lstm_layer(sequence, state, state, w_ih, w_hh)[:3],
        "attention": lambda: attention.scaled_dot_product_attention(query, query, query)[0],
        "adam": adam,
        "normal": lambda: random.normal_(np.empty(n * n, np.float32), 0, 1, Generator(1)),
        "dropout": lambda: dropout.dropout(a, 0.5, Generator(1)),
    }


# Calls of kernels that are made for a width of vectors, and some whose loops the compiler widens.
OF_VECTORS = ("exp", "sum", "softmax", "conv2d", "conv2d backward", "attention", "lstm")


def compute(scale: int, names: Collection[str] = ()) -> dict[str, np.ndarray]:
    """Call all, or those that are named, and name each array."""
    named = {}
    for name, call in make_calls(scale).items():
        if names and name not in names:
            continue
        results = call()
        for i, array in enumerate(results if isinstance(results, tuple) else (results,)):
            if array is not None:
                named[f"{name} {i}"] = np.asarray(array)
    return named


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fork", action="store_true")
    parser.add_argument("--vectors", action="store_true")
    options = parser.parse_args()
    scale, names = 20 if options.large else 1, OF_VECTORS if options.vectors else ()
    if options.fork:
        compute(20)
        child = os.fork()
        if child == 0:
            np.savez(options.file, **compute(scale))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        raise SystemExit(status)
    results: list[dict[str, np.ndarray]] = []
    threads = [
        threading.Thread(target=lambda: results.append(compute(scale, names)))
        for _ in range(options.threads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in results[1:]:
        for name, array in results[0].items():
            np.testing.assert_array_equal(other[name], array, err_msg=name)
    if len(results) != options.threads:
        raise SystemExit("a thread did not finish")
    np.savez(options.file, **results[0])


if __name__ == "__main__":
    main()
