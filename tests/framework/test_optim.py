"""Optimizers, held against torch.optim."""

from __future__ import annotations

import copy
import importlib
import inspect
from typing import Any

import numpy as np
import pytest

from minitorch import torch as ours
from minitorch.torch import optim
from minitorch.torch.optim import lr_scheduler

from .optim_cases import (
    CASES,
    NAMES,
    SHAPES,
    Options,
    Parameters,
    as_numpy,
    assert_equal_states,
    converted,
)

theirs = pytest.importorskip("torch")

STEPS = 20
TOLERANCES = {"float64": 1e-12, "float32": 2e-5, "float16": 2e-2}


def leaf(values: Any, dtype: str = "float64") -> Any:
    return ours.tensor(np.array(values, dtype)).requires_grad_()


def both(name: str, options: Options, dtype: str) -> tuple[Any, Any, Parameters, Parameters]:
    """Make an optimizer with parameters on both sides."""
    # PyTorch's Adafactor divides by the number of elements.
    shapes = [shape for shape in SHAPES if name != "Adafactor" or 0 not in shape]
    mine, other = Parameters(ours, dtype, shapes), Parameters(theirs, dtype, shapes)
    plain = {key: value for key, value in options.items() if key not in ("foreach", "fused")}
    optimizer = getattr(optim, name)(mine.tensors, **options)
    return optimizer, getattr(theirs.optim, name)(other.tensors, **plain), mine, other


def assert_close(mine: Parameters, other: Parameters, dtype: str) -> None:
    tolerance = TOLERANCES[dtype]
    for a, b in zip(mine.arrays(), other.arrays(), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def signature(function: Any) -> list[tuple[str, Any, Any]]:
    """Give names, kinds and defaults of arguments."""
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.kind, each.default) for each in parameters]


@pytest.mark.parametrize("name", [*sorted({name for name, _ in CASES}), "LBFGS", "Muon"])
def test_arguments(name: str) -> None:
    mine, other = getattr(optim, name), getattr(theirs.optim, name)
    assert signature(mine.__init__) == signature(other.__init__)
    if name != "LBFGS":
        assert signature(mine.step) == signature(other.step)


@pytest.mark.parametrize("name", [n for n in vars(lr_scheduler) if n[0].isupper()] + ["SWALR"])
def test_arguments_of_schedules(name: str) -> None:
    module = "swa_utils" if name == "SWALR" else "lr_scheduler"
    mine = getattr(getattr(optim, module), name)
    other = getattr(getattr(theirs.optim, module), name)
    assert signature(mine.__init__) == signature(other.__init__)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_twenty_steps(name: str, options: Options, dtype: str) -> None:
    mine, other, my_parameters, their_parameters = both(name, options, dtype)
    my_parameters.train(mine, STEPS)
    their_parameters.train(other, STEPS)
    assert_close(my_parameters, their_parameters, dtype)


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_states_have_pytorchs_structure(name: str, options: Options) -> None:
    options = {key: value for key, value in options.items() if key not in ("foreach", "fused")}
    mine, other, my_parameters, their_parameters = both(name, options, "float64")
    for steps in (0, 3):
        my_parameters.train(mine, steps)
        their_parameters.train(other, steps)
        assert_equal_states(as_numpy(mine.state_dict()), as_numpy(other.state_dict()), 1e-12)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("to_us", [True, False], ids=["to_us", "to_torch"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_states_are_exchanged(name: str, options: Options, to_us: bool, dtype: str) -> None:
    mine, other, my_parameters, their_parameters = both(name, options, dtype)
    first, second, torch = (other, mine, ours) if to_us else (mine, other, theirs)
    goes, stays = (their_parameters, my_parameters) if to_us else (my_parameters, their_parameters)
    goes.train(first, 7)
    stays.train(second, 7)
    # Both are loaded: that gives some numbers the dtype of their parameter.
    reloaded, fresh = type(first)(goes.tensors), type(second)(stays.tensors)
    fresh.load_state_dict(converted(first.state_dict(), torch))
    reloaded.load_state_dict(first.state_dict())
    goes.train(reloaded, 7)
    stays.train(fresh, 7)
    assert_close(my_parameters, their_parameters, dtype)


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_repr(name: str, options: Options) -> None:
    mine = getattr(optim, name)(Parameters(ours, "float32").tensors, **options)
    other = getattr(theirs.optim, name)(Parameters(theirs, "float32").tensors, **options)
    assert repr(mine) == repr(other)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "RAdam", "Adafactor"])
