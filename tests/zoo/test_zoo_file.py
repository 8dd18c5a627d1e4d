from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import ZooError
from harness.records.model import Preprocess
from harness.records.vocabulary import Crop, Quantization
from harness.zoo.zoo_file import ZooItem, parse_zoo_file, read_zoo_file

FILE = Path("zoo.yaml")


def items(text: str) -> tuple[ZooItem, ...]:
    return parse_zoo_file(text, FILE, base=Path("/base"))


def refusal(text: str) -> str:
    with pytest.raises(ZooError) as raised:
        items(text)
    assert "\n" not in raised.value.message
    return raised.value.message


def test_entries_know_their_file_and_line(zoo_text: str):
    first, second = items(zoo_text)
    assert (first.entry.name, first.line) == ("first_int8", 3)
    assert (second.entry.name, second.line) == ("second_float", 9)
    assert first.entry.quantization is Quantization.INT8


def test_sections_become_records(zoo_text: str):
    _, second = items(zoo_text)
    preprocess = second.entry.preprocess.record()
    assert preprocess == Preprocess(crop=Crop.NONE, mean=(127.5,) * 3, std=(127.5, 128.0, 1.0))
    accuracy = second.entry.published.accuracy()
    assert accuracy is not None
    assert (accuracy.top1_percent, accuracy.top5_percent) == (40.5, 60.0)


def test_groups_are_those_named_the_family_and_the_derived(zoo_text: str):
    first, second = items(zoo_text)
    assert first.entry.all_groups == ("mine", "first", "quantized", "all")
    assert second.entry.all_groups == ("second", "float", "all")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    family: first", "    famly: first", "zoo.yaml:4: unknown key 'famly', did you mean family?"),
        ("    family: first\n", "", "zoo.yaml:3: the key 'family' is missing"),
        ("quantization: int8", "quantization: int7", "zoo.yaml:6: models.0.quantization"),
        ("      width: 8", "      widht: 8", "zoo.yaml:16: unknown key 'widht', did you mean width?"),
        ("top5: 60", "top6: 60", "zoo.yaml:21: unknown key 'top6', did you mean"),
        ("top5: 60", "top5: 6", "zoo.yaml:19: models.1.published: top5 cannot be below top1"),
        ("top5: 60", "top5: 101", "zoo.yaml:21: models.1.published.top5"),
        ("mean: 127.5, ", "", "zoo.yaml:18: models.1.preprocess: mean and std belong together"),
        ("[127.5, 128, 1]", "[1, 2]", "zoo.yaml:18: models.1.preprocess.std: one number, or three"),
        ("[127.5, 128, 1]", "0", "std must be greater than 0"),
        ("[127.5, 128, 1]", ".inf", "one number, or three"),
        ("models/first_int8", "../first_int8", "zoo.yaml:5: models.0.path: a path must not leave its folder"),
        ("https://", "file://", "zoo.yaml:11: models.1.url: an address starts with https://"),
        ("https://", "https://user:pw@", "an address starts with https://"),
        (
            "    path: models/first_int8.tflite\n",
            "",
            "zoo.yaml:3: models.0: an entry has either a path or a url",
        ),
        ("groups: [mine]", "groups: [quantized]", "@quantized is made by harness itself"),
        ("groups: [mine]", "groups: ['@mine']", "zoo.yaml:8: models.0.groups.0"),
        ("name: second_float", "name: First_int8", "zoo.yaml:9: the name 'First_int8' is taken by line 3"),
        ("name: second_float", "name: second\n    name: third", "zoo.yaml:10: the key 'name' is given twice"),
        ("name: first_int8", "name: '-first'", "zoo.yaml:3: models.0.name"),
        ("schema: 1", "schema: 2", "zoo.yaml:1: schema"),
        ("schema: 1\n", "", "the key 'schema' is missing"),
        ("archive_member: second", "archive_member: ../second", "must not leave its folder"),
    ],
)
def test_a_mistake_is_named_with_its_line(zoo_text: str, old: str, new: str, message: str):
    assert old in zoo_text
    assert message in refusal(zoo_text.replace(old, new, 1))


@pytest.mark.parametrize("path", ["/etc/passwd", "~/.ssh/id_rsa", "../secret.txt", "a/../../b"])
def test_a_label_file_lies_below_the_zoo_file(zoo_text: str, path: str):
    labels = f"    labels: {{file: '{path}'}}\n"
    assert "labels.file" in refusal(zoo_text.replace("    groups: [mine]\n", labels))


@pytest.mark.parametrize("text", ["[]", "just words", "schema: 1\nmodels: {a: 1}", "schema: 1\nmodels: [1]"])
def test_a_document_of_another_shape_is_refused(text: str):
    assert refusal(text).startswith("zoo.yaml:")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    with pytest.raises(ZooError, match=r"nowhere\.yaml:1: .*cannot be read"):
        read_zoo_file(tmp_path / "nowhere.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("schema: 1\n# ü\n".encode("latin-1"))
    with pytest.raises(ZooError, match=r"latin\.yaml:2: no UTF-8"):
        read_zoo_file(latin)


def test_byte_order_mark_and_crlf_are_read(tmp_path: Path, zoo_text: str):
    path = tmp_path / "zoo.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + zoo_text.replace("\n", "\r\n").encode())
    assert len(read_zoo_file(path)) == 2
