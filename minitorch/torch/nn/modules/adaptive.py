"""The softmax of many classes of which few are frequent: `torch.nn.modules.adaptive`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ....errors import ShapeError
from ..._device import device as Device  # noqa: N812  (the argument has PyTorch's name)
from ..._dtype import dtype as DType  # noqa: N812
from ..._tensor import Tensor
from ...functions.arranging.joining import cat
from .. import functional as F  # noqa: N812
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` gives.

    Attributes:
        output: the log-probability of each target.
        loss: the mean of the negatives.
    """

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Give log-probabilities of classes that are sorted by frequency, the most frequent first.

    A head scores the most frequent classes, and one cluster for each group of the others; each
    cluster's classes are scored by a smaller network, for the inputs alone that need it. Grave et
    al., "Efficient softmax approximation for GPUs", 2017.

    Args:
        in_features: the size of inputs.
        n_classes: how many classes there are.
        cutoffs: the first class of each cluster.
        div_value: by what the hidden sizes of the clusters are divided, from one to the next.
        head_bias: the head has a bias.
        device: where the parameters are.
        dtype: of the parameters.

    Raises:
        ValueError: the cutoffs are not whole, positive, rising and below n_classes.
    """

    in_features: int
    n_classes: int
    cutoffs: list[int]
    div_value: float
    head_bias: bool
    head: Linear
    tail: ModuleList

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        _check_cutoffs(list(cutoffs), n_classes)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            hidden = int(in_features // div_value ** (i + 1))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(
                    Linear(in_features, hidden, False, device, dtype),
                    Linear(hidden, size, False, device, dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        self.head.reset_parameters()
        for cluster in self.tail:
            for layer in cluster.children():
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """Give the log-probability of each target, and the loss.

        Args:
            input_: (N, in_features) or (in_features).
            target_: class indices, (N) or 0-d.

        Raises:
            ShapeError: the shapes do not fit.
            RuntimeError: a target is no class.
        """
        rank = target_.dim()
        if rank > 1:
            raise ShapeError(
                "AdaptiveLogSoftmaxWithLoss: 0D or 1D target tensor expected, multi-target not "
                f"supported, got shape {list(target_.shape)}."
            )
        if input_.dim() != rank + 1 or (rank and len(input_) != len(target_)):
            raise ShapeError(
                "AdaptiveLogSoftmaxWithLoss: input and target should have the same size in the "
                f"batch dimension, got shapes {list(input_.shape)} and {list(target_.shape)}."
            )
        input, target = (input_, target_) if rank else (input_.unsqueeze(0), target_.unsqueeze(0))
        output = self._target_log_prob(input, target)
        loss = (-output).mean()
        return _ASMoutput(output if rank else output.squeeze(0), loss)

    def _target_log_prob(self, input: Tensor, target: Tensor) -> Tensor:
        """Give the log-probability of each target."""
        if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < self.n_classes:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{int(target.min())}, {int(target.max())}] were found."
            )
        places = target.clone()
        inside = input.new_zeros(len(target))
        for i in range(self.n_clusters):
            low, high = self.cutoffs[i], self.cutoffs[i + 1]
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if not rows.numel():
                continue
            scores = F.log_softmax(self.tail[i](input.index_select(0, rows)), 1)
            own = scores.gather(1, (target.index_select(0, rows) - low).unsqueeze(1)).squeeze(1)
            inside = inside.index_add(0, rows, own)
            places.index_fill_(0, rows, self.shortlist_size + i)
        scores = F.log_softmax(self.head(input), 1)
        return inside + scores.gather(1, places.unsqueeze(1)).squeeze(1)

    def log_prob(self, input: Tensor) -> Tensor:
        """Give the log-probabilities of all classes, (N, n_classes); input is (N, in_features)."""
        return self._all_log_probs(input, self.head(input))

    def _all_log_probs(self, input: Tensor, head: Tensor) -> Tensor:
        scores = F.log_softmax(head, 1)
        parts = [scores[:, : self.shortlist_size]]
        for i in range(self.n_clusters):
            cluster = F.log_softmax(self.tail[i](input), 1)
            place = self.shortlist_size + i
            parts.append(cluster + scores[:, place : place + 1])
        return cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """Give the most probable class of each input, (N) of (N, in_features)."""
        head = self.head(input)
        output = head.argmax(1)
        rows = (output >= self.shortlist_size).nonzero().squeeze(1)
        if rows.numel():
            scores = self._all_log_probs(input.index_select(0, rows), head.index_select(0, rows))
            output = output.index_copy(0, rows, scores.argmax(1))
        return output


def _check_cutoffs(cutoffs: list[Any], n_classes: int) -> None:
    if not cutoffs:
        raise ValueError("AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of length > 0")
    if (
        any(int(cutoff) != cutoff for cutoff in cutoffs)
        or cutoffs != sorted(set(cutoffs))
        or cutoffs[0] <= 0
        or cutoffs[-1] > n_classes - 1
    ):
        raise ValueError(
            "cutoffs should be a sequence of unique, positive integers sorted in an increasing "
            f"order, where each value is between 1 and n_classes-1 ({n_classes - 1}), got {cutoffs}"
        )
