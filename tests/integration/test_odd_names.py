"""Files and folders with names that are no UTF-8, or no one line: measured, kept, or named as the problem."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from harness.records.printable_names import escape_name
from harness.resources import starter_path
from harness.results.run_folder import open_run
from tests.integration.command import QUICK, exported, harness, only_run

MODEL = starter_path() / "models" / "starter_small_int8.tflite"
ODD = [os.fsdecode(b"caf\xe9\xff.png"), "a\rb\n.png", "c\u2028\u2029\x85\x0b\x0c.png", "\\u2028.png"]


@pytest.fixture
def odd_set(tmp_path: Path) -> Path:
    """One image a class of the bundled set, under odd names, in a folder with an odd name."""
    root, source = tmp_path / os.fsdecode(b"set\xff"), starter_path() / "val"
    classes = (starter_path() / "labels.txt").read_text().splitlines()
    first: dict[str, str] = {}
    for line in (source / "val.txt").read_text().splitlines():
        file, index = line.split()
        first.setdefault(index, file)
    for number, name in enumerate(classes):
        folder = root / name
        folder.mkdir(parents=True)
        shutil.copy(source / "images" / first[str(number)], folder / ODD[number % len(ODD)])
    (root / classes[0] / os.fsdecode(b"\xfebroken.png")).write_bytes(b"no image")
    return root


def test_a_model_whose_name_is_no_utf8_is_a_problem_and_the_others_are_measured(tmp_path: Path):
    bad = tmp_path / os.fsdecode(b"bad\xff.tflite")
    shutil.copy(MODEL, bad)
    done = harness(
        "run", "--models", str(bad), "--models", str(MODEL), "--only", "latency", *QUICK, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert "bad\\xff.tflite has a name that is no UTF-8" in done.stderr
    run = only_run(tmp_path)
    statuses = {row["model"]: row["status"] for row in exported(run)}
    assert statuses == {"bad\\xff": "failed", "starter_small_int8": "ok"}
    resumed = harness("run", "--resume", str(run), cwd=tmp_path)
    assert resumed.returncode == 1
    assert "changed" not in resumed.stderr
    for name in ("report.html", "summary.md"):
        assert "bad\\xff" in (run / name).read_text(encoding="utf-8").replace("\\\\", "\\")


def test_alone_it_is_refused_in_one_sentence(tmp_path: Path):
    bad = tmp_path / os.fsdecode(b"bad\xff.tflite")
    shutil.copy(MODEL, bad)
    done = harness("run", "--models", str(bad), *QUICK, cwd=tmp_path)
    assert done.returncode == 2
    assert "rename it" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()


def test_images_keep_their_accuracy_whatever_they_are_called(tmp_path: Path, odd_set: Path):
    arguments = ["--models", str(MODEL), "--dataset", str(odd_set), "--only", "accuracy", *QUICK]
    done = harness("run", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = only_run(tmp_path)
    [row] = exported(run)
    assert (row["status"], row["images"], row["dataset"]) == ("ok", 16, "set\\xff")
    folder = open_run(run)
    [evaluation] = folder.evaluations()
    images = [each.image for each in folder.predictions(evaluation)]
    assert sorted({os.path.basename(each) for each in images}) == sorted(ODD)  # noqa: PTH119
    assert [file.rpartition("/")[2] for file, _ in evaluation.excluded] == ["\\xfebroken.png"]
    assert all(os.path.exists(odd_set / each) for each in images)  # noqa: PTH110
    [table] = [each for each in run.glob("predictions.*") if each.is_file()]
    if table.suffix == ".parquet":
        import pyarrow.parquet as pq

        stored = pq.read_table(table)["image"].to_pylist()
    else:
        stored = [
            line.split(",")[5] for line in gzip.decompress(table.read_bytes()).decode().splitlines()[1:]
        ]
    assert stored == [escape_name(each) for each in images]
    assert harness("report", str(run), cwd=tmp_path).returncode == 0


def test_an_evaluation_that_was_lost_is_made_again(tmp_path: Path, odd_set: Path):
    arguments = ["--models", str(MODEL), "--dataset", str(odd_set), "--only", "accuracy", *QUICK]
    assert harness("run", *arguments, cwd=tmp_path).returncode == 0
    run = only_run(tmp_path)
    (run / "evaluations.jsonl").unlink()
    resumed = harness("run", "--resume", str(run), cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads((run / "evaluations.jsonl").read_text())["images"] == 16
