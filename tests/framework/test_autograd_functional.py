"""Derivatives of functions are those of PyTorch: autograd.functional, gradcheck and torch.func."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours
from minitorch.errors import GradcheckError

Program = Callable[[Any], Any]


def draw(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(0.5, 2.0, shape)


def given(torch: Any, *shape: int, seed: int = 0) -> Any:
    return torch.tensor(draw(*shape, seed=seed))


def cube(x: Any) -> Any:
    return x * x * x.exp()


def product(x: Any, y: Any) -> Any:
    return (x * y).exp(), x + y


def scalar(x: Any) -> Any:
    return (x * x * x.exp()).sum()


def scalar_of_two(x: Any, y: Any) -> Any:
    return (x * x * y).sum() + y.sum()


def unrelated(x: Any, y: Any) -> Any:
    return (x * x).sum()


def x_and_y(torch: Any) -> Any:
    return given(torch, 3), given(torch, 3, seed=1)


FUNCTIONAL: list[Program] = [
    lambda torch: torch.autograd.functional.jacobian(cube, given(torch, 3)),
    lambda torch: torch.autograd.functional.jacobian(cube, given(torch, 2, 2)),
    lambda torch: torch.autograd.functional.jacobian(product, x_and_y(torch)),
    lambda torch: torch.autograd.functional.jacobian(scalar_of_two, x_and_y(torch)),
    lambda torch: torch.autograd.functional.jacobian(unrelated, x_and_y(torch)),
    lambda torch: torch.autograd.functional.jacobian(
        cube, given(torch, 3), vectorize=True, strategy="forward-mode"
    ),
    lambda torch: torch.autograd.functional.hessian(scalar, given(torch, 3)),
    lambda torch: torch.autograd.functional.hessian(scalar, given(torch, 2, 2)),
    lambda torch: torch.autograd.functional.hessian(scalar_of_two, x_and_y(torch)),
    lambda torch: torch.autograd.functional.vjp(cube, given(torch, 3), given(torch, 3, seed=2)),
    lambda torch: torch.autograd.functional.vjp(product, x_and_y(torch), x_and_y(torch)),
    lambda torch: torch.autograd.functional.vjp(scalar, given(torch, 3)),
    lambda torch: torch.autograd.functional.jvp(cube, given(torch, 3), given(torch, 3, seed=2)),
    lambda torch: torch.autograd.functional.jvp(product, x_and_y(torch), x_and_y(torch)),
    lambda torch: torch.autograd.functional.jvp(cube, given(torch, 1)),
    lambda torch: torch.autograd.functional.vhp(scalar, given(torch, 3), given(torch, 3, seed=2)),
    lambda torch: torch.autograd.functional.vhp(scalar_of_two, x_and_y(torch), x_and_y(torch)),
    lambda torch: torch.autograd.functional.hvp(scalar, given(torch, 3), given(torch, 3, seed=2)),
]

FUNC: list[Program] = [
    lambda torch: torch.func.grad(scalar)(given(torch, 3)),
    lambda torch: torch.func.grad(scalar_of_two, argnums=(0, 1))(*x_and_y(torch)),
    lambda torch: torch.func.grad(scalar_of_two, argnums=1)(*x_and_y(torch)),
    lambda torch: torch.func.grad(unrelated, argnums=1)(*x_and_y(torch)),
    lambda torch: torch.func.grad_and_value(scalar)(given(torch, 3)),
    lambda torch: torch.func.grad(lambda x: (scalar(x), x * 2), has_aux=True)(given(torch, 3)),
    lambda torch: torch.func.grad_and_value(lambda x: (scalar(x), x * 3), has_aux=True)(
        given(torch, 3)
    ),
    lambda torch: torch.func.grad(lambda x: torch.func.grad(scalar)(x).sum())(given(torch, 3)),
    lambda torch: torch.func.grad(
        lambda x: (x * torch.func.grad(lambda y: (x * y * y).sum())(x)).sum()
    )(given(torch, 3)),
    lambda torch: torch.func.grad(lambda p: (p["w"] * p["b"][0]).sum())(
        {"w": given(torch, 3), "b": [given(torch, 3, seed=1)]}
    ),
    lambda torch: torch.func.vjp(product, *x_and_y(torch))[1](x_and_y(torch)),
    lambda torch: torch.func.vjp(cube, given(torch, 3))[1](given(torch, 3, seed=1)),
    lambda torch: torch.func.vjp(cube, given(torch, 3))[0],
    lambda torch: torch.func.jvp(cube, (given(torch, 3),), (given(torch, 3, seed=1),)),
    lambda torch: torch.func.jvp(product, x_and_y(torch), x_and_y(torch)),
    lambda torch: torch.func.jacrev(cube)(given(torch, 3)),
    lambda torch: torch.func.jacrev(product, argnums=(0, 1))(*x_and_y(torch)),
    lambda torch: torch.func.jacrev(lambda x: (cube(x), x), has_aux=True)(given(torch, 3)),
    lambda torch: torch.func.jacfwd(cube)(given(torch, 2, 2)),
    lambda torch: torch.func.hessian(scalar)(given(torch, 3)),
    lambda torch: torch.func.vmap(cube)(given(torch, 4, 3)),
    lambda torch: torch.vmap(cube, in_dims=1, out_dims=1)(given(torch, 4, 3)),
    lambda torch: torch.func.vmap(scalar_of_two, in_dims=(0, None))(
        given(torch, 4, 3), given(torch, 3)
    ),
    lambda torch: torch.func.vmap(product, in_dims=(0, 1), out_dims=(0, -1))(
        given(torch, 4, 3), given(torch, 3, 4)
    ),
    lambda torch: torch.func.vmap(torch.func.grad(scalar))(given(torch, 4, 3)),
    lambda torch: torch.func.vmap(
        torch.func.grad(lambda p, x: (p["w"] * x).exp().sum()), in_dims=(None, 0)
    )({"w": given(torch, 3)}, given(torch, 4, 3)),
]


def ensemble(torch: Any) -> Any:
    """Give the stacked state of two layers, what vmap computes with it, and its gradients."""
    models = [torch.nn.BatchNorm1d(3, dtype=torch.float64) for _ in range(2)]
    for number, model in enumerate(models):
        torch.nn.init.constant_(model.weight, number + 2.0)
        model.eval().bias.requires_grad_(False)
    parameters, buffers = torch.func.stack_module_state(models)
    leaves = [(value.is_leaf, type(value).__name__) for value in parameters.values()]
    found = torch.vmap(
        lambda own, rest, x: torch.func.functional_call(models[0], (own, rest), (x,)),
        in_dims=(0, 0, None),
    )(parameters, buffers, given(torch, 4, 3))
    found.sum().backward()
    return parameters, buffers, leaves, found, parameters["weight"].grad


FUNC.append(ensemble)


def assert_same(mine: Any, peer: Any) -> None:
    if isinstance(mine, tuple | list):
        assert type(mine) is type(peer)
        assert len(mine) == len(peer)
        for own, other in zip(mine, peer, strict=True):
            assert_same(own, other)
    elif isinstance(mine, dict):
        assert mine.keys() == peer.keys()
        for name in mine:
            assert_same(mine[name], peer[name])
    elif isinstance(mine, ours.Tensor):
        assert mine.requires_grad == peer.requires_grad
        assert tuple(mine.shape) == tuple(peer.shape)
        np.testing.assert_allclose(
            mine.detach().numpy(), peer.detach().numpy(), rtol=1e-10, atol=1e-12
        )
    else:
        assert mine == peer


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("program", [*FUNCTIONAL, *FUNC])
def test_derivatives_are_those_of_pytorch(program: Program) -> None:
    theirs = pytest.importorskip("torch")
    assert_same(program(ours), program(theirs))


def through_a_product(torch: Any, name: str, *vectors: Any, of: Any = cube) -> Any:
    x = given(torch, 3).requires_grad_()
    function = getattr(torch.autograd.functional, name)
    found = function(of, x, *vectors, create_graph=True)
    second = found[1] if isinstance(found, tuple) else found
    return torch.autograd.grad(second.sum(), x)


RECORDED: list[Program] = [
    lambda torch: through_a_product(torch, "jacobian"),
    lambda torch: through_a_product(torch, "hessian", of=scalar),
    lambda torch: through_a_product(torch, "vjp", given(torch, 3)),
    lambda torch: through_a_product(torch, "jvp", given(torch, 3)),
    lambda torch: through_a_product(torch, "vhp", given(torch, 3), of=scalar),
    lambda torch: through_a_product(torch, "hvp", given(torch, 3), of=scalar),
]


@pytest.mark.parametrize("program", RECORDED)
def test_derivatives_can_be_differentiated(program: Program) -> None:
    theirs = pytest.importorskip("torch")
    assert_same(program(ours), program(theirs))


def captured(torch: Any) -> Any:
    w = given(torch, 3).requires_grad_()
    found = torch.func.grad(lambda x: (w * x * x).sum())(given(torch, 3, seed=1))
    found.sum().backward()
    return found, w.grad


def of_a_leaf(torch: Any) -> Any:
    x = given(torch, 3).requires_grad_()
    found = torch.func.grad(scalar)(x)
    found.sum().backward()
    return found, x.grad


def unrecorded(torch: Any) -> Any:
    x = given(torch, 3).requires_grad_()
    with torch.no_grad():
        return torch.func.grad(scalar)(x), x.grad


@pytest.mark.parametrize("program", [captured, of_a_leaf, unrecorded])
def test_functions_of_functions_are_part_of_the_graph_around_them(program: Program) -> None:
    theirs = pytest.importorskip("torch")
    assert_same(program(ours), program(theirs))


MISTAKES: list[Program] = [
    lambda torch: torch.autograd.functional.vjp(cube, given(torch, 3)),
    lambda torch: torch.autograd.functional.vjp(cube, given(torch, 3), given(torch, 2)),
    lambda torch: torch.autograd.functional.vjp(cube, given(torch, 3), x_and_y(torch)),
    lambda torch: torch.autograd.functional.jvp(cube, given(torch, 3)),
    lambda torch: torch.autograd.functional.hessian(cube, given(torch, 3)),
    lambda torch: torch.autograd.functional.jacobian(unrelated, x_and_y(torch), strict=True),
    lambda torch: torch.autograd.functional.jacobian(
        lambda x: given(torch, 2), given(torch, 3), strict=True
    ),
    lambda torch: torch.autograd.functional.jacobian(lambda x: 3, given(torch, 3)),
    lambda torch: torch.autograd.functional.jacobian(cube, 3),
    lambda torch: torch.autograd.functional.jacobian(cube, given(torch, 3), strategy="sideways"),
    lambda torch: torch.autograd.functional.jacobian(
        cube, given(torch, 3), strategy="forward-mode"
    ),
    lambda torch: torch.func.grad(cube)(given(torch, 3)),
    lambda torch: torch.func.grad(scalar, argnums=3)(given(torch, 3)),
    lambda torch: torch.func.vmap(cube)(given(torch)),
    lambda torch: torch.func.vmap(product)(given(torch, 3), given(torch, 4)),
    lambda torch: torch.func.vmap(cube, in_dims=None)(given(torch, 3)),
    lambda torch: torch.func.stack_module_state([]),
    lambda torch: torch.func.stack_module_state([torch.nn.ReLU(), torch.nn.Tanh()]),
    lambda torch: torch.func.stack_module_state([torch.nn.ReLU(), torch.nn.ReLU().eval()]),
    lambda torch: torch.func.stack_module_state(
        [torch.nn.Linear(1, 1), torch.nn.Linear(1, 1).requires_grad_(False)]
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_errors_of_the_same_class(mistake: Program) -> None:
    theirs = pytest.importorskip("torch")
    with pytest.raises(Exception) as peer:
        mistake(theirs)
    with pytest.raises(peer.type):
        mistake(ours)


# ---- gradcheck


class Wrong(ours.autograd.Function):
    """x * x, with a gradient of 3 * x."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return 3 * ctx.saved_tensors[0] * grad


