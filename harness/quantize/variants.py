"""The forms a float model can be given, made by Google's ai-edge-quantizer (the extra `quantize`)."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Sequence
from enum import Enum
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import MissingExtraError, ModelError
from harness.quantize.upgrade import SIGNATURE, input_key, upgraded

__all__ = ["Variant", "check_installed", "quantized"]


class Variant(str, Enum):
    """How weights and activations are stored."""

    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    """int8 weights, a scale a channel; activations are quantized while it runs."""
    INT8 = "int8"
    """int8 weights and activations; ranges of activations come from images."""

    def __str__(self) -> str:
        return str(self.value)

    @property
    def needs_images(self) -> bool:
        """Whether activations have to be seen first."""
        return self is Variant.INT8


def check_installed() -> None:
    """Raises MissingExtraError without ai-edge-quantizer."""
    if find_spec("ai_edge_quantizer") is None:
        raise MissingExtraError("harness zoo quantize", extra="quantize")


def quantized(data: bytes, variant: Variant, images: Sequence[NDArray[np.float32]] = ()) -> bytes:
    """A float model's file in another form.

    `images` are input tensors [1, height, width, 3] as the model takes them, for INT8.
    Raises ModelError, in the quantizer's words, where it cannot do it.
    """
    check_installed()
    try:
        quiet = io.StringIO()
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(quiet),
            contextlib.redirect_stderr(quiet),
        ):
            warnings.simplefilter("ignore")
            return _quantize(upgraded(data), variant, images)
    except ModelError:
        raise
    except Exception as error:  # the quantizer raises many kinds, none of its own
        raise ModelError(f"it cannot be quantized to {variant}: {_one_line(error)}") from error


def _quantize(data: bytes, variant: Variant, images: Sequence[NDArray[np.float32]]) -> bytes:
    from ai_edge_quantizer import quantizer

    tool = quantizer.Quantizer(data, _recipe(variant))
    ranges = None
    if tool.need_calibration:
        _check_shapes(images)
        samples = [{input_key(0): image} for image in images]
        ranges = tool.calibrate({SIGNATURE: samples}, num_threads=1)
    made = tool.quantize(ranges, enable_progress_bar=False, enable_progress_report=False)
    return bytes(made.quantized_model)


def _check_shapes(images: Sequence[NDArray[np.float32]]) -> None:
    """The quantizer takes arrays of any shape, calibrates with nonsense, and says nothing."""
    for image in images:
        if image.ndim != 4 or image.shape[0] != 1:
            raise ValueError(f"an input tensor of shape {image.shape} is not [1, height, width, channels]")


def _recipe(variant: Variant) -> Any:  # noqa: ANN401 (a list of dictionaries of the quantizer's)
    from ai_edge_quantizer import recipe

    if variant is Variant.DYNAMIC:
        return recipe.dynamic_wi8_afp32()
    if variant is Variant.INT8:
        return recipe.static_wi8_ai8()
    return _float16_recipe()


def _float16_recipe() -> Any:  # noqa: ANN401
    """Weights as float16 with a DEQUANTIZE before each use, as TensorFlow's converter writes them."""
    from ai_edge_quantizer import qtyping, recipe_manager
    from ai_edge_quantizer.recipe import AlgorithmName

    weights = qtyping.TensorQuantizationConfig(num_bits=16, dtype=qtyping.TensorDataType.FLOAT)
    config = qtyping.OpQuantizationConfig(
        weight_tensor_config=weights,
        compute_precision=qtyping.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )
    manager = recipe_manager.RecipeManager()
    manager.add_quantization_config(
        regex=".*",
        operation_name=qtyping.TFLOperationName.ALL_SUPPORTED,
        op_config=config,
        algorithm_key=AlgorithmName.FLOAT_CASTING,
    )
    return manager.get_quantization_recipe()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
