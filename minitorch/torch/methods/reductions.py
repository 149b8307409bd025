"""The methods of tensors that functions/reductions.py offers."""

from __future__ import annotations

from ..functions import reductions


class ReductionMethods:
    """See the functions of the same names."""

    __slots__ = ()

    sum = reductions.sum
    mean = reductions.mean
