"""The whole state at one moment, in one shell call."""

from __future__ import annotations

from harness.adb.base import BaseConnection
from harness.devices.android.ask import NO_ANSWER, Answers, ask_patiently
from harness.devices.android.state.base import Reading
from harness.devices.android.state.battery import Battery
from harness.devices.android.state.clocks import Clocks, Residency
from harness.devices.android.state.load import Load, TopProcesses
from harness.devices.android.state.power import PowerSave, Screen
from harness.devices.android.state.thermal import ThermalService
from harness.devices.android.state.zones import ThermalZones
from harness.devices.android.topology import Topology
from harness.records.launch import DeviceState

__all__ = ["parse_state", "read_state", "readings_of"]


def readings_of(topology: Topology) -> tuple[Reading, ...]:
    """Everything that is read; the thermal HAL comes before the zones, which fill what it lacks."""
    return (
        Battery(),
        ThermalService(),
        ThermalZones(),
        Clocks(topology),
        Residency(topology),
        Load(),
        TopProcesses(),
        Screen(),
        PowerSave(),
    )


def read_state(connection: BaseConnection, topology: Topology, *, beat: str = ":") -> DeviceState:
    """Ask the phone for all of it. Raises what `Connection.shell` raises.

    `beat` is a script that is run along with the questions.
    """
    readings = readings_of(topology)
    questions = {each.name: each.question for each in readings}
    return parse_state(ask_patiently(connection, {**questions, "beat": beat}), readings)


def parse_state(answers: Answers, readings: tuple[Reading, ...]) -> DeviceState:
    """The state the answers tell of; what none of them tells stays None. Pure."""
    state = DeviceState()
    for reading in readings:
        state = reading.read(answers.get(reading.name, NO_ANSWER), state)
    return state
