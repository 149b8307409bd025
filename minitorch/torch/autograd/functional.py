"""Derivatives of functions of tensors: `torch.autograd.functional`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import ChoiceError, GradientError
from .._wrap import Late, wrap
from ..functions.arranging.joining import stack
from ..functions.views.views import reshape, view
from ._backward import grad
from .grad_mode import enable_grad

if TYPE_CHECKING:
    from .._tensor import Tensor

Function = Callable[..., Any]
Vectors = Any


def vjp(
    func: Function,
    inputs: Any,
    v: Vectors = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Give the results of a function, and a vector times its Jacobian.

    Args:
        func: takes and gives tensors.
        inputs: its arguments, one or a tuple.
        v: one tensor for each result; may be left away where that is a single number.
        create_graph: the product can be differentiated.
        strict: raise where a result does not depend on an input, instead of giving zeros.

    Raises:
        GradientError: v is missing or does not fit; or see strict.
    """
    with enable_grad():
        arguments, is_tuple = _arguments(inputs, create_graph)
        results, gives_tuple = _results(func, arguments, strict)
        vectors = _vectors(v, results, "the output of the user-provided function")
        products = _gradients(results, arguments, vectors, create_graph, strict)
    return (
        _packed(_released(results, create_graph), gives_tuple),
        _packed(_released(products, create_graph), is_tuple),
    )


