"""Commands on a phone: exit codes, both streams, times, whatever daemon there is."""

from __future__ import annotations

import time

import pytest

from harness.adb.errors import CommandTimeout
from harness.adb.quoting import remote_quote
from tests.adb.ways import Bench


@pytest.mark.parametrize("code", [0, 1, 2, 126, 127, 255])
def test_the_exit_code_is_the_commands_own(phone: Bench, code: int):
    assert phone.connection.shell(f"exit {code}", timeout_s=10).exit_code == code


def test_a_signal_is_128_and_its_number(phone: Bench):
    assert phone.connection.shell("kill -9 $$", timeout_s=10).exit_code == 137


def test_streams_come_apart_and_whole(phone: Bench):
    result = phone.connection.shell("echo out; echo err >&2; printf 'no end'", timeout_s=10)
    assert (result.stdout, result.stderr, result.stderr_separate) == ("out\nno end", "err\n", True)


@pytest.mark.parametrize("text", ["", "\n", "\n\n\n", "a\n\nb", " leading", "ünïcode 电话", "tab\there"])
def test_output_is_given_as_it_was(phone: Bench, text: str):
    assert phone.connection.shell(f"printf %s '{text}'", timeout_s=10).stdout == text


def test_long_output_is_complete(phone: Bench):
    result = phone.connection.shell(
        "i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done", timeout_s=30
    )
    assert result.stdout.splitlines() == [f"line {number}" for number in range(300)]


def test_a_command_cannot_close_the_quotes_around_it(phone: Bench):
    result = phone.connection.shell("""echo "a'b"; echo 'c"d' ; echo \\$HOME; (exit 3)""", timeout_s=10)
    assert (result.exit_code, result.stdout) == (3, "a'b\nc\"d\n$HOME\n")


def test_a_syntax_error_is_the_commands_failure_not_the_connections(phone: Bench):
    result = phone.connection.shell("if then (", timeout_s=10)
    assert result.exit_code != 0
    assert phone.connection.shell("echo alive", timeout_s=10).stdout == "alive\n"


def test_a_command_of_several_lines(phone: Bench):
    assert phone.connection.shell("for i in 1 2\ndo\necho $i\ndone", timeout_s=10).stdout == "1\n2\n"


def test_standard_input_is_empty(phone: Bench):
    assert phone.connection.shell("cat; echo end", timeout_s=10).stdout == "end\n"


@pytest.mark.parametrize(
    "name", ["with space", "qu'o\"te", "semi;colon", "$(id)", "`id`", "ünïcode 📱", "-rf", "*"]
)
def test_a_quoted_name_means_itself(phone: Bench, name: str):
    assert phone.connection.shell(f"printf '%s' {remote_quote(name)}", timeout_s=10).stdout == name


def test_a_command_that_takes_too_long_is_ended_on_the_phone(phone: Bench):
    started = time.monotonic()
    with pytest.raises(CommandTimeout, match="it was ended") as caught:
        phone.connection.shell("sleep 100; echo too late", timeout_s=0.5)
    assert caught.value.ended
    assert time.monotonic() - started < 15
    assert phone.running("sleep") == 0
    assert phone.connection.shell("echo alive", timeout_s=10).stdout == "alive\n"


def test_children_of_a_command_that_takes_too_long_end_too(phone: Bench):
    with pytest.raises(CommandTimeout):
        phone.connection.shell("(sleep 101; true) & sleep 100 | cat", timeout_s=0.5)
    assert phone.running("sleep") == 0


def test_a_command_that_ignores_signals_is_ended_all_the_same(phone: Bench):
    with pytest.raises(CommandTimeout):
        phone.connection.shell("trap '' TERM HUP INT; sleep 100", timeout_s=0.5)
    assert phone.running("sleep") == 0


def test_other_processes_are_left_alone(phone: Bench):
    phone.connection.shell("sleep 300 >/dev/null 2>&1 &", timeout_s=10)
    with pytest.raises(CommandTimeout):
        phone.connection.shell("sleep 100", timeout_s=0.5)
    assert phone.running("sleep") == 1


def test_no_scratch_file_is_left(phone: Bench):
    phone.connection.shell("echo err >&2", timeout_s=10)
    assert phone.files.names(phone.folder) == []


def test_a_command_longer_than_an_old_daemons_message(phone: Bench):
    words = " ".join(f"word{number}" for number in range(1500))
    result = phone.connection.shell(f"echo {words}", timeout_s=20)
    assert result.stdout.split() == words.split()
