"""The text data sets: our own sentences, SST-2, GloVe and hashed word vectors."""

import hashlib
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from minitorch.errors import DataError
from minitorch.training.data import (
    WordVectors,
    load_glove,
    load_sentences,
    load_sst2,
    random_embeddings,
    sentences,
    split_sentences,
)

GLOVE = "the 0.5 -1.25\n, 1e-3 2\ncafé 3 4\n\x85\u2028 5 6\nof 7 8\n"
TABLE = "sentence\tlabel\na warm film \t1\n' dull ' and slow \t0\n"


def write_archive(path: Path, files: dict[str, str]) -> Path:
    """Write a zip archive of text files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_half_of_the_three_hundred_sentences_are_positive() -> None:
    pairs = load_sentences()
    assert len(pairs) == 300
    assert Counter(label for _, label in pairs) == {0: 150, 1: 150}
    assert len({sentence for sentence, _ in pairs}) == 300


def test_the_sentences_are_split_into_plain_words_by_spaces() -> None:
    for sentence, _ in load_sentences():
        words = sentence.split()
        assert sentence == " ".join(words)
        assert all(word.isascii() and (word.islower() or word in ",.;!") for word in words)
        assert 4 <= len(words) <= 20
        assert words[-1] in ".!"


def test_sentences_are_split_the_same_way_for_the_same_seed() -> None:
    pairs = load_sentences()
    split = split_sentences(pairs, seed=1)
    assert split == split_sentences(pairs, seed=1)
    assert split != split_sentences(pairs, seed=2)
    assert sorted(split.train + split.validation) == sorted(pairs)
    assert Counter(label for _, label in split.train) == {0: 120, 1: 120}
    assert Counter(label for _, label in split.validation) == {0: 30, 1: 30}


def test_the_sentiment_of_our_sentences_can_be_learnt() -> None:
    # A nearest-centroid classifier on hashed vectors: what any network must at least reach.
    split = split_sentences(load_sentences())
    words = {word for sentence, _ in load_sentences() for word in sentence.split()}
    vectors = random_embeddings(words, size=300)

    def encode(sentence: str) -> np.ndarray:
        return sum(vectors[word] for word in set(sentence.split()))  # type: ignore[return-value]

    means = [np.mean([encode(s) for s, y in split.train if y == label], axis=0) for label in (0, 1)]
    middle, direction = (means[0] + means[1]) / 2, means[1] - means[0]
    hits = [((encode(s) - middle) @ direction > 0) == bool(y) for s, y in split.validation]
    assert np.mean(hits) > 0.8


def test_hashed_vectors_depend_on_the_word_size_and_seed_alone() -> None:
    first = random_embeddings(["warm", "film", "warm"])
    second = random_embeddings(["other", "film"])
    assert first.words == ["warm", "film"]
    assert first.vectors.shape == (2, 50)
    assert first["film"].tolist() == second["film"].tolist()
    assert first["film"].tolist() != first["warm"].tolist()
    assert first["film"].tolist() != random_embeddings(["film"], seed=1)["film"].tolist()


def test_hashed_vectors_are_the_same_in_every_process() -> None:
    code = "from minitorch.training.data import random_embeddings as f; print(f(['a'], 3).emb('a'))"
    root = str(Path(sentences.__file__).parents[3])
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {f"{random_embeddings(['a'], 3).emb('a')}\n"}


def test_hashed_numbers_are_the_first_bits_of_a_known_hash() -> None:
    digest = hashlib.shake_256(b"5:film").digest(16)
    expected = [int.from_bytes(digest[i : i + 8], "little") / 2**63 - 1 for i in (0, 8)]
    vector = random_embeddings(["film"], size=2, seed=5).emb("film")
    np.testing.assert_allclose(vector, expected, rtol=0, atol=1e-15)


def test_hashed_numbers_spread_evenly_over_minus_one_to_one() -> None:
    numbers = random_embeddings(map(str, range(400)), size=50).vectors
    assert -1 <= numbers.min() < -0.999
    assert 0.999 < numbers.max() <= 1
    assert abs(numbers.mean()) < 0.02
    assert abs(numbers.std() - 1 / np.sqrt(3)) < 0.01


def test_a_vector_without_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="size 0"):
        random_embeddings(["a"], size=0)


def test_no_words_give_no_vectors() -> None:
    assert random_embeddings([], size=4).vectors.shape == (0, 4)


def test_word_vectors_answer_like_a_dictionary() -> None:
    vectors = WordVectors(["a", "b"], np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert len(vectors) == 2
    assert "a" in vectors
    assert "c" not in vectors
    assert vectors["b"].tolist() == vectors.emb("b") == [4, 5, 6]
    assert vectors.d_emb == 3
    assert repr(vectors) == "WordVectors(2 words, size 3)"
    with pytest.raises(KeyError, match="c"):
        vectors["c"]


@pytest.mark.parametrize("shape", [(3, 2), (2,), (0, 2)])
def test_word_vectors_need_a_row_for_every_word(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="2 words need 2 rows"):
        WordVectors(["a", "b"], np.zeros(shape))


def test_glove_is_read_from_text_and_from_the_archive(tmp_path: Path) -> None:
    text = tmp_path / "glove.6B.2d.txt"
    text.write_text(GLOVE, encoding="utf-8", newline="\n")
    files = {"glove.6B.2d.txt": GLOVE, "glove.6B.3d.txt": "the 1 2 3\n"}
    archive = write_archive(tmp_path / "glove.6B.zip", files)
    for path in (text, archive):
        vectors = load_glove(path, size=2)
        assert vectors.words == ["the", ",", "café", "\x85\u2028", "of"]
        assert vectors.vectors.tolist() == [[0.5, -1.25], [0.001, 2], [3, 4], [5, 6], [7, 8]]
        assert vectors.vectors.dtype == np.float64
    assert load_glove(archive, size=3).words == ["the"]


def test_glove_loads_only_the_words_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_text(GLOVE, encoding="utf-8", newline="\n")
    vectors = load_glove(path, (word for word in ["of", "café", "missing"]), size=2)
    assert vectors.words == ["café", "of"]
    assert vectors.vectors.tolist() == [[3, 4], [7, 8]]
    assert load_glove(path, [], size=2).vectors.shape == (0, 2)


def test_glove_takes_the_first_of_repeated_words_and_any_line_end(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_bytes(b"a 1 2\r\nb 3 4\r\na 5 6")
    vectors = load_glove(path, size=2)
    assert vectors.words == ["a", "b"]
    assert vectors["a"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"a 1 2\nb 3\n", "line 2: expected a word and 2 numbers, found 1"),
        (b"a 1 2\nb 3 4 5\n", "line 2: .* found 3"),
        (b"a 1 2 \n", "line 1: .* found 3"),
        (b"a 1 2\n\nb 3 4\n", "line 2: "),
        (b"a 1 2\n 3 4\n", "line 2: "),
        (b"a 1 two\n", "line 1: could not convert"),
        (b"a 1 2\nb 3 nan\n", "line 2: a number is not finite"),
        (b"a 1 2\n\xff\xfe 3 4\n", "line 2: the word is not UTF-8"),
        (b"a 1 ", "line 1"),
    ],
)
def test_a_damaged_glove_line_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "glove.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=complaint) as caught:
        load_glove(path, size=2)
    assert str(path) in str(caught.value)


def test_a_short_glove_line_is_reported_even_for_a_word_not_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "glove.txt"
    path.write_bytes(b"a 1 2\nb 3\n")
    with pytest.raises(DataError, match="line 2"):
        load_glove(path, ["a"], size=2)


def test_a_glove_archive_without_the_size_lists_what_it_holds(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "glove.6B.zip", {"glove.6B.2d.txt": GLOVE})
    with pytest.raises(DataError, match=r"no file glove\.6B\.50d\.txt; it holds glove\.6B\.2d"):
        load_glove(archive)


def test_missing_text_files_are_missing_and_not_damaged(tmp_path: Path) -> None:
    for name in ("glove.txt", "glove.6B.zip"):
        with pytest.raises(FileNotFoundError):
            load_glove(tmp_path / name)
    with pytest.raises(FileNotFoundError, match=r"lacks train\.tsv and dev\.tsv.*download_sst2"):
        load_sst2(tmp_path)
    with pytest.raises(FileNotFoundError, match="download_sst2"):
        load_sst2(tmp_path / "SST-2.zip")


def write_tables(folder: Path, train: str = TABLE, dev: str = TABLE) -> Path:
    """Write the two files of SST-2."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.tsv").write_text(train, encoding="utf-8", newline="\n")
    (folder / "dev.tsv").write_text(dev, encoding="utf-8", newline="\n")
    return folder


