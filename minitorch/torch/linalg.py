"""Linear algebra: `torch.linalg`."""

from typing import TYPE_CHECKING

from ._missing import missing_from
from .functions.arranging.matrices import linalg_vander as vander
from .functions.linalg._operands import LinAlgError
from .functions.linalg.checked import cholesky_ex, inv_ex, solve_ex
from .functions.linalg.determinants import linalg_det as det
from .functions.linalg.determinants import linalg_slogdet as slogdet
from .functions.linalg.factors import eigh, eigvalsh, svdvals
from .functions.linalg.factors import linalg_cholesky as cholesky
from .functions.linalg.factors import linalg_qr as qr
from .functions.linalg.factors import linalg_svd as svd
from .functions.linalg.householder import householder_product
from .functions.linalg.lu import linalg_lu as lu
from .functions.linalg.lu import linalg_lu_solve as lu_solve
from .functions.linalg.lu import lu_factor, lu_factor_ex
from .functions.linalg.norms import cond, matrix_norm, matrix_rank, norm, vector_norm
from .functions.linalg.powers import linalg_diagonal as diagonal
from .functions.linalg.powers import matrix_exp, matrix_power, tensorinv, tensorsolve, vecdot
from .functions.linalg.solvers import inv, lstsq, pinv, solve
from .functions.linalg.triangular import solve_triangular
from .functions.products.matmul import matmul
from .functions.products.products import linalg_cross as cross
from .functions.products.products import multi_dot

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
