"""From a request to a plan: devices, models, data sets and trials, checked before anything is measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from importlib.util import find_spec
from itertools import product
from pathlib import Path

from harness.accuracy.datasets import Dataset, load_dataset
from harness.accuracy.labels import fit_problem, form_sentences, known_match
from harness.devices.android.device import AndroidDevice
from harness.devices.base import Device
from harness.devices.local import LocalDevice
from harness.devices.profile import find_profile
from harness.errors import DatasetError, MissingExtraError, UsageError
from harness.latency.probe import Probe, probe_models
from harness.plan.trials import build_trials, fitting
from harness.records.model import Model
from harness.records.run import EvaluationTask, Run, RunOptions
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Job, Runtime
from harness.results.provenance import provenance_here
from harness.sweep.fleet import Fleet
from harness.sweep.inputs import check_image_input
from harness.sweep.phones import check_phones, phone_notices
from harness.sweep.request import RunRequest, complete
from harness.zoo.fetch.fetch import Fetcher
from harness.zoo.fetch.models import fetching, users_fetcher
from harness.zoo.image_form import shape_words
from harness.zoo.input_convention import tell_input
from harness.zoo.registry import load_zoo
from harness.zoo.resolve import problem_error, resolve_models

__all__ = ["Prepared", "prepare"]

DEFAULT_DEVICE = "local"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan and the live things it needs."""

    run: Run
    fleet: Fleet
    fetcher: Fetcher
    datasets: Mapping[str, Dataset]
    probes: Mapping[str, Probe]

    @property
    def devices(self) -> Mapping[str, Device]:
        """The run's devices by the name that trials call them."""
        return self.fleet.devices

    @property
    def cores_here(self) -> int:
        """CPUs of this computer that evaluations may use."""
        return LocalDevice(find_profile(DEFAULT_DEVICE)).cpu_count

    @property
    def usable(self) -> tuple[Model, ...]:
        """Models that can do what was asked."""
        return tuple(model for model in self.run.models if model.problem is None)


def prepare(
    request: RunRequest, *, name: str | None = None, on_step: Callable[[str], None] = lambda text: None
) -> Prepared:
    """Resolve and check everything the request names; the caller closes the fleet of what is returned.

    Raises a UsageError where nothing could be measured: an unknown name, a data
    set that cannot be read, or no model that can do what was asked.
    """
    names = request.devices or (DEFAULT_DEVICE,)
    fleet = Fleet(names, on_step=on_step)
    try:
        return _prepare(request, names, fleet, name, on_step)
    except BaseException:
        fleet.close()
        raise


def _prepare(
    request: RunRequest,
    names: Sequence[str],
    fleet: Fleet,
    name: str | None,
    on_step: Callable[[str], None],
) -> Prepared:
    devices = fleet.devices
    options = complete(request, [device.profile for device in devices.values()], names)
    _check_runtimes(options.runtimes, devices)
    check_phones(fleet.phones, options)
    on_step("reading models")
    fetcher = _fetcher(request, on_step)
    resolved = resolve_models(options.models, load_zoo(), locate=fetching(fetcher))
    models = tuple(tell_input(model, options.input_told) for model in resolved)
    probes = _probe(models, options, on_step)
    models = tuple(_with_problem(model, probes.get(model.name), options) for model in models)
    _refuse_if_hopeless(models)
    if options.input_image is not None and Job.LATENCY in options.jobs:
        check_image_input(Path(options.input_image), [model for model in models if model.problem is None])
    on_step("reading the data set")
    datasets = _datasets(models, options, fetcher, on_step)
    tasks, notices = _evaluations(models, options, datasets, devices)
    misfits = any(each.problem is None and each.no_classifier is None for each in models)
    if not tasks and ((options.dataset is not None and misfits) or options.jobs == (Job.ACCURACY,)):
        raise DatasetError(f"accuracy cannot be measured for any model of this run: {notices[-1]}")
    started = datetime.now(timezone.utc)
    run = Run(
        name=name or f"{started:%Y-%m-%dT%H-%M-%S}_{_title(devices)}",
        started_at=started.isoformat(timespec="seconds"),
        options=options,
        models=models,
        trials=_trials(models, options, devices),
        evaluations=tasks,
        datasets=tuple(dataset.facts(options.subset, options.seed) for dataset in datasets.values()),
        provenance=provenance_here(tuple((name, device.fingerprint()) for name, device in devices.items())),
        notices=(*phone_notices(fleet.phones, options), *_same_files(models), *notices),
        simulated=any(device.simulated for device in devices.values()),
        simulated_devices=tuple(each for each, device in devices.items() if device.simulated),
    )
    return Prepared(run, fleet, fetcher, datasets, probes)


