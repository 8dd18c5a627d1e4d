"""Do the entries of a zoo tell the truth: about their files, and about each other?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from harness.errors import ModelError
from harness.records.model import ModelFacts
from harness.zoo.entry_rules import entry_problems, problems_between
from harness.zoo.image_form import image_form
from harness.zoo.locate import is_local
from harness.zoo.registry import Zoo
from harness.zoo.resolve import resolve_models
from harness.zoo.schema import ZooEntry
from harness.zoo.zoo_file import ZooItem

__all__ = ["Digest", "Finding", "check_item", "check_items", "digest_of"]


class Digest(str, Enum):
    """What of an entry's download can be verified before anything is trusted."""

    MODEL = "model"
    ARCHIVE = "archive"
    """The archive at the first address, and with it the model; not what other addresses give."""
    NONE = "none"
    """The first download is trusted, and its digest recorded."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for one entry. `checked` is False where its file is not on this computer."""

    name: str
    checked: bool
    problems: tuple[str, ...] = ()
    digest: Digest = Digest.NONE


def digest_of(entry: ZooEntry) -> Digest:
    """Which digest the entry states."""
    if entry.sha256 is not None:
        return Digest.MODEL
    return Digest.ARCHIVE if entry.archive_sha256 is not None else Digest.NONE


def check_items(items: Sequence[ZooItem]) -> tuple[Finding, ...]:
    """Every entry against its file, its own facts and the other entries."""
    between = problems_between([item.entry for item in items])
    findings = []
    for item in items:
        entry, found = item.entry, check_item(item)
        problems = (*found.problems, *entry_problems(entry), *between.get(entry.name, ()))
        findings.append(replace(found, problems=problems, digest=digest_of(entry)))
    return tuple(findings)


def check_item(item: ZooItem) -> Finding:
    """Compare an entry with its file: digest, size, input, quantization, labels, fitness as a classifier."""
    entry = item.entry
    if not is_local(item):
        return Finding(entry.name, checked=False)
    try:
        (model,) = resolve_models([entry.name], Zoo({entry.name: item}))
    except ModelError as error:
        return Finding(entry.name, checked=True, problems=(error.message,))
    problems = [each for each in (model.problem, model.no_classifier) if each is not None]
    if model.facts is not None:
        problems += _differences(entry, model.facts)
    return Finding(entry.name, checked=True, problems=tuple(problems))


def _differences(entry: ZooEntry, facts: ModelFacts) -> list[str]:
    problems = []
    if entry.size_bytes not in (None, facts.size_bytes):
        problems.append(f"size_bytes is {entry.size_bytes}, the file has {facts.size_bytes}")
    if entry.quantization is not facts.quantization:
        problems.append(f"quantization is {entry.quantization}, the file is {facts.quantization}")
    if len(facts.inputs) == 1:
        stated, actual = _stated_input(entry), _actual_input(entry, facts)
        if stated != actual:
            problems.append(f"input is {stated[1]} {stated[0]}, the file has {actual[1]} {actual[0]}")
    return problems


def _actual_input(entry: ZooEntry, facts: ModelFacts) -> tuple[tuple[int, ...], str]:
    """Of the file; sizes that it leaves open are the entry's to state."""
    image = facts.inputs[0]
    try:
        shape = image_form(image, (entry.input.height, entry.input.width)).shape[1:]
    except ModelError:
        shape = image.shape[1:]
    return shape, image.dtype


def _stated_input(entry: ZooEntry) -> tuple[tuple[int, ...], str]:
    size = entry.input
    channels_last = size.layout == "NHWC"
    sides, channels = (size.height, size.width), (size.channels,)
    return (sides + channels if channels_last else channels + sides), size.dtype
