"""The gate: side A against side B, measured in pairs of launches, judged cell by cell.

Ratios are B over A: above 1, B is slower (or larger). Tolerances and targets
are relative differences as fractions: 0.02 is 2 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.records.launch import Delegation, DeviceState, ReportedLatency
from harness.records.row import Caution
from harness.records.run import PhoneOptions, Provenance
from harness.records.vocabulary import Delegate, Metric, Runtime, Stage, Status, Verdict

__all__ = [
    "DEFAULT_LOOKS",
    "GATE_SCHEMA",
    "Cell",
    "CellAccuracy",
    "CellVerdict",
    "Decision",
    "GateDevice",
    "GatePlan",
    "GateResult",
    "LaunchPair",
    "Look",
    "MetricVerdict",
    "PairSide",
    "PlannedCell",
    "Preflight",
    "Rule",
    "Side",
    "Turn",
]

GATE_SCHEMA = 1

DEFAULT_LOOKS = (10, 15, 22, 32, 45, 60, 85)
"""Pairs after which the data are looked at. Ten is the fewest whose signed rank can reach 0.1 %."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two things compared: a model file on a runtime."""

    spec: str
    """As the user named it."""
    model: str
    path: str
    sha256: str
    size_bytes: int
    runtime: Runtime = Runtime.LITERT
    runtime_version: str | None = None
    """The version asked for; None: the one that is installed."""
    python: str | None = None
    """The interpreter that hosts the runtime; None: harness' own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison: A against B on one device, with one delegate and one count of threads."""

    name: str
    """What is compared, by the name of B's model."""
    device: str
    delegate: Delegate
    threads: int
    a: Side
    b: Side

    @property
    def key(self) -> str:
        """Identifies the cell within a gate run."""
        return f"{self.name}/{self.device}/{self.delegate}/{self.threads}t"

    @property
    def title(self) -> str:
        """Short text for lines on a screen."""
        return f"{self.name} on {self.device}: {self.delegate}, {self.threads} thread(s)"


@dataclass(frozen=True, slots=True)
class Turn:
    """Both sides one after the other, a few invokes each: times in nanoseconds.

    `wait` is the time in which an invoke could have run but other processes had
    the CPU; empty where the system does not tell. Where a side has more than one
    invoke the first is not counted.
    """

    a_first: bool
    a_ns: tuple[int, ...]
    b_ns: tuple[int, ...]
    a_cpu_ns: tuple[int, ...] = ()
    b_cpu_ns: tuple[int, ...] = ()
    a_wait_ns: tuple[int, ...] = ()
    b_wait_ns: tuple[int, ...] = ()
    a_run_ns: tuple[int, ...] = ()
    """How long all threads of the side ran in each invoke; empty where one does the work."""
    b_run_ns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PairSide:
    """What one launch of a pair yielded beside its turns."""

    status: Status
    delegation: Delegation
    reason: str | None = None
    init_ms: float | None = None
    first_ms: float | None = None
    peak_memory_bytes: int | None = None
    runtime_version: str | None = None
    warmup_ns: tuple[int, ...] = ()
    warmup_settled: bool | None = None
    process_threads: int | None = None
    affinity: tuple[int, ...] | None = None
    """CPUs it was allowed to run on at its end, read back from the system."""
    threads_ns: tuple[tuple[int, int], ...] = ()
    """For each thread of the process: how long it ran and waited for a CPU during the turns."""
    padding_bytes: int = 0
    """Length of the environment variable that shifts its stack."""
    extra_work: int = 0
    """Repetitions of a small operation put inside the timed region, to calibrate the gate."""
    reported: ReportedLatency | None = None
    """The tool's own figures, where it keeps no samples (phones)."""


