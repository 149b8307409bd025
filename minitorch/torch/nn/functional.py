"""The functions of networks: `torch.nn.functional`."""

from typing import TYPE_CHECKING

from .._missing import missing_from
from ..functions.arranging.shuffling import channel_shuffle as channel_shuffle
from ..functions.arranging.shuffling import native_channel_shuffle as native_channel_shuffle
from ..functions.arranging.shuffling import pixel_shuffle as pixel_shuffle
from ..functions.arranging.shuffling import pixel_unshuffle as pixel_unshuffle
from ..functions.convolutions.convolution import conv1d as conv1d
from ..functions.convolutions.convolution import conv2d as conv2d
from ..functions.convolutions.convolution import conv3d as conv3d
from ..functions.convolutions.convolution import conv_transpose1d as conv_transpose1d
from ..functions.convolutions.convolution import conv_transpose2d as conv_transpose2d
from ..functions.convolutions.convolution import conv_transpose3d as conv_transpose3d
from ..functions.convolutions.folding import fold as fold
from ..functions.convolutions.folding import unfold as unfold
from ..functions.convolutions.time_convolution import conv_tbc as conv_tbc
from ..functions.images.grid_sampling import affine_grid as affine_grid
from ..functions.images.grid_sampling import grid_sample as grid_sample
from ..functions.images.padding import pad as pad
from ..functions.images.resampling import interpolate as interpolate
from ..functions.images.resampling import upsample as upsample
from ..functions.images.resampling import upsample_bilinear as upsample_bilinear
from ..functions.images.resampling import upsample_nearest as upsample_nearest
from ..functions.indexing.embedding import embedding as embedding
from ..functions.indexing.embedding import one_hot as one_hot
from ..functions.indexing.embedding_bags import embedding_bag as embedding_bag
from ..functions.losses.binary import binary_cross_entropy as binary_cross_entropy
from ..functions.losses.binary import (
    binary_cross_entropy_with_logits as binary_cross_entropy_with_logits,
)
from ..functions.losses.binary import multilabel_soft_margin_loss as multilabel_soft_margin_loss
from ..functions.losses.binary import soft_margin_loss as soft_margin_loss
from ..functions.losses.classification import cross_entropy as cross_entropy
from ..functions.losses.classification import nll_loss as nll_loss
from ..functions.losses.ctc import ctc_loss as ctc_loss
from ..functions.losses.linear import linear_cross_entropy as linear_cross_entropy
from ..functions.losses.margin import multi_margin_loss as multi_margin_loss
from ..functions.losses.margin import multilabel_margin_loss as multilabel_margin_loss
from ..functions.losses.probabilities import kl_div as kl_div
from ..functions.losses.ranking import cosine_embedding_loss as cosine_embedding_loss
from ..functions.losses.ranking import hinge_embedding_loss as hinge_embedding_loss
from ..functions.losses.ranking import margin_ranking_loss as margin_ranking_loss
from ..functions.losses.ranking import triplet_margin_loss as triplet_margin_loss
from ..functions.losses.ranking import (
    triplet_margin_with_distance_loss as triplet_margin_with_distance_loss,
)
from ..functions.losses.regression import gaussian_nll_loss as gaussian_nll_loss
from ..functions.losses.regression import huber_loss as huber_loss
from ..functions.losses.regression import l1_loss as l1_loss
from ..functions.losses.regression import mse_loss as mse_loss
from ..functions.losses.regression import poisson_nll_loss as poisson_nll_loss
from ..functions.losses.regression import smooth_l1_loss as smooth_l1_loss
from ..functions.normalization.normalization import batch_norm as batch_norm
from ..functions.normalization.normalization import group_norm as group_norm
from ..functions.normalization.normalization import instance_norm as instance_norm
from ..functions.normalization.normalization import layer_norm as layer_norm
from ..functions.normalization.normalization import rms_norm as rms_norm
from ..functions.normalization.response import local_response_norm as local_response_norm
from ..functions.pointwise.activations import celu as celu
from ..functions.pointwise.activations import elu as elu
from ..functions.pointwise.activations import gelu as gelu
from ..functions.pointwise.activations import hardshrink as hardshrink
from ..functions.pointwise.activations import hardsigmoid as hardsigmoid
from ..functions.pointwise.activations import hardswish as hardswish
from ..functions.pointwise.activations import hardtanh as hardtanh
from ..functions.pointwise.activations import leaky_relu as leaky_relu
from ..functions.pointwise.activations import logsigmoid as logsigmoid
from ..functions.pointwise.activations import mish as mish
from ..functions.pointwise.activations import prelu as prelu
from ..functions.pointwise.activations import relu as relu
from ..functions.pointwise.activations import relu6 as relu6
from ..functions.pointwise.activations import selu as selu
from ..functions.pointwise.activations import silu as silu
from ..functions.pointwise.activations import softplus as softplus
from ..functions.pointwise.activations import softshrink as softshrink
from ..functions.pointwise.activations import softsign as softsign
from ..functions.pointwise.activations import tanhshrink as tanhshrink
from ..functions.pointwise.activations import threshold as threshold
from ..functions.pointwise.activations_in_place import celu_ as celu_
from ..functions.pointwise.activations_in_place import elu_ as elu_
from ..functions.pointwise.activations_in_place import hardtanh_ as hardtanh_
from ..functions.pointwise.activations_in_place import leaky_relu_ as leaky_relu_
from ..functions.pointwise.activations_in_place import selu_ as selu_
from ..functions.pointwise.activations_in_place import threshold_ as threshold_
from ..functions.pointwise.generated import relu_ as relu_
from ..functions.pointwise.generated import sigmoid as sigmoid
from ..functions.pointwise.generated import tanh as tanh
from ..functions.pointwise.normalizing import glu as glu
from ..functions.pointwise.normalizing import gumbel_softmax as gumbel_softmax
from ..functions.pointwise.normalizing import log_softmax as log_softmax
from ..functions.pointwise.normalizing import normalize as normalize
from ..functions.pointwise.normalizing import softmax as softmax
from ..functions.pointwise.normalizing import softmin as softmin
from ..functions.pooling.adaptive_pooling import adaptive_avg_pool1d as adaptive_avg_pool1d
from ..functions.pooling.adaptive_pooling import adaptive_avg_pool2d as adaptive_avg_pool2d
from ..functions.pooling.adaptive_pooling import adaptive_avg_pool3d as adaptive_avg_pool3d
from ..functions.pooling.adaptive_pooling import adaptive_max_pool1d as adaptive_max_pool1d
from ..functions.pooling.adaptive_pooling import (
    adaptive_max_pool1d_with_indices as adaptive_max_pool1d_with_indices,
)
from ..functions.pooling.adaptive_pooling import adaptive_max_pool2d as adaptive_max_pool2d
from ..functions.pooling.adaptive_pooling import (
    adaptive_max_pool2d_with_indices as adaptive_max_pool2d_with_indices,
)
from ..functions.pooling.adaptive_pooling import adaptive_max_pool3d as adaptive_max_pool3d
from ..functions.pooling.adaptive_pooling import (
    adaptive_max_pool3d_with_indices as adaptive_max_pool3d_with_indices,
)
from ..functions.pooling.fractional_pooling import fractional_max_pool2d as fractional_max_pool2d
from ..functions.pooling.fractional_pooling import (
    fractional_max_pool2d_with_indices as fractional_max_pool2d_with_indices,
)
from ..functions.pooling.fractional_pooling import fractional_max_pool3d as fractional_max_pool3d
from ..functions.pooling.fractional_pooling import (
    fractional_max_pool3d_with_indices as fractional_max_pool3d_with_indices,
)
from ..functions.pooling.pooling import avg_pool1d as avg_pool1d
from ..functions.pooling.pooling import avg_pool2d as avg_pool2d
from ..functions.pooling.pooling import avg_pool3d as avg_pool3d
from ..functions.pooling.pooling import lp_pool1d as lp_pool1d
from ..functions.pooling.pooling import lp_pool2d as lp_pool2d
from ..functions.pooling.pooling import lp_pool3d as lp_pool3d
from ..functions.pooling.pooling import max_pool1d as max_pool1d
from ..functions.pooling.pooling import max_pool1d_with_indices as max_pool1d_with_indices
from ..functions.pooling.pooling import max_pool2d as max_pool2d
from ..functions.pooling.pooling import max_pool2d_with_indices as max_pool2d_with_indices
from ..functions.pooling.pooling import max_pool3d as max_pool3d
from ..functions.pooling.pooling import max_pool3d_with_indices as max_pool3d_with_indices
from ..functions.pooling.unpooling import max_unpool1d as max_unpool1d
from ..functions.pooling.unpooling import max_unpool2d as max_unpool2d
from ..functions.pooling.unpooling import max_unpool3d as max_unpool3d
from ..functions.products.bilinear import bilinear as bilinear
from ..functions.products.distances import cosine_similarity as cosine_similarity
from ..functions.products.distances import pairwise_distance as pairwise_distance
from ..functions.products.distances import pdist as pdist
from ..functions.products.linear import linear as linear
from ..functions.random.dropout import alpha_dropout as alpha_dropout
from ..functions.random.dropout import dropout as dropout
from ..functions.random.dropout import dropout1d as dropout1d
from ..functions.random.dropout import dropout2d as dropout2d
from ..functions.random.dropout import dropout3d as dropout3d
from ..functions.random.dropout import feature_alpha_dropout as feature_alpha_dropout
from ..functions.random.rrelu import rrelu as rrelu
from ..functions.random.rrelu import rrelu_ as rrelu_
from ..functions.sequences.attention import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from ..functions.sequences.multi_head_attention import (
    multi_head_attention_forward as multi_head_attention_forward,
)

# Type checkers shall go on to find names that are not there.
if not TYPE_CHECKING:
    __getattr__ = missing_from(__name__)
