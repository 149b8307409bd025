"""Pickles that want to run code, to fill the memory, or to read what is not theirs.

Each would leave a file behind, SENTINEL, if it were executed. They are written opcode by opcode.
"""

from __future__ import annotations

import struct

SENTINEL = "executed"

NONE, TRUE, STOP, REDUCE, BUILD, NEWOBJ, PERSISTENT = b"N", b"\x88", b".", b"R", b"b", b"\x81", b"Q"
MARK, TUPLE, LIST, DICT = b"(", b")", b"]", b"}"


def name(module: str, attribute: str) -> bytes:
    """Write a name."""
    return f"c{module}\n{attribute}\n".encode()


def text(value: str) -> bytes:
    """Write a text."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    """Write an integer."""
    data = value.to_bytes(max(1, value.bit_length() // 8 + 1), "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def tuple_of(*parts: bytes) -> bytes:
    """Write a tuple."""
    return MARK + b"".join(parts) + b"t"


def numbers(*values: int) -> bytes:
    """Write a tuple of integers."""
    return tuple_of(*map(number, values))


def call(function: bytes, *arguments: bytes) -> bytes:
    """Write a call."""
    return function + tuple_of(*arguments) + REDUCE


V2 = name("torch._utils", "_rebuild_tensor_v2")
FLOATS = name("torch", "FloatStorage")
ORDERED = name("collections", "OrderedDict")
EMPTY_ORDERED = ORDERED + TUPLE + REDUCE


def reference(*parts: bytes) -> bytes:
    """Write a reference to what lies outside of the pickle."""
    return tuple_of(*parts) + PERSISTENT


# The record data/0 of every file holds four floats.
STORAGE = reference(text("storage"), FLOATS, text("0"), text("cpu"), number(4))


def tensor(
    storage: bytes = STORAGE,
    offset: bytes | None = None,
    size: bytes | None = None,
    stride: bytes | None = None,
    requires_grad: bytes = b"\x89",
) -> bytes:
    """Write the call that makes a tensor, of [4] unless told otherwise."""
    parts = offset or number(0), size or numbers(4), stride or numbers(1)
    return call(V2, storage, *parts, requires_grad, EMPTY_ORDERED)


HARMLESS = tensor()

COMMAND = text(f"touch {SENTINEL}")
CODE = text(f"open({SENTINEL!r}, 'w')")

# Names that a file may not use, with arguments that would leave the sentinel.
_NAMES = {
    ("os", "system"): COMMAND,
    ("posix", "system"): COMMAND,
    ("nt", "system"): COMMAND,
    ("os", "popen"): COMMAND,
    ("subprocess", "getoutput"): COMMAND,
    ("subprocess", "Popen"): text("true"),
    ("builtins", "eval"): CODE,
    ("__builtin__", "eval"): CODE,
    ("builtins", "exec"): CODE,
    ("builtins", "open"): text(SENTINEL) + text("w"),
    ("builtins", "getattr"): ORDERED + text("fromkeys"),
    ("builtins", "__import__"): text("os"),
    ("builtins", "compile"): CODE + text("f") + text("eval"),
    ("builtins", "type"): HARMLESS,
    ("builtins", "object"): b"",
    ("builtins", "dict"): b"",
    ("importlib", "import_module"): text("os"),
    ("runpy", "run_path"): text(SENTINEL),
    ("pty", "spawn"): COMMAND,
    ("shutil", "rmtree"): text("nothing"),
    ("pathlib", "Path"): text(SENTINEL),
    ("operator", "attrgetter"): text("system"),
    ("operator", "methodcaller"): text("touch"),
    ("functools", "partial"): ORDERED,
    ("types", "FunctionType"): b"",
    ("marshal", "loads"): text("x"),
    ("pickle", "loads"): text("x"),
    ("copyreg", "_reconstructor"): ORDERED + ORDERED + NONE,
    ("copyreg", "__newobj__"): ORDERED,
    ("ctypes", "CDLL"): text("libc.so.6"),
    ("timeit", "timeit"): CODE,
    ("cProfile", "run"): CODE,
    ("numpy", "load"): text("x.npy"),
    ("numpy", "fromfile"): text("/etc/passwd"),
    ("torch", "load"): text("x"),
    ("torch.serialization", "load"): text("x"),
    ("torch.hub", "load"): text("x"),
    ("torch.jit", "load"): text("x"),
    ("torch.nn.modules.linear", "Linear"): number(10**9) + number(10**9),
    ("torch", "zeros"): number(10**15),
    ("torch", "serialization.os.system"): COMMAND,
    ("torch._utils", "_rebuild_tensor_v2.__globals__"): b"",
    ("torch._utils", "importlib"): b"",
    ("collections", "OrderedDict.fromkeys"): text("ab"),
    ("collections", "namedtuple"): text("A") + text("b"),
    ("minitorch.torch.serialization", "load"): text("x"),
    ("minitorch._runtime", "os.system"): COMMAND,
    ("minitorch._runtime", "require"): text("this"),
    ("__main__", "run"): b"",
    ("sys", "setrecursionlimit"): number(1),
}

# Refused by the name that each asks for.
BY_NAME = {
    f"{module.replace('__builtin__', 'builtins')}.{attribute}": name(module, attribute)
    + tuple_of(arguments)
    + REDUCE
    for (module, attribute), arguments in _NAMES.items()
}
BY_NAME["os.system "] = text("os") + text("system") + b"\x93" + tuple_of(COMMAND) + REDUCE

_DOUBLING = number(1) + b"2\x86" * 60
_NESTED = number(1) + b"\x85" * 200_000


def _calls(module: str, function: str, *arguments: bytes) -> bytes:
    return call(name(module, function), *arguments)


BY_SENSE = {
    # What the machine does not do at all.
    "INST": MARK + COMMAND + b"ios\nsystem\n",
    "OBJ": MARK + ORDERED + b"o",
    "EXT1": b"\x82\x01",
    "NEXT_BUFFER": b"\x97",
    "PERSID": b"Pstorage\n",
    "no opcode": b"\xff",
    "protocol": b"\x80\x63" + NONE,
    # Calls and objects.
    "call of a text": call(text("os.system"), COMMAND),
    "call of a dtype": call(name("torch", "float32"), COMMAND),
    "call of a tensor": call(HARMLESS, COMMAND),
    "call of a class of storages": call(FLOATS, number(10**12)),
    "call of the class of tensors": call(name("torch", "Tensor"), number(10**12)),
    "call without a tuple": V2 + LIST + REDUCE,
    "call with too few arguments": V2 + TUPLE + REDUCE,
    "object of a class": ORDERED + TUPLE + NEWOBJ,
    "object of the class of tensors": name("torch", "Tensor") + tuple_of(number(10**12)) + NEWOBJ,
    "object with keywords": ORDERED + TUPLE + DICT + b"\x92",
    "state of a tensor": HARMLESS + DICT + text("_array") + NONE + b"s" + BUILD,
    "state of a function": V2 + tuple_of(NONE, DICT + text("__defaults__") + TUPLE + b"s") + BUILD,
    "state of a class": name("torch", "Size") + DICT + text("numel") + NONE + b"s" + BUILD,
    "state of a list": LIST + DICT + BUILD,
    "state that is no dict": EMPTY_ORDERED + LIST + BUILD,
    "state with numbers for names": EMPTY_ORDERED + DICT + number(1) + NONE + b"s" + BUILD,
    "function as the result": V2,
    "function in the result": LIST + V2 + b"a",
    "storage as the result": STORAGE,
    # References.
    "reference that is a text": text("storage") + PERSISTENT,
    "reference of another kind": reference(
        text("module"), FLOATS, text("0"), text("cpu"), number(4)
    ),
    "reference that is too short": reference(text("storage"), FLOATS, text("0")),
    "reference to no class": reference(
        text("storage"), text("FloatStorage"), text("0"), text("cpu"), number(4)
    ),
    "reference with a number for a key": reference(
        text("storage"), FLOATS, number(0), text("cpu"), number(4)
    ),
    "reference of negative size": reference(
        text("storage"), FLOATS, text("0"), text("cpu"), number(-4)
    ),
    "reference with a tensor at its end": reference(
        text("storage"), FLOATS, text("0"), text("cpu"), number(4), HARMLESS
    ),
    "reference of two sizes": STORAGE
    + b"0"
    + reference(text("storage"), FLOATS, text("0"), text("cpu"), number(2)),
    "reference of two dtypes": STORAGE
    + b"0"
    + reference(text("storage"), name("torch", "IntStorage"), text("0"), text("cpu"), number(4)),
    # Tensors.
    "tensor of a number": tensor(number(5)),
    "tensor of a tensor": tensor(HARMLESS),
    "tensor of bytes": tensor(
        reference(
            text("storage"),
            name("torch", "UntypedStorage"),
            text("0"),
            text("cpu"),
            number(16),
        )
    ),
    "offset beyond the storage": tensor(offset=number(1)),
    "offset far beyond": tensor(offset=number(2**62)),
    "offset that overflows": tensor(offset=number(2**64)),
    "offset of many digits": tensor(offset=b"\x8b" + struct.pack("<I", 9000) + b"\x01" * 9000),
    "offset below 0": tensor(offset=number(-1)),
    "size beyond the storage": tensor(size=numbers(5)),
    "size without end": tensor(size=numbers(2**62), stride=numbers(0)),
    "sizes that overflow": tensor(size=numbers(2**32, 2**32), stride=numbers(0, 0)),
    "size below 0": tensor(size=numbers(-1)),
    "sizes below 0 that make a number above": tensor(size=numbers(-2, -2), stride=numbers(1, 1)),
    "empty tensor without end": tensor(size=numbers(0, 2**62, 2**62), stride=numbers(1, 1, 1)),
    "size that is a text": tensor(size=text("4")),
    "size of texts": tensor(size=tuple_of(text("4"))),
    "size of booleans": tensor(size=tuple_of(TRUE)),
    "stride beyond the storage": tensor(stride=numbers(2)),
    "stride below 0": tensor(offset=number(3), stride=numbers(-1)),
    "stride that overflows": tensor(size=numbers(3), stride=numbers(2**62)),
    "more strides than sizes": tensor(stride=numbers(1, 1)),
    "a hundred dimensions": tensor(size=numbers(*[1] * 100), stride=numbers(*[1] * 100)),
    "gradient of maybe": tensor(requires_grad=text("yes")),
    "parameter of a number": _calls("torch._utils", "_rebuild_parameter", number(1), TRUE, NONE),
    "parameter of a parameter's arguments": _calls(
        "torch._utils", "_rebuild_parameter", HARMLESS, text("yes"), NONE
    ),
    "attribute that hides a method": _calls(
        "torch._tensor",
        "_rebuild_from_type_v2",
        V2,
        name("torch", "Tensor"),
        tuple_of(STORAGE, number(0), numbers(4), numbers(1), b"\x89", EMPTY_ORDERED),
        DICT + text("backward") + NONE + b"s",
    ),
    "tensor made by another function": _calls(
        "torch._tensor", "_rebuild_from_type_v2", ORDERED, name("torch", "Tensor"), TUPLE, DICT
    ),
    "tensor of another class": _calls(
        "torch._tensor",
        "_rebuild_from_type_v2",
        V2,
        ORDERED,
        tuple_of(STORAGE, number(0), numbers(4), numbers(1), b"\x89", EMPTY_ORDERED),
        DICT,
    ),
    # Plain objects that are not plain.
    "encoding that unpacks": _calls("_codecs", "encode", text("x"), text("zip")),
    "encoding that is a tensor": _calls("_codecs", "encode", text("x"), HARMLESS),
    "function that is a tensor": _calls(
        "torch._tensor", "_rebuild_from_type_v2", HARMLESS, name("torch", "Tensor"), TUPLE, DICT
    ),
    "bytearray of a number": _calls("builtins", "bytearray", number(10**13)),
    "bytes of a number": _calls("builtins", "bytes", number(10**13)),
    "set of a text": _calls("builtins", "set", text("abc")),
    "complex of texts": _calls("builtins", "complex", text("1"), text("2")),
    "Counter of a list": _calls("collections", "Counter", LIST),
    "OrderedDict of a number": _calls("collections", "OrderedDict", number(5)),
    "Size of negative numbers": _calls("torch", "Size", numbers(-1)),
    "device that is none": _calls("torch", "device", text("disk")),
    "device with a negative number": _calls("torch", "device", text("cpu"), number(-1)),
    # Numbers, texts and nests without end.
    "text longer than the file": b"\x8d" + struct.pack("<Q", 2**62),
    "bytearray longer than the file": b"\x96" + struct.pack("<Q", 2**50),
    "integer longer than the file": b"\x8b" + struct.pack("<I", 2**31),
    "frame longer than the file": b"\x95" + struct.pack("<Q", 2**62),
    "integer of many digits": b"L" + b"9" * 100_000 + b"L\n",
    "object of a huge number": NONE + b"r" + struct.pack("<I", 2**32 - 1),
    "object that was never noted": b"h\x05",
    "marks without end": MARK * 100_000,
    "key that doubles": DICT + _DOUBLING + NONE + b"s",
    "member that doubles": b"\x8f" + MARK + _DOUBLING + b"\x90",
    "frozen member that doubles": MARK + _DOUBLING + b"\x91",
    "set of what doubles": _calls("builtins", "set", LIST + _DOUBLING + b"a"),
    "key of an OrderedDict that doubles": _calls(
        "collections", "OrderedDict", LIST + tuple_of(_DOUBLING, NONE) + b"a"
    ),
    "key nested deep": DICT + _NESTED + NONE + b"s",
    "key that is a list": DICT + LIST + NONE + b"s",
    # Objects in the wrong places.
    "item of a tuple": TUPLE + NONE + b"a",
    "item of a dict": DICT + NONE + b"a",
    "key of a list": LIST + NONE + NONE + b"s",
    "member of a list": LIST + MARK + NONE + b"\x90",
    "key without a value": DICT + MARK + NONE + b"u",
    "tuple without a mark": b"t",
    "nothing": b"",
    "two objects": NONE + NONE,
    "mark left open": NONE + MARK + NONE,
    "name that is no text": number(1) + number(2) + b"\x93",
    "name without an end": b"cos",
    "text that is no UTF-8": b"X\x01\x00\x00\x00\xff",
}
