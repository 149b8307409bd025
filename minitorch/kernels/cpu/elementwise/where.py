"""Choosing elements of two arrays by a mask."""

from typing import Any

from ...op_table import ALL
from .elementwise import Elementwise


def _where(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


def _where_backward_x(grad: Any, condition: Any) -> Any:
    return grad if condition else type(grad)(0)


def _where_backward_y(grad: Any, condition: Any) -> Any:
    return type(grad)(0) if condition else grad


# Called with a mask of bool and two arrays of one dtype, which broadcast: gives x where the mask
# holds, else y; then its gradients.
where = Elementwise("where", _where, ("condition", "x", "y"), ALL, masks=("condition",))
where_backward_x = Elementwise(
    "where_backward_x", _where_backward_x, ("grad", "condition"), ALL, masks=("condition",)
)
where_backward_y = Elementwise(
    "where_backward_y", _where_backward_y, ("grad", "condition"), ALL, masks=("condition",)
)
