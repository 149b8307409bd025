"""What computes, and how it may be told to: `torch.backends`.

The flags of libraries that are not there can be read and set, as in PyTorch: they change nothing.
"""

from . import cpu as cpu
from . import cuda as cuda
from . import cudnn as cudnn
from . import mha as mha
from . import mkl as mkl
from . import mkldnn as mkldnn
from . import mps as mps
from . import openmp as openmp
from . import opt_einsum as opt_einsum
