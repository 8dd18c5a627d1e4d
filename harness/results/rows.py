"""From plan, launches and evaluations to one row a trial. Pure."""

from __future__ import annotations

import re
import shlex
import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.records.evaluation import Evaluation
from harness.records.input_convention import InputConvention
from harness.records.launch import MOST_ATTEMPTS, Delegation, Launch
from harness.records.model import Model
from harness.records.profile import TrialProfile
from harness.records.row import Caution, LatencySummary, Row
from harness.records.run import Run
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Job, Runtime, Status
from harness.results.easier_images import with_easier_images
from harness.stats.accuracy_cautions import (
    cautions_for_classes,
    cautions_for_difference,
    cautions_for_input,
    cautions_for_other_input,
)
from harness.stats.cautions import (
    cautions_for,
    cautions_for_contended,
    cautions_for_imported,
)
from harness.stats.contention import has_wait_off
from harness.stats.intervals import Estimate, wilson
from harness.stats.phone_cautions import caution_for_fixed_performance, cautions_for_allowed
from harness.stats.summary import (
    counts,
    mean_reported,
    reports,
    summarise,
    summarise_reported,
    summarise_wall,
)

__all__ = ["build_rows"]

# The worst first: one such launch decides its trial, because a figure over the rest
# would leave out exactly what went wrong.
_DECIDING = (Status.UNSUPPORTED, Status.FAILED, Status.TIMED_OUT, Status.UNSTABLE, Status.SKIPPED)
# As many launches with all their cores as make a figure beside ones without.
_FEWEST_ALONE = 3
# Facts of a device that say which machine it is, of a computer and of a phone.
_PROCESSOR = ("model", "soc", "processor")


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: Status
    reason: str | None


_FEW_CLASSES = 5
"""Of so many classes the best five are all of them, so that Top-5 is 100 % whatever the model does."""


def build_rows(
    run: Run,
    launches: Iterable[Launch],
    evaluations: Iterable[Evaluation],
    profiles: Iterable[TrialProfile] = (),
) -> tuple[Row, ...]:
    """One row for every trial of the plan, in its order.

    A profile tells the memory of a trial whose launches do not measure it themselves.
    """
    by_trial: dict[str, list[Launch]] = defaultdict(list)
    for launch in launches:
        by_trial[launch.trial].append(launch)
    by_model: dict[str, list[Evaluation]] = defaultdict(list)
    for evaluation in evaluations:
        by_model[evaluation.sha256].append(evaluation)
    models = {model.name: model for model in run.models}
    cpus = _cpu_counts(run)
    peaks = {each.trial: each.peak_memory_bytes for each in profiles if each.peak_memory_bytes is not None}
    processors = {name: _processor(dict(facts)) for name, facts in run.provenance.devices}
    rows = (
        _row(run, trial, models[trial.model], by_trial[trial.key], by_model[trial.sha256], cpus[trial.device])
        for trial in run.trials
    )
    rows = (replace(row, processor=processors.get(row.device)) for row in rows)
    with_memory = (
        replace(row, peak_memory_mb=_megabytes(peaks[row.trial]))
        if row.peak_memory_mb is None and row.trial in peaks
        else row
        for row in rows
    )
    return with_easier_images(run, tuple(with_memory))


