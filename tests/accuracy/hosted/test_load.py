"""Named data sets: only the images that count, under names of our own, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from harness.accuracy import imagenet
from harness.accuracy.datasets import load_dataset
from harness.accuracy.hosted import catalogue
from harness.accuracy.hosted.catalogue import HOSTED, Picked, genuine_validation_image, numbered_folder
from harness.accuracy.hosted.unpack import unpack_images
from harness.errors import DatasetError, UnknownNameError, ZooError
from harness.zoo.fetch.cache import Cache
from harness.zoo.fetch.fetch import Fetcher
from harness.zoo.fetch.trust import TrustStore

WNID = "n01440764"  # class 0, tench


def jpeg(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8, 8), shade).save(buffer, "JPEG")
    return buffer.getvalue()


def tar_of(members: Mapping[str, bytes | None]) -> bytes:
    """A tar; None makes a link to /etc/passwd."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(info)
            else:
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def val_name(number: int) -> str:
    return f"ILSVRC2012_val_{number:08d}.JPEG"


class TestPicking:
    @pytest.mark.parametrize("part", ["train", "val"])
    def test_a_genuine_validation_image_is_known_by_its_name_in_either_part(self, part: str):
        member = f"imagenette2/{part}/{WNID}/{val_name(293)}"
        assert genuine_validation_image(member) == Picked(val_name(293), 0)

    @pytest.mark.parametrize(
        "member",
        [
            f"imagenette2/val/{WNID}/n01440764_10026.JPEG",
            f"a/notawnid/{val_name(1)}",
            f"{WNID}/../x.JPEG",
            "",
        ],
    )
    def test_other_images_are_not_part_of_the_set(self, member: str):
        assert genuine_validation_image(member) is None

    def test_folders_are_numbers_of_classes_and_names_stay_unique(self):
        assert numbered_folder("imagenetv2-x/7/ab-1.jpeg") == Picked("007_ab-1.jpeg", 7)
        assert numbered_folder("imagenetv2-x/1000x/a.jpeg") is None


class TestUnpacking:
    def unpack(self, folder: Path, members: Mapping[str, bytes | None], *, images: int) -> Path:
        archive = folder / "set.tgz"
        archive.write_bytes(tar_of(members))
        unpack_images(archive, folder / "out", genuine_validation_image, images=images)
        return folder / "out"

    def test_images_and_classes_are_written(self, tmp_path: Path):
        members = {f"x/val/{WNID}/{val_name(n)}": jpeg(n) for n in (1, 2)}
        out = self.unpack(tmp_path, {**members, "x/README": b""}, images=2)
        assert (out / "val.txt").read_text() == f"{val_name(1)} 0\n{val_name(2)} 0\n"
        assert (out / "images" / val_name(2)).read_bytes() == jpeg(2)

    @pytest.mark.parametrize(
        ("members", "images", "sentence"),
        [
            ({f"x/{WNID}/{val_name(1)}": b"1"}, 2, "holds 1 images of the 2"),
            ({f"x/{WNID}/{val_name(1)}": b"1", f"y/{WNID}/{val_name(1)}": b"1"}, 2, "twice"),
            ({f"x/{WNID}/{val_name(n)}": b"1" for n in (1, 2)}, 1, "more than the 1 images"),
            ({f"x/{WNID}/{val_name(1)}": None}, 1, "no image file"),
        ],
        ids=["too few", "twice", "too many", "a link"],
    )
    def test_anything_else_leaves_nothing_behind(
        self, tmp_path: Path, members: Mapping[str, bytes | None], images: int, sentence: str
    ):
        with pytest.raises(DatasetError, match=sentence):
            self.unpack(tmp_path, members, images=images)
        assert [path.name for path in tmp_path.iterdir()] == ["set.tgz"]

    def test_a_broken_archive_is_said_to_be_one(self, tmp_path: Path):
        (tmp_path / "set.tgz").write_bytes(tar_of({f"x/{WNID}/{val_name(1)}": jpeg(1) * 100})[:200])
        with pytest.raises(DatasetError, match="cannot be unpacked"):
            unpack_images(tmp_path / "set.tgz", tmp_path / "out", genuine_validation_image, images=1)


