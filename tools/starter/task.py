"""The starter task: pictures of one textured shape, made by arithmetic alone.

Sixteen classes: four shapes in four textures. Rotation, scale, position,
colours, lighting, clutter, occlusion, blur and noise vary, so that a small
model confuses what a larger one tells apart. The shape always lies within the
central square that survives a crop of 87.5 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

SHAPES = ("circle", "square", "triangle", "star")
TEXTURES = ("plain", "striped", "dotted", "checkered")
LABELS = tuple(f"{texture} {shape}" for shape in SHAPES for texture in TEXTURES)

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """`pixels` is uint8 [height, width, 3]."""

    pixels: Pixels
    label: int


def draw_picture(generator: np.random.Generator, label: int) -> Picture:
    """One picture of a class, different at every call."""
    height, width = _size(generator)
    scene = _background(generator, height, width)
    _clutter(generator, scene, count=int(generator.integers(2, 7)))
    canvas = np.asarray(scene, np.float64)
    mask, ink = _object(generator, label, height, width)
    body, pattern = _colours(generator)
    surface = body + ink[..., None] * (pattern - body)
    canvas = canvas + mask[..., None] * (surface - canvas)
    scene = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    _clutter(generator, scene, count=int(generator.integers(0, 3)))
    return Picture(_camera(generator, scene), label)


def _size(generator: np.random.Generator) -> tuple[int, int]:
    short = int(generator.integers(72, 120))
    long = int(short * generator.uniform(1.0, 1.5))
    return (short, long) if generator.random() < 0.6 else (long, short)


def _background(generator: np.random.Generator, height: int, width: int) -> Image.Image:
    corners = generator.integers(20, 236, size=(2, 2, 3)).astype(np.uint8)
    return Image.fromarray(corners).resize((width, height), Image.Resampling.BILINEAR)


def _clutter(generator: np.random.Generator, scene: Image.Image, *, count: int) -> None:
    """Lines, blobs and boxes, all smaller than the object."""
    pen = ImageDraw.Draw(scene)
    reach = min(scene.size)
    for _ in range(count):
        x, y = generator.uniform(0, scene.size[0]), generator.uniform(0, scene.size[1])
        colour = tuple(int(value) for value in generator.integers(0, 256, size=3))
        kind = generator.integers(3)
        if kind == 0:
            end = (x + generator.normal(0, reach / 2), y + generator.normal(0, reach / 2))
            pen.line([(x, y), end], fill=colour, width=int(generator.integers(1, 4)))
            continue
        size = generator.uniform(0.03, 0.10) * reach
        box = (x - size, y - size, x + size * generator.uniform(0.5, 1), y + size * generator.uniform(0.5, 1))
        (pen.ellipse if kind == 1 else pen.rectangle)(box, fill=colour)


def _object(generator: np.random.Generator, label: int, height: int, width: int) -> tuple[Plane, Plane]:
    """Coverage of the shape and of the pattern on it, each [height, width] in 0..1."""
    radius = 0.5 * 0.875 * min(height, width) * generator.uniform(0.45, 0.88)
    room = 0.5 * 0.875 * min(height, width) - radius
    centre_y = height / 2 + generator.uniform(-room, room)
    centre_x = width / 2 + generator.uniform(-room, room)
    rows, columns = np.mgrid[0:height, 0:width]
    x, y = (columns - centre_x) / radius, (rows - centre_y) / radius
    u, v = _turn(x, y, generator.uniform(0, 2 * np.pi))
    squeeze = generator.uniform(0.8, 1.0)
    inside = _shape(SHAPES[label // 4], u, v / squeeze)
    mask = np.clip(inside * radius + 0.5, 0, 1)
    p, q = _turn(x, y, generator.uniform(0, 2 * np.pi))
    return mask, _texture(TEXTURES[label % 4], p, q, period=generator.uniform(0.34, 0.62))


def _turn(x: Plane, y: Plane, angle: float) -> tuple[Plane, Plane]:
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _shape(shape: str, u: Plane, v: Plane) -> Plane:
    """Signed distance to the outline, about, positive inside; the shape fits the unit circle."""
    distance = np.hypot(u, v)
    if shape == "circle":
        return 0.92 - distance
    if shape == "square":
        return 0.72 - np.maximum(np.abs(u), np.abs(v))
    angle = np.arctan2(v, u)
    if shape == "triangle":
        sector = np.mod(angle, 2 * np.pi / 3) - np.pi / 3
        return 0.48 - distance * np.cos(sector)
    sector = np.abs(np.mod(angle, 2 * np.pi / 5) - np.pi / 5)
    return (1.0 - 0.55 * (1 - sector / (np.pi / 5)) - distance) * 0.8


def _texture(texture: str, p: Plane, q: Plane, *, period: float) -> Plane:
    if texture == "plain":
        return np.zeros_like(p)
    phase_p, phase_q = np.mod(p / period, 1.0), np.mod(q / period, 1.0)
    if texture == "striped":
        return (phase_p < 0.5).astype(np.float64)
    if texture == "dotted":
        return (np.hypot(phase_p - 0.5, phase_q - 0.5) < 0.33).astype(np.float64)
    return ((phase_p < 0.5) ^ (phase_q < 0.5)).astype(np.float64)


def _colours(generator: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Body and pattern, apart enough to be seen."""
    body = generator.uniform(0, 255, size=3)
    while True:
        pattern = generator.uniform(0, 255, size=3)
        if np.abs(pattern - body).sum() > 160:
            return body, pattern


def _camera(generator: np.random.Generator, scene: Image.Image) -> Pixels:
    """Blur, uneven light, contrast and noise."""
    blurred = scene.filter(ImageFilter.GaussianBlur(generator.uniform(0.3, 1.3)))
    light = generator.uniform(0.55, 1.25, size=(2, 2)).astype(np.float32)
    lamp = np.asarray(Image.fromarray(light).resize(scene.size, Image.Resampling.BILINEAR), np.float64)
    pixels = np.asarray(blurred, np.float64)
    pixels = (pixels - 128) * generator.uniform(0.5, 1.0) + 128
    pixels = pixels * lamp[..., None] + generator.normal(0, generator.uniform(3, 16), size=pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)
