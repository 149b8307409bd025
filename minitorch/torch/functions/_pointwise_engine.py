"""How an elementwise function of tensors is computed, and how its gradients go back.

Most calls are of dense tensors of one dtype and one shape: `unary` and `binary` see that in one
look, and go straight to the kernel. All others go through `general`, which finds the common dtype,
converts and broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ...errors import DTypeError
from ...kernels.cpu import reduce
from ...kernels.cpu.elementwise import Elementwise
from ...kernels.op_table import ALL, FLOATS, INTEGERS, NUMBERS
from .. import _dtype
from .._key import DENSE, Key
from .._node import FIRST, OPERATION, SAVED, SECOND, Node, is_recording, next_number, send
from .._record import SavedResult, changed_in_place, version_of
from .._wrap import Late, new, wrap
from ._operands import cast, check_operand, common_dtype, tensor_of, write_out

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]

# What a node of a pointwise operation saves: how to fit each gradient to its operand, where that
# was broadcast or converted; the parameters; the result; then each operand with its version.
FITS, PARAMETERS, RESULT, X, X_VERSION, Y, Y_VERSION = range(SAVED, SAVED + 7)
_NO_PARAMETERS: Mapping[str, float] = {}
_NOTHING = (None, 0)

_TAKES = {
    FLOATS: (_dtype.FLOAT,),
    INTEGERS: (_dtype.BOOL, _dtype.INTEGER),
    NUMBERS: (_dtype.INTEGER, _dtype.FLOAT),
    ALL: (_dtype.BOOL, _dtype.INTEGER, _dtype.FLOAT),
}
_NAMES = ("grad", "x", "y", "z", "out")
_GRAD, _OUT = 0, 4


class Gradient:
    """The gradient of one operand.

    Args:
        kernel: computes it; None where it is the gradient of the result itself.
        formula: the same of tensors.
        uses: what both take, in order: "grad", operands ("x", "y", "z"), "out".
        parameters: the names of the operation's parameters that they take as well.
    """

    __slots__ = ("formula", "kernel", "parameters", "places")

    def __init__(
        self,
        kernel: Elementwise | None,
        formula: Callable[..., Any],
        uses: Sequence[str],
        parameters: Sequence[str] = (),
    ) -> None:
        self.kernel = kernel
        self.formula = formula
        self.places = tuple([_NAMES.index(name) for name in uses])
        self.parameters = tuple(parameters)


class Pointwise:
    """An elementwise operation of tensors.

    Args:
        function: PyTorch's name of the function, for the texts of errors.
        name: PyTorch's name of its node.
        kernel: computes it.
        operand_gradients: of each operand; none where there is no gradient.
        argument_names: PyTorch's names of the operands.
    """

    __slots__ = (
        "argument_names",
        "function",
        "is_test",
        "keeps_operand",
        "keeps_result",
        "kernel",
        "name",
        "operand_gradients",
        "result_keys",
        "takes",
        "takes_key",
    )

    def __init__(
        self,
        function: str,
        name: str,
        kernel: Elementwise,
        operand_gradients: Sequence[Gradient] = (),
        argument_names: Sequence[str] = ("input", "other"),
    ) -> None:
        self.function = function
        self.name = name
        self.kernel = kernel
        self.operand_gradients = tuple(operand_gradients)
        self.argument_names = tuple(argument_names)
        used = {place for gradient in operand_gradients for place in gradient.places}
        self.keeps_operand = tuple([place in used for place in (1, 2, 3)])
        self.keeps_result = _OUT in used
        self.takes = _TAKES[kernel.dtypes]
        # Of each dense key, by its dtype's number: whether the kernel takes it, and what it gives.
        self.takes_key = tuple([key.dtype.category in self.takes for key in DENSE])
        self.is_test = kernel.result is bool
        self.result_keys = tuple([DENSE[0] if self.is_test else key for key in DENSE])

    def gradients(self, node: Node, gradient: Tensor) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients, as tensors."""
        for operand, own, fit in _needed(node):
            values = [gradient if place == _GRAD else _kept(node, place) for place in own.places]
            numbers = [node[PARAMETERS][name] for name in own.parameters]
            result = own.formula(*values, *numbers)
            yield operand, result if fit is None else fit.of_tensor(result)


