"""The gate on any device: connected, checked, and kept fit while the pairs are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from harness.devices.android.device import AndroidDevice
from harness.devices.android.preflight import CODES as CHECKS
from harness.devices.base import Device
from harness.devices.connect import name_of
from harness.devices.local import seen_measuring
from harness.errors import UnknownNameError
from harness.gate.maker import WHOLE_LAUNCHES, PairMaker
from harness.gate.measure import Make
from harness.gate.prepare import GateRequest, PreparedGate, Sources, prepare_gate
from harness.gate.run import local_maker
from harness.latency.launch_pair import LaunchedPairs
from harness.records.gate import GateDevice
from harness.records.vocabulary import Delegate
from harness.sweep.fleet import Fleet
from harness.sweep.phones import (
    check_phone,
    notices_of,
    phone_launcher,
    phone_session,
    refuse_phone_words,
)
from harness.sweep.watcher import Watcher
from harness.zoo.fetch.fetch import Fetcher

__all__ = ["connected", "pairs_on", "prepare_on"]


@contextmanager
def connected(wanted: GateDevice, *, on_step: Callable[[str], None]) -> Iterator[Device]:
    """The device, for the length of the block. Raises what `connect` raises."""
    with closing(Fleet((wanted.given,), on_step=on_step)) as fleet:
        [device] = fleet.devices.values()
        yield device


def prepare_on(device: Device, request: GateRequest, sources: Sources) -> PreparedGate:
    """The plan of a gate run on a connected device. Raises a UsageError."""
    wanted = request.device
    if not isinstance(device, AndroidDevice):
        refuse_phone_words(wanted.phone)
        return prepare_gate(request, sources, device=device)
    for code in wanted.allow:
        if code not in CHECKS:
            raise UnknownNameError("check", code, CHECKS, list_command=", ".join(CHECKS))
    threads = request.threads or request.settings.threads or (1,)
    check_phone(device, wanted.phone, threads=threads)
    delegates = request.delegates or request.settings.delegates or (Delegate.CPU,)
    told = [*notices_of(name_of(wanted.given, device), device, delegates)]
    if request.dataset is not None:
        told.append("accuracy is that of this computer's CPU, not of the phone")
    return prepare_gate(request, sources, device=device, device_notices=told)


@contextmanager
def pairs_on(
    prepared: PreparedGate, logs: Path, fetcher: Callable[[], Fetcher], watcher: Watcher, *, timeout_s: float
) -> Iterator[Make]:
    """What makes the pairs of a plan. A phone is locked, checked and awake within the block, then put back.

    On a phone the pairs are whole launches of `benchmark_model`, one a side.
    Raises PhoneBusy, UnfitError (exit code 4), and what a lost connection raises.
    """
    device, plan = prepared.device, prepared.plan
    if not isinstance(device, AndroidDevice):
        with seen_measuring(on_notice=watcher.notice):
            yield local_maker(prepared, logs, timeout_s=timeout_s)
        return
    name = name_of(plan.device.given, device)
    launcher = phone_launcher(name, device, plan.device.phone, fetcher(), watcher)
    with phone_session(device, plan.device.phone, plan.device.allow, watcher):
        yield PairMaker(
            pairs=LaunchedPairs(launcher),
            models=prepared.models,
            logs=logs,
            seed=plan.seed,
            turns=plan.turns,
            sampling=WHOLE_LAUNCHES,
            timeout_s=timeout_s,
        )
