"""`gate.yaml`, or `[tool.harness.gate]` in `pyproject.toml`: read and validated; errors say `file:line:`."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from harness.devices.profile import MeasuredDelegate
from harness.errors import SettingsError, near_matches
from harness.gate.settings import CellSettings, GateSettings, Margins
from harness.records.vocabulary import Delegate, Metric
from harness.zoo.yaml_lines import Place, YamlError, parse_yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["find_settings", "read_settings"]

YAML_NAMES = ("gate.yaml", "gate.yml")
_TOML_NAME = "pyproject.toml"
_TABLE = ("tool", "harness", "gate")
_MOST_BYTES = 5_000_000
_TABLE_HEAD = re.compile(r"\s*\[+\s*tool\s*\.\s*harness\s*\.\s*gate\b")
_GLOB = "*?["

Lines = Callable[[Place], int]


def _share(value: object) -> object:
    """`2%` or `0.02` as 0.02. A plain 2 is refused: it may mean either."""
    number = value
    if isinstance(value, str):
        text, per_cent, rest = value.strip().partition("%")
        try:
            number = float(text) / (100 if per_cent and not rest.strip() else 1)
        except ValueError:
            number = math.nan
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1:
        raise ValueError(f"{value!r} is no share; write 2% or 0.02")
    return float(number)


def _pattern(text: str) -> str:
    parts = text.split("/")
    if not all(parts) or len(parts) > 3:
        raise ValueError(f"{text!r} is no pattern of MODEL, MODEL/DELEGATE or MODEL/DELEGATE/THREADS")
    known = [str(each) for each in Delegate if not each.imported_only]
    if len(parts) > 1 and not any(mark in parts[1] for mark in _GLOB) and parts[1] not in known:
        near = near_matches(parts[1], known) or known
        raise ValueError(f"{parts[1]!r} is no delegate; known are {', '.join(near)}")
    if len(parts) > 2 and not any(mark in parts[2] for mark in _GLOB) and not parts[2].isdigit():
        raise ValueError(f"{parts[2]!r} is no count of threads")
    return text


Share = Annotated[float, BeforeValidator(_share)]
Threads = Annotated[int, Field(ge=1, le=1024)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Judged = Literal["size", "memory", "init", "first", "top1", "top5"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _MarginSection(_Strict):
    tolerance: Share | None = None
    target: Share | None = None

    @model_validator(mode="after")
    def _in_order(self) -> _MarginSection:
        if self.tolerance is not None and self.target is not None and self.tolerance > self.target:
            raise ValueError(f"the target {self.target:g} lies below the tolerance {self.tolerance:g}")
        return self


class _MetricSection(_MarginSection):
    judge: bool | None = None
    """false: leave this metric out."""

    def margins(self) -> Margins:
        return Margins(self.tolerance, self.target, self.judge)


class _LatencySection(_MarginSection):
    metrics: dict[Judged, _MetricSection] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _apart(self) -> _LatencySection:
        if self.tolerance is not None and self.tolerance == self.target:
            raise ValueError("tolerance and target of latency must lie apart")
        return self

    def by_metric(self) -> dict[Metric, Margins]:
        return {Metric(name): section.margins() for name, section in self.metrics.items()}


class _CellSection(_LatencySection):
    match: Pattern


class _GateSection(_LatencySection):
    inconclusive: Literal["fail", "warn", "pass"] | None = None
    unpaired: Literal["error", "warn"] | None = None
    metric: Literal["latency", "cpu-time"] | None = None
    threads: tuple[Threads, ...] | None = Field(default=None, min_length=1)
    delegates: tuple[MeasuredDelegate, ...] | None = Field(default=None, min_length=1)
    cells: tuple[_CellSection, ...] = ()


_KEYS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): tuple(_GateSection.model_fields),
    ("cells",): tuple(_CellSection.model_fields),
    ("metrics",): ("size", "memory", "init", "first", "top1", "top5"),
    ("metrics", "*"): tuple(_MetricSection.model_fields),
}
"""Known keys of the mapping at a place; `cells` and indices left out before `metrics`."""


@dataclass(frozen=True, slots=True)
class _Document:
    data: object
    line: Lines


def find_settings(folder: Path) -> GateSettings:
    """The settings of a project: of `gate.yaml` or `pyproject.toml` in the folder; none where there are none.

    Raises SettingsError where both speak of the gate.
    """
    yaml = [folder / name for name in YAML_NAMES if (folder / name).is_file()]
    toml = folder / _TOML_NAME
    if toml.is_file() and _gate_table(_load_toml(_text(toml), toml)) is not None:
        if yaml:
            raise SettingsError(
                f"{yaml[0]}:1: {_TOML_NAME} has [tool.harness.gate] too", next_step="keep one of them"
            )
        return read_settings(toml)
    if len(yaml) > 1:
        raise SettingsError(f"{yaml[1]}:1: {yaml[0].name} is there too", next_step="keep one of them")
    return read_settings(yaml[0]) if yaml else GateSettings()


def read_settings(path: Path) -> GateSettings:
    """The settings in one file, YAML or TOML by its suffix. Raises SettingsError, with `file:line:`."""
    text = _text(path)
    document = _toml(text, path) if path.suffix.lower() == ".toml" else _yaml(text, path)
    try:
        section = _GateSection.model_validate(document.data)
    except ValidationError as error:
        raise _settings_error(path, document.line, error) from error
    return _settings(section, str(path))


def _settings(section: _GateSection, source: str) -> GateSettings:
    return GateSettings(
        source=source,
        margins=Margins(section.tolerance, section.target),
        metrics=section.by_metric(),
        cells=tuple(
            CellSettings(each.match, Margins(each.tolerance, each.target), each.by_metric())
            for each in section.cells
        ),
        inconclusive=section.inconclusive,
        unpaired=section.unpaired,
        metric=Metric(section.metric) if section.metric else None,
        threads=section.threads,
        delegates=section.delegates,
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise SettingsError(f"{path}:1: larger than {_MOST_BYTES} bytes")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}:1: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}:{data[: error.start].count(10) + 1}: no UTF-8 text") from error


def _yaml(text: str, path: Path) -> _Document:
    try:
        document = parse_yaml(text)
    except YamlError as error:
        raise SettingsError(f"{path}:{error.line}: {error.message}") from error
    return _Document(document.data, document.line)


def _toml(text: str, path: Path) -> _Document:
    table = _gate_table(_load_toml(text, path))
    if table is None:
        raise SettingsError(f"{path}:1: there is no table [tool.harness.gate]")
    return _Document(table, lambda place: _toml_line(text, place))


def _load_toml(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SettingsError(f"{path}:{line[1] if line else 1}: no valid TOML: {error}") from error


def _gate_table(document: object) -> object | None:
    for name in _TABLE:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _toml_line(text: str, place: Place) -> int:
    """Where a key stands: the first `key =` or `[… key]` after the headers around it.

    The parser keeps no lines. The n-th item of a list of tables is the n-th header of that name.
    """
    lines = text.splitlines()
    at = next(
        (n for n, line in enumerate(lines) if re.match(r"\s*\[+\s*tool\s*\.\s*harness\s*\.\s*gate\b", line)),
        0,
    )
    for part, following in zip(place, (*place[1:], None), strict=True):
        if isinstance(part, int):
            continue
        here = _toml_key(str(part), of_list=isinstance(following, int))
        matches = [number for number in range(at, len(lines)) if here.match(lines[number])]
        if not matches:
            break
        nth = following if isinstance(following, int) else 0
        at = matches[min(nth, len(matches) - 1)]
    return at + 1


def _toml_key(name: str, *, of_list: bool) -> re.Pattern[str]:
    """Lines that give the key: an assignment, also inside braces, or a header."""
    word = rf"[\"']?{re.escape(name)}[\"']?"
    header = rf"\s*\[\[.*\b{word}\s*\]\]" if of_list else rf"\s*\[[^\]]*\.\s*{word}\s*[.\]]"
    return re.compile(rf"{header}|\s*{word}\s*=|.*[{{,]\s*{word}\s*=")


def _settings_error(path: Path, line: Lines, error: ValidationError) -> SettingsError:
    """The first mistake in the order of lines; unknown keys first, for a misspelt one is also missing."""
    found = sorted(
        (each["type"] != "extra_forbidden", line(tuple(each["loc"])), _sentence(each))
        for each in error.errors()
    )
    _, at, sentence = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return SettingsError(f"{path}:{at}: {sentence}{more}", next_step="docs/gate.md lists every key")


def _sentence(each: Any) -> str:  # noqa: ANN401 (pydantic's ErrorDetails, or a dict like it)
    place: Place = tuple(part for part in each["loc"] if part != "[key]")
    last = str(place[-1]) if place else ""
    if each["type"] == "extra_forbidden" or "[key]" in each["loc"]:
        known = _known(place)
        near = near_matches(last, known)
        meant = f", did you mean {' or '.join(near)}?" if near else f"; known are {', '.join(known)}"
        return f"unknown key {last!r}{meant}"
    if each["type"] == "missing":
        return f"the key {last!r} is missing"
    message = str(each["msg"]).removeprefix("Value error, ")
    where = ".".join(str(part) for part in place)
    return f"{where}: {message}" if where else message


def _known(place: Place) -> tuple[str, ...]:
    """The keys that are known where an unknown one stands."""
    around = [part for part in place[:-1] if isinstance(part, str)]
    if "metrics" in around:
        return _KEYS["metrics", "*"] if around[-1] != "metrics" else _KEYS["metrics",]
    return _KEYS[tuple(around)]