@dataclass(frozen=True, slots=True)
class LaunchPair:
    """Two fresh processes measured in turns: the unit of replication. One line of the gate's journal."""

    cell: str
    """Key of the cell."""
    stage: Stage
    index: int
    """0-based number of this pair within its cell and stage."""
    started_at: str
    """ISO 8601, UTC."""
    a_started_first: bool
    a: PairSide
    b: PairSide
    turns: tuple[Turn, ...] = ()
    cores: tuple[int, ...] = ()
    """CPUs both processes were pinned to, one after the other; empty: free to move."""
    attempt: int = 0
    """0 for the first try; higher for a pair that replaces a spoiled one."""
    spoiled: str | None = None
    """Why the pair does not count although it ran; decided without looking at which side was faster."""
    state_before: DeviceState = field(default_factory=DeviceState)
    state_after: DeviceState = field(default_factory=DeviceState)
    duration_s: float | None = None
    log: str | None = None
    schema: int = GATE_SCHEMA


@dataclass(frozen=True, slots=True)
class CellAccuracy:
    """Whether each side had an image right, image by image, for one pair of models.

    One character an image, in the same order for both: `1` the label is the
    best class, `5` it is among the best five, `0` neither.
    """

    name: str
    """What is compared: that of the cells."""
    dataset: str
    dataset_fingerprint: str
    a: str
    b: str
    cautions: tuple[Caution, ...] = ()
    classes: int | None = None
    """How many classes the side with fewer tells apart."""
    schema: int = GATE_SCHEMA


@dataclass(frozen=True, slots=True)
class Rule:
    """How a metric is judged.

    REGRESSION needs proof (error at most `alpha` over all looks) that B is worse
    by more than `tolerance`; PASS needs proof (error at most `beta`) that it is
    worse by less than `target`.
    """

    metric: Metric = Metric.LATENCY
    tolerance: float = 0.02
    target: float = 0.05
    looks: tuple[int, ...] = DEFAULT_LOOKS
    alpha: float = 0.01
    beta: float = 0.05


@dataclass(frozen=True, slots=True)
class Look:
    """The data after so many pairs. `low` and `high` are the one-sided bounds that decide."""

    number: int
    """From 1."""
    pairs: int
    ratio: float
    low: float
    """Lower bound of the ratio at this look's share of alpha."""
    high: float
    """Upper bound of the ratio at this look's share of beta."""
    verdict: Verdict | None
    """None: more pairs are needed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the pairs of one stage say of a cell's latency.

    `ci_low` and `ci_high` are the exact two-sided 95 % signed-rank interval of
    the ratio; when A and B are swapped they become 1 / `ci_high` and 1 / `ci_low`.
    """

    stage: Stage
    verdict: Verdict | None
    """None: more pairs are needed."""
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    looks: tuple[Look, ...]
    pairs_used: int
    retaken: int
    scatter: float | None
    """Robust standard deviation of a pair's log-ratio."""
    smallest_detectable: float | None
    """Smallest slowdown, as a fraction, that this scatter would let the last look show in 95 of 100 cases."""
    faster: bool = False
    """Proven, as a regression would be, that B is faster by more than the tolerance: the mirror's verdict."""

    @property
    def look(self) -> int:
        """Number of the last look taken, 0 before the first."""
        return self.looks[-1].number if self.looks else 0


