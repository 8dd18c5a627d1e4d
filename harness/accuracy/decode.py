"""Images from files: anything Pillow can read safely becomes RGB, 8 bits a channel.

What happens to pictures that are not plain 8-bit RGB:

* JPEG: libjpeg's accurate integer transform (ISLOW) and smooth chroma upsampling,
  which are Pillow's defaults and those of TFLite's evaluation tool. Colour profiles are
  ignored, as the tool ignores them.
* EXIF orientation: applied where the caller says so, else ignored, as the tool ignores it.
* grey: the value is repeated in the three channels. 16-bit grey is scaled by
  255/65535 and rounded; 16-bit colour PNG keeps its upper eight bits.
* CMYK: (255 - c)(255 - k) / 255, cut to an integer: TensorFlow's arithmetic.
* alpha and palette transparency: dropped, as TensorFlow's decoders drop it.
* animations and files of several pages: refused. (The extra pictures that phones
  append to a JPEG are no animation: the first one counts.)
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image, UnidentifiedImageError

from harness.errors import ImageError
from harness.records.vocabulary import Exif

__all__ = [
    "FORMATS",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "ImageArray",
    "decode_image",
    "is_image",
    "orientation_of",
]

ImageArray = npt.NDArray[np.uint8]

_AVIF = ("AVIF",) if tuple(map(int, PIL.__version__.split(".")[:2])) >= (11, 3) else ()
FORMATS = (
    *("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "PPM", "JPEG2000", *_AVIF),
    *("DIB", "ICO", "PCX", "SGI", "PSD", "SUN", "TGA"),
)
"""Pillow's decoders that may see a file; the rest (EPS runs a program) are not tried."""

IMAGE_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"),
        *(".ppm", ".pgm", ".pnm", ".pbm", ".jp2", ".avif", ".tga"),
    }
)
"""Suffixes, in lower case, by which a folder's images are told from its other files."""

MAX_PIXELS = 64 * 1024 * 1024
"""Larger pictures are refused before they are decoded: 64 Mi pixels take 256 MiB of memory."""

_FAILURES = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on broken files; a TIFF without its width is a TypeError, for one."""

# MAX_PIXELS is the stricter limit, so Pillow's own warning would only repeat it.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def decode_image(path: str | Path, exif: Exif = Exif.IGNORE) -> ImageArray:
    """Decode one picture to uint8 [height, width, 3], RGB and contiguous.

    Raises ImageError, one sentence that names the file, for whatever cannot be
    read as one still picture.
    """
    try:
        with _open(path) as image:
            _check_size(image, path)
            _check_still(image, path)
            pixels = _to_rgb(image, path)
            # Asked after the pixels were read: Pillow turns a TIFF itself then, and says so.
            return _upright(pixels, _orientation(image) if exif is Exif.APPLY else 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"{path} is too large to decode: {_evidence(error)}") from error
    except _FAILURES as error:
        raise ImageError(f"{path} cannot be decoded: {_evidence(error)}") from error


def is_image(path: str | Path) -> bool:
    """Whether a file of any name begins like an image that may be decoded; only its header is read."""
    try:
        # TGA has no mark to know it by: its suffix tells.
        with Image.open(path, formats=[each for each in FORMATS if each != "TGA"]):
            return True
    except (*_FAILURES, Image.DecompressionBombError):
        return False


def orientation_of(path: str | Path) -> int:
    """The orientation of the EXIF data, 1 to 8; 1 (as stored) also for what cannot be read."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return _orientation(image)
    except (Image.DecompressionBombError, *_FAILURES):
        return 1


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION_TAG, 1)
    except _FAILURES:  # damaged EXIF data does not make the picture unreadable
        return 1
    return found if found in _TURNED else 1


def _upright(pixels: ImageArray, orientation: int) -> ImageArray:
    """The picture as the camera was held (EXIF 2.32, tag Orientation)."""
    return np.ascontiguousarray(_TURNED[orientation](pixels)) if orientation in _TURNED else pixels


_ORIENTATION_TAG = 0x0112
_TURNED: dict[int, Callable[[ImageArray], ImageArray]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels),
}


def _open(path: str | Path) -> Image.Image:
    try:
        return Image.open(path, formats=FORMATS)
    except FileNotFoundError as error:
        raise ImageError(f"{path} does not exist") from error
    except UnidentifiedImageError as error:
        raise ImageError(_unidentified(Path(path))) from error


def _unidentified(path: Path) -> str:
    if path.stat().st_size == 0:
        return f"{path} is empty (0 bytes)"
    return f"{path} is no image that can be read ({', '.join(FORMATS)})"


def _check_size(image: Image.Image, path: str | Path) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{path} is too large to decode: {width}x{height} pixels, the limit is {MAX_PIXELS} pixels"
        )


def _check_still(image: Image.Image, path: str | Path) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        raise ImageError(f"{path} holds {frames} frames; a classifier is given one still picture")


def _to_rgb(image: Image.Image, path: str | Path) -> ImageArray:
    mode = image.mode
    if mode == "RGB":
        return np.asarray(image)
    if mode == "CMYK":
        return _from_cmyk(image)
    if mode.startswith("I;16"):
        return _from_grey16(np.asarray(image))
    if mode == "I" and image.format in ("PNG", "PPM"):  # Pillow < 11 opens 16-bit grey so
        return _from_grey16(np.asarray(image))
    if mode in ("I", "F", "LAB"):
        raise ImageError(f"{path} has pixels of kind {mode!r}, which have no fixed meaning as 8-bit RGB")
    return np.asarray(_without_alpha(image))


def _without_alpha(image: Image.Image) -> Image.Image:
    if "A" in image.getbands() and image.mode == "LA":
        return image.getchannel("L").convert("RGB")
    return image.convert("RGB")


def _from_grey16(values: npt.NDArray[np.generic]) -> ImageArray:
    wide = values.astype(np.uint32)
    grey = ((wide * 255 + 32767) // 65535).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def _from_cmyk(image: Image.Image) -> ImageArray:
    ink = np.asarray(image).astype(np.uint16)
    # Pillow assumes that every CMYK JPEG is stored inverted; only Adobe's are.
    if image.format == "JPEG" and "adobe" not in image.info:
        ink = 255 - ink
    light = 255 - ink
    return (light[:, :, :3] * light[:, :, 3:] // 255).astype(np.uint8)


def _evidence(error: BaseException) -> str:
    """First line of Pillow's words, without the file name it may repeat."""
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
