"""Views have PyTorch's values, strides, memory and gradients, and follow changes in place."""

from __future__ import annotations

import pytest

from .pairs import DTYPES, LAYOUTS, check_error, check_gradients, check_values

VIEWS = """
x.view(6, 4) | x.view(-1) | x.view(2, -1, 2) | x.view((2, 12)) | x.view(x.shape) | s.view(1, 1)
x.reshape(6, 4) | x.reshape(-1) | x.reshape((4, 6)) | torch.reshape(x, (3, 8)) | s.reshape(1)
x.view_as(y) | x.reshape_as(y) | x[0].expand_as(y) | e.view(3, 0) | e.reshape(0, 3, 5)
x.permute(2, 0, 1) | x.permute((1, 0, 2)) | torch.permute(x, (0, 2, 1)) | x.permute(-1, 0, 1)
x.permute(dims=(1, 2, 0)) | x.reshape(shape=(4, 6)) | w.expand(size=(2, 3, 4)) | x.transpose(0, 1)
x.transpose(-1, 0) | torch.transpose(x, 1, 2) | s.transpose(0, 0) | x.swapaxes(0, 2)
x.swapdims(0, 1) | torch.swapaxes(x, 0, 1) | torch.swapdims(x, 1, 2) | x.movedim(0, 2)
x.movedim((0, 1), (2, 0)) | torch.moveaxis(x, -1, 0) | x.moveaxis((2, 0), (0, 1)) | m.t() | v.t()
s.t() | torch.t(m) | m.T | x.mT | m.mT | m.H | x.mH | x.adjoint() | torch.adjoint(m)
w.expand(2, 3, 4) | w.expand(5, -1, -1, 4) | v.expand(3, 4) | s.expand(2, 2) | w.expand((1, 3, 0))
torch.broadcast_to(w, (2, 3, 4)) | v.broadcast_to((2, 4)) | torch.broadcast_tensors(x, v, s)
torch.broadcast_tensors(w, x) | w.expand(2, 3, 4).permute(1, 0, 2) | w.squeeze() | w.squeeze(0)
w.squeeze(1) | w.squeeze((0, 2)) | w.squeeze(-1) | torch.squeeze(w, dim=0) | s.squeeze()
x.squeeze() | x.unsqueeze(0) | x.unsqueeze(-1) | x.unsqueeze(2) | torch.unsqueeze(s, 0)
x.flatten() | x.flatten(1) | x.flatten(0, 1) | x.flatten(1, 1) | s.flatten() | torch.flatten(x, -2)
x.ravel() | torch.ravel(x) | e.ravel() | x.unflatten(2, (2, 2)) | x.unflatten(-1, (-1, 2))
torch.unflatten(x, 1, (3, 1)) | x.unflatten(2, (2, -1)) | e.flatten() | x.narrow(1, 1, 2)
x.narrow(-1, -2, 2) | torch.narrow(x, 0, 0, 0) | x.narrow(1, z, 1) | x.select(1, 2)
x.select(-1, -1) | torch.select(x, 0, 1) | v.select(0, 3) | x.diagonal() | x.diagonal(1)
x.diagonal(-1, 1, 2) | x.diagonal(0, -1, 0) | x.diagonal(7)
torch.diagonal(x, offset=-1, dim1=0, dim2=2) | m.diagonal(-2) | x.diagonal(-7) | x.unfold(2, 2, 1)
x.unfold(2, 3, 2) | x.unfold(1, 2, 2) | x.unfold(0, 1, 1) | v.unfold(0, 4, 3) | x.unfold(2, 4, 1)
x.unfold(-1, 1, 3) | x.unfold(2, 2, 1).unfold(1, 2, 1) | x.split(2, 1) | x.split([1, 2], 1)
x.split(2) | x.split(3, -1) | torch.split(x, 1, dim=2) | x.split_with_sizes([1, 3], 2)
torch.split(x, [3, 1], 2) | e.split(2) | e.split(0) | x.split([2, 0]) | x.chunk(2, 1)
x.chunk(3, 2) | torch.chunk(x, 5) | e.chunk(3) | x.chunk(1) | x.tensor_split(2, 1)
x.tensor_split((1, 2), 2) | torch.tensor_split(v, 3) | v.tensor_split((1, 7, 2)) | v.tensor_split(6)
v.tensor_split((-1,)) | v.tensor_split(i) | v.tensor_split(z) | x.hsplit(3) | x.hsplit([1])
x.vsplit(2) | x.dsplit(2) | v.hsplit(2) | torch.hsplit(x, (1, 2)) | torch.vsplit(x, [1])
torch.dsplit(x, 4) | x.hsplit(1, 2) | x.unbind() | x.unbind(1) | torch.unbind(x, -1) | e.unbind()
v.unbind() | torch.atleast_1d(s) | torch.atleast_2d(v) | torch.atleast_3d(m)
torch.atleast_3d(v, s) | torch.atleast_1d(x) | torch.atleast_2d([v, s, x]) | torch.atleast_3d(x)
torch.meshgrid(v, w[0, :, 0], indexing='ij') | torch.meshgrid(v, w[0, :, 0], indexing='xy')
torch.meshgrid([v, s], indexing='ij') | torch.meshgrid(v, v, s, indexing='xy')
torch.meshgrid(v, indexing='xy')
"""

