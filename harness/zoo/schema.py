"""The zoo file: what an entry may say, and what it must.

These classes are the validation at the edge and the source of the JSON Schema
that editors use (`harness zoo schema`). Percentages are of 100, latencies in
milliseconds, mean and std on the pixel scale 0..255.
"""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from harness.records.input_convention import RANGES, Normalization, spread
from harness.records.model import Preprocess, PublishedAccuracy, PublishedLatency
from harness.records.vocabulary import ChannelOrder, Crop, Quantization, Resize

__all__ = [
    "DERIVED_GROUPS",
    "InputSection",
    "LabelsSection",
    "LatencySection",
    "Mirror",
    "PreprocessSection",
    "PublishedSection",
    "ZooEntry",
    "ZooFile",
    "json_schema",
]

DERIVED_GROUPS = ("all", "float", "quantized")
"""Groups every entry is sorted into by itself; so is each family."""

_FLOAT = (Quantization.FLOAT32, Quantization.FLOAT16)


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
        raise ValueError("an address starts with https:// (or http://) and names a host")
    return text


def _inside(text: str) -> str:
    """A relative path that stays in its folder, or an absolute one (`~` is the user's home)."""
    path = PurePosixPath(text)
    if ".." in path.parts or "\0" in text:
        raise ValueError("a path must not leave its folder with '..'")
    return text


def _relative(text: str) -> str:
    if PurePosixPath(text).is_absolute() or text.startswith("~"):
        raise ValueError("a label file lies beside the zoo file or below it: give a relative path")
    return _inside(text)


