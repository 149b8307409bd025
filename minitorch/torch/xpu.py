"""Questions about Intel's GPUs: `torch.xpu`. There is none."""


def is_available() -> bool:
    """Tell whether tensors can lie on a GPU of Intel's."""
    return False


def device_count() -> int:
    """Count the GPUs of Intel's that tensors can lie on."""
    return 0


def is_initialized() -> bool:
    """Tell whether a GPU is in use."""
    return False


def manual_seed(seed: int) -> None:
    """Seed the GPU, if there is one."""
    int(seed)


def manual_seed_all(seed: int) -> None:
    """Seed all GPUs that there are."""
    int(seed)


def empty_cache() -> None:
    """Give the GPU's unused memory back: there is none."""