class TestByName:
    """A small archive in place of the real one, which is 1.5 GB; its address and digest are replaced."""

    @pytest.fixture
    def fetcher(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetcher:
        content = tar_of({f"imagenette2/train/{WNID}/{val_name(n)}": jpeg(n) for n in (1, 2, 3)})
        real = HOSTED["imagenette-val"]
        target = replace(real.target, sha256=hashlib.sha256(content).hexdigest())
        monkeypatch.setitem(catalogue.HOSTED, "imagenette-val", replace(real, target=target, images=3))
        served = tmp_path / "mirror" / "s3.amazonaws.com" / "fast-ai-imageclas" / "imagenette2.tgz"
        served.parent.mkdir(parents=True)
        served.write_bytes(content)
        return Fetcher(
            Cache(tmp_path / "cache"), TrustStore(tmp_path / "lock.json"), mirror=str(tmp_path / "mirror")
        )

    def test_it_is_fetched_unpacked_and_named_with_its_caveat(self, fetcher: Fetcher):
        dataset = load_dataset("imagenette-val", fetcher=lambda: fetcher)
        assert dataset.name == "imagenette-val"
        assert dataset.classes == imagenet.CLASSES
        assert [item.label for item in dataset.items] == [0, 0, 0]
        assert "optimistic" in str(dataset.caveat)

    def test_the_second_time_it_is_there_and_the_archive_is_gone(self, tmp_path: Path, fetcher: Fetcher):
        first = load_dataset("imagenette-val", fetcher=lambda: fetcher)
        again = load_dataset("imagenette-val", fetcher=lambda: replace(fetcher, offline=True, mirror=None))
        assert again.fingerprint == first.fingerprint
        assert not list((tmp_path / "cache").rglob("*.tgz"))

    def test_offline_says_what_is_missing(self, tmp_path: Path):
        bare = Fetcher(Cache(tmp_path), TrustStore(tmp_path / "l"), mirror=None, offline=True)
        with pytest.raises(ZooError, match=r"imagenetv2 is not in the cache"):
            load_dataset("imagenetv2", fetcher=lambda: bare)

    def test_near_matches_are_offered(self):
        with pytest.raises(UnknownNameError, match="imagenette-val"):
            load_dataset("imagenete-val")


class TestOwnCopy:
    def test_a_folder_of_validation_images_needs_no_list(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        for number in (1, 2, 3):
            (tmp_path / val_name(number)).write_bytes(jpeg(number))
        monkeypatch.setenv("HARNESS_IMAGENET_VAL", str(tmp_path))
        dataset = load_dataset("imagenet-val")
        # The first three of the official ground truth: sea snake, alp, Shetland sheepdog.
        assert [item.label for item in dataset.items] == [65, 970, 230]
        assert dataset.name == "imagenet-val"
        assert "3 of ILSVRC2012's 50000" in str(dataset.caveat)
        assert [item.label for item in load_dataset(str(tmp_path)).items] == [65, 970, 230]

    def test_the_labels_agree_with_a_list_that_was_made_apart(self, assets: Path):
        from harness.accuracy.ilsvrc import val_class_names

        listed = load_dataset(str(assets / "imagenet_val_650"))
        names, classes = val_class_names(), imagenet.class_names()
        known = [item for item in listed.items if imagenet.validation_number(item.file)]
        assert known
        for item in known:
            assert classes[item.label] == names[imagenet.validation_number(item.file) - 1]

    def test_classes_that_share_a_name_are_left_out_and_named(self, tmp_path: Path):
        from harness.accuracy.ilsvrc import load_ilsvrc, val_class_names

        number = val_class_names().index("crane") + 1
        (tmp_path / val_name(number)).write_bytes(jpeg(1))
        dataset = load_ilsvrc(tmp_path)
        assert dataset.items == ()
        assert dataset.left_out == (
            (val_name(number), "its label 'crane' is the name of the classes 134 and 517"),
        )

    def test_without_a_copy_it_says_where_to_put_one(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.delenv("HARNESS_IMAGENET_VAL", raising=False)
        with pytest.raises(DatasetError) as caught:
            load_dataset("imagenet-val")
        assert "HARNESS_IMAGENET_VAL" in str(caught.value.next_step)

    def test_an_archive_of_other_images_is_refused(self, tmp_path: Path):
        archive = tmp_path / "photos.tar"
        archive.write_bytes(tar_of({"a.jpg": jpeg(1)}))
        bare = Fetcher(Cache(tmp_path / "cache"), TrustStore(tmp_path / "l"), mirror=None)
        with pytest.raises(DatasetError, match="holds 0 images of the 50000"):
            load_dataset(str(archive), fetcher=lambda: bare)