def _one_or_more(value: Any) -> Any:  # noqa: ANN401 (whatever the YAML holds)
    return (value,) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _one_or_three(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(values) not in (1, 3) or not all(map(math.isfinite, values)):
        raise ValueError("one number, or three (red, green, blue)")
    return values


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
EntryName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_inside)]
LabelPath = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_relative)]
Percent = Annotated[float, Field(ge=0, le=100)]
Side = Annotated[int, Field(ge=1, le=4096)]
Channels = Annotated[tuple[float, ...], BeforeValidator(_one_or_more), AfterValidator(_one_or_three)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mirror(_Strict):
    """Another address of the same model; the archive there may be packed differently."""

    url: Address
    archive_member: FilePath | None = None
    archive_sha256: Digest | None = None
    """Of what lies at the address: the archive, or the model itself where it is not packed."""
    manual: bool = False
    """Only a person with a browser can fetch it there."""


class InputSection(_Strict):
    """The image the model takes: pixels, type and order of axes."""

    height: Side
    width: Side
    dtype: Literal["float32", "float16", "uint8", "int8", "int16"]
    layout: Literal["NHWC", "NCHW"] = "NHWC"
    channels: Literal[1, 3] = 3
    """1: the model takes grey pictures."""
    size_assumed: bool = False
    """The file leaves height and width open, and these were not told."""


class PreprocessSection(_Strict):
    """How an image becomes the input; see `harness.records.model.Preprocess`."""

    crop: Crop = Crop.CENTRAL
    crop_fraction: Annotated[float, Field(gt=0, le=1)] = 0.875
    resize: Resize = Resize.BILINEAR
    resize_to: Side | None = None
    """The shorter side becomes so long, then the middle of the input's size is cut out."""
    channels: ChannelOrder = ChannelOrder.RGB
    range: Literal["0..255", "0..1", "-1..1", "torchvision", "caffe"] | None = None
    """A name for a usual mean and std."""
    mean: Channels | None = None
    std: Channels | None = None
    assumed: bool = False
    """The values were taken over from a parent of which they were only assumed."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> PreprocessSection:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std belong together")
        if self.std is not None and min(self.std) <= 0:
            raise ValueError("std must be greater than 0")
        if self.range is not None and self.mean is not None:
            raise ValueError("range stands for a mean and std: give one or the other")
        return self

    @property
    def values(self) -> Normalization | None:
        """Mean and std, both of as many values; None where none are stated."""
        mean, std = RANGES[self.range] if self.range is not None else (self.mean, self.std)
        if mean is None or std is None:
            return None
        return spread((mean, std))

    def record(self) -> Preprocess:
        """The same as the record."""
        mean, std = self.values or (None, None)
        return Preprocess(
            self.crop, self.crop_fraction, self.resize, mean, std, self.channels, self.resize_to
        )


class LabelsSection(_Strict):
    """Class names, one a line, beside the zoo file; and the output index of the data set's class 0."""

    file: LabelPath | None = None
    offset: Annotated[int, Field(ge=0, le=10)] | None = None


class LatencySection(_Strict):
    """One latency the publisher states."""

    device: Text
    delegate: Text
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    latency_ms: Annotated[float, Field(gt=0)]
    source: Text | None = None


class PublishedSection(_Strict):
    """What the publisher states, in per cent and milliseconds."""

    top1: Percent | None = None
    top5: Percent | None = None
    source: Text | None = None
    size_mb: Annotated[float, Field(gt=0)] | None = None
    """As the publisher rounds it; `size_bytes` of the entry is exact."""
    latency: tuple[LatencySection, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> PublishedSection:
        if self.top1 is not None and self.top5 is not None and self.top5 < self.top1:
            raise ValueError("top5 cannot be below top1")
        return self

    def accuracy(self) -> PublishedAccuracy | None:
        """The accuracy record; None where none is stated."""
        if self.top1 is None and self.top5 is None:
            return None
        return PublishedAccuracy(self.top1, self.top5, self.source)

    def latencies(self) -> tuple[PublishedLatency, ...]:
        """The latency records; a row without a source has that of the section."""
        return tuple(
            PublishedLatency(
                each.device, each.delegate, each.threads, each.latency_ms, each.source or self.source
            )
            for each in self.latency
        )


class ZooEntry(_Strict):
    """One model of the zoo: a file (`path`) or an address (`url`)."""

    name: EntryName
    family: GroupName
    task: Literal["image-classification"] = "image-classification"
    path: FilePath | None = None
    url: Address | None = None
    archive_member: FilePath | None = None
    archive_sha256: Digest | None = None
    manual: bool = False
    """Only a person with a browser can fetch `url`."""
    gone: Text | None = None
    """What was reported of `url` where it no longer answers; a mirror may still serve its path."""
    mirrors: tuple[Mirror, ...] = ()
    sha256: Digest | None = None
    size_bytes: Annotated[int, Field(ge=1)] | None = None
    quantization: Quantization
    input: InputSection
    preprocess: PreprocessSection = PreprocessSection()
    labels: LabelsSection = LabelsSection()
    dataset: Text | None = None
    published: PublishedSection = PublishedSection()
    license: Text | None = None
    source: Text | None = None
    notes: tuple[Text, ...] = ()
    """What is doubtful about the facts above, one sentence each."""
    groups: tuple[GroupName, ...] = ()
    parent: EntryName | None = None
    """The entry this model was made from."""
    parent_sha256: Digest | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> ZooEntry:
        if (self.path is None) == (self.url is None):
            raise ValueError("an entry has either a path or a url")
        if self.url is None and (self.archive_member or self.archive_sha256 or self.mirrors):
            raise ValueError("archive_member, archive_sha256 and mirrors belong to a url")
        if self.url is None and (self.manual or self.gone):
            raise ValueError("manual and gone belong to a url")
        taken = [group for group in self.groups if group in DERIVED_GROUPS]
        if taken:
            raise ValueError(f"@{taken[0]} is made by harness itself; leave it out of groups")
        return self

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Groups of the entry: those it names, its family, and those derived from its quantization."""
        derived = "float" if self.quantization in _FLOAT else "quantized"
        return tuple(dict.fromkeys((*self.groups, self.family, derived, "all")))


class ZooFile(_Strict):
    """A whole zoo file."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="harness model zoo")

    version: Annotated[Literal[1], Field(alias="schema")]
    models: tuple[ZooEntry, ...] = ()


def json_schema() -> dict[str, Any]:
    """JSON Schema of a zoo file, for editors and other tools."""
    schema = ZooFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
