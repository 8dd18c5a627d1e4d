"""Command lines for both tools of the name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.latency.benchmark_model.flags import (
    GpuBackend,
    InputFile,
    NnapiPreference,
    Purpose,
    ToolRun,
    UnknownFlagError,
    command_line,
)
from harness.latency.benchmark_model.help import Tool, ToolHelp, read_help
from harness.latency.benchmark_model.parameters import parse_flags
from harness.records.vocabulary import Delegate
from tests.latency.benchmark_model.real import text_of
from tests.latency.benchmark_model.test_help import LITERT_HELP

RUN = ToolRun(graph="/data/local/tmp/a model;$(x).tflite", delegate=Delegate.CPU, threads=4)


@pytest.fixture
def full(assets: Path) -> ToolHelp:
    """A build with the GPU and NNAPI providers."""
    return read_help(text_of(assets, "ad_help"))


@pytest.fixture
def plain(assets: Path) -> ToolHelp:
    """A build with XNNPACK only."""
    return read_help(text_of(assets, "help_true"))


def litert() -> ToolHelp:
    known = read_help(LITERT_HELP)
    base = (
        "num_threads",
        "min_secs",
        "max_secs",
        "warmup_runs",
        "warmup_min_secs",
        "allow_fp16",
        "use_profiler",
    )
    return ToolHelp(Tool.LITERT, {**known.defaults, **dict.fromkeys(base, "")})


def flags_of(run: ToolRun, known: ToolHelp) -> dict[str, str]:
    arguments = command_line("./benchmark_model", run, known).arguments
    assert arguments[0] == "./benchmark_model"
    return dict(each.removeprefix("--").split("=", 1) for each in arguments[1:])


def test_a_run_on_the_cpu(full: ToolHelp):
    assert command_line("./benchmark_model", RUN, full).arguments == (
        "./benchmark_model",
        "--graph=/data/local/tmp/a model;$(x).tflite",
        "--num_threads=4",
        "--num_runs=50",
        "--min_secs=1",
        "--max_secs=150",
        "--warmup_runs=1",
        "--warmup_min_secs=0.5",
        "--use_xnnpack=true",
    )


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"delegate": Delegate.CPU}, {"use_xnnpack": "true"}),
        ({"delegate": Delegate.CPU_BUILTIN}, {"use_xnnpack": "false"}),
        ({"delegate": Delegate.GPU}, {"use_gpu": "true"}),
        (
            {"delegate": Delegate.GPU, "gpu_backend": GpuBackend.GL, "gpu_half_precision": False},
            {"use_gpu": "true", "gpu_backend": "gl", "gpu_precision_loss_allowed": "false"},
        ),
        ({"delegate": Delegate.NNAPI}, {"use_nnapi": "true"}),
        (
            {
                "delegate": Delegate.NNAPI,
                "nnapi_accelerator": "google-edgetpu",
                "nnapi_preference": NnapiPreference.SUSTAINED_SPEED,
                "nnapi_cpu_allowed": True,
            },
            {
                "use_nnapi": "true",
                "nnapi_accelerator_name": "google-edgetpu",
                "nnapi_execution_preference": "sustained_speed",
                "disable_nnapi_cpu": "false",
            },
        ),
        ({"require_full_delegation": True}, {"use_xnnpack": "true", "require_full_delegation": "true"}),
        ({"purpose": Purpose.OP_PROFILE}, {"use_xnnpack": "true", "enable_op_profiling": "true"}),
        ({"purpose": Purpose.PEAK_MEMORY}, {"use_xnnpack": "true", "report_peak_memory_footprint": "true"}),
        (
            {
                "input_files": (
                    InputFile("input:0", (1, 224, 224, 3), "/t/a.raw"),
                    InputFile("a,b", (1, 2), "/t/b.raw"),
                ),
                "output_file": "/t/out.raw",
            },
            {
                "use_xnnpack": "true",
                "input_layer": "input:0,input_1",
                "input_layer_shape": "1,224,224,3:1,2",
                "input_layer_value_files": "input::0:/t/a.raw,input_1:/t/b.raw",
                "output_filepath": "/t/out.raw",
            },
        ),
    ],
)
def test_what_a_trial_adds(full: ToolHelp, changes: dict[str, object], flags: dict[str, str]):
    found = flags_of(replace(RUN, **changes), full)
    base = flags_of(RUN, full)
    assert {
        name: value for name, value in found.items() if name not in base or name == "use_xnnpack"
    } == flags


def test_every_flag_is_one_the_binary_lists(full: ToolHelp):
    for delegate in (Delegate.CPU, Delegate.CPU_BUILTIN, Delegate.GPU, Delegate.NNAPI):
        assert set(flags_of(replace(RUN, delegate=delegate), full)) <= full.flags


def test_the_mask_goes_before_the_tool_without_0x(full: ToolHelp):
    pinned = command_line("./benchmark_model", replace(RUN, cpu_mask=0b1111_0000), full).arguments
    assert pinned[:3] == ("taskset", "f0", "./benchmark_model")


@pytest.mark.parametrize("delegate", [Delegate.GPU, Delegate.NNAPI, Delegate.COREML])
def test_a_delegate_the_binary_does_not_know_is_refused_before_it_silently_runs_on_the_cpu(
    plain: ToolHelp, delegate: Delegate
):
    with pytest.raises(UnknownFlagError, match=f"does not know --use_{delegate}"):
        command_line("./benchmark_model", replace(RUN, delegate=delegate), plain)


def test_files_that_only_add_to_the_log_are_left_out_and_named(full: ToolHelp):
    older = ToolHelp(full.tool, {k: v for k, v in full.defaults.items() if k != "result_file_path"})
    made = command_line("./benchmark_model", replace(RUN, result_file="/t/r.pb"), older)
    assert made.omitted == ("result_file_path",)
    assert not any("result_file_path" in each for each in made.arguments)
    assert (
        "--result_file_path=/t/r.pb" in command_line("b", replace(RUN, result_file="/t/r.pb"), full).arguments
    )


def test_an_old_tool_measures_as_long_as_it_is_used_to(full: ToolHelp):
    lengths = {"num_runs", "min_secs", "max_secs", "warmup_runs", "warmup_min_secs"}
    older = ToolHelp(full.tool, {k: v for k, v in full.defaults.items() if k not in lengths})
    assert set(command_line("./benchmark_model", RUN, older).omitted) == lengths


def test_runtime_info_is_asked_for_where_the_binary_has_it(full: ToolHelp):
    found = flags_of(replace(RUN, runtime_info_file="/t/info.pb"), full)
    assert (found["export_model_runtime_info"], found["model_runtime_info_output_file"]) == (
        "true",
        "/t/info.pb",
    )


def test_an_unknown_binary_is_refused():
    with pytest.raises(UnknownFlagError, match="no benchmark_model"):
        command_line("./cat", RUN, read_help("usage: cat [FILE]..."))


@pytest.mark.parametrize("changes", [{"threads": 0}, {"threads": -1}, {"runs": 0}, {"cpu_mask": 0}])
def test_nonsense_the_tool_would_run_with_is_refused(full: ToolHelp, changes: dict[str, int]):
    with pytest.raises(ValueError, match=r"less than 1|no CPU"):
        command_line("./benchmark_model", replace(RUN, **changes), full)


def test_the_newer_tool_has_switches_of_accelerators():
    assert flags_of(RUN, litert())["use_cpu"] == "true"
    gpu = flags_of(replace(RUN, delegate=Delegate.GPU, gpu_half_precision=False), litert())
    assert (gpu["use_gpu"], gpu["use_cpu"], gpu["allow_fp16"]) == ("true", "false", "false")
    profiled = flags_of(replace(RUN, purpose=Purpose.OP_PROFILE), litert())
    assert profiled["use_profiler"] == "true"


def test_a_newer_tool_without_the_choice_of_a_backend_is_refused():
    with pytest.raises(UnknownFlagError, match="gpu_backend"):
        command_line(
            "./benchmark_model", replace(RUN, delegate=Delegate.GPU, gpu_backend=GpuBackend.GL), litert()
        )


def test_the_newer_tool_of_2026_has_a_backend_and_a_precision_written_with_a_dash(assets: Path):
    known = read_help((assets / "litert2_logs" / "t1_help_bad_value.log").read_text(encoding="utf-8"))
    run = replace(RUN, delegate=Delegate.GPU, gpu_backend=GpuBackend.GL)
    flags = flags_of(replace(run, gpu_half_precision=False), known)
    assert (flags["gpu_backend"], flags["gpu-precision"]) == ("opengl", "fp32")
    assert flags_of(replace(run, gpu_half_precision=True), known)["gpu-precision"] == "fp16"
    assert "gpu_backend" not in flags_of(replace(run, gpu_backend=GpuBackend.CL), known)


@pytest.mark.parametrize(
    "changes",
    [
        {"delegate": Delegate.CPU_BUILTIN},
        {"delegate": Delegate.NNAPI},
    ],
)
def test_what_the_newer_tool_cannot_run_is_refused(changes: dict[str, object]):
    with pytest.raises(UnknownFlagError):
        command_line("./benchmark_model", replace(RUN, **changes), litert())


def test_the_parser_reads_back_what_was_built(full: ToolHelp):
    run = replace(RUN, graph="/t/m.tflite", delegate=Delegate.GPU)
    arguments = command_line("./benchmark_model", run, full).arguments
    assert parse_flags(" ".join(arguments)) == flags_of(run, full)
