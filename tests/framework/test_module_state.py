"""Modules: state dicts that are made, loaded, or refused without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")


from .module_checks import Steps, assert_same, facts, outcome  # noqa: E402
from .module_samples import assert_mirrored, make  # noqa: E402


def test_a_state_dict_shares_memory_with_the_module() -> None:
    net = make(our_nn, ours)
    net.state_dict()["first.weight"].fill_(8.0)
    assert net.first.weight.tolist() == [8.0, 8.0]
    assert net.state_dict(keep_vars=True)["first.weight"] is net.first.weight


def _damaged(change: Callable[[Any, Any], Any], **options: Any) -> Steps:
    def steps(nn: Any, torch: Any) -> Any:
        state = make(nn, torch).state_dict()
        change(state, torch)
        net = make(nn, torch)
        return net.load_state_dict(state, **options), net.state_dict()

    return steps


def _remove(state: Any, torch: Any) -> None:
    del state["first.weight"], state["scale"], state["inner.1.mean"]


def _add(state: Any, torch: Any) -> None:
    state["other.weight"] = state["odd"] = state["first.odd"] = torch.ones(1)


def _reshape(state: Any, torch: Any) -> None:
    state["inner.0.weight"] = torch.ones(3)
    state["steps"] = "text"


def _all(state: Any, torch: Any) -> None:
    _remove(state, torch)
    _add(state, torch)
    _reshape(state, torch)
    state["inner.0.bias"] = torch.full((2,), 9.0)


def _recast(state: Any, torch: Any) -> None:
    state["first.weight"] = torch.tensor([7, 8])
    state["inner.0.weight"] = torch.tensor([7.5, 8.0], dtype=torch.float64)
    state["steps"] = torch.tensor([4])


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("change", [_remove, _add, _reshape, _all, _recast])
def test_loading(change: Callable[[Any, Any], Any], strict: bool) -> None:
    steps = _damaged(change, strict=strict)
    assert_same(steps)
    mine, peer = outcome(lambda: steps(our_nn, ours)), outcome(lambda: steps(theirs.nn, theirs))
    if isinstance(peer, Exception):
        assert str(mine) == str(peer) + "\n\tNothing was changed."


def test_loading_and_assigning() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        net, state = make(nn, torch), make(nn, torch).double().state_dict()
        answer = net.load_state_dict(state, assign=True)
        assert net.steps is state["steps"]
        return repr(answer), net.state_dict(), list(net.parameters())

    assert_same(steps)


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("change", [_remove, _add, _reshape, _all])
def test_a_refused_state_dict_changes_nothing(
    change: Callable[[Any, Any], Any], assign: bool
) -> None:
    net = make(our_nn, ours)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    objects = [*net.parameters(), *net.buffers()]
    state = {name: value + 1 for name, value in net.state_dict().items()}
    change(state, ours)
    with pytest.raises(RuntimeError, match="Error\\(s\\) in loading state_dict for Net"):
        net.load_state_dict(state, assign=assign)
    assert facts(net.state_dict()) == facts(before)
    after = [*net.parameters(), *net.buffers()]
    assert all(a is b for a, b in zip(objects, after, strict=True))
    assert_mirrored(net)


def test_loading_counts_as_a_change_in_place() -> None:
    net = make(our_nn, ours)
    loss = (net.first.weight * net.first.weight).sum()
    net.load_state_dict(net.state_dict())
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        loss.backward()


def test_extra_state() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        class Extra(nn.Module):  # type: ignore[misc,name-defined]
            def __init__(self, value: Any) -> None:
                super().__init__()
                self.value = value

            def get_extra_state(self) -> Any:
                return {"value": self.value}

            def set_extra_state(self, state: Any) -> None:
                self.value = state["value"]

        rows = [nn.Sequential(Extra(value)) for value in (1, 2)]
        state = rows[0].state_dict()
        rows[1].load_state_dict(state)
        answers = [list(state), rows[1][0].value]
        for odd in ({}, {"_extra_state": 1}, {"0._extra_state": {"value": 5}, "x": 1}):
            for row in (rows[1], nn.Sequential()):
                problem = outcome(lambda row=row, odd=odd: row.load_state_dict(odd))
                answers.append(str(problem).replace("\n\tNothing was changed.", ""))
                answers.append(rows[1][0].value if len(row) else None)
        return answers[:-4], answers[-4] == answers[-4]

    assert_same(steps)


def test_a_refused_state_dict_sets_no_extra_state() -> None:
    class Extra(our_nn.Module):
        value = 0

        def set_extra_state(self, state: Any) -> None:
            self.value = state

    module = Extra()
    with pytest.raises(RuntimeError, match='Unexpected key\\(s\\) in state_dict: "x"'):
        module.load_state_dict({"_extra_state": 3, "x": ours.ones(1)})
    assert module.value == 0
    module.load_state_dict({"_extra_state": 3})
    assert module.value == 3


def test_own_ways_to_save_and_load() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        log: list[Any] = []

        class Renamed(nn.Module):  # type: ignore[misc,name-defined]
            _version = 3

            def __init__(self) -> None:
                super().__init__()
                self.weight = nn.Parameter(torch.ones(1))

            def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
                super()._save_to_state_dict(destination, prefix, keep_vars)
                destination[prefix + "old"] = destination.pop(prefix + "weight")

            def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
                log.append((prefix, rest[0], rest[1:]))
                state_dict[prefix + "weight"] = state_dict.pop(prefix + "old")
                super()._load_from_state_dict(state_dict, prefix, *rest)

        row, other = nn.Sequential(Renamed()), nn.Sequential(Renamed())
        other[0].weight.data[:] = 5.0
        state = other.state_dict()
        answer = row.load_state_dict(state)
        return repr(answer), list(state), row[0].weight, log

    assert_same(steps)


def test_hooks_of_state_dicts_run_in_order() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        log: list[Any] = []
        net = nn.Sequential(make(nn, torch).first)
        scale = net[0]

        def note(name: str, answer: Any = None) -> Callable[..., Any]:
            def hook(*args: Any) -> Any:
                log.append((name, facts([each for each in args if each is not net])))
                return answer

            return hook

        def rename(state: Any, prefix: str, *rest: Any) -> None:
            log.append(("rename", prefix, facts(rest)))
            state[prefix + "weight"] = state.pop(prefix + "renamed")

        handles = [
            net.register_state_dict_pre_hook(note("pre")),
            scale.register_state_dict_pre_hook(note("pre inside")),
            net.register_state_dict_post_hook(note("post")),
            scale._register_state_dict_hook(note("private")),
            net.register_load_state_dict_pre_hook(note("load pre")),
            net.register_load_state_dict_post_hook(note("load post")),
            scale.register_load_state_dict_post_hook(note("load post inside")),
        ]
        state = net.state_dict(prefix="")
        state["0.renamed"] = state.pop("0.weight")
        handles.append(scale._register_load_state_dict_pre_hook(rename))
        net.load_state_dict(state)
        for handle in handles:
            handle.remove()
        count = len(log)
        net.load_state_dict(net.state_dict())
        net._register_state_dict_hook(lambda *args: {"replaced": 1})
        return log, len(log) - count, net.state_dict()

    assert_same(steps)


def test_a_post_hook_may_excuse_missing_names() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        net = make(nn, torch)
        net.register_load_state_dict_post_hook(lambda m, names: names.missing_keys.clear())
        return repr(net.load_state_dict({}))

    assert_same(steps)
