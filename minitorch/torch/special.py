"""Special functions of mathematics: `torch.special`."""

from typing import TYPE_CHECKING

from ._missing import missing_from
from .functions.pointwise.arithmetic import logit, polygamma, round
from .functions.pointwise.generated import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    log1p,
    sinc,
    xlogy,
)
from .functions.pointwise.generated import digamma as psi
from .functions.pointwise.generated import lgamma as gammaln
from .functions.pointwise.generated import sigmoid as expit
from .functions.pointwise.softmax import log_softmax, softmax
from .functions.pointwise.special import entr, log_ndtr, multigammaln, ndtr, ndtri, xlog1py
from .functions.reductions.reductions import logsumexp

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
