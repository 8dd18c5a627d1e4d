"""A trial: one cell of the sweep."""

from __future__ import annotations

from dataclasses import dataclass

from harness.records.vocabulary import Delegate, Runtime

__all__ = ["Trial", "delegate_title"]


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """model x device x runtime x delegate x threads. The model is named and pinned by digest.

    `variant` is what else was chosen of the delegate, as an imported log tells it: an
    accelerator, a backend, a precision, the name of a delegate that has no word here.
    """

    model: str
    sha256: str
    device: str
    runtime: Runtime
    delegate: Delegate
    threads: int
    variant: str = ""

    @property
    def key(self) -> str:
        """Identifies the trial within a run and across runs of the same plan."""
        key = f"{self.model}@{self.sha256[:12]}/{self.device}/{self.runtime}/{self.delegate}/{self.threads}t"
        return f"{key}/{self.variant}" if self.variant else key

    @property
    def title(self) -> str:
        """Short text for progress lines and messages."""
        asked = delegate_title(self.delegate, self.variant)
        return f"{self.model} on {self.device}: {self.runtime} {asked}, {self.threads} thread(s)"


def delegate_title(delegate: Delegate, variant: str) -> str:
    """`gpu fp32`; of a delegate without a word its name alone."""
    if delegate is Delegate.OTHER and variant:
        return variant
    return f"{delegate} {variant}".rstrip()
