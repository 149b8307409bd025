"""Where a backward begins: which gradient it brings to which node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import GradientError
from .._node import is_recording, reset_recording, set_recording, walk
from .._record import walk_recorded
from .._wrap import wrap

if TYPE_CHECKING:
    from .._tensor import Tensor


def backward(
    tensor: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """Bring a gradient from a tensor to all leaves that it was computed from.

    Raises:
        GradientError: nothing here needs a gradient, or gradient is missing or does not fit.
    """
    if tensor._node is None:
        raise GradientError(
            "element 0 of tensors does not require grad and does not have a grad_fn. Was it "
            "computed under no_grad(), or from detached tensors?"
        )
    first = root_gradient(tensor, gradient)
    retain = create_graph if retain_graph is None else retain_graph
    if not create_graph:
        array = first._array
        dense = array if first._key.dense else np.array(array, order="C")
        walk(tensor._node, dense, retain)
        return
    token = set_recording(True) if not is_recording() else None
    try:
        walk_recorded(tensor._node, first, retain)
    finally:
        if token is not None:
            reset_recording(token)


def root_gradient(tensor: Tensor, gradient: Tensor | None) -> Tensor:
    """Check the gradient that a backward begins with, or make it.

    Raises:
        GradientError: it is missing, and the tensor is not a single number; or it has another
            shape.
    """
    if gradient is None:
        if tensor._array.size != 1:
            raise GradientError(
                "grad can be implicitly created only for scalar outputs, and this tensor has "
                f"shape {list(tensor._shape)}. Call backward(gradient) or reduce it first."
            )
        return wrap(np.ones(tensor._shape, tensor._array.dtype))
    if gradient._shape != tensor._shape:
        raise GradientError(
            f"Mismatch in shape: the gradient has shape {list(gradient._shape)}, and the tensor "
            f"has shape {list(tensor._shape)}."
        )
    return gradient.to(tensor._key.dtype)
