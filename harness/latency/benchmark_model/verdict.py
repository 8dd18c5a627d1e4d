"""From the facts of a log to one status and its reason. The rules: docs/benchmark_model.md. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.latency.benchmark_model.delegation import Applied, Backend, Extent
from harness.latency.benchmark_model.facts import Facts
from harness.latency.benchmark_model.failure import (
    TIMEOUT,
    because,
    crash,
    death,
    failure,
    first_error,
    meaning,
)
from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.log import Judgement
from harness.latency.benchmark_model.parameters import Parameters
from harness.latency.benchmark_model.request import Request, request_of
from harness.latency.benchmark_model.timings import parse_number
from harness.records.vocabulary import Delegate, Status

__all__ = ["disturbances", "judge"]

_BACKEND = {
    Delegate.CPU: Backend.XNNPACK,
    Delegate.GPU: Backend.GPU,
    Delegate.NNAPI: Backend.NNAPI,
    Delegate.COREML: Backend.COREML,
    Delegate.NPU: Backend.NPU,
    Delegate.OTHER: Backend.OTHER,
}
_CPUS = (Delegate.CPU, Delegate.CPU_BUILTIN)
_LIBRARIES = ("external_delegate_path", "stable_delegate_settings_file")
_SAID_ELSEWHERE = ("Following operations are not supported",)


def judge(facts: Facts) -> Judgement:
    """Status, reason, and requested → actual delegate. The exit status alone decides nothing good."""
    if not facts.tool.measures and (facts.tool is not Tool.UNKNOWN or not facts.parameters.command):
        looks = f"not a benchmark_model latency log: it looks like {facts.tool}"
        ended = crash(facts.lines) if facts.tool is Tool.UNKNOWN else None
        return Judgement(Status.FAILED, looks + because(ended), requested=None)
    request = request_of(
        facts.parameters,
        facts.delegation,
        facts.tool,
        facts.lines,
        has_percentiles=facts.has_percentiles,
    )
    why = failure(facts)
    if why is not None:
        return _failed(facts, request, why)
    return _ran(facts, request)


def _failed(facts: Facts, request: Request, reason: str) -> Judgement:
    """What is said of delegation holds only once the session came up: nodes are replaced, and counted,
    before the delegate that takes them can still fail or crash."""
    applied = _applied(facts, request.delegate) if facts.initialised else Applied()
    return Judgement(
        Status.FAILED,
        reason,
        requested=request.delegate,
        delegation=applied.extent,
        delegated_nodes=applied.delegated_nodes,
        total_nodes=applied.total_nodes,
        partitions=applied.partitions,
        evidence=applied.evidence or None,
        warnings=tuple(_warnings(facts, request)),
    )


def _ran(facts: Facts, request: Request) -> Judgement:
    actual = _actual(facts, request)
    applied = _applied(facts, request.delegate)
    status, reason = _compare(facts, request, actual, applied)
    extent, nodes = _extent(facts, request, actual, applied)
    return Judgement(
        status,
        reason,
        requested=request.delegate,
        actual=actual,
        delegation=extent,
        delegated_nodes=nodes[0],
        total_nodes=nodes[1],
        partitions=applied.partitions,
        evidence=applied.evidence or None,
        warnings=tuple(_warnings(facts, request)),
    )


def _extent(
    facts: Facts, request: Request, actual: Delegate, applied: Applied
) -> tuple[Extent | None, tuple[int | None, int | None]]:
    """How much the requested delegate took, with node counts where the log has them."""
    extent = applied.extent
    if extent is None and request.delegate not in (actual, Delegate.CPU_BUILTIN):
        extent = Extent.NONE
    nodes = (applied.delegated_nodes, applied.total_nodes)
    if extent is Extent.NONE and nodes[0] is None and facts.delegation.graph_nodes is not None:
        nodes = (0, facts.delegation.graph_nodes)
    return extent, nodes


def _applied(facts: Facts, requested: Delegate | None) -> Applied:
    """What the requested delegate took, as far as the log proves it."""
    backend = _BACKEND.get(requested) if requested is not None else None
    if backend is None:
        return Applied()
    applied = facts.delegation.applied.get(backend, Applied())
    if applied.extent is None and facts.fully_accelerated is not None and _took(facts, backend):
        extent = Extent.COMPLETE if facts.fully_accelerated else Extent.PARTIAL
        return Applied(extent, applied.delegated_nodes, applied.total_nodes, applied.partitions)
    return applied


def _took(facts: Facts, backend: Backend) -> bool:
    return facts.delegation.took(backend)


def _actual(facts: Facts, request: Request) -> Delegate:
    """The requested delegate where it took a part, else any other that did, else the CPU.

    XNNPACK takes what another delegate leaves: its being there says nothing while one of them took a part.
    """
    others = [each for each in _BACKEND if each is not Delegate.CPU and _took(facts, _BACKEND[each])]
    if request.delegate in others:
        return request.delegate
    if others:
        return others[0]
    return Delegate.CPU if _took(facts, Backend.XNNPACK) else Delegate.CPU_BUILTIN


def _compare(facts: Facts, request: Request, actual: Delegate, applied: Applied) -> tuple[Status, str | None]:
    wanted = request.delegate
    if wanted is Delegate.OTHER and actual is Delegate.OTHER:
        return Status.UNSUPPORTED, _no_word(request, facts)
    if wanted is actual:
        if wanted in _CPUS or applied.extent is Extent.COMPLETE:
            return Status.OK, None
        return Status.FALLBACK, _partial(facts, str(wanted), applied)
    if wanted is Delegate.CPU and actual is Delegate.CPU_BUILTIN:
        return Status.FALLBACK, _no_xnnpack(facts, applied)
    asked = request.other if wanted is Delegate.OTHER else str(wanted)
    return Status.FALLBACK, f"asked for {asked}, ran on {actual}{because(_why_not(facts, wanted))}"


def _no_word(request: Request, facts: Facts) -> str:
    applied = facts.delegation.applied.get(Backend.OTHER, Applied())
    took = ""
    if applied.delegated_nodes is not None and applied.total_nodes is not None:
        took = f", which took {applied.delegated_nodes} of {applied.total_nodes} nodes"
    return f"ran on {request.other}{took}: a delegate harness has no word for"


def _partial(facts: Facts, wanted: str, applied: Applied) -> str:
    if applied.extent is None:
        return f"the log does not prove that {wanted} took the whole graph"
    took = "only a part of the graph"
    if applied.delegated_nodes is not None and applied.total_nodes is not None:
        took = f"{applied.delegated_nodes} of {applied.total_nodes} nodes"
    elif applied.kernels is not None:
        took = f"{took} ({applied.kernels} delegate kernels)"
    refused = facts.delegation.refused[:3] if wanted == Delegate.GPU.value else ()
    which = f" ({'; '.join(refused)})" if refused else ""
    return f"{wanted} took {took}; the CPU ran the rest{which}"


def _no_xnnpack(facts: Facts, applied: Applied) -> str:
    if applied.extent is Extent.NONE:
        return "XNNPACK took no node; the builtin kernels ran"
    if Backend.XNNPACK in facts.delegation.failed:
        why = facts.delegation.failed[Backend.XNNPACK]
        return f"XNNPACK could not be applied; the builtin kernels ran: {why}"
    return (
        "no sign of XNNPACK, so the builtin kernels count as what ran"
        " ('Created TensorFlow Lite XNNPACK delegate for CPU.' is missing;"
        " the runtime prints it on standard error)"
    )


def _why_not(facts: Facts, wanted: Delegate | None) -> str | None:
    """The shortest evidence why a delegate did not run."""
    if facts.parameters.ignored_text and any(
        flag.startswith("use_") or flag in _LIBRARIES for flag in facts.parameters.ignored
    ):
        return f"the tool ignored {facts.parameters.ignored_text}"
    backend = _BACKEND.get(wanted) if wanted is not None else None
    found = facts.delegation
    if backend is None or wanted is None:
        return None
    if backend in found.applied and found.applied[backend].evidence:
        return found.applied[backend].evidence
    if facts.parameters.accelerator_unused and backend is Backend.NNAPI:
        return "an accelerator was named without --use_nnapi=true"
    told = found.failed.get(backend) or found.absent.get(backend)
    return told[:300] if told else "the log does not show that it was applied"


def _warnings(facts: Facts, request: Request) -> Iterator[str]:
    parameters, found = facts.parameters, facts.delegation
    if parameters.ignored_text:
        yield f"the tool ignored these flags: {parameters.ignored_text[:200]}"
    yield from request.warnings
    if len(request.asked) > 1:
        names = ", ".join(request.asked)
        yield f"several delegates were asked for ({names}): the figures belong to no single one"
    if found.fell_to_opengl and found.gpu_api == "OpenGL":
        yield "OpenCL could not be used; the GPU ran on OpenGL"
    backend = parameters.text("gpu_backend", "gpu backend")
    known = _GPU_BACKENDS.get(facts.tool)
    if backend and known and request.delegate is Delegate.GPU and backend not in known:
        yield f"the tool does not know gpu_backend={backend} and chose one itself"
    yield from _litert_warnings(facts, request)
    yield from _nnapi_warnings(parameters, request)
    yield from _survived_errors(facts)
    yield from _run_warnings(facts)


def _litert_warnings(facts: Facts, request: Request) -> Iterator[str]:
    npu = facts.delegation.npu
    if request.delegate is Delegate.NPU and npu.device not in (None, "NPU") and npu.took:
        yield f"OpenVINO's {npu.device} device stands in the place of an NPU: its times say nothing of one"
    if request.delegate is Delegate.NPU and npu.took and not npu.total:
        yield "how many nodes of the original graph the NPU took is not in the log: it was compiled before"
    backend = (facts.parameters.text("gpu_backend") or "").lower()
    ran = (facts.delegation.gpu_api or "").lower()
    if (
        request.delegate is Delegate.GPU
        and backend
        and ran
        and backend not in (ran, ran.removeprefix("open"))
    ):
        yield f"gpu_backend={backend} was asked for, and {facts.delegation.gpu_api} ran"
    parameters = facts.parameters
    if facts.finished and not parameters.echoed and not parameters.command:
        yield f"the log shows no parameter of the run: that it was asked for {request.delegate} is assumed"


def _nnapi_warnings(parameters: Parameters, request: Request) -> Iterator[str]:
    if request.delegate is not Delegate.NNAPI:
        return
    accelerator = parameters.text("nnapi_accelerator_name", "nnapi accelerator name")
    available = parameters.value("nnapi accelerators available")
    if accelerator == "nnapi-reference":
        yield "nnapi-reference is NNAPI's reference implementation on the CPU"
    elif parameters.says("disable_nnapi_cpu", "disable nnapi cpu") is False:
        yield "nnapi-reference, which runs on the CPU, was allowed (disable_nnapi_cpu=false)"
    elif available == "nnapi-reference":
        yield "the device offers no NNAPI accelerator but nnapi-reference, which runs on the CPU"


def _survived_errors(facts: Facts) -> Iterator[str]:
    """An error that did not end the run, such as a result file that could not be written."""
    error = first_error([line for line in facts.lines if not line.text.startswith(_SAID_ELSEWHERE)])
    if facts.finished and error is not None:
        yield f"an error was printed and the run went on: {error}"


def _run_warnings(facts: Facts) -> Iterator[str]:
    parameters = facts.parameters
    yield from disturbances(parameters)
    if parameters.threads == 0:
        yield "num_threads=0 means one thread to the runtime"
    if parameters.command.get("num_threads") == "":
        yield f"--num_threads= was empty; the tool took {parameters.threads} threads from nowhere"
    if facts.finished and facts.runs is not None and 0 < facts.runs < _FEW_RUNS:
        yield f"only {facts.runs} run(s) were measured"
    status = facts.exit_status
    if facts.finished and status is not None and status >= TIMEOUT:
        yield f"the process ended with exit status {status}{meaning(status)} after its figures"
    elif facts.finished and (died := death(facts.lines)) is not None:
        yield f"the log has figures and says as well: {died}"
    if facts.parameters.exit_status is None and facts.exit_status is None and not facts.finished:
        yield "the exit status is not known"
    starts = sum("STARTING!" in line.text for line in facts.lines)
    if starts > 1:
        yield f"the log holds {starts} runs; only the last is read"


def disturbances(parameters: Parameters) -> Iterator[str]:
    """What the tool was told to do beside running the model, one sentence each."""
    if parameters.says("enable_op_profiling", "enable op profiling"):
        yield "op profiling was on: it slows every run"
    if parameters.says("report_peak_memory_footprint", "report the peak memory footprint"):
        yield "memory was polled by a thread of the tool: it may slow the runs"
    if any(_positive(parameters.value(name)) for name in _PAUSES):
        yield "the runs were spaced: clocks may have fallen between them"


def _positive(text: str | None) -> bool:
    number = parse_number(text) if text else None
    return number is not None and number > 0


_GPU_BACKENDS = {Tool.TFLITE: ("cl", "gl", "webgpu"), Tool.LITERT: ("webgpu", "opengl", "gl", "opencl", "cl")}
_PAUSES = ("inter-run delay (seconds)", "number of prorated runs per second")
_FEW_RUNS = 10
"""Below this a 5th and a 95th percentile are just the smallest and the largest time."""
