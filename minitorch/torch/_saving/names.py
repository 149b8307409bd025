"""The one table between the names in a file and the objects here."""

from __future__ import annotations

import importlib
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ...errors import CheckpointPickleError
from .. import _device, _dtype, _size
from .._wrap import Late
from . import plain, rebuild
from .rebuild import StorageType

Global = tuple[str, str]

STORAGE_TYPES = {
    each: StorageType(f"{name}Storage", each)
    for each, name in {
        _dtype.boolean: "Bool",
        _dtype.uint8: "Byte",
        _dtype.int8: "Char",
        _dtype.int16: "Short",
        _dtype.int32: "Int",
        _dtype.int64: "Long",
        _dtype.float16: "Half",
        _dtype.float32: "Float",
        _dtype.float64: "Double",
    }.items()
}
_UNTYPED = StorageType("UntypedStorage", None)

# Functions that a file calls; the writer uses the same names.
_FUNCTIONS: dict[Global, Callable[..., Any]] = {
    ("torch._utils", "_rebuild_tensor"): rebuild.rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): rebuild.rebuild_tensor_v2,
    ("torch._utils", "_rebuild_tensor_v3"): rebuild.rebuild_tensor_v3,
    ("torch._utils", "_rebuild_parameter"): rebuild.rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): rebuild.rebuild_parameter_with_state,
    ("torch._tensor", "_rebuild_from_type_v2"): rebuild.rebuild_from_type,
}

# Values that are no functions.
_VALUES: dict[Global, Any] = {
    **{("torch", each.name): each for each in _dtype.DTYPES},
    **{("torch", each.name): each for each in STORAGE_TYPES.values()},
    ("torch", "UntypedStorage"): _UNTYPED,
    ("torch.storage", "UntypedStorage"): _UNTYPED,
}

# Classes, with what stands in for their constructors where a file may only bring plain objects.
_CLASSES: dict[Global, tuple[Any, Callable[..., Any]]] = {
    ("torch", "Size"): (_size.Size, plain.size),
    ("torch", "device"): (_device.device, plain.place),
    ("collections", "OrderedDict"): (OrderedDict, plain.ordered_dict),
    ("collections", "Counter"): (Counter, plain.counter),
    ("_codecs", "encode"): (None, plain.encoded),
    ("builtins", "set"): (set, plain.plain_set),
    ("builtins", "frozenset"): (frozenset, plain.frozen_set),
    ("builtins", "bytes"): (bytes, plain.plain_bytes),
    ("builtins", "bytearray"): (bytearray, plain.byte_array),
    ("builtins", "complex"): (complex, plain.complex_number),
}

# What a file of PyTorch's may hold and minitorch does not have.
_ABSENT = {
    **dict.fromkeys(("BFloat16Storage", "bfloat16"), "bfloat16"),
    **dict.fromkeys(
        ("ComplexFloatStorage", "ComplexDoubleStorage", "complex32", "complex64", "complex128"),
        "complex",
    ),
    **dict.fromkeys(
        ("QInt8Storage", "QUInt8Storage", "QInt32Storage", "QUInt4x2Storage", "QUInt2x4Storage"),
        "quantized",
    ),
    **dict.fromkeys(("uint16", "uint32", "uint64"), "16 to 64-bit unsigned integer"),
}

_WRITTEN: dict[int, Global] = {
    **{id(value): name for name, value in _VALUES.items()},
    **{id(function): name for name, function in _FUNCTIONS.items()},
    id(_size.Size): ("torch", "Size"),
    id(_device.device): ("torch", "device"),
    id(_UNTYPED): ("torch.storage", "UntypedStorage"),
}

_OWN = __name__.partition("._saving")[0]
_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def modern(module: str) -> str:
    """Give Python 3's name of a module."""
    return _PYTHON_2.get(module, module)


def safe(module: str, name: str) -> Any:
    """Give what a name means in a file that is not trusted; KeyError where it may not be there.

    Raises:
        CheckpointPickleError: it is a dtype of PyTorch's that minitorch does not have.
    """
    key = (module, name)
    if key in _CLASSES:
        return _CLASSES[key][1]
    if key in _FUNCTIONS:
        return _FUNCTIONS[key]
    if key in _VALUES:
        return _VALUES[key]
    if key == ("torch", "Tensor"):
        return Late.Tensor
    if key in (("torch.nn.parameter", "Parameter"), ("torch.nn", "Parameter")):
        return rebuild.parameter_class()
    if module == "torch" and name in _ABSENT:
        raise CheckpointPickleError(
            f"The file holds {_ABSENT[name]} tensors (torch.{name}), which minitorch does not "
            "have. Convert them in PyTorch, for example with .float(), and save again."
        )
    raise KeyError(key)


_CALLABLE = frozenset([*_FUNCTIONS.values(), *(each[1] for each in _CLASSES.values())])


def is_safe_function(value: Any) -> bool:
    """Tell whether a value is one of the table's functions, so that a file may call it."""
    return type(value) is FunctionType and value in _CALLABLE


def trusted(module: str, name: str) -> Any:
    """Give what a name of PyTorch's means in a file whose pickle may run code.

    Raises:
        CheckpointPickleError: minitorch has no such thing.
    """
    key = (module, name)
    if key in _CLASSES:
        return _CLASSES[key][0]
    try:
        return safe(module, name)
    except KeyError:
        pass
    # Our files are divided in another way than PyTorch's, but a package shows what its parts have.
    place = f"{_OWN}{module.removeprefix('torch')}"
    while place.startswith(_OWN):
        found = _found(place, name)
        if found is not None:
            return found
        place = place.rpartition(".")[0]
    raise CheckpointPickleError(
        f"The file names {module}.{name}, which minitorch does not have. A file with the "
        "state_dict() of a model, in place of the model, needs no classes."
    )


def _found(place: str, name: str) -> Any:
    try:
        found: Any = importlib.import_module(place)
    except ImportError:
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def written(value: Any) -> Global | None:
    """Give PyTorch's name of an object; None where the file shall have Python's."""
    known = _WRITTEN.get(id(value))
    if known is not None:
        return known
    home = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if not isinstance(home, str) or name is None or not f"{home}.".startswith(f"{_OWN}."):
        return None
    # The shortest way to it, which is the public one and the same in PyTorch.
    parts = home.removeprefix(_OWN).split(".")
    for count in range(1, len(parts) + 1):
        place = ".".join(parts[:count])
        if getattr(sys.modules.get(_OWN + place), name, None) is value:
            return f"torch{place}", name
    return None
