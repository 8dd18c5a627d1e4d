"""What should make a reader doubt a verdict: the machine while the pairs were made, as data."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable, Iterator, Sequence

from harness.gate.statistic import counts, log_ratio, wait_share
from harness.records.gate import LaunchPair
from harness.records.launch import DeviceState
from harness.records.row import Caution
from harness.records.vocabulary import Status
from harness.stats.phone_cautions import cautions_for_allowed

__all__ = ["machine_cautions", "pair_cautions"]

# As in the cautions of a run: see harness/stats/cautions.py.
_STEAL_PERCENT = 1.0
_FREQUENCY_VARIES = 0.05
# Half of the wall time spent waiting: the times are right, the minutes are not.
_WAIT_SHARE = 0.5
# Up to here the error of 1 % holds (docs/gate.md). Few pairs show more by chance: 2.33 is its 1 %.
_CORRELATION, _BY_CHANCE = 0.3, 2.33


def machine_cautions(pairs: Sequence[LaunchPair]) -> tuple[Caution, ...]:
    """What the state of the machine says, over all `pairs`."""
    before, after = [pair.state_before for pair in pairs], [pair.state_after for pair in pairs]
    found = (_steal(after), _frequency(after), _battery(before), _waiting(pairs))
    return tuple(each for each in found if each is not None)


def pair_cautions(pairs: Sequence[LaunchPair]) -> tuple[Caution, ...]:
    """`machine_cautions`, and what the two sides were seen to do."""
    states = [state for pair in pairs for state in (pair.state_before, pair.state_after)]
    allowed = cautions_for_allowed(states)
    return (
        *allowed,
        *machine_cautions(pairs),
        *_fallbacks(pairs),
        *_unpinned(pairs),
        *_cold(pairs),
        *_correlated(pairs),
    )


def _steal(states: Sequence[DeviceState]) -> Caution | None:
    stolen = _known(each.steal_percent for each in states)
    if not stolen or statistics.fmean(stolen) <= _STEAL_PERCENT:
        return None
    text = f"the hypervisor took {statistics.fmean(stolen):.1f} % of CPU time"
    return Caution("steal-time", text, "use a machine that is not shared")


def _frequency(states: Sequence[DeviceState]) -> Caution | None:
    clocks = _known(each.cpu_frequency_mhz for each in states)
    if not clocks or max(clocks) <= (1 + _FREQUENCY_VARIES) * min(clocks):
        return None
    text = f"the CPU clock was between {min(clocks):.0f} and {max(clocks):.0f} MHz"
    return Caution("frequency-varied", text, "sudo cpupower frequency-set --governor performance")


def _battery(states: Sequence[DeviceState]) -> Caution | None:
    if not any(each.on_battery for each in states):
        return None
    return Caution("on-battery", "the computer ran on battery, which may lower clocks", "plug it in")


def _waiting(pairs: Sequence[LaunchPair]) -> Caution | None:
    waits = _known(wait_share(pair) for pair in pairs)
    if not waits or statistics.median(waits) <= _WAIT_SHARE:
        return None
    text = f"the processes waited for a core in {statistics.median(waits):.0%} of the time: other work runs"
    return Caution("waiting", text, "close other programs, or accept more minutes")


def _fallbacks(pairs: Sequence[LaunchPair]) -> Iterator[Caution]:
    for letter, sides in (("A", [pair.a for pair in pairs]), ("B", [pair.b for pair in pairs])):
        fell = next((each for each in sides if each.status is Status.FALLBACK), None)
        if fell is not None:
            yield Caution("fallback", f"side {letter} did not run where it was asked to: {fell.reason}")


def _unpinned(pairs: Sequence[LaunchPair]) -> Iterator[Caution]:
    single = [pair for pair in pairs if pair.a.process_threads == pair.b.process_threads == 1 and pair.turns]
    if single and not any(pair.cores for pair in single):
        yield Caution("not-pinned", "the processes could move between cores, so their times scatter more")


def _cold(pairs: Sequence[LaunchPair]) -> Iterator[Caution]:
    cold = sum(pair.a.warmup_settled is False or pair.b.warmup_settled is False for pair in pairs)
    if cold > len(pairs) / 2:
        yield Caution("not-warm", f"{cold} of {len(pairs)} pairs were still changing when warm-up had to end")


def _correlated(pairs: Sequence[LaunchPair]) -> Iterator[Caution]:
    """Pairs that resemble the one before: the error rates hold for independent ones."""
    logs = [log_ratio(pair) for pair in pairs if counts(pair)]
    if len(logs) < 10 or statistics.pstdev(logs) == 0:
        return
    found = _autocorrelation(logs)
    if found > max(_CORRELATION, _BY_CHANCE / math.sqrt(len(logs))):
        text = f"pairs resemble the one before (correlation {found:.2f}): false alarms are likelier than 1 %"
        yield Caution("pairs-correlated", text, "run again when the machine is steady, or widen --tolerance")


def _autocorrelation(values: Sequence[float]) -> float:
    """Lag-1 serial correlation, with 1 / n added for what taking the mean off costs."""
    mean = statistics.fmean(values)
    off = [value - mean for value in values]
    lagged = sum(a * b for a, b in itertools.pairwise(off))
    return lagged / sum(each**2 for each in off) + 1 / len(off)


def _known(readings: Iterable[float | None]) -> list[float]:
    return [reading for reading in readings if reading is not None]
