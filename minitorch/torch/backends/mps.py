"""Apple's GPUs, which are not used: `torch.backends.mps`."""


def is_available() -> bool:
    """Tell whether tensors can lie on a GPU of Apple's."""
    return False


def is_built() -> bool:
    """Tell whether there are kernels for GPUs of Apple's."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """Tell whether this is a version of macOS, or a newer one."""
    import platform

    text = platform.mac_ver()[0]
    if not text:
        return False
    numbers = [int(number) for number in f"{text}.0".split(".")[:2]]
    return numbers >= [major, minor]
