"""A machine for the opcodes of pickle that builds tensors and plain containers, and nothing else.

Python's own unpickler, given functions that it may call, also lets a pickle change these functions
and call methods of what it has built. Here each opcode does only what `opcodes.py` says.
"""

from __future__ import annotations

import pickle
import pickletools
import struct
from typing import Any

from .checks import refuse
from .opcodes import OPERATIONS


class Machine:
    """Reads pickles that lie one after the other; what objects mean is left to a subclass.

    Args:
        data: the pickles.
        encoding: of Python 2's strings; "bytes" leaves them as they are.
    """

    def __init__(self, data: bytes, encoding: str = "utf-8") -> None:
        self.data = data
        self.encoding = encoding
        self.position = 0

    def load(self) -> Any:
        """Read the next pickle.

        Raises:
            CheckpointPickleError: it is damaged, or asks for more than it may.
        """
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        while True:
            opcode = self.take(1)[0]
            if opcode == pickle.STOP[0]:
                break
            operation = OPERATIONS.get(opcode)
            if operation is None:
                raise refuse(f"{_opcode_name(opcode)} at byte {self.position - 1} is not allowed")
            operation(self)
        if len(self.stack) != 1 or self.marked:
            raise refuse(f"it ends with {len(self.stack)} objects and {len(self.marked)} marks")
        return self.stack.pop()

    def take(self, count: int) -> bytes:
        """Read bytes."""
        end = self.position + count
        if end > len(self.data):
            raise refuse(f"it ends at byte {len(self.data)}, {end - len(self.data)} too early")
        found = self.data[self.position : end]
        self.position = end
        return found

    def line(self) -> str:
        """Read the text before the next line break."""
        end = self.data.find(b"\n", self.position)
        if end < 0:
            raise refuse(f"a line that begins at byte {self.position} does not end")
        return self.text(self.take(end + 1 - self.position)[:-1])

    def number(self, kind: str) -> Any:
        """Read a number of one of struct's kinds."""
        return struct.unpack(f"<{kind}", self.take(struct.calcsize(f"<{kind}")))[0]

    def text(self, data: bytes) -> str:
        """Decode a text."""
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise refuse(f"a text before byte {self.position} is no UTF-8: {error}") from error

    def pop(self) -> Any:
        """Take the last object."""
        if not self.stack:
            raise refuse(f"an object is missing at byte {self.position - 1}")
        return self.stack.pop()

    def top(self) -> Any:
        """Look at the last object."""
        if not self.stack:
            raise refuse(f"an object is missing at byte {self.position - 1}")
        return self.stack[-1]

    def pop_to_mark(self) -> list[Any]:
        """Take all objects since the last mark."""
        if not self.marked:
            raise refuse(f"a mark is missing at byte {self.position - 1}")
        found, self.stack = self.stack, self.marked.pop()
        return found

    def remember(self, index: int) -> None:
        """Note the last object, so that the pickle can name it again."""
        # A pickle has fewer objects than bytes, so a larger number is there to do harm.
        if index > len(self.data):
            raise refuse(f"an object is noted as number {index}")
        self.memo[index] = self.top()

    def recall(self, index: int) -> None:
        """Give a noted object again."""
        if index not in self.memo:
            raise refuse(f"object {index} was never noted")
        self.stack.append(self.memo[index])

    # ---- what a subclass says

    def find(self, module: str, name: str) -> Any:
        """Give what a name means."""
        raise NotImplementedError

    def reduce(self, function: Any, args: Any) -> Any:
        """Call a function."""
        raise NotImplementedError

    def make(self, kind: Any, args: Any, keywords: Any) -> Any:
        """Make an object of a class."""
        raise NotImplementedError

    def set_state(self, target: Any, state: Any) -> None:
        """Give an object its attributes."""
        raise NotImplementedError

    def find_persistent(self, reference: Any) -> Any:
        """Give what lies outside of the pickle."""
        raise NotImplementedError


def _opcode_name(opcode: int) -> str:
    known = {each.code: each for each in pickletools.opcodes}.get(chr(opcode))
    return f"the opcode {known.name}" if known else f"the byte 0x{opcode:02x}, no opcode,"
