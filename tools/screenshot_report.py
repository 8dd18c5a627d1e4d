"""Take a picture of a report with headless Chromium, as a reader sees it.

    python tools/screenshot_report.py reports/…/report.html report.png --width 1280 --until accuracy
    python tools/screenshot_report.py report.html dark.png --dark
    python tools/screenshot_report.py report.html phone.png --phone
    python tools/screenshot_report.py report.html scatter.png --section accuracy
    python tools/screenshot_report.py report.html report.pdf --print

Needs selenium (in the test extra), and chromium with chromium-driver.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

__all__ = [
    "DESKTOP",
    "PHONE",
    "chromium",
    "chromium_missing",
    "emulate",
    "open_report",
    "page_png",
    "pdf",
]

DESKTOP = (1400, 900)
PHONE = (390, 844)
_DRAWN_TIMEOUT_S = 60.0
# Without these, a fresh profile fetches components and field trials before it shows anything.
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)


def chromium_missing() -> str | None:
    """Why Chromium cannot be driven here; None if it can."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed (pip install 'tflite-harness[test]')"
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed (apt install chromium chromium-driver)"
    return None


@contextmanager
def chromium() -> Iterator[Chrome]:
    """A headless Chromium with an empty profile, gone afterwards."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(prefix="harness-chromium-", ignore_cleanup_errors=True) as profile:
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = Chrome(options=options, service=ChromeService(str(shutil.which("chromedriver"))))
        try:
            yield driver
        finally:
            driver.quit()


def emulate(driver: Chrome, *, size: tuple[int, int], dark: bool = False, mobile: bool = False) -> None:
    """Set the size of the page in CSS pixels, and the reader's preferred colours."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if mobile else 1, "mobile": mobile}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": mobile})
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def open_report(driver: Chrome, path: Path, *, fragment: str = "") -> None:
    """Open the file and wait until all figures are drawn."""
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get(path.resolve().as_uri() + (f"#{fragment}" if fragment else ""))
    WebDriverWait(driver, _DRAWN_TIMEOUT_S, poll_frequency=0.05).until(
        lambda each: each.execute_script("return document.documentElement.dataset.drawn") == "yes"
    )


def page_png(
    driver: Chrome, *, of: str | None = None, until: str | None = None, margin_px: int = 16
) -> bytes:
    """The whole page, the first element that the selector `of` finds, or all down to the end of `until`."""
    clip = _clip(driver, of, until, margin_px)
    shot = driver.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
    )
    return base64.b64decode(shot["data"])


def _clip(driver: Chrome, of: str | None, until: str | None, margin_px: int) -> dict[str, Any]:
    size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    if of is not None:
        x, y, width, height = _box(driver, of)
        x, y = x - margin_px, y - margin_px
        width, height = width + 2 * margin_px, height + 2 * margin_px
    else:
        x, y, width, height = 0, 0, size["width"], size["height"]
    if until is not None:
        _, top, _, tall = _box(driver, until)
        height = top + tall + margin_px - y
    return {"x": x, "y": y, "width": width, "height": height, "scale": 1}


def _box(driver: Chrome, selector: str) -> tuple[float, float, float, float]:
    """Place and size of an element on the page, in CSS pixels."""
    box = driver.execute_script(
        "const box = document.querySelector(arguments[0])?.getBoundingClientRect();"
        "return box && [box.x + scrollX, box.y + scrollY, box.width, box.height]",
        selector,
    )
    if box is None:
        raise SystemExit(f"the report has no element {selector}")
    return tuple(box)


def pdf(driver: Chrome) -> bytes:
    """The page as it is printed."""
    done = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return base64.b64decode(done["data"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("report", type=Path, help="report.html")
    parser.add_argument("out", type=Path, help="the PNG (or, with --print, the PDF) to write")
    parser.add_argument("--dark", action="store_true", help="in dark mode")
    parser.add_argument("--phone", action="store_true", help="390 px wide, touch, twice the pixels")
    parser.add_argument("--width", type=int, default=DESKTOP[0], help="width of the page, px (default: 1400)")
    parser.add_argument("--section", metavar="ID", help="only this section: answers, accuracy, results, …")
    parser.add_argument("--until", metavar="ID", help="all from the top down to the end of this section")
    parser.add_argument("--open-row", metavar="ID", default="", help="a trial's row to open, as in its link")
    parser.add_argument("--print", dest="as_pdf", action="store_true", help="print to a PDF")
    return parser.parse_args()


def main() -> None:
    """Command line."""
    arguments = _arguments()
    missing = chromium_missing()
    if missing is not None:
        raise SystemExit(missing)
    size = PHONE if arguments.phone else (arguments.width, DESKTOP[1])
    with chromium() as driver:
        emulate(driver, size=size, dark=arguments.dark, mobile=arguments.phone)
        open_report(driver, arguments.report, fragment=arguments.open_row)
        picture = pdf(driver) if arguments.as_pdf else _picture(driver, arguments)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(picture)


def _picture(driver: Chrome, arguments: argparse.Namespace) -> bytes:
    of, until = (f"#{name}" if name else None for name in (arguments.section, arguments.until))
    return page_png(driver, of=of, until=until)


if __name__ == "__main__":
    main()
