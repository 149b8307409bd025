"""Task 0.5: show a classifier whose weights are set by hand."""

from minitorch.training.run_manual import ManualTrain as ManualTrain
from minitorch.training.run_manual import Network as Network
from minitorch.training.run_manual import main

if __name__ == "__main__":
    main()
