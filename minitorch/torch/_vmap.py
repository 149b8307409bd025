"""A function for each member of a batch: `torch.vmap`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import GradientError
from ._trees import flat, like, mapped
from ._wrap import Late
from .functions.arranging.joining import stack

Function = Callable[..., Any]


def vmap(
    func: Function,
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Function:
    """Give a function that computes another one for each member of a batch.

    It is a loop over the members, whose results are stacked: right for every function, and as fast
    as the loop would be.

    Args:
        func: takes tensors or trees of tensors without the batch's dimension.
        in_dims: where the batch's dimension is in each argument; None for an argument that is the
            same for all. One number for all arguments, or of the form of the arguments.
        out_dims: where it shall be in the results.
        randomness: "different" draws anew for each member; "error" does so too, since random
            functions are not told apart here.
        chunk_size: saves memory in PyTorch; here members are computed one by one anyway.

    Raises:
        ValueError: there is no batch, or there are several sizes.
        NotImplementedError: randomness="same".
    """
    if randomness == "same":
        raise NotImplementedError(
            'vmap: randomness="same" is not there. Draw before, and hand the numbers in with '
            "in_dims=None."
        )
    if randomness not in ("error", "different"):
        raise GradientError(f"randomness is 'error', 'different' or 'same', got {randomness!r}")

    @functools.wraps(func)
    def computed(*args: Any, **kwargs: Any) -> Any:
        dims = _spread_dims(in_dims, args)
        size = _batch_size(args, dims)
        outputs = []
        for i in range(size):
            members = _zipped(lambda v, d: v if d is None else v.select(d, i), args, dims)  # noqa: B023
            named = mapped(lambda v: v.select(0, i) if isinstance(v, Late.Tensor) else v, kwargs)  # noqa: B023
            outputs.append(func(*members, **named))
        return _stacked(outputs, out_dims)

    return computed


def _spread_dims(dims: Any, tree: Any) -> Any:
    """Give the batch's dimension of everything in a tree."""
    if dims is None or isinstance(dims, int):
        return mapped(lambda v: dims if isinstance(v, Late.Tensor) else None, tree)
    if isinstance(dims, dict) and isinstance(tree, dict) and dims.keys() == tree.keys():
        return {name: _spread_dims(dims[name], tree[name]) for name in tree}
    if isinstance(dims, list | tuple) and isinstance(tree, list | tuple) and len(dims) == len(tree):
        return [_spread_dims(d, t) for d, t in zip(dims, tree, strict=True)]
    raise ValueError(f"vmap: in_dims {dims!r} has not the form of the inputs, {len(tree)} of them.")


def _zipped(function: Function, tree: Any, dims: Any) -> Any:
    values = [function(v, d) for v, d in zip(flat(tree), flat(dims), strict=True)]
    return like(tree, values)


def _batch_size(args: Any, dims: Any) -> int:
    """Give the size of the batch.

    Raises:
        ValueError: there is none, it is 0, or there are several.
    """
    sizes = set()
    for value, dim in zip(flat(args), flat(dims), strict=True):
        if dim is None:
            continue
        if not -len(value._shape) <= dim < len(value._shape):
            raise ValueError(
                f"vmap: in_dim {dim} does not exist in an input of shape {list(value._shape)}"
            )
        sizes.add(value._shape[dim])
    if not sizes:
        raise ValueError("vmap: at least one input has to be a tensor with a batch's dimension.")
    if len(sizes) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sorted(sizes)} for the mapped dimension"
        )
    if sizes == {0}:
        raise ValueError("vmap: a batch of size 0 tells nothing about the results.")
    return int(sizes.pop())


def _stacked(outputs: Sequence[Any], out_dims: Any) -> Any:
    """Stack the results of the members, each kind along its dimension."""
    first = outputs[0]
    columns = zip(*[list(flat(output)) for output in outputs], strict=True)
    if isinstance(out_dims, int):
        dims = [out_dims for _ in flat(first)]
    else:
        dims = list(flat(out_dims))
    stacked = []
    for column, dim in zip(columns, dims, strict=True):
        if not isinstance(column[0], Late.Tensor):
            raise ValueError(
                f"vmap: the function has to give tensors, got {type(column[0]).__name__}"
            )
        stacked.append(column[0] if dim is None else stack(column, dim))
    return like(first, stacked)
