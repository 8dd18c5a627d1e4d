"""The report in a real Chromium: in the dark, on a phone, on paper; and reports that are not usual."""

from __future__ import annotations

import time

import pytest
from PIL import ImageStat

from harness.records.vocabulary import Delegate, Runtime, Status
from tests.report.browser import Browser
from tests.report.factory import NASTY, Recipe, content, content_of, measured_run
from tests.report.test_page import numbers

AXIS_COLOR = "return document.querySelector('#accuracy .xtick text').style.fill"
DARK_INK_SOFT = "rgb(169, 181, 193)"


def brightness(browser: Browser) -> float:
    return ImageStat.Stat(browser.picture("#accuracy").convert("L")).mean[0]


def test_dark_mode_changes_page_and_figures_while_the_report_is_open(browser: Browser, rich):
    browser.open(rich)
    light = brightness(browser)
    browser.desktop(dark=True)
    deadline = time.monotonic() + 10
    while browser.run(AXIS_COLOR) != DARK_INK_SOFT and time.monotonic() < deadline:
        time.sleep(0.05)
    assert browser.run(AXIS_COLOR) == DARK_INK_SOFT
    assert light > 200
    assert brightness(browser) < 80
    assert browser.too_faint() == []


PLOT_WIDTHS = "return [...document.querySelectorAll('.plot')].map((each) => each._fullLayout.width)"
PLOT_HEIGHTS = "return [...document.querySelectorAll('.plot')].map((each) => each._fullLayout.yaxis._length)"


def test_a_phone_scrolls_the_page_in_one_direction_only_and_may_be_turned(browser: Browser, rich):
    browser.phone(360)
    browser.open(rich)
    browser.run("document.querySelector('tr.trial .open').click()")
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    for width in (360, 412, 780):
        browser.phone(width)
        browser.settle()
        assert browser.run("return document.documentElement.scrollWidth") == width
        assert browser.run("return innerWidth") == width
        assert max(browser.run(PLOT_WIDTHS)) <= width
        assert min(browser.run(PLOT_HEIGHTS)) > 260, "a long legend leaves too little of a figure"
    assert browser.console() == []


def test_print_opens_what_paper_cannot_open_and_closes_it_again(browser: Browser):
    browser.open(content(Recipe(models=6, threads=(1, 2), warned="w025")))
    browser.run(
        "addEventListener('beforeprint', () => {"
        "  window.printedClosed = document.querySelectorAll('details:not([open])').length;"
        "  window.printedTheme = document.documentElement.dataset.theme;"
        "})"
    )
    closed = "return document.querySelectorAll('details:not([open])').length"
    before = browser.run(closed)
    printed = browser.printed()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= 4
    assert browser.run("return window.printedClosed") == 0
    assert browser.run("return window.printedTheme") == "light"
    assert browser.run(closed) == before > 0
    assert browser.console() == []


def test_names_reasons_and_paths_from_files_stay_text(browser: Browser):
    recipe = Recipe(
        models=4,
        threads=(1, 2),
        delegates=(Delegate.CPU, Delegate.GPU),
        rename=lambda name: f"{name}{NASTY}",
        device=f"phone{NASTY}",
        name=f"run{NASTY}",
        adapter=f"llvmpipe{NASTY}",
        notices=(f"left out {NASTY}",),
        caveat=f"caveat {NASTY}",
        warned="w025",
        statuses=(("float16@GPU", Status.FALLBACK, f"why {NASTY}"), ("int8@", Status.FAILED, NASTY)),
    )
    nasty = content(recipe)
    browser.open(nasty)
    browser.run("document.querySelectorAll('tr.trial .open').forEach((each) => each.click())")
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    assert browser.run("return document.querySelectorAll('img, iframe, object, [onerror]').length") == 0
    assert browser.run("return document.scripts.length") == 4
    assert browser.run("return [...document.links].every((a) => a.protocol === 'file:')") is True
    assert browser.console() == []
    assert browser.foreign_requests() == []
    assert f"starter_w025_float32{NASTY}" in browser.run("return document.body.innerText")
    drawn = browser.run(
        "return [...document.querySelectorAll('.plot text')].map((t) => t.textContent).join(' ')"
    )
    assert "onerror=alert" in drawn


def test_500_trials_open_and_sort_fluently(browser: Browser):
    """Bounds are an order above what an idle machine needs: this finds what freezes, not what is slow."""
    many = content(
        Recipe(models=125, threads=(1, 2), delegates=(Delegate.CPU, Delegate.CPU_BUILTIN), samples=60)
    )
    assert len(many.rows) == 500
    begin = time.monotonic()
    browser.open(many)
    assert time.monotonic() - begin < 20
    taken_ms = browser.run(
        """
        const begin = performance.now();
        document.querySelector("#trials th[data-key='median'] button").click();
        document.body.getBoundingClientRect();
        return performance.now() - begin;
        """
    )
    assert taken_ms < 1500
    assert numbers(browser.column("median")) == sorted(numbers(browser.column("median")))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(models=1),
        Recipe(models=3, accuracy=False),
        Recipe(models=2, statuses=(("", Status.FAILED, "launch 1: no such file"),)),
    ],
    ids=["one model", "no accuracy", "nothing ok"],
)
def test_sparse_reports_open_without_a_word_of_complaint(browser: Browser, recipe: Recipe):
    browser.open(content(recipe))
    assert browser.console() == []
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth") is True


def test_two_runs_stand_side_by_side(browser: Browser):
    runs = [
        measured_run(Recipe(models=2, name="first")),
        measured_run(Recipe(models=2, name="second", runtimes=(Runtime.TFLITE_RUNTIME,))),
    ]
    browser.open(content_of(*runs))
    assert browser.run("return document.querySelectorAll('#accuracy .plot').length") == 2
    assert browser.console() == []
