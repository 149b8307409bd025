"""The kernels that most scripts use, as calls that compile them: what `minitorch warmup` calls.

Each set compiles what one thread runs on small arrays, and what several run on large ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import warm_models
from .fast_conv import conv1d, conv2d
from .fast_ops import FastOps
from .kernels.cpu.convolutions import conv
from .kernels.cpu.elementwise import activation, cast
from .kernels.cpu.indexing import embedding, indexing, masking
from .kernels.cpu.losses import loss, softmax
from .kernels.cpu.norms import channels as norm_channels
from .kernels.cpu.norms import norm
from .kernels.cpu.optimizers import optimizer, update
from .kernels.cpu.pooling import pool
from .kernels.cpu.products import gemm
from .kernels.cpu.randomness import dropout, random
from .kernels.cpu.randomness.generator import Generator
from .kernels.cpu.reductions import reduce, scan
from .kernels.cpu.sequences import attention, recurrent
from .kernels.cpu.sorting import sorting
from .kernels.generated import elementwise
from .tensor_functions import tensor
from .tensor_ops import TensorBackend

Array = NDArray[Any]

# Elements of a side: the squares are below and above the sizes from which threads are used.
SMALL, LARGE = 8, 600

ARITHMETIC = ("add", "sub", "mul", "true_divide", "neg", "pow", "square", "sqrt", "reciprocal")
FUNCTIONS = ("exp", "log", "abs", "sin", "cos", "maximum", "minimum")
ACTIVATIONS = ("relu", "sigmoid", "tanh", "gelu", "silu", "leaky_relu", "softplus", "elu")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _squares(dtype: str, number: int = 1) -> Iterator[list[Array]]:
    """Give operands of a small and of a large size."""
    for side in (SMALL, LARGE):
        yield [np.full((side, side), 0.5 + i, dtype) for i in range(number)]


def _compile_elementwise(names: Sequence[str], dtype: str) -> None:
    """Compile operations and their gradients for dense operands, a row and a column."""
    for name in names:
        operation = getattr(elementwise, name)
        for arrays in _squares(dtype, len(operation.operands)):
            operation(*arrays)
            if len(arrays) > 1:
                operation(arrays[0], arrays[1][:1])
                operation(arrays[0], arrays[1][:, :1])
    for name in dir(elementwise):
        base = name.partition("_backward")[0]
        if base in names and name != base:
            operation = getattr(elementwise, name)
            for arrays in _squares(dtype, len(operation.operands)):
                operation(*arrays)


def _compile_reductions(dtype: str) -> None:
    for (a,) in _squares(dtype):
        for dims in (None, 0, 1):
            for function in (reduce.sum, reduce.mean, reduce.amax, reduce.var, reduce.argmax):
                function(a, dims)
        for dim in (0, 1):
            reduce.max(a, dim)
            scan.cumsum(a, dim)


def _compile_products(dtype: str) -> None:
    for a, b in _squares(dtype, 2):
        gemm.matmul(a, b)
        gemm.matmul(a, b[:, 0])
        gemm.matmul(a.reshape(2, -1, len(a)), b)
        gemm.addmm(b[0], a, b)


def _compile_softmax(dtype: str) -> None:
    for (a,) in _squares(dtype):
        classes = np.zeros(len(a), np.int64)
        for dim in (0, 1):
            for function, backward in (
                (softmax.softmax, softmax.softmax_backward),
                (softmax.log_softmax, softmax.log_softmax_backward),
            ):
                backward(a, function(a, dim), dim)
        loss.cross_entropy(a, classes)
        loss.cross_entropy_with_grad(a, classes)
        loss.nll_loss(a, classes)


def _compile_norms(dtype: str) -> None:
    for (a,) in _squares(dtype):
        row = a[0].copy()
        _, mean, scale = norm.layer_norm(a, row.shape, row, row, 1e-5)
        norm.layer_norm_backward(a, a, row.shape, mean, scale, row)
        for name in ("relu", "gelu"):
            activation.bias_activation(a, row, name)
        images = np.ones((4, 2, *a.shape), dtype)
        weight, bias, average, variance = (np.ones(2, dtype) for _ in range(4))
        norm_channels.batch_norm(images, weight, bias, average, variance, True, 0.1, 1e-5)
        norm_channels.batch_norm(images, weight, bias, average, variance, False, 0.1, 1e-5)


def _compile_convolutions(dtype: str) -> None:
    for images, side in ((1, 8), (64, 28)):
        x, taps = np.ones((images, 8, side, side), dtype), np.ones((8, 8, 3, 3), dtype)
        gray, filters = x[:, :1].copy(), taps[:, :1].copy()
        for image, weight in ((x, taps), (gray, filters)):
            out = conv.conv2d(image, weight, np.ones(8, dtype))
            conv.conv_backward(out, image, weight)
        out, places = pool.max_pool(x, (2, 2))
        pool.max_pool_backward(out, places, x.shape)
        out = pool.avg_pool(x, (2, 2))
        pool.avg_pool_backward(out, x.shape, (2, 2))


def _compile_indexing(dtype: str) -> None:
    for (a,) in _squares(dtype):
        places = np.zeros(a.shape, np.int64)
        lines = places[0].copy()
        indexing.gather(a, 1, places)
        indexing.scatter_add(a, 1, places, a)
        indexing.index_select(a, 0, lines)
        out = embedding.embedding(a, places)
        embedding.embedding_backward(out, places, len(a))
        masking.masked_fill(a, a > 1, 0)
        sorting.sort(a)
        cast.cast(a, "float64" if dtype == "float32" else "float32")
        cast.contiguous(a.T)


def _compile_sequences(dtype: str) -> None:
    for batch in (2, 32):
        x, state = np.ones((8, batch, 32), dtype), np.ones((batch, 32), dtype)
        weight = np.ones((128, 32), dtype)
        out, _, _, saved = recurrent.lstm_layer(x, state, state, weight, weight)
        recurrent.lstm_layer_backward(out, None, None, saved, x, weight, weight)
        query = np.ones((batch, 4, 64, 32), dtype)
        for is_causal in (False, True):
            out, logs = attention.scaled_dot_product_attention(
                query, query, query, is_causal=is_causal
            )
            attention.scaled_dot_product_attention_backward(
                out, query, query, query, out, logs, is_causal=is_causal
            )


def _compile_training(dtype: str) -> None:
    for (a,) in _squares(dtype):
        states = [[a.copy()] for _ in range(3)]
        optimizer.adam(lr=0.1).step(update.ParameterList(*states), [a])
        optimizer.sgd(lr=0.1).step(update.ParameterList([a.copy()]), [a])
        with_momentum = update.ParameterList([a.copy()], [a.copy()])
        optimizer.sgd(lr=0.1, momentum=0.9).step(with_momentum, [a])
        random.uniform_(a.copy(), 0, 1, Generator(0))
        random.normal_(a.copy(), 0, 1, Generator(0))
        out, mask = dropout.dropout(a, 0.5, Generator(0))
        dropout.dropout_backward(out, mask, 0.5)


def _course_tensors() -> None:
    """Call what the course's tensors are made of, on small and on large ones."""
    backend = TensorBackend(FastOps)
    for size in (30, 300):
        a = tensor(np.full((size, size), 0.5), backend=backend, requires_grad=True)
        b = a * a + (a - 1.0) / 2.0
        out = b.sigmoid() + b.relu() + b.exp() + (b + 1.0).log() + (a < b) + (a == b)
        (out.sum() + (a @ b).mean()).sum().backward()


