"""The devices of a run: connected while it is prepared, and given up when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from harness.adb.base import BaseConnection
from harness.adb.open import open_connection
from harness.devices.android.device import AndroidDevice
from harness.devices.base import Device
from harness.devices.connect import connect
from harness.devices.profile import is_profile_file
from harness.errors import UnknownNameError, UsageError

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
            for given in names:
                on_step(f"connecting {given}")
                device = connect(given, open_simulated=self._open_simulated)
                if isinstance(device, AndroidDevice):
                    self._stack.callback(device.connection.close)
                name = device.profile.name if is_profile_file(given) else given
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

    def _open_simulated(self, model: str) -> BaseConnection:
        from harness.simulated_phone.model import MODELS
        from harness.simulated_phone.serve import serve

        if model not in MODELS:
            raise UnknownNameError(
                "simulated phone", model, MODELS, list_command="harness devices simulate --help"
            )
        phone = self._stack.enter_context(serve(MODELS[model]))
        return open_connection(f"tcp://{phone.address}", wanted=f"the simulated {model}")

    def close(self) -> None:
        """Give all of them up, the last first; closing twice does no harm."""
        self._stack.close()
