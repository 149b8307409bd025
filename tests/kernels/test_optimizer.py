"""Optimizer steps, held against torch.optim over twenty steps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
import pytest

from minitorch.errors import DTypeError, LayoutError, ShapeError
from minitorch.kernels.cpu.optimizers import further, optimizer
from minitorch.kernels.cpu.optimizers.gradients import (
    limit_all,
    scale_all,
    total_norm,
    zero_all,
)
from minitorch.kernels.cpu.optimizers.update import ParameterList

from .oracle import torch

STEPS = 20
SHAPES: list[tuple[int, ...]] = [(7, 5), (3,), (), (0, 4), (2, 3, 4, 5), (1, 1)]
LARGE: list[tuple[int, ...]] = [(300, 301)]

Arrays = list[np.ndarray]
Step = Callable[[ParameterList, Sequence[np.ndarray], int], None]


class Case:
    """An optimizer with its options.

    Args:
        theirs: makes PyTorch's.
        ours: takes our step.
        states: how many states it has, and what they hold at first.
        exact: whether no square root is taken, so that all bits are equal.
    """

    def __init__(
        self,
        theirs: Callable[[list[Any]], Any],
        ours: Step,
        states: tuple[float, ...],
        exact: bool = False,
    ) -> None:
        self.theirs = theirs
        self.ours = ours
        self.states = states
        self.exact = exact


def sgd(decay: float, momentum: float, dampening: float, nesterov: bool, maximize: bool) -> Case:
    options: dict[str, Any] = {
        "lr": 0.1,
        "weight_decay": decay,
        "momentum": momentum,
        "dampening": dampening,
        "nesterov": nesterov,
        "maximize": maximize,
    }
    return Case(
        lambda p: torch.optim.SGD(p, foreach=False, **options),
        optimizer.sgd(**options).step,
        (0.0,) if momentum else (),
        exact=True,
    )


def adam(decay: float, decoupled: bool, amsgrad: bool, maximize: bool, beta1: float) -> Case:
    options: dict[str, Any] = {
        "lr": 0.01,
        "weight_decay": decay,
        "amsgrad": amsgrad,
        "maximize": maximize,
        "eps": 1e-7,
    }
    make = torch.optim.AdamW if decoupled else torch.optim.Adam
    plan = optimizer.adam(beta1=beta1, beta2=0.99, decoupled=decoupled, **options)
    return Case(
        lambda p: make(p, betas=(beta1, 0.99), foreach=False, **options),
        plan.step,
        (0.0,) * (3 if amsgrad else 2),
    )


def rmsprop(decay: float, centered: bool, momentum: float, alpha: float) -> Case:
    options: dict[str, Any] = {
        "lr": 0.01,
        "weight_decay": decay,
        "centered": centered,
        "momentum": momentum,
        "alpha": alpha,
        "maximize": alpha < 0.5,
    }
    return Case(
        lambda p: torch.optim.RMSprop(p, foreach=False, **options),
        optimizer.rmsprop(**options).step,
        (0.0,) * (1 + centered + (momentum > 0)),
    )


def adagrad(decay: float, lr_decay: float, maximize: bool) -> Case:
    options: dict[str, Any] = {
        "lr": 0.01,
        "weight_decay": decay,
        "lr_decay": lr_decay,
        "maximize": maximize,
    }
    return Case(
        lambda p: torch.optim.Adagrad(p, initial_accumulator_value=0.5, foreach=False, **options),
        optimizer.adagrad(**options).step,
        (0.5,),
    )


def of_means(name: str, states: int, beta1: float, decoupled: bool | None = None) -> Case:
    """Make a case of an optimizer with two betas that is used less."""
    options: dict[str, Any] = {
        "lr": 0.01,
        "eps": 1e-7,
        "weight_decay": 0.1,
        "maximize": beta1 < 0.5,
    }
    theirs, ours = dict(options), dict(options)
    if decoupled is not None:
        theirs["decoupled_weight_decay"], ours["decoupled"] = decoupled, decoupled
    plan = getattr(further, name.lower())(beta1=beta1, beta2=0.9, **ours)
    make = getattr(torch.optim, name) if torch else None
    return Case(
        lambda p: make(p, betas=(beta1, 0.9), foreach=False, **theirs), plan.step, (0.0,) * states
    )


def adadelta(decay: float, maximize: bool) -> Case:
    options: dict[str, Any] = {
        "lr": 0.5,
        "rho": 0.8,
        "eps": 1e-4,
        "weight_decay": decay,
        "maximize": maximize,
    }
    plan = further.adadelta(**options)
    return Case(lambda p: torch.optim.Adadelta(p, foreach=False, **options), plan.step, (0.0, 0.0))


def rprop(maximize: bool) -> Case:
    plan = further.rprop(shrinking=0.3, growing=1.5, least=1e-3, most=0.3, maximize=maximize)
    options: dict[str, Any] = {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.3)}
    return Case(
        lambda p: torch.optim.Rprop(p, foreach=False, maximize=maximize, **options),
        plan.step,
        (0.0, 0.1),
    )


CASES: dict[str, Case] = {
    "sgd": sgd(0.0, 0.0, 0.0, False, False),
    "sgd, decay, climbing": sgd(0.1, 0.0, 0.0, False, True),
    "momentum": sgd(0.0, 0.9, 0.0, False, False),
    "momentum, decay, dampening": sgd(0.1, 0.9, 0.3, False, False),
    "nesterov, decay, climbing": sgd(0.1, 0.9, 0.0, True, True),
    "adam": adam(0.0, False, False, False, 0.9),
    "adam, decay, climbing": adam(0.1, False, False, True, 0.9),
    "amsgrad, small beta": adam(0.0, False, True, False, 0.3),
    "adamw": adam(0.1, True, False, False, 0.9),
    "adagrad": adagrad(0.0, 0.0, False),
    "adagrad, both decays": adagrad(0.1, 0.2, True),
    "rmsprop": rmsprop(0.0, False, 0.0, 0.99),
    "rmsprop, momentum": rmsprop(0.1, False, 0.9, 0.99),
    "rmsprop, centered": rmsprop(0.0, True, 0.0, 0.9),
    "rmsprop, all": rmsprop(0.1, True, 0.9, 0.4),
    "adadelta": adadelta(0.0, False),
    "adadelta, decay, climbing": adadelta(0.1, True),
    "adamax": of_means("Adamax", 2, 0.9),
    "adamax, small beta": of_means("Adamax", 2, 0.3),
    "radam": of_means("RAdam", 2, 0.9, False),
    "radam, decoupled": of_means("RAdam", 2, 0.3, True),
    "rprop": rprop(False),
    "rprop, climbing": rprop(True),
}


def draw(shapes: Sequence[tuple[int, ...]], dtype: str, seed: int) -> Arrays:
    generator = np.random.default_rng(seed)
    return [np.asarray(generator.standard_normal(shape), dtype) for shape in shapes]


def expected(case: Case, shapes: Sequence[tuple[int, ...]], dtype: str) -> Arrays:
    """Let PyTorch take the steps."""
    parameters = [torch.nn.Parameter(torch.from_numpy(a)) for a in draw(shapes, dtype, 0)]
    steps = case.theirs(parameters)
    for i in range(1, STEPS + 1):
        for parameter, gradient in zip(parameters, draw(shapes, dtype, i), strict=True):
            parameter.grad = torch.from_numpy(gradient)
        steps.step()
    return [parameter.detach().numpy() for parameter in parameters]


def taken(
    case: Case,
    shapes: Sequence[tuple[int, ...]],
    dtype: str,
    lay_out: Callable[[np.ndarray], np.ndarray] = np.array,
    lay_out_gradient: Callable[[np.ndarray], np.ndarray] = np.array,
) -> Arrays:
    """Take the steps ourselves."""
    arrays = [lay_out(array) for array in draw(shapes, dtype, 0)]
    states = [[np.full_like(array, start) for array in arrays] for start in case.states]
    parameters = ParameterList(arrays, *states)
    for i in range(1, STEPS + 1):
        gradients = [lay_out_gradient(gradient) for gradient in draw(shapes, dtype, i)]
        case.ours(parameters, gradients, i)
    return arrays


def assert_near(case: Case, ours: Arrays, theirs: Arrays, name: str) -> None:
    """Compare: all bits, or to less than a unit in the last place for each step.

    PyTorch's own square roots are not always rounded to the nearest number.
    """
    for one, other in zip(ours, theirs, strict=True):
        if case.exact:
            np.testing.assert_array_equal(one, other, err_msg=name)
        elif one.size:
            unit = float(np.finfo(one.dtype).eps) * max(1.0, float(np.abs(other).max()))
            assert np.abs(one - other).max() <= STEPS * unit, name


# A kernel takes a while to compile, and float32 has them all.
IN_DOUBLE = [name for name in CASES if CASES[name].exact or name in ("adam", "rmsprop, all")]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*[(name, "float32") for name in CASES], *[(name, "float64") for name in IN_DOUBLE]],
)
def test_twenty_steps_end_where_pytorch_ends(name: str, dtype: str) -> None:
    case = CASES[name]
    assert_near(case, taken(case, SHAPES, dtype), expected(case, SHAPES, dtype), name)


def swapped(array: np.ndarray) -> np.ndarray:
    """Lay out an array with the first dimension as the dense one."""
    return np.ascontiguousarray(array.T).T if array.ndim else array


def spread(array: np.ndarray) -> np.ndarray:
    """Lay out an array with gaps between its elements."""
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array


def mirrored(array: np.ndarray) -> np.ndarray:
    """Lay out an array with negative steps."""
    return np.ascontiguousarray(array[::-1])[::-1] if array.ndim else array


def read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def big_endian(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder(">"))


@pytest.mark.parametrize("name", ["nesterov, decay, climbing", "adam", "rmsprop, all", "rprop"])
def test_every_layout_gives_the_same_bits(name: str) -> None:
    case = CASES[name]
    shapes = [*SHAPES, (300, 100)]
    dense = taken(case, shapes, "float32")
    orders = [np.array, swapped, spread, mirrored]
    for lay_out, of_gradient in itertools.product(orders, [*orders, read_only]):
        ours = taken(case, shapes, "float32", lay_out, of_gradient)
        for one, other in zip(ours, dense, strict=True):
            np.testing.assert_array_equal(one, other, f"{lay_out} {of_gradient}")


def test_float16_is_computed_in_float32_and_rounded_once() -> None:
    (array,), (gradient,) = draw([(70,)], "float16", 0), draw([(70,)], "float16", 1)
    wide = array.astype(np.float32) - np.float32(0.1) * gradient.astype(np.float32)
    optimizer.sgd(lr=0.1).step(ParameterList([array]), [gradient])
    np.testing.assert_array_equal(array, wide.astype(np.float16))


@pytest.mark.parametrize("name", ["nesterov, decay, climbing", "adam"])
def test_large_parameters_get_the_same_bits_on_one_and_two_threads(name: str) -> None:
    case = CASES[name]
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = taken(case, LARGE, "float32")
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        two = taken(case, LARGE, "float32")
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(one[0], two[0])
    assert_near(case, one, expected(case, LARGE, "float32"), name)


def test_parameters_may_be_at_different_steps() -> None:
    arrays, gradients = draw([(5,), (5,)], "float32", 0), draw([(5,), (5,)], "float32", 1)
    alone = [array.copy() for array in arrays]
    zeros = [np.zeros_like(array) for array in arrays]
    both = ParameterList(arrays, *[[zero.copy() for zero in zeros] for _ in range(2)])
    optimizer.adam(lr=0.1).step(both, gradients, [3, 7])
    for array, gradient, step in zip(alone, gradients, (3, 7), strict=True):
        single = ParameterList([array], [np.zeros_like(array)], [np.zeros_like(array)])
        optimizer.adam(lr=0.1).step(single, [gradient], step)
    np.testing.assert_array_equal(arrays, alone)


def test_many_parameters_step_as_each_would_alone() -> None:
    """Small ones are taken together, in between stand large and strided ones, and other types."""
    kinds = ["float32"] * 10 + ["float64", "float16", "float64", "float32", "large", "spread"] * 2
    lists: list[list[np.ndarray]] = []
    for seed in range(4):
        arrays = []
        for i, kind in enumerate(kinds):
            shape = (300, 301) if kind == "large" else (i % 3, 4) if i % 2 else (i,)
            dtype = kind if kind.startswith("float") else "float32"
            (array,) = draw([shape], dtype, 100 * seed + i)
            arrays.append(spread(array) if kind == "spread" else array)
        lists.append([abs(array) for array in arrays] if seed > 1 else arrays)
    gradients, *rest = lists
    together = [[array.copy("K") for array in arrays] for arrays in rest]
    alone = [[array.copy("K") for array in arrays] for arrays in rest]
    plan = optimizer.adam(lr=0.1)
    for numbers in (3, [1 + i % 2 for i in range(len(kinds))]):
        plan.step(ParameterList(*together), gradients, numbers)
        for i in range(len(kinds)):
            own = ParameterList(*[[arrays[i]] for arrays in alone])
            plan.step(own, [gradients[i]], numbers if isinstance(numbers, int) else numbers[i])
        for ours, theirs in zip(together, alone, strict=True):
            for one, other in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(one, other)
    assert not np.array_equal(together[0][1], rest[0][1])


def test_only_buffers_that_are_empty_yet_become_gradients() -> None:
    gradients = draw([(5,), (5,)], "float32", 1)
    buffers = [np.ones(5, np.float32), np.ones(5, np.float32)]
    parameters = ParameterList(draw([(5,), (5,)], "float32", 0), buffers)
    options: dict[str, Any] = {"lr": 0.1, "momentum": 0.5, "dampening": 0.25}
    optimizer.sgd(**options).step(parameters, gradients, [1, 2])
    np.testing.assert_array_equal(buffers[0], gradients[0])
    np.testing.assert_allclose(buffers[1], 0.5 + gradients[1] * 0.75, rtol=1e-6)


@pytest.mark.parametrize("special", [math.nan, math.inf, -math.inf, -0.0])
def test_special_gradients_have_the_effect_that_they_have_in_pytorch(special: float) -> None:
    names = ("nesterov, decay, climbing", "adam", "amsgrad, small beta", "rmsprop, all")
    for name in (*names, "adamax", "radam", "rprop"):
        case = CASES[name]
        ours, theirs = np.ones(3, np.float32), torch.nn.Parameter(torch.ones(3))
        steps = case.theirs([theirs])
        parameters = ParameterList([ours], *[[np.full(3, s, np.float32)] for s in case.states])
        for i, gradient in enumerate(([1.0, special, 2.0], [1.0, 3.0, special]), 1):
            theirs.grad = torch.tensor(gradient)
            steps.step()
            with np.errstate(invalid="ignore"):
                case.ours(parameters, [np.array(gradient, np.float32)], i)
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-6, err_msg=name)


def test_gradients_of_an_odd_kind_are_converted_or_refused_but_never_misread() -> None:
    canary = np.full(3 * 8, 7, np.float32)
    parameter = canary[8:16]
    parameters = ParameterList([parameter])
    optimizer.sgd(lr=1.0).step(parameters, [np.zeros(8, np.float32)])
    ones = np.ones(8, np.float32)
    with pytest.raises(ShapeError, match=r"shape \(8,\), but its gradient has \(2, 4\)"):
        optimizer.sgd(lr=1.0).step(parameters, [ones.reshape(2, 4)])
    with pytest.raises(ShapeError, match=r"gradient has \(16,\)"):
        optimizer.sgd(lr=1.0).step(parameters, [np.ones(16, np.float32)])
    for dtype in (np.int32, np.float64, ">f4"):
        with pytest.raises(DTypeError, match="dtype float32, but its gradient has"):
            optimizer.sgd(lr=1.0).step(parameters, [ones.astype(dtype)])
    with pytest.raises(ShapeError, match="1 parameters, but 2 gradients"):
        optimizer.sgd(lr=1.0).step(parameters, [ones, ones])
    np.testing.assert_array_equal(canary, 7)
    unaligned = np.zeros(33, np.uint8)[1:].view(np.float32)
    unaligned[:] = 1
    optimizer.sgd(lr=1.0).step(parameters, [unaligned])
    np.testing.assert_array_equal(parameter, 6)
    np.testing.assert_array_equal(np.delete(canary, np.s_[8:16]), 7)


def test_lists_that_no_step_can_change_are_refused() -> None:
    ones = np.ones(3, np.float32)
    with pytest.raises(ShapeError, match="2 parameters, but 1 arrays of a state"):
        ParameterList([ones, ones], [ones])
    with pytest.raises(ShapeError, match=r"shape \(3,\), but a state of it has \(4,\)"):
        ParameterList([ones], [np.ones(4, np.float32)])
    with pytest.raises(DTypeError, match="got float32, float64"):
        ParameterList([ones], [np.ones(3)])
    with pytest.raises(DTypeError, match="got int64"):
        ParameterList([np.ones(3, np.int64)])
    with pytest.raises(LayoutError, match="read-only"):
        ParameterList([read_only(np.ones(3))])
    with pytest.raises(LayoutError, match="same memory"):
        ParameterList([np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,))])
    with pytest.raises(ValueError, match="2 states for these options, got 0"):
        optimizer.adam(lr=0.1).step(ParameterList([ones]), [ones])


@pytest.mark.parametrize("p", [2.0, 1.0, 3.0, 0.0, math.inf, -math.inf])
def test_the_norm_of_all_gradients_is_pytorchs(p: float) -> None:
    for dtype in ("float32", "float64"):
        arrays = draw([(7, 5), (3,), (), (200, 200)], dtype, 0)
        arrays = [*arrays, arrays[0].T, arrays[0][::-2, ::2]]
        tensors = [torch.from_numpy(array.copy()) for array in arrays]
        theirs = float(torch.nn.utils.get_total_norm(tensors, p))
        assert math.isclose(total_norm(arrays, p), theirs, rel_tol=1e-5), dtype


def test_the_norm_of_nothing_is_0_and_that_of_nan_is_nan() -> None:
    assert total_norm([]) == total_norm([], math.inf) == 0
    assert math.isnan(total_norm([np.array([1.0, math.nan])]))
    large = np.full(10, 1e30, np.float32)
    assert math.isclose(total_norm([large, large]), math.sqrt(20) * 1e30, rel_tol=1e-6)


def test_all_gradients_are_scaled_and_zeroed_in_place() -> None:
    for dtype in ("float16", "float32", "float64"):
        arrays = draw([(7, 5), (3,), ()], dtype, 0)
        arrays = [*arrays, arrays[0].copy()[::-2, ::2]]
        tensors = [torch.from_numpy(array.copy()) * 0.3 for array in arrays]
        scale_all(arrays, 0.3)
        for ours, theirs in zip(arrays, tensors, strict=True):
            np.testing.assert_array_equal(ours, theirs.numpy())
        zero_all(arrays)
        assert not any(array.any() for array in arrays)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_all_gradients_are_limited_in_place_and_nan_stays(dtype: str) -> None:
    arrays = draw([(7, 5), (3,), (), (0, 2), (300, 301)], dtype, 0)
    arrays = [*arrays, arrays[0].copy()[::-2, ::2]]
    arrays[0][2, 1:4] = math.nan, math.inf, -math.inf
    expected = [np.clip(array, -0.3, 0.3) for array in arrays]
    limit_all(arrays, 0.3)
    for ours, theirs in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    limit_all(arrays, math.nan)
    assert all(np.isnan(array).all() for array in arrays)
