"""Sections 0 and 16: what `import minitorch` offers."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType

import minitorch

from .rows import Entry, Row, all_of, equal, fresh_python, plain_function, same, section, words

FIRST_YEAR = words("""
    Add All Context Conv1dFun Conv2dFun Copy CudaOps EQ Exp FastOps Function History Index
    IndexingError Inv IsClose LT Log MAX_DIMS MapProto MatMul MathTest MathTestVariable Max Module
    Mul Neg Optimizer OutIndex Parameter Permute ReLU SGD Scalar ScalarFunction ScalarHistory Shape
    Sigmoid SimpleBackend SimpleOps Storage Strides Sum THREADS_PER_BLOCK Tensor TensorBackend
    TensorData TensorOps UserIndex UserShape UserStrides Variable View argmax autodiff avgpool2d
    backpropagate broadcast_index central_difference conv1d conv2d cuda_ops datasets
    derivative_check dropout fast_conv fast_ops grad_central_difference grad_check
    index_to_position jit_mm_practice jit_sum_practice logsoftmax max max_reduce maxpool2d
    mm_practice module nn operators optim prod rand scalar scalar_functions shape_broadcast softmax
    strides_from_shape sum_practice tensor tensor_conv1d tensor_conv2d tensor_data tensor_functions
    tensor_map tensor_matrix_multiply tensor_ops tensor_reduce tensor_zip testing tile to_index
    topological_sort variable_count version wrap_tuple zeros
""")
SECOND_YEAR = words("Graph ScalarLike circle diag make_pts simple spiral split xor")
SUBMODULES = words("""
    operators scalar scalar_functions fast_ops cuda_ops fast_conv nn module optim autodiff
    tensor_data tensor_functions tensor_ops testing
""")
SHADOWED = ["tensor", "datasets"]
TENSOR_FUNCTIONS = words("""
    Add All Copy EQ Exp Function Inv IsClose LT Log MatMul Mul Neg Permute ReLU Sigmoid Sum View
""")
# name at the top level: the submodule whose object it is
OWNERS = {
    **dict.fromkeys(TENSOR_FUNCTIONS, "tensor_functions"),
    **dict.fromkeys(["tensor", "zeros", "rand", "grad_check"], "tensor_functions"),
    **dict.fromkeys(["tensor_map", "tensor_zip", "tensor_reduce", "SimpleBackend"], "tensor_ops"),
    **dict.fromkeys(["to_index", "index_to_position", "broadcast_index"], "tensor_data"),
    **dict.fromkeys(["IndexingError", "MAX_DIMS", "UserIndex", "UserShape"], "tensor_data"),
    **dict.fromkeys(["max", "argmax", "Max", "tile", "softmax", "max_reduce"], "nn"),
    **dict.fromkeys(["sum_practice", "mm_practice", "THREADS_PER_BLOCK"], "cuda_ops"),
    **dict.fromkeys(["Conv1dFun", "Conv2dFun", "conv1d", "conv2d"], "fast_conv"),
    **dict.fromkeys(["Scalar", "ScalarHistory", "derivative_check"], "scalar"),
    "tensor_matrix_multiply": "fast_ops",
    "ScalarFunction": "scalar_functions",
    "prod": "operators",
    "Tensor": "tensor",
    "History": "tensor",
}


def _visible(name: str) -> bool:
    return hasattr(minitorch, name)


def _is_submodule(name: str) -> bool:
    module = getattr(minitorch, name)
    same(module, sys.modules[f"minitorch.{name}"])
    return isinstance(module, ModuleType)


def _imports(name: str) -> bool:
    before = getattr(minitorch, name, None)
    module = importlib.import_module(f"minitorch.{name}")
    same(getattr(minitorch, name, None), before)
    return isinstance(module, ModuleType)


def _is_owned(name: str) -> bool:
    owner = importlib.import_module(f"minitorch.{OWNERS[name]}")
    return same(getattr(minitorch, name), getattr(owner, name))


def _indexes_plain_lists() -> bool:
    out = [0, 0]
    minitorch.to_index(5, (2, 3), out)
    return all_of(equal(out, [1, 2]), minitorch.index_to_position([1, 2], (3, 1)) == 5)


STATEMENTS: list[Entry] = [
    ("datasets", "is the dict, not the submodule", lambda: type(minitorch.datasets) is dict),
    ("tensor", "is the constructor function", lambda: inspect.isfunction(minitorch.tensor)),
    ("tensor", "calls", lambda: equal(minitorch.tensor([1.0]).shape, (1,))),
    (
        "max",
        "is the Tensor function of nn, never operators.max",
        lambda: minitorch.max is not minitorch.operators.max,
    ),
    (
        "Add",
        "the scalar functions are reached through scalar_functions only",
        lambda: minitorch.Add is not minitorch.scalar_functions.Add,
    ),
    ("to_index", "takes tuples and Python lists", _indexes_plain_lists),
    ("to_index", "is plain Python", lambda: plain_function(minitorch.to_index)),
    ("index_to_position", "is plain Python", lambda: plain_function(minitorch.index_to_position)),
    ("broadcast_index", "is plain Python", lambda: plain_function(minitorch.broadcast_index)),
    ("prod", "sizes a shape inside int()", lambda: equal(int(minitorch.prod((2, 3))), 6)),
    ("version", "is a string", lambda: isinstance(minitorch.version, str)),
    ("version", "is __version__", lambda: equal(minitorch.version, minitorch.__version__)),
    (
        "numba.cuda",
        "is imported by `import minitorch`, so that `import numba` alone reaches it",
        lambda: fresh_python("import numba, minitorch; numba.cuda.is_available()"),
    ),
    (
        "operators",
        "`from minitorch import operators` gives the submodule",
        lambda: fresh_python("from minitorch import operators; operators.mul(2, 3)"),
    ),
    (
        "tensor_data",
        "`from minitorch.tensor_data import TensorData` works first thing",
        lambda: fresh_python("from minitorch.tensor_data import TensorData"),
    ),
    (
        "tensor",
        "`import minitorch.tensor` leaves the function in place",
        lambda: fresh_python("import minitorch.tensor; minitorch.tensor([1.0])"),
    ),
    (
        "datasets",
        "`import minitorch.datasets` leaves the dict in place",
        lambda: fresh_python("import minitorch.datasets; minitorch.datasets['Xor'](1)"),
    ),
    (
        "UserIndex",
        "UserIndex and UserShape can be imported",
        lambda: fresh_python("from minitorch import UserIndex, UserShape, TensorData"),
    ),
]


def rows() -> list[Row]:
    """List the rows of sections 0 and 16."""

    def each(names: list[str], statement: str, check: Callable[[str], bool]) -> list[Entry]:
        return [(name, statement, partial(check, name)) for name in names]

    return [
        *section("0", STATEMENTS),
        *section("0", each(SUBMODULES, "is the submodule", _is_submodule)),
        *section("0", each(SUBMODULES + SHADOWED, "imports as a submodule", _imports)),
        *section("0", each(list(OWNERS), "is the one object with that meaning", _is_owned)),
        *section("16", each(FIRST_YEAR, "is visible at the top level (first year)", _visible)),
        *section("16", each(SECOND_YEAR, "is visible at the top level (second year)", _visible)),
    ]
