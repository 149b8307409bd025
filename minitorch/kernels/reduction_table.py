"""One row for each reduction and scan: what it takes and gives, its reference, its derivative.

The references are NumPy expressions of x, of `axis` (the dimensions, a tuple; one for functions
that take one) and of the row's parameters; what they give keeps the reduced dimensions.

The derivatives give the gradient of x, for whole tensors. In them `grad` is the gradient of the
first result, which counts as `out`, with the reduced dimensions kept; further results have the
names that the row gives them, and their gradients those with `grad_` before. `n` is the number of
elements that one result is made of. Beside the functions of the op table's formulas there are

    total(a), product(a)            the sum and the product over the reduced dimensions, which stay
    running_total(a), running_product(a)      the same up to and with each element
    later_total(a)                  the sum over each element and those after it
    later_logsumexp(a)              the logarithm of that sum of e^a
    put(positions, a)               0, but a, added up, at these positions along the dimension
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .op_table import ALL, FLOATS, NUMBERS, REALS

# Which dtype a result has.
SAME = "same"
SUM = "same for floats, int64 for others"
TRUTH = "bool, uint8 for uint8"
INT64 = "int64"

# Which dimensions a function takes.
ANY_DIMS = "all, one or several"
ONE_DIM = "one"
ONE_OR_ALL = "one or all"


@dataclass(frozen=True)
class Reduction:
    """A function that joins the elements along dimensions, or goes along one and keeps it.

    Attributes:
        name: PyTorch's name, and that of the function in its module.
        module: its file in `kernels.cpu`: reduce, scan or sorting.
        reference: a NumPy expression of the result, or of a tuple of results.
        derivative: an expression of the gradient of x; empty where there is none.
        dtypes: what it takes, in the words of the op table.
        results: the dtype of each result: SAME, SUM, TRUTH or INT64.
        names: of the results after the first one.
        dims: ANY_DIMS, ONE_DIM or ONE_OR_ALL.
        parameters: further arguments, numbers, with their default.
        domain: the interval that tests draw x from.
        keeps_dim: it is a scan: the result has the shape of x.
    """

    name: str
    module: str
    reference: str
    derivative: str = ""
    dtypes: str = ALL
    results: tuple[str, ...] = (SAME,)
    names: tuple[str, ...] = ()
    dims: str = ANY_DIMS
    parameters: Mapping[str, float] = field(default_factory=dict)
    domain: tuple[float, float] = REALS
    keeps_dim: bool = False


# The first 0 of a line is the only one whose product with the others may be another number.
_FIRST_ZERO = "(x == 0) & (running_total(where(x == 0, 1, 0)) == 1)"

SUMS = (
    Reduction("sum", "reduce", "np.sum(x, axis, keepdims=True)", "grad", results=(SUM,)),
    Reduction(
        "nansum",
        "reduce",
        "np.nansum(x, axis, keepdims=True)",
        "where(isnan(x), 0, grad)",
        results=(SUM,),
    ),
    Reduction(
        "prod",
        "reduce",
        "np.prod(x, axis, keepdims=True)",
        "grad * where(x == 0,"
        " where(total(where(x == 0, 1, 0)) == 1, product(where(x == 0, 1, x)), 0),"
        " out / where(x == 0, 1, x))",
        results=(SUM,),
    ),
    Reduction("mean", "reduce", "np.mean(x, axis, keepdims=True)", "grad / n", FLOATS),
    Reduction(
        "nanmean",
        "reduce",
        "np.nanmean(x, axis, keepdims=True)",
        "where(isnan(x), 0, grad / total(where(isnan(x), 0, 1)))",
        FLOATS,
    ),
    Reduction(
        "var",
        "reduce",
        "np.var(x, axis, ddof=correction, keepdims=True)",
        "2 * grad * (x - total(x) / n) / (n - correction)",
        FLOATS,
        parameters={"correction": 1},
    ),
    Reduction(
        "std",
        "reduce",
        "np.std(x, axis, ddof=correction, keepdims=True)",
        "where(out == 0, 0, grad * (x - total(x) / n) / (out * (n - correction)))",
        FLOATS,
        parameters={"correction": 1},
    ),
    Reduction(
        "var_mean",
        "reduce",
        "np.var(x, axis, ddof=correction, keepdims=True), np.mean(x, axis, keepdims=True)",
        "2 * grad * (x - total(x) / n) / (n - correction) + grad_average / n",
        FLOATS,
        results=(SAME, SAME),
        names=("average",),
        parameters={"correction": 1},
    ),
    Reduction(
        "norm",
        "reduce",
        "np.sum(np.abs(x) ** p, axis, keepdims=True) ** (1 / p)",
        "where(isinf(p),"
        " where(absolute(x) == out, grad * sign(x) / total(where(absolute(x) == out, 1, 0)), 0),"
        " where((out == 0) | (x == 0) | (p == 0), 0,"
        " grad * sign(x) * power(absolute(x) / out, p - 1)))",
        FLOATS,
        parameters={"p": 2},
    ),
    Reduction(
        "logsumexp",
        "reduce",
        "np.log(np.sum(np.exp(x), axis, keepdims=True))",
        "grad * exp(x - where(isinf(out), 0, out))",
        FLOATS,
    ),
)

TRUTHS = (
    Reduction("any", "reduce", "np.any(x, axis, keepdims=True)", results=(TRUTH,)),
    Reduction("all", "reduce", "np.all(x, axis, keepdims=True)", results=(TRUTH,)),
    Reduction(
        "count_nonzero",
        "reduce",
        "np.count_nonzero(x, axis, keepdims=True)",
        results=(INT64,),
    ),
)

# Ties share the gradient where no position is given; else it goes to the position.
EXTREMES = (
    Reduction(
        "amax",
        "reduce",
        "np.max(x, axis, keepdims=True)",
        "where(x == out, grad / total(where(x == out, 1, 0)), 0)",
    ),
    Reduction(
        "amin",
        "reduce",
        "np.min(x, axis, keepdims=True)",
        "where(x == out, grad / total(where(x == out, 1, 0)), 0)",
    ),
    Reduction(
        "aminmax",
        "reduce",
        "np.min(x, axis, keepdims=True), np.max(x, axis, keepdims=True)",
        "where(x == out, grad / total(where(x == out, 1, 0)), 0)"
        " + where(x == largest, grad_largest / total(where(x == largest, 1, 0)), 0)",
        results=(SAME, SAME),
        names=("largest",),
        dims=ONE_OR_ALL,
    ),
    Reduction(
        "max",
        "reduce",
        "np.max(x, axis, keepdims=True), np.argmax(x, axis, keepdims=True)",
        "put(positions, grad)",
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
    ),
    Reduction(
        "min",
        "reduce",
        "np.min(x, axis, keepdims=True), np.argmin(x, axis, keepdims=True)",
        "put(positions, grad)",
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
    ),
    Reduction(
        "argmax",
        "reduce",
        "np.argmax(x, axis, keepdims=True)",
        results=(INT64,),
        dims=ONE_OR_ALL,
    ),
    Reduction(
        "argmin",
        "reduce",
        "np.argmin(x, axis, keepdims=True)",
        results=(INT64,),
        dims=ONE_OR_ALL,
    ),
)

SCANS = (
    Reduction(
        "cumsum",
        "scan",
        "np.cumsum(x, axis)",
        "later_total(grad)",
        results=(SUM,),
        dims=ONE_DIM,
        keeps_dim=True,
    ),
    Reduction(
        "cumprod",
        "scan",
        "np.cumprod(x, axis)",
        f"where(x == 0, where({_FIRST_ZERO},"
        f" later_total(grad * running_product(where({_FIRST_ZERO}, 1, x))), 0),"
        " later_total(grad * out) / where(x == 0, 1, x))",
        results=(SUM,),
        dims=ONE_DIM,
        keeps_dim=True,
    ),
    Reduction(
        "logcumsumexp",
        "scan",
        "np.log(np.cumsum(np.exp(x), axis))",
        "exp(x + later_logsumexp(log(maximum(grad, 0)) - out))"
        " - exp(x + later_logsumexp(log(maximum(-grad, 0)) - out))",
        FLOATS,
        dims=ONE_DIM,
        keeps_dim=True,
    ),
    Reduction(
        "cummax",
        "scan",
        "np.maximum.accumulate(x, axis)",
        "put(positions, grad)",
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
        keeps_dim=True,
    ),
    Reduction(
        "cummin",
        "scan",
        "np.minimum.accumulate(x, axis)",
        "put(positions, grad)",
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
        keeps_dim=True,
    ),
)

CHOSEN = (
    Reduction(
        "median",
        "sorting",
        "np.quantile(x, 0.5, axis, method='lower', keepdims=True)",
        "put(positions, grad)",
        NUMBERS,
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
    ),
    Reduction(
        "nanmedian",
        "sorting",
        "np.nanquantile(x, 0.5, axis, method='lower', keepdims=True)",
        "put(positions, grad)",
        NUMBERS,
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
    ),
    Reduction(
        "kthvalue",
        "sorting",
        "np.take(np.sort(x, axis), [k - 1], axis)",
        "put(positions, grad)",
        NUMBERS,
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
        parameters={"k": 2},
    ),
    Reduction(
        "mode",
        "sorting",
        "np.apply_along_axis("
        "lambda line: [min(line, key=lambda value: (-np.sum(line == value), value))], axis, x)",
        "put(positions, grad)",
        results=(SAME, INT64),
        names=("positions",),
        dims=ONE_DIM,
    ),
)

REDUCTIONS = (*SUMS, *TRUTHS, *EXTREMES, *SCANS, *CHOSEN)
