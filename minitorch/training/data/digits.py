"""The 1,797 handwritten digits of 8 by 8 pixels that scikit-learn carries."""

import numpy as np

from minitorch._runtime import require

from .splits import ImageSplit, stratified_split

# Each pixel counts the dark points in a block of 4 by 4.
_DARKEST = 16


def load_digits_split(seed: int = 0, held_out: float = 0.2) -> ImageSplit:
    """Load the digits, a fixed share of every class held out; needs no network.

    Args:
        seed: the same seed gives the same split.
        held_out: share of the images in the test part, between 0 and 1.

    Returns:
        Images (n, 8, 8) and their labels.

    Raises:
        MissingPackageError: scikit-learn is not installed.
        ValueError: the share is outside 0..1.
    """
    digits = require("sklearn.datasets", "The digits data set").load_digits()
    images = digits.images.astype(np.float64) / _DARKEST
    labels = digits.target.astype(np.int64)
    train, test = stratified_split(labels, held_out, seed)
    return ImageSplit(images[train], labels[train], images[test], labels[test])
