"""Which cores a phone has, in clusters of one kind, and which of them a measurement should use. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from harness.devices.android.ask import read_files
from harness.errors import UsageError

__all__ = [
    "CORES",
    "TOPOLOGY_QUESTION",
    "Cluster",
    "CpuChoice",
    "Topology",
    "choose_cpus",
    "cpus_of_mask",
    "mask_of",
    "parse_cpu_list",
    "parse_topology",
]

_CPU = "/sys/devices/system/cpu"

TOPOLOGY_QUESTION = read_files(
    f"{_CPU}/online",
    f"{_CPU}/possible",
    f"{_CPU}/cpu[0-9]*/cpu_capacity",
    f"{_CPU}/cpu[0-9]*/cpufreq/related_cpus",
    f"{_CPU}/cpu[0-9]*/cpufreq/cpuinfo_max_freq",
)
"""The script whose answer `parse_topology` reads."""

CORES = ("big", "prime", "little", "all")
"""Names of sets of cores; a hexadecimal mask is the other way to say one."""

_MOST_CPUS = 1024


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cores of one kind. None where the phone does not tell."""

    cpus: tuple[int, ...]
    capacity: int | None = None
    """Work per time relative to the fastest core's 1024, as the kernel has it."""
    max_khz: int | None = None

    @property
    def name(self) -> str:
        """Its cores, as `0-3` or `7`."""
        return _as_ranges(self.cpus)

    @property
    def mask(self) -> str:
        """The hexadecimal mask `taskset` takes, without 0x."""
        return mask_of(self.cpus)


@dataclass(frozen=True, slots=True)
class Topology:
    """All clusters, the slowest first. Empty where the phone tells nothing of its cores."""

    clusters: tuple[Cluster, ...] = ()

    @property
    def cpus(self) -> tuple[int, ...]:
        """All cores."""
        return tuple(sorted(cpu for cluster in self.clusters for cpu in cluster.cpus))

    def __str__(self) -> str:
        return " + ".join(f"{len(cluster.cpus)}({cluster.name})" for cluster in self.clusters) or "unknown"


@dataclass(frozen=True, slots=True)
class CpuChoice:
    """Cores to run on, and the mask that says so."""

    cpus: tuple[int, ...]

    @property
    def mask(self) -> str:
        """The hexadecimal mask `taskset` takes, without 0x."""
        return mask_of(self.cpus)


def choose_cpus(topology: Topology, *, threads: int, cores: str | None = None) -> CpuChoice | None:
    """The cores for a number of threads; None where the topology is unknown and nothing was asked for.

    cores    big (all but the slowest cluster), prime (the fastest cluster),
             little (the slowest), all, or a hexadecimal mask. None: the fastest
             clusters that have a core for each thread together; so 1 thread runs
             on the prime core of a 4+3+1 phone and 4 threads on its 3+1.

    Raises UsageError for a mask that is none or names a core the phone has not.
    """
    if cores is not None and cores not in CORES:
        return _by_mask(topology, cores)
    if not topology.clusters:
        if cores is None:
            return None
        raise UsageError(f"--cores {cores}: the phone does not tell its clusters; give a mask such as f0")
    clusters = topology.clusters
    if cores is None:
        return CpuChoice(_fastest(clusters, threads))
    chosen = {
        "all": clusters,
        "prime": clusters[-1:],
        "little": clusters[:1],
        "big": clusters[1:] or clusters,
    }[cores]
    return CpuChoice(tuple(sorted(cpu for cluster in chosen for cpu in cluster.cpus)))


def _fastest(clusters: Sequence[Cluster], threads: int) -> tuple[int, ...]:
    chosen: list[int] = []
    for cluster in reversed(clusters):
        chosen += cluster.cpus
        if len(chosen) >= threads:
            break
    return tuple(sorted(chosen))


def _by_mask(topology: Topology, text: str) -> CpuChoice:
    digits = text.lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]{1,256}", digits) or int(digits, 16) == 0:
        raise UsageError(f"--cores {text}: choose {', '.join(CORES)}, or a hexadecimal mask such as f0")
    cpus = cpus_of_mask(digits)
    absent = sorted(set(cpus) - set(topology.cpus))
    if topology.clusters and absent:
        raise UsageError(f"--cores {text}: the phone has no core {_as_ranges(absent)}; it has {topology}")
    return CpuChoice(cpus)


