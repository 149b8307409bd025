"""Linear algebra: `torch.linalg`."""

from typing import TYPE_CHECKING

from ._missing import missing_from
from .functions._linalg import LinAlgError
from .functions.householder import householder_product
from .functions.linalg_checked import cholesky_ex, inv_ex, solve_ex
from .functions.linalg_determinants import linalg_det as det
from .functions.linalg_determinants import linalg_slogdet as slogdet
from .functions.linalg_factors import eigh, eigvalsh, svdvals
from .functions.linalg_factors import linalg_cholesky as cholesky
from .functions.linalg_factors import linalg_qr as qr
from .functions.linalg_factors import linalg_svd as svd
from .functions.linalg_functions import linalg_diagonal as diagonal
from .functions.linalg_functions import matrix_exp, matrix_power, tensorinv, tensorsolve, vecdot
from .functions.linalg_lu import linalg_lu as lu
from .functions.linalg_lu import linalg_lu_solve as lu_solve
from .functions.linalg_lu import lu_factor, lu_factor_ex
from .functions.linalg_norms import cond, matrix_norm, matrix_rank, norm, vector_norm
from .functions.linalg_solvers import inv, lstsq, pinv, solve
from .functions.linalg_triangles import solve_triangular
from .functions.matmul import matmul
from .functions.matrices import linalg_vander as vander
from .functions.products import linalg_cross as cross
from .functions.products import multi_dot

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
