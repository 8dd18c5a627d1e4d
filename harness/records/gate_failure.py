"""A gate that ended without a verdict."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GateFailure"]


@dataclass(frozen=True, slots=True)
class GateFailure:
    """What a build's reports say in place of a verdict."""

    kind: str
    """`usage`, `unfit`, `interrupted` or `failed`."""
    message: str
    next_step: str | None
    exit_code: int
    ended_at: str
    """ISO 8601, UTC."""
    command: str
