"""Whether a plan made now is the plan a run folder was started with. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from harness.records.run import Run

__all__ = ["plan_difference"]


def plan_difference(old: Run, new: Run) -> tuple[str, ...]:
    """Sentences about everything that differs; empty where the run can go on."""
    return (*_options(old, new), *_models(old, new), *_datasets(old, new))


def _options(old: Run, new: Run) -> Iterator[str]:
    for field in fields(old.options):
        before, after = getattr(old.options, field.name), getattr(new.options, field.name)
        if before != after:
            yield f"{field.name} was {_words(before)}, is {_words(after)}"


def _models(old: Run, new: Run) -> Iterator[str]:
    before = {model.name: model for model in old.models}
    after = {model.name: model for model in new.models}
    for name in before.keys() - after.keys():
        yield f"model {name} is gone"
    for name in after.keys() - before.keys():
        yield f"model {name} is new"
    for name in sorted(before.keys() & after.keys()):
        if before[name].sha256 != after[name].sha256:
            yield f"model {name} had sha256 {before[name].sha256[:12]}…, has {after[name].sha256[:12]}…"
        elif (before[name].problem is None) != (after[name].problem is None):
            can = "can be run now" if after[name].problem is None else "cannot be run any more"
            yield f"model {name} {can}"
        elif before[name].preprocess != after[name].preprocess:
            yield f"model {name} is preprocessed differently"


def _datasets(old: Run, new: Run) -> Iterator[str]:
    before = {facts.name: facts.fingerprint for facts in old.datasets}
    after = {facts.name: facts.fingerprint for facts in new.datasets}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"data set {name} has changed"


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value) or "nothing"
    return "not given" if value is None else str(value)
