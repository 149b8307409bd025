"""What tools/generate.py writes for the framework: the elementwise functions and methods."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from minitorch.kernels.cpu import functions
from minitorch.kernels.op_table import ALL, Op, mentions

# PyTorch's names where they do not follow from the function's.
NODES = {
    "true_divide": "DivBackward0",
    "pow": "PowBackward1",
    "square": "PowBackward0",
    "cube": "PowBackward0",
    "add_scaled": "AddBackward0",
    "lerp_by": "LerpBackward0",
    "clamp_between": "ClampBackward1",
    "log1p": "Log1PBackward0",
    "clamp": "ClampBackward0",
    "clamp_min": "ClampMinBackward1",
    "clamp_max": "ClampMaxBackward1",
    "remainder": "RemainderBackward1",
    "fmod": "FmodBackward1",
    "lerp": "LerpBackward1",
    "prelu": "PreluKernelBackward0",
    "gelu_tanh": "GeluBackward0",
    "relu6": "HardtanhBackward0",
    "selu": "EluBackward0",
    "logsigmoid": "LogSigmoidBackward0",
    "tanhshrink": "SubBackward0",
    "softsign": "DivBackward0",
}
# And its names where the last operand is a number.
NODES_WITH_NUMBER = {
    "pow": "PowBackward0",
    "clamp": "ClampBackward1",
    "clamp_min": "ClampMinBackward0",
    "clamp_max": "ClampMaxBackward0",
    "remainder": "RemainderBackward0",
    "fmod": "FmodBackward0",
    "lerp": "LerpBackward0",
    "copysign": "CopysignBackward1",
    "xlogy": "XlogyBackward2",
}
# And where the first is one.
NODES_FROM_NUMBER = {
    "sub": "RsubBackward1",
    "true_divide": "MulBackward0",
    "pow": "PowBackward2",
    "xlogy": "XlogyBackward1",
}
ARGUMENTS = {
    "pow": ("input", "exponent"),
    "lerp": ("input", "end", "weight"),
    "addcmul": ("input", "tensor1", "tensor2"),
    "addcdiv": ("input", "tensor1", "tensor2"),
    "clamp": ("input", "min", "max"),
    "clamp_min": ("input", "min"),
    "clamp_max": ("input", "max"),
    "heaviside": ("input", "values"),
    "prelu": ("input", "weight"),
}
# Where numbers may stand in the place of tensors ("t"); nowhere, if an operation is not named.
NUMBERS = {
    **dict.fromkeys(("add", "sub", "mul", "true_divide", "floor_divide"), ("tn", "nt", "nn")),
    **dict.fromkeys(("remainder", "pow", "xlogy"), ("tn", "nt")),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), ("tn", "nt")),
    **dict.fromkeys(("fmod", "copysign", "clamp_min", "clamp_max"), ("tn",)),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), ("tn",)),
    "lerp": ("ttn",),
    "clamp": ("tnn",),
}
# These take more than the table's formula says: functions/pointwise/arithmetic.py has them.
BY_HAND = frozenset(
    "add sub true_divide clamp lerp logit nan_to_num positive round pow polygamma prelu "
    "threshold cube add_scaled lerp_by clamp_between".split()
)
# Second names of functions, which their methods and forms in place have as well.
ALIASES = {
    "abs": "absolute",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "neg": "negative",
    "sign": "sgn",
    "mul": "multiply",
    "ge": "greater_equal",
    "gt": "greater",
    "le": "less_equal",
    "lt": "less",
    "ne": "not_equal",
    "trunc": "fix",
}
# These are functions of torch.nn.functional alone.
ONLY_FUNCTIONAL = frozenset(
    "elu gelu gelu_tanh hardshrink hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish "
    "relu6 silu softplus softshrink softsign tanhshrink".split()
)
# Of these the operators are written out whole: they are what a small model's time goes into.
INLINE = {"add": "add", "sub": "sub", "mul": "mul", "true_divide": "truediv"}
COMMUTATIVE = frozenset(("add", "mul"))
# The functions that NumPy's arrays and overriding classes are handed to.
FACES = {"add": "arithmetic.add", "sub": "arithmetic.sub", "true_divide": "arithmetic.div"}
# Python's other operators, and whether there is one that has the operands in the other order.
OPERATORS = {
    "remainder": ("mod", True),
    "floor_divide": ("floordiv", True),
    "lt": ("lt", False),
    "le": ("le", False),
    "gt": ("gt", False),
    "ge": ("ge", False),
    "bitwise_and": ("and", True),
    "bitwise_or": ("or", True),
    "bitwise_xor": ("xor", True),
}
UNARY_OPERATORS = {"neg": "neg", "abs": "abs", "bitwise_not": "invert"}
HEADER = (
    '"""{summary}\n\nWritten by tools/generate.py from kernels/op_table.py: change it there.\n"""\n'
    "\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING, Any\n\n"
)
VALUES = ("grad", "x", "y", "z", "out")


def functions_file(ops: Iterable[Op]) -> str:
    """Write for every operation its derivatives as functions of tensors, and its function."""
    return (
        HEADER.format(summary="The elementwise functions of tensors, and their derivatives.")
        + "from ....kernels.generated import elementwise as kernels\n"
        + "from .._in_place import in_place\n"
        + "from .._operands import Number, Override\n"
        + "from .._overrides import call_override\n"
        + "from . import _formulas as f\n"
        + "from ._engine import Pointwise, apply, binary, unary\n"
        + "from ._gradients import Gradient\n\n"
        + "if TYPE_CHECKING:\n    from ..._tensor import Tensor\n\n"
        + "\n".join(_operation(op) for op in ops)
    )


def methods_file(ops: Iterable[Op]) -> str:
    """Write the methods and operators of tensors that are elementwise functions."""
    ops = [op for op in ops if op.name not in ONLY_FUNCTIONAL]
    return (
        HEADER.format(summary="The methods of tensors that are elementwise functions.")
        + "from ..functions._operands import Unusual\n"
        + "from ..functions._overrides import unusual\n"
        + "from ..functions.pointwise import generated as functions\n"
        + "from ..functions.pointwise._engine import binary\n\n"
        + "if TYPE_CHECKING:\n    from .._tensor import Tensor\n\n"
        + "# Every self is a Tensor: nothing else inherits from this class.\n"
        + '# mypy: disable-error-code="arg-type"\n\n\n'
        + "class PointwiseMethods:\n"
        + '    """The elementwise methods of a tensor; see the functions of the same names."""\n\n'
        + "    __slots__ = ()\n\n"
        + "\n".join(_methods(op) for op in ops)
    )


def operators_file(ops: Iterable[Op]) -> str:
    """Write the operators whose short way is written out."""
    ops = [op for op in ops if op.name in INLINE]
    names = [op.name.upper() for op in ops]
    return (
        HEADER.format(summary="The operators that most time goes through, written out.")
        + "import numpy as np\n\n"
        + "from .._node import is_recording, next_number\n"
        + "from .._record import version_of\n"
        + "from .._wrap import Late, new\n"
        + "from ..functions._operands import Unusual\n"
        + "from ..functions._overrides import unusual\n"
        + "from ..functions.pointwise import arithmetic\n"
        + "from ..functions.pointwise import generated as functions\n"
        + "from ..functions.pointwise._engine import binary, from_number, with_rows\n"
        + "from ..functions.pointwise._gradients import NO_PARAMETERS, kept_result, run_same\n\n"
        + "if TYPE_CHECKING:\n    from .._tensor import Tensor\n\n"
        + "# Every self is a Tensor: nothing else inherits from this class.\n"
        + '# mypy: disable-error-code="arg-type,attr-defined"\n\n'
        + "_empty = np.empty\n"
        + "".join(f"_{name} = functions.{name}\n_{name}_WAYS = _{name}.same\n" for name in names)
        + "\n\nclass OperatorMethods:\n"
        + '    """+, -, * and / of tensors: what `binary` does, without the call."""\n\n'
        + "    __slots__ = ()\n\n"
        + "\n".join(_inline(op) for op in ops)
    )


def node_name(op: Op) -> str:
    """Give PyTorch's name of an operation's node."""
    words = op.name.split("_")
    return NODES.get(op.name) or "".join(word.capitalize() for word in words) + "Backward0"


def argument_names(op: Op) -> tuple[str, ...]:
    """Give PyTorch's names of an operation's operands."""
    return ARGUMENTS.get(op.name) or ("input", "other")[: len(op.operands)]


def _operation(op: Op) -> str:
    parts = []
    gradients = []
    for operand, formula in zip(op.operands, op.derivatives, strict=False):
        uses = tuple(name for name in VALUES if mentions(formula, name))
        parameters = tuple(name for name in op.parameters if mentions(formula, name))
        suffix = "" if len(op.derivatives) == 1 else f"_{operand}"
        kernel = f"kernels.{op.name}_backward{suffix}" if formula != "grad" else "None"
        arguments = ", ".join(f"{name}: Any" for name in (*uses, *parameters))
        name = f"_{op.name}_{operand}"
        parts.append(f"\ndef {name}({arguments}) -> Any:\n    return {_qualified(formula)}\n")
        more = f", {parameters!r}" if parameters else ""
        gradients.append(f"Gradient({kernel}, {name}, {uses!r}{more})")
    names = argument_names(op)
    comma = "," * (len(gradients) == 1)
    numbered = f", {NODES_WITH_NUMBER[op.name]!r}" if op.name in NODES_WITH_NUMBER else ""
    if op.name in NODES_FROM_NUMBER:
        numbered += f", name_from_number={NODES_FROM_NUMBER[op.name]!r}"
    taken = f", numbers={NUMBERS[op.name]!r}" if op.name in NUMBERS else ""
    parts.append(
        f"\n{op.name.upper()} = Pointwise({op.name!r}, {node_name(op)!r}, kernels.{op.name}, "
        f"({', '.join(gradients)}{comma}), {names!r}{numbered}{taken})\n"
    )
    if op.name not in BY_HAND:
        parts.append(_function(op, names))
    return "\n".join(parts)


def _function(op: Op, names: tuple[str, ...]) -> str:
    """Write the function that users call."""
    first = names[0]
    kinds = [_kind(op, place) for place in range(len(names))]
    signature = [f"{name}: {kind}" for name, kind in zip(names, kinds, strict=True)]
    signature += [f"{name}: float = {value!r}" for name, value in _parameters(op)]
    given = ", ".join(f"{name!r}: {name}" for name in op.parameters)
    parameters = f", {{{given}}}" if given else ""
    passed = "".join(f", {name!r}: {name}" for name in op.parameters)
    operands = f"({', '.join(names)}{',' * (len(names) == 1)})"
    alias = ALIASES.get(op.name)
    call = f"apply({op.name.upper()}, {operands}, out{parameters})"
    if len(names) < 3 and not parameters:
        short = "unary" if len(names) == 1 else "binary"
        call = f"{short}({op.name.upper()}, {', '.join(names)}) if out is None else {call}"
    return (
        f"\ndef {op.name}({', '.join(signature)}, *, out: Tensor | None = None) -> Tensor:\n"
        f'    """{_sentence(op, names)}"""\n'
        f"    try:\n        return {call}\n"
        f"    except Override:\n"
        f"        return call_override({op.name}, {operands}, {{'out': out{passed}}})\n"
        f"\n\ndef {op.name}_({', '.join([f'{first}: Tensor', *signature[1:]])}) -> Tensor:\n"
        f'    """Compute `{op.name}` in place: the result goes into input."""\n'
        f"    return in_place({op.name.upper()}, {first}, {operands}{parameters})\n"
        + (f"\n\n{alias} = {op.name}\n{alias}_ = {op.name}_\n" if alias else "")
    )


def _kind(op: Op, place: int) -> str:
    """Write what an operand may be."""
    taken = any(pattern[place] == "n" for pattern in NUMBERS.get(op.name, ()))
    return "Tensor | Number" if taken else "Tensor"


def _parameters(op: Op) -> list[tuple[str, float]]:
    return list(op.parameters.items())


def _sentence(op: Op, names: tuple[str, ...]) -> str:
    """Write what a function does, with its formula where that fits on the line."""
    sentence = f"Compute `{_readable(op, names)}` for each element."
    if len(sentence) > 88:
        return f"Compute {op.name} of each element, as PyTorch's function of that name."
    return sentence


def _readable(op: Op, names: tuple[str, ...]) -> str:
    """Write the formula with the names of the arguments."""
    words = dict(zip(op.operands, names, strict=True))
    return re.sub(r"\b([xyz])\b", lambda match: words.get(match[1], match[1]), op.forward)


def _qualified(formula: str) -> str:
    """Put the module before the names of functions and constants."""
    tree = ast.parse(formula, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and hasattr(functions, node.id):
            node.id = f"f.{node.id}"
    return ast.unparse(tree)


def _methods(op: Op) -> str:
    parts = []
    if op.name not in BY_HAND:
        alias = ALIASES.get(op.name)
        second, second_in_place = (f"{alias} = ", f"{alias}_ = ") if alias else ("", "")
        parts.append(
            f"    {op.name} = {second}functions.{op.name}\n"
            f"    {op.name}_ = {second_in_place}functions.{op.name}_\n"
        )
    operator, has_reflected = OPERATORS.get(op.name, ("", False))
    if operator:
        constant = f"functions.{op.name.upper()}"
        parts.append(_operator(operator, f"binary({constant}, self, other)", op, "self, other"))
        if has_reflected:
            call = f"binary({constant}, other, self)"
            parts.append(_operator(f"r{operator}", call, op, "other, self"))
        if op.dtypes != ALL:
            parts.append(f"    __i{operator}__ = functions.{op.name}_\n")
    if op.name in UNARY_OPERATORS:
        parts.append(f"    __{UNARY_OPERATORS[op.name]}__ = functions.{op.name}\n")
    return "\n".join(parts)


def _operator(name: str, call: str, op: Op, operands: str) -> str:
    return (
        f"    def __{name}__(self, other: Any) -> Tensor:\n"
        f"        try:\n            return {call}\n"
        f"        except Unusual as problem:\n"
        f"            return unusual(problem, functions.{op.name}, {operands})\n"
    )


_INLINE = """\
    def __{operator}__(self, other: Any) -> Tensor:
        try:
            key, shape = self._key, self._shape
            if other.__class__ is float:
                return binary(_{name}, self, other)
            if key is other._key:
                if shape != other._shape and key.dense:
                    return with_rows(_{name}, self, other)
                way = _{name}_WAYS[key.slot][len(shape)]
                if way and (array := self._array).size <= way[2]:
                    entry, address, _, dtype, _ = way
                    out = _empty(shape, dtype)
                    entry(address, array, other._array, out, ())
                    result = new(Late.Tensor)
                    result._array = out
                    result._key = key
                    result._shape = shape
                    result._view_of = None
                    result._changes = None
                    first, second = self._node, other._node
                    if (first is not None or second is not None) and is_recording():
                        result._node = [
                            next_number(), run_same, None, first, second, _{name},
                            None, key, NO_PARAMETERS,
                            {result},
                            {x},
                            {y},
                        ]  # fmt: skip
                    else:
                        result._node = None
                    return result
        except AttributeError:
            pass
        try:
            return binary(_{name}, self, other)
        except Unusual as problem:
            return unusual(problem, {face}, self, other)
