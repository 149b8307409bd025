"""The text of a tensor: the same characters as PyTorch's."""

from __future__ import annotations

import math
import time
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minitorch.torch
from minitorch.torch import _print
from minitorch.torch._print import (
    PRINT_OPTS,
    PrintOptionsWarning,
    get_printoptions,
    printoptions,
    set_printoptions,
    tensor_text,
    type_suffixes,
)

NAN, INF = math.nan, math.inf
INTEGERS = ["uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]
START = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


@pytest.fixture(scope="module")
def torch() -> ModuleType:
    return pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def same_options_afterwards() -> Any:
    yield
    left = get_printoptions()
    set_printoptions(profile="default")
    assert left == START


def ours(
    array: Any, *suffixes: str, default: str = "torch.float32", prefix: str = "tensor("
) -> str:
    array = np.asarray(array)
    facts = type_suffixes(array.shape, f"torch.{array.dtype}", default)
    return tensor_text(array, prefix=prefix, suffixes=[*facts, *suffixes])


def assert_same_text(torch: ModuleType, array: np.ndarray, *suffixes: str, **options: Any) -> None:
    """Hold our text against PyTorch's, under the same options."""
    theirs = torch.from_numpy(np.array(array))
    if suffixes:
        theirs.requires_grad_(True)
        assert suffixes in [("requires_grad=True",), ("grad_fn=<CloneBackward0>",)]
        theirs = theirs if suffixes[0] == "requires_grad=True" else theirs.clone()
    with torch._tensor_str.printoptions(**options):
        expected = repr(theirs)
    with printoptions(**options):
        assert ours(array, *suffixes) == expected


# ---- texts that are known ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (1.5, "float32", "tensor(1.5000)"),
        (3, "int64", "tensor(3)"),
        (-0.0, "float32", "tensor(-0.)"),
        (1e17, "float32", "tensor(1.0000e+17)"),
        (True, "bool", "tensor(True)"),
        ([], "float32", "tensor([])"),
        ([], "int64", "tensor([], dtype=torch.int64)"),
        (np.zeros((2, 0, 3)), "int32", "tensor([], size=(2, 0, 3), dtype=torch.int32)"),
        ([[[0.0]]], "float32", "tensor([[[0.]]])"),
        ([1, -100, 3], "int64", "tensor([   1, -100,    3])"),
        ([255, 0], "uint8", "tensor([255,   0], dtype=torch.uint8)"),
        ([True, False], "bool", "tensor([ True, False])"),
        ([1.0, 2.0, -1000.0], "float32", "tensor([    1.,     2., -1000.])"),
        ([1.0, 1001.0], "float32", "tensor([1.0000e+00, 1.0010e+03])"),
        ([0.5, 500.0], "float32", "tensor([  0.5000, 500.0000])"),
        ([0.0, 1e-5], "float32", "tensor([0.0000e+00, 1.0000e-05])"),
        ([NAN, INF, -INF, 1.5], "float32", "tensor([   nan,    inf,   -inf, 1.5000])"),
        ([NAN, 1.0], "float32", "tensor([nan, 1.])"),
        ([-0.0, 1.0], "float32", "tensor([-0., 1.])"),
        ([65504.0, 1e-7], "float16", "tensor([6.5504e+04, 1.1921e-07], dtype=torch.float16)"),
        ([5e-324, 1.0], "float64", "tensor([4.9407e-324,  1.0000e+00], dtype=torch.float64)"),
        ([[1, 2], [3, 4]], "int64", "tensor([[1, 2],\n        [3, 4]])"),
        (
            np.ones((2, 1, 2, 1)),
            "float32",
            "tensor([[[[1.],\n          [1.]]],\n\n\n        [[[1.],\n          [1.]]]])",
        ),
        (np.arange(2000), "int64", "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"),
        (
            np.zeros((7, 200)),
            "float32",
            "tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        ...,\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.]])",
        ),
        (
            np.full(8, 1.5),
            "float32",
            "tensor([1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000])",
        ),
        (
            np.full(10, 1.5),
            "float32",
            "tensor([1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,\n"
            "        1.5000])",
        ),
    ],
)
def test_text_is_the_known_one(values: Any, dtype: str, expected: str) -> None:
    assert ours(np.asarray(values).astype(dtype)) == expected


