"""Names in printable form: every name comes back, and nothing in it ends a line or steers a terminal."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.records.printable_names import escape_name, is_utf8, unescape_name

FILE_NAMES = st.binary().map(os.fsdecode)
"""What a file system gives: any bytes, those that are no UTF-8 as lone surrogates."""
TEXTS = st.text(st.characters(codec=None)) | st.text("\\xu0258cf\r\n\u2028\ud800\udcff a")


@given(FILE_NAMES | TEXTS)
@example("\\u2028")
@example("\\\u2028")
@example("\\u005cu2028")
@example("\\udcff\udcff")
def test_every_name_comes_back_as_it_was(name: str):
    assert unescape_name(escape_name(name)) == name


@given(FILE_NAMES | TEXTS)
def test_the_form_is_one_line_of_text_that_any_file_takes(name: str):
    form = escape_name(name)
    assert form.encode().decode() == form
    assert len(form.splitlines()) <= 1
    assert not any(unicodedata.category(each) in ("Cc", "Zl", "Zp", "Cs") for each in form)


@pytest.mark.parametrize(
    "name",
    ["a b.png", "ünïcode 电话 📱.jpg", "back\\slash", "C:\\user\\x.png", "全角\u3000空白", "👩\u200d🔬", ""],
)
def test_ordinary_names_stay_as_they_are(name: str):
    assert escape_name(name) == name
    assert unescape_name(name) == name


@pytest.mark.parametrize(
    ("name", "form"),
    [
        (os.fsdecode(b"caf\xe9.png"), "caf\\xe9.png"),
        ("a\rb", "a\\u000db"),
        ("a\u2028b", "a\\u2028b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\\xe9", "\\u005cxe9"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_does_not_print_is_an_escape(name: str, form: str):
    assert escape_name(name) == form


def test_only_names_that_are_utf8_can_be_opened_everywhere():
    assert is_utf8("电话\r")
    assert not is_utf8(os.fsdecode(b"\xff"))
