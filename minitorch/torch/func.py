"""Functions of functions: `torch.func`.

They are compositions of what autograd has: derivatives go backward, forward products are two ways
back, and `vmap` is a loop whose results are stacked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GradientError, ShapeError
from ._missing import missing_from
from ._node import NUMBER
from ._trees import flat, like, mapped
from ._vmap import vmap as vmap
from ._wrap import Late, wrap
from .autograd._backward import grad as _grad
from .autograd._walk import leaves_behind
from .autograd.functional import forward_product, fresh, jacobian_rows
from .autograd.grad_mode import enable_grad, is_grad_enabled
from .functions.arranging.joining import stack

if TYPE_CHECKING:
    from ._tensor import Tensor
    from .nn.modules.module import Module

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


# ---- modules as functions of their parameters


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: MutableMapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers than its own.

    Args:
        module: what is called.
        parameter_and_buffer_dicts: tensors by name, in one dict or several; the module keeps its
            own where there is none.
        args: the argument, or a tuple of all.
        kwargs: arguments by name.
        tie_weights: replace a tensor under all names that it has in the module.
        strict: refuse names that are missing, or that the module does not have.

    Raises:
        ValueError: several dicts have a name, or names of one tensor have several values.
        RuntimeError: names do not fit, and strict is set.
    """
    from .nn.utils.stateless import call_with

    values = parameter_and_buffer_dicts
    if not isinstance(values, MutableMapping):
        values = _merged(values)
    return call_with(module, values, args, kwargs, tie_weights=tie_weights, strict=strict)


def _merged(several: Any) -> dict[str, Any]:
    """Put the entries of several dicts into one.

    Raises:
        ValueError: they are no dicts, or two have the same name.
    """
    if not isinstance(several, Sequence) or not all(isinstance(d, Mapping) for d in several):
        raise ValueError(
            "functional_call: expected parameter_and_buffer_dicts to be a dict, or a list or tuple "
            f"of dicts, got {type(several).__name__}."
        )
    merged: dict[str, Any] = {}
    for values in several:
        repeated = sorted(merged.keys() & values.keys())
        if repeated:
            raise ValueError(
                f"{repeated} appeared in multiple dictionaries; behavior of functional call is "
                "ambiguous"
            )
        merged.update(values)
    return merged


