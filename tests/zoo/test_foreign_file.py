"""Files that people give for a model are called by what they are, whatever their name says."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.errors import ModelError
from harness.zoo.add import add_model
from harness.zoo.foreign_file import foreign_file
from harness.zoo.inspect import inspect_model
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import problem_error, resolve_models

LFS = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 2509504\n"
)


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return sink.getvalue()


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    sink = io.BytesIO()
    write(sink)
    return sink.getvalue()


def tarred() -> bytes:
    return saved(lambda sink: tarfile.open(fileobj=sink, mode="w").addfile(tarfile.TarInfo("model.tflite")))


def field(number: int, content: bytes | int) -> bytes:
    """One field of a protocol buffer (numbers and lengths below 2**14)."""
    wire = 0 if isinstance(content, int) else 2
    size = varint(content) if isinstance(content, int) else varint(len(content)) + content
    return varint(number << 3 | wire) + size


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128, value >> 7])


# onnx.proto3: ir_version 1, producer_name 2, producer_version 3, graph 7, opset_import 8.
ONNX = (
    field(1, 9)
    + field(2, b"pytorch")
    + field(3, b"2.9.0")
    + field(7, field(1, b"\x0a\x01x" * 300))
    + field(8, field(2, 17))
)
# saved_model.proto: saved_model_schema_version 1, meta_graphs 2.
SAVED_MODEL = field(1, 1) + field(2, b"\x0a\x03abc" * 200)
# Model.proto of Core ML: specificationVersion 1, description 2, neuralNetworkClassifier 403.
CORE_ML = field(1, 4) + field(2, b"\x0a\x03abc") + field(403, b"\x0a\x03abc")
# graph.proto: node 1 again and again, versions 4.
GRAPH_DEF = field(1, b"\x0a\x05input") * 3 + field(4, field(1, 1987))


@pytest.mark.parametrize(
    ("content", "what", "step"),
    [
        (LFS, "a Git LFS pointer that stands for a file of 2.5 MB", "git lfs pull"),
        (b"", "empty (0 bytes)", "again"),
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>", "an HTML page", "resolve"),
        (b"\n  <HTML lang=en>", "an HTML page", "Raw"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "an HDF5 file", "from_keras_model"),
        (zipped("metadata.json", "config.json", "model.weights.h5"), "a Keras model", "from_keras_model"),
        (zipped("archive/data.pkl", "archive/data/0"), "a PyTorch checkpoint", "litert_torch"),
        (pickle.dumps({"state_dict": [1.0]}, protocol=2), "a Python pickle", "litert_torch"),
        (pickle.dumps({"state_dict": [1.0]}, protocol=4), "a Python pickle", "litert_torch"),
        (ONNX, "an ONNX model", "onnx2tf"),
        (SAVED_MODEL, "TensorFlow's saved_model.pb", "from_saved_model"),
        (GRAPH_DEF, "a frozen graph", "from_frozen_graph"),
        (CORE_ML, "a Core ML model", "convert"),
        (b'{"format": "layers-model", "modelTopology": {}}', "a model of TensorFlow.js", "convert"),
        (b'{"error":"Repository not found"}', "a server's answer in JSON: '{\"error\"", "again"),
        (b'["a", "b"]', "a JSON document", ""),
        (zipped("hand_detector.tflite", "hand_landmarks.tflite"), "holds 'hand_detector.tflite', ", "unzip"),
        (zipped("TF_LITE_PREFILL_DECODE", "METADATA"), "language model's .task", "image classifiers"),
        (b"LITERTLM\x01\0\0\0", "a LiteRT-LM bundle", "image classifiers"),
        (zipped("m/saved_model.pb", "m/variables/variables.index"), "SavedModel", "from_saved_model"),
        (zipped("readme.txt"), "a zip archive of 1 files, none of them a .tflite file", ""),
        (zipped("readme.txt")[:20], "a zip archive that is cut off or damaged", "again"),
        (gzip.compress(b"TFL3"), "a gzip archive", "tar -xzf"),
        (tarred(), "a tar archive", "tar -xf"),
        (b"\x18" + bytes(7) + b"{\"__metadata__\":{}}", "safetensors", "convert"),
        (saved(lambda sink: np.save(sink, np.zeros(3))), "a NumPy array", ""),
        (saved(lambda sink: Image.new("RGB", (2, 2)).save(sink, "JPEG")), "a JPEG image", ""),
        (b"daisy\ndandelion\n", "a text file that begins with 'daisy'", ""),
        ("0 Würfel\n".encode() * 9000, "a text file that begins with '0 Würfel'", ""),
        (b"const unsigned char g_model[] = {\n 0x1c, 0x00, 0x00, 0x00,", "C source", "xxd"),
        (b"alignas(16) const unsigned char m[] DATA_ATTRIBUTE = {0x1c", "C source", "xxd"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)  # fmt: skip
def test_it_is_called_by_its_name_with_the_next_step(tmp_path: Path, content: bytes, what: str, step: str):
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    kind = foreign_file(path)
    assert kind is not None
    assert what in kind.what
    assert step in kind.next_step


@pytest.mark.parametrize(
    "content",
    [bytes(range(128, 256)), b"\x08" * 100, b"\x08\x01", b"\x12\xff\xff\xff\xff\xff", b"\0" * 100, b"a\0b"],
    ids=repr,
)
def test_what_the_content_does_not_tell_is_left_open(tmp_path: Path, content: bytes):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    assert foreign_file(path) is None


def test_what_a_file_says_of_itself_cannot_steer_the_terminal(tmp_path: Path):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"\x1b[31mred\n" + zipped("a\x1b[2Jb.tflite"))
    kind = foreign_file(path)
    assert kind is None or "\x1b" not in kind.what
    path.write_bytes(zipped("a\x1b[2Jb.tflite"))
    kind = foreign_file(path)
    assert kind is not None
    assert "\x1b" not in kind.what + kind.next_step


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("saved_model.pb", "a SavedModel folder"),
        ("model.json", "a folder of TensorFlow.js"),
        ("keras_metadata.pb", "a Keras model folder"),
    ],
)
def test_a_folder_of_another_format_is_called_by_its_name(tmp_path: Path, file: str, what: str):
    (tmp_path / file).write_bytes(b"x")
    for use in (inspect_model, lambda path: resolve_models([str(path)], load_zoo())):
        with pytest.raises(ModelError, match=what) as caught:
            use(tmp_path)
        assert caught.value.next_step


def test_a_run_and_an_entry_are_told_the_same(tmp_path: Path):
    path = tmp_path / "model.tflite"
    path.write_bytes(LFS)
    [model] = resolve_models([str(path)], load_zoo())
    error = problem_error(model)
    assert "a Git LFS pointer" in error.message
    assert error.next_step is not None
    assert error.next_step.startswith("git lfs pull")
    with pytest.raises(ModelError, match="a Git LFS pointer"):
        add_model(path, load_zoo())


def test_a_real_pointer_is_known(assets: Path):
    kind = foreign_file(assets / "user_models" / "lfs_banana.tflite")
    assert kind is not None
    assert kind.what.startswith("a Git LFS pointer")
