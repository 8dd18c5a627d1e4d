"""From the facts of a log to one status and its reason. The rules: docs/benchmark_model.md. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import Applied, Backend, DelegationFacts, Extent
from harness.latency.benchmark_model.help import Tool
from harness.latency.benchmark_model.lines import Line
from harness.latency.benchmark_model.log import Judgement
from harness.latency.benchmark_model.parameters import Parameters
from harness.latency.benchmark_model.request import Request, request_of
from harness.latency.benchmark_model.timings import parse_number
from harness.records.vocabulary import Delegate, Status

__all__ = ["Facts", "disturbances", "judge"]

_BACKEND = {
    Delegate.CPU: Backend.XNNPACK,
    Delegate.GPU: Backend.GPU,
    Delegate.NNAPI: Backend.NNAPI,
    Delegate.COREML: Backend.COREML,
}
# Errors that only say that something failed, or what happened next.
_HOLLOW = (
    "Benchmarking failed",
    "Restored original",
    "Falling back to OpenGL",
    "Failed to apply",
    "usage:",
    "Failed to load model",
)
# `Node number 31 (TfLiteGpuDelegateV2) failed to invoke.`
_INVOKE_FAILED = ") failed to invoke"
_SAID_ELSEWHERE = ("Following operations are not supported",)
_CRASH = re.compile(
    r"Segmentation fault|SIGSEGV|SIGABRT|Fatal signal|\bAborted\b|^Killed\b|Terminated$|Bus error|"
    r"Illegal instruction|"
    r"CANNOT LINK EXECUTABLE|not executable|Permission denied|inaccessible or not found|not found$|"
    r"(?:adb: )?error: (?:device|closed|protocol)|device offline|No space left|Out of memory"
)
# timeout(1) exits 124; a shell reports a signal as 128 and its number.
_TIMEOUT = 124
_SIGNAL = 128


@dataclass(frozen=True, slots=True)
class Facts:
    """What the parsers found in one log."""

    tool: Tool
    lines: Sequence[Line]
    parameters: Parameters
    delegation: DelegationFacts
    initialised: bool
    """The session came up: delegates were applied to the end, and what the log says of them holds."""
    finished: bool
    runs: int | None
    contradiction: str | None
    fully_accelerated: bool | None
    exit_status: int | None


def judge(facts: Facts) -> Judgement:
    """Status, reason, and requested → actual delegate. The exit status alone decides nothing good."""
    if not facts.tool.measures:
        return Judgement(
            Status.FAILED, f"not a benchmark_model latency log: it looks like {facts.tool}", requested=None
        )
    request = request_of(facts.parameters, facts.delegation, facts.tool)
    failure = _failure(facts)
    if failure is not None:
        return _failed(facts, request, failure)
    return _ran(facts, request)


def _failure(facts: Facts) -> str | None:
    """Why nothing was measured, with the shortest evidence; None where a run reached its end."""
    error = _first_error(facts.lines)
    if any("Benchmarking failed" in line.text for line in facts.lines):
        return _told_failure(facts, error)
    if not facts.finished:
        return _unfinished(facts, error)
    invoke = next((line.text for line in facts.lines if _INVOKE_FAILED in line.text), None)
    if invoke is not None:
        return f"an invoke failed: {invoke[:200]}"
    if facts.runs == 0:
        return "zero runs: the tool measured no invoke (dry run or num_runs=0), its average of 0 is no time"
    if facts.contradiction is not None:
        return facts.contradiction
    if facts.exit_status is not None and 0 < facts.exit_status < _TIMEOUT:
        return f"the tool ended with exit status {facts.exit_status} although it printed figures" + _because(
            error
        )
    return None


def _told_failure(facts: Facts, error: str | None) -> str:
    failed = next(iter(facts.delegation.failed), None)
    if failed is not None:
        return f"the {failed} delegate could not be applied{_because(error)}"
    if facts.finished:
        return f"an invoke failed: figures were printed, then 'Benchmarking failed.'{_because(error)}"
    return error or "the tool says 'Benchmarking failed.' and nothing of the cause"


def _unfinished(facts: Facts, error: str | None) -> str:
    crash = next((line.text[:160] for line in facts.lines if _CRASH.search(line.text)), None)
    status = facts.exit_status
    how = f" (exit status {status}{_meaning(status)})" if status else ""
    unfinished = "the run did not finish: the line 'Inference timings in us' is missing"
    return f"{unfinished}{how}{_because(crash or error)}"


def _meaning(status: int) -> str:
    if status == _TIMEOUT:
        return ": ended by timeout"
    return f": ended by signal {status - _SIGNAL}" if _SIGNAL < status < _SIGNAL + 65 else ""


def _because(evidence: str | None) -> str:
    return f": {evidence}" if evidence else ""


def _first_error(lines: Sequence[Line]) -> str | None:
    """The first error that names a cause, else the first one."""
    errors = [line.text[:200] for line in lines if line.is_error and line.text]
    telling = [text for text in errors if not text.startswith(_HOLLOW)]
    return next(iter(telling), None) or next(
        (text for text in errors if text.startswith("Failed to load")), None
    )


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
    extent = applied.extent
    if extent is None and request.delegate not in (actual, Delegate.CPU_BUILTIN):
        extent = Extent.NONE
    nodes = (applied.delegated_nodes, applied.total_nodes)
    if extent is Extent.NONE and nodes[0] is None and facts.delegation.graph_nodes is not None:
        nodes = (0, facts.delegation.graph_nodes)
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


def _actual(facts: Facts, request: Request) -> Delegate | None:
    """The requested delegate where it took a part, else the CPU with or without XNNPACK."""
    backend = _BACKEND.get(request.delegate) if request.delegate is not None else None
    if backend is not None and _took(facts, backend):
        return request.delegate
    if request.other is not None and _took(facts, Backend.OTHER):
        return None
    return Delegate.CPU if _took(facts, Backend.XNNPACK) else Delegate.CPU_BUILTIN


def _compare(
    facts: Facts, request: Request, actual: Delegate | None, applied: Applied
) -> tuple[Status, str | None]:
    if request.other is not None:
        return _other(request, actual)
    wanted = request.delegate
    if wanted is actual:
        if wanted in (Delegate.CPU, Delegate.CPU_BUILTIN) or applied.extent is Extent.COMPLETE:
            return Status.OK, None
        return Status.FALLBACK, _partial(facts, str(wanted), applied)
    if wanted is Delegate.CPU:
        return Status.FALLBACK, _no_xnnpack(facts, applied)
    return Status.FALLBACK, f"asked for {wanted}, ran on {actual}{_because(_why_not(facts, wanted))}"


def _other(request: Request, actual: Delegate | None) -> tuple[Status, str]:
    if actual is None:
        return Status.UNSUPPORTED, f"ran on {request.other}, which harness has no word for"
    return Status.FALLBACK, f"asked for {request.other}, which never reported; ran on {actual}"


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
        flag in facts.parameters.ignored for flag in ("use_gpu", "use_nnapi", "use_coreml", "use_xnnpack")
    ):
        return f"the tool ignored {facts.parameters.ignored_text}"
    backend = _BACKEND.get(wanted) if wanted is not None else None
    found = facts.delegation
    if backend is None:
        return None
    if backend in found.applied and found.applied[backend].evidence:
        return found.applied[backend].evidence
    if facts.parameters.accelerator_unused and backend is Backend.NNAPI:
        return "an accelerator was named without --use_nnapi=true"
    return (
        found.absent.get(backend) or found.failed.get(backend) or "the log does not show that it was applied"
    )


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
    if backend and request.delegate is Delegate.GPU and backend not in ("cl", "gl", "webgpu"):
        yield f"the tool does not know gpu_backend={backend} and chose one itself"
    yield from _nnapi_warnings(parameters, request)
    yield from _survived_errors(facts)
    yield from _run_warnings(facts)


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
    error = _first_error([line for line in facts.lines if not line.text.startswith(_SAID_ELSEWHERE)])
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
    if facts.finished and status is not None and status >= _TIMEOUT:
        yield f"the process ended with exit status {status}{_meaning(status)} after its figures"
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


_PAUSES = ("inter-run delay (seconds)", "number of prorated runs per second")
_FEW_RUNS = 10
"""Below this a 5th and a 95th percentile are just the smallest and the largest time."""
