"""The simulated phone's files under several processes at once."""

from __future__ import annotations

import threading
from pathlib import Path

from harness.simulated_phone.files import PhoneFiles


def test_writing_is_not_disturbed_by_files_that_come_and_go(tmp_path: Path):
    files = PhoneFiles(tmp_path, capacity_bytes=10_000_000, writable=("/data/local/tmp",))
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            files.write("/data/local/tmp/new", b"x")
            files.move("/data/local/tmp/new", "/data/local/tmp/kept")
            files.remove("/data/local/tmp/kept")

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for number in range(400):
            files.write("/data/local/tmp/log", b"line\n", append=number > 0)
    finally:
        stop.set()
        other.join()
    assert files.read("/data/local/tmp/log") == b"line\n" * 400
