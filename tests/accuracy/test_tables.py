"""Labels in a CSV, in the layouts of Kaggle and Roboflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.accuracy.dataset import ClassKeys
from harness.accuracy.datasets import load_dataset
from harness.errors import DatasetError
from tests.accuracy.pictures import save_plain, write


def images(root: Path, *names: str) -> Path:
    for name in names:
        save_plain(root / name, (1, 2, 3))
    return root


def by_name(root: Path) -> dict[str, str]:
    dataset = load_dataset(str(root))
    return {item.file: dataset.text(item.label) for item in dataset.items}


@pytest.mark.parametrize(
    "table",
    [
        "filename,label\na.jpg,dog\nb.jpg,cat\n",
        "id;breed\na;dog\nb;cat\n",
        "label,image_path\ndog,images/a.jpg\ncat,images/b.jpg\n",
        "image\tclass_id\tclass name\na.jpg\t1\tdog\nb.jpg\t0\tcat\n",
        "image,cat,dog\na,0.0,1.0\nb,1.0,0.0\n",
        "index,filepaths,labels\n0,/kaggle/input/x/images/a.jpg,dog\n1,/kaggle/input/x/images/b.jpg,cat\n",
    ],
)
def test_a_column_of_files_and_one_of_classes(tmp_path: Path, table: str):
    images(tmp_path / "images", "a.jpg", "b.jpg")
    write(tmp_path / "labels.csv", table)
    assert by_name(tmp_path) == {"images/a.jpg": "dog", "images/b.jpg": "cat"}
    assert "its classes are those of labels.csv" in load_dataset(str(tmp_path)).notices


def test_a_column_of_parts(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    write(tmp_path / "birds.csv", "path,label,data set\na.jpg,x,train\nb.jpg,y,test\nc.jpg,y,valid\n")
    assert by_name(tmp_path) == {"c.jpg": "y"}
    assert "rows 'valid'" in load_dataset(str(tmp_path)).notices[0]


def test_roboflows_parts_have_a_table_each(tmp_path: Path):
    for part in ("train", "valid", "test"):
        images(tmp_path / part, "a.jpg", "b.jpg")
        write(tmp_path / part / "_classes.csv", "filename, cat, dog\na.jpg, 1, 0\nb.jpg, 0, 1\n")
    assert by_name(tmp_path) == {"a.jpg": "cat", "b.jpg": "dog"}
    assert "valid is used" in load_dataset(str(tmp_path)).notices[0]


def test_numbers_are_numbers(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path / "labels.csv", "file,label\na.jpg,0\nb.jpg,3\n")
    dataset = load_dataset(str(tmp_path))
    assert (dataset.keys, dataset.present) == (ClassKeys.NUMBERS, (0, 3))


def test_images_that_are_not_there_are_counted(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path / "labels.csv", "file,label\na.jpg,cat\nb.jpg,dog\nc.jpg,dog\n")
    assert "1 of 3 images of labels.csv are not there" in load_dataset(str(tmp_path)).notices


def test_a_table_that_does_not_say_which_column(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path / "facts.csv", "file,colour,shape\na.jpg,red,round\nb.jpg,blue,flat\n")
    with pytest.raises(DatasetError, match="which of the columns colour, shape"):
        load_dataset(str(tmp_path))


def test_a_table_of_something_else_is_none(tmp_path: Path):
    images(tmp_path / "cat", "a.jpg")
    write(tmp_path / "prices.csv", "thing,price\nhat,3\n")
    assert load_dataset(str(tmp_path)).class_names == ("cat",)


@pytest.mark.parametrize("given", ["", "ILSVRC"])
def test_kaggles_tree_of_ilsvrc(tmp_path: Path, given: str):
    root = tmp_path / "imagenet"
    names = ("ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000002.JPEG")
    images(root / "ILSVRC/Data/CLS-LOC/val", *names)
    images(root / "ILSVRC/Data/CLS-LOC/test", "ILSVRC2012_test_00000001.JPEG")
    images(root / "ILSVRC/Data/CLS-LOC/train/n01440764", "n01440764_1.JPEG")
    write(root / "LOC_synset_mapping.txt", "n01440764 tench, Tinca tinca\n")
    solution = "ImageId,PredictionString\n"
    for name, wnid in zip(names, ("n01751748", "n09193705"), strict=True):
        solution += f"{name[:-5]},{wnid} 1 2 3 4 {wnid} 5 6 7 8\n"
    solution += "ILSVRC2012_val_00000003,n02105855 1 2 3 4\n"
    write(root / "LOC_val_solution.csv", solution)
    dataset = load_dataset(str(root / given))
    assert dataset.keys is ClassKeys.IMAGENET
    assert [item.label for item in dataset.items] == [65, 970], "as the development kit has them"


def test_an_image_that_rows_give_two_classes_is_left_out_and_named(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    boxes = "filename,class,xmin\na.jpg,cat,1\na.jpg,dog,5\nb.jpg,dog,2\nb.jpg,dog,7\nc.jpg,cat,3\n"
    write(tmp_path / "_annotations.csv", boxes)
    assert by_name(tmp_path) == {"b.jpg": "dog", "c.jpg": "cat"}
    dataset = load_dataset(str(tmp_path))
    assert dataset.left_out == (("a.jpg", "_annotations.csv gives it several classes"),)
    assert dataset.notices[1:] == (
        "1 of 3 images are left out: _annotations.csv gives them several classes,"
        " the first: a.jpg (cat, dog)",
    ), "an image that is listed twice is not missing"


def test_nothing_but_images_of_several_classes_is_refused(tmp_path: Path):
    images(tmp_path, "a.jpg")
    write(tmp_path / "boxes.csv", "filename,class\na.jpg,cat\na.jpg,dog\n")
    with pytest.raises(DatasetError, match="gives every image several classes"):
        load_dataset(str(tmp_path))


def test_a_table_without_a_header_loses_no_image(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path / "labels.csv", "a.jpg,dog\nb.jpg,cat\n")
    assert by_name(tmp_path) == {"a.jpg": "dog", "b.jpg": "cat"}


def test_rows_of_another_length_are_counted(tmp_path: Path):
    images(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path / "labels.csv", "file,label\na.jpg,cat\nb.jpg,tench, Tinca tinca\n")
    notices = load_dataset(str(tmp_path)).notices
    assert any("1 row(s) of labels.csv are left out" in each and "b.jpg,tench" in each for each in notices)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("filename,predicted\na.jpg,dog\nb.jpg,cat\n", "whose folder is another of its classes"),
        ("filename,predicted\na.jpg,dog\nb.jpg,dog\n", "say the classes is not known"),
        ("filename,class\na.jpg,dog\nb.jpg,cat\n", "whose folder is another of its classes"),
        ("filename,width\na.jpg,0\nb.jpg,1\n", "say the classes is not known"),
    ],
)
def test_a_table_is_not_believed_against_the_folders_of_its_images(tmp_path: Path, table: str, reason: str):
    images(tmp_path / "cat", "a.jpg")
    images(tmp_path / "dog", "b.jpg")
    write(tmp_path / "facts.csv", table)
    with pytest.raises(DatasetError, match=reason) as refused:
        load_dataset(str(tmp_path))
    assert "move facts.csv" in (refused.value.next_step or "")


def test_folders_that_are_no_classes_do_not_matter(tmp_path: Path):
    images(tmp_path / "batch0", "a.jpg")
    images(tmp_path / "batch1", "b.jpg")
    write(tmp_path / "labels.csv", "file,label\na.jpg,cat\nb.jpg,dog\n")
    assert by_name(tmp_path) == {"batch0/a.jpg": "cat", "batch1/b.jpg": "dog"}


def test_an_archive_is_called_one(tmp_path: Path):
    write(tmp_path / "photos.zip", "PK")
    with pytest.raises(DatasetError, match="is an archive") as refused:
        load_dataset(str(tmp_path / "photos.zip"))
    assert refused.value.next_step == "unpack it, and give its folder"
