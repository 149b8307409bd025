"""Embeddings as layers: `torch.nn.modules.sparse`."""

from __future__ import annotations

from ....errors import ChoiceError
from ..._device import device as Device  # noqa: N812  (the argument has PyTorch's name)
from ..._dtype import dtype as DType  # noqa: N812
from ..._tensor import Tensor
from ...autograd.grad_mode import no_grad
from ...functions.creation.filled import empty
from ...functions.indexing.embedding import refuse_sparse
from .. import functional as F  # noqa: N812
from .. import init
from ..parameter import Parameter
from .module import Module


class _Table(Module):
    """A layer with a table of which rows are taken."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    max_norm: float | None
    norm_type: float
    scale_grad_by_freq: bool
    sparse: bool
    weight: Parameter

    def _fill_table(
        self,
        given: Tensor | None,
        is_fixed: bool,
        device: Device | str | None,
        dtype: DType | None,
    ) -> None:
        """Make the table: of numbers that are given, or normal ones."""
        if self.sparse:
            refuse_sparse(type(self).__name__)
        rows, sizes = self.num_embeddings, [self.num_embeddings, self.embedding_dim]
        if self.padding_idx is not None:
            if not -rows <= self.padding_idx < rows:
                raise ChoiceError(
                    f"Padding_idx must be within num_embeddings: got {self.padding_idx} for {rows} "
                    "rows."
                )
            self.padding_idx %= rows
        if given is None:
            table = empty(sizes, device=device, dtype=dtype)
            self.weight = Parameter(table, requires_grad=not is_fixed)
            self.reset_parameters()
            return
        if list(given.shape) != sizes:
            raise ChoiceError(
                "Shape of weight does not match num_embeddings and embedding_dim: got "
                f"{list(given.shape)}, expected {sizes}."
            )
        self.weight = Parameter(given, requires_grad=not is_fixed)

    def reset_parameters(self) -> None:
        """Draw a new table; the padding row is 0."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def _options(self) -> str:
        """Give the options that are not as usual."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq is not False:
            text += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        return text


class Embedding(_Table):
    """Take rows of a table by their numbers.

    Args:
        num_embeddings: how many rows there are.
        embedding_dim: how long they are.
        padding_idx: a row that is 0 at first and gets no gradient; it may count from the end.
        max_norm: rows that are taken and have a larger norm are scaled to it first, in place.
        norm_type: p of that norm.
        scale_grad_by_freq: divide each row's gradient by the number of places where it is taken.
        sparse: must be False: there are no sparse gradients here.
        device: where the table is.
        dtype: of the table.

    Shape:
        (*), int64 or int32 -> (*, embedding_dim)

    Attributes:
        weight: (num_embeddings, embedding_dim), normal numbers.

    Raises:
        AssertionError: padding_idx is outside the table.
        NotImplementedError: sparse is set.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self._fill_table(_weight, _freeze, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """Take the rows."""
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
            self.scale_grad_by_freq,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Give the sizes, and the options that are not as usual."""
        sizes = f"{self.num_embeddings}, {self.embedding_dim}"
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return sizes + padding + self._options().removeprefix(sizes)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """Make a layer of a table that exists, whose memory it shares.

        Args:
            embeddings: (num_embeddings, embedding_dim).
            freeze: the table gets no gradient.
            padding_idx: as in the constructor, and so the others.

        Raises:
            AssertionError: the table has not two dimensions.
        """
        rows, columns = _checked_table(embeddings)
        return cls(
            num_embeddings=rows,
            embedding_dim=columns,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )


class EmbeddingBag(_Table):
    """Take rows of a table and join them in bags.

    Args:
        num_embeddings: how many rows there are.
        embedding_dim: how long they are.
        max_norm: rows that are taken and have a larger norm are scaled to it first, in place.
        norm_type: p of that norm.
        scale_grad_by_freq: divide each row's gradient by the number of places where it is taken.
        mode: "sum", "mean" or "max".
        sparse: must be False: there are no sparse gradients here.
        include_last_offset: the last offset says where the last bag ends.
        padding_idx: a row that counts as absent; it may count from the end.
        device: where the table is.
        dtype: of the table.

    Shape:
        (B, N), or (M) with offsets (B) -> (B, embedding_dim)

    Raises:
        AssertionError: padding_idx is outside the table.
        NotImplementedError: sparse is set.
    """

    mode: str
    include_last_offset: bool

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Device | str | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self.padding_idx = padding_idx
        self._fill_table(_weight, False, device, dtype)

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        """Take the rows and join them; see `torch.nn.functional.embedding_bag`."""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq,
            self.mode, False, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """Give the sizes, and the options that are not as usual."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self._options()}, mode={self.mode!r}{padding}"

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """Make a layer of a table that exists; see `Embedding.from_pretrained`."""
        rows, columns = _checked_table(embeddings)
        layer = cls(
            num_embeddings=rows,
            embedding_dim=columns,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            mode=mode,
            sparse=sparse,
            _weight=embeddings,
            include_last_offset=include_last_offset,
            padding_idx=padding_idx,
        )
        layer.weight.requires_grad = not freeze
        return layer


def _checked_table(table: Tensor) -> tuple[int, int]:
    if table.dim() != 2:
        raise ChoiceError(
            f"Embeddings parameter is expected to be 2-dimensional, got shape {list(table.shape)}."
        )
    return table.shape[0], table.shape[1]
