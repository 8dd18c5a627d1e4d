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
