"""Every model once, in one process, before anything is planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.latency.probe import probe_models
from harness.records.model import Model
from harness.resources import starter_path

GOOD = starter_path() / "models" / "starter_small_int8.tflite"


def model(path: Path) -> Model:
    return Model(path.stem, str(path), "0" * 64, 1)


def test_a_model_that_runs_tells_about_how_long_it_takes():
    [probe] = probe_models([model(GOOD)]).values()
    assert probe.problem is None
    assert probe.invoke_s is not None
    assert 0 < probe.invoke_s < 5


def test_a_bad_model_does_not_keep_the_next_from_being_tried(tmp_path: Path):
    bad = tmp_path / "bad.tflite"
    bad.write_bytes(b"no model at all")
    probes = probe_models([model(bad), model(GOOD)])
    assert probes["bad"].problem is not None
    assert "bad cannot be loaded" in probes["bad"].problem
    assert probes[GOOD.stem].problem is None


def test_one_process_a_crash_at_most(tmp_path: Path):
    # A process that has no time left ends; the models behind it get one of their own.
    probes = probe_models([model(GOOD), Model("again", str(GOOD), "0" * 64, 1)], timeout_s=0.001)
    assert all(probe.problem is not None and "within" in probe.problem for probe in probes.values())


@pytest.mark.parametrize("name", ["does_not_load", "fails_at_invoke", "needs_edgetpu_custom_op", "truncated"])
def test_what_only_running_reveals_is_one_sentence(assets: Path, name: str):
    [probe] = probe_models([model(assets / "odd_models" / f"{name}.tflite")]).values()
    assert probe.problem is not None
    assert probe.problem.startswith(f"{name} cannot be ")
    assert "\n" not in probe.problem
    assert len(probe.problem) < 320
