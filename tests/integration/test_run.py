"""The main job from the command line, on the bundled models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.command import QUICK, exported, harness, launches, only_run

TWO = ["--models", "starter_small_*8", "--models", "starter_small_float32"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    done = harness("run", *TWO, "--subset", "64", "--threads", "1,2", *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    return only_run(folder)


def test_the_run_folder_holds_what_the_documentation_says(finished: Path):
    names = {path.name for path in finished.iterdir()}
    assert {"run.json", "measurements.jsonl", "report.html", "summary.md", "logs"} <= names
    assert {"predictions.parquet", "predictions.csv.gz"} & names


def test_every_trial_has_a_row_with_latency_and_accuracy(finished: Path):
    rows = exported(finished)
    assert len(rows) == 4
    for row in rows:
        assert row["status"] == "ok", row["reason"]
        assert row["delegate_requested"] == row["delegate_actual"] == "cpu"
        assert row["launches"] == 2
        assert 0 < row["latency_ms"]["min"] <= row["latency_ms"]["median"] <= row["latency_ms"]["p99"]
        assert 0 <= row["top1_low"] <= row["top1"] <= row["top1_high"] <= 1
        assert row["top1"] <= row["top5"]
        assert row["images"] == 64
        assert row["runtime_version"]


def test_every_figure_can_be_traced_to_raw_samples(finished: Path):
    rows = {row["trial"]: row for row in exported(finished)}
    journal = launches(finished)
    for key, row in rows.items():
        of_trial = [launch for launch in journal if launch["trial"] == key]
        assert row["samples"] == sum(len(launch["samples_ns"]) for launch in of_trial)
        fastest_ns = min(ns for launch in of_trial for ns in launch["samples_ns"])
        assert row["wall_ms"]["min"] == pytest.approx(fastest_ns / 1e6)
        # Without the wait for a CPU, and without what others left in the caches.
        own = {
            max(wall - wait, min(cpu, wall)) / 1e6
            for launch in of_trial
            for wall, cpu, wait in zip(
                launch["samples_ns"],
                launch["cpu_ns"],
                launch["wait_ns"] or [0] * len(launch["cpu_ns"]),
                strict=True,
            )
        }
        assert row["latency_ms"]["min"] in own
        assert all(len(launch["cpu_ns"]) == len(launch["samples_ns"]) for launch in of_trial)
        assert all(launch["warmup_ns"] for launch in of_trial)


def test_trials_are_interleaved_in_rounds(finished: Path):
    rounds = [launch["round"] for launch in launches(finished)]
    assert rounds == sorted(rounds)
    assert rounds.count(0) == rounds.count(1) == 4


def test_json_of_a_run_is_that_of_its_export(tmp_path: Path):
    done = harness(
        "run", "--models", "starter_small_int8", "--only", "latency", "--json", *QUICK, cwd=tmp_path
    )
    assert json.loads(done.stdout) == exported(only_run(tmp_path))


def test_a_plan_measures_and_writes_nothing(tmp_path: Path):
    done = harness("run", "--plan", "--json", cwd=tmp_path)
    plan = json.loads(done.stdout)
    assert done.returncode == 0
    assert len(plan["trials"]) == 12
    assert plan["estimated_s"] > 0
    assert not any(tmp_path.iterdir())


def test_only_accuracy_gives_rows_without_latency(tmp_path: Path):
    done = harness(
        "run", "--models", "starter_small_int8", "--only", "accuracy", "--subset", "32", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    [row] = exported(only_run(tmp_path))
    assert row["latency_ms"] is None
    assert row["top1"] is not None


def test_a_real_image_can_be_the_input(tmp_path: Path):
    from harness.resources import starter_path

    image = next((starter_path() / "val" / "images").iterdir())
    done = harness(
        "run",
        "--models",
        "starter_small_int8",
        "--only",
        "latency",
        "--input",
        str(image),
        *QUICK,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert {launch["input_description"] for launch in launches(only_run(tmp_path))} == {f"image {image.name}"}


def test_the_subset_is_reproducible_and_the_seed_changes_it(tmp_path: Path):
    def images(folder: str, seed: int) -> list[str]:
        where = tmp_path / folder
        where.mkdir()
        arguments = ["--models", "starter_small_int8", "--only", "accuracy", "--subset", "16"]
        assert harness("run", *arguments, "--seed", str(seed), cwd=where).returncode == 0
        import pandas as pd

        run = only_run(where)
        return sorted(pd.read_parquet(run / "predictions.parquet")["image"])

    first = images("first", 1)
    assert len(first) == 16
    assert images("again", 1) == first
    assert images("other", 2) != first


def test_the_report_can_be_made_again_without_the_models(finished: Path, tmp_path: Path):
    done = harness("report", str(finished), "--out", str(tmp_path / "again.html"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.html").stat().st_size > 100_000


def test_selecting_from_a_run_prints_candidates(finished: Path, tmp_path: Path):
    done = harness("select", str(finished), "--max-latency", "1s", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
