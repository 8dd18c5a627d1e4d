"""Which way of feeding a model fits: the conventions of the field, tried on labelled images.

First the values (range and order of channels), then crop and filter with the values that won. Images
come in batches that are decoded once for all ways; after each batch the ways that are certainly worse
than the best are given up.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from harness.accuracy.dataset import Dataset, Item
from harness.accuracy.evaluate import evaluate
from harness.errors import ModelError
from harness.records.evaluation import OtherInput
from harness.records.input_convention import RANGES, InputTold, range_words
from harness.records.model import Model
from harness.records.run import EvaluationTask
from harness.records.vocabulary import ChannelOrder, Delegate, Runtime, Status
from harness.stats.contest import Answers, above_chance, against, best_of, not_certainly_worse, still_in
from harness.zoo.input_convention import RESIZES, tell_input

__all__ = [
    "BATCH",
    "Trial",
    "Verdict",
    "Way",
    "better_than_in_use",
    "mixed",
    "try_inputs",
    "try_values",
    "values_of",
    "verdict",
]

BATCH = 24
"""Images of a batch: what tells 90 % from chance among ten ways."""

_MOST_IN = 4
"""Ways of values that are followed to the end where the first two batches cannot part them."""

_COLOURS = 3

Progress = Callable[[int, int], None]
"""Images done, and all."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of feeding a model; None: as it is fed without being told anything."""

    told: InputTold | None
    range: str
    channels: ChannelOrder
    resize: str

    @property
    def name(self) -> str:
        """The range without how its integers come by it."""
        return self.range.partition(",")[0]

    @property
    def values(self) -> tuple[str, ChannelOrder]:
        """What is told apart first."""
        return self.range, self.channels


@dataclass
class Trial:
    """All ways tried, with what each got right. `labels` are those of the images seen."""

    ways: dict[Way, dict[int, bool]] = field(default_factory=dict)
    labels: dict[int, int] = field(default_factory=dict)

    def note(self, way: Way, answers: Answers) -> None:
        """Add the answers to further images."""
        self.ways.setdefault(way, {}).update(answers)


def values_of(model: Model) -> list[Way]:
    """The way the model is fed now, then every other range and order of channels it could want."""
    known = model.input_convention
    if known is None or model.facts is None:
        return []
    now = Way(None, known.range, known.channels, known.resize)
    ways = [now]
    for name in _ranges(model):
        for channels in _orders(model):
            way = Way(InputTold(name, channels), name, channels, known.resize)
            if way.values != (now.name, known.channels):
                ways.append(way)
    return ways


def _ranges(model: Model) -> list[str]:
    """The ranges an input can hold: of a quantized one, those that its integers span about as far."""
    assert model.facts is not None  # the caller's condition
    tensor = model.facts.inputs[0]
    one_channel = _COLOURS not in tensor.shape[1:]
    names = [name for name, (mean, _) in RANGES.items() if len(mean) == 1 or not one_channel]
    if tensor.dtype.startswith("float"):
        return names
    if not tensor.scale:
        return []
    span = tensor.scale * (65535 if tensor.dtype == "int16" else 255)
    return [name for name in names if 0.4 <= _span(name) / span <= 2.5]


def _span(name: str) -> float:
    mean, std = RANGES[name]
    return max((255 - m) / s for m, s in zip(mean, std, strict=True)) - min(
        (0 - m) / s for m, s in zip(mean, std, strict=True)
    )


def _orders(model: Model) -> list[ChannelOrder]:
    assert model.facts is not None  # the caller's condition
    colours = _COLOURS in model.facts.inputs[0].shape[1:]
    return [ChannelOrder.RGB, ChannelOrder.BGR] if colours else [ChannelOrder.RGB]


def shapes_of(way: Way) -> list[Way]:
    """The same values with every other crop and filter."""
    told = way.told or InputTold()
    return [
        replace(way, told=replace(told, resize=name), resize=name) for name in RESIZES if name != way.resize
    ]


def try_inputs(
    model: Model, dataset: Dataset, *, cores: int, on_progress: Progress = lambda done, total: None
) -> Trial:
    """Values, then crops and filters, on all images of the data set. Raises ModelError."""
    items = mixed(dataset.items)
    trial = _try_values(model, dataset, items[: 2 * BATCH], cores, len(items), on_progress)
    values = still_in(trial.ways)[:_MOST_IN]
    best = best_of({way: trial.ways[way] for way in values})
    ways = list(dict.fromkeys([best, *values, *shapes_of(best)]))
    done = min(2 * BATCH, len(items))
    for batch in _halves(range(done, len(items))):
        _round(trial, model, dataset, items, batch, ways, cores)
        seen = {way: trial.ways[way] for way in ways}
        ways = list(dict.fromkeys([best, *still_in(seen)]))
        done += len(batch)
        on_progress(done, len(items))
    return trial


def try_values(model: Model, dataset: Dataset, *, images: int, cores: int) -> Trial:
    """The short form: values only, on a few images."""
    items = mixed(dataset.items)[:images]
    return _try_values(model, dataset, items, cores, len(items), lambda done, total: None)


def _try_values(
    model: Model, dataset: Dataset, items: Sequence[Item], cores: int, total: int, on_progress: Progress
) -> Trial:
    trial = Trial()
    ways = values_of(model)
    for start in range(0, len(items), BATCH):
        batch = range(start, min(start + BATCH, len(items)))
        _round(trial, model, dataset, items, batch, ways, cores)
        # The way it is fed now is what the others are told against.
        ways = list(dict.fromkeys([ways[0], *still_in({way: trial.ways[way] for way in ways})]))
        on_progress(batch.stop, total)
    return trial


def _halves(positions: range) -> Iterator[range]:
    """A short first batch to drop most ways, then the rest."""
    first = range(positions.start, min(positions.start + BATCH, positions.stop))
    yield from (batch for batch in (first, range(first.stop, positions.stop)) if batch)


def _round(
    trial: Trial,
    model: Model,
    dataset: Dataset,
    items: Sequence[Item],
    batch: range,
    ways: Sequence[Way],
    cores: int,
) -> None:
    """These ways on these images, each image decoded once."""
    part = replace(dataset, items=tuple(items[each] for each in batch))
    models = {
        f"{number}": replace(tell_input(model, way.told), name=f"{number}") for number, way in enumerate(ways)
    }
    tasks = [
        EvaluationTask(name, model.sha256, "local", Runtime.LITERT, Delegate.CPU, dataset.name)
        for name in models
    ]
    position = {items[each].file: each for each in batch}
    for evaluation, predictions in evaluate(tasks, part, models, cores=cores):
        if evaluation.status not in (Status.OK, Status.FALLBACK):
            reason = str(evaluation.reason).removeprefix(f"{evaluation.model}: ")
            raise ModelError(f"{model.name} cannot be tried on {dataset.name}: {reason}")
        answers = {position[each.image]: each.label == each.indices[0] for each in predictions}
        trial.note(ways[int(evaluation.model)], answers)
        trial.labels |= {position[each.image]: each.label for each in predictions}


def mixed(items: Sequence[Item]) -> list[Item]:
    """The images in an order of which every beginning holds all classes alike."""
    by_class: dict[int, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda each: hashlib.sha256(_bytes(each.file)).digest()):
        by_class[item.label].append(item)
    rounds = zip_longest(*by_class.values())
    return [item for each in rounds for item in each if item is not None]


def _bytes(file: str) -> bytes:
    return file.encode("utf-8", "surrogateescape")


def better_than_in_use(trial: Trial) -> OtherInput | None:
    """The best way, where it is certainly better than the first one, which is in use."""
    in_use = next(iter(trial.ways))
    best = best_of(trial.ways)
    confidence = 1 - 0.01 / max(1, len(trial.ways) - 1)
    lead = against(trial.ways[best], trial.ways[in_use], confidence=confidence)
    if best == in_use or lead is None or lead.low <= 0:
        return None
    shared = trial.ways[best].keys() & trial.ways[in_use].keys()
    right, now = (sum(trial.ways[way][each] for each in shared) / len(shared) for way in (best, in_use))
    return OtherInput(best.name, best.channels, len(shared), right, now, lead.low, lead.high)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial shows. `ways` that cannot be told from the best stand in `ties`, the best first."""

    best: Way
    ties: tuple[Way, ...]
    above_chance: bool
    resize: Way | None = None
    """The crop and filter that is certainly better than the one that was begun with."""
    proven: str | None = None
    """The range the file itself shows, which decides where the images do not."""

    @property
    def fits(self) -> Way | None:
        """The one way of values that fits; None where it cannot be told or nothing does."""
        ranges = {way.name for way in self.ties}
        if len(ranges) > 1 and self.proven in ranges:
            ranges = {self.proven}
        if not self.above_chance or len(ranges) > 1:
            return None
        # On grey pictures both orders of channels are the same; then the usual one is meant.
        left = [way for way in self.ties if way.name in ranges]
        found = next((way for way in left if way.channels is ChannelOrder.RGB), left[0])
        return (
            found if self.resize is None else replace(found, told=self.resize.told, resize=self.resize.resize)
        )


def verdict(trial: Trial, model: Model) -> Verdict:
    """What the answers show. All values were tried with the crop and filter of the first way."""
    resize = next(iter(trial.ways)).resize
    most = max(len(answers) for answers in trial.ways.values())
    values = {way: answers for way, answers in trial.ways.items() if way.resize == resize}
    finalists = {way: answers for way, answers in values.items() if len(answers) == most} or values
    best = best_of(finalists)
    ties = (best, *(way for way in not_certainly_worse(values, best) if way != best))
    shapes = {way: answers for way, answers in trial.ways.items() if way.values == best.values}
    shape = best_of(shapes) if len(shapes) > 1 else best
    lead = against(trial.ways[shape], trial.ways[best], confidence=1 - 0.05 / max(1, len(shapes) - 1))
    better = shape if lead is not None and lead.low > 0 else None
    labels = [trial.labels[each] for each in trial.ways[best]]
    proof = model.facts.input_proof if model.facts else None
    proven = range_words(proof.mean, proof.std) if proof else None
    return Verdict(best, ties, above_chance(trial.ways[best], labels), better, proven)
