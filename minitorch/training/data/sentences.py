"""The data for sentiment that needs no network: 300 short reviews, and vectors for any word."""

import hashlib
from collections.abc import Iterable, Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from .embeddings import WordVectors
from .splits import LabelledSentence, SentenceSplit, stratified_split


def load_sentences() -> list[LabelledSentence]:
    """Load the labelled sentences that come with the package, half of them positive.

    They are in lower case with a space around every word and sign, so that `sentence.split()` gives
    the words; label 1 is positive, 0 is negative.
    """
    table = resources.files(__package__).joinpath("sentences.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines())
    return [(sentence, int(label)) for label, sentence in rows]


def split_sentences(
    sentences: Sequence[LabelledSentence], seed: int = 0, held_out: float = 0.2
) -> SentenceSplit:
    """Split labelled sentences for training and validation, the same share of both labels.

    Args:
        sentences: pairs of sentence and label.
        seed: the same seed gives the same split.
        held_out: share of the validation part, between 0 and 1.

    Raises:
        ValueError: the share is outside 0..1, or a label has fewer than two sentences.
    """
    labels = [label for _, label in sentences]
    train, validation = stratified_split(labels, held_out, seed)
    return SentenceSplit([sentences[i] for i in train], [sentences[i] for i in validation])


def random_embeddings(vocabulary: Iterable[str], size: int = 50, seed: int = 0) -> WordVectors:
    """Draw a vector for each word, to be used where no trained vectors are at hand.

    A word's vector depends on the word, the size and the seed alone: it is the same on every
    machine, and whichever other words are asked for.

    Args:
        vocabulary: the words; repetitions count once.
        size: numbers per word.
        seed: another seed gives other vectors.

    Returns:
        Vectors with numbers spread evenly over -1..1.

    Raises:
        ValueError: the size is less than 1.
    """
    if size < 1:
        raise ValueError(f"A word vector needs at least one number, got size {size}.")
    words = list(dict.fromkeys(vocabulary))
    vectors = np.empty((len(words), size))
    for row, word in enumerate(words):
        vectors[row] = _hashed_numbers(f"{seed}:{word}", size)
    return WordVectors(words, vectors)


def _hashed_numbers(text: str, size: int) -> NDArray[np.float64]:
    """Turn a text into numbers in -1..1: 53 bits of its hash for each.

    A hash, since Python's own differs from process to process and NumPy's generators may change
    from version to version.
    """
    digest = hashlib.shake_256(text.encode()).digest(8 * size)
    integers = np.frombuffer(digest, "<u8") >> 11
    return np.asarray(integers * 2.0**-52 - 1, dtype=np.float64)
