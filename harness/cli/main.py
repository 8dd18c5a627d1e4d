"""The `harness` command: its subcommands, and how errors leave it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from harness import __version__
from harness.cli.baseline import baseline_app
from harness.cli.classify import CLASSIFY_EXAMPLES, classify
from harness.cli.compare import COMPARE_EXAMPLES, compare
from harness.cli.devices import devices_app
from harness.cli.exit_codes import INTERRUPTED
from harness.cli.export import EXPORT_EXAMPLES, export
from harness.cli.gate import gate_app
from harness.cli.history import HISTORY_EXAMPLES, history
from harness.cli.import_logs import IMPORT_EXAMPLES, import_logs
from harness.cli.report import REPORT_EXAMPLES, report
from harness.cli.run import RUN_EXAMPLES, run
from harness.cli.select import SELECT_EXAMPLES, select
from harness.cli.zoo import zoo_app
from harness.errors import HarnessError

__all__ = ["app", "main"]

app = typer.Typer(
    name="harness",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Measure, evaluate and choose TensorFlow Lite (LiteRT) image classifiers.",
    epilog=(
        "Exit codes: 0 fine; 1 some trials failed; 2 usage or bad input; 3 inconclusive;"
        " 4 environment unfit; 5 nothing to choose from; 130 interrupted (go on with --resume)."
    ),
)
app.command("run", epilog=RUN_EXAMPLES)(run)
app.add_typer(zoo_app, name="zoo", help="List, show, check and inspect models.")
app.add_typer(gate_app, name="gate", help="A against B: is it slower? For CI.")
app.add_typer(devices_app, name="devices", help="List, show, examine and clean up devices.")
app.command("select", epilog=SELECT_EXAMPLES)(select)
app.command("report", epilog=REPORT_EXAMPLES)(report)
app.command("export", epilog=EXPORT_EXAMPLES)(export)
app.command("compare", epilog=COMPARE_EXAMPLES)(compare)
app.command("classify", epilog=CLASSIFY_EXAMPLES)(classify)
app.add_typer(baseline_app, name="baseline", help="Name the models that changes are held against.")
app.command("history", epilog=HISTORY_EXAMPLES)(history)
app.command("import", epilog=IMPORT_EXAMPLES)(import_logs)


def _keep_lines(commands: typer.Typer) -> None:
    """Examples are copied line by line: mark each, so that no help text folds it."""
    for command in commands.registered_commands:
        if command.epilog:
            command.epilog = command.epilog.replace("\n\n  ", "\n\n\b\n  ")
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            _keep_lines(group.typer_instance)


_keep_lines(app)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"harness {__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_print_version),
]


@app.callback()
def _root(version: Version = False) -> None:
    """The command's own options; `--version` is done before this is called."""


def main() -> None:
    """Run the command line; every foreseen failure ends in one sentence and an exit code."""
    try:
        app(standalone_mode=True)
    except HarnessError as error:
        sys.stderr.write(f"harness: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("harness: interrupted\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`harness export … | head`); Python would
        # complain once more when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
