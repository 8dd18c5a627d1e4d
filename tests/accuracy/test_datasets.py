"""From a name or a folder to a data set: recognition, caveats, fingerprint, subsets."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.accuracy.dataset import Item
from harness.accuracy.datasets import load_dataset
from harness.accuracy.subset import stratified_subset
from harness.errors import DatasetError, UnknownNameError, UsageError
from tests.accuracy.pictures import colour_set, listed_set, save_plain


def test_the_bundled_set_is_complete_and_balanced():
    dataset = load_dataset("starter-val")
    assert len(dataset.items) == 500
    assert dataset.classes == len(dataset.class_names or ()) == 16
    counts = Counter(item.label for item in dataset.items)
    assert set(counts) == set(range(16))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert dataset.caveat is not None


def test_an_unknown_name_has_near_matches():
    with pytest.raises(UnknownNameError) as caught:
        load_dataset("starter-vall")
    assert "Did you mean starter-val?" in str(caught.value)


def test_a_path_that_does_not_exist(tmp_path: Path):
    with pytest.raises(DatasetError, match="there is no such folder"):
        load_dataset(str(tmp_path / "none"))


def test_a_file_is_no_folder(tmp_path: Path):
    path = save_plain(tmp_path / "a.png", (1, 2, 3))
    with pytest.raises(DatasetError, match="is a file; a data set is a folder"):
        load_dataset(str(path))


@pytest.mark.parametrize("files", [(), ("a.txt",), ("a.png",)])
def test_a_folder_of_no_known_layout(tmp_path: Path, files: tuple[str, ...]):
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(tmp_path))
    assert "is no data set that can be recognised" in caught.value.message
    assert "val.txt" in (caught.value.next_step or "")


def test_names_of_training_images_are_a_caveat(tmp_path: Path):
    root = listed_set(tmp_path / "set", "n01440764_10026.png 0\nx.png 1\n", "n01440764_10026.png", "x.png")
    assert "1 of 2 file names are those of ImageNet's training images" in (
        load_dataset(str(root)).caveat or ""
    )


def test_a_part_of_the_validation_set_is_a_caveat(tmp_path: Path):
    root = listed_set(tmp_path / "set", "ILSVRC2012_val_00000001.png 65\n", "ILSVRC2012_val_00000001.png")
    assert "1 of ILSVRC2012's 50000 validation images" in (load_dataset(str(root)).caveat or "")


def test_the_fingerprint_changes_with_names_labels_order_and_sizes(tmp_path: Path):
    def fingerprint(lines: str, *files: str, size: tuple[int, int] = (4, 4)) -> str:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        listed_set(root, lines, *files)
        save_plain(root / "images" / files[0], (9, 9, 9), size=size)
        return load_dataset(str(root)).fingerprint

    base = fingerprint("a.png 1\nb.png 2\n", "a.png", "b.png")
    assert base == fingerprint("a.png 1\nb.png 2\n", "a.png", "b.png")
    others = {
        fingerprint("a.png 1\nb.png 3\n", "a.png", "b.png"),
        fingerprint("b.png 2\na.png 1\n", "a.png", "b.png"),
        fingerprint("a.png 1\nc.png 2\n", "a.png", "c.png"),
        fingerprint("a.png 1\nb.png 2\n", "a.png", "b.png", size=(90, 90)),
    }
    assert len(others | {base}) == 5


def test_facts_are_those_of_the_subset(tmp_path: Path):
    root = colour_set(tmp_path / "set", {f"{n}.png": ("red", "green", "blue")[n % 3] for n in range(9)})
    dataset = load_dataset(str(root))
    facts = dataset.facts(subset=3, seed=7)
    assert (facts.images, facts.subset, facts.seed, facts.classes) == (3, 3, 7, 3)
    assert facts.fingerprint == dataset.take(3, 7).fingerprint != dataset.fingerprint
    assert dataset.facts().seed is None
    assert Counter(item.label for item in dataset.take(3, 7).items) == {0: 1, 1: 1, 2: 1}


# ---- subsets ----------------------------------------------------------------------------------

ITEMS = [Item(f"{number}.jpg", label, 1) for number, label in enumerate([0] * 50 + [1] * 30 + [2] * 20)]


def test_a_subset_keeps_the_mix_of_classes():
    assert Counter(item.label for item in stratified_subset(ITEMS, 10, 0)) == {0: 5, 1: 3, 2: 2}


def test_the_same_seed_gives_the_same_subset_on_every_machine():
    assert [item.file for item in stratified_subset(ITEMS, 5, 42)] == [
        "4.jpg",
        "49.jpg",
        "72.jpg",
        "79.jpg",
        "94.jpg",
    ]


def test_another_seed_gives_another_subset():
    assert stratified_subset(ITEMS, 10, 0) != stratified_subset(ITEMS, 10, 1)


@pytest.mark.parametrize("count", [0, -3])
def test_a_subset_has_at_least_one_image(count: int):
    with pytest.raises(UsageError, match="at least 1 image"):
        stratified_subset(ITEMS, count, 0)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=120),
    st.integers(1, 150),
    st.integers(0, 5),
)
def test_a_subset_has_the_asked_size_original_order_and_fair_shares(labels: list[int], count: int, seed: int):
    items = [Item(f"{number}.jpg", label, 1) for number, label in enumerate(labels)]
    chosen = stratified_subset(items, count, seed)
    assert len(chosen) == min(count, len(items))
    positions = [items.index(item) for item in chosen]
    assert positions == sorted(set(positions))
    taken = Counter(item.label for item in chosen)
    for label, size in Counter(labels).items():
        share = min(count, len(items)) * size / len(items)
        assert share - 1 < taken[label] < share + 1
