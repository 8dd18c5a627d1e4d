"""`harness history`: data on standard output, advice beside it, exit code 0 whatever is suspected."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.stored import stored_run
from tests.integration.command import harness
from tests.results.history_rows import level_series, write_export


def test_a_suspicion_is_advice_and_no_failure(tmp_path: Path):
    export = write_export(tmp_path / "rows.json", level_series(24, at=15, step=0.06))
    done = harness("history", str(export), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "+6.0%" in done.stdout
    assert "slower since run 2026-01-16T10-00-00_local" in done.stderr
    assert "Advice, not a verdict" in done.stderr


def test_json_and_page(tmp_path: Path):
    export = write_export(tmp_path / "rows.json", level_series(24, at=15, step=0.06))
    page = tmp_path / "history.html"
    done = harness("history", str(export), "--json", "--html", str(page), cwd=tmp_path)
    document = json.loads(done.stdout)
    [series] = document["series"]
    assert (series["model"], series["threads"], series["runtime"]) == ("m", 1, "litert")
    assert series["suspected"][0]["since_run"] == "2026-01-16T10-00-00_local"
    assert "Advice" in document["advice"]
    assert "1 change suspected" in page.read_text(encoding="utf-8")


def test_run_folders_are_read_and_short_series_say_so(tmp_path: Path):
    runs = [str(stored_run(tmp_path, name=name)) for name in ("one", "two")]
    done = harness("history", *runs, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Not enough runs to look for changes (2 of 16)" in done.stderr
    assert "0 of 1 series long enough to look for changes (16 runs; the longest has 2)" in done.stderr
    assert "not looked at" in done.stdout


def test_what_is_no_run_is_a_usage_error(tmp_path: Path):
    done = harness("history", "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
