"""The script that runs a batch of images on the phone, one process of the tool an image. Pure.

All inputs of a batch come as one file, because every file that is brought costs
several round trips; `dd` cuts an image's part out of it. The tool has no mode
for many inputs, so each image loads the model anew: exact, and slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.adb.quoting import remote_command, remote_quote
from harness.latency.phone.numbered_logs import appended

__all__ = ["ANSWERS", "INPUT", "LOGS", "OUTPUT", "OUTPUTS", "ImageEnd", "batch_script", "read_answers"]

INPUT, OUTPUT = "input.raw", "output.raw"
OUTPUTS, LOGS, ANSWERS = "outputs.raw", "logs", "answers"


@dataclass(frozen=True, slots=True)
class ImageEnd:
    """How the tool ended with one image of the batch."""

    position: int
    exit_code: int
    output_bytes: int


def batch_script(
    arguments: tuple[str, ...], *, folder: str, batch: str, images: int, input_bytes: int
) -> str:
    """Run the tool on each image of the file `batch`; the first image that fails ends it.

    The command reads INPUT and writes OUTPUT in `folder`.
    """
    tool = remote_command(*arguments)
    each = (
        f"rm -f {OUTPUT} log;"
        f" dd if={remote_quote(batch)} of={INPUT} bs={input_bytes} skip=$i count=1 2>/dev/null;"
        f" {tool} >log 2>&1; s=$?; {appended('log', to=LOGS, number='$i')};"
        f" b=0; if [ -f {OUTPUT} ]; then cat {OUTPUT} >>{OUTPUTS}; b=$(wc -c <{OUTPUT}); fi;"
        f' echo "$i $s $b" >>{ANSWERS}; if [ $s -ne 0 ] || [ $b -eq 0 ]; then break; fi'
    )
    return (
        f"cd {remote_quote(folder)} || exit 125; rm -f {OUTPUTS} {LOGS} {ANSWERS};"
        f" for i in {' '.join(map(str, range(images)))}; do {each}; done"
    )


def read_answers(text: str) -> tuple[ImageEnd, ...]:
    """One record for every line the script wrote; lines of another shape are left out."""
    found = re.findall(r"^(\d{1,6}) (\d{1,3}) \s*(\d{1,12})\s*$", text, re.MULTILINE)
    return tuple(ImageEnd(int(position), int(code), int(size)) for position, code, size in found)
