"""`harness select`: the best models of finished runs under limits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.correctness import correctness_of
from harness.cli.exit_codes import NOTHING_USABLE
from harness.cli.selection import print_selection, selection_document

if TYPE_CHECKING:
    from harness.choose.candidates import Objective, Pool
    from harness.results.run_folder import RunFolder

__all__ = ["SELECT_EXAMPLES", "select"]

SELECT_EXAMPLES = """Examples:

  harness select reports/2026-11-23T10-15-00_local --fps 30

  harness select RUN --max-size 5MB --min-top1 60 --objective latency

  harness select RUN RUN --max-latency 33ms --device pixel4 --json

A limit is kept "certainly" where the whole 95 % interval keeps it. Candidates that share a rank (=1)
cannot be told apart by what was measured. The exit code is 5 where no candidate keeps every limit.
"""

# The question is often asked about a phone that somebody else has.
_OTHER_DEVICE = (
    "leave out --device. For a device you do not have: harness import LOG… --device NAME --accuracy RUN,"
    " with what benchmark_model printed there"
)

Runs = Annotated[list[Path], typer.Argument(metavar="RUN…", help="Folders of finished runs.")]
MaxLatency = Annotated[
    str | None, typer.Option("--max-latency", metavar="TIME", help="33ms, 0.033s, 500us; plain: ms.")
]
Fps = Annotated[str | None, typer.Option("--fps", metavar="N", help="Frames a second: 1000/N ms at most.")]
MaxSize = Annotated[
    str | None, typer.Option("--max-size", metavar="SIZE", help="5MB, 800KB, 4MiB; plain: bytes.")
]
MinTop1 = Annotated[
    str | None, typer.Option("--min-top1", metavar="PERCENT", help="60, 60% or 0.6 (up to 1: a fraction).")
]
MinTop5 = Annotated[str | None, typer.Option("--min-top5", metavar="PERCENT", help="As --min-top1.")]
DeviceOption = Annotated[str | None, typer.Option("--device", metavar="NAME", help="Only of this device.")]
ObjectiveOption = Annotated[
    str | None,
    typer.Option(
        "--objective",
        metavar="accuracy|latency|size",
        help="What the best is best at. [default: accuracy, or latency where none was measured]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def select(
    runs: Runs,
    max_latency: MaxLatency = None,
    fps: Fps = None,
    max_size: MaxSize = None,
    min_top1: MinTop1 = None,
    min_top5: MinTop5 = None,
    device: DeviceOption = None,
    objective: ObjectiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the best models of finished runs under limits.

    Devices and data sets are chosen from separately; runtimes, delegates and
    thread counts of one device compete with each other.
    """
    from harness.choose.constraints import parse_limits
    from harness.choose.select import select as choose

    limits = parse_limits(
        max_latency=max_latency, fps=fps, max_size=max_size, min_top1=min_top1, min_top5=min_top5
    )
    wanted = _objective(objective)
    pool = _of_device(_load(runs), device)
    selection = choose(pool.candidates, limits, wanted or _default_objective(pool))
    excluded = (*pool.excluded, *selection.excluded)
    if as_json:
        document = selection_document(selection, excluded)
        typer.echo(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False))
    else:
        print_selection(selection, excluded)
    if not selection.fits:
        raise typer.Exit(NOTHING_USABLE)


def _objective(name: str | None) -> Objective | None:
    from harness.choose.candidates import Objective
    from harness.errors import UnknownNameError

    if name is None:
        return None
    try:
        return Objective(name.lower())
    except ValueError:
        known = [str(each) for each in Objective]
        raise UnknownNameError("objective", name, known, list_command="harness select --help") from None


def _default_objective(pool: Pool) -> Objective:
    from harness.choose.candidates import Objective

    scored = any(each.top1 is not None for each in pool.candidates)
    return Objective.ACCURACY if scored else Objective.LATENCY


def _load(paths: Sequence[Path]) -> Pool:
    """The candidates of all runs; a folder given twice counts once."""
    from dataclasses import replace

    from harness.choose.candidates import Pool, pool_of
    from harness.results.run_folder import open_run

    folders = [open_run(path) for path in {path.resolve(): path for path in paths}.values()]
    names = Counter(folder.run.name for folder in folders)
    devices = _device_names(folders)
    pools = []
    for folder, device_names in zip(folders, devices, strict=True):
        rows = folder.rows()
        if names[folder.run.name] > 1:
            rows = tuple(replace(row, run=str(folder.path)) for row in rows)
        pools.append(pool_of(rows, correctness_of(folder), device_names=device_names))
    pool = Pool(
        tuple(each for one in pools for each in one.candidates),
        tuple(each for one in pools for each in one.excluded),
    )
    _warn_of_sessions(pool)
    return pool


def _device_names(folders: Sequence[RunFolder]) -> list[dict[str, str]]:
    """For every run the names its devices go by: with the run's name where two runs mean different ones."""
    meant: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for folder in folders:
        for name, facts in folder.run.provenance.devices:
            meant.setdefault(name, set()).add(_hardware(facts))
    return [
        {name: f"{name} of {folder.run.name}" for name, several in meant.items() if len(several) > 1}
        for folder in folders
    ]


def _hardware(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What makes two devices different ones; an update of the system or of Python does not."""
    return tuple(sorted((name, value) for name, value in facts if name not in ("python", "system")))


def _warn_of_sessions(pool: Pool) -> None:
    from harness.choose.candidates import by_group

    for group, members in by_group(pool.candidates).items():
        runs = {each.row.run for each in members}
        if len(runs) > 1:
            typer.echo(
                f"note: {len(runs)} runs on {group.device} are ranked together although they were not"
                " measured side by side; a few per cent between runs may be the machine's",
                err=True,
            )


def _of_device(pool: Pool, device: str | None) -> Pool:
    from harness.choose.candidates import Pool
    from harness.errors import UnknownNameError

    if device is None:
        return pool
    known = {each.row.device for each in pool.candidates} | {each.row.device for each in pool.excluded}
    if device not in known:
        raise UnknownNameError("device of these runs", device, known, list_command=_OTHER_DEVICE)
    return Pool(
        tuple(each for each in pool.candidates if each.row.device == device),
        tuple(each for each in pool.excluded if each.row.device == device),
    )
