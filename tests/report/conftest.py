"""A real Chromium for the tests of the page, started once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.report.content import ReportContent
from tests.conftest import require_or_skip
from tests.report.browser import Browser
from tests.report.factory import content, rich_recipe
from tools.screenshot_report import chromium, chromium_missing

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.fixture(scope="session")
def driver() -> Iterator[Chrome]:
    missing = chromium_missing()
    if missing is not None:
        require_or_skip(missing)
    with chromium() as found:
        yield found


@pytest.fixture
def browser(driver: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium as a desktop reader has it, with nothing left of the test before."""
    found = Browser(driver, tmp_path_factory.mktemp("report"))
    found.desktop()
    yield found
    driver.get("about:blank")


@pytest.fixture(scope="session")
def rich() -> ReportContent:
    return content(rich_recipe())


@pytest.fixture(scope="session")
def _reader(driver: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(driver, tmp_path_factory.mktemp("rich"))


@pytest.fixture
def page(_reader: Browser, rich: ReportContent) -> Browser:
    """The rich report on a desktop; opened once for all tests that follow each other, so it may be sorted."""
    if not _reader.shows_it:
        _reader.desktop()
        _reader.open(rich)
    _reader.clear_filters()
    return _reader
