"""A baseline names models by digest; one that cannot be found advises and decides nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import RunFolderError, UsageError
from harness.gate.baseline import find_baseline, keep_models, make_baseline, read_baseline, write_baseline
from harness.gate.prepare import GateRequest, Sources, prepare_gate
from harness.records.baseline import AdviceOnly, Baseline, BaselineModel, Rerunnable
from harness.records.model import Model
from harness.records.vocabulary import Status
from harness.resources import starter_path
from harness.results.rows import build_rows
from harness.zoo.fetch.cache import Cache, digest_of
from harness.zoo.locate import locate
from harness.zoo.registry import Zoo, load_zoo
from tests.results.factory import RUN, TRIAL, evaluation, launch

STARTER = starter_path() / "models" / "starter_small_float32.tflite"
NO_ZOO = Zoo({})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "models" / "mine.tflite"
    path.parent.mkdir()
    shutil.copyfile(STARTER, path)
    return path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def baseline_of(path: Path, *, status: Status = Status.OK) -> Baseline:
    """A baseline of one model that was measured at 2 ms, saved in the folder above the model's."""
    digest = digest_of(path)
    model = Model("mine", str(path), digest, path.stat().st_size)
    run = replace(RUN, models=(model,), trials=(replace(TRIAL, model="mine", sha256=digest),))
    launches = [
        replace(launch(index, status=status, reason="it broke"), trial=run.trials[0].key)
        for index in range(3)
    ]
    evaluations = [replace(evaluation(), model="mine", sha256=digest)]
    return make_baseline(run, build_rows(run, launches, evaluations), folder=path.parents[1])


def found(baseline: Baseline, folder: Path, cache: Cache, zoo: Zoo = NO_ZOO) -> Rerunnable | AdviceOnly:
    [each] = find_baseline(baseline, zoo, cache, folder=folder, locate=locate)
    return each


def test_it_names_digest_portable_path_and_figures(model: Path):
    [saved] = baseline_of(model).models
    assert (saved.name, saved.path, saved.sha256) == ("mine", "models/mine.tflite", digest_of(model))
    [figures] = saved.figures
    assert figures.latency_ms == pytest.approx(2.0, abs=0.02)
    assert (figures.top1, figures.images, figures.runtime_version) == (0.7, 10, "2.3.0")


def test_it_is_read_as_it_was_written(model: Path, tmp_path: Path):
    baseline = baseline_of(model)
    write_baseline(tmp_path / "baseline.json", baseline)
    assert read_baseline(tmp_path / "baseline.json") == baseline


def test_the_file_at_its_path_comes_first(model: Path, tmp_path: Path, cache: Cache):
    each = found(baseline_of(model), tmp_path, cache)
    assert isinstance(each, Rerunnable)
    assert (each.found_in, each.model.name, each.model.path) == ("path", "mine", str(model))


def test_another_checkout_has_it_at_the_same_place(model: Path, tmp_path: Path, cache: Cache):
    other = tmp_path / "elsewhere"
    shutil.copytree(model.parent, other / "models")
    baseline = baseline_of(model)
    model.unlink()
    assert isinstance(found(baseline, other, cache), Rerunnable)


def test_a_kept_model_outlives_a_new_one_at_its_path(model: Path, tmp_path: Path, cache: Cache):
    baseline = baseline_of(model)
    assert keep_models(baseline, cache, folder=tmp_path) == ()
    shutil.copyfile(STARTER.with_name("starter_small_int8.tflite"), model)
    each = found(baseline, tmp_path, cache)
    assert isinstance(each, Rerunnable)
    assert (each.found_in, each.model.name) == ("cache", "mine")
    assert each.model.sha256 == baseline.models[0].sha256


def test_a_model_that_changed_before_it_was_saved_cannot_be_kept(model: Path, tmp_path: Path, cache: Cache):
    baseline = baseline_of(model)
    model.write_bytes(b"another")
    assert keep_models(baseline, cache, folder=tmp_path) == ("mine",)


