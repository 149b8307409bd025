"""A layer that mixes groups of channels: `torch.nn.modules.channelshuffle`."""

from __future__ import annotations

from ..._tensor import Tensor
from .. import functional as F  # noqa: N812
from .module import Module


class ChannelShuffle(Module):
    """Deal the channels out: the first of each group, then the second of each, and so on.

    Args:
        groups: by which the number of channels is divisible.
    """

    groups: int

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Move the channels."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """Give the number of groups."""
        return f"groups={self.groups}"