def test_sst2_is_read_from_a_folder_and_from_the_archive(tmp_path: Path) -> None:
    dev = "sentence\tlabel\nfine\t1\n"
    folder = write_tables(tmp_path / "data" / "SST-2", dev=dev)
    files = {"SST-2/test.tsv": "", "SST-2/dev.tsv": dev, "SST-2/train.tsv": TABLE}
    archive = write_archive(tmp_path / "SST-2.zip", files)
    for path in (folder, folder.parent, archive):
        split = load_sst2(path)
        assert split.train == [("a warm film", 1), ("' dull ' and slow", 0)]
        assert split.validation == [("fine", 1)]


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("", "no sentences"),
        ("sentence\tlabel\n", "no sentences"),
        ("a warm film\t1\n", "line 1: expected the header"),
        (TABLE + "a\tb\t1\n", "line 4: expected a sentence, a tab and a label"),
        (TABLE + "no label\n", "line 4"),
        (TABLE + "\n", "line 4"),
        (TABLE + " \t1\n", "line 4"),
        (TABLE + "label of two\t2\n", r"line 4: .*\['label of two', '2'\]"),
        (TABLE + "\udcff\t1\n", "line 4: not UTF-8"),
    ],
)
def test_a_damaged_sst2_line_is_named(tmp_path: Path, table: str, complaint: str) -> None:
    write_tables(tmp_path)
    (tmp_path / "dev.tsv").write_bytes(table.encode(errors="surrogateescape"))
    with pytest.raises(DataError, match=complaint) as caught:
        load_sst2(tmp_path)
    assert str(tmp_path / "dev.tsv") in str(caught.value)


