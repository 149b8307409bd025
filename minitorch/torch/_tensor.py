"""The tensor: an array, what kernels must know of it, and its place in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from numpy.typing import NDArray

from . import _dtype, _print
from ._class_names import NamedClass
from ._key import OVERRIDDEN, Key, key_of
from ._node import Node, is_leaf
from ._record import node_name
from ._wrap import Late, new
from .functions._operands import is_foreign, not_a_tensor
from .functions._overrides import without_overrides
from .functions.creation.creation import constructed
from .functions.views.views import alias
from .methods.activations import ActivationMethods
from .methods.arithmetic import ArithmeticMethods
from .methods.conversion import ConversionMethods, DTypeMethods
from .methods.creation import CreationMethods
from .methods.facts import FactMethods
from .methods.graph import GraphMethods
from .methods.indexing import IndexingMethods
from .methods.interop import InteropMethods
from .methods.missing import MissingMethods
from .methods.operators import OperatorMethods
from .methods.pointwise import PointwiseMethods
from .methods.products import ProductMethods
from .methods.random import RandomMethods
from .methods.rearranging import RearrangingMethods
from .methods.reductions import ReductionMethods
from .methods.sparse import SparseMethods
from .methods.views import ViewMethods

Array = NDArray[Any]
T = TypeVar("T", bound="Tensor")


class Tensor(
    OperatorMethods,
    ActivationMethods,
    PointwiseMethods,
    ArithmeticMethods,
    ProductMethods,
    ReductionMethods,
    ViewMethods,
    IndexingMethods,
    RearrangingMethods,
    GraphMethods,
    FactMethods,
    InteropMethods,
    ConversionMethods,
    DTypeMethods,
    CreationMethods,
    RandomMethods,
    SparseMethods,
    MissingMethods,
    metaclass=NamedClass,
):
    """An array of numbers of one dtype, through which gradients flow, as `torch.Tensor`.

    Attributes:
        _array: the elements, in NumPy's memory.
        _key: dtype, device and whether the layout is dense.
        _shape: the sizes, as a plain tuple.
        _node: the place in the graph; None where no gradient is needed.
        _changes: a list of one number that counts changes in place, shared with all views; None
            as long as there was neither a view nor a change. After the number come weak references
            to the views.
        _view_of: the tensor that it is a view of; None where it is none.
    """

    __slots__ = (
        "__dict__", "__weakref__", "_array", "_changes", "_key", "_node", "_shape", "_view_of",
    )  # fmt: skip

    _array: Array
    _key: Key
    _shape: tuple[int, ...]
    _node: Node | None
    _changes: list[Any] | None
    _view_of: Tensor | None

    # Whether the class computes functions in its own way: all do, but Tensor itself and Parameter.
    _is_overriding: ClassVar[bool] = False

    def __init_subclass__(cls, overriding: bool = True) -> None:
        cls._is_overriding = overriding
        if overriding:
            Late.has_subclasses = True

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Sequence[type[Any]],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Compute a function of tensors of this class, and give results of this class."""
        for value in args:
            if is_foreign(type(value)):
                raise TypeError(not_a_tensor(func.__name__, value, "other", 2))
        if not all(issubclass(cls, kind) for kind in types):
            return NotImplemented
        return without_overrides(cls, func, args, kwargs or {})

    def __new__(cls, *args: Any, size: Any = None) -> Tensor:
        """Make a tensor of the default dtype: of sizes, of a list or of an array.

        The old constructor: `torch.tensor` and `torch.empty` say which one is meant. Of a tensor it
        gives a view of the same dtype.
        """
        made = constructed("new", _dtype.get_default_dtype(), args, size)
        if args and args[0] is made:
            made = alias(made)
        return made if cls is Tensor else made.as_subclass(cls)

    def as_subclass(self, cls: type[T]) -> T:
        """Give the same memory, and place in the graph, as a tensor of another class."""
        result = new(cls)
        result._array = self._array
        is_overriding = cls._is_overriding
        result._key = OVERRIDDEN[self._key.index] if is_overriding else key_of(self._array)
        result._shape = self._shape
        result._view_of = self._view_of
        result._node = self._node
        result._changes = self._changes
        return result

    @staticmethod
    def _make_subclass(cls: type[T], data: Tensor, require_grad: bool = False) -> T:
        """Give a tensor's memory as a leaf of another class."""
        result = data.detach().as_subclass(cls)
        result.requires_grad_(require_grad)
        return result

    def __repr__(self) -> str:
        facts = _print.type_suffixes(
            self._shape, repr(self._key.dtype), repr(_dtype.get_default_dtype())
        )
        if self._node is not None:
            facts = (
                [*facts, f"grad_fn=<{node_name(self._node)}>"]
                if not is_leaf(self._node)
                else [*facts, "requires_grad=True"]
            )
        name = type(self).__name__
        prefix = "tensor(" if name in ("Tensor", "Parameter") else f"{name}("
        return _print.tensor_text(self._array, prefix=prefix, suffixes=facts)

    def __iter__(self) -> Iterator[Tensor]:
        if not self._shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))


Late.Tensor = Tensor
