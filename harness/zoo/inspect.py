"""Facts of a `.tflite` file, read without running it."""

from __future__ import annotations

import hashlib
import stat
from collections import Counter
from pathlib import Path

from harness.errors import ModelError
from harness.records.model import ModelFacts, TensorFacts
from harness.records.printable_names import escape_name
from harness.zoo.flatbuffer import FlatbufferError
from harness.zoo.foreign_file import foreign_file, foreign_folder
from harness.zoo.graph_input import prove_input
from harness.zoo.head import find_head
from harness.zoo.image_form import proposed_size
from harness.zoo.label_text import LabelTextError
from harness.zoo.macs import count_macs
from harness.zoo.metadata import read_metadata
from harness.zoo.packed_labels import exporter_range, packed_labels
from harness.zoo.score_form import choose_output, classes_of
from harness.zoo.tflite_file import CUSTOM, FILE_IDENTIFIER, Graph, TfliteFile, read_tflite
from harness.zoo.weights import parameters, quantization

__all__ = [
    "MOST_MODEL_BYTES",
    "inspect_bytes",
    "inspect_model",
    "not_a_model_folder",
    "read_model_bytes",
    "runtime_problem",
    "shown",
]

MOST_MODEL_BYTES = 1_000_000_000

_WHERE_FROM = "fetch or convert the file again: a .tflite file has TFL3 after its first four bytes"

_RUNTIMES_OWN_CUSTOM = frozenset(
    {"TFLite_Detection_PostProcess", "NumericVerify", "Mfcc", "AudioSpectrogram"}
)
"""Custom operators that TFLite registers itself (tflite/core/kernels/register.cc)."""


def inspect_model(path: Path) -> ModelFacts:
    """Read and judge a `.tflite` file. Raises ModelError: one sentence that names the file."""
    return inspect_bytes(read_model_bytes(path), path)


def read_model_bytes(path: Path) -> bytes:
    """The file's bytes. Raises ModelError for what is missing, no regular file, too large or no `.tflite`."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise not_a_model_folder(path)
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{shown(path)} is no file")
        if status.st_size > MOST_MODEL_BYTES:
            raise ModelError(f"{shown(path)} is larger than {MOST_MODEL_BYTES} bytes")
        with path.open("rb") as file:
            head = file.read(8)
            if head[4:8] != FILE_IDENTIFIER:
                raise _not_tflite(path, head)
            return head + file.read(MOST_MODEL_BYTES)
    except FileNotFoundError as error:
        raise ModelError(f"{shown(path)} does not exist") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelError(f"{shown(path)} cannot be read: {reason}") from error


def _not_tflite(path: Path, head: bytes) -> ModelError:
    kind = foreign_file(path)
    if kind is None:
        found = f"bytes 4 to 7 are {head[4:8]!r}, not {FILE_IDENTIFIER!r}"
        return ModelError(f"{shown(path)} is no .tflite file: {found}", next_step=_WHERE_FROM)
    return ModelError(f"{shown(path)} is no .tflite file: it is {kind.what}", next_step=kind.next_step)


def not_a_model_folder(path: Path) -> ModelError:
    """The error for a folder without a `.tflite` file."""
    kind = foreign_folder(path)
    what = f": it is {kind.what}" if kind else ""
    return ModelError(
        f"the folder {shown(path)} holds no .tflite file{what}", next_step=kind.next_step if kind else None
    )


def inspect_bytes(data: bytes, path: Path) -> ModelFacts:
    """The facts of a `.tflite` file's bytes. Raises ModelError; `path` is only named in it."""
    try:
        return _facts(data, read_tflite(data))
    except FlatbufferError as error:
        raise ModelError(f"{shown(path)} is no .tflite file that loads: {error}") from error


def _facts(data: bytes, file: TfliteFile) -> ModelFacts:
    metadata = read_metadata(file.metadata)
    inputs = _tensors(file.main, file.main.inputs)
    outputs = _tensors(file.main, file.main.outputs)
    heads = [find_head(file.main, index) for index in file.main.outputs]
    chosen = choose_output(outputs, heads)
    classes = classes_of(outputs[chosen], heads[chosen]) if chosen is not None else None
    labels, notes = _labels(data, metadata.label_files, classes)
    counts = Counter(_plain(node.operator) for graph in file.graphs for node in graph.nodes)
    return ModelFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        inputs=inputs,
        outputs=outputs,
        quantization=quantization(file),
        operators=tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))),
        custom_operators=file.custom_operators,
        macs=count_macs(file),
        parameters=parameters(file),
        description=metadata.description or file.description,
        metadata_name=metadata.name,
        normalization=metadata.normalization,
        labels=labels,
        head=heads[chosen] if chosen is not None else None,
        scores_output=chosen or 0,
        input_size=metadata.image_size or _laid_out_for(file.main, inputs),
        notes=metadata.notes + notes,
        input_proof=prove_input(file),
        exporter_range=exporter_range(data),
    )


def _plain(operator: str) -> str:
    return operator.removeprefix(f"{CUSTOM}:")


def _tensors(graph: Graph, indices: tuple[int, ...]) -> tuple[TensorFacts, ...]:
    tensors = [graph.tensors[index] for index in indices]
    return tuple(TensorFacts(t.name, t.shape, t.dtype, t.scale, t.zero_point) for t in tensors)


def _laid_out_for(graph: Graph, inputs: tuple[TensorFacts, ...]) -> tuple[int, int] | None:
    return proposed_size(inputs[0], graph.tensors[graph.inputs[0]].laid_out) if len(inputs) == 1 else None


def _labels(
    data: bytes, names: tuple[str, ...], classes: int | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Embedded class names that fit the output, and notes on those that do not."""
    try:
        labels = packed_labels(data, names)
    except LabelTextError as error:
        return None, (f"its embedded labels cannot be used: {error}",)
    if labels is None:
        return None, (f"its metadata names {names[0]}, which is not in the file",) if names else ()
    if classes is None:
        return None, (f"it embeds {len(labels)} class names, and no output of it is a row of class scores",)
    if classes not in (len(labels), -1):
        return None, (f"it embeds {len(labels)} class names for an output of {classes}",)
    return labels, ()


def runtime_problem(facts: ModelFacts) -> str | None:
    """Why no runtime that harness uses can run the file, as far as one sees without trying; one sentence."""
    foreign = [name for name in facts.custom_operators if name not in _RUNTIMES_OWN_CUSTOM]
    if not foreign:
        return None
    needs = f"needs the custom op {', '.join(foreign)}"
    if any("edgetpu" in name for name in foreign):
        return f"{needs}: it is compiled for an Edge TPU and runs nowhere else"
    if any(name.startswith("Flex") for name in foreign):
        return f"{needs}: TensorFlow's Flex operators are not part of the runtime"
    return f"{needs}, which no runtime here has"


def shown(path: Path) -> str:
    """The path as text that is safe to print."""
    return escape_name(str(path))
