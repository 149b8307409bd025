"""The ways to choose what is pruned."""

from __future__ import annotations

import numbers
from typing import Any

from ..._tensor import Tensor
from ...functions.random.random import rand, rand_like
from ...functions.reductions.norms import norm
from ...functions.sorting.sorting import kthvalue, topk
from ..modules.module import Module
from ._pruning import BasePruningMethod

Amount = int | float


class Identity(BasePruningMethod):
    """Chooses nothing."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask until now."""
        return default_mask

    @classmethod
    def apply(cls, module: Module, name: str) -> BasePruningMethod:  # type: ignore[override]
        """Make mask and original of a parameter."""
        return super().apply(module, name)


class RandomUnstructured(BasePruningMethod):
    """Chooses single numbers at random.

    Args:
        amount: how many, or which share.
    """

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: Amount) -> None:
        check_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask until now with more zeros."""
        count = chosen_count(self.amount, t.numel())
        if count == 0:
            return default_mask
        return _emptied(default_mask, rand_like(t), count, largest=True)

    @classmethod
    def apply(cls, module: Module, name: str, amount: Amount) -> BasePruningMethod:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(BasePruningMethod):
    """Chooses the single numbers of the smallest magnitude.

    Args:
        amount: how many, or which share.
    """

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: Amount) -> None:
        check_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask until now with more zeros."""
        count = chosen_count(self.amount, t.numel())
        return _emptied(default_mask, t.detach().abs(), count, largest=False)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: Amount, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        """Prune a parameter."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(BasePruningMethod):
    """Chooses channels at random.

    Args:
        amount: how many, or which share.
        dim: the dimension of the channels.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, dim: int = -1) -> None:
        check_amount(amount)
        self.amount = amount
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask until now with more zeros."""
        dim = _checked_dim(t, self.dim)
        channels = t._shape[dim]
        count = chosen_count(self.amount, channels)
        if count == 0:
            return default_mask
        drawn = rand(channels)
        kept = drawn > kthvalue(drawn, k=count).values
        return default_mask * _along(kept.to(t.dtype), dim, len(t._shape))

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Module, name: str, amount: Amount, dim: int = -1
    ) -> BasePruningMethod:
        """Prune a parameter."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """Chooses the channels of the smallest norm.

    Args:
        amount: how many, or which share.
        n: which norm.
        dim: the dimension of the channels.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Amount, n: float, dim: int = -1) -> None:
        check_amount(amount)
        self.amount = amount
        self.n = n
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask until now with more zeros."""
        dim = _checked_dim(t, self.dim)
        channels = t._shape[dim]
        count = chosen_count(self.amount, channels)
        if count == 0:
            return default_mask
        others = [d for d in range(len(t._shape)) if d != dim]
        lengths = norm(t.detach(), p=self.n, dim=others)
        kept = lengths.new_zeros(channels)
        kept[topk(lengths, k=channels - count, largest=True).indices] = 1
        return default_mask * _along(kept, dim, len(t._shape))

    @classmethod
    def apply(  # type: ignore[override]
        cls,
        module: Module,
        name: str,
        amount: Amount,
        n: float,
        dim: int,
        importance_scores: Tensor | None = None,
    ) -> BasePruningMethod:
        """Prune a parameter."""
        return super().apply(
            module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores
        )


class CustomFromMask(BasePruningMethod):
    """Chooses what a mask says.

    Args:
        mask: of the parameter's shape.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Give the mask until now with more zeros."""
        return default_mask * self.mask.to(default_mask.dtype)

    @classmethod
    def apply(cls, module: Module, name: str, mask: Tensor) -> BasePruningMethod:  # type: ignore[override]
        """Prune a parameter."""
        return super().apply(module, name, mask=mask)


def check_amount(amount: Any) -> None:
    """Check that an amount is a number, and a share within [0, 1] or a count from 0 on.

    Raises:
        TypeError: it is no number.
        ValueError: it is not within the limits.
    """
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    is_count = isinstance(amount, numbers.Integral)
    if (is_count and amount < 0) or (not is_count and not 0 <= float(amount) <= 1):
        raise ValueError(
            f"amount={amount} should either be a float in the range [0, 1] or a non-negative "
            "integer"
        )


def chosen_count(amount: Amount, size: int) -> int:
    """Give how many of some things are pruned.

    Raises:
        ValueError: there are not so many.
    """
    if not isinstance(amount, numbers.Integral):
        return round(amount * size)
    if amount > size:
        raise ValueError(
            f"amount={amount} should be smaller than the number of parameters to prune={size}"
        )
    return int(amount)


def _emptied(mask: Tensor, scores: Tensor, count: int, largest: bool) -> Tensor:
    """Copy a mask with zeros where the scores are largest, or smallest."""
    result = mask.clone()
    if count:
        result.view(-1)[topk(scores.reshape(-1), k=count, largest=largest).indices] = 0
    return result


def _checked_dim(t: Tensor, dim: int) -> int:
    """Give the number of a dimension from the first one on.

    Raises:
        ValueError: there are not several dimensions.
        IndexError: it does not exist.
    """
    rank = len(t._shape)
    if rank <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of "
            f"shape {list(t._shape)} with {rank} dims"
        )
    if not -rank <= dim < rank:
        raise IndexError(f"Invalid index {dim} for tensor of size {list(t._shape)}")
    return dim % rank


def _along(kept: Tensor, dim: int, rank: int) -> Tensor:
    """Give what is kept of each channel the shape that goes with the tensor."""
    return kept.view([-1 if d == dim else 1 for d in range(rank)])
