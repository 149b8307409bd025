"""Conversions, copies, layouts and types of tensors are PyTorch's."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .expressions import assert_equal, assert_same, needs_torch, outcome, theirs

CONVERSIONS = """
x.to(torch.float64)
x.to(torch.float32) is x
x.to(torch.float32, copy=True) is x
x.to(torch.float64, False, True)
x.to(torch.float32, False, True) is x
x.to("cpu") is x
x.to(torch.device("cpu"), torch.int64)
x.to("cpu", torch.float64)
x.to("cpu", None, False, True) is x
x.to(torch.ones(1, dtype=torch.int8))
x.to(dtype=torch.int8, device="cpu")
x.to(device="cpu") is x
x.to() is x
x.to(None) is x
x.to(float)
x.to(bool)
x.to("float64")
x.to("cuda")
x.to("cuda:0", torch.float64)
x.to(5)
x.to(torch.float64, torch.device("cpu"))
x.to(torch.float64, memory_format=torch.contiguous_format)
x.to(torch.float64, memory_format=torch.preserve_format)
x.to(memory_format=torch.channels_last)
x.to(torch.float64, nonsense=1)
x.to(non_blocking=True) is x
x.T.to(torch.float64)
x.T.to(torch.float32, memory_format=torch.contiguous_format)
x[:, ::2].to(torch.float64)
x[:1].expand(4, 3).to(torch.float64)
x.double()
x.float() is x
x.half()
x.long()
x.int()
x.short()
x.char()
x.byte()
x.bool()
x.float(memory_format=torch.contiguous_format)
x.cpu() is x
x.cuda()
x.cuda(0)
x.type()
x.long().type()
x.bool().type()
x.half().type()
x.type("torch.DoubleTensor")
x.type("torch.FloatTensor") is x
x.type(torch.LongTensor)
x.type(torch.int8)
x.type(dtype=torch.float64)
x.type("torch.Foo")
x.type("torch.cuda.FloatTensor")
x.type(5)
x.type_as(torch.ones(1, dtype=torch.int8))
x.type_as(x) is x
x.type_as(3)
x.clone()
x.T.clone()
x.T.clone(memory_format=torch.contiguous_format)
x[:, ::2].clone()
x[:1].expand(4, 3).clone()
x.clone(memory_format=torch.channels_last)
torch.clone(x)
torch.clone(x.T, memory_format=torch.preserve_format)
torch.clone([1])
x.contiguous() is x
x.T.contiguous()
x.T.contiguous(memory_format=torch.preserve_format).stride()
torch.ones(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)
torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last)
torch.ones(2, 3, 4, 5).clone(memory_format=torch.channels_last).double()
torch.ones(2, 3, 4, 5, 6).contiguous(memory_format=torch.channels_last_3d)
x.contiguous(memory_format=torch.channels_last)
x.is_contiguous()
x.T.is_contiguous()
x[:, :1].is_contiguous()
torch.ones(1, 2, 3, 4).is_contiguous(memory_format=torch.channels_last)
torch.ones(1, 1, 3, 4).is_contiguous(memory_format=torch.channels_last)
x.is_contiguous(5)
x.pin_memory()
x.real
x.imag
x.conj()
torch.real(x), torch.conj(x), torch.resolve_conj(x), x.resolve_neg()
x.apply_(lambda v: v + 1)
x.T.apply_(lambda v: v + 1)
x.detach().apply_(lambda v: "a")
x.detach().apply_(3)
x.detach().long().apply_(lambda v: 2.7)
x.map_(torch.ones(3), lambda a, b: a - b)
x.detach().map_(torch.ones(2), lambda a, b: a - b)
x.detach().map_(torch.ones(3).long(), lambda a, b: a - b)
x.is_pinned()
"""

FACTS = """
x.shape
x.size()
x.size(0), x.size(-1), x.size(dim=1)
x.size(5)
x.stride(), x.stride(0), x.stride(dim=-1)
x.stride(-3)
torch.tensor(1).size(0)
x.T.stride()
torch.ones(2, 0, 3).stride()
x.dtype, x.device, x.layout
x.ndim, x.dim(), x.ndimension(), x.numel(), x.nelement()
x.element_size(), x.itemsize, x.nbytes
x.half().element_size()
x[1:].storage_offset(), x[:, 1].storage_offset(), x.T.storage_offset(), x[1, 2].storage_offset()
x[1:].data_ptr() - x.data_ptr()
torch.empty(0).data_ptr()
x.is_cuda, x.is_cpu, x.is_sparse, x.is_sparse_csr, x.is_quantized, x.is_meta, x.is_mps
x.is_floating_point(), x.is_complex(), x.is_signed()
x.byte().is_signed(), x.bool().is_signed()
x.get_device(), torch.get_device(x)
torch.is_tensor(x), torch.is_tensor(3), torch.is_storage(x.untyped_storage())
torch.is_floating_point(x), torch.is_floating_point(x.long()), torch.is_complex(x)
torch.is_signed(x.byte())
x.is_same_size(x), torch.is_same_size(x, x.T), x.is_set_to(x), x.is_set_to(x[:1])
x.is_conj(), torch.is_neg(x), x.dim_order(), x.T.dim_order(), x._is_view(), x[1:]._is_view()
torch.typename(x), torch.typename(3), torch.typename(torch.LongTensor)
torch.pi, torch.e, torch.inf, torch.newaxis
torch.Tensor._make_subclass(torch.Tensor, x, True)
torch.is_nonzero(torch.tensor([2])), torch.is_nonzero(torch.tensor(0.))
torch.is_nonzero(x)
x.is_nonzero()
torch.is_nonzero(torch.tensor([]))
torch.numel(x)
torch.numel(3)
torch.is_floating_point(3)
torch.result_type(x.char(), 1.5)
torch.result_type(x.char(), torch.tensor(2.5))
torch.result_type(x.char(), 5)
torch.result_type(1, 2)
torch.result_type(1, True)
torch.result_type(x, torch.ones(2, dtype=torch.float64))
torch.result_type("a", 1)
torch.can_cast(torch.float, torch.int), torch.can_cast(torch.int, torch.float)
torch.promote_types(torch.int8, torch.uint8)
torch.finfo(torch.float16)
torch.finfo(torch.float32)
torch.finfo(torch.float64)
torch.finfo()
torch.finfo(torch.int8)
torch.finfo(torch.float32).dtype
torch.finfo(torch.float32) == torch.finfo(torch.float32)
torch.finfo(torch.float32) == torch.finfo(torch.float64)
torch.finfo(torch.float32).eps, torch.finfo(torch.float32).tiny, torch.finfo(torch.float32).bits
torch.finfo(torch.float64).max, torch.finfo(torch.float64).min
torch.finfo(torch.float32).smallest_normal, torch.finfo(torch.float32).resolution
torch.iinfo(torch.int8)
torch.iinfo(torch.int64).max, torch.iinfo(torch.uint8).min, torch.iinfo(torch.int16).bits
torch.iinfo(torch.float32)
torch.iinfo(torch.bool)
torch.strided, torch.sparse_coo, torch.channels_last, torch.contiguous_format
torch.device("cpu"), torch.device("cuda:1"), torch.device("cpu", 0), torch.device("xpu")
torch.device(type="cpu", index=1)
torch.device(torch.device("cuda:1"))
torch.device("cpu") == torch.device("cpu"), torch.device("cpu") == torch.device("cpu", 0)
torch.device("cpu") == "cpu"
str(torch.device("cuda", 1)), torch.device("cuda", 1).index, torch.device("cuda").index
torch.device("cpu:-1")
torch.device("cpu:01")
torch.device("CPU")
torch.device("nowhere")
torch.device(None)
torch.device(1.5)
torch.device(0)
torch.device("cuda:1", 1)
torch.device()
torch.float.is_floating_point, torch.int.is_signed, torch.half.itemsize, torch.float.to_real()
torch.float is torch.float32, torch.long is torch.int64, torch.double is torch.float64
torch.half is torch.float16, torch.int is torch.int32, torch.short is torch.int16
torch.Size([1, 2]) + torch.Size([3])
torch.Size([1, 2]) + (3,)
(3,) + torch.Size([1])
torch.Size([1, 2]) + [3]
torch.Size([1, 2]) * 2
torch.Size([1, 2, 3])[1:]
torch.Size([1, 2, 3])[-1]
torch.Size([1, 2]).numel()
torch.Size([1.5])
torch.Size([torch.tensor(2)])
torch.Size()
torch.Size([1, 2]) == (1, 2), hash(torch.Size([1])) == hash((1,))
"""


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


START = "x = torch.tensor([[1.5, -2, 3], [0, 5, -6.5]]); "
RECORDED = "x = torch.tensor([[1.5, -2, 3], [0, 5, -6.5]], requires_grad=True); "


@pytest.mark.parametrize("text", lines(CONVERSIONS))
def test_conversions(text: str) -> None:
    assert_same(START + text)
    if "byte" not in text:
        assert_same(RECORDED + text)


@pytest.mark.parametrize("text", lines(FACTS))
def test_facts(text: str) -> None:
    assert_same(START + text)


DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
VALUES = np.array([0, 1, -1, 2.7, -2.7, 100, 126.9, 0.3])


@pytest.mark.parametrize("target", DTYPES)
@pytest.mark.parametrize("source", DTYPES)
def test_every_dtype_becomes_every_other(source: str, target: str) -> None:
    start = f"x = torch.tensor({VALUES.tolist()}, dtype=torch.float32).to(torch.{source}); "
    for layout in ("x", "x[::2]", "x.reshape(2, 4).T", "x[:0]", "x[3]"):
        assert_same(f"{start}{layout}.to(torch.{target})")


@needs_torch
@pytest.mark.parametrize(
    "step",
    [
        "x.clone()", "x.T.clone()", "x[:, ::2].clone()", "x.to(torch.float64)", "x.contiguous()",
        "x.T.contiguous()", "x.to(torch.float32, copy=True)", "x[:1].expand(4, 3).double()",
        "x.type(torch.DoubleTensor)", "x.half()", "x.type_as(torch.ones(1).double())",
    ],
)  # fmt: skip
def test_gradients_flow_through_copies(step: str) -> None:
    grads = []
    for library in (ours, theirs):
        x = library.tensor(np.random.default_rng(0).normal(size=(2, 3)), dtype=library.float32)
        x.requires_grad_()
        y = eval(step, {"x": x, "torch": library})
        numbers = np.random.default_rng(1).normal(size=tuple(y.shape))
        weights = library.tensor(numbers).to(y.dtype)
        y.backward(weights)
        first = x.grad.clone()
        again = eval(step, {"x": x * x * x, "torch": library})
        (slope,) = library.autograd.grad((again * weights).sum(), x, create_graph=True)
        (curve,) = library.autograd.grad((slope * slope).sum(), x)
        grads.append((first, slope.detach(), curve))
    for mine, peer in zip(*grads, strict=True):
        assert_equal(mine, peer, rtol=1e-3 if "half" in step else 1e-5, strides=False)


# ---- copies and pickles

COPIES = """
copy.copy(x)
copy.copy(x).data_ptr() == x.data_ptr()
copy.deepcopy(x)
copy.deepcopy(x).data_ptr() == x.data_ptr()
copy.deepcopy(x.T)
copy.deepcopy(x[1:])
copy.deepcopy(x * 2)
copy.copy(x * 2)
pickle.loads(pickle.dumps(x))
pickle.loads(pickle.dumps(x.T))
pickle.loads(pickle.dumps(x[:, 1:]))
pickle.loads(pickle.dumps(x[1:].T))
pickle.loads(pickle.dumps(x[1, 1]))
pickle.loads(pickle.dumps(x * 2))
pickle.loads(pickle.dumps(x[:1].expand(3, 3)))
pickle.loads(pickle.dumps(torch.empty(0, 3)))
pickle.loads(pickle.dumps(torch.tensor(3)))
pickle.loads(pickle.dumps(torch.tensor([True, False])))
pickle.loads(pickle.dumps(x, protocol=2))
pickle.loads(pickle.dumps(torch.float32)) is torch.float32
copy.deepcopy(torch.float32) is torch.float32
copy.copy(torch.int8) is torch.int8
pickle.loads(pickle.dumps(torch.device("cuda:1")))
pickle.loads(pickle.dumps(torch.Size([1, 2])))
pickle.loads(pickle.dumps(torch.strided)) is torch.strided
pickle.loads(pickle.dumps(torch.channels_last)) is torch.channels_last
torch.from_numpy(np.arange(12)[2:9]).storage_offset()
torch.from_numpy(np.arange(12)[2:9]).untyped_storage().nbytes()
pickle.loads(pickle.dumps(torch.from_numpy(np.arange(12)[2:9])))
pickle.loads(pickle.dumps(torch.from_numpy(np.arange(12)[2:9:2]))).tolist()
pickle.loads(pickle.dumps(torch.from_numpy(np.arange(12).reshape(3, 4).T)))
"""


@pytest.mark.parametrize("text", lines(COPIES))
@pytest.mark.parametrize("start", [START, RECORDED], ids=["plain", "recorded"])
def test_copies_and_pickles(start: str, text: str) -> None:
    assert_same(start + text)


def pickled(tensors: Any) -> Any:
    return pickle.loads(pickle.dumps(tensors))


@pytest.mark.parametrize(
    ("library", "copied"),
    [
        (ours, copy.deepcopy),
        pytest.param(theirs, copy.deepcopy, marks=needs_torch),
        (ours, pickled),
    ],
    ids=["deep copy", "PyTorch's deep copy", "pickle"],
)
def test_tensors_that_share_memory_share_it_afterwards(library: Any, copied: Any) -> None:
    whole = library.arange(6.0)
    first, second = copied([whole[1:3], whole])
    second[2] = 9.0
    assert first.tolist() == [1, 9]
    assert whole.tolist() == [0, 1, 2, 3, 4, 5]
    same = copied([whole, whole])
    assert same[0] is same[1]


def test_a_deep_copy_has_its_own_gradient_and_attributes() -> None:
    x = ours.ones(2, requires_grad=True)
    x.label = ["a"]
    (x * 3).sum().backward()
    twin = copy.deepcopy(x)
    assert twin.grad.tolist() == [3, 3]
    assert twin.grad.data_ptr() != x.grad.data_ptr()
    assert twin.label == ["a"] and twin.label is not x.label
    assert pickle.loads(pickle.dumps(x)).label == ["a"]


class Marked(ours.Tensor):
    """A class of tensors of a user's."""


