"""The tool's command line, with its habits: unknown flags only warn, the first of two wins. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["DELEGATE_FLAGS", "FLAGS", "Flag", "FlagValueError", "Flags", "parse_flags", "usage"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: its type, its default, and the words its value is logged with."""

    name: str
    kind: str
    default: str
    logged: str
    help: str


FLAGS = (
    Flag("num_runs", "int32", "50", "Min num runs", "expected number of runs, see also min_secs, max_secs"),
    Flag("min_secs", "float", "1", "Min runs duration (seconds)", "minimum number of seconds to rerun for"),
    Flag("max_secs", "float", "150", "Max runs duration (seconds)", "maximum number of seconds to rerun for"),
    Flag("run_delay", "float", "-1", "Inter-run delay (seconds)", "delay between runs in seconds"),
    Flag("num_threads", "int32", "-1", "Num threads", "number of threads"),
    Flag("warmup_runs", "int32", "1", "Min warmup runs", "minimum number of warm-up runs"),
    Flag(
        "warmup_min_secs", "float", "0.5", "Min warmup runs duration (seconds)", "minimum seconds of warm-up"
    ),
    Flag(
        "verbose",
        "bool",
        "false",
        "Log parameter values verbosely",
        "whether to log parameters that are not set",
    ),
    Flag("dry_run", "bool", "false", "Run w/o invoking kernels", "load and allocate without invoking"),
    Flag(
        "report_peak_memory_footprint",
        "bool",
        "false",
        "Report the peak memory footprint",
        "report peak memory",
    ),
    Flag("graph", "string", "", "Graph", "graph file name"),
    Flag("input_layer", "string", "", "Input layers", "input layer names"),
    Flag("input_layer_shape", "string", "", "Input shapes", "input layer shape"),
    Flag(
        "input_layer_value_files",
        "string",
        "",
        "Input value files",
        "name:file of raw values, comma-separated",
    ),
    Flag("output_filepath", "string", "", "Output filepath", "file for the raw outputs of the last run"),
    Flag(
        "require_full_delegation",
        "bool",
        "false",
        "Require full delegation",
        "fail when the CPU takes a part",
    ),
    Flag("help", "bool", "false", "Help", "print out all supported flags if true"),
    Flag(
        "export_model_runtime_info",
        "bool",
        "false",
        "Enable Model Runtime Info Export",
        "write which delegate runs which node",
    ),
    Flag(
        "model_runtime_info_output_file",
        "string",
        "",
        "Proto File to export model runtime info to",
        "file for the model runtime info",
    ),
    Flag(
        "result_file_path",
        "string",
        "",
        "File path to save the benchmark result in binary proto format",
        "file for the result",
    ),
    Flag("max_delegated_partitions", "int32", "0", "Max number of delegated partitions", "most partitions"),
    Flag("use_xnnpack", "bool", "false", "Use xnnpack", "explicitly apply the XNNPACK delegate"),
    Flag("use_nnapi", "bool", "false", "Use NNAPI", "use nnapi delegate api"),
    Flag("nnapi_execution_preference", "string", "", "NNAPI execution preference", "execution preference"),
    Flag("nnapi_accelerator_name", "string", "", "NNAPI accelerator name", "the nnapi accelerator to use"),
    Flag("disable_nnapi_cpu", "bool", "true", "Disable NNAPI cpu", "disable the NNAPI CPU device"),
    Flag("nnapi_allow_fp16", "bool", "false", "Allow fp16 in NNAPI", "allow fp32 to be run in fp16"),
    Flag("use_gpu", "bool", "false", "Use gpu", "use gpu"),
    Flag(
        "gpu_precision_loss_allowed", "bool", "true", "Allow lower precision in gpu", "allow lower precision"
    ),
    Flag(
        "gpu_experimental_enable_quant",
        "bool",
        "true",
        "Enable running quant models in gpu",
        "quantized models",
    ),
    Flag(
        "gpu_inference_for_sustained_speed",
        "bool",
        "false",
        "Prefer maximizing the throughput in gpu",
        "throughput",
    ),
    Flag("gpu_backend", "string", "", "GPU backend", "force a backend: cl, gl"),
)
"""The flags this tool obeys; the real one has more. What it does not obey it does not know."""

_BY_NAME = {flag.name: flag for flag in FLAGS}

DELEGATE_FLAGS = frozenset(
    flag.name
    for flag in FLAGS
    if flag.name.startswith(("use_nnapi", "nnapi", "disable_nnapi", "use_gpu", "gpu"))
)
"""What a build without those delegates does not know."""


class FlagValueError(Exception):
    """A value that is not of the flag's type."""

    def __init__(self, name: str, argument: str) -> None:
        super().__init__(f"Failed to parse flag '{name}' against argv '{argument}'")


@dataclass(frozen=True, slots=True)
class Flags:
    """A command line that was read."""

    given: dict[str, str]
    unconsumed: tuple[str, ...]

    def text(self, name: str) -> str:
        """The value as text."""
        return self.given.get(name, _BY_NAME[name].default)

    def number(self, name: str) -> float:
        """The value as a number."""
        return float(self.text(name))

    def yes(self, name: str) -> bool:
        """The value as a truth."""
        return self.text(name) in ("true", "1")

    def log_lines(self) -> list[str]:
        """How the tool lists what was set."""
        lines = [f"Log parameter values verbosely: [{int(self.yes('verbose'))}]"]
        for flag in FLAGS:
            if flag.name in self.given and flag.name not in ("verbose", "help"):
                value = str(int(self.yes(flag.name))) if flag.kind == "bool" else self.text(flag.name)
                lines.append(f"{flag.logged}: [{value}]")
                if flag.name == "graph":
                    lines.append("Signature to run: []")
                    if "num_threads" in self.given:
                        lines.append(f"#threads used for CPU inference: [{self.text('num_threads')}]")
        return lines


def parse_flags(arguments: Sequence[str], *, without: frozenset[str] = frozenset()) -> Flags:
    """Only `--name=value` is a flag; everything else is left unconsumed. Raises FlagValueError."""
    given: dict[str, str] = {}
    unconsumed = []
    for argument in arguments:
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or not equals or name not in _BY_NAME or name in without:
            unconsumed.append(argument)
        elif name not in given:
            _check(name, value, argument)
            if value or _BY_NAME[name].kind == "string":
                given[name] = value
    return Flags(given, tuple(unconsumed))


def _check(name: str, value: str, argument: str) -> None:
    kind = _BY_NAME[name].kind
    try:
        if value and kind == "int32":
            int(value)
        elif value and kind == "float":
            float(value)
    except ValueError:
        raise FlagValueError(name, argument) from None
    if kind == "bool" and value not in ("true", "false", "1", "0"):
        raise FlagValueError(name, argument)


AFTER_2_4 = frozenset(
    (
        *("help", "dry_run", "report_peak_memory_footprint", "output_filepath", "require_full_delegation"),
        *("export_model_runtime_info", "model_runtime_info_output_file", "result_file_path"),
        *("gpu_inference_for_sustained_speed", "nnapi_allow_fp16", "verbose"),
    )
)
"""What a build of TensorFlow 2.4 does not know."""


def usage(*, without: frozenset[str] = frozenset(), column: str = "\toptional") -> str:
    """What `--help=true` prints; tools of TensorFlow 2.4 have no column of what is optional."""
    lines = ["usage: benchmark_model <flags>", "Flags:"]
    lines += [
        f"\t{'--' + flag.name + '=' + flag.default:<48}\t{flag.kind}{column}\t{flag.help}"
        for flag in FLAGS
        if flag.name not in without
    ]
    return "\n".join(lines) + "\n"
