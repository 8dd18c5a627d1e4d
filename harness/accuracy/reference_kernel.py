"""Resizing by TFLite's own reference kernel: the code whose arithmetic module `resize` reproduces.

One small graph casts the crop to float and resizes it to every size that is
needed; the runtime runs it about twice as fast as numpy can. Where the runtime or
its kernel is not to be had, or does not compute the very same numbers, numpy does
the work.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence

import numpy as np

from harness.accuracy.decode import ImageArray
from harness.accuracy.reference_graph import Size, resize_graph
from harness.accuracy.resize import Box, FloatImage, resize_bilinear

__all__ = ["BilinearKernel", "open_kernel"]


class BilinearKernel:
    """Resizes boxes of images to a fixed list of sizes. Not to be shared by threads."""

    def __init__(self, sizes: Sequence[Size]) -> None:
        """Raises whatever a runtime without such a kernel raises; see `open_kernel`."""
        module = importlib.import_module("ai_edge_litert.interpreter")
        self._interpreter = module.Interpreter(
            model_content=resize_graph(sizes),
            num_threads=1,
            experimental_op_resolver_type=module.OpResolverType.BUILTIN_REF,
        )
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]
        self._shape: tuple[int, ...] = ()

    def resize(self, image: ImageArray, box: Box) -> Iterator[FloatImage]:
        """The box of a uint8 image [h, w, 3] in every size, in order: float32 [height, width, 3].

        Each is a view of the kernel's memory that must be let go of before the next call.
        """
        part = image[np.newaxis, box.top : box.top + box.height, box.left : box.left + box.width]
        if part.shape != self._shape:
            self._interpreter.resize_tensor_input(self._input, part.shape)
            self._interpreter.allocate_tensors()
            self._shape = part.shape
        self._interpreter.set_tensor(self._input, part)
        self._interpreter.invoke()
        for output in self._outputs:
            yield self._interpreter.tensor(output)()[0]


def open_kernel(sizes: Sequence[Size]) -> BilinearKernel | None:
    """A kernel for these sizes that gives bit for bit what numpy gives, or None."""
    try:
        kernel = BilinearKernel(sizes)
        return kernel if _agrees(kernel, sizes) else None
    except (ImportError, AttributeError, RuntimeError, ValueError, TypeError):
        return None


def _agrees(kernel: BilinearKernel, sizes: Sequence[Size]) -> bool:
    image = np.random.default_rng(0).integers(0, 256, (61, 67, 3), dtype=np.uint8)
    box = Box(top=3, left=5, height=53, width=59)
    found = kernel.resize(image, box)
    return all(
        np.array_equal(resized, resize_bilinear(image, box, *size))
        for size, resized in zip(sizes, found, strict=True)
    )
