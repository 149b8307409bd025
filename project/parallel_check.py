"""Tasks 3.1 and 3.2: show what Numba's compiler made parallel in fast_ops."""

from minitorch.training.parallel_check import main

if __name__ == "__main__":
    main()
