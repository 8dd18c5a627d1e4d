"""Photographs lie as the camera was held: turned upright for people's own, as stored for ImageNet's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from harness.accuracy.datasets import load_dataset
from harness.accuracy.decode import decode_image, orientation_of
from harness.records.vocabulary import Exif
from tests.accuracy.pictures import photo


def sideways(path: Path, orientation: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photo()).save(path, exif=exif)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_pillow_turns_it(tmp_path: Path, orientation: int):
    path = sideways(tmp_path / "photo.jpg", orientation)
    assert orientation_of(path) == orientation
    with Image.open(path) as image:
        stored, upright = np.asarray(image), np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(decode_image(path, Exif.APPLY), upright)
    assert np.array_equal(decode_image(path, Exif.IGNORE), stored)
    assert np.array_equal(decode_image(path), stored)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_other_formats_are_turned_once(tmp_path: Path, suffix: str):
    path = sideways(tmp_path / f"photo.{suffix}", 6)
    with Image.open(path) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    assert np.array_equal(decode_image(path, Exif.APPLY), upright)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_means_nothing_turns_nothing(tmp_path: Path, orientation: int):
    path = sideways(tmp_path / "photo.jpg", orientation)
    assert orientation_of(path) == 1
    assert np.array_equal(decode_image(path, Exif.APPLY), decode_image(path))


def test_what_is_no_image_has_no_orientation(tmp_path: Path):
    (tmp_path / "x.jpg").write_bytes(b"no image")
    assert orientation_of(tmp_path / "x.jpg") == orientation_of(tmp_path / "missing.jpg") == 1


def test_own_photos_are_turned_and_it_is_said_how_many(tmp_path: Path):
    for name, orientation in {"cat/1.jpg": 6, "cat/2.jpg": 1, "dog/1.jpg": 3}.items():
        sideways(tmp_path / "pets" / name, orientation)
    pets = load_dataset(str(tmp_path / "pets"))
    assert (pets.exif, pets.turned) == (Exif.APPLY, 2)
    assert any(each.startswith("2 of 3 images are turned upright") for each in pets.notices)
    ignored = load_dataset(str(tmp_path / "pets"), exif=Exif.IGNORE)
    assert (ignored.exif, ignored.turned) == (Exif.IGNORE, 0)
    assert pets.fingerprint != ignored.fingerprint


def test_photos_without_orientation_are_the_same_set_either_way(tmp_path: Path):
    for name in ("cat/1.jpg", "dog/1.jpg"):
        sideways(tmp_path / "pets" / name, 1)
    both = [load_dataset(str(tmp_path / "pets"), exif=exif) for exif in Exif]
    assert both[0].fingerprint == both[1].fingerprint
    assert not any("EXIF" in text for each in both for text in each.notices)


@pytest.mark.parametrize("name", ["n01440764/n01440764_18.JPEG", "0/ILSVRC2012_val_00000293.JPEG"])
def test_imagenets_own_images_are_taken_as_stored(tmp_path: Path, name: str):
    sideways(tmp_path / "set" / name, 6)
    assert load_dataset(str(tmp_path / "set")).exif is Exif.IGNORE


def test_own_photos_of_imagenets_classes_are_turned(tmp_path: Path):
    sideways(tmp_path / "set" / "n01440764" / "my_tench.jpg", 6)
    assert load_dataset(str(tmp_path / "set")).turned == 1


@pytest.mark.parametrize("name", ["imagenet_val_650", "imagenet_train_500"])
def test_the_images_of_the_reference_accuracies_are_taken_as_stored(assets: Path, name: str):
    assert load_dataset(str(assets / name)).exif is Exif.IGNORE
