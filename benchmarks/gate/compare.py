"""Other tools' decision rules beside ours, on the same recorded launches: the table of docs/gate.md.

    .venv/bin/python benchmarks/gate/compare.py CALIBRATION… [--out table.md]

A CALIBRATION is a folder that `harness gate calibrate` made, or an archive of one
(`archive.py`, as in `recorded/`). Every figure says how many gate runs it rests on;
intervals are exact binomial ones of 95 %.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.gate.archive import opened
from benchmarks.gate.rules import PEERS, Peer, same_job, stored_baseline
from harness.gate.calibrate import CalibrationFolder
from harness.gate.record import read_record
from harness.gate.statistic import counts, invoke_ms
from harness.records.calibration import CalibrationPlan, CalibrationRun
from harness.records.gate import LaunchPair
from harness.records.vocabulary import Stage, Verdict
from harness.stats.intervals import clopper_pearson

OURS = "**harness gate**"
_STORED = "The same with A from the run before, as tools with a stored baseline do it; the gate never does:"


class Case(NamedTuple):
    """Where runs may be counted together."""

    model: str
    threads: int
    condition: str
    size: float


@dataclass
class Tally:
    """Answers of one rule over the runs of one case."""

    regressions: int = 0
    runs: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, regressed: bool, seconds: float) -> None:
        self.regressions += regressed
        self.runs += 1
        self.seconds.append(seconds)

    def merged(self, other: Tally) -> Tally:
        return Tally(
            self.regressions + other.regressions, self.runs + other.runs, [*self.seconds, *other.seconds]
        )

    def cell(self) -> str:
        """`3 of 100 (0.6–8.5 %)`."""
        if not self.runs:
            return "–"
        ends = clopper_pearson(self.regressions, self.runs)
        return f"{self.regressions} of {self.runs} ({100 * ends.low:.1f}–{100 * ends.high:.1f} %)"


@dataclass
class Comparison:
    """All tallies: by rule and case, for both ways to have a baseline."""

    same: dict[tuple[str, Case], Tally] = field(default_factory=lambda: defaultdict(Tally))
    stored: dict[tuple[str, Case], Tally] = field(default_factory=lambda: defaultdict(Tally))
    times_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    too_short: int = 0
    """Answers that could not be had because a run had fewer pairs than the tool would measure."""

    def cases(self) -> list[Case]:
        return sorted({case for _, case in self.same}, key=lambda case: (case.size, *case[:3]))


def compare(folders: Iterable[Path]) -> Comparison:
    """Every run of every calibration through every rule."""
    found = Comparison()
    for path in folders:
        with opened(path) as folder:
            _add_all(found, CalibrationFolder.open(folder))
    return found


def _add_all(found: Comparison, folder: CalibrationFolder) -> None:
    earlier: dict[str, Sequence[LaunchPair]] = {}
    for run in folder.runs():
        pairs = _pairs(folder.path / run.record)
        _add(found, folder.plan, run, pairs, earlier.get(str(run.condition)))
        if pairs:
            earlier[str(run.condition)] = pairs


def _pairs(record: Path) -> list[LaunchPair]:
    return [pair for pair in read_record(record).pairs if pair.stage is not Stage.PREFLIGHT and counts(pair)]


def _add(
    found: Comparison,
    plan: CalibrationPlan,
    run: CalibrationRun,
    pairs: Sequence[LaunchPair],
    earlier: Sequence[LaunchPair] | None,
) -> None:
    case = Case(plan.model, plan.threads, str(run.condition), run.size)
    found.same[OURS, case].add(run.verdict is Verdict.REGRESSION, run.duration_s)
    if pairs:
        found.times_ms[plan.model].append(statistics.median(invoke_ms(pair)[0] for pair in pairs))
    for peer in PEERS:
        try:
            answer = peer.regressed(same_job(peer, pairs)) if pairs else None
        except ValueError:
            answer = None
        if answer is None:
            found.too_short += 1
            continue
        found.same[peer.name, case].add(answer, _seconds(peer, pairs))
        if earlier:
            answer = peer.regressed(stored_baseline(peer, pairs, earlier))
            found.stored[peer.name, case].add(answer, _seconds(peer, pairs))


def _seconds(peer: Peer, pairs: Sequence[LaunchPair]) -> float:
    """What its launches took: half a pair each."""
    launches = min(peer.launches, len(pairs)) if peer.all_pairs else peer.launches
    return launches * statistics.fmean(pair.duration_s or math.nan for pair in pairs)


def table(found: Comparison) -> str:
    """The Markdown: false alarms, then detection by size, then cost; one column a model and condition."""
    cases = found.cases()
    blocks = [_heading(found)]
    for size in sorted({case.size for case in cases}):
        columns = [case for case in cases if case.size == size]
        what = "False alarms: A against itself" if size == 0 else f"Detection of {size:.1%} put into B"
        blocks.append(f"### {what}\n\n" + "\n".join(_rate_lines(found.same, columns)))
        blocks.append(_STORED + "\n\n" + "\n".join(_rate_lines(found.stored, columns)))
    blocks.append("### Cost\n\n" + "\n".join(_cost_lines(found)))
    return "\n\n".join(blocks) + "\n"


def _heading(found: Comparison) -> str:
    total = sum(tally.runs for (name, _), tally in found.same.items() if name == OURS)
    models = ", ".join(
        f"{model} ({statistics.median(times):.2g} ms)" for model, times in sorted(found.times_ms.items())
    )
    short = (
        f" {found.too_short} answers are missing: those runs had too few pairs." if found.too_short else ""
    )
    return (
        f"{total} complete gate runs; models {models}. In brackets the exact 95 % interval of the rate."
        + short
    )


def _rate_lines(tallies: Mapping[tuple[str, Case], Tally], columns: Sequence[Case]) -> Iterator[str]:
    yield _line(["rule", *map(_title, columns)])
    yield _line(["---"] * (1 + len(columns)))
    for name in (OURS, *(peer.name for peer in PEERS)):
        cells = [tallies.get((name, case), Tally()).cell() for case in columns]
        if name != OURS or any(tallies.get((name, case)) for case in columns):
            yield _line([name, *cells])


def _title(case: Case) -> str:
    threads = "1 thread" if case.threads == 1 else f"{case.threads} threads"
    return f"{case.model}, {threads}, {case.condition}"


def _cost_lines(found: Comparison) -> Iterator[str]:
    yield _line(["rule", "decides by", "processes a side, at most", "median seconds of measuring", "runs"])
    yield _line(["---"] * 5)
    ours = _all(found, OURS)
    yield _line([OURS, "two margins, looks, exact signed rank", "10 to 85", _median_s(ours), str(ours.runs)])
    for peer in PEERS:
        own = _all(found, peer.name)
        yield _line([peer.name, peer.says, str(peer.launches), _median_s(own), str(own.runs)])


def _all(found: Comparison, name: str) -> Tally:
    total = Tally()
    for (each, _), tally in found.same.items():
        if each == name:
            total = total.merged(tally)
    return total


def _median_s(tally: Tally) -> str:
    return f"{statistics.median(tally.seconds):.3g}" if tally.seconds else "–"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("calibrations", nargs="+", type=Path, metavar="CALIBRATION")
    parser.add_argument("--out", type=Path, help="write the Markdown here, not to standard output")
    arguments = parser.parse_args()
    text = table(compare(arguments.calibrations))
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
