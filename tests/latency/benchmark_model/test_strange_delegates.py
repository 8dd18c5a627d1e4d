"""Delegates in logs from elsewhere: those harness has a word for, and those it has none for."""

from __future__ import annotations

import pytest

from tests.latency.benchmark_model.strangers import (
    CPU_REGISTERED,
    DIRECT,
    GPU,
    GPU_REGISTERED,
    KERNELS,
    LOADING,
    NNAPI,
    NPU_REGISTERED,
    OF_2025,
    SESSION,
    XNNPACK,
    applied,
    compiled,
    figures,
    litert,
    logcat,
    only,
    partitioned,
    read,
    replacing,
    run,
    told,
)

COUNTED = [
    ("NeutronDelegate delegate", 29, 31),
    ("EthosuDelegate", 30, 31),
    ("Vx Delegate", 31, 31),
    ("TfLiteNeuronDelegate delegate", 12, 31),
    ("ArmNN Delegate", 30, 31),
    ("TfLiteQnnDelegate delegate", 28, 31),
    ("TfLiteHexagonDelegate delegate", 136, 139),
]


@pytest.mark.parametrize("parameters", ["External delegate path: [/usr/lib/libx_delegate.so]\n", ""])
@pytest.mark.parametrize(("name", "took", "of"), COUNTED)
def test_a_delegate_without_a_word_here_is_never_the_cpu(name: str, took: int, of: int, parameters: str):
    how = applied("EXTERNAL") if took == of else applied("EXTERNAL", "partially", KERNELS)
    counts = f"INFO: {name}: {took} nodes delegated out of {of} nodes with 1 partitions.\n\n"
    text = run(parameters, f"EXTERNAL delegate created.\n{counts}{how}{XNNPACK}")
    assert read(text) == [f"unsupported other>other {took}/{of} @6.6"]


@pytest.mark.parametrize("node", ["DarwinnDelegate", "EdgeTpuDelegateForCustomOp", "NeuronStableDelegate"])
def test_nor_is_one_of_which_only_the_runtime_tells(node: str):
    text = run(body=replacing(64, 66, node) + XNNPACK + replacing(1, 3, "TfLiteXNNPackDelegate"))
    assert read(text) == ["unsupported other>other 64/66 @6.6"]


def test_a_delegate_that_took_nothing_left_it_to_the_cpu():
    body = (
        "INFO: TfLiteQnnDelegate delegate: 0 nodes delegated out of 31 nodes with 0 partitions.\n"
        "Though EXTERNAL delegate is explicitly applied, the model graph will not be executed by it.\n"
    )
    log = only(run("External delegate path: [libQnnTFLiteDelegate.so]\n", body + XNNPACK))
    assert told(log) == "fallback other>cpu 0/31 @6.6"
    assert "will not be executed" in (log.judgement.reason or "")


@pytest.mark.parametrize(
    ("flag", "requested"),
    [
        ("--external_delegate_path=/d/libx.so", "other"),
        ("--use_hexagon=true", "other"),
        ("--use_edgetpu=true", "other"),
        ("--use_npu=true", "npu"),
        ("--use_gpu=true", "gpu"),
    ],
)
def test_a_delegate_the_tool_did_not_know_was_asked_for_all_the_same(flag: str, requested: str):
    log = only(
        f"STARTING!\nWARN: Unconsumed cmdline flags: {flag}\nGraph: [a]\n{XNNPACK}{SESSION}{figures(6.6)}"
    )
    assert told(log) == f"fallback {requested}>cpu @6.6"
    assert flag in (log.judgement.reason or "")


@pytest.mark.parametrize(
    "flag", ["--use_caching=true", "--use_gpu=false", "--use_edgetpu=false", "--colour=1"]
)
def test_an_ignored_flag_that_asks_for_no_delegate_is_a_warning(flag: str):
    log = only(
        f"STARTING!\nWARN: Unconsumed cmdline flags: {flag}\nGraph: [a]\n{XNNPACK}{SESSION}{figures(6.6)}"
    )
    assert told(log) == "ok cpu>cpu @6.6"
    assert any(flag in warning for warning in log.judgement.warnings)


CORE_ML = "INFO: CoreML delegate: {} nodes delegated out of 66 nodes, with 2 partitions.\n"


@pytest.mark.parametrize(
    ("took", "sentence", "right"),
    [
        (66, applied("COREML"), "ok coreml>coreml 66/66 @6.6"),
        (62, applied("COREML", "partially", KERNELS), "fallback coreml>coreml 62/66 @6.6"),
        (62, "", "fallback coreml>coreml 62/66 @6.6"),
    ],
)
def test_core_ml_counts_its_nodes(took: int, sentence: str, right: str):
    assert read(run("Use CoreML: [1]\n", CORE_ML.format(took) + sentence)) == [right]


