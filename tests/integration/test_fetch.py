"""Models that lie on a server, from the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.resources import starter_path
from tests.integration.command import QUICK, exported, harness, only_run
from tests.zoo.fetch.server import FaultyServer, serving

CONTENT = (starter_path() / "models" / "starter_small_int8.tflite").read_bytes()
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serving(CONTENT) as running:
        yield running


def entry(name: str, url: str, *, digest: str | None = None, gone: str | None = None) -> str:
    pinned = f"    sha256: {digest}\n" if digest else ""
    pinned += f"    gone: {gone}\n" if gone else ""
    return (
        f"  - name: {name}\n    family: far\n    url: {url}\n{pinned}"
        "    quantization: int8\n    input: {height: 32, width: 32, dtype: int8}\n"
    )


@pytest.fixture
def settings(tmp_path: Path, server: FaultyServer) -> dict[str, str]:
    entries = [
        entry("far_pinned", server.url("fifth"), digest=DIGEST),
        entry("far_trusted", server.url("good", "trusted.tflite")),
        entry("far_gone", server.url("404")),
        entry("long_gone", server.url("403"), gone="closed in 2025"),
    ]
    (tmp_path / "zoo.yaml").write_text("schema: 1\nmodels:\n" + "".join(entries))
    return {"HARNESS_ZOO": str(tmp_path / "zoo.yaml"), "HARNESS_CACHE": str(tmp_path / "cache")}


def test_a_model_is_fetched_verified_and_kept(tmp_path: Path, settings: dict[str, str], server: FaultyServer):
    done = harness("zoo", "fetch", "far_pinned", cwd=tmp_path, env=settings)
    assert done.returncode == 0, done.stderr
    name, path = done.stdout.strip().split("\t")
    assert name == "far_pinned"
    assert Path(path).read_bytes() == CONTENT
    asked = server.requests.total()
    assert (
        harness("zoo", "fetch", "far_pinned", "--offline", cwd=tmp_path, env=settings).stdout == done.stdout
    )
    assert server.requests.total() == asked


def test_a_run_fetches_what_it_needs_and_one_dead_link_fails_only_its_own_trials(
    tmp_path: Path, settings: dict[str, str]
):
    done = harness(
        "run",
        "--models",
        "far_pinned",
        "--models",
        "far_g*",
        "--only",
        "latency",
        *QUICK,
        cwd=tmp_path,
        env=settings,
    )
    assert done.returncode == 1, done.stderr
    rows = {row["model"]: row for row in exported(only_run(tmp_path))}
    assert {name: row["status"] for name, row in rows.items()} == {
        "far_pinned": "ok",
        "far_gone": "failed",
    }
    assert "HTTP 404" in rows["far_gone"]["reason"]


def test_what_nobody_can_fetch_is_skipped_without_asking_and_does_not_fail_the_run(
    tmp_path: Path, settings: dict[str, str], server: FaultyServer
):
    arguments = ["--models", "far_pinned", "--models", "long_*", "--only", "latency", *QUICK]
    done = harness("run", *arguments, cwd=tmp_path, env=settings)
    assert done.returncode == 0, done.stderr
    rows = {row["model"]: row for row in exported(only_run(tmp_path))}
    assert rows["long_gone"]["status"] == "skipped"
    assert rows["long_gone"]["size_bytes"] is None
    assert "closed in 2025" in rows["long_gone"]["reason"]
    assert server.requests["/403/model.tflite"] == 0
    alone = harness("run", "--models", "long_gone", cwd=tmp_path, env=settings)
    assert alone.returncode == 2
    assert "closed in 2025" in alone.stderr


def test_a_dead_link_alone_is_a_usage_error(tmp_path: Path, settings: dict[str, str]):
    for command in (["zoo", "fetch", "far_gone"], ["run", "--models", "far_gone"]):
        done = harness(*command, cwd=tmp_path, env=settings)
        assert done.returncode == 2
        assert "HTTP 404" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_trusted_file_can_be_pinned_for_everybody(
    tmp_path: Path, settings: dict[str, str], server: FaultyServer
):
    assert harness("zoo", "fetch", "far_trusted", cwd=tmp_path, env=settings).returncode == 0
    assert harness("zoo", "lock", cwd=tmp_path, env=settings).returncode == 0
    lock = json.loads((tmp_path / "harness.lock.json").read_text())
    assert lock["sha256"] == {"far_trusted": DIGEST}
    server.content = CONTENT + b"replaced"
    colleague = {**settings, "HARNESS_CACHE": str(tmp_path / "other")}
    done = harness("zoo", "fetch", "far_trusted", cwd=tmp_path, env=colleague)
    assert done.returncode == 2
    assert "expected" in done.stderr
    assert "harness.lock.json" in done.stderr


def test_a_mirror_folder_serves_without_the_network(
    tmp_path: Path, settings: dict[str, str], server: FaultyServer
):
    mirrored = tmp_path / "mirror" / f"127.0.0.1:{server.server_port}" / "404" / "model.tflite"
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(CONTENT)
    env = {**settings, "HARNESS_ZOO_MIRROR": str(tmp_path / "mirror")}
    assert harness("zoo", "fetch", "far_gone", cwd=tmp_path, env=env).returncode == 0
    assert not server.requests
