"""What a group of kernel benchmarks offers: one case for each thing to time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """A computation of ours and of its peers, on the same numbers.

    Attributes:
        name: what is computed, and its sizes.
        ours: our kernel.
        torch: PyTorch's function, None where PyTorch is not installed.
        floor: the least ratio of PyTorch's time to ours that is good enough.
        goal: the ratio to aim at.
        peers: further functions by their names, such as numpy.
        bytes: what must at least be read and written, for the share of the memory's bandwidth.
        flops: additions and multiplications, for the share of the processor's rate.
        dtype: of these numbers.
    """

    name: str
    ours: Callable[[], object]
    torch: Callable[[], object] | None
    floor: float = 1.0
    goal: float = 1.0
    peers: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    bytes: int = 0
    flops: int = 0
    dtype: str = "float32"
