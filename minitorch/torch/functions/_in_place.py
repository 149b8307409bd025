"""Functions that change a tensor instead of making one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DTypeError, InPlaceError, LayoutError, ShapeError
from ...kernels.cpu.elementwise.cast import copy_
from .. import _dtype
from .._node import FIRST, SAVED, Node, is_leaf, is_recording
from .._record import count_change, is_output, node_name
from .._ways import SINGLE_OF_FLOAT, SINGLE_OF_INT
from .._wrap import Late, base_of, wrap, wrap_same
from ._parts import renew_graph, renew_views
from .pointwise._engine import Pointwise
from .pointwise._general import general, is_taken

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]


def in_place(
    operation: Pointwise,
    target: Tensor,
    values: Sequence[Any],
    parameters: Mapping[str, float] | None = None,
) -> Tensor:
    """Compute an elementwise operation, and put the result into its first operand.

    Raises:
        InPlaceError: that is a leaf that needs a gradient, and steps are recorded.
        DTypeError: the result has a higher category than the target's dtype.
        ShapeError: the result has another shape.
    """
    if target._node is not None:
        check_changeable(target)
    if len(values) == 3 or parameters:
        if _compute_all_into(operation, target, values, parameters or {}):
            return target
    elif _compute_into(operation, target, values):
        return target
    first = _first_operand(operation, target, values)
    result = general(operation, (first, *values[1:]), None, parameters or {})
    return replace(operation.function, target, result)


def _first_operand(operation: Pointwise, target: Tensor, values: Sequence[Any]) -> Tensor:
    """Give the target as it is, or a copy where a gradient needs the values that it loses."""
    if is_recording():
        nodes = [getattr(value, "_node", None) for value in values]
        for node, gradient in zip(nodes, operation.operand_gradients, strict=False):
            if node is not None and "x" in gradient.uses:
                return _copied(target)
    return alias(target)


def _copied(target: Tensor) -> Tensor:
    """Give a tensor of the same values and place in the graph, which a change does not reach."""
    copy = wrap(np.array(target._array, order="C"))
    copy._node = target._node
    return copy


def _compute_into(operation: Pointwise, target: Tensor, values: Sequence[Any]) -> bool:
    """Let the kernel write into the target itself, where there is a short way that allows it."""
    key, shape, array = target._key, target._shape, target._array
    recorded = is_recording()
    if recorded and target._node is not None:
        return False
    if len(values) == 1:
        operands: tuple[Array, ...] = (array,)
        way = operation.same[key.slot][len(shape)]
    elif len(values) == 2:
        other = values[1]
        if other.__class__ is float and operation.takes_number:
            other = SINGLE_OF_FLOAT[key.slot](other)
        elif other.__class__ is int and operation.takes_number:
            other = SINGLE_OF_INT[key.slot](other)
        if other.__class__ is not Late.Tensor or other._key is not key:
            return False
        if (recorded and other._node is not None) or _overlap(array, other._array):
            return False
        operands = (array, other._array)
        table = operation.same if other._shape == shape else operation.single
        way = table[key.slot][len(shape)] if table is operation.same or not other._shape else ()
        if way is None and table is operation.single and is_taken(operation, key):
            way = operation.ways.learn_single(key, len(shape))
    else:
        return False
    if not way or way[4] is not key:
        return False
    if array.size > way[2]:
        operation.kernel(*operands, out=array)
    else:
        way[0](way[1], *operands, array, ())
    count_change(target)
    return True


def _compute_all_into(
    operation: Pointwise, target: Tensor, values: Sequence[Any], parameters: Mapping[str, float]
) -> bool:
    """Let the kernel write into the target itself, if all are dense and none is in the graph."""
    key, shape, array = target._key, target._shape, target._array
    if values[0] is not target or not is_taken(operation, key):
        return False
    arrays = [array]
    recorded = is_recording()
    for other in values[1:]:
        if other.__class__ is float and operation.numbered is not operation:
            other = SINGLE_OF_FLOAT[key.slot](other)
        elif other.__class__ is not Late.Tensor or other._shape != shape:
            return False
        if other is None or other._key is not key or _overlap(array, other._array):
            return False
        if recorded and other._node is not None:
            return False
        arrays.append(other._array)
    if recorded and target._node is not None:
        return False
    operation.kernel(*arrays, out=array, **parameters)
    count_change(target)
    return True


def _overlap(target: Array, other: Array) -> bool:
    """Tell whether two arrays may share memory, other than by being the same."""
    if target is other or (target.base is None and other.base is None):
        return False
    return np.may_share_memory(target, other)


def change(function: Callable[..., Tensor], target: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Compute a function of a tensor, and put the result into that tensor.

    Raises:
        InPlaceError, DTypeError, ShapeError: see `in_place`; and what the function raises.
    """
    check_changeable(target)
    before = target
    if is_recording() and any(getattr(value, "_node", None) for value in (target, *args)):
        before = _copied(target)
    return replace(function.__name__, target, function(before, *args, **kwargs))


