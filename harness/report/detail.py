"""What a row of the table shows when it is opened, as plain data the page turns into text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.records.evaluation import OutputDifference
from harness.records.launch import DeviceState, Launch
from harness.records.row import Row
from harness.records.run import Run
from harness.records.vocabulary import Status
from harness.report.entries import Entry
from harness.report.published import published_facts
from harness.report.wording import MISSING, amount, count, ms, percent, percent_interval, when
from harness.stats.contention import times_ns

__all__ = ["asked_and_got", "detail_of", "difference_sentence"]

_MOST_EXCLUDED = 5
_MOST_OPS = 12
_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

Facts = list[tuple[str, str]]


def detail_of(entry: Entry, run: Run) -> dict[str, Any]:
    """Facts, warnings and launches of one trial of a run."""
    return {
        "sentences": _sentences(entry),
        "facts": [
            {"title": "Asked for and got", "facts": asked_and_got(entry)},
            {"title": "Accuracy", "facts": _accuracy(entry)},
            {"title": "State of the device", "facts": _states(entry)},
            {"title": "Memory and ops", "facts": _profile(entry)},
            {"title": "Published", "facts": published_facts(run, entry.row), "wide": True},
        ],
        "warnings": [
            {"message": each.message, "next": each.next_step, "silence": each.silence}
            for each in entry.row.warnings
        ],
        "launches": [_launch(each) for each in entry.launches],
    }


def _sentences(entry: Entry) -> list[str]:
    row = entry.row
    sentences = []
    if row.simulated:
        sentences.append("Simulated device: its times say nothing of a real one.")
    if entry.software_gpu:
        sentences.append(f"Software GPU ({entry.adapter}): the CPU imitates a GPU; no real one is this slow.")
    if row.reason:
        sentences.append(f"{row.status}: {row.reason}")
    if entry.mark.reason:
        sentences.append(f"{entry.mark.mark}: {entry.mark.reason}")
    return sentences


def asked_and_got(entry: Entry) -> Facts:
    """Delegate, threads, processors and runtime: as requested, and as read back."""
    row, launches = entry.row, entry.launches
    facts = [
        ("Trial", row.trial),
        ("Delegate", f"asked {row.asked}, ran on {row.delegate_actual or MISSING}"),
        ("Graph", _graph(entry)),
        ("GPU adapter", entry.adapter or ""),
        ("Left on the CPU", _left_on_cpu(launches)),
        ("Evidence", _distinct(each.delegation.evidence for each in launches)),
        ("Threads", _threads(row, launches)),
        ("CPUs asked for", _distinct(_processors(each.affinity_requested) for each in launches)),
        ("CPUs allowed", _distinct(_processors(each.affinity) for each in launches)),
        ("Runtime", f"asked {row.runtime}, got version {row.runtime_version or MISSING}"),
        ("Input", _distinct(each.input_description for each in launches)),
        ("Warm-up", _warm_up(entry.counted)),
        ("On the clock", _on_the_clock(row)),
        ("Mean", _mean(row)),
        ("Model sha256", row.sha256),
    ]
    return [(name, value) for name, value in facts if value]


def _on_the_clock(row: Row) -> str:
    """Where the wait for a CPU was taken off: the median with it."""
    if row.wall_ms is None or row.latency_ms is None or row.wall_ms.median == row.latency_ms.median:
        return ""
    return f"median {ms(row.wall_ms.median)} ms, with the wait for a CPU and all invokes"


def _mean(row: Row) -> str:
    mean = row.latency_ms.mean if row.latency_ms else row.reported_mean_ms
    return "" if mean is None else f"{ms(mean)} ms"


def _left_on_cpu(launches: Iterable[Launch]) -> str:
    return _distinct(
        ", ".join(f"{number} {name}" for name, number in each.delegation.left_on_cpu) for each in launches
    )


def _graph(entry: Entry) -> str:
    row = entry.row
    if row.delegated_nodes is None or row.total_nodes is None:
        return ""
    partitions = {each.delegation.partitions for each in entry.launches} - {None}
    split = f" in {count(int(partitions.pop() or 0), 'partition')}" if len(partitions) == 1 else ""
    return f"{row.delegated_nodes} of {row.total_nodes} nodes delegated{split}"


def _threads(row: Row, launches: Iterable[Launch]) -> str:
    seen = sorted({each.process_threads for each in launches if each.process_threads is not None})
    had = f", the process had {_span(seen)} after warm-up" if seen else ""
    return f"asked {row.threads}{had}"


def _span(values: list[int]) -> str:
    return str(values[0]) if len(values) == 1 else f"{values[0]} to {values[-1]}"


def _processors(affinity: tuple[int, ...] | None) -> str | None:
    """`0-3, 6` for the processors 0, 1, 2, 3 and 6."""
    if not affinity:
        return None
    parts: list[list[int]] = []
    for number in sorted(affinity):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(p[0]) if len(p) == 1 else f"{p[0]}-{p[-1]}" for p in parts)


def _warm_up(launches: Iterable[Launch]) -> str:
    launches = list(launches)
    if not launches:
        return ""
    numbers = sorted(len(each.warmup_ns) for each in launches)
    unsettled = sum(each.warmup_settled is False for each in launches)
    text = f"{_span(sorted(set(numbers)))} invokes a launch, not counted"
    return text + (f"; not settled in {count(unsettled, 'launch', 'launches')}" if unsettled else "")


def _distinct(values: Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(value for value in values if value))


def _accuracy(entry: Entry) -> Facts:
    row, evaluation = entry.row, entry.evaluation
    facts = []
    if row.accuracy_reason:
        facts.append(("None", row.accuracy_reason))
    if row.top1 is not None:
        facts += [
            (
                "Top-1",
                f"{percent(row.top1)} %, 95 % interval {percent_interval(row.top1_low, row.top1_high)}",
            ),
            (
                "Top-5",
                f"{percent(row.top5)} %, 95 % interval {percent_interval(row.top5_low, row.top5_high)}"
                if row.top5 is not None
                else "n/a: the model has five classes or fewer",
            ),
            ("Images", f"{amount(row.images)} of {row.dataset}"),
        ]
    if row.difference is not None:
        facts.append((f"Against {row.difference.reference}", difference_sentence(row.difference)))
    if row.accuracy_from:
        facts.append(("Measured with", f"{row.accuracy_from}, not with this trial's own delegate"))
    if evaluation is not None:
        facts.append(("Input", evaluation.preprocess))
        if evaluation.input_convention is not None:
            facts.append(("Known", str(evaluation.input_convention)))
        if evaluation.class_order is not None:
            facts.append(("Class order", f"{evaluation.class_order}: {evaluation.class_words}"))
        elif evaluation.label_offset is not None:
            facts.append(("Label offset", str(evaluation.label_offset)))
        if evaluation.excluded:
            facts.append(("Left out", _excluded(evaluation.excluded)))
    return facts


def _excluded(excluded: tuple[tuple[str, str], ...]) -> str:
    shown = "; ".join(f"{name}: {why}" for name, why in excluded[:_MOST_EXCLUDED])
    more = len(excluded) - _MOST_EXCLUDED
    return f"{count(len(excluded), 'image')}: {shown}" + (f"; and {more} more" if more > 0 else "")


def _profile(entry: Entry) -> Facts:
    """What launches of their own found out; the costliest ops first."""
    profile = entry.profile
    if profile is None:
        return []
    facts = [("Not measured", profile.reason or "")]
    if profile.peak_memory_bytes is not None:
        source = f" ({profile.memory_source})" if profile.memory_source else ""
        facts.append(("Peak memory", f"{profile.peak_memory_bytes / 1e6:.1f} MB{source}"))
    costly = sorted(profile.ops, key=lambda op: -op.mean_ms)[:_MOST_OPS]
    facts += [
        (
            op.node_type,
            f"{op.mean_ms:.4g} ms, {op.share_percent:.1f} %{'' if op.delegated else ', on the CPU'}",
        )
        for op in costly
    ]
    return [(name, value) for name, value in facts if value]


def difference_sentence(difference: OutputDifference) -> str:
    """How far the outputs of a delegate lie from the CPU's."""
    images = count(difference.images, "image")
    if difference.identical:
        how = "outputs equal" if difference.largest is not None else "right as often"
        return f"{how} to the last bit on {images}: delegate not proven"
    if difference.largest is None or difference.mean is None or difference.top1_agreement is None:
        return f"right on other images of {images}"
    return (
        f"scores differ by {difference.largest:.3g} at most, {difference.mean:.3g} on average;"
        f" the same best class on {percent(difference.top1_agreement)} % of {images}"
    )


