"""`torch.batch_norm` and its kin: the functions behind those of `torch.nn.functional`.

Their arguments come in another order, and they take what tells PyTorch whether to use cuDNN, which
makes no difference here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .._overrides import public
from . import normalization

if TYPE_CHECKING:
    from ..._tensor import Tensor


@public
def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Normalize channels; see `torch.nn.functional.batch_norm`.

    Raises:
        ShapeError, RuntimeError, NotImplementedError: as there.
    """
    return normalization.channels_normalized(
        input, running_mean, running_var, weight, bias, training, momentum, eps
    )


@public
def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """Normalize the last dimensions; see `torch.nn.functional.layer_norm`.

    Raises:
        ShapeError, NotImplementedError: as there.
    """
    return normalization.layer_norm(input, normalized_shape, weight, bias, eps)


@public
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Normalize groups of channels; see `torch.nn.functional.group_norm`.

    Raises:
        ShapeError, NotImplementedError: as there.
    """
    return normalization.groups_normalized(input, num_groups, weight, bias, eps)


@public
def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Normalize channels of each example; see `torch.nn.functional.instance_norm`.

    Raises:
        ShapeError, RuntimeError, NotImplementedError: as there.
    """
    return normalization.instances_normalized(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )
