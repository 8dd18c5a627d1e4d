"""What a user asks for, before defaults and names are resolved: None means not said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TypeVar

from harness.devices.android.preflight import CODES as CHECKS
from harness.devices.profile import DeviceProfile
from harness.errors import UnknownNameError, UsageError
from harness.latency.sampling import sampling_for
from harness.records.input_convention import InputTold
from harness.records.run import PhoneOptions, RunOptions
from harness.records.vocabulary import Budget, Delegate, Exif, Job, Runtime
from harness.stats.cautions import CODES as CAUTIONS

__all__ = [
    "DEFAULT_MODELS",
    "RunRequest",
    "complete",
    "from_options",
    "parse_counts",
    "parse_delegates",
    "parse_duration_s",
    "parse_words",
]

DEFAULT_MODELS = ("@starter",)
_MAX_THREADS = 256

ALLOWABLE = (*CAUTIONS, *CHECKS)
"""What `--allow` takes: cautions that need not be shown, and checks of a phone that may fail."""

Word = TypeVar("Word", bound=Enum)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options of `harness run` as given."""

    models: tuple[str, ...] | None = None
    devices: tuple[str, ...] | None = None
    threads: tuple[int, ...] | None = None
    delegates: tuple[Delegate, ...] | None = None
    runtimes: tuple[Runtime, ...] | None = None
    jobs: tuple[Job, ...] | None = None
    budget: Budget | None = None
    launches: int | None = None
    launches_most: int | None = None
    dataset: str | None = None
    subset: int | None = None
    seed: int | None = None
    input_image: str | None = None
    evaluate_on: tuple[Delegate, ...] | None = None
    allow: tuple[str, ...] | None = None
    phone: PhoneOptions | None = None
    sustained_s: float | None = None
    input_told: InputTold | None = None
    exif: Exif | None = None
    timeout_s: float = field(default=300.0)
    offline: bool = False


def complete(
    request: RunRequest, profiles: Sequence[DeviceProfile], names: Sequence[str] | None = None
) -> RunOptions:
    """Fill in defaults: those of the device profiles, then harness' own.

    `names` are what the user calls the devices of the profiles, where it is not their own names.
    """
    phone = request.phone or PhoneOptions()
    budget = request.budget or Budget.NORMAL
    delegates = request.delegates or _unique(each for p in profiles for each in p.defaults.delegates)
    runtimes = request.runtimes or _unique(p.runtimes[0] for p in profiles)
    _check(request)
    _check_runtimes(runtimes, profiles)
    return RunOptions(
        models=request.models or DEFAULT_MODELS,
        devices=tuple(names or (profile.name for profile in profiles)),
        threads=request.threads or _unique(each for p in profiles for each in p.defaults.threads),
        delegates=delegates,
        runtimes=runtimes,
        jobs=request.jobs or (Job.LATENCY, Job.ACCURACY),
        budget=budget,
        launches=request.launches or sampling_for(budget).launches,
        launches_most=request.launches_most if request.launches else sampling_for(budget).launches_most,
        dataset=request.dataset,
        subset=request.subset,
        seed=request.seed or 0,
        input_image=request.input_image,
        evaluate_on=request.evaluate_on or _default_evaluation(delegates, phone),
        allow=tuple(sorted(request.allow or ())),
        phone=phone,
        sustained_s=request.sustained_s,
        input_told=request.input_told,
        exif=request.exif,
    )


def from_options(options: RunOptions, request: RunRequest) -> RunRequest:
    """The request that made `options`, with what `request` says laid over it (for `--resume`)."""
    recorded = RunRequest(
        models=options.models,
        devices=options.devices,
        threads=options.threads,
        delegates=options.delegates,
        runtimes=options.runtimes,
        jobs=options.jobs,
        budget=options.budget,
        launches=options.launches,
        launches_most=options.launches_most,
        dataset=options.dataset,
        subset=options.subset,
        seed=options.seed,
        input_image=options.input_image,
        evaluate_on=options.evaluate_on,
        allow=options.allow,
        phone=options.phone,
        sustained_s=options.sustained_s,
        input_told=options.input_told,
        exif=options.exif,
    )
    said = {
        name: getattr(request, name) for name in RunRequest.__slots__ if getattr(request, name) is not None
    }
    return replace(recorded, **said)


