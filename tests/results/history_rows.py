"""Past runs made by hand: exported rows and points with a step in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.results.export import row_document
from harness.results.rows import build_rows
from tests.results.factory import RUN, launch


def exported_row(run: str, ms: float, **changed: Any) -> dict[str, Any]:
    """A row as `harness export` writes it."""
    [row] = build_rows(RUN, [launch(index, ms=ms) for index in range(3)], [])
    return {**row_document(row), "run": run, **changed}


def level_series(count: int, *, at: int, step: float) -> list[float]:
    """Latencies around 2 ms that scatter by under 1 % and are slower from `at` on."""
    return [
        2.0 * (1 + 0.004 * ((7 * number) % 5 - 2)) * (1 + step if number >= at else 1)
        for number in range(count)
    ]


def write_export(path: Path, latencies_ms: Sequence[float], **changed: Any) -> Path:
    """One exported file with a run a day."""
    rows = [
        exported_row(f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}T10-00-00_local", ms, **changed)
        for number, ms in enumerate(latencies_ms)
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path
