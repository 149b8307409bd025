"""Recurrent cells and layers, held against PyTorch's modules in float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numba
import numpy as np
import pytest

from minitorch.errors import ShapeError
from minitorch.kernels.cpu.sequences import recurrent, recurrent_cells, recurrent_sequence
from minitorch.kernels.cpu.sequences.recurrent_cells import RecurrentDTypeError

from .layouts import layouts
from .oracle import torch

FLOATS = [np.float16, np.float32, np.float64]
KINDS = ["lstm", "projected lstm", "gru", "tanh", "relu"]
# None is a whole batch; PyTorch's packed sequences have rows for each step.
BATCH_SIZES = [None, (4, 4, 2, 1), (3,)]
Array = np.ndarray


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep to one thread: kernels for several take long to compile."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


def draw(*shape: int, dtype: Any = np.float64, seed: int = 0) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def as_double(array: Array) -> Any:
    return torch.tensor(np.array(array)).double().requires_grad_()


def assert_near(ours: Array | None, theirs: Any, dtype: Any, what: str, steps: int = 5) -> None:
    """Compare with a tensor; errors of a step are carried through the following ones."""
    if theirs is None:
        assert ours is None, what
        return
    theirs = theirs.detach().numpy()
    assert ours is not None, what
    assert ours.dtype == dtype, what
    assert ours.shape == theirs.shape, what
    bound = 16 * steps * float(np.finfo(dtype).eps) * max(1.0, abs(theirs).max(initial=0))
    np.testing.assert_allclose(ours.astype(np.float64), theirs, rtol=0, atol=bound, err_msg=what)


# ---- layers


class Layer:
    """One layer of each library, on the same numbers.

    Args:
        kind: one of KINDS.
        dtype: of our operands.
        sizes: (steps, batch, input features, hidden features).
        batch_sizes: the rows of each step of a packed sequence, or None.
        reverse: from the last step to the first.
        has_bias: whether there are biases.
    """

    def __init__(
        self,
        kind: str,
        dtype: Any = np.float64,
        sizes: tuple[int, int, int, int] = (5, 3, 4, 6),
        batch_sizes: Sequence[int] | None = None,
        reverse: bool = False,
        has_bias: bool = True,
    ) -> None:
        steps, batch, inputs, hidden = sizes
        self.kind, self.dtype, self.has_bias = kind, dtype, has_bias
        self.is_lstm = kind.endswith("lstm")
        self.width = 3 if kind == "projected lstm" else hidden
        self.options = {"batch_sizes": batch_sizes, "reverse": reverse}
        if kind in ("tanh", "relu"):
            self.options["nonlinearity"] = kind
        gates = {"gru": 3, "tanh": 1, "relu": 1}.get(kind, 4) * hidden
        batch = batch_sizes[0] if batch_sizes else batch
        leading = (sum(batch_sizes),) if batch_sizes else (steps, batch)

        def operand(seed: int, *shape: int, scale: float = 1.0) -> Array:
            return (scale * draw(*shape, seed=seed)).astype(dtype)

        self.operands = {"input": operand(0, *leading, inputs)}
        self.operands["h0"] = operand(1, batch, self.width)
        if self.is_lstm:
            self.operands["c0"] = operand(2, batch, hidden)
        scale = hidden**-0.5
        self.operands["w_ih"] = operand(3, gates, inputs, scale=scale)
        self.operands["w_hh"] = operand(4, gates, self.width, scale=scale)
        if has_bias:
            self.operands["b_ih"] = operand(5, gates)
            self.operands["b_hh"] = operand(6, gates)
        if self.width != hidden:
            self.operands["w_hr"] = operand(7, self.width, hidden, scale=scale)
        self.cotangents = [operand(8, *leading, self.width), operand(9, batch, self.width)]
        if self.is_lstm:
            self.cotangents.append(operand(10, batch, hidden))

    def run(self) -> tuple[list[Array], dict[str, Array | None]]:
        """Give our results and gradients."""
        name = "lstm" if self.is_lstm else "gru" if self.kind == "gru" else "rnn"
        forward = getattr(recurrent, f"{name}_layer")
        backward = getattr(recurrent, f"{name}_layer_backward")
        *results, saved = forward(**self.operands, **self.options)
        others = {key: self.operands[key] for key in ("input", "w_ih", "w_hh")}
        if "w_hr" in self.operands:
            others["w_hr"] = self.operands["w_hr"]
        grads = backward(*self.cotangents, saved, **others, **self.options, has_bias=self.has_bias)
        return results, grads._asdict()

    def expected(self) -> tuple[list[Any], dict[str, Any]]:
        """Give PyTorch's."""
        doubles = {name: as_double(array) for name, array in self.operands.items()}
        module = self._module(doubles)
        reverse = self.options["reverse"]

        def for_directions(state: Any) -> Any:
            # PyTorch has the reverse direction only beside the other one.
            return torch.stack([torch.zeros_like(state)] * reverse + [state])

        sequence = doubles["input"]
        if self.options["batch_sizes"]:
            sizes = torch.tensor(self.options["batch_sizes"])
            sequence = torch.nn.utils.rnn.PackedSequence(sequence, sizes)
        states = [for_directions(doubles[name]) for name in ("h0", "c0") if name in doubles]
        output, last = module(sequence, tuple(states) if self.is_lstm else states[0])
        output = output.data if self.options["batch_sizes"] else output
        results = [output[..., -self.width :], *(x[-1] for x in (last if self.is_lstm else [last]))]
        torch.autograd.backward(results, [as_double(x).detach() for x in self.cotangents])
        suffix = "_l0_reverse" if reverse else "_l0"
        weights = {"w_ih": "weight_ih", "w_hh": "weight_hh", "w_hr": "weight_hr"}
        weights |= {"b_ih": "bias_ih", "b_hh": "bias_hh"}
        grads = dict.fromkeys(recurrent.LayerGradients._fields)
        for name, tensor in doubles.items():
            own = getattr(module, weights[name] + suffix) if name in weights else tensor
            grads[name] = own.grad
        return results, grads

    def _module(self, doubles: dict[str, Any]) -> Any:
        hidden = len(self.operands["w_ih"]) // {"gru": 3, "tanh": 1, "relu": 1}.get(self.kind, 4)
        options: dict[str, Any] = {}
        if self.kind in ("tanh", "relu"):
            options["nonlinearity"] = self.kind
        if self.width != hidden:
            options["proj_size"] = self.width
        classes = {"gru": torch.nn.GRU, "tanh": torch.nn.RNN, "relu": torch.nn.RNN}
        module = classes.get(self.kind, torch.nn.LSTM)(
            self.operands["input"].shape[-1],
            hidden,
            bias=self.has_bias,
            bidirectional=self.options["reverse"],
            **options,
        ).double()
        suffix = "_l0_reverse" if self.options["reverse"] else "_l0"
        names = {"weight_ih": "w_ih", "weight_hh": "w_hh", "weight_hr": "w_hr"}
        names |= {"bias_ih": "b_ih", "bias_hh": "b_hh"}
        with torch.no_grad():
            for theirs, ours in names.items():
                if ours in doubles:
                    getattr(module, theirs + suffix).copy_(doubles[ours])
        return module

    def check(self) -> None:
        """Compare both."""
        results, grads = self.run()
        their_results, their_grads = self.expected()
        steps = max(5, len(self.operands["input"]))
        for number, (ours, theirs) in enumerate(zip(results, their_results, strict=True)):
            assert_near(ours, theirs, self.dtype, f"result {number}", steps)
        for name, theirs in their_grads.items():
            assert_near(grads[name], theirs, self.dtype, f"gradient of {name}", steps)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("batch_sizes", BATCH_SIZES)