def parse_counts(flag: str, text: str) -> tuple[int, ...]:
    """`1,2,4` as positive numbers, in order, without repeats."""
    counts = []
    for part in text.split(","):
        if not part.strip().isascii() or not part.strip().isdigit() or not 1 <= int(part) <= _MAX_THREADS:
            raise UsageError(f"{flag} {text!r}: {part.strip()!r} is no number from 1 to {_MAX_THREADS}")
        counts.append(int(part))
    return _unique(counts)


def parse_duration_s(flag: str, text: str) -> float:
    """`90s`, `10m` or `1h` in seconds, from 10 s to a day. Raises UsageError."""
    found = re.fullmatch(r"(\d{1,5})(s|m|h)", text.strip().lower())
    seconds = int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]] if found else 0
    if not 10 <= seconds <= 86400:
        raise UsageError(f"{flag} {text!r}: write a time from 10s to 24h, as 90s, 10m or 1h")
    return float(seconds)


def parse_delegates(text: str) -> tuple[Delegate, ...]:
    """`cpu,gpu` as delegates that harness measures with; one it knows from logs only says so."""
    for each in Delegate:
        if each.imported_only and str(each) in (part.strip().lower() for part in text.split(",")):
            raise UsageError(
                f"delegate {str(each)!r}: harness measures nothing with it yet, it only reads logs of it",
                next_step="harness import LOG… --device NAME makes a run of what a tool printed",
            )
    return parse_words("delegate", text, Delegate, but=[each for each in Delegate if each.imported_only])


def parse_words(kind: str, text: str, words: type[Word], *, but: Collection[Word] = ()) -> tuple[Word, ...]:
    """`cpu,gpu` as members of an enum `but` some, in order, without repeats; near matches for others."""
    known = {str(word.value): word for word in words if word not in but}
    found = []
    for part in (piece.strip().lower() for piece in text.split(",")):
        if part not in known:
            raise UnknownNameError(kind, part, known, list_command=", ".join(known))
        found.append(known[part])
    return _unique(found)


def _default_evaluation(delegates: Sequence[Delegate], phone: PhoneOptions) -> tuple[Delegate, ...]:
    """One CPU delegate: the arithmetic is the model's own there, and it exists everywhere.

    On a phone each delegate is to be compared with that one, so it comes first.
    """
    if phone.accuracy_on_device:
        cpu = Delegate.CPU_BUILTIN if Delegate.CPU_BUILTIN in delegates else Delegate.CPU
        return _unique((Delegate.CPU if Delegate.CPU in delegates else cpu, *delegates))
    if Delegate.CPU_BUILTIN in delegates and Delegate.CPU not in delegates:
        return (Delegate.CPU_BUILTIN,)
    return (Delegate.CPU,)


def _check(request: RunRequest) -> None:
    if request.launches is not None and not 1 <= request.launches <= 1000:
        raise UsageError(f"--launches {request.launches}: choose 1 to 1000")
    if request.subset is not None and request.subset < 1:
        raise UsageError(f"--subset {request.subset}: choose at least 1 image")
    if request.seed is not None and request.seed < 0:
        raise UsageError(f"--seed {request.seed}: choose 0 or more")
    if request.timeout_s <= 0:
        raise UsageError(f"--timeout {request.timeout_s}: choose a positive number of seconds")
    for code in request.allow or ():
        if code not in ALLOWABLE:
            raise UnknownNameError("caution or check", code, ALLOWABLE, list_command=", ".join(ALLOWABLE))
    if request.input_image is not None and not Path(request.input_image).is_file():
        raise UsageError(f"--input {request.input_image}: no such file")


def _check_runtimes(runtimes: Sequence[Runtime], profiles: Sequence[DeviceProfile]) -> None:
    """A runtime that one device of a sweep lacks is that device's own; one that all lack is a mistake."""
    known = {each for profile in profiles for each in profile.runtimes}
    for runtime in runtimes:
        if runtime not in known:
            names = ", ".join(profile.name for profile in profiles)
            raise UsageError(
                f"--runtime {runtime}: {names} runs models with {' and '.join(sorted(map(str, known)))}"
            )


Item = TypeVar("Item")


def _unique(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))
