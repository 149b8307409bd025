"""Second derivatives of functions that one kernel computes as a whole.

Such a function has a kernel for its gradient, which no graph sees into. Where the way back is
recorded, the function is written again with functions of tensors, and the gradient of that is
taken: it has derivatives of every order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..autograd._backward import grad
from .views.views import alias

if TYPE_CHECKING:
    from .._tensor import Tensor


def gradients_of(
    composition: Callable[..., Sequence[Tensor]],
    operands: Sequence[Tensor],
    grads: Sequence[Tensor | None],
    needed: Sequence[bool],
) -> tuple[Tensor | None, ...]:
    """Give the gradients of a composition of functions of tensors, recorded.

    Args:
        composition: takes the operands and gives the results.
        operands: of the function.
        grads: the gradients of its results; None where nothing came back.
        needed: of which operands the gradient is needed.
    """
    # An operand may be computed from another one: the gradient ends at an alias of each.
    aliases = [alias(operand) for operand in operands]
    results = composition(*aliases)
    reached = [
        (result, own)
        for result, own in zip(results, grads, strict=True)
        if own is not None and result._node is not None
    ]
    wanted = [each for each, is_needed in zip(aliases, needed, strict=True) if is_needed]
    roots, gradients = [pair[0] for pair in reached], [pair[1] for pair in reached]
    found = iter(grad(roots, wanted, gradients, create_graph=True, allow_unused=True))
    return tuple([next(found) if is_needed else None for is_needed in needed])