def test_suffixes_begin_a_line_where_they_do_not_fit() -> None:
    zeros = np.zeros(12, np.float32)
    row = "tensor([" + ", ".join(["0."] * 12) + "]"
    assert ours(zeros, "requires_grad=True") == f"{row}, requires_grad=True)"
    assert ours(zeros, "grad_fn=<MulBackward0>") == f"{row},\n       grad_fn=<MulBackward0>)"


def test_facts_follow_the_default_dtype() -> None:
    assert type_suffixes((2,), "torch.float32", "torch.float64") == ["dtype=torch.float32"]
    assert type_suffixes((2,), "torch.float64", "torch.float64") == []
    assert type_suffixes((), "torch.bool", "torch.float64") == []
    assert type_suffixes((0,), "torch.bool", "torch.float64") == ["dtype=torch.bool"]
    assert type_suffixes((0, 3), "torch.float64", "torch.float64") == ["size=(0, 3)"]


def test_prefix_indents_what_follows() -> None:
    assert ours([[1, 2], [3, 4]], prefix="Mine(") == "Mine([[1, 2],\n      [3, 4]])"
    assert (
        ours(1.5, "device='cuda:0'", default="torch.float64") == "tensor(1.5000, device='cuda:0')"
    )


# ---- the same as PyTorch -------------------------------------------------------------------------

MAGNITUDES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "tiny": lambda rng, n: rng.normal(size=n) * 1e-7,
    "large": lambda rng, n: rng.normal(size=n) * 1e4,
    "huge": lambda rng, n: rng.normal(size=n) * 1e30,
    "mixed": lambda rng, n: 10.0 ** rng.uniform(-12, 12, n),
    "subnormal": lambda rng, n: rng.choice([1e-40, 5e-324, 6e-8, 1.0], n),
    "whole": lambda rng, n: rng.integers(-9, 10, n),
    "large whole": lambda rng, n: rng.integers(-(10**9), 10**9, n),
    "zeros": lambda rng, n: rng.choice([0.0, -0.0], n),
    "whole and special": lambda rng, n: rng.choice([0.0, -0.0, 1.0, NAN, INF, -INF], n),
    "mixed and special": lambda rng, n: rng.choice([-0.0, 0.1, -2.0, NAN, INF, -INF], n),
    "special": lambda rng, n: rng.choice([NAN, INF, -INF], n),
}
SHAPES = [
    (), (0,), (0, 3), (2, 0, 3), (1,), (9,), (40,), (1000,), (1001,), (1, 1), (3, 4), (2, 30),
    (2, 501), (501, 2), (7, 150), (2, 3, 4), (1, 2, 1, 3), (8, 8, 20), (2, 1, 2, 1, 3),
    (7, 2, 7, 3, 7),
]  # fmt: skip


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_floats_of_every_magnitude_and_shape_print_as_in_torch(
    torch: ModuleType, magnitude: str, dtype: str
) -> None:
    rng = np.random.default_rng(len(magnitude))
    for shape in SHAPES:
        with np.errstate(over="ignore"):
            array = MAGNITUDES[magnitude](rng, shape)
            array = np.asarray(array).astype(dtype)
        assert_same_text(torch, array)
        assert_same_text(torch, array, "requires_grad=True")


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_integers_of_every_shape_print_as_in_torch(torch: ModuleType, dtype: str) -> None:
    rng = np.random.default_rng(1)
    least, most = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    for shape in SHAPES:
        for low, high in [(least, most), (max(least, -5), min(most, 5))]:
            array = rng.integers(low, high, shape, endpoint=True, dtype=dtype)
            assert_same_text(torch, np.asarray(array))


@pytest.mark.parametrize(
    "value",
    [1000.0, 1001.0, 1e8, 1e8 + 8, 1e-4, 9.9999e-5, 99999.5, 0.99995, 0.00005, 1e308, 5e-324, 0.1],
)
def test_limits_of_fixed_notation_are_those_of_torch(torch: ModuleType, value: float) -> None:
    for dtype in ("float32", "float64"):
        for partners in ([], [1.0], [0.1], [-0.0, 1000.0], [NAN]):
            with np.errstate(over="ignore", under="ignore"):
                array = np.array([value, *partners]).astype(dtype)
            assert_same_text(torch, array)
        assert_same_text(torch, array[0:1].reshape(()))