@pytest.mark.parametrize("reverse", [False, True])
def test_results_and_gradients_are_those_of_pytorch(
    kind: str, dtype: Any, batch_sizes: Any, reverse: bool
) -> None:
    Layer(kind, dtype, batch_sizes=batch_sizes, reverse=reverse).check()


@pytest.mark.parametrize("kind", KINDS)
def test_biases_may_be_missing(kind: str) -> None:
    Layer(kind, has_bias=False).check()


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_of_several_tiles(kind: str) -> None:
    Layer(kind, np.float32, (20, 33, 50, 101)).check()


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_sums_of_more_terms_than_a_block(kind: str) -> None:
    Layer(kind, np.float64, (2, 2, 5, 400)).check()


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (3, 1, 2, 1), (2, 0, 3, 4)])
@pytest.mark.parametrize("kind", ["lstm", "gru", "tanh"])
def test_smallest_sizes(kind: str, sizes: tuple[int, int, int, int]) -> None:
    Layer(kind, sizes=sizes).check()


def test_any_layout_of_operands() -> None:
    for name in Layer("lstm").operands:
        for _, other in layouts(Layer("lstm").operands[name]):
            layer = Layer("lstm")
            layer.operands[name] = other
            layer.check()
    for number in range(3):
        for _, other in layouts(Layer("lstm").cotangents[number]):
            layer = Layer("lstm")
            layer.cotangents[number] = other
            layer.check()


