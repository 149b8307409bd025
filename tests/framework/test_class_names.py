"""What `print(type(x))` shows, and what it must not change."""

from __future__ import annotations

import abc
import copy
import operator
import pickle
from typing import Any

import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")


@pytest.mark.parametrize(
    "made",
    [
        "torch.ones(2)", "torch.ones(2).shape", "torch.float32", "torch.device('cpu')",
        "torch.Generator()", "torch.strided", "torch.preserve_format", "torch.finfo(torch.float32)",
        "torch.iinfo(torch.int8)", "torch.nn.Parameter(torch.ones(2))", "torch.nn.Buffer()",
        "torch.nn.parameter.UninitializedParameter()", "torch.nn.parameter.UninitializedBuffer()",
        "torch.ones(2).untyped_storage()", "torch.ones(2).storage()",
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*TypedStorage is deprecated")
def test_a_class_shows_the_name_that_it_has_in_pytorch(made: str) -> None:
    mine, peer = (type(eval(made, {"torch": library})) for library in (ours, theirs))
    assert str(mine) == repr(mine) == repr(peer)


@pytest.mark.parametrize("name", ["FloatTensor", "cuda.FloatTensor", "sparse.FloatTensor"])
def test_old_names_of_tensors_show_as_in_pytorch(name: str) -> None:
    mine, peer = (operator.attrgetter(name)(library) for library in (ours, theirs))
    assert repr(mine) == repr(peer)


@pytest.mark.parametrize("name", ["Tensor", "Size", "dtype", "device", "Generator", "nn.Parameter"])
def test_a_class_is_still_found_where_it_is_written(name: str) -> None:
    kind: Any = operator.attrgetter(name)(ours)
    assert kind.__module__.startswith("minitorch.torch.")
    assert pickle.loads(pickle.dumps(kind)) is copy.deepcopy(kind) is kind


def test_a_users_class_shows_where_the_user_wrote_it() -> None:
    class Mine(ours.Tensor):
        pass

    assert repr(Mine) == f"<class '{__name__}.{Mine.__qualname__}'>"


def test_modules_mix_with_abstract_classes() -> None:
    class Abstract(ours.nn.Module, abc.ABC):
        @abc.abstractmethod
        def forward(self) -> None: ...

    with pytest.raises(TypeError, match="abstract"):
        Abstract()  # type: ignore[abstract]
