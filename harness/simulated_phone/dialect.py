"""Which ADB a simulated phone speaks: today's, or an old daemon's with everything that is missing there."""

from __future__ import annotations

from dataclasses import dataclass

from harness.simulated_phone.wire import VERSION, VERSION_WITHOUT_CHECKSUM

__all__ = ["ANDROID_6", "ANDROID_7", "DIALECTS", "MODERN", "Dialect"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a daemon announces and how it behaves."""

    name: str
    version: int
    most_payload_bytes: int
    features: tuple[str, ...] = ()
    pty_line_ends: bool = False
    """Whether `shell:` ends lines by CR LF, as a terminal does."""
    one_client: bool = False
    """Whether a second client is reset while a first one is connected."""
    authenticates: bool = True

    @property
    def shell_v2(self) -> bool:
        """Whether exit codes and a separate standard error are to be had."""
        return "shell_v2" in self.features


MODERN = Dialect(
    "modern",
    VERSION_WITHOUT_CHECKSUM,
    1024 * 1024,
    features=("shell_v2", "cmd", "stat_v2", "ls_v2", "fixed_push_mkdir"),
)
ANDROID_7 = Dialect("android7", VERSION, 256 * 1024, one_client=True, authenticates=False)
"""As an adbd of Android 7 that was built for plain Linux behaves: no shell v2, no keys, one client."""
ANDROID_6 = Dialect("android6", VERSION, 4096, pty_line_ends=True)

DIALECTS = {dialect.name: dialect for dialect in (MODERN, ANDROID_7, ANDROID_6)}
