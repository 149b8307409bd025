"""Containers of modules and parameters do what PyTorch's do, and are written as they are."""

from __future__ import annotations

import copy
import operator
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")

from .module_checks import assert_same, facts, outcome  # noqa: E402
from .module_samples import assert_mirrored  # noqa: E402

# Takes the container, a function that makes modules by name or parameters by size, and nn.
Use = Callable[[Any, Any, Any], Any]


def layers(nn: Any, torch: Any) -> Callable[[str], Any]:
    """Give a function that makes small modules: the same name, the same text."""

    class Layer(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name
            self.weight = nn.Parameter(torch.full((2,), float(len(name))))

        def forward(self, x: Any) -> Any:
            return x * self.weight

        def extra_repr(self) -> str:
            return self.name

    return Layer


def after(value: Any, container: Any) -> Any:
    """Give a value, and then all that can be seen of a container."""
    return (
        facts(value),
        repr(container),
        facts(container.state_dict()),
        [name for name, _ in container.named_modules()],
    )


def check(make: Callable[[Any, Any, Any], Any], use: Use, parts: Any) -> None:
    """Use a container of both libraries, and compare the outcomes and what the containers are."""

    def steps(nn: Any, torch: Any) -> Any:
        part = parts(nn, torch)
        container = make(nn, torch, part)
        value = outcome(lambda: use(container, part, nn))
        if isinstance(value, Exception):
            raise value
        return after(value, container)

    assert_same(steps)
    container = make(our_nn, ours, parts(our_nn, ours))
    outcome(lambda: use(container, parts(our_nn, ours), our_nn))
    assert_mirrored(container)


SEQUENTIAL: dict[str, Use] = {
    "first": lambda c, L, nn: c[0],
    "last": lambda c, L, nn: c[-1],
    "beyond": lambda c, L, nn: c[5],
    "before": lambda c, L, nn: c[-4],
    "name": lambda c, L, nn: c["0"],
    "attribute": lambda c, L, nn: getattr(c, "1"),
    "slice": lambda c, L, nn: c[1:],
    "step": lambda c, L, nn: c[::2],
    "empty slice": lambda c, L, nn: c[5:],
    "length": lambda c, L, nn: len(c),
    "iteration": lambda c, L, nn: list(c),
    "add": lambda c, L, nn: c + c,
    "add a module": lambda c, L, nn: c + L("x"),
    "add in place": lambda c, L, nn: operator.iadd(c, nn.Sequential(L("x"))),
    "add a number in place": lambda c, L, nn: operator.iadd(c, 3),
    "times": lambda c, L, nn: c * 2,
    "times from the left": lambda c, L, nn: 2 * c,
    "times nothing": lambda c, L, nn: c * 0,
    "times a float": lambda c, L, nn: c * 1.5,
    "times in place": lambda c, L, nn: operator.imul(c, 3),
    "times nothing in place": lambda c, L, nn: operator.imul(c, 0),
    "append": lambda c, L, nn: c.append(L("x")).append(L("y")),
    "append a number": lambda c, L, nn: c.append(3),
    "insert": lambda c, L, nn: c.insert(1, L("x")),
    "insert at the end": lambda c, L, nn: c.insert(3, L("x")),
    "insert before the last": lambda c, L, nn: c.insert(-1, L("x")),
    "insert beyond": lambda c, L, nn: c.insert(9, L("x")),
    "insert at a name": lambda c, L, nn: c.insert("a", L("x")),
    "extend": lambda c, L, nn: c.extend([L("x"), L("y")]),
    "extend by a number": lambda c, L, nn: c.extend(3),
    "pop": lambda c, L, nn: c.pop(0),
    "pop the last": lambda c, L, nn: c.pop(-1),
    "pop beyond": lambda c, L, nn: c.pop(9),
    "pop a slice": lambda c, L, nn: c.pop(slice(0, 2)),
    "delete": lambda c, L, nn: operator.delitem(c, 1),
    "delete a slice": lambda c, L, nn: operator.delitem(c, slice(0, 2)),
    "set": lambda c, L, nn: operator.setitem(c, -1, L("x")),
    "set beyond": lambda c, L, nn: operator.setitem(c, 9, L("x")),
    "set a number": lambda c, L, nn: operator.setitem(c, 0, 3),
    "set None": lambda c, L, nn: operator.setitem(c, 0, None),
    "contains": lambda c, L, nn: [c[1] in c, L("x") in c],
    "reversed": lambda c, L, nn: list(reversed(c)),
    "dir": lambda c, L, nn: [name for name in dir(c) if name.isdigit()],
    "nested": lambda c, L, nn: c.append(nn.Sequential(nn.Sequential(), L("x"))),
    "deep copy": lambda c, L, nn: copy.deepcopy(c),
    "forward": lambda c, L, nn: c(c[0].weight.detach()),
    "of a list": lambda c, L, nn: nn.Sequential([L("x")]),
    "of a number": lambda c, L, nn: nn.Sequential(3),
    "of nothing": lambda c, L, nn: nn.Sequential(),
    "of names": lambda c, L, nn: nn.Sequential(OrderedDict(b=L("x"), a=L("y"))),
    "slice of names": lambda c, L, nn: nn.Sequential(OrderedDict(b=L("x"), a=L("y")))[1:],
    "names and append": lambda c, L, nn: nn.Sequential(OrderedDict(b=L("x"))).append(L("y")),
    "names and pop": lambda c, L, nn: [
        (s.pop(0), s) for s in [nn.Sequential(OrderedDict(b=L("x"), a=L("y"), c=L("z")))]
    ],
    "index of another kind": lambda c, L, nn: c[True],
}


@pytest.mark.parametrize("use", SEQUENTIAL.values(), ids=SEQUENTIAL)
def test_sequential(use: Use) -> None:
    check(lambda nn, torch, L: nn.Sequential(L("a"), L("bb"), L("c")), use, layers)


LIST: dict[str, Use] = {
    "repr": lambda c, L, nn: repr(c),
    "first": lambda c, L, nn: c[0],
    "last": lambda c, L, nn: c[-1],
    "beyond": lambda c, L, nn: c[9],
    "before": lambda c, L, nn: c[-9],
    "name": lambda c, L, nn: c["0"],
    "slice": lambda c, L, nn: c[1:3],
    "step back": lambda c, L, nn: c[::-1],
    "length": lambda c, L, nn: len(c),
    "add": lambda c, L, nn: c + c,
    "add a list": lambda c, L, nn: operator.add(c, [L("x")]),
    "add a list of numbers": lambda c, L, nn: operator.add(c, [1]),
    "append": lambda c, L, nn: c.append(L("x")),
    "append a number": lambda c, L, nn: c.append(3),
    "append None": lambda c, L, nn: c.append(None),
    "insert": lambda c, L, nn: c.insert(1, L("x")),
    "insert at the end": lambda c, L, nn: c.insert(5, L("x")),
    "insert at the start": lambda c, L, nn: c.insert(0, L("x")),
    "pop": lambda c, L, nn: c.pop(0),
    "pop the last": lambda c, L, nn: c.pop(-1),
    "pop without a place": lambda c, L, nn: c.pop(),
    "pop a slice": lambda c, L, nn: c.pop(slice(0, 2)),
    "extend": lambda c, L, nn: c.extend([L("x")]),
    "extend by a generator": lambda c, L, nn: c.extend(L("x") for _ in range(2)),
    "extend by a number": lambda c, L, nn: c.extend(3),
    "extend by a dict": lambda c, L, nn: c.extend({"a": 1}),
    "extend by a module": lambda c, L, nn: c.extend(L("x")),
    "add in place": lambda c, L, nn: operator.iadd(c, [L("x")]),
    "delete": lambda c, L, nn: operator.delitem(c, 0),
    "delete a slice": lambda c, L, nn: operator.delitem(c, slice(0, 3)),
    "delete beyond": lambda c, L, nn: operator.delitem(c, 9),
    "set": lambda c, L, nn: operator.setitem(c, 0, L("x")),
    "set beyond": lambda c, L, nn: operator.setitem(c, 7, L("x")),
    "set a number": lambda c, L, nn: operator.setitem(c, 0, 3),
    "call": lambda c, L, nn: c(1),
    "reversed": lambda c, L, nn: list(reversed(c)),
    "of a number": lambda c, L, nn: nn.ModuleList(3),
    "of nothing": lambda c, L, nn: nn.ModuleList(),
    "of a generator": lambda c, L, nn: nn.ModuleList(L("x") for _ in range(12)),
    "nested": lambda c, L, nn: nn.ModuleList([nn.ModuleList([L("x")] * 2) for _ in range(3)]),
    "dir": lambda c, L, nn: [name for name in dir(c) if name.isdigit()],
    "deep copy": lambda c, L, nn: copy.deepcopy(c),
}


@pytest.mark.parametrize("use", LIST.values(), ids=LIST)
def test_module_list(use: Use) -> None:
    names = ["a", "a", "bb", "bb", "c"]
    check(lambda nn, torch, L: nn.ModuleList([L(name) for name in names]), use, layers)


def test_inserting_beyond_the_end_of_a_list_appends() -> None:
    L = layers(our_nn, ours)
    row = our_nn.ModuleList([L("a"), L("b")])
    row.insert(9, L("c"))
    row.insert(-1, L("d"))
    assert [layer.name for layer in row] == ["a", "b", "d", "c"]
    assert_mirrored(row)


@pytest.mark.parametrize("kind", ["Sequential", "ModuleList"])
def test_a_row_is_extended_by_itself(kind: str) -> None:
    L = layers(our_nn, ours)
    row = our_nn.Sequential(L("a"), L("b"))
    row = row if kind == "Sequential" else our_nn.ModuleList(row)
    row.extend(row)
    assert [layer.name for layer in row] == ["a", "b", "a", "b"]


DICT: dict[str, Use] = {
    "repr": lambda c, L, nn: repr(c),
    "get": lambda c, L, nn: c["b"],
    "absent": lambda c, L, nn: c["z"],
    "attribute": lambda c, L, nn: c.b,
    "contains": lambda c, L, nn: ["b" in c, "z" in c],
    "iteration": lambda c, L, nn: list(c),
    "keys": lambda c, L, nn: list(c.keys()),
    "items": lambda c, L, nn: list(c.items()),
    "values": lambda c, L, nn: list(c.values()),
    "length": lambda c, L, nn: len(c),
    "pop": lambda c, L, nn: c.pop("b"),
    "pop what is absent": lambda c, L, nn: c.pop("z"),
    "delete": lambda c, L, nn: operator.delitem(c, "b"),
    "delete what is absent": lambda c, L, nn: operator.delitem(c, "z"),
    "set": lambda c, L, nn: operator.setitem(c, "q", L("x")),
    "replace": lambda c, L, nn: operator.setitem(c, "b", L("x")),
    "set None": lambda c, L, nn: operator.setitem(c, "b", None),
    "set a number": lambda c, L, nn: operator.setitem(c, "b", 3),
    "set a method": lambda c, L, nn: operator.setitem(c, "keys", L("x")),
    "set a point": lambda c, L, nn: operator.setitem(c, "a.b", L("x")),
    "set at a number": lambda c, L, nn: operator.setitem(c, 1, L("x")),
    "update": lambda c, L, nn: c.update({"z": L("x"), "y": L("y"), "a": L("z")}),
    "update by pairs": lambda c, L, nn: c.update([("z", L("x")), ["y", L("y")]]),
    "update by another": lambda c, L, nn: c.update(nn.ModuleDict({"z": L("x")})),
    "update in order": lambda c, L, nn: c.update(OrderedDict(z=L("x"), y=L("y"))),
    "update by a number": lambda c, L, nn: c.update(3),
    "update by singles": lambda c, L, nn: c.update([("q",)]),
    "update by triples": lambda c, L, nn: c.update([("q", 1, 2)]),
    "update by numbers": lambda c, L, nn: c.update([3]),
    "clear": lambda c, L, nn: c.clear(),
    "call": lambda c, L, nn: c(1),
    "or": lambda c, L, nn: c | c,
    "of pairs": lambda c, L, nn: nn.ModuleDict([("b", L("x")), ("a", L("y"))]),
    "of a number": lambda c, L, nn: nn.ModuleDict({"a": 3}),
    "deep copy": lambda c, L, nn: copy.deepcopy(c),
}


@pytest.mark.parametrize("use", DICT.values(), ids=DICT)
def test_module_dict(use: Use) -> None:
    check(lambda nn, torch, L: nn.ModuleDict({"b": L("b"), "a": L("a")}), use, layers)


def sizes(nn: Any, torch: Any) -> Callable[..., Any]:
    """Give a function that makes parameters by their sizes."""
    return lambda *sizes: nn.Parameter(torch.ones(*sizes))


PARAMETER_LIST: dict[str, Use] = {
    "repr": lambda c, P, nn: repr(c),
    "first": lambda c, P, nn: c[0],
    "last": lambda c, P, nn: c[-1],
    "beyond": lambda c, P, nn: c[9],
    "before": lambda c, P, nn: c[-9],
    "name": lambda c, P, nn: c["0"],
    "slice": lambda c, P, nn: c[0:2],
    "steps": lambda c, P, nn: c[::-2],
    "length": lambda c, P, nn: len(c),
    "iteration": lambda c, P, nn: list(c),
    "append": lambda c, P, nn: c.append(P(1)),
    "append a tensor": lambda c, P, nn: c.append(P(3).detach()),
    "append a number": lambda c, P, nn: c.append(3),
    "extend": lambda c, P, nn: c.extend([P(1), 3]),
    "extend by itself": lambda c, P, nn: c.extend(c),
    "extend by a number": lambda c, P, nn: c.extend(3),
    "extend by a parameter": lambda c, P, nn: c.extend(P(1)),
    "add in place": lambda c, P, nn: operator.iadd(c, [P(1)]),
    "add": lambda c, P, nn: c + c,
    "set": lambda c, P, nn: operator.setitem(c, -3, P(5)),
    "set a tensor": lambda c, P, nn: operator.setitem(c, 1, P(5).detach()),
    "set a number": lambda c, P, nn: operator.setitem(c, 0, 5),
    "set beyond": lambda c, P, nn: operator.setitem(c, 9, 5),
    "names": lambda c, P, nn: [name for name, _ in c.named_parameters()],
    "kinds": lambda c, P, nn: [type(each) for each in c],
    "call": lambda c, P, nn: c(1),
    "pop": lambda c, P, nn: c.pop(),
    "insert": lambda c, P, nn: c.insert(0, 1),
    "dir": lambda c, P, nn: [name for name in dir(c) if name.isdigit()],
    "of nothing": lambda c, P, nn: nn.ParameterList(),
    "of one": lambda c, P, nn: nn.ParameterList([P(2, 3)]),
    "of a number": lambda c, P, nn: nn.ParameterList(3),
    "of what is not": lambda c, P, nn: nn.ParameterList([nn.Sequential(), None, P(1) * 2]),
    "of lists": lambda c, P, nn: nn.ParameterList([nn.ParameterList([P(1)])]),
    "of doubles": lambda c, P, nn: nn.ParameterList([P(2).detach().double(), P()]),
    "of integers": lambda c, P, nn: nn.ParameterList([P(2).detach().long()]),
    "deep copy": lambda c, P, nn: copy.deepcopy(c),
}


@pytest.mark.parametrize("use", PARAMETER_LIST.values(), ids=PARAMETER_LIST)
def test_parameter_list(use: Use) -> None:
    check(
        lambda nn, torch, P: nn.ParameterList([P(2), torch.zeros(2, 3), 3, "x"]),
        use,
        sizes,
    )


PARAMETER_DICT: dict[str, Use] = {
    "repr": lambda c, P, nn: repr(c),
    "get": lambda c, P, nn: [c["b"], c.get("b"), c.get("z"), c.get("z", 5)],
    "absent": lambda c, P, nn: c["z"],
    "attribute": lambda c, P, nn: c.a,
    "contains": lambda c, P, nn: ["a" in c, "z" in c],
    "iteration": lambda c, P, nn: [list(c), list(reversed(c)), len(c)],
    "keys": lambda c, P, nn: list(c.keys()),
    "items": lambda c, P, nn: list(c.items()),
    "values": lambda c, P, nn: list(c.values()),
    "pop": lambda c, P, nn: c.pop("a"),
    "pop what is absent": lambda c, P, nn: c.pop("z"),
    "pop the last": lambda c, P, nn: c.popitem(),
    "setdefault": lambda c, P, nn: [c.setdefault("s"), c.setdefault("t", P(1)), c.setdefault("b")],
    "update by a dict": lambda c, P, nn: c.update({"z": P(1), "c": P(2)}),
    "update by pairs": lambda c, P, nn: c.update([("z", P(1)), ("c", P(2))]),
    "update in order": lambda c, P, nn: c.update(OrderedDict(z=P(1), c=P(2))),
    "update by another": lambda c, P, nn: c.update(nn.ParameterDict([("z", P(1)), ("c", P(2))])),
    "update by a number": lambda c, P, nn: c.update(3),
    "update by singles": lambda c, P, nn: c.update([(1,)]),
    "update by numbers": lambda c, P, nn: c.update([3]),
    "or": lambda c, P, nn: c | nn.ParameterDict({"z": P(1)}),
    "or from a dict": lambda c, P, nn: list({"z": P(1)} | c),
    "or a number": lambda c, P, nn: c | 3,
    "a number or": lambda c, P, nn: 3 | c,
    "or in place": lambda c, P, nn: operator.ior(c, {"z": P(1)}),
    "copy": lambda c, P, nn: [c.copy(), c.copy()["a"] is c["a"]],
    "fromkeys": lambda c, P, nn: c.fromkeys(["l", "k"], 2),
    "fromkeys without a value": lambda c, P, nn: c.fromkeys(["l", "k"]),
    "set": lambda c, P, nn: operator.setitem(c, "q", P(4)),
    "set a tensor": lambda c, P, nn: operator.setitem(c, "b", P(4).detach()),
    "set a number": lambda c, P, nn: operator.setitem(c, "b", 4),
    "set at a number": lambda c, P, nn: operator.setitem(c, 1, P(1)),
    "get at a number": lambda c, P, nn: c[1],
    "set a method": lambda c, P, nn: operator.setitem(c, "keys", P(1)),
    "set a point": lambda c, P, nn: operator.setitem(c, "w.x", P(1)),
    "delete": lambda c, P, nn: operator.delitem(c, "b"),
    "delete what is absent": lambda c, P, nn: operator.delitem(c, "z"),
    "clear": lambda c, P, nn: c.clear(),
    "call": lambda c, P, nn: c(1),
    "of pairs": lambda c, P, nn: nn.ParameterDict([("b", P(1)), ("a", P(2))]),
    "of one": lambda c, P, nn: nn.ParameterDict({"b": P(2, 3)}),
    "of a number": lambda c, P, nn: nn.ParameterDict(3),
    "of what is not": lambda c, P, nn: nn.ParameterDict({"w": {"x": 1}, "m": nn.Sequential()}),
    "of dicts": lambda c, P, nn: nn.ParameterDict({"w": nn.ParameterDict({"a": P(2)})}),
    "deep copy": lambda c, P, nn: copy.deepcopy(c),
}


@pytest.mark.parametrize("use", PARAMETER_DICT.values(), ids=PARAMETER_DICT)
def test_parameter_dict(use: Use) -> None:
    check(
        lambda nn, torch, P: nn.ParameterDict({"b": P(2), "a": torch.zeros(2, 3), "n": 3}),
        use,
        sizes,
    )


def test_containers_survive_pickles() -> None:
    parameter = our_nn.Parameter(ours.arange(2, dtype=ours.float32))
    row = our_nn.Sequential(
        our_nn.ModuleDict({"p": our_nn.ParameterList([parameter, 3])}),
        our_nn.ModuleList([our_nn.ParameterDict({"q": parameter})]),
    )
    again = pickle.loads(pickle.dumps(row))
    assert repr(again) == repr(row)
    assert facts(again.state_dict()) == facts(row.state_dict())
    assert again[0]["p"][0] is again[1][0]["q"]
    assert_mirrored(again)


def test_data_parallel_calls_its_module() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        layer = layers(nn, torch)("layer")
        whole = nn.DataParallel(layer, device_ids=[0, 1])
        assert nn.parallel.DataParallel is nn.DataParallel
        assert whole.module is layer
        return after((whole(torch.ones(3, 2)), whole.device_ids), whole)

    assert_same(steps)