def test_strided_parameters(name: str) -> None:
    results = []
    for torch in (ours, theirs):
        base = torch.tensor(np.random.default_rng(3).standard_normal((6, 8)))
        parameter = base.t().detach()
        parameter.requires_grad_()
        optimizer = getattr(torch.optim if torch is theirs else optim, name)([parameter])
        for _ in range(3):
            parameter.grad = torch.tensor(parameter.detach().numpy() * 2)
            optimizer.step()
        assert base.numpy().T.tolist() == parameter.detach().numpy().tolist()
        results.append(base.numpy())
    np.testing.assert_allclose(results[0], results[1], rtol=1e-12)


# ---- L-BFGS


LBFGS_CASES: list[Options] = [
    {},
    {"lr": 0.3, "max_iter": 7},
    {"history_size": 2},
    {"max_eval": 3},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "lr": 5.0, "max_iter": 4},
    {"line_search_fn": "strong_wolfe", "max_iter": 9, "history_size": 3},
]


class Rosenbrock:
    """A valley that bends, in four dimensions over two parameters."""

    def __init__(self, torch: Any, dtype: str) -> None:
        self._torch = torch
        rng = np.random.default_rng(4)
        starts = [(rng.standard_normal(2) * 0.5).astype(dtype) for _ in range(2)]
        self.tensors = [torch.tensor(start).requires_grad_() for start in starts]
        self.calls = 0

    def loss(self) -> Any:
        self.calls += 1
        x, y = self.tensors
        for tensor in self.tensors:
            tensor.grad = None
        loss = ((1 - x) * (1 - x)).sum() + ((y - x * x) * (y - x * x)).sum() * 10
        loss.backward()
        return loss

    def arrays(self) -> Any:
        return [tensor.detach().numpy().copy() for tensor in self.tensors]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("options", LBFGS_CASES, ids=str)
