"""Raw inputs and outputs of the simulated tool: `--input_layer_value_files` and `--output_filepath`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.simulated_phone.benchmark.flags import Flags

if TYPE_CHECKING:
    from harness.simulated_phone.shell.context import Context

__all__ = ["TensorFailure", "run_once", "wants_tensors"]

_SCRIPT = Path(__file__).with_name("invoke_once.py")
_PATIENCE_S = 120.0


class TensorFailure(Exception):
    """The tool's words on an input or output that did not work."""


def wants_tensors(flags: Flags) -> bool:
    """Whether the caller wants an input of its own or the outputs."""
    return bool(flags.text("input_layer_value_files") or flags.text("output_filepath"))


def run_once(context: Context, flags: Flags) -> None:
    """Invoke once more with the given input and keep the raw outputs, one tensor after the other."""
    inputs = []
    for part in filter(None, flags.text("input_layer_value_files").split(",")):
        name = part.replace("::", "\0").partition(":")[2].replace("\0", ":")
        path = context.path(name)
        if not context.files.exists(path):
            raise TensorFailure(f"Failed to read the input layer value file '{name}'.")
        inputs.append(str(context.files.host_path(path)))
    xnnpack = flags.yes("use_xnnpack") or "use_xnnpack" not in flags.given
    model = context.files.host_path(context.path(flags.text("graph")))
    with tempfile.TemporaryDirectory(prefix="harness-simulated-") as folder:
        output = Path(folder) / "output"
        kind = "xnnpack" if xnnpack else "builtin"
        words = [sys.executable, str(_SCRIPT), kind, str(model), str(output), *inputs]
        ended = subprocess.run(words, capture_output=True, timeout=_PATIENCE_S, check=False)
        if ended.returncode != 0:
            lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
            raise TensorFailure(lines[-1] if lines else "the invoke failed")
        if flags.text("output_filepath"):
            context.files.write(context.path(flags.text("output_filepath")), output.read_bytes())