class _Fit:
    """How to turn the gradient of a broadcast or converted operand into one that fits it."""

    __slots__ = ("axes", "dtype", "shape")

    def __init__(self, shape: tuple[int, ...], result_shape: tuple[int, ...], dtype: Any) -> None:
        missing = len(result_shape) - len(shape)
        self.shape = shape
        self.dtype: _dtype.dtype = dtype
        self.axes = (
            *range(missing),
            *(d + missing for d, n in enumerate(shape) if n == 1 != result_shape[d + missing]),
        )

    def of_array(self, gradient: Array) -> Array:
        if self.axes:
            gradient = reduce.sum(gradient, self.axes).reshape(self.shape)
        return cast(gradient, self.dtype)

    def of_tensor(self, gradient: Tensor) -> Tensor:
        if self.axes:
            gradient = gradient.sum(self.axes).reshape(self.shape)
        return gradient.to(self.dtype)


def run(node: Node, gradient: Array, heap: list[Node]) -> None:
    """Bring an array back to the operands."""
    for operand, own, fit in _needed(node):
        if own.kernel is None:
            result = gradient
        else:
            values = [
                gradient if place == _GRAD else _kept(node, place)._array for place in own.places
            ]
            if own.parameters:
                numbers = {name: node[PARAMETERS][name] for name in own.parameters}
                result = own.kernel(*values, **numbers)
            else:
                result = own.kernel(*values)
        send(operand, result if fit is None else fit.of_array(result), heap)


def _needed(node: Node) -> Iterator[tuple[Node, Gradient, _Fit | None]]:
    """Give the operands that need a gradient: the node, what computes it, how to make it fit."""
    own = node[OPERATION].operand_gradients
    fits = node[FITS]
    first = node[FIRST]
    if first.__class__ is tuple:
        for i, operand in enumerate(first):
            if operand is not None:
                yield operand, own[i], fits[i]
        return
    if first is not None:
        yield first, own[0], fits and fits[0]
    if node[SECOND] is not None:
        yield node[SECOND], own[1], fits and fits[1]


def _kept(node: Node, place: int) -> Tensor:
    """Give an operand or the result, as a node saved it.

    Raises:
        InPlaceError: it was changed since.
    """
    if place == _OUT:
        result: Tensor = node[RESULT].unpack(node)
        return result
    tensor: Tensor = node[X + 2 * (place - 1)]
    version = node[X_VERSION + 2 * (place - 1)]
    if version_of(tensor) != version:
        raise changed_in_place(node, tensor._shape, version_of(tensor), version)
    return tensor


def apply(
    operation: Pointwise,
    values: tuple[Any, ...],
    out: Tensor | None = None,
    parameters: Mapping[str, float] = _NO_PARAMETERS,
) -> Tensor:
    """Compute an operation of tensors and numbers, the short way where there is one."""
    if out is None and not parameters:
        if len(values) == 2:
            return binary(operation, *values)
        if len(values) == 1:
            return unary(operation, *values)
    return general(operation, values, out, parameters)


# ---- the short ways


def unary(operation: Pointwise, x: Any) -> Tensor:
    """Compute an operation of one operand."""
    try:
        key: Key = x._key
        is_simple = key.dense and operation.takes_key[key.index]
    except AttributeError:
        is_simple = False
    if not is_simple:
        return general(operation, (x,))
    result = new(Late.Tensor)
    result._array = operation.kernel(x._array)
    result._key = operation.result_keys[key.index]
    result._shape = x._shape
    result._version = None
    node = x._node
    if node is not None and operation.operand_gradients and is_recording():
        result._node = [
            next_number(), run, None, node, None, operation, None, _NO_PARAMETERS,
            SavedResult(result) if operation.keeps_result else None,
            *((x, version_of(x)) if operation.keeps_operand[0] else _NOTHING),
        ]  # fmt: skip
    else:
        result._node = None
    return result


