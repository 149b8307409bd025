"""Task 2.5: train a classifier of points with tensors."""

from minitorch.training.log import default_log_fn as default_log_fn
from minitorch.training.run_tensor import Linear as Linear
from minitorch.training.run_tensor import Network as Network
from minitorch.training.run_tensor import TensorTrain as TensorTrain
from minitorch.training.run_tensor import main

if __name__ == "__main__":
    main()
