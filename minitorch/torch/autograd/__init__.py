"""Gradients: `torch.autograd`."""

from typing import TYPE_CHECKING

from .._missing import missing_from
from . import anomaly_mode as anomaly_mode
from . import function as function
from . import functional as functional
from . import grad_mode as grad_mode
from . import graph as graph
from ._backward import backward as backward
from ._backward import grad as grad
from .anomaly_mode import detect_anomaly as detect_anomaly
from .anomaly_mode import set_detect_anomaly as set_detect_anomaly
from .function import Function as Function
from .grad_mode import enable_grad as enable_grad
from .grad_mode import inference_mode as inference_mode
from .grad_mode import no_grad as no_grad
from .grad_mode import set_grad_enabled as set_grad_enabled
from .gradcheck import gradcheck as gradcheck
from .gradcheck import gradgradcheck as gradgradcheck
from .variable import Variable as Variable

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
