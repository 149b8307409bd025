"""Task 3.5: train a classifier of points with fast tensors."""

import sys

from minitorch.training.log import default_log_fn as default_log_fn
from minitorch.training.run_fast_tensor import FastTensorBackend as FastTensorBackend
from minitorch.training.run_fast_tensor import FastTrain as FastTrain
from minitorch.training.run_fast_tensor import Linear as Linear
from minitorch.training.run_fast_tensor import Network as Network
from minitorch.training.run_fast_tensor import main

if __name__ == "__main__":
    sys.exit(main())