@pytest.mark.parametrize("kind", ["projected lstm", "gru"])
def test_one_and_two_threads_give_equal_bits(kind: str) -> None:
    layer = Layer(kind, np.float32, (9, 35, 40, 70))
    runs = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        results, grads = layer.run()
        runs.append([*results, *(x for x in grads.values() if x is not None)])
    for one, two in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, two)


def test_work_that_is_cut_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrent_sequence, "_MOST_AT_ONCE", 1)
    for kind in KINDS:
        Layer(kind, batch_sizes=(4, 4, 2, 1), reverse=True).check()


def test_missing_gradients_are_zeros_and_that_of_the_input_can_be_left_out() -> None:
    layer = Layer("lstm")
    x, weights = layer.operands["input"], [layer.operands[name] for name in ("w_ih", "w_hh")]
    *_, saved = recurrent.lstm_layer(**layer.operands)
    zeros = [np.zeros_like(x) for x in layer.cotangents]
    for position in range(3):
        given: list[Any] = [None, None, None]
        given[position] = layer.cotangents[position]
        filled = [g if g is not None else z for g, z in zip(given, zeros, strict=True)]
        ours = recurrent.lstm_layer_backward(*given, saved, x, *weights, input_needs_grad=False)
        expected = recurrent.lstm_layer_backward(*filled, saved, x, *weights)
        assert ours.input is None
        for one, other in zip(ours[1:], expected[1:], strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_gradients_of_both_biases_are_two_arrays() -> None:
    for kind in ("lstm", "tanh"):
        _, grads = Layer(kind).run()
        assert not np.shares_memory(grads["b_ih"], grads["b_hh"])


def test_operands_are_not_changed() -> None:
    for kind in KINDS:
        layer = Layer(kind)
        before = {name: array.copy() for name, array in layer.operands.items()}
        cotangents = [array.copy() for array in layer.cotangents]
        layer.run()
        for name, array in layer.operands.items():
            np.testing.assert_array_equal(array, before[name])
        for array, copy in zip(layer.cotangents, cotangents, strict=True):
            np.testing.assert_array_equal(array, copy)


def test_nothing_around_the_operands_is_read_or_written() -> None:
    for kind in KINDS:
        layer = Layer(kind, np.float32, (3, 17, 5, 19))
        expected = layer.run()[0]
        frames = []
        for name, array in layer.operands.items():
            memory = np.full(array.size + 200, np.nan, array.dtype)
            view = memory[100 : 100 + array.size].reshape(array.shape)
            view[...] = array
            layer.operands[name] = view
            frames.append((memory, array.size))
        for ours, theirs in zip(layer.run()[0], expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        for memory, size in frames:
            assert np.isnan(memory[:100]).all()
            assert np.isnan(memory[100 + size :]).all()


# ---- cells


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (70, 130), (0, 4), (130, 7)])
def test_cells_and_their_gradients_are_pytorchs(dtype: Any, shape: tuple[int, int]) -> None:
    rows, size = shape
    gates, c, h = (draw(rows, k * size, dtype=dtype, seed=k) for k in (4, 1, 1))
    grad, grad_c = draw(*shape, dtype=dtype, seed=8), draw(*shape, dtype=dtype, seed=9)

    h_new, c_new, activations = recurrent_cells.lstm_cell(gates, c)
    ours = recurrent_cells.lstm_cell_backward(grad, grad_c, activations, c)
    x, y = as_double(gates), as_double(c)
    i, f, g, o = x.chunk(4, 1)
    cells = f.sigmoid() * y + i.sigmoid() * g.tanh()
    hidden = o.sigmoid() * cells.tanh()
    theirs = torch.autograd.grad(
        [hidden, cells], [x, y], [as_double(grad).detach(), as_double(grad_c).detach()]
    )
    for mine, their in zip((h_new, c_new, *ours), (hidden, cells, *theirs), strict=True):
        assert_near(mine, their, dtype, "lstm")

    parts = draw(rows, 3 * size, dtype=dtype, seed=5), draw(rows, 3 * size, dtype=dtype, seed=6)
    h_new, activations = recurrent_cells.gru_cell(*parts, h)
    ours = recurrent_cells.gru_cell_backward(grad, activations, h)
    tensors = [as_double(x) for x in (*parts, h)]
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (x.chunk(3, 1) for x in tensors[:2])
    z = (x_z + h_z).sigmoid()
    hidden = (1 - z) * (x_n + (x_r + h_r).sigmoid() * h_n).tanh() + z * tensors[2]
    theirs = torch.autograd.grad(hidden, tensors, as_double(grad).detach())
    for mine, their in zip((h_new, *ours), (hidden, *theirs), strict=True):
        assert_near(mine, their, dtype, "gru")

    for name in recurrent_cells.NONLINEARITIES:
        h_new = recurrent_cells.rnn_cell(c, name)
        ours = recurrent_cells.rnn_cell_backward(grad, h_new, name)
        x = as_double(c)
        hidden = getattr(torch, name)(x)
        assert_near(h_new, hidden, dtype, name)
        [theirs] = torch.autograd.grad(hidden, [x], as_double(grad).detach())
        assert_near(ours, theirs, dtype, name)


