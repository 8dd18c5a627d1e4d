"""From bytes to clean lines."""

from __future__ import annotations

import pytest

from harness.latency.benchmark_model.lines import Line, clean_lines, decode_log


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("INFO: STARTING!", Line("STARTING!", "INFO")),
        ("STARTING!", Line("STARTING!")),
        ("WARNING: x", Line("x", "WARNING")),
        ("11-23 04:58:04.123   812   830 I tflite  : count=5", Line("count=5")),
        ("11-23 04:58:04.123   812   830 E tflite  : ERROR: x", Line("x", "ERROR")),
        ("2026-11-23 04:58:04.123  u0_a1   812   830 W tflite: count=5", Line("count=5")),
        ("I/tflite  (  812): count=5", Line("count=5")),
        ("I/tflite: count=5", Line("count=5")),
        ("E0000 00:00:1795409176.073725   22640 tflite_inference_stage.cc:144] Gone", Line("Gone")),
        ("2018-09-10 13:35:11.172809: I tensorflow/tools/benchmark_model.cc:361] count=5", Line("count=5")),
        ("INFO: [environment.cc:36] Creating", Line("Creating", "INFO")),
        ("I/litert  (  812): [benchmark_litert_model.h:73] Model", Line("Model")),
        ("2026-11-23 04:58:04 INFO benchmark_litert_model: Model: x", Line("Model: x")),
        ("Nov 23 04:58:04 iPhone TFLiteBenchmark[812] <Notice>: count=5", Line("count=5")),
        ("[04:58:04] count=5", Line("count=5")),
        ("Num threads: [1]", Line("Num threads: [1]")),
        ("05-31 10:38:42.100 I tflite        : count=5", Line("count=5")),
        ("10:38:42.100 tflite   I  INFO: count=5", Line("count=5", "INFO")),
        ("10:38:42.100 812-812 tflite   I  count=5", Line("count=5")),
        ("1780223922.100   812   830 I tflite  : count=5", Line("count=5")),
        ("I(  812:  830) count=5", Line("count=5")),
        ("May 31 10:38:42.100123 bench[812] <Notice>: count=5", Line("count=5")),
    ],
)
def test_a_prefix_goes_and_the_level_stays(raw: str, clean: Line):
    assert clean_lines(raw) == (clean,)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r", "\n\n"])
def test_any_end_of_line_ends_a_line(end: str):
    assert [line.text for line in clean_lines(f"a{end}b{end}")] == ["a", "b"]


def test_terminal_codes_and_control_characters_go():
    [line] = clean_lines("\x1b]0;title\x07\x1b[1;32mINFO: \x00count=5\x1b[0m\x08\x1b[K")
    assert line == Line("count=5", "INFO")


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_log_redirected_by_powershell_is_read(coding: str):
    assert [line.text for line in clean_lines(decode_log("INFO: count=5\r\n".encode(coding)))] == ["count=5"]


def test_bytes_that_are_no_text_are_replaced():
    [line] = clean_lines(decode_log(b"INFO: \xff\xfe count=5"))
    assert line.text.endswith("count=5")


def test_an_endless_line_is_cut():
    [line] = clean_lines("x" * 100_000)
    assert len(line.text) == 4000


PREFIXES = {
    "docker compose": "bench-1  | ",
    "kubectl with prefix": "[pod/bench-7d9f/bench] ",
    "a test runner": "[  12.345s] stdout | ",
    "journald": "Nov 28 04:58:04 board benchmark_model[812]: ",
    "cargo-like columns": "#17 12.34 ",
    "a serial console": "[    7.123456] bench: ",
    "a name": "node-a> ",
}


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
def test_a_logger_nobody_foresaw_is_learnt_from_the_tools_own_words(prefix: str):
    said = [
        "STARTING!",
        "Num threads: [4]",
        "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.",
        "x: y",
    ]
    lines = clean_lines("\n".join(prefix + each for each in said))
    assert [line.text for line in lines] == [
        "STARTING!",
        "Num threads: [4]",
        "Created TensorFlow Lite XNNPACK delegate for CPU.",
        "x: y",
    ]
    assert lines[2].level == "INFO"


def test_the_numbers_of_a_learnt_prefix_may_change():
    text = "<812.1> [0001] STARTING!\n<812.20> [0302] Use gpu: [1]\n"
    assert [line.text for line in clean_lines(text)] == ["STARTING!", "Use gpu: [1]"]


def test_a_learnt_prefix_takes_nothing_from_lines_that_lack_it():
    text = "tool: STARTING!\nSQUEEZE: Operation is not supported.\nERROR: Could not open 'x'.\n"
    assert [line.text for line in clean_lines(text)] == [
        "STARTING!",
        "SQUEEZE: Operation is not supported.",
        "Could not open 'x'.",
    ]


@pytest.mark.parametrize(
    ("raw", "process"),
    [
        ("11-23 04:58:04.123   812   830 I tflite  : x", "812"),
        ("I/tflite  (  812): x", "812"),
        ("[ 05-31 10:38:42.100 812:830 I/tflite   ]\nx", "812"),
        ("Nov 23 04:58:04 iPhone Bench[812] <Notice>: x", "812"),
        ("INFO: x", None),
    ],
)
def test_the_process_that_wrote_a_line_is_kept(raw: str, process: str | None):
    [line] = clean_lines(raw)
    assert (line.text, line.process) == ("x", process)