def jvp(
    func: Function,
    inputs: Any,
    v: Vectors = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Give the results of a function, and its Jacobian times a vector.

    It is the derivative of a vjp, which is linear in its vector, so this costs two of those.

    Args:
        func: takes and gives tensors.
        inputs: its arguments, one or a tuple.
        v: one tensor for each input; may be left away where that is a single number.
        create_graph: the product can be differentiated.
        strict: raise where a result does not depend on an input, instead of giving zeros.

    Raises:
        GradientError: v is missing or does not fit; or see strict.
    """
    with enable_grad():
        arguments, _ = _arguments(inputs, create_graph)
        vectors = _vectors(v, arguments, "the inputs")
        results, gives_tuple = _results(func, arguments, strict)
        products = forward_product(results, arguments, vectors, create_graph, strict)
    return (
        _packed(_released(results, create_graph), gives_tuple),
        _packed(_released(products, create_graph), gives_tuple),
    )


def forward_product(
    results: Sequence[Tensor],
    arguments: Sequence[Tensor],
    vectors: Sequence[Tensor],
    create_graph: bool,
    strict: bool = False,
) -> list[Tensor]:
    """Give the Jacobian of results times vectors, by two ways back."""
    weights = [
        wrap(np.zeros(result._shape, result._array.dtype)).requires_grad_() for result in results
    ]
    pulled = _gradients(results, arguments, weights, True, strict)
    return _gradients(pulled, weights, vectors, create_graph, strict)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Give the Jacobian of a function: for each result and input (*result shape, *input shape).

    Args:
        func: takes and gives tensors.
        inputs: its arguments, one or a tuple.
        create_graph: the Jacobian can be differentiated.
        strict: raise where a result does not depend on an input, instead of giving zeros.
        vectorize: makes PyTorch faster; here it is the same.
        strategy: "reverse-mode", or "forward-mode" with vectorize=True.

    Raises:
        ValueError: there is no such strategy.
        GradientError: see strict.
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ChoiceError(
            f'Expected strategy to be either "forward-mode" or "reverse-mode", got {strategy!r}'
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            'strategy="forward-mode" needs vectorize=True, as in PyTorch. Use "reverse-mode".'
        )
    with enable_grad():
        arguments, is_tuple = _arguments(inputs, create_graph)
        results, gives_tuple = _results(func, arguments, strict)
        rows = [
            _packed(
                _released(jacobian_rows(result, arguments, create_graph, strict), create_graph),
                is_tuple,
            )
            for result in results
        ]
    return _packed(rows, gives_tuple)


def jacobian_rows(
    result: Tensor, arguments: Sequence[Tensor], create_graph: bool, strict: bool = False
) -> list[Tensor]:
    """Give the Jacobian of one result with respect to each argument, row by row."""
    rows = []
    for i in range(result._array.size):
        one = np.zeros(result._array.size, result._array.dtype)
        one[i] = 1
        vector = [wrap(one.reshape(result._shape))]
        rows.append(_gradients([result], arguments, vector, create_graph, strict, retain=True))
    jacobians = []
    for place, argument in enumerate(arguments):
        shape = (*result._shape, *argument._shape)
        if rows:
            jacobians.append(reshape(stack([row[place] for row in rows]), shape))
        else:
            jacobians.append(wrap(np.zeros(shape, argument._array.dtype)))
    return jacobians


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Give the second derivatives of a function of a single number.

    Args:
        func: takes tensors, and gives a single number.
        inputs: its arguments, one or a tuple.
        create_graph: the Hessian can be differentiated.
        strict: raise where the result does not depend on an input, instead of giving zeros.
        vectorize: makes PyTorch faster; here it is the same.
        outer_jacobian_strategy: as that of `jacobian`.

    Returns:
        For one input (*shape, *shape); for several a tuple of tuples.

    Raises:
        RuntimeError: the function gives something else.
    """
    is_tuple = isinstance(inputs, tuple | list)

    def gradient(*arguments: Tensor) -> Any:
        result = _single(func(*arguments))
        given = _gradients([result], arguments, [None], True, strict)
        return tuple(given) if is_tuple else given[0]

    return jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def vhp(
    func: Function,
    inputs: Any,
    v: Vectors = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Give the result of a function, and a vector times its Hessian; see `vjp`."""
    with enable_grad():
        arguments, is_tuple = _arguments(inputs, create_graph)
        vectors = _vectors(v, arguments, "the inputs")
        result = _single(func(*arguments))
        first = _gradients([result], arguments, [None], True, strict)
        products = _gradients(first, arguments, vectors, create_graph, strict)
    return (
        _released([result], create_graph)[0],
        _packed(_released(products, create_graph), is_tuple),
    )


def hvp(
    func: Function,
    inputs: Any,
    v: Vectors = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """Give the result of a function, and its Hessian times a vector.

    The Hessian is symmetric, so this is `vhp`.
    """
    return vhp(func, inputs, v, create_graph, strict)


# ---- arguments and results


def _arguments(inputs: Any, create_graph: bool) -> tuple[list[Tensor], bool]:
    """Give the inputs as new places in the graph, connected to the old ones for create_graph."""
    is_tuple = isinstance(inputs, tuple | list)
    given = list(inputs) if is_tuple else [inputs]
    for place, value in enumerate(given):
        if not isinstance(value, Late.Tensor):
            raise TypeError(
                "The inputs given to the function must be either a Tensor or a tuple of Tensors "
                f"but the value at index {place} has type {type(value)}."
            )
    return [fresh(value, create_graph) for value in given], is_tuple


def fresh(tensor: Tensor, is_connected: bool) -> Tensor:
    """Give a tensor of the same memory to differentiate with respect to.

    Args:
        tensor: floats.
        is_connected: derivatives of derivatives flow on into the tensor.
    """
    if is_connected and tensor._node is not None:
        return view(tensor, tensor._shape)
    return tensor.detach().requires_grad_()


def _results(func: Function, arguments: list[Tensor], strict: bool) -> tuple[list[Tensor], bool]:
    """Compute a function, and give its results as a list.

    Raises:
        TypeError: they are no tensors.
        GradientError: strict, and one depends on no input.
    """
    output = func(*arguments)
    gives_tuple = isinstance(output, tuple | list)
    results = list(output) if gives_tuple else [output]
    for place, result in enumerate(results):
        if not isinstance(result, Late.Tensor):
            raise TypeError(
                "The outputs of the user-provided function must be either a Tensor or a tuple of "
                f"Tensors but the value at index {place} has type {type(result)}."
            )
        if strict and result._node is None:
            raise GradientError(
                f"Output {place} of the user-provided function does not require gradients. The "
                "outputs must be computed in a differentiable manner from the input when running "
                "in strict mode."
            )
    return results, gives_tuple


def _single(output: Any) -> Tensor:
    """Check that a function gave one number.

    Raises:
        RuntimeError: it gave something else.
    """
    result = output[0] if isinstance(output, tuple) and len(output) == 1 else output
    is_tensor = isinstance(result, Late.Tensor)
    if not is_tensor or result._array.size != 1:
        raise GradientError(
            "The function given to hessian should return a single Tensor with a single element, "
            f"got {list(result._shape) if is_tensor else type(output).__name__}"
        )
    return result


def _vectors(v: Any, tensors: Sequence[Tensor], whose: str) -> list[Tensor]:
    """Check the vectors of a product; single numbers have one without being told.

    Raises:
        GradientError: they are missing or do not fit.
    """
    if v is None:
        if len(tensors) != 1 or tensors[0]._array.size != 1:
            raise GradientError(f"The vector v can only be None if {whose} is a single element.")
        return [wrap(np.ones(tensors[0]._shape, tensors[0]._array.dtype))]
    vectors = list(v) if isinstance(v, tuple | list) else [v]
    if len(vectors) != len(tensors):
        raise GradientError(
            f"v is a tuple of invalid length: should be {len(tensors)} but got {len(vectors)}."
        )
    for place, (vector, tensor) in enumerate(zip(vectors, tensors, strict=True)):
        if vector._shape != tensor._shape:
            raise GradientError(
                f"Entry {place} in v has invalid size: should be {list(tensor._shape)} but got "
                f"{list(vector._shape)}."
            )
    return vectors


def _gradients(
    results: Sequence[Tensor],
    arguments: Sequence[Tensor],
    vectors: Sequence[Tensor | None],
    create_graph: bool,
    strict: bool,
    retain: bool | None = True,
) -> list[Tensor]:
    """Give the gradients of those results that have any, zeros where there are none."""
    pairs = [(r, v) for r, v in zip(results, vectors, strict=True) if r._node is not None]
    if pairs:
        roots, weights = [r for r, _ in pairs], [v for _, v in pairs]
        found = grad(roots, arguments, weights, retain, create_graph, allow_unused=True)
    else:
        found = (None,) * len(arguments)
    if strict and any(own is None for own in found):
        place = found.index(None)
        raise GradientError(
            f"The output of the user-provided function is independent of input {place}. This is "
            "not allowed in strict mode."
        )
    return [
        wrap(np.zeros(argument._shape, argument._array.dtype)) if own is None else own
        for own, argument in zip(found, arguments, strict=True)
    ]


def _released(tensors: Sequence[Tensor], create_graph: bool) -> list[Tensor]:
    """Take results out of the graph, unless they are meant to be in it."""
    return list(tensors) if create_graph else [tensor.detach() for tensor in tensors]


def _packed(values: Sequence[Any], is_tuple: bool) -> Any:
    return tuple(values) if is_tuple else values[0]
