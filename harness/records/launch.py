"""A launch: one fresh process that loads a model and times it. One line of the journal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.records.vocabulary import Delegate, Status

__all__ = ["MOST_ATTEMPTS", "Delegation", "DeviceState", "Launch", "ReportedLatency"]

MOST_ATTEMPTS = 3
"""A contaminated or contended launch is made again until this many have been."""

# Mesa's and Google's renderers on the CPU, and the words Dawn and Microsoft use for such adapters.
_SOFTWARE_ADAPTER = re.compile(
    r"swiftshader|llvmpipe|lavapipe|software|basic render|adaptertype=cpu", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Delegation:
    """Where the graph was asked to run and where it really ran.

    `actual` is None where nothing ran. Node counts are those of the main
    subgraph; None where the runtime does not tell.
    """

    requested: Delegate
    actual: Delegate | None
    delegated_nodes: int | None = None
    total_nodes: int | None = None
    partitions: int | None = None
    adapter: str | None = None
    """The GPU adapter in the driver's words."""
    evidence: str | None = None
    """The shortest text that proves it."""
    left_on_cpu: tuple[tuple[str, int], ...] = ()
    """Operators the requested delegate did not take, and how many of each; empty where nothing lists them."""

    @property
    def software_gpu(self) -> bool:
        """Whether the adapter is a renderer on the CPU: its times say nothing of a GPU."""
        return self.adapter is not None and _SOFTWARE_ADAPTER.search(self.adapter) is not None


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What else could have changed the numbers, at one moment. None: not readable here."""

    load_1m: float | None = None
    steal_percent: float | None = None
    """Share of CPU time the hypervisor took since the last reading."""
    cpu_frequency_mhz: float | None = None
    cpu_frequency_max_mhz: float | None = None
    governor: str | None = None
    battery_percent: float | None = None
    on_battery: bool | None = None
    temperature_c: float | None = None
    """The hottest CPU sensor."""
    thermal_status: int | None = None
    """Android's status, 0 none .. 6 shutdown."""
    cluster_frequency_khz: tuple[tuple[str, int], ...] = ()
    """Clock of each cluster; a cluster is named by its cores, as `4-6`."""
    cluster_cap_khz: tuple[tuple[str, int], ...] = ()
    """Highest clock each cluster may have now."""
    cluster_max_khz: tuple[tuple[str, int], ...] = ()
    """Highest clock each cluster is made for."""
    cluster_time_in_state: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()
    """For each cluster: clock in kHz, and the time it had that clock since the start, in 10 ms."""
    battery_temperature_c: float | None = None
    charging: bool | None = None
    battery_override: bool | None = None
    """Whether the battery's readings are pretended (`dumpsys battery set`)."""
    thermal_override: bool | None = None
    """Whether the thermal status is pretended (`cmd thermalservice override-status`)."""
    zone_temperature_c: tuple[tuple[str, float], ...] = ()
    """The hottest sensor of each kind: cpu, gpu, skin, battery."""
    cooling: tuple[tuple[str, int], ...] = ()
    """Cooling devices that slow processors down, and how far each is; 0 is not at all."""
    screen_on: bool | None = None
    power_save: bool | None = None
    top_processes: tuple[tuple[str, float], ...] = ()
    """The busiest processes lately, and the share of one CPU each had, in percent."""
    allowed: tuple[tuple[str, str], ...] = ()
    """Checks that made the phone unfit and were allowed to fail (`--allow`): code and evidence."""


@dataclass(frozen=True, slots=True)
class ReportedLatency:
    """Figures as a tool printed them, in milliseconds, where it keeps no samples. None: not printed.

    Percentiles are the tool's own; harness cannot check them.
    """

    runs: int | None = None
    median_ms: float | None = None
    mean_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    p5_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """What one launch yielded. Times of samples are integers in nanoseconds.

    A launch that did not end `ok` or `fallback` has no samples that count; what
    it had measured until then is kept all the same.
    """

    trial: str
    """Key of the trial."""
    index: int
    """0-based number of this launch within its trial."""
    round: int
    started_at: str
    """ISO 8601, UTC."""
    status: Status
    reason: str | None
    delegation: Delegation
    samples_ns: tuple[int, ...] = ()
    """Wall time of every counted invoke."""
    cpu_ns: tuple[int, ...] = ()
    """Process CPU time of the same invokes (all threads)."""
    wait_ns: tuple[int, ...] = ()
    """How long threads of the process waited for a CPU during the same invokes, added up; empty: not told."""
    run_ns: tuple[int, ...] = ()
    """How long they ran, added up; empty where one thread does the work."""
    threads_ns: tuple[tuple[int, int], ...] = ()
    """For each thread of the process: how long it ran and waited for a CPU while samples were taken."""
    warmup_ns: tuple[int, ...] = ()
    """Wall time of the invokes before the counted ones; the first is the first inference."""
    warmup_settled: bool | None = None
    init_ms: float | None = None
    first_ms: float | None = None
    init_wait_ms: float | None = None
    """How long the main thread waited for a CPU in it; None: not told."""
    first_wait_ms: float | None = None
    peak_memory_bytes: int | None = None
    runtime_version: str | None = None
    threads_requested: int = 1
    process_threads: int | None = None
    """Operating-system threads of the measuring process after warm-up."""
    affinity: tuple[int, ...] | None = None
    """CPUs the process was allowed to run on, read back from the system."""
    affinity_requested: tuple[int, ...] | None = None
    """CPUs it was told to run on."""
    input_description: str | None = None
    attempt: int = 0
    """0 for the first try, 1 and 2 for launches that replace a contaminated or contended one."""
    contaminated: str | None = None
    """Why the launch must not count although it ran (throttling, clock caps)."""
    contended: str | None = None
    """Why its times are not the model's: other processes had the cores its threads needed."""
    state_before: DeviceState = field(default_factory=DeviceState)
    state_after: DeviceState = field(default_factory=DeviceState)
    duration_s: float | None = None
    log: str | None = None
    """Raw output of the tool, relative to the run folder."""
    reported: ReportedLatency | None = None
    """The tool's own figures, in place of samples."""
    notes: tuple[str, ...] = ()
    """What the tool's output makes one doubt, one sentence each."""
    schema: int = 1

    @property
    def needs_retake(self) -> bool:
        """Whether something spoiled it and it may be made again."""
        spoiled = self.contaminated is not None or self.contended is not None
        return spoiled and self.attempt + 1 < MOST_ATTEMPTS
