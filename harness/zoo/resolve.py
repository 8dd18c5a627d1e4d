"""From what the user typed to models: names, globs, groups and paths become files with their facts."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import ModelError, UnknownNameError, UnreachableError, ZooError, near_matches
from harness.records.model import Model
from harness.records.printable_names import escape_name, is_utf8
from harness.resources import bundled_path
from harness.zoo.classifier import classifier_problem
from harness.zoo.input_convention import convention_of
from harness.zoo.inspect import MOST_MODEL_BYTES, inspect_model, not_a_model_folder, runtime_problem, shown
from harness.zoo.label_text import read_labels
from harness.zoo.locate import Locate, locate
from harness.zoo.model_names import unique_names
from harness.zoo.registry import LIST_COMMAND, Zoo, is_glob
from harness.zoo.score_form import classes_of
from harness.zoo.zoo_file import ZooItem

__all__ = ["problem_error", "resolve_models"]

SUFFIX = ".tflite"


@dataclass(frozen=True, slots=True)
class _Found:
    """One file a spec stands for, and the zoo entry it came by; or why the entry's file could not be had."""

    path: Path
    item: ZooItem | None = None
    missing: str | None = None
    unreachable: bool = False


def resolve_models(specs: Sequence[str], zoo: Zoo, *, locate: Locate = locate) -> tuple[Model, ...]:
    """Every model the specs stand for, in their order, each file once, under a name of its own.

    A spec is a name, glob or `@group` of the zoo, a `.tflite` file, a glob of files, or a
    folder of them. A file that is there and broken becomes a model with `problem`, one
    that is no image classifier a model with `no_classifier`. Raises UnknownNameError or
    ModelError for a spec that stands for nothing.
    """
    found: dict[str, list[_Found]] = {}
    for spec in specs:
        for each in _find(spec, zoo, locate):
            found.setdefault(os.path.realpath(each.path), []).append(each)
    files = [each[0] for each in found.values()]
    names = unique_names([(each.path, each.item.entry.name if each.item else None) for each in files])
    return tuple(
        replace(_model(same[0], name, zoo), same_file=_other_names(same))
        for same, name in zip(found.values(), names, strict=True)
    )


def _other_names(same: Sequence[_Found]) -> tuple[str, ...]:
    """The entries of one file that were asked for besides the one it is measured as."""
    entries = dict.fromkeys(each.item.entry.name for each in same if each.item is not None)
    return tuple(entries)[1:] if same[0].item is not None else tuple(entries)


def problem_error(model: Model, *, more: str = "") -> ModelError:
    """The error for a model with a `problem`, whose next step differs for a file that could not be had."""
    step = (
        "harness zoo inspect FILE shows what a model file holds"
        if model.path
        else f"harness zoo fetch {model.name} says how it can be had"
    )
    return ModelError(f"{model.problem}{more}", next_step=model.next_step or step)


def _find(spec: str, zoo: Zoo, locate: Locate) -> list[_Found]:
    if spec.startswith("@") or spec in zoo.items:
        return _located(zoo.search(spec), locate)
    path = Path(spec).expanduser()
    if _exists(path):
        return [_Found(each) for each in _files(path)]
    if is_glob(spec):
        return _matching(spec, zoo, locate)
    if _looks_like_path(spec):
        raise ModelError(
            f"there is no model file {shown(path)}{_meant(path)}",
            next_step=f"names of known models: {LIST_COMMAND}",
        )
    raise UnknownNameError("model", escape_name(spec), zoo.items, list_command=LIST_COMMAND)


def _located(items: Sequence[ZooItem], locate: Locate) -> list[_Found]:
    return [_locate(item, locate) for item in items]


def _locate(item: ZooItem, locate: Locate) -> _Found:
    """One model of a sweep that cannot be fetched must not stop the others."""
    try:
        return _Found(locate(item), item)
    except (ZooError, ModelError) as error:
        return _Found(Path(item.entry.name), item, error.message, isinstance(error, UnreachableError))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL: no file has it
        return False


def _looks_like_path(spec: str) -> bool:
    return "/" in spec or os.sep in spec or spec.lower().endswith(SUFFIX)


def _meant(path: Path) -> str:
    """Files of the same folder with a name like it, as a question."""
    try:
        there = [each.name for each in path.parent.iterdir() if each.suffix.lower() == SUFFIX]
    except (OSError, ValueError):
        return ""
    near = [shown(path.with_name(name)) for name in near_matches(path.name, there)]
    return f". Did you mean {', '.join(near)}?" if near else ""


def _files(path: Path) -> list[Path]:
    """The file itself, or every `.tflite` directly in the folder."""
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.iterdir() if each.suffix.lower() == SUFFIX and each.is_file())
    if not files:
        raise not_a_model_folder(path)
    return files


