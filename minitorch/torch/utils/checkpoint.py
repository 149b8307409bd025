"""Parts of a network whose inner results are computed again instead of kept: `checkpoint`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from .._generator import default_generator
from .._node import NUMBER, Node, is_leaf, is_recording, next_number, operands_of
from .._record import OperationOfMany, record_outputs
from .._trees import flat, like
from .._wrap import Late, wrap
from ..autograd._backward import grad
from ..autograd.grad_mode import enable_grad

if TYPE_CHECKING:
    from .._tensor import Tensor

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]


def noop_context_fn() -> Contexts:
    """Give two blocks that do nothing: what `checkpoint` enters by default."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Compute a function, and forget its inner results until backward computes them again.

    Args:
        function: what is computed, twice.
        *args: its arguments.
        use_reentrant: chooses one of two ways in PyTorch; there is one here, which does what
            either does.
        context_fn: gives two blocks, to be entered the first and the second time.
        determinism_check: "default" to compare the results' shapes and dtypes, "none" not to.
        debug: tell more about results that differ; here errors always tell what differs.
        preserve_rng_state: draw the same random numbers the second time.
        **kwargs: the function's arguments by name.

    Raises:
        RuntimeError: the second time the results have other shapes or dtypes.
    """
    first_block, second_block = context_fn()
    if not is_recording():
        with first_block:
            return function(*args, **kwargs)
    state = default_generator.get_state() if preserve_rng_state else None
    begin = next_number()
    with first_block:
        result = function(*args, **kwargs)
    members = list(flat(result))
    places = [i for i, member in enumerate(members) if _needs_gradient(member)]
    if not places:
        return result

    def again() -> list[Any]:
        with enable_grad(), _drawing_from(state), second_block:
            second = list(flat(function(*args, **kwargs)))
        if determinism_check != "none":
            _compare([members_facts[i] for i in places], [second[i] for i in places])
        return [second[i] for i in places]

    members_facts = {i: (members[i]._shape, members[i]._key.dtype) for i in places}
    edge = [_stand_in(node) for node in _edge([members[i]._node for i in places], begin)]
    outputs = [members[i].detach() for i in places]
    for i, output in zip(places, outputs, strict=True):
        members[i] = output
    record_outputs(outputs, _CHECKPOINT, edge, again, _Edge(edge))
    return like(result, members)


class _Edge:
    """The tensors that stand for what a function was computed from; being empty, not guarded.

    Attributes:
        tensors: one for each.
    """

    __slots__ = ("tensors",)

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self.tensors = tensors


def _backward(
    grads: tuple[Any, ...], needed: tuple[bool, ...], again: Callable[[], list[Any]], edge: _Edge
) -> tuple[Any, ...]:
    """Compute the function once more, and bring the gradients through what it computed."""
    outputs = again()
    arrived = [(out, own) for out, own in zip(outputs, grads, strict=True) if own is not None]
    return grad(
        [out for out, _ in arrived],
        edge.tensors,
        [own for _, own in arrived],
        create_graph=is_recording(),
        allow_unused=True,
    )


_CHECKPOINT = OperationOfMany("CheckpointFunctionBackward", _backward)


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """Compute functions one after the other, in segments that are computed again in backward.

    Args:
        functions: a Sequential, or a list of modules or functions.
        segments: how many; the last one is computed once, as usual.
        input: of the first function.
        use_reentrant: see `checkpoint`.
        preserve_rng_state: see `checkpoint`.
    """
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    length = len(steps) // segments

    def run(start: int, end: int) -> Callable[[Any], Any]:
        def segment(value: Any) -> Any:
            for step in steps[start:end]:
                value = step(value)
            return value

        return segment

    for i in range(segments - 1):
        input = checkpoint(
            run(i * length, (i + 1) * length),
            input,
            use_reentrant=use_reentrant,
            preserve_rng_state=preserve_rng_state,
        )
    return run((segments - 1) * length, len(steps))(input)


def _needs_gradient(value: Any) -> bool:
    return isinstance(value, Late.Tensor) and value.requires_grad


def _edge(roots: Sequence[Node], begin: int) -> list[Node]:
    """Find the nodes older than a number that nodes younger than it were computed from."""
    found: dict[int, Node] = {}
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        # Numbers fall: what is older has the greater one.
        if node[NUMBER] > begin:
            found[id(node)] = node
        elif not is_leaf(node):
            stack += [operand for operand in operands_of(node) if operand is not None]
    return list(found.values())


def _stand_in(node: Node) -> Tensor:
    """Make a tensor without elements that has a place in the graph."""
    tensor = wrap(np.empty(0, np.float32))
    tensor._node = node
    return tensor


@contextmanager
def _drawing_from(state: Tensor | None) -> Iterator[None]:
    """Run a block whose random numbers begin at a state, and go on as if it had drawn none."""
    if state is None:
        yield
        return
    before = default_generator.get_state()
    default_generator.set_state(state)
    try:
        yield
    finally:
        default_generator.set_state(before)


def _compare(before: Sequence[tuple[Any, Any]], after: Sequence[Any]) -> None:
    """Check that the second time gave results of the same shapes and dtypes.

    Raises:
        RuntimeError: it did not.
    """
    for i, ((shape, dtype), tensor) in enumerate(zip(before, after, strict=True)):
        if tensor._shape != shape or tensor._key.dtype is not dtype:
            raise RuntimeError(
                f"checkpoint: result {i} had shape {list(shape)} and dtype {dtype}, and when it "
                f"was computed again {list(tensor._shape)} and {tensor._key.dtype}. The "
                "function must do the same both times."
            )
