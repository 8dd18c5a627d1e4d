"""A smaller data set that keeps the mix of classes, the same one for the same seed anywhere."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, TypeVar

from harness.errors import UsageError

__all__ = ["stratified_subset"]


class _Labelled(Protocol):
    @property
    def file(self) -> str: ...

    @property
    def label(self) -> int: ...


Labelled = TypeVar("Labelled", bound=_Labelled)


def stratified_subset(items: Sequence[Labelled], count: int, seed: int) -> tuple[Labelled, ...]:
    """`count` items, each class in proportion to its size, in their original order.

    Within a class, and among classes with equal claims to the last places, the
    order is that of a hash of the seed and the name: it depends neither on the
    platform nor on a random generator's version. A count beyond the set's size
    yields all of it. Raises UsageError for a count below one.
    """
    if count < 1:
        raise UsageError(f"a subset needs at least 1 image, not {count}")
    if count >= len(items):
        return tuple(items)
    by_class: dict[int, list[int]] = defaultdict(list)
    for position, item in enumerate(items):
        by_class[item.label].append(position)
    quotas = _quotas({label: len(members) for label, members in by_class.items()}, count, seed)
    chosen: list[int] = []
    for label, members in by_class.items():
        chosen += sorted(members, key=lambda position: _rank(seed, items[position].file))[: quotas[label]]
    return tuple(items[position] for position in sorted(chosen))


def _quotas(sizes: dict[int, int], count: int, seed: int) -> dict[int, int]:
    """Largest remainders: every class gets its share rounded down, the largest rests one more."""
    total = sum(sizes.values())
    quotas = {label: count * size // total for label, size in sizes.items()}
    by_claim = sorted(sizes, key=lambda label: (-(count * sizes[label] % total), _rank(seed, str(label))))
    for label in by_claim[: count - sum(quotas.values())]:
        quotas[label] += 1
    return quotas


def _rank(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogateescape")).digest()
