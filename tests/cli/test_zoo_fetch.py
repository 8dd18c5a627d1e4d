"""`harness zoo fetch`, `lock` and `add` of hosted models, against a server on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from harness.cli.zoo import zoo_app
from harness.errors import UnreachableError, ZooError
from harness.resources import starter_path
from tests.zoo.fetch.server import FaultyServer, serving

MODEL = (starter_path() / "models" / "starter_small_int8.tflite").read_bytes() + b"\0" * 16
DIGEST = hashlib.sha256(MODEL).hexdigest()
HARNESS = [sys.executable, "-m", "harness"]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serving(MODEL) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with cache, configuration and zoo file of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HARNESS_ZOO", str(tmp_path / "zoo.yaml"))
    monkeypatch.delenv("HARNESS_ZOO_MIRROR", raising=False)
    return tmp_path


def enter(place: Path, *entries: str) -> None:
    """Entries `NAME URL [further keys]` of the user's zoo file, all in the group @wanted."""
    lines = ["schema: 1", "models:"]
    for entry in entries:
        name, url, *more = entry.split(" ", 2)
        keys = f"name: {name}, url: '{url}', family: own, quantization: int8, groups: [wanted]"
        size = "input: {height: 48, width: 48, dtype: int8}"
        lines.append(f"  - {{{', '.join([keys, size, *more])}}}")
    (place / "zoo.yaml").write_text("\n".join(lines) + "\n")


def zoo(*arguments: str) -> Result:
    return CliRunner().invoke(zoo_app, list(arguments))


def test_fetch_prints_the_path_of_every_model(place: Path, server: FaultyServer):
    enter(place, f"mine {server.url('fifth')} sha256: {DIGEST}")
    result = zoo("fetch", "mine")
    name, path = result.stdout.split()
    assert (name, Path(path).read_bytes()) == ("mine", MODEL)
    assert "fetching mine" in result.stderr


def test_a_group_goes_on_past_what_fails_and_skips_what_no_program_can_fetch(
    place: Path, server: FaultyServer
):
    gone = "dead http://127.0.0.1:9/x.tflite gone: 'HTTP 403'"
    enter(place, gone, f"mine {server.url('good')} sha256: {DIGEST}")
    result = zoo("fetch", "@wanted")
    assert result.exit_code == 0
    assert "1 of 2 models skipped" in result.stderr
    enter(place, f"bad {server.url('404')}", f"mine {server.url('good')} sha256: {DIGEST}")
    result = zoo("fetch", "@wanted")
    assert result.exit_code == 1
    assert "mine\t" in result.stdout
    assert "HTTP 404" in result.stderr
    enter(place, gone)
    assert isinstance(zoo("fetch", "dead").exception, UnreachableError)


def test_lock_pins_what_was_trusted_on_first_use(place: Path, server: FaultyServer):
    enter(place, f"mine {server.url('good')}")
    assert zoo("fetch", "mine").exit_code == 0
    assert zoo("lock").exit_code == 0
    assert json.loads((place / "harness.lock.json").read_text())["sha256"] == {"mine": DIGEST}
    # Another machine, where the project's lock file is all there is.
    (place / "cache").rename(place / "elsewhere")
    server.content = MODEL + b"\0"
    error = zoo("fetch", "mine").exception
    assert isinstance(error, ZooError)
    assert f"expected {DIGEST}" in error.message
    assert "harness.lock.json" in str(error.next_step)


def test_a_hosted_model_that_the_user_has_is_taken_into_the_cache(place: Path):
    enter(place, f"mine http://127.0.0.1:9/m.tflite sha256: {DIGEST}")
    (place / "copy.tflite").write_bytes(MODEL)
    result = zoo("add", "copy.tflite")
    assert result.stdout == "mine\n"
    assert "taken into the cache" in result.stderr
    assert zoo("fetch", "mine", "--offline").exit_code == 0


def test_labels_of_ones_own_make_an_entry_of_ones_own(place: Path):
    enter(place, f"mine http://127.0.0.1:9/m.tflite sha256: {DIGEST}")
    (place / "copy.tflite").write_bytes(MODEL)
    (place / "labels.txt").write_text("".join(f"shape {n}\n" for n in range(16)))
    result = zoo("add", "copy.tflite", "--labels", "labels.txt")
    assert result.stdout == "copy\n"
    assert zoo("check", "zoo.yaml").exit_code == 0


def test_interrupted_it_says_so_and_goes_on_where_it_stopped(place: Path, server: FaultyServer):
    enter(place, f"mine {server.url('dawdles')} sha256: {DIGEST}")
    child = subprocess.Popen([*HARNESS, "zoo", "fetch", "mine"], stderr=subprocess.PIPE, text=True)
    part = next(iter(_until(lambda: [each for each in place.rglob("*.part") if each.stat().st_size > 4096])))
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in said
    have = part.stat().st_size
    assert zoo("fetch", "mine").exit_code == 0
    assert server.ranges[-1] >= have


def test_two_processes_share_one_download(place: Path, server: FaultyServer):
    enter(place, f"mine {server.url('good')} sha256: {DIGEST}")
    command = [*HARNESS, "zoo", "fetch", "mine"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) for _ in range(3)]
    paths = {child.communicate(timeout=60)[0] for child in children}
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len(paths) == 1
    assert server.requests["/good/model.tflite"] == 1


def _until(found: Callable[[], list[Path]]) -> list[Path]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if hits := found():
            return hits
        time.sleep(0.02)
    raise AssertionError("nothing was downloaded")