def _row(
    run: Run,
    trial: Trial,
    model: Model,
    launches: Sequence[Launch],
    evaluations: Sequence[Evaluation],
    cpu_count: int,
) -> Row:
    accuracy = _accuracy(run, trial, evaluations)
    top1, top5 = accuracy.shares()
    verdict = _verdict(run, launches, accuracy.evaluation)
    shown = launches if _has_figures(verdict.status, launches) else []
    counted = _counted(run, shown)
    reported = [] if counted else _reported(shown)
    summary = summarise_reported(reported) if reported else summarise(counted)
    delegation = _delegation(trial, launches)
    return Row(
        model=trial.model,
        sha256=trial.sha256,
        family=model.family,
        quantization=model.quantization,
        size_bytes=model.size_bytes or None,
        device=trial.device,
        runtime=trial.runtime,
        # A launch that could not load its model does not tell; the evaluation, made here too, does.
        runtime_version=_one({each.runtime_version for each in launches} - {None} or accuracy.versions),
        delegate_requested=trial.delegate,
        delegate_actual=delegation.actual,
        delegated_nodes=delegation.delegated_nodes,
        total_nodes=delegation.total_nodes,
        threads=trial.threads,
        status=verdict.status,
        reason=verdict.reason,
        launches=len(counted or reported),
        samples=sum(len(each.samples_ns) for each in counted),
        latency_ms=summary,
        wall_ms=summarise_wall(counted),
        init_ms=_median(_own_ms(each, each.init_ms, each.init_wait_ms) for each in counted or reported),
        first_ms=_median(_own_ms(each, each.first_ms, each.first_wait_ms) for each in counted or reported),
        peak_memory_mb=_megabytes(_median(each.peak_memory_bytes for each in counted or reported)),
        top1=top1.value if top1 else None,
        top1_low=_ends(top1)[0],
        top1_high=_ends(top1)[1],
        top5=top5.value if top5 else None,
        top5_low=_ends(top5)[0],
        top5_high=_ends(top5)[1],
        images=accuracy.scored.images if accuracy.scored else None,
        dataset=accuracy.scored.dataset if accuracy.scored else None,
        warnings=_cautions(run, trial, model, shown, counted or reported, summary, cpu_count, accuracy),
        trial=trial.key,
        run=run.name,
        variant=trial.variant,
        reported_mean_ms=mean_reported(reported) if summary is None else None,
        accuracy_from=accuracy.source,
        accuracy_reason=accuracy.reason,
        difference=accuracy.scored.difference if accuracy.scored and not accuracy.source else None,
        class_order=accuracy.scored.class_order if accuracy.scored else None,
        simulated=trial.device in run.simulated_devices if run.simulated_devices else run.simulated,
        input_convention=accuracy.input_convention or model.input_convention,
    )


def _verdict(run: Run, launches: Sequence[Launch], evaluation: Evaluation | None) -> _Verdict:
    """One status for all launches of a trial."""
    for status in _DECIDING:
        bad = next((each for each in launches if each.status is status), None)
        if bad is not None:
            which = f"launch {bad.index + 1}: " if len(launches) > 1 else ""
            return _Verdict(status, f"{which}{bad.reason}")
    if Job.LATENCY not in run.options.jobs:
        return _accuracy_verdict(evaluation)
    spoiled = [each for each in launches if each.contaminated is not None]
    if any(not each.needs_retake for each in spoiled):
        last = spoiled[-1]
        return _Verdict(
            Status.UNSTABLE, f"launch {last.index + 1} was spoiled {MOST_ATTEMPTS} times: {last.contaminated}"
        )
    launches = [each for each in launches if each.contaminated is None]
    ended = [each for each in launches if not each.needs_retake]
    if len(ended) < run.options.launches:
        missing = run.options.launches - len(ended)
        return _Verdict(
            Status.SKIPPED,
            f"{missing} of {run.options.launches} launches are missing; complete it with --resume",
        )
    versions = {each.runtime_version for each in launches}
    if len(versions) > 1:
        seen = ", ".join(sorted(str(version) for version in versions))
        return _Verdict(Status.FAILED, f"launches ran on different versions of the runtime ({seen})")
    verdict = _fallback(launches)
    if verdict.status is Status.OK and not _enough(run, launches):
        last = next(each for each in reversed(launches) if each.contended is not None)
        return _Verdict(Status.CONTENDED, f"other processes had its cores: {last.contended}")
    return verdict


def _enough(run: Run, launches: Sequence[Launch]) -> bool:
    """Whether as many launches as give an interval were left alone by other processes."""
    alone = sum(each.contended is None for each in launches)
    return alone >= min(_FEWEST_ALONE, run.options.launches)


