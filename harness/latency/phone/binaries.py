"""Where the stock tools come from: a file of one's own, the cache, or the official address for an ABI."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from harness.errors import UsageError, ZooError
from harness.latency.phone.program import check_program
from harness.zoo.fetch.fetch import Fetcher
from harness.zoo.fetch.source import FetchTarget, Source

__all__ = ["StockTool", "obtain_tool", "stand_in", "tool_target"]

_NIGHTLY = "https://storage.googleapis.com/tensorflow-nightly-public/prod/tensorflow/release/lite/tools/nightly/latest"
"""TensorFlow's documentation, "Performance measurement": the only place prebuilt tools are published."""

# What Android calls an ABI, and what `uname -m` says where there is no Android.
_ANDROID = {"arm64-v8a": "android_aarch64", "armeabi-v7a": "android_arm"}
_LINUX = {"aarch64": "linux_aarch64", "x86_64": "linux_x86-64", "armv7l": "linux_arm", "armv8l": "linux_arm"}


class StockTool(str, Enum):
    """A tool TensorFlow publishes, by the end of its file's name; `option` names a file of one's own."""

    BENCHMARK = "benchmark_model"
    EVALUATION = "eval_imagenet_image_classification"

    @property
    def option(self) -> str:
        """The option that names one."""
        return "--benchmark-binary" if self is StockTool.BENCHMARK else "--evaluation-binary"


def tool_target(tool: StockTool, abis: Sequence[str], machine: str | None) -> FetchTarget:
    """The published file for a phone, by its best ABI, or by `uname -m`. Raises UsageError."""
    known = next((_ANDROID[abi] for abi in abis if abi in _ANDROID), None)
    if known is None and not abis:
        known = _LINUX.get(machine or "")
    if known is None:
        what = ", ".join(abis) or machine or "no ABI at all"
        raise UsageError(
            f"there is no published {tool.value} for this phone ({what})",
            next_step=f"build one and name it with {tool.option} FILE",
        )
    name = f"{known}_{tool.value}"
    return FetchTarget(f"tool:{name}", (Source(f"{_NIGHTLY}/{name}"),), suffix="")


def obtain_tool(
    tool: StockTool, own: Path | None, abis: Sequence[str], machine: str | None, fetcher: Fetcher
) -> Path:
    """A file that the phone can execute.

    A published tool has no public digest: the first download is trusted, its
    sha256 recorded, and a different one refused from then on. Raises UsageError.
    """
    if own is not None:
        check_program(own, abis)
        return own
    target = tool_target(tool, abis, machine)
    try:
        found = fetcher.fetch(target)
    except ZooError as error:
        raise UsageError(
            error.message,
            next_step=f"download {target.sources[0].url} elsewhere and name it with {tool.option} FILE",
        ) from error
    check_program(found, abis)
    return found


def stand_in(folder: Path) -> Path:
    """A file that the simulated phone takes for the tool: it brings its own, and only looks at the name."""
    file = folder / "simulated" / StockTool.BENCHMARK.value
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/system/bin/sh\n# The simulated phone runs a tool of its own in place of this file.\n")
    return file