COPIES = """
x.select_scatter(m, 0, 1) | x.select_scatter(x[:, 0], 1, -1) | torch.select_scatter(m, v, 0, 0)
x.slice_scatter(y[:, :2], 1, 0, 2) | x.slice_scatter(y[:, :, :2], 2, step=2) | x.slice_scatter(y)
torch.slice_scatter(x, y[1:], 0, -1) | x.diagonal_scatter(x.diagonal()) | m.diagonal_scatter(v[:3])
torch.diagonal_scatter(x, x.diagonal(1, 1, 2) * 1, 1, 1, 2)
m.contiguous().as_strided_scatter(v, (4,), (2,), 1) | x.contiguous().view(torch.int32)
x.contiguous().view(torch.uint8) | m.contiguous().view(m.dtype) | x.narrow_copy(1, 1, 2)
x.contiguous().as_strided((2, 2), (1, 2)) | x.contiguous()[1].as_strided((2,), (3,), 1)
x.contiguous().as_strided((3, 3), (1, 1), 2) | x.contiguous()[1].as_strided((2, 2), (1, 2))
m.as_strided((), ()) | changed(m, lambda c: c.t_()) | changed(x, lambda c: c.transpose_(0, 2))
changed(x, lambda c: c.swapaxes_(0, 1)) | changed(w, lambda c: c.squeeze_())
changed(w, lambda c: c.squeeze_(0)) | changed(x, lambda c: c.unsqueeze_(1))
changed(x, lambda c: c.swapdims_(0, 1)) | changed(x, lambda c: c.as_strided_((2, 3), (1, 2)))
changed(x, lambda c: (c.tensor_split(2)[0].mul_(2), c.unsafe_chunk(2)[1].clone().exp_(), None)[2])
changed(x, lambda c: c.transpose_(0, 1).add_(y.transpose(0, 1)))
changed(x, lambda c: (c.view(-1).mul_(2), None)[1])
changed(x, lambda c: (c[0].add_(m), c[:, 1].mul_(3), None)[2])
changed(x, lambda c: (c.diagonal().mul_(3), c.view(-1)[3:].add_(1), None)[2])
x.clone().view(6, 4).mul_(2) | changed(x, lambda c: (c.transpose(0, 1)[1].sub_(c[:, 2]), None)[1])
"""

# These change nothing, or their results are not made of the operands.
WITHOUT_GRADIENT = """
torch.broadcast_shapes((2, 1), 3, (1, 3)) | torch.broadcast_shapes()
torch.broadcast_shapes((0,), (4, 1)) | changed(v.detach(), lambda c: c.resize_(2, 2))
changed(v.detach(), lambda c: c.resize_((3,))) | v.clone().detach().resize_(6).shape
changed(v.detach(), lambda c: c.resize_as_(x[0, 0])) | torch.zeros(3).set_(i * 1.).shape
torch.zeros(3).set_().shape | s.T | x.T | s.mT | s.H | s.mH
"""