def _counted(run: Run, launches: Sequence[Launch]) -> list[Launch]:
    """The launches behind the figures: where too few were left alone by others, the others as well."""
    if not _enough(run, launches):
        launches = [replace(each, contended=None) for each in launches if not each.needs_retake]
    return [launch for launch in launches if counts(launch)]


def _own_ms(launch: Launch, time_ms: float | None, wait_ms: float | None) -> float | None:
    """Without the wait for a CPU, where one thread does the work."""
    return time_ms - wait_ms if time_ms and wait_ms and has_wait_off(launch) else time_ms


def _has_figures(status: Status, launches: Sequence[Launch]) -> bool:
    """Logs of a delegate that has no word here have figures all the same: shown, never ranked."""
    if status is Status.UNSUPPORTED:
        return all(each.status is status and each.reported is not None for each in launches)
    return status in (Status.OK, Status.FALLBACK, Status.CONTENDED)


def _reported(launches: Sequence[Launch]) -> list[Launch]:
    """The launches whose tool printed figures: those with a median, else those with a mean alone."""
    told = [each for each in launches if each.reported is not None and each.contaminated is None]
    return [each for each in told if reports(each)] or told


def _accuracy_verdict(evaluation: Evaluation | None) -> _Verdict:
    if evaluation is None:
        return _Verdict(Status.SKIPPED, "no accuracy was measured")
    return _Verdict(evaluation.status, evaluation.reason)


def _fallback(launches: Sequence[Launch]) -> _Verdict:
    fallen = [each for each in launches if each.status is Status.FALLBACK]
    if not fallen:
        return _Verdict(Status.OK, None)
    if len(fallen) == len(launches):
        return _Verdict(Status.FALLBACK, fallen[0].reason)
    return _Verdict(Status.FALLBACK, f"{len(fallen)} of {len(launches)} launches: {fallen[0].reason}")


def _delegation(trial: Trial, launches: Sequence[Launch]) -> Delegation:
    """That of the launches; unknown where they differ."""
    seen = {(d.actual, d.delegated_nodes, d.total_nodes) for d in (each.delegation for each in launches)}
    if len(seen) != 1:
        return Delegation(trial.delegate, None)
    return launches[0].delegation


@dataclass(frozen=True, slots=True)
class _Accuracy:
    """The evaluation a row speaks of; `source` names it where it is not the trial's own."""

    evaluation: Evaluation | None
    source: str | None
    reason: str | None

    @property
    def versions(self) -> set[str | None]:
        return {self.evaluation.runtime_version} if self.evaluation else set()

    @property
    def scored(self) -> Evaluation | None:
        """The evaluation where it yielded figures."""
        found = self.evaluation
        return found if found is not None and found.status is Status.OK and found.images else None

    @property
    def input_convention(self) -> InputConvention | None:
        """How the images of the figures were fed."""
        return self.scored.input_convention if self.scored else None

    def shares(self) -> tuple[Estimate | None, Estimate | None]:
        """Top-1, and Top-5 where the model has more than five classes."""
        found = self.scored
        if found is None:
            return None, None
        all_ranked = found.outputs is not None and found.outputs <= _FEW_CLASSES
        top5 = None if all_ranked else _share(found.top5_correct, found.images)
        return _share(found.top1_correct, found.images), top5


def _share(correct: int, images: int) -> Estimate:
    return Estimate(correct / images, wilson(correct, images))


def _ends(share: Estimate | None) -> tuple[float | None, float | None]:
    return (share.interval.low, share.interval.high) if share and share.interval else (None, None)


def _accuracy(run: Run, trial: Trial, evaluations: Sequence[Evaluation]) -> _Accuracy:
    """The evaluation with the trial's own runtime and delegate, else one that is named as such."""
    here = [each for each in evaluations if each.device in (None, trial.device)]
    own = [e for e in here if (e.runtime, e.delegate) == (trial.runtime, trial.delegate)]
    others = [e for e in here if e.status is Status.OK and e.delegate in (Delegate.CPU, Delegate.CPU_BUILTIN)]
    same_runtime = [e for e in others if e.runtime is trial.runtime]
    if own:
        found = own[0]
        return _Accuracy(found, None, None if found.status is Status.OK else found.reason)
    if others:
        found = (same_runtime or others)[0]
        return _Accuracy(found, f"{found.runtime} {found.delegate}", None)
    return _Accuracy(None, None, _why_none(run, trial))