def test_an_archive_that_lacks_a_table_is_reported(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "SST-2.zip", {"SST-2/train.tsv": TABLE})
    with pytest.raises(DataError, match=r"no file dev\.tsv; it holds SST-2/train\.tsv"):
        load_sst2(archive)


def test_damage_to_an_archive_is_reported_or_harmless(tmp_path: Path) -> None:
    files = {"SST-2/train.tsv": TABLE, "SST-2/dev.tsv": TABLE}
    archive = write_archive(tmp_path / "SST-2.zip", files)
    content, expected = archive.read_bytes(), load_sst2(archive)
    for length in range(len(content)):
        archive.write_bytes(content[:length])
        with pytest.raises(DataError, match=r"SST-2\.zip"):
            load_sst2(archive)
    for position in range(len(content)):
        for flip in (0x08, 0xFF):
            changed = bytes([content[position] ^ flip])
            archive.write_bytes(content[:position] + changed + content[position + 1 :])
            try:
                assert load_sst2(archive) == expected
            except DataError as error:
                assert "SST-2.zip" in str(error)


IMPORT_CHECK = """
import sys, numba
known = set(sys.modules)
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"sklearn", "scipy", "matplotlib", "rich", "torch", "tqdm"}:
            raise ImportError(name)
sys.meta_path.insert(0, Block())
import minitorch.training.data
roots = {name.partition(".")[0] for name in set(sys.modules) - known - {"__mp_main__"}}
print(sorted(roots - set(sys.stdlib_module_names) - {"minitorch", "numpy", "numba", "llvmlite"}))
print(len(minitorch.training.data.load_sentences()))
"""


def test_the_loaders_need_nothing_beyond_the_core_packages() -> None:
    root = str(Path(sentences.__file__).parents[3])
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_CHECK],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split("\n")[:2] == ["[]", "300"]
