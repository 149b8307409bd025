"""Elements and slices taken, put, filled and chosen by indices and masks are PyTorch's."""

from __future__ import annotations

import pytest

from .pairs import DTYPES, LAYOUTS, check_error, check_gradients, check_values

CASES = [
    "x.gather(0, g)", "torch.gather(x, 2, h)", "x.gather(-1, g[:1, :2])", "x.gather(0, g.int())",
    "s.gather(0, z - 1)", "v.gather(0, k)", "x.gather(1, g[:, :, :0])",
    "torch.gather(input=x, dim=1, index=g)", "torch.take_along_dim(x, g, 0)",
    "x.take_along_dim(g[:1], 1)", "x.contiguous().take_along_dim(k)", "x.take_along_dim(g - 1, 1)",
    "x.take_along_dim(h[:, :1], 2)", "x.scatter(0, g[:1], y[1:])",
    "torch.scatter(x, 1, g[:, :1], y[:, 1:2])", "x.scatter(2, h[..., :1], 3)",
    "x.scatter(0, g[:1], value=2)", "changed(x, lambda c: c.scatter_(2, h[..., :1], y[..., 2:3]))",
    "changed(x, lambda c: c.scatter_(0, g[:1], 1.5))", "v.scatter(0, k[:2], v[:2])",
    "changed(x, lambda c: c[1:].scatter_(0, g[:1] * 0, 5) is None or None)",
    "x.scatter_add(0, g, y)", "x.scatter_add(2, h, y[..., 1:3])",
    "changed(x, lambda c: c.scatter_add_(1, g, y))", "torch.scatter_add(v, 0, k, v)",
    "torch.zeros_like(x).scatter_add(0, g, x)", "x.scatter_add(0, g[:, :2], y[:, :2])",
    "s.scatter_add(0, z - 1, s)", "x.index_select(0, i)", "torch.index_select(x, 2, k)",
    "x.index_select(-1, k.int())", "x.index_select(1, z)", "s.index_select(0, i[1:])",
    "x.index_select(0, i[:0])", "x.index_add(0, i, y)", "torch.index_add(x, 2, k, y)",
    "x.index_add(1, k[:2], y[:, :2], alpha=2)",
    "changed(x, lambda c: c.index_add_(2, k, y, alpha=-1))", "v.index_add(0, k, v)",
    "x.index_copy(0, i, y)", "torch.index_copy(x, 1, i, y[:, 1:])",
    "changed(x, lambda c: c.index_copy_(0, i, y))", "x.index_copy(0, z, y[:1])",
    "x.index_fill(0, i[:1], 2)", "x.index_fill(1, n, 1)", "x.index_fill(2, k, s)",
    "changed(x, lambda c: c.index_fill_(1, k, 3))",
    "changed(x, lambda c: c.index_fill_(0, i[:1], s))", "torch.index_fill(v, 0, k, 1)",
    "x.index_put((i,), y)", "x.index_put((i, k[:2]), v)", "torch.index_put(x, (i, j), s)",
    "x.index_put((mask,), s)", "x.index_put((rows,), m)",
    "changed(x, lambda c: c.index_put_((i,), y[:1]))",
    "x.index_put([i - i], y, accumulate=False)[1]", "x.index_put((n,), y)",
    "x.masked_fill(mask, 2)", "torch.masked_fill(x, mask, s)", "x.masked_fill(mask[0], 1)",
    "m.masked_fill(mask, 1)", "w.masked_fill(mask, s)",
    "changed(x, lambda c: c.masked_fill_(mask, 1))",
    "changed(x, lambda c: c.masked_fill_(mask[0, 0], s))", "x.masked_fill(none, 1)",
    "x.masked_select(mask)", "torch.masked_select(x, mask[0])", "v.masked_select(mask)",
    "x.masked_select(none)", "s.masked_select(mask)", "x.masked_scatter(mask, y)",
    "v.masked_scatter(mask, y)", "changed(x, lambda c: c.masked_scatter_(mask, y))",
    "x.masked_scatter(mask[:1], y)", "x.take(k)", "torch.take(x, j)", "x.take(n)",
    "x.put(k[1:], v[1:])", "changed(x, lambda c: c.put_(i, v[:2]))",
    "torch.put(x, i, v[2:], False)",
    "changed(x, lambda c: c.transpose(0, 1).put_(i, v[:2]) is None or None)",
    "torch.where(mask, x, y)", "x.where(mask, y)", "torch.where(mask, x, 0)",
    "torch.where(mask, s, x)", "torch.where(mask[0, 0], x, v)", "torch.where(mask, w, v)",
    "x.where(x > 0, 1)", "torch.where(rows[:, None, None], 1, x)", "torch.fill(x, 2)",
    "torch.fill(x, s)", "changed(x, lambda c: c.fill_(s))", "changed(x, lambda c: c.copy_(y))",
    "changed(x, lambda c: c.copy_(v))",
    "changed(x, lambda c: c.copy_(y.transpose(0, 1).contiguous().transpose(0, 1)))",
    "changed(m, lambda c: c.fill_diagonal_(5))",
    "changed(x, lambda c: (c[0].copy_(m), c[1].fill_(s), c[:, 2].zero_(), None)[3])",
    "changed(m, lambda c: c[:, 1:].fill_diagonal_(2) is None or None)",
    "changed(m.T, lambda c: c.fill_diagonal_(2))",
    "changed(m.repeat(1, 1, 2)[0].T, lambda c: c.fill_diagonal_(2, wrap=True))",
    "changed(x, lambda c: c[0].index_add_(0, k[:2], m[:2]) is None or None)",
    "changed(x, lambda c: c[:, 0].masked_fill_(mask[:, 0], 3) is None or None)",
]  # fmt: skip

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")