"""

_REFLECTED = """\
    def __r{operator}__(self, other: Any) -> Tensor:
        try:
            return from_number(_{name}, other, self)
        except Unusual as problem:
            return unusual(problem, {face}, other, self)
"""


def _inline(op: Op) -> str:
    """Write an operator with its short way, and the one for a number on the left."""
    uses = [{name for name in VALUES if mentions(formula, name)} for formula in op.derivatives]
    words = {
        "operator": INLINE[op.name],
        "name": op.name.upper(),
        "face": FACES.get(op.name, f"functions.{op.name}"),
        "result": _kept_where("kept_result(result)", "None", uses, "out"),
        "x": _kept_where("self, version_of(self)", "None, 0", uses, "x"),
        "y": _kept_where("other, version_of(other)", "None, 0", uses, "y"),
    }
    reflected = (
        f"    __r{INLINE[op.name]}__ = __{INLINE[op.name]}__\n"
        if op.name in COMMUTATIVE
        else _REFLECTED.format(**words)
    )
    return _INLINE.format(**words) + "\n" + reflected


def _kept_where(kept: str, otherwise: str, uses: list[set[str]], value: str) -> str:
    """Write that a value is kept where a gradient that is needed takes it."""
    of_first, of_second = (value in names for names in uses)
    if not of_first and not of_second:
        return otherwise
    if of_first and of_second:
        return kept
    star = "*" if "," in kept else ""
    node = "first" if of_first else "second"
    return (
        f"*(({kept}) if {node} is not None else ({otherwise}))"
        if star
        else f"{kept} if {node} is not None else {otherwise}"
    )
