"""The flag of PyTorch's fused attention layers: `torch.backends.mha`."""

_fastpath_enabled = True


def get_fastpath_enabled() -> bool:
    """Tell whether attention layers may take a faster way."""
    return _fastpath_enabled


def set_fastpath_enabled(value: bool) -> None:
    """Let attention layers take a faster way, or not: there is but one here."""
    global _fastpath_enabled
    _fastpath_enabled = value
