"""What every data set ends as: a part to train on and a part held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

LabelledSentence = tuple[str, int]


@dataclass(frozen=True, eq=False)
class ImageSplit:
    """Labelled grey images in two disjoint parts.

    Attributes:
        train_images, test_images: (n, height, width) float64, 0 (background) to 1.
        train_labels, test_labels: (n,) int64, 0 to 9.
    """

    train_images: NDArray[np.float64]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.float64]
    test_labels: NDArray[np.int64]


@dataclass(frozen=True)
class SentenceSplit:
    """Labelled sentences in two parts; label 1 is positive, 0 is negative."""

    train: list[LabelledSentence]
    validation: list[LabelledSentence]


def stratified_split(
    labels: ArrayLike, held_out: float = 0.2, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose which examples are held out, the same share of every class.

    Args:
        labels: (n,) class of each example.
        held_out: share to hold out, between 0 and 1; each class keeps an example in both parts.
        seed: the same seed gives the same split.

    Returns:
        Positions of the training examples and of the held-out ones, both in random order;
        together they are 0 .. n - 1.

    Raises:
        ValueError: the share is outside 0..1, or a class has fewer than two examples.
    """
    classes = np.asarray(labels)
    if not 0 < held_out < 1:
        raise ValueError(f"The held-out share must lie between 0 and 1, got {held_out}.")
    # RandomState, since NumPy promises that its stream never changes; Generator's may.
    order = np.random.RandomState(seed).permutation(len(classes)).astype(np.int64)
    is_held_out = np.zeros(len(classes), dtype=bool)
    for label in np.unique(classes):
        members = order[classes[order] == label]
        if len(members) < 2:
            raise ValueError(
                f"Class {label} has only one example; a split needs two or more of every class."
            )
        count = min(max(round(held_out * len(members)), 1), len(members) - 1)
        is_held_out[members[:count]] = True
    return order[~is_held_out[order]], order[is_held_out[order]]
