"""Module 0, Task 0.4: the tree of modules and parameters."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given

from minitorch import Module, Parameter, Scalar, tensor

from .strategies import finite_floats

pytestmark = pytest.mark.task0_4


class Leaf(Module):
    """A module without children."""

    def __init__(self, value: float = 15) -> None:
        super().__init__()
        self.p3 = Parameter(value)


class Middle(Module):
    """A child with a child."""

    def __init__(self) -> None:
        super().__init__()
        self.c = Leaf()


class Side(Module):
    """A child with a parameter and a plain attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.p2 = Parameter(10)
        self.note = "plain"


class Root(Module):
    """Two children, one of which has a child, and a parameter that comes last in the code."""

    def __init__(self) -> None:
        super().__init__()
        self.a = Side()
        self.b = Middle()
        self.p1 = Parameter(5)

    def forward(self, x: float, scale: float = 1.0) -> float:
        """Scale a number."""
        return x * scale


class AcceptsGradient:
    """A value that records how it was told to require a gradient."""

    def __init__(self) -> None:
        self.calls: list[bool] = []
        self.name: str | None = None

    def requires_grad_(self, flag: bool) -> None:
        """Note the flag."""
        self.calls.append(flag)


def test_named_parameters_lists_own_ones_first_then_each_child() -> None:
    named = Root().named_parameters()
    assert [(name, parameter.value) for name, parameter in named] == [
        ("p1", 5),
        ("a.p2", 10),
        ("b.c.p3", 15),
    ]
    assert type(named) is list
    assert repr(named) == "[('p1', 5), ('a.p2', 10), ('b.c.p3', 15)]"


def test_parameters_come_in_the_order_of_their_names() -> None:
    root = Root()
    parameters = root.parameters()
    assert type(parameters) is list
    assert [id(p) for p in parameters] == [id(p) for _, p in root.named_parameters()]
    assert len(parameters) == 3


def test_own_parameters_keep_the_order_of_definition() -> None:
    module = Module()
    for name in ("z", "a", "m"):
        module.add_parameter(name, 1)
    assert [name for name, _ in module.named_parameters()] == ["z", "a", "m"]


def test_modules_are_the_direct_children() -> None:
    root = Root()
    children = root.modules()
    assert type(children) is list
    assert children == [root.a, root.b]
    assert Leaf().modules() == []


def test_train_and_eval_reach_every_descendant() -> None:
    root = Root()
    everyone = [root, root.a, root.b, root.b.c]
    assert all(module.training for module in everyone)
    assert root.eval() is None
    assert not any(module.training for module in everyone)
    assert root.train() is None
    assert all(module.training for module in everyone)
    root.b.eval()
    assert [module.training for module in everyone] == [True, True, False, False]


def test_parameters_and_children_live_in_the_instance_dictionary() -> None:
    root = Root()
    inside = root.__dict__
    assert list(inside["_modules"]) == ["a", "b"]
    assert list(inside["_parameters"]) == ["p1"]
    assert inside["training"] is True
    assert root.a.__dict__["note"] == "plain"
    assert type(inside["_modules"]) is type(inside["_parameters"]) is dict


@given(finite_floats)
def test_attributes_give_what_was_set(value: float) -> None:
    module = Leaf(value)
    assert module.p3.value == value
    module.p3.update(value + 1)
    assert module.p3.value == value + 1


def test_a_parameter_set_again_replaces_the_first() -> None:
    leaf = Leaf()
    leaf.p3 = Parameter(1)
    assert [p.value for p in leaf.parameters()] == [1]


def test_lists_of_parameters_are_not_registered() -> None:
    module = Module()
    module.weights = [Parameter(1), Parameter(2)]
    assert module.parameters() == []


def test_add_parameter_makes_stores_and_returns_a_named_parameter() -> None:
    module = Module()
    made = module.add_parameter("weight_0_1", 3.5)
    assert isinstance(made, Parameter)
    assert made is module.weight_0_1
    assert (made.name, made.value) == ("weight_0_1", 3.5)


def test_unknown_attributes_are_none_and_unknown_dunders_are_errors() -> None:
    module = Root()
    assert module.does_not_exist is None
    assert module._private_and_unknown is None
    with pytest.raises(AttributeError, match="__array__"):
        module.__array__  # noqa: B018


def test_a_call_is_forward() -> None:
    assert Root()(3.0) == 3.0
    assert Root()(3.0, scale=2.0) == 6.0


def test_a_module_without_forward_cannot_be_called() -> None:
    with pytest.raises(Exception) as caught:
        Leaf()()
    assert not isinstance(caught.value, RecursionError)


def test_the_representation_shows_the_tree_without_parameters() -> None:
    assert repr(Leaf()) == "Leaf()"
    assert repr(Root()) == "Root(\n  (a): Side()\n  (b): Middle(\n    (c): Leaf()\n  )\n)"


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"]
)
def test_copies_are_equal_and_independent(duplicate: Any) -> None:
    root = Root()
    root.eval()
    twin = duplicate(root)
    assert repr(twin.named_parameters()) == repr(root.named_parameters())
    assert twin.b.c.training is False
    twin.b.c.p3.update(99)
    twin.train()
    assert root.b.c.p3.value == 15
    assert root.b.c.training is False


def test_a_shallow_copy_works_too() -> None:
    assert copy.copy(Root()).p1.value == 5


# --- Parameter --------------------------------------------------------------------------------


def test_a_parameter_tells_its_value_to_require_a_gradient() -> None:
    first, second = AcceptsGradient(), AcceptsGradient()
    parameter = Parameter(first, name="weight")
    assert first.calls == [True]
    assert first.name == "weight"
    parameter.update(second)
    assert parameter.value is second
    assert second.calls == [True]
    assert second.name == "weight"


def test_a_parameter_without_a_name_leaves_the_values_name() -> None:
    value = AcceptsGradient()
    value.name = "own"
    parameter = Parameter(value)
    assert parameter.name is None
    assert value.name == "own"


def test_a_parameter_holds_any_object_and_reads_like_it() -> None:
    for value in (5, "text", None, [1, 2], 2.5):
        parameter = Parameter(value)
        assert parameter.value is value
        assert repr(parameter) == repr(value)
        assert str(parameter) == str(value)


def test_a_parameter_names_scalars_and_tracks_tensors() -> None:
    scalar = Scalar(2.0)
    module = Module()
    module.add_parameter("bias", scalar)
    module.add_parameter("weight", tensor([1.0, 2.0]))
    assert module.weight.value.requires_grad()
    assert module.weight.value.name == "weight"
