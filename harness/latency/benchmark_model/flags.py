"""From a trial to the command line of either `benchmark_model`. Pure; quoting is the connection's work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from harness.errors import LaunchError
from harness.latency.benchmark_model.help import Tool, ToolHelp
from harness.records.vocabulary import Delegate

__all__ = [
    "CommandLine",
    "GpuBackend",
    "InputFile",
    "NnapiPreference",
    "Purpose",
    "ToolRun",
    "UnknownFlagError",
    "command_line",
]


class GpuBackend(str, Enum):
    """The API the GPU delegate must use; the tool takes any other word without a word and ignores it."""

    CL = "cl"
    GL = "gl"


class NnapiPreference(str, Enum):
    """NNAPI's execution preference, in the tool's words."""

    FAST_SINGLE_ANSWER = "fast_single_answer"
    SUSTAINED_SPEED = "sustained_speed"
    LOW_POWER = "low_power"
    UNDEFINED = "undefined"


class Purpose(str, Enum):
    """What a launch is for: profiling and polling memory disturb times, so each has launches of its own."""

    LATENCY = "latency"
    OP_PROFILE = "op-profile"
    PEAK_MEMORY = "peak-memory"


class UnknownFlagError(LaunchError):
    """The binary does not list a flag without which it would silently run something else."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """An input of the model and a file on the phone with its raw bytes; without one the data is random."""

    name: str
    shape: tuple[int, ...]
    file: str | None


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One launch of the tool. None leaves the choice to it."""

    graph: str
    delegate: Delegate
    threads: int
    runs: int = 50
    min_s: float = 1.0
    max_s: float = 150.0
    warmup_runs: int = 1
    warmup_min_s: float = 0.5
    cpu_mask: int | None = None
    """Bit n: CPU n may be used."""
    purpose: Purpose = Purpose.LATENCY
    gpu_backend: GpuBackend | None = None
    gpu_half_precision: bool | None = None
    """Whether the GPU may compute float32 models in float16; the tool's own default is yes."""
    nnapi_accelerator: str | None = None
    nnapi_preference: NnapiPreference | None = None
    nnapi_cpu_allowed: bool = False
    require_full_delegation: bool = False
    result_file: str | None = None
    runtime_info_file: str | None = None
    input_files: tuple[InputFile, ...] = ()
    """All inputs of the model in its order, or none: then the tool feeds random data."""
    output_file: str | None = None


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Arguments, unquoted, and the flags left out because the binary does not list them."""

    arguments: tuple[str, ...]
    omitted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Flag:
    name: str
    value: str
    needed: bool = True
    """Without it the tool would run something else than was asked for."""


def command_line(binary: str, run: ToolRun, known: ToolHelp) -> CommandLine:
    """The command for one launch.

    An unknown flag is not an error to the tool: it warns, runs without it, and
    exits 0. So a flag that decides what is measured must be listed by the
    binary's `--help`; others are left out and named. Raises UnknownFlagError.
    """
    if not known.tool.measures:
        raise UnknownFlagError(
            f"{binary}: its --help lists no --graph, so it is no benchmark_model",
            next_step="name another one with --benchmark-binary FILE",
        )
    flags = tuple(_flags(run, known))
    missing = [flag for flag in flags if not known.knows(flag.name)]
    for flag in missing:
        if flag.needed:
            raise UnknownFlagError(
                f"{binary} does not know --{flag.name} and would silently run without it",
                next_step=f"use a benchmark_model built with it to measure {run.delegate}",
            )
    pinned = ("taskset", _mask(run.cpu_mask)) if run.cpu_mask is not None else ()
    given = tuple(f"--{flag.name}={flag.value}" for flag in flags if flag not in missing)
    return CommandLine((*pinned, binary, *given), tuple(flag.name for flag in missing))


def _flags(run: ToolRun, known: ToolHelp) -> Iterator[_Flag]:
    yield _Flag("graph", run.graph)
    yield _Flag("num_threads", str(_positive(run.threads, "threads")))
    # Old tools lack some of these: they measure as long as they are used to, and the log tells how long.
    yield _Flag("num_runs", str(_positive(run.runs, "runs")), needed=False)
    yield _Flag("min_secs", f"{run.min_s:g}", needed=False)
    yield _Flag("max_secs", f"{run.max_s:g}", needed=False)
    yield _Flag("warmup_runs", str(run.warmup_runs), needed=False)
    yield _Flag("warmup_min_secs", f"{run.warmup_min_s:g}", needed=False)
    yield from (_litert_delegate if known.tool is Tool.LITERT else _tflite_delegate)(run, known)
    if run.require_full_delegation:
        yield _Flag("require_full_delegation", "true")
    yield from _purpose(run, known)
    yield from _files(run)


def _tflite_delegate(run: ToolRun, known: ToolHelp) -> Iterator[_Flag]:
    """The tool prints what an explicitly applied delegate took, so XNNPACK is asked for by name."""
    if run.delegate is Delegate.CPU:
        yield _Flag("use_xnnpack", "true", needed=False)
    elif run.delegate is Delegate.CPU_BUILTIN:
        yield _Flag("use_xnnpack", "false")
    elif run.delegate is Delegate.GPU:
        yield _Flag("use_gpu", "true")
        if run.gpu_backend is not None:
            yield _Flag("gpu_backend", run.gpu_backend.value)
        if run.gpu_half_precision is not None:
            yield _Flag("gpu_precision_loss_allowed", _switch(run.gpu_half_precision))
    elif run.delegate is Delegate.NNAPI:
        yield from _nnapi(run)
    else:
        yield _Flag(f"use_{run.delegate.value}", "true")


def _nnapi(run: ToolRun) -> Iterator[_Flag]:
    yield _Flag("use_nnapi", "true")
    if run.nnapi_accelerator is not None:
        yield _Flag("nnapi_accelerator_name", run.nnapi_accelerator)
    if run.nnapi_preference is not None:
        yield _Flag("nnapi_execution_preference", run.nnapi_preference.value)
    if run.nnapi_cpu_allowed:
        yield _Flag("disable_nnapi_cpu", "false")


def _litert_delegate(run: ToolRun, known: ToolHelp) -> Iterator[_Flag]:
    """LiteRT's newer tool: switches of accelerators; it has neither NNAPI nor a CPU without XNNPACK."""
    if run.delegate is Delegate.CPU:
        yield _Flag("use_cpu", "true")
    elif run.delegate is Delegate.GPU:
        yield _Flag("use_cpu", "false")
        yield _Flag("use_gpu", "true")
        if run.gpu_backend is GpuBackend.GL:
            # Without it OpenCL is taken, for which the tool has no word.
            yield _Flag("gpu_backend", "opengl")
        if run.gpu_half_precision is not None:
            yield _litert_precision(known, half=run.gpu_half_precision)
    else:
        raise UnknownFlagError(
            f"LiteRT's benchmark_model cannot run {run.delegate}",
            next_step="use TFLite's benchmark_model for it",
        )


