"""The metadata that TensorFlow Lite's Task Library packs into a model.

Slots are positions in google-ai-edge/litert-support
tensorflow_lite_support/metadata/metadata_schema.fbs. Everything here is an
addition to a model that runs without it, so what is damaged becomes a note and
not an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from harness.zoo.flatbuffer import FlatbufferError, Scalar, Table, printable, root_table

__all__ = ["EmbeddedMetadata", "read_metadata"]

_IDENTIFIER = b"M001"
_NORMALIZATION_OPTIONS = 1
_IMAGE_PROPERTIES = 2
_MOST_SIDE = 10_000
_LABEL_FILE_TYPES = (2, 3)
"""TENSOR_AXIS_LABELS and TENSOR_VALUE_LABELS of AssociatedFileType."""


@dataclass(frozen=True, slots=True)
class EmbeddedMetadata:
    """What the publisher says. Mean and std are on the scale 0..255, equally many of both."""

    name: str | None = None
    description: str | None = None
    normalization: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    label_files: tuple[str, ...] = ()
    image_size: tuple[int, int] | None = None
    """Height and width of the picture the input is made for."""
    notes: tuple[str, ...] = field(default=())


def read_metadata(data: bytes | None) -> EmbeddedMetadata:
    """The metadata of a model with one image input; never raises."""
    if data is None:
        return EmbeddedMetadata()
    if data[4:8] != _IDENTIFIER:
        kind = printable(data[4:8].decode("ascii", "replace"))
        return EmbeddedMetadata(notes=(f"its metadata is of an unknown kind ({kind})",))
    try:
        return _parse(root_table(data))
    except FlatbufferError as error:
        return EmbeddedMetadata(notes=(f"its metadata is damaged: {error}",))


def _parse(root: Table) -> EmbeddedMetadata:
    graphs = root.tables(3)
    inputs = graphs[0].tables(2) if graphs else ()
    outputs = graphs[0].tables(3) if graphs else ()
    normalization, notes = _normalization(inputs[0]) if len(inputs) == 1 else (None, ())
    return EmbeddedMetadata(
        name=root.text(0),
        description=root.text(1),
        normalization=normalization,
        label_files=_label_files(outputs[0]) if len(outputs) == 1 else (),
        image_size=_image_size(inputs[0]) if len(inputs) == 1 else None,
        notes=notes,
    )


def _image_size(tensor: Table) -> tuple[int, int] | None:
    content = tensor.table(3)
    if content is None or content.number(0, Scalar.UINT8) != _IMAGE_PROPERTIES:
        return None
    image = content.table(1)
    size = image.table(1) if image is not None else None
    if size is None:
        return None
    width, height = size.number(0, Scalar.UINT32), size.number(1, Scalar.UINT32)
    return (height, width) if 0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE else None


def _normalization(
    tensor: Table,
) -> tuple[tuple[tuple[float, ...], tuple[float, ...]] | None, tuple[str, ...]]:
    for unit in tensor.tables(4):
        options = unit.table(1)
        if unit.number(0, Scalar.UINT8) != _NORMALIZATION_OPTIONS or options is None:
            continue
        mean, std = options.floats(0), options.floats(1)
        if not _usable(mean, std):
            return None, (f"its metadata has a normalization that cannot be applied: {mean} and {std}",)
        channels = max(len(mean), len(std))
        return (_spread(mean, channels), _spread(std, channels)), ()
    return None, ()


def _usable(mean: tuple[float, ...], std: tuple[float, ...]) -> bool:
    counts = {len(mean), len(std)}
    return counts <= {1, 3} and all(map(math.isfinite, (*mean, *std))) and all(each > 0 for each in std)


def _spread(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return values * channels if len(values) == 1 else values


def _label_files(tensor: Table) -> tuple[str, ...]:
    files = [file for file in tensor.tables(6) if file.number(2, Scalar.INT8) in _LABEL_FILE_TYPES]
    # Files with a locale are translations of the one without.
    files.sort(key=lambda file: file.text(3) is not None)
    return tuple(name for name in (file.text(0) for file in files) if name)
