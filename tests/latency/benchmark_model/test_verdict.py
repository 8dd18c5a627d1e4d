"""What is proven of the delegate, situation by situation; the lines are the tool's and the runtime's own."""

from __future__ import annotations

import pytest

from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_log

RUN = """\
INFO: Initialized session in 7.656ms.
INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate if exceeding 150 s.
INFO: count=131 first=3942 curr=3847 min=3731 max=4000 avg=3828.13 std=57 p5=3755 median=3823 p95=3952
INFO: Running benchmark for at least 50 iterations and at least 1 seconds but terminate if exceeding 150 s.
INFO: count=264 first=3834 curr=3723 min=3689 max=4492 avg=3792.45 std=70 p5=3723 median=3779 p95=3876
INFO: Inference timings in us: \
Init: 7656, First inference: 3942, Warmup (avg): 3828.13, Inference (avg): 3792.45
"""
HEAD = "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\nINFO: Graph: [m.tflite]\n"
XNNPACK = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
GPU = "INFO: Use gpu: [1]\nINFO: Created TensorFlow Lite delegate for GPU.\nINFO: GPU delegate created.\n"
NNAPI = "INFO: Use NNAPI: [1]\nINFO: Created TensorFlow Lite delegate for NNAPI.\n"
RESTORED = "ERROR: Restored original execution plan after delegate application failure.\n"
INVOKE_FAILED = "ERROR: Node number 31 (TfLiteGpuDelegateV2) failed to invoke.\n"
SUBGRAPH = "for subgraph 0 (main).\n"


def replacing(took: int, total: int, delegate: str, end: str = SUBGRAPH) -> str:
    nodes = f"Replacing {took} out of {total} node(s) with delegate ({delegate}) node"
    return f"VERBOSE: {nodes}, yielding 4 partitions {end}"


def read(*parts: str, exit_status: int | None = None) -> BenchmarkLog:
    return parse_log(HEAD + "".join(parts), exit_status=exit_status)


def went(log: BenchmarkLog) -> tuple[str, str | None, str | None]:
    judged = log.judgement
    return (
        str(judged.status),
        judged.actual and str(judged.actual),
        judged.delegation and str(judged.delegation),
    )


def test_implicit_xnnpack_is_cpu():
    log = read(XNNPACK, RUN)
    assert (log.judgement.requested, went(log)) == ("cpu", ("ok", "cpu", None))


def test_a_part_of_the_graph_on_xnnpack_is_as_good_as_it_gets():
    log = read(XNNPACK, replacing(64, 66, "TfLiteXNNPackDelegate"), RUN)
    assert went(log) == ("ok", "cpu", "partial")
    assert (log.judgement.delegated_nodes, log.judgement.total_nodes, log.judgement.partitions) == (64, 66, 4)


def test_the_whole_graph_on_xnnpack():
    assert went(read(XNNPACK, replacing(66, 66, "TfLiteXNNPackDelegate"), RUN)) == ("ok", "cpu", "complete")


def test_the_older_end_of_the_replacing_line():
    log = read(XNNPACK, replacing(64, 66, "TfLiteXNNPackDelegate", "for the whole graph.\n"), RUN)
    assert log.judgement.delegated_nodes == 64


def test_only_the_main_subgraph_is_counted():
    lines = replacing(64, 66, "TfLiteXNNPackDelegate") + replacing(
        1, 2, "TfLiteXNNPackDelegate", "for subgraph 1.\n"
    )
    assert read(XNNPACK, lines, RUN).judgement.total_nodes == 66


@pytest.mark.parametrize(
    "lines",
    [
        XNNPACK + replacing(0, 66, "TfLiteXNNPackDelegate"),
        "INFO: Use xnnpack: [1]\n"
        + XNNPACK
        + "INFO: Though XNNPACK delegate is explicitly applied, the model graph"
        " will not be executed by the delegate.\n",
    ],
    ids=["no node replaced", "said in words"],
)
def test_no_node_on_xnnpack_is_a_fallback_to_the_builtin_kernels(lines: str):
    log = read(lines, RUN)
    assert went(log) == ("fallback", "cpu-builtin", "none")
    assert "builtin" in (log.judgement.reason or "")


def test_xnnpack_that_was_taken_back_did_not_run():
    log = read(XNNPACK, replacing(64, 66, "TfLiteXNNPackDelegate"), RESTORED, RUN)
    assert went(log)[:2] == ("fallback", "cpu-builtin")
    assert (log.judgement.delegated_nodes, log.judgement.total_nodes) == (0, 66)


def test_without_a_sign_of_xnnpack_none_is_claimed():
    log = read(RUN)
    assert went(log)[:2] == ("fallback", "cpu-builtin")
    assert "standard error" in (log.judgement.reason or "")


