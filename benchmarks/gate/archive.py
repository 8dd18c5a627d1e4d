"""Calibrations as small files: all records of one folder compressed together, without this machine's paths.

    .venv/bin/python benchmarks/gate/archive.py CALIBRATION… [--out benchmarks/gate/recorded]

Raw samples of one machine resemble each other, so one `.tar.xz` is about two
thirds of the records that were compressed one by one.
"""

from __future__ import annotations

import argparse
import gzip
import io
import lzma
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness.gate.calibrate import CalibrationFolder

SUFFIX = ".tar.xz"
_RECORDED = Path(__file__).with_name("recorded")


def pack(folder: Path, out: Path) -> Path:
    """Write `out`/NAME.tar.xz from a folder of `harness gate calibrate`."""
    model_folder = str(Path(CalibrationFolder.open(folder).plan.path).parent) + "/"
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in (folder / "plan.json", folder / "runs.jsonl", *sorted((folder / "runs").glob("*.gz"))):
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            entry = tarfile.TarInfo(str(path.relative_to(folder)))
            content = content.replace(model_folder.encode(), b"")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    archive = out / (folder.name + SUFFIX)
    archive.write_bytes(lzma.compress(plain.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return archive


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The folder of a calibration, unpacked for the block where it is an archive."""
    if not path.name.endswith(SUFFIX):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="harness-calibration-") as name:
        folder = Path(name)
        with tarfile.open(path, "r:xz") as tar:
            tar.extractall(folder, filter="data")
        for record in (folder / "runs").iterdir():
            record.write_bytes(gzip.compress(record.read_bytes(), compresslevel=1))
        yield folder


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("calibrations", nargs="+", type=Path, metavar="CALIBRATION")
    parser.add_argument("--out", type=Path, default=_RECORDED, help="folder for the archives")
    arguments = parser.parse_args()
    for folder in arguments.calibrations:
        archive = pack(folder, arguments.out)
        print(f"{archive}: {archive.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
