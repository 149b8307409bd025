"""Task 4.5: train LeNet on images of ten classes."""

import sys

from minitorch.training.run_mnist_multiclass import BACKEND as BACKEND
from minitorch.training.run_mnist_multiclass import BATCH as BATCH
from minitorch.training.run_mnist_multiclass import ImageTrain as ImageTrain
from minitorch.training.run_mnist_multiclass import Network as Network
from minitorch.training.run_mnist_multiclass import default_log_fn as default_log_fn
from minitorch.training.run_mnist_multiclass import main
from minitorch.training.run_mnist_multiclass import make_mnist as make_mnist

if __name__ == "__main__":
    sys.exit(main())
