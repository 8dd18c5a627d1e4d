from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import ZooError
from harness.zoo.label_text import LabelTextError, labels_of, read_labels


def test_line_ends_and_byte_order_mark_do_not_count():
    assert labels_of("\ufeffcat\r\ndog\r\n\r\n".encode()) == ("cat", "dog")


def test_a_blank_line_in_between_keeps_its_index():
    assert labels_of(b"a\n\nc\n") == ("a", "", "c")


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes):
    try:
        labels = labels_of(data)
    except LabelTextError:
        return
    assert all(label.isprintable() for label in labels)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(ZooError, match=r"names\.txt"):
        read_labels(tmp_path / "names.txt")


FORMS = {
    "Teachable Machine": "0 Glass\n1 Metal\n2 Paper\n",
    "any order of lines": "1 Metal\n2 Paper\n0 Glass\n",
    "Coral": "0  Glass\n1  Metal\n2  Paper\n",
    "a colon": "0: Glass\n1: Metal\n2: Paper\n",
    "from 1": "1. Glass\n2. Metal\n3. Paper\n",
    "the number last": "Glass: 0\nMetal: 1\nPaper: 2\n",
    "a list": '["Glass", "Metal", "Paper"]',
    "number to name": '{"2": "Paper", "0": "Glass", "1": "Metal"}',
    "name to number": '{"Paper": 2, "Glass": 0, "Metal": 1}',
    "Keras": '{"0": ["n1", "Glass"], "1": ["n2", "Metal"], "2": ["n3", "Paper"]}',
    "records": '[{"id": 2, "name": "Paper"}, {"id": 0, "name": "Glass"}, {"id": 1, "name": "Metal"}]',
    "Hugging Face": '{"arch": "x", "id2label": {"0": "Glass", "1": "Metal", "2": "Paper"}}',
    "Teachable Machine's metadata": '{"tfjsVersion": "1", "labels": ["Glass", "Metal", "Paper"]}',
    "Ultralytics": "{'stride': 1, 'names': {0: 'Glass', 1: 'Metal', 2: 'Paper'}, 'imgsz': (64, 64)}",
    "YAML": "nc: 3\nnames:\n  0: Glass\n  1: Metal\n  2: Paper\n",
    "CSV with a header": "ClassId,SignName\n2,Paper\n0,Glass\n1,Metal\n",
    "CSV without": '0,"Glass"\n1,"Metal"\n2,"Paper"\n',
    "CSV, name first": "name;id\nPaper;2\nGlass;0\nMetal;1\n",
    "a header alone": "label\nGlass\nMetal\nPaper\n",
    "pbtxt": "item {\n  id: 1\n  name: 'Glass'\n}\n"
    "item {\n  name: \"Metal\"\n  id: 2\n}\nitem { id: 3 name: 'Paper' }",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_forms_in_which_people_keep_class_names(text: str, encoding: str):
    assert labels_of(text.encode(encoding)) == ("Glass", "Metal", "Paper")


@pytest.mark.parametrize(
    "names",
    [
        ("1 euro", "2 euro", "5 euro"),
        ("Class 1", "Class 2"),
        ("d10", "d20", "d4"),
        ("tench, Tinca tinca", "goldfish, Carassius auratus"),
        ("[unknown]", "cat"),
        ("0", "1", "2"),
        ("1 cat", "2 cat"),
    ],
)
def test_names_that_look_like_a_form_stay_names(names: tuple[str, ...]):
    assert labels_of("\n".join(names).encode()) == names


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"0": "a", "2": "b"}', "0 to 2 have gaps"),
        ('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]', "1 occurs twice"),
        ('{"stride": "x", "imgsz": [1, 2]}', "no list of class names"),
        ("item { id: 1 }", "lacks its id or its name"),
    ],
)
def test_numbers_that_do_not_count_say_so(text: str, reason: str):
    with pytest.raises(LabelTextError, match=reason):
        labels_of(text.encode())


def test_hostile_depth_is_text_and_no_crash():
    assert labels_of(b"{" + b"[" * 100_000)
    assert labels_of(b"{" + b"-" * 100_000)
