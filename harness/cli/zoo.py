"""`harness zoo`: list, show, check, inspect and fetch models."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.console import data_console
from harness.cli.options import JsonInsteadOfTable
from harness.cli.zoo_add import ADD_EXAMPLES, add
from harness.cli.zoo_fetch import FETCH_EXAMPLES, LOCK_EXAMPLES, fetch, lock
from harness.cli.zoo_preprocess import PREPROCESS_EXAMPLES, preprocess
from harness.cli.zoo_quantize import QUANTIZE_EXAMPLES, quantize
from harness.cli.zoo_view import (
    COLUMNS,
    DEFAULT_COLUMNS,
    aligned,
    check_rows,
    check_summary,
    group_rows,
    list_row,
    show_lines,
)

if TYPE_CHECKING:
    from harness.records.model import ModelFacts
    from harness.zoo.registry import Zoo
    from harness.zoo.zoo_file import ZooItem

__all__ = ["zoo_app"]

zoo_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
zoo_app.command("add", epilog=ADD_EXAMPLES)(add)
zoo_app.command("fetch", epilog=FETCH_EXAMPLES)(fetch)
zoo_app.command("preprocess", epilog=PREPROCESS_EXAMPLES)(preprocess)
zoo_app.command("quantize", epilog=QUANTIZE_EXAMPLES)(quantize)
zoo_app.command("lock", epilog=LOCK_EXAMPLES)(lock)


_LIST_EXAMPLES = """Examples:

  harness zoo list

  harness zoo list --groups

  harness zoo list @mobilenet_v2 --columns name,top-1,top-5,digest

  harness zoo list @quantized 'mobilenet_v2_*' --json
"""
_SHOW_EXAMPLES = """Examples:

  harness zoo show starter_small_int8

  harness zoo show starter_small_int8 --json
"""
_CHECK_EXAMPLES = """Examples:

  harness zoo check                  the bundled zoo and your own, with their local files

  harness zoo check my_zoo.yaml      one file only

  harness zoo check -v               every entry, and those without a digest
"""
_INSPECT_EXAMPLES = """Examples:

  harness zoo inspect model.tflite

  harness zoo inspect ./-odd\\ name.tflite --json
"""
_SCHEMA_EXAMPLES = """Examples:

  harness zoo schema > zoo.schema.json
