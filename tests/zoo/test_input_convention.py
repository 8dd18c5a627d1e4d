"""How a model wants its pixels: the command line, the entry, the metadata, the graph, or an assumption."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UnknownNameError
from harness.records.input_convention import RANGES, InputTold, range_words, same_values
from harness.records.model import Model, Preprocess
from harness.records.vocabulary import ChannelOrder, Crop, InputSource, Resize
from harness.zoo.add import add_model
from harness.zoo.input_convention import RESIZES, parse_told, resize_words, tell_input
from harness.zoo.registry import Zoo, load_zoo
from harness.zoo.resolve import resolve_models
from tests.zoo.test_graph_input import chain
from tests.zoo.tflite_builder import TYPES, classifier, metadata_bytes, with_files

RESCALING = [("MUL", [1 / 127.5]), ("SUB", [1.0])]
UNKNOWN = classifier()


def of(path: Path, data: bytes, zoo: Zoo | None = None) -> Model:
    path.write_bytes(data)
    (model,) = resolve_models([str(path)], zoo or Zoo({}))
    return model


def source(model: Model) -> InputSource:
    assert model.input_convention is not None
    return model.input_convention.source


def test_a_float_model_that_says_nothing_is_fed_as_the_evaluation_tool_does_and_that_is_assumed(
    tmp_path: Path,
):
    model = of(tmp_path / "m.tflite", UNKNOWN)
    assert model.preprocess == Preprocess()
    assert str(model.input_convention) == (
        "-1..1 rgb, assumed: nothing in the file or the zoo tells; crop and filter tf, assumed"
    )


def test_a_graph_that_rescales_pixels_is_given_pixels(tmp_path: Path):
    model = of(tmp_path / "m.tflite", chain(*RESCALING))
    assert (model.preprocess.mean, model.preprocess.std) == ((0.0,), (1.0,))
    assert source(model) is InputSource.PROVEN


def test_integers_that_stand_for_pixels_keep_the_evaluation_tools_arithmetic(tmp_path: Path):
    model = of(tmp_path / "m.tflite", chain(dtype=TYPES.UINT8, scale=1 / 255))
    assert model.preprocess == Preprocess()
    assert str(model.input_convention).startswith("0..1, as raw pixels rgb, proven")


def test_integers_of_a_range_for_each_channel_are_quantized_from_it(tmp_path: Path):
    model = of(tmp_path / "m.tflite", chain(dtype=TYPES.INT8, scale=0.018631, zero_point=-14))
    assert (model.preprocess.mean, model.preprocess.std) == RANGES["torchvision"]


def test_the_order_of_channels_of_caffes_means_cannot_be_seen_in_a_quantization(tmp_path: Path):
    model = of(tmp_path / "m.tflite", chain(dtype=TYPES.INT8, scale=1.0773, zero_point=-13))
    assert source(model) is InputSource.ASSUMED
    assert model.preprocess.mean == RANGES["caffe"][0]


def test_metadata_comes_before_the_graph_and_a_contradiction_is_said(tmp_path: Path):
    metadata = metadata_bytes(mean=(127.5,), std=(127.5,), label_file=None)
    model = of(tmp_path / "m.tflite", classifier(metadata=metadata))
    assert source(model) is InputSource.DECLARED
    assert model.input_convention is not None
    assert model.input_convention.conflict is None


def test_the_zoo_entry_comes_before_the_file(tmp_path: Path):
    path = tmp_path / "m.tflite"
    path.write_bytes(UNKNOWN)
    add_model(path, load_zoo(), told=InputTold("0..1", ChannelOrder.BGR, "torchvision"))
    model = of(path, UNKNOWN, load_zoo())
    assert model.preprocess == Preprocess(
        mean=(0.0,), std=(255.0,), channels=ChannelOrder.BGR, resize=Resize.BILINEAR_ANTIALIAS, resize_to=9
    )
    assert str(model.input_convention) == (
        "0..1 bgr, declared: its zoo entry; crop and filter torchvision, declared"
    )


def test_an_entry_that_tells_the_crop_alone_leaves_the_values_to_the_file(tmp_path: Path):
    path = tmp_path / "m.tflite"
    path.write_bytes(UNKNOWN)
    add_model(path, load_zoo(), told=InputTold(resize="stretch"))
    model = of(path, UNKNOWN, load_zoo())
    assert model.preprocess == Preprocess(crop=Crop.NONE)
    assert source(model) is InputSource.ASSUMED


def test_the_bundled_zoo_declares_the_evaluation_tools_arithmetic():
    for model in resolve_models(["@starter"], load_zoo()):
        assert source(model) is InputSource.DECLARED, model.name
        assert model.preprocess == Preprocess(), model.name


def test_the_command_line_comes_before_everything_and_contradictions_are_said(tmp_path: Path):
    model = of(tmp_path / "m.tflite", chain(*RESCALING))
    told = tell_input(model, InputTold("-1..1"))
    assert told.preprocess == Preprocess()
    assert told.input_convention is not None
    assert told.input_convention.conflict == (
        "--input-range on the command line says -1..1, but its graph begins with MUL 1/127.5, SUB 1:"
        " it takes 0..255"
    )


def test_a_range_told_against_what_the_file_declares_is_a_contradiction(tmp_path: Path):
    metadata = metadata_bytes(mean=(127.5,), std=(127.5,), label_file=None)
    model = of(tmp_path / "m.tflite", classifier(metadata=metadata))
    for value_range, conflict in (("-1..1", None), ("0..255", "says 0..255, but its metadata says -1..1")):
        told = tell_input(model, InputTold(value_range)).input_convention
        assert told is not None
        assert (told.conflict or "").endswith(conflict or "")
        assert (told.conflict is None) is (conflict is None)


def test_a_told_crop_leaves_the_source_of_the_values(tmp_path: Path):
    told = tell_input(of(tmp_path / "m.tflite", UNKNOWN), InputTold(resize="stretch-antialias"))
    assert told.preprocess == Preprocess(crop=Crop.NONE, resize=Resize.BILINEAR_ANTIALIAS)
    assert told.input_convention is not None
    assert (told.input_convention.source, told.input_convention.resize) == (
        InputSource.ASSUMED,
        "stretch-antialias",
    )


@pytest.mark.parametrize("text", ["0..1", "0-1", "[0,1]", "0:1", "0…1", " 0 .. 1 "])
def test_a_range_may_be_written_in_many_ways(text: str):
    assert parse_told(text, None, None) == InputTold("0..1")


@pytest.mark.parametrize("text", ["-1..1", "-1,1", "[-1, 1]", "-1:1", "-1-1"])
def test_a_signed_range_may_be_written_in_many_ways(text: str):
    assert parse_told(text, None, None) == InputTold("-1..1")


def test_nothing_told_is_none():
    assert parse_told(None, None, None) is None


@pytest.mark.parametrize(("value_range", "resize"), [("0..2", None), (None, "torchvison")])
def test_unknown_words_are_refused_with_those_that_exist(value_range: str | None, resize: str | None):
    with pytest.raises(UnknownNameError) as caught:
        parse_told(value_range, None, resize)
    assert "torchvision" in f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize("name", RESIZES)
def test_every_way_of_resizing_is_known_by_its_name(name: str):
    assert resize_words(RESIZES[name]) == name


def test_ranges_that_differ_by_a_rounding_are_one():
    assert range_words((127.0,), (128.0,)) == "-1..1"
    assert not same_values(RANGES["0..1"], RANGES["-1..1"])
    assert range_words((10.0,), (20.0,)) == "(pixel - 10) / 20"


def test_metadata_of_another_range_than_the_graph_shows(tmp_path: Path, assets: Path):
    (model,) = resolve_models([str(assets / "odd_models" / "embedder_not_a_classifier.tflite")], Zoo({}))
    assert model.input_convention is not None
    assert model.input_convention.conflict is not None
    assert (
        "its metadata says -1..1, but its graph begins with MUL 2, SUB 1" in model.input_convention.conflict
    )


@pytest.mark.parametrize(
    ("name", "facts", "said"),
    [
        (
            "temp_meta.txt",
            b"{'author': 'Ultralytics', 'task': 'classify', 'names': {0: 'a'}}",
            "0..1 rgb, declared",
        ),
        (
            "metadata.json",
            b'{"author": "Ultralytics", "task": "classify"}',
            "0..1 rgb, declared: Ultralytics",
        ),
        ("metadata.json", b'{"author": "Ultralytics", "task": "detect"}', "-1..1 rgb, assumed"),
        ("metadata.json", b'{"author": "someone"}', "-1..1 rgb, assumed"),
        ("other.txt", b"'author': 'Ultralytics', 'task': 'classify'", "-1..1 rgb, assumed"),
    ],
)
def test_an_exporter_with_one_habit_declares_it(tmp_path: Path, name: str, facts: bytes, said: str):
    model = of(tmp_path / "m.tflite", with_files(UNKNOWN, {name: facts}))
    assert str(model.input_convention).startswith(said)


def test_class_names_beside_metadata_do_not_matter(tmp_path: Path):
    data = with_files(
        classifier(metadata=metadata_bytes(mean=(0.0,), std=(255.0,))), {"labels.txt": b"a\nb\nc\nd\n"}
    )
    assert str(of(tmp_path / "m.tflite", data).input_convention).startswith(
        "0..1 rgb, declared: its metadata;"
    )
