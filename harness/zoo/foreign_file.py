"""What a file that is no `.tflite` really is, judged by its content and never by its suffix.

Nothing of the file is run, unpacked or unpickled: only its first bytes, the
names in a zip archive and the field numbers of a protocol buffer are looked at.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.records.printable_names import escape_name

__all__ = ["Foreign", "foreign_file", "foreign_folder"]

_HEAD_BYTES = 1 << 16
_MOST_MEMBERS = 10_000
_MOST_FIELDS = 64
_SHOWN_CHARACTERS = 40

_KERAS = (
    "convert it: tf.lite.TFLiteConverter.from_keras_model(tf.keras.models.load_model(FILE)).convert()"
    " gives the bytes of a .tflite file"
)
_SAVED_MODEL = (
    "convert it: tf.lite.TFLiteConverter.from_saved_model(FOLDER).convert() gives the bytes of a .tflite file"
)
_FROZEN = (
    "convert it: tf.compat.v1.lite.TFLiteConverter.from_frozen_graph(FILE, inputs, outputs).convert()"
    " gives the bytes of a .tflite file"
)
_TORCH = "convert it: litert_torch.convert(model.eval(), sample_inputs).export(FILE.tflite), of litert-torch"
_ONNX = (
    "convert it with onnx2tf (onnx2tf -i FILE.onnx writes .tflite files), or from the model it was made of"
)
_FROM_ORIGIN = "convert the model it was made of (Keras, SavedModel or PyTorch) to .tflite"
_LANGUAGE_MODEL = "harness measures image classifiers; give the .tflite file of one"
_UNPACK = "unpack it and give the .tflite file inside"
_AGAIN = "fetch the file again"
_NOT_A_MODEL = "give the model's .tflite file"
_RAW = (
    "fetch the file itself: the Raw button of GitHub, /resolve/ in place of /blob/ on Hugging Face,"
    " or after logging in"
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """A kind of file, as in "it is …", and what to do about it."""

    what: str
    next_step: str


_MARKS: tuple[tuple[int, bytes, Foreign], ...] = (
    (0, b"\x89HDF\r\n\x1a\n", Foreign("an HDF5 file, as Keras saves models (.h5)", _KERAS)),
    (0, b"LITERTLM", Foreign("a LiteRT-LM bundle of a language model (.litertlm)", _LANGUAGE_MODEL)),
    (0, b"GGUF", Foreign("a GGUF file of a language model", _LANGUAGE_MODEL)),
    (4, b"ET12", Foreign("an ExecuTorch program (.pte)", _TORCH)),
    (4, b"ORTM", Foreign("an ONNX Runtime model (.ort)", _ONNX)),
    (0, b"ftrt", Foreign("a TensorRT engine", _FROM_ORIGIN)),
    (0, b"ptrt", Foreign("a TensorRT engine", _FROM_ORIGIN)),
    (0, b"7767517", Foreign("an ncnn model's parameters", _FROM_ORIGIN)),
    (0, b"\x93NUMPY", Foreign("a NumPy array (.npy)", _NOT_A_MODEL)),
    (
        0,
        b"\x1f\x8b",
        Foreign("a gzip archive", "unpack it (tar -xzf FILE, or gunzip) and give the .tflite file"),
    ),
    (0, b"BZh", Foreign("a bzip2 archive", _UNPACK)),
    (0, b"\xfd7zXZ\0", Foreign("an xz archive", _UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", Foreign("a Zstandard archive", _UNPACK)),
    (0, b"7z\xbc\xaf\x27\x1c", Foreign("a 7-Zip archive", _UNPACK)),
    (0, b"Rar!", Foreign("a RAR archive", _UNPACK)),
    (257, b"ustar", Foreign("a tar archive", "unpack it (tar -xf FILE) and give the .tflite file")),
    (0, b"\x89PNG", Foreign("a PNG image", _NOT_A_MODEL)),
    (0, b"\xff\xd8\xff", Foreign("a JPEG image", _NOT_A_MODEL)),
    (0, b"GIF8", Foreign("a GIF image", _NOT_A_MODEL)),
    (8, b"WEBP", Foreign("a WebP image", _NOT_A_MODEL)),
    (0, b"%PDF", Foreign("a PDF document", _NOT_A_MODEL)),
    (0, b"\x7fELF", Foreign("a program or library for Linux or Android", _NOT_A_MODEL)),
    (0, b"MZ", Foreign("a program for Windows", _NOT_A_MODEL)),
)
"""Offset and bytes of what a file begins with."""


def foreign_file(path: Path) -> Foreign | None:
    """What a regular file is, None where its content does not tell. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    size = path.stat().st_size
    if not head:
        return Foreign("empty (0 bytes)", _AGAIN)
    marked = next((kind for at, mark, kind in _MARKS if head.startswith(mark, at)), None)
    if marked is not None:
        return marked
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    return _pickle(head) or _safetensors(head) or _protobuf_kind(path, size) or _text_kind(head)


