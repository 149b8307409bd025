"""Tensors meet Python, NumPy, DLPack and the buffer protocol as PyTorch's do."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch.torch as ours

from .expressions import assert_same, needs_torch, theirs

START = (
    "t = torch.tensor([[1.5, -2, 3], [0, 5, -6.5]]); n = torch.tensor(2.5); "
    "g = torch.tensor([1.0, 2.0], requires_grad=True); i = torch.tensor([3, 1, 2]); "
    "a = np.array([[1.0, 2, 3], [4, 5, 6]]); v = np.array([1, 2, 3], np.float32); "
)

PYTHON = """
len(t)
len(n)
bool(n), bool(torch.tensor([0])), bool(torch.tensor([[True]]))
bool(t)
bool(torch.tensor([]))
float(n), int(n), complex(n)
float(torch.tensor([3])), int(torch.tensor([[3.7]])), int(torch.tensor(True))
float(t)
int(t)
int(torch.tensor(nan))
float(g[0])
[1, 2, 3][torch.tensor(1)], [1, 2, 3][torch.tensor([1])], [1, 2, 3][torch.tensor(True)]
[1, 2, 3][n]
[1, 2, 3][i]
list(range(torch.tensor(3)))
f"{n:.3f}", f"{torch.tensor(3):d}", f"{torch.tensor(3):>5}", f"{n}", f"{g[1]:.1e}"
f"{t:.3f}"
f"{torch.tensor([2.5]):.3f}"
f"{t}"
"%.2f" % n
str(n), repr(i)
round(n.item(), 1)
n.item(), torch.tensor([[3]]).item(), torch.tensor(True).item()
t.item()
torch.tensor([]).item()
t.tolist(), n.tolist(), i.tolist(), torch.ones(0, 2).tolist(), torch.ones(2, 0).tolist()
torch.tensor([True]).tolist(), torch.tensor([0.1]).tolist(), torch.tensor([1.5]).half().tolist()
list(i), [x.item() for x in i]
iter(n)
a_, b_, c_ = i; int(b_)
sorted([x.item() for x in i]), max(i.tolist())
{n: 1}[n], n in {n}
hash(n) == hash(n), hash(n) == hash(n.clone())
sum(i)
reversed(i)
reversed(t)
reversed(n)
"data_ptr" in dir(t), "numpy" in dir(t)
isinstance(n.item(), float)
dict(a=n)["a"] is n
memoryview(t)
bytes(torch.tensor(3))
"""

NUMPY = """
t.numpy()
t.T.numpy()
t[:, 1:].numpy()
t.numpy().T
t.numpy(force=True)
g.numpy()
g.numpy(force=True)
g.detach().numpy()
g.data.numpy()
np.asarray(t)
np.asarray(t) is np.asarray(t)
np.asarray(t, dtype=np.int64)
np.array(t)
np.array(g)
np.array([n, n])
np.array([t, t])
np.array([x for x in i])
np.asarray(t).base is not None
np.ascontiguousarray(t.T)
np.float64(n), np.float32(n)
np.add(t, t)
np.exp(n)
np.sqrt(t * t)
np.isnan(t)
np.maximum(t, a)
np.multiply(t, 2)
np.power(i, 2)
np.add(t, 1, out=np.zeros((2, 3)))
np.add.reduce(i)
t + a
t - a
t * v
t / 2
a * np.asarray(t)
v * np.float32(2) + i.numpy()
np.float64(3) * t
t * np.float64(3)
np.float32(3) + t
t ** np.int64(2)
np.int64(3) - t
i + np.int64(3)
i + np.float64(3)
t == a
t > np.float64(1)
np.stack([t, t])
np.vstack([t, t])
np.hstack([t, t])
np.concatenate([t, t])
np.concatenate([t, a])
np.dot(v, i)
np.split(a, 2)[0] + np.asarray(t[0])
np.linspace(0, 1, 3) @ np.asarray(t.T.double())
np.allclose(t, t)
np.array_equal(t, t)
np.where(np.asarray(t) > 0, 1, 0)
a[i.numpy() - 1 > 5] if False else a[0]
np.testing.assert_allclose(t, t)
np.zeros(t.shape)
np.reshape(np.asarray(t), (3, 2))
np.argsort(i.numpy())
np.unique(np.asarray(i))
a[:, i.numpy() - 1]
v[torch.tensor(1)]
a[torch.tensor(0), torch.tensor(1)]
np.isscalar(n), np.ndim(t), np.shape(t) == (2, 3)
np.iterable(t), np.result_type(t.numpy())
[x for x in np.nditer(np.asarray(i))][0] + 1
t.__array_priority__
t.__array__(np.float64)
t.__array__().dtype
g.__array__()
np.save(io.BytesIO(), t)
a[0] = t[1]; a
a[...] = t; a
b = torch.from_numpy(a); b.mul_(2); a
b = t.numpy(); b[0, 0] = 9; t
b = t.numpy(); b += 1; t[0]
torch.from_numpy(np.asarray(t)).data_ptr() == t.data_ptr()
torch.tensor(np.asarray(t)).data_ptr() == t.data_ptr()
torch.tensor([np.mean(a), np.max(a)])
torch.from_numpy(a).float()
torch.from_numpy(a.astype(np.float32))
torch.as_tensor(a[0])
t.shape == a.shape, t.shape[0] == a.shape[0], tuple(t.shape)
"""

EXCHANGE = """
np.from_dlpack(t)
np.from_dlpack(t.T)
b = np.from_dlpack(t, copy=True); b[0, 0] = 7; t
np.from_dlpack(t, device="cpu")
torch.from_dlpack(a, copy=True).data_ptr() == a.ctypes.data
torch.from_dlpack(t.__dlpack__(max_version=(1, 0)))
torch.from_dlpack(t.__dlpack__(copy=True)).data_ptr() == t.data_ptr()
torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(i))
np.from_dlpack(torch.ones(2, dtype=torch.bool))
np.from_dlpack(t).flags.writeable
b = np.from_dlpack(t); b[0, 0] = 7; t
torch.from_dlpack(a)
b = torch.from_dlpack(a); b[0, 0] = 7; a
torch.from_dlpack(t).data_ptr() == t.data_ptr()
torch.from_dlpack(t.__dlpack__())
torch.from_dlpack(torch.to_dlpack(t))
torch.from_dlpack([1])
torch.from_dlpack(g)
c = t.__dlpack__(); torch.from_dlpack(c); torch.from_dlpack(c)
tuple(map(int, t.__dlpack_device__()))
g.__dlpack__()
t.__dlpack__(stream=3)
torch.frombuffer(a, dtype=torch.float64)
b = torch.frombuffer(a, dtype=torch.float64); b[0] = 7; a
len(t.untyped_storage()), t.untyped_storage().nbytes(), t.untyped_storage().size()
t.untyped_storage().data_ptr() == t[1:].untyped_storage().data_ptr()
t[1:].untyped_storage().nbytes(), t.T.untyped_storage().nbytes()
t.untyped_storage().tolist()
t.untyped_storage()[2], t.untyped_storage()[-1]
t.untyped_storage()[100]
t.untyped_storage().is_shared(), t.is_shared(), t.untyped_storage().device
t.untyped_storage()[3] = 0; t
t.untyped_storage().fill_(0); t
t.untyped_storage().clone().data_ptr() == t.untyped_storage().data_ptr()
torch.UntypedStorage(4).nbytes()
repr(torch.tensor([1.0]).untyped_storage())
t[1:].storage().tolist(), t.storage().size(), len(t.storage()), t.storage()[1]
t.storage().dtype, t.storage().nbytes(), t.storage().element_size()
t.storage().data_ptr() == t.data_ptr()
t.storage()[0] = 4; t
repr(torch.tensor([1.0, 2]).storage())
"""


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


@pytest.mark.parametrize("text", lines(PYTHON))
def test_python_sees_a_number_or_a_sequence(text: str) -> None:
    assert_same(START + text)


@pytest.mark.parametrize("text", lines(NUMPY))
def test_numpy_sees_an_array(text: str) -> None:
    assert_same(START + text, rtol=1e-6)


@pytest.mark.parametrize("text", lines(EXCHANGE))
def test_memory_is_exchanged(text: str) -> None:
    assert_same(START + text)


def test_storages_warn_as_pytorchs_do() -> None:
    with pytest.warns(UserWarning, match="TypedStorage is deprecated"):
        ours.ones(2).storage()


def test_a_storage_and_its_pickle_hold_the_same() -> None:
    part = ours.tensor([1.0, 2.0])[1:]
    twin = pickle.loads(pickle.dumps([part, part.untyped_storage()]))
    assert twin[1].tolist() == part.untyped_storage().tolist()
    assert twin[0].data_ptr() == twin[1].data_ptr() + 4


@needs_torch
def test_pytorchs_own_tensors_come_by_dlpack_and_numpy() -> None:
    theirs_too = theirs.arange(6.0).reshape(2, 3)
    shared = ours.from_dlpack(theirs_too)
    theirs_too[0, 0] = 9
    assert shared[0, 0].item() == 9
    back = theirs.from_dlpack(shared)
    shared[1, 2] = -1
    assert back[1, 2].item() == -1
    with pytest.raises(TypeError, match="imports was left as it was"):
        ours.tensor(theirs_too)


# ---- without PyTorch: what works here, and not always there


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda t, a: np.mean(t), 2.5),
        (lambda t, a: np.sum(t, axis=0), [3, 5, 7]),
        (lambda t, a: np.max(t, axis=1), [2, 5]),
        (lambda t, a: np.std(t, ddof=1), np.std(np.arange(6.0), ddof=1)),
        (lambda t, a: np.median(t), 2.5),
        (lambda t, a: np.transpose(t), [[0, 3], [1, 4], [2, 5]]),
        (lambda t, a: np.linalg.norm(t), np.sqrt(55)),
        (lambda t, a: np.argmax(t), 5),
        (lambda t, a: np.cumsum(t)[-1], 15),
        (lambda t, a: np.clip(t, 1, 2), [[1, 1, 2], [2, 2, 2]]),
        (lambda t, a: np.where(t > 2, t, 0), [[0, 0, 0], [3, 4, 5]]),
        (lambda t, a: np.einsum("ij->j", t), [3, 5, 7]),
        (lambda t, a: np.average(t, weights=t), 55 / 15),
        (lambda t, a: np.interp(1.5, [0, 3], t[0, :2]), 0.5),
        (lambda t, a: a + t, 2 * np.arange(6.0).reshape(2, 3)),
        (lambda t, a: a * t, np.arange(6.0).reshape(2, 3) ** 2),
        (lambda t, a: a - t, np.zeros((2, 3))),
        (lambda t, a: np.mean([t[0, 0], t[1, 2]]), 2.5),
        (lambda t, a: np.size(t), 6),
        (lambda t, a: np.array(t, copy=False), np.arange(6.0).reshape(2, 3)),
    ],
)  # fmt: skip
def test_functions_of_numpy_take_tensors(function: object, expected: object) -> None:
    array = np.arange(6.0).reshape(2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = function(ours.from_numpy(array), array)  # type: ignore[operator]
    np.testing.assert_allclose(np.asarray(result), expected)


def test_numpy_is_refused_a_tensor_that_needs_a_gradient() -> None:
    x = ours.ones(2, requires_grad=True)
    for function in (np.asarray, np.mean, np.exp, lambda t: np.stack([t, t])):
        with pytest.raises(RuntimeError, match="detach"):
            function(x)


def test_plots_take_tensors() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    (line,) = axes.plot(ours.arange(3), ours.tensor([1.0, 4.0, 9.0]))
    axes.scatter(ours.arange(3), ours.ones(3), c=ours.rand(3))
    axes.imshow(ours.rand(4, 5))
    axes.hist(ours.rand(20))
    np.testing.assert_array_equal(line.get_ydata(), [1, 4, 9])
    pyplot.close(figure)


def unpickled(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give a copy whose dtype is an object of its own, as the array of a worker process has."""
    copied: np.ndarray[Any, Any] = pickle.loads(pickle.dumps(array))
    assert copied.dtype == array.dtype
    assert copied.dtype is not array.dtype
    return copied