def mask_of(cpus: Iterable[int]) -> str:
    """Cores as a hexadecimal mask without 0x: (4, 5, 6, 7) is f0."""
    return f"{sum(1 << cpu for cpu in set(cpus)):x}"


def cpus_of_mask(mask: str) -> tuple[int, ...]:
    """The cores of a hexadecimal mask, with or without 0x."""
    bits = int(mask, 16)
    return tuple(cpu for cpu in range(bits.bit_length()) if bits >> cpu & 1)


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """Cores in the kernel's two forms, `0-3,7` and `0 1 2 3`; what is neither is left out."""
    cpus: set[int] = set()
    for part in re.split(r"[\s,]+", text.strip()):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part)
        if match:
            first = int(match[1])
            cpus.update(range(first, min(int(match[2] or first), _MOST_CPUS) + 1))
    return tuple(sorted(cpu for cpu in cpus if cpu < _MOST_CPUS))


def parse_topology(text: str) -> Topology:
    """The clusters in the answer to TOPOLOGY_QUESTION.

    Cores are of one kind when their capacity is the same, else when their
    highest clock is; cores that tell neither are one cluster. Cores that share a
    clock (`related_cpus`) are kept apart from equal ones with another clock.
    """
    facts = _facts(text)
    known = facts.capacity.keys() | facts.max_khz.keys() | facts.related.keys()
    cpus = facts.online or tuple(sorted(known)) or facts.possible
    kinds = _kinds(cpus, facts)
    ordered = sorted(cpus, key=lambda cpu: (kinds[cpu], cpu))
    groups = [tuple(group) for _, group in groupby(ordered, key=lambda cpu: kinds[cpu])]
    return Topology(
        tuple(Cluster(group, facts.capacity.get(group[0]), facts.max_khz.get(group[0])) for group in groups)
    )


@dataclass(frozen=True, slots=True)
class _CpuFacts:
    online: tuple[int, ...]
    possible: tuple[int, ...]
    capacity: Mapping[int, int]
    max_khz: Mapping[int, int]
    related: Mapping[int, tuple[int, ...]]


def _kinds(cpus: Sequence[int], facts: _CpuFacts) -> dict[int, tuple[int, int, tuple[int, ...]]]:
    """Equal for cores of one cluster, greater for faster ones. A fact that not all cores tell is not used."""
    capacity = facts.capacity if facts.capacity.keys() >= set(cpus) else {}
    max_khz = facts.max_khz if facts.max_khz.keys() >= set(cpus) else {}
    # A clock for each core (as on PCs) makes no clusters.
    shared = facts.related.keys() >= set(cpus) and any(len(group) > 1 for group in facts.related.values())
    related = facts.related if shared else {}
    return {cpu: (capacity.get(cpu, 0), max_khz.get(cpu, 0), related.get(cpu, ())) for cpu in cpus}


_FACT = re.compile(rf"^{_CPU}/(?:cpu(?P<cpu>\d{{1,4}})/(?:cpufreq/)?)?(?P<name>[a-z_]+)=(?P<value>.*?)\s*$")


def _facts(text: str) -> _CpuFacts:
    whole: dict[str, tuple[int, ...]] = {}
    numbers: dict[str, dict[int, int]] = {"cpu_capacity": {}, "cpuinfo_max_freq": {}}
    related: dict[int, tuple[int, ...]] = {}
    for line in text.splitlines():
        match = _FACT.match(line)
        if match is None:
            continue
        name, value = match["name"], match["value"]
        if match["cpu"] is None:
            whole[name] = parse_cpu_list(value)
        elif name == "related_cpus":
            related[int(match["cpu"])] = parse_cpu_list(value)
        elif name in numbers and re.fullmatch(r"[1-9]\d{0,9}", value):
            numbers[name][int(match["cpu"])] = int(value)
    return _CpuFacts(
        whole.get("online", ()),
        whole.get("possible", ()),
        numbers["cpu_capacity"],
        numbers["cpuinfo_max_freq"],
        related,
    )


def _as_ranges(cpus: Sequence[int]) -> str:
    """`0-3` for neighbours, `0-1,4` for others."""
    # Neighbours have the same difference to their place in the sorted list.
    placed = enumerate(sorted(cpus))
    runs = [[cpu for _, cpu in run] for _, run in groupby(placed, key=lambda each: each[1] - each[0])]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
