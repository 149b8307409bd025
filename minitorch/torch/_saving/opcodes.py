"""What each opcode of pickle does to the machine that reads it."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .checks import check_key, refuse, shown

if TYPE_CHECKING:
    from .machine import Machine

_MOST_OPEN_MARKS = 1000
_MOST_DIGITS = 4000

Operation = Callable[["Machine"], None]
OPERATIONS: dict[int, Operation] = {}


def _on(*opcodes: bytes) -> Callable[[Operation], Operation]:
    def register(operation: Operation) -> Operation:
        OPERATIONS.update(dict.fromkeys([opcode[0] for opcode in opcodes], operation))
        return operation

    return register


# ---- constants and numbers

_PLAIN: dict[bytes, Any] = {pickle.NONE: None, pickle.NEWTRUE: True, pickle.NEWFALSE: False}
_NUMBERS = {
    pickle.BININT: "i",
    pickle.BININT1: "B",
    pickle.BININT2: "H",
}


def _register_simple() -> None:
    for opcode, value in _PLAIN.items():
        _on(opcode)(lambda m, value=value: m.stack.append(value))  # type: ignore[misc]
    for opcode, kind in _NUMBERS.items():
        _on(opcode)(lambda m, kind=kind: m.stack.append(m.number(kind)))  # type: ignore[misc]


_register_simple()


@_on(pickle.PROTO)
def _protocol(m: Machine) -> None:
    version = m.take(1)[0]
    if version > pickle.HIGHEST_PROTOCOL:
        raise refuse(f"its protocol is {version}, the newest known is {pickle.HIGHEST_PROTOCOL}")


@_on(pickle.FRAME)
def _frame(m: Machine) -> None:
    size = m.number("Q")
    if size > len(m.data) - m.position:
        raise refuse(f"a frame of {size} bytes goes beyond its end")


@_on(pickle.BINFLOAT)
def _float(m: Machine) -> None:
    m.stack.append(struct.unpack(">d", m.take(8))[0])


@_on(pickle.INT, pickle.LONG)
def _decimal(m: Machine) -> None:
    digits = m.line().removesuffix("L")
    if digits in ("00", "01"):
        m.stack.append(digits == "01")
        return
    if not digits.removeprefix("-").isdecimal() or len(digits) > _MOST_DIGITS:
        raise refuse(f"{digits[:20]!r} is no integer")
    m.stack.append(int(digits))


@_on(pickle.LONG1)
def _long(m: Machine) -> None:
    m.stack.append(int.from_bytes(m.take(m.number("B")), "little", signed=True))


@_on(pickle.LONG4)
def _very_long(m: Machine) -> None:
    m.stack.append(int.from_bytes(m.take(m.number("I")), "little", signed=True))


# ---- texts and bytes


@_on(pickle.BINUNICODE)
def _text(m: Machine) -> None:
    m.stack.append(m.text(m.take(m.number("I"))))


@_on(pickle.SHORT_BINUNICODE)
def _short_text(m: Machine) -> None:
    m.stack.append(m.text(m.take(m.number("B"))))


@_on(pickle.BINUNICODE8)
def _long_text(m: Machine) -> None:
    m.stack.append(m.text(m.take(m.number("Q"))))


@_on(pickle.BINBYTES)
def _bytes(m: Machine) -> None:
    m.stack.append(m.take(m.number("I")))


@_on(pickle.SHORT_BINBYTES)
def _short_bytes(m: Machine) -> None:
    m.stack.append(m.take(m.number("B")))


@_on(pickle.BINBYTES8)
def _long_bytes(m: Machine) -> None:
    m.stack.append(m.take(m.number("Q")))


@_on(pickle.BYTEARRAY8)
def _bytearray(m: Machine) -> None:
    m.stack.append(bytearray(m.take(m.number("Q"))))


@_on(pickle.BINSTRING)
def _old_string(m: Machine) -> None:
    m.stack.append(_decoded(m, m.take(m.number("I"))))


@_on(pickle.SHORT_BINSTRING)
def _short_old_string(m: Machine) -> None:
    m.stack.append(_decoded(m, m.take(m.number("B"))))


def _decoded(m: Machine, data: bytes) -> str | bytes:
    if m.encoding == "bytes":
        return data
    try:
        return data.decode(m.encoding)
    except UnicodeDecodeError as error:
        raise refuse(f"a string of Python 2 is not in {m.encoding}; see encoding=") from error


# ---- containers


@_on(pickle.MARK)
def _mark(m: Machine) -> None:
    if len(m.marked) >= _MOST_OPEN_MARKS:
        raise refuse(f"it is nested more than {_MOST_OPEN_MARKS} deep")
    m.marked.append(m.stack)
    m.stack = []


@_on(pickle.POP)
def _pop(m: Machine) -> None:
    m.pop()


@_on(pickle.POP_MARK)
def _pop_mark(m: Machine) -> None:
    m.pop_to_mark()


@_on(pickle.DUP)
def _duplicate(m: Machine) -> None:
    m.stack.append(m.top())


@_on(pickle.EMPTY_DICT)
def _empty_dict(m: Machine) -> None:
    m.stack.append({})


@_on(pickle.EMPTY_LIST)
def _empty_list(m: Machine) -> None:
    m.stack.append([])


@_on(pickle.EMPTY_SET)
def _empty_set(m: Machine) -> None:
    m.stack.append(set())


@_on(pickle.EMPTY_TUPLE)
def _empty_tuple(m: Machine) -> None:
    m.stack.append(())


@_on(pickle.TUPLE)
def _tuple(m: Machine) -> None:
    items = m.pop_to_mark()
    m.stack.append(tuple(items))


@_on(pickle.TUPLE1)
def _tuple_of_one(m: Machine) -> None:
    m.stack.append((m.pop(),))


@_on(pickle.TUPLE2)
def _tuple_of_two(m: Machine) -> None:
    second, first = m.pop(), m.pop()
    m.stack.append((first, second))


@_on(pickle.TUPLE3)
def _tuple_of_three(m: Machine) -> None:
    third, second, first = m.pop(), m.pop(), m.pop()
    m.stack.append((first, second, third))


@_on(pickle.LIST)
def _list(m: Machine) -> None:
    items = m.pop_to_mark()
    m.stack.append(items)


@_on(pickle.DICT)
def _dict(m: Machine) -> None:
    items = m.pop_to_mark()
    m.stack.append({})
    _put_all(m, items)


@_on(pickle.FROZENSET)
def _frozenset(m: Machine) -> None:
    items = m.pop_to_mark()
    for item in items:
        check_key(item)
    m.stack.append(frozenset(items))


@_on(pickle.APPEND)
def _append(m: Machine) -> None:
    item = m.pop()
    _extend(m, [item])


@_on(pickle.APPENDS)
def _appends(m: Machine) -> None:
    _extend(m, m.pop_to_mark())


def _extend(m: Machine, items: list[Any]) -> None:
    target = m.top()
    if type(target) is not list:
        raise refuse(f"items are appended to {shown(target)}")
    target.extend(items)


@_on(pickle.SETITEM)
def _set_item(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    _put_all(m, [key, value])


@_on(pickle.SETITEMS)
def _set_items(m: Machine) -> None:
    _put_all(m, m.pop_to_mark())


def _put_all(m: Machine, items: list[Any]) -> None:
    target = m.top()
    if not isinstance(target, dict) or len(items) % 2:
        raise refuse(f"{len(items)} keys and values are put into {shown(target)}")
    for i in range(0, len(items), 2):
        key = items[i]
        if type(key) is not str:
            check_key(key)
        target[key] = items[i + 1]


@_on(pickle.ADDITEMS)
def _add_items(m: Machine) -> None:
    items, target = m.pop_to_mark(), m.top()
    if type(target) is not set:
        raise refuse(f"members are added to {shown(target)}")
    for item in items:
        check_key(item)
        target.add(item)


# ---- what was seen before


@_on(pickle.BINPUT)
def _put(m: Machine) -> None:
    m.remember(m.take(1)[0])


@_on(pickle.LONG_BINPUT)
def _long_put(m: Machine) -> None:
    m.remember(m.number("I"))


@_on(pickle.MEMOIZE)
def _memoize(m: Machine) -> None:
    m.remember(len(m.memo))


@_on(pickle.BINGET)
def _get(m: Machine) -> None:
    m.recall(m.take(1)[0])


@_on(pickle.LONG_BINGET)
def _long_get(m: Machine) -> None:
    m.recall(m.number("I"))


# ---- what a file may name, call and refer to


@_on(pickle.GLOBAL)
def _global(m: Machine) -> None:
    module = m.line()
    m.stack.append(m.find(module, m.line()))


@_on(pickle.STACK_GLOBAL)
def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    if type(name) is not str or type(module) is not str:
        raise refuse(f"{shown(module)} and {shown(name)} shall be a name")
    m.stack.append(m.find(module, name))


@_on(pickle.REDUCE)
def _reduce(m: Machine) -> None:
    args, function = m.pop(), m.pop()
    m.stack.append(m.reduce(function, args))


@_on(pickle.NEWOBJ)
def _new_object(m: Machine) -> None:
    args, kind = m.pop(), m.pop()
    m.stack.append(m.make(kind, args, {}))


@_on(pickle.NEWOBJ_EX)
def _new_object_with_keywords(m: Machine) -> None:
    keywords, args, kind = m.pop(), m.pop(), m.pop()
    m.stack.append(m.make(kind, args, keywords))


@_on(pickle.BUILD)
def _build(m: Machine) -> None:
    state, target = m.pop(), m.top()
    m.set_state(target, state)


@_on(pickle.BINPERSID)
def _persistent(m: Machine) -> None:
    m.stack.append(m.find_persistent(m.pop()))
