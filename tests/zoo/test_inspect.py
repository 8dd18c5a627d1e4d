from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from harness.errors import ModelError
from harness.records.vocabulary import Quantization
from harness.zoo.inspect import inspect_bytes, inspect_model, runtime_problem
from tests.zoo.tflite_builder import (
    OPERATORS,
    TYPES,
    classifier,
    metadata_bytes,
    model_bytes,
    node,
    tensor,
    with_files,
)

NAMES = b"cat\ndog\nbird\nfish\n"
EXPECTED = {
    # name: quantization, million MACs, million parameters. MACs and parameters: the slim MobileNet tables.
    "mobilenet_v1_0.25_128_quant": (Quantization.UINT8, 14, 0.47),
    "mobilenet_v1_0.25_224": (Quantization.FLOAT32, 41, 0.47),
    "mobilenet_v1_0.25_224_fp16": (Quantization.FLOAT16, 41, 0.47),
    "mobilenet_v1_0.25_224_dynamic_int8": (Quantization.DYNAMIC, 41, 0.47),
    "mobilenet_v1_0.25_224_int8": (Quantization.INT8, 41, 0.47),
    "mobilenet_v1_0.5_224_quant": (Quantization.UINT8, 150, 1.33),
    "mobilenet_v1_0.75_192_quant": (Quantization.UINT8, 239, 2.59),
    "mobilenet_v2_1.0_224_quant": (Quantization.UINT8, 300, 3.5),
    "tf2_mobilenet_v2_1.0_224_ptq": (Quantization.INT8, 300, 3.5),
}


def facts_of(data: bytes):
    return inspect_bytes(data, Path("made.tflite"))


def test_tensors_operators_and_sizes_are_those_of_the_file():
    data = classifier(open_batch=True)
    facts = facts_of(data)
    assert facts.sha256 == hashlib.sha256(data).hexdigest()
    assert facts.size_bytes == len(data)
    assert [(t.name, t.shape, t.dtype) for t in facts.inputs] == [("image", (-1, 8, 8, 3), "float32")]
    assert facts.outputs[0].shape == (-1, 4)
    assert facts.operators == (("CONV_2D", 1), ("SOFTMAX", 1))
    assert facts.head == "SOFTMAX"
    assert facts.description == "made for a test"


def test_macs_are_output_elements_times_kernel_and_parameters_count_biases():
    facts = facts_of(classifier())
    assert facts.macs == 8 * 8 * 4 * 3 * 3 * 3
    assert facts.parameters == 4 * 3 * 3 * 3 + 4


def test_scale_and_zero_point_of_an_input_are_read():
    image = facts_of(classifier(input_type=TYPES.UINT8, input_scale=0.5)).inputs[0]
    assert (image.dtype, image.scale, image.zero_point) == ("uint8", 0.5, 0)


def test_shapes_and_axes_are_no_parameters():
    tensors = [tensor("x", (1, 4)), tensor("shape", (2,), TYPES.INT32, buffer=1), tensor("y", (2, 2))]
    data = model_bytes(tensors, [OPERATORS.RESHAPE], [node(0, (0, 1), (2,))], (0,), (2,), [bytes(8)])
    assert facts_of(data).parameters == 0


def test_float16_weights_behind_dequantize_are_float16():
    tensors = [
        tensor("x", (1, 4)),
        tensor("w16", (3, 4), TYPES.FLOAT16, buffer=1),
        tensor("w32", (3, 4)),
        tensor("y", (1, 3)),
    ]
    nodes = [node(0, (1,), (2,)), node(1, (0, 2), (3,))]
    operators = [OPERATORS.DEQUANTIZE, OPERATORS.FULLY_CONNECTED]
    facts = facts_of(model_bytes(tensors, operators, nodes, (0,), (3,), [bytes(24)]))
    assert (facts.quantization, facts.parameters, facts.macs) == (Quantization.FLOAT16, 12, 12)


