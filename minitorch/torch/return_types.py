"""The tuples with names that functions of several results give, as `torch.return_types`."""

# The classes have the names of the functions.
# ruff: noqa: N801

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ._tensor import Tensor


class Results(tuple["Tensor", ...]):
    """A tuple of tensors whose members have names.

    Like PyTorch's it is made of one iterable: `max((values, indices))`.

    Attributes:
        fields: the names, in order.
    """

    __slots__ = ()

    fields: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        members = [f"{name}={value!r}" for name, value in zip(self.fields, self, strict=True)]
        return f"torch.return_types.{type(self).__name__}(\n" + ",\n".join(members) + ")"


class ValuesAndIndices(Results):
    """Elements that were chosen along a dimension, and where they were found."""

    __slots__ = ()

    fields = ("values", "indices")

    @property
    def values(self) -> Tensor:
        """The elements."""
        return self[0]

    @property
    def indices(self) -> Tensor:
        """Their positions along the dimension."""
        return self[1]


class max(ValuesAndIndices):
    """What `torch.max` gives along a dimension."""

    __slots__ = ()


class min(ValuesAndIndices):
    """What `torch.min` gives along a dimension."""

    __slots__ = ()


class median(ValuesAndIndices):
    """What `torch.median` gives along a dimension."""

    __slots__ = ()


class nanmedian(ValuesAndIndices):
    """What `torch.nanmedian` gives along a dimension."""

    __slots__ = ()


class mode(ValuesAndIndices):
    """What `torch.mode` gives."""

    __slots__ = ()


class kthvalue(ValuesAndIndices):
    """What `torch.kthvalue` gives."""

    __slots__ = ()


class sort(ValuesAndIndices):
    """What `torch.sort` gives."""

    __slots__ = ()


class topk(ValuesAndIndices):
    """What `torch.topk` gives."""

    __slots__ = ()


class cummax(ValuesAndIndices):
    """What `torch.cummax` gives."""

    __slots__ = ()


class cummin(ValuesAndIndices):
    """What `torch.cummin` gives."""

    __slots__ = ()


class aminmax(Results):
    """What `torch.aminmax` gives."""

    __slots__ = ()

    fields = ("min", "max")

    @property
    def min(self) -> Tensor:
        """The smallest elements."""
        return self[0]

    @property
    def max(self) -> Tensor:
        """The largest elements."""
        return self[1]


# ---- linear algebra


class Member:
    """A named member of results, by its place."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __get__(self, results: Results, kind: type[Results]) -> Tensor:
        return results[self._place]


class linalg_slogdet(Results):
    """The sign of a determinant, and the logarithm of its magnitude."""

    __slots__ = ()

    fields = ("sign", "logabsdet")
    sign = Member(0)
    logabsdet = Member(1)


class slogdet(Results):
    """The sign of a determinant, and the logarithm of its magnitude."""

    __slots__ = ()

    fields = ("sign", "logabsdet")
    sign = Member(0)
    logabsdet = Member(1)


class linalg_svd(Results):
    """Singular vectors and values: `A = U @ diag(S) @ Vh`."""

    __slots__ = ()

    fields = ("U", "S", "Vh")
    U = Member(0)
    S = Member(1)
    Vh = Member(2)


class svd(Results):
    """Singular vectors and values: `A = U @ diag(S) @ V.mT`."""

    __slots__ = ()

    fields = ("U", "S", "V")
    U = Member(0)
    S = Member(1)
    V = Member(2)


class linalg_qr(Results):
    """Orthonormal columns and an upper triangle: `A = Q @ R`."""

    __slots__ = ()

    fields = ("Q", "R")
    Q = Member(0)
    R = Member(1)


class qr(Results):
    """Orthonormal columns and an upper triangle: `A = Q @ R`."""

    __slots__ = ()

    fields = ("Q", "R")
    Q = Member(0)
    R = Member(1)


class linalg_eigh(Results):
    """The eigenvalues of a symmetric matrix, ascending, and its eigenvectors, in columns."""

    __slots__ = ()

    fields = ("eigenvalues", "eigenvectors")
    eigenvalues = Member(0)
    eigenvectors = Member(1)


class linalg_lstsq(Results):
    """The solution of least squares, and what was found on the way."""

    __slots__ = ()

    fields = ("solution", "residuals", "rank", "singular_values")
    solution = Member(0)
    residuals = Member(1)
    rank = Member(2)
    singular_values = Member(3)


class triangular_solve(Results):
    """The solution of a triangular system, and a copy of the matrix."""

    __slots__ = ()

    fields = ("solution", "cloned_coefficient")
    solution = Member(0)
    cloned_coefficient = Member(1)


class linalg_lu(Results):
    """A permutation, a unit lower and an upper triangle: `A = P @ L @ U`."""

    __slots__ = ()

    fields = ("P", "L", "U")
    P = Member(0)
    L = Member(1)
    U = Member(2)


class lu_unpack(Results):
    """A permutation, a unit lower and an upper triangle: `A = P @ L @ U`."""

    __slots__ = ()

    fields = ("P", "L", "U")
    P = Member(0)
    L = Member(1)
    U = Member(2)


class linalg_lu_factor(Results):
    """Both triangles of `A = P @ L @ U` in one matrix, and the rows that were exchanged."""

    __slots__ = ()

    fields = ("LU", "pivots")
    LU = Member(0)
    pivots = Member(1)


class linalg_lu_factor_ex(Results):
    """What `linalg_lu_factor` has, and where U has a 0 on its diagonal."""

    __slots__ = ()

    fields = ("LU", "pivots", "info")
    LU = Member(0)
    pivots = Member(1)
    info = Member(2)


class linalg_inv_ex(Results):
    """Inverses, and where they failed."""

    __slots__ = ()

    fields = ("inverse", "info")
    inverse = Member(0)
    info = Member(1)


class linalg_solve_ex(Results):
    """Solutions, and where they failed."""

    __slots__ = ()

    fields = ("result", "info")
    result = Member(0)
    info = Member(1)


class linalg_cholesky_ex(Results):
    """Lower triangles, and where they failed."""

    __slots__ = ()

    fields = ("L", "info")
    L = Member(0)
    info = Member(1)


class geqrf(Results):
    """Reflections below an upper triangle, and their factors."""

    __slots__ = ()

    fields = ("a", "tau")
    a = Member(0)
    tau = Member(1)


# ---- elements


class frexp(Results):
    """Floats as `mantissa * 2**exponent`."""

    __slots__ = ()

    fields = ("mantissa", "exponent")
    mantissa = Member(0)
    exponent = Member(1)


class histogram(Results):
    """Counts in bins, and the edges of these."""

    __slots__ = ()

    fields = ("hist", "bin_edges")
    hist = Member(0)
    bin_edges = Member(1)
