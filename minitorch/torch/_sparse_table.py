"""Which functions take sparse tensors, and what computes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from . import _dtype
from ._sparse import IMPLEMENTATIONS, SparseTensor
from .functions import conversion, inspection
from .functions.pointwise import arithmetic
from .functions.pointwise import generated as pointwise
from .functions.products import add_products, matmul
from .functions.reductions import reductions
from .functions.sparse import coo as sparse
from .functions.sparse import elementwise as sparse_elementwise
from .functions.sparse import products as sparse_products
from .functions.sparse import views as sparse_views
from .functions.views import views
from .methods.conversion import DTypeMethods

# Functions of single elements that give 0 for 0.
_OF_ELEMENTS = (
    pointwise.abs, pointwise.asin, pointwise.asinh, pointwise.atan, pointwise.atanh,
    pointwise.ceil, pointwise.erf, pointwise.erfinv, pointwise.expm1, pointwise.floor,
    pointwise.frac, pointwise.log1p, pointwise.neg, pointwise.relu, pointwise.sign,
    pointwise.sin, pointwise.sinh, pointwise.sqrt, pointwise.square, pointwise.tan,
    pointwise.tanh, pointwise.trunc, arithmetic.round,
)  # fmt: skip

_OF_SPARSE: dict[Callable[..., Any], Callable[..., Any]] = {
    matmul.mm: sparse_products.mm,
    matmul.matmul: sparse_products.matmul,
    matmul.mv: sparse_products.mv,
    add_products.addmm: sparse_products.addmm,
    arithmetic.add: sparse_elementwise.add,
    arithmetic.sub: sparse_elementwise.sub,
    pointwise.mul: sparse_elementwise.mul,
    arithmetic.div: sparse_elementwise.div,
    arithmetic.true_divide: sparse_elementwise.div,
    arithmetic.divide: sparse_elementwise.div,
    reductions.sum: sparse_elementwise.sum,
    views.transpose: sparse_views.transpose,
    views.t: sparse_views.t,
    views.permute: sparse_views.permute,
    conversion.to: sparse_views.converted,
    conversion.cpu: sparse_views.converted,
    conversion.clone: sparse_views.clone,
}

_DTYPES = {
    DTypeMethods.bool: _dtype.boolean,
    DTypeMethods.double: _dtype.float64,
    DTypeMethods.float: _dtype.float32,
    DTypeMethods.half: _dtype.float16,
    DTypeMethods.int: _dtype.int32,
    DTypeMethods.long: _dtype.int64,
}

# They ask the key alone, which sparse tensors have too.
_OF_KEYS = (
    inspection.is_floating_point, inspection.is_complex, inspection.is_signed,
    inspection.get_device, inspection.is_same_size,
)  # fmt: skip


def _of_elements(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give what computes a function of single elements: of those that are kept."""

    def compute(input: SparseTensor) -> SparseTensor:
        tensor = sparse.coalesce(input)
        return tensor.with_kept(function(tensor.kept))

    return compute


def _to(dtype: _dtype.dtype) -> Callable[..., Any]:
    """Give what converts the kept elements to a dtype."""

    def convert(input: SparseTensor) -> SparseTensor:
        return sparse_views.converted(input, dtype)

    return convert


IMPLEMENTATIONS.update(_OF_SPARSE)
IMPLEMENTATIONS.update({function: _of_elements(function) for function in _OF_ELEMENTS})
IMPLEMENTATIONS.update({method: _to(dtype) for method, dtype in _DTYPES.items()})
IMPLEMENTATIONS.update({function: inspect.unwrap(function) for function in _OF_KEYS})
IMPLEMENTATIONS[inspection.numel] = SparseTensor.numel
