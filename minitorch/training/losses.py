"""The losses of the trainers."""

from minitorch import Tensor


def binary_log_loss(output: Tensor, y: Tensor) -> Tensor:
    """Give -log p(true label) of each example.

    Args:
        output: (n,) probabilities of label 1.
        y: (n,) labels, 0 or 1.
    """
    # The probability of the true label: output where y = 1, and 1 - output where y = 0.
    probability = output * y + (output - 1.0) * (y - 1.0)
    return -probability.log()


def mean_log_loss(log_probabilities: Tensor, targets: Tensor) -> Tensor:
    """Average -log p(true class) over a batch.

    Args:
        log_probabilities: (batch, classes).
        targets: the same shape, one-hot.

    Returns:
        Shape (1,).
    """
    return (log_probabilities * targets).sum() * (-1.0 / targets.shape[0])