OPTIONS = [
    {"precision": 0},
    {"precision": 10},
    {"sci_mode": True},
    {"sci_mode": False},
    {"sci_mode": True, "precision": 1, "linewidth": 40},
    {"linewidth": 20},
    {"linewidth": 1},
    {"linewidth": 200},
    {"threshold": 5},
    {"threshold": 0, "edgeitems": 1},
    {"threshold": 0, "edgeitems": 0},
    {"threshold": 10, "edgeitems": 12},
    {"threshold": -1, "edgeitems": 2},
    {"edgeitems": 0},
    {"profile": "short"},
    {"profile": "full", "linewidth": 120},
    {"profile": "full", "threshold": 7, "edgeitems": 2},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_change_the_text_as_in_torch(torch: ModuleType, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(2)
    for shape in [(), (0,), (0, 2), (5,), (30,), (6, 7), (3, 4, 9), (1100,), (2, 1, 3, 2)]:
        for array in (
            rng.normal(size=shape),
            rng.integers(-5, 6, shape),
            rng.integers(-5, 6, shape).astype(np.float32),
            rng.uniform(size=shape) * 1e6,
            np.asarray(rng.choice([NAN, 1.0, 1e9], shape)),
        ):
            assert_same_text(torch, np.asarray(array), **options)


def test_a_suffix_breaks_the_line_where_torch_breaks_it(torch: ModuleType) -> None:
    for size in range(1, 30):
        for dtype in ("float32", "float64"):
            for shape in [(size,), (2, size)]:
                for suffix in ("requires_grad=True", "grad_fn=<CloneBackward0>"):
                    assert_same_text(torch, np.full(shape, 7).astype(dtype), suffix)
        for suffix in ("requires_grad=True", "grad_fn=<CloneBackward0>"):
            assert_same_text(torch, np.ones(4), suffix, linewidth=30 + 2 * size)


def test_the_default_dtype_is_not_shown_as_in_torch(torch: ModuleType) -> None:
    torch.set_default_dtype(torch.float64)
    try:
        for dtype in ("float32", "float64", "int64", "int32", "bool"):
            for shape in [(), (0,), (2,), (0, 2)]:
                array = np.zeros(shape, dtype)
                expected = repr(torch.from_numpy(array))
                assert ours(array, default="torch.float64") == expected
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_subclass_prints_under_its_name_as_in_torch(torch: ModuleType) -> None:
    class Mine(torch.Tensor):
        pass

    for size in (3, 30):
        array = np.ones((2, size), np.float32)
        assert ours(array, prefix="Mine(") == repr(torch.from_numpy(array).as_subclass(Mine))


def test_a_tensor_of_a_users_class_prints_under_its_name(torch: ModuleType) -> None:
    def texts(library: Any) -> list[str]:
        class Mine(library.Tensor):  # type: ignore[misc,name-defined]
            pass

        tensor = library.ones(2, 30).as_subclass(Mine)
        plain = library.nn.Parameter(library.ones(2))
        return [repr(tensor), str(tensor[0, :2]), repr(tensor.int()[0]), repr(plain)]

    assert texts(minitorch.torch) == texts(torch)


FLOAT_ELEMENTS = st.one_of(
    st.floats(-100, 100),
    st.integers(-2000, 2000).map(float),
    st.floats(),
    st.sampled_from([0.0, -0.0, NAN, INF, -INF, 1e-4, 1e8, 1000.0, 5e-324, 1e-40]),
)
ARRAYS = st.sampled_from(["bool", *INTEGERS, *FLOATS]).flatmap(
    lambda dtype: hnp.arrays(
        np.float64 if dtype in FLOATS else dtype,
        hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=9),
        elements=FLOAT_ELEMENTS if dtype in FLOATS else None,
    ).map(lambda array: _cast(array, dtype))
)
SOME_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 9),
        "threshold": st.sampled_from([0, 3, 10, 50, 1000, INF]),
        "edgeitems": st.integers(0, 4),
        "linewidth": st.integers(1, 120),
        "sci_mode": st.sampled_from([None, False, True]),
        "profile": st.sampled_from(["default", "short", "full"]),
    },
)


def _cast(array: np.ndarray, dtype: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        return array.astype(dtype)


@settings(max_examples=300)
@given(array=ARRAYS, options=SOME_OPTIONS)
def test_any_array_under_any_options_prints_as_in_torch(
    torch: ModuleType, array: np.ndarray, options: dict[str, Any]
) -> None:
    assert_same_text(torch, array, **options)


# ---- any array, in little time ------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T,
        lambda a: a[::-1, ::-3],
        lambda a: a[:, 3],
        lambda a: np.broadcast_to(a[:, :1], (40, 30)),
        lambda a: a.astype(a.dtype.newbyteorder()),
        lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    ],
    ids=["transposed", "backwards", "column", "broadcast", "byte order", "read-only"],
)
def test_layout_does_not_show(view: Any) -> None:
    array = np.random.default_rng(3).normal(size=(40, 30))
    seen = view(array)
    assert tensor_text(seen) == tensor_text(np.array(seen, dtype=float, order="C"))
    seen = view(array.round())
    assert tensor_text(seen) == tensor_text(np.array(seen, dtype=float, order="C"))


