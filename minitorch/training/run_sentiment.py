"""Task 4.5: a convolutional network that tells friendly sentences from unfriendly ones.

Source: Kim, "Convolutional Neural Networks for Sentence Classification", 2014.
"""

import argparse
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import minitorch
from minitorch import Module, Tensor
from minitorch.errors import DataError

from .arguments import positive_float, positive_int
from .data import (
    SentenceSplit,
    WordVectors,
    load_glove,
    load_sentences,
    load_sst2,
    random_embeddings,
    split_sentences,
)
from .layers import Conv1d, Linear, constant, relu_bound
from .losses import binary_log_loss

BACKEND = minitorch.TensorBackend(minitorch.FastOps)

Prediction = tuple[float, float, float]
Encoded = tuple[Any, Any]
SentimentLogFunction = Callable[
    [int, float, list[float], list[Prediction], list[float], list[Prediction], list[float]], None
]


class CNNSentimentKim(Module):
    """Convolutions of several widths over the words, the largest answer of each, a linear layer.

    Args:
        feature_map_size: number of channels of each convolution.
        embedding_size: numbers per word.
        filter_sizes: widths of the convolutions, in words.
        dropout: share of the outputs that training sets to zero.
    """

    def __init__(
        self,
        feature_map_size: int = 100,
        embedding_size: int = 50,
        filter_sizes: Sequence[int] = (3, 4, 5),
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        self.feature_map_size = feature_map_size
        self.dropout = dropout
        self.convolutions = [
            Conv1d(embedding_size, feature_map_size, width, BACKEND) for width in filter_sizes
        ]
        for number, convolution in enumerate(self.convolutions, start=1):
            setattr(self, f"conv{number}", convolution)
        # Each input is a sum over the convolutions of the largest of many values.
        bound = relu_bound(feature_map_size) / len(self.convolutions)
        self.linear = Linear(feature_map_size, 1, BACKEND, bound)

    def forward(self, embeddings: Tensor) -> Tensor:
        """Map word vectors (batch, words, embedding_size) to probabilities of label 1, (batch,)."""
        batch = embeddings.shape[0]
        channels = embeddings.permute(0, 2, 1)
        first, *others = [
            minitorch.max(convolution(channels).relu(), 2) for convolution in self.convolutions
        ]
        features = sum(others, start=first).view(batch, self.feature_map_size)
        output = minitorch.dropout(self.linear(features), self.dropout, not self.training)
        return output.sigmoid().view(batch)


def get_predictions_array(y_true: Any, model_output: Tensor) -> list[Prediction]:
    """List (true label, predicted label, probability of label 1) of each sentence.

    Args:
        y_true: the labels, 0 or 1.
        model_output: (n,) probabilities.
    """
    probabilities = model_output.to_numpy().tolist()
    return [
        (float(label), float(probability > 0.5), probability)
        for label, probability in zip(y_true, probabilities, strict=True)
    ]


def get_accuracy(predictions_array: Sequence[Prediction]) -> float:
    """Give the share of right predictions, 0 to 1; 0 where there are none."""
    correct = sum(label == predicted for label, predicted, _ in predictions_array)
    return correct / max(1, len(predictions_array))


def default_log_fn(
    epoch: int,
    train_loss: float,
    losses: list[float],
    train_predictions: list[Prediction],
    train_accuracy: list[float],
    validation_predictions: list[Prediction],
    validation_accuracy: list[float],
) -> None:
    """Print the lines for an epoch.

    Args:
        epoch: its number, from 1.
        train_loss: the sum of the loss over all sentences.
        losses: the same of every epoch so far.
        train_predictions: what the model made of the sentences as it was trained on them.
        train_accuracy: accuracy of these in every epoch so far.
        validation_predictions: what it makes of the validation sentences now, if there are any.
        validation_accuracy: accuracy of these in every epoch so far.
    """
    print(f"Epoch {epoch}, loss {train_loss}, train accuracy: {train_accuracy[-1]:.2%}")
    if validation_predictions:
        print(f"Validation accuracy: {validation_accuracy[-1]:.2%}")
        print(f"Best Valid accuracy: {max(validation_accuracy):.2%}")


class SentenceSentimentTrain:
    """Trains a model of sentences.

    Args:
        model: maps (batch, words, embedding size) to probabilities of label 1, (batch,).
    """

    def __init__(self, model: Module) -> None:
        self.model = model

    def train(
        self,
        data_train: Encoded,
        learning_rate: float,
        batch_size: int = 10,
        max_epochs: int = 500,
        data_val: Encoded | None = None,
        log_fn: SentimentLogFunction = default_log_fn,
    ) -> None:
        """Train the model on shuffled batches.

        Args:
            data_train: word vectors (n, words, embedding size) and n labels, 0 or 1.
            learning_rate: the factor of the gradient.
            batch_size: number of sentences in each step.
            max_epochs: how often to go through the sentences.
            data_val: sentences that are not trained on, in the same form.
            log_fn: called after every epoch.
        """
        optimizer = minitorch.SGD(self.model.parameters(), learning_rate)
        losses: list[float] = []
        train_accuracy: list[float] = []
        validation_accuracy: list[float] = []
        for epoch in range(1, max_epochs + 1):
            self.model.train()
            total_loss, train_predictions = self._train_epoch(optimizer, data_train, batch_size)
            losses.append(total_loss)
            train_accuracy.append(get_accuracy(train_predictions))
            validation_predictions = self._validate(data_val) if data_val else []
            if validation_predictions:
                validation_accuracy.append(get_accuracy(validation_predictions))
            log_fn(
                epoch,
                total_loss,
                losses,
                train_predictions,
                train_accuracy,
                validation_predictions,
                validation_accuracy,
            )

    def _train_epoch(
        self, optimizer: minitorch.SGD, data: Encoded, batch_size: int
    ) -> tuple[float, list[Prediction]]:
        """Go through the sentences once; give the total loss and what the model made of them."""
        X, y = (np.asarray(part, dtype=np.float64) for part in data)
        order = list(range(len(X)))
        random.shuffle(order)
        total_loss = 0.0
        predictions: list[Prediction] = []
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            optimizer.zero_grad()
            output = self.model.forward(constant(X[chosen], BACKEND))
            loss = binary_log_loss(output, constant(y[chosen], BACKEND)).sum()
            (loss / len(chosen)).backward()
            optimizer.step()
            total_loss += float(loss[0])
            predictions += get_predictions_array(y[chosen], output)
        return total_loss, predictions

    def _validate(self, data: Encoded) -> list[Prediction]:
        """Give what the model, in evaluation mode, makes of the validation sentences."""
        self.model.eval()
        X, y = data
        return get_predictions_array(y, self.model.forward(constant(np.asarray(X), BACKEND)))


def encode_sentences(
    dataset: Mapping[str, Sequence[Any]],
    N: int,
    max_sentence_len: int,
    embeddings_lookup: WordVectors,
    unk_embedding: Sequence[float],
    unks: set[str],
) -> tuple[NDArray[np.float64], list[int]]:
    """Turn the first N sentences into word vectors.

    Args:
        dataset: "sentence", words with spaces between them, and "label", 0 or 1.
        N: how many sentences at most.
        max_sentence_len: length, in words, to which all are filled up with zeros.
        embeddings_lookup: knows its words with `in`, and gives the vector of one with `emb`.
        unk_embedding: the vector of a word that it does not know.
        unks: receives those words.

    Returns:
        Vectors (n, max_sentence_len, embedding size) and the n labels.
    """
    sentences = [sentence.split() for sentence in dataset["sentence"][:N]]
    X = np.zeros((len(sentences), max_sentence_len, len(unk_embedding)))
    for row, words in zip(X, sentences, strict=True):
        unks.update(word for word in words if word not in embeddings_lookup)
        for place, word in enumerate(words):
            known = word in embeddings_lookup
            row[place] = embeddings_lookup.emb(word) if known else unk_embedding
    return X, [int(label) for label in dataset["label"][:N]]


def encode_sentiment_data(
    dataset: Mapping[str, Mapping[str, Sequence[Any]]],
    pretrained_embeddings: WordVectors,
    N_train: int,
    N_val: int = 0,
) -> tuple[Encoded, Encoded]:
    """Turn sentences for training and validation into word vectors of one length.

    Args:
        dataset: "train" and "validation", each as `encode_sentences` takes it.
        pretrained_embeddings: the word vectors.
        N_train, N_val: how many sentences of each part at most.

    Returns:
        (X, y) to train on and (X, y) to validate.
    """
    parts = [(dataset["train"], N_train), (dataset["validation"], N_val)]
    length = max(len(text.split()) for part, count in parts for text in part["sentence"][:count])
    unknown_vector = [0.1 * (random.random() - 0.5) for _ in range(pretrained_embeddings.d_emb)]
    unknown: set[str] = set()
    train, validation = (
        encode_sentences(part, count, length, pretrained_embeddings, unknown_vector, unknown)
        for part, count in parts
    )
    print(f"Words without a pre-trained vector: {len(unknown)}")
    return train, validation


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says; give the exit status."""
    options = _parser().parse_args(arguments)
    random.seed(options.seed)
    try:
        if options.sst2:
            split = load_sst2(options.sst2)
        else:
            split = split_sentences(load_sentences(), options.seed)
        dataset = _as_columns(split, options.train, options.valid)
        vectors = _load_vectors(options.glove, dataset)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    data_train, data_val = encode_sentiment_data(dataset, vectors, options.train, options.valid)
    model = CNNSentimentKim(options.features, vectors.d_emb)
    trainer = SentenceSentimentTrain(model)
    trainer.train(data_train, options.rate, max_epochs=options.epochs, data_val=data_val)
    return 0


def _as_columns(split: SentenceSplit, train: int, valid: int) -> dict[str, dict[str, list[Any]]]:
    parts = {"train": split.train[:train], "validation": split.validation[:valid]}
    return {
        name: {
            "sentence": [sentence for sentence, _ in pairs],
            "label": [label for _, label in pairs],
        }
        for name, pairs in parts.items()
    }


def _load_vectors(glove: str | None, dataset: dict[str, dict[str, list[Any]]]) -> WordVectors:
    """Load GloVe's vectors of the words in the data; without GloVe draw random ones."""
    words = sorted(
        {word for part in dataset.values() for text in part["sentence"] for word in text.split()}
    )
    if glove is None:
        return random_embeddings(words)
    path = Path(glove)
    if path.is_dir():
        archive = path / "glove.6B.zip"
        path = archive if archive.is_file() else path / "glove.6B.50d.txt"
    return load_glove(path, words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_sentiment", description="Train a network on the sentiment of sentences."
    )
    parser.add_argument(
        "--glove",
        metavar="PATH",
        help="GloVe vectors: the file glove.6B.50d.txt, the archive glove.6B.zip or their folder; "
        "without it every word has a random vector",
    )
    parser.add_argument(
        "--sst2",
        metavar="PATH",
        help="SST-2: its archive or folder; without it the sentences that come with minitorch",
    )
    parser.add_argument("--epochs", type=positive_int, default=30, help="default: %(default)s")
    parser.add_argument("--rate", type=positive_float, default=0.02, help="default: %(default)s")
    parser.add_argument(
        "--features", type=positive_int, default=100, help="channels of a convolution (100)"
    )
    parser.add_argument(
        "--train", type=positive_int, default=450, metavar="N", help="at most this many sentences"
    )
    parser.add_argument(
        "--valid", type=positive_int, default=100, metavar="N", help="at most this many sentences"
    )
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    return parser
