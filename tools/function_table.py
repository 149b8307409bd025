"""The table of what computes each function of the framework: see docs/internals/function_table.md.

Elementwise functions and reductions are found in their tables. All others are listed here: the
kernel that computes them, the NumPy function, or what they are composed of.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from minitorch.kernels.op_table import OPS
from minitorch.kernels.reduction_table import REDUCTIONS

KERNELS = Path(__file__).resolve().parent.parent / "minitorch" / "kernels" / "cpu"

NUMBA, NUMPY, COMPOSITION, VIEW = "Numba kernel", "NumPy", "composition", "view"

# By how many programs they meet: what a training script needs, what is expected, the long tail.
TIERS = {
    "Tier 1: what a training script meets": """
        T __getitem__ __radd__ __rmul__ __rpow__ __rsub__ abs add all allclose amax amin any arange
        argmax argmin argsort bernoulli bmm bool cat chunk clamp clone contiguous cos cumsum
        diagonal div dot double einsum empty empty_like eq equal exp expand expand_as eye flatten
        float floor floor_divide full full_like gather ge gt index_select int isclose isfinite isnan
        item le linspace log log_softmax logical_and logical_not logical_or logsumexp long lt
        masked_fill masked_select matmul max maximum mean min minimum mm mul multinomial mv ne neg
        nn.functional.adaptive_avg_pool2d nn.functional.avg_pool1d nn.functional.avg_pool2d
        nn.functional.batch_norm nn.functional.binary_cross_entropy
        nn.functional.binary_cross_entropy_with_logits nn.functional.conv1d nn.functional.conv2d
        nn.functional.conv_transpose2d nn.functional.cross_entropy nn.functional.dropout
        nn.functional.elu nn.functional.embedding nn.functional.gelu nn.functional.group_norm
        nn.functional.interpolate nn.functional.kl_div nn.functional.l1_loss
        nn.functional.layer_norm nn.functional.leaky_relu nn.functional.linear
        nn.functional.max_pool1d nn.functional.max_pool2d nn.functional.mse_loss
        nn.functional.nll_loss nn.functional.normalize nn.functional.one_hot nn.functional.pad
        nn.functional.relu nn.functional.scaled_dot_product_attention nn.functional.silu
        nn.functional.smooth_l1_loss nn.functional.softplus nonzero norm normal ones ones_like outer
        permute pow prod rand_like randint randn randn_like reciprocal remainder repeat reshape
        round rsqrt scatter_add sigmoid sign sin softmax sort split sqrt square squeeze stack std
        sub sum t tanh to topk transpose tril triu true_divide unbind uniform unsqueeze var view
        where zeros zeros_like""",
    "Tier 2: what is expected": """
        acos addmm argwhere asin atan atan2 bitwise_and broadcast_tensors broadcast_to ceil
        clamp_max clamp_min cumprod diag erf erfc expm1 flip fmod index_add isinf log10 log1p log2
        logical_xor mT median meshgrid narrow new_zeros nn.functional.adaptive_avg_pool1d
        nn.functional.conv_transpose1d nn.functional.cosine_similarity nn.functional.dropout2d
        nn.functional.gaussian_nll_loss nn.functional.glu nn.functional.hardsigmoid
        nn.functional.hardswish nn.functional.hardtanh nn.functional.huber_loss
        nn.functional.pixel_shuffle nn.functional.prelu nn.functional.relu6 nn.functional.selu
        nn.functional.softmin nn.functional.softsign reshape_as roll scatter select split_with_sizes
        tan tensor_split tile trace trunc unique view_as zero_""",
    "Tier 3: the long tail": """
        __rand__ __rmatmul__ __rmod__ __ror__ __rxor__ acosh addcdiv addcmul addmv addr aminmax
        asinh atanh atleast_1d atleast_2d atleast_3d baddbmm bincount bitwise_not bitwise_or
        bitwise_xor broadcast_shapes bucketize cdist column_stack copysign cosh count_nonzero cross
        cummax cummin diag_embed diagflat diff dsplit dstack erfinv exp2 exponential fliplr flipud
        fmax fmin frac gcd heaviside hsplit hstack hypot index_copy index_fill index_put inner isin
        isneginf isposinf kron kthvalue lerp lgamma linalg.cross linalg.det linalg.inv
        linalg.matrix_norm linalg.matrix_power linalg.multi_dot linalg.norm linalg.solve
        linalg.vector_norm logaddexp logcumsumexp logit logspace mode movedim msort nan_to_num
        nanmean nanmedian nansum new_empty new_full new_ones nn.functional.adaptive_avg_pool3d
        nn.functional.adaptive_max_pool1d nn.functional.adaptive_max_pool2d
        nn.functional.adaptive_max_pool3d nn.functional.alpha_dropout nn.functional.avg_pool3d
        nn.functional.bilinear nn.functional.celu nn.functional.conv3d
        nn.functional.conv_transpose3d nn.functional.cosine_embedding_loss nn.functional.ctc_loss
        nn.functional.dropout3d nn.functional.grid_sample nn.functional.hardshrink
        nn.functional.hinge_embedding_loss nn.functional.instance_norm
        nn.functional.local_response_norm nn.functional.logsigmoid
        nn.functional.margin_ranking_loss nn.functional.max_pool3d nn.functional.mish
        nn.functional.multi_margin_loss nn.functional.multilabel_soft_margin_loss
        nn.functional.pairwise_distance nn.functional.pixel_unshuffle
        nn.functional.poisson_nll_loss nn.functional.rms_norm nn.functional.soft_margin_loss
        nn.functional.softshrink nn.functional.tanhshrink nn.functional.threshold
        nn.functional.triplet_margin_loss nn.functional.unfold positive quantile ravel
        repeat_interleave rot90 rsub scalar_tensor scatter_reduce searchsorted select_scatter
        signbit sinc sinh slice_scatter std_mean take take_along_dim tensordot tril_indices
        triu_indices unflatten unfold unique_consecutive var_mean vsplit vstack xlogy""",
}

# A kernel of another name than the function's, with its file; a family at a time.
KERNELS_BY_FAMILY = {
    "casts": """
        bool=cast.cast double=cast.cast float=cast.cast int=cast.cast long=cast.cast to=cast.cast
        clone=cast.contiguous contiguous=cast.contiguous""",
    "products": """
        matmul=gemm.matmul mm=gemm.matmul mv=gemm.matmul bmm=gemm.matmul dot=gemm.matmul
        inner=gemm.matmul addmm=gemm.addmm baddbmm=gemm.baddbmm __rmatmul__=gemm.matmul""",
    "softmax, losses and norms": """
        softmax=softmax.softmax log_softmax=softmax.log_softmax
        nn.functional.cross_entropy=loss.cross_entropy nn.functional.nll_loss=loss.nll_loss
        nn.functional.l1_loss=value_loss_loops.absolute_distance
        nn.functional.mse_loss=value_loss_loops.squared
        nn.functional.smooth_l1_loss=value_loss_loops.smooth
        nn.functional.huber_loss=value_loss_loops.huber
        nn.functional.binary_cross_entropy=value_loss_loops.cross_entropy
        nn.functional.binary_cross_entropy_with_logits=value_loss_loops.cross_entropy_of_logits
        nn.functional.ctc_loss=ctc_loops.ctc_forward nn.functional.linear=linear.linear
        nn.functional.layer_norm=norm.layer_norm nn.functional.rms_norm=norm.rms_norm
        nn.functional.batch_norm=channels.batch_norm
        nn.functional.group_norm=groups.group_norm linalg.norm=reduce.norm
        linalg.vector_norm=reduce.norm""",
    "convolution and pooling": """
        nn.functional.conv1d=conv.conv1d nn.functional.conv2d=conv.conv2d
        nn.functional.conv3d=conv.conv3d nn.functional.conv_transpose1d=conv.conv_transpose
        nn.functional.conv_transpose2d=conv.conv_transpose
        nn.functional.conv_transpose3d=conv.conv_transpose
        nn.functional.max_pool1d=pool.max_pool nn.functional.max_pool2d=pool.max_pool
        nn.functional.max_pool3d=pool.max_pool nn.functional.avg_pool1d=pool.avg_pool
        nn.functional.avg_pool2d=pool.avg_pool nn.functional.avg_pool3d=pool.avg_pool
        nn.functional.adaptive_avg_pool1d=pool.adaptive_avg_pool
        nn.functional.adaptive_avg_pool2d=pool.adaptive_avg_pool
        nn.functional.adaptive_avg_pool3d=pool.adaptive_avg_pool
        nn.functional.adaptive_max_pool1d=pool.adaptive_max_pool
        nn.functional.adaptive_max_pool2d=pool.adaptive_max_pool
        nn.functional.adaptive_max_pool3d=pool.adaptive_max_pool
        nn.functional.grid_sample=grid.grid_sample""",
    "attention and embedding": """
        nn.functional.scaled_dot_product_attention=attention.scaled_dot_product_attention
        nn.functional.embedding=embedding.embedding""",
    "indexing": """
        __getitem__=advanced_indexing.index index_put=advanced_indexing.index_put
        gather=indexing.gather index_select=indexing.index_select take=indexing.take
        take_along_dim=indexing.take_along_dim scatter=indexing.scatter
        scatter_add=indexing.scatter_add scatter_reduce=scatter_reduce.scatter_reduce
        index_add=indexing.index_add index_copy=indexing.index_copy
        index_fill=indexing.index_fill masked_fill=masking.masked_fill
        masked_select=masking.masked_select nonzero=masking.nonzero""",
    "sorting and counting": """
        sort=sorting.sort argsort=sorting.argsort topk=sorting.topk unique=unique.unique
        unique_consecutive=unique.unique_consecutive bincount=unique.bincount
        bucketize=unique.bucketize searchsorted=unique.searchsorted""",
    "random numbers": """
        bernoulli=random.bernoulli_ uniform=random.uniform_ normal=random.normal_
        randn=random.normal_ randn_like=random.normal_ rand_like=random.uniform_
        exponential=random.exponential_ randint=random_integers.randint
        multinomial=random_integers.multinomial nn.functional.dropout=dropout.dropout
        nn.functional.dropout2d=dropout.feature_dropout
        nn.functional.dropout3d=dropout.feature_dropout
        nn.functional.alpha_dropout=dropout.alpha_dropout""",
}

NUMPYS = {
    "arange": "arange",
    "linspace": "linspace",
    "logspace": "logspace",
    "eye": "eye",
    "empty": "empty",
    "empty_like": "empty",
    "new_empty": "empty",
    "full": "full",
    "full_like": "full",
    "new_full": "full",
    "scalar_tensor": "full",
    "ones": "full",
    "ones_like": "full",
    "new_ones": "full",
    "zeros": "zeros",
    "zeros_like": "zeros",
    "new_zeros": "zeros",
    "zero_": "ndarray.fill",
    "cat": "concatenate",
    "stack": "concatenate",
    "column_stack": "concatenate",
    "dstack": "concatenate",
    "hstack": "concatenate",
    "vstack": "concatenate",
    "repeat": "tile",
    "tile": "tile",
    "repeat_interleave": "repeat",
    "flip": "flip, copied",
    "fliplr": "flip, copied",
    "flipud": "flip, copied",
    "rot90": "rot90, copied",
    "roll": "roll",
    "tril": "tril",
    "triu": "triu",
    "tril_indices": "tril_indices",
    "triu_indices": "triu_indices",
    "item": "ndarray.item",
    "equal": "array_equal",
    "isin": "isin",
    "linalg.det": "linalg.det (LAPACK)",
    "linalg.inv": "linalg.inv (LAPACK)",
    "linalg.solve": "linalg.solve (LAPACK)",
    "nn.functional.pad": "pad",
}

VIEWS = """
    T mT t transpose permute movedim view view_as reshape reshape_as flatten ravel unflatten expand
    expand_as broadcast_to broadcast_tensors broadcast_shapes squeeze unsqueeze select narrow split
    split_with_sizes tensor_split chunk unbind dsplit hsplit vsplit diagonal unfold atleast_1d
    atleast_2d atleast_3d meshgrid"""

COMPOSITIONS = {
    "__radd__": "add",
    "__rmul__": "mul",
    "__rpow__": "pow",
    "__rsub__": "sub",
    "__rmod__": "remainder",
    "__rand__": "bitwise_and",
    "__ror__": "bitwise_or",
    "__rxor__": "bitwise_xor",
    "rsub": "sub",
    "div": "true_divide, floor_divide, trunc",
    "allclose": "isclose, all",
    "isclose": "sub, abs, le",
    "outer": "mul of a column and a row",
    "einsum": "permute, reshape, matmul",
    "tensordot": "permute, reshape, matmul",
    "kron": "mul, reshape",
    "trace": "diagonal, sum",
    "diag": "diagonal; zeros and its diagonal",
    "diag_embed": "zeros and its diagonal",
    "diagflat": "zeros and its diagonal",
    "argwhere": "nonzero",
    "msort": "sort",
    "quantile": "sort, gather, lerp",
    "std_mean": "var_mean, sqrt",
    "diff": "narrow, sub",
    "addmv": "matmul, add",
    "addr": "outer, add",
    "cross": "narrow, mul, sub",
    "linalg.cross": "narrow, mul, sub",
    "linalg.matrix_norm": "norm; linalg.svd (LAPACK)",
    "linalg.matrix_power": "matmul",
    "linalg.multi_dot": "matmul",
    "cdist": "matmul, sum, sqrt; sub, norm",
    "select_scatter": "clone, copy_",
    "slice_scatter": "clone, copy_",
    "nn.functional.bilinear": "einsum",
    "nn.functional.one_hot": "scatter",
    "nn.functional.normalize": "norm, clamp_min, true_divide",
    "nn.functional.cosine_similarity": "mul, sum, norm",
    "nn.functional.pairwise_distance": "sub, norm",
    "nn.functional.glu": "chunk, sigmoid, mul",
    "nn.functional.softmin": "neg, softmax",
    "nn.functional.pixel_shuffle": "reshape, permute",
    "nn.functional.pixel_unshuffle": "reshape, permute",
    "nn.functional.unfold": "unfold, permute, reshape",
    "nn.functional.interpolate": "index_select, lerp",
    "nn.functional.instance_norm": "batch_norm of reshaped input",
    "nn.functional.local_response_norm": "square, avg_pool, pow, true_divide",
    "nn.functional.kl_div": "xlogy, mul, sub, mean",
    "nn.functional.gaussian_nll_loss": "clamp, log, square, mean",
    "nn.functional.poisson_nll_loss": "exp, mul, mean",
    "nn.functional.cosine_embedding_loss": "cosine_similarity, where, mean",
    "nn.functional.hinge_embedding_loss": "where, clamp_min, mean",
    "nn.functional.margin_ranking_loss": "clamp_min, mean",
    "nn.functional.multi_margin_loss": "gather, clamp_min, pow, mean",
    "nn.functional.multilabel_soft_margin_loss": "logsigmoid, mean",
    "nn.functional.soft_margin_loss": "softplus, mean",
    "nn.functional.triplet_margin_loss": "pairwise_distance, clamp_min, mean",
}

HEAD = """# What computes each function

