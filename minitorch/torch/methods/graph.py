"""The methods of tensors that have to do with the graph."""

from __future__ import annotations

# Every self is a Tensor, which has the slots: nothing else inherits from this class.
# mypy: disable-error-code="misc, arg-type"
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from ..._warn import warn
from ...errors import GradientError, GraphWarning, InPlaceError, ShapeError
from .._key import OVERRIDDEN
from .._node import LEAF_ARRAY, LEAF_OWNER, LEAF_TENSOR, Node, is_leaf, make_leaf
from .._record import version_of
from .._wrap import Late, base_of, wrap, wrap_same
from ..autograd import _backward, anomaly_mode, graph
from ..autograd._hooks import Kept, hooks_of
from ..utils.hooks import RemovableHandle, register

if TYPE_CHECKING:
    from .._tensor import Tensor

T = TypeVar("T", bound="GraphMethods")


class GraphMethods:
    """What PyTorch's tensors know of the graph."""

    __slots__ = ()

    if TYPE_CHECKING:
        _array: Any
        _key: Any
        _shape: tuple[int, ...]
        _node: Node | None
        _changes: list[Any] | None
        _view_of: Tensor | None

    # The gradient where there is no leaf's node to hold it.
    _kept: Kept | None = None

    # ---- whether gradients flow to it

    @property
    def requires_grad(self) -> bool:
        """Tell whether gradients flow to it; settable."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self: T, requires_grad: bool = True) -> T:
        """Begin or stop to collect a gradient.

        Raises:
            RuntimeError: the elements are no floats, or it is no leaf and shall stop; or
                requires_grad is no bool.
        """
        if not isinstance(requires_grad, bool):
            raise RuntimeError(f"requires_grad must be a bool, got {type(requires_grad).__name__}")
        if self._node is not None and not is_leaf(self._node):
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to "
                    "use a computed variable in a subgraph that doesn't require differentiation "
                    "use var_no_grad = var.detach()."
                )
        elif not requires_grad:
            if self._node is not None:
                gradient = self.grad
                self._node = None
                self.grad = gradient
        elif not self._key.is_float:
            raise RuntimeError(
                "only Tensors of floating point and complex dtype can require gradients, got "
                f"{self._key.dtype}. Convert it first, as in x.float()."
            )
        elif self._node is None:
            self._node = make_leaf(self)
            if self._kept is not None:
                self.grad = self._kept.gradient
                self._kept = None
        return self

    @property
    def is_leaf(self) -> bool:
        """Tell whether it was not computed from tensors that need a gradient."""
        return self._node is None or is_leaf(self._node)

    @property
    def grad_fn(self) -> graph.Node | None:
        """What made it, as a node of the graph; None for leaves."""
        node = self._node
        return None if node is None or is_leaf(node) else graph.view_of(node)

    @property
    def output_nr(self) -> int:
        """Which one it is of the results of what made it."""
        return graph.output_number(self._node)

    def is_inference(self) -> bool:
        """Tell whether it may not take part in recorded steps: there are no such tensors here."""
        return False

    # ---- its gradient

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward collected; settable."""
        node = self._node
        if node is None or not is_leaf(node):
            return self._kept_gradient()
        found: Tensor | None = node[LEAF_TENSOR]
        if found is None and node[LEAF_ARRAY] is not None:
            found = node[LEAF_TENSOR] = wrap(node[LEAF_ARRAY])
        return found

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            self._check_gradient(value)
        if self._node is not None and is_leaf(self._node):
            self._node[LEAF_TENSOR] = value
            self._node[LEAF_ARRAY] = None if value is None else value._array
            return
        if self._kept is None:
            if value is None:
                return
            self._kept = Kept()
        self._kept.gradient = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    def _kept_gradient(self) -> Tensor | None:
        kept = self._kept
        if kept is not None:
            return kept.gradient
        if self._node is not None:
            warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. A "
                "backward does not fill it, unless you call retain_grad() on the tensor before.",
                GraphWarning,
            )
        return None

    def _check_gradient(self, value: Any) -> None:
        if not isinstance(value, Late.Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(value).__name__}"
            )
        if value is self:
            raise GradientError("can't assign Variable as its own grad")
        if value._shape != self._shape:
            raise ShapeError(
                f"attempting to assign a gradient of size '{list(value._shape)}' to a tensor of "
                f"size '{list(self._shape)}'. Please ensure that the gradient and the tensor are "
                "the same size"
            )
        if value._key.dtype is not self._key.dtype:
            raise GradientError(
                f"attempting to assign a gradient with dtype {value._key.dtype} to a tensor of "
                f"dtype {self._key.dtype}. Convert the gradient with to()."
            )
        if value._key.device is not self._key.device:
            raise GradientError(
                f"attempting to assign a gradient located on device {value._key.device} to a "
                f"tensor on device {self._key.device}."
            )

    @property
    def retains_grad(self) -> bool:
        """Tell whether it is no leaf, and backward puts its gradient into `.grad`."""
        return self._kept is not None and self._kept.is_wanted

    def retain_grad(self) -> None:
        """Let backward put the gradient into `.grad`, though this is no leaf.

        Raises:
            RuntimeError: no gradient flows to it.
        """
        if self._node is None:
            raise GradientError("can't retain_grad on Tensor that has requires_grad=False")
        if is_leaf(self._node) or self.retains_grad:
            return
        if self._kept is None:
            self._kept = Kept()
        self._kept.is_wanted = True
        hooks_of(self._node).kept = self._kept

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Add the gradients of this tensor to the leaves that it was computed from.

        Args:
            gradient: that of the final result to this tensor; 1 where this is a single number.
            retain_graph: keep the graph for another backward; by default if it is recorded.
            create_graph: record the steps, so that gradients can be differentiated.
            inputs: add to the gradients of these tensors alone.

        Raises:
            GradientError: nothing here needs a gradient, or gradient is missing or does not fit.
        """
        if create_graph or inputs is not None or anomaly_mode.current() is not None:
            _backward.backward(self, gradient, retain_graph, create_graph, inputs=inputs)
        else:
            _backward.backward_plain(self, gradient, bool(retain_graph))

    # ---- hooks

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call a function whenever the gradient of this tensor has been computed.

        Args:
            hook: takes the gradient; may return another one, which then takes its place.

        Raises:
            RuntimeError: no gradient flows to this tensor.
        """
        if self._node is None:
            raise GradientError("cannot register a hook on a tensor that doesn't require gradient")
        return register(hooks_of(self._node).on_tensor, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call a function with this leaf whenever something has been added to its gradient.

        Raises:
            RuntimeError: no gradient flows to it, or it is no leaf.
        """
        if self._node is None:
            raise GradientError("cannot register a hook on a tensor that doesn't require gradient")
        if not is_leaf(self._node):
            raise GradientError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        self._node[LEAF_OWNER] = ref(self)
        return register(hooks_of(self._node).accumulated, hook)

    # ---- out of the graph

    def detach(self) -> Tensor:
        """Give the same memory, through which no gradient flows."""
        return wrap_same(self)

    def detach_(self: T) -> T:
        """Forget the history of this tensor.

        Raises:
            RuntimeError: it is a view.
        """
        if base_of(self) is not None:
            raise InPlaceError("Can't detach views in-place. Use detach() instead.")
        self._node = None
        return self

    @property
    def _version(self) -> int:
        """How often the memory was changed in place."""
        return version_of(self)

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this one is a view of; None if it is none."""
        return self._view_of

    @property
    def data(self) -> Tensor:
        """The same memory without history, whose changes are not counted; settable."""
        return wrap(self._array)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Late.Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._node is not None and not value._key.is_float:
            raise GradientError(
                "data set to a tensor that requires gradients must be floating point or complex "
                f"dtype, got {value._key.dtype}"
            )
        is_overridden = self._key.overridden
        self._array, self._shape = value._array, value._shape
        self._key = OVERRIDDEN[value._key.index] if is_overridden else value._key
        # Other memory than that of the views. What a node saved is not there any more: a backward
        # shall notice, because kernels go by the dtype and shape that it had.
        self._changes, self._view_of = [version_of(self) + 1], None
