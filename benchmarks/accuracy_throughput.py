"""How fast `evaluate` is, as two ratios that hardly depend on the computer.

    python benchmarks/accuracy_throughput.py MODELS_FOLDER DATA_SET_FOLDER [--images 500] [--smallest]

(a) images/s of `evaluate` on all cores against a plain loop on one core that
    decodes, preprocesses and invokes for each model anew. Goal: at least 1.8 on two cores.
(b) seconds of `evaluate` for ten models against (one decode pass + the ten models'
    pure inference) / cores. Goal: at most 1.25.

All sides run in turn in every round, so that whatever else the computer does
hits all alike; the medians of the rounds' ratios count. The start of the child
process is part of `evaluate`'s time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from harness.accuracy.dataset import Dataset
from harness.accuracy.datasets import load_dataset
from harness.accuracy.decode import decode_image
from harness.accuracy.evaluate import evaluate
from harness.accuracy.labels import class_map
from harness.accuracy.preprocess import preprocess_for
from harness.errors import ModelError
from harness.records.model import Model, Preprocess, TensorFacts
from harness.records.run import EvaluationTask
from harness.records.vocabulary import Delegate, Runtime, Status

GOAL_LOOP = 1.8
GOAL_SWEEP = 1.25


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def open_model(path: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    interpreter = Interpreter(model_path=path, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter, interpreter.get_input_details()[0], interpreter.get_output_details()[0]


def fitting_models(folder: Path, dataset: Dataset) -> list[Model]:
    """The models of a folder that can be scored on the data set, by size."""
    models: list[Model] = []
    for path in sorted(folder.glob("*.tflite")):
        content = path.read_bytes()
        model = Model(path.name, str(path), hashlib.sha256(content).hexdigest(), len(content))
        try:
            class_map(model, int(open_model(model.path)[2]["shape"][-1]), dataset)
        except (ModelError, RuntimeError, ValueError):
            continue
        models.append(model)
    return sorted(models, key=lambda model: (model.size_bytes, model.name))


def spread(models: list[Model], count: int) -> list[Model]:
    """That many models from the smallest to the largest, evenly by rank: a sweep compares unlike models."""
    last = len(models) - 1
    ranks = [round(step * last / (count - 1)) for step in range(count)]
    return [models[rank] for rank in dict.fromkeys(ranks)]


def plain_loop(models: list[Model], dataset: Dataset) -> None:
    """What one would write first: model after model, image after image."""
    for model in models:
        interpreter, source, result = open_model(model.path)
        facts = TensorFacts("input", tuple(map(int, source["shape"])), np.dtype(source["dtype"]).name)
        for item in dataset.items:
            pixels = decode_image(dataset.image_root / item.file)
            interpreter.set_tensor(source["index"], preprocess_for(pixels, Preprocess(), facts))
            interpreter.invoke()
            np.argsort(-interpreter.get_tensor(result["index"])[0].astype(np.float32), kind="stable")[:5]


def decode_pass(dataset: Dataset) -> None:
    for item in dataset.items:
        decode_image(dataset.image_root / item.file)


def pure_inference(models: list[Model], dataset: Dataset) -> None:
    for model in models:
        interpreter, source, _ = open_model(model.path)
        random = np.random.default_rng(0).integers(0, 127, source["shape"])
        interpreter.set_tensor(source["index"], random.astype(source["dtype"]))
        for _ in dataset.items:
            interpreter.invoke()


def harness(models: list[Model], dataset: Dataset, cores: int) -> None:
    tasks = [
        EvaluationTask(each.name, each.sha256, "local", Runtime.LITERT, Delegate.CPU, dataset.name)
        for each in models
    ]
    results = list(evaluate(tasks, dataset, {each.name: each for each in models}, cores=cores))
    failed = [result.reason for result, _ in results if result.status is not Status.OK]
    if failed:
        raise SystemExit(f"not all models ran: {failed}")


def against_loop(models: list[Model], dataset: Dataset, cores: int, rounds: int) -> float:
    ratios = []
    for number in range(rounds):
        loop_s = timed(lambda: plain_loop(models, dataset))
        ours_s = timed(lambda: harness(models, dataset, cores))
        ratios.append(loop_s / ours_s)
        print(f"  round {number}: loop {loop_s:.2f} s, evaluate {ours_s:.2f} s, ratio {ratios[-1]:.2f}")
    return statistics.median(ratios)


def against_inference(models: list[Model], dataset: Dataset, cores: int, rounds: int) -> float:
    ratios = []
    for number in range(rounds):
        decode_s = timed(lambda: decode_pass(dataset))
        inference_s = timed(lambda: pure_inference(models, dataset))
        ours_s = timed(lambda: harness(models, dataset, cores))
        ratios.append(ours_s / ((decode_s + inference_s) / cores))
        print(
            f"  round {number}: decode {decode_s:.2f} s + inference {inference_s:.2f} s over {cores} cores,"
            f" evaluate {ours_s:.2f} s, ratio {ratios[-1]:.2f}"
        )
    return statistics.median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("dataset")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--smallest", action="store_true", help="ten smallest models, not ten of all sizes")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    dataset = load_dataset(options.dataset).take(options.images, 0)
    fitting = fitting_models(options.models, dataset)
    if not fitting:
        raise SystemExit("no model in the folder fits the data set")
    ten = fitting[:10] if options.smallest or len(fitting) <= 10 else spread(fitting, 10)
    print(", ".join(model.name for model in ten))
    print(f"{len(dataset.items)} images, {options.cores} cores, load {os.getloadavg()[0]:.1f} at the start")
    for models in ([ten[len(ten) // 2]], ten):
        print(f"(a) against a plain loop on one core, {len(models)} model(s):")
        ratio = against_loop(models, dataset, options.cores, options.rounds)
        print(f"  median {ratio:.2f} times its images/s (goal on two free cores: {GOAL_LOOP} or more)")
    print(f"(b) sweep of {len(ten)} models against one decode pass and pure inference:")
    ratio = against_inference(ten, dataset, options.cores, options.rounds)
    print(f"  median {ratio:.2f} times its seconds (goal: {GOAL_SWEEP} or less)")
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
