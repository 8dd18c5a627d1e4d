"""What a reader must know before relying on the figures of some rows: the worst doubt first.

Rows carry their cautions one by one. Here they become a few sentences, in the order of how
wrong a reader would be who did not know: figures of a stand-in, trials that ran elsewhere,
a busy machine, and accuracies that rest on an assumption come before wide intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.choose.wording import listed
from harness.records.row import Caution, Row
from harness.records.vocabulary import Status

__all__ = ["CLEAR", "Doubt", "doubts_about", "marks_of", "severity", "trust_line"]

CLEAR = "no doubts: nothing was seen that would change these figures"
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Doubt:
    """One kind of doubt, and how many of the rows it holds for."""

    kind: str
    sentence: str
    rows: int
    of: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of doubt: the cautions it stands for, and how it is said."""

    name: str
    codes: frozenset[str]
    says: Callable[[Sequence[Caution]], str]


def doubts_about(rows: Iterable[Row]) -> tuple[Doubt, ...]:
    """Everything that casts doubt on the figures of the rows, the worst first."""
    of = tuple(rows)
    return (*_about_places(of), *_about_cautions(of))


def trust_line(rows: Iterable[Row]) -> str:
    """The doubts in one line, the worst first; says so where there is none, and nothing without rows."""
    of = tuple(rows)
    if not of:
        return ""
    found = doubts_about(of)
    if not found:
        return CLEAR
    said = [_counted(each) for each in found[:_MOST_NAMED]]
    more = len(found) - len(said)
    return "; ".join([*said, *([f"and {more} more"] if more else [])])


def marks_of(row: Row) -> tuple[str, ...]:
    """What a row of a table must not be without, wherever it is ranked beside others."""
    unfit = any(caution.code == "allowed" for caution in row.warnings)
    return (*(("SIMULATED",) if row.simulated else ()), *(("PHONE NOT FIT",) if unfit else ()))


def severity(caution: Caution) -> int:
    """Where a caution stands among the others: 0 for the kind that misleads most."""
    return next((n for n, kind in enumerate(_KINDS) if caution.code in kind.codes), len(_KINDS))


def _counted(doubt: Doubt) -> str:
    if doubt.of == 1 or (doubt.kind == "simulated" and doubt.rows == doubt.of):
        return doubt.sentence
    how_many = f"all {doubt.of}" if doubt.rows == doubt.of else f"{doubt.rows} of {doubt.of}"
    return f"{doubt.sentence} ({how_many} trials)"


def _about_places(rows: Sequence[Row]) -> Iterable[Doubt]:
    """Where a trial ran, and whether it did: what a row says without a caution."""
    simulated = [row for row in rows if row.simulated]
    if simulated:
        sentence = "SIMULATED: these times say nothing of a real device"
        yield Doubt("simulated", sentence, len(simulated), len(rows))
    fallen = [row for row in rows if row.status is Status.FALLBACK]
    if fallen:
        yield Doubt("fallback", f"did not run where asked to: {_where(fallen)}", len(fallen), len(rows))
    for status, words in _BROKEN:
        broken = [row for row in rows if row.status is status]
        if broken:
            yield Doubt(str(status), words, len(broken), len(rows))


_BROKEN = (
    (Status.FAILED, "failed, without a figure"),
    (Status.UNSUPPORTED, "not supported where they were to run"),
    (Status.TIMED_OUT, "took too long, without a figure"),
    (Status.UNSTABLE, "never settled: not ranked"),
    (Status.SKIPPED, "skipped, without a figure"),
)


def _where(fallen: Sequence[Row]) -> str:
    """`gpu ran on cpu, nnapi only partly`."""
    ways = dict.fromkeys(
        f"{row.asked} only partly"
        if row.delegate_actual is row.delegate_requested
        else f"{row.asked} ran on {row.delegate_actual or 'something else'}"
        for row in fallen
    )
    return listed(list(ways))


def _about_cautions(rows: Sequence[Row]) -> Iterable[Doubt]:
    for kind in _KINDS:
        held = [row for row in rows if any(each.code in kind.codes for each in row.warnings)]
        if held:
            cautions = [each for row in held for each in row.warnings if each.code in kind.codes]
            yield Doubt(kind.name, kind.says(cautions), len(held), len(rows))
    other = [row for row in rows if any(severity(each) == len(_KINDS) for each in row.warnings)]
    if other:
        first = next(each for row in other for each in row.warnings if severity(each) == len(_KINDS))
        yield Doubt("other", first.message, len(other), len(rows))


def _words(text: str) -> Callable[[Sequence[Caution]], str]:
    return lambda cautions: text


def _first(cautions: Sequence[Caution]) -> str:
    """The first caution's own message: it holds the figure that matters."""
    return cautions[0].message


# The order is that of the harm: how far, and how unnoticed, each can lead a reader astray.
_KINDS = (
    _Kind("software-gpu", frozenset({"software-gpu"}), _words("the GPU is software: a CPU imitated it")),
    _Kind("not-proven", frozenset({"delegate-not-proven"}), _words("nothing proves that the delegate ran")),
    _Kind("other-input", frozenset({"other-input-better"}), _first),
    _Kind("contradiction", frozenset({"input-contradicted"}), _first),
    _Kind("busy", frozenset({"contended"}), _words("measured on a busy machine, without a core of its own")),
    _Kind("class-order", frozenset({"class-order-assumed"}), _words("accuracy assumes the order of classes")),
    _Kind(
        "input",
        frozenset({"input-assumed", "input-form-assumed"}),
        _words("accuracy assumes how the model wants its pixels"),
    ),
    _Kind("easier", frozenset({"easier-images"}), _first),
    _Kind("allowed", frozenset({"allowed"}), _first),
    _Kind("clocks", frozenset({"fixed-performance"}), _words("measured at clocks that were held down")),
    _Kind("imported", frozenset({"tool-figures", "no-median"}), _words("imported: no raw samples")),
    _Kind("cores", frozenset({"other-cores", "unseen-cores"}), _words("not held to the cores asked for")),
    _Kind("threads", frozenset({"too-many-threads"}), _words("more threads than CPUs")),
    # Where the system tells the waits, one-thread times are without them; the message says whether.
    _Kind("waiting", frozenset({"waiting"}), _first),
    _Kind("load", frozenset({"high-load", "steal-time"}), _words("other work ran on the machine")),
    _Kind(
        "unsteady",
        frozenset({"drift", "launches-differ", "not-warm", "frequency-varied", "on-battery"}),
        _words("the machine was not steady"),
    ),
    _Kind("wide", frozenset({"wide-interval", "few-launches"}), _words("intervals are wide, or missing")),
    _Kind("clock-follows", frozenset({"frequency-scaling"}), _words("the CPU's clock follows the load")),
    _Kind("notes", frozenset({"tool-notes"}), _words("the tool's log has warnings")),
)
