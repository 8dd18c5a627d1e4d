"""Imports run downwards through the rooms, and the pure rooms touch nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "starter" not in path.parts)

# From the bottom up; rooms on one line do not import each other.
LAYERS = [
    {"records", "errors", "resources"},
    {"stats"},
    {"zoo", "plan"},
    {"adb"},
    {"devices"},
    {"latency", "accuracy"},
    {"results", "simulated_phone", "phone_accuracy"},
    {"choose"},
    {"report", "classify", "quantize"},
    {"gate"},
    {"sweep"},
    {"cli"},
]
HEIGHT = {room: height for height, rooms in enumerate(LAYERS) for room in rooms}
PURE = {"records", "stats", "choose"}
WORLD = {"subprocess", "socket", "time", "os", "pathlib", "shutil", "tempfile", "requests", "urllib"}


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_below_it(path: Path):
    here = room_of(path)
    if here not in HEIGHT:
        assert here in ("__init__", "__main__")
        return
    for name in imports(path):
        if not name.startswith("harness."):
            continue
        there = name.split(".")[1]
        assert there == here or HEIGHT[there] < HEIGHT[here], f"{here} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) in PURE], ids=lambda path: path.name)
def test_a_pure_room_touches_no_process_clock_or_file(path: Path):
    touched = {name.split(".")[0] for name in imports(path)} & WORLD
    assert not touched


def test_no_function_is_longer_than_60_lines_and_no_file_than_400():
    long = []
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 400:
            long.append(f"{path}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                long.append(f"{path}:{node.lineno} {node.name}")
    assert not long
