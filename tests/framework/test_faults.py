"""The faults that users make: each has an error of PyTorch's class that says what was received.

Options out of their range are drawn in test_hyperparameters.py. Saved files that are damaged, and
processes that are killed while they save, are in test_serialization_faults.py.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

theirs = pytest.importorskip("torch")

Fault = Callable[[Any], Any]


def raised(fault: Fault, library: Any) -> Exception:
    with warnings.catch_warnings(), pytest.raises(Exception) as caught:
        warnings.simplefilter("ignore")
        fault(library)
    return caught.value


def text_of(problem: Exception) -> str:
    """Give what a traceback shows of an error."""
    return "\n".join([str(problem), *getattr(problem, "__notes__", [])])


def ones(t: Any, *shape: int) -> Any:
    return t.ones(*shape, requires_grad=True)


def changed_after_it_was_saved(t: Any, change: Callable[[Any], Any]) -> None:
    y = ones(t, 3) * 1
    z = y * y
    change(y)
    z.sum().backward()


def backward_twice(t: Any) -> None:
    x = ones(t, 3)
    y = (x * x).sum()
    y.backward()
    y.backward()


def optimizer_of_used_parameters(t: Any) -> None:
    parameters = t.nn.Linear(2, 2).parameters()
    list(parameters)
    t.optim.SGD(parameters, lr=0.1)


def not_a_number(t: Any) -> None:
    with t.autograd.detect_anomaly():
        x = t.tensor([1.0, 0.0, -1.0], requires_grad=True)
        t.sqrt(x).sum().backward()


def misfit_in_an_encoder(t: Any) -> None:
    network = t.nn.Sequential()
    encoder = t.nn.Sequential(t.nn.Linear(5, 3), t.nn.ReLU(), t.nn.Linear(4, 4))
    network.add_module("encoder", encoder)
    network(t.zeros(2, 5))


def load(t: Any, **tensors: Any) -> None:
    t.nn.Linear(2, 3).load_state_dict(
        {name: t.zeros(*shape) for name, shape in tensors.items()},
    )


# The number of the fault; what fails; and what our text says, in this order.
FAULTS: list[tuple[int, Fault, list[str]]] = [
    # 1: shapes that do not broadcast.
    (
        1,
        lambda t: t.zeros(2, 3) + t.zeros(4, 3),
        ["add", r"\(2, 3\)", r"\(4, 3\)", "-2", "2 and 4"],
    ),
    (1, lambda t: t.zeros(3).add_(t.zeros(4, 3)), ["add", r"\[3\]", r"\[4, 3\]"]),
    (1, lambda t: t.where(t.ones(2, 3) > 0, t.zeros(4, 3), 1.0), ["where", r"\(2, 3\), \(4, 3\)"]),
    (1, lambda t: t.zeros(2, 3).expand(4, 3), [r"4", r"2", r"\[4, 3\].*\[2, 3\]"]),
    (1, lambda t: t.broadcast_tensors(t.zeros(2, 3), t.zeros(4)), [r"\(4,\)", r"\[2, 3\]"]),
    (1, lambda t: t.nn.functional.mse_loss(t.zeros(2, 3), t.zeros(4)), [r"\(4,\)", r"\[2, 3\]"]),
    (1, lambda t: t.cat([t.zeros(2, 3), t.zeros(2, 4)]), ["cat", "3", "4"]),
    (1, lambda t: t.stack([t.zeros(2), t.zeros(3)]), ["stack", "2", "3"]),
    # 2: products.
    (2, lambda t: t.zeros(2, 3) @ t.zeros(2, 3), ["2x3 and 2x3", "3", "2 rows", "transpose"]),
    (2, lambda t: t.mm(t.zeros(2, 3), t.zeros(4, 3)), ["2x3 and 4x3", "transpose"]),
    (2, lambda t: t.mv(t.zeros(2, 3), t.zeros(2)), ["2x3 and 2"]),
    (2, lambda t: t.dot(t.zeros(2), t.zeros(3)), ["2 and 3"]),
    (2, lambda t: t.bmm(t.zeros(2, 2, 3), t.zeros(2, 2, 3)), [r"\[2, 3\]", r"\[2, 2\]"]),
    (2, lambda t: t.zeros(2, 2, 3) @ t.zeros(3, 3, 3), ["matmul", r"\(2,\)", r"\(3,\)"]),
    (2, lambda t: t.addmm(t.zeros(5, 5), t.zeros(2, 3), t.zeros(3, 2)), [r"\[5, 5\]", r"\[2, 2\]"]),
    (2, lambda t: t.zeros(2, 3) @ t.tensor(1.0), ["matmul", "2D and 0D"]),
    (2, lambda t: t.zeros(2, 3) @ t.zeros(3, 2, dtype=t.float64), ["float32", "float64", "to()"]),
    # 3 and 4: other shapes of the same elements.
    (3, lambda t: t.zeros(6).view(4, 2), ["view", r"\[4, 2\]", "size 6", "8 elements"]),
    (3, lambda t: t.zeros(6).reshape(4, 2), ["reshape", r"\[4, 2\]", "size 6", "8 elements"]),
    (3, lambda t: t.zeros(6).view(-1, -1), ["view", "only one", r"\[-1, -1\]"]),
    (3, lambda t: t.zeros(6).view(-1, 4), ["view", r"\[-1, 4\]", "size 6"]),
    (3, lambda t: t.zeros(6).view(-2, 3), ["view", "-2", r"\[-2, 3\]"]),
    (3, lambda t: t.zeros(6).unflatten(0, (4, 2)), ["unflatten", r"\[4, 2\]", "6"]),
    (4, lambda t: t.zeros(2, 3).t().view(6), [r"\(1, 3\)", r"\[6\]", "contiguous", "reshape"]),
    # 5: dimensions.
    (5, lambda t: t.zeros(2, 3).permute(0, 0), ["permute", r"\[0, 0\]", "2"]),
    (5, lambda t: t.zeros(2, 3).permute(0, 3), ["permute", r"\[-2, 1\]", "3"]),
    (5, lambda t: t.zeros(2, 3).transpose(0, 3), ["transpose", r"\[-2, 1\]", "3"]),
    (5, lambda t: t.zeros(2, 3).sum(3), ["sum", "3", r"\(2, 3\)", "-2 to 1"]),
    (5, lambda t: t.zeros(2, 3).sum((0, 0)), ["sum", r"\(0, 0\)", r"\(2, 3\)"]),
    (5, lambda t: t.zeros(2, 3).softmax(-3), ["softmax", "-3", r"\(2, 3\)"]),
    (5, lambda t: t.cat([t.zeros(2, 3)], 3), ["cat", r"\[-2, 1\]", "3"]),
    (5, lambda t: t.zeros(2, 3).unsqueeze(5), ["unsqueeze", r"\[-3, 2\]", "5"]),
    # 6: indices.
    (6, lambda t: t.zeros(3)[5], ["5", "dimension 0", "size 3"]),
    (6, lambda t: t.zeros(3)[-4], ["-4", "dimension 0", "size 3"]),
    (6, lambda t: t.zeros(3)[0, 0], ["too many", "dimension 1", r"\[3\]"]),
    (6, lambda t: t.zeros(3)[t.tensor([0, 5])], ["5", r"\(1,\)", "size 3", "-3 to 2"]),
    (6, lambda t: t.zeros(3)[t.tensor([True, False])], [r"\[2\]", r"\[3\]"]),
    (6, lambda t: t.zeros(3).__setitem__(5, 1.0), ["5", "size 3"]),
    (6, lambda t: t.zeros(3).__setitem__(slice(None), t.zeros(4)), [r"\[4\]", r"\[3\]"]),
    (6, lambda t: t.zeros(3).select(0, 5), ["select", "5", r"\[3\]"]),
    (6, lambda t: t.zeros(3).take(t.tensor([5])), ["take", "5", r"\(0,\)", "3 elements"]),
    (6, lambda t: t.zeros(3).index_select(0, t.tensor([5])), ["5", r"\(0,\)", "size 3", "0 to 2"]),
    (6, lambda t: t.zeros(3).gather(0, t.tensor([5])), ["gather", "5", r"\(0,\)", "size 3"]),
    (6, lambda t: t.zeros(3).scatter(0, t.tensor([5]), 1.0), ["scatter", "5", r"\(0,\)", "size 3"]),
    (6, lambda t: t.zeros(3).index_add(0, t.tensor([5]), t.ones(1)), ["index_add", "5", "size 3"]),
    # 7: rows of a table, and classes.
    (
        7,
        lambda t: t.nn.Embedding(1000, 2)(t.tensor([[0, 1000]])),
        ["1000", r"\(0, 1\)", "to 999"],
    ),
    (7, lambda t: t.nn.Embedding(1000, 2)(t.tensor([[0, -1]])), ["-1", r"\(0, 1\)", "0 to 999"]),
    (
        7,
        lambda t: t.nn.functional.nll_loss(t.zeros(2, 3), t.tensor([0, 3])),
        ["nll_loss", "3", r"\(1,\)", r"0\.\.2", r"\(2, 3\)", "ignore_index"],
    ),
    (
        7,
        lambda t: t.nn.functional.cross_entropy(t.zeros(2, 3), t.tensor([0, -3])),
        ["cross_entropy", "-3", r"\(1,\)", r"0\.\.2", r"\(2, 3\)", "ignore_index"],
    ),
    (
        7,
        lambda t: t.nn.functional.cross_entropy(
            t.zeros(2, 3, requires_grad=True), t.tensor([0, 12])
        ),
        ["cross_entropy: target 12", r"\(1,\)", r"0\.\.2", r"\(2, 3\)", "ignore_index"],
    ),
    (7, lambda t: t.nn.functional.one_hot(t.tensor([0, 3]), 3), ["one_hot", "3"]),
    # 8: floats as indices.
    (8, lambda t: t.nn.Embedding(10, 2)(t.zeros(2)), ["embedding", "float32", "int64"]),
    (8, lambda t: t.zeros(3)[1.0], ["integers", "float"]),
    (8, lambda t: t.zeros(3)[t.tensor([1.0])], ["float32", r"\[1\]", "long"]),
    (8, lambda t: t.zeros(3).gather(0, t.zeros(2)), ["gather", "float32", r"\(2,\)"]),
    (8, lambda t: t.nn.functional.one_hot(t.zeros(2)), ["one_hot", "float32", "long"]),
    (
        8,
        lambda t: t.nn.functional.cross_entropy(t.zeros(2, 3), t.zeros(2)),
        ["cross_entropy", r"\[2, 3\]", r"\[2\]", "Long", "long"],
    ),
    (
        8,
        lambda t: t.nn.functional.nll_loss(t.zeros(2, 3), t.zeros(2)),
        ["nll_loss", "float32", "long"],
    ),
    # 9: gradients of integers.
    (9, lambda t: t.zeros(3, dtype=t.int64).requires_grad_(), ["floating point", "int64", "float"]),
    (9, lambda t: t.tensor([1, 2], requires_grad=True), ["floating point", "int64", "float"]),
    (9, lambda t: t.nn.Parameter(t.tensor([1, 2])), ["floating point", "int64", "requires_grad"]),
    # 10: ragged lists.
    (10, lambda t: t.tensor([[1, 2, 3], [1, 2]]), [r"row \[1\] has 2", r"row \[0\] has 3"]),
    (10, lambda t: t.tensor([[[1], [2]], [[1], [2, 3]]]), [r"row \[1\]\[1\] has 2", r"\[0\]\[0\]"]),
    (10, lambda t: t.tensor([[1, 2], 3]), ["3 beside lists"]),
    (10, lambda t: t.tensor([1, "a"]), ["'a'"]),
    # 11: layers.
    (11, lambda t: t.nn.Linear(3, 4)(t.zeros(2, 5)), ["linear", r"\(2, 5\)", "in_features", "3"]),
    (11, misfit_in_an_encoder, [r"\(2, 3\)", r"\(4, 4\)", r"encoder\.2 \(Linear\)"]),
    (
        11,
        lambda t: t.nn.Conv2d(3, 4, 3)(t.zeros(2, 5, 8, 8)),
        ["conv2d", r"\(4, 3, 3, 3\)", "3 channels", "5", r"\(2, 5, 8, 8\)"],
    ),
    (11, lambda t: t.nn.Conv2d(3, 4, 3)(t.zeros(2, 5)), ["4D", "conv2d", r"\[2, 5\]"]),
    (11, lambda t: t.nn.Conv2d(3, 4, 3)(t.zeros(2, 3, 2, 2)), ["3 x 3", "2 x 2", "smaller"]),
    (11, lambda t: t.nn.LayerNorm(4)(t.zeros(2, 5)), ["layer_norm", r"\(4,\)", r"\(2, 5\)"]),
    (11, lambda t: t.nn.BatchNorm1d(4)(t.zeros(2, 5)), ["batch_norm", "5", "4"]),
    (11, lambda t: t.nn.LSTM(4, 3)(t.zeros(2, 5)), ["input_size", "4", "5"]),
    (
        11,
        lambda t: t.nn.MultiheadAttention(4, 2)(*[t.zeros(2, 5, 6)] * 3),
        ["embedding dimension", "4", "6"],
    ),
    (11, lambda t: t.nn.Linear(3, 4)(t.zeros(2, 3, dtype=t.int64)), ["int64", "float32"]),
    (
        11,
        lambda t: t.nn.CrossEntropyLoss()(t.zeros(2, 3), t.tensor([0, 1, 2])),
        ["cross_entropy", r"\(2, 3\)", r"\(2,\)", r"\(3,\)"],
    ),
    # 12 and 13: changes in place.
    (
        12,
        lambda t: changed_after_it_was_saved(t, lambda y: y.add_(1)),
        ["MulBackward0", r"\[3\]", "version 0", "at version 1", "clone"],
    ),
    (
        12,
        lambda t: changed_after_it_was_saved(t, lambda y: y[0].zero_()),
        ["MulBackward0", r"\[3\]", "version 0", "at version 1", "clone"],
    ),
    (13, lambda t: ones(t, 3).add_(1), ["leaf", "no_grad", "clone"]),
    (13, lambda t: ones(t, 3)[:2].mul_(2), ["view of a leaf", "no_grad", "clone"]),
    (13, lambda t: ones(t, 3).__setitem__(0, 1), ["leaf", "no_grad", "clone"]),
    # 14, 15 and 16: backward.
    (14, backward_twice, ["second time", "MulBackward0", "retain_graph=True"]),
    (15, lambda t: (ones(t, 2, 3) * 2).backward(), [r"\[2, 3\]", "gradient", "reduce"]),
    (15, lambda t: (ones(t, 2, 3) * 2).backward(t.ones(3)), [r"\[3\]", r"\[2, 3\]"]),
    (15, lambda t: t.autograd.grad(ones(t, 3).sum(), ones(t, 3)), ["index 0", "allow_unused"]),
    (16, lambda t: t.ones(3).sum().backward(), ["does not require grad", "no_grad", "detached"]),
    (16, lambda t: t.optim.SGD([], lr=0.1), ["SGD", "no parameters", "parameters()"]),
    (16, optimizer_of_used_parameters, ["SGD", "no parameters", "already consumed"]),
    (16, lambda t: t.optim.SGD(ones(t, 3), lr=0.1), ["iterable", "Tensor", "list"]),
    (16, lambda t: t.optim.SGD([ones(t, 3) * 2], lr=0.1), ["non-leaf", r"\[3\]", "detach"]),
    # 17: what is no number.
    (17, not_a_number, ["SqrtBackward0", r"nan", r"\(2,\)", r"test_faults\.py:\d+", "sqrt"]),
    # 19: options out of their range.
    (19, lambda t: t.optim.SGD([ones(t, 3)], lr=-1), ["learning rate", "-1", "0 or more"]),
    (19, lambda t: t.optim.SGD([ones(t, 3)], momentum=-1), ["momentum", "-1", "0 or more"]),
    (19, lambda t: t.optim.Adam([ones(t, 3)], betas=(0.9, 2)), ["beta", "index 1", "2"]),
    (19, lambda t: t.nn.Dropout(1.5), ["between 0 and 1", r"1\.5"]),
    (19, lambda t: t.nn.Conv2d(1, 1, 0)(t.zeros(1, 1, 4, 4)), ["kernel", "0"]),
    (19, lambda t: t.nn.MaxPool2d(0)(t.zeros(1, 1, 4, 4)), ["kernel", "0"]),
    (19, lambda t: t.nn.GroupNorm(3, 4), ["4", "3"]),
    # 20: states that do not fit.
    (
        20,
        lambda t: load(t, weight=(3, 3), c=(2,)),
        [
            'Missing.*"bias"',
            'Unexpected.*"c"',
            r"weight.*\[3, 3\].*\[3, 2\]",
            "Nothing was",
        ],
    ),
]


@pytest.mark.parametrize(
    ("fault", "says"),
    [row[1:] for row in FAULTS],
    ids=[f"{row[0]}-{place}" for place, row in enumerate(FAULTS)],
)
def test_errors_are_of_pytorchs_class_and_say_what_was_received(
    fault: Fault, says: list[str]
) -> None:
    mine = raised(fault, ours)
    assert isinstance(mine, type(raised(fault, theirs))), repr(mine)
    position = 0
    text = text_of(mine)
    for pattern in says:
        found = re.compile(pattern, re.DOTALL).search(text, position)
        assert found is not None, f"{pattern!r} is not where it should be in: {text}"
        position = found.end()


def test_one_of_several_views_is_named_where_it_cannot_change() -> None:
    rows = ours.ones(3, 2, requires_grad=True) * 1
    with pytest.raises(RuntimeError, match=r"Output 1 of Unbind is a view.*clone"):
        rows.unbind()[1][:1].mul_(2)
    with ours.no_grad():
        rows.split(2)[0].mul_(2)
    assert rows.tolist() == [[2.0, 2.0], [2.0, 2.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "form",
    [
        "torch.meshgrid(x[0, 0], x[0, 0])", "x.T", "x[0, 0].T", "x[0, 0, 0].T", "x[0, 0, 0].mT",
        "x[0, 0, 0].H",
    ],
)  # fmt: skip
def test_old_forms_warn_once_unless_always_is_asked_for(form: str) -> None:
    for torch in (ours, theirs):
        x = torch.ones(2, 3, 4)
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            for _ in range(3):
                eval(form, {"torch": torch, "x": x})
            assert len(found) <= 1, "the second one comes at the latest in another test"
            torch.set_warn_always(True)
            eval(form, {"torch": torch, "x": x})
            eval(form, {"torch": torch, "x": x})
            torch.set_warn_always(False)
        assert 2 <= len(found) <= 3
        assert all(issubclass(each.category, UserWarning) for each in found)


def test_nothing_is_loaded_of_a_state_that_does_not_fit() -> None:
    layer = ours.nn.Linear(2, 3)
    before = layer.weight.detach().numpy().copy()
    with pytest.raises(RuntimeError):
        layer.load_state_dict({"weight": ours.zeros(3, 2), "bias": ours.zeros(4)})
    np.testing.assert_array_equal(layer.weight.detach().numpy(), before)


def test_a_fault_leaves_the_operands_as_they_were() -> None:
    x = ours.zeros(3)
    version = x._version
    for fault in (
        lambda: x.add_(ours.zeros(4)),
        lambda: x.scatter_(0, ours.tensor([0, 7]), 5.0),
        lambda: x.index_add_(0, ours.tensor([0, 7]), ours.ones(2)),
        lambda: x.index_fill_(0, ours.tensor([0, 7]), 5.0),
        lambda: x.__setitem__(ours.tensor([0, 7]), 5.0),
    ):
        with pytest.raises((RuntimeError, IndexError)):
            fault()
        assert x.tolist() == [0.0, 0.0, 0.0] and x._version == version


def test_a_tensor_without_dimensions_is_indexed_as_old_programs_do() -> None:
    with pytest.warns(FutureWarning):
        assert ours.tensor(3.0)[0].item() == 3.0