def test_cells_take_any_layout() -> None:
    gates, c = draw(6, 20, dtype=np.float32), draw(6, 5, dtype=np.float32, seed=1)
    for position, array in enumerate((gates, c)):
        for _, other in layouts(array):
            arrays = [gates, c]
            arrays[position] = other
            dense = [np.array(x, order="C") for x in arrays]
            ours, expected = (recurrent_cells.lstm_cell(*x) for x in (arrays, dense))
            for mine, their in zip(ours, expected, strict=True):
                np.testing.assert_array_equal(mine, their)


def test_gradients_of_cells_are_central_differences() -> None:
    gates, c, h = draw(2, 12), draw(2, 3, seed=1), draw(2, 3, seed=2)
    grad_h, grad_c = draw(2, 3, seed=3), draw(2, 3, seed=4)
    parts = draw(2, 9, seed=5), draw(2, 9, seed=6)

    def lstm() -> float:
        h_new, c_new, _ = recurrent_cells.lstm_cell(gates, c)
        return float((h_new * grad_h + c_new * grad_c).sum())

    def gru() -> float:
        return float((recurrent_cells.gru_cell(*parts, h)[0] * grad_h).sum())

    activations = recurrent_cells.lstm_cell(gates, c)[2]
    of_lstm = recurrent_cells.lstm_cell_backward(grad_h, grad_c, activations, c)
    activations = recurrent_cells.gru_cell(*parts, h)[1]
    of_gru = recurrent_cells.gru_cell_backward(grad_h, activations, h)
    step = 1e-6
    for function, operands, grads in ((lstm, (gates, c), of_lstm), (gru, (*parts, h), of_gru)):
        for x, grad in zip(operands, grads, strict=True):
            for index in np.ndindex(x.shape):
                before, ends = x[index], []
                for sign in (1, -1):
                    x[index] = before + sign * step
                    ends.append(function())
                x[index] = before
                assert grad[index] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-8)


def test_special_values_pass_as_in_pytorch() -> None:
    x = np.array([[np.nan, np.inf, -np.inf, -0.0, 0.0]], np.float32)
    for name in recurrent_cells.NONLINEARITIES:
        expected = getattr(torch, name)(torch.tensor(x)).numpy()
        np.testing.assert_array_equal(recurrent_cells.rnn_cell(x, name), expected)
    gates = np.zeros((1, 8), np.float32)
    gates[0, 0] = np.nan
    h, c, _ = recurrent_cells.lstm_cell(gates, np.ones((1, 2), np.float32))
    assert np.isnan(h[0, 0])
    assert np.isnan(c[0, 0])
    assert np.isfinite([h[0, 1], c[0, 1]]).all()


