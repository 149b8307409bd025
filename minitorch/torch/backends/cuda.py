"""Flags of computing on NVIDIA GPUs, of which there are none: `torch.backends.cuda`."""

from types import SimpleNamespace

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
)


def is_built() -> bool:
    """Tell whether there are kernels for tensors on NVIDIA GPUs."""
    return False
