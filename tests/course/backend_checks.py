"""What the tests of the compiled backends share: the backends, their marks, PyTorch's opinion."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numba.cuda
import numpy as np
import pytest

import minitorch
from minitorch import CudaOps, FastOps, SimpleBackend, Tensor, TensorBackend, TensorData

from .checks import Array, random_array, tensor_of

FAST = TensorBackend(FastOps)
CUDA = TensorBackend(CudaOps)

# In the simulator's job nothing may be left out, so there the environment alone decides.
CUDA_IS_HERE = bool(os.environ.get("NUMBA_ENABLE_CUDASIM")) or numba.cuda.is_available()
ON_CUDA = (
    pytest.mark.cudasim,
    pytest.mark.skipif(not CUDA_IS_HERE, reason="no CUDA device and no NUMBA_ENABLE_CUDASIM=1"),
)

# Every function of a backend: what NumPy says, and the lowest value to try it with.
MAPS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "neg_map": (lambda a: -a, -2.0),
    "sigmoid_map": (lambda a: 1.0 / (1.0 + np.exp(-a)), -2.0),
    "relu_map": (lambda a: np.maximum(a, 0.0), -2.0),
    "log_map": (lambda a: np.log(a + 1e-6), 0.1),
    "exp_map": (np.exp, -2.0),
    "id_map": (lambda a: a, -2.0),
    "id_cmap": (lambda a: a, -2.0),
    "inv_map": (lambda a: 1.0 / a, 0.1),
}
ZIPS: dict[str, Callable[[Array, Array], Array]] = {
    "add_zip": lambda a, b: a + b,
    "mul_zip": lambda a, b: a * b,
    "lt_zip": lambda a, b: (a < b).astype(float),
    "eq_zip": lambda a, b: (a == b).astype(float),
    "is_close_zip": lambda a, b: (np.abs(a - b) < 1e-2).astype(float),
    "relu_back_zip": lambda a, b: np.where(a > 0, b, 0.0),
    "log_back_zip": lambda a, b: b / (a + 1e-6),
    "inv_back_zip": lambda a, b: -b / (a * a),
}
REDUCES: dict[str, Callable[..., Array]] = {"add_reduce": np.sum, "mul_reduce": np.prod}


def on_both_backends(
    fast_task: str, cuda_task: str, **cases: tuple[Sequence[Any], Sequence[Any]]
) -> pytest.MarkDecorator:
    """Run a test on FastOps and on CudaOps, each under the marker of its task.

    Args:
        fast_task: the marker for FastOps.
        cuda_task: the marker for CudaOps.
        **cases: at most one further argument of the test, with its values for FastOps and its (few:
            the simulator is slow) values for CudaOps.
    """
    fast = (getattr(pytest.mark, fast_task), pytest.mark.boundscheck)
    cuda = (getattr(pytest.mark, cuda_task), *ON_CUDA)
    parameters = []
    for name, backend, marks, place in (("fast", FAST, fast, 0), ("cuda", CUDA, cuda, 1)):
        for values in cases.values() or [([None], [None])]:
            for value in values[place]:
                case, label = ((value,), f"{name}-{value}") if cases else ((), name)
                parameters.append(pytest.param(backend, *case, id=label, marks=marks))
    return pytest.mark.parametrize(["backend", *cases], parameters)


def on(backend: TensorBackend, a: Tensor) -> Tensor:
    """Copy a tensor to another backend, as a leaf of the same layout."""
    data = TensorData(a._tensor._storage.copy(), a._tensor.shape, a._tensor.strides)
    leaf = Tensor(data, backend=backend)
    leaf.requires_grad_(True)
    return leaf


def few_values(shape: Sequence[int], seed: int) -> Array:
    """Random numbers of which many are equal, or closer than is_close asks, or just not so."""
    choices = np.array([-1.0, -1.0 + 0.009, -1.0 + 0.011, 0.25, 2.0])
    return np.random.default_rng(seed).choice(choices, tuple(shape))


def assert_same(out: Tensor, *expected: Any, **tolerances: float) -> None:
    """Hold a result against arrays and other tensors, shape included."""
    tolerances = {"rtol": 1e-12, "atol": 1e-14, **tolerances}
    values = out.to_numpy()
    for other in expected:
        array = other.to_numpy() if isinstance(other, Tensor) else np.asarray(other)
        assert out.shape == array.shape
        np.testing.assert_allclose(values, array, **tolerances)


def simple(values: Array, permuted: bool = False) -> Tensor:
    """Make the same tensor on SimpleOps."""
    return tensor_of(values, permuted, backend=SimpleBackend)


def compare_with_pytorch(
    ours: Callable[..., Tensor],
    theirs: Callable[..., Any],
    arrays: Sequence[Array],
    backend: TensorBackend = FAST,
    permuted: bool = False,
    tolerance: float = 1e-10,
) -> None:
    """Hold the value and, under a random upstream gradient, the gradients against PyTorch.

    Args:
        ours: takes as many Tensors as there are arrays.
        theirs: the same of PyTorch's tensors.
        arrays: the arguments.
        backend: what computes ours.
        permuted: give ours Tensors whose strides increase.
        tolerance: absolute and relative.
    """
    torch = pytest.importorskip("torch")
    leaves = [tensor_of(array, permuted, backend=backend) for array in arrays]
    twins = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]
    out, expected = ours(*leaves), theirs(*twins)
    bounds = {"rtol": tolerance, "atol": tolerance}
    assert_same(out, expected.detach().numpy(), **bounds)
    upstream = random_array(out.shape, seed=9)
    out.backward(tensor_of(upstream, tracked=False, backend=backend))
    expected.backward(torch.tensor(upstream))
    for leaf, twin in zip(leaves, twins, strict=True):
        assert leaf.grad is not None, "a tracked leaf received no gradient"
        assert_same(leaf.grad, twin.grad.numpy(), **bounds)


def raises_before_launch(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], mistake: Callable[[], Any]
) -> str:
    """Run a mistake where no kernel may start, and give the text of the error that it raises."""

    def launched(*_: Any, **__: Any) -> None:
        pytest.fail("a kernel was reached")

    monkeypatch.setattr(minitorch._jit.SizedKernel, "for_size", launched)
    monkeypatch.setattr(minitorch.cuda_ops, "_on_device", launched)
    with pytest.raises(error) as raised:
        mistake()
    return str(raised.value)


def assert_entry_agrees(entry: tuple[str, Any, Any], *arguments: Tensor) -> None:
    """Hold a function of MathTestVariable, cell by cell, against the same function of floats."""
    _, on_floats, on_tensors = entry
    out = on_tensors(*arguments).to_numpy()
    values = [a.to_numpy() for a in arguments]
    for cell in np.ndindex(*out.shape):
        expected = on_floats(*(float(array[cell]) for array in values))
        assert out[cell] == pytest.approx(expected, rel=1e-9, abs=1e-12)