def _litert_precision(known: ToolHelp, *, half: bool) -> _Flag:
    """The flag of 2026-05 on is written with a dash; older tools have a switch."""
    if known.knows("gpu-precision"):
        return _Flag("gpu-precision", "fp16" if half else "fp32")
    return _Flag("allow_fp16", _switch(half))


def _purpose(run: ToolRun, known: ToolHelp) -> Iterator[_Flag]:
    if run.purpose is Purpose.OP_PROFILE:
        yield _Flag("use_profiler" if known.tool is Tool.LITERT else "enable_op_profiling", "true")
    elif run.purpose is Purpose.PEAK_MEMORY:
        yield _Flag("report_peak_memory_footprint", "true")


def _files(run: ToolRun) -> Iterator[_Flag]:
    """Files only add to what the log says, except inputs: without them the outputs are of other data."""
    if run.input_files:
        names = [_layer(each.name, number) for number, each in enumerate(run.input_files)]
        shapes = (",".join(map(str, each.shape)) for each in run.input_files)
        yield _Flag("input_layer", ",".join(names))
        yield _Flag("input_layer_shape", ":".join(shapes))
        pairs = [
            f"{_escaped(name)}:{_escaped(each.file)}"
            for name, each in zip(names, run.input_files, strict=True)
            if each.file is not None
        ]
        if pairs:
            yield _Flag("input_layer_value_files", ",".join(pairs))
    if run.output_file is not None:
        yield _Flag("output_filepath", run.output_file)
    if run.result_file is not None:
        yield _Flag("result_file_path", run.result_file, needed=False)
    if run.runtime_info_file is not None:
        yield _Flag("export_model_runtime_info", "true", needed=False)
        yield _Flag("model_runtime_info_output_file", run.runtime_info_file, needed=False)


def _layer(name: str, number: int) -> str:
    """The tool goes by position and only warns of another name; a comma would split one in two."""
    return name if name and "," not in name else f"input_{number}"


def _escaped(text: str) -> str:
    """The tool's parser takes `::` for a colon (benchmark_tflite_model.cc); its help says otherwise."""
    return text.replace(":", "::")


def _mask(cpus: int) -> str:
    """toybox's taskset takes a hexadecimal mask without `0x`."""
    if cpus <= 0:
        raise ValueError(f"a CPU mask of {cpus} allows no CPU")
    return f"{cpus:x}"


def _positive(number: int, what: str) -> int:
    """The tool runs with nonsense: `--num_threads=` took 83 threads, `--num_runs=0` measures nothing."""
    if number < 1:
        raise ValueError(f"{what}: {number} is less than 1")
    return number


def _switch(on: bool) -> str:
    return "true" if on else "false"
