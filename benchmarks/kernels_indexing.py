"""Gather, scatter, embedding, masks, sorting and casts, in float32 where nothing else is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from kernel_case import Case

from minitorch.kernels.cpu.elementwise.cast import cast, contiguous
from minitorch.kernels.cpu.indexing import advanced_indexing, indexing, masking
from minitorch.kernels.cpu.indexing import embedding as embeddings
from minitorch.kernels.cpu.indexing.scatter_reduce import scatter_reduce
from minitorch.kernels.cpu.sorting import sorting, unique


def cases(torch: ModuleType | None, quick: bool) -> Iterator[Case]:
    """List what is measured: torch is None without PyTorch, quick asks for small sizes."""
    for n in (10,) if quick else (10, 1000):
        yield from _lines(torch, n)
    yield from _rows(torch, 10 if quick else 10_000, 64)
    yield from _embedding(torch, *((10, 8, (2, 3)) if quick else (10_000, 128, (32, 128))))
    yield from _masks(torch, 10 if quick else 1000)
    yield from _sorting(torch, *((10, 5) if quick else (100_000, 1000)))
    for n in (10,) if quick else (10, 100, 1000):
        yield from _small_sorts(torch, n)
    yield from _casts(torch, 10 if quick else 1_000_000)
    yield from _layouts(torch, 10 if quick else 2048)


def _case(
    name: str,
    torch: ModuleType | None,
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    *operands: Any,
    bytes: int = 0,
) -> Case:
    """Give a case; both sides take the same operands, arrays or tensors of them."""
    if torch is None:
        return Case(name, lambda: ours(*operands), None, bytes=bytes)
    tensors = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in operands]
    return Case(name, lambda: ours(*operands), lambda: theirs(*tensors), bytes=bytes)


def _numbers(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _indices(size: int, *shape: int) -> Any:
    return np.random.default_rng(1).integers(0, size, shape)


def _lines(torch: ModuleType | None, n: int) -> Iterator[Case]:
    a, src, at = _numbers(n, n), _numbers(n, n, seed=1), _indices(n, n, n)
    for dim in (0, 1):
        title = f"{n}x{n} over {dim}"
        yield _case(
            f"gather {title}",
            torch,
            lambda a, i, dim=dim: indexing.gather(a, dim, i),
            lambda x, i, dim=dim: x.gather(dim, i),
            *(a, at),
            bytes=a.nbytes * 2 + at.nbytes,
        )
        for name in ("scatter", "scatter_add"):
            yield _case(
                f"{name} {title}",
                torch,
                lambda a, i, s, name=name, dim=dim: getattr(indexing, name)(a, dim, i, s),
                lambda x, i, s, name=name, dim=dim: getattr(x, name)(dim, i, s),
                *(a, at, src),
                bytes=a.nbytes * 3 + at.nbytes,
            )
        yield _case(
            f"scatter_reduce amax {title}",
            torch,
            lambda a, i, s, dim=dim: scatter_reduce(a, dim, i, s, "amax"),
            lambda x, i, s, dim=dim: x.scatter_reduce(dim, i, s, "amax"),
            *(a, at, src),
        )
    yield _case(f"take {n}x{n}", torch, indexing.take, lambda x, i: x.take(i), a, at)


def _rows(torch: ModuleType | None, n: int, columns: int) -> Iterator[Case]:
    a, src, at = _numbers(n, columns), _numbers(n, columns, seed=1), _indices(n, n)
    title = f"rows of {n}x{columns}"
    yield _case(
        f"index_select {title}",
        torch,
        lambda a, i: indexing.index_select(a, 0, i),
        lambda x, i: x.index_select(0, i),
        *(a, at),
        bytes=a.nbytes * 2 + at.nbytes,
    )
    yield _case(
        f"index_add {title}",
        torch,
        lambda a, i, s: indexing.index_add(a, 0, i, s),
        lambda x, i, s: x.index_add(0, i, s),
        *(a, at, src),
    )
    yield _case(
        f"index {title}",
        torch,
        lambda a, i: advanced_indexing.index(a, (i,)),
        lambda x, i: x[i],
        *(a, at),
    )
    yield _case(
        f"index_put accumulate {title}",
        torch,
        lambda a, i, s: advanced_indexing.index_put(a, (i,), s, True),
        lambda x, i, s: x.index_put((i,), s, True),
        *(a, at, src),
    )


def _embedding(
    torch: ModuleType | None, rows: int, columns: int, shape: tuple[int, int]
) -> Iterator[Case]:
    weight, at = _numbers(rows, columns), _indices(rows, *shape)
    grad = _numbers(*shape, columns, seed=1)
    title = f"{rows}x{columns}, indices {shape}"

    def backward(grad: Any, indices: Any) -> Any:
        return torch.ops.aten.embedding_dense_backward(grad, indices, rows, -1, False)

    yield _case(
        f"embedding {title}",
        torch,
        embeddings.embedding,
        lambda w, i: torch.embedding(w, i),
        *(weight, at),
        bytes=grad.nbytes * 2 + at.nbytes,
    )
    yield _case(
        f"embedding backward {title}",
        torch,
        lambda g, i: embeddings.embedding_backward(g, i, rows),
        backward,
        *(grad, at),
        bytes=weight.nbytes + grad.nbytes,
    )
    yield _case(
        f"embedding_bag mean {title}",
        torch,
        lambda w, i: embeddings.embedding_bag(w, i, mode="mean")[0],
        lambda w, i: torch.nn.functional.embedding_bag(i, w, mode="mean"),
        *(weight, at),
    )


def _masks(torch: ModuleType | None, n: int) -> Iterator[Case]:
    a, src = _numbers(n, n), _numbers(n, n, seed=1)
    mask = _numbers(n, n, seed=2) > 0
    for name, value in (("masked_fill", (0.5,)), ("masked_select", ()), ("masked_scatter", (src,))):
        yield _case(
            f"{name} {n}x{n}",
            torch,
            getattr(masking, name),
            lambda x, *rest, name=name: getattr(x, name)(*rest),
            *(a, mask, *value),
        )
    yield _case(f"nonzero {n}x{n}", torch, masking.nonzero, lambda m: m.nonzero(), mask)


def _sorting(torch: ModuleType | None, n: int, side: int) -> Iterator[Case]:
    a, rows = _numbers(n), _numbers(side, side)
    ints = (a * 1000).astype(np.int64)
    yield _case(f"sort {n}", torch, lambda a: sorting.sort(a), lambda x: x.sort(), a)
    yield _case(f"sort {n} int64", torch, lambda a: sorting.sort(a), lambda x: x.sort(), ints)
    for dim in (0, 1):
        yield _case(
            f"sort {side}x{side} over {dim}",
            torch,
            lambda a, dim=dim: sorting.sort(a, dim),
            lambda x, dim=dim: x.sort(dim),
            rows,
        )
    for k in (5, n // 10):
        yield _case(
            f"topk {k} of {n}",
            torch,
            lambda a, k=k: sorting.topk(a, k),
            lambda x, k=k: x.topk(k),
            a,
        )
    yield _case(
        f"topk 5 of {side}x{side}", torch, lambda a: sorting.topk(a, 5), lambda x: x.topk(5), rows
    )
    yield _case(
        f"median {side}x{side}", torch, lambda a: sorting.median(a, 1), lambda x: x.median(1), rows
    )
    yield _case(
        f"unique {n} int64",
        torch,
        unique.unique,
        lambda x: x.unique(return_inverse=True, return_counts=True),
        ints,
    )
    yield _case(
        f"searchsorted {n} in {n}",
        torch,
        unique.searchsorted,
        lambda line, x: torch.searchsorted(line, x),
        *(np.sort(a), a),
    )
    yield _case(f"bincount {n}", torch, unique.bincount, lambda x: torch.bincount(x), np.abs(ints))


def _small_sorts(torch: ModuleType | None, n: int) -> Iterator[Case]:
    """Give functions of order on few elements, where the call itself costs most."""
    a = _numbers(n)
    pairs: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        "sort": (sorting.sort, lambda x: x.sort()),
        "topk 5": (lambda a: sorting.topk(a, 5), lambda x: x.topk(5)),
        "kthvalue 5": (lambda a: sorting.kthvalue(a, 5), lambda x: x.kthvalue(5)),
        "median": (sorting.median, lambda x: x.median()),
        "mode": (sorting.mode, lambda x: x.mode()),
        "unique": (unique.unique, lambda x: x.unique(return_inverse=True, return_counts=True)),
    }
    for name, (ours, theirs) in pairs.items():
        yield _case(f"{name} of few, {n}", torch, ours, theirs, a)
    yield _case(
        f"searchsorted of few, {n} in {n}",
        torch,
        unique.searchsorted,
        lambda line, x: torch.searchsorted(line, x),
        *(np.sort(a), a),
    )


def _casts(torch: ModuleType | None, n: int) -> Iterator[Case]:
    pairs = "float32 float64, float64 float32, float32 float16, float16 float32, float32 int64"
    for pair in (pairs + ", int64 float32, bool float32").split(", "):
        of, to = pair.split()
        a = cast(_numbers(n), of)
        yield _case(
            f"cast {of} to {to}, {n}",
            torch,
            lambda a, to=to: cast(a, to),
            lambda x, to=to: x.to(getattr(torch, to)),
            a,
            bytes=a.nbytes + n * np.dtype(to).itemsize,
        )


def _layouts(torch: ModuleType | None, n: int) -> Iterator[Case]:
    a = _numbers(n, n)
    yield _case(
        f"transposed copy {n}x{n}",
        torch,
        lambda a: contiguous(a.T),
        lambda x: x.t().contiguous(),
        a,
        bytes=2 * a.nbytes,
    )
    if n > 64:
        images = _numbers(64, 64, 32, 32)
        yield _case(
            "permuted copy 64x64x32x32 to channels last",
            torch,
            lambda a: contiguous(a.transpose(0, 2, 3, 1)),
            lambda x: x.permute(0, 2, 3, 1).contiguous(),
            images,
            bytes=2 * images.nbytes,
        )
