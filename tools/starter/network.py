"""The three networks of the starter zoo, and how they are trained. Development only: needs TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from task import LABELS

BATCH = 64


@dataclass(frozen=True)
class Width:
    """One network: MobileNet's two multipliers, channels of the first layer and input resolution."""

    name: str
    channels: int
    input_size: int


WIDTHS = (Width("small", 14, 32), Width("medium", 22, 48), Width("large", 34, 64))


def build_network(width: Width, batch: int | None = None) -> tf.keras.Model:
    """A MobileNet-style stack: separable convolutions, doubling channels as the picture shrinks."""
    image = tf.keras.Input((width.input_size, width.input_size, 3), batch_size=batch, name="image")
    x = _activate(_convolution(width.channels, kernel=3, stride=2)(image))
    for factor, stride in ((2, 2), (4, 2), (4, 1), (8, 2), (8, 1)):
        depthwise = tf.keras.layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)
        x = _activate(depthwise(x))
        x = _activate(_convolution(width.channels * factor, kernel=1, stride=1)(x))
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(
        image, tf.keras.layers.Dense(len(LABELS), activation="softmax", name="probability")(x)
    )


def train(
    width: Width, images: NDArray[np.uint8], labels: NDArray[np.int64], *, seed: int, epochs: int
) -> tf.keras.Model:
    """Fit a network; deterministic for a seed up to the order of parallel sums.

    `images` is uint8 [n, size, size, 3], `labels` int64 [n].
    """
    tf.keras.utils.set_random_seed(seed)
    network = build_network(width)
    rate = tf.keras.optimizers.schedules.CosineDecay(4e-3, epochs * (len(images) // BATCH))
    network.compile(
        tf.keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(images), seed=seed)
    data = data.batch(BATCH, drop_remainder=True).map(_augment, deterministic=True).prefetch(2)
    network.fit(data, epochs=epochs, verbose=2)
    return network


def _convolution(channels: int, *, kernel: int, stride: int) -> tf.keras.layers.Conv2D:
    return tf.keras.layers.Conv2D(channels, kernel, strides=stride, padding="same", use_bias=False)


def _activate(x: tf.Tensor) -> tf.Tensor:
    return tf.keras.layers.ReLU(6.0)(tf.keras.layers.BatchNormalization(momentum=0.97)(x))


def _augment(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mirror at random and bring pixels to [-1, 1]; every class is its own mirror image."""
    pixels = (tf.cast(images, tf.float32) - 127.5) / 127.5
    return tf.image.random_flip_left_right(pixels), labels
