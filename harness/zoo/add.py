"""Enter a user's own model in the user's own zoo file, which stays theirs: only an entry is appended."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ModelError, UsageError, ZooError
from harness.records.input_convention import RANGES, InputTold
from harness.records.model import Model, ModelFacts, Preprocess, TensorFacts
from harness.records.vocabulary import InputSource
from harness.zoo.classifier import classifier_problem
from harness.zoo.input_convention import resized
from harness.zoo.inspect import inspect_model, runtime_problem
from harness.zoo.label_text import read_labels
from harness.zoo.registry import Zoo, users_zoo_file
from harness.zoo.zoo_file import parse_zoo_file

__all__ = ["Added", "add_model", "entry_name", "preprocess_entry"]

_FAMILY = "own"
_HEADER = "# Models of my own; see `harness zoo schema` and `harness zoo check`.\nschema: 1\nmodels:\n"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True, slots=True)
class Added:
    """What was entered, or what there was already."""

    name: str
    file: Path
    was_there: bool = False


def add_model(
    model: Path,
    zoo: Zoo,
    *,
    name: str | None = None,
    labels: Path | None = None,
    parent: Model | None = None,
    told: InputTold | None = None,
) -> Added:
    """Append an entry with what the file says of itself: digest, input, normalization, class names.

    What is `told` of the input is entered with it. `labels` is copied beside the zoo file. A model
    made from a `parent` inherits its normalization, class names and data set. A file the zoo knows
    already, by its digest, is left as it is unless another name, other labels or another input are
    asked for. Raises ModelError for a file that cannot be run or is no classifier, and UsageError
    for a name that is taken.
    """
    facts = _checked_facts(model)
    known = zoo.by_sha256(facts.sha256)
    if known is not None and labels is None and told is None and name in (None, known.entry.name):
        return Added(known.entry.name, known.file, was_there=True)
    chosen = name or entry_name(model.stem)
    if any(chosen.casefold() == each.casefold() for each in zoo.items):
        raise UsageError(f"the zoo has a model {chosen} already", next_step="choose another name with --name")
    file = users_zoo_file()
    entry = _entry(model, facts, chosen)
    if told is not None:
        entry["preprocess"] = preprocess_entry(told, facts)
    if labels is not None:
        entry["labels"] = {"file": _keep_labels(labels, facts, chosen, file.parent)}
    elif parent is not None and parent.labels is not None and facts.labels is None:
        entry["labels"] = {"file": _keep_names(parent.labels, chosen, file.parent)}
    if parent is not None:
        entry = {**entry, **_inherited(parent, entry.get("labels", {}))}
    _append(file, entry)
    return Added(chosen, file)


def entry_name(text: str) -> str:
    """Any text as a name the zoo takes."""
    return _NOT_IN_NAMES.sub("_", text).strip("._+-")[:80] or "model"


def _checked_facts(model: Path) -> ModelFacts:
    facts = inspect_model(model)
    problem = runtime_problem(facts)
    if problem is not None:
        raise ModelError(f"{model} {problem}")
    reason = classifier_problem(facts)
    if reason is not None:
        raise ModelError(f"{model} is no image classifier: {reason}")
    return facts


def _entry(model: Path, facts: ModelFacts, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "family": _FAMILY,
        "path": str(_lasting(model)),
        "sha256": facts.sha256,
        "size_bytes": facts.size_bytes,
        "quantization": str(facts.quantization),
        "input": _input(facts.inputs[0]),
    }


def _lasting(path: Path) -> Path:
    """The path from the root and without `..`, which a link to a folder makes mean another one.

    The file's own name stays, also where it is a link: `latest.tflite` is what was meant.
    """
    return path.parent.resolve() / path.name if ".." in path.parts else path.absolute()


def _input(tensor: TensorFacts) -> dict[str, Any]:
    _, height, width, _ = tensor.shape
    return {"height": height, "width": width, "dtype": tensor.dtype}


def preprocess_entry(told: InputTold, facts: ModelFacts) -> dict[str, Any]:
    """What is told of the input as the section of an entry; only what differs from what holds anyway."""
    said: dict[str, Any] = {"range": told.range} if told.range else {}
    if told.channels is not None:
        said["channels"] = str(told.channels)
    if told.resize is not None:
        said |= _geometry(resized(Preprocess(), told.resize, facts))
    return said


def _geometry(preprocess: Preprocess) -> dict[str, Any]:
    said: dict[str, Any] = {
        "crop": str(preprocess.crop),
        "crop_fraction": preprocess.crop_fraction,
        "resize": str(preprocess.resize),
    }
    return said if preprocess.resize_to is None else {**said, "resize_to": preprocess.resize_to}


def _inherited(parent: Model, labels: dict[str, Any]) -> dict[str, Any]:
    """What a child cannot know from its own file. The normalization is written out, because the evaluation
    tool's own rule for integers differs from the float parent's by half a step."""
    given = parent.preprocess
    mean, std = (given.mean, given.std) if given.mean and given.std else RANGES["-1..1"]
    said: dict[str, Any] = {
        "parent": parent.name,
        "parent_sha256": parent.sha256,
        "family": parent.family or _FAMILY,
    }
    said["preprocess"] = {
        **_geometry(given),
        "channels": str(given.channels),
        "mean": list(mean),
        "std": list(std),
    }
    if parent.input_convention is not None and parent.input_convention.source is InputSource.ASSUMED:
        said["preprocess"]["assumed"] = True
    if parent.label_offset is not None:
        said["labels"] = {**labels, "offset": parent.label_offset}
    return {**said, "dataset": parent.dataset} if parent.dataset else said


def _keep_names(names: Sequence[str], model: str, folder: Path) -> str:
    _write(folder / "labels" / f"{model}.txt", "".join(f"{each}\n" for each in names))
    return f"labels/{model}.txt"


def _keep_labels(labels: Path, facts: ModelFacts, name: str, folder: Path) -> str:
    names = read_labels(labels)
    outputs = facts.outputs[0].shape[-1]
    if len(names) != outputs:
        raise ModelError(f"{labels} names {len(names)} classes, and the model has {outputs} outputs")
    return _keep_names(names, name, folder)


def _append(file: Path, entry: dict[str, Any]) -> None:
    """The file with the entry at its end, read back before it replaces the old one."""
    before = file.read_text(encoding="utf-8-sig") if file.is_file() else _HEADER
    block = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True)
    text = before.rstrip("\n") + "\n" + "".join(f"  {line}\n" for line in block.splitlines())
    try:
        parse_zoo_file(text, file, base=file.parent)
    except ZooError as error:
        raise ZooError(
            f"an entry cannot be appended to {file}: {error.message}",
            next_step="write its `models:` as a list of blocks (`  - name: …`) at the end of the file",
        ) from error
    _write(file, text)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
            sink.write(text)
        Path(draft).replace(path)
    except OSError as error:
        raise ZooError(f"{path}: cannot be written: {error.strerror}") from error
