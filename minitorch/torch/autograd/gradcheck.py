"""Gradients against finite differences: `torch.autograd.gradcheck`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import GradcheckError as GradcheckError
from .._wrap import Late, wrap
from ._backward import grad
from .grad_mode import enable_grad

if TYPE_CHECKING:
    from .._tensor import Tensor

Array = NDArray[Any]
Function = Callable[..., Any]


def gradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 0.001,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of a function with finite differences.

    Args:
        func: takes the inputs, and gives one tensor or several.
        inputs: the tensors among them that need a gradient are looked at; they should be float64.
        eps: the step of the differences.
        atol: absolute tolerance.
        rtol: relative tolerance.
        raise_exception: raise where they differ; else give False.
        nondet_tol: by how much a second backward may differ from the first.
        check_undefined_grad: also give no gradient to each of several results in turn.
        check_grad_dtypes: the gradients must have the dtypes of the inputs.
        check_batched_grad: not possible here.
        check_batched_forward_grad: not possible here.
        check_forward_ad: not possible here.
        check_backward_ad: look at the gradients at all.
        fast_mode: PyTorch looks at one random direction then; here all are looked at.
        masked: of sparse tensors, so it changes nothing here.

    Raises:
        GradcheckError: a gradient differs.
        ValueError: no input needs a gradient.
        NotImplementedError: for what is not possible here.
    """
    if check_batched_grad or check_batched_forward_grad or check_forward_ad:
        raise NotImplementedError(
            "gradcheck: derivatives are computed backward alone, one at a time: leave out "
            "check_batched_grad, check_batched_forward_grad and check_forward_ad."
        )
    given = (inputs,) if isinstance(inputs, Late.Tensor) else tuple(inputs)
    checked = [value for value in given if isinstance(value, Late.Tensor) and value.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them "
            "have requires_grad=True."
        )
    try:
        if check_backward_ad:
            _check(func, given, checked, eps, atol, rtol, nondet_tol, check_grad_dtypes)
            if check_undefined_grad:
                _check_undefined(func, given, checked)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 0.001,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare the second derivatives of a function with finite differences of the first.

    Args:
        func: see `gradcheck`; so are all other arguments.
        inputs: see `gradcheck`.
        grad_outputs: the gradients of the results; random ones by default.
        gen_non_contig_grad_outputs: the random ones do not lie densely.
        check_fwd_over_rev: not possible here.
        check_rev_over_rev: look at the second derivatives at all.

    Raises:
        GradcheckError: a derivative differs.
        ValueError: no input needs a gradient.
        NotImplementedError: for what is not possible here.
    """
    if check_fwd_over_rev:
        raise NotImplementedError("gradgradcheck: check_fwd_over_rev is not possible here.")
    given = (inputs,) if isinstance(inputs, Late.Tensor) else tuple(inputs)
    if grad_outputs is None:
        with enable_grad():
            results = _results(func, given)
        weights = [_random_like(result, gen_non_contig_grad_outputs) for result in results]
    else:
        weights = [grad_outputs] if isinstance(grad_outputs, Late.Tensor) else list(grad_outputs)
    count = len(given)

    def gradients(*values: Any) -> tuple[Tensor, ...]:
        arguments = [
            value.view(value._shape) if isinstance(value, Late.Tensor) and value.requires_grad
            else value
            for value in values[:count]
        ]  # fmt: skip
        wanted = [
            value for value in arguments if isinstance(value, Late.Tensor) and value.requires_grad
        ]
        results = _results(func, arguments)
        found = grad(results, wanted, list(values[count:]), create_graph=True, allow_unused=True)
        return tuple([own for own in found if own is not None and own.requires_grad])

    return not check_rev_over_rev or gradcheck(
        gradients,
        (*given, *weights),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        masked=masked,
    )


def _random_like(result: Tensor, is_strided: bool) -> Tensor:
    """Draw a gradient, always the same one, that needs a gradient itself."""
    numbers = np.random.default_rng(0)
    shape = (*result._shape, 2) if is_strided else result._shape
    drawn = numbers.standard_normal(shape).astype(result._array.dtype)
    return wrap(drawn[..., 0] if is_strided else np.asarray(drawn)).requires_grad_()


def _results(func: Function, given: Sequence[Any]) -> list[Tensor]:
    """Compute a function, and give those results that gradients flow to."""
    output = func(*given)
    results = list(output) if isinstance(output, tuple | list) else [output]
    return [r for r in results if isinstance(r, Late.Tensor) and r.requires_grad]


def _check(
    func: Function,
    given: Sequence[Any],
    checked: Sequence[Tensor],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
    check_dtypes: bool,
) -> None:
    with enable_grad():
        results = _results(func, given)
        expected = [_differences(func, given, argument, eps) for argument in checked]
        for place, result in enumerate(results):
            analytical = _jacobian(result, checked, check_dtypes)
            again = _jacobian(result, checked, check_dtypes)
            for i, argument in enumerate(checked):
                if not np.allclose(analytical[i], again[i], rtol=0, atol=nondet_tol):
                    raise GradcheckError(
                        "Backward is not reentrant, i.e., running backward with same input and "
                        f"grad_output multiple times gives different values: input {i}."
                    )
                numerical = expected[i][place]
                if not np.allclose(analytical[i], numerical, rtol=rtol, atol=atol):
                    raise GradcheckError(_report(place, i, argument, numerical, analytical[i]))


def _report(place: int, i: int, argument: Tensor, numerical: Array, analytical: Array) -> str:
    worst = np.unravel_index(np.nanargmax(np.abs(numerical - analytical)), numerical.shape)
    is_rough = argument._array.itemsize < 8
    hint = " The input is not float64, which finite differences need." if is_rough else ""
    return (
        f"Jacobian mismatch for output {place} with respect to input {i}: largest difference at "
        f"element {int(worst[0])} of the input and {int(worst[1])} of the output: numerical "
        f"{numerical[worst]!r}, analytical {analytical[worst]!r}.{hint}\n"
        f"numerical:\n{numerical}\nanalytical:\n{analytical}"
    )


def _differences(func: Function, given: Sequence[Any], argument: Tensor, eps: float) -> list[Array]:
    """Give for each result (elements of the argument, elements of the result) by differences."""
    rows: list[list[Array]] = []
    array = argument._array
    for index in np.ndindex(array.shape):
        before = array[index]
        try:
            array[index] = before + eps
            above = [np.array(r._array, np.float64) for r in _results(func, given)]
            array[index] = before - eps
            below = [np.array(r._array, np.float64) for r in _results(func, given)]
        finally:
            array[index] = before
        rows.append([(a - b).ravel() / (2 * eps) for a, b in zip(above, below, strict=True)])
    if not rows:
        return [np.zeros((0, r._array.size)) for r in _results(func, given)]
    return [np.stack([row[place] for row in rows]) for place in range(len(rows[0]))]


def _jacobian(result: Tensor, checked: Sequence[Tensor], check_dtypes: bool) -> list[Array]:
    """Give for each argument (its elements, elements of the result) by ways back."""
    size = result._array.size
    columns = [np.zeros((argument._array.size, size)) for argument in checked]
    for j in range(size):
        one = np.zeros(size, result._array.dtype)
        one[j] = 1
        weight = wrap(one.reshape(result._shape))
        found = grad(result, checked, weight, retain_graph=True, allow_unused=True)
        for own, argument, column in zip(found, checked, columns, strict=True):
            if own is None:
                continue
            if check_dtypes and own.dtype is not argument.dtype:
                raise GradcheckError(
                    f"Gradient has dtype mismatch: {own.dtype}, the input is {argument.dtype}"
                )
            column[:, j] = own._array.ravel()
    return columns


def _check_undefined(func: Function, given: Sequence[Any], checked: Sequence[Tensor]) -> None:
    """Check that the way back works where no gradient comes to one of several results."""
    with enable_grad():
        results = _results(func, given)
    if len(results) < 2:
        return
    for place in range(len(results)):
        others = [result for i, result in enumerate(results) if i != place]
        weights = [wrap(np.ones(r._shape, r._array.dtype)) for r in others]
        try:
            grad(others, checked, weights, retain_graph=True, allow_unused=True)
        except (AttributeError, TypeError) as problem:
            raise GradcheckError(
                "Expected backward function to handle undefined output grads: without one for "
                f"output {place} it raised {problem!r}"
            ) from problem
