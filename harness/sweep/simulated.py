"""Simulated phones that are there for as long as a command needs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from harness.devices.connect import OpenSimulated
from harness.errors import UnknownNameError

if TYPE_CHECKING:
    from harness.adb.base import BaseConnection

__all__ = ["simulated_phones"]


@contextmanager
def simulated_phones() -> Iterator[OpenSimulated]:
    """Yields what starts a simulated phone and connects to it; all of them end with the block.

    Nothing is started, and nothing of the simulation is imported, before it is asked for.
    """
    with ExitStack() as running:

        def start(model: str) -> BaseConnection:
            from harness.adb.open import open_connection
            from harness.simulated_phone.model import MODELS
            from harness.simulated_phone.serve import serve

            if model not in MODELS:
                raise UnknownNameError(
                    "simulated phone", model, MODELS, list_command="harness devices simulate --help"
                )
            phone = running.enter_context(serve(MODELS[model]))
            connection = open_connection(f"tcp://{phone.address}", wanted=f"simulated {model}")
            running.callback(connection.close)
            return connection

        yield start
