"""The options for phones, from words to a record. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import UnknownNameError, UsageError
from harness.latency.benchmark_model.flags import GpuBackend, NnapiPreference
from harness.records.run import PhoneOptions

__all__ = ["phone_options"]

_PRECISIONS = ("fp16", "fp32")
_CHOICES: dict[str, tuple[str, ...] | None] = {
    "gpu-backend": tuple(each.value for each in GpuBackend),
    "gpu-precision": _PRECISIONS,
    "nnapi-accelerator": None,
    "nnapi-preference": tuple(each.value for each in NnapiPreference),
    "fixed-performance": ("on", "off"),
}
_MOST = 80


def phone_options(
    pairs: Iterable[str],
    *,
    benchmark_binary: str | None = None,
    evaluation_binary: str | None = None,
    cores: str | None = None,
    profile: bool = False,
    on_device: bool = False,
) -> PhoneOptions | None:
    """`KEY=VALUE` pairs and what has an option of its own; None where nothing was said. Raises UsageError."""
    said = dict(_pair(text) for text in pairs)
    found = PhoneOptions(
        benchmark_binary=benchmark_binary,
        evaluation_binary=evaluation_binary,
        cores=cores,
        gpu_backend=said.get("gpu-backend"),
        gpu_precision=said.get("gpu-precision"),
        nnapi_accelerator=said.get("nnapi-accelerator"),
        nnapi_preference=said.get("nnapi-preference"),
        fixed_performance=said.get("fixed-performance") == "on",
        profile=profile,
        accuracy_on_device=on_device,
    )
    return found if found != PhoneOptions() else None


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if key not in _CHOICES:
        raise UnknownNameError("option of --phone", key, _CHOICES, list_command="harness run --help")
    choices = _CHOICES[key]
    if not equals or (choices is not None and value not in choices):
        raise UsageError(f"--phone {text}: choose {key}={'|'.join(choices or ('NAME',))}")
    # The tool splits lists at commas and its log echoes the value in brackets.
    if not value or len(value) > _MOST or not value.isprintable() or set(value) & set("[], "):
        raise UsageError(f"--phone {text}: {value!r} is no name of an accelerator")
    return key, value