LITERT = {
    "NPU, compiled here": (
        NPU_REGISTERED
        + LOADING
        + partitioned(66, 66)
        + compiled()
        + replacing(1, 1, "DispatchDelegate")
        + XNNPACK,
        "ok npu>npu 66/66 @7",
    ),
    "NPU, a part": (
        NPU_REGISTERED
        + LOADING
        + partitioned(60, 66)
        + compiled()
        + replacing(2, 8, "DispatchDelegate")
        + XNNPACK,
        "fallback npu>npu 60/66 @7",
    ),
    "NPU, compiled before": (
        NPU_REGISTERED + LOADING + DIRECT + replacing(1, 1, "DispatchDelegate"),
        "ok npu>npu @7",
    ),
    "NPU, compiled before, a part": (
        NPU_REGISTERED + LOADING + DIRECT + replacing(3, 12, "DispatchDelegate") + XNNPACK,
        "fallback npu>npu @7",
    ),
    "NPU, compiled in vain": (
        NPU_REGISTERED
        + LOADING
        + partitioned(66, 66)
        + compiled(0)
        + "ERROR: [compiled_model.cc:1400] Plugin errs: Qualcomm\n"
        + XNNPACK
        + replacing(64, 66, "TfLiteXNNPackDelegate"),
        "fallback npu>cpu 0/66 @7",
    ),
    "no library of an NPU": (
        "WARNING: [npu_registry.cc:34] NPU accelerator could not be loaded and registered: kError.\n"
        "INFO: [benchmark_litert_model.cc:271] dispatch_library_path: \n" + LOADING + DIRECT + XNNPACK,
        "fallback npu>cpu @7",
    ),
    "no library of a GPU": (
        "INFO: [gpu_registry.cc:130] Attempting to load GPU accelerator(libLiteRtClGlAccelerator.so).\n"
        "WARNING: [gpu_registry.cc:160] GPU accelerator could not be loaded and registered.\n"
        + LOADING
        + XNNPACK,
        "fallback gpu>cpu @7",
    ),
    "no operation for the GPU": (
        GPU_REGISTERED
        + LOADING
        + "ERROR: Following operations are not supported by GPU delegate:\nCUSTOM foo: Not supported.\n"
        "No operations will run on the GPU, and all 31 operations will run on the CPU.\n" + XNNPACK,
        "fallback gpu>cpu @7",
    ),
    "a GPU, in 2025": (OF_2025 + LOADING + replacing(31, 31, "LITERT_CL") + XNNPACK, "ok gpu>gpu 31/31 @7"),
    "the newer kernels of the CPU": (
        CPU_REGISTERED + LOADING + DIRECT + replacing(31, 31, "YNNPackDelegate"),
        "ok cpu>cpu 31/31 @7",
    ),
}


@pytest.mark.parametrize("name", LITERT)
def test_what_ran_in_litert(name: str):
    body, right = LITERT[name]
    assert read(litert(body)) == [right]
    assert read(logcat(litert(body), tag="litert")) == [right]


def test_of_2025_a_log_without_an_accelerator_leaves_a_doubt():
    log = only(litert(OF_2025 + LOADING + XNNPACK))
    assert told(log) == "ok cpu>cpu @7"
    assert any("does not tell" in warning for warning in log.judgement.warnings)


VARIANTS = {
    "google-edgetpu": run(
        "Use NNAPI: [1]\nNNAPI accelerator name: [google-edgetpu]\n", NNAPI + applied("NNAPI")
    ),
    "fp16": run("Use NNAPI: [1]\nAllow fp16 in NNAPI: [1]\n", NNAPI + applied("NNAPI")),
    "fp32": run("Use gpu: [1]\nAllow lower precision in gpu: [0]\n", GPU + applied("GPU")),
    "OpenGL": run("Use gpu: [1]\n", GPU + "INFO: Initialized OpenGL-based API.\n" + applied("GPU")),
    "Vulkan": litert(GPU_REGISTERED + LOADING + replacing(31, 31, "LITERT_VULKAN")),
    "WebGPU": litert(
        GPU_REGISTERED + LOADING + "INFO: [delegate_kernel.cc:9] Initializing WebGPU-based API from graph.\n"
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_else_was_chosen_of_a_delegate_is_told(variant: str):
    log = only(VARIANTS[variant])
    assert (str(log.judgement.status), log.variant) == ("ok", variant)


@pytest.mark.parametrize("verbosely", ["Log parameter values verbosely: [1]\n", ""])
def test_a_precision_that_was_switched_off_is_seen_in_a_list_of_all_parameters(verbosely: str):
    text = f"STARTING!\n{verbosely}Use gpu: [1]\nAllow lower precision in gpu: [0]\nUse xnnpack: [0]\n"
    assert only(text + GPU + applied("GPU") + SESSION + figures(6.6)).variant == "fp32"
