"""The tensor: an array, what kernels must know of it, and its place in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import GradientError, ShapeError
from . import _dtype, _print
from ._device import device
from ._dtype import of_numpy
from ._key import OVERRIDDEN, Key, key_of
from ._node import (
    LEAF_ARRAY,
    LEAF_TENSOR,
    OPERATION,
    Node,
    is_leaf,
    make_leaf,
)
from ._record import count_change
from ._size import Size
from ._wrap import Late, new, wrap
from .autograd import _backward
from .functions import conversion
from .functions._overrides import without_overrides
from .methods.arithmetic import ArithmeticMethods
from .methods.pointwise import PointwiseMethods
from .methods.reductions import ReductionMethods
from .methods.views import ViewMethods

Array = NDArray[Any]
T = TypeVar("T", bound="Tensor")


class Tensor(PointwiseMethods, ArithmeticMethods, ReductionMethods, ViewMethods):
    """An array of numbers of one dtype, through which gradients flow, as `torch.Tensor`.

    Attributes:
        _array: the elements, in NumPy's memory.
        _key: dtype, device and whether the layout is dense.
        _shape: the sizes, as a plain tuple.
        _node: the place in the graph; None where no gradient is needed.
        _version: a list of one number that counts changes in place, shared with all views; None
            as long as there was neither a view nor a change. After the number come weak references
            to the views.
        _view_of: the tensor that it is a view of; not set where it is none.
    """

    __slots__ = (
        "__dict__", "__weakref__", "_array", "_key", "_node", "_shape", "_version", "_view_of",
    )  # fmt: skip

    _array: Array
    _key: Key
    _shape: tuple[int, ...]
    _node: Node | None
    _version: list[Any] | None
    _view_of: Tensor

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
        if not all(issubclass(cls, kind) for kind in types):
            return NotImplemented
        return without_overrides(cls, func, args, kwargs or {})

    def __new__(cls, *arguments: Any) -> Tensor:
        """Make a tensor of the default dtype: of sizes, of a list or of an array.

        The old constructor: `torch.tensor` and `torch.empty` say which one is meant.
        """
        default = _dtype.get_default_dtype().numpy
        if all(isinstance(argument, int) for argument in arguments):
            array = np.empty(arguments if arguments else (0,), default)
        elif len(arguments) == 1 and isinstance(arguments[0], Size):
            array = np.empty(arguments[0], default)
        elif len(arguments) == 1:
            data = arguments[0]
            array = np.array(data._array if isinstance(data, Tensor) else data, default)
        else:
            raise TypeError(
                f"Tensor() takes sizes, or one list or array, got {arguments!r}. See "
                "torch.tensor()."
            )
        result = new(cls)
        result._array = array
        result._key = (
            OVERRIDDEN[of_numpy(array.dtype).index] if cls._is_overriding else key_of(array)
        )
        result._shape = array.shape
        result._node = None
        result._version = None
        return result

    def as_subclass(self, cls: type[T]) -> T:
        """Give the same memory, and place in the graph, as a tensor of another class."""
        result = new(cls)
        result._array = self._array
        is_overriding = cls._is_overriding
        result._key = OVERRIDDEN[self._key.index] if is_overriding else key_of(self._array)
        result._shape = self._shape
        result._node = self._node
        result._version = self._version
        return result

    # ---- what it is

    @property
    def shape(self) -> Size:
        """The sizes."""
        return Size(self._shape)

    def size(self, dim: int | None = None) -> Any:
        """Give the sizes, or that of one dimension."""
        return Size(self._shape) if dim is None else self._shape[dim]

    @property
    def dtype(self) -> _dtype.dtype:
        """The type of the elements."""
        return self._key.dtype

    @property
    def device(self) -> device:
        """Where the elements are."""
        return self._key.device

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    def dim(self) -> int:
        """Give the number of dimensions."""
        return len(self._shape)

    def numel(self) -> int:
        """Give the number of elements."""
        return int(self._array.size)

    def stride(self, dim: int | None = None) -> Any:
        """Give the steps in memory, in elements, of all dimensions or of one."""
        steps = tuple([step // self._array.itemsize for step in self._array.strides])
        return steps if dim is None else steps[dim]

    def is_contiguous(self) -> bool:
        """Tell whether the elements lie in C order without gaps."""
        return self._array.flags.c_contiguous

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("len() of a 0-d tensor")
        return self._shape[0]

    # ---- as other things

    def item(self) -> Any:
        """Give the only element as a Python number.

        Raises:
            RuntimeError: there are more, or none.
        """
        if self._array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self._array.size} elements cannot be converted to Scalar"
            )
        return self._array.item()

    def tolist(self) -> Any:
        """Give the elements as nested lists."""
        return self._array.tolist()

    def numpy(self, *, force: bool = False) -> Array:
        """Give the array, which shares this tensor's memory.

        Raises:
            RuntimeError: the tensor needs a gradient, and force is not set.
        """
        if self._node is not None and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        return self._array

    def __bool__(self) -> bool:
        if self._array.size != 1:
            count = "no" if self._array.size == 0 else "more than one"
            raise RuntimeError(f"Boolean value of Tensor with {count} value is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._array.size != 1 or self._key.is_float:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __repr__(self) -> str:
        facts = _print.type_suffixes(
            self._shape, repr(self._key.dtype), repr(_dtype.get_default_dtype())
        )
        if self._node is not None:
            facts = (
                [*facts, f"grad_fn=<{self._node[OPERATION].name}>"]
                if not is_leaf(self._node)
                else [*facts, "requires_grad=True"]
            )
        return _print.tensor_text(self._array, suffixes=facts)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self._shape and spec else repr(self)

    def __hash__(self) -> int:
        return id(self)

    def __iter__(self) -> Iterator[Tensor]:
        if not self._shape:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self.select(0, i) for i in range(self._shape[0])])

    # ---- the graph

    @property
    def requires_grad(self) -> bool:
        """Tell whether gradients flow to it; settable."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Begin or stop to collect a gradient.

        Raises:
            RuntimeError: the elements are no floats, or it is no leaf and shall stop.
        """
        if self._node is not None and not is_leaf(self._node):
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to "
                    "use a computed variable in a subgraph that doesn't require differentiation "
                    "use var_no_grad = var.detach()."
                )
        elif not requires_grad:
            self._node = None
        elif not self._key.is_float:
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients, got "
                f"{self._key.dtype}"
            )
        elif self._node is None:
            self._node = make_leaf()
        return self

    @property
    def is_leaf(self) -> bool:
        """Tell whether it was not computed from tensors that need a gradient."""
        return self._node is None or is_leaf(self._node)

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward collected; settable."""
        node = self._node
        if node is None or not is_leaf(node):
            return None
        if node[LEAF_TENSOR] is None and node[LEAF_ARRAY] is not None:
            node[LEAF_TENSOR] = wrap(node[LEAF_ARRAY])
        found: Tensor | None = node[LEAF_TENSOR]
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if self._node is None or not is_leaf(self._node):
            raise GradientError("grad can be set where requires_grad is, on leaf tensors.")
        if value is not None and value._shape != self._shape:
            raise ShapeError(
                "assigned grad has data of a different size: "
                f"{list(value._shape)}, expected {list(self._shape)}"
            )
        self._node[LEAF_TENSOR] = value
        self._node[LEAF_ARRAY] = None if value is None else value._array

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add the gradients of this tensor to the leaves that it was computed from.

        Args:
            gradient: that of the final result to this tensor; 1 where this is a single number.
            retain_graph: keep the graph for another backward; by default if it is recorded.
            create_graph: record the steps, so that gradients can be differentiated.

        Raises:
            GradientError: nothing here needs a gradient, or gradient is missing or does not fit.
        """
        _backward.backward(self, gradient, retain_graph, create_graph)

    def detach(self) -> Tensor:
        """Give the same memory, through which no gradient flows."""
        if self._version is None:
            self._version = [0]
        result = wrap(self._array)
        result._version = self._version
        return result

    @property
    def data(self) -> Tensor:
        """The same memory without history; settable."""
        return wrap(self._array)

    @data.setter
    def data(self, value: Tensor) -> None:
        self._array, self._key, self._shape = value._array, value._key, value._shape

    # ---- the rest

    def to(self, dtype: _dtype.dtype) -> Tensor:
        """Convert the elements to a dtype."""
        return conversion.to(self, dtype)

    def clone(self) -> Tensor:
        """Copy the elements; gradients flow through."""
        return conversion.clone(self)

    def contiguous(self) -> Tensor:
        """Give the elements in C order: this tensor, or a copy."""
        return self if self._array.flags.c_contiguous else conversion.clone(self)

    def zero_(self) -> Tensor:
        """Set all elements to 0."""
        self._array[...] = 0
        count_change(self)
        return self


Late.Tensor = Tensor
