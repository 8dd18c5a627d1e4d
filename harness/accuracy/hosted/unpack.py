"""Images out of an archive into a folder with `val.txt`, all of them or none."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness.accuracy.hosted.catalogue import Picked
from harness.accuracy.listed import LIST_NAME
from harness.errors import DatasetError

__all__ = ["unpack_images"]

_MAX_IMAGE_BYTES = 64 << 20
_COPY_BYTES = 1 << 20


def unpack_images(
    archive: Path,
    folder: Path,
    pick: Callable[[str], Picked | None],
    *,
    images: int,
    on_image: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write the picked images of a tar to `folder/images`; their classes, where known, to `folder/val.txt`.

    Names come from `pick`, never from the archive. `folder` appears when it is
    complete. Raises DatasetError for an archive that is broken, holds a picked
    member that is no regular file, or does not hold exactly `images` of them.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        (draft / "images").mkdir()
        kept: list[Picked] = []
        for picked, content in _picked(archive, pick):
            if len(kept) >= images:
                raise DatasetError(f"{archive.name} holds more than the {images} images that are expected")
            _write(draft / "images" / picked.file, content, archive)
            kept.append(picked)
            on_image(len(kept), images)
        if len(kept) != images:
            raise DatasetError(f"{archive.name} holds {len(kept)} images of the {images} that are expected")
        _write_list(draft / LIST_NAME, kept)
        draft.rename(folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DatasetError(f"{archive.name} cannot be unpacked to {folder}: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _picked(archive: Path, pick: Callable[[str], Picked | None]) -> Iterator[tuple[Picked, Iterator[bytes]]]:
    # As a stream: the archives are large, and no member is wanted twice.
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            picked = pick(member.name)
            if picked is None:
                continue
            if not member.isreg() or member.size > _MAX_IMAGE_BYTES:
                raise DatasetError(f"{archive.name}: {member.name} is no image file")
            source = tar.extractfile(member)
            assert source is not None  # a regular file always opens
            yield picked, iter(lambda: source.read(_COPY_BYTES), b"")  # noqa: B023 (used before the next)


def _write_list(path: Path, kept: Sequence[Picked]) -> None:
    """The classes, where the archive tells them."""
    lines = [f"{each.file} {each.label}\n" for each in kept if each.label is not None]
    if lines:
        path.write_text("".join(sorted(lines)), encoding="utf-8")


def _write(path: Path, content: Iterator[bytes], archive: Path) -> None:
    if path.exists():
        raise DatasetError(f"{archive.name} holds {path.name} twice")
    with path.open("wb") as sink:
        for chunk in content:
            sink.write(chunk)
