"""From an order and the user's options to the tool's command line. Pure."""

from __future__ import annotations

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

__all__ = ["RESULT", "RUNTIME_INFO", "command_for"]

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
    sampling, delegate = order.sampling, order.trial.delegate
    gpu, nnapi = delegate is Delegate.GPU, delegate is Delegate.NNAPI
    return command_line(
        tool.path,
        ToolRun(
            graph=graph,
            delegate=delegate,
            threads=order.trial.threads,
            runs=sampling.samples_min,
            min_s=sampling.samples_max_ms / 1e3,
            max_s=order.timeout_s,
            warmup_runs=sampling.warmup_min,
            warmup_min_s=sampling.warmup_max_ms / 1e3,
            cpu_mask=int(cpus.mask, 16) if cpus is not None else None,
            purpose=purpose,
            gpu_backend=GpuBackend(options.gpu_backend) if gpu and options.gpu_backend else None,
            gpu_half_precision=_HALF[options.gpu_precision] if gpu and options.gpu_precision else None,
            nnapi_accelerator=options.nnapi_accelerator if nnapi else None,
            nnapi_preference=NnapiPreference(options.nnapi_preference)
            if nnapi and options.nnapi_preference
            else None,
            result_file=f"{folder}/{RESULT}",
            runtime_info_file=f"{folder}/{RUNTIME_INFO}",
            input_files=inputs,
        ),
        tool.help,
    )
