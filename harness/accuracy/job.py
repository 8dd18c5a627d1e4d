"""What parent and child of an evaluation say to each other.

The parent writes the job to a JSON file. The child answers with JSON lines:

    {"loaded": MODEL, "delegate": "cpu", "shortfall": null, "outputs": 1001, "preprocess": "..."}
    {"refused": MODEL, "status": "failed", "reason": "..."}
    {"scored": [MODEL, ...], "images": [IMAGE, ...], "indices": BYTES, "scores": BYTES}
    {"excluded": IMAGE, "reason": "..."}
    {"end": true}

MODEL and IMAGE are positions in the job's lists; BYTES are base64 of int32 and
float32 arrays [models, images, best classes]. What each thread of the child is
about to do stands in a small file mapped into memory, which survives a crash.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.records.model import Preprocess
from harness.records.vocabulary import ChannelOrder, Crop, Delegate, Exif, Resize, Runtime
from harness.zoo.score_form import OneValue, ScoreForm

__all__ = ["Activity", "Job", "Message", "ModelJob", "pack_array", "read_job", "unpack_array", "write_job"]

Message = dict[str, Any]


class Activity(IntEnum):
    """What a thread of the child is busy with."""

    NOTHING = 0
    LOADING = 1
    """A model: the number says which."""
    RUNNING = 2
    """A model: the number says which."""
    DECODING = 3
    """An image: the number says which."""


@dataclass(frozen=True)
class ModelJob:
    """One model to be scored."""

    path: str
    delegate: Delegate
    preprocess: Preprocess
    scores: ScoreForm | None = None
    """Where the scores lie; None: the only output holds them."""


@dataclass(frozen=True)
class Job:
    """What one child does: all models on all images."""

    runtime: Runtime
    threads: int
    image_root: str
    images: tuple[str, ...]
    """Files relative to `image_root`."""
    models: tuple[ModelJob, ...]
    state_path: str
    """The mapped file: int32 [threads, 2], activity and number."""
    exif: Exif = Exif.IGNORE


def write_job(job: Job, path: Path) -> None:
    """Write the job, and the file of its threads' activities."""
    np.zeros((job.threads, 2), np.int32).tofile(job.state_path)
    path.write_text(json.dumps(asdict(job)), encoding="utf-8")


def read_job(path: Path) -> Job:
    """Read what `write_job` wrote."""
    fields = json.loads(path.read_text(encoding="utf-8"))
    fields["runtime"] = Runtime(fields["runtime"])
    fields["images"] = tuple(fields["images"])
    fields["exif"] = Exif(fields["exif"])
    fields["models"] = tuple(_model_job(each) for each in fields["models"])
    return Job(**fields)


def _model_job(fields: dict[str, Any]) -> ModelJob:
    preprocess = fields["preprocess"]
    return ModelJob(
        path=fields["path"],
        delegate=Delegate(fields["delegate"]),
        preprocess=Preprocess(
            crop=Crop(preprocess["crop"]),
            crop_fraction=preprocess["crop_fraction"],
            resize=Resize(preprocess["resize"]),
            mean=None if preprocess["mean"] is None else tuple(preprocess["mean"]),
            std=None if preprocess["std"] is None else tuple(preprocess["std"]),
            channels=ChannelOrder(preprocess["channels"]),
            resize_to=preprocess["resize_to"],
            size=None if preprocess["size"] is None else tuple(preprocess["size"]),
        ),
        scores=_score_form(fields["scores"]),
    )


def _score_form(fields: dict[str, Any] | None) -> ScoreForm | None:
    if fields is None:
        return None
    one_value = fields["one_value"]
    return ScoreForm(fields["index"], fields["classes"], OneValue(one_value) if one_value else None)


def pack_array(array: npt.NDArray[np.generic]) -> str:
    """An array's bytes as text for a message."""
    return base64.b64encode(array.tobytes()).decode("ascii")


def unpack_array(text: str, dtype: type[np.generic], *, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array that `pack_array` packed."""
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape)
