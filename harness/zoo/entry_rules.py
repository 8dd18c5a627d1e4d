"""Do the facts of zoo entries agree with each other? Without any file: names, sizes, digests, addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from harness.records.vocabulary import Quantization
from harness.zoo.schema import ZooEntry

__all__ = ["entry_problems", "problems_between"]

_INPUT_SIDES = (96, 128, 160, 176, 192, 224, 240, 256, 260, 280, 299, 300, 320, 331, 384)
"""Input sides that networks of this kind are published with; other numbers in a name mean other things."""

_SIDE = re.compile(r"(?:^|[_-])(\d{2,3})(?=$|[_-])")
_WIDTH = re.compile(r"(?:^|[_-])(\d\.\d+)(?=$|[_-])")
_VERSION = re.compile(r"(mobilenet|inception|efficientnet)[_-]?v(\d)", re.IGNORECASE)
_ARCHIVE = (".tgz", ".tar.gz", ".zip")

_INTEGER = (Quantization.INT8, Quantization.UINT8)
_WORDS = {
    "quant": _INTEGER,
    "quantized": _INTEGER,
    "int8": _INTEGER,
    "uint8": _INTEGER,
    "float": (Quantization.FLOAT32,),
    "float32": (Quantization.FLOAT32,),
    "fp32": (Quantization.FLOAT32,),
    "float16": (Quantization.FLOAT16,),
    "fp16": (Quantization.FLOAT16,),
    "dynamic": (Quantization.DYNAMIC,),
}
"""What a word of a name allows `quantization` to be."""

# A publisher's megabyte is 10^6 or 2^20 bytes, rounded to a tenth or to a whole one.
_MEGABYTES = (1e6, 2.0**20)
_ROUNDED_BY = 0.06
_ROUNDED_BY_SHARE = 0.02


def entry_problems(entry: ZooEntry) -> list[str]:
    """What contradicts itself within an entry with an address; a local file speaks for itself."""
    if entry.url is None:
        return []
    found = (_side(entry), _quantization(entry), _dtype(entry), _size(entry), _version(entry))
    return [*(each for each in found if each is not None), *_packing(entry)]


def _side(entry: ZooEntry) -> str | None:
    named = [int(each) for each in _SIDE.findall(entry.name) if int(each) in _INPUT_SIDES]
    if not named or entry.input.height in named:
        return None
    return f"its name says {named[0]}, and its input is {entry.input.height}x{entry.input.width}"


def _quantization(entry: ZooEntry) -> str | None:
    words = [each for each in re.split(r"[_\-.]", entry.name.lower()) if each in _WORDS]
    wrong = [each for each in words if entry.quantization not in _WORDS[each]]
    return f"its name says {wrong[0]}, and its quantization is {entry.quantization}" if wrong else None


def _dtype(entry: ZooEntry) -> str | None:
    integer_input = entry.input.dtype in ("uint8", "int8", "int16")
    if entry.quantization in (Quantization.FLOAT32, Quantization.FLOAT16) and integer_input:
        return f"its weights are {entry.quantization}, and its input {entry.input.dtype}"
    return None


def _size(entry: ZooEntry) -> str | None:
    stated, exact = entry.published.size_mb, entry.size_bytes
    if stated is None or exact is None:
        return None
    nearest = min(abs(exact / unit - stated) for unit in _MEGABYTES)
    if nearest <= max(_ROUNDED_BY, _ROUNDED_BY_SHARE * stated):
        return None
    return f"size_bytes is {exact}, and the publisher states {stated:g} MB"


def _version(entry: ZooEntry) -> str | None:
    named = dict(_VERSION.findall(entry.name.lower()))
    family = dict(_VERSION.findall(entry.family))
    wrong = [each for each in named.keys() & family.keys() if named[each] != family[each]]
    return f"its name says {wrong[0]} v{named[wrong[0]]}, and its family is {entry.family}" if wrong else None


def _packing(entry: ZooEntry) -> Iterator[str]:
    """An archive needs a member; one that only a person fetches may lack it, as nothing unpacks it."""
    places = [(entry.url or "", entry.archive_member, entry.manual)]
    places += [(each.url, each.archive_member, each.manual) for each in entry.mirrors]
    for url, member, manual in places:
        if url.partition("?")[0].endswith(_ARCHIVE) and member is None and not manual:
            yield f"{url} is an archive, and no archive_member is stated"
    urls = [url for url, _, _ in places]
    yield from (f"{url} is given twice" for url in sorted({url for url in urls if urls.count(url) > 1}))


def problems_between(entries: Sequence[ZooEntry]) -> Mapping[str, tuple[str, ...]]:
    """What contradicts between entries, by the name of the later one."""
    found: dict[str, list[str]] = defaultdict(list)
    for rule in (_same_digest, _same_place, _archive_digests, _widths):
        for name, problem in rule(entries):
            found[name].append(problem)
    return {name: tuple(problems) for name, problems in found.items()}


_Found = Iterator[tuple[str, str]]


def _same_digest(entries: Sequence[ZooEntry]) -> _Found:
    """A user may enter the file of a hosted model under another name."""
    for first, later in _twins([each for each in entries if each.url], lambda each: each.sha256):
        yield later.name, f"it has the sha256 of {first.name}"


def _same_place(entries: Sequence[ZooEntry]) -> _Found:
    for first, later in _twins(entries, lambda each: each.url and (each.url, each.archive_member)):
        yield later.name, f"it lies where {first.name} does: {later.url}"


def _twins(
    entries: Iterable[ZooEntry], key: Callable[[ZooEntry], Hashable]
) -> Iterator[tuple[ZooEntry, ZooEntry]]:
    first: dict[Hashable, ZooEntry] = {}
    for entry in entries:
        known = key(entry)
        if known is None:
            continue
        if known in first:
            yield first[known], entry
        first.setdefault(known, entry)


def _archive_digests(entries: Sequence[ZooEntry]) -> _Found:
    """One address, one content."""
    digests: dict[str, tuple[str, str]] = {}
    for entry in entries:
        places = [(entry.url, entry.archive_sha256), *((m.url, m.archive_sha256) for m in entry.mirrors)]
        for url, digest in places:
            if url is None or digest is None:
                continue
            known, name = digests.setdefault(url, (digest, entry.name))
            if known != digest:
                yield entry.name, f"its archive_sha256 of {url} differs from that of {name}"


def _widths(entries: Sequence[ZooEntry]) -> _Found:
    """Of two networks that differ only in their width, the wider is the larger file."""
    series: dict[Hashable, list[tuple[float, int, str]]] = defaultdict(list)
    for entry in entries:
        widths = _WIDTH.findall(entry.name)
        if len(widths) == 1 and entry.size_bytes is not None and entry.url is not None:
            kind = (entry.family, entry.quantization, _WIDTH.sub("_#", entry.name))
            series[kind].append((float(widths[0]), entry.size_bytes, entry.name))
    for members in series.values():
        for (_, smaller, other), (_, larger, name) in pairwise(sorted(members)):
            if larger <= smaller:
                yield name, f"it is wider than {other}, and no larger: {larger} and {smaller} bytes"
