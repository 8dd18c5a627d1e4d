"""Many models on one data set, in child processes that may crash, hang or be interrupted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from harness.accuracy import child as child_module
from harness.accuracy.checkpoint import Snapshot
from harness.accuracy.dataset import Dataset
from harness.accuracy.datasets import load_dataset
from harness.accuracy.evaluate import EvaluationResult, evaluate
from harness.errors import MissingExtraError
from harness.records.evaluation import Evaluation
from harness.records.model import Model, Preprocess
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Crop, Delegate, Runtime, Status
from tests.accuracy import tiny_models
from tests.accuracy.pictures import COLOURS, colour_set, save_plain, write

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def colours(tmp_path: Path) -> Dataset:
    """Nine pictures of three classes: blue 0, green 1, red 2 by folder name; labels.txt says red first."""
    root = tmp_path / "colours"
    colour_set(root, {f"{colour}{n}.png": colour for colour in COLOURS for n in range(3)})
    write(root / "labels.txt", "red\ngreen\nblue\n")
    return load_dataset(str(root))


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def model(path: Path, **fields) -> Model:
    return Model(path.name, str(path), "0" * 64, path.stat().st_size if path.exists() else 0, **fields)


def tasks(
    *models: Model, delegate: Delegate = Delegate.CPU, runtime: Runtime = Runtime.LITERT
) -> list[EvaluationTask]:
    return [EvaluationTask(each.name, each.sha256, "local", runtime, delegate, "colours") for each in models]


def run(dataset: Dataset, *models: Model, **options) -> list[EvaluationResult]:
    delegate = options.pop("delegate", Delegate.CPU)
    return list(
        evaluate(tasks(*models, delegate=delegate), dataset, {each.name: each for each in models}, **options)
    )


def verdict(evaluation: Evaluation) -> tuple[Status, int, int]:
    return evaluation.status, evaluation.images, evaluation.top1_correct


class InMemory:
    """Checkpoints of a call that may have been interrupted."""

    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}

    def load(self, key: str) -> Snapshot | None:
        return self.kept.get(key)

    def save(self, key: str, snapshot: Snapshot) -> None:
        self.kept[key] = snapshot


# ---- interrupted and taken up again ---------------------------------------------------------------


def test_answers_of_an_interrupted_call_are_not_computed_again(tmp_path: Path, colours: Dataset):
    one = model(tiny_models.colour_model(tmp_path / "m.tflite"))
    checkpoints = InMemory()
    ((whole, predictions),) = run(colours, one, checkpoints=checkpoints, checkpoint_every_s=0)
    [(key, snapshot)] = checkpoints.kept.items()
    # Had these images been run again, their answers would be the right ones.
    wrong = (snapshot.indices + 1) % 3
    checkpoints.kept[key] = Snapshot(np.arange(9) < 6, wrong, snapshot.scores)
    ((resumed, again),) = run(colours, one, checkpoints=checkpoints)
    assert verdict(whole) == (Status.OK, 9, 9)
    assert verdict(resumed) == (Status.OK, 9, 3)
    assert again[6:] == predictions[6:]
    assert resumed.preprocess == whole.preprocess
    assert resumed.delegate_actual is whole.delegate_actual


def test_a_call_interrupted_after_its_last_image_ends_as_it_would_have(tmp_path: Path, colours: Dataset):
    one = model(tiny_models.colour_model(tmp_path / "m.tflite"))
    checkpoints = InMemory()
    told: list[int] = []
    first = run(colours, one, checkpoints=checkpoints, checkpoint_every_s=0)
    second = run(
        colours, one, checkpoints=checkpoints, on_progress=lambda done, total: told.append(done), cores=2
    )
    assert told[0] == 8
    assert told[-1] == 9
    assert [predictions for _, predictions in second] == [predictions for _, predictions in first]


@pytest.mark.parametrize("changed", ["delegate", "preprocess", "images"])
def test_answers_to_another_question_are_not_taken_over(tmp_path: Path, colours: Dataset, changed: str):
    one = model(tiny_models.colour_model(tmp_path / "m.tflite"))
    checkpoints = InMemory()
    run(colours, one, checkpoints=checkpoints, checkpoint_every_s=0)
    options = {"delegate": Delegate.CPU_BUILTIN} if changed == "delegate" else {}
    if changed == "preprocess":
        one = replace(one, preprocess=Preprocess(crop=Crop.NONE))
    taken = colours.take(6, 0) if changed == "images" else colours
    told: list[int] = []
    run(taken, one, checkpoints=checkpoints, on_progress=lambda done, total: told.append(done), **options)
    assert told[0] == 0


def test_a_snapshot_of_another_number_of_images_is_ignored(tmp_path: Path, colours: Dataset):
    one = model(tiny_models.colour_model(tmp_path / "m.tflite"))
    checkpoints = InMemory()
    run(colours, one, checkpoints=checkpoints, checkpoint_every_s=0)
    checkpoints.kept = {
        key: Snapshot(old.seen[:4], old.indices[:4], old.scores[:4]) for key, old in checkpoints.kept.items()
    }
    ((evaluation, _),) = run(colours, one, checkpoints=checkpoints)
    assert verdict(evaluation) == (Status.OK, 9, 9)


# ---- what is computed -------------------------------------------------------------------------


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
def test_a_model_that_sees_colours_is_always_right(tmp_path: Path, colours: Dataset, dtype: str, cores: int):
    path = tiny_models.colour_model(tmp_path / "m.tflite", dtype=dtype)
    ((evaluation, predictions),) = run(colours, model(path), cores=cores)
    assert verdict(evaluation) == (Status.OK, 9, 9)
    assert evaluation.reason is None
    assert evaluation.delegate_actual is Delegate.CPU
    assert evaluation.runtime_version
    assert evaluation.dataset_fingerprint == colours.fingerprint
    assert f"{dtype} input" in evaluation.preprocess
    assert [each.image for each in predictions] == [item.file for item in colours.items]
    assert all(each.indices[0] == each.label for each in predictions)


def test_scores_are_dequantized_and_in_the_order_of_the_indices(tmp_path: Path, colours: Dataset):
    path = tiny_models.colour_model(tmp_path / "m.tflite", dtype="uint8")
    ((_, predictions),) = run(colours, model(path))
    red = next(each for each in predictions if "red" in each.image)
    assert red.indices == (0, 2, 1)
    assert red.scores == (220, 30, 20)


def test_a_background_class_shifts_the_labels(tmp_path: Path, colours: Dataset):
    path = tiny_models.colour_model_with_background(tmp_path / "m.tflite")
    labels = ("background", "red", "green", "blue")
    ((evaluation, predictions),) = run(colours, model(path, labels=labels))
    assert verdict(evaluation) == (Status.OK, 9, 9)
    assert evaluation.label_offset == 1
    assert {each.label for each in predictions} == {1, 2, 3}


def test_the_zoos_offset_is_obeyed_even_when_it_is_wrong(tmp_path: Path, colours: Dataset):
    path = tiny_models.colour_model_with_background(tmp_path / "m.tflite")
    ((evaluation, _),) = run(colours, model(path, label_offset=0))
    assert verdict(evaluation) == (Status.OK, 9, 0)


def test_ties_go_to_the_lower_index(tmp_path: Path):
    for name in ("a", "b", "c"):
        save_plain(tmp_path / "grey" / name / "x.png", (90, 90, 90))
    path = tiny_models.colour_model(tmp_path / "m.tflite")
    ((evaluation, predictions),) = run(load_dataset(str(tmp_path / "grey")), model(path))
    assert {each.indices for each in predictions} == {(0, 1, 2)}
    assert evaluation.top1_correct == 1


def test_each_model_has_its_own_preprocessing(tmp_path: Path):
    """A red frame around a blue square: the central crop sees blue only, the whole picture more red."""
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, :, 0] = 255
    picture[16:48, 16:48] = (0, 0, 255)
    (tmp_path / "set" / "blue").mkdir(parents=True)
    (tmp_path / "set" / "red").mkdir()
    Image.fromarray(picture).save(tmp_path / "set" / "blue" / "a.png")
    write(tmp_path / "set" / "labels.txt", "red\ngreen\nblue\n")
    dataset = load_dataset(str(tmp_path / "set"))
    path = tiny_models.colour_model(tmp_path / "m.tflite")
    centre = model(path, preprocess=Preprocess(crop_fraction=0.5))
    whole = Model("whole", str(path), "1" * 64, 1, preprocess=Preprocess(crop=Crop.NONE))
    (first, _), (second, _) = run(dataset, centre, whole)
    assert (first.top1_correct, second.top1_correct) == (1, 0)


def test_threads_and_the_number_of_models_change_no_prediction(tmp_path: Path):
    root = tmp_path / "noise"
    for number in range(70):  # enough for the runtime's own resizing kernel
        noise = np.random.default_rng(number).integers(0, 256, (20 + number % 9, 30, 3), np.uint8)
        (root / str(number % 3)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise).save(root / str(number % 3) / f"{number}.png")
    dataset = load_dataset(str(root))
    models = [
        model(tiny_models.colour_model(tmp_path / f"{dtype}{size}.tflite", size=size, dtype=dtype))
        for dtype in ("float32", "uint8", "int8")
        for size in (5, 8)
    ]
    together = run(dataset, *models, cores=2)
    alone = [run(dataset.take(None, 0), each, cores=1)[0] for each in models]
    assert [predictions for _, predictions in together] == [predictions for _, predictions in alone]
    few = dataset.take(6, 0)
    files = {item.file for item in few.items}
    ((_, some),) = run(few, models[0])
    assert some == tuple(each for each in together[0][1] if each.image in files)


def test_file_names_reach_the_child_unharmed(tmp_path: Path):
    names = [
        "-rf.png",
        "two words.png",
        'it\'s "q".png',
        "猫.png",
        "$(touch x).png",
        os.fsdecode(b"latin\xe9.png"),
    ]
    root = tmp_path / "set"
    for name in names:
        save_plain(root / "red" / name, COLOURS["red"])
    write(root / "labels.txt", "red\ngreen\nblue\n")
    ((evaluation, predictions),) = run(
        load_dataset(str(root)), model(tiny_models.colour_model(tmp_path / "m.tflite"))
    )
    assert verdict(evaluation) == (Status.OK, len(names), len(names))
    assert {each.image.removeprefix("red/") for each in predictions} == set(names)


def test_progress_counts_images_up_to_all_of_them(tmp_path: Path, colours: Dataset):
    path = tiny_models.colour_model(tmp_path / "m.tflite")
    told: list[tuple[int, int]] = []
    run(colours, model(path), on_progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (9, 9)


# ---- images that cannot be used ---------------------------------------------------------------


def test_bad_images_are_left_out_for_all_models_and_listed(tmp_path: Path, colours: Dataset):
    red = colours.image_root / "red"
    write(red / "empty.png", b"")
    write(red / "text.png", b"hello")
    write(red / "cut.png", (red / "red0.png").read_bytes()[:40])
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(red / "moving.gif", save_all=True, append_images=frames[1:])
    dataset = load_dataset(str(colours.root))
    models = [
        model(tiny_models.colour_model(tmp_path / f"{dtype}.tflite", dtype=dtype))
        for dtype in ("float32", "int8")
    ]
    results = run(dataset, *models, cores=2)
    assert [verdict(evaluation) for evaluation, _ in results] == [(Status.OK, 9, 9)] * 2
    for evaluation, predictions in results:
        reasons = {Path(file).name: reason for file, reason in evaluation.excluded}
        assert set(reasons) == {"empty.png", "text.png", "cut.png", "moving.gif"}
        assert reasons["empty.png"].endswith("is empty (0 bytes)")
        assert not {each.image for each in predictions} & {file for file, _ in evaluation.excluded}


def test_a_set_of_bad_images_only_is_a_failure(tmp_path: Path):
    (tmp_path / "set" / "red").mkdir(parents=True)
    write(tmp_path / "set" / "red" / "a.png", b"x")
    write(tmp_path / "set" / "labels.txt", "red\ngreen\nblue\n")
    path = tiny_models.colour_model(tmp_path / "m.tflite")
    ((evaluation, predictions),) = run(load_dataset(str(tmp_path / "set")), model(path))
    assert evaluation.status is Status.FAILED
    assert "no image of set could be decoded" in (evaluation.reason or "")
    assert predictions == ()


# ---- models that cannot be used ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "status", "words"),
    [
        (tiny_models.nan_model, Status.FAILED, "its output holds NaN"),
        (tiny_models.two_output_model, Status.UNSUPPORTED, "it has 2 outputs"),
        (
            tiny_models.image_output_model,
            Status.UNSUPPORTED,
            "is not one row of class scores",
        ),
        (tiny_models.crashing_model, Status.FAILED, "its process died of SIG"),
        (lambda path: write(path, b"\0" * 99), Status.FAILED, "it cannot be loaded: "),
        (lambda path: path, Status.FAILED, "it cannot be loaded: "),
    ],
    ids=["nan", "two outputs", "image output", "crash", "no model", "missing"],
)
def test_a_bad_model_fails_alone(tmp_path: Path, colours: Dataset, build, status: Status, words: str):
    good = [model(tiny_models.colour_model(tmp_path / f"good{n}.tflite", size=5 + n)) for n in range(2)]
    bad = model(build(tmp_path / "bad.tflite"))
    first, failed, last = run(colours, good[0], bad, good[1], cores=2)
    assert failed[0].status is status
    assert failed[0].reason is not None
    assert failed[0].reason.startswith("bad.tflite: ")
    assert words in failed[0].reason
    assert "\n" not in failed[0].reason
    assert failed[1] == ()
    assert [verdict(evaluation) for evaluation, _ in (first, last)] == [(Status.OK, 9, 9)] * 2


def test_a_model_that_never_returns_times_out_alone(tmp_path: Path, colours: Dataset):
    good = model(tiny_models.colour_model(tmp_path / "good.tflite"))
    endless = model(tiny_models.endless_model(tmp_path / "endless.tflite"))
    told: list[int] = []
    stuck, fine = run(
        colours, endless, good, timeout_s=1.5, on_progress=lambda done, total: told.append(done)
    )
    assert stuck[0].status is Status.TIMED_OUT
    assert "did not answer for 1.5 s" in (stuck[0].reason or "")
    assert verdict(fine[0]) == (Status.OK, 9, 9)
    assert told[-1] == 9


def test_a_model_of_another_number_of_classes_is_refused(tmp_path: Path):
    root = colour_set(tmp_path / "set", {"a.png": "red", "b.png": "green"})
    ((evaluation, _),) = run(load_dataset(str(root)), model(_five_classes(tmp_path)))
    assert evaluation.status is Status.UNSUPPORTED
    assert "outputs" in (evaluation.reason or "")


def _five_classes(folder: Path) -> Path:
    path = folder / "m.tflite"
    builder = tiny_models.Builder()
    source, means = tiny_models._means(builder, 8, "float32")
    kinds = tiny_models.schema.TensorType
    pads = builder.tensor((2, 2), kinds.INT32, data=np.array([[0, 0], [1, 1]], np.int32))
    scores = builder.tensor((1, 5), kinds.FLOAT32)
    builder.operator(tiny_models.CODES.PAD, [means, pads], [scores], "PadOptions")
    return builder.write(path, [source], [scores])


def test_odd_models_are_refused_by_name(assets: Path, tmp_path: Path, colours: Dataset):
    odd = [model(path) for path in sorted((assets / "odd_models").glob("*.tflite"))]
    good = model(tiny_models.colour_model(tmp_path / "good.tflite"))
    *refused, fine = run(colours, *odd, good, cores=2)
    assert len(refused) == len(odd) > 0
    for evaluation, predictions in refused:
        assert evaluation.status in (Status.FAILED, Status.UNSUPPORTED)
        assert (evaluation.reason or "").startswith(evaluation.model)
        assert predictions == ()
    assert verdict(fine[0]) == (Status.OK, 9, 9)


def test_a_runtime_that_is_not_installed_names_the_extra(tmp_path: Path, colours: Dataset, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    path = tiny_models.colour_model(tmp_path / "m.tflite")
    wanted = tasks(model(path), runtime=Runtime.TFLITE_RUNTIME)
    with pytest.raises(MissingExtraError) as caught:
        list(evaluate(wanted, colours, {path.name: model(path)}))
    assert "tflite-harness[tflite-runtime]" in str(caught.value)


def test_a_delegate_this_computer_has_not_is_unsupported(tmp_path: Path, colours: Dataset):
    path = tiny_models.colour_model(tmp_path / "m.tflite")
    ((evaluation, _),) = run(colours, model(path), delegate=Delegate.NNAPI)
    assert evaluation.status is Status.UNSUPPORTED
    assert "has no nnapi delegate" in (evaluation.reason or "")


# ---- processes --------------------------------------------------------------------------------


def test_a_child_that_is_killed_is_replaced_and_nothing_is_scored_twice(tmp_path: Path, monkeypatch):
    """The kernel's out-of-memory killer, say: no model is to blame, so all of them still finish."""
    dataset, models = _slow_sweep(tmp_path)
    started: list[int] = []
    real = subprocess.Popen

    def popen(*arguments, **options):
        process = real(*arguments, **options)
        started.append(process.pid)
        return process

    monkeypatch.setattr(child_module.subprocess, "Popen", popen)
    killed = False

    def kill_once(done: int, total: int) -> None:
        nonlocal killed
        if not killed and done * 4 > total:
            killed = True
            os.kill(started[0], signal.SIGKILL)

    results = run(dataset, *models, cores=2, on_progress=kill_once)
    assert killed
    assert len(started) > 1
    for evaluation, predictions in results:
        assert evaluation.status is Status.OK
        assert len({each.image for each in predictions}) == len(predictions) == len(dataset.items)


