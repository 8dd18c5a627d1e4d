"""A trial: one cell of the sweep."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.vocabulary import Delegate, Runtime

__all__ = ["Trial"]


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """model x device x runtime x delegate x threads. The model is named and pinned by digest."""

    model: str
    sha256: str
    device: str
    runtime: Runtime
    delegate: Delegate
    threads: int

    @property
    def key(self) -> str:
        """Identifies the trial within a run and across runs of the same plan."""
        return f"{self.model}@{self.sha256[:12]}/{self.device}/{self.runtime}/{self.delegate}/{self.threads}t"

    @property
    def title(self) -> str:
        """Short text for progress lines and messages."""
        return f"{self.model} on {self.device}: {self.runtime} {self.delegate}, {self.threads} thread(s)"
