"""Image files and data sets for tests, written by Pillow into a temporary folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"red": (220, 20, 30), "green": (20, 210, 40), "blue": (10, 30, 230)}


def photo(height: int = 24, width: int = 32, *, seed: int = 0) -> np.ndarray:
    """Smooth random colours, uint8 [height, width, 3]: JPEG keeps them nearly as they are."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def save_plain(path: Path, colour: tuple[int, int, int], *, size: tuple[int, int] = (16, 12)) -> Path:
    """One colour all over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path


def colour_set(root: Path, files: Mapping[str, str]) -> Path:
    """A data set with one folder a colour: file name (suffix included) to colour."""
    for name, colour in files.items():
        save_plain(root / colour / name, COLOURS[colour])
    return root


def listed_set(root: Path, lines: str | bytes, *files: str, labels: str | bytes | None = None) -> Path:
    """`images/` with these files, and `val.txt` with these lines."""
    (root / "images").mkdir(parents=True)
    for name in files:
        (root / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (1, 2, 3)).save(root / "images" / name)
    write(root / "val.txt", lines)
    if labels is not None:
        write(root / "labels.txt", labels)
    return root


def write(path: Path, content: str | bytes) -> Path:
    """Write bytes as they are; text as UTF-8 without translating line ends."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
