"""Each kind of bad input: one clear sentence, exit 2, nothing written; in a sweep it fails alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.resources import starter_path
from tests.integration.command import QUICK, exported, harness, only_run

GOOD = starter_path() / "models" / "starter_small_int8.tflite"
ODD = (
    "does_not_load",
    "truncated",
    "fails_at_invoke",
    "needs_edgetpu_custom_op",
)
TIMEABLE = ("embedder_not_a_classifier", "input_1x784")


def refused(folder: Path, *arguments: str) -> str:
    """The one sentence of a refusal; nothing may have been written."""
    before = sorted(path for path in folder.rglob("*"))
    done = harness("run", *arguments, *QUICK, cwd=folder)
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert sorted(path for path in folder.rglob("*")) == before
    [sentence] = [line for line in done.stderr.splitlines() if line.startswith("harness: ")]
    return sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.tflite", b""),
        ("random.tflite", os.urandom(5000)),
        ("with header.tflite", b"\x1c\x00\x00\x00TFL3" + os.urandom(5000)),
        ("-dash.tflite", b"no model"),
        ('it\'s "quoted" ünicode.tflite', b"no model"),
    ],
)
def test_a_file_that_is_no_model_is_named(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    assert Path(name).stem in refused(tmp_path, "--models", f"./{name}")


@pytest.mark.parametrize("length", [8, 100, 1000, 20_000])
def test_a_truncated_model_is_refused(tmp_path: Path, length: int):
    (tmp_path / "cut.tflite").write_bytes(GOOD.read_bytes()[:length])
    assert "cut" in refused(tmp_path, "--models", "cut.tflite")


def test_a_missing_model_is_named_with_files_of_like_names(tmp_path: Path):
    assert "nowhere.tflite" in refused(tmp_path, "--models", "nowhere.tflite")
    (tmp_path / "mobilenet_v2.tflite").write_bytes(GOOD.read_bytes())
    assert "Did you mean mobilenet_v2.tflite?" in refused(tmp_path, "--models", "mobilnet_v2.tflite")


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0 cut off"])
def test_an_input_image_that_cannot_be_read_is_refused_before_anything_is_written(
    tmp_path: Path, content: bytes
):
    (tmp_path / "bad.jpg").write_bytes(content)
    assert "bad.jpg" in refused(tmp_path, "--models", "starter_small_int8", "--input", "bad.jpg")


def test_images_none_of_which_can_be_decoded_fail_the_run_although_latency_was_measured(tmp_path: Path):
    (tmp_path / "photos" / "images").mkdir(parents=True)
    (tmp_path / "photos" / "images" / "empty.jpg").write_bytes(b"")
    (tmp_path / "photos" / "val.txt").write_text("empty.jpg 3\n")
    done = harness("run", "--models", "starter_small_int8", "--dataset", "photos", *QUICK, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "1 of 1 evaluations failed" in done.stderr
    [row] = exported(only_run(tmp_path))
    assert row["status"] == "ok"
    assert "no image of photos could be decoded" in row["accuracy_reason"]


@pytest.mark.parametrize("name", ODD)
def test_a_model_that_does_not_run_is_refused(tmp_path: Path, assets: Path, name: str):
    assert name in refused(tmp_path, "--models", str(assets / "odd_models" / f"{name}.tflite"))


@pytest.mark.parametrize("name", TIMEABLE)
@pytest.mark.parametrize("more", [("--only", "latency"), ("--dataset", "starter-val")], ids=" ".join)
def test_what_runs_but_is_no_classifier_is_timed_all_the_same(
    tmp_path: Path, assets: Path, name: str, more: tuple[str, ...]
):
    model = str(assets / "odd_models" / f"{name}.tflite")
    done = harness("run", "--models", model, *more, *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no image classifier" in done.stderr
    [row] = exported(only_run(tmp_path))
    assert row["latency_ms"]["median"] > 0
    assert row["top1"] is None


def test_in_a_sweep_one_bad_model_fails_its_own_trials_only(tmp_path: Path):
    (tmp_path / "broken.tflite").write_bytes(b"no model")
    models = ["--models", "starter_small_int8", "--models", "broken.tflite"]
    done = harness("run", *models, "--subset", "32", *QUICK, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    rows = {row["model"]: row for row in exported(only_run(tmp_path))}
    assert rows["starter_small_int8"]["status"] == "ok"
    assert rows["broken"]["status"] == "failed"
    assert rows["broken"]["latency_ms"] is None
    assert rows["broken"]["reason"]
    assert "broken" in (only_run(tmp_path) / "report.html").read_text(encoding="utf-8")


def test_an_unsupported_delegate_alone_is_no_failure(tmp_path: Path):
    arguments = ["--models", "starter_small_int8", "--only", "latency", "--delegates", "cpu,nnapi"]
    done = harness("run", *arguments, *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in exported(only_run(tmp_path))} == {"ok", "unsupported"}


def test_names_with_spaces_quotes_and_markup_go_through_to_the_report(tmp_path: Path):
    name = 'it\'s <b>"bold"</b> ünïcode'
    (tmp_path / f"{name.replace('/', '')}.tflite").write_bytes(GOOD.read_bytes())
    done = harness("run", "--models", "./*.tflite", "--only", "latency", *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    html = (only_run(tmp_path) / "report.html").read_text(encoding="utf-8")
    assert '<b>"bold"' not in html


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("a.jpg 16\n", "16 is not within 0..15"),
        ("a.jpg -1\n", "-1"),
        ("a.jpg\n", "val.txt:1"),
        ("a.jpg 1\na.jpg 2\n", "a.jpg"),
        ("../a.jpg 1\n", "../a.jpg"),
        ("missing.jpg 1\n", "missing.jpg"),
        ("", "val.txt"),
    ],
)
def test_bad_labels_are_refused(tmp_path: Path, lines: str, sentence: str):
    images = tmp_path / "set" / "images"
    images.mkdir(parents=True)
    source = next((starter_path() / "val" / "images").iterdir())
    (images / "a.jpg").write_bytes(source.read_bytes())
    (tmp_path / "set" / "val.txt").write_text(lines)
    assert sentence in refused(tmp_path, "--models", "starter_small_int8", "--dataset", "set")


def test_crlf_and_bom_in_labels_are_read(tmp_path: Path):
    images = tmp_path / "set" / "images"
    images.mkdir(parents=True)
    source = next((starter_path() / "val" / "images").iterdir())
    (images / "a b.jpg").write_bytes(source.read_bytes())
    (tmp_path / "set" / "val.txt").write_bytes("\ufeffa b.jpg 3\r\n".encode())
    arguments = ["--models", "starter_small_int8", "--only", "accuracy", "--dataset", "set"]
    done = harness("run", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_an_output_folder_that_cannot_be_written_is_refused(tmp_path: Path):
    (tmp_path / "reports").write_text("a file")
    assert "reports" in refused(tmp_path, "--models", "starter_small_int8", "--only", "latency")


def test_a_full_disk_loses_nothing_and_says_so(tmp_path: Path):
    if not Path("/proc/self/mounts").exists():
        pytest.skip("needs Linux")
    done = harness("run", "--models", "starter_small_int8", "--out", "/proc/1/fd", *QUICK, cwd=tmp_path)
    assert done.returncode == 2
    assert "/proc/1/fd" in done.stderr
    assert "Traceback" not in done.stderr
