"""What is measured of a trial beside its latency, after it: memory and ops, and a run without a rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from harness.errors import DeviceNotFoundError
from harness.latency.benchmark_model.flags import Purpose
from harness.latency.measure import LatencyJob, order_of
from harness.latency.phone.launcher import PhoneLauncher
from harness.latency.schedule import Turn
from harness.records.profile import TrialProfile
from harness.records.run import Run
from harness.records.trial import Trial
from harness.records.vocabulary import Status
from harness.results.run_folder import RunFolder
from harness.sweep.watcher import Watcher

__all__ = ["profile_trials", "sustain_trials"]

_RAN = (Status.OK, Status.FALLBACK)


def profile_trials(
    run: Run,
    folder: RunFolder,
    watcher: Watcher,
    job: LatencyJob,
    launchers: Mapping[str, PhoneLauncher],
    lost: Collection[str],
) -> set[str]:
    """Memory and ops of the trials on phones that ran, where asked for; names of phones that were lost."""
    done = {each.trial for each in folder.profiles()}
    waiting = [
        trial for trial in _ran(run, folder, lost) if trial.device in launchers and trial.key not in done
    ]
    if not run.options.phone.profile or not waiting:
        return set()
    watcher.phase("memory and ops", len(waiting))
    gone: set[str] = set()
    for trial in waiting:
        if trial.device in gone:
            continue
        watcher.step(trial.title)
        try:
            folder.append_profile(_profile(job, launchers[trial.device], trial))
        except DeviceNotFoundError as error:
            gone.add(trial.device)
            watcher.notice(f"{trial.device} is lost, the rest of its profiles is left out: {error.message}")
        watcher.advance()
    return gone


def _profile(job: LatencyJob, launcher: PhoneLauncher, trial: Trial) -> TrialProfile:
    """Two launches: each of the two disturbs what the other measures."""
    orders = {
        purpose: order_of(job, Turn(trial, 0, 0), purpose.value)
        for purpose in (Purpose.PEAK_MEMORY, Purpose.OP_PROFILE)
    }
    found = {purpose: launcher.profile(order, purpose) for purpose, order in orders.items()}
    memory, ops = found[Purpose.PEAK_MEMORY], found[Purpose.OP_PROFILE]
    failed = next((each for each in found.values() if each.status not in _RAN), None)
    return TrialProfile(
        trial=trial.key,
        status=failed.status if failed else ops.status,
        reason=failed.reason if failed else None,
        peak_memory_bytes=memory.peak_memory_bytes,
        memory_source=memory.memory_source,
        ops=ops.ops,
        logs=tuple(order.log_name for order in orders.values()),
    )


def sustain_trials(
    run: Run, folder: RunFolder, watcher: Watcher, job: LatencyJob, lost: Collection[str]
) -> set[str]:
    """Run every trial for `sustained_s` without a rest, from cool; names of devices that were lost."""
    seconds = run.options.sustained_s
    done = {each.trial for each in folder.sustained()}
    waiting = [trial for trial in _ran(run, folder, lost) if trial.key not in done]
    if seconds is None or not waiting:
        return set()
    watcher.phase("sustained", len(waiting))
    gone: set[str] = set()
    for trial in waiting:
        if trial.device in gone:
            continue
        launcher = job.launchers[trial.device]
        watcher.step(f"{trial.title}: {seconds:.0f} s without a rest")
        try:
            launcher.settle()
            folder.append_sustained(launcher.sustain(order_of(job, Turn(trial, 0, 0), "sustained"), seconds))
        except DeviceNotFoundError as error:
            gone.add(trial.device)
            watcher.notice(f"{trial.device} is lost, the rest of its runs is left out: {error.message}")
        watcher.advance()
    return gone


def _ran(run: Run, folder: RunFolder, lost: Collection[str]) -> Iterator[Trial]:
    """Trials that yielded a latency, on devices that are there."""
    ran = {row.trial for row in folder.rows() if row.status in _RAN and row.latency_ms is not None}
    return (trial for trial in run.trials if trial.key in ran and trial.device not in lost)
