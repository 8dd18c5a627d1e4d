"""The real work behind the simulated tool: harness' own measuring process with the local runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.latency.process import WorkerProcess

__all__ = ["Engine", "open_engine"]

_SLICE_MS = 50.0
"""How long the child computes before the simulated process looks whether it was killed."""

_PATIENCE_S = 600.0


@dataclass(slots=True)
class Engine:
    """A model that is loaded."""

    worker: WorkerProcess
    init_us: int
    delegation: dict[str, Any]

    def invoke(self, count: int) -> list[int]:
        """Up to `count` invokes, at least one, for about 50 ms; each in whole microseconds."""
        answer = self.worker.ask("invoke", count=count, max_ms=_SLICE_MS)
        return [max(1, wall_ns // 1000) for wall_ns in answer["wall_ns"]]

    def peak_mb(self) -> float | None:
        """The child's highest resident size. The engine ends with it."""
        peak = self.worker.ask("close").get("peak_memory_bytes")
        return None if peak is None else peak / 2**20


@contextmanager
def open_engine(model: Path, *, threads: int, xnnpack: bool) -> Iterator[Engine]:
    """Load a model in a child process that ends with the block. Raises LaunchError."""
    with (
        tempfile.TemporaryDirectory(prefix="harness-simulated-") as folder,
        WorkerProcess(log=Path(folder) / "worker.log", timeout_s=_PATIENCE_S) as worker,
    ):
        loaded = worker.ask(
            "load",
            model=str(model),
            runtime="litert",
            delegate="cpu" if xnnpack else "cpu-builtin",
            threads=threads,
            input={"seed": 0},
        )
        yield Engine(worker, int(loaded["init_ms"] * 1000), loaded["delegation"])
