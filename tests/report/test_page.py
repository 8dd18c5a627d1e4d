"""The report in a real Chromium: it draws, sorts, filters, opens rows, and asks nobody for anything."""

from __future__ import annotations

import io
import socket

import pytest
from PIL import Image

from tests.report.browser import Browser
from tools.screenshot_report import DESKTOP, page_png

MARKS = {"accuracy": ".point", "threads": ".point", "delegates": ".point", "samples": ".violin"}


def numbers(texts: list[str]) -> list[float | None]:
    return [None if text == "–" else float(text.replace(",", "")) for text in texts]


def colored_share(picture: Image.Image) -> float:
    """Share of pixels that are neither white, grey nor black."""
    _, saturation, _ = picture.convert("HSV").split()
    histogram = saturation.histogram()
    return sum(histogram[60:]) / sum(histogram)


def test_no_console_message_and_no_request_leaves_the_page(page: Browser):
    assert page.console() == []
    assert page.foreign_requests() == []


def test_text_stands_out_from_what_is_behind_it(page: Browser):
    assert page.too_faint() == []


@pytest.mark.parametrize("section", MARKS)
def test_every_figure_is_drawn_and_not_blank(page: Browser, section: str):
    drawn = page.run(f"return document.querySelectorAll('#{section} .plot svg {MARKS[section]}').length")
    assert drawn >= 12
    assert colored_share(page.picture(f"#{section} .plot .nsewdrag")) > 0.005


def test_names_of_the_front_are_inside_the_figure_and_do_not_overlap(page: Browser):
    frame, *names = page.run(
        """
        const frame = document.querySelector("#accuracy .plot .nsewdrag");
        const names = document.querySelectorAll("#accuracy .plot .textpoint text");
        return [frame, ...names].map((each) => {
          const { left, right, top, bottom } = each.getBoundingClientRect();
          return [left, right, top, bottom];
        });
        """
    )
    assert len(names) >= 3
    assert all(left >= frame[0] and right <= frame[1] for left, right, _, _ in names)
    for number, (left, right, top, bottom) in enumerate(names):
        for other in names[:number]:
            assert right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top


@pytest.mark.parametrize("key", ["median", "top1", "size", "threads"])
def test_sorting_is_numeric_and_missing_values_stay_last_either_way(page: Browser, key: str):
    orders = []
    for _ in range(2):
        page.sort_by(key)
        values = numbers(page.column(key))
        known = [value for value in values if value is not None]
        assert values[len(known) :] == [None] * (len(values) - len(known))
        orders.append(known)
    assert sorted(orders[0]) in orders
    assert sorted(orders[0], reverse=True) in orders


def test_trials_without_latency_are_below_those_with_it(page: Browser):
    page.sort_by("median")
    assert page.column("median")[0] != "–"
    assert page.column("median")[-1] == "–"
    assert page.column("status")[-1] not in ("ok", "fallback")


def test_names_sort_as_text(page: Browser):
    page.sort_by("model")
    assert page.column("model") == sorted(page.column("model"))


def test_filters_combine_and_clear(page: Browser):
    page.filter(delegate="gpu", threads="2")
    assert set(page.column("threads")) == {"2"}
    assert set(page.column("delegate")) == {"gpu"}
    assert page.filter(text="int8 unsupported") == "3 of 72 trials"
    assert set(page.column("status")) == {"unsupported"}
    page.filter(text="no such model")
    assert page.column("model") == []
    assert page.run("return document.getElementById('none-fits').hidden") is False
    page.clear_filters()
    assert len(page.column("model")) == 72
    assert page.run("return document.getElementById('shown').textContent") == "72 trials"


def test_a_link_opens_its_row_even_where_a_filter_hides_it(page: Browser):
    page.filter(status="ok")
    anchor = page.run("return document.querySelector('tr.trial.is-failed').id")
    page.run("location.hash = arguments[0]", anchor)
    page.settle()
    hidden, detail = page.run(
        "const row = document.getElementById(arguments[0]);"
        "return [row.hidden, row.nextElementSibling.textContent]",
        anchor,
    )
    assert hidden is False
    assert "SIGSEGV" in detail


def test_an_opened_row_tells_its_launches_and_closes_again(page: Browser):
    page.run(
        "window.someRow = document.querySelector('tr.trial.is-ok'); someRow.querySelector('.open').click()"
    )
    text = page.run("return someRow.nextElementSibling.textContent")
    assert "launch 5" in text
    assert "Asked for and got" in text
    assert page.run("return someRow.nextElementSibling.querySelectorAll('svg .mid').length") == 5
    page.run("someRow.querySelector('.open').click()")
    assert page.run("return someRow.nextElementSibling.className") != "detail"


def test_a_click_on_a_mark_leads_to_its_row(page: Browser):
    anchor = page.run(
        """
        const plot = document.querySelector("#delegates .plot");
        const trace = plot.data.find((each) => each.customdata);
        plot.emit("plotly_click", { points: [{ customdata: trace.customdata[0] }] });
        return trace.customdata[0];
        """
    )
    page.settle()
    open_rows = "return [...document.querySelectorAll('tr.trial:has(+ tr.detail)')].map((row) => row.id)"
    assert anchor in page.run(open_rows)


def test_the_other_view_of_a_figure_is_drawn_on_demand(page: Browser):
    title = "return document.querySelector('#samples .xtitle').textContent"
    assert "difference" in page.run(title)
    page.run("document.querySelector('#samples [data-shows=\"1\"]').click()")
    page.settle()
    assert "ms" in page.run(title)
    page.run("document.querySelector('#samples [data-shows=\"0\"]').click()")


def test_a_picture_for_the_documents_ends_below_the_first_figure(page: Browser, driver):
    picture = Image.open(io.BytesIO(page_png(driver, until="#accuracy")))
    whole = Image.open(io.BytesIO(page_png(driver)))
    assert picture.width == whole.width == DESKTOP[0]
    assert 1000 < picture.height < whole.height / 2


def test_a_section_that_is_not_there_is_named(page: Browser, driver):
    with pytest.raises(SystemExit, match="no element #nonsense"):
        page_png(driver, of="#nonsense")


def test_the_page_forbids_itself_to_ask_anybody(page: Browser):
    """Last in this file: it fills the logs of the page that all tests here share."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        page.run("fetch(arguments[0]).catch(() => 0)", address)
        page.run("document.body.append(Object.assign(new Image(), { src: arguments[0] }))", address)
        page.run("document.body.insertAdjacentHTML('beforeend', '<p onclick=\"window.ran = true\">.</p>')")
        page.run("document.body.lastChild.click()")
        with pytest.raises(TimeoutError):
            listener.accept()
    assert page.run("return window.ran") is None
    assert sum("Content Security Policy" in message for message in page.console()) >= 3
    assert set(page.foreign_requests()) == {address}, "an attempt is seen, even where it is refused"
