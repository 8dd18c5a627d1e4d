"""The real logs and what each of them proves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.latency.benchmark_model.lines import decode_log
from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_log

LOGS = "benchmark_model_logs"


@dataclass(frozen=True)
class Expected:
    name: str
    status: str
    requested: str
    actual: str | None
    delegation: str | None
    nodes: tuple[int | None, int | None]
    runs: int | None
    threads: int | None
    init_ms: float | None
    first_ms: float | None
    latency_ms: tuple[float, ...] | None


def _expected(line: str) -> Expected:
    name, status, delegates, runs, threads, init, first, *rest = (part.strip() for part in line.split("|"))
    words = delegates.split()
    requested, actual = words[0].split(">")
    nodes = tuple(int(part) for part in words[2].split("/")) if len(words) > 2 else (None, None)
    return Expected(
        name=name,
        status=status,
        requested=requested,
        actual=actual or None,
        delegation=words[1] if len(words) > 1 else None,
        nodes=(nodes[0], nodes[1]),
        runs=None if runs == "-" else int(runs),
        threads=None if threads == "-" else int(threads),
        init_ms=None if init == "-" else float(init) / 1000,
        first_ms=None if first == "-" else float(first) / 1000,
        latency_ms=tuple(float(each) / 1000 for each in rest[0].split()) if rest else None,
    )


TABLE = tuple(
    _expected(line)
    for line in Path(__file__).with_name("expected.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)

NO_MEASUREMENT = {
    "ad_help": "help text",
    "help_true": "help text",
    "list_signatures": "list of signatures",
    "label_image_v2": "label_image",
    **dict.fromkeys(("diff_default", "diff_nnapi", "diff_ptq_xnnpack", "diff_xnnpack"), "inference diff"),
    **dict.fromkeys(
        (
            "eval_delegate_gpu_v2_200",
            "eval_delegate_nnapi_v2_200",
            "eval_delegate_xnnpack_v2_200",
            "eval_imagenet1000_mobilenet_v1_0.25_128_quant",
            "eval_imagenet1000_mobilenet_v1_0.5_160_quant",
            "eval_label_count_mismatch",
            "eval_missing_model",
            "eval_model_labels_1000",
            "eval_no_args",
            "eval_png",
            "eval_text_file_in_dir",
            "eval_xnnpack_false_v2_200",
        ),
        "evaluation tool",
    ),
}


def text_of(assets: Path, name: str) -> str:
    return decode_log((assets / LOGS / f"{name}.log").read_bytes())


def parsed(assets: Path, name: str) -> BenchmarkLog:
    return parse_log(text_of(assets, name))
