"""Medians of `harness run` beside busy processes, against those of quiet minutes around them.

    .venv/bin/python benchmarks/run_under_load.py [MODEL.tflite …]

It brings its own load: processes that only compute. Of the models given (else the bundled ones and
those below HARNESS_TEST_ASSETS) it takes the three that come nearest to 0.4, 3 and 15 ms. Quiet runs
before, between and after the busy ones are the truth; how much others computed during them is printed,
and how far they lie apart. About nine minutes on two CPUs. The results stand in docs/statistics.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from harness.latency.probe import probe_models
from harness.resources import starter_path
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import resolve_models

WANTED_MS = (0.4, 3.0, 15.0)
LOADS = (2, 6)
# The goal: how far a median may lie from the truth, by threads.
GOAL = {1: 0.03, 2: 0.10}
# Others must leave a quiet run alone: share of all CPUs.
QUIET = 0.03

BURN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    sum(range(20000))"

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of one run by model and threads, and the share of all CPUs that others used meanwhile."""

    rows: dict[Key, dict[str, Any]]
    others: float


def nearest(paths: Sequence[str]) -> list[str]:
    """The paths whose one-thread time comes nearest to those wanted."""
    models = resolve_models(list(paths), load_zoo())
    probes = probe_models(models, runtime="litert", on_model=lambda name: None)
    times = {model.path: (probes[model.name].invoke_s or math.nan) * 1e3 for model in models}
    known = {path: ms for path, ms in times.items() if ms > 0}
    chosen: list[str] = []
    for wanted in WANTED_MS:
        left = {path: ms for path, ms in known.items() if path not in chosen}
        chosen.append(min(left, key=lambda path: abs(math.log(left[path] / wanted))))
    return chosen


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes compute within the block."""
    burning = [subprocess.Popen([sys.executable, "-c", BURN, str(os.getpid())]) for _ in range(processes)]
    try:
        yield
    finally:
        for each in burning:
            each.kill()
            each.wait()


def measure(models: Sequence[str], out: Path, processes: int) -> Made:
    """One `harness run` beside so many busy processes."""
    command = [sys.executable, "-m", "harness", "run", "--only", "latency", "--threads", "1,2"]
    command += ["--launches", "5", "--json", "--quiet", "--out", str(out)]
    command += [word for model in models for word in ("--models", model)]
    with busy(processes):
        before, own_before = psutil.cpu_times(), os.times()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        after, own_after = psutil.cpu_times(), os.times()
    if not done.stdout:
        sys.exit(f"harness run failed: {done.stderr[-2000:]}")
    elapsed = sum(after) - sum(before)
    used = elapsed - (after.idle - before.idle) - (getattr(after, "iowait", 0) - getattr(before, "iowait", 0))
    own = sum(own_after[:4]) - sum(own_before[:4])
    rows = {(row["model"], row["threads"]): row for row in json.loads(done.stdout)}
    return Made(rows, max(0.0, used - own) / elapsed)


def truth_of(quiet: Sequence[Made], key: Key) -> tuple[float, float]:
    """The median of the quiet runs, and how far they lie apart, relative to it."""
    medians = [made.rows[key]["latency_ms"]["median"] for made in quiet if made.rows[key]["status"] == "ok"]
    if not medians:
        return math.nan, math.nan
    middle = statistics.median(medians)
    return middle, (max(medians) - min(medians)) / middle


def lines(quiet: Sequence[Made], loaded: dict[int, Made]) -> Iterator[str]:
    """The table of docs/statistics.md."""
    yield "| busy | model | threads | quiet ms (apart) | told ms | off by | on the clock | status | goal |"
    yield "|---:|---|---:|---:|---:|---:|---:|---|---|"
    for processes, made in loaded.items():
        for key, row in sorted(made.rows.items(), key=lambda each: (each[0][1], truth_of(quiet, each[0]))):
            truth, apart = truth_of(quiet, key)
            told, wall = row["latency_ms"]["median"], row["wall_ms"]["median"]
            off, off_wall = told / truth - 1, wall / truth - 1
            marked = row["status"] != "ok"
            kept = "marked" if marked else "kept" if abs(off) <= GOAL[key[1]] else "MISSED"
            yield (
                f"| {processes} | {key[0]} | {key[1]} | {truth:.3f} ({apart:.1%}) | {told:.3f} | {off:+.1%} |"
                f" {off_wall:+.0%} | {row['status']} | {kept} |"
            )


def candidates() -> list[str]:
    """The bundled models, and those of the test material."""
    folders = [starter_path() / "models"]
    if "HARNESS_TEST_ASSETS" in os.environ:
        folders.append(Path(os.environ["HARNESS_TEST_ASSETS"]) / "models")
    return [str(path) for folder in folders for path in sorted(folder.glob("*.tflite"))]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", metavar="MODEL.tflite")
    given = parser.parse_args().models
    models = nearest(given or candidates())
    quiet, loaded = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for processes in (0, *(each for load in LOADS for each in (load, 0))):
            made = measure(models, Path(folder), processes)
            print(f"{processes} busy processes: others used {made.others:.1%} of the CPUs", file=sys.stderr)
            if processes:
                loaded[processes] = made
            else:
                quiet.append(made)
    alone = [made for made in quiet if made.others <= QUIET]
    print("\n".join(lines(alone or quiet, loaded)))
    if len(alone) < 2:
        sys.exit(f"{len(alone)} of {len(quiet)} quiet runs were quiet: these figures prove nothing")


if __name__ == "__main__":
    main()
