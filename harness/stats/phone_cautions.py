"""What must be said of figures of a phone that was not as it should be: none of it can be silenced."""

from __future__ import annotations

from collections.abc import Iterable

from harness.records.launch import DeviceState
from harness.records.row import Caution

__all__ = ["caution_for_fixed_performance", "cautions_for_allowed"]


def caution_for_fixed_performance() -> Caution:
    """What must be said of figures at clocks that were held down."""
    return Caution(
        "fixed-performance",
        "the phone's clocks were held at a level it can sustain (fixed-performance mode)",
        "compare only with rows that have this mark",
    )


def cautions_for_allowed(states: Iterable[DeviceState]) -> tuple[Caution, ...]:
    """What must be said of figures of a phone that was not fit to measure on."""
    found: dict[str, str] = {}
    for code, evidence in (each for state in states for each in state.allowed):
        found.setdefault(code, evidence)  # one of many: a battery's level differs from launch to launch
    if not found:
        return ()
    reasons = "; ".join(f"{evidence} ({code})" for code, evidence in found.items())
    return (
        Caution(
            "allowed",
            f"measured although the phone was not fit: {reasons}",
            "put that right and measure without --allow; until then compare with no other phone's figures",
        ),
    )
