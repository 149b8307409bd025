"""The search for a good order of products in `einsum`: `torch.backends.opt_einsum`."""

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """Tell whether the package opt_einsum is used: it is not."""
    return False


def get_opt_einsum() -> None:
    """Give the package opt_einsum, where it is used."""
