from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from harness.cli.main import app
from harness.errors import UsageError
from tests.cli.stored import stored_run

runner = CliRunner()


def test_a_slower_run_is_called_slower_with_the_ratio_and_its_interval(tmp_path: Path):
    runs = [str(stored_run(tmp_path, name=name, ms=ms)) for name, ms in (("one", 2.0), ("two", 4.0))]
    done = runner.invoke(app, ["compare", *runs])
    assert done.exit_code == 0, done.output
    assert "slower: the machine (nothing else changed); accuracy: cannot tell" in done.stdout
    assert "not measured side by side: 1 unchanged trial took ×1.9" in done.stderr
    assert "all that differs is the machine" in done.stderr
    document = json.loads(runner.invoke(app, ["compare", *runs, "--json"]).stdout)
    [match] = document["matches"]
    assert 1.9 < match["latency_ratio"]["low"] < match["latency_ratio"]["high"] < 2.1
    assert match["latency_differs"] is True
    assert match["top1_differs"] is False
    assert match["image_by_image"] is True


def test_a_run_cannot_be_told_from_itself(tmp_path: Path):
    run = str(stored_run(tmp_path))
    done = runner.invoke(app, ["compare", run, run])
    assert "latency: cannot tell; accuracy: cannot tell" in done.stdout
    assert "side by side" not in done.stderr


def test_damaged_predictions_cost_only_the_comparison_image_by_image(tmp_path: Path):
    one, two = stored_run(tmp_path, name="one"), stored_run(tmp_path, name="two")
    for part in (two / "predictions").iterdir():
        part.unlink()
    done = runner.invoke(app, ["compare", str(one), str(two), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["matches"][0]["image_by_image"] is False
    assert "compared by interval" in done.stderr


def test_runs_without_figures_and_folders_that_are_none_are_refused(tmp_path: Path):
    from harness.results.run_folder import create_run
    from tests.results.factory import RUN

    create_run(tmp_path / "empty", RUN)
    one = str(stored_run(tmp_path))
    for other, said in (("empty", "nothing of the second has figures"), ("missing", "no run folder")):
        done = runner.invoke(app, ["compare", one, str(tmp_path / other)])
        assert isinstance(done.exception, UsageError)
        assert said in str(done.exception)


def test_what_makes_one_doubt_either_run_stands_below_their_figures(tmp_path: Path):
    runs = [str(stored_run(tmp_path, name=name)) for name in ("one", "two")]
    printed = runner.invoke(app, ["compare", *runs]).stdout
    assert "doubts about A: intervals are wide, or missing" in printed
    assert "doubts about B: intervals are wide, or missing" in printed
    doubts = json.loads(runner.invoke(app, ["compare", *runs, "--json"]).stdout)["doubts"]
    assert [each["kind"] for each in doubts["a"]] == ["wide"]
