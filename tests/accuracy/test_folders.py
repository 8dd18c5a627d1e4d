"""One folder a class: by WordNet id, by index, by name, or classes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from harness.accuracy import imagenet
from harness.accuracy.dataset import ClassKeys, Dataset
from harness.accuracy.datasets import load_dataset
from harness.errors import DatasetError
from tests.accuracy.pictures import save_plain, write


def folders(root: Path, *names: str, files: int = 1) -> Path:
    for name in names:
        for number in range(files):
            save_plain(root / name / f"{number}.png", (1, 2, 3))
    return root


def labels_of(dataset: Dataset) -> dict[str, int]:
    return {item.file.split("/")[0]: item.label for item in dataset.items}


def refusal(root: Path) -> str:
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(root))
    return str(caught.value)


def test_wordnet_ids_are_imagenets_classes(tmp_path: Path):
    dataset = load_dataset(str(folders(tmp_path, "n01440764", "n03888257", files=2)))
    assert labels_of(dataset) == {"n01440764": 0, "n03888257": 701}
    assert dataset.classes == 1000
    assert len(dataset.items) == 4


def test_wordnet_ids_that_are_not_all_imagenets_are_classes_of_their_own(tmp_path: Path):
    """Tiny ImageNet has some."""
    dataset = load_dataset(str(folders(tmp_path, "n01440764", "n99999999")))
    assert (dataset.keys, dataset.class_names) == (ClassKeys.NAMES, ("n01440764", "n99999999"))


def test_indices_without_a_gap_are_that_many_classes(tmp_path: Path):
    dataset = load_dataset(str(folders(tmp_path, "0", "1", "2", "10", "3", "4", "5", "6", "7", "8", "9")))
    assert dataset.classes == 11
    assert labels_of(dataset)["10"] == 10, "numbers are no strings: 10 does not come before 2"


def test_indices_with_gaps_are_some_of_imagenets(tmp_path: Path):
    dataset = load_dataset(str(folders(tmp_path, "0", "217", "701")))
    assert dataset.classes == 1000
    assert labels_of(dataset) == {"0": 0, "217": 217, "701": 701}


def test_padded_indices(tmp_path: Path):
    assert labels_of(load_dataset(str(folders(tmp_path, "000", "001")))) == {"000": 0, "001": 1}


def test_one_index_twice(tmp_path: Path):
    assert "two folders for one class index" in refusal(folders(tmp_path, "7", "007", "3"))


def test_numbers_are_labels_whatever_they_count_from(tmp_path: Path):
    dataset = load_dataset(str(folders(tmp_path, "5", "10", "1000")))
    assert dataset.keys is ClassKeys.NUMBERS
    assert labels_of(dataset) == {"5": 5, "10": 10, "1000": 1000}
    assert dataset.order == (10, 1000, 5), "as a trainer that sorts text would have them"


def test_imagenets_names(tmp_path: Path):
    dataset = load_dataset(str(folders(tmp_path, "goldfish", "tabby", "Egyptian_cat")))
    names = imagenet.class_names()
    assert {names[label].lower() for label in labels_of(dataset).values()} == {
        "goldfish",
        "tabby",
        "egyptian cat",
    }


def test_a_name_of_two_imagenet_classes_is_no_key(tmp_path: Path):
    """There are two cranes; with a folder of that name the classes are the set's own."""
    dataset = load_dataset(str(folders(tmp_path, "crane", "goldfish")))
    assert (dataset.classes, dataset.keys) == (2, ClassKeys.NAMES)


def test_other_names_are_classes_of_their_own_in_bytewise_order(tmp_path: Path):
    dataset = load_dataset(str(folders(tmp_path, "b", "ä", "-x", "A b's", "$(rm)")))
    assert dataset.class_names == ("$(rm)", "-x", "A b's", "b", "ä")
    assert dataset.order_of == "the bytewise order of the folders' names"


def test_declared_labels_give_the_order(tmp_path: Path):
    folders(tmp_path, "dog", "cat")
    write(tmp_path / "labels.txt", "dog\r\ncow\r\ncat\r\n")
    dataset = load_dataset(str(tmp_path))
    assert labels_of(dataset) == {"dog": 0, "cat": 2}
    assert dataset.classes == 3


def test_a_folder_that_is_no_declared_label(tmp_path: Path):
    folders(tmp_path, "dog", "cta")
    write(tmp_path / "labels.txt", "dog\ncat\n")
    assert "'cta' is not one class among the 2 class names" in refusal(tmp_path)


def test_folders_of_indices_into_declared_labels(tmp_path: Path):
    folders(tmp_path, "0", "2")
    write(tmp_path / "labels.txt", "dog\ncow\ncat\n")
    assert labels_of(load_dataset(str(tmp_path))) == {"0": 0, "2": 2}
    folders(tmp_path, "3")
    assert "there are 3 class names, 0..2" in refusal(tmp_path)


def test_declared_numbers_that_reach_the_count_start_at_1(tmp_path: Path):
    folders(tmp_path, "1", "3")
    write(tmp_path / "labels.txt", "dog\ncow\ncat\n")
    assert labels_of(load_dataset(str(tmp_path))) == {"1": 0, "3": 2}


def test_names_that_differ_in_case_only_are_matched_exactly(tmp_path: Path):
    folders(tmp_path, "cat", "Cat")
    write(tmp_path / "labels.txt", "Cat\ncat\n")
    assert labels_of(load_dataset(str(tmp_path))) == {"Cat": 0, "cat": 1}


