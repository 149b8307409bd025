"""Modules: what may be assigned to attributes, who else may write them, and copies."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import minitorch.torch as ours
from minitorch.torch import nn as our_nn

theirs = pytest.importorskip("torch")


from .module_checks import Steps, assert_same, outcome  # noqa: E402
from .module_samples import make  # noqa: E402


def _assign(name: str, value: Steps) -> Steps:
    def steps(nn: Any, torch: Any) -> Any:
        net = make(nn, torch)
        setattr(net, name, value(nn, torch))
        return _contents(net), getattr(net, name)

    return steps


def _register(method: str, *args: Any) -> Steps:
    def steps(nn: Any, torch: Any) -> Any:
        net = make(nn, torch)
        getattr(net, method)(*[a(nn, torch) if callable(a) else a for a in args])
        return _contents(net)

    return steps


def _contents(net: Any) -> Any:
    return (
        [list(net._parameters), list(net._buffers), list(net._modules)],
        net._non_persistent_buffers_set,
    )


VALUES: dict[str, Steps] = {
    "parameter": lambda nn, t: nn.Parameter(t.ones(2)),
    "tensor": lambda nn, t: t.ones(2),
    "buffer": lambda nn, t: nn.Buffer(t.ones(2), persistent=False),
    "persistent buffer": lambda nn, t: nn.Buffer(t.ones(2)),
    "module": lambda nn, t: nn.Sequential(),
    "None": lambda nn, t: None,
    "number": lambda nn, t: 3,
}


# A Buffer in place of a plain attribute is left out: PyTorch refuses it, and takes a Parameter.
ASSIGNMENTS = [
    (name, value)
    for name in ("scale", "steps", "first", "nothing", "fresh", "empty")
    for value in VALUES
    if name != "nothing" or "buffer" not in value
]


@pytest.mark.parametrize(("name", "value"), ASSIGNMENTS)
def test_assignment(name: str, value: str) -> None:
    assert_same(_assign(name, VALUES[value]))


@pytest.mark.parametrize("name", ["scale", "steps", "first", "nothing", "absent", "forward"])
def test_deletion(name: str) -> None:
    def steps(nn: Any, torch: Any) -> Any:
        net = make(nn, torch)
        delattr(net, name)
        return _contents(net), hasattr(net, name)

    assert_same(steps)


BEFORE_INIT = {key: VALUES[key] for key in ("parameter", "tensor", "buffer", "module", "number")}


@pytest.mark.parametrize("value", BEFORE_INIT.values(), ids=BEFORE_INIT)
def test_assignment_before_init(value: Steps) -> None:
    def steps(nn: Any, torch: Any) -> Any:
        class Hasty(nn.Module):  # type: ignore[misc,name-defined]
            def __init__(self) -> None:
                self.value = value(nn, torch)

        return Hasty().value

    assert_same(steps)


def test_uses_before_init() -> None:
    for use in (
        lambda m: list(m.parameters()),
        lambda m: next(m.modules()) is m and list(m.children()),
        lambda m: m.register_parameter("a", None),
        lambda m: m.register_buffer("a", None),
        lambda m: m.add_module("a", None),
        lambda m: m.absent,
    ):

        def steps(nn: Any, torch: Any, use: Any = use) -> Any:
            class Hasty(nn.Module):  # type: ignore[misc,name-defined]
                def __init__(self) -> None:
                    self.value = 3

            return use(Hasty())

        assert_same(steps)


def _computed(nn: Any, torch: Any) -> Any:
    return nn.Parameter(torch.ones(1)) * 2


ERRORS: dict[str, Steps] = {
    f"{method}({name!r})": _register(method, name, None)
    for method in ("register_parameter", "register_buffer", "add_module", "register_module")
    for name in (1, "a.b", "", "first", "training", None, "scale", "new")
} | {
    "a tensor as parameter": _register("register_parameter", "n", VALUES["tensor"]),
    "a string as parameter": _register("register_parameter", "n", "x"),
    "a string as buffer": _register("register_buffer", "n", "x"),
    "a string as module": _register("add_module", "n", "x"),
    "a computed parameter": _register("register_parameter", "n", _computed),
    "no mapping": _register("load_state_dict", 3),
    "mode that is no bool": _register("train", 3),
    "dtype of integers": lambda nn, t: make(nn, t).to(t.int32),
    "arguments of Module": lambda nn, t: nn.Module(3),
    "keywords of Module": lambda nn, t: nn.Module(a=3),
    "no forward": lambda nn, t: nn.Module()(1),
    "no attribute": lambda nn, t: nn.Module().absent,
    "no extra state": lambda nn, t: nn.Module().get_extra_state(),
    "no way to set extra state": lambda nn, t: nn.Module().set_extra_state(3),
    "integers as parameter": lambda nn, t: nn.Parameter(t.ones(2, dtype=t.int64)),
    "submodule that is a parameter": _register("get_submodule", "first.weight"),
    "submodule that is absent": _register("get_submodule", "first.foo"),
    "submodule far off": _register("get_submodule", "q.z"),
    "parameter that is a module": _register("get_parameter", "first"),
    "parameter without name": _register("get_parameter", ""),
    "buffer that is a parameter": _register("get_buffer", "first.weight"),
    "buffer that is absent": _register("get_buffer", "first.foo"),
    "set without name": _register("set_submodule", "", VALUES["module"]),
    "set no module": _register("set_submodule", "first", "x"),
    "set over a parameter": _register("set_submodule", "scale", VALUES["module"]),
    "set far off": _register("set_submodule", "q.z", VALUES["module"]),
    "set what is absent, strictly": _register("set_submodule", "z", VALUES["module"], True),
    "set what is absent": _register("set_submodule", "z", VALUES["module"]),
    "set deep inside": _register("set_submodule", "inner.1", VALUES["module"], True),
    "post hook that gives something": lambda nn, t: _hooked(
        nn, t, "register_state_dict_post_hook"
    ).state_dict(),
    "load hook that gives something": lambda nn, t: _loaded(
        _hooked(nn, t, "register_load_state_dict_post_hook")
    ),
}


def _hooked(nn: Any, torch: Any, method: str) -> Any:
    net = make(nn, torch)
    getattr(net, method)(lambda *args: 1)
    return net


def _loaded(net: Any) -> Any:
    return net.load_state_dict(net.state_dict())


@pytest.mark.parametrize("steps", ERRORS.values(), ids=ERRORS)
def test_errors_are_of_the_same_class(steps: Steps) -> None:
    assert_same(steps)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (_assign("scale", VALUES["tensor"]), "cannot assign 'torch.FloatTensor' as parameter"),
        (_assign("first", VALUES["tensor"]), "cannot assign 'torch.FloatTensor' as child module"),
        (_assign("steps", VALUES["number"]), "cannot assign 'int' as buffer 'steps'"),
        (ERRORS["no attribute"], "'Module' object has no attribute 'absent'"),
        (ERRORS["no forward"], 'Module [Module] is missing the required "forward" function'),
        (ERRORS["submodule far off"], "Net has no attribute `q`"),
        (ERRORS["a string as module"], "str is not a Module subclass"),
        (ERRORS["keywords of Module"], "got an unexpected keyword argument 'a'"),
        (ERRORS["dtype of integers"], "nn.Module.to only accepts floating point"),
    ],
)
def test_error_texts_have_the_words_that_users_search_for(steps: Steps, text: str) -> None:
    for nn, torch in ((our_nn, ours), (theirs.nn, theirs)):
        problem = outcome(lambda nn=nn, torch=torch: steps(nn, torch))
        assert isinstance(problem, Exception)
        assert text in str(problem)


@pytest.mark.parametrize(
    "use",
    [
        lambda m: setattr(m, "fresh", theirs.nn.Linear(1, 1)),
        lambda m: setattr(m, "fresh", theirs.ones(1)),
        lambda m: setattr(m, "scale", theirs.nn.Parameter(theirs.ones(1))),
        lambda m: m.add_module("fresh", theirs.nn.Linear(1, 1)),
        lambda m: our_nn.Sequential(theirs.nn.ReLU()),
        lambda m: our_nn.Parameter(theirs.ones(1)),
    ],
)
def test_what_comes_from_torch_itself_is_refused(use: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"cannot assign|one of the imports was left as it was"):
        use(make(our_nn, ours))


def test_a_class_attribute_hides_what_is_assigned_as_in_pytorch() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        class Masked(nn.Module):  # type: ignore[misc,name-defined]
            layer = None

            @property
            def type(self) -> str:
                return "property"

        masked = Masked()
        masked.layer = nn.Sequential()
        masked._modules["type"] = nn.Sequential()
        masked._modules["mro"] = nn.Sequential()
        return masked.layer, list(masked._modules), masked.type, masked.mro

    assert_same(steps)


def test_super_init_is_called_if_asked_for() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        class Other:
            def __init__(self, value: int) -> None:
                self.value = value

        class Both(nn.Module, Other):  # type: ignore[misc,name-defined]
            call_super_init = True

            def __init__(self) -> None:
                super().__init__(value=3)

        return Both().value

    assert_same(steps)


@pytest.fixture
def _plain_module() -> Iterator[None]:
    yield
    if "__getattr__" in vars(our_nn.Module):
        del our_nn.Module.__getattr__


@pytest.mark.usefixtures("_plain_module")
def test_a_getattr_of_a_subclass_can_call_that_of_module() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        class Wrapper(nn.Module):  # type: ignore[misc,name-defined]
            def __init__(self, inside: Any) -> None:
                super().__init__()
                self.inside = inside

            def __getattr__(self, name: str) -> Any:
                try:
                    return super().__getattr__(name)
                except AttributeError:
                    if name == "inside":
                        raise
                    return getattr(self.inside, name)

        wrapper = Wrapper(make(nn, torch))
        return wrapper.scale, wrapper.inside.scale is wrapper.scale, hasattr(wrapper, "absent")

    assert_same(steps)


def test_shallow_copies_share_their_dicts_of_parameters_as_in_pytorch() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        scale = make(nn, torch).first
        other = copy.copy(scale)
        other.weight = nn.Parameter(torch.zeros(1))
        del scale.bias
        return scale.weight, other.weight, hasattr(other, "bias"), scale.weight is other.weight

    assert_same(steps)


def test_shared_modules_stay_shared_in_deep_copies() -> None:
    def steps(nn: Any, torch: Any) -> Any:
        net = copy.deepcopy(make(nn, torch))
        return net.first is net.again, net, net.state_dict(), net.first.weight.is_leaf

    assert_same(steps)
