"""From a trained network to the four files that are bundled: float32, float16, dynamic range, full int8."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from network import Width, build_network
from preprocess import as_float_input

VARIANTS = ("float32", "float16", "dynamic", "int8")


def convert(width: Width, network: tf.keras.Model, variant: str, calibration: NDArray[np.uint8]) -> bytes:
    """The `.tflite` bytes of one variant. `calibration` is uint8 [n, size, size, 3]."""
    converter = tf.lite.TFLiteConverter.from_keras_model(_with_batch_of_one(width, network))
    # One scale a tensor: in networks this small, a scale and zero point for each channel would
    # take as many bytes as the weights they describe. Not for dynamic range, whose depthwise
    # kernel takes per-channel scales for granted: with one scale Top-1 fell to chance here.
    converter._experimental_disable_per_channel = variant == "int8"
    if variant != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if variant == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if variant == "int8":
        converter.representative_dataset = lambda: _representative(calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def _with_batch_of_one(width: Width, network: tf.keras.Model) -> tf.keras.Model:
    """The same network with a static shape, which the delegates want."""
    fixed = build_network(width, batch=1)
    fixed.set_weights(network.get_weights())
    return fixed


def _representative(images: NDArray[np.uint8]) -> Iterator[list[NDArray[np.float32]]]:
    """The images, after one with both ends of the range, so that the input's becomes exactly [-1, 1]."""
    ends = np.full((1, *images.shape[1:]), -1.0, np.float32)
    ends[:, ::2] = 1.0
    yield [ends]
    for image in images:
        yield [as_float_input(image)[None]]
