from __future__ import annotations

import subprocess
import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from harness.devices.android.ask import NO_ANSWER, Answer, ask, parse_answers, read_files, script_of
from tests.devices.phones import connected

TOKEN = "0123456789abcdef0123456789abcdef"

QUESTIONS = {
    "words": "echo one; echo two",
    "error": "echo lost >&2; exit 7",
    "no end of line": "printf abc",
    "unknown": "no_such_command_anywhere",
    "leaves": "cd / && exit 0",
    "after": "echo still here",
}

RIGHT = {
    "words": Answer("one\ntwo", 0),
    "error": Answer("lost", 7),
    "no end of line": Answer("abc", 0),
    "leaves": Answer("", 0),
    "after": Answer("still here", 0),
}


def test_every_question_is_answered_by_itself_in_a_shell_of_this_computer():
    script = script_of(QUESTIONS, TOKEN)
    run = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=30)
    answers = parse_answers(run.stdout, QUESTIONS, TOKEN)
    assert {name: answers[name] for name in RIGHT} == RIGHT
    assert answers["unknown"].exit_code == 127
    assert "not found" in answers["unknown"].text


def test_every_question_is_answered_by_itself_on_a_phone():
    with connected() as (device, _):
        answers = ask(device.connection, QUESTIONS)
        assert {name: answers[name] for name in RIGHT} == RIGHT
        assert answers["unknown"].exit_code == 127


def test_an_answer_that_was_cut_off_is_none():
    whole = f"{TOKEN}:0\none\n\n{TOKEN}=0\n{TOKEN}:1\nhalf of"
    answers = parse_answers(whole, {"first": "", "second": ""}, TOKEN)
    assert answers == {"first": Answer("one", 0), "second": NO_ANSWER}


@given(
    st.lists(st.text(alphabet=st.characters(exclude_characters="\r", codec="utf-8")), min_size=1, max_size=4)
)
def test_an_answer_may_hold_any_text_but_the_token(texts: list[str]):
    output = "".join(f"{TOKEN}:{n}\n{text}\n{TOKEN}=0\n" for n, text in enumerate(texts))
    answers = parse_answers(output, {str(n): "" for n in range(len(texts))}, TOKEN)
    assert [answer.text for answer in answers.values()] == [text.rstrip("\n") for text in texts]


@given(st.text())
def test_any_output_is_read_without_an_error(output: str):
    assert set(parse_answers(output, {"a": "", "b": ""}, TOKEN)) == {"a", "b"}


def test_files_that_cannot_be_read_do_not_hide_the_others(tmp_path):
    (tmp_path / "one").write_text("1\nsecond line\n", encoding="ascii")
    (tmp_path / "two").write_text("2\n", encoding="ascii")
    script = read_files(f"{tmp_path}/one", f"{tmp_path}/none", f"{tmp_path}/two")
    run = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=30)
    assert run.stdout == f"{tmp_path}/one=1\n{tmp_path}/two=2\n"


def test_a_connection_that_breaks_is_set_up_anew_because_asking_twice_does_no_harm():
    with connected() as (device, phone):
        phone.drop_connections()
        assert device.state().thermal_status == 0
        threading.Thread(target=phone.go_down, args=(1.0,)).start()
        time.sleep(0.2)
        assert device.state().thermal_status == 0


def test_a_file_without_an_end_of_line_is_read_and_an_empty_one_left_out(tmp_path):
    (tmp_path / "open").write_text("3", encoding="ascii")
    (tmp_path / "void").write_text("", encoding="ascii")
    script = read_files(f"{tmp_path}/open", f"{tmp_path}/void")
    run = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, timeout=30)
    assert run.stdout == f"{tmp_path}/open=3\n"
