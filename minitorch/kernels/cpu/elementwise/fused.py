"""The fused multiply-add, for kernels whose result must have PyTorch's very bits.

The flag `contract` leaves it to the compiler where to fuse. Here each fused operation is written
down, and nothing else is: such kernels are compiled without any fast-math flag.
"""

from typing import Any

from numba.extending import intrinsic


@intrinsic
def fma(context: Any, x: Any, y: Any, z: Any) -> Any:
    """Give x * y + z, rounded once; a processor without such an instruction calls the C library."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return x(x, x, x), build