def binary(operation: Pointwise, x: Any, y: Any) -> Tensor:
    """Compute an operation of two operands."""
    try:
        key: Key = x._key
        is_simple = (
            key is y._key and key.dense and x._shape == y._shape and operation.takes_key[key.index]
        )
    except AttributeError:
        is_simple = False
    if not is_simple:
        return general(operation, (x, y))
    result = new(Late.Tensor)
    result._array = operation.kernel(x._array, y._array)
    result._key = operation.result_keys[key.index]
    result._shape = x._shape
    result._version = None
    first, second = x._node, y._node
    if (first is not None or second is not None) and operation.operand_gradients and is_recording():
        result._node = [
            next_number(), run, None, first, second, operation, None, _NO_PARAMETERS,
            SavedResult(result) if operation.keeps_result else None,
            *((x, version_of(x)) if operation.keeps_operand[0] else _NOTHING),
            *((y, version_of(y)) if operation.keeps_operand[1] else _NOTHING),
        ]  # fmt: skip
    else:
        result._node = None
    return result


# ---- the way for everything else


def general(
    operation: Pointwise,
    values: Sequence[Any],
    out: Tensor | None = None,
    parameters: Mapping[str, float] = _NO_PARAMETERS,
) -> Tensor:
    """Compute an operation of tensors and numbers, which are converted and broadcast.

    Raises:
        Override: an operand is of a class with a `__torch_function__` of its own.
        TypeError: one is no tensor and no number.
        DTypeError: the operation is not defined for the common dtype.
        ShapeError: the shapes do not broadcast.
    """
    for position, (value, name) in enumerate(
        zip(values, operation.argument_names, strict=True), start=1
    ):
        check_operand(operation.function, value, name, position)
    dtype = _working_dtype(operation, common_dtype(values))
    tensors = [tensor_of(value, dtype) for value in values]
    arrays = [cast(tensor._array, dtype) for tensor in tensors]
    array = operation.kernel(*arrays, **parameters)  # type: ignore[arg-type]
    if out is not None:
        return write_out(operation.function, array, out)
    result = wrap(array)
    if operation.operand_gradients and is_recording() and result._key.is_float:
        nodes = [tensor._node for tensor in tensors]
        if any(node is not None for node in nodes):
            result._node = _general_node(operation, tensors, arrays, result, parameters)
    return result


def _working_dtype(operation: Pointwise, dtype: _dtype.dtype) -> _dtype.dtype:
    """Give the dtype that an operation is computed in."""
    if dtype.category in operation.takes:
        return dtype
    if _dtype.FLOAT in operation.takes and _dtype.INTEGER not in operation.takes:
        return _dtype.get_default_dtype()
    raise DTypeError(
        f"{operation.function}: not implemented for {dtype}; it takes "
        f"{operation.kernel.dtypes}. Convert the operands with to()."
    )


def _general_node(
    operation: Pointwise,
    tensors: Sequence[Tensor],
    arrays: Sequence[Array],
    result: Tensor,
    parameters: Mapping[str, float],
) -> Node:
    """Make the node of operands that were converted or broadcast."""
    dtype = result._key.dtype
    fits = []
    saved: list[Any] = []
    for tensor, array, keeps in zip(tensors, arrays, operation.keeps_operand, strict=False):
        is_same = tensor._shape == result._shape and tensor._key.dtype is dtype
        fits.append(None if is_same else _Fit(tensor._shape, result._shape, tensor._key.dtype))
        if not keeps:
            saved += _NOTHING
        elif tensor._array is array:
            saved += tensor, version_of(tensor)
        else:
            # The converted copy cannot change any more; derivatives of derivatives go through it.
            saved += tensor.to(dtype), 0
    return [
        next_number(), run, None, tuple([tensor._node for tensor in tensors]), None, operation,
        fits, parameters, SavedResult(result) if operation.keeps_result else None, *saved,
    ]  # fmt: skip
