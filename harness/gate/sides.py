"""What the user named as A and B: models, the runtime that runs them, and which belongs to which."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import UnknownNameError, UsageError
from harness.records.model import Model
from harness.records.vocabulary import Runtime
from harness.zoo.resolve import problem_error

__all__ = ["Paired", "SideSpec", "interpreter_of", "pair_models", "parse_side", "with_the_tool"]

_HOSTED = (Runtime.LITERT, Runtime.TFLITE_RUNTIME)
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!-]{0,40}")


@dataclass(frozen=True, slots=True)
class SideSpec:
    """A side as typed, taken apart."""

    spec: str
    models: str
    """Zoo name, glob, group, file or folder."""
    runtime: Runtime = Runtime.LITERT
    version: str | None = None


def parse_side(text: str) -> SideSpec:
    """`MODEL`, `MODEL@RUNTIME` or `MODEL@RUNTIME==VERSION`. Raises UsageError or UnknownNameError."""
    models, at, where = text.rpartition("@")
    if not at or not models or Path(text).exists():
        return SideSpec(text, text)
    name, equals, version = where.partition("==")
    known = {str(runtime): runtime for runtime in _HOSTED}
    if name not in known:
        raise UnknownNameError(
            "runtime", name, known, list_command="MODEL@litert==2.1.0, MODEL@tflite-runtime"
        )
    if equals and not _VERSION.fullmatch(version):
        raise UsageError(f"{text!r}: {version!r} is no version", next_step="as in MODEL@litert==2.1.0")
    return SideSpec(text, models, known[name], version or None)


def with_the_tool(spec: SideSpec) -> SideSpec:
    """The side on a phone. Raises UsageError where a runtime was named."""
    if spec.spec != spec.models:
        raise UsageError(
            f"{spec.spec!r}: a phone runs models with benchmark_model",
            next_step=f"leave the runtime out: {spec.models}",
        )
    return replace(spec, runtime=Runtime.BENCHMARK_MODEL)


@dataclass(frozen=True, slots=True)
class Paired:
    """What is compared with what, and a sentence for each model that has no counterpart."""

    pairs: tuple[tuple[str, Model, Model], ...]
    notices: tuple[str, ...] = ()


def pair_models(a: Sequence[Model], b: Sequence[Model], *, unpaired: str = "error") -> Paired:
    """Which model of A is compared with which of B: the only two, else those of the same name.

    `unpaired`: whether a model that is on one side only is an `error` or left
    out with a notice (`warn`). Raises UsageError, also where nothing is left,
    and ModelError for a model that cannot be run.
    """
    for model in (*a, *b):
        if model.problem is not None:
            raise problem_error(model)
    if len(a) == len(b) == 1:
        return Paired(((b[0].name, a[0], b[0]),))
    of_a, of_b = {model.name: model for model in a}, {model.name: model for model in b}
    alone = [f"{name} is in A only" for name in sorted(of_a.keys() - of_b)]
    alone += [f"{name} is in B only" for name in sorted(of_b.keys() - of_a)]
    pairs = tuple((name, of_a[name], of_b[name]) for name in of_b if name in of_a)
    if not pairs:
        raise UsageError(
            f"no model is on both sides: {'; '.join(alone)}", next_step="models are paired by name"
        )
    if alone and unpaired == "error":
        raise UsageError(
            f"every model must be on both sides: {'; '.join(alone)}",
            next_step="models are paired by name; compare the others with --unpaired warn",
        )
    return Paired(pairs, tuple(f"{each}: not compared" for each in alone))


def interpreter_of(
    spec: SideSpec, given: str | None, *, flag: str, ensure: Callable[[Runtime, str], str]
) -> str | None:
    """The Python that hosts a side; None: harness' own. `ensure` makes an environment for a version."""
    if given is not None and spec.version is not None:
        raise UsageError(f"{flag} and {spec.spec!r} both say which runtime is meant: leave one of them out")
    if given is not None:
        return str(_python(given, flag))
    return None if spec.version is None else ensure(spec.runtime, spec.version)


def _python(given: str, flag: str) -> Path:
    """The interpreter itself, or that of a virtual environment."""
    path = Path(given).expanduser()
    if path.is_dir():
        inside = [path / "bin" / "python", path / "Scripts" / "python.exe"]
        path = next((each for each in inside if each.exists()), inside[0])
    if not path.is_file():
        raise UsageError(f"{flag} {given}: there is no Python at {path}")
    return path.absolute()