def _course_convolutions() -> None:
    backend = TensorBackend(FastOps)
    for size in (30, 300):
        image = tensor(np.ones((2, 2, size, size)), backend=backend, requires_grad=True)
        kernel = tensor(np.ones((2, 2, 3, 3)), backend=backend, requires_grad=True)
        conv2d(image, kernel).sum().backward()
        line = tensor(np.ones((2, 2, 10 * size)), backend=backend, requires_grad=True)
        window = tensor(np.ones((2, 2, 3)), backend=backend, requires_grad=True)
        conv1d(line, window).sum().backward()


SETS: Mapping[str, Callable[[], None]] = {
    "course: tensors": _course_tensors,
    "course: convolutions": _course_convolutions,
    "torch: tensors": warm_models.tensors,
    "torch: dense networks": warm_models.perceptrons,
    "torch: images": warm_models.images,
    "torch: sequences": warm_models.sequences,
    **{
        f"{dtype}: {title}": partial(_compile_elementwise, names, dtype)
        for dtype in ("float32", "float64")
        for title, names in (
            ("arithmetic", ARITHMETIC),
            ("functions", FUNCTIONS),
            ("activations", ACTIVATIONS),
            ("comparisons", COMPARISONS),
        )
    },
    **{
        f"{dtype}: {title}": partial(compile_them, dtype)
        for dtype in ("float32", "float64")
        for title, compile_them in (
            ("reductions", _compile_reductions),
            ("matrix products", _compile_products),
            ("softmax and losses", _compile_softmax),
            ("norms", _compile_norms),
            ("convolutions and pooling", _compile_convolutions),
            ("indexing and sorting", _compile_indexing),
            ("sequences", _compile_sequences),
            ("optimizers and random numbers", _compile_training),
        )
    },
}
