"""The single model that a command works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.records.model import Model

__all__ = ["one_model"]


def one_model(spec: str, *, offline: bool = False) -> Model:
    """The model of a name or a file, fetched where it must be. Raises UsageError for several."""
    from harness.zoo.fetch.models import fetching, users_fetcher
    from harness.zoo.registry import load_zoo
    from harness.zoo.resolve import resolve_models

    models = resolve_models([spec], load_zoo(), locate=fetching(users_fetcher(offline=offline)))
    if len(models) != 1:
        raise UsageError(f"{spec} stands for {len(models)} models; name one")
    return models[0]
