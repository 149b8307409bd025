"""A tensor as other things: a number, a list, NumPy's array, a capsule, a pickle, a copy."""

from __future__ import annotations

# Every self is a Tensor: nothing else inherits from this class.
# mypy: disable-error-code="arg-type"
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _copying, _interop, _memory, storage
from ..functions.arranging import rearranging
from ..functions.inspection import only_element

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._key import Key
    from .._node import Node
    from .._tensor import Tensor


class InteropMethods:
    """What Python, NumPy and other libraries ask a tensor for."""

    __slots__ = ()

    if TYPE_CHECKING:
        _array: NDArray[Any]
        _key: Key
        _node: Node | None
        _shape: tuple[int, ...]

    # NumPy's operators leave the work to a tensor on their right.
    __array_priority__ = 1000

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
        """Give the elements as nested lists; of no dimensions, the number."""
        return self._array.tolist()

    def numpy(self, *, force: bool = False) -> NDArray[Any]:
        """Give an array that shares this tensor's memory.

        Raises:
            RuntimeError: the tensor needs a gradient, and force is not set.
        """
        if self._node is not None and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        # Of its own, so that whoever sets its shape or flags does not change the tensor's.
        return self._array.view()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return _interop.as_array(self, dtype, copy)

    def __array_wrap__(
        self, array: NDArray[Any], context: Any = None, return_scalar: bool = False
    ) -> Any:
        return _interop.wrapped(array)

    def __array_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        return _interop.by_numpy(func, args, kwargs)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        return _interop.capsule(self, stream, max_version, dl_device, copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()

    def __bool__(self) -> bool:
        return bool(only_element(self))

    def __float__(self) -> float:
        return float(_interop.scalar(self))

    def __int__(self) -> int:
        return int(_interop.scalar(self))

    def __complex__(self) -> complex:
        return complex(_interop.scalar(self))

    def __index__(self) -> int:
        if self._array.size != 1 or self._key.is_float:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __format__(self, spec: str) -> str:
        if not self._shape:
            return format(self._array.item(), spec)
        if spec:
            raise TypeError(
                f"unsupported format string passed to Tensor.__format__: {spec!r}, for shape "
                f"{list(self._shape)}; only a tensor without dimensions is formatted as a number."
            )
        return repr(self)

    def __reversed__(self) -> Tensor:
        return rearranging.flip(self, 0 if self._shape else ())

    def __hash__(self) -> int:
        return id(self)

    # ---- memory

    def untyped_storage(self) -> storage.UntypedStorage:
        """Give all memory that this tensor and its views lie in, as bytes."""
        return storage.UntypedStorage._of(_memory.root_of(self._array))

    def storage(self) -> storage.TypedStorage:
        """Give all memory that this tensor and its views lie in, as elements."""
        storage.warn_of_typed()
        return storage.TypedStorage._of(self.untyped_storage(), self._key.dtype)

    def is_shared(self) -> bool:
        """Tell whether forked children share the memory."""
        return _memory.is_shared(_memory.root_of(self._array))

    def share_memory_(self) -> Tensor:
        """Move the elements into memory that forked children share.

        Raises:
            LayoutError: other tensors lie in the same memory, which would stay behind.
        """
        return _copying.share_memory(self)

    # ---- copies

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _copying.reduced(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return _copying.deep_copy(self, memo)
