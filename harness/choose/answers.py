"""Which model for which need, in words. Whoever cannot be told apart from the best is named with it.

Needs of a group of candidates: the most accurate, the fastest, the smallest, the
most accurate in real time (30 frames a second), and the best balance: the
fastest among those whose Top-1 is within `BALANCE_POINTS` of the highest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.choose.candidates import Candidate, Group, Objective, by_group, title
from harness.choose.compare import certainly_better
from harness.choose.constraints import Limit, Quantity
from harness.choose.select import Certainty, best_first, select
from harness.choose.wording import accuracy, figure, latency, listed, size

__all__ = ["BALANCE_POINTS", "REAL_TIME_MS", "Answer", "answers"]

BALANCE_POINTS = 3.0
"""Percentage points of Top-1 that a balanced choice may give up.

About what the published float32 MobileNets lose from width 1.0 to 0.75: v1 70.9
to 68.4 %, v2 71.8 to 69.8 %; the next step, to 0.5, costs 4 to 5 points.
"""

REAL_TIME_MS = 1000 / 30

_Naming = Callable[[Candidate], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One need, and what meets it."""

    need: str
    sentence: str
    candidates: tuple[Candidate, ...]
    """The best, then those that cannot be told apart from it; empty where nothing meets the need."""
    group: Group

    @property
    def trials(self) -> tuple[str, ...]:
        """Keys of the trials of `candidates`."""
        return tuple(each.trial for each in self.candidates)


def answers(candidates: Iterable[Candidate]) -> tuple[Answer, ...]:
    """The answers for every group; sentences name the group where there are several.

    Models without accuracy beside others of the device that have one get a single answer.
    """
    groups = _scored_first(by_group(candidates))
    scored_on = {group.device for group in groups if group.dataset is not None}
    return tuple(
        Answer(need, _prefix(group, list(groups)) + sentence, chosen, group)
        for group, members in groups.items()
        for need, sentence, chosen in (
            _answers_in(members)
            if group.dataset is not None or group.device not in scored_on
            else [_only_timed(members)]
        )
    )


def _scored_first(groups: Mapping[Group, list[Candidate]]) -> dict[Group, list[Candidate]]:
    """What was only timed answers no question of accuracy: it comes after what does."""
    return dict(sorted(groups.items(), key=lambda each: each[0].dataset is None))


_Said = tuple[str, str, tuple[Candidate, ...]]


def _answers_in(members: Sequence[Candidate]) -> list[_Said]:
    def name(candidate: Candidate) -> str:
        return title(candidate, members)

    if len(members) == 1:
        return [
            (
                "only candidate",
                f"{name(members[0])} is the only candidate: {_facts(members[0])}.",
                (members[0],),
            )
        ]
    said = []
    scored = [each for each in members if each.top1 is not None]
    timed = [each for each in members if each.latency_ms is not None]
    if scored:
        said.append(_most_accurate(scored, name))
    if timed:
        said.append(_fastest(timed, name))
    sized = [each for each in members if each.size_bytes is not None]
    if sized:
        said.append(_smallest(sized, name))
    both = [each for each in scored if each.latency_ms is not None]
    if both:
        said += [_balance(both, name), _real_time(both, name)]
    if not scored:
        why = members[0].row.accuracy_reason
        said.append(("accuracy", "No accuracy was measured" + (f": {why}." if why else "."), ()))
    return said


def _only_timed(members: Sequence[Candidate]) -> _Said:
    ordered = best_first(members, Objective.LATENCY)
    models = len({each.row.sha256 for each in members})
    best = title(ordered[0], members)
    who = (
        f"{best} was only timed" if models == 1 else f"{models} models were only timed, {best} is the fastest"
    )
    why = ordered[0].row.accuracy_reason
    reason = f" It has no accuracy: {why}." if why else ""
    return "timed only", f"{who}: {_facts(ordered[0])}.{reason}", (ordered[0],)


def _most_accurate(scored: Sequence[Candidate], name: _Naming) -> _Said:
    best, ties = _best(scored, Objective.ACCURACY)
    ties = _other_models(best, ties)
    sentence = f"{name(best)} is the most accurate: {_facts(best)}."
    return "most accurate", sentence + _tied(best, ties, Objective.ACCURACY, name), (best, *ties)


def _fastest(timed: Sequence[Candidate], name: _Naming) -> _Said:
    best, ties = _best(timed, Objective.LATENCY)
    sentence = f"{name(best)} is the fastest: {_facts(best)}."
    return "fastest", sentence + _tied(best, ties, Objective.LATENCY, name), (best, *ties)


def _smallest(members: Sequence[Candidate], name: _Naming) -> _Said:
    best = best_first(members, Objective.SIZE)[0]
    ties = _other_models(best, [each for each in members if each.size_bytes == best.size_bytes])
    sentence = f"{name(best)} is the smallest: {_facts(best)}."
    verb = "is" if len(ties) == 1 else "are"
    also = f" {listed([name(each) for each in ties])} {verb} of the same size." if ties else ""
    return "smallest", sentence + also, (best, *ties)


