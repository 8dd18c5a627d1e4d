"""`harness zoo fetch` and `harness zoo lock`: models of the zoo from the network, verified and pinned."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.exit_codes import SOME_FAILED
from harness.errors import HarnessError, UnreachableError, UsageError

if TYPE_CHECKING:
    from harness.zoo.fetch.fetch import Fetcher, Progress
    from harness.zoo.zoo_file import ZooItem

__all__ = ["FETCH_EXAMPLES", "LOCK_EXAMPLES", "fetch", "lock"]

FETCH_EXAMPLES = """Examples:

  harness zoo fetch mobilenet_v2_1.0_224_quant 'efficientnet_lite*'

  harness zoo fetch @mobilenet_v1 --offline            only look into the cache

  harness zoo fetch mnasnet_1.0_224 --from ~/Downloads/mnasnet_1.0_224.tgz

Files go to the user's cache (HARNESS_CACHE names another folder). HARNESS_ZOO_MIRROR, an
address or a folder, serves the same hosts and paths from elsewhere. Proxies and private
certificates: HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE.
"""
LOCK_EXAMPLES = """Examples:

  harness zoo lock                      pin what has been fetched without a public digest

  harness zoo lock '@mobilenet_v3'      fetch these where necessary, and pin them

The file harness.lock.json in the working directory is meant to be committed. A file that no
longer has the digest recorded there is refused.
"""


Specs = Annotated[list[str], typer.Argument(metavar="SPEC...", help="Names, globs or @groups of the zoo.")]
Offline = Annotated[bool, typer.Option("--offline", help="Use the cache only.")]


def fetch(
    specs: Specs,
    offline: Offline = False,
    from_file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Take this download, for a single model.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Download models, verify them, and keep them in the cache. Prints the path of each file."""
    from harness.zoo.fetch.models import target_of, users_fetcher

    items = _hosted(specs)
    if from_file is not None:
        if len(items) != 1:
            raise UsageError(f"--from gives one model, and {len(items)} are named")
        typer.echo(str(users_fetcher().adopt(target_of(items[0].entry), from_file)))
        return
    with _progress(quiet=quiet) as on_bytes:
        failed, skipped = _fetch_all(users_fetcher(offline=offline, on_bytes=on_bytes), items)
    if skipped:
        typer.echo(f"harness: {skipped} of {len(items)} models skipped: no program can fetch them", err=True)
    if failed:
        typer.echo(f"harness: {failed} of {len(items)} models could not be fetched", err=True)
        typer.echo("  harness zoo fetch NAME says for one of them what can be done", err=True)
        raise typer.Exit(SOME_FAILED)


def lock(
    specs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SPEC]...", help="Models; by default all that were trusted on first use."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Write the digests of fetched models to harness.lock.json, to be committed."""
    from harness.zoo.fetch.cache import digest_of
    from harness.zoo.fetch.models import target_of, users_fetcher
    from harness.zoo.fetch.trust import LOCK_NAME, read_lock, write_lock

    path = Path.cwd() / LOCK_NAME
    known = dict(read_lock(path))
    if specs:
        with _progress(quiet=quiet) as on_bytes:
            fetcher = users_fetcher(on_bytes=on_bytes)
            found = {
                item.entry.name: digest_of(fetcher.fetch(target_of(item.entry))) for item in _hosted(specs)
            }
    else:
        found = dict(users_fetcher().trust.digests())
    write_lock(path, {**known, **found})
    typer.echo(f"{path}: {len({**known, **found})} models, {len(found.keys() - known.keys())} of them new")


def _hosted(specs: Sequence[str]) -> list[ZooItem]:
    """Entries with an address, each once; bundled ones need no fetching."""
    from harness.zoo.registry import load_zoo

    zoo = load_zoo()
    items = {item.entry.name: item for spec in specs for item in zoo.search(spec)}
    hosted = [item for item in items.values() if item.entry.url is not None]
    if not hosted:
        raise UsageError("nothing to fetch: the files of these models are on this computer already")
    return hosted


def _fetch_all(fetcher: Fetcher, items: Sequence[ZooItem]) -> tuple[int, int]:
    """Print the path of each model, or why it could not be had; returns how many failed and were skipped."""
    from harness.zoo.fetch.models import target_of

    failed = skipped = 0
    for item in items:
        try:
            typer.echo(f"{item.entry.name}\t{fetcher.fetch(target_of(item.entry))}")
        except HarnessError as error:
            if len(items) == 1:
                raise
            hopeless = isinstance(error, UnreachableError)
            failed, skipped = failed + (not hopeless), skipped + hopeless
            typer.echo(f"harness: {error.message}", err=True)
    return failed, skipped


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """A bar a download on a terminal, one line a download elsewhere."""
    if quiet:
        yield lambda name, done, total: None
    elif not sys.stderr.isatty():
        yield _announcing()
    else:
        with _bars() as on_bytes:
            yield on_bytes


def _announcing() -> Progress:
    announced: set[str] = set()

    def on_bytes(name: str, done: int, total: int | None) -> None:
        if name not in announced:
            announced.add(name)
            size = f" ({total / 1e6:.1f} MB)" if total else ""
            typer.echo(f"harness: fetching {name}{size}", err=True)

    return on_bytes


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    bars = Bars(
        TextColumn("{task.description}", markup=False), *columns, console=Console(stderr=True), transient=True
    )
    with bars:

        def on_bytes(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield on_bytes