# ---- bad input


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"input": draw(5, 3)}, "needs an input of shape"),
        ({"input": draw(0, 3, 4)}, "at least one step"),
        ({"input": draw(5, 3, 2)}, r"w_ih must have shape \(24, 2\)"),
        ({"h0": draw(2, 6)}, r"h0 must have shape \(3, 6\) .* got \(2, 6\)"),
        ({"c0": draw(3, 6, 1)}, r"states must be \(N, H\)"),
        ({"w_hh": draw(24, 5)}, r"w_hh must have shape \(24, 6\)"),
        ({"b_ih": draw(23)}, r"b_ih must have shape \(24,\)"),
        ({"b_hh": None}, "both biases or none"),
        ({"batch_sizes": [3, 3]}, "with batch_sizes input must be"),
        ({"input": draw(6, 4), "batch_sizes": [2, 3, 1]}, "never grow, got"),
        ({"input": draw(6, 4), "batch_sizes": [3, 2]}, "add up to 5, but input has 6"),
        ({"input": draw(3, 4), "batch_sizes": [3, 0]}, "must be positive"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(changed: dict[str, Any], text: str) -> None:
    with pytest.raises(ShapeError, match=text):
        recurrent.lstm_layer(**{**Layer("lstm").operands, **changed})


def test_dtypes_that_do_not_fit_are_refused() -> None:
    operands = Layer("gru").operands
    with pytest.raises(RecurrentDTypeError, match="one dtype, got input float32, h0 float64"):
        recurrent.gru_layer(**{**operands, "input": operands["input"].astype(np.float32)})
    with pytest.raises(RecurrentDTypeError, match="takes float16, float32 and float64, got int64"):
        recurrent.gru_layer(**{**operands, "input": operands["input"].astype(np.int64)})
    # The classes that PyTorch's modules and functions raise.
    assert issubclass(RecurrentDTypeError, ValueError | RuntimeError)


def test_a_backward_refuses_what_another_forward_saved() -> None:
    operands = Layer("lstm").operands
    *_, saved = recurrent.lstm_layer(**operands)
    x, w_ih, w_hh = operands["input"], operands["w_ih"], operands["w_hh"]
    with pytest.raises(ShapeError, match="saved must be what the forward gave"):
        recurrent.lstm_layer_backward(None, None, None, saved, x[:4], w_ih, w_hh)
    with pytest.raises(ShapeError, match="saved must be what the forward gave"):
        recurrent.lstm_layer_backward(None, None, None, saved, x, w_ih[:20], w_hh[:20, :5])
    with pytest.raises(ShapeError, match=r"grad_h_n must have shape \(3, 6\), got \(2, 6\)"):
        recurrent.lstm_layer_backward(None, draw(2, 6), None, saved, x, w_ih, w_hh)
    with pytest.raises(ShapeError, match=r"grad_output must have shape \(5, 3, 6\)"):
        recurrent.lstm_layer_backward(draw(5, 3, 7), None, None, saved, x, w_ih, w_hh)


def test_cells_refuse_what_does_not_fit() -> None:
    with pytest.raises(ShapeError, match=r"gates must have shape \(3, 20\) .* got \(3, 16\)"):
        recurrent_cells.lstm_cell(draw(3, 16), draw(3, 5))
    with pytest.raises(ShapeError, match=r"hidden_gates must have shape \(3, 15\)"):
        recurrent_cells.gru_cell(draw(3, 15), draw(2, 15), draw(3, 5))
    with pytest.raises(ShapeError, match=r"gates must have shape \(N, H\), got \(3,\)"):
        recurrent_cells.rnn_cell(draw(3))
    with pytest.raises(ValueError, match="nonlinearity must be tanh or relu, got 'sin'"):
        recurrent_cells.rnn_cell(draw(3, 5), "sin")
    with pytest.raises(ShapeError, match="activations must be what the forward gave"):
        recurrent_cells.gru_cell_backward(draw(3, 5), draw(3, 15), draw(3, 5))
