"""Logs as strangers have them, put together from the lines the tools really print."""

from __future__ import annotations

from harness.latency.benchmark_model.log import BenchmarkLog
from harness.latency.benchmark_model.parse import parse_logs

XNNPACK = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
GPU = "INFO: Created TensorFlow Lite delegate for GPU.\nGPU delegate created.\n"
NNAPI = "INFO: Created TensorFlow Lite delegate for NNAPI.\n"
KERNELS = " w/ 2 delegate kernels"
SESSION = (
    "The input model file size (MB): 4.3\nInitialized session in 9.0ms.\n"
    "Running benchmark for at least 1 iterations and at least 0.5 seconds but at most 150 s.\n"
)


def figures(ms: float, *, percentiles: bool = True) -> str:
    """The lines from the warm-up on; the mean is 0.4 µs above the median."""
    us = round(1000 * ms)
    three = f" p5={us - 10} median={us} p95={us + 90}" if percentiles else ""
    return (
        "count=70 first=7200 curr=7000 min=6900 max=7300 avg=7010.5 std=88\n\n"
        "Running benchmark for at least 50 iterations and at least 1 seconds but at most 150 s.\n"
        f"count=150 first={us} curr={us} min={us - 50} max={us + 400} avg={us + 0.4} std=40{three}\n\n"
        "Inference timings in us: Init: 9000, First inference: 7200, Warmup (avg): 7010.5,"
        f" Inference (avg): {us + 0.4}\n"
        "Memory footprint delta from the start of the tool (MB): init=5.1 overall=9.2\n"
    )


def head(parameters: str = "", *, graph: str = "net.tflite", threads: int = 4, starting: bool = True) -> str:
    """What the tool prints before it loads the model."""
    return (
        ("STARTING!\n" if starting else "")
        + f"Log parameter values verbosely: [0]\nNum threads: [{threads}]\nGraph: [{graph}]\n{parameters}"
        f"#threads used for CPU inference: [{threads}]\nLoaded model {graph}\n"
    )


def run(
    parameters: str = "",
    body: str = XNNPACK,
    *,
    ms: float = 6.6,
    percentiles: bool = True,
    graph: str = "net.tflite",
    threads: int = 4,
    starting: bool = True,
) -> str:
    """A whole run of TFLite's tool."""
    before = head(parameters, graph=graph, threads=threads, starting=starting)
    return before + body + SESSION + figures(ms, percentiles=percentiles)


def applied(delegate: str, how: str = "completely", kernels: str = "") -> str:
    return (
        f"Explicitly applied {delegate} delegate, and the model graph will be {how} executed by the delegate"
        f"{kernels}.\n"
    )


def replacing(took: int, of: int, delegate: str) -> str:
    return (
        f"VERBOSE: Replacing {took} out of {of} node(s) with delegate ({delegate}) node,"
        " yielding 3 partitions for subgraph 0.\n"
    )


def logcat(text: str, pid: int = 22206, tag: str = "tflite", level: str = "I") -> str:
    """As `logcat -v threadtime` shows it."""
    return "".join(f"05-31 10:38:42.100 {pid} {pid} {level} {tag:8}: {line}\n" for line in text.splitlines())


LOADING = "INFO: [benchmark_litert_model.cc:305] Loading model from: net.tflite\n"
DIRECT = "INFO: [compiled_model.cc:829] Flatbuffer model initialized directly from incoming litert model.\n"
CPU_REGISTERED = "INFO: [cpu_registry.cc:75] XNNPACK CPU accelerator registered.\n"
GPU_REGISTERED = (
    "INFO: [gpu_registry.cc:130] Attempting to load GPU accelerator(libLiteRtClGlAccelerator.so).\n"
    "INFO: [gpu_registry.cc:138] Dynamically loaded GPU accelerator(libLiteRtClGl.so) registered.\n"
)
NPU_REGISTERED = (
    "INFO: [benchmark_litert_model.cc:271] dispatch_library_path: /data/local/tmp\n"
    "INFO: [npu_registry.cc:30] NPU accelerator registered.\n"
)
OF_2025 = (
    "INFO: [benchmark_litert_model.cc:171] dispatch_library_path: \n"
    "INFO: [auto_registration.cc:160] NPU accelerator registered.\n"
    "INFO: [auto_registration.cc:243] Loading GPU accelerator(libLiteRtClGlAccelerator.so).\n"
    "INFO: [auto_registration.cc:251] Dynamically loaded GPU accelerator(libLiteRtClGlAccelerator.so)"
    " registered.\n"
)


def partitioned(took: int, of: int) -> str:
    return (
        f"INFO: [compiler_plugin.cc:742] Partitioned subgraph<0>, selected {took} ops,"
        f" from a total of {of} ops. resulted in 1 partitions.\n"
    )


def compiled(plugins: int = 1) -> str:
    return f"INFO: [compiled_model.cc:1397] {plugins} compiler plugins were applied successfully: Qualcomm\n"


def litert(body: str, *, ms: float = 7.0) -> str:
    """A whole run of LiteRT's tool."""
    us = round(1000 * ms)
    place = "INFO: [benchmark_litert_model.h:100]"
    return (
        "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\n"
        f"INFO: [environment.cc:36] Creating LiteRT environment with options\n{body}"
        "INFO: The input model file size (MB): 21.4\nINFO: Initialized session in 237.447ms.\n"
        f"INFO: count=135 first={us} curr={us} min={us} max={us} avg={us} std=0"
        f" p5={us} median={us} p95={us}\n"
        f"INFO: [benchmark_litert_model.h:89] \n========== BENCHMARK RESULTS ==========\n"
        f"{place} Model initialization: 237.45 ms\n{place} Inference (avg):      {ms:.2f} ms (135 runs)\n"
        f"{place} ======================================\n\n"
    )


def told(log: BenchmarkLog) -> str:
    """`status requested>actual nodes @median`; what is not known is left out."""
    judged, latency = log.judgement, log.latency
    parts = [str(judged.status), f"{judged.requested or ''}>{judged.actual or ''}"]
    if judged.delegated_nodes is not None:
        parts.append(f"{judged.delegated_nodes}/{judged.total_nodes}")
    if latency is not None:
        parts.append(f"@{latency.median_ms:g}" if latency.median_ms else f"mean {latency.mean_ms:g}")
    return " ".join(parts)


def read(text: str) -> list[str]:
    return [told(log) for log in parse_logs(text)]


def only(text: str) -> BenchmarkLog:
    [log] = parse_logs(text)
    return log
