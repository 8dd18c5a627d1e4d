"""Which output of a model stands for which class of a data set, and how that is known. Pure.

By name where both sides have names; by index where the labels are numbers, or both are
ImageNet's; by position, which is an assumption, where there are as many outputs as classes
and nothing says more. Else not at all: nothing is ever shifted to make it fit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.accuracy import imagenet
from harness.accuracy.class_names import ClassNames, is_number
from harness.accuracy.dataset import ClassKeys, Dataset
from harness.errors import near_matches
from harness.records.vocabulary import ClassOrder

__all__ = ["ClassMatch", "Head", "NoMatch", "match_head"]

_BACKGROUND = frozenset({"background", "dummy", "__background__", "_background_"})
_FEW = 5
"""This many names are written out; a report has no room for a thousand."""

_LONGEST = 60
"""Of a longer name, so much is shown."""

_KNOWN_SHARE = 0.5
"""Of 1,000 names, so many must be ImageNet's at their places: lists in use word the rest differently."""

_ASTRAY_SHARE = 0.02
"""More names than this that belong to other places are another order."""


class NoMatch(Exception):
    """Model and data set do not belong together, or nothing says how; the reason in words."""


@dataclass(frozen=True, slots=True)
class Head:
    """A model's output as far as classes go."""

    outputs: int
    names: tuple[str, ...] | None = None
    """Its own class names, one an output."""
    offset: int | None = None
    """Output of class 0, where the zoo entry says it."""


@dataclass(frozen=True, slots=True)
class ClassMatch:
    """Output index by label of the data set; labels without images may be missing."""

    outputs: Mapping[int, int]
    order: ClassOrder
    words: str
    notable: bool = True
    """Whether it should be said on screen; the plain cases stand in the report only."""

    @property
    def offset(self) -> int | None:
        """What to add to a label, where that is the same number for all."""
        found = {output - label for label, output in self.outputs.items()}
        return found.pop() if len(found) == 1 else None


def match_head(head: Head, dataset: Dataset) -> ClassMatch:
    """The match of a model's output with a data set. Raises NoMatch."""
    if head.names is not None and len(head.names) != head.outputs:
        raise NoMatch(f"it has {head.outputs} outputs and {len(head.names)} class names")
    names = ClassNames(head.names) if head.names and not _are_indices(head.names) else None
    if dataset.keys is ClassKeys.IMAGENET:
        return _of_imagenet(head, names, dataset)
    if dataset.keys is ClassKeys.NUMBERS:
        return _of_numbers(head, names, dataset)
    if names is None and head.outputs not in (len(dataset.order), len(dataset.present)):
        names = _assumed_names(head)
    if names is not None:
        return _by_name(names, dataset)
    return _by_position(head, dataset)


# By name.


def _assumed_names(head: Head) -> ClassNames | None:
    """ImageNet's names of a model with its number of outputs: what does not fit is then named."""
    offset = _imagenet_offset(head)
    return None if offset is None else ClassNames([*["background"] * offset, *imagenet.class_names()])


def _by_name(names: ClassNames, dataset: Dataset) -> ClassMatch:
    texts = {label: dataset.text(label) for label in dataset.present}
    # Numbers among names are indices; where all are numbers, they are names or nothing.
    indices = not all(map(is_number, texts.values()))
    found = {
        label: names.positions(text) if indices or text in names else () for label, text in texts.items()
    }
    _check_known(names, [texts[label] for label, each in found.items() if not each], len(texts))
    for text in texts.values():
        if reason := names.shared(text):
            raise NoMatch(f"{reason}; name that class of the data set by its index")
    outputs = {label: each[0] for label, each in found.items()}
    _check_distinct(outputs, texts, names)
    return _named(names, outputs)


def _named(names: ClassNames, outputs: Mapping[int, int]) -> ClassMatch:
    missing = _without_images(names, outputs)
    return ClassMatch(outputs, ClassOrder.NAMES, f"matched by name{missing}", notable=bool(missing))


def _check_known(names: ClassNames, unknown: Sequence[str], classes: int) -> None:
    if not unknown:
        return
    if len(unknown) == classes:
        raise NoMatch(
            f"none of its class names is one of the data set's: it has {_listed(names)},"
            f" the data set {_listed(unknown)}"
        )
    shown = "; ".join(f"{_short(text)!r}{_nearest(text, names)}" for text in unknown[:_FEW])
    raise NoMatch(
        f"{_count(len(unknown), 'class', 'classes')} of the data set {'is' if len(unknown) == 1 else 'are'}"
        f" none of its {len(names)} class names: {shown}{_more(len(unknown))}"
    )


def _nearest(text: str, names: ClassNames) -> str:
    near = near_matches(text, names)
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""


def _check_distinct(outputs: Mapping[int, int], texts: Mapping[int, str], names: ClassNames) -> None:
    first: dict[int, str] = {}
    for label, output in outputs.items():
        if output in first:
            raise NoMatch(
                f"the classes {first[output]!r} and {texts[label]!r} of the data set"
                f" are both its class {names[output]!r}"
            )
        first[output] = texts[label]


def _without_images(names: ClassNames, outputs: Mapping[int, int]) -> str:
    used = set(outputs.values())
    missing = [name for index, name in enumerate(names) if index not in used and not _is_background(name)]
    if not missing:
        return ""
    return f"; {len(missing)} of its {len(names)} classes without images: {_listed(missing)}"


# By number.


def _of_numbers(head: Head, names: ClassNames | None, dataset: Dataset) -> ClassMatch:
    if names is not None and all(map(is_number, names)):
        return _by_numeric_name(names, dataset)
    numbers = dataset.order or dataset.present
    from_zero = dataset.first_number == 0 or min(numbers) == 0
    if _imagenet_offset(head) is not None and from_zero and max(numbers) < imagenet.CLASSES:
        named = replace(dataset, keys=ClassKeys.IMAGENET, class_names=imagenet.class_names())
        return _of_imagenet(head, names, named)
    try:
        return _by_number(head, names, dataset)
    except NoMatch:
        if names is None and head.outputs == len(dataset.present) and dataset.first_number is None:
            return _by_position(head, dataset)
        raise


def _by_numeric_name(names: ClassNames, dataset: Dataset) -> ClassMatch:
    """Coins called 1, 2, 5, 10: numbers that are names."""
    position = {int(name): index for index, name in enumerate(names)}
    if len(position) < len(names):
        raise NoMatch("two of its class names are the same number")
    _check_known(names, [str(n) for n in dataset.present if n not in position], len(dataset.present))
    outputs = {number: position[number] for number in dataset.present}
    return _named(names, outputs)


def _by_number(head: Head, names: ClassNames | None, dataset: Dataset) -> ClassMatch:
    numbers = dataset.order or dataset.present
    lowest, highest = min(numbers), max(numbers)
    from_zero = lowest == 0 or dataset.first_number == 0
    offset = _offset(head, names, all_outputs=from_zero and highest == head.outputs - 1)
    classes = head.outputs - offset
    if highest > classes or (highest == classes and from_zero):
        raise NoMatch(f"the class number {highest} is not within 0..{classes - 1}, its classes")
    first = 1 if highest == classes else 0
    words = f"the data set's numbers are its indices, counted from {first}"
    if empty := classes - len(dataset.present):
        words += f"; {empty} of its {classes} classes without images"
    order = ClassOrder.INDEX
    if first == 0 and not from_zero:
        if lowest == 1:
            raise NoMatch(
                f"the class numbers 1..{highest} may count from 0 or from 1, it has {classes} classes;"
                " name all classes, in its order, one a line, in labels.txt of the data set"
            )
        order, words = (
            ClassOrder.ASSUMED,
            f"the data set's numbers were taken to count from 0, {lowest} first",
        )
    outputs = {number: number - first + offset for number in dataset.present}
    return ClassMatch(outputs, order, words + _background_words(offset) + _keras_words(names, dataset))


def _offset(head: Head, names: ClassNames | None, *, all_outputs: bool) -> int:
    """Output of class 0: 1 behind a background that is known, unless the numbers are those of all outputs."""
    if head.offset is not None:
        if not 0 <= head.offset <= head.outputs - 1:
            raise NoMatch(f"with {head.outputs} outputs the label offset cannot be {head.offset}")
        return head.offset
    background = _is_background(names[0]) if names is not None else head.outputs == imagenet.CLASSES + 1
    return int(background and not all_outputs)


def _keras_words(names: ClassNames | None, dataset: Dataset) -> str:
    """Trainers that read folders sort their names as text."""
    if names is not None or not dataset.order or dataset.order == tuple(sorted(dataset.order)):
        return ""
    return (
        f" (a model trained on these folders may have them in bytewise order:"
        f" {', '.join(map(str, dataset.order[:_FEW]))}, …)"
    )


# ImageNet.


def _of_imagenet(head: Head, names: ClassNames | None, dataset: Dataset) -> ClassMatch:
    offset = _imagenet_offset(head)
    if offset is None:
        if names is not None:
            return _by_name(_Synsets(names), dataset)
        if head.outputs == len(dataset.present) and dataset.order:
            return _by_position(head, dataset)
        raise NoMatch(f"it has {head.outputs} outputs, the data set {dataset.classes} classes")
    if names is not None:
        found = _imagenet_by_names(names, offset, dataset)
        if found is not None:
            return found
    order = ClassOrder.INDEX if names is None or _at_home(names, offset) else ClassOrder.ASSUMED
    words = "ImageNet's own order" + _background_words(offset)
    if order is ClassOrder.ASSUMED:
        words += f", although hardly any of its class names is ImageNet's: {_listed(names or ())}"
    outputs = {label: label + offset for label in range(imagenet.CLASSES)}
    return ClassMatch(outputs, order, words, notable=order is ClassOrder.ASSUMED)


