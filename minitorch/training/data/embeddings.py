"""Word vectors: the numbers that stand for the words of a sentence."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class WordVectors:
    """A vector for each of a number of words.

    Attributes:
        words: the n words.
        vectors: (n, size) float64, one row per word.
    """

    def __init__(self, words: Sequence[str], vectors: NDArray[np.float64]) -> None:
        """Keep the words and their rows.

        Raises:
            ValueError: there is not exactly one row per word.
        """
        if vectors.ndim != 2 or len(words) != len(vectors):
            raise ValueError(
                f"{len(words)} words need {len(words)} rows of numbers, got an array of shape "
                f"{vectors.shape}."
            )
        self.words = list(words)
        self.vectors = vectors
        self._rows = {word: row for row, word in enumerate(self.words)}

    def __repr__(self) -> str:
        return f"WordVectors({len(self)} words, size {self.d_emb})"

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._rows

    def __getitem__(self, word: str) -> NDArray[np.float64]:
        row: NDArray[np.float64] = self.vectors[self._rows[word]]
        return row

    @property
    def d_emb(self) -> int:
        """Length of a vector, under the name that the course's sentiment script uses."""
        return int(self.vectors.shape[1])

    def emb(self, word: str) -> list[float]:
        """Give a word's vector as a list, under the name that the course's script uses."""
        return [float(value) for value in self[word]]
