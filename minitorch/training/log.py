"""What the trainers of the course tell about their progress."""

from collections.abc import Callable

LogFunction = Callable[[int, float, int, list[float]], None]


def default_log_fn(epoch: int, total_loss: float, correct: int, losses: list[float]) -> None:
    """Print one line for an epoch.

    Args:
        epoch: its number, from 1.
        total_loss: the sum of the loss over all points.
        correct: number of points on the right side of 0.5.
        losses: the total loss of every epoch so far.
    """
    print("Epoch ", epoch, " loss ", total_loss, "correct", correct)


def is_logged(epoch: int, max_epochs: int) -> bool:
    """Tell whether an epoch is reported: every tenth one and the last."""
    return epoch % 10 == 0 or epoch == max_epochs
