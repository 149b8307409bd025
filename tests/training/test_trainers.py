"""The course's trainers of points: what they learn, report and return."""

import importlib.util
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.datasets import Graph
from minitorch.training.batches import shuffled_batches
from minitorch.training.log import default_log_fn, is_logged
from minitorch.training.run_fast_tensor import FastTrain
from minitorch.training.run_manual import ManualTrain
from minitorch.training.run_scalar import ScalarTrain
from minitorch.training.run_tensor import TensorTrain

PROJECT = Path(__file__).resolve().parents[2] / "project"

TRAINERS: dict[str, Callable[[], Any]] = {
    "scalar": lambda: ScalarTrain(4, batch_size=5),
    "simple": lambda: TensorTrain(4, batch_size=5),
    "fast": lambda: FastTrain(4, batch_size=5),
}


def simple_points(count: int = 30) -> Graph:
    random.seed(3)
    return minitorch.datasets["Simple"](count)


def train(trainer: Any, data: Graph, rate: float, epochs: int) -> tuple[list[int], list[float]]:
    """Train with a fixed seed; give the counts of right points and the losses."""
    counts: list[int] = []
    all_losses: list[float] = []

    def keep(epoch: int, total_loss: float, correct: int, losses: list[float]) -> None:
        counts.append(correct)
        all_losses[:] = losses

    random.seed(1)
    trainer.train(data, rate, epochs, keep)
    return counts, all_losses


@pytest.mark.parametrize("name", TRAINERS)
def test_a_trainer_learns_simple(name: str) -> None:
    data = simple_points()
    counts, losses = train(TRAINERS[name](), data, 0.2, 40)
    assert counts[-1] >= 0.95 * data.N
    assert len(losses) == 40
    assert losses[-1] < 0.5 * losses[0]


def test_the_torch_trainer_learns_simple() -> None:
    torch = pytest.importorskip("torch")
    from minitorch.training.run_torch import TorchTrain

    torch.manual_seed(0)
    data = simple_points()
    trainer = TorchTrain(6)
    counts, losses = train(trainer, data, 0.5, 200)
    assert counts[-1] >= 0.95 * data.N
    assert losses[-1] < 0.5 * losses[0]
    assert trainer.run_many(data.X).shape == (data.N, 1)
    assert trainer.run_one((0.1, 0.2)).shape == (1, 1)


def test_fast_and_simple_ops_train_alike() -> None:
    data = simple_points(12)
    _, fast = train(FastTrain(3), data, 0.1, 3)
    _, simple = train(FastTrain(3, minitorch.SimpleBackend), data, 0.1, 3)
    assert fast == pytest.approx(simple)


def test_the_tensor_trainer_makes_the_same_steps_as_the_fast_one() -> None:
    data = simple_points(12)
    _, broadcast = train(TensorTrain(3), data, 0.5, 3)
    _, product = train(FastTrain(3, batch_size=None), data, 0.5, 3)
    assert broadcast == pytest.approx(product)


def test_the_scalar_trainer_makes_the_same_steps_as_the_tensor_trainer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = simple_points(6)
    # Both networks start with all weights at 0.3, since they name them differently.
    monkeypatch.setattr(random, "random", lambda: 0.65)
    _, of_scalars = train(ScalarTrain(2), data, 0.5, 3)
    _, of_tensors = train(TensorTrain(2), data, 0.5, 3)
    assert of_scalars == pytest.approx(of_tensors)


def test_the_same_seed_gives_the_same_losses() -> None:
    data = simple_points(20)
    assert train(FastTrain(4), data, 0.1, 4) == train(FastTrain(4), data, 0.1, 4)


def test_the_default_log_function_prints_the_courses_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    default_log_fn(10, 1.5, 7, [2.0, 1.5])
    assert capsys.readouterr().out == "Epoch  10  loss  1.5 correct 7\n"


def test_every_tenth_epoch_and_the_last_are_reported() -> None:
    assert [epoch for epoch in range(1, 24) if is_logged(epoch, 23)] == [10, 20, 23]


@pytest.mark.parametrize("name", TRAINERS)
def test_a_trainer_reports_every_tenth_epoch_and_the_last(name: str) -> None:
    epochs: list[int] = []
    trainer = TRAINERS[name]()
    trainer.train(simple_points(4), 0.1, 12, lambda epoch, *_: epochs.append(epoch))
    assert epochs == [10, 12]


