"""Enter a user's own model in the user's own zoo file, which stays theirs: only an entry is appended."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ModelError, UsageError, ZooError
from harness.records.input_convention import RANGES, InputTold
from harness.records.model import Model, ModelFacts, Preprocess
from harness.records.vocabulary import InputSource
from harness.zoo.classifier import classifier_problem
from harness.zoo.image_form import Axes, fed_shape, image_form
from harness.zoo.input_convention import resized
from harness.zoo.inspect import inspect_model, runtime_problem
from harness.zoo.label_text import read_labels
from harness.zoo.registry import Zoo, users_zoo_file
from harness.zoo.schema import PreprocessSection
from harness.zoo.score_form import score_form
from harness.zoo.zoo_file import ZooItem, parse_zoo_file

__all__ = ["Added", "add_model", "enter_input", "entry_name"]

_FAMILY = "own"
_HEADER = "# Models of my own; see `harness zoo schema` and `harness zoo check`.\nschema: 1\nmodels:\n"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True, slots=True)
class Added:
    """What was entered, or what there was already."""

    name: str
    file: Path
    was_there: bool = False
    doubt: str | None = None
    """What of the class names given speaks against those in the file."""


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
    if known is not None and labels is None and name in (None, known.entry.name):
        return (
            Added(known.entry.name, known.file, was_there=True)
            if told is None
            else _change(known, told, facts)
        )
    chosen = name or entry_name(model.stem)
    if any(chosen.casefold() == each.casefold() for each in zoo.items):
        raise UsageError(f"the zoo has a model {chosen} already", next_step="choose another name with --name")
    file = users_zoo_file()
    entry = _entry(model, facts, chosen)
    if told is not None:
        entry["preprocess"] = _preprocess(told, facts)
    doubt = None
    if labels is not None:
        names = _read_labels(labels, facts)
        doubt = _other_order(labels, names, facts)
        entry["labels"] = {"file": _keep_names(names, chosen, file.parent)}
    elif parent is not None and parent.labels is not None and facts.labels is None:
        entry["labels"] = {"file": _keep_names(parent.labels, chosen, file.parent)}
    if parent is not None:
        entry = {**entry, **_inherited(parent, entry.get("labels", {}))}
    _append(file, entry)
    return Added(chosen, file, doubt=doubt)


def _other_order(labels: Path, given: Sequence[str], facts: ModelFacts) -> str | None:
    """That the names given are the file's own at other places: one of the two orders is wrong."""
    own = facts.labels
    if own is None or len(given) != len(own):
        return None
    keys, own_keys = ([each.strip().casefold() for each in names] for names in (given, own))
    if keys == own_keys or sorted(keys) != sorted(own_keys):
        return None
    index = next(n for n, (one, other) in enumerate(zip(keys, own_keys, strict=True)) if one != other)
    return (
        f"{labels} has the file's own class names in another order: output {index} is {given[index]!r}"
        f" by it, and {own[index]!r} by the file itself; {labels.name} is used"
    )


def enter_input(model: Model, told: InputTold, zoo: Zoo) -> Added:
    """Write how a model takes its pixels into its entry in the user's zoo file, or enter the model with it.

    Raises ZooError for an entry of another file, which is not harness' to change.
    """
    known = zoo.items.get(model.name) if model.groups else zoo.by_sha256(model.sha256)
    if known is None or model.facts is None:
        return add_model(Path(model.path), zoo, told=told)
    return _change(known, told, model.facts)


def _change(known: ZooItem, told: InputTold, facts: ModelFacts) -> Added:
    if known.file != users_zoo_file():
        raise ZooError(
            f"{known.entry.name} is an entry of {known.file}, which is not changed",
            next_step=f"write there: preprocess: {_flow(_preprocess(told, facts))}",
        )
    said = {**_section(known.entry.preprocess), **_preprocess(told, facts)}
    if told.range is not None:
        said = {key: value for key, value in said.items() if key not in ("mean", "std", "assumed")}
    _write(known.file, _with_section(known, said))
    return Added(known.entry.name, known.file)


def _section(section: PreprocessSection) -> dict[str, Any]:
    return section.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def _flow(section: dict[str, Any]) -> str:
    return yaml.safe_dump(section, default_flow_style=True, sort_keys=False, width=10_000).strip()


def _with_section(item: ZooItem, section: dict[str, Any]) -> str:
    """The file's text with one entry's `preprocess` replaced, read back before it is given out."""
    lines = item.file.read_text(encoding="utf-8-sig").splitlines()
    start = item.line - 1
    indent = re.match(r"\s*(?:-\s+)?", lines[start])
    column = indent.end() if indent else 0
    end = next((n for n in range(start + 1, len(lines)) if _ends(lines[n], column)), len(lines))
    kept = _without_key(lines[start:end], "preprocess", column)
    made = [*lines[:start], *kept, f"{' ' * column}preprocess: {_flow(section)}", *lines[end:]]
    text = "\n".join(made) + "\n"
    try:
        parse_zoo_file(text, item.file, base=item.file.parent)
    except ZooError as error:
        raise ZooError(
            f"{item.file}:{item.line}: the entry cannot be changed: {error.message}",
            next_step=f"write into it: preprocess: {_flow(section)}",
        ) from error
    return text


def _ends(line: str, column: int) -> bool:
    """Whether a line belongs to no entry whose keys begin at this column."""
    return bool(line.strip()) and len(line) - len(line.lstrip()) < column


def _without_key(lines: Sequence[str], key: str, column: int) -> list[str]:
    """The lines of a block without those of one key, and without blank ones at the end."""
    kept: list[str] = []
    inside = False
    for line in lines:
        deeper = not line.strip() or len(line) - len(line.lstrip()) > column
        inside = line[column:].startswith(f"{key}:") or (inside and deeper)
        if not inside:
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


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
        command = shlex.join(["harness", "run", "--models", str(model), "--only", "latency"])
        raise ModelError(
            f"{model} is no image classifier: {reason}", next_step=f"it can be timed all the same: {command}"
        )
    return facts


def _entry(model: Path, facts: ModelFacts, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "family": _FAMILY,
        "path": str(_lasting(model)),
        "sha256": facts.sha256,
        "size_bytes": facts.size_bytes,
        "quantization": str(facts.quantization),
        "input": _input(facts),
    }


def _lasting(path: Path) -> Path:
    """The path from the root and without `..`, which a link to a folder makes mean another one.

    The file's own name stays, also where it is a link: `latest.tflite` is what was meant.
    """
    return path.parent.resolve() / path.name if ".." in path.parts else path.absolute()


def _input(facts: ModelFacts) -> dict[str, Any]:
    """The section of an entry; a size that nobody told is marked as such."""
    tensor = facts.inputs[0]
    form = image_form(tensor, facts.input_size)
    said: dict[str, Any] = {"height": form.height, "width": form.width, "dtype": tensor.dtype}
    if form.axes is Axes.CHW:
        said["layout"] = "NCHW"
    if form.channels == 1:
        said["channels"] = 1
    if fed_shape(facts, Preprocess()) is not None and facts.input_size is None:
        said["size_assumed"] = True
    return said


def _preprocess(told: InputTold, facts: ModelFacts) -> dict[str, Any]:
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


def _read_labels(labels: Path, facts: ModelFacts) -> tuple[str, ...]:
    names = read_labels(labels)
    outputs = score_form(facts).classes
    if len(names) != outputs:
        raise ModelError(f"{labels} names {len(names)} classes, and the model has {outputs} outputs")
    return names


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