def test_lbfgs(options: Options, dtype: str) -> None:
    results = []
    for torch, module in ((ours, optim), (theirs, theirs.optim)):
        problem = Rosenbrock(torch, dtype)
        optimizer = module.LBFGS(problem.tensors, **options)
        losses = [optimizer.step(problem.loss).item() for _ in range(4)]
        results.append((losses, problem.arrays(), problem.calls))
    (my_losses, my_arrays, my_calls), (their_losses, their_arrays, their_calls) = results
    tolerance = 1e-9 if dtype == "float64" else 2e-2
    np.testing.assert_allclose(my_losses, their_losses, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(my_arrays, their_arrays, rtol=tolerance, atol=tolerance)
    if dtype == "float64":
        assert my_calls == their_calls


@pytest.mark.parametrize("line_search_fn", [None, "strong_wolfe"])
@pytest.mark.parametrize("to_us", [True, False], ids=["to_us", "to_torch"])
def test_lbfgs_states_are_exchanged(to_us: bool, line_search_fn: str | None) -> None:
    options: Options = {"max_iter": 3, "line_search_fn": line_search_fn, "lr": 0.5}
    problems = [Rosenbrock(ours, "float64"), Rosenbrock(theirs, "float64")]
    optimizers = [
        optim.LBFGS(problems[0].tensors, **options),
        theirs.optim.LBFGS(problems[1].tensors, **options),
    ]
    for problem, optimizer in zip(problems, optimizers, strict=True):
        for _ in range(2):
            optimizer.step(problem.loss)
    mine, other = (dict(as_numpy(optimizer.state_dict())["state"][0]) for optimizer in optimizers)
    assert set(mine) == set(other)
    source, target = (1, 0) if to_us else (0, 1)
    torch = ours if to_us else theirs
    optimizers[target].load_state_dict(converted(optimizers[source].state_dict(), torch))
    for problem, optimizer in zip(problems, optimizers, strict=True):
        for _ in range(2):
            optimizer.step(problem.loss)
    np.testing.assert_allclose(problems[0].arrays(), problems[1].arrays(), rtol=1e-8)


# ---- Muon


@pytest.mark.parametrize(
    "options",
    [{}, {"nesterov": False, "weight_decay": 0.0}, {"adjust_lr_fn": "match_rms_adamw"}],
    ids=str,
)
def test_muon_is_near(options: Options) -> None:
    """PyTorch computes the step in bfloat16, whose products it adds up in its own order."""
    shapes = [(4, 6), (7, 3)]
    mine, other = (Parameters(torch, "float32", shapes) for torch in (ours, theirs))
    before = mine.arrays()
    mine.train(optim.Muon(mine.tensors, lr=0.1, **options), 3)
    other.train(theirs.optim.Muon(other.tensors, lr=0.1, **options), 3)
    for a, b, start in zip(mine.arrays(), other.arrays(), before, strict=True):
        assert np.abs(a - b).max() < 0.03 * np.abs(a - start).max()


# ---- what users do wrong


BAD_OPTIONS: list[tuple[str, Options]] = [
    *[(name, {"lr": -1.0}) for name in sorted({name for name, _ in CASES} | {"LBFGS"})],
    ("SGD", {"momentum": -0.1}),
    ("SGD", {"weight_decay": -0.1}),
    ("SGD", {"nesterov": True}),
    ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    ("SGD", {"fused": True, "foreach": True}),
    ("SGD", {"fused": True, "differentiable": True}),
    ("Adam", {"betas": (1.0, 0.9)}),
    ("Adam", {"betas": (0.9, -0.1)}),
    ("Adam", {"eps": -1.0}),
    ("Adam", {"weight_decay": -1.0}),
    ("Adam", {"fused": True, "foreach": True}),
    ("AdamW", {"betas": (0.9, 1.0)}),
    ("NAdam", {"momentum_decay": -1.0}),
    ("RAdam", {"betas": (1.5, 0.9)}),
    ("Adamax", {"eps": -1.0}),
    ("Adagrad", {"lr_decay": -1.0}),
    ("Adagrad", {"initial_accumulator_value": -1.0}),
    ("Adadelta", {"rho": 1.5}),
    ("RMSprop", {"alpha": -1.0}),
    ("RMSprop", {"momentum": -1.0}),
    ("Rprop", {"etas": (1.5, 2.0)}),
    ("ASGD", {"weight_decay": -1.0}),
    ("Adafactor", {"d": 0.5}),
    ("Adafactor", {"beta2_decay": 0.5}),
    ("Adafactor", {"eps": (-1.0, 1e-3)}),
    ("Adafactor", {"eps": (None, -1.0)}),
    ("Muon", {"momentum": -1.0}),
    ("Muon", {"adjust_lr_fn": "no"}),
]


def raised(function: Any) -> type[Exception]:
    with pytest.raises(Exception) as caught:
        function()
    return caught.type


@pytest.mark.parametrize(("name", "options"), BAD_OPTIONS, ids=str)
def test_bad_options(name: str, options: Options) -> None:
    mine, other = ours.tensor([[1.0]]).requires_grad_(), theirs.ones(1, 1, requires_grad=True)
    expected = raised(lambda: getattr(theirs.optim, name)([other], **options))
    with pytest.raises(expected):
        getattr(optim, name)([mine], **options)


def inner(module: Any) -> Any:
    """Give the module optim.optimizer, which PyTorch hides from its own package."""
    return importlib.import_module(f"{module.__name__}.optimizer")


def misuse(torch: Any, module: Any) -> list[Any]:
    """Give calls that fail."""

    def new() -> Any:
        return torch.tensor([1.0]).requires_grad_()

    p, q = new(), new()
    optimizer = module.SGD([p], lr=0.1)
    named = module.SGD([("p", new())], lr=0.1)
    two = module.SGD([{"params": [new()]}, {"params": [new(), new()]}], lr=0.1)
    state = two.state_dict()
    matrix = torch.tensor([[1.0]]).requires_grad_()
    matrix.grad = torch.tensor([[1.0]])
    return [
        lambda: module.SGD([], lr=0.1),
        lambda: module.SGD(p, lr=0.1),
        lambda: module.SGD([{"params": {q}}], lr=0.1),
        lambda: module.SGD([p * 2], lr=0.1),
        lambda: module.SGD([1.0], lr=0.1),
        lambda: module.SGD([("a", p), q], lr=0.1),
        lambda: module.SGD([{"params": [p]}, {"params": [p]}], lr=0.1),
        lambda: optimizer.add_param_group([q]),
        lambda: optimizer.add_param_group({"params": [p]}),
        lambda: optimizer.add_param_group({"params": [("q", q)]}),
        lambda: named.add_param_group({"params": [q]}),
        lambda: optimizer.load_state_dict(state),
        lambda: module.SGD(
            [{"params": [new(), new()]}, {"params": [new()]}], lr=0.1
        ).load_state_dict(state),
        lambda: module.Muon([p]),
        lambda: module.Adam([p], lr=torch.tensor([0.1, 0.2])),
        lambda: module.Adam([p], lr=torch.tensor(0.1), foreach=True),
        lambda: module.Adam([p], betas=(0.9, torch.tensor(0.9))),
        lambda: module.Adam([matrix], capturable=True).step(),
        lambda: module.RAdam([matrix], capturable=True).step(),
        lambda: module.LBFGS([{"params": [p]}, {"params": [q]}]),
        lambda: module.LBFGS([matrix], line_search_fn="no").step(lambda: (matrix * matrix).sum()),
        lambda: module.LBFGS([p]).step(),
        lambda: module.Optimizer([p], {}).step(),
        lambda: module.Optimizer([p], {"lr": inner(module).required}),
    ]


MISUSES = 24


@pytest.mark.parametrize("place", range(MISUSES))
def test_misuse(place: int) -> None:
    theirs_failing, ours_failing = misuse(theirs, theirs.optim), misuse(ours, optim)
    assert len(ours_failing) == MISUSES
    with pytest.raises(raised(theirs_failing[place])):
        ours_failing[place]()


def test_a_tensor_of_torch_itself_is_named() -> None:
    with pytest.raises(TypeError, match="import"):
        optim.SGD([theirs.ones(1, requires_grad=True)], lr=0.1)


def test_duplicates_are_warned_of() -> None:
    parameter = leaf([1.0])
    with pytest.warns(UserWarning, match="duplicate parameters") as caught:
        optim.SGD([parameter, parameter], lr=0.1)
    assert caught[0].filename == __file__


# ---- groups, names, hooks


def grouped(torch: Any, module: Any) -> Any:
    """Make an optimizer with named groups, the last one added later."""
    tensors = Parameters(torch, "float32").tensors
    names = [(f"p{i}", tensor) for i, tensor in enumerate(tensors)]
    optimizer = module.Adam([{"params": names[:2]}, {"params": names[2:3], "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": iter(names[3:]), "eps": 0.1})
    return optimizer


def test_groups_with_names() -> None:
    mine, other = grouped(ours, optim), grouped(theirs, theirs.optim)
    assert repr(mine) == repr(other)
    assert_equal_states(mine.state_dict(), other.state_dict(), 0)
    renamed = other.state_dict()
    renamed["param_groups"][0]["param_names"] = ["a", "b"]
    del renamed["param_groups"][1]["param_names"]
    for optimizer in (mine, other):
        optimizer.load_state_dict(copy.deepcopy(renamed))
    assert_equal_states(mine.state_dict(), other.state_dict(), 0)


def record_hooks(torch: Any, module: Any) -> list[str]:
    """Run hooks of all kinds, and note what they see."""
    notes: list[str] = []
    parameter = torch.tensor([1.0]).requires_grad_()
    parameter.grad = torch.tensor([1.0])
    optimizer = module.SGD([parameter], lr=0.1)

    def note(text: str) -> Any:
        def hook(*args: Any) -> None:
            sizes = [len(arg) if isinstance(arg, tuple | dict) else "-" for arg in args]
            notes.append(f"{text} {sizes}")

        return hook

    def replaced(_: Any, state: Any) -> Any:
        return {**state, "mark": 1}

    everywhere = inner(module).register_optimizer_step_pre_hook(note("global before"))
    after = inner(module).register_optimizer_step_post_hook(note("global after"))
    optimizer.register_step_pre_hook(note("before"))
    handle = optimizer.register_step_post_hook(note("after"))
    optimizer.step()
    optimizer.register_step_pre_hook(lambda _, args, kwargs: (args, {"closure": lambda: 5}))
    notes.append(str(optimizer.step()))
    for each in (handle, everywhere, after):
        each.remove()
    optimizer.step()
    optimizer.register_state_dict_pre_hook(note("pre"))
    optimizer.register_state_dict_pre_hook(note("first pre"), prepend=True)
    optimizer.register_state_dict_post_hook(replaced)
    optimizer.register_state_dict_post_hook(note("post"))
    state = optimizer.state_dict()
    notes.append(str(sorted(state)))
    optimizer.register_load_state_dict_pre_hook(note("load pre"))
    optimizer.register_load_state_dict_pre_hook(replaced)
    optimizer.register_load_state_dict_post_hook(note("load post"))
    optimizer.load_state_dict(state)
    return notes


def test_hooks() -> None:
    assert record_hooks(ours, optim) == record_hooks(theirs, theirs.optim)


def test_a_hook_must_return_two_things() -> None:
    parameter = leaf([1.0])
    optimizer = optim.SGD([parameter])
    optimizer.register_step_pre_hook(lambda *_: 3)
    with pytest.raises(RuntimeError, match="hook"):
        optimizer.step()


def test_files_of_older_versions() -> None:
    """They lack options, and hold steps as numbers."""
    results = []
    for torch, module in ((ours, optim), (theirs, theirs.optim)):
        parameters = Parameters(torch, "float64")
        optimizer = module.NAdam(parameters.tensors)
        parameters.train(optimizer, 2)
        state = optimizer.state_dict()
        for group in state["param_groups"]:
            for name in ("foreach", "capturable", "differentiable", "maximize"):
                del group[name]
        for own in state["state"].values():
            for name in ("step", "mu_product"):
                own[name] = own[name].item()
        optimizer.load_state_dict(state)
        parameters.train(optimizer, 2)
        assert sorted(optimizer.param_groups[0]) == sorted(
            module.NAdam(parameters.tensors).param_groups[0]
        )
        results.append(as_numpy(optimizer.state_dict()["state"]))
    assert_equal_states(results[0], results[1], 1e-12)


def test_loaded_states_get_the_dtype_of_their_parameter() -> None:
    mine, other = Parameters(ours, "float32"), Parameters(ours, "float64")
    first, second = optim.Adam(mine.tensors), optim.Adam(other.tensors)
    mine.train(first, 2)
    second.load_state_dict(first.state_dict())
    own = second.state[other.tensors[0]]
    assert own["exp_avg"].dtype is ours.float64
    assert own["step"].dtype is ours.float32


def test_parameters_of_different_age_step_alike() -> None:
    results = []
    for torch, module in ((ours, optim), (theirs, theirs.optim)):
        parameters = Parameters(torch, "float64")
        optimizer = module.AdamW(parameters.tensors, lr=0.1)
        for i in range(6):
            parameters.set_gradients()
            if i % 2:
                parameters.tensors[0].grad = None
            optimizer.step()
        results.append(parameters.arrays())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


# ---- what changes between steps


def scaled(optimizer: Any, torch: Any) -> None:
    for group in optimizer.param_groups:
        group["lr"] *= 0.5


def climbing(optimizer: Any, torch: Any) -> None:
    optimizer.param_groups[0]["maximize"] = True


def decaying(optimizer: Any, torch: Any) -> None:
    optimizer.param_groups[0]["weight_decay"] = 0.3


def with_tensor(optimizer: Any, torch: Any) -> None:
    optimizer.param_groups[0]["lr"] = torch.tensor(0.05, dtype=torch.float64)


def tensor_changed(optimizer: Any, torch: Any) -> None:
    optimizer.param_groups[0]["lr"].mul_(3)


def shortened(optimizer: Any, torch: Any) -> None:
    del optimizer.param_groups[0]["params"][1]


def turned(optimizer: Any, torch: Any) -> None:
    optimizer.param_groups[0]["params"].reverse()


def grown(optimizer: Any, torch: Any) -> None:
    new = torch.tensor(np.array([3.0, 4.0])).requires_grad_()
    new.grad = torch.tensor(np.array([1.0, -1.0]))
    optimizer.add_param_group({"params": [new]})


def stepped_back(optimizer: Any, torch: Any) -> None:
    for own in optimizer.state.values():
        if "step" in own:
            own["step"].fill_(1.0)


def states_replaced(optimizer: Any, torch: Any) -> None:
    for own in optimizer.state.values():
        for name, value in own.items():
            own[name] = torch.ones_like(value)


CHANGES = [
    scaled, climbing, decaying, scaled, with_tensor, tensor_changed, stepped_back, states_replaced,
    turned, shortened, grown, scaled,
]  # fmt: skip


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "NAdam", "ASGD"])
def test_steps_follow_every_change_between_them(name: str) -> None:
    results = []
    for torch, module in ((ours, optim), (theirs, theirs.optim)):
        parameters = Parameters(torch, "float64")
        optimizer = getattr(module, name)(parameters.tensors, lr=0.1)
        snapshots = []
        for change in CHANGES:
            change(optimizer, torch)
            parameters.train(optimizer, 2)
            snapshots.append((change.__name__, parameters.arrays()))
        results.append(snapshots)
    for (change_name, mine), (_, other) in zip(*results, strict=True):
        for a, b in zip(mine, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12, err_msg=change_name)


def test_momentum_that_is_switched_on_later_begins_with_the_gradient() -> None:
    results = []
    for torch, module in ((ours, optim), (theirs, theirs.optim)):
        parameters = Parameters(torch, "float64")
        optimizer = module.SGD(parameters.tensors, lr=0.1)
        for momentum in (0.0, 0.9, 0.0, 0.5):
            optimizer.param_groups[0].update(momentum=momentum, dampening=0.5)
            parameters.train(optimizer, 2)
        results.append(parameters.arrays())
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
