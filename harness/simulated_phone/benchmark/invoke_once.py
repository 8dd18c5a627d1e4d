"""One invoke in a process of its own: KIND MODEL OUTPUT [INPUT…]. Imports nothing of harness.

Inputs are raw tensors in the model's order, zeros where none is given; the
outputs are written one after the other.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def main(kind: str, model: str, output: str, *inputs: str) -> None:
    """Run once. Exits with a sentence for an input of the wrong size."""
    resolver = OpResolverType.AUTO if kind == "xnnpack" else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=model, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    for index, detail in enumerate(interpreter.get_input_details()):
        shape, dtype = detail["shape"], numpy.dtype(detail["dtype"])
        wanted = int(numpy.prod(shape)) * dtype.itemsize
        data = Path(inputs[index]).read_bytes() if index < len(inputs) else bytes(wanted)
        if len(data) != wanted:
            sys.exit(f"the input has {len(data)} bytes, the model takes {wanted}")
        interpreter.set_tensor(detail["index"], numpy.frombuffer(data, dtype).reshape(shape))
    interpreter.invoke()
    with Path(output).open("wb") as file:
        for detail in interpreter.get_output_details():
            file.write(interpreter.get_tensor(detail["index"]).tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