def _why_none(run: Run, trial: Trial) -> str:
    if run.imported:
        return "logs hold none; harness import --accuracy RUN puts that of a run beside them"
    if Job.ACCURACY not in run.options.jobs:
        return "only latency was asked for"
    if any(task.sha256 == trial.sha256 for task in run.evaluations):
        return "not evaluated yet; complete the run with --resume"
    return "no data set that fits; give one with --dataset NAME|DIR"


def _cautions(
    run: Run,
    trial: Trial,
    model: Model,
    shown: Sequence[Launch],
    launches: Sequence[Launch],
    summary: LatencySummary | None,
    cpu_count: int,
    accuracy: _Accuracy,
) -> tuple[Caution, ...]:
    if run.imported:
        assumed = cautions_for_input(accuracy.input_convention, try_others=_try_others(model, run))
        return (*cautions_for_imported(launches), *assumed)
    difference = accuracy.scored.difference if accuracy.scored and not accuracy.source else None
    found = (
        *cautions_for_other_input(accuracy.scored.other_input if accuracy.scored else None),
        *cautions_for_input(accuracy.input_convention, try_others=_try_others(model, run)),
        *(cautions_for_classes(accuracy.scored, model_file=model.path) if accuracy.scored else ()),
        *cautions_for_contended([made for made in shown if not made.needs_retake]),
        *cautions_for(launches, summary, cpu_count=cpu_count),
        *cautions_for_difference(difference),
    )
    told = tuple(each for each in found if each.code not in run.options.allow)
    held = run.options.phone.fixed_performance and trial.runtime is Runtime.BENCHMARK_MODEL
    states = [state for each in launches for state in (each.state_before, each.state_after)]
    clocks = (caution_for_fixed_performance(),) if held and launches else ()
    return (*cautions_for_allowed(states), *clocks, *told)


def _try_others(model: Model, run: Run) -> str:
    """The command that tries other ways of feeding a model."""
    spec = model.name if model.groups else model.path
    return shlex.join(["harness", "zoo", "preprocess", spec, "--dataset", run.options.dataset or "DIR"])


def _processor(facts: Mapping[str, str]) -> str | None:
    """Without software and memory: a new kernel, which may count memory anew, is no other machine."""
    parts = [value for name in _PROCESSOR if (value := facts.get(name)) and value != "unknown"]
    cpus = facts.get("cpus_usable") or facts.get("cpus")
    if cpus and cpus != "unknown":
        parts.append(f"{cpus} CPUs" if cpus.isdecimal() else cpus)
    if "cpu_quota" in facts:
        parts.append(f"{facts['cpu_quota']} allowed")
    return ", ".join(parts) or None


def _cpu_counts(run: Run) -> Mapping[str, int]:
    """CPUs of each device, from its fingerprint; 1 where it does not tell."""
    facts = {name: dict(fingerprint) for name, fingerprint in run.provenance.devices}
    return {trial.device: _cpu_count(facts.get(trial.device, {})) for trial in run.trials}


def _cpu_count(facts: Mapping[str, str]) -> int:
    """As many as the device says may be used; phones name their clusters, as `4(0-3) + 3(4-6) + 1(7)`."""
    usable = facts.get("cpus_usable", "")
    if usable.isdecimal():
        return int(usable)
    return sum(int(number) for number in re.findall(r"(\d{1,4})\(", facts.get("cpus", ""))) or 1


def _one(values: Collection[str | None]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _median(values: Iterable[float | int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _megabytes(size_bytes: float | None) -> float | None:
    return None if size_bytes is None else size_bytes / 1e6
