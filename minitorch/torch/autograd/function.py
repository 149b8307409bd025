"""Functions whose way back users write themselves: `torch.autograd.Function`."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ...errors import GradientError, InPlaceError, ShapeError
from .._node import (
    FIRST,
    SAVED,
    Guard,
    Node,
    freed,
    is_freed,
    is_recording,
    next_number,
    reset_recording,
    set_recording,
)
from .._record import (
    Operation,
    SavedResult,
    SavedTensor,
    output_of,
    record_many,
    run_many,
    run_one,
)
from .._wrap import Late, base_of, wrap, wrap_same
from ..functions._in_place import check_changeable, enter
from ..functions.views.views import sum_to

if TYPE_CHECKING:
    from .._tensor import Tensor


class FunctionCtx:
    """What a function notes on its way forward, for its way back.

    Attributes:
        needs_input_grad: for each argument whether it is a tensor that needs a gradient.
    """

    needs_input_grad: tuple[bool, ...] = ()
    to_save: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    materialize_grads = True
    # The node whose way back is being computed.
    _node: Node | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Save tensors for the way back, which finds them in `saved_tensors`.

        What is saved here is guarded against changes in place, and freed by the backward.
        """
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Save tensors for a derivative that goes forward, as `jvp` in PyTorch."""
        self.saved_for_forward = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved; empty until the way back.

        Raises:
            InPlaceError: some of it was changed in place since.
        """
        return () if self._node is None else saved_by(self._node)

    def mark_dirty(self, *args: Tensor) -> None:
        """Tell which arguments the function has changed in place; it has to return them."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Tell which results need no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Tell whether gradients that do not come are zeros, as by default, or None."""
        self.materialize_grads = value


class Function:
    """A function with a way back of its own.

    A subclass has two static methods, and is called by its `apply`:

        class Cube(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x ** 3

            @staticmethod
            def backward(ctx, grad_output):
                x, = ctx.saved_tensors
                return 3 * x ** 2 * grad_output

        y = Cube.apply(x)

    Where there is a `setup_context(ctx, inputs, output)`, `forward` gets no context. A backward
    that is written with functions of tensors can be differentiated once more.
    """

    _context_class: type[FunctionCtx] = FunctionCtx

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._context_class = type(f"{cls.__name__}Backward", (FunctionCtx,), {})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self).__name__} should not be instantiated: its methods are static. Call "
            f"{type(self).__name__}.apply(...).",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, as PyTorch does.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Make forward "
            f"and backward static, and call {type(self).__name__}.apply(...)."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results: of a context and the arguments, or of the arguments alone."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Note what the way back needs, where forward gets no context."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Give a gradient for each argument, of the gradients of the results."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward()."
        )

    # The other name of backward.
    vjp = backward

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Compute the function, and enter it into the graph.

        Raises:
            RuntimeError: what it marked as changed is not among its results, or is a leaf.
        """
        context = cls._context_class()
        context.needs_input_grad = tuple(
            [isinstance(arg, Late.Tensor) and arg._node is not None for arg in args]
        )
        token = set_recording(False)
        try:
            if cls.setup_context is not Function.setup_context:
                output = cls.forward(*args)
                cls.setup_context(context, args, output)
            else:
                output = cls.forward(context, *args)
        finally:
            reset_recording(token)
        given = output if isinstance(output, tuple) else (output,)
        results = _entered(cls, context, args, given)
        return results if isinstance(output, tuple) else results[0]


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a backward that is not written with functions of tensors.

    It is computed without recording; to differentiate it is an error instead of a wrong number.
    """

    @functools.wraps(fn)
    def backward(ctx: Any, *args: Any) -> Any:
        token = set_recording(False)
        try:
            outputs = fn(ctx, *args)
        finally:
            reset_recording(token)
        needing = [arg for arg in args if isinstance(arg, Late.Tensor) and arg._node is not None]
        if not needing or not is_recording():
            return outputs
        if isinstance(outputs, tuple):
            return tuple([_ended(output, needing) for output in outputs])
        return _ended(outputs, needing)

    return backward


def _ended(output: Any, needing: list[Tensor]) -> Any:
    """Give a gradient that needs one itself, where it is then refused."""
    if not isinstance(output, Late.Tensor):
        return output
    return record_many(wrap_same(output), _ONCE, needing)


def _refuse(grad: Tensor, needed: tuple[bool, ...]) -> NoReturn:
    raise GradientError(
        "trying to differentiate twice a function that was marked with @once_differentiable"
    )


_ONCE = Operation("DelayedErrorBackward", _refuse)


# ---- forward: the place in the graph


