"""Options that mean the same in several commands."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["BenchmarkBinary", "Cores", "JsonInsteadOfTable", "JsonResult", "Offline"]

Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing; use the cache only.")]
JsonInsteadOfTable = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
JsonResult = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Cores = Annotated[
    str | None,
    typer.Option("--cores", metavar="big|prime|little|all|MASK", help="Cores of a phone to run on."),
]
BenchmarkBinary = Annotated[
    str | None,
    typer.Option(
        "--benchmark-binary", metavar="FILE", help="A phone's benchmark_model in place of the published one."
    ),
]