def foreign_folder(path: Path) -> Foreign | None:
    """The same for a folder that holds no `.tflite` file. Raises OSError."""
    if (path / "saved_model.pb").is_file() or (path / "saved_model.pbtxt").is_file():
        return Foreign("a SavedModel folder of TensorFlow", _SAVED_MODEL)
    if (path / "Manifest.json").is_file() and (path / "Data").is_dir():
        return Foreign("a Core ML package (.mlpackage)", _FROM_ORIGIN)
    if (path / "model.json").is_file():
        return Foreign("a folder of TensorFlow.js", _FROM_ORIGIN)
    if (path / "keras_metadata.pb").is_file():
        return Foreign("a Keras model folder", _KERAS)
    return None


_MEMBERS: tuple[tuple[str, Foreign], ...] = (
    (r"(.*/)?data\.pkl|.*/constants\.pkl", Foreign("a PyTorch checkpoint (a zip of pickles)", _TORCH)),
    (r"(.*/)?model\.weights\.h5", Foreign("a Keras model (.keras)", _KERAS)),
    (r"TF_LITE_(PREFILL_DECODE|EMBEDDER)", Foreign("a language model's .task bundle", _LANGUAGE_MODEL)),
    (r"(.*/)?saved_model\.pb", Foreign("a zip archive with a SavedModel of TensorFlow", _SAVED_MODEL)),
    (r".*\.mlmodel|(.*/)?Manifest\.json", Foreign("a zip archive with a Core ML model", _FROM_ORIGIN)),
    (r".*\.onnx", Foreign("a zip archive with an ONNX model", _ONNX)),
    (r".*\.h5", Foreign("a zip archive with a Keras model", _KERAS)),
    (r".*\.npy", Foreign("a NumPy archive (.npz)", _NOT_A_MODEL)),
)
"""A name of a member, and what the archive then is."""


def _zip_kind(path: Path) -> Foreign:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:_MOST_MEMBERS]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return Foreign("a zip archive that is cut off or damaged", _AGAIN)
    models = [name for name in names if name.lower().endswith(".tflite")]
    if models:
        inside = ", ".join(map(_quoted, models[:3])) + (", …" if len(models) > 3 else "")
        return Foreign(
            f"a zip archive (a download, or a .task bundle) that holds {inside}",
            f"unpack it: unzip {_quoted(path.name)}",
        )
    for pattern, kind in _MEMBERS:
        if any(re.fullmatch(pattern, name) for name in names):
            return kind
    return Foreign(f"a zip archive of {len(names)} files, none of them a .tflite file", _NOT_A_MODEL)


def _pickle(head: bytes) -> Foreign | None:
    if head[0] == 0x80 and 2 <= head[1] <= 5 and (head[2:3] in b"\x8a\x95}c]" or b"torch" in head):
        return Foreign("a Python pickle, as PyTorch and scikit-learn save models", _TORCH)
    return None


def _safetensors(head: bytes) -> Foreign | None:
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 100_000_000:
        return Foreign("a safetensors file: weights without a network", _FROM_ORIGIN)
    return None


