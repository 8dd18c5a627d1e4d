"""What the collected facts of one hosted model become in an entry of the zoo file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hosted_addresses import Address, Addresses, addresses_of, proven_sha256

__all__ = ["GROUPS", "entry_of", "expanded", "why_incomplete"]

Fact = Mapping[str, Any]

GROUPS = {
    "Quantized models": ("hosted-quantized",),
    "Floating point models": ("hosted-float",),
    "AutoML mobile models": ("hosted-automl",),
    "EfficientNet-Lite README": ("efficientnet-lite",),
    "slim MobileNet V2 checkpoints": ("slim-v2-float",),
    "slim MobileNet V2 checkpoints, quantized column": ("slim-v2-quantized",),
    "slim MobileNet V3 checkpoints": ("slim-v3",),
    "slim MobileNet EdgeTPU checkpoints": ("edgetpu",),
    "MLPerf Mobile v4": ("mlperf-mobile",),
    "mediapipe-assets": ("mediapipe",),
    "MediaPipe image classifier": ("mediapipe",),
    "task library sample": ("task-library",),
    "Hugging Face litert-community": ("litert-community",),
}
"""Group by the table the facts came from. Tables that are not named here yield no entry."""

_IMAGENET = {"mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]}
_EFFICIENTNET = {"crop": "efficientnet", "resize": "bicubic"}
_EVALUATION_TOOL = {"crop": "central", "crop_fraction": 0.875, "resize": "bilinear"}

_TASK_LIBRARY = ("tensorflow/examples", "tensorflow/examples ios")
_WITH_METADATA = ("mediapipe", "ai-edge")
_NOT_FOR_NOTES = re.compile(r"find_string|\bid \d{6,}")
_ODD_LATENCY = "tensorflow-mobile (not TFLite)"


def expanded(fact: Fact) -> Iterator[Fact]:
    """The facts, and those of other files of the same network that they name as mirrors."""
    yield fact
    packed = [each for each in fact.get("mirrors", ()) if each["kind"] in _WITH_METADATA]
    if packed:
        first, *others = packed
        yield {
            **_same_network(fact),
            "name": f"mediapipe_{_stem(first['url'])}_float32",
            "table": "MediaPipe image classifier",
            "url": first["url"],
            "source": first["source"],
            "mirrors": [{"kind": "mlcommons mobile", "url": each["url"]} for each in others],
            "doubts": ["the addresses are taken to hold one file; no digest of it is published"],
        }
    for mirror in fact.get("mirrors", ()):
        if mirror["kind"] in _TASK_LIBRARY:
            yield {
                **_same_network(fact),
                "name": _stem(mirror["url"]),
                "table": "task library sample",
                "url": mirror["url"],
                "source": mirror["source"],
            }


def _same_network(fact: Fact) -> dict[str, Any]:
    kept = ("family", "quantization", "input_size", "classes", "label_offset", "license", "doubts")
    return {key: fact[key] for key in kept if key in fact}


def _stem(url: str) -> str:
    return url.rsplit("/", 1)[1].removesuffix(".tflite")


def why_incomplete(fact: Fact) -> str | None:
    """Why there is no entry; None where all that one needs is known."""
    if fact["table"] not in GROUPS:
        return f"table {fact['table']!r} is not part of the zoo"
    if fact["table"].endswith("litert-community") and "pinned_url" not in fact:
        return "address on `main`, whose files were replaced before; no digest, input size or layout stated"
    if _size(fact) is None:
        return "input size and layout are not stated"
    if fact.get("label_offset") is None:
        return "the position of the first class is not stated"
    return None


def entry_of(fact: Fact) -> tuple[dict[str, Any], Addresses]:
    """The entry as the YAML has it, and the addresses it was made from."""
    found = addresses_of(fact)
    first, *others = found.kept
    digest = fact.get("tflite_digest") or {}
    proven = proven_sha256(fact) is not None or "note" not in digest
    made: dict[str, Any] = {
        "name": entry_name(fact["name"]),
        "family": fact["family"],
        **first.as_yaml(),
        "gone": found.gone,
        "mirrors": [_mirror(each, proven_sha256(fact)) for each in others],
        "sha256": proven_sha256(fact),
        "size_bytes": digest.get("bytes") if proven else None,
        "quantization": quantization(fact),
        "input": _input(fact),
        "preprocess": preprocess(fact),
        "labels": {"offset": fact["label_offset"]},
        "published": _published(fact),
        "license": str(fact["license"]).split(" (")[0] if "license" in fact else None,
        "source": _source(fact),
        "notes": list(_notes(fact)),
        "groups": ["hosted", *GROUPS[fact["table"]]],
    }
    return {key: value for key, value in made.items() if value not in (None, [], {})}, found


def _mirror(address: Address, sha256: str | None) -> dict[str, Any]:
    """Without the digest that the entry itself states."""
    made = address.as_yaml()
    return {key: value for key, value in made.items() if (key, value) != ("archive_sha256", sha256)}


def entry_name(name: str) -> str:
    """`mediapipe-assets/…/x` and `litert-community/x` become `mediapipe_x` and `litert_x`."""
    if "/" not in name:
        return name
    return f"{name.split('/', 1)[0].split('-', 1)[0]}_{name.rsplit('/', 1)[1]}"


def quantization(fact: Fact) -> str:
    """The word of the facts in the vocabulary of the zoo."""
    word = str(fact["quantization"]).split(" ")[0]
    return {"fp32": "float32"}.get(word, word)


def _size(fact: Fact) -> int | None:
    if "input_size" in fact:
        return int(fact["input_size"])
    shape = re.findall(r"\d+", fact.get("input_layout", ""))
    return max(map(int, shape)) if shape else None


def _input(fact: Fact) -> dict[str, Any]:
    size, kind = _size(fact), quantization(fact)
    dtype = kind
    if fact["family"] == "efficientnet_lite" and kind == "int8":
        dtype = "uint8"  # int8 inside, uint8 at both ends
    made = {"height": size, "width": size, "dtype": dtype}
    return {**made, "layout": "NCHW"} if "NCHW" in fact.get("input_layout", "") else made


def preprocess(fact: Fact) -> dict[str, Any]:
    """The arithmetic of the family; integer inputs take pixels as they are."""
    if "preprocess" in fact:
        return {**_EVALUATION_TOOL, **fact["preprocess"]}
    if fact["family"] == "efficientnet_lite":
        normal = {"mean": 127, "std": 128} if quantization(fact) == "float32" else {}
        return {**_EFFICIENTNET, **normal}
    if fact["table"].endswith("litert-community"):
        return {**_EVALUATION_TOOL, **_IMAGENET}
    return dict(_EVALUATION_TOOL)


def _published(fact: Fact) -> dict[str, Any]:
    accuracy = fact.get("accuracy_source")
    source = short_source(accuracy) if accuracy else None
    rows = [
        _latency(row, source) for row in fact.get("published_latency", ()) if row["delegate"] != _ODD_LATENCY
    ]
    made = {
        "top1": fact.get("top1"),
        "top5": fact.get("top5"),
        "source": source,
        "size_mb": fact.get("size_mb"),
        "latency": rows,
    }
    return {key: value for key, value in made.items() if value not in (None, [])}


def _latency(row: Mapping[str, Any], section: str | None) -> dict[str, Any]:
    """One row; its source where that is not the one of the whole section."""
    keys = ("device", "delegate", "threads")
    made = {key: row[key] for key in keys if key in row} | {"latency_ms": row["ms"]}
    source = short_source(row["source"])
    return made if source == section else {**made, "source": source}


def short_source(text: str) -> str:
    """Repository, revision and path, without the remarks in brackets."""
    return text.split(" (")[0].strip()


def _source(fact: Fact) -> str:
    if fact["url"].startswith("https://huggingface.co/"):
        return "/".join(fact["url"].split("/")[:5])
    return short_source(str(fact["source"]))


def _notes(fact: Fact) -> Iterator[str]:
    status = str(fact.get("url_status", ""))
    if status.startswith("not reported dead"):
        yield f"address {status}"
    for doubt in fact.get("doubts", ()):
        if not _NOT_FOR_NOTES.search(doubt):
            yield " ".join(doubt.split())
    note = (fact.get("tflite_digest") or {}).get("note", "")
    if note.startswith("renamed copy"):
        yield "the copy at the mirror bears another name; that it is the same file is not proven"
    if fact["table"].endswith("litert-community"):
        yield "crop, resize and normalization are those of torchvision; the publisher does not state them"
