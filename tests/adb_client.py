"""Debian's `adb`, the true client, with a server, a home and keys of its own, not the user's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.adb.address import ServerAddress


@dataclass(frozen=True)
class AdbClient:
    """Runs `adb` against its own server."""

    home: Path
    port: int

    @property
    def server(self) -> ServerAddress:
        return ServerAddress("127.0.0.1", self.port)

    @property
    def environment(self) -> dict[str, str]:
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("ANDROID_", "ADB_"))
        }
        home = str(self.home)
        return {
            **clean,
            "HOME": home,
            "ANDROID_SDK_HOME": home,
            "ANDROID_USER_HOME": f"{home}/.android",
            "ANDROID_ADB_SERVER_PORT": str(self.port),
            "TMPDIR": home,
        }

    def __call__(
        self, *words: str, stdin: bytes | None = None, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["adb", *words],
            env=self.environment,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            **({"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}),
        )

    def connect(self, address: str, *, patience_s: float = 10.0) -> bytes:
        """Until the phone is ready: it may be away for a moment, and its user may have to allow the key."""
        deadline = time.monotonic() + patience_s
        while b"failed to connect" in (said := self("connect", address).stdout):
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        self.wait_for(address, "device")
        return said

    def state(self, address: str) -> str:
        lines = self("devices").stdout.decode().splitlines()[1:]
        states = dict(line.split("\t") for line in lines if "\t" in line)
        return states.get(address, "absent")

    def wait_for(self, address: str, state: str, *, patience_s: float = 10.0) -> None:
        deadline = time.monotonic() + patience_s
        while (found := self.state(address)) != state:
            assert time.monotonic() < deadline, f"{address} is {found}, not {state}"
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def adb_is_there() -> bool:
    return shutil.which("adb") is not None


def _started(home: Path) -> AdbClient:
    """Someone else may take the free port first: then another one."""
    for _ in range(5):
        client = AdbClient(home, free_port())
        started = client("start-server")
        if started.returncode == 0:
            return client
    raise AssertionError(started.stderr)


@contextmanager
def own_adb(home: Path) -> Iterator[AdbClient]:
    """A server that ends with the block."""
    client = _started(home)
    try:
        yield client
    finally:
        client("kill-server")
