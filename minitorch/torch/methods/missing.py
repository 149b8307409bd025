"""Methods and attributes of PyTorch's tensors that are not here yet, each of which says so.

A `__getattr__` of the class would say it for every name, and slow down every read of every
attribute. Whoever writes one of these takes its line away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from .._missing import PAGE


class MissingName:
    """An attribute that raises an AttributeError when it is read, so `hasattr` is False."""

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type[object]) -> NoReturn:
        raise AttributeError(
            f"'{owner.__name__}' object has no attribute '{self._name}': minitorch does not have "
            f"it yet. What minitorch has is listed in its {PAGE}.",
            name=self._name,
            obj=instance,
        )


class MissingMethods:
    """Names that PyTorch's tensors have."""

    __slots__ = ()

    def __dir__(self) -> Iterable[str]:
        return [name for name in super().__dir__() if name not in _MISSING]

    # Type checkers shall go on to find names that are not there.
    if not TYPE_CHECKING:
        angle = MissingName()
        bfloat16 = MissingName()
        ccol_indices = MissingName()
        cdouble = MissingName()
        cfloat = MissingName()
        chalf = MissingName()
        col_indices = MissingName()
        conj_physical = MissingName()
        conj_physical_ = MissingName()
        const_data_ptr = MissingName()
        crow_indices = MissingName()
        dequantize = MissingName()
        eig = MissingName()
        grad_dtype = MissingName()
        hash_tensor = MissingName()
        i0 = MissingName()
        i0_ = MissingName()
        igamma = MissingName()
        igamma_ = MissingName()
        igammac = MissingName()
        igammac_ = MissingName()
        index = MissingName()
        int_repr = MissingName()
        ipu = MissingName()
        is_distributed = MissingName()
        is_ipu = MissingName()
        is_maia = MissingName()
        is_mkldnn = MissingName()
        is_mtia = MissingName()
        is_nested = MissingName()
        is_vulkan = MissingName()
        is_xla = MissingName()
        is_xpu = MissingName()
        istft = MissingName()
        lstsq = MissingName()
        map2_ = MissingName()
        module_load = MissingName()
        mtia = MissingName()
        name = MissingName()
        nonzero_static = MissingName()
        polygamma_ = MissingName()
        q_per_channel_axis = MissingName()
        q_per_channel_scales = MissingName()
        q_per_channel_zero_points = MissingName()
        q_scale = MissingName()
        q_zero_point = MissingName()
        qscheme = MissingName()
        record_stream = MissingName()
        reinforce = MissingName()
        resize = MissingName()
        resize_as = MissingName()
        resize_as_sparse_ = MissingName()
        row_indices = MissingName()
        slice_inverse = MissingName()
        smm = MissingName()
        solve = MissingName()
        sparse_mask = MissingName()
        sparse_resize_ = MissingName()
        sparse_resize_and_clear_ = MissingName()
        sspaddmm = MissingName()
        stft = MissingName()
        storage_type = MissingName()
        symeig = MissingName()
        to_mkldnn = MissingName()
        to_padded_tensor = MissingName()
        to_sparse_bsc = MissingName()
        to_sparse_bsr = MissingName()
        to_sparse_csc = MissingName()
        to_sparse_csr = MissingName()
        volatile = MissingName()
        xpu = MissingName()


_MISSING = frozenset(
    name for name, value in vars(MissingMethods).items() if isinstance(value, MissingName)
)
