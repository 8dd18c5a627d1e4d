"""From an order and the user's options to the tool's command line. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.devices.android.topology import CpuChoice
from harness.latency.benchmark_model.flags import (
    CommandLine,
    GpuBackend,
    InputFile,
    NnapiPreference,
    Purpose,
    ToolRun,
    command_line,
)
from harness.latency.launcher import LaunchOrder
from harness.latency.phone.tool import PhoneTool
from harness.records.run import PhoneOptions
from harness.records.vocabulary import Delegate

__all__ = ["RESULT", "RUNTIME_INFO", "command_for", "tool_run"]

RESULT = "result.pb"
RUNTIME_INFO = "nodes.pb"

_HALF = {"fp16": True, "fp32": False}


def command_for(
    order: LaunchOrder,
    tool: PhoneTool,
    options: PhoneOptions,
    *,
    graph: str,
    folder: str,
    inputs: tuple[InputFile, ...] = (),
    cpus: CpuChoice | None = None,
    purpose: Purpose = Purpose.LATENCY,
) -> CommandLine:
    """The command of one launch. Raises UnknownFlagError.

    The bounds of warm-up and sampling are those of the local device; the tool
    samples for a time and at least a number of runs, and keeps no samples.
    """
    sampling = order.sampling
    run = replace(
        tool_run(order.trial.delegate, order.trial.threads, options, graph=graph, cpus=cpus),
        runs=sampling.samples_min,
        min_s=sampling.samples_max_ms / 1e3,
        max_s=order.timeout_s,
        warmup_runs=sampling.warmup_min,
        warmup_min_s=sampling.warmup_max_ms / 1e3,
        purpose=purpose,
        result_file=f"{folder}/{RESULT}",
        runtime_info_file=f"{folder}/{RUNTIME_INFO}",
        input_files=inputs,
    )
    return command_line(tool.path, run, tool.help)


def tool_run(
    delegate: Delegate, threads: int, options: PhoneOptions, *, graph: str, cpus: CpuChoice | None
) -> ToolRun:
    """A run of the tool with the user's options for the delegate, as far as they concern it."""
    run = ToolRun(
        graph=graph,
        delegate=delegate,
        threads=threads,
        cpu_mask=int(cpus.mask, 16) if cpus is not None else None,
    )
    if delegate is Delegate.GPU:
        return replace(
            run,
            gpu_backend=GpuBackend(options.gpu_backend) if options.gpu_backend else None,
            gpu_half_precision=_HALF[options.gpu_precision] if options.gpu_precision else None,
        )
    if delegate is Delegate.NNAPI:
        wanted = options.nnapi_preference
        return replace(
            run,
            nnapi_accelerator=options.nnapi_accelerator,
            nnapi_preference=NnapiPreference(wanted) if wanted else None,
        )
    return run
