"""Functions with a way back of their own behave as PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .leaves import draw, leaf

theirs = pytest.importorskip("torch")

Program = Callable[[Any], Any]


def plain(value: Any) -> Any:
    if isinstance(value, ours.Tensor | theirs.Tensor):
        return value.detach().numpy().tolist()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def cube_of(torch: Any) -> Any:
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x * x * grad_output

    return Cube


def simple(torch: Any) -> Any:
    x = leaf(torch, 3)
    y = cube_of(torch).apply(x)
    name = type(y.grad_fn).__name__, y.grad_fn.name(), repr(y).partition("grad_fn")[2]
    saved = y.grad_fn.saved_tensors[0] is x
    y.sum().backward()
    return y, x.grad, name, saved


def second_derivative(torch: Any) -> Any:
    x = leaf(torch, 3)
    (first,) = torch.autograd.grad(cube_of(torch).apply(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * x).sum(), x, create_graph=True)
    return first, second, torch.autograd.grad(second.sum(), x)


def saves_its_result(torch: Any) -> Any:
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y, None)
            return y

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            y, nothing = ctx.saved_tensors
            assert nothing is None
            return grad_output * y

    x = leaf(torch, 3)
    y = Exp.apply(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    return y, first, second


def other_arguments(torch: Any) -> Any:
    seen = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float, name: str, y: Any, z: Any) -> Any:
            ctx.factor, ctx.name = factor, name
            seen.append(ctx.needs_input_grad)
            return x * factor + y + z

        @staticmethod
        def backward(ctx: Any, grad_output: Any) -> Any:
            seen.append((ctx.needs_input_grad, ctx.name))
            return grad_output * ctx.factor, None, None, grad_output, grad_output, None, None

    x, y, z = leaf(torch, 3), torch.tensor(draw(3)), leaf(torch, 3)
    result = Scale.apply(x, 3.0, "three", y, z)
    seen.append(result.grad_fn.factor)
    edges = [(type(node).__name__, i) for node, i in result.grad_fn.next_functions]
    result.sum().backward()
    seen.append(repr(result.grad_fn).partition(" at ")[0])
    return x.grad, z.grad, y.grad, seen, edges


def several_results(torch: Any) -> Any:
    seen = []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return x * y, (x > 1).sum(), x + y, "word"

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            x, y = ctx.saved_tensors
            seen.append([None if grad is None else plain(grad) for grad in grads])
            return grads[0] * y + grads[2], grads[0] * x + grads[2]

    x, y = leaf(torch, 3), leaf(torch, 3, seed=1)
    product, count, total, word = Both.apply(x, y)
    flags = [product.output_nr, total.output_nr, count.requires_grad, word]
    product.sum().backward(retain_graph=True)
    first = x.grad.clone(), y.grad.clone()
    (product * total).sum().backward()
    return first, x.grad, y.grad, flags, seen, product.grad_fn is total.grad_fn


def gradients_that_did_not_come(torch: Any) -> Any:
    seen = []

    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, first: Any, second: Any) -> Any:
            seen.append((first is None, second is None))
            return second * 3 if first is None else first * 2

    x = leaf(torch, 3)
    Pair.apply(x)[1].sum().backward()
    return x.grad, seen


def a_single_tuple(torch: Any) -> Any:
    class One(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return (x * 2,)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2

    x = leaf(torch, 3)
    result = One.apply(x)
    result[0].sum().backward()
    return len(result), x.grad


def with_setup_context(torch: Any) -> Any:
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, factor: float) -> Any:
            return x * x * factor

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.factor = inputs
            ctx.save_for_backward(x, output)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            x, output = ctx.saved_tensors
            return 2 * grad * output / x, None

    x = leaf(torch, 3)
    y = Product.apply(x, 2.0)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return y, first, torch.autograd.grad(first.sum(), x)


def changes_its_argument(torch: Any) -> Any:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2

    x = leaf(torch, 3)
    y = x * 1.0
    z = Double.apply(y)
    (z * z).sum().backward()
    return z is y, type(y.grad_fn).__name__, y, x.grad


def changes_a_view(torch: Any) -> Any:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2

    x = leaf(torch, 2, 3)
    y = x * 1.0
    Double.apply(y[0])
    (y * y).sum().backward()
    return y, x.grad


def gives_its_argument(torch: Any) -> Any:
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 5 * ctx.saved_tensors[0]

    x = leaf(torch, 3)
    y = Same.apply(x)
    y.sum().backward()
    with torch.no_grad():
        untouched = Same.apply(x).requires_grad
    return y is x, type(y.grad_fn).__name__, x.grad_fn is None, x.grad, untouched


def gives_a_view(torch: Any) -> Any:
    class Flat(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.view(6)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad.view(2, 3) * 7

    x = leaf(torch, 2, 3)
    y = x * 1.0
    z = Flat.apply(y)
    z.sum().backward()
    return type(z.grad_fn).__name__, x.grad


def marked_results(torch: Any) -> Any:
    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y, z = x * 2, x * 3
            ctx.mark_non_differentiable(z)
            return y, z

        @staticmethod
        def backward(ctx: Any, first: Any, second: Any) -> Any:
            return first * 2 + second

    x = leaf(torch, 3)
    y, z = Sorted.apply(x)
    y.sum().backward()
    return y.requires_grad, z.requires_grad, x.grad


def broadcast_gradients(torch: Any) -> Any:
    class Add(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad, grad

    x, y = leaf(torch, 2, 3), leaf(torch, 3)
    Add.apply(x, y).sum().backward()
    return x.grad, y.grad


def no_gradient(torch: Any) -> Any:
    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return None

    x = leaf(torch, 3)
    (Stop.apply(x) + x).sum().backward()
    return x.grad


def unrecorded(torch: Any) -> Any:
    x = leaf(torch, 3)
    with torch.no_grad():
        first = cube_of(torch).apply(x)
    second = cube_of(torch).apply(x.detach())
    return first.requires_grad, second.requires_grad


def without_saved_tensors_twice(torch: Any) -> Any:
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x + x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad + grad

    x = leaf(torch, 3)
    y = Twice.apply(x).sum()
    y.backward()
    y.backward()
    return x.grad


def once(torch: Any) -> Any:
    class Numeric(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            assert not torch.is_grad_enabled()
            return torch.from_numpy(2 * x.detach().numpy() * grad.detach().numpy())

    x = leaf(torch, 3)
    weights = leaf(torch, 3, seed=1)
    (first,) = torch.autograd.grad((Numeric.apply(x) * weights).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()
    return first, first.requires_grad


PROGRAMS: list[Program] = [
    simple,
    second_derivative,
    saves_its_result,
    other_arguments,
    several_results,
    gradients_that_did_not_come,
    a_single_tuple,
    with_setup_context,
    changes_its_argument,
    changes_a_view,
    gives_its_argument,
    gives_a_view,
    marked_results,
    broadcast_gradients,
    no_gradient,
    unrecorded,
    without_saved_tensors_twice,
    once,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_functions_work_as_in_pytorch(program: Program) -> None:
    mine, peer = [plain(program(torch)) for torch in (ours, theirs)]
    assert len(mine) == len(peer)
    for own, other in zip(mine, peer, strict=True):
        if isinstance(own, list) and own and isinstance(own[0], float):
            np.testing.assert_allclose(own, other, rtol=1e-12)
        else:
            np.testing.assert_equal(own, other)


def function_with(torch: Any, answer: Any, marks: Any = None) -> Any:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float) -> Any:
            if marks is not None:
                marks(ctx, x)
            return x * factor

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return answer(grad)

    return Wrong


def run(answer: Any, marks: Any = None) -> Program:
    def program(torch: Any) -> Any:
        return function_with(torch, answer, marks).apply(leaf(torch, 3), 2.0).sum().backward()

    return program


def freed(torch: Any) -> None:
    y = cube_of(torch).apply(leaf(torch, 3)).sum()
    y.backward()
    y.backward()


def changed(torch: Any) -> None:
    x = leaf(torch, 3) * 1.0
    y = cube_of(torch).apply(x).sum()
    x.add_(1)
    y.backward()


def changed_leaf(torch: Any) -> None:
    class Change(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            x.add_(1)
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad

    Change.apply(leaf(torch, 3))


def without_backward(torch: Any) -> None:
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

    Half.apply(leaf(torch, 3)).sum().backward()


MISTAKES: list[Program] = [
    run(lambda grad: grad),
    run(lambda grad: (grad, None, grad)),
    run(lambda grad: (grad, grad)),
    run(lambda grad: (grad[:2], None)),
    run(lambda grad: (3.0, None)),
    run(lambda grad: (grad, None), lambda ctx, x: ctx.save_for_backward(3)),
    run(lambda grad: (grad, None), lambda ctx, x: ctx.mark_dirty(x)),
    freed,
    changed,
    changed_leaf,
    without_backward,
    lambda torch: torch.autograd.Function.apply(leaf(torch, 3)),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_errors_of_the_same_class(mistake: Program) -> None:
    with pytest.raises(Exception) as peer:
        mistake(theirs)
    with pytest.raises(peer.type):
        mistake(ours)


def test_a_function_is_not_called_as_an_object() -> None:
    cube = cube_of(ours)
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        instance = cube()
    with pytest.raises(RuntimeError, match="apply"):
        instance(leaf(ours, 3))


def test_functions_pass_gradcheck() -> None:
    x = leaf(ours, 4)
    assert ours.autograd.gradcheck(cube_of(ours).apply, x)
    assert ours.autograd.gradgradcheck(cube_of(ours).apply, x)


def test_the_anomaly_of_a_function_is_named() -> None:
    function = function_with(ours, lambda grad: (grad * float("nan"), None))
    with (
        ours.autograd.detect_anomaly(),
        pytest.raises(RuntimeError, match="'WrongBackward' returned nan"),
    ):
        function.apply(leaf(ours, 3), 2.0).sum().backward()
