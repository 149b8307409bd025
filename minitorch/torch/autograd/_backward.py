"""Where a backward begins: which gradients it brings to which nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ...errors import GradientError
from .._node import walk
from .._record import dense_array
from .._wrap import Late, wrap
from ._walk import Goals, identity, walk_to

if TYPE_CHECKING:
    from .._tensor import Tensor

Tensors: TypeAlias = "Tensor | Sequence[Tensor]"
Gradients: TypeAlias = "Tensor | Sequence[Tensor | None] | None"


def backward(
    tensors: Tensors,
    grad_tensors: Gradients = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Gradients = None,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of tensors to the leaves that they were computed from.

    Args:
        tensors: one or several.
        grad_tensors: the gradients of the final result to them; None for single numbers.
        retain_graph: keep the graph for another backward; by default if it is recorded.
        create_graph: record the steps, so that gradients can be differentiated.
        grad_variables: the old name of grad_tensors.
        inputs: add to the gradients of these tensors alone.

    Raises:
        GradientError: nothing here needs a gradient, or a gradient is missing or does not fit.
    """
    if grad_variables is not None:
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (its old name) cannot both be given."
            )
        grad_tensors = grad_variables
    roots, gradients = _matched(tensors, grad_tensors)
    if inputs is not None and not isinstance(inputs, Late.Tensor) and len(inputs) == 0:
        raise GradientError("`inputs` argument to `backward()` cannot be empty.")
    retain = create_graph if retain_graph is None else bool(retain_graph)
    goals = None
    nodes = needing(roots)
    if inputs is not None:
        targets = _several(inputs)
        target_nodes = needing(targets, is_input=True)
        for target in targets:
            target.retain_grad()
        goals = Goals(nodes, target_nodes, accumulates=True)
    begins = [root_gradient(r, g, i) for i, (r, g) in enumerate(zip(roots, gradients, strict=True))]
    walk_to(list(zip(nodes, begins, strict=True)), retain, create_graph, goals)


def backward_plain(tensor: Tensor, gradient: Tensor | None, retain_graph: bool) -> None:
    """Add the gradients of a tensor to the leaves, the short way.

    Raises:
        GradientError: it needs no gradient, or gradient is missing or does not fit.
    """
    node = tensor._node or needing([tensor])[0]
    walk(node, dense_array(root_gradient(tensor, gradient, 0)), retain_graph)


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Gradients = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Give the gradients of outputs with respect to inputs; nothing is added to `.grad`.

    Args:
        outputs: what is differentiated.
        inputs: with respect to what.
        grad_outputs: the gradients of the final result to outputs; None for single numbers.
        retain_graph: keep the graph for another backward; by default if it is recorded.
        create_graph: record the steps, so that the gradients can be differentiated.
        only_inputs: PyTorch has given up on False.
        allow_unused: give None for inputs that outputs do not depend on.
        is_grads_batched: grad_outputs have one more dimension at the front, and so do the results.
        materialize_grads: give zeros in place of None.

    Raises:
        GradientError: something needs no gradient, does not depend on an input, or does not fit.
        ValueError: allow_unused=False does not go with materialize_grads=True.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
            "allow_unused=False."
        )
    if not only_inputs:
        raise ValueError("only_inputs=False is not there any more. Call backward() instead.")
    arguments = (allow_unused, materialize_grads)
    if is_grads_batched:
        return _grad_of_batch(outputs, inputs, grad_outputs, retain_graph, create_graph, arguments)
    roots, gradients = _matched(outputs, grad_outputs)
    targets = _several(inputs)
    nodes, target_nodes = needing(roots), needing(targets, is_input=True)
    begins = [root_gradient(r, g, i) for i, (r, g) in enumerate(zip(roots, gradients, strict=True))]
    goals = Goals(nodes, target_nodes, accumulates=False)
    retain = create_graph if retain_graph is None else bool(retain_graph)
    walk_to(list(zip(nodes, begins, strict=True)), retain, create_graph, goals)
    found = [goals.found.get(identity(node)) for node in target_nodes]
    return tuple(
        [
            _result(own, target, i, *arguments)
            for i, (own, target) in enumerate(zip(found, targets, strict=True))
        ]
    )


