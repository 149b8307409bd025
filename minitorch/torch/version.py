"""What minitorch is, in PyTorch's words: `torch.version`."""

from ._version_text import TorchVersion

__version__ = TorchVersion("2.13.0+minitorch")
cuda: str | None = None
hip: str | None = None
rocm: str | None = None
xpu: str | None = None
debug = False
git_version = "minitorch"