@pytest.mark.parametrize(
    ("weights", "activations", "expected"),
    [
        (TYPES.FLOAT32, TYPES.FLOAT32, Quantization.FLOAT32),
        (TYPES.INT8, TYPES.FLOAT32, Quantization.DYNAMIC),
        (TYPES.INT8, TYPES.INT8, Quantization.INT8),
        (TYPES.INT8, TYPES.INT16, Quantization.INT8),
        (TYPES.UINT8, TYPES.UINT8, Quantization.UINT8),
    ],
)
def test_quantization_follows_weights_and_activations(weights: int, activations: int, expected: Quantization):
    tensors = [
        tensor("x", (1, 4), activations),
        tensor("w", (3, 4), weights, buffer=1),
        tensor("y", (1, 3), activations),
    ]
    data = model_bytes(tensors, [OPERATORS.FULLY_CONNECTED], [node(0, (0, 1), (2,))], (0,), (2,), [bytes(12)])
    assert facts_of(data).quantization is expected


def test_macs_are_unknown_where_a_size_is_open_or_an_operator_is_foreign():
    wide = tensor("x", (1, 1, 1, 3))
    wide.shapeSignature = [1, -1, -1, 3]
    tensors = [wide, tensor("w", (4, 3, 3, 3), buffer=1), tensor("y", (1, 8, 8, 4))]
    data = model_bytes(tensors, [OPERATORS.CONV_2D], [node(0, (0, 1), (2,))], (0,), (2,), [bytes(432)])
    assert facts_of(data).macs is None
    assert facts_of(classifier(head=["my-op"])).macs is None


def test_embedded_labels_and_normalization_are_read():
    data = with_files(classifier(metadata=metadata_bytes(mean=(127.0,), std=(128.0,))), {"labels.txt": NAMES})
    facts = facts_of(data)
    assert facts.labels == ("cat", "dog", "bird", "fish")
    assert facts.normalization == ((127.0,), (128.0,))
    assert facts.metadata_name == "made"
    assert facts.notes == ()


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({}, "not in the file"),
        ({"other.txt": NAMES}, "not in the file"),
        ({"labels.txt": b"cat\ndog\n"}, "2 class names for an output of 4"),
        ({"labels.txt": b"\xff\xfe\x00"}, "no UTF-8"),
        ({"labels.txt": b""}, "no names"),
        ({"labels.txt": b"a\n" * 3_000_000}, "larger than"),
        ({"labels.txt": b"a\n" * 200_000}, "100000 names"),
    ],
)
def test_labels_that_cannot_be_used_become_a_note(files: dict[str, bytes], note: str):
    facts = facts_of(
        with_files(classifier(metadata=metadata_bytes()), files)
        if files
        else classifier(metadata=metadata_bytes())
    )
    assert facts.labels is None
    assert note in facts.notes[0]


def test_a_damaged_archive_becomes_a_note():
    data = bytearray(with_files(classifier(metadata=metadata_bytes()), {"labels.txt": NAMES * 50}))
    start = data.rindex(b"labels.txt", 0, data.rindex(b"PK\x01\x02"))
    data[start + 12 : start + 20] = b"\xff" * 8
    facts = facts_of(bytes(data))
    assert facts.labels is None
    assert facts.notes


def test_an_archive_of_countless_files_is_not_opened():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for index in range(1500):
            archive.writestr(f"{index}.txt", b"")
    facts = facts_of(classifier(metadata=metadata_bytes()) + made.getvalue())
    assert "1500 files" in facts.notes[0]


@pytest.mark.parametrize("mean_std", [((1.0, 2.0), (1.0, 1.0)), ((0.0,), (0.0,)), ((float("nan"),), (1.0,))])
def test_a_normalization_that_cannot_be_applied_becomes_a_note(mean_std):
    mean, std = mean_std
    facts = facts_of(classifier(metadata=metadata_bytes(mean=mean, std=std, label_file=None)))
    assert facts.normalization is None
    assert "normalization" in facts.notes[0]


def test_metadata_that_is_none_becomes_a_note():
    assert "unknown kind" in facts_of(classifier(metadata=b"not metadata")).notes[0]
    assert "damaged" in facts_of(classifier(metadata=b"\xff\xff\x00\x00M001")).notes[0]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("edgetpu-custom-op", "Edge TPU"), ("FlexErf", "Flex"), ("my-op", "no runtime here has")],
)
def test_a_custom_operator_that_no_runtime_has_is_named(name: str, sentence: str):
    facts = facts_of(classifier(head=[name]))
    assert facts.custom_operators == (name,)
    assert name in str(runtime_problem(facts))
    assert sentence in str(runtime_problem(facts))


