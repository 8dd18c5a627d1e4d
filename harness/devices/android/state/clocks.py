"""Clocks of the clusters: now, the cap in force, and the time spent at each. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from harness.devices.android.ask import Answer, read_files
from harness.devices.android.topology import Cluster, Topology
from harness.records.launch import DeviceState

__all__ = ["Clocks", "Residency"]

_CPU = "/sys/devices/system/cpu"


def _folder(cluster: Cluster) -> str:
    return f"{_CPU}/cpu{cluster.cpus[0]}/cpufreq"


@dataclass(frozen=True, slots=True)
class Clocks:
    """Clock, cap and governor, read at the first core of each cluster."""

    topology: Topology
    name = "clocks"
    without = "caps of the clocks go unseen; throttling is told by the thermal status alone"

    @property
    def question(self) -> str:
        """Four files for each cluster; nothing where the clusters are unknown."""
        names = ("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq", "scaling_governor")
        files = [f"{_folder(cluster)}/{name}" for cluster in self.topology.clusters for name in names]
        return read_files(*files) if files else ":"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """All three clocks of each cluster; the governor is the fastest cluster's."""
        values = dict(line.rstrip().split("=", 1) for line in answer.text.splitlines() if "=" in line)
        clusters = self.topology.clusters
        governor = values.get(f"{_folder(clusters[-1])}/scaling_governor") if clusters else None

        def clocks(name: str) -> tuple[tuple[str, int], ...]:
            read = [
                (cluster.name, _khz(values.get(f"{_folder(cluster)}/{name}", ""))) for cluster in clusters
            ]
            return tuple((cluster, khz) for cluster, khz in read if khz is not None)

        return replace(
            state,
            cluster_frequency_khz=clocks("scaling_cur_freq"),
            cluster_cap_khz=clocks("scaling_max_freq"),
            cluster_max_khz=clocks("cpuinfo_max_freq"),
            governor=governor[:40] if governor else state.governor,
        )

    def show(self, state: DeviceState) -> str | None:
        """As `cpu0-3 up to 1.79 GHz, cpu7 up to 2.42 of 2.84 GHz`."""
        highest = dict(state.cluster_max_khz)
        parts = [_cap_in_words(name, cap, highest.get(name, cap)) for name, cap in state.cluster_cap_khz]
        return ", ".join(parts) or None


def _cap_in_words(cluster: str, cap_khz: int, max_khz: int) -> str:
    of = f" of {max_khz / 1e6:.2f}" if cap_khz < max_khz else ""
    return f"cpu{cluster} up to {cap_khz / 1e6:.2f}{of} GHz"


def _khz(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9]\d{0,9}", text) else None


@dataclass(frozen=True, slots=True)
class Residency:
    """How long each cluster had each clock (`time_in_state`); two readings tell what a launch ran at."""

    topology: Topology
    name = "clock residency"
    without = "the clocks a launch really had are not recorded"

    @property
    def question(self) -> str:
        """The whole table of each cluster under a line with the cluster's name."""
        parts = [
            f'echo "cluster {cluster.name}"; cat {_folder(cluster)}/stats/time_in_state'
            for cluster in self.topology.clusters
        ]
        return "\n".join(parts) or ":"

    def read(self, answer: Answer, state: DeviceState) -> DeviceState:
        """Lines of `kHz ticks`; others are left out."""
        known = {cluster.name for cluster in self.topology.clusters}
        tables: dict[str, list[tuple[int, int]]] = {}
        table: list[tuple[int, int]] = []
        for line in answer.text.splitlines():
            words = line.split()
            if len(words) == 2 and words[0] == "cluster" and words[1] in known:
                table = tables.setdefault(words[1], [])
            elif len(words) == 2 and _khz(words[0]) and re.fullmatch(r"\d{1,18}", words[1]):
                table.append((int(words[0]), int(words[1])))
        read = tuple((name, tuple(table)) for name, table in tables.items() if table)
        return replace(state, cluster_time_in_state=read)

    def show(self, state: DeviceState) -> str | None:
        """As `7 clocks of cpu0-3, 7 of cpu7`."""
        parts = [f"{len(table)} clocks of cpu{name}" for name, table in state.cluster_time_in_state]
        return ", ".join(parts) or None
