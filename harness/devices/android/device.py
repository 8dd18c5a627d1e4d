"""An Android phone that is connected: what it is, the state it is in, and a session on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

from harness.adb.base import BaseConnection
from harness.devices.android.facts import PhoneFacts, fingerprint_of, read_facts
from harness.devices.android.folder import WorkingFolder
from harness.devices.android.judge import contamination
from harness.devices.android.phone_marker import PhoneMarker
from harness.devices.android.preflight import Situation, failed_checks
from harness.devices.android.session import prepared
from harness.devices.android.settle import Settled, settle
from harness.devices.android.state.snapshot import read_state
from harness.devices.android.topology import CpuChoice, Topology, choose_cpus
from harness.devices.profile import DeviceProfile
from harness.records.launch import DeviceState

__all__ = ["AndroidDevice"]


class AndroidDevice:
    """One phone behind one connection."""

    def __init__(self, profile: DeviceProfile, connection: BaseConnection, facts: PhoneFacts) -> None:
        self.profile = profile
        self.connection = connection
        self.facts = facts
        self.folder = WorkingFolder(connection)
        self._start: DeviceState | None = None
        self._allow: frozenset[str] = frozenset()

    @classmethod
    def identify(cls, profile: DeviceProfile, connection: BaseConnection) -> AndroidDevice:
        """Ask a phone what it is. Raises ConnectionLost, CommandTimeout, PhoneNotReady."""
        return cls(profile, connection, read_facts(connection))

    def close(self) -> None:
        """Give the connection up."""
        self.connection.close()

    @property
    def serial(self) -> str:
        """As adb names it: a serial number, or HOST:PORT."""
        return self.connection.serial

    @property
    def abis(self) -> tuple[str, ...]:
        """Binary interfaces its userland runs, best first; () where it does not tell."""
        return self.facts.abis

    @property
    def sdk(self) -> int | None:
        """Android's API level; None where it does not tell."""
        return self.facts.sdk

    @property
    def topology(self) -> Topology:
        """Its cores in clusters: those the phone tells of, else those of the profile."""
        return self.facts.topology if self.facts.topology.clusters else self.profile.topology

    @property
    def simulated(self) -> bool:
        """Whether it is the phone that harness simulates."""
        return self.facts.simulated or self.profile.is_simulated

    @property
    def cpu_count(self) -> int:
        """Its cores; 1 where it tells nothing."""
        return len(self.topology.cpus) or 1

    def cpus_for(self, *, threads: int, cores: str | None = None) -> CpuChoice | None:
        """The cores a measurement should run on; see `choose_cpus`."""
        return choose_cpus(self.topology, threads=threads, cores=cores)

    def fingerprint(self) -> tuple[tuple[str, str], ...]:
        """Name and value of every fact that identifies hardware and system software."""
        return fingerprint_of(self.facts)

    def state(self) -> DeviceState:
        """What else could change the numbers, now. Raises ConnectionLost, CommandTimeout, PhoneNotReady."""
        beat = self.marker.beat_script if self.marker else ":"
        state = read_state(self.connection, self.topology, beat=beat)
        return replace(state, allowed=self._allowed(state)) if self._allow else state

    def _allowed(self, state: DeviceState) -> tuple[tuple[str, str], ...]:
        """Checks that fail in this state, or failed at the session's start, and were allowed to."""
        findings = failed_checks(Situation(self.serial, self.facts, state, self.profile.limits))
        now = {each.check.code: each.evidence for each in findings if each.check.code in self._allow}
        at_start = dict(self._start.allowed) if self._start else {}
        return tuple((at_start | now).items())

    @property
    def identity(self) -> str:
        """The phone's own serial number, the same over USB and network; adb's name where it tells none."""
        return self.serial if self.simulated else self.facts.serial or self.serial

    @cached_property
    def marker(self) -> PhoneMarker | None:
        """What tells other computers that the phone is in use; None where no folder can be written to."""
        if self.folder.scratch is None:
            return None
        return PhoneMarker(self.connection, self.folder.path)

    @contextmanager
    def session(
        self,
        *,
        allow: Collection[str] = (),
        fixed_performance: bool = False,
        on_notice: Callable[[str], None] = lambda text: None,
    ) -> Iterator[DeviceState]:
        """Keep the phone fit to measure on within the block; yields the state it starts with.

        The phone is locked against other processes and computers, checked, kept
        awake, and put back as it was whatever ends the block.

        allow               codes of preflight checks that may fail
        fixed_performance   hold the clocks at a level the phone can sustain: slower,
                            and never to be compared with runs without it
        on_notice           told what was allowed, restored, or could not be

        Raises PhoneBusy (exit code 4) naming who has the phone, UnfitError naming
        all failed checks, ConnectionLost, CommandTimeout, PhoneNotReady.
        """
        self._allow = frozenset(allow)
        with prepared(
            self, allow=allow, fixed_performance=fixed_performance, on_notice=on_notice
        ) as situation:
            findings = [each for each in failed_checks(situation) if each.check.code in allow]
            allowed = tuple((each.check.code, each.evidence) for each in findings)
            self._start = replace(situation.state, allowed=allowed)
            yield self._start

    def contamination(self, before: DeviceState, after: DeviceState) -> str | None:
        """Why a launch between two states must not count; None where nothing speaks against it."""
        return contamination(before, after, self.profile.limits, baseline=self._start, allow=self._allow)

    def settle(self, *, on_wait: Callable[[str], None] = lambda reason: None) -> Settled:
        """Wait until the phone is as cool as at the start of the session, `limits.cooldown_s` at most."""
        start = self._start or self.state()
        return settle(
            self.state,
            self.profile.limits,
            start=start,
            allow=self._allow,
            clock=time.monotonic,
            sleep=time.sleep,
            on_wait=on_wait,
        )