# These join what meets in one place, which PyTorch does not do for bool.
OF_NUMBERS = [
    "x.index_put((i - i,), y, accumulate=True)", "x.index_put((mask,), s, True)",
    "x.put(k, v, accumulate=True)", "x.put(k - 9, v, True)",
    *[f"x.scatter_reduce(0, g, y, '{how}')" for how in REDUCTIONS],
    *[f"x.scatter_reduce(2, h, y[..., 1:3], '{how}', include_self=False)" for how in REDUCTIONS],
    "changed(x, lambda c: c.scatter_reduce_(1, g, y, reduce='amax'))",
    "x.scatter_reduce(1, g[:, :2], y[:, 1:], 'prod')",
    *[f"x.index_reduce(2, k, y, '{how}')" for how in ("prod", "mean", "amax", "amin")],
    "changed(x, lambda c: c.index_reduce_(0, i, y, 'mean', include_self=False))",
]  # fmt: skip

# Where src is larger than the index, PyTorch computes no gradient.
WITHOUT_GRADIENT = [
    "x.scatter(0, g[:1], y)", "x.scatter_add(2, h, y)", "x.scatter_reduce(2, h, y, 'amax')",
    "v.scatter(0, k[:2], v)", "x.nonzero()", "x.nonzero(as_tuple=True)", "s.nonzero()",
    "s.nonzero(as_tuple=True)", "e.nonzero(as_tuple=True)", "torch.nonzero(m)",
    "torch.argwhere(x)", "torch.argwhere(s)", "torch.where(mask)", "torch.where(mask, 1, 2)",
    "torch.where(mask, 1., 2)", "torch.where(mask, True, 1)", "torch.where(mask, x.long(), 2.)",
    "torch.where(mask.byte(), x, x)", "torch.where(mask, x.half(), x.double())",
    "torch.where(mask, True, x)", "torch.where(mask, x, torch.tensor(1., dtype=torch.float64))",
    "(none != 0).nonzero()", "changed(x, lambda c: c.fill_(3))", "changed(x, lambda c: c.zero_())",
    "changed(x, lambda c: c.copy_(2))", "x.long().copy_(v + .5)", "x.double().copy_(k)",
    "x.clone().fill_(True)", "x.byte().masked_fill(mask, -1)", "x.long().masked_fill(mask, 1.5)",
    "x.long().masked_fill(mask, torch.tensor(1.5))",
    "x.masked_fill(mask, torch.tensor(1., dtype=torch.float64))", "x.long().scatter(0, g, 1.5)",
    "mask.masked_fill(none, 5)", "x.scatter(0, g[:1], 2., reduce='add')",
    "x.scatter(0, g, y, reduce='multiply')", "x.scatter(0, g, y, reduce='add')",
    "torch.gather(x, 0, g[:, :1], out=torch.empty(0))",
    "torch.where(mask, x, y, out=torch.empty(0))", "torch.full_like(x, 2).zero_()",
    "torch.take_along_dim(x, g, dim=1, out=torch.empty(0))",
]  # fmt: skip

