"""Questions about NVIDIA GPUs, answered as a machine without one answers: `torch.cuda`.

What needs a GPU raises `NoCudaError`, an AssertionError as in PyTorch's build for CPUs. What does
not, such as to seed or to empty a cache, changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from ..._warn import warn
from .._device import NoCudaError
from .._device import device as device_kind
from .._missing import missing_from
from . import amp as amp
from ._types import BoolTensor as BoolTensor
from ._types import ByteTensor as ByteTensor
from ._types import CharTensor as CharTensor
from ._types import DoubleTensor as DoubleTensor
from ._types import FloatTensor as FloatTensor
from ._types import HalfTensor as HalfTensor
from ._types import IntTensor as IntTensor
from ._types import LongTensor as LongTensor
from ._types import ShortTensor as ShortTensor

if TYPE_CHECKING:
    from .._tensor import Tensor

Device = device_kind | str | int | None


class OutOfMemoryError(RuntimeError):
    """The memory of a GPU is exhausted."""


def is_available() -> bool:
    """Tell whether tensors can lie on an NVIDIA GPU."""
    return False


def device_count() -> int:
    """Count the GPUs that tensors can lie on."""
    return 0


def is_initialized() -> bool:
    """Tell whether a GPU is in use."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Tell whether the GPU computes in bfloat16."""
    return False


def get_arch_list() -> list[str]:
    """List the kinds of GPUs that kernels were made for."""
    return []


# ---- what needs a GPU


def init() -> None:
    """Begin to use the GPU.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("init")


def current_device() -> int:
    """Give the number of the chosen GPU.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("current_device")


def set_device(device: Device) -> None:
    """Choose a GPU; a negative number chooses nothing.

    Raises:
        NoCudaError: there is none.
        ValueError: it is another kind of device.
    """
    if _number(device) >= 0:
        _refuse("set_device")


def synchronize(device: Device = None) -> None:
    """Wait for the GPU.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("synchronize")


def get_device_name(device: Device = None) -> str:
    """Give the name of a GPU.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("get_device_name")


def get_device_capability(device: Device = None) -> tuple[int, int]:
    """Give the version of a GPU's abilities.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("get_device_capability")


def get_device_properties(device: Device = None) -> Any:
    """Give the facts of a GPU.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("get_device_properties")


def mem_get_info(device: Device = None) -> tuple[int, int]:
    """Give the free and the whole memory of a GPU, in bytes.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("mem_get_info")


def can_device_access_peer(device: Device, peer_device: Device) -> bool:
    """Tell whether one GPU reads another one's memory.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("can_device_access_peer")


def ipc_collect() -> None:
    """Free memory that was shared with other processes.

    Raises:
        NoCudaError: there is no GPU.
    """
    _refuse("ipc_collect")


def current_stream(device: Device = None) -> NoReturn:
    """Give the stream that work goes to.

    Raises:
        NoCudaError: there is no GPU.
    """
    _refuse("current_stream")


def default_stream(device: Device = None) -> NoReturn:
    """Give the stream that work goes to where none was chosen.

    Raises:
        NoCudaError: there is no GPU.
    """
    _refuse("default_stream")


class Stream:
    """An order of work on a GPU.

    Raises:
        NoCudaError: there is no GPU.
    """

    def __init__(self, device: Device = None, priority: int = 0) -> None:
        _refuse("Stream")


class Event:
    """A point in the work of a GPU.

    Raises:
        NoCudaError: there is no GPU.
    """

    def __init__(
        self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False
    ) -> None:
        _refuse("Event")


# ---- blocks


class device:  # noqa: N801  (PyTorch's name)
    """A block in which a GPU is chosen; a negative number, or None, chooses none.

    Raises:
        NoCudaError: on entering with another number, since there is no GPU.
    """

    def __init__(self, device: Device) -> None:
        self.idx = _number(device)

    def __enter__(self) -> None:
        if self.idx >= 0:
            _refuse("device")

    def __exit__(self, *problem: object) -> None:
        return None


