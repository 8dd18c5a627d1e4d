"""Where the gate's models and runtimes come from, with what is told of it on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from harness.gate.prepare import Sources
    from harness.records.vocabulary import Runtime

__all__ = ["gate_sources"]


def gate_sources(*, offline: bool) -> Sources:
    """The user's cache and zoo, the network unless `offline`, and environments made when first needed."""
    from harness.gate.prepare import Sources
    from harness.zoo.fetch.cache import default_cache
    from harness.zoo.fetch.models import fetching, users_fetcher

    return Sources(fetching(users_fetcher(offline=offline)), default_cache(), _environment)


def _environment(runtime: Runtime, version: str) -> str:
    from harness.latency.environments import ensure_environment

    found = ensure_environment(runtime, version, say=lambda text: typer.echo(f"harness: {text}", err=True))
    return str(found.python)
