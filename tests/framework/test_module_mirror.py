"""What belongs to a module is an attribute of it, whoever writes it; copies, pickles, freed memory.

These tests need no other library.
"""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

from .module_samples import assert_mirrored, make

WRITES: dict[str, Callable[[Any, Any], Any]] = {
    "setattr": lambda m, v: setattr(m, "weight", v),
    "item": lambda m, v: m._parameters.__setitem__("weight", v),
    "update": lambda m, v: m._parameters.update(weight=v),
    "or": lambda m, v: m._parameters.__ior__({"weight": v}),
    "setdefault": lambda m, v: (m._parameters.pop("weight"), m._parameters.setdefault("weight", v)),
    "register": lambda m, v: m.register_parameter("weight", v),
    "a new dict": lambda m, v: setattr(m, "_parameters", {"weight": v}),
    "deleted before": lambda m, v: (delattr(m, "weight"), setattr(m, "weight", v)),
    "load and assign": lambda m, v: m.load_state_dict({"weight": v}, assign=True, strict=False),
    "over a buffer": lambda m, v: (
        delattr(m, "weight"),
        m.register_buffer("weight", ours.zeros(2)),
        setattr(m, "weight", v),
    ),
    "over an attribute": lambda m, v: (
        delattr(m, "weight"),
        setattr(m, "weight", 3),
        setattr(m, "weight", v),
    ),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_shows_in_the_attribute(write: Callable[[Any, Any], Any]) -> None:
    scale = make(our_nn, ours).first
    value = our_nn.Parameter(ours.full((2,), 7.0))
    write(scale, value)
    assert scale.weight is value
    assert scale._parameters["weight"] is value
    assert_mirrored(scale)


REMOVALS: dict[str, Callable[[Any], Any]] = {
    "delattr": lambda m: delattr(m, "weight"),
    "item": lambda m: m._parameters.__delitem__("weight"),
    "pop": lambda m: m._parameters.pop("weight"),
    "clear": lambda m: m._parameters.clear(),
    "popitem": lambda m: [m._parameters.popitem() for _ in range(3)],
    "a new dict": lambda m: setattr(m, "_parameters", {}),
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_every_removal_shows_in_the_attribute(remove: Callable[[Any], Any]) -> None:
    scale = make(our_nn, ours).first
    remove(scale)
    assert not hasattr(scale, "weight")
    assert "weight" not in scale._parameters
    with pytest.raises(KeyError):
        scale._parameters.pop("weight")
    assert scale._parameters.pop("weight", 3) == 3


def test_conversions_and_loading_keep_the_attributes_right() -> None:
    net = make(our_nn, ours)
    for step in (
        lambda: net.double(),
        lambda: net.load_state_dict(net.state_dict()),
        lambda: net.load_state_dict(make(our_nn, ours).state_dict(), assign=True),
        lambda: net.requires_grad_(False),
        lambda: net.to_empty(device="cpu"),
    ):
        step()
        assert_mirrored(net)
    assert_mirrored(copy.deepcopy(net))


def test_a_dict_taken_over_from_another_module_shows_what_is_written() -> None:
    scale = make(our_nn, ours).first
    other = type(scale).__new__(type(scale))
    other.__dict__ = dict(scale.__dict__)
    other.weight = value = our_nn.Parameter(ours.zeros(1))
    assert other.weight is value and scale.weight is value


class Pickled(our_nn.Module):
    """A module that pickle finds."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = our_nn.Parameter(ours.arange(3, dtype=ours.float32))
        self.inner = our_nn.Sequential(our_nn.ModuleList())
        self.register_buffer("part", self.weight.detach()[1:])
        self.register_buffer("gone", None, persistent=False)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_and_pickles(again: Callable[[Any], Any]) -> None:
    module = Pickled()
    module.register_forward_hook(print)
    module.weight.requires_grad_(False)
    other = again(module.eval())
    assert_mirrored(other)
    assert type(other.weight) is our_nn.Parameter and not other.weight.requires_grad
    assert not other.training and not other.inner.training
    assert other.weight is not module.weight
    other.weight.data[:] = 9.0
    assert module.weight.tolist() == [0.0, 1.0, 2.0]
    assert list(other.state_dict()) == ["weight", "part"]
    assert list(other._forward_hooks.values()) == [print]
    other.weight = our_nn.Parameter(ours.ones(1))
    assert other._parameters["weight"] is other.weight
    assert module.weight.tolist() == [0.0, 1.0, 2.0]


def test_modules_are_freed_without_the_cycle_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        net = make(our_nn, ours)
        net.register_full_backward_hook(lambda *args: None)
        net.register_load_state_dict_pre_hook(lambda *args: None)
        net(ours.ones(2, requires_grad=True)).sum()
        freed = [weakref.ref(net), weakref.ref(net.inner[0].weight)]
        del net
        assert [each() for each in freed] == [None, None]
    finally:
        gc.enable()