"""


@zoo_app.command("list", epilog=_LIST_EXAMPLES)
def list_models(
    specs: Annotated[
        list[str] | None, typer.Argument(metavar="[SPEC]...", help="Names, globs or @groups; all by default.")
    ] = None,
    columns: Annotated[str | None, typer.Option(help=f"Comma-separated, of: {', '.join(COLUMNS)}.")] = None,
    groups: Annotated[
        bool, typer.Option("--groups", help="The groups, with how many models each has.")
    ] = False,
    as_json: JsonInsteadOfTable = False,
) -> None:
    """List the models of the zoo.

    `from` is where a file comes from: `file` (on this computer), `web`, `browser` (only a person
    can fetch it), `gone` (its address no longer answers). `~` marks a size as the publisher rounds it.
    """
    from harness.zoo.registry import load_zoo

    zoo = load_zoo()
    if groups:
        _print_groups(zoo, as_json=as_json)
        return
    found = {item.entry.name: item for spec in specs or ["*"] for item in _search(zoo, spec)}
    items = list(found.values())
    if as_json:
        _print_json([_entry_data(item) for item in items])
        return
    titles = tuple(each.strip() for each in columns.split(",")) if columns else DEFAULT_COLUMNS
    for line in aligned(titles, [list_row(item, titles) for item in items]):
        typer.echo(line)
    typer.echo(f"{len(items)} models; harness zoo list --groups names the groups", err=True)


def _print_groups(zoo: Any, *, as_json: bool) -> None:  # noqa: ANN401 (its type would import the zoo)
    if as_json:
        _print_json(zoo.groups())
    else:
        _print_table(("group", "models", "such as"), group_rows(zoo))


def _search(zoo: Any, spec: str) -> tuple[ZooItem, ...]:  # noqa: ANN401 (its type would import the zoo)
    # A zoo without entries has nothing for "*", and that is no mistake of the user.
    found: tuple[ZooItem, ...] = zoo.match(spec) if spec == "*" else zoo.search(spec)
    return found


@zoo_app.command("show", epilog=_SHOW_EXAMPLES)
def show_model(
    name: Annotated[str, typer.Argument(help="Name of a model of the zoo.")],
    as_json: JsonInsteadOfTable = False,
) -> None:
    """Show everything the zoo knows of one model."""
    from harness.zoo.registry import load_zoo

    zoo = load_zoo()
    data = {**_entry_data(zoo.find(name)), **_known_input(zoo, name)}
    if as_json:
        _print_json(data)
        return
    _print_pairs(show_lines(data))


def _known_input(zoo: Zoo, name: str) -> dict[str, Any]:
    """How the model takes its pixels, where its file is here to be looked at."""
    from dataclasses import asdict

    from harness.zoo.locate import is_local
    from harness.zoo.resolve import resolve_models

    if not is_local(zoo.find(name)):
        return {}
    (model,) = resolve_models([name], zoo)
    return {"input_convention": asdict(model.input_convention)} if model.input_convention else {}


def _entry_data(item: ZooItem) -> dict[str, Any]:
    data = item.entry.model_dump(mode="json", exclude_none=True)
    data["groups"] = list(item.entry.all_groups)
    return {**data, "defined_in": f"{item.file}:{item.line}"}


@zoo_app.command("check", epilog=_CHECK_EXAMPLES)
def check(
    file: Annotated[Path | None, typer.Argument(help="A zoo file; without it the whole zoo.")] = None,
    every: Annotated[
        bool, typer.Option("--verbose", "-v", help="Every entry, and those without a digest by name.")
    ] = False,
    as_json: JsonInsteadOfTable = False,
) -> None:
    """Validate zoo files: every entry against its file where it is here, its own facts, and the others.

    Names are held against input sizes, quantization and sizes; digests and addresses against
    those of the other entries.
    """
    from dataclasses import asdict

    from harness.errors import ZooError
    from harness.zoo.check import check_items
    from harness.zoo.registry import load_zoo
    from harness.zoo.zoo_file import read_zoo_file

    items = read_zoo_file(file) if file is not None else tuple(load_zoo().items.values())
    findings = check_items(items)
    if as_json:
        _print_json([asdict(finding) for finding in findings])
    else:
        _print_table(("name", "digest", "result"), check_rows(findings, every=every))
        for line in check_summary(findings, every=every):
            typer.echo(line)
    bad = [finding.name for finding in findings if finding.problems]
    if bad:
        raise ZooError(f"{len(bad)} of {len(findings)} entries are not right: {', '.join(bad)}")


@zoo_app.command("inspect", epilog=_INSPECT_EXAMPLES)
def inspect(
    file: Annotated[Path, typer.Argument(help="A .tflite file.")], as_json: JsonInsteadOfTable = False
) -> None:
    """Say what a .tflite file holds, without running it."""
    from dataclasses import asdict

    from harness.zoo.classifier import classifier_problem
    from harness.zoo.input_convention import convention_of
    from harness.zoo.inspect import inspect_model, runtime_problem
    from harness.zoo.score_form import score_sentences

    facts = inspect_model(file)
    convention = convention_of(facts, None)[1]
    cannot_run, no_classifier = runtime_problem(facts), classifier_problem(facts)
    if as_json:
        told = {"input_convention": asdict(convention)}
        _print_json({**asdict(facts), **told, "cannot_run": cannot_run, "no_classifier": no_classifier})
        return
    _print_pairs(_fact_lines(facts))
    said = [*([convention.conflict] if convention.conflict else []), *convention.form_assumed]
    said += score_sentences(facts) if no_classifier is None else []
    _print_pairs([("pixels", str(convention)), *(("note", each) for each in said)])
    if cannot_run is not None:
        typer.echo(f"cannot run here: it {cannot_run}")
    if no_classifier is not None:
        typer.echo(f"not an image classifier: {no_classifier}")


def _fact_lines(facts: ModelFacts) -> list[tuple[str, Any]]:
    macs = f"{facts.macs / 1e6:.1f} million" if facts.macs is not None else "unknown"
    normalization = facts.normalization and "mean {}, std {}".format(*map(_channels, facts.normalization))
    labels = facts.labels and f"{len(facts.labels)}: {'; '.join(facts.labels[:3])}; …"
    lines: list[tuple[str, Any]] = [
        ("sha256", facts.sha256),
        ("size", f"{facts.size_bytes} bytes ({facts.size_bytes / 1e6:.2f} MB)"),
        *((f"input {index}", _tensor(each)) for index, each in enumerate(facts.inputs)),
        *((f"output {index}", _tensor(each)) for index, each in enumerate(facts.outputs)),
        ("quantization", str(facts.quantization)),
        ("multiply-accumulates", macs),
        ("parameters", f"{facts.parameters / 1e6:.3f} million"),
        ("operators", ", ".join(f"{count} {name}" for name, count in facts.operators)),
        ("custom operators", ", ".join(facts.custom_operators)),
        ("output computed by", facts.head),
        ("name", facts.metadata_name),
        ("description", facts.description),
        ("normalization", normalization),
        ("class names", labels),
        *(("note", note) for note in facts.notes),
    ]
    return [(key, value) for key, value in lines if value]


def _channels(values: Sequence[float]) -> str:
    return " ".join(f"{each:g}" for each in values)


def _tensor(tensor: Any) -> str:  # noqa: ANN401 (TensorFacts, whose import would not be light)
    shape = "x".join("?" if size < 0 else str(size) for size in tensor.shape) or "scalar"
    scale = f", scale {tensor.scale:.6g}, zero point {tensor.zero_point}" if tensor.scale is not None else ""
    return f"{tensor.name or '(unnamed)'}: {shape} {tensor.dtype}{scale}"


@zoo_app.command("schema", epilog=_SCHEMA_EXAMPLES)
def schema() -> None:
    """Print the JSON Schema of zoo files, for editors."""
    from harness.zoo.schema import json_schema

    _print_json(json_schema())


def _print_json(data: Any) -> None:  # noqa: ANN401 (whatever json takes)
    typer.echo(json.dumps(data, indent=2, ensure_ascii=True))


def _print_table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for index, title in enumerate(titles):
        # The name is what one copies: it stays in one piece.
        table.add_column(title, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*row)
    data_console().print(table)


def _print_pairs(pairs: Sequence[tuple[str, Any]]) -> None:
    """One line each, never wrapped: a digest must stay in one piece for whoever greps it."""
    for key, value in pairs:
        typer.echo(f"{key:<22}{value if isinstance(value, str) else json.dumps(value)}")