ENTRIES: dict[str, Callable[[np.ndarray[Any, Any]], Any]] = {
    "from_numpy": lambda a: ours.from_numpy(unpickled(a)),
    "from_numpy of a part": lambda a: ours.from_numpy(unpickled(np.stack([a, a]))[1]),
    "tensor": lambda a: ours.tensor(unpickled(a)),
    "tensor of a list": lambda a: ours.tensor([unpickled(row) for row in a]),
    "as_tensor": lambda a: ours.as_tensor(unpickled(a)),
    "asarray": lambda a: ours.asarray(unpickled(a)),
    "a pickle": lambda a: pickle.loads(pickle.dumps(ours.tensor(a))),
    "a pickled parameter": lambda a: pickle.loads(
        pickle.dumps(ours.nn.Parameter(ours.tensor(a), requires_grad=False))
    ),
    "a copied pickle": lambda a: copy.deepcopy(pickle.loads(pickle.dumps(ours.tensor(a)))),
    "a copy": lambda a: copy.copy(ours.tensor(a)),
}


@pytest.mark.parametrize("kind", ["float32", "int64", "bool"])
@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_dtype_is_one_object_wherever_an_array_came_from(
    entry: Callable[[np.ndarray[Any, Any]], Any], kind: str
) -> None:
    array = np.arange(6).reshape(2, 3).astype(kind)
    tensor = entry(array)
    assert tensor.numpy().dtype is array.dtype
    np.testing.assert_array_equal(tensor.numpy(), array)


def test_memory_is_shared_with_an_unpickled_array() -> None:
    array = unpickled(np.arange(6, dtype=np.float32))
    tensor = ours.from_numpy(array)
    array[0] = 9
    assert tensor[0].item() == 9


def test_an_unpickled_model_gives_the_same_bits() -> None:
    x = ours.ones(1, 2)
    for seed in range(5):
        ours.manual_seed(seed)
        layer = ours.nn.Linear(2, 3)
        assert ours.equal(pickle.loads(pickle.dumps(layer))(x), layer(x))
