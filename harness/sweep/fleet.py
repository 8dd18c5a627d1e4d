"""The devices of a run: connected while it is prepared, and given up when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from harness.devices.android.device import AndroidDevice
from harness.devices.base import Device
from harness.devices.connect import connect, name_of
from harness.errors import UsageError
from harness.sweep.simulated import simulated_phones

__all__ = ["Fleet"]


class Fleet:
    """Devices by the name that trials call them.

    That is what the user calls them, or the profile's own name where a file was
    given. A simulated phone lives in this process, as long as the fleet does.
    """

    def __init__(self, names: Sequence[str], *, on_step: Callable[[str], None] = lambda text: None) -> None:
        """Connect all of them, or none. Raises what `connect` raises."""
        self._stack = ExitStack()
        self.devices: dict[str, Device] = {}
        try:
            open_simulated = self._stack.enter_context(simulated_phones())
            for given in names:
                on_step(f"connecting {given}")
                device = connect(given, open_simulated=open_simulated)
                if isinstance(device, AndroidDevice):
                    self._stack.callback(device.connection.close)
                name = name_of(given, device)
                if name in self.devices:
                    raise UsageError(f"--device {given}: {name} is named twice")
                self.devices[name] = device
        except BaseException:
            self.close()
            raise

    @property
    def phones(self) -> Mapping[str, AndroidDevice]:
        """Those that are phones."""
        return {name: each for name, each in self.devices.items() if isinstance(each, AndroidDevice)}

    def close(self) -> None:
        """Give all of them up, the last first; closing twice does no harm."""
        self._stack.close()
