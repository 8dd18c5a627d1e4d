"""Entry of the evaluating child process. A script: no module of the working directory gets in its way."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[2])

from harness.accuracy.worker import main  # noqa: E402

if __name__ == "__main__":
    main(sys.argv[1])