def test_the_zoo_has_it_by_digest(model: Path, tmp_path: Path, cache: Cache):
    baseline = baseline_of(model)
    model.unlink()
    each = found(baseline, tmp_path, cache, load_zoo([]))
    assert isinstance(each, Rerunnable)
    assert each.found_in == "zoo"


def test_what_is_nowhere_advises_and_says_where_it_was_looked_for(model: Path, tmp_path: Path, cache: Cache):
    baseline = baseline_of(model)
    model.write_bytes(b"another")
    each = found(baseline, tmp_path, cache)
    assert isinstance(each, AdviceOnly)
    assert "models/mine.tflite is another file now" in each.reason
    assert baseline.models[0].sha256[:12] in each.reason
    model.unlink()
    gone = found(baseline, tmp_path, cache)
    assert isinstance(gone, AdviceOnly)
    assert "there is no models/mine.tflite" in gone.reason


def test_a_run_against_what_is_nowhere_only_advises_and_tells_the_stored_figures(
    model: Path, tmp_path: Path, cache: Cache
):
    baseline = replace(baseline_of(model), models=(replace(baseline_of(model).models[0], sha256="0" * 64),))
    write_baseline(tmp_path / "baseline.json", baseline)
    sources = Sources(locate, cache, lambda runtime, version: "never asked for")
    plan = prepare_gate(GateRequest(str(model), baseline=tmp_path / "baseline.json"), sources).plan
    assert plan.cells == ()
    assert plan.advisory is not None
    [notice] = plan.notices
    assert "mine has no verdict" in notice
    assert "When it was saved it took 2.0" in notice


def test_a_model_of_the_zoo_that_cannot_be_fetched_advises_in_one_sentence(tmp_path: Path, cache: Cache):
    zoo = load_zoo([])
    item = next(each for each in zoo.items.values() if each.entry.url and each.entry.sha256)
    wanted = BaselineModel("m", item.entry.sha256 or "", 1, "m.tflite", ())
    each = found(Baseline("run", "2026-01-01", "0.1.0", None, (wanted,)), tmp_path, cache, zoo)
    assert isinstance(each, AdviceOnly)
    assert f"harness zoo fetch {item.entry.name} says why" in each.reason


def test_a_hostile_digest_or_path_finds_nothing(model: Path, tmp_path: Path, cache: Cache):
    saved = baseline_of(model)
    for change in ({"sha256": "../../etc/passwd"}, {"path": "\0"}, {"path": "x" * 5000}):
        hostile = replace(saved, models=(replace(saved.models[0], **change),))  # type: ignore[arg-type]
        assert isinstance(found(hostile, tmp_path, cache), AdviceOnly)


def test_a_hostile_name_or_digest_writes_no_line_of_its_own(model: Path, tmp_path: Path, cache: Cache):
    saved = baseline_of(model)
    named = replace(saved, models=(replace(saved.models[0], name="x\n::error::y"),))
    kept = found(named, tmp_path, cache)
    assert isinstance(kept, Rerunnable)
    assert kept.model.name == "x\ufffd::error::y"
    lost = found(replace(saved, models=(replace(saved.models[0], sha256="\n::error::y"),)), tmp_path, cache)
    assert isinstance(lost, AdviceOnly)
    assert "\n" not in lost.reason


def test_a_run_without_figures_is_no_baseline(model: Path):
    with pytest.raises(UsageError, match=r"nothing in .* was measured"):
        baseline_of(model, status=Status.FAILED)


def test_an_imported_run_is_no_baseline(model: Path):
    with pytest.raises(UsageError, match="was imported"):
        make_baseline(replace(RUN, imported=True), [], folder=model.parent)


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"schema": 99})])
def test_a_file_that_is_no_baseline_is_refused_by_name(tmp_path: Path, content: str):
    (tmp_path / "b.json").write_text(content)
    with pytest.raises(RunFolderError, match=r"b\.json"):
        read_baseline(tmp_path / "b.json")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(RunFolderError) as caught:
        read_baseline(tmp_path / "b.json")
    assert "harness baseline save" in (caught.value.next_step or "")
