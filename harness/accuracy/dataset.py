"""A data set: which image files, and to which class each belongs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from harness.accuracy.subset import stratified_subset
from harness.records.evaluation import DatasetFacts
from harness.records.vocabulary import Exif

__all__ = ["ClassKeys", "Dataset", "Item"]


class ClassKeys(Enum):
    """What a data set's labels are."""

    NAMES = "names"
    """Names of its own: class i is called `class_names[i]`."""
    NUMBERS = "numbers"
    """Numbers without names: the label is the number itself."""
    IMAGENET = "imagenet"
    """ImageNet's 1,000 classes: the label is the class index."""


class Item(NamedTuple):
    """One labelled image. `file` is relative to the data set's `image_root`, with forward slashes."""

    file: str
    label: int
    size_bytes: int


@dataclass(frozen=True)
class Dataset:
    """Images with class labels, in the order in which they are evaluated.

    `class_names` holds one name a class where they are known. Classes may be without
    images. `order` lists all labels in the order of `order_of` ("the bytewise order
    of the folders' names"): that of a model trained on them, for all that is known.
    `left_out` lists images of the folder that are not used, each with the reason,
    `notices` what was found out about the folder, one sentence each.
    """

    name: str
    root: Path
    image_root: Path
    items: tuple[Item, ...]
    classes: int
    class_names: tuple[str, ...] | None = None
    keys: ClassKeys = ClassKeys.NAMES
    order: tuple[int, ...] = ()
    order_of: str = ""
    first_number: int | None = None
    """What the numbers count from, where the form of the list says it."""
    caveat: str | None = None
    left_out: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    found: tuple[int, ...] = ()
    """Labels with images of the whole set, where these are a subset."""
    exif: Exif = Exif.IGNORE
    turned: int = 0
    """How many images of the whole set are turned upright by their EXIF orientation."""

    @cached_property
    def present(self) -> tuple[int, ...]:
        """Labels that have images, in increasing order, whatever the subset."""
        return self.found or tuple(sorted({item.label for item in self.items}))

    def text(self, label: int) -> str:
        """What the data set calls a class."""
        known = self.class_names is not None and self.keys is not ClassKeys.NUMBERS
        return self.class_names[label] if known and self.class_names else str(label)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over name, label and size in bytes of every image, in order.

        Sizes stand for content: a replaced or re-encoded image changes it, and
        50,000 files need not be read for it.
        """
        digest = hashlib.sha256()
        for item in self.items:
            line = f"{item.file}\0{item.label}\0{item.size_bytes}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
        if self.turned:
            digest.update(b"turned upright\n")  # other pixels than those of the files as they are stored
        return digest.hexdigest()

    def take(self, subset: int | None, seed: int) -> Dataset:
        """The stratified subset of this many images, or the whole set for None or for enough of them.

        Raises UsageError for a subset of less than one image.
        """
        if subset is None:
            return self
        return replace(self, items=stratified_subset(self.items, subset, seed), found=self.present)

    def facts(self, subset: int | None = None, seed: int = 0) -> DatasetFacts:
        """The record of the images that `take` with the same arguments yields."""
        taken = self.take(subset, seed)
        return DatasetFacts(
            name=self.name,
            root=str(self.root),
            images=len(taken.items),
            classes=self.classes,
            fingerprint=taken.fingerprint,
            subset=subset,
            seed=None if subset is None else seed,
            caveat=self.caveat,
        )