ERRORS = [
    "x.gather(0, g.float())", "x.gather(0, i)", "x.gather(0, torch.zeros(2, 4, 4).long())",
    "x.gather(0, g + 5)", "x.gather(0, g - 1)", "x.gather(3, g)", "x.gather(0, g.short())",
    "x.scatter(0, g, x.double())", "x.scatter(0, g, x, reduce='sum')", "x.scatter(0, g, x[:1])",
    "x.scatter(0, g + 7, x)", "x.scatter(0, g, s)", "x.scatter(0, g)",
    "x.scatter_reduce(0, g, x, 'zz')", "x.scatter_add(0, g, x.double())",
    "x.index_select(0, i.float())", "x.index_select(0, g[0])", "x.index_select(0, i - 1)",
    "x.index_select(0, i + 5)", "x.index_add(0, i, x[:1])", "x.index_add(0, i, x.double())",
    "x.index_add(0, i + 5, x)", "x.index_copy(0, i, x.double())", "x.index_copy(0, i, x[0])",
    "x.index_fill(0, i, torch.tensor([1.]))", "x.index_fill(0, g[0], 1)",
    "x.index_put((i,), s.double())", "x.index_put(i, s)", "x.index_put([None, i], s)",
    "x.masked_fill(mask.byte(), 1.)", "x.masked_fill(mask, torch.tensor([1.]))",
    "x.masked_fill(torch.zeros(5).bool(), 1.)", "x[0, 0].clone().masked_fill_(mask, 1.)",
    "x.masked_fill(mask, 1e39)", "x.byte().masked_fill(mask, 300)", "x.masked_select(mask.byte())",
    "x.masked_select(torch.zeros(5).bool())", "x.masked_scatter(mask, torch.zeros(3))",
    "x.masked_scatter(mask, x.double())", "x.take(i.int())", "x.take(i + 50)",
    "x.take_along_dim(g.int(), 1)", "x.take_along_dim(i, 1)", "x.put(i, v)",
    "x.put(i, v[:2].double())", "x.put(i + 50, v[:2])", "torch.where(mask.long(), x, x)",
    "torch.where(mask, x)", "torch.where(mask, x, torch.zeros(5))", "x.fill_(torch.tensor([1.]))",
    "x.byte().fill_(300)", "v.clone().copy_(x)", "x.fill_diagonal_(1)", "v.fill_diagonal_(1)",
    "x.index_reduce(0, i, x, 'sum')", "x.requires_grad_().zero_()", "x.requires_grad_().fill_(1)",
    "x.requires_grad_().copy_(y)", "x.requires_grad_().index_add_(0, i, y)",
    "x.requires_grad_().masked_fill_(mask, 1)", "x.requires_grad_().scatter_(0, g, 1)",
    "v.expand(3, 4).copy_(m)", "v.expand(3, 4).index_add_(0, i, m[:2])", "x.gather(0, 1)",
    "x.masked_fill(1, 2)", "torch.gather(1, 0, g)",
]  # fmt: skip


@pytest.mark.parametrize("case", CASES + OF_NUMBERS)
def test_values(case: str) -> None:
    for dtype in DTYPES:
        if dtype != "bool" or (case in CASES and "alpha" not in case):
            check_values(case, dtype, "dense", strides=False)
    for layout in LAYOUTS[1:]:
        check_values(case, "float64", layout, strides=False)


@pytest.mark.parametrize("case", WITHOUT_GRADIENT)
def test_places_and_dtypes(case: str) -> None:
    for layout in LAYOUTS:
        check_values(case, "float32", layout, strides=False)


@pytest.mark.parametrize("case", CASES + OF_NUMBERS)
def test_gradients(case: str) -> None:
    for layout in ("dense", "turned"):
        check_gradients(case, layout, 1)


@pytest.mark.parametrize("case", CASES + OF_NUMBERS)
def test_gradients_of_gradients(case: str) -> None:
    check_gradients(case, "dense", 2)


@pytest.mark.parametrize("case", ERRORS)
def test_errors_have_the_class_of_torch(case: str) -> None:
    check_error(case, "float32")