ERRORS = """
x.view(-1, -1) | e.view(-1, 0) | x.view(-2, 12) | x.view(5) | x.transpose(0, 1).view(24)
x.reshape(7) | x.permute(0, 0, 1) | x.permute(0, 1) | x.permute(0, 1, 3) | x.transpose(0, 3) | x.t()
v.mT | x.H | v.adjoint() | x.movedim((0, 0), (1, 2)) | x.movedim((0, 1), (1,)) | x.movedim(0, 3)
x.expand(3, 4) | v.expand(-1, 4) | v.expand(3) | v.expand(-2, 4) | w.squeeze((0, 0)) | w.squeeze(3)
x.unsqueeze(5) | x.flatten(2, 0) | x.flatten(0, 5) | x.unflatten(1, (2, 2)) | x.unflatten(2, ())
x.unflatten(2, 4) | x.unflatten(5, (1,)) | x.narrow(0, 1, 2) | x.narrow(0, 5, 0)
x.narrow(0, 0, -1) | s.narrow(0, 0, 1) | x.select(0, 2) | s.select(0, 0) | x.select(3, 0)
x.diagonal(0, 1, 1) | v.diagonal() | x.unfold(0, 3, 1) | x.unfold(0, 1, 0) | x.unfold(0, -1, 1)
x.unfold(3, 1, 1) | x.as_strided((2,), (-1,)) | x.as_strided((25,), (1,))
x.as_strided((2, 2), (1,)) | x.as_strided((2,), (1,), 30) | x.split(0) | x.split(-1)
x.split([1, 2], 0) | s.split(1) | x.split(1, 4) | x.chunk(0) | x.split_with_sizes([-1, 3])
x.tensor_split(0) | v.hsplit(3) | s.hsplit(1) | v.vsplit(2) | m.dsplit(2) | s.unbind() | x.unbind(3)
torch.broadcast_tensors(v, v[:3]) | torch.broadcast_shapes((2,), (3,))
torch.meshgrid(v, v, indexing='zz') | torch.meshgrid(x, v, indexing='ij')
torch.meshgrid(v, g[0, 0], indexing='ij') | x.view(2.5) | torch.zeros(3).view(torch.float64)
x.transpose(1, 2).view(torch.int16) | s.view(torch.int16) | v.clone().requires_grad_().resize_(2)
x.select_scatter(v, 0, 0) | x.slice_scatter(x, 1, 0, 2) | m.diagonal_scatter(v)
x.requires_grad_().transpose_(0, 1) | m.requires_grad_().view(-1).mul_(2) | torch.reshape(1, (1,))
x.transpose(0) | x.view(2.0) | v.clone().resize_(-1)
(x.requires_grad_() * 1).chunk(2)[0].mul_(2) | (x.requires_grad_() * 1).split(1)[1].zero_()
(x.requires_grad_() * 1).split([1, 1])[0].add_(1) | [r.mul_(2) for r in x.requires_grad_() * 1]
(x.requires_grad_() * 1).unbind(1)[2][0].copy_(v) | (x.requires_grad_() * 1)[0].chunk(1)[0].exp_()
(x.requires_grad_() * 1).unbind()[0].__setitem__(0, 2.0) | x.requires_grad_().unbind()[0].mul_(2)
"""


def cases(text: str) -> list[str]:
    return [case.strip() for line in text.strip().splitlines() for case in line.split(" | ")]


@pytest.mark.parametrize("case", cases(VIEWS))
def test_views_are_those_of_torch(case: str) -> None:
    for dtype in DTYPES:
        check_values(case, dtype, "dense", strides=True)
    for layout in LAYOUTS[1:]:
        check_values(case, "float64", layout, strides=True)


@pytest.mark.parametrize("case", cases(COPIES) + cases(WITHOUT_GRADIENT))
def test_parts_replaced_and_tensors_reshaped(case: str) -> None:
    for dtype in ("float64", "float32", "int64"):
        check_values(case, dtype, "dense", strides=True)
    for layout in LAYOUTS[1:]:
        check_values(case, "float64", layout, strides=False)


# Without elements, or without a float, nothing comes back.
BARE = (
    "e.unbind()",
    "view(torch.",
    "view(m.dtype)",
    "narrow(x, 0, 0, 0)",
    "as_strided((), ())",
    "[1].as_strided((2,)",
    "as_strided_scatter",
)
SMOOTH = [case for case in cases(VIEWS) + cases(COPIES) if not any(part in case for part in BARE)]


@pytest.mark.parametrize("case", SMOOTH)
def test_gradients(case: str) -> None:
    for layout in LAYOUTS:
        check_gradients(case, layout, 1)


@pytest.mark.parametrize("case", SMOOTH)
def test_gradients_of_gradients(case: str) -> None:
    check_gradients(case, "dense", 2)


@pytest.mark.parametrize("case", cases(ERRORS))
def test_errors_have_the_class_of_torch(case: str) -> None:
    check_error(case, "float32")
