"""The methods of tensors that are activations."""

from __future__ import annotations

from ..functions.pointwise import activations


class ActivationMethods:
    """See the functions of the same names."""

    __slots__ = ()

    prelu = activations.prelu
    hardshrink = activations.hardshrink