def _entered(
    kind: type[Function], context: FunctionCtx, args: tuple[Any, ...], given: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Give the results of a function with their place in the graph."""
    for dirty in context.dirty_tensors:
        if not any(dirty is result for result in given):
            raise InPlaceError(
                "Some elements marked as dirty during the forward method were not returned as "
                "output. The inputs that are modified inplace must all be outputs of the Function."
            )
    results = _separate(context, args, given)
    if not is_recording() or True not in context.needs_input_grad:
        return results
    for dirty in context.dirty_tensors:
        check_changeable(dirty)
    operands = [arg for arg in args if isinstance(arg, Late.Tensor)]
    operation = FunctionOperation(kind, context, args, results)
    nodes = tuple([operand._node for operand in operands])
    run = run_one if len(results) == 1 else run_many
    node: Node = [next_number(), run, None, nodes, None, operation]
    for place, (raw, result) in enumerate(zip(given, results, strict=True)):
        if not isinstance(result, Late.Tensor):
            continue
        if not result._key.is_float or any(raw is each for each in context.non_differentiable):
            continue
        own = node if len(results) == 1 else output_of(node, place)
        if any(raw is dirty for dirty in context.dirty_tensors):
            told = wrap_same(result)
            told._node = own
            enter(result, told)
        else:
            result._node = own
    node += [_guarded(value, i, given, results) for i, value in enumerate(context.to_save)]
    context.to_save = context.dirty_tensors = context.non_differentiable = ()
    return results


def _separate(
    context: FunctionCtx, args: tuple[Any, ...], given: tuple[Any, ...]
) -> tuple[Any, ...]:
    """Replace results that are arguments, views, repeated, or in the graph, by aliases of them."""
    results: list[Any] = []
    for result in given:
        if isinstance(result, Late.Tensor) and not any(
            result is dirty for dirty in context.dirty_tensors
        ):
            known = any(result is each for each in (*args, *results))
            if known or result._node is not None or base_of(result) is not None:
                result = wrap_same(result)
        results.append(result)
    return tuple(results)


def _guarded(
    value: Any, position: int, given: tuple[Any, ...], results: tuple[Any, ...]
) -> Guard | None:
    """Guard a tensor that a function saved."""
    if value is None:
        return None
    if not isinstance(value, Late.Tensor):
        raise TypeError(
            f"save_for_backward can only save variables, but argument {position} is of type "
            f"{type(value).__name__}"
        )
    for place, (raw, result) in enumerate(zip(given, results, strict=True)):
        # An argument that is returned as it is has an alias among the results.
        if value is raw and (raw is result or value._node is None) and result._node is not None:
            return SavedResult(result, None if len(results) == 1 else place)
    return SavedTensor(value)


def saved_by(node: Node) -> tuple[Tensor | None, ...]:
    """Give what a function saved.

    Raises:
        GraphFreedError: a backward has freed it.
        InPlaceError: some of it was changed in place since.
    """
    if is_freed(node):
        raise freed(node)
    return tuple([None if guard is None else guard.unpack(node) for guard in node[SAVED:]])


# ---- backward


class FunctionOperation:
    """A function as far as the graph knows it; there is one for each call.

    Attributes:
        name: of the node.
        context: of the call.
        saves: whether a backward frees something.
    """

    __slots__ = ("are_tensors", "context", "inputs", "kind", "name", "outputs", "saves")

    def __init__(
        self,
        kind: type[Function],
        context: FunctionCtx,
        args: tuple[Any, ...],
        results: tuple[Any, ...],
    ) -> None:
        self.name = type(context).__name__
        self.kind = kind
        self.context = context
        self.saves = bool(context.to_save)
        self.are_tensors = tuple([isinstance(arg, Late.Tensor) for arg in args])
        self.inputs = [(arg._shape, arg._key.dtype) for arg in args if isinstance(arg, Late.Tensor)]
        self.outputs = [
            (result._shape, result._array.dtype) if isinstance(result, Late.Tensor) else None
            for result in results
        ]

    def gradients(self, node: Node, gradient: Any) -> Iterator[tuple[Node, Tensor]]:
        """Give the operands' nodes that need a gradient, and their gradients."""
        arrived = gradient if isinstance(gradient, dict) else {0: gradient}
        context, kind = self.context, self.kind
        backward = kind.backward if kind.vjp is Function.vjp else kind.vjp
        context._node = node
        try:
            answer = backward(
                context, *[self._output(arrived, i) for i in range(len(self.outputs))]
            )
        finally:
            del context._node
        answers = self._one_each(answer if isinstance(answer, tuple | list) else (answer,))
        for place, (operand, own) in enumerate(zip(node[FIRST], answers, strict=True)):
            if operand is not None and own is not None:
                yield operand, self._fitting(own, place)

    def _output(self, arrived: dict[int, Tensor], place: int) -> Tensor | None:
        """Give the gradient of one result, as the function wants it."""
        gradient, output = arrived.get(place), self.outputs[place]
        if gradient is None and output is not None and self.context.materialize_grads:
            return wrap(np.zeros(*output))
        return gradient

    def _one_each(self, answers: Any) -> list[Any]:
        """Give the gradients of the arguments that are tensors.

        Raises:
            RuntimeError: there are too few or too many, or one for what is no tensor.
        """
        count = len(self.are_tensors)
        while len(answers) > count and answers[-1] is None:
            answers = answers[:-1]
        if len(answers) != count:
            raise GradientError(
                f"function {self.name} returned an incorrect number of gradients (expected "
                f"{count}, got {len(answers)})"
            )
        for place, (own, is_tensor) in enumerate(zip(answers, self.are_tensors, strict=True)):
            if own is not None and not is_tensor:
                raise GradientError(
                    f"function {self.name} returned a gradient different from None at position "
                    f"{place + 1}, but the corresponding forward input was not a Variable"
                )
        return [own for own, is_tensor in zip(answers, self.are_tensors, strict=True) if is_tensor]

    def _fitting(self, gradient: Any, place: int) -> Tensor:
        """Give the gradient of an argument in its shape and dtype.

        Raises:
            GradientError: it is no tensor.
            ShapeError: it does not broadcast from the argument's shape.
        """
        if not isinstance(gradient, Late.Tensor):
            raise GradientError(
                f"function {self.name} returned {type(gradient).__name__} at index {place}: a "
                "gradient is a Tensor or None"
            )
        shape, dtype = self.inputs[place]
        if gradient._shape != shape:
            missing = len(gradient._shape) - len(shape)
            sizes = zip(shape, gradient._shape[max(missing, 0) :], strict=False)
            if missing < 0 or any(n not in (1, m) for n, m in sizes):
                raise ShapeError(
                    f"Function {self.name} returned an invalid gradient at index {place} - got "
                    f"{list(gradient._shape)} but expected shape compatible with {list(shape)}"
                )
            gradient = sum_to(gradient, shape)
        return gradient.to(dtype)
