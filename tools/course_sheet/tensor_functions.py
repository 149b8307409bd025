"""Section 9, first half: functions of Tensors, their constructors, and the check of gradients."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import numpy as np

import minitorch
from minitorch import (
    Context,
    Function,
    History,
    Tensor,
    tensor,
    zeros,
)
from minitorch import tensor_functions as functions

from .rows import (
    Entry,
    Row,
    all_of,
    equal,
    has,
    near,
    raises,
    same,
    section,
    takes,
    words,
)

SUBCLASSES = words("""
    Neg Inv Add Mul Sigmoid ReLU Log Exp Sum All LT EQ IsClose Permute View Copy MatMul
""")


def _grid() -> Tensor:
    return tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def _is_function(name: str) -> bool:
    function = getattr(minitorch.tensor_functions, name)
    return all_of(issubclass(function, Function), has(function, "forward apply _forward _backward"))


def _has_no_backward(name: str) -> bool:
    return not hasattr(getattr(functions, name), "backward")


def _apply_sees() -> bool:
    seen: list[Any] = []

    class Notes(Function):
        @staticmethod
        def forward(ctx: Context, *tensors: Tensor) -> Tensor:
            seen.append((ctx.no_grad, [t.history for t in tensors]))
            return tensors[0]

    tracked = Notes.apply(tensor([1.0]), zeros((1,)))
    constant = Notes.apply(zeros((1,)))
    return all_of(
        equal(seen, [(False, [None, None]), (True, [None])]),
        same(tracked.history.last_fn, Notes),
        equal(len(list(tracked.history.inputs)), 2),
        same(constant.history, None),
    )


def _tensor_dims() -> bool:
    a = _grid()
    return all_of(
        near(functions.Sum.apply(a, a._ensure_tensor(1)), [[6.0], [15.0]]),
        equal(functions.Permute.apply(a, tensor([1, 0])).shape, (3, 2)),
        equal(functions.View.apply(a, tensor([3, 2])).shape, (3, 2)),
    )


def _sum_backward() -> bool:
    gradient, number = functions.Sum._backward(Context(), tensor([1.0]))
    return all_of(near(gradient, [1.0]), equal(number, 0.0))


def _rand_draws() -> bool:
    random.seed(3)
    made = minitorch.rand((2, 2))
    random.seed(3)
    return near(made, [[random.random(), random.random()], [random.random(), random.random()]])


def _tracking() -> bool:
    return all_of(
        equal(tensor([1.0]).history, History()),
        equal(minitorch.rand((1,)).history, History()),
        same(zeros((1,)).history, None),
        same(Tensor.make([1.0], (1,), backend=minitorch.SimpleBackend).history, None),
    )


def _sum_gives_ones() -> bool:
    made = tensor([1, 2, 3])
    made.sum().backward()
    return near(made.grad, [1.0, 1.0, 1.0])


def _makes_everything() -> bool:
    return all_of(
        equal(tensor(2).shape, ()),
        equal(tensor([[1, 2, 3], (4, 5, 6)]).shape, (2, 3)),
        equal(tensor(np.zeros((2, 3))).shape, (2, 3)),
        equal(str(tensor([1, 2])._tensor._storage.dtype), "float64"),
    )


def _central() -> bool:
    a = _grid()
    got = minitorch.grad_central_difference(lambda t: t * t, a, arg=0, ind=(1, 0))
    return all_of(isinstance(got, float), near(got, 8.0, 1e-6))


def _checks_gradients() -> bool:
    class Wrong(Function):
        @staticmethod
        def forward(ctx: Context, a: Tensor) -> Tensor:
            return a * 2.0

        @staticmethod
        def backward(ctx: Context, grad_output: Tensor) -> Tensor:
            return grad_output * 2.1

    minitorch.grad_check(lambda a, b: a * b, _grid(), tensor([1.0, 2.0, 3.0]))
    return raises(AssertionError, lambda: minitorch.grad_check(Wrong.apply, _grid()))


def _checks_at_jumps() -> bool:
    at = tensor([[1.2, 1.2]])
    minitorch.grad_check(minitorch.MathTestVariable.lt2, zeros((1, 2)), at)
    minitorch.grad_check(minitorch.MathTestVariable.gt2, zeros((1, 2)), at)
    minitorch.grad_check(minitorch.MathTestVariable.relu, zeros((1, 2)) - 5.5)
    return True


def _check_prepares() -> bool:
    a = _grid()
    (a * 50.0).sum().backward()
    result, drawn = _grid().sum(0), []

    def function(x: Tensor, y: Tensor) -> Tensor:
        drawn.append(random.random())
        return x * y

    minitorch.grad_check(function, a, result)
    return all_of(
        equal(drawn[0], random.Random(10).random()),
        equal(result.history, History()),
        near(a.grad, [[5.0, 7.0, 9.0]] * 2),
    )


FUNCTIONS: list[Entry] = [
    ("Function", "members", lambda: has(Function, "apply _forward _backward")),
    *[(name, "is a Function", partial(_is_function, name)) for name in SUBCLASSES],
    *[(name, "has no backward", partial(_has_no_backward, name)) for name in ("All", "IsClose")],
    ("Function.apply", "forward sees detached tensors; history only if one tracks", _apply_sees),
    ("Function.apply", "dims and shapes are tensors", _tensor_dims),
    ("Sum.backward", "gives (grad, 0.0)", _sum_backward),
    ("zeros", "signature", lambda: takes(zeros, "shape, backend=" + repr(minitorch.SimpleBackend))),
    (
        "rand",
        "signature",
        lambda: takes(
            minitorch.rand, f"shape, backend={minitorch.SimpleBackend!r}, requires_grad=False"
        ),
    ),
    (
        "tensor",
        "signature",
        lambda: takes(tensor, f"ls, backend={minitorch.SimpleBackend!r}, requires_grad=False"),
    ),
    (
        "_tensor",
        "takes flat content and a shape",
        lambda: equal(
            functions._tensor([1.0, 2.0], (2, 1), minitorch.SimpleBackend, True).shape, (2, 1)
        ),
    ),
    ("rand", "random.random(), row-major", _rand_draws),
    ("tensor", "from numbers, lists, tuples and arrays, as float64", _makes_everything),
    ("tensor", "ragged", lambda: raises(ValueError, lambda: tensor([[1.0, 2.0], [1.0]]))),
    ("tensor", "empty", lambda: raises(ValueError, lambda: tensor([]))),
    ("tensor", "tensor and rand track, zeros and make never", _tracking),
    ("tensor", "tensor([1,2,3]).sum().backward() gives ones", _sum_gives_ones),
    (
        "grad_central_difference",
        "signature",
        lambda: takes(minitorch.grad_central_difference, "f, *vals, arg=0, epsilon=1e-06, ind"),
    ),
    ("grad_central_difference", "moves one cell, sums f, gives a float", _central),
    ("grad_check", "signature", lambda: takes(minitorch.grad_check, "f, *vals")),
    ("grad_check", "passes what is right and fails what is wrong", _checks_gradients),
    ("grad_check", "does not judge at jumps and kinks", _checks_at_jumps),
    ("grad_check", "zeroes, tracks results, seeds random with 10", _check_prepares),
]


def rows() -> list[Row]:
    """List the rows about functions."""
    return section("9", FUNCTIONS)
