"""The methods and operators of tensors that multiply matrices, or come from linear algebra."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from .._wrap import Late
from ..functions.arranging import matrices
from ..functions.linalg import determinants, factors, householder, powers, solvers, triangular
from ..functions.linalg import lu as linalg_lu
from ..functions.products import add_products, products
from ..functions.products import matmul as matrix_products

if TYPE_CHECKING:
    from .._tensor import Tensor


class ProductMethods:
    """See the functions of the same names."""

    __slots__ = ()

    def __matmul__(self, other: Any) -> Tensor:
        if isinstance(other, Late.Tensor) and not Late.has_subclasses:
            return matrix_products.product(self, other)
        return _through_overrides(self, other, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return _through_overrides(other, self, other)

    matmul = matrix_products.matmul
    mm = matrix_products.mm
    bmm = matrix_products.bmm
    mv = matrix_products.mv
    dot = matrix_products.dot
    vdot = matrix_products.vdot
    inner = products.inner
    outer = ger = products.outer
    kron = products.kron
    cross = products.cross
    addmm = add_products.addmm
    addmm_ = add_products.addmm_
    addmv = add_products.addmv
    addmv_ = add_products.addmv_
    addr = add_products.addr
    addr_ = add_products.addr_
    addbmm = add_products.addbmm
    addbmm_ = add_products.addbmm_
    baddbmm = add_products.baddbmm
    baddbmm_ = add_products.baddbmm_
    trace = matrices.trace
    matrix_power = powers.matrix_power
    matrix_exp = powers.matrix_exp
    det = determinants.det
    logdet = determinants.logdet
    slogdet = determinants.slogdet
    inverse = solvers.inverse
    pinverse = solvers.pinverse
    cholesky = factors.cholesky
    cholesky_solve = triangular.cholesky_solve
    cholesky_inverse = triangular.cholesky_inverse
    lu_solve = linalg_lu.lu_solve
    geqrf = householder.geqrf
    orgqr = householder.orgqr
    ormqr = householder.ormqr

    def lu(self, pivot: bool = True, get_infos: bool = False) -> Any:
        """See `lu`."""
        return linalg_lu.lu(self, pivot, get_infos)

    triangular_solve = triangular.triangular_solve
    qr = factors.qr
    svd = factors.svd


def _through_overrides(left: Any, right: Any, other: Any) -> Any:
    """Multiply by something that may compute products in its own way; leave the rest to Python."""
    if hasattr(type(other), "__torch_function__"):
        return matrix_products.matmul(left, right)
    return NotImplemented
