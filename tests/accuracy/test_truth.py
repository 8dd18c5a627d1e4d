"""Ground truth files: the evaluation tool's names, and the ids of ILSVRC2012's development kit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from harness.accuracy import imagenet
from harness.accuracy.datasets import load_dataset
from harness.errors import DatasetError
from tests.accuracy.pictures import save_plain, write


def truth_set(root: Path, truth: str, *files: str, name: str = "ground_truth.txt") -> Path:
    for file in files:
        save_plain(root / "images" / file, (1, 2, 3))
    write(root / name, truth)
    return root


def refusal(root: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(root))
    return str(caught.value)


def test_names_belong_to_images_in_bytewise_order(tmp_path: Path):
    root = truth_set(tmp_path, "\ufefftench\r\ngoldfish\r\ntench\r\n", "b.png", "B.png", "a.png")
    dataset = load_dataset(str(root))
    assert [(item.file, item.label) for item in dataset.items] == [("B.png", 0), ("a.png", 1), ("b.png", 0)]


def test_a_name_of_two_classes_is_left_out_and_listed(tmp_path: Path):
    dataset = load_dataset(str(truth_set(tmp_path, "tench\ncrane\n", "a.png", "b.png")))
    assert [item.file for item in dataset.items] == ["a.png"]
    assert dataset.left_out == (("b.png", "its label 'crane' is the name of the classes 134 and 517"),)


def test_own_labels(tmp_path: Path):
    root = truth_set(tmp_path, "cat\ndog\n", "a.png", "b.png")
    write(root / "labels.txt", "dog\ncat\n")
    assert [item.label for item in load_dataset(str(root)).items] == [1, 0]


def test_an_unknown_name_has_near_matches(tmp_path: Path):
    root = truth_set(tmp_path, "tench\ngoldfsh\n", "a.png", "b.png")
    write(root / "labels.txt", "tench\ngoldfish\n")
    message = refusal(root)
    assert "ground_truth.txt:2: 'goldfsh' is none of the 2 class names" in message
    assert "did you mean goldfish" in message


def test_names_of_its_own(tmp_path: Path):
    dataset = load_dataset(str(truth_set(tmp_path, "dog\ncat\n", "a.png", "b.png")))
    assert (dataset.class_names, [item.label for item in dataset.items]) == (("cat", "dog"), [1, 0])


@pytest.mark.parametrize("truth", ["tench\n", "tench\ntench\ntench\n"])
def test_counts_must_agree(tmp_path: Path, truth: str):
    assert "holds 2 images" in refusal(truth_set(tmp_path, truth, "a.png", "b.png"))


def test_no_labels_and_no_images(tmp_path: Path):
    assert "holds no labels" in refusal(truth_set(tmp_path / "a", "\n", "a.png"))
    assert "holds no images" in refusal(_no_images(tmp_path / "b"))


def _no_images(root: Path) -> Path:
    (root / "images").mkdir(parents=True)
    write(root / "groundtruth.txt", "tench\n")
    return root


def test_several_truths_are_a_question(tmp_path: Path):
    truth_set(tmp_path, "tench\n", "a.png")
    write(tmp_path / "other_groundtruth.txt", "tench\n")
    assert "several ground truth files" in refusal(tmp_path)


def kit(path: Path) -> None:
    """A meta.mat with the classes in reversed order, which is as unlike the class index as the real one."""
    rows = np.zeros(1000, dtype=[("ILSVRC2012_ID", "O"), ("WNID", "O")])
    for position, wnid in enumerate(reversed(imagenet.wnids())):
        rows[position] = (position + 1, wnid)
    savemat(str(path), {"synsets": rows})


def test_ids_of_the_development_kit_are_translated(tmp_path: Path):
    root = truth_set(tmp_path, "1\n1000\n", "a.png", "b.png")
    kit(root / "meta.mat")
    assert [item.label for item in load_dataset(str(root)).items] == [999, 0]


def test_a_part_of_ilsvrc_is_matched_by_the_numbers_in_its_names(tmp_path: Path):
    ids = ["1"] * 50_000
    ids[41] = "3"
    name = "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt"
    (tmp_path / name).parent.mkdir(parents=True)
    root = truth_set(
        tmp_path, "\n".join(ids), "ILSVRC2012_val_00000042.JPEG", "ILSVRC2012_val_00000043.JPEG", name=name
    )
    kit(root / "ILSVRC2012_devkit_t12/data/meta.mat")
    assert [item.label for item in load_dataset(str(root)).items] == [997, 999]


def test_ids_without_the_kit_are_not_taken_for_indices(tmp_path: Path):
    message = refusal(truth_set(tmp_path, "1\n2\n", "a.png", "b.png"))
    assert "which are no class indices" in message
    assert "meta.mat" in message


@pytest.mark.parametrize("number", ["0", "1001", "9" * 5000])
def test_an_id_out_of_range(tmp_path: Path, number: str):
    root = truth_set(tmp_path, f"1\n{number}\n", "a.png", "b.png")
    kit(root / "meta.mat")
    message = refusal(root)
    assert "ground_truth.txt:2: " in message
    assert len(message) < 400


def test_a_broken_kit(tmp_path: Path):
    root = truth_set(tmp_path, "1\n", "a.png")
    write(root / "meta.mat", b"nothing of the kind" * 50)
    assert "is not the development kit's meta.mat" in refusal(root)
