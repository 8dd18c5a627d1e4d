"""Stability warnings as data: the number that broke a rule, what to run next, how to silence it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence

from harness.records.launch import Launch
from harness.records.row import Caution, LatencySummary
from harness.records.vocabulary import Delegate
from harness.stats.contention import times_ns, waited_long
from harness.stats.drift import find_trend
from harness.stats.summary import WIDE, counts, launch_median_ms, reach

__all__ = [
    "CODES",
    "caution",
    "cautions_for",
    "cautions_for_contended",
    "cautions_for_imported",
]

# A fifth more runnable tasks than CPUs: some had to take turns. The run's own threads are part of
# the load average and rarely exceed the CPUs, so they alone do not reach this.
_LOAD_PER_CPU = 1.2
# Measured on shared virtual CPUs: under a neighbour's load 12 % between launches instead of 0.6 %;
# a quiet one shows well below 1 % stolen.
_STEAL_PERCENT = 1.0
# As far as single-core turbo moves a clock on a quiet desktop; latency follows the clock one to one.
_FREQUENCY_VARIES = 0.05
# "performance" holds the highest clock (Linux, Documentation/admin-guide/pm/cpufreq.rst).
_STEADY_GOVERNORS = frozenset({"performance"})
# An interval from fewer is a multiple of the scatter itself (docs/statistics.md, table of widths).
_LAUNCHES_MIN = 5
_LAUNCHES_MORE = 15
# Smallest steady change worth a sentence, and how rarely chance may make it.
_DRIFT = 0.03
_DRIFT_P = 0.05
# An undisturbed one-thread invoke is all CPU time; the rest was spent waiting for a core.
_WALL_OVER_CPU = 1.05
# Below this, memory layout makes any two processes differ (Mytkowicz et al., ASPLOS 2009).
_LAUNCH_SPREAD = 0.02
# How far the first half of the samples may lie from the second and yet be as warm.
_COLD = 0.02

Rule = Callable[[Sequence[Launch], LatencySummary, int], Iterator[Caution]]


def cautions_for(
    launches: Sequence[Launch], summary: LatencySummary | None, *, cpu_count: int
) -> tuple[Caution, ...]:
    """Everything that should make a reader doubt the figures of one trial.

    `cpu_count` is the number of CPUs the launches could use. Readings that a
    device does not give raise no caution.
    """
    counted = [launch for launch in launches if launch_median_ms(launch) is not None]
    if not counted or summary is None:
        return ()
    return tuple(each for rule in _RULES for each in rule(counted, summary, cpu_count))


def cautions_for_imported(launches: Sequence[Launch]) -> tuple[Caution, ...]:
    """What must be said of figures from logs of elsewhere; it cannot be silenced."""
    if not launches:
        return ()
    told = Caution(
        "tool-figures",
        "figures as the tool printed them; no samples and no state of the device were kept",
        "measure with harness run to have intervals and checks",
    )
    without = sum(each.reported is not None and not each.reported.median_ms for each in launches)
    if not without:
        return (told,)
    no_median = Caution(
        "no-median",
        f"{without} of {len(launches)} log(s) state a mean and no median: a few slow invokes raise a mean,"
        " so it is shown and not ranked",
        "use a benchmark_model of 2023 or later, which prints a median",
    )
    return told, no_median


def cautions_for_contended(launches: Sequence[Launch]) -> tuple[Caution, ...]:
    """What must be said of launches that had not all the cores they needed, however often they were made."""
    lacking = [each for each in launches if each.contended is not None]
    if not lacking:
        return ()
    return (
        caution(
            "contended",
            f"other processes had the cores of {len(lacking)} of {len(launches)} launches:"
            f" {lacking[-1].contended}",
            "close other programs and run again, or measure with --threads 1",
        ),
    )


def _software_gpu(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    software = sorted({each.delegation.adapter or "" for each in launches if each.delegation.software_gpu})
    if software:
        yield caution(
            "software-gpu",
            f"the GPU adapter is a renderer on the CPU ({software[0][:60]}): its times say nothing of a GPU",
            "run on a machine with a GPU",
        )


def _high_load(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    loads = _known(each.state_before.load_1m for each in launches)
    busy = [load for load in loads if load > _LOAD_PER_CPU * cpus]
    if busy:
        yield caution(
            "high-load",
            f"{len(busy)} of {len(launches)} launches began at a load of up to {max(busy):.1f} on"
            f" {cpus} CPU(s): other work competed",
            "close other programs and run again",
        )


def _steal(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    stolen = _known(each.state_after.steal_percent for each in launches)
    if stolen and statistics.fmean(stolen) > _STEAL_PERCENT:
        yield caution(
            "steal-time",
            f"the hypervisor took {statistics.fmean(stolen):.1f} % of CPU time during the launches",
            "use a machine that is not shared, or average over more: harness run --budget thorough",
        )


def _frequency(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    """One caution: that the clock may move, or else that it did although it should not.

    A phone's clock always follows the load, and nobody can change that; there a
    cap is what spoils a launch, and each is judged by it.
    """
    if any(each.state_before.cluster_cap_khz for each in launches):
        return
    clocks = _known(each.state_after.cpu_frequency_mhz for each in launches)
    varied = bool(clocks) and max(clocks) > (1 + _FREQUENCY_VARIES) * min(clocks)
    seen = f"between {min(clocks):.0f} and {max(clocks):.0f} MHz" if varied else None
    moving = {each.state_before.governor for each in launches if each.state_before.governor}
    moving -= _STEADY_GOVERNORS
    if moving:
        text = f"the CPU governor is {', '.join(sorted(moving))}: the clock follows the load"
        yield caution(
            "frequency-scaling",
            f"{text} (seen {seen})" if seen else text,
            "sudo cpupower frequency-set --governor performance",
        )
    elif seen:
        yield caution(
            "frequency-varied",
            f"the CPU clock was {seen} after the launches",
            "let the machine cool down, and switch turbo off if you can",
        )


def _battery(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    drained = sum(bool(each.state_before.on_battery) for each in launches)
    if drained:
        yield caution(
            "on-battery",
            f"{drained} of {len(launches)} launches ran on battery, which may lower clocks",
            "plug it in and run again",
        )


def _few_launches(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    if len(launches) < _LAUNCHES_MIN:
        says = "there is no interval" if len(launches) == 1 else "the interval is wide and rests on little"
        yield caution(
            "few-launches",
            f"only {len(launches)} launch(es) counted: {says}",
            f"harness run --launches {_LAUNCHES_MIN}",
        )


def _drift(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    in_order = sorted(launches, key=lambda each: (each.round, each.index))
    medians = [median for each in in_order if (median := launch_median_ms(each)) is not None]
    trend = find_trend(medians)
    if trend.p < _DRIFT_P and abs(trend.change) > _DRIFT:
        yield caution(
            "drift",
            f"from the first round to the last the latency moved steadily, by {trend.change:+.1%}",
            "let the machine settle (temperature, background work) and run again",
        )


def _wall_over_cpu(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    single = [
        each
        for each in launches
        if each.threads_requested == 1 and each.cpu_ns and each.delegation.actual is not Delegate.GPU
    ]
    known = _known(map(waited_long, single))
    if known and len(known) == len(single):
        if (ratio := statistics.median(known)) > _WALL_OVER_CPU:
            yield caution(
                "waiting",
                f"invokes waited for a core, on the clock {ratio:.2f} times their own time: that is left out",
                "close other programs and run again for times that need no correction",
            )
        return
    cpu_ns = sum(sum(each.cpu_ns) for each in single)
    if cpu_ns and (ratio := sum(sum(each.samples_ns) for each in single) / cpu_ns) > _WALL_OVER_CPU:
        yield caution(
            "waiting",
            f"invokes took {ratio:.2f} times their CPU time at one thread: they waited for a core,"
            " and this system does not tell how long",
            "close other programs and run again",
        )


def _wide(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    how_far = reach(summary)
    if how_far is not None and how_far > WIDE:
        yield caution(
            "wide-interval",
            f"the 95 % interval reaches {how_far:.0%} from the median"
            f" ({summary.ci_low:.3g} to {summary.ci_high:.3g} ms)",
            f"harness run --launches {max(_LAUNCHES_MORE, 2 * len(launches))}",
        )


def _not_warm(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    cold = sum(
        counts(each) and each.warmup_settled is False and _still_moving(times_ns(each)) for each in launches
    )
    if cold:
        yield caution(
            "not-warm",
            f"{cold} of {len(launches)} launches were still changing when warm-up had to end",
            "harness run --budget thorough",
        )


def _still_moving(samples_ns: Sequence[int]) -> bool:
    """Whether the counted samples still change; a warm-up that was cut short may have sufficed."""
    half = len(samples_ns) // 2
    if half < 2:
        return True
    first, second = statistics.median(samples_ns[:half]), statistics.median(samples_ns[half:])
    return abs(first - second) > _COLD * second


def _launches_differ(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    between, within = summary.spread_between, summary.spread_within
    if between is None or within is None or between <= max(_LAUNCH_SPREAD, within):
        return
    yield caution(
        "launches-differ",
        f"launches differ by {between:.1%}, samples within one by {within:.1%}: more samples would not help",
        f"harness run --launches {max(_LAUNCHES_MORE, 2 * len(launches))}",
    )


def _oversubscribed(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    threads = max(each.threads_requested for each in launches)
    if threads > cpus:
        yield caution(
            "too-many-threads", f"{threads} threads shared {cpus} CPU(s)", f"harness run --threads {cpus}"
        )


def _other_cores(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    asked = [each for each in launches if each.affinity_requested is not None]
    wrong = [
        each for each in asked if each.affinity and set(each.affinity) != set(each.affinity_requested or ())
    ]
    if wrong:
        allowed = ",".join(map(str, wrong[0].affinity or ()))
        yield caution(
            "other-cores",
            f"{len(wrong)} of {len(launches)} launches were not held to the cores they were given: the"
            f" process was allowed CPUs {allowed}",
            "the phone may refuse taskset, or have put cores to sleep: harness devices doctor NAME",
        )
    elif unseen := sum(each.affinity is None for each in asked):
        yield caution(
            "unseen-cores",
            f"on which cores {unseen} of {len(launches)} launches ran could not be read back",
            "harness devices doctor NAME tells whether the phone shows it",
        )


def _tool_notes(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    notes = list(dict.fromkeys(note for each in launches for note in each.notes))
    if notes:
        more = f" (and {len(notes) - 1} more, in the logs)" if len(notes) > 1 else ""
        yield caution("tool-notes", f"the tool's log says: {notes[0]}{more}", "read the logs of the launches")


def _known(readings: Iterable[float | None]) -> list[float]:
    return [reading for reading in readings if reading is not None]


def caution(code: str, message: str, next_step: str) -> Caution:
    """A caution that `--allow` silences."""
    return Caution(code, message, next_step, f"--allow {code}")


_RULES: tuple[Rule, ...] = (
    _software_gpu,
    _high_load,
    _steal,
    _frequency,
    _battery,
    _few_launches,
    _drift,
    _wall_over_cpu,
    _wide,
    _not_warm,
    _launches_differ,
    _oversubscribed,
    _other_cores,
    _tool_notes,
)

CODES = (
    "software-gpu",
    "high-load",
    "steal-time",
    "frequency-scaling",
    "frequency-varied",
    "on-battery",
    "few-launches",
    "drift",
    "waiting",
    "contended",
    "wide-interval",
    "not-warm",
    "launches-differ",
    "too-many-threads",
    "other-cores",
    "unseen-cores",
    "tool-notes",
    "delegate-not-proven",
    "class-order-assumed",
    "input-assumed",
    "input-contradicted",
    "other-input-better",
)
"""Every caution, as `--allow` takes them."""
