"""Task 1.5: train a classifier of points with Scalars."""

from minitorch.training.log import default_log_fn as default_log_fn
from minitorch.training.run_scalar import Linear as Linear
from minitorch.training.run_scalar import Network as Network
from minitorch.training.run_scalar import ScalarTrain as ScalarTrain
from minitorch.training.run_scalar import main

if __name__ == "__main__":
    main()
