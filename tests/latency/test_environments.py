"""Environments are made once, whole, and by an interpreter that has the wheels."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.latency.environments import ensure_environment
from harness.latency.interpreters import interpreters
from harness.latency.process import WorkerProcess
from harness.records.vocabulary import Runtime
from harness.resources import starter_path
from tests.conftest import require_or_skip
from tests.latency.wheels import write_wheel

MODULE = "ai_edge_litert.interpreter"
MAKE = """
import sys
from pathlib import Path
from harness.latency.environments import ensure_environment
from harness.records.vocabulary import Runtime
made = ensure_environment(Runtime.LITERT, "9.1.0", cache=Path(sys.argv[1]), say=print)
print(made.python, flush=True)
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels in place of the index, and no interpreter but our own."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    write_wheel(folder, "numpy", "1.99.0")
    write_wheel(folder, "ai-edge-litert", "9.1.0", module=MODULE)
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_the_versions_that_were_installed_are_told(index: Path, cache: Path):
    made = ensure_environment(Runtime.LITERT, "9.1.0", cache=cache)
    assert (made.version, made.numpy_version) == ("9.1.0", "1.99.0")
    found = subprocess.run(
        [str(made.python), "-c", f"import {MODULE}, sys; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(cache)


def test_a_second_call_makes_nothing(index: Path, cache: Path):
    first = ensure_environment(Runtime.LITERT, "9.1.0", cache=cache)
    for wheel in index.iterdir():
        wheel.unlink()
    said: list[str] = []
    assert ensure_environment(Runtime.LITERT, "9.1.0", cache=cache, say=said.append) == first
    assert said == []


def test_processes_that_want_the_same_make_it_once(index: Path, cache: Path):
    def make() -> str:
        command = [sys.executable, "-c", MAKE, str(cache)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda _: make(), range(3)))
    assert sum("making" in text for text in said) == 1
    assert len({text.splitlines()[-1] for text in said}) == 1


def test_a_killed_making_is_made_anew(index: Path, cache: Path):
    process = subprocess.Popen([sys.executable, "-c", MAKE, str(cache)], stdout=subprocess.PIPE)
    folder = cache / "environments" / f"ai-edge-litert-9.1.0-py3.{sys.version_info[1]}"
    deadline = time.monotonic() + 30
    while not (folder / "pyvenv.cfg").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert folder.exists() and not (folder / "harness-environment.json").exists()
    assert ensure_environment(Runtime.LITERT, "9.1.0", cache=cache).python.exists()


@pytest.mark.parametrize("content", ["[]", '{"version": "9.1.0"}'])
def test_a_damaged_marker_counts_as_none(index: Path, cache: Path, content: str):
    made = ensure_environment(Runtime.LITERT, "9.1.0", cache=cache)
    (made.python.parents[1] / "harness-environment.json").write_text(content)
    assert ensure_environment(Runtime.LITERT, "9.1.0", cache=cache) == made


def test_an_environment_that_lost_its_interpreter_is_made_anew(index: Path, cache: Path):
    made = ensure_environment(Runtime.LITERT, "9.1.0", cache=cache)
    made.python.unlink()
    made.python.symlink_to("/nowhere/python3")
    assert ensure_environment(Runtime.LITERT, "9.1.0", cache=cache).python.exists()


def test_a_version_that_does_not_exist_is_one_sentence_with_its_neighbours(index: Path, cache: Path):
    with pytest.raises(
        UsageError, match=r"9\.1\.9 does not exist for Python 3\.\d+; near it: 9\.1\.0"
    ) as caught:
        ensure_environment(Runtime.LITERT, "9.1.9", cache=cache)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    assert not [each for each in (cache / "environments").iterdir() if each.is_dir()]


def test_a_runtime_that_cannot_be_loaded_is_no_environment(index: Path, cache: Path):
    write_wheel(index, "ai-edge-litert", "9.2.0", module=MODULE, text="raise ImportError('no such library')")
    with pytest.raises(UsageError, match="cannot be loaded: ImportError: no such library") as caught:
        ensure_environment(Runtime.LITERT, "9.2.0", cache=cache)
    assert "uv" in (caught.value.next_step or "")


def test_the_legacy_runtime_needs_an_old_interpreter_and_says_which(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "version_info", (3, 12, 0, "final", 0))
    with pytest.raises(UsageError, match="none that is old enough") as caught:
        ensure_environment(Runtime.TFLITE_RUNTIME, "2.14.0", cache=cache)
    assert "Python 3.11 or older" in (caught.value.next_step or "")


def test_an_index_that_cannot_be_reached_is_told_as_that(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(UsageError, match="no package index can be reached"):
        ensure_environment(Runtime.LITERT, "9.1.0", cache=cache)


@pytest.mark.parametrize("version", ["", "../x", "-r file", "2.1.0; rm", "latest", "1" * 60])
def test_what_is_no_version_never_reaches_pip(cache: Path, version: str):
    with pytest.raises(UsageError, match="no version"):
        ensure_environment(Runtime.LITERT, version, cache=cache)
    assert not cache.exists()


def test_no_versions_of_a_tool_that_is_no_package(cache: Path):
    with pytest.raises(UsageError, match="benchmark_model"):
        ensure_environment(Runtime.BENCHMARK_MODEL, "2.17.0", cache=cache)


def test_a_place_that_cannot_be_written_is_told(index: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="no environment can be made"):
        ensure_environment(Runtime.LITERT, "9.1.0", cache=tmp_path / "file")


def test_our_own_interpreter_comes_first_and_uv_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("python3.10", "uv", f"python3.{sys.version_info[1]}"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = list(interpreters())
    assert found[0].command == sys.executable
    assert [each.uv is None for each in found[:2]] == [True, True] or sys.version_info[1] == 10
    assert found[-1].uv == str(tmp_path / "uv")


@pytest.mark.parametrize(
    ("runtime", "version"), [(Runtime.LITERT, "2.1.2"), (Runtime.TFLITE_RUNTIME, "2.14.0")]
)
def test_another_version_from_the_real_index_measures_a_model(
    tmp_path_factory: pytest.TempPathFactory, runtime: Runtime, version: str
):
    """Beside the installed one, which may be any."""
    cache = tmp_path_factory.mktemp("real")
    try:
        made = ensure_environment(runtime, version, cache=cache)
    except UsageError as error:
        if "no package index" in error.message:
            require_or_skip(error.message)
        raise
    assert made.version == version
    model = starter_path() / "models/starter_small_float32.tflite"
    with WorkerProcess(log=cache / "log", timeout_s=60, python=str(made.python)) as worker:
        loaded = worker.ask(
            "load", model=str(model), runtime=str(runtime), delegate="cpu", threads=1, input={"seed": 0}
        )
        times = worker.ask("invoke", count=3, max_ms=1000)["wall_ns"]
    assert loaded["runtime_version"] == version
    assert len(times) == 3