def test_xnnpack_switched_off_is_cpu_builtin():
    log = read("INFO: Use xnnpack: [0]\n", RUN)
    assert (log.judgement.requested, went(log)) == ("cpu-builtin", ("ok", "cpu-builtin", None))


def test_xnnpack_that_ran_although_it_was_switched_off_is_a_fallback():
    assert went(read("WARN: Unconsumed cmdline flags: --use_xnnpack=false\n", XNNPACK, RUN))[:2] == (
        "fallback",
        "cpu",
    )


@pytest.mark.parametrize(("created", "requested"), [(XNNPACK, "cpu"), ("", "cpu-builtin")])
def test_where_all_parameters_are_echoed_the_switch_tells_nothing_and_xnnpack_itself_does(
    created: str, requested: str
):
    head = "INFO: STARTING!\nINFO: Log parameter values verbosely: [1]\nINFO: Use xnnpack: [0]\n"
    log = parse_log(head + created + RUN)
    assert log.judgement.requested == requested
    assert log.judgement.status == "ok"


def test_the_command_line_tells_what_an_echo_of_everything_hides():
    head = "$ ./benchmark_model --graph='my model.tflite' --verbose --use_xnnpack=false\nINFO: STARTING!\n"
    log = parse_log(
        f"{head}INFO: Log parameter values verbosely: [1]\nINFO: Use xnnpack: [0]\n{XNNPACK}{RUN}"
    )
    assert log.judgement.requested == "cpu-builtin"
    assert log.judgement.status == "fallback"
    assert log.graph == "my model.tflite"


APPLIED = "INFO: Explicitly applied {} delegate, and the model graph will be {} executed by the delegate{}.\n"


@pytest.mark.parametrize(("lines", "name"), [(GPU, "GPU"), (NNAPI, "NNAPI")])
def test_gpu_and_nnapi_count_only_where_they_take_everything(lines: str, name: str):
    whole = read(lines, APPLIED.format(name, "completely", ""), RUN)
    part = read(lines, APPLIED.format(name, "partially", " w/ 12 delegate kernels"), XNNPACK, RUN)
    assert went(whole) == ("ok", name.lower(), "complete")
    assert went(part) == ("fallback", name.lower(), "partial")
    assert "12 delegate kernels" in (part.judgement.reason or "")


def test_the_split_of_the_gpu_is_a_partial_delegation_with_its_reasons():
    log = read(
        GPU,
        "ERROR: Following operations are not supported by GPU delegate:\n"
        "ARG_MAX: Operation is not supported.\n"
        "SOFTMAX: Operation is not supported.\n"
        "29 operations will run on the GPU, and the remaining 2 operations will run on the CPU.\n",
        XNNPACK,
        RUN,
    )
    assert went(log) == ("fallback", "gpu", "partial")
    assert (log.judgement.delegated_nodes, log.judgement.total_nodes) == (29, 31)
    assert "ARG_MAX: Operation is not supported.; SOFTMAX" in (log.judgement.reason or "")


def test_nodes_that_were_replaced_before_the_application_failed_do_not_count():
    log = read(
        GPU,
        replacing(31, 31, "TfLiteGpuDelegateV2"),
        "ERROR: Node number 31 (TfLiteGpuDelegateV2) failed to prepare.\n",
        RESTORED,
        "ERROR: Failed to apply GPU delegate.\nERROR: Benchmarking failed.\n",
    )
    assert went(log) == ("failed", None, None)
    assert (log.judgement.delegated_nodes, log.judgement.total_nodes) == (None, None)
    assert "GPU delegate could not be applied" in (log.judgement.reason or "")


def test_nodes_that_were_replaced_before_a_crash_do_not_count():
    log = read(GPU, replacing(31, 31, "TfLiteGpuDelegateV2"), "Segmentation fault\n", exit_status=139)
    assert went(log) == ("failed", None, None)
    assert log.judgement.delegated_nodes is None
    assert "signal 11" in (log.judgement.reason or "")


def test_what_was_applied_before_a_run_was_killed_is_kept():
    log = read(XNNPACK, replacing(64, 66, "TfLiteXNNPackDelegate"), "INFO: Initialized session in 7.656ms.\n")
    assert went(log) == ("failed", None, "partial")
    assert log.judgement.delegated_nodes == 64


def test_full_delegation_that_was_required_and_not_met_is_a_failure():
    log = read(
        NNAPI,
        replacing(53, 66, "TfLiteNnapiDelegate"),
        "ERROR: Disallowed CPU fallback detected.\nERROR: Benchmarking failed.\n",
    )
    assert went(log) == ("failed", None, None)
    assert log.judgement.reason == "Disallowed CPU fallback detected."


