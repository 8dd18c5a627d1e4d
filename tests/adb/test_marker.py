"""Exit codes behind an end marker: whole, or no answer at all."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.adb.marker import Marker, NotRun, new_token, parse_marked, tagged
from harness.errors import UsageError

MARKER = Marker("0" * 32, "/tmp")
BARE = Marker("0" * 32, None)


def output(stdout: str, code: int, stderr: str, *, feed: str = "\n") -> bytes:
    text = f"{stdout}\n{MARKER.token}-out:{code}\n{stderr}\n{MARKER.token}-end:0\n"
    return text.replace("\n", feed).encode()


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])), st.integers(0, 255))
@settings(deadline=None)
def test_what_was_printed_is_given_back(text: str, code: int):
    result = parse_marked(output(text, code, text), MARKER)
    assert result is not None
    assert (result.exit_code, result.stdout, result.stderr) == (code, text, text)


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])), st.integers(0, 255))
@settings(deadline=None)
def test_a_terminals_line_ends_are_put_right(text: str, code: int):
    result = parse_marked(output(text, code, text, feed="\r\n"), MARKER)
    assert result is not None
    assert (result.exit_code, result.stdout, result.stderr) == (code, text, text)


def test_without_a_terminal_a_carriage_return_is_the_commands_own():
    result = parse_marked(output("a\r\nb", 0, ""), MARKER)
    assert result is not None
    assert result.stdout == "a\r\nb"


@pytest.mark.parametrize("feed", ["\n", "\r\n"])
def test_output_cut_off_anywhere_is_no_answer(feed: str):
    whole = output("some output", 3, "and more", feed=feed)
    cut = {parse_marked(whole[:length], MARKER) for length in range(len(whole) - len(feed) + 1)}
    assert cut == {None}
    assert parse_marked(whole, MARKER) is not None


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_answer(data: bytes):
    assert parse_marked(data, Marker(new_token(), "/tmp")) is None


def test_a_command_that_could_not_keep_its_errors_apart_did_not_run():
    text = f"\n{MARKER.token}-out:1\n\n{MARKER.token}-end:1\n"
    with pytest.raises(NotRun):
        parse_marked(text.encode(), MARKER)


@pytest.mark.parametrize("marker", [MARKER, BARE], ids=["apart", "together"])
@pytest.mark.parametrize(
    ("script", "code", "stdout"),
    [
        ("echo out; echo err >&2; exit 3", 3, "out\n"),
        ("printf 'no end'", 0, "no end"),
        ("kill -9 $$", 137, ""),
        ('echo "it\'s"; exit 0', 0, "it's\n"),
        ("cat", 0, ""),
        ("if then", 2, ""),
    ],
)
def test_a_real_shell_agrees(marker: Marker, script: str, code: int, stdout: str):
    command = marker.wrap(tagged(script, "f" * 32))
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=20, check=False)
    assert done.stderr == b"" or code == 137  # a shell that says `Killed` itself
    result = parse_marked(done.stdout, marker)
    assert result is not None
    assert result.exit_code == code
    if marker is MARKER:
        assert result.stdout == stdout
        assert (result.stderr == "err\n") == ("err" in script)


def test_tokens_differ():
    assert len({new_token() for _ in range(100)}) == 100


def test_a_nul_is_refused():
    with pytest.raises(UsageError):
        tagged("echo \0", "f")