def _protobuf_kind(path: Path, size: int) -> Foreign | None:
    """By the numbers of the outermost fields, which differ between these formats."""
    with path.open("rb") as file:

        def read(offset: int, count: int) -> bytes:
            file.seek(offset)
            return file.read(count)

        fields = list(_fields(read, size))
    numbers = {number for number, _ in fields}
    if not fields:
        return None
    if fields[0] == (1, 0) and {7, 8} <= numbers <= {1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26}:
        return Foreign("an ONNX model", _ONNX)
    if fields[0] == (1, 0) and 2 in numbers and max(numbers) >= 200:
        return Foreign("a Core ML model (.mlmodel)", _FROM_ORIGIN)
    if fields[0] == (1, 0) and numbers == {1, 2}:
        return Foreign("TensorFlow's saved_model.pb", _SAVED_MODEL)
    if fields[0] == (1, 2) and len(fields) > 1 and numbers <= {1, 2, 3, 4, 5}:
        return Foreign("a frozen graph of TensorFlow (GraphDef, .pb)", _FROZEN)
    return None


def _fields(read: Callable[[int, int], bytes], size: int) -> Iterator[tuple[int, int]]:
    """Number and wire type of a message's fields, in order; nothing at all where it is no message.

    The first `_MOST_FIELDS` are enough, and all of them where there are fewer.
    """
    found: list[tuple[int, int]] = []
    offset = 0
    while offset < size and len(found) < _MOST_FIELDS:
        key, offset = _varint(read(offset, 10), offset)
        number, wire = key >> 3, key & 7
        length = 0
        if wire == 0:
            _, offset = _varint(read(offset, 10), offset)
        elif wire == 2:
            length, offset = _varint(read(offset, 10), offset)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        if number == 0 or wire not in (0, 1, 2, 5) or offset + length > size:
            return
        offset += length
        found.append((number, wire))
    yield from found


def _varint(data: bytes, offset: int) -> tuple[int, int]:
    """The number that `data` begins with, and the offset after it; -1 where there is none."""
    value = 0
    for place, byte in enumerate(data):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, offset + place + 1
    return 0, offset


def _text_kind(head: bytes) -> Foreign | None:
    try:
        text = head.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
        text = head[: error.start].decode("utf-8-sig").lstrip()
    if re.search(r"[\0-\x08\x0e-\x1f]", text):
        return None
    lower = text[:400].lower()
    if text.startswith("version https://git-lfs.github.com/spec/"):
        return _lfs_pointer(text)
    if lower.startswith(("<!doctype html", "<html", "<head", "<!--")) or "<html" in lower:
        return Foreign("an HTML page: the download got a web page in place of the file", _RAW)
    if lower.startswith(("<?xml", "<net")):
        return Foreign("an XML document (OpenVINO describes networks so)", _FROM_ORIGIN)
    if lower.startswith(("{", "[")):
        return _json_kind(text)
    if re.search(r"\[\]\s*(?:\w+\s*)*(?:\([^)]*\)\s*)*=\s*\{", text) or re.match(
        r"(?:0x[0-9a-f]{1,2},\s*){4}", lower
    ):
        return Foreign(
            "C source with the model as an array, as for microcontrollers",
            "give the .tflite file it was made of (xxd -i FILE.tflite makes such an array)",
        )
    if not text:
        return Foreign("a file of blanks only", _AGAIN)
    return Foreign(f"a text file that begins with {_quoted(text.splitlines()[0])}", _NOT_A_MODEL)


def _lfs_pointer(text: str) -> Foreign:
    size = re.search(r"^size (\d{1,15})\s*$", text, re.MULTILINE)
    stands = f" that stands for a file of {int(size[1]) / 1e6:.1f} MB" if size else ""
    return Foreign(
        f"a Git LFS pointer{stands}", "git lfs pull, in the repository it was cloned to, fetches the file"
    )


def _json_kind(text: str) -> Foreign:
    if "modelTopology" in text or "weightsManifest" in text:
        return Foreign("a model of TensorFlow.js (model.json)", _FROM_ORIGIN)
    if '"error"' in text[:400] or '"message"' in text[:400]:
        return Foreign(f"a server's answer in JSON: {_quoted(text)}", _AGAIN)
    return Foreign("a JSON document", _NOT_A_MODEL)


def _quoted(text: str) -> str:
    return repr(escape_name(text[:_SHOWN_CHARACTERS].strip())) + (
        "…" if len(text) > _SHOWN_CHARACTERS else ""
    )
