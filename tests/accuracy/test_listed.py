"""`images/` + `val.txt`: any file name, exact indices, and every slip named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.accuracy import imagenet
from harness.accuracy.dataset import ClassKeys
from harness.accuracy.datasets import load_dataset
from harness.accuracy.listed import parse_list
from harness.errors import DatasetError
from tests.accuracy.pictures import listed_set, write


def refusal(root: Path) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load_dataset(str(root))
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2
    return caught.value


def test_images_and_indices_in_the_order_of_the_list(tmp_path: Path):
    dataset = load_dataset(str(listed_set(tmp_path / "set", "b.png 7\na.png 999\n", "a.png", "b.png")))
    assert [(item.file, item.label) for item in dataset.items] == [("b.png", 7), ("a.png", 999)]
    assert dataset.name == "set"
    assert dataset.classes == 1000
    assert dataset.class_names is not None
    assert dataset.class_names[7] == "cock"
    assert dataset.items[0].size_bytes == (tmp_path / "set/images/b.png").stat().st_size


@pytest.mark.parametrize(
    "content", ["a.png 1\r\nb.png 2\r\n", "\ufeffa.png 1\nb.png 2", "\n a.png\t1 \n\n\nb.png  2\n\n"]
)
def test_line_ends_byte_order_marks_and_blank_lines_do_not_matter(tmp_path: Path, content: str):
    dataset = load_dataset(str(listed_set(tmp_path / "set", content, "a.png", "b.png")))
    assert [(item.file, item.label) for item in dataset.items] == [("a.png", 1), ("b.png", 2)]


@pytest.mark.parametrize(
    "name", ["two  words.png", 'it\'s "q".png', "猫 ü.png", "-rf.png", "3 4.png", "$(x).png", "%s.png"]
)
def test_any_file_name_can_be_listed(tmp_path: Path, name: str):
    dataset = load_dataset(str(listed_set(tmp_path / "set", f"{name} 5\n", name)))
    assert dataset.items[0][:2] == (name, 5)


def test_images_may_lie_beside_the_list_or_deeper(tmp_path: Path):
    listed_set(tmp_path / "set", "deep/a.png 1\n", "deep/a.png")
    assert load_dataset(str(tmp_path / "set")).items[0].file == "deep/a.png"
    (tmp_path / "set/images").rename(tmp_path / "set/pictures")
    write(tmp_path / "set/val.txt", "pictures/deep/a.png 1\n")
    assert load_dataset(str(tmp_path / "set")).items[0].file == "pictures/deep/a.png"


def test_the_sets_own_labels_fix_the_number_of_classes(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 1\n", "a.png", labels="\ufeffcat\r\ndog\r\n")
    dataset = load_dataset(str(root))
    assert (dataset.classes, dataset.class_names, dataset.keys) == (2, ("cat", "dog"), ClassKeys.NAMES)


def test_a_background_of_ones_own_is_a_class_like_others(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 1\n", "a.png", labels="background\ncat\ndog\n")
    assert load_dataset(str(root)).class_names == ("background", "cat", "dog")


def test_imagenets_1001_labels_lose_their_background(tmp_path: Path):
    names = "\n".join(("background", *imagenet.class_names()))
    root = listed_set(tmp_path / "set", "a.png 1\n", "a.png", labels=names)
    assert load_dataset(str(root)).class_names == imagenet.class_names()


def test_numbers_without_names_are_the_models_indices_from_0(tmp_path: Path):
    dataset = load_dataset(str(listed_set(tmp_path / "set", "a.png 1\nb.png 1000\n", "a.png", "b.png")))
    assert (dataset.keys, dataset.first_number) == (ClassKeys.NUMBERS, 0)
    assert [item.label for item in dataset.items] == [1, 1000]


def test_an_index_beyond_the_sets_own_labels(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 2\n", "a.png", labels="cat\ndog")
    assert "val.txt:1: the class index 2 is not within 0..1" in refusal(root).message


def test_a_negative_index(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png -1\n", "a.png")
    assert "val.txt:1: the class index -1 is negative" in refusal(root).message


@pytest.mark.parametrize("line", ["a.png", "7", "a.png,3", "9" * 5000])
def test_a_line_of_another_form_is_shown_shortened(tmp_path: Path, line: str):
    message = refusal(listed_set(tmp_path / "set", f"{line}\n", "a.png")).message
    assert "val.txt:1: " in message
    assert "is not of the form FILE INDEX or FILE LABEL" in message
    assert len(message) < 300


@pytest.mark.parametrize("label", ["one", "1.5", "٣", "9" * 5000])
def test_a_label_that_is_no_name_of_the_sets_own_is_shown_shortened(tmp_path: Path, label: str):
    root = listed_set(tmp_path / "set", f"a.png {label}\n", "a.png", labels="cat\ndog\n")
    message = refusal(root).message
    assert "val.txt:1: " in message
    assert "is none of the 2 class names" in message
    assert len(message) < 300


def test_names_that_are_not_imagenets_are_classes_of_the_sets_own(tmp_path: Path):
    dataset = load_dataset(str(listed_set(tmp_path / "set", "b.png ä\na.png Z\n", "a.png", "b.png")))
    assert (dataset.keys, dataset.class_names) == (ClassKeys.NAMES, ("Z", "ä"))
    assert dataset.order_of == "the bytewise order of the class names"


class TestLabelsByName:
    def labels(self, root: Path) -> list[tuple[str, int]]:
        dataset = load_dataset(str(root))
        return [(item.file, item.label) for item in dataset.items]

    def test_names_are_matched_exactly(self, tmp_path: Path):
        lines = "a.png Rose\nb c.png rose\nd.png boeing 747\ne.png 0\n"
        names = "daisy\nRose\nrose\nboeing 747\n"
        root = listed_set(tmp_path / "set", lines, "a.png", "b c.png", "d.png", "e.png", labels=names)
        assert self.labels(root) == [("a.png", 1), ("b c.png", 2), ("d.png", 3), ("e.png", 0)]

    def test_so_are_the_sets_own(self, tmp_path: Path):
        root = listed_set(
            tmp_path / "set", "a.png Rose\nb.png 2\n", "a.png", "b.png", labels="rose\nRose\nx\n"
        )
        assert self.labels(root) == [("a.png", 1), ("b.png", 2)]

    def test_imagenets_names_need_no_model(self, tmp_path: Path):
        root = listed_set(tmp_path / "set", "a.png great white shark\n", "a.png")
        assert self.labels(root) == [("a.png", 2)]

    def test_classes_of_one_name_are_told_apart_by_index(self, tmp_path: Path):
        lines = "a.png crane\nb.png 134\nc.png 517\nd.png maillot\ne.png 639\n"
        root = listed_set(tmp_path / "set", lines, *(f"{each}.png" for each in "abcde"))
        dataset = load_dataset(str(root))
        assert [item.label for item in dataset.items] == [134, 517, 639]
        assert dataset.left_out == (
            ("a.png", "its label 'crane' is the name of the classes 134 and 517"),
            ("d.png", "its label 'maillot' is the name of the classes 638 and 639"),
        )

    def test_a_slip_has_near_matches(self, tmp_path: Path):
        root = listed_set(tmp_path / "set", "a.png 1\nb.png goldfsh\n", "a.png", "b.png")
        error = refusal(root)
        assert "val.txt:2: 'goldfsh' is none of the 1000 class names" in error.message
        assert str(error.next_step).startswith("did you mean goldfish")


def test_a_file_listed_twice(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 1\na.png 1\n", "a.png")
    assert refusal(root).message.endswith("val.txt:2: 'a.png' is listed already in line 1")


def test_a_file_listed_twice_under_two_spellings(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 1\n./a.png 2\n", "a.png")
    assert "val.txt:2: './a.png' is listed already in line 1" in refusal(root).message


def test_missing_files_are_counted_and_the_likely_name_is_given(tmp_path: Path):
    root = listed_set(tmp_path / "set", "photo_1.jpeg 1\nother.png 2\n", "photo_1.jpg")
    error = refusal(root)
    assert "val.txt:1: 'photo_1.jpeg' is not in" in error.message
    assert "1 more line" in error.message
    assert error.next_step == "there is 'photo_1.jpg'"


def test_an_image_without_a_line_is_left_out_with_the_reason(tmp_path: Path):
    dataset = load_dataset(
        str(listed_set(tmp_path / "set", "a.png 1\n./b.png 2\n", "a.png", "b.png", "c.png"))
    )
    assert dataset.left_out == (("c.png", "no line of val.txt names it"),)


def test_a_list_of_the_smaller_part_of_a_folder_is_a_choice(tmp_path: Path):
    dataset = load_dataset(str(listed_set(tmp_path / "set", "a.png 1\n", "a.png", "b.png", "c.png")))
    assert dataset.left_out == ()


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "x/../../secret.png", "a\0b.png"])
def test_no_line_leads_out_of_the_folder(tmp_path: Path, name: str):
    root = listed_set(tmp_path / "set", f"{name} 1\n", "a.png")
    (tmp_path / "secret.png").write_bytes((root / "images/a.png").read_bytes())
    assert "leads out of the data set's folder" in refusal(root).message


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff"])
def test_an_empty_list(tmp_path: Path, content: str):
    assert refusal(listed_set(tmp_path / "set", content, "a.png")).message.endswith("val.txt lists no images")


def test_a_list_that_is_no_text(tmp_path: Path):
    assert (
        "is no UTF-8 text (byte 0)" in refusal(listed_set(tmp_path / "set", b"\xff\xfea\0", "a.png")).message
    )


def test_a_list_that_is_a_folder(tmp_path: Path):
    (tmp_path / "set/val.txt").mkdir(parents=True)
    assert refusal(tmp_path / "set")


def test_a_blank_line_among_labels_would_shift_them(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 0\n", "a.png", labels="cat\n\ndog\n")
    assert "labels.txt:2: a blank line stands where a class name should" in refusal(root).message


def test_labels_without_a_name(tmp_path: Path):
    root = listed_set(tmp_path / "set", "a.png 0\n", "a.png", labels="\n")
    assert refusal(root).message


_NAMES = st.text(
    st.characters(exclude_characters="\n\r\0/", exclude_categories=["Cs"]), min_size=1, max_size=20
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(_NAMES, st.integers(0, 999)), unique_by=lambda pair: pair[0].strip(" \t")))
def test_what_was_written_is_read(tmp_path: Path, pairs: list[tuple[str, int]]):
    pairs = [
        (name, index) for name, index in pairs if name.strip() == name and name not in ("..", ".", "\ufeff")
    ]
    path = write(tmp_path / "val.txt", "\ufeff" + "".join(f"{name} {index}\n" for name, index in pairs))
    assert [(each.file, each.label) for each in parse_list(path)] == pairs


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_data_set_error(tmp_path: Path, content: bytes):
    try:
        entries = list(parse_list(write(tmp_path / "val.txt", content)))
    except DatasetError as error:
        assert str(tmp_path / "val.txt") in error.message
    else:
        assert all(isinstance(each.label, str) or each.label >= 0 for each in entries)