@needs_torch
@pytest.mark.parametrize(
    "text",
    [
        "torch.zeros_like(x)", "torch.full_like(x, 3)", "torch.rand_like(x)", "x.clone()",
        "x.to(torch.int64)", "x.double()", "x.contiguous()", "x.T.contiguous()", "x.new_zeros(3)",
        "x.new_tensor([1])", "torch.bernoulli(x)", "x.type(torch.LongTensor)", "x.numpy()",
        "x.tolist()", "x.type()", "x.cpu()", "x.uniform_()", "torch.numel(x)",
    ],
)  # fmt: skip
def test_results_are_of_a_users_class_where_pytorchs_are(text: str) -> None:
    kinds = []
    for library in (ours, theirs):
        kind = type("Own", (library.Tensor,), {})
        found = outcome(f"x = torch.ones(2, 3).as_subclass(kind); {text}", library, kind=kind)
        kinds.append(type(found).__name__)
    assert kinds[0] == kinds[1]


def test_a_parameter_stays_one() -> None:
    from minitorch.torch import nn

    x = nn.Parameter(ours.ones(2), requires_grad=False)
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert type(twin) is nn.Parameter
        assert not twin.requires_grad
    assert pickle.loads(pickle.dumps(nn.Parameter(ours.ones(2)))).requires_grad


def test_copies_keep_a_users_class() -> None:
    x = ours.ones(2).as_subclass(Marked)
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert type(twin) is Marked
    assert type(Marked([1, 2])) is Marked


def test_shared_memory_is_seen_by_a_forked_child() -> None:
    import os

    x = ours.arange(6.0).reshape(2, 3).T.clone()
    assert not x.is_shared()
    assert x.share_memory_() is x
    assert x.is_shared() and x.untyped_storage().is_shared()
    assert x.stride() == (1, 3)
    child = os.fork()
    if child == 0:
        x.numpy()[0, 1] = 42.0
        os._exit(0)
    os.waitpid(child, 0)
    assert x.tolist() == [[0, 42], [1, 4], [2, 5]]
    base = ours.ones(4)
    part = base[1:]
    with pytest.raises(RuntimeError, match="views"):
        base.share_memory_()
    assert part.shape == (3,)
