"""What a run was asked to run on, in the words of harness. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import Backend, DelegationFacts
from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.parameters import Parameters
from harness.records.vocabulary import Delegate

__all__ = ["Request", "request_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """`delegate` is the first that was asked for, in the order the tool applies them; `other` names
    something asked for that harness has no word for."""

    delegate: Delegate
    other: str | None = None
    asked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def request_of(parameters: Parameters, delegation: DelegationFacts, tool: Tool) -> Request:
    """From the parameters; XNNPACK is what runs where nothing else was asked for."""
    asked: list[Delegate] = []
    if _wants_nnapi(parameters):
        asked.append(Delegate.NNAPI)
    if parameters.says("use_gpu", "use gpu"):
        asked.append(Delegate.GPU)
    if parameters.says("use_coreml", "use coreml", "use core ml"):
        asked.append(Delegate.COREML)
    if tool is Tool.LITERT:
        asked += [each for each in _accelerators(parameters, delegation) if each not in asked]
    other = _other(parameters)
    names = (*(str(each) for each in asked), *((other,) if other else ()))
    if asked:
        return Request(asked[0], other=None, asked=names)
    return Request(_cpu(parameters, delegation), other, names)


def _wants_nnapi(parameters: Parameters) -> bool:
    switches = (("use_nnapi", "use nnapi"), ("use_legacy_nnapi", "use legacy nnapi"))
    return parameters.accelerator_unused or any(parameters.says(*switch) for switch in switches)


def _accelerators(parameters: Parameters, delegation: DelegationFacts) -> list[Delegate]:
    """LiteRT's newer tool echoes no switch: its Python port names accelerators, else only the log tells."""
    named = (parameters.value("accelerators") or "").lower()
    if "gpu" in named or (not parameters.command and delegation.took(Backend.GPU)):
        return [Delegate.GPU]
    return []


def _other(parameters: Parameters) -> str | None:
    library = parameters.text("external_delegate_path", "external delegate path")
    if library:
        return f"an external delegate ({library[:120]})"
    if parameters.says("use_hexagon", "use hexagon"):
        return "the Hexagon delegate"
    if parameters.says("use_npu", "use npu") or "npu" in (parameters.value("accelerators") or "").lower():
        return "an NPU"
    return None


def _cpu(parameters: Parameters, delegation: DelegationFacts) -> Delegate:
    """XNNPACK unless it was switched off.

    A log that echoes every parameter shows the switch as off although nobody
    set it, and XNNPACK is applied all the same; then its presence tells.
    """
    said = parameters.says("use_xnnpack", "use xnnpack")
    if said is not None:
        return Delegate.CPU if said else Delegate.CPU_BUILTIN
    echoed_off = parameters.value("use xnnpack") is not None and not parameters.command
    seen = Backend.XNNPACK in delegation.created or Backend.XNNPACK in delegation.applied
    return Delegate.CPU_BUILTIN if echoed_off and not seen else Delegate.CPU