def _states(entry: Entry) -> Facts:
    before = [each.state_before for each in entry.launches]
    after = [each.state_after for each in entry.launches]
    facts = [
        ("Load before", _range((each.load_1m for each in before), "")),
        ("Stolen CPU time", _range((each.steal_percent for each in after), " %")),
        ("CPU clock", _range((each.cpu_frequency_mhz for each in [*before, *after]), " MHz")),
        ("Governor", _distinct(each.governor for each in before)),
        ("Temperature", _range((each.temperature_c for each in [*before, *after]), " °C")),
        ("Thermal status", _range((each.thermal_status for each in [*before, *after]), "")),
        ("Battery", _battery(before)),
    ]
    return [(name, value) for name, value in facts if value]


def _range(values: Iterable[float | None], unit: str) -> str:
    known = sorted(value for value in values if value is not None)
    if not known:
        return ""
    low, high = f"{known[0]:.4g}", f"{known[-1]:.4g}"
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _battery(states: Iterable[DeviceState]) -> str:
    states = list(states)
    charge = _range((each.battery_percent for each in states), " %")
    unplugged = any(each.on_battery for each in states)
    return ", ".join(part for part in (charge, "on battery" if unplugged else "") if part)


def _launch(launch: Launch) -> dict[str, Any]:
    ordered = sorted(times_ns(launch))
    return {
        "number": launch.index + 1,
        "round": launch.round + 1,
        "started": when(launch.started_at),
        "status": str(launch.status),
        "reason": launch.contaminated or launch.contended or launch.reason,
        "counts": launch.contaminated is None
        and launch.contended is None
        and launch.status in (Status.OK, Status.FALLBACK),
        "samples": len(ordered) or (launch.reported.runs if launch.reported else 0),
        "init": launch.init_ms and round(launch.init_ms, 3),
        "first": launch.first_ms and round(launch.first_ms, 3),
        "log": launch.log,
        "quantiles": [float(f"{ordered[round(each * (len(ordered) - 1))] / 1e6:.5g}") for each in _QUANTILES]
        if ordered
        else [],
    }
