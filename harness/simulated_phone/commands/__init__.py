"""The commands of the simulated phone: importing this package enters them in the register."""

from __future__ import annotations

from harness.simulated_phone.benchmark import tool
from harness.simulated_phone.commands import android, file_commands, process_commands, system, text

__all__ = ["android", "file_commands", "process_commands", "system", "text", "tool"]
