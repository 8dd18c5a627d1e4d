"""The page of a history in a real browser, and its figures."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.records.history import History, Point, Series, SeriesKey
from harness.records.vocabulary import Delegate, Runtime
from harness.report.figures.history import latency_history
from harness.report.history import render_history
from harness.report.history_words import ADVICE, file_sentence, headline, next_step, suspicion_sentence
from harness.results.history import build_history
from tests.report.factory import NASTY
from tests.results.history_rows import level_series
from tests.results.test_history import KEY, row, stepped
from tools.screenshot_report import DESKTOP, PHONE, emulate, open_report

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

WHEN = "2026-11-23T10:00:00+00:00"


@pytest.fixture
def history() -> History:
    calm = [row(number, 2.0, replace(KEY, model="calm")) for number in range(20)]
    return build_history([*stepped(), *calm])


def test_the_sentence_names_run_commit_levels_and_p():
    [series] = build_history(stepped()).series
    sentence = suspicion_sentence(series, series.suspected[0])
    assert sentence.startswith(
        "6.0 % slower since run run15 (commit 000000000000): 2.00 to 2.12 ms, p = 0.00"
    )


def test_the_headline_never_says_that_nothing_was_where_nothing_was_looked_at():
    short = build_history(stepped(6, at=3))
    assert headline(short) == "Not enough runs to look for changes (6 of 16)"
    assert "No change suspected" not in render_history(short, generated_at=WHEN)
    assert headline(build_history(stepped())) == "1 change suspected"
    calm = [row(number, 2.0, replace(KEY, model="calm")) for number in range(20)]
    assert headline(build_history(calm)) == "No change suspected"
    mixed = [*calm, *(row(number, 2.0, replace(KEY, model="new")) for number in range(4))]
    assert headline(build_history(mixed)) == "No change suspected in the 1 of 2 series looked at"


def test_another_file_is_in_the_headline_and_has_its_sentence():
    rows = [row(0, 0.43), row(1, 0.432), row(2, 0.656, sha256="b" * 64)]
    history = build_history(rows)
    assert headline(history).endswith("; a model's file changed")
    [series] = history.series
    assert file_sentence(series, series.file_changes[0]) == (
        "the model's file changed with run run2 (commit 000000000000) (aaaaaaaaaaaa to bbbbbbbbbbbb):"
        " 0.431 ms in 2 runs before, 0.656 ms in 1 run after (+52.2 %)"
    )
    assert "+52.2 %" in render_history(history, generated_at=WHEN)


def test_next_comes_what_fits_to_the_change():
    [series] = build_history(stepped()).series
    assert next_step(series, series.suspected[0]).startswith("git bisect start")
    rows = [replace(each, point=replace(each.point, commit=None)) for each in stepped()]  # type: ignore[type-var]
    [series] = build_history(rows).series
    assert "harness gate" in next_step(series, series.suspected[0])


def test_the_figure_has_a_line_for_every_level_and_change():
    [series] = build_history(stepped()).series
    view = latency_history(series, anchor="s").views[0]
    levels = [trace for trace in view.data if trace["name"] == "level (median)"]
    assert [trace["x"] for trace in levels] == [[0.6, 15.4], [15.6, 24.4]]
    assert [shape["x0"] for shape in view.layout["shapes"]] == [15.5]


def test_a_series_without_suspicion_has_points_only():
    series = Series(KEY, "t", (Point("r", None, 2.0, None, None, 1, "a", None),), untested="too short")
    figure = latency_history(series, anchor="s")
    assert len(figure.views[0].data) == 1
    assert "too short" in figure.caption


def test_an_empty_history_is_a_page_all_the_same():
    assert "No latencies" in render_history(History((), 0), generated_at=WHEN)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_nothing_from_a_run_becomes_markup():
    key = SeriesKey(NASTY, NASTY, NASTY, Runtime.LITERT, Delegate.CPU, None, 1)
    rows = [
        row(number, ms, key, run=NASTY, commit=NASTY, runtime_version=NASTY, sha256=NASTY)
        for number, ms in enumerate(level_series(20, at=10, step=0.1))
    ]
    html = render_history(replace(build_history(rows), notices=(NASTY,)), generated_at=NASTY)
    parser = _Tags()
    parser.feed(html)
    assert not [tag for tag, _ in parser.seen if tag == "img"]
    assert [tag for tag, _ in parser.seen].count("script") == 4


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_page_draws_every_series_and_fits(
    driver: Chrome, tmp_path: Path, history: History, size: tuple[int, int], dark: bool
):
    path = tmp_path / "history.html"
    path.write_text(render_history(history, generated_at=WHEN), encoding="utf-8")
    emulate(driver, size=size, dark=dark, mobile=size == PHONE)
    driver.get_log("browser")
    open_report(driver, path)
    assert driver.execute_script("return document.querySelectorAll('.plot .main-svg').length") >= 2
    assert driver.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert ADVICE in driver.execute_script("return document.body.innerText")
    assert driver.get_log("browser") == []
    asked = [json.loads(each["message"])["message"] for each in driver.get_log("performance")]
    urls = [
        each["params"]["request"]["url"] for each in asked if each["method"] == "Network.requestWillBeSent"
    ]
    assert all(url.startswith(("file:", "data:", "blob:", "about:", "chrome:")) for url in urls)
    driver.get("about:blank")
