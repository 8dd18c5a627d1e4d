"""One result in every form a build shows it in; whatever the names hold, they only ever are names."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.gate.judge import exit_code, overall
from harness.records.gate import GateResult, MetricVerdict
from harness.records.vocabulary import Metric, Verdict
from harness.report.gate_annotations import github_annotations
from harness.report.gate_html import render_gate_html
from harness.report.gate_junit import render_junit
from harness.report.gate_markdown import render_gate_markdown
from harness.report.gate_words import cell_facts, change_text, headline, metric_text, screen_lines
from tests.report.gate_results import MEMORY, TOP1, cell_verdict, every_verdict, hostile, result
from tools.screenshot_report import DESKTOP, PHONE, emulate, page_png

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


# Words


def test_the_screen_has_all_that_a_verdict_rests_on():
    text = "\n".join(screen_lines(every_verdict()))
    for expected in (
        "×1.047 [1.038, 1.056]",
        "3.00 ms, old (sha256 aaaaaaaaaaaa), litert 2.3.0",
        "3.14 ms, mobilenet_v2_1.0_224_quant (sha256 bbbbbbbbbbbb), litert 2.1.0",
        "15 used, 2 made again",
        "2 of 7, confirmed on fresh pairs",
        "tolerance 2 %, target 5 %",
        "Smallest slowdown this could show: 3.1 %",
        "peak memory: REGRESSION, +16.7 % [+15.0, +18.0]; peak memory grew",
        "Top-1: INCONCLUSIVE, -1.0 points [-2.5, +0.5]",
        "caution: the hypervisor took 3.1 % of CPU time (use a machine",
        "next: find the change that costs this",
        "note: gate.yaml",
    ):
        assert expected in text
    assert text.splitlines()[-1] == "REGRESSION: 1 of 4 comparisons (latency and peak memory) in 61.5 s"


def test_the_headline_counts_what_decided():
    one = cell_verdict("a", 1.0, Verdict.PASS)
    assert headline(result(one)) == "PASS: 1 comparison"
    assert (
        headline(result(one, cell_verdict("b", 1.1, Verdict.REGRESSION))) == "REGRESSION: 1 of 2 comparisons"
    )


def test_what_was_not_measured_is_not_said():
    [unfit] = [cell for cell in every_verdict().cells if cell.verdict is Verdict.UNFIT]
    assert dict(cell_facts(unfit)).keys() == {"B / A, latency", "A", "B", "Margins"}
    assert change_text(replace(MEMORY, change=None)) == "–"
    assert metric_text(replace(TOP1, reason=None)).endswith("points [-2.5, +0.5]")


# JUnit


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


def test_junit_has_what_readers_of_it_ask_for():
    root = parsed(render_junit(every_verdict()))
    assert root.tag == "testsuites"
    [suite] = root
    assert [child.tag for child in suite] == ["properties"] + ["testcase"] * 6
    for element in (root, suite):
        assert {key: element.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
            "tests": "6",
            "failures": "2",
            "errors": "3",
            "skipped": "0",
        }
        assert float(element.get("time") or "") == 61.5
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp") or "")
    names = [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")]
    assert len(set(names)) == 6
    assert names[0] == ("harness.gate.local.cpu.1t", "starter_small_int8: latency")
    for case in suite.findall("testcase"):
        assert float(case.get("time") or "") >= 0
        assert [child.tag for child in case][-1] == "system-out"
        assert all(child.tag in ("failure", "error", "skipped", "system-out") for child in case)


def outcomes(gate: GateResult, inconclusive: str = "fail") -> list[str]:
    suite = parsed(render_junit(gate, inconclusive=inconclusive))[0]
    return [case[0].tag for case in suite.findall("testcase")]


def test_junit_fails_where_the_build_does():
    one = result(cell_verdict("a", 1.03, Verdict.INCONCLUSIVE))
    assert outcomes(one) == ["error"]
    assert outcomes(one, "warn") == ["skipped"]
    assert outcomes(result(cell_verdict("a", 1.1, Verdict.REGRESSION))) == ["failure"]
    assert outcomes(result(cell_verdict("a", 1.1, Verdict.REGRESSION), advisory="no file")) == ["skipped"]
    assert outcomes(result(cell_verdict("a", 1.0, Verdict.PASS))) == ["system-out"]


INIT = replace(MEMORY, metric=Metric.INIT, verdict=Verdict.INCONCLUSIVE, reason="init scatters too much")
SIZE = replace(MEMORY, metric=Metric.SIZE, reason="the file is 5.7 % larger")


@pytest.mark.parametrize("inconclusive", ["fail", "warn", "pass"])
@pytest.mark.parametrize("advisory", [None, "the file is gone"])
@pytest.mark.parametrize("metrics", [(), (INIT,), (SIZE,), (TOP1,), (MEMORY, INIT)])
@pytest.mark.parametrize("latency", list(Verdict))
def test_junit_fails_exactly_where_the_exit_code_does(
    latency: Verdict, metrics: tuple[MetricVerdict, ...], advisory: str | None, inconclusive: str
):
    cell = cell_verdict("a", 1.0, latency, metrics=() if latency is Verdict.UNFIT else metrics)
    cell = replace(cell, verdict=overall([latency, *(m.verdict for m in cell.metrics if m.decides)]))
    gate = result(cell, advisory=advisory)
    bad = {"failure", "error"} & set(outcomes(gate, inconclusive))
    assert bool(bad) == bool(exit_code(gate, inconclusive=inconclusive))


def test_junit_says_the_whole_once():
    cell = replace(
        cell_verdict("a", 1.0, Verdict.PASS, metrics=(SIZE, INIT)),
        verdict=Verdict.REGRESSION,
        duration_s=54.7,
    )
    latency, size, init = parsed(render_junit(result(cell)))[0].findall("testcase")
    assert "Margins" in (latency.findtext("system-out") or "") and latency.get("time") == "54.700"
    for case, word, others in ((size, "size", "init"), (init, "init", "size")):
        text = ElementTree.tostring(case, encoding="unicode")
        assert word in text and others not in text and "Margins" not in text


def test_where_only_size_failed_nothing_says_slower():
    cell = replace(
        cell_verdict("a", 1.0, Verdict.PASS, metrics=(SIZE,)),
        verdict=Verdict.REGRESSION,
        reason="the file is 5.7 % larger; latency passed: B is not slower by 5.0%",
    )
    gate = result(cell)
    assert headline(gate) == "REGRESSION: 1 comparison (size)"
    text = render_gate_markdown(gate)
    assert "size proven to be worse than accepted" in text
    assert "slower by more" not in text


def test_a_run_that_could_compare_nothing_has_a_case_that_says_so():
    suite = parsed(render_junit(result(advisory="the model is gone", verdict=Verdict.INCONCLUSIVE)))[0]
    [case] = suite.findall("testcase")
    assert (case[0].tag, case[0].get("message")) == ("skipped", "the model is gone")


def test_a_metrics_regression_is_not_blamed_on_latency():
    cell = replace(cell_verdict("a", 1.0, Verdict.PASS, metrics=(MEMORY,)), verdict=Verdict.REGRESSION)
    assert outcomes(result(cell)) == ["system-out", "failure"]


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=30))
def test_junit_holds_any_text(name: str):
    cell = replace(cell_verdict("a", 1.1, Verdict.REGRESSION), reason=name, next_step=name)
    root = parsed(render_junit(result(cell, name=name)))
    assert root.find(".//failure") is not None


def test_hostile_names_stay_names_in_junit():
    suite = parsed(render_junit(hostile()))[0]
    assert {element.tag for element in suite.iter()} == {
        "testsuite", "properties", "property", "testcase", "failure", "system-out",
    }  # fmt: skip


# Markdown


def test_markdown_begins_with_the_verdict_and_the_worst():
    text = render_gate_markdown(every_verdict())
    assert text.startswith("## ❌ harness gate: REGRESSION: 1 of 4 comparisons")
    rows = [line for line in text.splitlines() if line.startswith("| ") and " on local" in line]
    assert [row.split("|")[1].split()[1] for row in rows[:4]] == [
        "REGRESSION",
        "UNFIT",
        "INCONCLUSIVE",
        "PASS",
    ]
    assert "×1.047 \\[1.038, 1.056\\]" in text
    assert "| 15 (2) | 2 of 7 | 2 % → 5 % | 3.1 % |" in text
    assert "**Next**: find the change" in text
    assert "1 of 4: the hypervisor took 3.1 % of CPU time." in text


def test_markdown_says_when_it_only_advises():
    text = render_gate_markdown(result(cell_verdict("a", 1.1, Verdict.REGRESSION), advisory="no file"))
    assert "**Advice only" in text


def test_markdown_stays_short_with_very_many_comparisons():
    many = result(*(cell_verdict(f"m{number}", 1.1, Verdict.REGRESSION) for number in range(2000)))
    text = render_gate_markdown(many)
    assert len(text.encode()) < 1_000_000
    assert "1900 more are in the report." in text


def test_hostile_names_stay_text_in_markdown():
    text = render_gate_markdown(hostile())
    assert "<img" not in text
    assert "\n::error" not in text
    assert "x](javascript" not in text


# Annotations


def test_annotations_say_what_fails_the_build():
    lines = github_annotations(every_verdict())
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::error"]
    assert lines[0].startswith(
        "::error title=REGRESSION%3A mobilenet_v2_1.0_224_quant on local%3A cpu%2C 1 thread(s)::"
    )
    assert "%0Anext: find" in lines[0]


@pytest.mark.parametrize(
    ("inconclusive", "level"), [("fail", "error"), ("warn", "warning"), ("pass", "notice")]
)
def test_an_inconclusive_verdict_is_as_loud_as_it_was_asked_to_be(inconclusive: str, level: str):
    [line] = github_annotations(
        result(cell_verdict("a", 1.03, Verdict.INCONCLUSIVE)), inconclusive=inconclusive
    )
    assert line.startswith(f"::{level} ")


def test_advice_is_a_warning_and_a_pass_a_notice():
    [advice] = github_annotations(result(cell_verdict("a", 1.1, Verdict.REGRESSION), advisory="no file"))
    assert advice.startswith("::warning ")
    [fine] = github_annotations(result(cell_verdict("a", 1.0, Verdict.PASS)))
    assert fine == "::notice title=harness gate::PASS: 1 comparison"


def test_no_more_annotations_than_are_shown():
    many = result(*(cell_verdict(f"m{number}", 1.1, Verdict.REGRESSION) for number in range(30)))
    lines = github_annotations(many)
    assert len(lines) == 10
    assert lines[-1].endswith("21 more are in the summary")


def test_hostile_names_give_no_commands():
    lines = github_annotations(hostile())
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert all(line.count("::error") == 1 or "%0A::error" in line for line in lines)


# The page


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)


def test_the_page_has_no_script_and_every_fact():
    html = render_gate_html(every_verdict())
    tags = _Tags()
    tags.feed(html)
    assert "script" not in tags.seen
    assert "script-src &#39;none&#39;" in html or "script-src 'none'" in html
    for expected in ("×1.047 [1.038, 1.056]", "15 used, 2 made again", "confirm", "EPYC", "3.1 %"):
        assert expected in html


def test_hostile_names_stay_text_in_the_page():
    tags = _Tags()
    tags.feed(render_gate_html(hostile()).encode("utf-8", "replace").decode())
    assert "img" not in tags.seen
    assert "script" not in tags.seen


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_fits_and_draws_each_interval_inside_its_axis(
    driver: Chrome, tmp_path: Path, size: tuple[int, int], dark: bool
):
    path = tmp_path / "gate.html"
    path.write_text(render_gate_html(every_verdict()), encoding="utf-8")
    emulate(driver, size=size, dark=dark, mobile=size == PHONE)
    driver.get_log("browser")
    driver.get(path.as_uri())
    assert driver.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    outside = driver.execute_script(
        """
        return [...document.querySelectorAll(".ratio")].flatMap((ratio) => {
          const around = ratio.getBoundingClientRect();
          return [...ratio.children].map((each) => each.getBoundingClientRect())
            .filter((box) => box.left < around.left - 1 || box.right > around.right + 1);
        }).length;
        """
    )
    assert outside == 0
    assert driver.execute_script("return document.querySelectorAll('.ratio').length") == 3
    assert driver.get_log("browser") == []
    assert len(page_png(driver)) > 10_000
    driver.get("about:blank")


def test_an_accuracy_that_did_not_change_has_no_minus_sign():
    assert change_text(replace(TOP1, change=0.0)).startswith("+0.0 points")
