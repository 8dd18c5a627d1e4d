"""Logs from elsewhere: several runs in one text, other loggers, runs that died."""

from __future__ import annotations

import itertools

import pytest

from tests.latency.benchmark_model.strangers import (
    CPU_REGISTERED,
    DIRECT,
    GPU,
    GPU_REGISTERED,
    KERNELS,
    LOADING,
    SESSION,
    XNNPACK,
    applied,
    figures,
    head,
    litert,
    logcat,
    only,
    read,
    replacing,
    run,
    told,
)


def mixed(one: str, other: str) -> str:
    """Line by line, as a logger shows what two processes say at once."""
    pairs = itertools.zip_longest(one.splitlines(), other.splitlines(), fillvalue="")
    return "\n".join(line for pair in pairs for line in pair)


ADB = "$ adb shell /data/local/tmp/benchmark_model --graph=net.tflite"
APP = "Running TensorFlow Lite benchmark with args: --graph=net.tflite"
ACTIVITY = "tflite_BenchmarkModelActivity"
ON_GPU = run("Use gpu: [1]\n", GPU + applied("GPU"), ms=3)
SEVERAL = {
    "each with its command": (
        f"{ADB}\n{run(ms=1)}{ADB} --use_gpu=true\n{ON_GPU}",
        ["ok cpu>cpu @1", "ok gpu>gpu @3"],
    ),
    "a loop that prints names": (
        "".join(f"=== {n} ===\n{run(ms=n, graph=f'{n}.tflite', starting=False)}" for n in (1, 2, 3)),
        ["ok cpu>cpu @1", "ok cpu>cpu @2", "ok cpu>cpu @3"],
    ),
    "one of which failed": (
        f"{run(ms=1)}STARTING!\nGraph: [a.tflite]\nERROR: Could not open 'a.tflite'.\n"
        f"ERROR: Benchmarking failed.\n{ON_GPU}",
        ["ok cpu>cpu @1", "failed cpu>", "ok gpu>gpu @3"],
    ),
    "one of which crashed": (
        head("Use gpu: [1]\n") + "Segmentation fault\n" + run(ms=3),
        ["failed gpu>", "ok cpu>cpu @3"],
    ),
    "of the app, one process": (
        logcat(f"{APP} --use_gpu=true", tag=ACTIVITY)
        + logcat(ON_GPU)
        + logcat(f"{APP} --num_threads=4", tag=ACTIVITY)
        + logcat(run()),
        ["ok gpu>gpu @3", "ok cpu>cpu @6.6"],
    ),
    "of two processes at once": (
        mixed(logcat(run(ms=1), 11), logcat(run("Use gpu: [1]\n", GPU + applied("GPU")), 12)),
        ["ok cpu>cpu @1", "ok gpu>gpu @6.6"],
    ),
    "of both tools": (
        run(ms=1) + litert(GPU_REGISTERED + LOADING + DIRECT + replacing(31, 31, "LITERT_CL"), ms=2),
        ["ok cpu>cpu @1", "ok gpu>gpu 31/31 @2"],
    ),
    "of LiteRT's tool": (
        litert(GPU_REGISTERED + LOADING + replacing(31, 31, "LITERT_CL") + XNNPACK, ms=2)
        + litert(CPU_REGISTERED + LOADING + XNNPACK + replacing(29, 31, "TfLiteXNNPackDelegate"), ms=9),
        ["ok gpu>gpu 31/31 @2", "ok cpu>cpu 29/31 @9"],
    ),
    "the last with a command over several lines": (
        f"{run(ms=1)}$ ./benchmark_model \\\n   --graph=net.tflite \\\n  --use_npu=true\n"
        + litert(LOADING + DIRECT + XNNPACK),
        ["ok cpu>cpu @1", "fallback npu>cpu @7"],
    ),
    "in a text with words between": (
        f"My log:\n```\n{run(ms=1)}```\nand on the GPU:\n```\n{ON_GPU}```\n",
        ["ok cpu>cpu @1", "ok gpu>gpu @3"],
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_runs(name: str):
    text, right = SEVERAL[name]
    assert read(text) == right


@pytest.mark.parametrize("sign", ["\\", "^", "`"], ids=["sh", "cmd", "PowerShell"])
def test_a_command_goes_on_in_the_next_line_in_any_shell(sign: str):
    command = f"> ./benchmark_model {sign}\n  --graph=net.tflite {sign}\n  --use_gpu=true\n"
    assert read(f"{command}STARTING!\n{XNNPACK}{SESSION}{figures(6.6)}") == ["fallback gpu>cpu @6.6"]


def test_standard_error_may_stand_above_or_below_standard_output():
    stderr = (
        "INFO: Initialized TensorFlow Lite runtime.\nINFO: Created TensorFlow Lite delegate for GPU.\n"
        "ERROR: Following operations are not supported by GPU delegate:\nUNPACK: Not supported.\n"
        "294 operations will run on the GPU, and the remaining 75 operations will run on the CPU.\n"
    )
    stdout = run("Use gpu: [1]\n", "GPU delegate created.\n" + applied("GPU", "partially", KERNELS))
    assert read(stderr + stdout) == read(stdout + stderr) == ["fallback gpu>gpu 294/369 @6.6"]


NEVER_BEGAN = [
    "/system/bin/sh: ./benchmark_model: inaccessible or not found",
    "/system/bin/sh: /data/local/tmp/benchmark_model: Permission denied",
    "bash: ./benchmark_model: cannot execute binary file: Exec format error",
    "./benchmark_model: error while loading shared libraries: libOpenCL.so.1: cannot open shared object file",
    "zsh: bad CPU type in executable: ./benchmark_model",
    "/lib/libc.so.6: version `GLIBC_2.34' not found (required by ./benchmark_model)",
    'CANNOT LINK EXECUTABLE "./benchmark_model": cannot locate symbol "x" referenced by',
    "dyld: Library not loaded: @rpath/TensorFlowLiteC.framework/TensorFlowLiteC",
    "adb: no devices/emulators found",
    "error: device unauthorized.",
]


@pytest.mark.parametrize("line", NEVER_BEGAN)
def test_why_the_tool_never_began_is_quoted_with_and_without_its_command(line: str):
    log = only(f"{ADB} --use_gpu=true\n{line}\n")
    assert told(log) == "failed gpu>"
    assert line in (log.judgement.reason or "")
    alone = only(f"{line}\n").judgement
    assert (alone.status, line in (alone.reason or "")) == ("failed", True)


DIED = [
    "Illegal instruction (core dumped)",
    "Bus error",
    "Trace/breakpoint trap",
    "Floating point exception (core dumped)",
    "Killed",
    "*** stack smashing detected ***: terminated",
    "free(): invalid pointer",
    "terminate called after throwing an instance of 'std::bad_alloc'",
    "libc++abi: terminating with uncaught exception of type std::bad_alloc: std::bad_alloc",
    "zsh: killed     ./benchmark_model --graph=net.tflite",
    "./all.sh: line 3: 12345 Segmentation fault      (core dumped) ./benchmark_model --graph=net.tflite",
    "./all.sh: line 3: 12345 Killed                  ./benchmark_model --graph=net.tflite",
]


@pytest.mark.parametrize("line", DIED)
def test_how_a_run_died_is_quoted(line: str):
    log = only(f"{head()}{line}\nAborted\n")
    assert told(log) == "failed cpu>"
    assert line in (log.judgement.reason or "")


@pytest.mark.parametrize("line", ["Failed to mmap model a.tflite", "Failed to construct interpreter"])
def test_errors_of_tools_that_had_no_levels_are_quoted(line: str):
    assert line in (only(f"STARTING!\nGraph: [a.tflite]\n{line}\nAborting!\n").judgement.reason or "")


@pytest.mark.parametrize(
    ("line", "tag"),
    [
        ("Process org.tensorflow.lite.benchmark (pid 22206) has died: fg  TOP", "ActivityManager"),
        ("Kill 'org.tensorflow.lite.benchmark' (22206), uid 10123, to free 1MB", "lowmemorykiller"),
        ("Fatal signal 11 (SIGSEGV), code 1, fault addr 0x0 in tid 22206, pid 22206", "libc"),
    ],
)
def test_what_android_says_of_the_end_of_the_process_is_quoted(line: str, tag: str):
    log = only(logcat(head()) + logcat(line, 1500, tag))
    assert line in (log.judgement.reason or "")


def test_a_crash_dump_names_the_process_once():
    dump = logcat("pid: 22206, tid: 22206, name: bench\nsignal 11 (SIGSEGV), code 1", 9999, "DEBUG", "F")
    assert "signal 11" in (only(logcat(head()) + dump).judgement.reason or "")
    other = logcat("pid: 777, tid: 777, name: other\nsignal 11 (SIGSEGV), code 1", 9999, "DEBUG", "F")
    assert read(logcat(run()) + other) == ["ok cpu>cpu @6.6"]


def test_a_crash_after_the_figures_is_told():
    log = only(run() + "Segmentation fault\n")
    assert told(log) == "ok cpu>cpu @6.6"
    assert any("Segmentation fault" in warning for warning in log.judgement.warnings)


def test_figures_without_any_parameter_say_that_the_request_is_assumed():
    log = only(XNNPACK + figures(6.6))
    assert told(log) == "ok cpu>cpu @6.6"
    assert any("assumed" in warning for warning in log.judgement.warnings)


BUILTIN = run("Use xnnpack: [0]\n", "").splitlines()
VIEWS = {
    "threadtime": "05-31 10:38:42.100 {0} {0} I tflite  : {1}",
    "brief": "I/tflite  ({0}): {1}",
    "Android Studio": "2026-05-31 10:38:42.100 {0}-{0}/org.x I/tflite: {1}",
    "long": "[ 05-31 10:38:42.100 {0}:{0} I/tflite   ]\n{1}\n",
    "syslog": "May 31 10:38:42 pi tflite[{0}]: {1}",
    "an unknown one": "<14>1 2026-05-31T10:38:42.100Z pi tflite ({0}) - {1}",
}


@pytest.mark.parametrize("view", VIEWS)
def test_lines_of_another_app_are_not_read_in_any_view(view: str):
    app = ["Initialized TensorFlow Lite runtime.", "Created TensorFlow Lite XNNPACK delegate for CPU."]
    own = [VIEWS[view].format(22206, line) for line in BUILTIN if line]
    others = [VIEWS[view].format(3131, line) for line in app]
    mixed = "\n".join([*own[:6], *others, *own[6:], *others])
    assert read(mixed) == ["ok cpu-builtin>cpu-builtin @6.6"]
