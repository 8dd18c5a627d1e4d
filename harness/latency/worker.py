"""The measuring process: loads one model, times its invokes, speaks JSON lines over its pipes.

It runs as a script under any interpreter that has numpy and a runtime, so it
imports nothing of harness but the file of clocks beside it. The parent decides what to
do and when; this process only times. One request a line on standard input, one
answer a line on standard output:

    {"op": "import", "runtime": "litert", "delegate": "cpu"}
    {"op": "pin", "cpus": [0]}
    {"op": "load", "model": PATH, "runtime": "litert", "delegate": "cpu", "threads": 1,
     "input": {"seed": 0, "low": -1.0, "high": 1.0} or {"array": "FILE.npy"}; with "shape", the
     first input is resized to it}
    {"op": "invoke", "count": 10, "max_ms": 200, "waits": false, "extra_work": 0}
    {"op": "close"}

Every answer has "ok"; one that is false has "kind" ("failed" or "unsupported")
and "reason". Native libraries print to standard output as they please, so the
answers go to a private copy of it and descriptor 1 is pointed at descriptor 2.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING or __package__:
    from harness.latency import worker_clock as clocks
else:  # run as a script: its neighbours are found beside it
    import worker_clock as clocks

Json = dict[str, Any]


class Unsupported(Exception):
    """This machine, runtime or graph has no way to do what was asked."""


class InterpreterModel:
    """A model on TFLite's interpreter (ai-edge-litert or tflite-runtime), on the CPU."""

    def __init__(self, module: Any, request: Json) -> None:
        resolvers = module.OpResolverType
        wanted = request["delegate"]
        resolver = resolvers.AUTO if wanted == "cpu" else resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self._interpreter = module.Interpreter(
            model_path=request["model"],
            num_threads=request["threads"],
            experimental_op_resolver_type=resolver,
        )
        if "shape" in request["input"]:
            index = self._interpreter.get_input_details()[0]["index"]
            self._interpreter.resize_tensor_input(index, request["input"]["shape"])
        self._interpreter.allocate_tensors()
        self.invoke: Callable[[], None] = self._interpreter.invoke

    def inputs(self) -> list[Json]:
        """Name, shape and dtype of every input."""
        return [_tensor(detail) for detail in self._interpreter.get_input_details()]

    def feed(self, arrays: list[Any]) -> None:
        """Set one array an input."""
        for detail, array in zip(self._interpreter.get_input_details(), arrays, strict=True):
            self._interpreter.set_tensor(detail["index"], array)

    def delegation(self) -> Json:
        """What XNNPACK really took of the graph."""
        nodes = self._interpreter._get_ops_details()
        kernels = [node for node in nodes if node["op_name"] == "DELEGATE"]
        originals = [node for node in nodes if node["op_name"] != "DELEGATE"]
        delegated = count_delegated(originals, kernels)
        return {
            "actual": "cpu" if delegated else "cpu-builtin",
            "delegated_nodes": delegated,
            "total_nodes": len(originals),
            "partitions": len(kernels),
            "evidence": f"XNNPACK took {delegated} of {len(originals)} nodes in {len(kernels)} kernels",
        }


class CompiledModelOnGpu:
    """A model on LiteRT's CompiledModel with the GPU accelerator (WebGPU here)."""

    def __init__(self, litert: Any, request: Json) -> None:
        if "shape" in request["input"]:
            raise Unsupported("its input leaves its size open, which the GPU accelerator is not given")
        self._litert = litert
        self._model, self._complete = self._compile(request["model"])
        self._signature = next(iter(self._model.get_signature_list()))
        self._inputs = self._model.create_input_buffers(0)
        self._outputs = self._model.create_output_buffers(0)
        self._output_specs = self._specs(self._model.get_output_tensor_details(self._signature), "outputs")

    def _compile(self, path: str) -> tuple[Any, bool]:
        accelerators = self._litert.HardwareAccelerator
        try:
            model = self._from_file(path, accelerators.GPU)
            return model, bool(model.is_fully_accelerated())
        except RuntimeError as error:
            if "not accelerated" not in str(error):
                raise Unsupported(f"the GPU accelerator could not be used: {_evidence(error)}") from error
        # Only now, when the GPU exists and took a part: allow the CPU the rest, and say so.
        return self._from_file(path, accelerators.GPU | accelerators.CPU), False

    def _from_file(self, path: str, accelerators: Any) -> Any:
        options = self._litert.Options(hardware_accelerators=accelerators)
        return self._litert.CompiledModel.from_file(path, options=options)

    def _specs(self, details: Json, side: str) -> list[Json]:
        names = self._model.get_signature_list()[self._signature][side]
        return [details[name] for name in names]

    def inputs(self) -> list[Json]:
        """Name, shape and dtype of every input."""
        details = self._specs(self._model.get_input_tensor_details(self._signature), "inputs")
        return [
            {"name": d["name"], "shape": [int(n) for n in d["shape"]], "dtype": str(d["dtype"])}
            for d in details
        ]

    def feed(self, arrays: list[Any]) -> None:
        """Set one array an input."""
        for buffer, array in zip(self._inputs, arrays, strict=True):
            buffer.write(array)

    def invoke(self) -> None:
        """Run and read the result back: a GPU's run may return before it has computed."""
        self._model.run_by_index(0, self._inputs, self._outputs)
        for buffer, spec in zip(self._outputs, self._output_specs, strict=True):
            elements = 1
            for size in spec["shape"]:
                elements *= int(size)
            buffer.read(elements, numpy.dtype(spec["dtype"]).type)

    def delegation(self) -> Json:
        """Whether the GPU took the whole graph."""
        extent = "fully" if self._complete else "partly"
        return {
            "actual": "gpu",
            "complete": self._complete,
            "evidence": f"CompiledModel: {extent} accelerated",
        }