def _same_files(models: Sequence[Model]) -> tuple[str, ...]:
    return tuple(
        f"{' and '.join(model.same_file)}: the same file as {model.name}, measured once under that name,"
        " with its class names and input"
        for model in models
        if model.same_file
    )


def _title(devices: Mapping[str, Device]) -> str:
    """The devices' names as part of a folder's."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", "+".join(devices)).strip("-")


def _fetcher(request: RunRequest, on_step: Callable[[str], None]) -> Fetcher:
    def on_bytes(name: str, done: int, total: int | None) -> None:
        on_step(f"fetching {name}: {done / 1e6:.0f}{f' of {total / 1e6:.0f}' if total else ''} MB")

    return users_fetcher(offline=request.offline, on_bytes=on_bytes)


def _check_runtimes(runtimes: Sequence[Runtime], devices: Mapping[str, Device]) -> None:
    if Runtime.TFLITE_RUNTIME in runtimes and find_spec("tflite_runtime") is None:
        raise MissingExtraError("--runtime tflite-runtime", extra="tflite-runtime")
    for name, device in devices.items():
        own = device.profile.runtimes
        if not set(own) & set(runtimes):
            asked, has = ", ".join(map(str, runtimes)), ", ".join(map(str, own))
            raise UsageError(f"--runtime {asked}: {name} runs models with {has}")


def _probe(models: Sequence[Model], options: RunOptions, on_step: Callable[[str], None]) -> dict[str, Probe]:
    """On each runtime of the run until one can run the model: what fails on one only is that trial's own.

    A phone's models are tried here too: a file no runtime loads would fail in every launch.
    """
    probes: dict[str, Probe] = {}
    here = [each for each in options.runtimes if each is not Runtime.BENCHMARK_MODEL]
    for runtime in here or [Runtime.LITERT]:
        tried = [
            model
            for model in models
            if model.problem is None and (model.name not in probes or probes[model.name].problem)
        ]
        found = probe_models(tried, runtime=runtime.value, on_model=lambda name: on_step(f"trying {name}"))
        probes |= {name: probe for name, probe in found.items() if name not in probes or not probe.problem}
    return probes


def _with_problem(model: Model, probe: Probe | None, options: RunOptions) -> Model:
    """The model with the reason why it cannot do what this run asks, if there is one."""
    if model.problem is not None:
        return model
    if probe is not None and probe.problem is not None:
        return replace(model, problem=probe.problem)
    if options.jobs == (Job.ACCURACY,) and model.no_classifier is not None:
        return replace(
            model,
            problem=f"{model.name} is no image classifier: {model.no_classifier}"
            " (it can be timed with --only latency)",
        )
    return model


def _refuse_if_hopeless(models: Sequence[Model]) -> None:
    broken = [model for model in models if model.problem is not None]
    if len(broken) < len(models):
        return
    others = f" (and {len(broken) - 1} more models, none of them usable)" if len(broken) > 1 else ""
    raise problem_error(broken[0], more=others)


def _datasets(
    models: Sequence[Model], options: RunOptions, fetcher: Fetcher, on_step: Callable[[str], None]
) -> dict[str, Dataset]:
    """The data sets of the run by name: the one given, or those bundled for the models."""
    if Job.ACCURACY not in options.jobs:
        return {}
    if options.dataset is not None:
        specs = [options.dataset]
    else:
        specs = list(dict.fromkeys(m.dataset for m in models if m.dataset and m.problem is None))

    def on_image(done: int, total: int) -> None:
        on_step(f"unpacking images: {done} of {total}")

    loaded = [
        load_dataset(spec, exif=options.exif, fetcher=lambda: fetcher, on_image=on_image) for spec in specs
    ]
    return {dataset.name: dataset for dataset in loaded}


def _evaluations(
    models: Sequence[Model],
    options: RunOptions,
    datasets: Mapping[str, Dataset],
    devices: Mapping[str, Device],
) -> tuple[tuple[EvaluationTask, ...], tuple[str, ...]]:
    tasks: list[EvaluationTask] = []
    notices: list[str] = []
    matched: dict[tuple[str, str], list[str]] = {}
    for model in models:
        if model.problem is not None:
            step = f". {model.next_step}" if model.next_step else ""
            notices.append(f"{model.name} was not measured: {model.problem}{step}")
            continue
        notices += _form_notices(model)
        if model.no_classifier is not None:
            continue
        if Job.ACCURACY not in options.jobs:
            continue
        dataset = next((d for d in datasets.values() if fit_problem(model, d) is None), None)
        if dataset is None:
            notices.append(_no_accuracy(model, datasets))
        else:
            tasks += _tasks(model, options, dataset, devices)
            notices += form_sentences(model, dataset)
            matched.setdefault((dataset.name, _class_words(model, dataset)), []).append(model.name)
    of_sets = [f"{each.name}: {text}" for each in datasets.values() for text in each.notices]
    return tuple(dict.fromkeys(tasks)), (*of_sets, *notices, *_class_notices(matched))


def _class_words(model: Model, dataset: Dataset) -> str:
    match = known_match(model, dataset)
    return f"{match.order}, {match.words}" if match is not None and match.notable else ""


def _class_notices(matched: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[str]:
    """One sentence for all models whose classes were matched alike."""
    for (dataset, words), models in matched.items():
        if words:
            yield f"{', '.join(models)} on {dataset}: class order: {words}"


def _form_notices(model: Model) -> Iterator[str]:
    """That a model is only timed, and with which sizes where its file leaves them open."""
    if model.no_classifier is not None:
        yield f"{model.name} is no image classifier, it is only timed: {model.no_classifier}"
        image = next(iter(model.facts.inputs), None) if model.facts else None
        if image is not None and -1 in image.shape[1:]:
            sizes = shape_words(image.shape)
            yield f"{model.name}: its input {sizes} leaves sizes open; it is timed with 1 in their place"
    elif model.input_convention is not None:
        yield from (f"{model.name}: {each}" for each in model.input_convention.form_assumed)


def _tasks(
    model: Model, options: RunOptions, dataset: Dataset, devices: Mapping[str, Device]
) -> Iterator[EvaluationTask]:
    """A phone's models are scored on this computer's CPU, unless they are to be scored on the phone."""
    for name, device in devices.items():
        here = not isinstance(device, AndroidDevice)
        if here or options.phone.accuracy_on_device:
            runtimes = _own(options.runtimes, [each.profile.runtimes for each in devices.values()], device)
            for runtime, delegate in product(runtimes, options.evaluate_on):
                yield EvaluationTask(model.name, model.sha256, name, runtime, delegate, dataset.name)
        else:
            yield EvaluationTask(
                model.name, model.sha256, DEFAULT_DEVICE, Runtime.LITERT, Delegate.CPU, dataset.name
            )


def _own(
    runtimes: Sequence[Runtime], of_all: Sequence[Sequence[Runtime]], device: Device
) -> tuple[Runtime, ...]:
    return fitting(runtimes, device.profile.runtimes, of_all)


def _no_accuracy(model: Model, datasets: Mapping[str, Dataset]) -> str:
    if not datasets:
        return f"{model.name} has no accuracy: no data set was given. Add one with --dataset NAME|DIR"
    reasons = "; ".join(str(fit_problem(model, dataset)) for dataset in datasets.values())
    return f"{model.name} has no accuracy: {reasons}. Give a data set that fits with --dataset NAME|DIR"


def _trials(models: Sequence[Model], options: RunOptions, devices: Mapping[str, Device]) -> tuple[Trial, ...]:
    profiles = [device.profile for device in devices.values()]
    return tuple(
        trial
        for name, device in devices.items()
        for trial in build_trials(
            models,
            name,
            runtimes=_own(options.runtimes, [each.runtimes for each in profiles], device),
            delegates=fitting(
                options.delegates, device.profile.delegates, [each.delegates for each in profiles]
            ),
            threads=options.threads,
        )
    )