def stack_module_state(
    models: Sequence[Module],
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Stack the parameters and the buffers of modules of one class, for `vmap` over them.

    Args:
        models: at least one; all of one class and in the same mode.

    Returns:
        Two dicts by name, of leaves with a new first dimension: the parameters and the buffers.

    Raises:
        RuntimeError: there is no module, or they differ in class, mode or in what needs a gradient.
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    return _stacked(parameters), _stacked(buffers)


def _stacked(several: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    stacked = {}
    for name, first in several[0].items():
        tensors = [values[name] for values in several]
        if any(tensor.requires_grad != first.requires_grad for tensor in tensors):
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        whole = stack([tensor.detach() for tensor in tensors])
        stacked[name] = whole.requires_grad_(first.requires_grad)
    return stacked


# ---- levels: a function may be differentiated within another one


class _Level:
    """One differentiation: the arguments that it is for, and what else is in the graph.

    Args:
        trees: the arguments.
    """

    def __init__(self, trees: Any) -> None:
        self.is_outer_recorded = is_grad_enabled()
        self.arguments = mapped(self._entered, trees)
        self.tensors: list[Tensor] = [v for v in flat(self.arguments) if _is_tensor(v)]

    def _entered(self, value: Any) -> Any:
        if not _is_tensor(value):
            return value
        return fresh(value, self.is_outer_recorded)

    def is_nested(self, results: Sequence[Tensor]) -> bool:
        """Tell whether results depend on something outside that needs a gradient, too."""
        if not self.is_outer_recorded:
            return False
        own = {tensor._node[NUMBER] for tensor in self.tensors if tensor._node is not None}
        return any(
            leaf[NUMBER] not in own
            for result in results
            if result._node is not None
            for leaf in leaves_behind(result._node)
        )

    def gradients(
        self, results: Sequence[Tensor], weights: Sequence[Tensor | None], create_graph: bool
    ) -> list[Tensor]:
        """Give the gradients of results, zeros where they do not depend on an argument."""
        pairs = [(r, w) for r, w in zip(results, weights, strict=True) if r._node is not None]
        if not pairs:
            return [_zeros_like(tensor) for tensor in self.tensors]
        roots, given = [r for r, _ in pairs], [w for _, w in pairs]
        found = _grad(
            roots, self.tensors, given, retain_graph=True, create_graph=create_graph,
            allow_unused=True, materialize_grads=True,
        )  # fmt: skip
        return list(found)

    def released(self, tree: Any, is_nested: bool) -> Any:
        """Give results without this level's graph."""
        return tree if is_nested else mapped(lambda v: v.detach() if _is_tensor(v) else v, tree)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Late.Tensor)


def _zeros_like(tensor: Tensor) -> Tensor:
    return wrap(np.zeros(tensor._shape, tensor._array.dtype))


def _chosen(args: tuple[Any, ...], argnums: Argnums) -> tuple[int, ...]:
    """Give the places of the arguments to differentiate with respect to.

    Raises:
        RuntimeError: there is no such argument.
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for place in places:
        if not -len(args) <= place < len(args):
            raise GradientError(f"Got argnum={place}, but only {len(args)} positional inputs")
    return tuple([place % len(args) for place in places])


def _computed(
    func: Function, args: tuple[Any, ...], places: tuple[int, ...], kwargs: dict[str, Any]
) -> tuple[_Level, Any]:
    """Compute a function with new places in the graph for some arguments."""
    level = _Level(tuple([args[place] for place in places]))
    inner = list(args)
    for place, argument in zip(places, level.arguments, strict=True):
        inner[place] = argument
    return level, func(*inner, **kwargs)


def _split(output: Any, has_aux: bool) -> tuple[Any, Any]:
    if not has_aux:
        return output, None
    if not (isinstance(output, tuple) and len(output) == 2):
        raise GradientError("has_aux=True: the function has to give a tuple (output, aux).")
    return output


# ---- gradients of functions of a single number


def grad_and_value(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """Give a function that computes the gradient of another one, and its value.

    Args:
        func: gives a tensor with one element.
        argnums: with respect to which arguments: tensors, or trees of tensors.
        has_aux: func gives a tuple of that tensor and something else, which is handed on.
    """

    @functools.wraps(func)
    def computed(*args: Any, **kwargs: Any) -> Any:
        places = _chosen(args, argnums)
        is_outer_recorded = is_grad_enabled()
        with enable_grad():
            level, output = _computed(func, args, places, kwargs)
            level.is_outer_recorded = is_outer_recorded
            value, aux = _split(output, has_aux)
            if not _is_tensor(value) or value._array.ndim:
                raise GradientError(
                    "Expected the function given to grad to return a scalar tensor, got "
                    f"{list(value._shape) if _is_tensor(value) else type(value).__name__}"
                )
            is_nested = level.is_nested([value])
            found = level.gradients([value], [None], is_nested)
        gradients = like(level.arguments, level.released(found, is_nested))
        result = gradients[0] if isinstance(argnums, int) else gradients
        value, aux = level.released((value, aux), is_nested)
        return (result, (value, aux)) if has_aux else (result, value)

    return computed


def grad(func: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """Give a function that computes the gradient of another one; see `grad_and_value`."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def computed(*args: Any, **kwargs: Any) -> Any:
        result, value = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    return computed


# ---- products with the Jacobian


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """Compute a function, and give with the result a function of vectors times its Jacobian.

    Args:
        func: takes the primals.
        *primals: tensors or trees of tensors.
        has_aux: func gives a tuple of its result and something else, which is handed on.

    Returns:
        (result, vjp_fn) or (result, vjp_fn, aux). vjp_fn takes what has the form of the result.
    """
    is_outer_recorded = is_grad_enabled()
    with enable_grad():
        level, output = _computed(func, primals, tuple(range(len(primals))), {})
        level.is_outer_recorded = is_outer_recorded
    output, aux = _split(output, has_aux)
    results = list(flat(output))
    is_nested = level.is_nested(results)

    def vjp_fn(
        *cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None
    ) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        weights = list(flat(given))
        if len(weights) != len(results):
            raise GradientError(
                f"vjp: the function gives {len(results)} tensors, got {len(weights)} vectors."
            )
        follows = is_nested or any(w._node is not None for w in weights if _is_tensor(w))
        is_recorded = (follows and is_grad_enabled()) if create_graph is None else create_graph
        with enable_grad():
            found = level.gradients(results, weights, is_recorded)
        return like(level.arguments, level.released(found, is_recorded))

    result = level.released(output, is_nested)
    return (result, vjp_fn, level.released(aux, is_nested)) if has_aux else (result, vjp_fn)


def jvp(
    func: Function,
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> Any:
    """Compute a function, and its Jacobian times vectors.

    Args:
        func: takes the primals.
        primals: a tuple of tensors or trees of tensors.
        tangents: of the same form.
        strict: raise where a result does not depend on a primal, instead of giving zeros.
        has_aux: func gives a tuple of its result and something else, which is handed on.

    Returns:
        (result, product) or (result, product, aux).
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise GradientError("jvp: primals and tangents are tuples.")
    vectors = list(flat(tangents))
    is_outer_recorded = is_grad_enabled()
    with enable_grad():
        level, output = _computed(func, primals, tuple(range(len(primals))), {})
        level.is_outer_recorded = is_outer_recorded
        output, aux = _split(output, has_aux)
        results = list(flat(output))
        for tensor, vector in zip(level.tensors, vectors, strict=True):
            if tensor._shape != vector._shape:
                raise ShapeError(
                    f"jvp: a tangent of shape {list(vector._shape)} does not fit a primal of shape "
                    f"{list(tensor._shape)}"
                )
        is_nested = level.is_nested([*results, *vectors])
        found = forward_product(results, level.tensors, vectors, is_nested, strict)
    product = level.released(like(output, found), is_nested)
    result = level.released(output, is_nested)
    return (result, product, level.released(aux, is_nested)) if has_aux else (result, product)


# ---- whole Jacobians


def jacrev(
    func: Function,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Function:
    """Give a function that computes the Jacobian of another one, row by row.

    Args:
        func: gives a tensor or a tree of tensors.
        argnums: with respect to which arguments: tensors, or trees of tensors.
        has_aux: func gives a tuple of its result and something else, which is handed on.
        chunk_size: saves memory in PyTorch; here rows are computed one by one anyway.
    """

    @functools.wraps(func)
    def computed(*args: Any, **kwargs: Any) -> Any:
        places = _chosen(args, argnums)
        is_outer_recorded = is_grad_enabled()
        with enable_grad():
            level, output = _computed(func, args, places, kwargs)
            level.is_outer_recorded = is_outer_recorded
            output, aux = _split(output, has_aux)
            is_nested = level.is_nested(list(flat(output)))

            def rows(result: Tensor) -> Any:
                found = jacobian_rows(result, level.tensors, is_nested)
                own = like(level.arguments, found)
                return own[0] if isinstance(argnums, int) else own

            jacobians = mapped(rows, output)
        jacobians, aux = level.released((jacobians, aux), is_nested)
        return (jacobians, aux) if has_aux else jacobians

    return computed


def jacfwd(
    func: Function,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Function:
    """Give a function that computes the Jacobian of another one.

    It is `jacrev`: a forward product costs two ways back here, so nothing is won by columns.

    Args:
        func: see `jacrev`; so are argnums and has_aux.
        randomness: func is computed once, so each choice is the same.
    """
    if randomness not in ("error", "different", "same"):
        raise GradientError(f"randomness is 'error', 'different' or 'same', got {randomness!r}")
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Function, argnums: Argnums = 0) -> Function:
    """Give a function that computes the second derivatives of another one."""
    return jacfwd(jacrev(func, argnums), argnums)


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
