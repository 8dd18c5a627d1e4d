"""What a simulated phone has besides its daemon: Android's commands and folders, or a plain Linux'."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANDROID", "ANDROID_5", "PLAIN_LINUX", "USERLANDS", "Userland"]

_ANDROID_ONLY = frozenset(
    (
        *("getprop", "setprop", "dumpsys", "settings", "cmd", "svc", "input", "service", "pm", "am", "wm"),
        *("logcat", "toybox", "taskset"),
    )
)


@dataclass(frozen=True, slots=True)
class Userland:
    """Commands that are missing, and folders that can be written to."""

    name: str
    without: frozenset[str]
    writable: tuple[str, ...]

    def has(self, command: str) -> bool:
        """Whether a command exists."""
        return command not in self.without


ANDROID = Userland("android", frozenset(), ("/data/local/tmp", "/sdcard"))
ANDROID_5 = Userland(
    "android5",
    frozenset(
        (
            *("wc", "stat", "head", "tail", "cut", "sort", "tr", "tee", "find", "pidof", "taskset", "toybox"),
            *("sha256sum", "sha1sum", "basename", "dirname", "env", "timeout", "nproc"),
        )
    ),
    ("/data/local/tmp", "/sdcard"),
)
"""Toolbox, before toybox came: the little that Android's own scripts needed."""
PLAIN_LINUX = Userland("plain-linux", _ANDROID_ONLY, ("/tmp", "/root"))

USERLANDS = {userland.name: userland for userland in (ANDROID, ANDROID_5, PLAIN_LINUX)}
