"""Tensors of which only some elements are kept, with their places: `layout=torch.sparse_coo`.

Such a tensor is a tensor of whole numbers, one column of places for each element that is kept, and
a tensor of these elements, through which gradients flow as through any other. Each function that
it can take has a version of its own (`functions/sparse/coo.py`); all others raise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import LayoutError
from . import _dtype, _layout, _print
from ._key import OVERRIDDEN
from ._node import Node, is_leaf
from ._record import node_name
from ._tensor import Tensor
from ._wrap import Late, new
from .functions._operands import Override
from .functions.sparse.coo import Sparse
from .functions.sparse.views import item_at

if TYPE_CHECKING:
    from .autograd.graph import Node as GraphNode

# What computes a function of sparse tensors, by that function.
IMPLEMENTATIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


class SparseLayoutError(LayoutError, NotImplementedError, TypeError, Override):
    """Something that needs all elements is asked of a sparse tensor.

    As an Override it lets functions that read elements at once look for their sparse version.
    """


class SparseTensor(Tensor, overriding=False):
    """A tensor of which only some elements are kept; the others are 0.

    It is made by `torch.sparse_coo_tensor` and `Tensor.to_sparse`.

    Attributes:
        places: (sparse dimensions, kept elements), int64.
        kept: the elements, whose further dimensions are dense ones.
        coalesced: places are sorted, and there are no two equal ones.
    """

    __slots__ = ("coalesced", "kept", "places")

    places: Tensor
    kept: Tensor
    coalesced: bool

    _is_overriding = True

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type[Any]],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Compute a function of sparse tensors.

        Raises:
            NotImplementedError: there is no version of it for these.
        """
        found = IMPLEMENTATIONS.get(func)
        if found is None:
            _refuse(f"{func.__name__}()")
        return found(*args, **(kwargs or {}))

    # What functions of dense tensors would read.

    @property
    def _array(self) -> Any:  # type: ignore[override]
        _refuse(_called())

    @property
    def _node(self) -> Any:  # type: ignore[override]
        _refuse(_called())

    # ---- facts

    @property
    def layout(self) -> _layout.layout:
        """That only some elements are kept."""
        return _layout.sparse_coo

    def sparse_dim(self) -> int:
        """Give the number of dimensions in which only some places are kept."""
        return self.places._shape[0]

    def dense_dim(self) -> int:
        """Give the number of dimensions that each kept element has."""
        return len(self.kept._shape) - 1

    def _nnz(self) -> int:
        return self.kept._shape[0]

    def numel(self) -> int:
        """Give the number of elements, of which only some are kept."""
        count = 1
        for size in self._shape:
            count *= size
        return count

    nelement = numel

    def is_contiguous(self, *, memory_format: Any = _layout.contiguous_format) -> bool:
        """Tell whether all elements lie in memory: they do not."""
        return False

    def stride(self, dim: int | None = None) -> Any:
        """Give the steps in memory: there are none."""
        return 0 if dim is not None else (0,) * len(self._shape)

    def is_coalesced(self) -> bool:
        """Tell whether places are sorted, and there are no two equal ones."""
        return self.coalesced

    def indices(self) -> Tensor:
        """Give the places.

        Raises:
            RuntimeError: the tensor is not coalesced.
        """
        self._check_coalesced("indices")
        return self.places

    def values(self) -> Tensor:
        """Give the kept elements.

        Raises:
            RuntimeError: the tensor is not coalesced.
        """
        self._check_coalesced("values")
        return self.kept

    def _indices(self) -> Tensor:
        return self.places

    def _values(self) -> Tensor:
        return self.kept.detach()

    def _check_coalesced(self, name: str) -> None:
        if not self.coalesced:
            raise RuntimeError(
                f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first"
            )

    # ---- the graph: that of the kept elements

    @property
    def requires_grad(self) -> bool:
        """Tell whether gradients flow to the kept elements; settable."""
        return self.kept._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.kept.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> SparseTensor:
        """Begin or stop to collect a gradient of the kept elements."""
        self.kept.requires_grad_(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Tell whether it was not computed from tensors that need a gradient."""
        return self.kept.is_leaf

    @property
    def grad_fn(self) -> GraphNode | None:
        """What made it, as a node of the graph; None for leaves."""
        return self.kept.grad_fn

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward collected: of the kept elements alone, at their places."""
        gradient = self.kept.grad
        return None if gradient is None else self.with_kept(gradient)

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is None:
            self.kept.grad = None
        elif isinstance(value, SparseTensor):
            self.kept.grad = value.kept
        else:
            _refuse("a dense gradient")

    def detach(self) -> SparseTensor:
        """Give the same elements, through which no gradient flows."""
        return self.with_kept(self.kept.detach())

    # ---- making and printing

    def with_kept(self, kept: Tensor) -> SparseTensor:
        """Give other elements at the same places."""
        return made(self.places, kept, self._shape, self.coalesced)

    def __getitem__(self, index: Any) -> Tensor:
        result: Tensor = item_at(self, index)
        return result

    def __iter__(self) -> NoReturn:
        _refuse("iteration")

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        facts = (self.places, self.kept.detach(), self._shape, self.coalesced, self.requires_grad)
        return _restored, facts

    def __deepcopy__(self, memo: dict[int, Any]) -> SparseTensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment. Copy detach() or clone() of this one."
            )
        copied = made(self.places.clone(), self.kept.detach().clone(), self._shape, self.coalesced)
        copied.requires_grad_(self.requires_grad)
        memo[id(self)] = copied
        return copied

    def __repr__(self) -> str:
        return _text(self)