def _balance(both: Sequence[Candidate], name: _Naming) -> _Said:
    need = "best balance"
    top = best_first(both, Objective.ACCURACY)[0]
    near = [each for each in both if _points_below(each, top) <= BALANCE_POINTS]
    best, ties = _best(near, Objective.LATENCY)
    if best.row.sha256 == top.row.sha256:
        sentence = (
            f"{name(best)}: no model within {BALANCE_POINTS:g} points of the most accurate is faster than it."
        )
        return need, sentence, (best,)
    cost = f"{_points_below(best, top):.1f} points of Top-1" if _points_below(best, top) else "no Top-1"
    sentence = (
        f"{name(best)} gives up {cost} against {name(top)}"
        f" and takes {figure(best, Objective.LATENCY)} instead of {figure(top, Objective.LATENCY)}."
    )
    ties = [each for each in ties if each.row.sha256 != top.row.sha256]
    return need, sentence + _tied(best, ties, Objective.LATENCY, name), (best, *ties)


def _real_time(both: Sequence[Candidate], name: _Naming) -> _Said:
    need = "real time (30 frames/s)"
    chosen = select(both, [Limit(Quantity.LATENCY, REAL_TIME_MS)], Objective.ACCURACY).groups[0]
    if not chosen.ranked:
        nearest = best_first(both, Objective.LATENCY)[0]
        sentence = (
            f"None keeps 30 frames a second ({REAL_TIME_MS:.1f} ms);"
            f" {name(nearest)} comes closest: {_facts(nearest)}."
        )
        return need, sentence, ()
    best = chosen.ranked[0]
    ties = _other_models(best.candidate, best.tied_with)
    how_many = (
        "Every candidate keeps" if not chosen.missed else f"{len(chosen.ranked)} of {len(both)} trials keep"
    )
    doubt = (
        ""
        if best.margins[0].certainty is Certainty.CERTAIN
        else ", though its interval does not exclude more"
    )
    sentence = (
        f"{how_many} 30 frames a second ({REAL_TIME_MS:.1f} ms);"
        f" the most accurate is {name(best.candidate)}: {_facts(best.candidate)}{doubt}."
    )
    return need, sentence + _tied(best.candidate, ties, Objective.ACCURACY, name), (best.candidate, *ties)


def _best(members: Sequence[Candidate], objective: Objective) -> tuple[Candidate, list[Candidate]]:
    """The best estimate, and in order of their estimates those it is not certainly better than."""
    ordered = best_first(members, objective)
    better = certainly_better(ordered, objective)
    return ordered[0], [each for index, each in enumerate(ordered) if index and not better[0, index]]


def _other_models(best: Candidate, ties: Iterable[Candidate]) -> list[Candidate]:
    """One trial, the first, of every other model: threads and delegates do not change accuracy or size."""
    first = {each.row.sha256: each for each in reversed(list(ties)) if each.row.sha256 != best.row.sha256}
    return list(reversed(first.values()))


def _tied(best: Candidate, ties: Sequence[Candidate], objective: Objective, name: _Naming) -> str:
    if not ties:
        return ""
    named = listed([f"{name(each)} ({figure(each, objective)})" for each in ties])
    text = f" {named} cannot be told apart from it."
    if objective is Objective.LATENCY or any(each.latency_ms is None for each in (best, *ties)):
        return text
    quickest, close = _best([best, *ties], Objective.LATENCY)
    if quickest is best or best in close:
        return text
    return f"{text} Of these {name(quickest)} is the fastest, with {figure(quickest, Objective.LATENCY)}."


def _facts(candidate: Candidate) -> str:
    facts = []
    if candidate.top1 is not None:
        facts.append(f"Top-1 {accuracy(candidate.top1)}")
    if candidate.latency_ms is not None:
        facts.append(latency(candidate.latency_ms))
    if candidate.size_bytes is not None:
        facts.append(size(candidate.size_bytes))
    return ", ".join(facts)


def _points_below(candidate: Candidate, top: Candidate) -> float:
    """Percentage points of Top-1, rounded so that equal accuracies differ by 0."""
    assert candidate.top1 is not None and top.top1 is not None  # callers pass scored candidates
    return round(100 * (top.top1.value - candidate.top1.value), 6)


def _prefix(group: Group, groups: Sequence[Group]) -> str:
    """What tells the group from the others, as the beginning of a sentence."""
    parts = []
    if len({each.device for each in groups}) > 1:
        parts.append(f"on {group.device}")
    if len({each.dataset for each in groups}) > 1:
        parts.append(f"scored on {group.dataset}" if group.dataset else "without accuracy")
    if group.simulated:
        parts.append("simulated")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}: " if text else ""
