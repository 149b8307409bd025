"""The low-level functions of Modules 2 to 4, called with arrays as parallel_check and users do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba import njit
from numba.core.registry import CPUDispatcher

import minitorch
from minitorch import fast_ops, operators
from minitorch._jit import SizedKernel

from .checks import random_array
from .kernel_calls import TWINS, arguments, as_array, each_twin

# --- SimpleOps --------------------------------------------------------------------------------


@pytest.mark.task2_3
def test_the_plain_functions_take_lists_and_tuples() -> None:
    out = [0.0] * 6
    minitorch.tensor_map(operators.neg)(out, (2, 3), (3, 1), [1.0, 2.0, 3.0], (3,), (1,))
    assert out == [-1.0, -2.0, -3.0, -1.0, -2.0, -3.0]
    minitorch.tensor_zip(operators.mul)(
        out, (2, 3), (3, 1), [1.0, 2.0, 3.0], (3,), (1,), [10.0, 20.0], (2, 1), (1, 1)
    )
    assert out == [10.0, 20.0, 30.0, 20.0, 40.0, 60.0]
    sums = [100.0, 200.0]
    minitorch.tensor_reduce(operators.add)(sums, (2, 1), (1, 1), out, (2, 3), (3, 1), 1)
    assert sums == [160.0, 320.0]


# --- FastOps: what parallel_check looks at ----------------------------------------------------


class LowLevel:
    """The functions that parallel_check compiles, each compiled by a call on its shapes."""

    @cached_property
    def map(self) -> Any:
        """Give tensor_map of the identity."""
        made = fast_ops.tensor_map(njit()(operators.id))
        made(*arguments(np.zeros(10)), *arguments(np.zeros(10)))
        return made

    @cached_property
    def zip(self) -> Any:
        """Give tensor_zip of equality."""
        made = fast_ops.tensor_zip(njit()(operators.eq))
        made(*(array for _ in range(3) for array in arguments(np.zeros(10))))
        return made

    @cached_property
    def reduce(self) -> Any:
        """Give tensor_reduce of the sum."""
        made = fast_ops.tensor_reduce(njit()(operators.add))
        made(*arguments(np.zeros(1)), *arguments(np.zeros(10)), 0)
        return made

    @cached_property
    def matrix_multiply(self) -> Any:
        """Give tensor_matrix_multiply."""
        shapes = ((1, 10, 10), (1, 10, 20), (1, 20, 10))
        made = fast_ops.tensor_matrix_multiply
        made(*(array for shape in shapes for array in arguments(np.zeros(shape))))
        return made


LOW_LEVEL = LowLevel()


@pytest.fixture
def low_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LowLevel]:
    """Compile afresh, whatever the cache holds: a cached kernel has no report on its loops."""
    monkeypatch.setenv("MINITORCH_CACHE_DIR", str(tmp_path))
    yield LOW_LEVEL
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name, marks=pytest.mark.task3_1) for name in ("map", "zip", "reduce")),
        pytest.param("matrix_multiply", marks=pytest.mark.task3_2),
    ],
)
def test_low_level_functions_are_compiled_with_parallel_loops(
    low_level: LowLevel, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dispatcher = getattr(low_level, name)
    assert isinstance(dispatcher, CPUDispatcher)
    assert dispatcher.targetoptions["parallel"] is True
    for metadata in dispatcher.get_metadata().values():
        assert metadata["parfor_diagnostics"].count_parfors() >= 1
    dispatcher.parallel_diagnostics(level=3)
    printed = capsys.readouterr().out
    assert "Parallel loop listing for" in printed
    assert "parallel for-\nloop(s)" in printed


@pytest.mark.task3_1
def test_low_level_map_honours_strides_and_broadcasting(low_level: LowLevel) -> None:
    for permuted in (False, True):
        for shape in ((3, 4), (4,), (3, 1), ()):
            source, out = random_array(shape), arguments(np.zeros((3, 4)), permuted)
            low_level.map(*out, *arguments(source, not permuted))
            np.testing.assert_array_equal(as_array(out), np.broadcast_to(source, (3, 4)))


@pytest.mark.task3_1
def test_low_level_map_goes_by_the_shape_where_storages_differ_in_length(
    low_level: LowLevel,
) -> None:
    source, target = np.arange(6.0), np.full(8, -1.0)
    layout = (np.array([2, 3]), np.array([3, 1]))
    low_level.map(target, *layout, source, *layout)
    assert target.tolist() == [*source, -1.0, -1.0]


@pytest.mark.task3_1
def test_low_level_zip_honours_strides_and_broadcasting(low_level: LowLevel) -> None:
    wide = random_array((3, 4)).round()
    for permuted in (False, True):
        for shape in ((3, 4), (4,), (3, 1), ()):
            other, out = random_array(shape, 1).round(), arguments(np.zeros((3, 4)), permuted)
            low_level.zip(*out, *arguments(wide, not permuted), *arguments(other))
            np.testing.assert_array_equal(as_array(out), (wide == other).astype(float))


@pytest.mark.task3_1
def test_low_level_reduce_folds_into_what_the_output_holds(low_level: LowLevel) -> None:
    array, held = random_array((3, 4, 2)), random_array((3, 1, 2), seed=1)
    for permuted in (False, True):
        out = arguments(held, permuted)
        low_level.reduce(*out, *arguments(array, permuted), 1)
        np.testing.assert_allclose(as_array(out), held + array.sum(1, keepdims=True))


@pytest.mark.task3_2
def test_low_level_matrix_multiply_writes_a_permuted_output(low_level: LowLevel) -> None:
    a, b = random_array((2, 5, 3)), random_array((1, 3, 4))
    out = arguments(np.full((2, 5, 4), np.nan), permuted=True)
    low_level.matrix_multiply(*out, *arguments(a), *arguments(b, permuted=True))
    np.testing.assert_allclose(as_array(out), a @ b)


# --- one body, serial and parallel ------------------------------------------------------------


def bits(kernel: Any, call: tuple[Any, ...]) -> bytes:
    """Run a kernel and give the bytes that it wrote."""
    call[0][:] = 1.0
    kernel(*call)
    return call[0].tobytes()


@each_twin
def test_one_or_many_threads_give_the_same_bits(name: str) -> None:
    make, calls = TWINS[name]
    kernel = SizedKernel(make)
    most = numba.config.NUMBA_NUM_THREADS
    for call in calls:
        serial = bits(kernel.serial, call)
        assert serial != bits(lambda *_: None, call), "the kernel wrote nothing"
        try:
            for threads in sorted({1, 2, most} & set(range(1, most + 1))):
                numba.set_num_threads(threads)
                assert bits(kernel.parallel, call) == serial
        finally:
            numba.set_num_threads(most)


@each_twin
def test_the_twins_differ_in_their_threads_alone(name: str) -> None:
    kernel = SizedKernel(TWINS[name][0])
    assert not kernel.serial.targetoptions.get("parallel")
    assert kernel.parallel.targetoptions["parallel"] is True
    assert kernel.for_size(1) is kernel.serial
    for twin in (kernel.serial, kernel.parallel):
        assert Path(twin.py_func.__code__.co_filename).name.startswith("minitorch_kernel_")