class device_of(device):  # noqa: N801  (PyTorch's name)
    """A block in which the GPU of a tensor is chosen; none, for a tensor on the CPU."""

    def __init__(self, obj: Tensor) -> None:
        super().__init__(obj.get_device())


class StreamContext:
    """A block whose work goes to a stream; None stands for none."""

    def __init__(self, stream: Stream | None) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return None

    def __exit__(self, *problem: object) -> None:
        return None


def stream(stream: Stream | None) -> StreamContext:
    """Give a block whose work goes to a stream; None stands for none."""
    return StreamContext(stream)


# ---- random numbers


def manual_seed(seed: int) -> None:
    """Seed the chosen GPU, if there is one."""
    int(seed)


def manual_seed_all(seed: int) -> None:
    """Seed all GPUs that there are."""
    int(seed)


def seed() -> None:
    """Seed the chosen GPU by chance, if there is one."""


def seed_all() -> None:
    """Seed all GPUs that there are by chance."""


def initial_seed() -> int:
    """Give the seed of the chosen GPU.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("initial_seed")


def get_rng_state(device: Device = "cuda") -> Tensor:
    """Give the state of a GPU's generator.

    Raises:
        NoCudaError: there is none.
    """
    _refuse("get_rng_state")


def get_rng_state_all() -> list[Tensor]:
    """Give the states of all GPUs' generators."""
    return []


def set_rng_state(new_state: Tensor, device: Device = "cuda") -> None:
    """Set the state of a GPU's generator, as soon as there is one: never."""


def set_rng_state_all(new_states: Iterable[Tensor]) -> None:
    """Set the states of all GPUs' generators.

    Raises:
        NoCudaError: there are more states than GPUs.
    """
    for _ in new_states:
        _refuse("set_rng_state_all")


# ---- memory


def empty_cache() -> None:
    """Give the GPU's unused memory back: there is none."""


def memory_allocated(device: Device = None) -> int:
    """Give the bytes of the GPU that tensors take."""
    return 0


def max_memory_allocated(device: Device = None) -> int:
    """Give the most bytes of the GPU that tensors took."""
    return 0


def memory_reserved(device: Device = None) -> int:
    """Give the bytes of the GPU that are kept."""
    return 0


def max_memory_reserved(device: Device = None) -> int:
    """Give the most bytes of the GPU that were kept."""
    return 0


def memory_cached(device: Device = None) -> int:
    """Give the bytes of the GPU that are kept, by an old name."""
    warn("torch.cuda.memory_cached is called memory_reserved now.", FutureWarning)
    return 0


def max_memory_cached(device: Device = None) -> int:
    """Give the most bytes of the GPU that were kept, by an old name."""
    warn("torch.cuda.max_memory_cached is called max_memory_reserved now.", FutureWarning)
    return 0


def memory_stats(device: Device = None) -> OrderedDict[str, Any]:
    """Give numbers about the GPU's memory: none."""
    return OrderedDict()


def reset_peak_memory_stats(device: Device = None) -> None:
    """Begin anew to look for the most memory in use.

    Raises:
        NoCudaError: there is no GPU.
    """
    _refuse("reset_peak_memory_stats")


def _number(given: Device) -> int:
    """Give the number of a GPU; -1 stands for none.

    Raises:
        ValueError: it is another kind of device.
    """
    if given is None:
        return -1
    if isinstance(given, int):
        return given
    place = device_kind(given)
    if place.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {place}")
    return 0 if place.index is None else place.index


def _refuse(function: str) -> NoReturn:
    raise NoCudaError(
        f"Torch not compiled with CUDA enabled: torch.cuda.{function} needs an NVIDIA GPU, and "
        "tensors lie on the CPU here. Ask torch.cuda.is_available() first."
    )


# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
