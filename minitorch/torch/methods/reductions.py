"""The methods of tensors that reduce, scan, sort, count and compare."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from typing import TYPE_CHECKING, Any

from ..functions.pointwise import softmax as softmaxes
from ..functions.reductions import (
    differences,
    extremes,
    histograms,
    norms,
    quantiles,
    reductions,
    scans,
    statistics,
)
from ..functions.sorting import searching, sorting
from .views import sizes_of

if TYPE_CHECKING:
    from .._tensor import Tensor


class ReductionMethods:
    """See the functions of the same names."""

    __slots__ = ()

    sum = reductions.sum

    def sum_to_size(self, *size: Any) -> Tensor:
        """Add up what was repeated to come from a size to this tensor's."""
        return reductions.sum_to_size(self, sizes_of(size))

    nansum = reductions.nansum
    logsumexp = reductions.logsumexp
    mean = reductions.mean
    nanmean = reductions.nanmean
    prod = reductions.prod
    any = reductions.any
    all = reductions.all
    count_nonzero = reductions.count_nonzero

    max = extremes.max
    min = extremes.min
    amax = extremes.amax
    amin = extremes.amin
    aminmax = extremes.aminmax
    argmax = extremes.argmax
    argmin = extremes.argmin

    var = statistics.var
    std = statistics.std
    cov = statistics.cov
    corrcoef = statistics.corrcoef
    quantile = quantiles.quantile
    nanquantile = quantiles.nanquantile

    norm = norms.norm
    dist = norms.dist
    renorm = norms.renorm
    renorm_ = norms.renorm_

    softmax = softmaxes.softmax
    log_softmax = softmaxes.log_softmax

    cumsum = scans.cumsum
    cumsum_ = scans.cumsum_
    cumprod = scans.cumprod
    cumprod_ = scans.cumprod_
    cummax = scans.cummax
    cummin = scans.cummin
    logcumsumexp = scans.logcumsumexp
    diff = differences.diff

    sort = sorting.sort
    argsort = sorting.argsort
    msort = sorting.msort
    topk = sorting.topk
    kthvalue = sorting.kthvalue
    mode = sorting.mode
    median = sorting.median
    nanmedian = sorting.nanmedian

    unique = searching.unique
    unique_consecutive = searching.unique_consecutive
    bincount = searching.bincount
    histc = searching.histc
    histogram = histograms.histogram
    isclose = searching.isclose
    allclose = searching.allclose
    equal = searching.equal
