"""A picture with its labels written below it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from harness.accuracy.decode import decode_image
from harness.classify.classify import Answer
from harness.errors import UsageError
from harness.records.vocabulary import Exif

__all__ = ["annotate"]

_LEAST_WIDTH_PX = 320
_LINE_PX = 22
_MARGIN_PX = 8
_INK, _PAPER, _BAR = (20, 24, 32), (255, 255, 255), (198, 219, 239)


def annotate(answer: Answer, out: Path, exif: Exif = Exif.APPLY) -> None:
    """Write a PNG of the picture and, below it, a bar and a line for each class. Raises UsageError."""
    picture = Image.fromarray(decode_image(Path(answer.image), exif))
    width = max(_LEAST_WIDTH_PX, picture.width)
    lines = [f"{guess.probability:6.1%}  {guess.label}" for guess in answer.guesses]
    if answer.doubt is not None:
        lines.append(f"uncertain ({answer.doubt})")
    height = picture.height + 2 * _MARGIN_PX + _LINE_PX * len(lines)
    page = Image.new("RGB", (width, height), _PAPER)
    page.paste(picture, ((width - picture.width) // 2, 0))
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=15)
    for number, line in enumerate(lines):
        top = picture.height + _MARGIN_PX + number * _LINE_PX
        if number < len(answer.guesses):
            reach = int(answer.guesses[number].probability * (width - 2 * _MARGIN_PX))
            pen.rectangle((_MARGIN_PX, top, _MARGIN_PX + reach, top + _LINE_PX - 4), fill=_BAR)
        pen.text((_MARGIN_PX + 2, top), line, fill=_INK, font=font)
    try:
        page.save(out, format="PNG")
    except OSError as error:
        raise UsageError(f"--annotate {out}: cannot be written: {error.strerror or error}") from error
