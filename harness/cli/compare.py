"""`harness compare`: two finished runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.correctness import correctness_of
from harness.cli.options import JsonInsteadOfTable

if TYPE_CHECKING:
    from harness.choose.candidates import Pool
    from harness.choose.two_runs import Comparison
    from harness.results.run_folder import RunFolder

__all__ = ["COMPARE_EXAMPLES", "compare"]

COMPARE_EXAMPLES = """Examples:

  harness compare reports/2026-11-23T10-15-00_local reports/2026-11-24T09-00-00_local

  harness compare BEFORE AFTER --json

Trials are matched by what varies within the runs: two runs of one model each are compared whatever the
models are, two runs of many models model by model. "Cannot tell" means that the 95 % interval of the change
holds no change at all. Trials whose file, runtime and setting are the same in both runs tell what the machine
did between them; that is taken off of the others. Accuracies on the same images are compared image by image.
"""

First = Annotated[Path, typer.Argument(metavar="A", help="Folder of the first run.")]
Second = Annotated[Path, typer.Argument(metavar="B", help="Folder of the second run.")]


def compare(a: First, b: Second, as_json: JsonInsteadOfTable = False) -> None:
    """Show two runs side by side: what changed from A to B."""
    from harness.choose.two_runs import compare_runs
    from harness.cli.comparison import comparison_document, machine_sentence, print_comparison
    from harness.errors import UsageError
    from harness.results.run_folder import open_run

    first, second = open_run(a), open_run(b)
    comparison = compare_runs(_pool(first), _pool(second))
    if not comparison.matches:
        raise UsageError(
            f"{a} and {b} have no trial in common: {_why_none(comparison)}",
            next_step="harness report A B shows both in one report",
        )
    if as_json:
        document: dict[str, Any] = {"a": first.run.name, "b": second.run.name}
        document |= comparison_document(comparison)
        typer.echo(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False))
    else:
        print_comparison(comparison, first.run, second.run)
    if first.path.resolve() != second.path.resolve():
        typer.echo(f"note: {machine_sentence(comparison)}", err=True)


def _pool(folder: RunFolder) -> Pool:
    from harness.choose.candidates import pool_of

    return pool_of(folder.rows(), correctness_of(folder))


def _why_none(comparison: Comparison) -> str:
    if not comparison.only_a or not comparison.only_b:
        which = "the first" if not comparison.only_a else "the second"
        return f"nothing of {which} has figures to compare"
    return f"none agrees in {', '.join(comparison.matched_by)}"