def _result(
    found: Any, target: Tensor, place: int, allow_unused: bool | None, materialize: bool
) -> Tensor | None:
    """Give the gradient of an input as a tensor."""
    if found is not None:
        return found if isinstance(found, Late.Tensor) else wrap(found)
    if materialize:
        return wrap(np.zeros(target._shape, target._array.dtype))
    if not allow_unused:
        raise GradientError(
            f"The differentiated Tensor at index {place} appears to not have been used in the "
            "graph. Set allow_unused=True if this is the desired behavior."
        )
    return None


def _grad_of_batch(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Gradients,
    retain_graph: bool | None,
    create_graph: bool,
    arguments: tuple[bool | None, bool],
) -> tuple[Any, ...]:
    """Give the gradients for each of a batch of gradients of the outputs, stacked."""
    from ..functions.arranging.joining import stack

    batches = [grad_outputs] if isinstance(grad_outputs, Late.Tensor) else list(grad_outputs or ())
    sizes = {len(batch) for batch in batches if batch is not None}
    if len(sizes) != 1:
        raise GradientError(
            "is_grads_batched=True needs grad_outputs that all have the same first dimension, got "
            f"sizes {sorted(sizes)}"
        )
    count = sizes.pop()
    rows = []
    for i in range(count):
        own = [None if batch is None else batch[i] for batch in batches]
        keep = True if i < count - 1 else retain_graph
        rows.append(grad(outputs, inputs, own, keep, create_graph, True, *_named(arguments)))
    return tuple(
        [None if column[0] is None else stack(column) for column in zip(*rows, strict=True)]
    )


def _named(arguments: tuple[bool | None, bool]) -> tuple[bool | None, bool, bool]:
    return arguments[0], False, arguments[1]


# ---- what is given


def _several(given: Any) -> list[Tensor]:
    if isinstance(given, Late.Tensor):
        return [given]
    if given is None:
        raise TypeError("expected a Tensor or a sequence of Tensors, got None")
    return list(given)


def _matched(tensors: Any, gradients: Any) -> tuple[list[Tensor], list[Tensor | None]]:
    """Give tensors and their gradients as lists of one length."""
    roots = _several(tensors)
    if gradients is None:
        return roots, [None] * len(roots)
    given = [gradients] if isinstance(gradients, Late.Tensor) else list(gradients)
    if len(given) != len(roots):
        raise GradientError(f"got {len(roots)} tensors and {len(given)} gradients")
    return roots, given


def needing(tensors: Sequence[Tensor], is_input: bool = False) -> list[Any]:
    """Give the nodes of tensors.

    Raises:
        GradientError: one needs no gradient.
    """
    for i, tensor in enumerate(tensors):
        if tensor._node is None:
            if is_input:
                raise GradientError(
                    "One of the differentiated Tensors does not require grad: number "
                    f"{i}, of shape {list(tensor._shape)}"
                )
            raise GradientError(
                f"element {i} of tensors does not require grad and does not have a grad_fn. Was it "
                "computed under no_grad(), or from detached tensors?"
            )
    return [tensor._node for tensor in tensors]


def root_gradient(tensor: Tensor, gradient: Tensor | None, place: int) -> Tensor:
    """Check the gradient that a backward begins with, or make it.

    Raises:
        GradientError: it is missing, and the tensor is not a single number; or it has another
            shape.
        TypeError: it is no tensor.
    """
    if gradient is None:
        if tensor._array.size != 1:
            raise GradientError(
                "grad can be implicitly created only for scalar outputs, and this tensor has "
                f"shape {list(tensor._shape)}. Call backward(gradient) or reduce it first."
            )
        return wrap(np.ones(tensor._shape, tensor._array.dtype))
    if not isinstance(gradient, Late.Tensor):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        )
    if gradient._shape != tensor._shape:
        raise GradientError(
            f"Mismatch in shape: grad_output[{place}] has a shape of {list(gradient._shape)} and "
            f"output[{place}] has a shape of {list(tensor._shape)}."
        )
    dtype = tensor._key.dtype
    return gradient if gradient._key.dtype is dtype else gradient.to(dtype)
