"""What the tests ask of a page in Chromium, in the words of its reader."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from harness.report.content import ReportContent
from harness.report.html import render_html
from tools.screenshot_report import DESKTOP, emulate, open_report, page_png, pdf

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

_LOCAL = ("file:", "data:", "blob:", "about:", "chrome:")


_TOO_FAINT = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgb(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((each) => {
    const share = each / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function behind(node) {
  for (let at = node; at; at = at.parentElement) {
    const color = rgb(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return [255, 255, 255, 255];
}
const texts = "h1, h2, p, dt, dd, a, summary, button, th, td, td small, .badge, .notice span";
const bad = new Map();
for (const node of document.querySelectorAll(texts)) {
  if (!node.textContent.trim() || !node.getClientRects().length) continue;
  const [a, b] = [luminance(rgb(getComputedStyle(node).color)), luminance(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.set(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`, node.textContent.trim());
}
return [...bad];
"""


class Browser:
    """One page in one window."""

    def __init__(self, driver: Chrome, folder: Path) -> None:
        self._driver = driver
        self._folder = folder
        self._path = folder / "report.html"
        self._console: list[str] = []
        self._asked: list[str] = []

    def desktop(self, *, dark: bool = False) -> None:
        emulate(self._driver, size=DESKTOP, dark=dark)

    def phone(self, width: int) -> None:
        emulate(self._driver, size=(width, 780), mobile=True)

    def open(self, content: ReportContent, *, fragment: str = "") -> None:
        """Open a report of `content`, with empty logs, and wait for its figures."""
        self._path.write_text(render_html(content), encoding="utf-8")
        self._read_logs()
        self._console, self._asked = [], []
        open_report(self._driver, self._path, fragment=fragment)

    @property
    def shows_it(self) -> bool:
        """Whether the page last opened here is still in the window."""
        return self._path.exists() and self._driver.current_url.startswith(self._path.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        return self._driver.execute_script(script, *arguments)

    def console(self) -> list[str]:
        """Messages of the page since it was opened: errors, warnings, refusals by its own policy."""
        self._read_logs()
        return self._console

    def foreign_requests(self) -> list[str]:
        """Addresses asked for since it was opened that are neither the file nor inside it."""
        self._read_logs()
        assert any("report.html" in url for url in self._asked), "the log holds not even the page itself"
        return [url for url in self._asked if not url.startswith(_LOCAL)]

    def _read_logs(self) -> None:
        """Chromium hands out each entry once."""
        self._console += [entry["message"] for entry in self._driver.get_log("browser")]
        events = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        self._asked += [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def column(self, key: str) -> list[str]:
        """Texts of a column in the order of the rows shown, without the smaller line below."""
        return self.run(
            """
            const heads = [...document.querySelectorAll("#trials thead th")];
            const at = heads.findIndex((each) => each.dataset.key === arguments[0]);
            const rows = [...document.querySelectorAll("#trials tr.trial")].filter((row) => !row.hidden);
            return rows.map((row) => {
              const cell = row.cells[at].cloneNode(true);
              cell.querySelectorAll("small").forEach((each) => each.remove());
              return cell.textContent.trim();
            });
            """,
            key,
        )

    def too_faint(self) -> list[list[str]]:
        """Texts with less contrast to what is behind them than 4.5 to 1 (WCAG 2.1, 1.4.3)."""
        return self.run(_TOO_FAINT)

    def sort_by(self, key: str) -> None:
        self.run("document.querySelector(`#trials th[data-key='${arguments[0]}'] button`).click()", key)

    def filter(self, **wanted: str) -> str:
        """Fill in filters as a reader does; returns how many trials the page says it shows."""
        return self.run(
            """
            for (const [name, value] of Object.entries(arguments[0])) {
              const field = document.querySelector(`#filters [name='${name}']`);
              field.value = value;
              field.dispatchEvent(new Event("input", { bubbles: true }));
            }
            return document.getElementById("shown").textContent;
            """,
            wanted,
        )

    def picture(self, selector: str) -> Image.Image:
        png = page_png(self._driver, of=selector, margin_px=0)
        return Image.open(io.BytesIO(png)).convert("RGB")

    def clear_filters(self) -> None:
        self.run("document.getElementById('filters').reset()")
        self.settle()

    def settle(self) -> None:
        """Let the page do what it has put off."""
        self.run("return new Promise((resolve) => setTimeout(resolve, 30))")

    def printed(self) -> bytes:
        return pdf(self._driver)