def count_delegated(originals: list[Json], kernels: list[Json]) -> int:
    """How many of the graph's own nodes lie inside delegate kernels.

    The runtime lists a kernel by its boundary tensors only. Every node met on
    the way back from a kernel's outputs to its inputs was replaced by it.
    """
    producer = {int(tensor): node for node in originals for tensor in node["outputs"]}
    replaced = set()
    for kernel in kernels:
        boundary = {int(tensor) for tensor in kernel["inputs"]}
        pending = [int(tensor) for tensor in kernel["outputs"]]
        while pending:
            tensor = pending.pop()
            node = producer.get(tensor)
            if tensor in boundary or node is None or node["index"] in replaced:
                continue
            replaced.add(node["index"])
            pending.extend(int(each) for each in node["inputs"])
    return len(replaced)


def _tensor(detail: Json) -> Json:
    return {
        "name": str(detail["name"]),
        "shape": [int(size) for size in detail["shape"]],
        "dtype": numpy.dtype(detail["dtype"]).name,
    }


# Runtime and delegate -> the module to import and the class that drives it.
BACKENDS: dict[tuple[str, str], tuple[str, type]] = {
    ("litert", "cpu"): ("ai_edge_litert.interpreter", InterpreterModel),
    ("litert", "cpu-builtin"): ("ai_edge_litert.interpreter", InterpreterModel),
    ("litert", "gpu"): ("ai_edge_litert.compiled_model", CompiledModelOnGpu),
    ("tflite-runtime", "cpu"): ("tflite_runtime.interpreter", InterpreterModel),
    ("tflite-runtime", "cpu-builtin"): ("tflite_runtime.interpreter", InterpreterModel),
}

PACKAGES = {"litert": "ai-edge-litert", "tflite-runtime": "tflite-runtime"}


def backend(runtime: str, delegate: str) -> tuple[Any, type]:
    """The imported runtime module and the class that drives it."""
    if (runtime, delegate) not in BACKENDS:
        raise Unsupported(f"the runtime {runtime} has no delegate {delegate} on this computer")
    name, driver = BACKENDS[runtime, delegate]
    try:
        return importlib.import_module(name), driver
    except ImportError as error:
        raise Unsupported(f"the runtime {runtime} cannot be imported: {_evidence(error)}") from error


def runtime_version(runtime: str) -> str | None:
    """Version of the installed package behind a runtime."""
    try:
        return metadata.version(PACKAGES[runtime])
    except metadata.PackageNotFoundError:
        return None


def make_inputs(tensors: list[Json], wanted: Json) -> list[Any]:
    """One array a tensor: the given array for the first, or reproducible random data."""
    generator = numpy.random.default_rng(wanted.get("seed", 0))
    arrays: list[Any] = []
    for tensor in tensors:
        dtype = numpy.dtype(tensor["dtype"])
        if "array" in wanted and not arrays:
            arrays.append(_given(numpy.load(wanted["array"], allow_pickle=False), tensor, dtype))
        else:
            arrays.append(_random(generator, tensor["shape"], dtype, wanted))
    return arrays


def _given(array: Any, tensor: Json, dtype: Any) -> Any:
    if list(array.shape) != tensor["shape"] or array.dtype != dtype:
        raise ValueError(
            f"the input array is {array.dtype}{list(array.shape)}, the model takes {dtype}{tensor['shape']}"
        )
    return array


def _random(generator: Any, shape: list[int], dtype: Any, wanted: Json) -> Any:
    if dtype.kind == "f":
        low, high = wanted.get("low", -1.0), wanted.get("high", 1.0)
        return generator.uniform(low, high, size=shape).astype(dtype)
    if dtype.name in ("uint8", "int8"):
        limits = numpy.iinfo(dtype)
        return generator.integers(limits.min, limits.max, size=shape, dtype=dtype, endpoint=True)
    # Wider integers are indices or sizes as a rule: anything but 0 may be out of range.
    return numpy.zeros(shape, dtype=dtype)


