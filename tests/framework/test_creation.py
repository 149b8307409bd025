"""Tensors made of sizes, numbers, lists and arrays are those that PyTorch makes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .expressions import assert_same, needs_torch, theirs

DATA = """
torch.tensor(3)
torch.tensor(3.5)
torch.tensor(True)
torch.tensor([1, 2.])
torch.tensor([True, 2])
torch.tensor([True, False])
torch.tensor([])
torch.tensor([[], []])
torch.tensor([[[1], [2]], [[3], [4]]])
torch.tensor([(1, 2), [3, 4]])
torch.tensor([[1, 2], [3]])
torch.tensor([[[1]], [[2, 3]]])
torch.tensor([[1], 2])
torch.tensor([1, [2]])
torch.tensor([[1, 2], [3, "a"]])
torch.tensor("a")
torch.tensor(["a"])
torch.tensor(None)
torch.tensor([None])
torch.tensor({})
torch.tensor({1: 2})
torch.tensor({1, 2})
torch.tensor(iter([1]))
torch.tensor(b"ab")
torch.tensor(bytearray(b"ab"))
torch.tensor(memoryview(b"abc"))
torch.tensor(range(3))
torch.tensor(np.float32(2))
torch.tensor(np.int16(2))
torch.tensor(np.bool_(True))
torch.tensor(np.array([1, 2], np.int16))
torch.tensor(np.array(5.))
torch.tensor(np.ones((2, 3)).T)
torch.tensor(np.array(["a"]))
torch.tensor(np.array([1], ">f4"))
torch.tensor([np.float32(2), 1])
torch.tensor([np.float32(2), 1.5])
torch.tensor([np.int16(2), 1])
torch.tensor([np.float64(2), 1])
torch.tensor([np.float16(2), np.float16(1)])
torch.tensor([np.array([1, 2]), np.array([3, 4])])
torch.tensor([np.array([1., 2]), np.array([3, 4.])], dtype=torch.int32)
torch.tensor([torch.tensor(2), torch.tensor(3.)])
torch.tensor([torch.tensor(2.), 1])
torch.tensor([torch.tensor([2, 3]), torch.tensor([3, 4])])
torch.tensor(torch.ones(2, 3).T)
torch.tensor(torch.ones(2), requires_grad=True)
torch.tensor(torch.ones(2, requires_grad=True))
torch.tensor(2**63)
torch.tensor(-2**63)
torch.tensor([2**63 - 1])
torch.tensor(2**70)
torch.tensor(300, dtype=torch.uint8)
torch.tensor(-1, dtype=torch.uint8)
torch.tensor([-1, 255], dtype=torch.uint8)
torch.tensor(128, dtype=torch.int8)
torch.tensor(-128, dtype=torch.int8)
torch.tensor(1e39)
torch.tensor(1e6, dtype=torch.float16)
torch.tensor(1.7, dtype=torch.int64)
torch.tensor([1.7, -2.5], dtype=torch.int32)
torch.tensor([0, 2, -1.5], dtype=torch.bool)
torch.tensor(nan, dtype=torch.int64)
torch.tensor(nan, dtype=torch.bool)
torch.tensor(inf)
torch.tensor([1, 2], dtype=torch.float16)
torch.tensor([1, 2], dtype=float)
torch.tensor([1, 2], dtype=int)
torch.tensor([1, 2], dtype=bool)
torch.tensor([1, 2], dtype="float32")
torch.tensor([1, 2], dtype=np.float32)
torch.tensor(1, requires_grad=True)
torch.tensor(1., requires_grad=True)
torch.tensor([1., 2], device="cpu", requires_grad=True)
torch.tensor([1.], device="cuda")
torch.tensor([1.], device="nowhere")
torch.tensor([1.], pin_memory=True)
torch.tensor(data=1.)
torch.tensor(1, 2)
torch.tensor()
torch.as_tensor([1, 2.])
torch.as_tensor(3)
torch.as_tensor(np.arange(3), dtype=torch.float32)
torch.as_tensor(torch.ones(2, requires_grad=True), dtype=torch.float64)
torch.as_tensor(np.ones(2)[::-1])
torch.from_numpy(np.arange(6).reshape(2, 3).T)
torch.from_numpy(np.arange(6)[2:])
torch.from_numpy(np.array(2.))
torch.from_numpy(np.ones(2)[::-1])
torch.from_numpy(np.array(["a"]))
torch.from_numpy([1])
torch.from_numpy(np.float64(2))
torch.from_numpy(np.array([1], ">f4"))
torch.from_numpy(np.zeros(4, [("a", "f4"), ("b", "i1")])["a"])
torch.from_numpy(np.broadcast_to(np.ones(1), (3,)))
torch.asarray([1, 2])
torch.asarray(5)
torch.asarray(np.float32(5))
torch.asarray(np.ones(2), copy=False)
torch.asarray([1], copy=False)
torch.asarray(torch.ones(2), dtype=torch.int64)
torch.asarray(torch.ones(2), dtype=torch.int64, copy=False)
torch.asarray(torch.ones(2), requires_grad=True)
torch.asarray(bytearray(b"abcd"), dtype=torch.int16)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.int16)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.int16, count=1, offset=2)
torch.frombuffer(bytearray(b"abcde"), dtype=torch.int16)
torch.frombuffer(bytearray(b""), dtype=torch.int16)
torch.frombuffer(b"abcd", dtype=torch.int16)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.int16, offset=5)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.int16, offset=-1)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.int16, count=5)
torch.frombuffer(bytearray(b"abcd"), dtype=torch.int16, count=0)
torch.frombuffer([1], dtype=torch.int16)
torch.frombuffer(bytearray(b"abcd"))
torch.frombuffer(bytearray(8), dtype=torch.float32, requires_grad=True)
torch.scalar_tensor(3)
torch.scalar_tensor(True)
torch.scalar_tensor(2.5, dtype=torch.float64)
"""

FILLED = """
torch.zeros(2, 3)
torch.zeros((2, 3))
torch.zeros([2, 3])
torch.zeros(torch.Size([2, 3]))
torch.zeros(())
torch.zeros(0)
torch.zeros(2, 0, 3)
torch.zeros(size=(2,))
torch.zeros(np.int64(2))
torch.zeros(torch.tensor(2))
torch.zeros([2, torch.tensor(3)])
torch.zeros()
torch.zeros(2.0)
torch.zeros(True)
torch.zeros("a")
torch.zeros((2, 3), 4)
torch.zeros((2, 3.5))
torch.zeros(-1)
torch.zeros(2, -1)
torch.zeros(2, dtype=torch.int32)
torch.zeros(2, dtype=int)
torch.zeros(2, dtype=float)
torch.zeros(2, dtype=bool)
torch.zeros(2, dtype="float32")
torch.zeros(2, dtype=np.float32)
torch.zeros(2, requires_grad=True)
torch.zeros(2, requires_grad=True, dtype=torch.int64)
torch.zeros(2, device="cpu:0")
torch.zeros(2, device=torch.device("cpu"))
torch.zeros(2, device="cuda")
torch.zeros(2, device="cuda:1")
torch.zeros(2, device="mps")
torch.zeros(2, device=0)
torch.zeros(2, device=1.5)
torch.zeros(2, pin_memory=True)
torch.zeros(2, layout=torch.strided)
torch.zeros(2, layout=torch.sparse_csr)
torch.zeros(2, memory_format=torch.channels_last)
torch.zeros(2, nonsense=1)
torch.zeros(2, out=torch.empty(2))
torch.zeros(2, 3, out=torch.empty(0))
torch.zeros(2, out=torch.empty(2), requires_grad=True)
torch.zeros(2, out=torch.empty(2, requires_grad=True))
torch.ones(2, 3, dtype=torch.float64)
torch.ones(2, 3, requires_grad=True)
torch.ones(2, dtype=torch.bool)
torch.ones(2, out=torch.zeros(2, dtype=torch.int64))
torch.ones(2, out=torch.zeros(2, dtype=torch.int64), dtype=torch.float32)
torch.full((2, 3), 7)
torch.full((2,), 1.5)
torch.full((2,), True)
torch.full((2,), 1.5, dtype=torch.int64)
torch.full((2,), 300, dtype=torch.uint8)
torch.full((2,), -1, dtype=torch.uint8)
torch.full((2,), inf)
torch.full((2,), 3, dtype=torch.bool)
torch.full((2,), torch.tensor(3.))
torch.full((2,), torch.ones(2))
torch.full((2,), np.float32(2.5))
torch.full(2, 1.)
torch.full((2,), "a")
torch.full((2, -1), 1)
torch.full((), 3)
torch.full(size=(2,), fill_value=3, out=torch.zeros(2))
torch.full((2,), 1., requires_grad=True)
torch.empty(2, 3).shape
torch.empty((2, 3)).stride()
torch.empty(2, 3, 4, 5, memory_format=torch.channels_last).stride()
torch.empty(2, 3, 4, 5, 6, memory_format=torch.channels_last_3d).stride()
torch.empty(2, 3, memory_format=torch.channels_last)
torch.empty(2, 3, memory_format=torch.preserve_format)
torch.empty(2, 3, memory_format=torch.contiguous_format).stride()
torch.empty_strided((2, 3), (1, 2)).stride()
torch.empty_strided((2, 3), (0, 1)).stride()
torch.empty_strided((2, 3), (10, 2)).untyped_storage().nbytes()
torch.empty_strided((2, 3), (-1, 1))
torch.empty_strided((2, 3), (1,))
torch.zeros_like(torch.ones(2, 3).T)
torch.zeros_like(torch.ones(2, 3)[:, ::2])
torch.zeros_like(torch.ones(2, 1, 3).expand(2, 4, 3))
torch.zeros_like(torch.ones(2, 3, 1).expand(2, 3, 4).transpose(0, 1))
torch.zeros_like(torch.ones(4, 6, 3).permute(2, 0, 1)[:, ::2])
torch.zeros_like(torch.ones(2, 3).T, memory_format=torch.contiguous_format)
torch.zeros_like(torch.ones(2, 3, 4, 5), memory_format=torch.channels_last)
torch.zeros_like(torch.ones(2, 3), memory_format=torch.channels_last)
torch.zeros_like([1])
torch.zeros_like(torch.ones(2, requires_grad=True))
torch.zeros_like(torch.ones(2), requires_grad=True)
torch.zeros_like(torch.ones(2), dtype=torch.int8)
torch.zeros_like(torch.ones(2), device="cuda")
torch.ones_like(torch.zeros(2, 3, dtype=torch.int64))
torch.ones_like(input=torch.zeros(()), dtype=torch.bool)
torch.empty_like(torch.ones(3, 2).T).stride()
torch.full_like(torch.ones(2, dtype=torch.int64), 1.5)
torch.full_like(torch.ones(2, 3).T, 2)
torch.full_like(torch.ones(2), "a")
torch.full_like(torch.ones(2, dtype=torch.uint8), 256)
torch.ones(2).new_zeros(3)
torch.ones(2).new_zeros((3,), dtype=torch.int64)
torch.ones(2, dtype=torch.int8).new_zeros(3, 2)
torch.ones(2, dtype=torch.int8).new_ones(size=(2,))
torch.ones(2, dtype=torch.float64).new_full((2,), 3)
torch.ones(2, dtype=torch.int64).new_full((2,), 1.5)
torch.ones(2).new_empty(2, 3).shape
torch.ones(2).new_empty_strided((2, 3), (1, 2)).stride()
torch.ones(2).new_tensor([1, 2])
torch.ones(2, dtype=torch.int64).new_tensor([1.5, 2])
torch.ones(2).new_tensor(np.arange(2))
torch.ones(2).new_tensor([1], requires_grad=True)
torch.ones(2).new([1, 2])
torch.ones(2).new(3).shape
torch.ones(2).new().shape
torch.ones(2).new_zeros(-1)
"""

RANGES = """
torch.arange(5)
torch.arange(5.)
torch.arange(1, 2.5, 0.5)
torch.arange(0, -3, -1)
torch.arange(2, 17, 5)
torch.arange(17, 2, -5)
torch.arange(3, 3)
torch.arange(3, 0)
torch.arange(0, 3, 0)
torch.arange(nan)
torch.arange(0, inf)
torch.arange(end=3)
torch.arange(start=1, end=3)
torch.arange(True)
torch.arange(torch.tensor(3))
torch.arange(torch.tensor(3.))
torch.arange(5, dtype=torch.float16)
torch.arange(1.5, 5, dtype=torch.int64)
torch.arange(1, 10, 2.5, dtype=torch.int64)
torch.arange(1, 10, 2.5, dtype=torch.int32)
torch.arange(1, 10, 0.5, dtype=torch.int64)
torch.arange(1, 10, 0.5, dtype=torch.int32)
torch.arange(9.5, 1, -2.5, dtype=torch.int64)
torch.arange(5, dtype=torch.bool)
torch.arange(300, dtype=torch.uint8)
torch.arange(5, out=torch.empty(0, dtype=torch.int64))
torch.arange(5, requires_grad=True)
torch.arange(5., requires_grad=True)
torch.arange(0, 1, 0.1)
torch.arange(0, 1, 0.1, dtype=torch.float64)
torch.arange(1, 3, 0.007, dtype=torch.float64)
torch.arange(1, 3, 0.007)
torch.arange(100000, 200000, 333.3)
torch.arange(np.int64(3))
torch.arange(np.float32(3))
torch.arange("a")
torch.arange(2**40, 2**40 + 3)
torch.range(0, 3)
torch.range(1, 4, 0.5)
torch.range(1, 0)
torch.linspace(0, 1, 5)
torch.linspace(0, 1, 1)
torch.linspace(0, 1, 0)
torch.linspace(0, 1, -1)
torch.linspace(0, 10, 5, dtype=torch.int64)
torch.linspace(0, 10, 4, dtype=torch.int64)
torch.linspace(-10, 7, 6, dtype=torch.int32)
torch.linspace(3, -3, 4, dtype=torch.float64)
torch.linspace(0, 1, 2.0)
torch.linspace(start=0, end=1, steps=3)
torch.linspace(0, 1)
torch.linspace(torch.tensor(0.), torch.tensor(1.), 3)
torch.linspace(0, 1, 3, dtype=torch.bool)
torch.linspace(0, 1, 3, requires_grad=True)
torch.linspace(0, 1, 3, out=torch.empty(3))
torch.logspace(0, 2, 3)
torch.logspace(0, 2, 3, base=2)
torch.logspace(0, 2, 3, 2, dtype=torch.int64)
torch.logspace(0, 1, 1)
torch.logspace(-3, 3, 11, dtype=torch.float64)
torch.eye(3)
torch.eye(2, 3, dtype=torch.int64)
torch.eye(3, 2, requires_grad=True)
torch.eye(0)
torch.eye(-1)
torch.eye(2, -1)
torch.eye(2, out=torch.empty(0))
torch.tril_indices(3, 3)
torch.tril_indices(3, 4, 1)
torch.tril_indices(4, 3, -2)
torch.tril_indices(0, 3)
torch.tril_indices(row=2, col=2, offset=0, dtype=torch.int32)
torch.triu_indices(3, 4, -1)
torch.triu_indices(4, 3, 2)
torch.tril_indices(2, 2, dtype=torch.float32)
torch.tril_indices(-1, 2)
"""

WINDOWS = """
torch.hann_window(5)
torch.hann_window(5, False)
torch.hann_window(1)
torch.hann_window(0)
torch.hann_window(-1)
torch.hann_window(5, dtype=torch.int64)
torch.hann_window(6, requires_grad=True)
torch.hamming_window(4, True, 0.5, 0.5)
torch.hamming_window(7, periodic=False)
torch.bartlett_window(5)
torch.blackman_window(6, dtype=torch.float64)
torch.kaiser_window(5)
torch.kaiser_window(5, False, beta=3.)
"""

OLD = """
torch.Tensor(2, 3).shape
torch.Tensor()
torch.Tensor([True, 2])
torch.Tensor([[1, 2], [3, 4]])
torch.Tensor((2, 3))
torch.Tensor(np.arange(3))
torch.Tensor(range(3))
torch.Tensor(torch.tensor([1]))
torch.Tensor(torch.tensor(3.))
torch.Tensor(torch.ones(2, requires_grad=True))
torch.Tensor(torch.Size([2, 3])).shape
torch.Tensor(size=(2, 3)).shape
torch.Tensor(5.0)
torch.Tensor("abc")
torch.Tensor(-1)
torch.Tensor(2, [3])
torch.FloatTensor([1, 2])
torch.FloatTensor(2, 3).shape
torch.LongTensor([1.7, 2])
torch.LongTensor(2, 3).shape
torch.LongTensor(np.array([1.5, 2]))
torch.LongTensor(torch.ones(2))
torch.LongTensor([[1, 2], [3]])
torch.LongTensor()
torch.DoubleTensor([1, 2])
torch.HalfTensor([1, 2])
torch.IntTensor([[1], [2]])
torch.ShortTensor([1])
torch.CharTensor([-1])
torch.BoolTensor([1, 0, 2])
torch.ByteTensor([300])
isinstance(torch.ones(1), torch.FloatTensor)
isinstance(torch.ones(1), torch.LongTensor)
isinstance(torch.ones(1).long(), (torch.FloatTensor, torch.LongTensor))
isinstance(3, torch.FloatTensor)
issubclass(torch.FloatTensor, torch.Tensor)
torch.FloatTensor.__name__
torch.FloatTensor.dtype
torch.FloatTensor.is_cuda
"""


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize("text", lines(DATA + FILLED + OLD))
def test_tensors_are_those_that_pytorch_makes(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", lines(RANGES))
def test_numbers_in_steps_are_pytorchs(text: str) -> None:
    assert_same(text, rtol=1.2e-7 if "float64" not in text else 1e-15)


@pytest.mark.parametrize("text", lines(WINDOWS))
def test_windows_are_pytorchs(text: str) -> None:
    assert_same(text, atol=1e-6)


@needs_torch
@pytest.mark.parametrize("steps", [2, 3, 5, 8, 50, 101, 1000])
@pytest.mark.parametrize("limits", [(0, 1), (-3, 3), (0.1, 0.7), (5, -2), (0, 6.2831855)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_linspace_meets_its_end_and_is_within_a_unit(
    steps: int, limits: tuple[float, float], dtype: str
) -> None:
    mine = ours.linspace(*limits, steps, dtype=getattr(ours, dtype)).numpy()
    peer = theirs.linspace(*limits, steps, dtype=getattr(theirs, dtype)).numpy()
    unit = np.finfo(mine.dtype).eps * max(map(abs, limits))
    np.testing.assert_allclose(mine, peer, rtol=0, atol=unit)
    assert (mine[0], mine[-1]) == (peer[0], peer[-1])


@needs_torch
@pytest.mark.parametrize("default", ["float64", "float16"])
def test_the_default_dtype_is_that_of_floats(default: str) -> None:
    made = {}
    for library in (ours, theirs):
        before = library.get_default_dtype()
        library.set_default_dtype(getattr(library, default))
        try:
            made[library] = [
                library.tensor([1.5]), library.zeros(2), library.linspace(0, 1, 3),
                library.arange(2.0), library.full((2,), 1.0), library.Tensor([1]),
                library.scalar_tensor(1), library.tensor([np.float64(1)]), library.eye(2),
            ]  # fmt: skip
        finally:
            library.set_default_dtype(before)
    for mine, peer in zip(made[ours], made[theirs], strict=True):
        assert repr(mine.dtype) == repr(peer.dtype)


def test_the_default_type_is_chosen_by_its_old_name() -> None:
    for name in ("torch.DoubleTensor", ours.DoubleTensor):
        try:
            ours.set_default_tensor_type(name)
            assert ours.zeros(1).dtype is ours.float64
        finally:
            ours.set_default_tensor_type(ours.FloatTensor)
    for wrong, error in ((ours.LongTensor, TypeError), ("torch.Foo", AttributeError)):
        with pytest.raises(error):
            ours.set_default_tensor_type(wrong)
    for wrong in (ours.int64, 3):
        with pytest.raises(TypeError):
            ours.set_default_dtype(wrong)


def test_only_the_cpu_can_be_the_default_device() -> None:
    ours.set_default_device("cpu")
    ours.set_default_device(None)
    assert ours.get_default_device() == ours.device("cpu")
    with ours.device("cpu"):
        assert ours.zeros(1).device == ours.device("cpu")
    with pytest.raises(AssertionError, match="not compiled with CUDA"):
        ours.set_default_device("cuda")


# ---- without PyTorch


def test_memory_is_shared_with_numpy_both_ways() -> None:
    array = np.arange(6.0).reshape(2, 3)
    for tensor in (ours.from_numpy(array), ours.as_tensor(array), ours.asarray(array)):
        tensor[0, 0] = 7.0
        assert array[0, 0] == 7.0
        array[0, 0] = 8.0
        assert tensor[0, 0].item() == 8.0
    assert ours.tensor(array).data_ptr() != ours.from_numpy(array).data_ptr()


def test_a_shape_set_on_the_array_leaves_the_tensor_as_it_was() -> None:
    array = np.arange(6.0).reshape(2, 3)
    tensor = ours.from_numpy(array)
    array.shape = (3, 2)
    tensor.numpy().shape = (6,)
    assert (tensor + 1).shape == (2, 3)


@pytest.mark.parametrize("data", [np.float64(2.5), [np.float64(2.5), 1], np.array([2.5])])
def test_doubles_of_numpy_stay_doubles(data: Any) -> None:
    assert ours.tensor(data).dtype is ours.float64


def test_read_only_memory_is_announced() -> None:
    with pytest.warns(UserWarning, match="not writable"):
        tensor = ours.from_numpy(np.broadcast_to(np.ones(1), (3,)))
    assert tensor.tolist() == [1, 1, 1]
    with pytest.warns(UserWarning, match="clone\\(\\).detach\\(\\)"):
        ours.tensor(ours.ones(2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours.from_numpy(np.ones(3))


def test_errors_say_what_was_received() -> None:
    with pytest.raises(ValueError, match=r"row \[1\] has 1 items where row \[0\] has 2"):
        ours.tensor([[1, 2], [3]])
    with pytest.raises(RuntimeError, match="holds 0 to 255"):
        ours.tensor(300, dtype=ours.uint8)
    with pytest.raises(RuntimeError, match="NoneType"):
        ours.tensor([None])
    with pytest.raises(RuntimeError, match="negative dimension -1"):
        ours.zeros(2, -1)
    with pytest.raises(AssertionError, match="Use device='cpu'"):
        ours.zeros(2, device="cuda:0")
