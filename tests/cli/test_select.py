from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.main import app
from harness.errors import HarnessError
from tests.cli.stored import stored_run

runner = CliRunner()


def selected(*arguments: str, exit_code: int = 0) -> dict:
    done = runner.invoke(app, ["select", *arguments, "--json"])
    assert done.exit_code == exit_code, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("limit", ["33ms", "0.033s", "33000us", "33"])
def test_a_latency_limit_is_understood_in_every_unit(tmp_path: Path, limit: str):
    answer = selected(str(stored_run(tmp_path)), "--max-latency", limit)
    assert answer["limits"] == [{"quantity": "latency", "bound": pytest.approx(33.0)}]
    assert answer["fits"] is True


def test_frames_a_second_are_a_latency_limit(tmp_path: Path):
    answer = selected(str(stored_run(tmp_path)), "--fps", "30")
    assert answer["limits"][0]["bound"] == pytest.approx(1000 / 30)


def test_the_margin_to_each_limit_is_told(tmp_path: Path):
    answer = selected(str(stored_run(tmp_path)), "--max-latency", "4ms", "--max-size", "2MB")
    [candidate] = answer["groups"][0]["ranked"]
    latency, size = candidate["margins"]
    assert latency["percent"] == pytest.approx(49.5, abs=0.2)
    assert size["percent"] == pytest.approx(50)


def test_where_nothing_fits_the_closest_is_named_with_what_it_misses(tmp_path: Path):
    answer = selected(str(stored_run(tmp_path)), "--max-latency", "1ms", exit_code=5)
    assert answer["fits"] is False
    [closest] = answer["groups"][0]["closest"]
    assert closest["missed_percent"] == pytest.approx(102, abs=0.5)
    done = runner.invoke(app, ["select", str(tmp_path / "one"), "--max-latency", "1ms"])
    assert done.exit_code == 5
    assert "none of 1 fits" in done.stdout


def test_runs_measured_apart_are_ranked_together_with_a_note(tmp_path: Path):
    runs = [str(stored_run(tmp_path, name=name, ms=ms)) for name, ms in (("one", 2.0), ("two", 9.0))]
    done = runner.invoke(app, ["select", *runs, "--objective", "latency", "--json"])
    assert "not measured side by side" in done.stderr
    ranked = json.loads(done.stdout)["groups"][0]["ranked"]
    assert [each["run"] for each in ranked] == ["one", "two"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--objective", "accurcy"], "accuracy"),
        (["--device", "pixel9"], "local"),
        (["--max-latency", "fast"], "--max-latency"),
        (["--max-size", "-1MB"], "--max-size"),
        (["--min-top1", "120"], "--min-top1"),
    ],
)
def test_a_wrong_option_is_named_with_what_would_be_right(tmp_path: Path, arguments: list[str], said: str):
    done = runner.invoke(app, ["select", str(stored_run(tmp_path)), *arguments])
    assert isinstance(done.exception, HarnessError)
    assert done.exception.exit_code == 2
    assert said in str(done.exception)
