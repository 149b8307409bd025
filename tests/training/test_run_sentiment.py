"""The sentiment of sentences: encoding, model, training and command line."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.training.data import WordVectors, random_embeddings
from minitorch.training.run_sentiment import (
    BACKEND,
    CNNSentimentKim,
    SentenceSentimentTrain,
    default_log_fn,
    encode_sentences,
    encode_sentiment_data,
    get_accuracy,
    get_predictions_array,
    main,
)

VECTORS = WordVectors(["good", "bad"], np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_sentences_become_word_vectors_of_one_length() -> None:
    unknown: set[str] = set()
    dataset = {"sentence": ["good film", "bad", "never read"], "label": [1, 0, 0]}
    X, y = encode_sentences(dataset, 2, 3, VECTORS, [9.0, 9.0], unknown)
    assert np.asarray(X).tolist() == [
        [[1.0, 2.0], [9.0, 9.0], [0.0, 0.0]],
        [[3.0, 4.0], [0.0, 0.0], [0.0, 0.0]],
    ]
    assert y == [1, 0]
    assert unknown == {"film"}


def test_both_parts_get_the_length_of_the_longest_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dataset = {
        "train": {"sentence": ["good good", "bad"], "label": [1, 0]},
        "validation": {"sentence": ["a good film", "so bad so very bad"], "label": [1, 0]},
    }
    (X, y), (X_val, y_val) = encode_sentiment_data(dataset, VECTORS, 2, 1)
    assert np.shape(X) == (2, 3, 2)
    assert np.shape(X_val) == (1, 3, 2)
    assert (list(y), list(y_val)) == ([1, 0], [1])
    # One vector, near zero, stands for all unknown words.
    assert X_val[0, 0].tolist() == X_val[0, 2].tolist()
    assert np.abs(X_val[0, 0]).max() <= 0.05
    assert capsys.readouterr().out == "Words without a pre-trained vector: 2\n"


def test_the_validation_part_may_be_empty() -> None:
    dataset = {
        "train": {"sentence": ["good", "bad"], "label": [1, 0]},
        "validation": {"sentence": ["good film"], "label": [1]},
    }
    _, (X_val, y_val) = encode_sentiment_data(dataset, VECTORS, 2)
    assert len(X_val) == len(y_val) == 0


def test_predictions_and_their_accuracy() -> None:
    outputs = minitorch.tensor([0.9, 0.4, 0.7, 0.5], backend=BACKEND)
    predictions = get_predictions_array([1, 0, 0, 1], outputs)
    assert predictions == [(1.0, 1.0, 0.9), (0.0, 0.0, 0.4), (0.0, 1.0, 0.7), (1.0, 0.0, 0.5)]
    assert get_accuracy(predictions) == 0.5
    assert get_accuracy([]) == 0.0


def test_the_model_gives_one_probability_per_sentence() -> None:
    model = CNNSentimentKim(feature_map_size=4, embedding_size=6, filter_sizes=[2, 3])
    names = [name for name, _ in model.named_parameters()]
    assert [name for name in names if "weights" in name] == [
        "conv1.weights",
        "conv2.weights",
        "linear.weights",
    ]
    model.eval()
    sentences = minitorch.rand((3, 5, 6), backend=BACKEND)
    probabilities = model.forward(sentences).to_numpy()
    assert probabilities.shape == (3,)
    assert (probabilities > 0).all()
    assert (probabilities < 1).all()
    # A sentence alone gets what it gets among others.
    alone = minitorch.tensor(sentences.to_numpy()[1:2], backend=BACKEND)
    assert model.forward(alone)[0] == pytest.approx(probabilities[1])


def test_dropout_is_on_while_training_only() -> None:
    model = CNNSentimentKim(4, 6, [2], dropout=1.0)
    sentences = minitorch.rand((3, 5, 6), backend=BACKEND)
    assert model.forward(sentences).to_numpy().tolist() == [0.5, 0.5, 0.5]
    model.eval()
    assert model.forward(sentences).to_numpy().tolist() != [0.5, 0.5, 0.5]


def friendly_data(count: int) -> tuple[Any, list[int]]:
    """Make sentences of four words of which one says it all."""
    vectors = random_embeddings(["good", "bad", "a", "the", "film", "book", "very"], size=8)
    generator = random.Random(0)
    labels = [generator.randint(0, 1) for _ in range(count)]
    sentences = [
        [*generator.sample(["a", "the", "film", "book", "very"], 3), ("bad", "good")[label]]
        for label in labels
    ]
    for words in sentences:
        generator.shuffle(words)
    return np.array([[vectors[word] for word in words] for words in sentences]), labels


def test_training_learns_and_reports_every_epoch() -> None:
    reports: list[tuple[Any, ...]] = []
    random.seed(0)
    X, y = friendly_data(80)
    trainer = SentenceSentimentTrain(CNNSentimentKim(10, 8, [1, 2, 3]))
    trainer.train(
        (X[:60], y[:60]),
        0.1,
        batch_size=7,
        max_epochs=12,
        data_val=(X[60:], y[60:]),
        log_fn=lambda *report: reports.append(report),
    )
    assert [report[0] for report in reports] == list(range(1, 13))
    losses, predictions, accuracy = reports[-1][2:5]
    validation_predictions, validation_accuracy = reports[-1][5:]
    assert losses[-1] < 0.6 * losses[0]
    assert losses[-1] == reports[-1][1]
    assert len(predictions) == 60
    assert len(accuracy) == len(validation_accuracy) == 12
    assert len(validation_predictions) == 20
    assert validation_accuracy[-1] >= 0.9


def test_training_without_validation_reports_none() -> None:
    reports: list[tuple[Any, ...]] = []
    trainer = SentenceSentimentTrain(CNNSentimentKim(2, 8, [2]))
    trainer.train(
        friendly_data(6), 0.1, max_epochs=1, log_fn=lambda *report: reports.append(report)
    )
    assert reports[0][5:] == ([], [])


def test_the_default_log_function_prints_loss_and_accuracies(
    capsys: pytest.CaptureFixture[str],
) -> None:
    default_log_fn(4, 1.5, [1.5], [(1.0, 1.0, 0.9)], [0.5, 1.0], [], [])
    assert capsys.readouterr().out == "Epoch 4, loss 1.5, train accuracy: 100.00%\n"
    default_log_fn(4, 1.5, [1.5], [], [0.5], [(1.0, 0.0, 0.4)], [0.75, 0.25])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Validation accuracy: 25.00%",
        "Best Valid accuracy: 75.00%",
    ]


def test_the_command_trains_on_the_sentences_of_the_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--epochs", "1", "--train", "10", "--valid", "4", "--features", "3"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Words without a pre-trained vector: 0"
    assert lines[1].startswith("Epoch 1, loss ")
    assert lines[-1].startswith("Best Valid accuracy: ")


def test_the_command_takes_glove_and_sst2_from_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = " ".join(["0.5"] * 50)
    (tmp_path / "glove.6B.50d.txt").write_text(f"good {numbers}\nbad {numbers}\n", "utf-8")
    text = "sentence\tlabel\ngood film \t1\nbad film \t0\n"
    for name in ("train.tsv", "dev.tsv"):
        (tmp_path / name).write_text(text, "utf-8")
    folder = str(tmp_path)
    assert main(["--glove", folder, "--sst2", folder, "--epochs", "1", "--features", "2"]) == 0
    assert capsys.readouterr().out.startswith("Words without a pre-trained vector: 1\n")


def test_missing_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--glove", "--sst2"):
        assert main([option, str(tmp_path / "nowhere")]) == 1
        text = capsys.readouterr().err
        assert "nowhere" in text
        assert text.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--epochs", "0"], ["--rate", "x"], ["--speed", "1"]])
def test_a_bad_value_is_an_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(arguments)
    assert exit_info.value.code == 2
    assert arguments[0] in capsys.readouterr().err
