"""Why a candidate stands where it stands towards the front, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from harness.choose.candidates import Candidate, Objective, title
from harness.choose.front import Placement, Standing
from harness.choose.wording import figure, listed

__all__ = ["explain"]

_BETTER = {Objective.ACCURACY: "more accurate", Objective.LATENCY: "faster", Objective.SIZE: "smaller"}
_EQUAL = {
    Objective.ACCURACY: "as accurate",
    Objective.LATENCY: "as fast",
    Objective.SIZE: "as small",
}


def explain(placement: Placement, among: Iterable[Candidate]) -> str:
    """One sentence; candidates are named as needed to tell them apart `among` the others."""
    members = list(among)
    names = [title(each, members) for each in placement.by]
    if placement.standing is Standing.FRONT:
        return "against every other candidate it is certainly better in something"
    if placement.standing is Standing.TIED:
        return f"not certainly better in anything than {listed(names)}, whose intervals overlap with its own"
    rival = placement.by[0]
    parts = [text for each in Objective if (text := _against(rival, placement.candidate, each))]
    more = f" (and {len(names) - 1} more beat it)" if len(names) > 1 else ""
    return f"{names[0]} is {listed(parts)}{more}"


def _against(rival: Candidate, candidate: Candidate, objective: Objective) -> str | None:
    theirs, own = rival.figure(objective), candidate.figure(objective)
    if theirs is None or own is None:
        return None
    if theirs.value == own.value:
        return _EQUAL[objective]
    return f"{_BETTER[objective]} ({figure(rival, objective)} against {figure(candidate, objective)})"
