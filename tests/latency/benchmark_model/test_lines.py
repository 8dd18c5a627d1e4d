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
