"""A data set: which image files, and to which class each belongs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from harness.accuracy.subset import stratified_subset
from harness.records.evaluation import DatasetFacts

__all__ = ["Dataset", "Item"]


class Item(NamedTuple):
    """One labelled image. `file` is relative to the data set's `image_root`, with forward slashes."""

    file: str
    label: int
    size_bytes: int


@dataclass(frozen=True)
class Dataset:
    """Images with class indices from 0 to `classes` - 1, in the order in which they are evaluated.

    `class_names` holds one name a class where they are known. `own_names` tells
    that they are the data set's own, and not those of ImageNet's classes.
    `left_out` lists images of the folder that are not used, each with the reason.
    """

    name: str
    root: Path
    image_root: Path
    items: tuple[Item, ...]
    classes: int
    class_names: tuple[str, ...] | None = None
    own_names: bool = False
    caveat: str | None = None
    left_out: tuple[tuple[str, str], ...] = ()

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
        return digest.hexdigest()

    def take(self, subset: int | None, seed: int) -> Dataset:
        """The stratified subset of this many images, or the whole set for None or for enough of them.

        Raises UsageError for a subset of less than one image.
        """
        if subset is None:
            return self
        return replace(self, items=stratified_subset(self.items, subset, seed))

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
