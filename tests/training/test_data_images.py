"""The image data sets: scikit-learn's digits, MNIST and Fashion-MNIST."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch.errors import DataError, MissingPackageError, UnknownNameError
from minitorch.training.data import (
    load_digits_split,
    load_mnist,
    mnist,
    read_idx,
    stratified_split,
    write_idx,
)


def test_the_digits_are_all_there_once() -> None:
    from sklearn.datasets import load_digits

    split = load_digits_split()
    assert split.train_images.dtype == np.float64
    assert split.train_labels.dtype == np.int64
    assert split.train_images.shape == (len(split.train_labels), 8, 8)
    assert split.test_images.shape == (len(split.test_labels), 8, 8)
    ours = np.concatenate([split.train_images, split.test_images]).reshape(-1, 64)
    labels = np.concatenate([split.train_labels, split.test_labels])
    theirs = load_digits()
    rows = np.column_stack([ours * 16, labels])
    expected = np.column_stack([theirs.data, theirs.target])
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, expected.tolist()))
    assert len(labels) == 1797
    assert (ours.min(), ours.max()) == (0, 1)


def test_a_fifth_of_every_digit_is_held_out() -> None:
    split = load_digits_split()
    for digit in range(10):
        train = np.sum(split.train_labels == digit)
        test = np.sum(split.test_labels == digit)
        assert abs(test / (train + test) - 0.2) < 0.004


def test_the_seed_decides_the_split() -> None:
    first, again, other = load_digits_split(3), load_digits_split(3), load_digits_split(4)
    np.testing.assert_array_equal(first.test_images, again.test_images)
    np.testing.assert_array_equal(first.train_labels, again.train_labels)
    assert not np.array_equal(first.test_images, other.test_images)


def test_the_split_is_the_same_in_every_release() -> None:
    train, held_out = stratified_split([0, 1] * 5, 0.4, seed=0)
    assert train.tolist() == [4, 6, 7, 3, 0, 5]
    assert held_out.tolist() == [2, 8, 9, 1]


@given(
    counts=st.lists(st.integers(2, 12), min_size=1, max_size=4),
    held_out=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_split_is_disjoint_complete_and_has_every_class_twice(
    counts: list[int], held_out: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    train, test = stratified_split(labels, held_out, seed)
    assert sorted([*train, *test]) == list(range(len(labels)))
    for label, count in enumerate(counts):
        taken = int(np.sum(labels[test] == label))
        assert 1 <= taken <= count - 1
        assert abs(taken - held_out * count) <= 1


@pytest.mark.parametrize("held_out", [0, 1, -0.5, 20, float("nan")])
def test_a_share_outside_zero_to_one_is_refused(held_out: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        stratified_split([0, 0, 1, 1], held_out)


def test_a_class_with_one_example_is_refused() -> None:
    with pytest.raises(ValueError, match="Class 7 has only one example"):
        stratified_split([0, 0, 7])


def test_without_scikit_learn_the_error_names_its_pip_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingPackageError, match="pip install scikit-learn"):
        load_digits_split()


def write_folder(folder: Path, ending: str = "") -> Path:
    """Write a small data set of MNIST's form: 5 images to train on, 3 to test."""
    random = np.random.RandomState(0)
    images = random.randint(0, 256, (8, 28, 28)).astype(np.uint8)
    labels = np.array([0, 1, 2, 3, 9, 5, 6, 7], np.uint8)
    write_idx(folder / (mnist.TRAIN_IMAGES + ending), images[:5])
    write_idx(folder / (mnist.TRAIN_LABELS + ending), labels[:5])
    write_idx(folder / (mnist.TEST_IMAGES + ending), images[5:])
    write_idx(folder / (mnist.TEST_LABELS + ending), labels[5:])
    return folder


@pytest.mark.parametrize("kind", ["mnist", "fashion"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_mnist_is_loaded_from_its_four_files(tmp_path: Path, kind: str, ending: str) -> None:
    folder = write_folder(tmp_path, ending)
    split = load_mnist(folder, kind)
    pixels = read_idx(folder / (mnist.TEST_IMAGES + ending))
    assert split.train_images.shape == (5, 28, 28)
    assert split.train_labels.tolist() == [0, 1, 2, 3, 9]
    np.testing.assert_array_equal(split.test_images, pixels / 255)
    assert split.test_images.dtype == np.float64
    assert split.test_labels.dtype == np.int64


def test_a_limit_loads_the_first_images_of_each_part(tmp_path: Path) -> None:
    everything = load_mnist(write_folder(tmp_path))
    split = load_mnist(tmp_path, limit=2)
    np.testing.assert_array_equal(split.train_images, everything.train_images[:2])
    assert split.test_labels.tolist() == [5, 6]


def test_missing_files_are_named_with_the_function_that_fetches_them(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / mnist.TRAIN_LABELS).unlink()
    (tmp_path / mnist.TEST_IMAGES).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(tmp_path, "fashion")
    text = str(caught.value)
    assert mnist.TRAIN_LABELS in text
    assert mnist.TEST_IMAGES in text
    assert mnist.TRAIN_IMAGES not in text
    assert f"download_mnist({str(tmp_path)!r}, 'fashion')" in text


@pytest.mark.parametrize("function", [load_mnist, mnist.download_mnist])
def test_an_unknown_kind_lists_the_known_ones(tmp_path: Path, function: object) -> None:
    with pytest.raises(UnknownNameError, match=r"'emnist'.*mnist, fashion"):
        function(tmp_path, "emnist")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "array", "complaint"),
    [
        (mnist.TRAIN_LABELS, np.zeros(4, np.uint8), "5 images .* 4 labels"),
        (mnist.TRAIN_LABELS, np.array([0, 1, 10, 2, 3], np.uint8), "label 10 at position 2"),
        (mnist.TRAIN_LABELS, np.zeros(5, np.int32), "expected bytes in 1 dimensions, found int32"),
        (mnist.TRAIN_IMAGES, np.zeros(5, np.uint8), "mixed up"),
        (mnist.TEST_IMAGES, np.zeros((3, 8, 8), np.uint8), r"\(8, 8\) pixels"),
        (mnist.TEST_IMAGES, np.zeros((0, 28, 28), np.uint8), "0 images .* 3 labels"),
    ],
)
def test_files_that_do_not_fit_are_reported(
    tmp_path: Path, name: str, array: np.ndarray, complaint: str
) -> None:
    write_folder(tmp_path)
    write_idx(tmp_path / name, array)
    with pytest.raises(DataError, match=complaint) as caught:
        load_mnist(tmp_path)
    assert name in str(caught.value)


def test_a_set_without_images_is_reported(tmp_path: Path) -> None:
    write_folder(tmp_path)
    write_idx(tmp_path / mnist.TEST_IMAGES, np.zeros((0, 28, 28), np.uint8))
    write_idx(tmp_path / mnist.TEST_LABELS, np.zeros(0, np.uint8))
    with pytest.raises(DataError, match=r"0 images .* 0 labels"):
        load_mnist(tmp_path)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = write_folder(tmp_path, ".gz") / f"{mnist.TRAIN_IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=mnist.TRAIN_IMAGES):
        load_mnist(tmp_path)


def test_every_file_has_a_published_checksum_of_its_own() -> None:
    checksums = [value for table in mnist.CHECKSUMS.values() for value in table.values()]
    assert len(set(checksums)) == 8
    assert all(value.startswith("md5:") and len(value) == 36 for value in checksums)
    assert mnist.CHECKSUMS.keys() == mnist.BASE_URLS.keys()
