"""Task 3.5: the perceptron on fast backends, with mini-batches and a matrix product."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minitorch
from minitorch import TensorBackend
from minitorch.errors import DeviceError, MissingPackageError
from minitorch.viz.boundary import draw_boundary

from .arguments import DATASET_NAMES, check_points, positive_float, positive_int
from .layers import Linear
from .log import default_log_fn
from .mlp import Perceptron, PerceptronTrain
from .weights import copy_weights, set_weights

# The course's script offers its layer and its log function under these names.
__all__ = [
    "FastTensorBackend",
    "FastTrain",
    "Linear",
    "Network",
    "default_log_fn",
    "gpu_backend",
    "main",
]

FastTensorBackend = minitorch.TensorBackend(minitorch.FastOps)


class Network(Perceptron):
    """The perceptron on a backend of choice.

    Args:
        hidden: the width of both hidden layers.
        backend: where the parameters live.
    """

    def __init__(self, hidden: int, backend: TensorBackend) -> None:
        super().__init__(hidden, backend, Linear)


class FastTrain(PerceptronTrain):
    """Trains a 2-h-h-1 perceptron with shuffled mini-batches.

    Args:
        hidden_layers: h, the width of both hidden layers.
        backend: where the tensors live.
        batch_size: number of points in each step; None: all of them.
    """

    def __init__(
        self,
        hidden_layers: int,
        backend: TensorBackend = FastTensorBackend,
        batch_size: int | None = 10,
    ) -> None:
        super().__init__(hidden_layers, backend, batch_size)

    def make_model(self) -> Network:
        """Make a model with fresh weights."""
        return Network(self.hidden_layers, self.backend)

    def probability(self, points: Any) -> NDArray[np.float64]:
        """Give the probability of label 1 at each of n points as an array (n,), on the CPU.

        The thousands of points of a picture would take the CUDA simulator minutes.
        """
        if self.backend is FastTensorBackend:
            return super().probability(points)
        on_cpu = FastTrain(self.hidden_layers)
        set_weights(on_cpu.model, copy_weights(self.model))
        return on_cpu.probability(points)


def gpu_backend() -> TensorBackend:
    """Make the backend of CUDA kernels.

    Raises:
        DeviceError: there is neither a CUDA device nor the simulator.
    """
    from minitorch._cuda import require_device

    require_device("The GPU backend")
    return minitorch.TensorBackend(minitorch.CudaOps)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; give the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    check_points(parser, options.DATASET, options.PTS)
    try:
        backend = gpu_backend() if options.BACKEND == "gpu" else FastTensorBackend
        data = minitorch.datasets[options.DATASET.capitalize()](options.PTS)
        trainer = FastTrain(options.HIDDEN, backend)
        trainer.train(data, options.RATE)
        if options.PLOT:
            picture = Path("runs") / options.DATASET / "boundary.png"
            draw_boundary(picture, data, trainer.probability, options.DATASET.capitalize())
            print(f"The picture is {picture}")
    except (DeviceError, MissingPackageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_fast_tensor", description="Train a perceptron on points of the plane."
    )
    parser.add_argument(
        "--PTS", type=positive_int, default=50, help="number of points (default: %(default)s)"
    )
    parser.add_argument(
        "--HIDDEN", type=positive_int, default=10, help="width of the layers (default: %(default)s)"
    )
    parser.add_argument(
        "--RATE", type=positive_float, default=0.05, help="learning rate (default: %(default)s)"
    )
    parser.add_argument(
        "--BACKEND",
        type=str.lower,
        choices=["cpu", "gpu"],
        default="cpu",
        help="FastOps or CudaOps (default: %(default)s)",
    )
    parser.add_argument(
        "--DATASET",
        type=str.lower,
        choices=DATASET_NAMES,
        default="simple",
        help="which points (default: %(default)s)",
    )
    parser.add_argument(
        "--PLOT",
        type=_truth,
        nargs="?",
        const=True,
        default=False,
        metavar="True|False",
        help="draw the decision boundary into runs/<dataset>/boundary.png",
    )
    return parser


def _truth(text: str) -> bool:
    """Read the value that may follow --PLOT."""
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"must be True or False, got {text!r}")
    return text.lower() == "true"
