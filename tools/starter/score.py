"""Top-1 of a `.tflite` file on the bundled validation images, with LiteRT and plain preprocessing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from preprocess import as_float_input, central_square, shrink


def top1(model: Path, folder: Path) -> float:
    """Share of the images of `folder/val.txt` whose best class is theirs."""
    interpreter = Interpreter(str(model), num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    rows = [line.split() for line in (folder / "val.txt").read_text().splitlines()]
    correct = 0
    for name, label in rows:
        pixels = np.asarray(Image.open(folder / "images" / name).convert("RGB"))
        small = shrink(central_square(pixels), int(source["shape"][1]))
        is_int8 = source["dtype"] == np.int8
        fed = (small.astype(np.int16) - 128).astype(np.int8) if is_int8 else as_float_input(small)
        interpreter.set_tensor(source["index"], fed[None])
        interpreter.invoke()
        correct += int(interpreter.get_tensor(target["index"])[0].argmax()) == int(label)
    return correct / len(rows)
