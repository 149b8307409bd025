"""The functions that a file calls to make plain objects, with everything they are given checked."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

from .._device import device
from .._size import Size
from .checks import check_key, refuse, shown, whole


def ordered_dict(pairs: Any = ()) -> OrderedDict[Any, Any]:
    """Make an OrderedDict of nothing, or of a list of pairs."""
    if not isinstance(pairs, tuple | list):
        raise refuse(f"an OrderedDict is made of {shown(pairs)}")
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise refuse(f"an OrderedDict has the item {shown(pair)}")
        check_key(pair[0])
    return OrderedDict(pairs)


def counter(counts: Any = None) -> Counter[Any]:
    """Make a Counter of a dict."""
    if counts is not None and type(counts) is not dict:
        raise refuse(f"a Counter is made of {shown(counts)}")
    return Counter(counts or {})


def plain_set(members: Any = ()) -> set[Any]:
    """Make a set of a list."""
    return set(_members(members))


def frozen_set(members: Any = ()) -> frozenset[Any]:
    """Make a frozenset of a list."""
    return frozenset(_members(members))


def _members(members: Any) -> Any:
    if not isinstance(members, tuple | list):
        raise refuse(f"a set is made of {shown(members)}")
    for each in members:
        check_key(each)
    return members


def size(sizes: Any) -> Size:
    """Make a torch.Size of sizes."""
    return Size(whole(sizes, "size"))


def place(kind: Any, index: Any = None) -> device:
    """Make a torch.device of its name, and maybe a number."""
    if type(kind) is not str or not (index is None or (type(index) is int and index >= 0)):
        raise refuse(f"a device is made of {shown((kind, index))}")
    try:
        return device(kind, index)
    except RuntimeError as error:
        raise refuse(f"there is no device {shown(kind)}") from error


def encoded(text: Any, encoding: Any) -> bytes:
    """Make bytes of a text of the same characters, as pickle writes them down to protocol 2."""
    if type(text) is not str or type(encoding) is not str or encoding != "latin1":
        raise refuse(f"bytes are made of {shown(text)} by the encoding {shown(encoding)}")
    return text.encode("latin1")


def plain_bytes() -> bytes:
    """Make no bytes, as pickle writes them down to protocol 2."""
    return b""


def byte_array(data: Any = b"", encoding: Any = None) -> bytearray:
    """Make a bytearray of bytes; of a number it would be a way to fill the memory."""
    return bytearray(data if type(data) is bytes and encoding is None else encoded(data, encoding))


def complex_number(real: Any, imaginary: Any) -> complex:
    """Make a complex number of two floats."""
    if type(real) is not float or type(imaginary) is not float:
        raise refuse(f"a complex number is made of {shown((real, imaginary))}")
    return complex(real, imaginary)