def test_gradcheck_accepts_right_gradients() -> None:
    x = given(ours, 2, 3).requires_grad_()
    y = given(ours, 3, seed=1).requires_grad_()
    assert ours.autograd.gradcheck(product, (x, y))
    assert ours.autograd.gradgradcheck(product, (x, y))
    assert ours.autograd.gradcheck(lambda a, b: a * b, (x, y.detach()))
    assert ours.autograd.gradgradcheck(
        lambda a, b: a.t() * 2 + b.sum(), (x, y), gen_non_contig_grad_outputs=True
    )


def test_gradcheck_finds_wrong_gradients() -> None:
    x = given(ours, 3).requires_grad_()
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0"):
        ours.autograd.gradcheck(Wrong.apply, x)
    assert not ours.autograd.gradcheck(Wrong.apply, x, raise_exception=False)


def test_gradgradcheck_finds_wrong_second_derivatives() -> None:
    class Half(ours.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            x = ctx.saved_tensors[0]
            return 3 * x * x.detach() * grad

    x = given(ours, 3).requires_grad_()
    assert ours.autograd.gradcheck(Half.apply, x)
    with pytest.raises(GradcheckError):
        ours.autograd.gradgradcheck(Half.apply, x)


def test_gradcheck_needs_an_input_that_needs_a_gradient() -> None:
    with pytest.raises(ValueError, match="require gradient"):
        ours.autograd.gradcheck(cube, given(ours, 3))


def test_gradcheck_refuses_what_it_cannot_check() -> None:
    x = given(ours, 3).requires_grad_()
    with pytest.raises(NotImplementedError, match="backward alone"):
        ours.autograd.gradcheck(cube, x, check_forward_ad=True)


def test_derivatives_are_those_of_differences() -> None:
    x = given(ours, 3)
    step = 1e-6
    jacobian = ours.autograd.functional.jacobian(cube, x).numpy()
    for i in range(3):
        shift = np.zeros(3)
        shift[i] = step
        above, below = [cube(ours.tensor(x.numpy() + s)).numpy() for s in (shift, -shift)]
        np.testing.assert_allclose(jacobian[:, i], (above - below) / (2 * step), rtol=1e-6)
