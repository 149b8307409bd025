"""What computes, and how it may be told to: `torch.backends`.

The flags of libraries that are not there can be read and set, as in PyTorch: they change nothing.
"""

from typing import TYPE_CHECKING

from .._missing import missing_from
from . import cpu as cpu
from . import cuda as cuda
from . import cudnn as cudnn
from . import mha as mha
from . import mkl as mkl
from . import mkldnn as mkldnn
from . import mps as mps
from . import openmp as openmp
from . import opt_einsum as opt_einsum

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
