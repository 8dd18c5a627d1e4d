"""Launches on a phone: one fresh process of the stock tool each, detached, watched, read, and judged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

from harness.adb.errors import (
    AdbFailure,
    CommandTimeout,
    ConnectionLost,
    JobVanished,
    PhoneNotReady,
    PhoneRestarted,
    TransferFailed,
)
from harness.adb.state import PhoneState
from harness.devices.android.device import AndroidDevice
from harness.devices.android.topology import CpuChoice
from harness.latency.benchmark_model.flags import Purpose, UnknownFlagError, command_line
from harness.latency.launcher import LaunchOrder, ModelInput
from harness.latency.phone.command import RESULT, RUNTIME_INFO, command_for, tool_run
from harness.latency.phone.profile import Profiled, read_profile
from harness.latency.phone.reading import Leavings, Reading, read_leavings, with_reading
from harness.latency.phone.recovery import PATIENCE_S, reach_again
from harness.latency.phone.room import Room
from harness.latency.phone.script import LOG, PROCESS, launch_script
from harness.latency.phone.sustained import run_windows
from harness.latency.phone.tool import PhoneTool, ToolFailure, install_tool
from harness.latency.sustained import WINDOW_S, begun
from harness.records.launch import Delegation, Launch
from harness.records.run import PhoneOptions
from harness.records.sustained import SustainedRun
from harness.records.vocabulary import Status
from harness.zoo.fetch.cache import digest_of

__all__ = ["PhoneLauncher"]

T = TypeVar("T")

_TRIES = 3
"""So often a launch is begun again when the link or the phone itself went away in the middle of it."""

_ALIVE_S = 10.0
_POLL_S = 0.3


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the tool ended: its leavings, or why there are none that count."""

    left: Leavings
    timed_out: str | None = None