def _slow_sweep(folder: Path) -> tuple[Dataset, list[Model]]:
    root = folder / "many"
    for number in range(300):
        colour = list(COLOURS)[number % 3]
        save_plain(root / colour / f"{number}.png", COLOURS[colour], size=(96, 96))
    write(root / "labels.txt", "red\ngreen\nblue\n")
    models = [model(tiny_models.colour_model(folder / f"{n}.tflite", size=64 + n)) for n in range(4)]
    return load_dataset(str(root)), models


SCRIPT = """
    import sys, time
    from pathlib import Path
    from harness.accuracy.datasets import load_dataset
    from harness.accuracy.evaluate import evaluate
    from harness.records.model import Model
    from harness.records.run import EvaluationTask
    from harness.records.vocabulary import Delegate, Runtime

    model = Model("m", sys.argv[1], "0" * 64, 1)
    task = EvaluationTask("m", "0" * 64, "local", Runtime.LITERT, Delegate.CPU, "set")
    print("ready", flush=True)
    list(evaluate([task], load_dataset(sys.argv[2]), {"m": model}, cores=2))
"""


@contextlib.contextmanager
def evaluating(tmp_path: Path, colours: Dataset) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """A program in the middle of an evaluation that never ends, in a process group of its own."""
    path = tiny_models.endless_model(tmp_path / "endless.tflite")
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(path), str(colours.root)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            yield program, _busy_child(psutil.Process(program.pid))
        finally:
            program.kill()


def _busy_child(program: psutil.Process) -> psutil.Process:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for process in program.children():
            if process.cpu_times().user > 0.3:
                return process
        time.sleep(0.05)
    raise AssertionError("no child began to compute")


def test_ctrl_c_ends_parent_and_child_and_leaves_no_file(tmp_path: Path, colours: Dataset):
    with evaluating(tmp_path, colours) as (program, child):
        os.killpg(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=10)
    assert "KeyboardInterrupt" in errors
    assert program.returncode != 0
    assert not child.is_running()
    assert not list(tmp_path.glob("harness-accuracy-*"))


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path: Path, colours: Dataset):
    with evaluating(tmp_path, colours) as (program, child):
        program.kill()
        program.communicate(timeout=10)
        psutil.wait_procs([child], timeout=10)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_consumer_that_stops_early_leaves_no_process(tmp_path: Path, colours: Dataset):
    models = [model(tiny_models.colour_model(tmp_path / f"{n}.tflite", size=5 + n)) for n in range(2)]
    results = evaluate(tasks(*models), colours, {each.name: each for each in models})
    assert next(results)[0].status is Status.OK
    results.close()
