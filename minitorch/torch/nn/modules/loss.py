"""Losses as modules: `torch.nn.modules.loss`."""

from ._loss_base import _Loss as _Loss
from ._loss_base import _WeightedLoss as _WeightedLoss
from ._loss_classes import BCELoss as BCELoss
from ._loss_classes import BCEWithLogitsLoss as BCEWithLogitsLoss
from ._loss_classes import CrossEntropyLoss as CrossEntropyLoss
from ._loss_classes import CTCLoss as CTCLoss
from ._loss_classes import KLDivLoss as KLDivLoss
from ._loss_classes import LinearCrossEntropyLoss as LinearCrossEntropyLoss
from ._loss_classes import NLLLoss as NLLLoss
from ._loss_classes import NLLLoss2d as NLLLoss2d
from ._loss_margins import CosineEmbeddingLoss as CosineEmbeddingLoss
from ._loss_margins import HingeEmbeddingLoss as HingeEmbeddingLoss
from ._loss_margins import MarginRankingLoss as MarginRankingLoss
from ._loss_margins import MultiLabelMarginLoss as MultiLabelMarginLoss
from ._loss_margins import MultiLabelSoftMarginLoss as MultiLabelSoftMarginLoss
from ._loss_margins import MultiMarginLoss as MultiMarginLoss
from ._loss_margins import SoftMarginLoss as SoftMarginLoss
from ._loss_margins import TripletMarginLoss as TripletMarginLoss
from ._loss_margins import TripletMarginWithDistanceLoss as TripletMarginWithDistanceLoss
from ._loss_values import GaussianNLLLoss as GaussianNLLLoss
from ._loss_values import HuberLoss as HuberLoss
from ._loss_values import L1Loss as L1Loss
from ._loss_values import MSELoss as MSELoss
from ._loss_values import PoissonNLLLoss as PoissonNLLLoss
from ._loss_values import SmoothL1Loss as SmoothL1Loss
