"""Tensors joined, repeated and rearranged are PyTorch's, with gradients."""

from __future__ import annotations

import pytest

from .pairs import DTYPES, LAYOUTS, check_error, check_gradients, check_values

CASES = [
    "torch.cat([x, y])", "torch.cat((x, y), 1)", "torch.cat([x, y, x], dim=-1)", "torch.cat([x])",
    "torch.cat([x, w.expand(2, 3, 1)], 2)", "torch.concat([x, y], 1)", "torch.concatenate([m, m])",
    "torch.cat([e, m[:, :3]])", "torch.cat([v[:0], x], 1)", "torch.cat([v[:0], v[:0]])",
    "torch.cat([x, v[:0], y])", "torch.cat([x, x[:0]])",
    "torch.cat([x.transpose(0, 2), y.transpose(0, 2)])", "torch.stack([x, y])",
    "torch.stack([x, y], 1)", "torch.stack([v, v, v], dim=-1)", "torch.stack([s, s])",
    "torch.stack((m,), 2)", "torch.stack([x[0], m], -2)", "torch.hstack([x, y])",
    "torch.hstack([v, v])", "torch.hstack([s, s])", "torch.vstack([m, v])",
    "torch.row_stack([v, v])", "torch.dstack([v, v])", "torch.dstack([m, m])",
    "torch.dstack([s, s])", "torch.column_stack([v, m.T])", "torch.column_stack([s, s])",
    "torch.vstack([s, s])", "torch.hstack([v, s])", "x.repeat(2, 1, 3)", "x.repeat(2, 1, 1, 2)",
    "v.repeat(3)", "v.repeat((2, 2))", "s.repeat(3)", "s.repeat(())", "x.repeat(1, 0, 1)",
    "x.tile(2)", "x.tile((2, 1))", "torch.tile(v, (2, 3))", "s.tile(2)", "x.tile(())",
    "e.repeat(2, 2)", "x.repeat_interleave(2)", "x.repeat_interleave(3, 1)",
    "x.repeat_interleave(i + 1, 0)", "torch.repeat_interleave(v, k)",
    "x.repeat_interleave(torch.tensor([2]), -1)", "s.repeat_interleave(2)",
    "v.repeat_interleave(k, output_size=5)", "x.repeat_interleave(0, 1)",
    "x.repeat_interleave(2, dim=2, output_size=8)", "x.flip(0)", "x.flip(0, 2)", "x.flip((1, -1))",
    "torch.flip(x, [1])", "torch.flip(x, ())", "s.flip(0)", "x.flip(dims=(0,))",
    "x.repeat(repeats=(1, 2, 1))", "x.tile(dims=(2,))", "torch.fliplr(x)", "m.fliplr()",
    "x.flipud()", "torch.flipud(v)", "x.rot90()", "x.rot90(2)", "x.rot90(3, (1, 2))",
    "torch.rot90(x, -1, [0, 2])", "m.rot90(4)", "m.rot90(1, (1, 0))", "x.roll(1)", "x.roll(1, 0)",
    "x.roll((1, -2), (0, 2))", "torch.roll(x, shifts=5, dims=-1)", "s.roll(1)", "e.roll(1, 1)",
    "x.roll((1, 1), (1, 1))", "x.tril()", "x.tril(1)", "torch.tril(m, diagonal=-1)", "x.triu()",
    "torch.triu(m, 2)", "m.triu(-1)", "x.transpose(1, 2).tril()",
    "changed(m, lambda c: c.tril_())", "changed(x, lambda c: c.triu_(1))", "m.diag()", "m.diag(1)",
    "v.diag()", "torch.diag(v, -2)", "m.diag(-1)", "torch.diag_embed(v)", "x.diag_embed(1)",
    "x.diag_embed(-1, 0, 2)", "m.diag_embed(0, 2, 0)", "m.diagflat()", "torch.diagflat(v, 1)",
    "s.diagflat()",
]  # fmt: skip

MIXED = [
    "torch.cat([x, y.long()])", "torch.cat([x.half(), y.double()])",
    "torch.cat([x.bool(), y.int()])", "torch.stack([v, k])", "torch.stack([s, torch.tensor(1)])",
    "torch.cat([v.byte(), k])", "torch.hstack([s.double(), v.float()])",
    "torch.repeat_interleave(k)", "torch.cat([x, y], out=torch.empty(0, dtype=x.dtype))",
    "torch.stack([v, v], out=torch.zeros(2, 4, dtype=torch.float64))",
    "torch.tril(m, out=torch.zeros(3, 4))", "torch.atleast_2d()",
]  # fmt: skip

ERRORS = [
    "torch.cat([])", "torch.cat([s, s])", "torch.cat([x, x[:, :2]])", "torch.cat([x, v])",
    "torch.cat([x, x], 3)", "torch.cat([x, 1])", "torch.cat(x)", "torch.cat(x, 0)",
    "torch.stack([x, v])", "torch.stack([])", "torch.stack([v, v], 3)", "x.repeat(2)",
    "v.repeat(-1)", "v.repeat_interleave(-1)", "v.repeat_interleave(torch.tensor([1, 2]))",
    "v.repeat_interleave(torch.tensor([1., 2, 0, 1]))", "v.repeat_interleave(k, output_size=9)",
    "x.flip((0, 0))", "x.flip(3)", "v.fliplr()", "s.flipud()", "x.roll((1, 2), 0)",
    "x.roll((1, 2))", "x.rot90(1, (0, 0))", "v.rot90()", "x.rot90(1, (0, 1, 2))", "v.tril()",
    "x.diag()", "s.diag()", "s.diag_embed()", "v.diag_embed(0, 1, 1)", "torch.hstack(3)",
    "torch.cat([x.requires_grad_()], out=torch.empty(0))",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_values(case: str) -> None:
    for dtype in DTYPES:
        check_values(case, dtype, "dense", strides=False)
    for layout in LAYOUTS[1:]:
        check_values(case, "float64", layout, strides=False)


@pytest.mark.parametrize("case", MIXED)
def test_dtypes_are_promoted(case: str) -> None:
    check_values(case, "float32", "dense", strides=False)


@pytest.mark.parametrize("case", CASES)
def test_gradients(case: str) -> None:
    for layout in ("dense", "turned", "repeated"):
        check_gradients(case, layout, 1)


@pytest.mark.parametrize("case", CASES)
def test_gradients_of_gradients(case: str) -> None:
    check_gradients(case, "dense", 2)


@pytest.mark.parametrize("case", ERRORS)
def test_errors_have_the_class_of_torch(case: str) -> None:
    check_error(case, "float32")
