"""Train a classifier of points with PyTorch, to compare with."""

from minitorch.training.log import default_log_fn as default_log_fn
from minitorch.training.run_torch import TorchTrain as TorchTrain
from minitorch.training.run_torch import main

if __name__ == "__main__":
    main()
