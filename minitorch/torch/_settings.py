"""Threads, determinism and precision, as `torch.set_num_threads` and its kin."""

from __future__ import annotations

from .. import _threads
from .._warn import warn
from ..errors import DTypeError

_MATMUL_PRECISIONS = ("highest", "high", "medium")
_DEBUG_MODES = ("default", "warn", "error")


class _Settings:
    """What was set.

    Attributes:
        interop_threads: how many operations may run at once; here one after another does.
        debug_mode: the place in `_DEBUG_MODES`.
        matmul_precision: one of `_MATMUL_PRECISIONS`; float32 is always computed in full.
        warns_always: warnings that come once would come always.
    """

    interop_threads = 1
    debug_mode = 0
    matmul_precision = "highest"
    warns_always = False


def get_num_threads() -> int:
    """Give the number of threads that large kernels are divided among."""
    return _threads.get_num_threads()


def set_num_threads(num: int, /) -> None:
    """Choose the number of threads that large kernels are divided among.

    Raises:
        RuntimeError: it is no whole number, or not positive.
    """
    _threads.set_num_threads(_count("set_num_threads", num))


def get_num_interop_threads() -> int:
    """Give the number of threads for operations side by side: one, unless another was set."""
    return _Settings.interop_threads


def set_num_interop_threads(num: int, /) -> None:
    """Choose the number of threads for operations side by side; they run one by one all the same.

    Raises:
        RuntimeError: it is no whole number, or not positive.
    """
    _Settings.interop_threads = _count("set_num_interop_threads", num)


def _count(function: str, number: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise DTypeError(f"{function} expects an int, but got {type(number).__name__}")
    if number < 1:
        raise RuntimeError(f"{function} expects a positive integer, got {number}")
    return number


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same numbers in each run: kernels give them anyway, for one number of threads.

    Raises:
        TypeError: mode is no bool.
    """
    if not isinstance(mode, bool):
        raise TypeError(
            "use_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not "
            f"{type(mode).__name__}"
        )
    _Settings.debug_mode = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Tell whether the same numbers in each run were asked for."""
    return _Settings.debug_mode > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Tell whether functions that cannot give the same numbers in each run would only warn."""
    return _Settings.debug_mode == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Choose what a function does that cannot give the same numbers in each run: there is none.

    Args:
        debug_mode: "default", "warn" or "error", or 0, 1, 2 for them.

    Raises:
        TypeError: it is neither text nor a number.
        RuntimeError: it is another one.
    """
    if not isinstance(debug_mode, int | str):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode).__name__}")
    known = _DEBUG_MODES if isinstance(debug_mode, str) else (0, 1, 2)
    if debug_mode not in known:
        raise RuntimeError(
            f"invalid value of debug_mode, expected one of {', '.join(map(str, known))}, but got "
            f"{debug_mode}"
        )
    _Settings.debug_mode = known.index(debug_mode)


def get_deterministic_debug_mode() -> int:
    """Give the mode that `set_deterministic_debug_mode` set, as a number."""
    return _Settings.debug_mode


def set_float32_matmul_precision(precision: str) -> None:
    """Allow less precise products of float32: they are computed in full all the same.

    Args:
        precision: "highest", "high" or "medium"; another word changes nothing, with a warning.
    """
    if precision not in _MATMUL_PRECISIONS:
        warn(
            f"set_float32_matmul_precision: {precision!r} is not one of 'highest', 'high' or "
            "'medium': it has no effect.",
            UserWarning,
        )
        return
    _Settings.matmul_precision = precision


def get_float32_matmul_precision() -> str:
    """Give the word that `set_float32_matmul_precision` set."""
    return _Settings.matmul_precision


def set_flush_denormal(mode: bool) -> bool:
    """Ask that tiny numbers count as 0, and tell whether that can be done: it cannot."""
    return False


def set_warn_always(b: bool, /) -> None:
    """Ask that warnings that come once in a process come always."""
    _Settings.warns_always = b


def is_warn_always_enabled() -> bool:
    """Tell what `set_warn_always` set."""
    return _Settings.warns_always