def test_an_invoke_that_failed_spoils_the_figures_around_it():
    log = read(GPU, APPLIED.format("GPU", "completely", ""), RUN, INVOKE_FAILED)
    assert went(log) == ("failed", None, "complete")
    assert log.latency is None


def test_an_error_the_run_survived_is_said():
    log = read(XNNPACK, RUN, "ERROR: Failed to save benchmark result to: /nowhere/result.pb\n")
    assert log.judgement.status == "ok"
    assert any("/nowhere/result.pb" in warning for warning in log.judgement.warnings)


def test_a_run_that_goes_on_after_the_gpu_failed_is_a_fallback():
    log = read(
        GPU,
        replacing(31, 31, "TfLiteGpuDelegateV2"),
        "ERROR: Node number 31 (TfLiteGpuDelegateV2) failed to prepare.\n",
        RESTORED,
        XNNPACK,
        replacing(29, 31, "TfLiteXNNPackDelegate"),
        RUN,
    )
    assert went(log) == ("fallback", "cpu", "none")
    assert (log.judgement.delegated_nodes, log.judgement.total_nodes) == (0, 31)


@pytest.mark.parametrize("flag", ["--use_gpu=true", "-use_gpu=true", "--use_gpu true", "--use_gpu=1"])
def test_a_gpu_the_tool_ignored_was_asked_for_all_the_same(flag: str):
    log = read(f"WARN: Unconsumed cmdline flags: {flag} --other=1\n", XNNPACK, RUN)
    assert (log.judgement.requested, went(log)) == ("gpu", ("fallback", "cpu", "none"))
    assert any("--other=1" in warning for warning in log.judgement.warnings)


def test_a_switch_that_was_ignored_while_off_asks_for_nothing():
    log = read("WARN: Unconsumed cmdline flags: --use_gpu=false\n", XNNPACK, RUN)
    assert (log.judgement.requested, log.judgement.status) == ("cpu", "ok")


def test_threads_that_were_ignored_are_not_known():
    log = read("WARN: Unconsumed cmdline flags: --num_threads 2\n", XNNPACK, RUN)
    assert log.threads is None
    assert log.judgement.warnings == ("the tool ignored these flags: --num_threads 2",)


def test_gpu_said_created_and_nothing_more_is_not_proven():
    log = read(GPU, XNNPACK, RUN)
    assert went(log) == ("fallback", "cpu", "none")


def test_opengl_in_place_of_opencl_is_still_the_gpu_and_said():
    log = read(
        GPU,
        "ERROR: Can not open OpenCL library on this device - dlopen failed\nERROR: Falling back to OpenGL\n",
        "INFO: Initialized OpenGL-based API.\nINFO: Created 1 GPU delegate kernels.\n",
        APPLIED.format("GPU", "completely", ""),
        RUN,
    )
    assert went(log) == ("ok", "gpu", "complete")
    assert any("OpenGL" in warning for warning in log.judgement.warnings)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("INFO: NNAPI accelerator name: [nnapi-reference]\n", "reference implementation on the CPU"),
        ("INFO: NNAPI accelerators available: [nnapi-reference]\n", "no NNAPI accelerator but"),
        ("INFO: Disable NNAPI cpu: [0]\n", "was allowed"),
    ],
)
def test_nnapi_on_its_reference_implementation_is_said(line: str, said: str):
    log = read(NNAPI, line, APPLIED.format("NNAPI", "completely", ""), RUN)
    assert any(said in warning for warning in log.judgement.warnings)


def test_a_wrong_accelerator_is_the_reason():
    error = (
        "ERROR: Could not find the specified NNAPI accelerator: no-such-npu. Must be one of: {fake-dsp}.\n"
    )
    log = read(NNAPI, error, "ERROR: Failed to apply NNAPI delegate.\nERROR: Benchmarking failed.\n")
    assert log.judgement.status == "failed"
    assert "no-such-npu" in (log.judgement.reason or "")


def test_core_ml_is_a_delegate_of_its_own():
    log = read("INFO: Use CoreML: [1]\n", APPLIED.format("COREML", "completely", ""), RUN)
    assert (log.judgement.requested, went(log)) == ("coreml", ("ok", "coreml", "complete"))


def test_an_external_delegate_that_ran_has_no_name_here():
    line = "INFO: External delegate path: [/vendor/lib/libvx.so]\n"
    log = read(line, APPLIED.format("EXTERNAL", "completely", ""), RUN)
    assert (log.judgement.status, log.judgement.actual) == ("unsupported", "other")
    assert "ran on vx" in (log.judgement.reason or "")


