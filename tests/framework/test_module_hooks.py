"""Modules: hooks on calls."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn
from minitorch.torch.nn.modules import module as our_module

theirs = pytest.importorskip("torch")

from torch.nn.modules import module as their_module  # noqa: E402

from .module_checks import Steps, assert_same, facts, outcome  # noqa: E402
from .module_samples import make  # noqa: E402


def _logged(nn: Any, torch: Any) -> tuple[Any, list[Any], Callable[..., Any]]:
    class Sum(nn.Module):  # type: ignore[misc,name-defined]
        def forward(self, a: Any, b: Any = 1, fail: bool = False) -> Any:
            log.append(("forward", facts([a, b])))
            if fail:
                raise ArithmeticError("failed")
            return a * 2 + b

    log: list[Any] = []

    def note(name: str, answer: Any = None) -> Callable[..., Any]:
        def hook(module: Any, *args: Any) -> Any:
            log.append((name, type(module).__name__, facts(args)))
            return answer

        return hook

    return Sum(), log, note


def _forward_hooks(nn: Any, torch: Any) -> Any:
    module, log, note = _logged(nn, torch)
    handles = [
        module.register_forward_pre_hook(note("1")),
        module.register_forward_pre_hook(note("2", 5)),
        module.register_forward_pre_hook(note("3", ((6,), {"b": 2})), with_kwargs=True),
        module.register_forward_pre_hook(note("4"), prepend=True, with_kwargs=True),
        module.register_forward_hook(note("5")),
        module.register_forward_hook(note("6", 70)),
        module.register_forward_hook(note("7"), with_kwargs=True),
        module.register_forward_hook(note("8", 80), prepend=True, always_call=True),
    ]
    results = [module(1, b=3)]
    handles[1].remove()
    handles[5].remove()
    handles[5].remove()
    results.append(module(1))
    with module.register_forward_hook(note("within")):
        results.append(module(2))
    for handle in handles:
        handle.remove()
    results.append(module(a=4))
    return results, log


def _failing_forward(nn: Any, torch: Any) -> Any:
    module, log, note = _logged(nn, torch)
    module.register_forward_hook(note("always", 3), always_call=True, with_kwargs=True)
    module.register_forward_hook(note("never"))
    module.register_forward_hook(note("too"), always_call=True)
    problem = outcome(lambda: module(1, fail=True))
    module.register_forward_hook(lambda *args: 1 / 0, always_call=True)
    other = outcome(lambda: module(1))
    return repr(problem), repr(other), log


def _wrong_pre_hook(nn: Any, torch: Any) -> Any:
    module, _, note = _logged(nn, torch)
    module.register_forward_pre_hook(note("wrong", (1, 2, 3)), with_kwargs=True)
    return module(1)


def _global_forward_hooks(nn: Any, torch: Any) -> Any:
    own = our_module if nn is our_nn else their_module
    module, log, note = _logged(nn, torch)
    module.register_forward_pre_hook(note("own pre"))
    module.register_forward_hook(note("own"))
    handles = [
        own.register_module_forward_pre_hook(note("global pre", 3)),
        own.register_module_forward_hook(note("global")),
        own.register_module_forward_hook(note("global kwargs"), with_kwargs=True),
        own.register_module_forward_hook(note("global always"), always_call=True),
    ]
    try:
        results = [nn.Sequential(module)(1), repr(outcome(lambda: module(1, fail=True)))]
    finally:
        for handle in handles:
            handle.remove()
    return results, nn.Sequential(module)(1), log


def _registration_hooks(nn: Any, torch: Any) -> Any:
    own = our_module if nn is our_nn else their_module
    log: list[Any] = []

    def hook(module: Any, name: str, value: Any) -> Any:
        log.append((type(module).__name__, name, facts(value)))
        return nn.Sequential(value) if name == "0" else None

    handles = [
        own.register_module_parameter_registration_hook(hook),
        own.register_module_buffer_registration_hook(hook),
        own.register_module_module_registration_hook(hook),
    ]
    try:
        net = make(nn, torch)
    finally:
        for handle in handles:
            handle.remove()
    return log, net


def _direct_hooks(nn: Any, torch: Any) -> Any:
    module, log, note = _logged(nn, torch)
    module._forward_hooks[123456789] = note("put into the dict")
    results = [module(1)]
    module._forward_hooks.clear()
    return results, module(1), log


CALLS = [
    _forward_hooks,
    _failing_forward,
    _wrong_pre_hook,
    _global_forward_hooks,
    _registration_hooks,
    _direct_hooks,
]


@pytest.mark.parametrize("steps", CALLS)
def test_hooks_on_calls(steps: Steps) -> None:
    assert_same(steps)


def test_a_hook_that_fails_after_an_error_warns() -> None:
    module, _, _ = _logged(our_nn, ours)
    module.register_forward_hook(lambda *args: 1 / 0, always_call=True)
    with (
        pytest.warns(UserWarning, match="silenced as another error was raised in forward"),
        pytest.raises(ArithmeticError, match="failed"),
    ):
        module(1, fail=True)


# ---- handles


def test_handles_survive_pickles_and_forget_their_hooks() -> None:
    from minitorch.torch.utils.hooks import RemovableHandle

    hooks: OrderedDict[int, Any] = OrderedDict()
    extra: OrderedDict[int, Any] = OrderedDict()
    handle = RemovableHandle(hooks, extra_dict=extra)
    hooks[handle.id] = extra[handle.id] = 1
    copied_hooks, copied = pickle.loads(pickle.dumps((hooks, handle)))
    copied.remove()
    assert not copied_hooks and hooks
    assert RemovableHandle(hooks).id > handle.id
    handle.remove()
    handle.remove()
    assert not hooks and not extra
