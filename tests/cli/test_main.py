"""The command as a user meets it: a real process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.cli.export import EXPORT_EXAMPLES
from harness.cli.import_logs import IMPORT_EXAMPLES
from harness.cli.report import REPORT_EXAMPLES
from harness.cli.run import RUN_EXAMPLES


def harness(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_lists_the_subcommands_and_exit_codes():
    done = harness("--help")
    assert done.returncode == 0
    for word in ("run", "zoo", "devices", "select", "report", "export", "Exit codes"):
        assert word in done.stdout


@pytest.mark.parametrize("command", ["run", "select", "report", "export", "compare"])
def test_every_subcommand_has_examples(command: str):
    done = harness(command, "--help")
    assert done.returncode == 0
    assert f"harness {command}" in done.stdout.split("Examples", 1)[1]


@pytest.mark.parametrize("command", ["run", "report", "export", "import"])
def test_an_example_stays_on_the_line_it_was_written_on(command: str):
    written = {
        "run": RUN_EXAMPLES,
        "report": REPORT_EXAMPLES,
        "export": EXPORT_EXAMPLES,
        "import": IMPORT_EXAMPLES,
    }[command]
    shown = [line.strip() for line in harness(command, "--help").stdout.splitlines()]
    examples = [line.strip() for line in written.splitlines() if line.startswith("  harness")]
    assert examples
    assert set(examples) <= set(shown)


def test_help_imports_nothing_heavy():
    script = (
        "import sys; sys.argv = ['harness', '--help']\n"
        "from harness.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'plotly', 'ai_edge_litert', 'PIL', 'pydantic', 'psutil'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--models", "starter_smal_float32"], "Did you mean starter_small_float32"),
        (["run", "--models", "missing.tflite"], "missing.tflite"),
        (["run", "--device", "pixel_4"], "Did you mean pixel4"),
        (["run", "--device", "pixel4"], "USB"),
        (["run", "--delegates", "cpuu"], "Did you mean cpu"),
        (["run", "--threads", "0"], "1 to 256"),
        (["run", "--threads", "two"], "1 to 256"),
        (["run", "--only", "speed"], "speed"),
        (["run", "--dataset", "nowhere"], "nowhere"),
        (["run", "--launches", "0"], "--launches"),
        (["run", "--subset", "-3"], "--subset"),
        (["run", "--no-such-option"], "--no-such-option"),
        (["runn"], "runn"),
    ],
)
def test_a_usage_error_is_one_sentence_and_exit_2(arguments: list[str], sentence: str):
    done = harness(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_version_is_printed():
    assert harness("--version").stdout.startswith("harness ")
