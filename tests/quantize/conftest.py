"""No zoo of whoever runs the tests."""

from __future__ import annotations

from tests.zoo.conftest import no_own_zoo

__all__ = ["no_own_zoo"]
