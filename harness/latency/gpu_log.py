"""What LiteRT's log says of the GPU: the adapter, the split of the graph, why there is none. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["GpuLog", "read_gpu_log"]

_ADAPTER = re.compile(r"Selected adapter: (.+)")
_SPLIT = re.compile(
    r"(\d+) operations? will run on the GPU, and the remaining (\d+) operations? will run on the CPU"
)
_NOT_SUPPORTED = re.compile(
    r"Following operations are not supported by GPU delegate:\n((?:.+\n)*?)\d+ operations?"
)
_NO_ADAPTER = ("No adapters found", "No GPU detected", "Can not open OpenCL library")


@dataclass(frozen=True, slots=True)
class GpuLog:
    """Facts of one launch on the GPU; None where the log does not tell."""

    adapter: str | None = None
    on_gpu: int | None = None
    on_cpu: int | None = None
    left_on_cpu: tuple[str, ...] = ()
    """Operations the delegate refused, with its reasons."""
    absence: str | None = None
    """Why no GPU could be used."""


def read_gpu_log(text: str) -> GpuLog:
    """Read the raw log of a launch. Never raises, whatever the text."""
    adapter = _ADAPTER.search(text)
    split = _SPLIT.search(text)
    refused = _NOT_SUPPORTED.search(text)
    return GpuLog(
        adapter=adapter.group(1).strip()[:200] if adapter else None,
        on_gpu=int(split.group(1)) if split else None,
        on_cpu=int(split.group(2)) if split else None,
        left_on_cpu=tuple(line.strip()[:200] for line in refused.group(1).splitlines()) if refused else (),
        absence=next((sign for sign in _NO_ADAPTER if sign in text), None),
    )
