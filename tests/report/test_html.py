"""The document as text; what a browser makes of it is in test_page."""

from __future__ import annotations

import json
import re
import time
import zlib
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from harness.records.vocabulary import Runtime, Status
from harness.report.content import Answer, MeasuredRun, ReportContent, identity
from harness.report.html import render_html
from tests.report.factory import NASTY, Recipe, content, content_of, measured_run, rich_recipe

LARGEST_BYTES = 6_000_000


class Page(HTMLParser):
    """Elements, addresses and text of a document, as a parser of the standard library sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self._texts: list[str] = []
        self._raw = False
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._raw = tag in ("script", "style")
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self._texts.append(data)
        elif self.tags[-1] == "script":
            self.scripts[-1] += data


def page(shown: ReportContent) -> Page:
    return Page(render_html(shown))


def everything_nasty() -> ReportContent:
    recipe = replace(
        rich_recipe(),
        models=8,
        rename=lambda name: f"{name}{NASTY}",
        device=f"d{NASTY}",
        name=f"r{NASTY}",
        adapter=f"llvmpipe{NASTY}",
        notices=(NASTY,),
        caveat=NASTY,
        statuses=(("int8@GPU", Status.UNSUPPORTED, NASTY), ("float16@GPU", Status.FALLBACK, NASTY)),
    )
    return content_of(measured_run(recipe), answers=[Answer(f"need{NASTY}", f"sentence{NASTY}")])


def test_the_largest_usual_report_is_small_and_quick():
    """Twelve models on two runtimes, three delegates and three thread counts: 216 trials."""
    recipe = replace(rich_recipe(), threads=(1, 2, 4), runtimes=(Runtime.LITERT, Runtime.TFLITE_RUNTIME))
    shown = content(recipe)
    assert len(shown.rows) == 216
    begin = time.monotonic()
    html = render_html(shown)
    assert time.monotonic() - begin < 3
    assert len(html.encode()) <= LARGEST_BYTES


def test_the_same_content_gives_the_same_bytes():
    assert render_html(content(Recipe(models=2))) == render_html(content(Recipe(models=2)))


def test_nothing_in_the_file_points_outside():
    found = page(content(rich_recipe()))
    addresses = [value for name, value in found.attributes if name in ("href", "src", "action", "data")]
    assert addresses
    assert all(value.startswith(("#", "data:")) for value in addresses)


def test_only_the_two_scripts_of_the_file_may_run():
    html = render_html(content(Recipe(models=1)))
    [policy] = [value for _, value in Page(html).attributes if value.startswith("default-src")]
    allowed = re.findall(r"'(sha256-[^']+)'", policy)
    data, runs = Page(html).scripts[:2], Page(html).scripts[2:]
    assert len(runs) == 2
    assert allowed == [f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}" for text in runs]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert all(re.fullmatch(r"[A-Za-z0-9+/=]+", text) for text in data)


def test_the_packed_data_is_what_the_page_shows():
    shown = content(Recipe(models=2))
    [_, details] = [json.loads(zlib.decompress(b64decode(text))) for text in page(shown).scripts[:2]]
    assert len(details) == 2
    assert all(len(detail["launches"]) == 5 for detail in details.values())


def test_text_from_files_makes_no_element_attribute_or_address():
    found = page(everything_nasty())
    harmless = page(content_of(measured_run(rich_recipe())))
    assert set(found.tags) <= set(harmless.tags)
    assert not any(name.startswith("on") for name, _ in found.attributes)
    assert not any(value.startswith("javascript:") for _, value in found.attributes)
    assert len(found.scripts) == len(harmless.scripts) == 4
    assert found.text.count(" ".join(NASTY.split())) > 50


def test_answers_come_before_figures_and_table():
    text = page(content(rich_recipe())).text
    order = [
        "Which model for which need",
        "Accuracy against latency",
        "All trials",
        "Warnings",
        "What was measured",
    ]
    places = [text.rindex(heading) for heading in order]
    assert places == sorted(places)


def test_an_answer_shows_its_winner_with_figures_and_a_sentence():
    html = render_html(content(Recipe(models=4)))
    card = html[html.index('class="card answer"') :]
    card = card[: card.index("</article>")]
    assert "starter_w025_float32" in card
    assert "58.0<i>%</i>" in card


def test_a_need_that_nothing_meets_has_a_sentence_and_no_winner():
    shown = content_of(
        measured_run(Recipe(models=1)), answers=[Answer("At least 95 %", "No model reaches it.")]
    )
    html = render_html(shown)
    assert "No model reaches it." in html
    assert 'class="winner"' not in html


def test_many_tied_winners_are_cut_and_counted():
    run = measured_run(Recipe(models=7))
    every = content_of(run).answers[0]
    answer = replace(every, trials=tuple(identity(row) for row in run.rows))
    html = render_html(content_of(run, answers=[answer]))
    assert html.count('class="winner"') == 3
    assert "and 4 more, tied" in html


def test_without_a_candidate_the_page_says_so():
    run = measured_run(Recipe(models=2, statuses=(("", Status.FAILED, "signal 11"),)))
    text = page(content_of(run, answers=[])).text
    assert "nothing to choose from" in text
    assert "signal 11" in text


def test_a_simulated_device_is_called_one_before_the_answers():
    runs = [
        measured_run(Recipe(models=1, name=name, device=name, simulated=name == "toy"))
        for name in ("real", "toy")
    ]
    html = render_html(content_of(*runs))
    assert "toy · toy is a simulated device: its times say nothing of a real one." in html
    assert "real · real is a simulated" not in html
    assert html.count('badge-simulated">simulated') == 2, "one row, one run"


def test_a_software_gpu_is_called_one_before_the_answers():
    text = page(content(rich_recipe())).text
    assert "The GPU of local is software (SwiftShader Device (Subzero))" in text
    assert text.index("The GPU of local is software") < text.index("Most accurate")


@pytest.mark.parametrize("version", [None, "2.3.0"])
def test_a_failed_row_without_a_version_adds_no_runtime_to_the_head(version: str | None):
    run = measured_run(Recipe(models=2))
    failed = replace(run.rows[0], runtime_version=version, status=Status.FAILED, latency_ms=None)
    text = page(content_of(MeasuredRun(run.run, (failed, run.rows[1]), run.launches, run.evaluations))).text
    assert "Runtime litert 2.3.0 Delegates" in text


def test_every_status_is_explained():
    text = page(content(Recipe(models=1))).text
    for status in Status:
        assert f"{status} " in text


def test_a_run_without_trials_is_a_page_too():
    assert "No trials" in page(content(Recipe(models=0))).text
