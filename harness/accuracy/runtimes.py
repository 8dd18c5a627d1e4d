"""One loaded model, ready to score images: on TFLite's interpreter or on LiteRT's GPU accelerator.

Used in the evaluating child process only. A session is not shared by threads.
"""

from __future__ import annotations

import importlib
import math
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from harness.accuracy.topk import Scores, scores_facts, two_classes
from harness.records.model import TensorFacts
from harness.records.vocabulary import Delegate, Runtime
from harness.zoo.image_form import image_form
from harness.zoo.score_form import ScoreForm

__all__ = ["CannotRun", "Session", "evidence", "open_session"]

_MODULES = {
    Runtime.LITERT: "ai_edge_litert.interpreter",
    Runtime.TFLITE_RUNTIME: "tflite_runtime.interpreter",
}


class CannotRun(Exception):
    """This runtime or machine has no way to do what was asked, whatever the model."""


class Session(Protocol):
    """A model that takes one picture and gives one row of scores."""

    input: TensorFacts
    output: TensorFacts
    """The row of scores [1, classes], whatever shape the model gives it."""
    delegate: Delegate | None
    """What computes the graph; None where the runtime does not tell."""
    shortfall: str | None
    """Why this is not, or not wholly, what was asked for."""

    def run(self, tensor: Scores) -> Scores:
        """Raw scores [classes] of an input tensor of the input's shape and type."""
        ...


def open_session(
    path: str,
    runtime: Runtime,
    delegate: Delegate,
    *,
    scores: ScoreForm | None = None,
    size: tuple[int, int] | None = None,
) -> Session:
    """Load a model for one thread.

    `scores` says where the scores lie (None: in the only output), `size` which height and
    width an input of open size is given. Raises CannotRun where this machine has no such
    delegate or the model is no classifier, ModelError where its input or output is none of
    a classifier, and RuntimeError or ValueError, in the runtime's words, where the runtime
    refuses the model.
    """
    module = importlib.import_module(_MODULES[runtime])
    if delegate is Delegate.GPU and runtime is Runtime.LITERT:
        return _GpuSession(path, module, scores)
    if delegate in (Delegate.CPU, Delegate.CPU_BUILTIN):
        return _CpuSession(path, module, delegate, scores, size)
    raise CannotRun(f"{runtime} has no {delegate} delegate on this computer")


class _Interpreter(Protocol):
    """The part of TFLite's interpreter that tells of its tensors."""

    def get_input_details(self) -> list[dict[str, Any]]: ...

    def get_output_details(self) -> list[dict[str, Any]]: ...


class _CpuSession:
    """A model on TFLite's interpreter, one thread."""

    def __init__(
        self,
        path: str,
        module: ModuleType,
        delegate: Delegate,
        scores: ScoreForm | None,
        size: tuple[int, int] | None,
    ) -> None:
        resolvers = module.OpResolverType
        builtin = delegate is Delegate.CPU_BUILTIN
        self._interpreter = module.Interpreter(
            model_path=path,
            num_threads=1,
            experimental_op_resolver_type=resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            if builtin
            else resolvers.AUTO,
        )
        self.input = _input(self._interpreter)
        self._input_index = self._interpreter.get_input_details()[0]["index"]
        if min(self.input.shape[1:], default=1) < 0:
            shape = image_form(self.input, size).shape
            self._interpreter.resize_tensor_input(self._input_index, shape)
        self._interpreter.allocate_tensors()
        if -1 in _output_detail(self._interpreter, scores).get("shape_signature", [])[1:]:
            self._interpreter.invoke()  # only now does the runtime know how many classes there are
        detail = _output_detail(self._interpreter, scores)
        self._output_index = detail["index"]
        self._scores = _Row(_facts(detail, signature=False), scores)
        self.output = self._scores.facts
        kernels = sum(node["op_name"] == "DELEGATE" for node in self._interpreter._get_ops_details())
        self.delegate: Delegate | None = Delegate.CPU if kernels else Delegate.CPU_BUILTIN
        self.shortfall = (
            "XNNPACK took no part of the graph; the builtin kernels ran it"
            if self.delegate is not delegate
            else None
        )

    def run(self, tensor: Scores) -> Scores:
        self._interpreter.set_tensor(self._input_index, tensor)
        self._interpreter.invoke()
        return self._scores.of(self._interpreter.get_tensor(self._output_index))