def made(places: Tensor, kept: Tensor, shape: tuple[int, ...], coalesced: bool) -> SparseTensor:
    """Make a sparse tensor of parts that fit together."""
    # From now on functions look at their arguments; as long as there is none, they need not.
    Late.has_subclasses = True
    result = new(SparseTensor)
    result._key = OVERRIDDEN[kept._key.index]
    result._shape = tuple(shape)
    result._view_of = None
    result._changes = None
    result.places = places
    result.kept = kept
    result.coalesced = coalesced
    return result


Sparse.kind = SparseTensor
Sparse.made = made


def _restored(
    places: Tensor, kept: Tensor, shape: tuple[int, ...], coalesced: bool, requires_grad: bool
) -> SparseTensor:
    return made(places, kept, shape, coalesced).requires_grad_(requires_grad)


def _called() -> str:
    """Name the function of ours that was called from outside."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_back.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{frame.f_code.co_name}()"


_PACKAGE = os.path.dirname(__file__)


def _refuse(what: str) -> NoReturn:
    raise SparseLayoutError(
        f"{what} is not there for sparse tensors: only some elements are kept. Use to_dense() "
        "first, or values() where the function is one of the kept elements."
    )


def _text(tensor: SparseTensor) -> str:
    """Write a sparse tensor as PyTorch does."""
    indent = " " * len("tensor(")
    text = _part("tensor(indices=tensor(", tensor.places, len(tensor.places._shape) != 1)
    text += ",\n" + _part(f"{indent}values=tensor(", tensor.kept, True)
    told = (_dtype.get_default_dtype(), _dtype.int64, _dtype.boolean)
    facts = [f"size={tensor._shape}", f"nnz={tensor._nnz()}"]
    if tensor._key.dtype not in told:
        facts.append(f"dtype={tensor._key.dtype}")
    facts.append("layout=torch.sparse_coo")
    node: Node | None = tensor.kept._node
    if node is not None:
        facts.append("requires_grad=True" if is_leaf(node) else f"grad_fn=<{node_name(node)}>")
    width = _print.PRINT_OPTS.linewidth
    length = width
    for fact in facts:
        if length + len(fact) + 2 > width:
            text += f",\n{indent}{fact}"
            length = len(indent) + len(fact)
        else:
            text += f", {fact}"
            length += len(fact) + 2
    return text + ")"


def _part(prefix: str, tensor: Tensor, tells_size: bool) -> str:
    size = [f"size={tensor._shape}"] if tells_size and 0 in tensor._shape else []
    return _print.tensor_text(tensor._array, prefix=prefix, suffixes=size)