@dataclass(frozen=True, slots=True)
class MetricVerdict:
    """A metric other than the latency of invoke.

    `a`, `b` are typical values of the sides (milliseconds, bytes, or a fraction
    for accuracies). `change` and its interval are B / A - 1, or for accuracies
    A - B (a loss is positive); None where they cannot be had.
    """

    metric: Metric
    verdict: Verdict
    a: float | None
    b: float | None
    change: float | None
    ci_low: float | None
    ci_high: float | None
    tolerance: float
    target: float
    count: int
    """Pairs or images it rests on."""
    reason: str | None = None
    """One sentence where the verdict is not PASS, or is one only just."""

    @property
    def decides(self) -> bool:
        """Whether it has a part in its cell's verdict, beside latency.

        Every regression has. What cannot be told has where somebody asked for it:
        accuracy is only compared with a data set that the user names.
        """
        if self.verdict is Verdict.INCONCLUSIVE:
            return self.metric in (Metric.TOP1, Metric.TOP5)
        return self.verdict is Verdict.REGRESSION


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a few pairs of A against itself said before minutes were spent."""

    cell: str
    pairs: int
    scatter: float
    """Robust standard deviation of a pair's log-ratio."""
    tolerance: float
    target: float
    expected_pairs: float
    seconds_per_pair: float
    power: float
    """Chance to show a slowdown of exactly `target` by the last look."""
    unfit: str | None = None
    """Why no trustworthy verdict can be had here."""
    cautions: tuple[Caution, ...] = ()

    @property
    def expected_s(self) -> float:
        """Seconds the pairs of one stage will take."""
        return self.expected_pairs * self.seconds_per_pair


@dataclass(frozen=True, slots=True)
class CellVerdict:
    """The line of one cell. With a confirming stage its verdict is the cell's, else the screen's."""

    cell: Cell
    rule: Rule
    verdict: Verdict
    decisions: tuple[Decision, ...]
    metrics: tuple[MetricVerdict, ...] = ()
    cautions: tuple[Caution, ...] = ()
    a_version: str | None = None
    """Version of the runtime that really ran."""
    b_version: str | None = None
    a_ms: float | None = None
    """A typical invoke in milliseconds."""
    b_ms: float | None = None
    reason: str | None = None
    """One sentence: what led to the verdict."""
    next_step: str | None = None
    duration_s: float | None = None
    """What its pairs took."""

    @property
    def failed(self) -> tuple[Metric, ...]:
        """What is proven to be worse than accepted, latency first."""
        decision = self.decision
        slower = decision is not None and decision.verdict is Verdict.REGRESSION
        worse = tuple(each.metric for each in self.metrics if each.verdict is Verdict.REGRESSION)
        return ((self.rule.metric,) if slower else ()) + worse

    @property
    def decision(self) -> Decision | None:
        """The stage that decided; None where nothing was measured."""
        return self.decisions[-1] if self.decisions else None


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """A cell and how it will be judged."""

    cell: Cell
    rule: Rule
    choose_margins: bool = False
    """The preflight replaces tolerance and target of `rule` by those that fit the machine."""
    metrics: tuple[Rule, ...] = ()
    """Rules of the metrics beside latency."""


@dataclass(frozen=True, slots=True)
class GateDevice:
    """Where both sides are measured."""

    given: str = "local"
    """As the user called it: what to connect to again when the run is resumed."""
    allow: tuple[str, ...] = ()
    """Codes of a phone's preflight checks that may fail."""
    phone: PhoneOptions = field(default_factory=PhoneOptions)
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class GatePlan:
    """The immutable head of a gate run: with the journal of pairs it decides the verdict."""

    name: str
    started_at: str
    cells: tuple[PlannedCell, ...]
    seed: int
    turns: int
    provenance: Provenance
    preflight_pairs: int = 5
    """Pairs of A against itself before anything else; 0: none."""
    dataset: str | None = None
    advisory: str | None = None
    """Why the verdict can only advise (a baseline that could not be run again)."""
    one_thread_instead: bool = False
    """Whether a comparison of several threads that cannot be judged here gives way to one of one thread."""
    notices: tuple[str, ...] = ()
    device: GateDevice = field(default_factory=GateDevice)
    schema: int = GATE_SCHEMA


@dataclass(frozen=True, slots=True)
class GateResult:
    """Everything a gate run says."""

    name: str
    started_at: str
    verdict: Verdict
    cells: tuple[CellVerdict, ...]
    preflights: tuple[Preflight, ...]
    provenance: Provenance
    duration_s: float | None
    advisory: str | None = None
    notices: tuple[str, ...] = ()
    simulated: bool = False
    """Whether the device was: its times say nothing of a real one."""
    schema: int = GATE_SCHEMA
