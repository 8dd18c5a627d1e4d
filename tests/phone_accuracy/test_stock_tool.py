"""TensorFlow's evaluation tool: its logs, its command, and a run of a stand-in for it on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from harness.accuracy.dataset import ClassKeys, Dataset, Item
from harness.phone_accuracy.stock_tool import (
    StockFigures,
    evaluate_with_stock_tool,
    read_evaluation_log,
    stock_command,
)
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Runtime, Status
from tests.latency.benchmark_model.real import text_of
from tests.latency.phone.bench import bench, starter


def test_a_real_log_gives_its_figures(assets: Path):
    assert read_evaluation_log(text_of(assets, "eval_delegate_gpu_v2_200")) == StockFigures(200, 0.89, 0.965)


def test_a_gpu_that_was_not_used_has_the_figures_of_the_cpu(assets: Path):
    """The tool of this build took any word for a delegate and ran on the CPU."""
    texts = [text_of(assets, f"eval_delegate_{name}_v2_200") for name in ("gpu", "nnapi", "xnnpack")]
    assert len({read_evaluation_log(text) for text in texts}) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("eval_label_count_mismatch", "Number of images and ground truth labels is not same"),
        ("eval_text_file_in_dir", "Extension .txt is not supported"),
        ("eval_no_args", "Could not run the task evaluation!"),
        ("v2_default", "it printed no Top-1 Accuracy"),
    ],
)
def test_a_log_without_figures_is_named(assets: Path, name: str, words: str):
    found = read_evaluation_log(text_of(assets, name))
    assert isinstance(found, str)
    assert words in found


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text: str):
    read_evaluation_log(text)


def task(delegate: Delegate) -> EvaluationTask:
    model = starter()
    return EvaluationTask(model.name, model.sha256, "phone", Runtime.BENCHMARK_MODEL, delegate, "photos")


def test_the_command_names_everything_by_its_place():
    command = stock_command("/t/eval", task(Delegate.GPU), model="/t/m.tflite", folder="/t/job", threads=4)
    assert command == (
        "/t/eval",
        "--model_file=/t/m.tflite",
        "--ground_truth_images_path=/t/job/images",
        "--ground_truth_labels=/t/job/truth.txt",
        "--model_output_labels=/t/job/labels.txt",
        "--num_interpreter_threads=4",
        "--delegate=gpu",
    )


# It prints what it was brought, and figures that do not depend on the delegate.
STAND_IN = """#!/system/bin/sh
cd "${3#*=}/.." 2>/dev/null
echo "INFO: Num evaluation runs: 2"
echo "INFO: Top-1 Accuracy: 0.5"
echo "INFO: Top-5 Accuracy: 1"
"""


def test_equal_figures_prove_no_delegate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HARNESS_STATE", str(tmp_path / "state"))
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (40, 40)).save(tmp_path / name)
    model = starter()
    assert model.facts is not None
    items = tuple(Item(name, 0, 1) for name in ("a.jpg", "b.jpg"))
    photos = Dataset("photos", tmp_path, tmp_path, items, 1, keys=ClassKeys.NUMBERS, first_number=0)
    binary = tmp_path / "eval_tool"
    binary.write_text(STAND_IN)
    with bench(tmp_path) as phone:
        cpu, gpu = evaluate_with_stock_tool(
            [task(Delegate.GPU), task(Delegate.CPU)], photos, model, phone.launcher, binary, threads=2
        )
        assert phone.left_on_phone == []
    assert (cpu.delegate, cpu.status, cpu.images, cpu.top1_correct) == (Delegate.CPU, Status.OK, 2, 1)
    assert (gpu.delegate, gpu.delegate_actual) == (Delegate.GPU, None)
    assert gpu.difference is not None
    assert gpu.difference.identical
    assert gpu.difference.largest is None
