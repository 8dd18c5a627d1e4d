"""`harness import --models` and `--accuracy`: logs of a phone beside files and accuracies of here."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import app
from harness.errors import HarnessError
from harness.records.model import Model
from harness.records.vocabulary import Job
from harness.resources import bundled_path
from harness.results.run_folder import create_run, open_run
from harness.sweep.imported_models import Named, join_models
from tests.cli.test_import_runs import imported, log_of, rows, runner, saved
from tests.results.factory import MODEL, OPTIONS, RUN, evaluation, predictions


def a_file(path: str, size_bytes: int, sha: str = "") -> Model:
    return Model(Path(path).stem, path, sha or f"sha of {path}", size_bytes)


def test_a_name_and_a_size_join_and_the_ground_is_told():
    joined = join_models(
        {
            "a.tflite": Named("a.tflite", 4_278_740),
            "B.TFLITE": Named("B.TFLITE"),
            "zebra": Named("zebra"),
        },
        [a_file("/m/a.tflite", 4_278_736), a_file("/m/b.tflite", 7)],
    )
    assert {name: model.path for name, model in joined.files.items()} == {
        "a.tflite": "/m/a.tflite",
        "B.TFLITE": "/m/b.tflite",
    }
    assert joined.summary == (
        "2 of 3 model name(s) joined with files (1 by file name and size, 1 by file name alone (the log"
        " states no size); no log states a digest); not joined: zebra: no file of that name"
    )


def test_a_file_of_the_name_and_another_size_is_another_file_and_one_of_that_size_is_named():
    joined = join_models(
        {"a.tflite": Named("a.tflite", 525_598)},
        [a_file("/m/a.tflite", 497_264), a_file("/m/a_with_metadata.tflite", 525_598)],
    )
    assert not joined.files
    assert (
        "states 525,598 bytes, the file has 497,264; /m/a_with_metadata.tflite has that size"
        in joined.summary
    )


def test_a_size_of_two_decimals_is_held_against_as_many():
    rounded = Named("a.tflite", round(0.47 * 2**20))
    assert join_models({"a.tflite": rounded}, [a_file("/m/a.tflite", 497_264)]).files
    assert not join_models({"a.tflite": rounded}, [a_file("/m/a.tflite", 525_598)]).files


def test_which_of_two_different_files_was_measured_is_for_the_user_to_say():
    files = [a_file("/old/a.tflite", 7000, "1"), a_file("/new/a.tflite", 9000, "2")]
    with pytest.raises(HarnessError, match="2 different files could be meant: /old/a"):
        join_models({"a.tflite": Named("a.tflite")}, files)
    assert join_models({"a.tflite": Named("a.tflite", 9000)}, files).files["a.tflite"].path == "/new/a.tflite"
    same = [replace(each, sha256="1") for each in files]
    assert join_models({"a.tflite": Named("a.tflite")}, same).files


def test_a_joined_log_has_the_file_s_digest_size_and_name(tmp_path: Path):
    models = tmp_path / "candidates"
    models.mkdir()
    source = bundled_path("harness/zoo/starter/models") / "starter_small_int8.tflite"
    shutil.copy(source, models / "net.tflite")
    logs = saved(tmp_path, log_of(mean_us=5000), log_of("other.tflite"))
    net, other = rows(imported(tmp_path, *logs, "--models", models))
    assert (net["model"], net["size_bytes"]) == ("net", source.stat().st_size)
    assert len(str(net["sha256"])) == 64
    assert str(other["sha256"]).startswith("unknown:")


def scored(tmp_path: Path) -> Path:
    """A run that has accuracy alone, of the file `net.tflite`."""
    head = replace(
        RUN,
        name="scored",
        options=replace(OPTIONS, jobs=(Job.ACCURACY,)),
        models=(replace(MODEL, path="/models/net.tflite"),),
        trials=(),
    )
    with create_run(tmp_path / "scored", head) as folder:
        folder.append_evaluation(evaluation(), predictions())
    return tmp_path / "scored"


def test_an_accuracy_of_here_stands_beside_a_latency_of_there_and_select_works(tmp_path: Path):
    logs = saved(tmp_path, log_of(mean_us=5000), log_of("other.tflite", mean_us=4000))
    out = imported(tmp_path, *logs, "--accuracy", scored(tmp_path))
    net, other = rows(out)
    assert (net["model"], net["top1"], net["images"]) == ("m", 0.7, 10)
    assert net["accuracy_from"] == "litert cpu"
    assert (other["top1"], "--accuracy RUN" in str(other["accuracy_reason"])) == (None, True)
    chosen = runner.invoke(app, ["select", str(out), "--device", "pixel4", "--fps", "30", "--json"])
    [group] = json.loads(chosen.stdout)["groups"]
    assert [each["model"] for each in group["ranked"]] == ["m"]
    notices = " ".join(open_run(out).run.notices)
    assert "1 of 2 model name(s) joined with files (1 by file name alone" in notices
    assert "measured on another machine than the latencies" in notices
    [right] = open_run(out).correctness().values()
    assert sum(right) == 7


def test_a_log_given_twice_counts_once_and_says_so(tmp_path: Path):
    out = imported(tmp_path, *saved(tmp_path, log_of(), log_of()))
    assert [row["launches"] for row in rows(out)] == [1]
    assert any("they count once" in notice for notice in open_run(out).run.notices)


def test_a_phone_nobody_measured_here_has_a_next_step(tmp_path: Path):
    out = imported(tmp_path, *saved(tmp_path, log_of()))
    done = runner.invoke(app, ["select", str(out), "--device", "pixel5"])
    assert isinstance(done.exception, HarnessError)
    assert "harness import LOG… --device NAME --accuracy RUN" in str(done.exception)