def test_printing_leaves_the_array_alone() -> None:
    array = np.array([NAN, -0.0, 1.5])
    before = array.tobytes()
    tensor_text(array)
    assert array.tobytes() == before


def test_only_what_is_shown_is_read() -> None:
    huge = np.broadcast_to(np.float32(1.5), (10**6, 10**5, 10**6))
    start = time.perf_counter()
    text = tensor_text(huge)
    assert time.perf_counter() - start < 1
    assert text.count("1.5000") == 6**3
    # The widths come from the shown elements alone.
    array = np.ones(2000)
    array[1000] = 1e30
    assert tensor_text(array) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])"


@pytest.mark.parametrize("ndim", [33, 64])
def test_as_many_dimensions_as_numpy_has_can_be_printed(ndim: int) -> None:
    array = np.broadcast_to(np.float32(2.0), (1,) * (ndim - 2) + (2000, 3))
    with printoptions(linewidth=200):
        text = tensor_text(array)
    assert text.startswith("tensor(" + "[" * ndim + "2., 2., 2.],\n")
    assert text.count("2.") == 18


def test_every_bit_pattern_prints_without_a_warning() -> None:
    words = np.arange(2**16, dtype=np.uint16)
    with warnings.catch_warnings(), printoptions(profile="full"):
        warnings.simplefilter("error")
        text = tensor_text(words.view(np.float16))
        assert text.count("nan") == 2 * (2**10 - 1)
        assert text.count("inf") == 2
        high = (words.astype(np.uint32) << 16) + 1
        assert tensor_text(high.view(np.float32)).count("nan") > 0


def test_a_dtype_of_later_days_prints_something() -> None:
    assert tensor_text(np.array([1 + 2j])) == "tensor([(1+2j)])"


# ---- the options --------------------------------------------------------------------------------


def test_options_are_set_one_by_one_and_by_profile(torch: ModuleType) -> None:
    calls: list[dict[str, Any]] = [
        {"precision": 2},
        {"sci_mode": True},
        {"linewidth": 50},
        {"profile": "short"},
        {"profile": "full", "edgeitems": 9},
        {"threshold": INF, "sci_mode": False},
        {"profile": "default"},
    ]
    with printoptions(), torch._tensor_str.printoptions():
        for options in calls:
            set_printoptions(**options)
            torch.set_printoptions(**options)
            assert get_printoptions() == torch._tensor_str.get_printoptions(), options
            assert PRINT_OPTS.precision == torch._tensor_str.PRINT_OPTS.precision


def test_options_come_back_after_the_block_and_after_an_error() -> None:
    with printoptions(precision=2):
        set_printoptions(linewidth=40, sci_mode=True)
        with pytest.raises(KeyError), printoptions(precision=7):
            assert PRINT_OPTS.precision == 7
            raise KeyError
        assert get_printoptions() == START | {"precision": 2, "linewidth": 40, "sci_mode": True}
    assert get_printoptions() == START
    assert _print.PRINT_OPTS is PRINT_OPTS


def test_an_infinite_line_does_not_wrap() -> None:
    with printoptions(linewidth=INF, threshold=INF):
        assert "\n" not in ours(np.full(2000, 1.5), "requires_grad=True")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"precision": -1}, ValueError, r"precision must not be negative, got -1"),
        ({"precision": 2.0}, TypeError, r"precision must be a whole number, got 2\.0"),
        ({"edgeitems": "3"}, TypeError, r"edgeitems must be a whole number, got '3'"),
        ({"threshold": "many"}, TypeError, r"threshold must be a number, got 'many'"),
        ({"linewidth": [80]}, TypeError, r"linewidth must be a number, got \[80\]"),
    ],
)
def test_bad_options_are_refused_and_change_nothing(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        set_printoptions(profile="short", sci_mode=True, **options)
    assert get_printoptions() == START


def test_an_unknown_profile_warns_and_changes_nothing() -> None:
    with pytest.warns(PrintOptionsWarning, match="no profile 'tiny'.*default, short, full"):
        set_printoptions(profile="tiny")
    assert get_printoptions() == START
