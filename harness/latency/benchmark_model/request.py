"""What a run was asked to run on, in the words of harness. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import Backend, DelegationFacts
from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.parameters import Parameters
from harness.latency.benchmark_model.variant import other_delegate
from harness.records.vocabulary import Delegate

__all__ = ["Request", "request_of"]

_NPU_PATHS = re.compile(r"(?:dispatch|compiler_plugin)_library_path: ?(\S*)")
# LiteRT's tool of 2025 registers every accelerator and names the paths whatever it was asked for; that of
# 2026 does so only where it was (litert/tools/benchmark_litert_model.cc, 057da369 and 15bfaa8b).
_OF_2025 = ("Loading GPU accelerator(", "CPU accelerator registered")
_NPU_ASKED = ("dispatch_library_path:", "NPU accelerator registered", "NPU accelerator could not be loaded")
_GPU_ASKED = "Attempting to load GPU accelerator("
_VENDOR_FLAG = re.compile(r"for flag '(?:intel_openvino|qualcomm|mediatek|google_tensor|samsung)_")


@dataclass(frozen=True, slots=True)
class Request:
    """`delegate` is the first that was asked for, in the order the tool applies them.

    `other` is the name of one that has no word here.
    """

    delegate: Delegate
    other: str | None = None
    asked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def request_of(
    parameters: Parameters,
    delegation: DelegationFacts,
    tool: Tool,
    lines: Sequence[Line] = (),
    *,
    has_percentiles: bool = True,
) -> Request:
    """From the parameters, and from what the log proves where they are silent; else XNNPACK."""
    asked = list(dict.fromkeys(_asked(parameters, delegation, tool, lines)))
    other = other_delegate(parameters, lines)
    if not asked and other is None and not parameters.command:
        asked, other = _seen(delegation)
    names = (*map(str, asked), *((other,) if other else ()))
    warnings = tuple(_doubts(parameters, tool, lines, asked))
    if asked:
        return Request(asked[0], other, names, warnings)
    if other is not None:
        return Request(Delegate.OTHER, other, names, warnings)
    cpu = _cpu(parameters, delegation, is_old=_is_old(tool, lines) and not has_percentiles)
    return Request(cpu, None, names, warnings)


def _asked(
    parameters: Parameters, delegation: DelegationFacts, tool: Tool, lines: Sequence[Line]
) -> Iterator[Delegate]:
    switches = (("use_nnapi", "use nnapi"), ("use_legacy_nnapi", "use legacy nnapi"))
    if parameters.accelerator_unused or any(parameters.says(*switch) for switch in switches):
        yield Delegate.NNAPI
    if tool is Tool.LITERT:
        yield from _accelerators(parameters, lines)
    elif parameters.says("use_npu", "use npu"):
        yield Delegate.NPU
    if parameters.says("use_gpu", "use gpu"):
        yield Delegate.GPU
    if parameters.says("use_coreml", "use coreml", "use core ml"):
        yield Delegate.COREML


def _accelerators(parameters: Parameters, lines: Sequence[Line]) -> Iterator[Delegate]:
    """LiteRT's tool echoes no switch: a command line tells, or signs; its Python port names accelerators."""
    named = (parameters.value("accelerators") or "").lower()
    if parameters.says("use_npu", "use npu") or "npu" in named:
        yield Delegate.NPU
    if "gpu" in named:
        yield Delegate.GPU
    if named or any(name.startswith("use_") for name in parameters.command):
        return
    if _is_of_2025(lines):
        if any(_given_paths(lines)):
            yield Delegate.NPU
        return
    if any(_has(lines, sign) for sign in _NPU_ASKED) or any(_VENDOR_FLAG.search(each.text) for each in lines):
        yield Delegate.NPU
    if _has(lines, _GPU_ASKED):
        yield Delegate.GPU


def _given_paths(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        found = _NPU_PATHS.search(line.text)
        if found is not None and found[1]:
            yield found[1]


def _has(lines: Sequence[Line], sign: str) -> bool:
    return any(sign in line.text for line in lines)


def _is_of_2025(lines: Sequence[Line]) -> bool:
    return any(line.text.startswith(_OF_2025) for line in lines)


def _doubts(
    parameters: Parameters, tool: Tool, lines: Sequence[Line], asked: Sequence[Delegate]
) -> Iterator[str]:
    if tool is Tool.LITERT and not asked and not parameters.command and _is_of_2025(lines):
        yield "whether an accelerator was asked for is not in the log: LiteRT's tool of 2025 does not tell"


def _seen(delegation: DelegationFacts) -> tuple[list[Delegate], str | None]:
    """What took nodes although no parameter names it: somebody asked for it."""
    for backend, delegate in (
        (Backend.NPU, Delegate.NPU),
        (Backend.GPU, Delegate.GPU),
        (Backend.NNAPI, Delegate.NNAPI),
        (Backend.COREML, Delegate.COREML),
    ):
        if delegation.took(backend):
            return [delegate], None
    other = delegation.applied.get(Backend.OTHER)
    named = (other.name or "a delegate without a name") if other is not None else None
    return [], named if delegation.took(Backend.OTHER) else None


def _cpu(parameters: Parameters, delegation: DelegationFacts, *, is_old: bool) -> Delegate:
    """XNNPACK unless it was switched off, or the tool is of before it was the default.

    A log that echoes every parameter shows the switch as off although nobody
    set it, and XNNPACK is applied all the same; then its presence tells.
    """
    said = parameters.says("use_xnnpack", "use xnnpack")
    if said is not None:
        return Delegate.CPU if said else Delegate.CPU_BUILTIN
    echoed_off = parameters.value("use xnnpack") is not None and not parameters.command
    seen = Backend.XNNPACK in delegation.created or Backend.XNNPACK in delegation.applied
    return Delegate.CPU_BUILTIN if (echoed_off or is_old) and not seen else Delegate.CPU


def _is_old(tool: Tool, lines: Sequence[Line]) -> bool:
    """Whether it is a tool of 2020 or before, whose lines begin with no level of its own."""
    own = [line for line in lines if line.text.startswith(("STARTING!", "Graph: [", "Min num runs: ["))]
    return tool is Tool.TFLITE and bool(own) and all(line.level is None for line in own)
