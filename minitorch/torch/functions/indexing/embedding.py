"""Rows of a table, chosen by indices: `torch.nn.functional.embedding`, and `one_hot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np

from ....errors import DTypeError
from ....kernels.cpu.indexing import embedding as kernels
from ....kernels.cpu.indexing.checks import IndexDTypeError
from ... import _dtype
from ..._record import Operation, count_change, record
from ..._wrap import wrap
from .._overrides import public
from .index_slices import index_select

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Take rows of a table.

    Args:
        input: indices, int64 or int32, any shape.
        weight: (V, D).
        padding_idx: a row that gets no gradient; it may count from the end.
        max_norm: rows that are taken and have a larger norm are scaled to it first, in place.
        norm_type: p of that norm.
        scale_grad_by_freq: divide each row's gradient by the number of places where it is taken.
        sparse: must be False: there are no sparse gradients here.

    Returns:
        (*input.shape, D).

    Raises:
        IndexError: an index is outside the table.
        RuntimeError: the indices are no integers, or weight is no matrix.
        AssertionError: padding_idx is outside the table.
        NotImplementedError: sparse is set.
    """
    if sparse:
        refuse_sparse("embedding")
    check_indices("embedding", input)
    if max_norm is not None:
        shorten_rows(input, weight, max_norm, norm_type)
    if not weight._key.is_float:
        rows = index_select(weight, 0, input.reshape((-1,)))
        return rows.reshape((*input._shape, *weight._shape[1:]))
    result = wrap(kernels.embedding(weight._array, input._array, padding_idx))
    if weight._node is None:
        return result
    count = weight._shape[0]
    return record(result, _EMBEDDING, weight, input, count, padding_idx, scale_grad_by_freq)


def rows_back(
    grad: Tensor, indices: Tensor, rows: int, padding_idx: int | None, is_scaled: bool
) -> Tensor:
    """Add up the gradients of all places where a row was taken."""
    array = kernels.embedding_backward(grad._array, indices._array, rows, padding_idx, is_scaled)
    return record(wrap(array), _EMBEDDING_BACK, grad, indices, rows, padding_idx, is_scaled)


def _rows_back_back(
    cotangent: Tensor, indices: Tensor, rows: int, padding_idx: int | None, is_scaled: bool
) -> Tensor:
    """Give each place the cotangent of its row, as much of it as the sum took of the place."""
    taken = embedding(indices, cotangent)
    array = indices._array
    share = np.ones(array.shape, cotangent._array.dtype)
    if is_scaled and array.size:
        share /= np.bincount(array.ravel(), minlength=rows)[array]
    if padding_idx is not None:
        share[array == padding_idx % rows] = 0
    return taken * wrap(share[..., None])


_EMBEDDING = Operation("EmbeddingBackward0", rows_back)
_EMBEDDING_BACK = Operation("EmbeddingDenseBackwardBackward0", _rows_back_back)


def shorten_rows(input: Tensor, weight: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale those rows that are taken and have a larger norm than max_norm, in place."""
    kernels.embedding_renorm_(weight._array, input._array, max_norm, norm_type)
    count_change(weight)


def check_indices(function: str, input: Tensor) -> None:
    """Check that indices are whole numbers of 64 or 32 bits.

    Raises:
        IndexDTypeError: they are not.
    """
    if input._key.dtype not in (_dtype.int64, _dtype.int32):
        raise IndexDTypeError(
            f"{function}: Expected the indices to be of torch.int64 or torch.int32, but got "
            f"{input._key.dtype}. Convert them with to(torch.int64)."
        )


def refuse_sparse(function: str) -> NoReturn:
    """Say that there are no sparse gradients."""
    raise NotImplementedError(
        f"{function}: sparse=True asks for a sparse gradient of the table, which minitorch does "
        "not have. With sparse=False the gradient has the same values."
    )


@public
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Give a 1 at the place of each class, and 0 elsewhere.

    Args:
        tensor: classes, int64, any shape.
        num_classes: how many there are; by default one more than the largest.

    Returns:
        (*tensor.shape, num_classes), int64.

    Raises:
        RuntimeError: a class is negative or not below num_classes, or the dtype is another.
    """
    classes = tensor._array
    if tensor._key.dtype is not _dtype.int64:
        raise DTypeError(
            "one_hot is only applicable to index tensor of type LongTensor, got "
            f"{tensor._key.dtype}. Convert it with long()."
        )
    if not classes.size:
        if num_classes <= 0:
            raise RuntimeError(
                "one_hot: Can not infer total number of classes from empty tensor of shape "
                f"{list(tensor._shape)}: give num_classes."
            )
        return wrap(np.zeros((*tensor._shape, num_classes), np.int64))
    least, most = int(classes.min()), int(classes.max())
    if least < 0:
        raise RuntimeError(f"one_hot: Class values must be non-negative, got {least}.")
    count = most + 1 if num_classes == -1 else num_classes
    if most >= count:
        raise RuntimeError(
            f"one_hot: Class values must be smaller than num_classes, got {most} and {count}."
        )
    array = np.zeros((classes.size, count), np.int64)
    array[np.arange(classes.size), classes.ravel()] = 1
    return wrap(array.reshape(*tensor._shape, count))