@pytest.mark.parametrize("name", ["simple", "fast"])
def test_tensor_trainers_answer_for_one_point_and_for_many(name: str) -> None:
    trainer = TRAINERS[name]()
    one = trainer.run_one((0.2, 0.7))
    many = trainer.run_many([(0.2, 0.7), (0.9, 0.1), (0.5, 0.5)])
    assert one.shape == (1, 1)
    assert many.shape == (3, 1)
    assert one[0, 0] == many[0, 0]
    assert 0.0 < one[0, 0] < 1.0
    assert trainer.probability([(0.2, 0.7)]) == pytest.approx([one[0, 0]])


def test_the_scalar_trainer_answers_with_a_scalar() -> None:
    trainer = ScalarTrain(3)
    answer = trainer.run_one((0.2, 0.7))
    assert isinstance(answer, minitorch.Scalar)
    assert trainer.probability([(0.2, 0.7)]) == pytest.approx([answer.data])
    names = [name for name, _ in trainer.model.named_parameters()]
    assert names[:3] == ["layer1.weight_0_0", "layer1.weight_0_1", "layer1.weight_0_2"]
    assert names[-1] == "layer3.bias_0"


def test_training_starts_with_fresh_weights() -> None:
    trainer = FastTrain(3)
    before = trainer.model
    trainer.train(simple_points(4), 0.1, 1, lambda *_: None)
    assert trainer.model is not before


def test_the_manual_classifier_has_three_parameters_to_set() -> None:
    classifier = ManualTrain(10)
    parameters = dict(classifier.model.named_parameters())
    assert list(parameters) == ["linear.weight_0_0", "linear.weight_1_0", "linear.bias_0"]
    generator = random.Random(100)
    assert [p.value for p in parameters.values()] == [
        2 * (generator.random() - 0.5) for _ in range(3)
    ]
    for name, value in zip(parameters, (-8.0, 0.0, 4.0), strict=True):
        parameters[name].update(value)
    assert isinstance(classifier.run_one((0.1, 0.9)), float)
    data = simple_points()
    assert [int(classifier.run_one(x) > 0.5) for x in data.X] == data.y


def test_batches_hold_every_point_once_in_another_order() -> None:
    data = simple_points(23)
    random.seed(0)
    batches = shuffled_batches(data, 10)
    assert [batch.N for batch in batches] == [10, 10, 3]
    pairs = [pair for batch in batches for pair in zip(batch.X, batch.y, strict=True)]
    assert sorted(pairs) == sorted(zip(data.X, data.y, strict=True))
    assert pairs != list(zip(data.X, data.y, strict=True))
    assert shuffled_batches(data, None) == [data]


def test_the_loss_is_minus_the_logarithm_of_the_probability_of_the_label() -> None:
    data = Graph(2, [(0.1, 0.2), (0.8, 0.4)], [1, 0])
    trainer = TensorTrain(3)
    random.seed(5)
    fresh = trainer.make_model()
    outputs = fresh.forward(minitorch.tensor(data.X)).to_numpy()[:, 0]
    random.seed(5)
    losses: list[float] = []
    trainer.train(data, 0.1, 1, lambda epoch, loss, *_: losses.append(loss))
    expected = -np.log([outputs[0] + 1e-6, 1 - outputs[1] + 1e-6]).sum()
    assert losses == pytest.approx([expected])


def project_file(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"project_{name}", PROJECT / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "exposed"),
    [
        ("run_manual", ["ManualTrain"]),
        ("run_torch", ["TorchTrain", "default_log_fn"]),
        ("run_scalar", ["ScalarTrain", "Network", "Linear", "default_log_fn"]),
        ("run_tensor", ["TensorTrain", "Network", "Linear", "default_log_fn"]),
        ("run_fast_tensor", ["FastTrain", "FastTensorBackend", "Network", "default_log_fn"]),
        ("run_mnist_multiclass", ["ImageTrain", "make_mnist", "Network", "default_log_fn"]),
        (
            "run_sentiment",
            [
                "CNNSentimentKim",
                "SentenceSentimentTrain",
                "get_predictions_array",
                "get_accuracy",
                "encode_sentences",
                "encode_sentiment_data",
            ],
        ),
        ("parallel_check", []),
    ],
)
def test_a_file_of_the_project_folder_exposes_the_courses_names(
    name: str, exposed: list[str]
) -> None:
    module = project_file(name)
    assert callable(module.main)
    assert all(hasattr(module, attribute) for attribute in exposed)