def test_the_runtimes_own_custom_operators_are_no_problem():
    assert runtime_problem(facts_of(classifier(head=["TFLite_Detection_PostProcess"]))) is None
    assert runtime_problem(facts_of(classifier())) is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty"),
        (b"no model", "is no .tflite file"),
        (b"PK\x03\x04 zipped", "a zip archive"),
        (b"\x1c\x00\x00\x00TFL3", "cut off or damaged"),
        (classifier()[:300], "cut off or damaged"),
    ],
)
def test_a_file_that_is_no_model_gets_one_sentence(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "odd ünïcode 'name'.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=sentence) as raised:
        inspect_model(path)
    assert path.name in raised.value.message
    assert "\n" not in raised.value.message


def test_what_is_missing_or_no_file_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="does not exist"):
        inspect_model(tmp_path / "nowhere.tflite")
    with pytest.raises(ModelError, match=r"the folder .* holds no \.tflite file"):
        inspect_model(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.tflite")
    with pytest.raises(ModelError, match="is no file"):
        inspect_model(tmp_path / "pipe.tflite")


def test_a_file_name_cannot_steer_the_terminal(tmp_path: Path):
    with pytest.raises(ModelError) as raised:
        inspect_model(tmp_path / "a\x1b[31m.tflite")
    assert "\x1b" not in raised.value.message


def test_quantization_that_the_runtime_refuses_is_refused():
    odd = tensor("odd", (4,), buffer=1, scale=1.0)
    odd.quantization.quantizedDimension = 3
    tensors = [tensor("x", (1, 4)), odd, tensor("y", (1, 4))]
    data = model_bytes(tensors, [OPERATORS.ADD], [node(0, (0, 1), (2,))], (0,), (2,), [bytes(16)])
    with pytest.raises(ModelError, match="quantized along dimension 3"):
        facts_of(data)


def test_a_node_that_refers_to_no_tensor_is_refused():
    data = model_bytes([tensor("x", (1, 4))], [OPERATORS.ADD], [node(0, (0, 9), (0,))], (0,), (0,))
    with pytest.raises(ModelError, match="tensor 9"):
        facts_of(data)


def test_every_real_model_is_read(assets: Path):
    files = sorted((assets / "models").glob("*.tflite"))
    assert files
    for file in files:
        facts = inspect_model(file)
        assert facts.macs, file.name
        assert facts.parameters > 50_000, file.name
        assert not facts.notes, file.name


@pytest.mark.parametrize("name", EXPECTED)
def test_published_sizes_of_real_models_are_met(assets: Path, name: str):
    quantization, mega_macs, mega_parameters = EXPECTED[name]
    facts = inspect_model(assets / "models" / f"{name}.tflite")
    assert facts.quantization is quantization
    assert facts.macs == pytest.approx(mega_macs * 1e6, rel=0.04)
    assert facts.parameters == pytest.approx(mega_parameters * 1e6, rel=0.02)


def test_the_facts_of_an_export_that_name_no_class_are_no_damaged_labels():
    packed = with_files(classifier(), {"metadata.json": b'{"stride": 32}'})
    assert (facts_of(packed).labels, facts_of(packed).notes) == (None, ())
    named = b"{'names': {0: 'a', 1: 'b', 2: 'c', 3: 'd'}, 'imgsz': [8, 8]}"
    assert facts_of(with_files(classifier(), {"temp_meta.txt": named})).labels == ("a", "b", "c", "d")


def test_labels_of_real_models_are_read(assets: Path):
    facts = inspect_model(assets / "models" / "mobilenet_v1_0.25_224_with_metadata.tflite")
    assert facts.labels is not None
    assert (len(facts.labels), facts.labels[1]) == (1001, "tench")
    assert facts.normalization == ((127.5,), (127.5,))


@pytest.mark.parametrize(("name", "sentence"), [("does_not_load", "dimension 3"), ("truncated", "cut off")])
def test_real_broken_models_get_one_sentence(assets: Path, name: str, sentence: str):
    with pytest.raises(ModelError, match=sentence):
        inspect_model(assets / "odd_models" / f"{name}.tflite")
