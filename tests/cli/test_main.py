"""The command as a user meets it: a real process."""

from __future__ import annotations

import subprocess
import sys

import pytest


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


@pytest.mark.parametrize("command", ["run", "select", "report", "export"])
def test_every_subcommand_has_examples(command: str):
    done = harness(command, "--help")
    assert done.returncode == 0
    assert f"harness {command}" in done.stdout.split("Examples", 1)[1]


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
