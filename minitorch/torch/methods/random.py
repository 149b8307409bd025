"""The methods of tensors that functions/random/random.py and random_in_place.py offer."""

from __future__ import annotations

from ..functions.random import random, random_in_place


class RandomMethods:
    """See the functions of the same names."""

    __slots__ = ()

    bernoulli = random.bernoulli
    multinomial = random.multinomial
    uniform_ = random_in_place.uniform_
    normal_ = random_in_place.normal_
    random_ = random_in_place.random_
    bernoulli_ = random_in_place.bernoulli_
    exponential_ = random_in_place.exponential_
    geometric_ = random_in_place.geometric_
    cauchy_ = random_in_place.cauchy_
    log_normal_ = random_in_place.log_normal_
