"""The line between phone and computer: how slow it is, and after which byte it breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from harness.simulated_phone.faults import DropConnection, Fault

__all__ = ["Line"]


class Line:
    """Counts what passes and lets the faults strike at their byte."""

    def __init__(self, faults: Sequence[Fault], on_break: Callable[[DropConnection], None]) -> None:
        self._faults = faults
        self._on_break = on_break
        self._sent_bytes = 0
        self._lock = threading.Lock()

    def count_from_here(self) -> None:
        """What was sent so far does not count."""
        with self._lock:
            self._sent_bytes = 0

    def delay_s(self, count_bytes: int) -> float:
        """How long so many bytes take."""
        return sum(fault.delay_s(count_bytes) for fault in self._faults)

    def send(self, data: bytes, send: Callable[[bytes], None]) -> None:
        """Send a command's output, or as much of it as may leave before the line breaks."""
        with self._lock:
            before, self._sent_bytes = self._sent_bytes, self._sent_bytes + len(data)
        struck = self._struck(before, len(data), ((fault, fault.output_limit()) for fault in self._faults))
        if struck is None:
            send(data)
            return
        fault, room = struck
        send(data[:room])
        self._strike(fault)

    def pushed(self, before: int, data: bytes) -> bytes:
        """What arrives of a piece of a file, after `before` bytes; less when the line breaks in it."""
        struck = self._struck(before, len(data), ((fault, fault.push_limit()) for fault in self._faults))
        if struck is None:
            return data
        self._strike(struck[0])
        return data[: struck[1]]

    def _strike(self, fault: Fault) -> None:
        try:
            fault.strike()
        except DropConnection as drop:
            self._on_break(drop)

    @staticmethod
    def _struck(
        before: int, count: int, limits: Iterator[tuple[Fault, int | None]]
    ) -> tuple[Fault, int] | None:
        """The fault whose limit comes first within the next `count` bytes, and how many of them pass."""
        hits = [
            (fault, max(0, limit - before))
            for fault, limit in limits
            if limit is not None and before + count >= limit
        ]
        return min(hits, key=lambda hit: hit[1], default=None)