Written by tools/generate.py: change it in tools/function_table.py.

Every function of `minitorch.torch` is computed by a kernel of `minitorch.kernels` that Numba
compiles, by NumPy (with LAPACK behind its linear algebra), or is composed of functions that are.
A view computes nothing.
"""


def function_table() -> str:
    """Write the table.

    Raises:
        ValueError: a function has no entry, or the kernel that an entry names does not exist.
    """
    entries = dict(_entries())
    parts = [HEAD]
    for title, names in TIERS.items():
        parts.append(
            f"\n## {title}\n\n| function | computed by | where, or of what |\n| - | - | - |"
        )
        for name in names.split():
            if name not in entries:
                raise ValueError(f"tools/function_table.py lacks {name}.")
            kind, where = entries[name]
            parts.append(f"| `{name}` | {kind} | {where} |")
    return "\n".join(parts) + "\n"


def _entries() -> Iterator[tuple[str, tuple[str, str]]]:
    """Give what computes each function, and where."""
    for op in OPS:
        found = NUMBA, f"`generated/elementwise.py`: {op.name}"
        yield op.name, found
        yield f"nn.functional.{op.name}", found
    for row in REDUCTIONS:
        yield row.name, (NUMBA, _kernel(row.module, row.name))
    yield "where", (NUMBA, "`cpu/elementwise/where.py`: where")
    for family, names in KERNELS_BY_FAMILY.items():
        for entry in names.split():
            name, _, place = entry.partition("=")
            module, _, function = place.partition(".")
            yield name, (NUMBA, _kernel(module, function, family))
    for name, function in NUMPYS.items():
        yield name, (NUMPY, f"`np.{function}`")
    for name in VIEWS.split():
        yield name, (VIEW, "")
    for name, parts in COMPOSITIONS.items():
        yield name, (COMPOSITION, parts)


def _kernel(module: str, function: str, family: str = "") -> str:
    """Name a kernel's place; its file, in the folder of any family, must define it."""
    files = sorted(KERNELS.glob(f"*/{module}.py"))
    if len(files) != 1:
        raise ValueError(f"cpu/ has {len(files)} files {module}.py, not one ({family}).")
    tree = ast.parse(files[0].read_text(encoding="utf-8"))
    place = files[0].relative_to(KERNELS.parent).as_posix()
    if not any(isinstance(node, ast.FunctionDef) and node.name == function for node in tree.body):
        raise ValueError(f"{place} defines no {function} ({family}).")
    return f"`{place}`: {function}"