def test_a_run_of_2019():
    log = parse_log(
        "STARTING!\nNum threads: [1]\nGraph: [old.tflite]\nUse gpu : [0]\nUse nnapi : [0]\n"
        "Use xnnpack : [0]\n"
        "Loaded model old.tflite\nresolved reporter\nInitialized session in 21.039ms\n"
        "Running benchmark for at least 1 iterations and at least 0.5 seconds\ncount=1 curr=751932\n\n"
        "Running benchmark for at least 50 iterations and at least 1 seconds\n"
        "count=50 first=747738 curr=747428 min=747331 max=748577 avg=747733 std=293\n\n"
        "Average inference timings in us: Warmup: 751932, Init: 21039, no stats: 747733\n"
    )
    assert (log.judgement.requested, went(log)) == ("cpu-builtin", ("ok", "cpu-builtin", None))
    assert log.latency is not None
    assert (log.latency.mean_ms, log.latency.median_ms, log.runs, log.init_ms) == (747.733, None, 50, 21.039)


LITERT = """\
INFO: STARTING!
INFO: Num threads: [4]
INFO: [benchmark_litert_model.cc:123] Loading model from: /data/local/tmp/m.tflite
INFO: count=264 first=3834 curr=3723 min=3689 max=4492 avg=3792.45 std=70 p5=3723 median=3779 p95=3876
INFO: [benchmark_litert_model.h:72]
========== BENCHMARK RESULTS ==========
INFO: [benchmark_litert_model.h:73] Model initialization: 12.31 ms
INFO: [benchmark_litert_model.h:74] Warmup (first):       5.11 ms
INFO: [benchmark_litert_model.h:76] Warmup (avg):         4.72 ms (5 runs)
INFO: [benchmark_litert_model.h:78] Inference (avg):      3.79 ms (264 runs)
INFO: [benchmark_litert_model.h:82] Inference (min):      3.69 ms
INFO: [benchmark_litert_model.h:84] Inference (max):      4.49 ms
INFO: [benchmark_litert_model.h:86] Inference (std):      0.07
"""


def test_litert_newer_tool_ends_with_a_block_of_results():
    log = parse_log(XNNPACK + LITERT)
    assert went(log)[:2] == ("ok", "cpu")
    assert (log.runs, log.threads, log.init_ms, log.first_ms) == (264, 4, 12.31, 5.11)
    assert log.latency is not None
    assert (log.latency.median_ms, log.latency.p95_ms) == (3.779, 3.876)


def test_litert_newer_tool_on_the_gpu():
    command = "# ./benchmark_model --graph=m.tflite --use_cpu=false --use_gpu=true\n"
    done = replacing(31, 31, "LITERT_CL")
    assert went(parse_log(command + done + LITERT)) == ("ok", "gpu", "complete")
    assert went(parse_log(command + XNNPACK + LITERT))[:2] == ("fallback", "cpu")


def test_litert_newer_tool_without_runs_measured_nothing():
    assert (
        parse_log(LITERT.replace("(264 runs)", "(0 runs)").replace("3.79 ms", "0.00 ms")).judgement.status
        == "failed"
    )


@pytest.mark.parametrize(
    ("exit_status", "status", "warned"),
    [(0, "ok", False), (None, "ok", False), (1, "failed", False), (139, "ok", True), (124, "ok", True)],
)
def test_the_exit_status_after_figures(exit_status: int | None, status: str, warned: bool):
    """The tool itself exits 1 where an invoke failed; a crash on the way out comes after the figures."""
    log = read(XNNPACK, RUN, exit_status=exit_status)
    assert log.judgement.status == status
    assert any("exit status" in warning for warning in log.judgement.warnings) == warned


@pytest.mark.parametrize(
    "line",
    [
        "Segmentation fault (core dumped)",
        "CANNOT LINK EXECUTABLE: library libOpenCL.so not found",
        "/system/bin/sh: ./benchmark_model: not executable: 64-bit ELF file",
        "/system/bin/sh: ./benchmark_model: can't execute: Permission denied",
    ],
)
def test_a_crash_is_the_reason_of_a_run_without_end(line: str):
    log = read(f"{line}\n", exit_status=0)
    assert log.judgement.status == "failed"
    assert line in (log.judgement.reason or "")


def test_of_several_runs_in_one_log_the_last_counts():
    log = parse_log(
        HEAD + XNNPACK + RUN + HEAD + "ERROR: Could not open 'm.tflite'.\nERROR: Benchmarking failed.\n"
    )
    assert log.judgement.status == "failed"


@pytest.mark.parametrize("text", ["", " \n\r\n", "\x00\x00"])
def test_an_empty_file_is_called_empty(text: str):
    assert "an empty file" in (parse_log(text).judgement.reason or "")


def test_an_average_without_the_line_of_figures_is_all_there_is():
    last = RUN.splitlines()[-1]
    log = read(XNNPACK, f"INFO: {last}\n")
    assert log.latency is not None
    assert (log.judgement.status, log.runs, log.latency.median_ms) == ("ok", None, None)
    assert log.latency.mean_ms == 3.79245
