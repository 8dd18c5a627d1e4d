"""A terminal's line editing, for somebody who types into `adb shell`: echo, backspace, ^C, ^D."""

from __future__ import annotations

from collections.abc import Callable

from harness.simulated_phone.shell.streams import Sink

__all__ = ["Terminal"]

_END_OF_INPUT, _INTERRUPT = 0x04, 0x03
_ERASE = (0x08, 0x7F)
_ENTER = (0x0D, 0x0A)


class Terminal:
    """Reads lines from single keys."""

    def __init__(self, keys: Callable[[], bytes], screen: Sink, prompt: str) -> None:
        self._keys = keys
        self._screen = screen
        self._prompt = prompt.encode()
        self._typed = bytearray()

    def readline(self) -> bytes:
        """The next line with its line feed, empty at the end."""
        self._screen.write(self._prompt)
        line = bytearray()
        while True:
            if not self._typed:
                data = self._keys()
                if not data:
                    return bytes(line)
                self._typed += data
            key = self._typed.pop(0)
            if key in _ENTER:
                self._screen.write(b"\n")
                return bytes(line) + b"\n"
            if key == _END_OF_INPUT and not line:
                return b""
            if key == _INTERRUPT:
                self._screen.write(b"^C\n" + self._prompt)
                line.clear()
            elif key in _ERASE:
                self._erase(line)
            elif key >= 0x20:
                line.append(key)
                self._screen.write(bytes([key]))

    def _erase(self, line: bytearray) -> None:
        """One character, which may have several bytes."""
        while line:
            last = line.pop()
            if last & 0xC0 != 0x80:
                self._screen.write(b"\b \b")
                return

    def read(self) -> bytes:
        """Every line until the end."""
        lines = bytearray()
        while line := self.readline():
            lines += line
        return bytes(lines)
