"""The simulated phone's files under several processes at once."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from harness.simulated_phone.files import PhoneFiles


def test_writing_is_not_disturbed_by_files_that_come_and_go(tmp_path: Path):
    files = PhoneFiles(tmp_path, capacity_bytes=10_000_000, writable=("/data/local/tmp",))
    stop = threading.Event()

    def come_and_go() -> None:
        # Behind the phone's own lock, as a rename of a running shell is.
        names = [tmp_path / f"data/local/tmp/{number}" for number in range(40)]
        while not stop.is_set():
            for name in names:
                name.write_bytes(b"x")
            for name in names:
                name.unlink()

    other = threading.Thread(target=come_and_go)
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    other.start()
    try:
        for number in range(400):
            files.write("/data/local/tmp/log", b"line\n", append=number > 0)
    finally:
        stop.set()
        other.join()
        sys.setswitchinterval(interval_s)
    assert files.read("/data/local/tmp/log") == b"line\n" * 400
