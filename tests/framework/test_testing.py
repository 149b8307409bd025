"""torch.testing judges, and complains, as PyTorch's does."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

# Arguments of assert_close, as expressions of torch and numpy.
CASES = """
T([1.0, 2.0]), T([1.0, 2.0])
T([1.0, 2.0, 3.0]), T([1.0, 2.0, 4.0])
T([[1.0, 2.0], [3.0, 4.0]]), T([[1.0, 2.5], [3.0, 4.0]])
T(1.0), T(2.0)
T([1, 2, 3]), T([1, 2, 4])
T([True, False]), T([True, True])
T([2**62, 0]), T([2**62 + 1, 0])
T([1, 2], dtype=torch.uint8), T([2, 2], dtype=torch.uint8)
T([1, 0]), T([2, 0]), rtol=0, atol=2
T([1.0, math.nan]), T([1.0, math.nan])
T([1.0, math.nan]), T([1.0, math.nan]), equal_nan=True
T([1.0, math.nan]), T([2.0, math.nan]), equal_nan=True
T([1.0]), T([math.nan])
T([math.inf]), T([math.inf])
T([-math.inf]), T([math.inf])
T([math.inf]), T([1.0])
T([1.0]), T([1.0, 2.0])
T([1.0]), T([[1.0]])
T([1.0]), T([1.0]).double()
T([1.0]), T([1.0]).double(), check_dtype=False
T([1.0, 0.0]).double(), T([1.5, 0.0]), check_dtype=False
T([1.0]).half(), T([1.01]).half()
T([1.0]).half(), T([1.0005]).half()
T([1.0]), T([1.000001])
T([1.0]), T([1.00001])
T([1.0]).double(), T([1.00000001]).double()
T([1.0]).double(), T([1.000001]).double()
T([1.0]), T([1.01]), rtol=0.1, atol=0.0
T([1.0]), T([1.01]), rtol=0.1
T([1.0]), T([1.01]), atol=0.1
T([1.0]), T([2.0]), rtol=0, atol=0
torch.ones(2, 2), torch.ones(2, 2).t(), check_stride=True
torch.ones(2, 3), torch.ones(3, 2).t(), check_stride=True
torch.ones(2, 3), torch.ones(3, 2).t()
torch.ones(0), torch.ones(0)
T([1.0]), T([2.0]), msg="my words"
T([1.0]), T([2.0]), msg=lambda text: "Before: " + text
torch.nn.Parameter(T([1.0])), T([1.0])
torch.nn.Parameter(T([1.0])), T([1.0]), allow_subclasses=False
T([1.0]).requires_grad_(), T([2.0])
1.0, 1.0
1.0, 1.1
1, 2
0, 5
1, 1.0
1, 1.0, check_dtype=False
True, False
True, True
math.nan, math.nan
math.nan, math.nan, equal_nan=True
math.inf, math.inf
math.inf, 1.0
1e-9, 0.0
1e-5, 0.0
1 + 1j, 1 + 2j
np.float64(1.0), 1.0
np.float64(1.0), np.float64(2.0)
np.ones(2), np.ones(2)
np.ones(2), np.zeros(2)
np.ones(2), np.ones(2, np.float32)
None, None
None, 1
1, None
[], []
{}, {}
[1, 2], [1, 3]
(1, 2), [1, 2]
[1], [1, 2]
[[1, 2], [3, 4]], [[1, 2], [3, 5]]
{"a": 1}, {"b": 1}
{"a": 1, "c": 2}, {"a": 1, "b": 1}
{"a": T([1.0])}, {"a": T([2.0])}
{"a": [1, T([1.0, 2.0])]}, {"a": [1, T([1.0, 3.0])]}
{"a": {"b": T(1)}}, {"a": {"b": T(2)}}
{1: 2.0}, {1: 3.0}
T([1.0, 0.0]).to_sparse(), T([1.0, 0.0]).to_sparse()
T([1.0, 0.0]).to_sparse(), T([2.0, 0.0]).to_sparse()
T([1.0, 0.0]).to_sparse(), T([0.0, 1.0]).to_sparse()
T([1.0, 0.0]).to_sparse(), T([1.0, 0.0])
T([1.0, 0.0]).to_sparse(), T([1.0, 0.0]), check_layout=False
T([1.0, 0.0]).to_sparse(), T([1.0, 2.0]), check_layout=False
""".strip().splitlines()

CANNOT = """
"a", "a"
T([1.0]), [1.0]
T([1.0]), 1.0
T([1.0]), np.ones(1)
3, T(3)
object(), object()
iter([1]), iter([1])
torch.device("cpu"), torch.device("cpu")
""".strip().splitlines()


def judged(torch: Any, call: str, function: str = "assert_close") -> tuple[type[Any], str]:
    """Give the class and the text of what a comparison raises."""
    scope = {"torch": torch, "T": torch.tensor, "np": np, "math": math}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(f"torch.testing.{function}({call})", scope)
        except Exception as error:
            return type(error), str(error)
    return type(None), ""


@pytest.mark.parametrize("call", CASES)
def test_judgements_and_texts_are_pytorchs(call: str) -> None:
    theirs = pytest.importorskip("torch")
    kind, text = judged(ours, call)
    expected_kind, expected = judged(theirs, call)
    assert kind is expected_kind
    if kind is TypeError:
        assert "comparison" in text
    else:
        assert text == expected


@pytest.mark.parametrize("call", CANNOT)
def test_what_cannot_be_compared_is_a_type_error(call: str) -> None:
    theirs = pytest.importorskip("torch")
    assert judged(ours, call)[0] is judged(theirs, call)[0] is TypeError


@pytest.mark.parametrize(
    "call",
    [
        f"T([1.0]).{dtype}(), T([1.0 + {difference}]).{dtype}()"
        for dtype in ("half", "float", "double")
        for difference in (0, 1e-9, 1e-7, 0.9e-5, 1.05e-5, 1.05e-4, 1.2e-4, 1.5e-3, 4e-3)
    ]
    + ["[1.0], [1.0]", "1.0, np.ones(())", "T([math.nan]), T([math.nan])", "T([1]), T([1.0])"],
)
def test_the_old_name_judges_as_pytorchs(call: str) -> None:
    theirs = pytest.importorskip("torch")
    assert judged(ours, call, "assert_allclose") == judged(theirs, call, "assert_allclose")


def test_the_old_name_warns() -> None:
    with pytest.warns(FutureWarning, match="assert_close"):
        ours.testing.assert_allclose(1.0, 1.0)


def test_nothing_is_left_unsaid_without_pytorch() -> None:
    with pytest.raises(AssertionError) as raised:
        ours.testing.assert_close(ours.tensor([1.0, 2.0]), ours.tensor([1.0, 4.0]))
    for fact in ("1 / 2 (50.0%)", "2.0 at index (1,)", "0.5 at index (1,)", "1e-05 allowed"):
        assert fact in str(raised.value)


# ---- make_tensor

LIMITS = [
    (ours.float32, {}, -9, 9),
    (ours.float64, {"low": 2, "high": 2.5}, 2, 2.5),
    (ours.float16, {"low": -1, "high": 1}, -1, 1),
    (ours.int64, {}, -9, 9),
    (ours.int64, {"low": -2.5, "high": 2.5}, -2, 2),
    (ours.int8, {"low": -500, "high": 500}, -128, 127),
    (ours.uint8, {}, 0, 9),
    (ours.uint8, {"low": -5, "high": 3}, 0, 2),
    (ours.bool, {}, 0, 1),
]


@pytest.mark.parametrize(("dtype", "limits", "least", "most"), LIMITS)
def test_made_tensors_lie_within_their_limits(
    dtype: Any, limits: dict[str, float], least: float, most: float
) -> None:
    made = ours.testing.make_tensor((2000,), dtype=dtype, device="cpu", **limits)
    assert made.dtype is dtype
    values = made.double()
    assert least <= values.min().item() <= least + (most - least) / 10
    assert most - (most - least) / 10 <= values.max().item() <= most


def test_made_tensors_are_as_asked() -> None:
    make = ours.testing.make_tensor
    assert make(2, 3, dtype=ours.float32, device="cpu").shape == (2, 3)
    assert make(dtype=ours.float32, device="cpu").shape == ()
    spaced = make((4, 4), dtype=ours.float32, device="cpu", noncontiguous=True)
    assert spaced.stride() == (8, 2)
    assert make((2,), dtype=ours.float64, device="cpu", requires_grad=True).is_leaf
    small = make((50,), dtype=ours.int64, device="cpu", low=0, high=2, exclude_zero=True)
    assert small.tolist() == [1] * 50
    last = make(1, 2, 3, 4, dtype=ours.float32, device="cpu", memory_format=ours.channels_last)
    assert last.is_contiguous(memory_format=ours.channels_last)


@pytest.mark.parametrize(
    "options",
    [
        {"low": 3, "high": 3, "dtype": "int64"},
        {"low": 5, "high": 1},
        {"low": math.nan},
        {"requires_grad": True, "dtype": "int64"},
        {"noncontiguous": True, "memory_format": "channels_last"},
    ],
)
def test_wrong_wishes_are_refused(options: dict[str, Any]) -> None:
    pytest.importorskip("torch")
    import torch as theirs

    for library in (ours, theirs):
        named = {
            name: getattr(library, value) if isinstance(value, str) else value
            for name, value in {"dtype": "float32", **options}.items()
        }
        with pytest.raises(ValueError):
            library.testing.make_tensor((4, 4, 2, 2), device="cpu", **named)