@dataclass(slots=True)
class PhoneLauncher:
    """Makes launches on one phone.

    binary   yields the tool's file when it is first needed
    on_wait  told why the phone is left to cool
    on_lost  told that the phone went away and is waited for
    """

    phone: AndroidDevice
    binary: Callable[[], Path]
    options: PhoneOptions = field(default_factory=PhoneOptions)
    on_wait: Callable[[str], None] = lambda reason: None
    on_lost: Callable[[str], None] = lambda sentence: None
    _tool: PhoneTool | None = None
    _refused: ToolFailure | None = None
    _brought: dict[str, str] = field(default_factory=dict)
    """Paths on the phone by digest."""
    _masks: dict[str, bool] = field(default_factory=dict)
    """Whether the phone takes a mask of cores."""

    def launch(self, order: LaunchOrder) -> Launch:
        """See `Launcher.launch`. Raises PhoneNotReady where the phone is gone for good."""
        clock, launch = time.monotonic(), _begun(order)
        try:
            launch = self.patiently(lambda: self._attempt(launch, order))
        except AdbFailure as error:
            reason = f"begun {_TRIES} times, and never ended: {error.message}"
            launch = replace(launch, status=Status.FAILED, reason=reason)
        return replace(launch, duration_s=time.monotonic() - clock)

    def patiently(self, work: Callable[[], T]) -> T:
        """Do work that may be begun anew when the phone goes away in the middle of it.

        Raises what `work` raises the last time, and PhoneNotReady where the phone stays away.
        """
        for _ in range(_TRIES - 1):
            try:
                return work()
            except (ConnectionLost, PhoneNotReady, PhoneRestarted, JobVanished) as error:
                self._recover(error)
        return work()

    def settle(self) -> None:
        """Wait until the phone is cool. Raises PhoneNotReady where it is gone for good."""
        try:
            self.phone.settle(on_wait=self.on_wait)
        except (ConnectionLost, PhoneNotReady) as error:
            self._recover(error)

    def tool(self) -> PhoneTool:
        """The tool on the phone. Raises ToolFailure, the same one for every launch."""
        if self._refused is not None:
            raise self._refused
        if self._tool is None:
            try:
                self._tool = install_tool(
                    self.phone.connection, lambda file: self.bring(file, mode=0o755), self.binary()
                )
            except ToolFailure as error:
                self._refused = error
                raise
        return self._tool

    @property
    def installed(self) -> PhoneTool | None:
        """The tool, where it is on the phone already."""
        return self._tool

    def bring(self, file: Path, *, mode: int = 0o644, digest: str | None = None) -> str:
        """A file's path on the phone, where it is brought once. Raises TransferFailed."""
        key = digest or digest_of(file)
        if key not in self._brought:
            self._brought[key] = self.phone.folder.bring(file, mode=mode)
        return self._brought[key]

    def _recover(self, error: AdbFailure | PhoneNotReady) -> None:
        """Reach the phone again. Raises PhoneNotReady."""
        self.on_lost(f"{error.message}; waiting for it, {PATIENCE_S / 60:.0f} minutes at most")
        try:
            reach_again(self.phone.connection, restarted=isinstance(error, PhoneRestarted))
        except ConnectionLost as lost:
            raise PhoneNotReady(self.phone.serial, PhoneState.ABSENT, detail=lost.message) from lost
        if isinstance(error, PhoneRestarted):
            self._brought.clear()
            self._tool = None

    def _attempt(self, launch: Launch, order: LaunchOrder) -> Launch:
        before = self.phone.state()
        launch = replace(launch, state_before=before)
        try:
            tool = self.tool()
            launch = replace(launch, runtime_version=tool.version)
            ended = self._run(order, tool)
        except UnknownFlagError as error:
            return replace(launch, status=Status.UNSUPPORTED, reason=error.message)
        except (ToolFailure, TransferFailed) as error:
            return replace(launch, status=Status.FAILED, reason=error.message)
        after = self.phone.state()
        launch = replace(
            self._read(launch, order, ended),
            state_after=after,
            contaminated=self.phone.contamination(before, after),
        )
        return _spoiled_only_if_it_ran(launch)

    def _read(self, launch: Launch, order: LaunchOrder, ended: _Ended) -> Launch:
        if ended.timed_out is not None:
            return replace(launch, status=Status.TIMED_OUT, reason=ended.timed_out)
        reading: Reading = read_leavings(ended.left)
        launch = with_reading(launch, reading, requested=order.trial.delegate)
        choice = self.cpus(order.trial.threads)
        if choice is None:
            return launch
        return _with_affinity(launch, choice.cpus)

    def profile(self, order: LaunchOrder, purpose: Purpose) -> Profiled:
        """One launch for memory or ops. Raises PhoneNotReady where the phone is gone for good."""
        try:
            ended = self.patiently(lambda: self._run(order, self.tool(), purpose))
        except UnknownFlagError as error:
            return Profiled(Status.UNSUPPORTED, error.message)
        except (AdbFailure, ToolFailure) as error:
            return Profiled(Status.FAILED, error.message)
        if ended.timed_out is not None:
            return Profiled(Status.TIMED_OUT, ended.timed_out)
        return read_profile(ended.left, purpose)

    def sustain(self, order: LaunchOrder, duration_s: float) -> SustainedRun:
        """Run a trial without a rest. Raises PhoneNotReady where the phone is gone for good."""
        run = begun(order, self.patiently(self.phone.state), WINDOW_S)
        try:
            return self.patiently(lambda: self._sustain(run, order, duration_s))
        except (AdbFailure, ToolFailure, UnknownFlagError) as error:
            return replace(run, reason=error.message)

    def _sustain(self, run: SustainedRun, order: LaunchOrder, duration_s: float) -> SustainedRun:
        tool = self.tool()
        model = self.bring(Path(order.model.path), digest=order.model.sha256)
        cpus = self.held_to(order.trial.threads)
        asked = tool_run(order.trial.delegate, order.trial.threads, self.options, graph=model, cpus=cpus)
        # No warm-up: the process is new in every window, the phone is as warm as it is.
        asked = replace(
            asked, runs=1, min_s=run.window_s, max_s=2 * run.window_s, warmup_runs=1, warmup_min_s=0.0
        )
        line = command_line(tool.path, asked, tool.help)
        with Room(self.phone.connection, self.phone.folder.path) as room:
            windows = max(1, round(duration_s / run.window_s))
            run, log = run_windows(run, self.phone, room, line.arguments, windows=windows)
        order.log.write_text(log, encoding="utf-8", errors="replace")
        return run

    def cpus(self, threads: int) -> CpuChoice | None:
        """The cores a number of threads is to run on. Raises UsageError for cores the phone has not."""
        return self.phone.cpus_for(threads=threads, cores=self.options.cores)

    def held_to(self, threads: int) -> CpuChoice | None:
        """The same, where the phone lets `taskset` hold a process to them; some vendors do not."""
        choice = self.cpus(threads)
        if choice is None:
            return None
        if choice.mask not in self._masks:
            tried = self.phone.connection.shell(f"taskset {choice.mask} sh -c :", timeout_s=_ALIVE_S)
            self._masks[choice.mask] = tried.ok
        return choice if self._masks[choice.mask] else None

    def _run(self, order: LaunchOrder, tool: PhoneTool, purpose: Purpose = Purpose.LATENCY) -> _Ended:
        """Run the tool once and fetch what it left; the log is kept whatever happens."""
        model = self.bring(Path(order.model.path), digest=order.model.sha256)
        choice = self.held_to(order.trial.threads)
        with Room(self.phone.connection, self.phone.folder.path) as room:
            inputs = room.bring_inputs(order)
            line = command_for(
                order,
                tool,
                self.options,
                graph=model,
                folder=room.path,
                inputs=inputs,
                cpus=choice,
                purpose=purpose,
            )
            watch = purpose is Purpose.PEAK_MEMORY
            script = launch_script(line.arguments, folder=room.path, name=tool.name, watch=watch)
            try:
                exit_code: int | None = room.run(script, timeout_s=order.timeout_s, poll_s=_POLL_S)
                timed_out = None
            except CommandTimeout as error:
                exit_code, timed_out = None, self._after_hang(order, error)
            left = Leavings(
                log=room.text(LOG),
                process=room.text(PROCESS),
                result=room.content(RESULT),
                runtime_info=room.content(RUNTIME_INFO),
                exit_code=exit_code,
            )
        _keep_log(order, line.arguments, left, timed_out)
        return _Ended(left, timed_out)

    def _after_hang(self, order: LaunchOrder, error: CommandTimeout) -> str:
        """The reason of a time-out, once the phone is known to be alive. Raises ConnectionLost otherwise."""
        fate = (
            "its process was ended"
            if error.ended
            else "its process could not be ended and may still run there"
        )
        try:
            self.phone.connection.shell("true", timeout_s=_ALIVE_S)
        except CommandTimeout as silent:
            raise ConnectionLost(f"{error.message}, and the phone does not answer any more") from silent
        return f"no end within {order.timeout_s:g} s; {fate}, and the phone answers"