class _GpuSession:
    """A model on LiteRT's CompiledModel with the GPU accelerator."""

    def __init__(self, path: str, interpreters: ModuleType, scores: ScoreForm | None) -> None:
        compiled = importlib.import_module("ai_edge_litert.compiled_model")
        # CompiledModel does not tell scales; the interpreter reads them without running the model.
        interpreter = interpreters.Interpreter(model_path=path)
        self.input = _input(interpreter)
        detail = _output_detail(interpreter, scores)
        if min(self.input.shape[1:], default=1) < 0:
            raise CannotRun("its input leaves its size open, which the GPU accelerator does not take")
        if len(interpreter.get_output_details()) > 1:
            raise CannotRun("it has several outputs, and the GPU accelerator's are not told apart")
        self._raw = _facts(detail, signature=False)
        self._scores = _Row(self._raw, scores)
        self.output = self._scores.facts
        self._model, self.shortfall = _compile_for_gpu(compiled, path)
        self.delegate: Delegate | None = Delegate.GPU
        self._inputs = self._model.create_input_buffers(0)
        self._outputs = self._model.create_output_buffers(0)
        self._dtype = np.dtype(self._raw.dtype).type

    def run(self, tensor: Scores) -> Scores:
        self._inputs[0].write(tensor)
        self._model.run_by_index(0, self._inputs, self._outputs)
        return self._scores.of(self._outputs[0].read(math.prod(self._raw.shape), self._dtype))


class _Row:
    """From a model's raw output to a row of scores."""

    def __init__(self, output: TensorFacts, form: ScoreForm | None) -> None:
        self._one_value = form.one_value if form is not None else None
        self._output = output
        self.facts = scores_facts(output, self._one_value)

    def of(self, raw: Scores) -> Scores:
        row: Scores = raw.reshape(-1)
        return row if self._one_value is None else two_classes(row, self._output, self._one_value)[0]


def _compile_for_gpu(compiled: ModuleType, path: str) -> tuple[Any, str | None]:
    """The compiled model, and why it is not all on the GPU if it is not."""
    accelerators = compiled.HardwareAccelerator
    partly = "the GPU took only a part of the graph; the CPU ran the rest"
    try:
        model = compiled.CompiledModel.from_file(path, accelerators.GPU)
    except RuntimeError as error:
        # Only a GPU that exists refuses single operations. Without one, asking for
        # GPU | CPU could end in a silent run on the CPU.
        if "not accelerated" not in str(error):
            raise CannotRun(f"the GPU accelerator could not be used ({evidence(error)})") from error
        return compiled.CompiledModel.from_file(path, accelerators.GPU | accelerators.CPU), partly
    return model, None if model.is_fully_accelerated() else partly


def _input(interpreter: _Interpreter) -> TensorFacts:
    inputs = interpreter.get_input_details()
    if len(inputs) != 1:
        raise CannotRun(f"it has {len(inputs)} inputs, and a classifier has one")
    return _facts(inputs[0], signature=True)


def _output_detail(interpreter: _Interpreter, scores: ScoreForm | None) -> dict[str, Any]:
    """The output that holds the scores, in the order of the file's outputs."""
    outputs = interpreter.get_output_details()
    if scores is not None and scores.index < len(outputs):
        return outputs[scores.index]
    if len(outputs) != 1:
        raise CannotRun(f"it has {len(outputs)} outputs, and a classifier one row of scores")
    return outputs[0]


def _facts(detail: dict[str, Any], *, signature: bool) -> TensorFacts:
    scale, zero_point = detail["quantization"]
    # Where sizes are open, "shape" shows ones in their place.
    shape = detail.get("shape_signature", detail["shape"]) if signature else detail["shape"]
    return TensorFacts(
        name=str(detail["name"]),
        shape=tuple(int(size) for size in shape),
        dtype=np.dtype(detail["dtype"]).name,
        scale=float(scale) or None,
        zero_point=int(zero_point) if scale else None,
    )


def evidence(error: BaseException) -> str:
    """The telling line of a runtime's error: the first that is not only a place in its source."""
    lines = [line.strip("└ \t") for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("ERROR: [")]
    text = (telling or lines or [type(error).__name__])[0]
    return text if len(text) <= 200 else text[:197] + "..."