def alias(target: Tensor) -> Tensor:
    """Give a second tensor of the same memory and place in the graph.

    What an operation saves of its operand must not be the tensor that gets its result: the node
    would hold itself. Nor must it show the result: it counts changes with the tensor.
    """
    if target._node is None or not is_recording():
        return target
    result = wrap_same(target)
    result._node = target._node
    return result


def check_changeable(target: Tensor) -> None:
    """Check that a tensor may be changed now.

    Raises:
        InPlaceError: steps are recorded, and it is a leaf that needs a gradient, a view of one, or
            one of several views that one function gave.
    """
    if not is_recording():
        return
    if target._node is not None and is_leaf(target._node):
        raise InPlaceError(
            "a leaf Variable that requires grad is being used in an in-place operation. Change it "
            "under no_grad(), or a clone() of it."
        )
    base = base_of(target)
    if base is not None and base._node is not None and is_leaf(base._node):
        raise InPlaceError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation. "
            "Change it under no_grad(), or a clone() of it."
        )
    if base is not None and base._node is not None and target._node is not None:
        _check_single_view(target._node, base._node)


def _check_single_view(node: Node, base: Node) -> None:
    """Check the way of a view from its base: no step may have given several views at once.

    Raises:
        InPlaceError: one did.
    """
    while node is not base and not is_leaf(node):
        # The border of a module with hooks is no view: gradients pass it whatever is changed.
        if is_output(node) and (name := node_name(node)) != "BackwardHookFunctionBackward":
            raise InPlaceError(
                f"Output {node[SAVED]} of {name.removesuffix('Backward0')} is a view and "
                "is being modified inplace. It is one of several views that one function gave, "
                "such as split, chunk, unbind or a loop over a tensor. Compute a new tensor, "
                "change a clone() of it, or change the part x[i] of the whole."
            )
        nodes = node[FIRST]
        before = nodes[0] if isinstance(nodes, tuple) else nodes
        if before is None:
            return
        node = before


def replace(function: str, target: Tensor, result: Tensor) -> Tensor:
    """Put a result into a tensor's memory, and its node into the tensor.

    Args:
        function: for the texts of errors.
        target: what is changed; `check_changeable` has seen it.
        result: of the same shape, and a dtype that does not lose its category.

    Raises:
        DTypeError: the result has a higher category than the target's dtype.
        ShapeError: the result has another shape.
        LayoutError: several elements of the target lie in one place.
    """
    if not _dtype.can_cast(result._key.dtype, target._key.dtype):
        raise DTypeError(
            f"{function}: result type {result._key.dtype} can't be cast to the desired output type "
            f"{target._key.dtype}"
        )
    if result._shape != target._shape:
        raise ShapeError(
            f"{function}: output with shape {list(target._shape)} doesn't match the broadcast "
            f"shape {list(result._shape)}"
        )
    steps = zip(target._array.strides, target._shape, strict=True)
    if target._array.size and any(s == 0 and n > 1 for s, n in steps):
        raise LayoutError(
            "unsupported operation: more than one element of the written-to tensor refers to a "
            f"single memory location: shape {list(target._shape)} with strides {target.stride()}. "
            "Please clone() the tensor before performing the operation."
        )
    copy_(target._array, result._array)
    count_change(target)
    if is_recording():
        told = result if result._key.dtype is target._key.dtype else result.to(target._key.dtype)
        enter(target, told)
    return target


def enter(target: Tensor, result: Tensor) -> None:
    """Give a tensor that was changed in place, its base and its views their new places."""
    if target._kept is not None and result._node is not None:
        from ..autograd._hooks import move_kept

        move_kept(target, result._node)
    base = base_of(target)
    if base is None:
        if target._node is not result._node:
            target._node = result._node
            renew_views(target)
    elif base._node is not None or result._node is not None:
        renew_graph(base, target, result)
