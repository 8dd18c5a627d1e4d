"""Why a candidate stands where it stands towards the front, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from harness.choose.candidates import Candidate, Objective, title
from harness.choose.front import Placement, Standing
from harness.choose.wording import figure, listed

__all__ = ["explain"]

_NAMED = 3
_BETTER = {Objective.ACCURACY: "more accurate", Objective.LATENCY: "faster", Objective.SIZE: "smaller"}
_EQUAL = {
    Objective.ACCURACY: "as accurate",
    Objective.LATENCY: "as fast",
    Objective.SIZE: "as small",
}


def explain(placement: Placement, among: Iterable[Candidate]) -> str:
    """One sentence; candidates are named as needed to tell them apart `among` the others."""
    rivals = placement.by
    if placement.standing is Standing.FRONT:
        return "against every other candidate it is certainly better in something"
    members = list(among)
    if placement.standing is Standing.TIED:
        # Only the names that are shown: a front of hundreds has hundreds of rivals for each.
        names = [title(each, members) for each in rivals[:_NAMED]]
        return f"not certainly better in anything than {listed(names, of=len(rivals))}"
    parts = [text for each in Objective if (text := _against(rivals[0], placement.candidate, each))]
    more = f" (and {len(rivals) - 1} more are better, too)" if len(rivals) > 1 else ""
    return f"{title(rivals[0], members)} is {listed(parts)}{more}"


def _against(rival: Candidate, candidate: Candidate, objective: Objective) -> str | None:
    theirs, own = rival.figure(objective), candidate.figure(objective)
    if theirs is None or own is None:
        return None
    if theirs.value == own.value:
        return _EQUAL[objective]
    return f"{_BETTER[objective]} ({figure(rival, objective)} against {figure(candidate, objective)})"
