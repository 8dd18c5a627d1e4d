"""Run as a process of its own: take the phone at an address, say so, and hold it until it is ended."""

from __future__ import annotations

import sys
import time

from harness.cli.signals import terminate_as_interrupt
from harness.devices.connect import connect_phone


def main() -> None:
    device = connect_phone(f"tcp://{sys.argv[1]}")
    with terminate_as_interrupt(), device.session(allow=sys.argv[2:]):
        print("held", flush=True)
        time.sleep(120)


if __name__ == "__main__":
    main()
