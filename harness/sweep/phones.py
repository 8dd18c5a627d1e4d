"""What a run asks of phones: checked before it begins, and what its reader must know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

from harness.devices.android.device import AndroidDevice
from harness.errors import UsageError
from harness.latency.phone.binaries import StockTool, obtain_tool, stand_in
from harness.latency.phone.launcher import PhoneLauncher
from harness.latency.phone.program import check_program
from harness.records.launch import DeviceState
from harness.records.run import PhoneOptions, RunOptions
from harness.records.vocabulary import Delegate
from harness.sweep.watcher import Watcher
from harness.zoo.fetch.fetch import Fetcher

__all__ = [
    "check_phone",
    "check_phones",
    "notices_of",
    "phone_launcher",
    "phone_launchers",
    "phone_notices",
    "phone_session",
    "phone_sessions",
    "refuse_phone_words",
]

_NNAPI_DEPRECATED_SDK = 35
"""Android 15. Source: developer.android.com, "Neural Networks API"."""

_SIMULATED = (
    "{name} is a simulated phone: its times are those of this computer, its GPU and NNAPI are imitated"
)


def check_phones(phones: Mapping[str, AndroidDevice], options: RunOptions) -> None:
    """Raises UsageError for options no phone of the run can follow."""
    for phone in phones.values():
        check_phone(phone, options.phone, threads=options.threads)
    if not phones:
        refuse_phone_words(options.phone)


def check_phone(phone: AndroidDevice, options: PhoneOptions, *, threads: Collection[int]) -> None:
    """Raises UsageError for options this phone cannot follow."""
    for count in threads:
        phone.cpus_for(threads=count, cores=options.cores)
    for given in (options.benchmark_binary, options.evaluation_binary):
        if given is not None:
            check_program(Path(given), phone.abis)


def refuse_phone_words(options: PhoneOptions) -> None:
    """Raises UsageError where something was said that only a phone can follow."""
    said = [name for name, value in _phone_words(options) if value]
    if said:
        raise UsageError(f"{said[0]} is for phones; this run has none", next_step="harness devices list")


def _phone_words(phone: PhoneOptions) -> Iterator[tuple[str, object]]:
    yield "--benchmark-binary", phone.benchmark_binary
    yield "--evaluation-binary", phone.evaluation_binary
    yield "--cores", phone.cores
    yield "--accuracy on-device", phone.accuracy_on_device
    yield "--profile", phone.profile
    yield "--phone fixed-performance=on", phone.fixed_performance


def phone_notices(phones: Mapping[str, AndroidDevice], options: RunOptions) -> tuple[str, ...]:
    """Sentences the reader of the report must see."""
    return tuple(
        each for name, phone in phones.items() for each in notices_of(name, phone, options.delegates)
    )


def notices_of(name: str, phone: AndroidDevice, delegates: Collection[Delegate]) -> Iterator[str]:
    """Those of one phone."""
    if phone.simulated:
        yield _SIMULATED.format(name=name)
    if phone.connection.other_ways:
        others = ", ".join(phone.connection.other_ways)
        yield f"{name} is connected more than once: reached as {phone.serial}, not as {others}"
    sdk = phone.sdk
    if Delegate.NNAPI in delegates and sdk is not None and sdk >= _NNAPI_DEPRECATED_SDK:
        yield (
            f"{name} runs Android API {sdk}: NNAPI is deprecated since API {_NNAPI_DEPRECATED_SDK};"
            " its drivers may be gone, and what they compute with is the vendor's choice"
        )


@contextmanager
def phone_sessions(
    phones: Mapping[str, AndroidDevice], options: RunOptions, watcher: Watcher
) -> Iterator[None]:
    """Keep all phones locked, checked and awake within the block. Raises PhoneBusy, UnfitError."""
    with ExitStack() as sessions:
        for phone in phones.values():
            sessions.enter_context(phone_session(phone, options.phone, options.allow, watcher))
        yield


def phone_session(
    phone: AndroidDevice, options: PhoneOptions, allow: Collection[str], watcher: Watcher
) -> AbstractContextManager[DeviceState]:
    """What keeps one phone locked, checked and set as the options want it."""
    return phone.session(allow=allow, fixed_performance=options.fixed_performance, on_notice=watcher.notice)


def phone_launchers(
    phones: Mapping[str, AndroidDevice], options: RunOptions, fetcher: Fetcher, watcher: Watcher
) -> dict[str, PhoneLauncher]:
    """What makes launches on each phone."""
    return {
        name: phone_launcher(name, phone, options.phone, fetcher, watcher) for name, phone in phones.items()
    }


def phone_launcher(
    name: str, phone: AndroidDevice, options: PhoneOptions, fetcher: Fetcher, watcher: Watcher
) -> PhoneLauncher:
    """What makes launches on one phone."""
    return PhoneLauncher(
        phone,
        partial(_benchmark_binary, phone, options, fetcher),
        options,
        on_wait=partial(_tell_wait, watcher, name),
        on_lost=watcher.notice,
    )


def _tell_wait(watcher: Watcher, name: str, reason: str) -> None:
    watcher.step(f"waiting until {name} is cool: {reason}")


def _benchmark_binary(phone: AndroidDevice, options: PhoneOptions, fetcher: Fetcher) -> Path:
    own = options.benchmark_binary
    if own is None and phone.simulated:
        return stand_in(fetcher.cache.root)
    return obtain_tool(
        StockTool.BENCHMARK, Path(own) if own else None, phone.abis, phone.facts.machine, fetcher
    )
