"""Published against measured: what a model's publisher states beside what this run found.

A published figure is seldom comparable: it was measured on another device, on all 50,000
validation images, or with another runtime. Every reason is named; where there is none,
the two are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.records.evaluation import DatasetFacts
from harness.records.model import Model, PublishedLatency
from harness.records.row import Row
from harness.records.run import Run
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.report.wording import MISSING, amount, count, interval, ms, percent, percent_interval

__all__ = ["Comparison", "compare_accuracy", "compare_latency", "published_facts"]

_FULL_IMAGENET = (50_000, 49_800, 48_238)
"""Validation images of ILSVRC2012: all; those with a class name of their own; those not on the evaluation
tool's denylist."""
_IMAGENET_CLASSES = 1000
_MOST_LATENCIES = 6

_DELEGATES = {
    "cpu": (Delegate.CPU, Delegate.CPU_BUILTIN),
    "gpu": (Delegate.GPU,),
    "nnapi": (Delegate.NNAPI,),
    "coreml": (Delegate.COREML,),
    "npu": (Delegate.NPU,),
}
_DEVICE_KEYS = ("model", "device", "product", "marketing_name", "name")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One published figure and the measured one. Without `reasons` the two may be compared."""

    title: str
    published: str
    measured: str
    reasons: tuple[str, ...] = ()
    remark: str | None = None
    source: str | None = None

    @property
    def comparable(self) -> bool:
        """Whether nothing speaks against comparing the two."""
        return not self.reasons

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        parts = [f"published {self.published}, measured {self.measured}"]
        if self.reasons:
            parts.append("Not comparable: " + "; ".join(self.reasons))
        parts += [each for each in (self.remark, self.source and f"Source: {self.source}") if each]
        return ". ".join(parts)


def published_facts(run: Run, row: Row) -> list[tuple[str, str]]:
    """Title and sentence of every published figure of the row's model; none where nothing is published."""
    model = next((each for each in run.models if each.sha256 == row.sha256 and each.name == row.model), None)
    if model is None:
        return []
    dataset = next((each for each in run.datasets if each.name == row.dataset), None)
    device = dict(dict(run.provenance.devices).get(row.device, ()))
    latencies = sorted(compare_latency(model, row, device), key=_by_likeness)
    compared = [*compare_accuracy(model, row, dataset), *latencies[:_MOST_LATENCIES]]
    facts = [(each.title, each.sentence) for each in compared]
    left = len(latencies) - _MOST_LATENCIES
    return (
        [*facts, ("Further", count(left, "published latency", "published latencies"))] if left > 0 else facts
    )


def _by_likeness(comparison: Comparison) -> int:
    return len(comparison.reasons)


def compare_accuracy(model: Model, row: Row, dataset: DatasetFacts | None) -> tuple[Comparison, ...]:
    """Top-1 and Top-5, as far as they are published."""
    published = model.published_accuracy
    if published is None:
        return ()
    reasons = _accuracy_reasons(model, row, dataset)
    figures = (
        ("Top-1", published.top1_percent, row.top1, row.top1_low, row.top1_high),
        ("Top-5", published.top5_percent, row.top5, row.top5_low, row.top5_high),
    )
    return tuple(
        _accuracy(title, stated, (measured, low, high), reasons, published.source)
        for title, stated, measured, low, high in figures
        if stated is not None
    )


def _accuracy(
    title: str,
    stated: float,
    measured: tuple[float | None, float | None, float | None],
    reasons: tuple[str, ...],
    source: str | None,
) -> Comparison:
    """`stated` is in per cent; `measured` is a fraction and the ends of its 95 % interval."""
    value, low, high = measured
    if value is None:
        return Comparison(title, f"{stated:g} %", MISSING, reasons, source=source)
    text, remark = f"{percent(value)} %", None
    if low is not None and high is not None:
        text += f" (95 % interval {percent_interval(low, high)})"
        inside = 100 * low <= stated <= 100 * high
        remark = f"The published figure lies {'inside' if inside else 'outside'} the interval"
    return Comparison(title, f"{stated:g} %", text, reasons, remark, source)


def _accuracy_reasons(model: Model, row: Row, dataset: DatasetFacts | None) -> tuple[str, ...]:
    if row.top1 is None:
        return (row.accuracy_reason or "accuracy was not measured",)
    if dataset is None:
        return ("the images it was measured on are not described",)
    own_set = model.dataset is not None
    images = amount(row.images)
    if own_set and row.dataset != model.dataset:
        return (f"other images ({images} of {row.dataset}; published on {model.dataset})",)
    if own_set and dataset.subset is not None:
        return (f"a subset ({images} images of {row.dataset})",)
    if own_set or (dataset.classes == _IMAGENET_CLASSES and row.images in _FULL_IMAGENET):
        return ()
    if dataset.classes == _IMAGENET_CLASSES:
        return (f"a subset or another set ({images} images of {row.dataset}; published on all 50,000)",)
    return (f"other images ({images} of {row.dataset}, {count(dataset.classes, 'class', 'classes')})",)


def compare_latency(model: Model, row: Row, device: Mapping[str, str]) -> tuple[Comparison, ...]:
    """Every published latency beside the row's median. `device` are the facts of the row's device."""
    return tuple(_latency(each, row, device) for each in model.published_latency)


def _latency(published: PublishedLatency, row: Row, device: Mapping[str, str]) -> Comparison:
    threads = f", {count(published.threads, 'thread')}" if published.threads is not None else ""
    title = f"Latency, {published.device}, {published.delegate}{threads}"
    measured, remark = MISSING, None
    reasons = tuple(_latency_reasons(published, row, device))
    if row.latency_ms is not None:
        span = interval(row.latency_ms.ci_low, row.latency_ms.ci_high)
        measured = f"{ms(row.latency_ms.median)} ms" + (f" (95 % interval {span})" if span else "")
        if not reasons:
            times = row.latency_ms.median / published.latency_ms
            remark = f"{times:.2f} times the published one; the publisher's version of TFLite is not stated"
    return Comparison(title, f"{published.latency_ms:g} ms", measured, reasons, remark, published.source)


def _latency_reasons(published: PublishedLatency, row: Row, device: Mapping[str, str]) -> Iterable[str]:
    if row.latency_ms is None or row.status is not Status.OK:
        yield f"this trial ended as {row.status}"
    if row.simulated:
        yield "the device is simulated, and its times say nothing of a real one"
    names = [device[key] for key in _DEVICE_KEYS if key in device] or [row.device]
    if not any(_same_device(published.device, name) for name in names):
        # A computer has no model name that a publisher would use; its processor says more than `local`.
        yield f"other device (here {device.get('processor', names[0])})"
    word = published.delegate.lower().split(" ")[0]
    if row.delegate_requested not in _DELEGATES.get(word, ()):
        yield f"other delegate (here {row.asked})"
    if published.threads is not None and published.threads != row.threads:
        yield f"other number of threads (here {row.threads})"
    if row.runtime is not Runtime.BENCHMARK_MODEL:
        version = f" {row.runtime_version}" if row.runtime_version else ""
        yield f"other runtime (here {row.runtime}{version}; published with TFLite's benchmark tool)"


def _same_device(published: str, name: str) -> bool:
    """`Pixel 3 (Android 10)` is `Google Pixel 3`, and not `Pixel 3a`."""
    return _plain(published) == _plain(name)


def _plain(name: str) -> str:
    words = re.sub(r"\(.*?\)", "", name).casefold().replace("_", " ").split()
    return " ".join(words[1:] if words[:1] in (["google"], ["apple"]) else words)