def peak_memory_bytes() -> int | None:
    """Highest resident size of this process.

    Linux' `VmHWM`, because `ru_maxrss` there starts from the parent's size across fork and exec.
    """
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def process_threads() -> int | None:
    """Operating-system threads of this process, None where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208
    except OSError:
        return None


def affinity() -> list[int] | None:
    """CPUs this process may run on, None where the system does not tell."""
    get = getattr(os, "sched_getaffinity", None)
    return sorted(get(0)) if get else None


def pin(cpus: list[int]) -> None:
    """Let every thread of this process run on these CPUs only. Raises OSError, Unsupported."""
    confine = getattr(os, "sched_setaffinity", None)
    if confine is None:
        raise Unsupported("this system cannot pin a process to a CPU")
    for thread in os.listdir("/proc/self/task"):  # noqa: PTH208
        try:
            confine(int(thread), cpus)
        except ProcessLookupError:  # it has ended since
            continue


class Session:
    """The model that is loaded, and what the requests do with it."""

    def __init__(self) -> None:
        self._model: Any = None
        self._waits: clocks.WaitClock | None = None
        self.closed = False

    def import_runtime(self, request: Json) -> Json:
        """Import the runtime ahead of `load`."""
        backend(request["runtime"], request["delegate"])
        return {}

    def pin(self, request: Json) -> Json:
        """Move to other CPUs."""
        pin(request["cpus"])
        return {"affinity": affinity()}

    def load(self, request: Json) -> Json:
        """Load a model, in place of the one before, and feed it its input."""
        self._model = None
        # Importing the runtime is not part of a model's initialisation.
        module, driver = backend(request["runtime"], request["delegate"])
        waited, start = clocks.main_wait_ns(), time.perf_counter_ns()
        model = driver(module, request)
        init_ns = time.perf_counter_ns() - start
        init_wait_ns = _since(waited)
        tensors = model.inputs()
        model.feed(make_inputs(tensors, request["input"]))
        self._model = model
        return {
            "init_ms": init_ns / 1e6,
            "init_wait_ns": init_wait_ns,
            "runtime_version": runtime_version(request["runtime"]),
            "delegation": model.delegation(),
            "inputs": tensors,
        }

    def invoke(self, request: Json) -> Json:
        """Time invokes of the loaded model."""
        invoke = clocks.with_extra_work(self._model.invoke, request.get("extra_work", 0))
        count, max_ms = request["count"], request["max_ms"]
        if request.get("waits") and self._waits is None:
            self._waits = clocks.WaitClock()
        if self._waits is not None and self._waits.works:
            return clocks.time_invokes_and_waits(invoke, count, max_ms, self._waits)
        waited = clocks.main_wait_ns()
        wall, cpu = clocks.time_invokes(invoke, count, max_ms)
        return {"wall_ns": wall, "cpu_ns": cpu, "main_wait_ns": _since(waited)}

    def close(self, request: Json) -> Json:
        """What can be said of the process at its end."""
        del request
        self.closed = True
        return {
            "peak_memory_bytes": peak_memory_bytes(),
            "process_threads": process_threads(),
            "affinity": affinity(),
            "threads_ns": self._waits.threads_ns() if self._waits is not None else [],
        }


def _since(waited_ns: int | None) -> int | None:
    now = clocks.main_wait_ns()
    return None if waited_ns is None or now is None else now - waited_ns


def answer(session: Session, line: str) -> Json:
    """The answer to one request line; a failure is an answer too."""
    try:
        request = json.loads(line)
        handlers = {
            "import": session.import_runtime,
            "pin": session.pin,
            "load": session.load,
            "invoke": session.invoke,
            "close": session.close,
        }
        return {"ok": True, **handlers[request["op"]](request)}
    except Unsupported as error:
        return {"ok": False, "kind": "unsupported", "reason": str(error)}
    except Exception as error:  # the parent turns it into the status of the launch
        return {"ok": False, "kind": "failed", "reason": f"{type(error).__name__}: {_evidence(error)}"}


def _evidence(error: BaseException) -> str:
    """The shortest text of a runtime's error that says what happened, in at most 200 characters."""
    lines = [line.strip(" └├─") for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith(_NOISE)]
    return (telling[0] if telling else type(error).__name__)[:200]


# Source locations and pointers to web pages, which LiteRT puts around the sentence that matters.
_NOISE = ("ERROR: [", "See instructions", "Node number")


def main() -> None:
    """Serve requests until standard input ends or `close` is asked for."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    gc.disable()
    session = Session()
    for line in sys.stdin:
        reply = answer(session, line)
        answers.write(json.dumps(reply) + "\n")
        answers.flush()
        if session.closed:
            break


if __name__ == "__main__":
    main()
