"""Save the parameters of a model to an .npz file, and load them."""

import io
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minitorch
from minitorch import Module, Scalar, Tensor
from minitorch._files import atomic_write
from minitorch.errors import DataError

Weights = dict[str, NDArray[np.float64]]

# What zipfile and NumPy raise on a file that is no archive of arrays, or no longer one.
_SIGNS_OF_DAMAGE = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, KeyError, RuntimeError)


def copy_weights(model: Module) -> Weights:
    """Copy the values of all parameters, Scalars and Tensors alike, by name."""
    return {name: _copy_value(parameter.value) for name, parameter in model.named_parameters()}


def _copy_value(value: Any) -> NDArray[np.float64]:
    if isinstance(value, Tensor):
        return np.array(value.to_numpy(), dtype=np.float64)
    return np.array(value.data if isinstance(value, Scalar) else value, dtype=np.float64)


def set_weights(model: Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Give every parameter of a model the value of its name, on the parameter's own backend.

    Raises:
        DataError: names or shapes differ from the model's; it is left as it was.
    """
    own = copy_weights(model)
    problems = [f"{name} is missing" for name in own if name not in weights]
    problems += [f"{name} is not in the model" for name in weights if name not in own]
    problems += [
        f"{name} has shape {weights[name].shape}, the model's has {own[name].shape}"
        for name in own
        if name in weights and weights[name].shape != own[name].shape
    ]
    if problems:
        raise DataError(f"The weights do not fit the model: {'; '.join(problems)}.")
    for name, parameter in model.named_parameters():
        parameter.update(_like(parameter.value, np.array(weights[name], dtype=np.float64)))


def _like(value: Any, array: NDArray[np.float64]) -> Any:
    """Make a value of the same kind as a parameter's."""
    if isinstance(value, Tensor):
        return minitorch.tensor(array, backend=value.backend)
    return Scalar(array.item()) if isinstance(value, Scalar) else array.item()


def save_weights(path: str | os.PathLike[str], weights: Mapping[str, NDArray[Any]]) -> None:
    """Write weights to an .npz file; it appears whole or not at all.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    with atomic_write(path) as file:
        np.savez(file, allow_pickle=False, **weights)


def read_weights(path: str | os.PathLike[str]) -> Weights:
    """Read the weights in an .npz file.

    Raises:
        FileNotFoundError: there is no such file.
        DataError: it is damaged or no file of weights.
    """
    content = io.BytesIO(Path(path).read_bytes())
    try:
        # NumPy would read a file of another kind as well, and checks no checksums of its own.
        with zipfile.ZipFile(content) as archive:
            damaged = archive.testzip()
        if damaged:
            raise DataError(f"the checksum of {damaged} is wrong")
        content.seek(0)
        with np.load(content, allow_pickle=False) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
    except _SIGNS_OF_DAMAGE as error:
        raise DataError(f"{path} is damaged or no file of weights: {error}.") from error
    for name, array in weights.items():
        if array.dtype != np.float64:
            raise DataError(f"{path}: {name} holds {array.dtype} elements, not float64.")
    return weights


def load_weights(model: Module, path: str | os.PathLike[str]) -> None:
    """Set a model's parameters to what `save_weights` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        DataError: it is damaged, or belongs to another model, which is left as it was.
    """
    weights = read_weights(path)
    try:
        set_weights(model, weights)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