def test_a_val_folder_is_used_and_named_after_the_set(tmp_path: Path):
    folders(tmp_path / "imagenette" / "val", "n01440764")
    folders(tmp_path / "imagenette" / "train", "n01440764", "n03888257")
    dataset = load_dataset(str(tmp_path / "imagenette"))
    assert dataset.name == "imagenette"
    assert len(dataset.items) == 1


def test_other_files_and_hidden_folders_do_not_count_and_an_empty_one_has_no_images(tmp_path: Path):
    folders(tmp_path, "cat", ".thumbs")
    (tmp_path / "empty").mkdir()
    write(tmp_path / "cat" / "notes.md", "x")
    write(tmp_path / "cat" / ".hidden.png", "x")
    write(tmp_path / "README", "x")
    dataset = load_dataset(str(tmp_path))
    assert dataset.class_names == ("cat", "empty")
    assert dataset.present == (0,)
    assert [item.file for item in dataset.items] == ["cat/0.png"]


def test_a_link_to_nothing_is_named(tmp_path: Path):
    folders(tmp_path, "cat")
    (tmp_path / "cat" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert "cat/gone.png cannot be read: No such file" in refusal(tmp_path)


def test_of_several_parts_validation_comes_before_test_and_it_is_said(tmp_path: Path):
    for part in ("seg_train", "seg_test", "validation_set"):
        folders(tmp_path / "set" / part, "cat", "dog")
    dataset = load_dataset(str(tmp_path / "set"))
    assert dataset.image_root.name == "validation_set"
    assert dataset.name == "set"
    assert dataset.notices == ("of its parts seg_test, seg_train, validation_set, validation_set is used",)


@pytest.mark.parametrize("parts", [("Training", "Test"), ("train", "valid"), ("training_set", "test_set")])
def test_training_and_testing_are_no_classes(tmp_path: Path, parts: tuple[str, str]):
    for part in parts:
        folders(tmp_path / part, "cat", "dog")
    folders(tmp_path / "papers", "figures")
    assert load_dataset(str(tmp_path)).class_names == ("cat", "dog")


def test_training_images_are_used_only_where_asked_for(tmp_path: Path):
    folders(tmp_path / "train", "cat", "dog")
    save_plain(tmp_path / "test" / "1.png", (1, 2, 3))
    assert "only training images have classes" in refusal(tmp_path)
    assert f"give the one you mean: {tmp_path}/train" in refusal(tmp_path)
    assert load_dataset(str(tmp_path / "train")).class_names == ("cat", "dog")


def test_a_class_called_train_among_others_is_a_class(tmp_path: Path):
    assert load_dataset(str(folders(tmp_path, "bus", "train"))).class_names == ("bus", "train")


@pytest.mark.parametrize("around", ["images", "my flowers/pictures"])
def test_a_folder_around_the_classes_is_looked_into(tmp_path: Path, around: str):
    folders(tmp_path / "set" / around, "cat", "dog")
    dataset = load_dataset(str(tmp_path / "set"))
    assert (dataset.name, dataset.class_names) == ("set", ("cat", "dog"))
    assert "its classes are the folders in" in dataset.notices[0]


def test_one_folder_of_images_without_classes_is_no_class(tmp_path: Path):
    assert "nothing in" in refusal(folders(tmp_path, "images"))
    assert load_dataset(str(folders(tmp_path / "one", "cat"))).class_names == ("cat",)


def test_folds_are_a_question(tmp_path: Path):
    for fold in ("fold1", "fold2"):
        folders(tmp_path / fold, "cat", "dog")
    assert "look like parts of a data set" in refusal(tmp_path)


def test_what_systems_leave_behind_is_no_class(tmp_path: Path):
    folders(tmp_path, "@eaDir", "__MACOSX", "$RECYCLE.BIN", "cat", "@home")
    write(tmp_path / "cat" / "Thumbs.db", "x")
    save_plain(tmp_path / "cat" / "@eaDir" / "0.png", (1, 2, 3))
    dataset = load_dataset(str(tmp_path))
    assert (dataset.class_names, len(dataset.items), dataset.left_out) == (("@home", "cat"), 2, ())


def test_other_suffixes_are_tried_by_content_or_counted_and_named(tmp_path: Path):
    folders(tmp_path, "cat")
    forms = {"jfif": "JPEG", "jpe": "JPEG", "jp2": "JPEG2000", "xyz": "PNG", "ico": "ICO"}
    for suffix, form in forms.items():
        Image.new("RGB", (16, 16)).save(tmp_path / "cat" / f"a.{suffix}", format=form)
    Image.new("RGB", (16, 16)).save(tmp_path / "cat" / "bare", format="JPEG")
    write(tmp_path / "cat" / "phone.heic", "no image")
    (tmp_path / "dog").mkdir()
    write(tmp_path / "dog" / "phone.heic", "no image")
    write(tmp_path / "cat" / "notes.txt", "no image either")
    dataset = load_dataset(str(tmp_path))
    assert len(dataset.items) == 7
    assert [file for file, _ in dataset.left_out] == ["cat/phone.heic", "dog/phone.heic"]
    assert (
        "2 file(s) among the images cannot be read (2 .heic; the first: cat/phone.heic)" in dataset.notices[0]
    )
    assert (dataset.class_names, dataset.present) == (("cat", "dog"), (0,))