def _begun(order: LaunchOrder) -> Launch:
    return Launch(
        trial=order.trial.key,
        index=order.index,
        round=order.round,
        started_at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        status=Status.FAILED,
        reason=None,
        delegation=Delegation(requested=order.trial.delegate, actual=None),
        threads_requested=order.trial.threads,
        input_description=_fed_words(order.model_input),
        attempt=order.attempt,
        log=order.log_name,
    )


def _fed_words(fed: ModelInput) -> str:
    if fed.array is not None:
        return fed.description
    return "random, by the tool" + (f", at {'x'.join(map(str, fed.shape))}" if fed.shape else "")


def _with_affinity(launch: Launch, wanted: tuple[int, ...]) -> Launch:
    """Note where the process did not run on the cores it was given."""
    launch = replace(launch, affinity_requested=wanted)
    if launch.affinity is None or set(launch.affinity) == set(wanted):
        return launch
    return replace(
        launch,
        notes=(
            *launch.notes,
            f"asked for CPUs {_list(wanted)}, the process was allowed {_list(launch.affinity)}",
        ),
    )


def _list(cpus: tuple[int, ...]) -> str:
    return ",".join(map(str, cpus))


def _spoiled_only_if_it_ran(launch: Launch) -> Launch:
    """A launch that failed is decided; measuring it again in the cool would not help."""
    if launch.status in (Status.OK, Status.FALLBACK):
        return launch
    return replace(launch, contaminated=None)


def _keep_log(order: LaunchOrder, arguments: tuple[str, ...], left: Leavings, timed_out: str | None) -> None:
    """The log as `harness import` reads it: command, output, how it ended."""
    end = f"exit status {left.exit_code}" if timed_out is None else f"timed out: {timed_out}"
    order.log.write_text(
        f"# cmd: {' '.join(arguments)}\n{left.log.rstrip()}\n# {end}\n", encoding="utf-8", errors="replace"
    )