def _matching(spec: str, zoo: Zoo, locate: Locate) -> list[_Found]:
    """A glob of zoo names; of files where it looks like a path or no name fits."""
    items = () if _looks_like_path(spec) else zoo.match(spec)
    if items:
        return _located(items, locate)
    # Path.glob takes no absolute pattern and none with `..`.
    hits = glob.glob(str(Path(spec).expanduser()), recursive=True)  # noqa: PTH207
    paths = [Path(each) for each in sorted(hits)]
    files = [path for path in paths if path.suffix.lower() == SUFFIX and path.is_file()]
    if files:
        return [_Found(path) for path in files]
    if _looks_like_path(spec):
        raise ModelError(f"no {SUFFIX} file matches {escape_name(spec)}")
    raise UnknownNameError("model", escape_name(spec), zoo.items, list_command=LIST_COMMAND)


def _model(found: _Found, name: str, zoo: Zoo) -> Model:
    if found.missing is not None and found.item is not None:
        entry = found.item.entry
        known = Model(name, "", entry.sha256 or "", entry.size_bytes or 0, problem=found.missing)
        return _with_entry(replace(known, unreachable=found.unreachable), found.item)
    try:
        facts = inspect_model(found.path)
    except ModelError as error:
        return _with_entry(_broken(found.path, name, error), found.item)
    needs = runtime_problem(facts) or _name_problem(found.path)
    preprocess, convention = convention_of(facts, None)
    model = Model(
        name=name,
        path=str(found.path.absolute()),
        sha256=facts.sha256,
        size_bytes=facts.size_bytes,
        quantization=facts.quantization,
        facts=facts,
        preprocess=preprocess,
        input_convention=convention,
        labels=facts.labels,
        problem=f"{shown(found.path)} {needs}" if needs else None,
        no_classifier=classifier_problem(facts),
    )
    return _with_entry(model, found.item or zoo.by_sha256(facts.sha256))


def _name_problem(path: Path) -> str | None:
    if is_utf8(str(path.absolute())):
        return None
    return "has a name that is no UTF-8, which no runtime opens: rename it, or the folder it lies in"


def _broken(path: Path, name: str, error: ModelError) -> Model:
    """A model that can only be reported. The digest and size are of the file, where it can be read."""
    digest, size = "", 0
    with suppress(OSError):  # `problem` says already that it cannot be read
        if path.is_file() and path.stat().st_size <= MOST_MODEL_BYTES:
            data = path.read_bytes()
            digest, size = hashlib.sha256(data).hexdigest(), len(data)
    return Model(
        name=name,
        path=str(path.absolute()),
        sha256=digest,
        size_bytes=size,
        problem=error.message,
        next_step=error.next_step,
    )


def _with_entry(model: Model, item: ZooItem | None) -> Model:
    """The model with what its zoo entry states, which comes before what the file says of itself."""
    if item is None:
        return model
    entry = item.entry
    labels, label_problem = _entry_labels(model, item)
    return replace(
        _with_input(model, item),
        family=entry.family,
        task=entry.task,
        quantization=model.quantization or entry.quantization,
        labels=labels,
        label_offset=entry.labels.offset,
        dataset=entry.dataset,
        published_accuracy=entry.published.accuracy(),
        published_latency=entry.published.latencies(),
        license=entry.license,
        source=entry.source,
        groups=entry.all_groups,
        parent=entry.parent,
        parent_sha256=entry.parent_sha256,
        problem=model.problem or _digest_problem(model, item) or label_problem,
    )


def _with_input(model: Model, item: ZooItem) -> Model:
    """The model as its entry says it takes pixels; one without a file is known by its entry alone."""
    section = item.entry.preprocess if "preprocess" in item.entry.model_fields_set else None
    if model.facts is None:
        return replace(model, preprocess=section.record() if section else model.preprocess)
    bundled = item.file == bundled_path("model_zoo.yaml")
    stated = item.entry.input
    size = None if stated.size_assumed else (stated.height, stated.width)
    preprocess, convention = convention_of(model.facts, section, bundled=bundled, size=size)
    return replace(model, preprocess=preprocess, input_convention=convention)


def _entry_labels(model: Model, item: ZooItem) -> tuple[tuple[str, ...] | None, str | None]:
    file = item.entry.labels.file
    if file is None:
        return model.labels, None
    try:
        labels = read_labels(item.base / file)
    except ZooError as error:
        return model.labels, f"{model.name}: {error.message}"
    facts = model.facts
    classes = classes_of(facts.outputs[facts.scores_output], facts.head) if facts and facts.outputs else None
    if classes is not None and classes not in (len(labels), -1):
        return None, f"{model.name} has {classes} outputs, and its label file {file} names {len(labels)}"
    return labels, None


def _digest_problem(model: Model, item: ZooItem) -> str | None:
    """Why the file is not the one that the entry describes."""
    expected = item.entry.sha256
    if expected is None or model.sha256 in ("", expected):
        return None
    return (
        f"{model.name}: {shown(Path(model.path))} is another file than {item.file.name}:{item.line} describes"
        f" (sha256 {model.sha256[:12]}…, expected {expected[:12]}…)"
    )
