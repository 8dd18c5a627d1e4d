"""The parsers never raise and stay linear, whatever the text."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.latency.benchmark_model.help import read_help
from harness.latency.benchmark_model.lines import decode_log
from harness.latency.benchmark_model.op_profile import read_op_profile
from harness.latency.benchmark_model.parse import parse_log
from harness.records.vocabulary import Status
from tests.latency.benchmark_model.real import TABLE, text_of

# Pieces of the tool's language, so that random texts reach every parser.
WORDS = st.sampled_from(
    [
        "INFO: ",
        "ERROR: ",
        "\r\n",
        "\n",
        "count=",
        "count=3 ",
        "curr=2(all same) ",
        "avg=1.2e+06 ",
        "median=",
        "p95=9e999 ",
        "Inference timings in us: ",
        "Init: 5, ",
        "Inference (avg): 3",
        "STARTING!",
        "Benchmarking failed.",
        "Use gpu: [1]",
        "Use xnnpack: [0]",
        "Unconsumed cmdline flags: --use_gpu=true",
        "Replacing 5 out of 3 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding 1 partitions",
        "Explicitly applied GPU delegate, and the model graph will be completely executed by the delegate.",
        "Following operations are not supported by GPU delegate:",
        "Restored original execution plan",
        "========== BENCHMARK RESULTS ==========",
        "Inference (avg): 3.79 ms (264 runs)",
        "Operator-wise Profiling Info for Regular Benchmark Runs:",
        "============================== Run Order ==============================",
        "# exit status 99999",
        "benchmark_model --graph=",
        "--",
        "[",
        "]: [",
        "\x1b[31m",
        "\x00",
        "０１２",
    ]
)
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=20)), max_size=60).map("".join)


@given(TEXTS)
@settings(max_examples=400)
def test_no_text_raises(text: str):
    log = parse_log(text)
    read_op_profile(text)
    read_help(text)
    assert log.latency is None or log.judgement.status in (Status.OK, Status.FALLBACK, Status.UNSUPPORTED)
    assert (log.judgement.actual is None) or log.latency is not None
    assert log.judgement.reason or log.judgement.status is Status.OK


@given(st.binary(max_size=400))
def test_no_bytes_raise(content: bytes):
    parse_log(decode_log(content))


@pytest.mark.parametrize("expected", TABLE, ids=lambda each: each.name)
def test_no_damaged_log_raises_or_gains_a_success(assets: Path, expected):
    text = text_of(assets, expected.name)
    chance = random.Random(expected.name)
    for _ in range(12):
        log = parse_log(_damaged(text, chance))
        if log.judgement.status is Status.OK:
            assert log.latency is not None
            assert log.judgement.actual == log.judgement.requested


def _damaged(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    kind = chance.randrange(5)
    at = chance.randrange(max(1, len(text)))
    if kind == 0:
        return text[:at]
    if kind == 1:
        return "".join(line for line in lines if chance.random() < 0.9)
    if kind == 2:
        chance.shuffle(lines)
        return "".join(lines)
    if kind == 3:
        return text[:at] + chance.choice(["\x00", "\ufffd", "9", "e", "\r", "count=7 "]) + text[at + 1 :]
    return "".join(line for line in lines for _ in range(chance.choice([1, 1, 2])))


def test_failed_logs_stay_failed_however_they_are_cut(assets: Path):
    for expected in TABLE:
        if expected.status != "failed":
            continue
        text = text_of(assets, expected.name)
        for end in range(0, len(text), max(1, len(text) // 25)):
            assert parse_log(text[:end]).judgement.status is Status.FAILED, (expected.name, end)


HUGE = 2_000_000
HOSTILE = {
    "one line": "a" * HUGE,
    "blanks": " " * HUGE,
    "escapes": "\x1b[" * (HUGE // 2),
    "titles": "\x1b]" * (HUGE // 2),
    "counts": "count=1 " * (HUGE // 8),
    "lines of counts": "count=1 curr=5\n" * (HUGE // 15),
    "brackets": "a: [" * (HUGE // 4),
    "flags": "Unconsumed cmdline flags: " + "--a " * (HUGE // 4),
    "summaries": "Inference timings in us: Init: 1, \n" * (HUGE // 36),
    "dates": "2026-11-23 " * (HUGE // 11),
    "applied": "INFO: Explicitly applied " * (HUGE // 25),
    "levels": "INFO: " * (HUGE // 6),
    "digits": "9" * HUGE,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_huge_text_takes_time_in_proportion(kind: str):
    started = time.process_time()
    parse_log(HOSTILE[kind])
    read_op_profile(HOSTILE[kind])
    read_help(HOSTILE[kind])
    assert time.process_time() - started < 10.0
