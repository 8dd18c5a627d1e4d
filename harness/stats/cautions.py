"""Stability warnings as data: the number that broke a rule, what to run next, how to silence it."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator, Sequence

from harness.records.launch import Launch
from harness.records.row import Caution, LatencySummary
from harness.records.vocabulary import Delegate
from harness.stats.summary import counts

__all__ = ["CODES", "cautions_for"]

# pyperf's `system show` and `check` give the same advice from similar figures.
_LOAD_PER_CPU = 0.5
_STEAL_PERCENT = 1.0
_FREQUENCY_VARIES = 0.05
_DRIFT = 0.03
_WALL_OVER_CPU = 1.05
_WIDE = 0.05
# regression.md: five launches give an interval at all; fewer say little of what differs between processes.
_LAUNCHES = 5
_LAUNCH_SPREAD = 0.02
_STEADY_GOVERNORS = frozenset({"performance"})

Rule = Callable[[Sequence[Launch], LatencySummary, int], Iterator[Caution]]


def cautions_for(
    launches: Sequence[Launch], summary: LatencySummary | None, *, cpu_count: int
) -> tuple[Caution, ...]:
    """Everything that should make a reader doubt the figures of one trial."""
    counted = [launch for launch in launches if counts(launch)]
    if not counted or summary is None:
        return ()
    return tuple(caution for rule in _RULES for caution in rule(counted, summary, cpu_count))


def _high_load(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    # The load average holds this run's own work of the last minute: one busy thread a launch.
    loads = [each.state_before.load_1m for each in launches if each.state_before.load_1m is not None]
    own = max(each.threads_requested for each in launches)
    if loads and max(loads) > own + _LOAD_PER_CPU * cpus:
        yield _caution(
            "high-load",
            f"the load was up to {max(loads):.1f} on {cpus} CPUs: other work competed",
            "close other programs and run again",
        )


def _steal(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    stolen = [
        each.state_after.steal_percent for each in launches if each.state_after.steal_percent is not None
    ]
    if stolen and statistics.fmean(stolen) > _STEAL_PERCENT:
        yield _caution(
            "steal-time",
            f"the hypervisor took {statistics.fmean(stolen):.1f} % of CPU time during the launches",
            "use a machine that is not shared, or compare with `harness run --budget thorough`",
        )


def _frequency(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    governors = {each.state_before.governor for each in launches if each.state_before.governor}
    if governors - _STEADY_GOVERNORS:
        yield _caution(
            "frequency-scaling",
            f"the CPU governor is {', '.join(sorted(governors))}: the clock follows the load",
            "sudo cpupower frequency-set --governor performance",
        )
    clocks = [each.state_after.cpu_frequency_mhz for each in launches if each.state_after.cpu_frequency_mhz]
    if clocks and max(clocks) > (1 + _FREQUENCY_VARIES) * min(clocks):
        yield _caution(
            "frequency-varied",
            f"the CPU clock was between {min(clocks):.0f} and {max(clocks):.0f} MHz",
            "sudo cpupower frequency-set --governor performance",
        )


def _battery(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    if any(each.state_before.on_battery for each in launches):
        yield _caution("on-battery", "the computer ran on battery, which may lower clocks", "plug it in")


def _few_launches(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    if len(launches) < _LAUNCHES:
        yield _caution(
            "few-launches",
            f"only {len(launches)} launch(es): the interval says little of how processes differ",
            f"harness run --launches {_LAUNCHES}",
        )


def _drift(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    medians = [statistics.median(each.samples_ns) for each in sorted(launches, key=lambda each: each.round)]
    if len(medians) < 4:
        return
    # Every launch slower (or faster) than the one before it: by chance once in 60 at five launches.
    rising = all(a < b for a, b in itertools.pairwise(medians))
    falling = all(a > b for a, b in itertools.pairwise(medians))
    change = medians[-1] / medians[0] - 1
    if (rising or falling) and abs(change) > _DRIFT:
        yield _caution(
            "drift",
            f"from the first round to the last the latency moved steadily, by {change:+.1%}",
            "let the machine settle (temperature, background work) and run again",
        )


def _wall_over_cpu(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    single = [
        each
        for each in launches
        if each.threads_requested == 1 and each.cpu_ns and each.delegation.actual is not Delegate.GPU
    ]
    cpu_ns = sum(sum(each.cpu_ns) for each in single)
    if cpu_ns and (ratio := sum(sum(each.samples_ns) for each in single) / cpu_ns) > _WALL_OVER_CPU:
        yield _caution(
            "waiting",
            f"invokes took {ratio:.2f} times their CPU time at one thread: they waited for a core",
            "close other programs and run again",
        )


def _wide(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    if summary.ci_low is None or summary.ci_high is None:
        return
    half = (summary.ci_high - summary.ci_low) / 2 / summary.median
    if half > _WIDE:
        yield _caution(
            "wide-interval",
            f"the 95 % interval of the median is ±{half:.0%} wide",
            "harness run --budget thorough",
        )


def _not_warm(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    cold = sum(each.warmup_settled is False for each in launches)
    if cold:
        yield _caution(
            "not-warm",
            f"{cold} of {len(launches)} launches were still changing when warm-up had to end",
            "harness run --budget thorough",
        )


def _launches_differ(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    between, within = summary.spread_between, summary.spread_within
    if between is None or within is None or between <= max(_LAUNCH_SPREAD, within):
        return
    yield _caution(
        "launches-differ",
        f"launches differ by {between:.1%}, samples within one by {within:.1%}: more samples would not help",
        "harness run --launches 15",
    )


def _oversubscribed(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    threads = max(each.threads_requested for each in launches)
    if threads > cpus:
        yield _caution(
            "too-many-threads", f"{threads} threads shared {cpus} CPUs", f"harness run --threads {cpus}"
        )


def _software_gpu(launches: Sequence[Launch], summary: LatencySummary, cpus: int) -> Iterator[Caution]:
    adapters = {each.delegation.adapter for each in launches if each.delegation.adapter}
    software = [name for name in sorted(adapters) if _is_software(name)]
    if software:
        yield _caution(
            "software-gpu",
            f"the GPU adapter is a renderer on the CPU ({software[0][:60]}): its times say nothing of a GPU",
            "run on a machine with a GPU",
        )


def _is_software(adapter: str) -> bool:
    return any(sign in adapter.lower() for sign in ("adaptertype=cpu", "swiftshader", "llvmpipe", "lavapipe"))


def _caution(code: str, message: str, next_step: str) -> Caution:
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
    "wide-interval",
    "not-warm",
    "launches-differ",
    "too-many-threads",
)
"""Every caution, as `--allow` takes them."""