def _imagenet_offset(head: Head) -> int | None:
    """Where class 0 is, in a model with ImageNet's number of outputs; None for others."""
    extra = head.outputs - imagenet.CLASSES
    if extra not in (0, 1):
        return None
    if head.offset is None:
        return extra
    if not 0 <= head.offset <= extra:
        raise NoMatch(
            f"with {head.outputs} outputs and {imagenet.CLASSES} classes the label offset"
            f" cannot be {head.offset}"
        )
    return head.offset


def _imagenet_by_names(names: ClassNames, offset: int, dataset: Dataset) -> ClassMatch | None:
    """The match of a model whose names are ImageNet's in another order; None where they say nothing else."""
    synsets = _Synsets(names)
    astray = sum(_astray(synsets, label, offset) for label in range(imagenet.CLASSES))
    if astray <= _ASTRAY_SHARE * imagenet.CLASSES:
        return None
    return _by_name(synsets, dataset)


def _astray(synsets: _Synsets, label: int, offset: int) -> bool:
    found = synsets.positions(imagenet.class_names()[label])
    return bool(found) and label + offset not in found


def _at_home(names: ClassNames, offset: int) -> bool:
    synsets = _Synsets(names)
    home = sum(label + offset in synsets.positions(name) for label, name in enumerate(imagenet.class_names()))
    return home >= _KNOWN_SHARE * imagenet.CLASSES


class _Synsets(ClassNames):
    """Class names as they are written for ImageNet: with the WordNet id, with synonyms, or the id alone."""

    def positions(self, text: str) -> tuple[int, ...]:
        found = super().positions(text)
        if found or is_number(text):
            return found
        return self._plain.positions(text) or self._plain.positions(_WNID_OF.get(text, text))

    @cached_property
    def _plain(self) -> ClassNames:
        return ClassNames(_first_synonym(name) for name in self)


_WNID_OF = dict(zip(imagenet.class_names(), imagenet.wnids(), strict=True))
"""Of the two classes of one name, either: they are refused as shared before."""
_WNID = re.compile(r"(n\d{8})\b[\s:,_-]*")


def _first_synonym(name: str) -> str:
    """`tench` of `n01440764 tench, Tinca tinca`; the id where there is nothing else."""
    rest = _WNID.sub("", name.strip(), count=1) if _WNID.match(name.strip()) else name
    return rest.split(",")[0].strip() or name.strip()


# By position.


def _by_position(head: Head, dataset: Dataset) -> ClassMatch:
    """As many outputs as classes, counted with or without those that have no images."""
    offset = head.offset or 0
    with_images = tuple(label for label in dataset.order if label in set(dataset.present))
    places = next((each for each in (dataset.order, with_images) if _fits(head, len(each))), None)
    if places is None:
        raise NoMatch(
            f"it has {head.outputs} outputs and no class names, the data set"
            f" {_count(len(dataset.present), 'class', 'classes')} ({_listed(_texts(dataset))}):"
            " which output is which is not known"
        )
    outputs = {label: index + offset for index, label in enumerate(places)}
    if dataset.first_number is not None:
        words = "the data set's labels are its indices, counted from 0" + _background_words(offset)
        return ClassMatch(outputs, ClassOrder.INDEX, words)
    spelled = [f"{dataset.text(label)} → {outputs[label]}" for label in places]
    return ClassMatch(
        outputs,
        ClassOrder.ASSUMED,
        f"it has no class names: {dataset.order_of} was taken for the order of its outputs,"
        f" {_listed(spelled)}{_natural_words(dataset, places)}",
    )


def _fits(head: Head, classes: int) -> bool:
    if classes == 0 or head.offset is None:
        return classes == head.outputs > 0
    return 0 <= head.offset <= head.outputs - classes <= 1


def _natural_words(dataset: Dataset, places: Sequence[int]) -> str:
    """Where people would order d4 before d10, and programs do not."""
    texts = [dataset.text(label) for label in places]
    if texts != sorted(texts, key=os.fsencode):
        return ""
    natural = sorted(texts, key=_natural_key)
    return "" if natural == texts else f" (in natural order it would be {_listed(natural)})"


def _natural_key(text: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d{1,18})", text.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


# Words.


def _texts(dataset: Dataset) -> list[str]:
    return [dataset.text(label) for label in dataset.present]


def _background_words(offset: int) -> str:
    background = " (background comes first)" if offset == 1 else ""
    return f", class 0 at output {offset}{background}" if offset else ""


def _is_background(name: str) -> bool:
    return name.strip().casefold() in _BACKGROUND


def _are_indices(names: Sequence[str]) -> bool:
    """Names that only repeat their place: `0`, `1`, `2`."""
    return all(is_number(name) and int(name) == index for index, name in enumerate(names))


def _listed(texts: Iterable[str]) -> str:
    texts = list(texts)
    return ", ".join(map(_short, texts[:_FEW])) + _more(len(texts))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _more(count: int) -> str:
    return f", … ({count} in all)" if count > _FEW else ""


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
