from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records.vocabulary import Status
from harness.report.markdown import escaped, render_markdown
from tests.report.factory import NASTY, Recipe, content, content_of, measured_run


def test_answers_come_first_and_every_ranked_trial_has_a_line():
    text = render_markdown(content(Recipe(models=3, threads=(1, 2))))
    assert text.startswith("## harness: 3 models on local, 6 trials")
    assert text.index("- **") < text.index("| ---")
    assert len(re.findall(r"^\| [●◐]? ?\| ", text, flags=re.MULTILINE)) == 6 + 1


def test_a_trial_that_does_not_count_is_in_no_table_but_named_with_its_reason():
    recipe = Recipe(models=4, statuses=(("int8", Status.FALLBACK, "XNNPACK took none of 31 nodes"),))
    text = render_markdown(content(recipe))
    table, _, below = text.partition("### Not ranked (1)")
    assert "int8" not in table
    assert below.count("**fallback**: XNNPACK took none of 31 nodes") == 1


def test_missing_accuracy_is_a_dash():
    text = render_markdown(content(Recipe(models=1, accuracy=False)))
    [line] = [
        line for line in text.splitlines() if line.startswith("| ") and "ms" not in line and "---" not in line
    ]
    assert line.split(" | ")[3] == "–"


def test_simulated_devices_say_so_above_their_table():
    text = render_markdown(content(Recipe(models=1, simulated=True)))
    assert text.index("Simulated device") < text.index("| ---")


def test_hundreds_of_trials_are_cut_and_the_cut_is_said():
    text = render_markdown(content(Recipe(models=40)))
    assert "15 more trials are in the report." in text


def test_two_runs_have_a_table_each():
    runs = [measured_run(Recipe(models=1, name=name)) for name in ("first", "second")]
    text = render_markdown(content_of(*runs))
    assert len(re.findall(r"^\| ---", text, flags=re.MULTILINE)) == 2
    assert "### local · first" in text


def test_names_from_files_do_nothing():
    text = render_markdown(content(Recipe(models=2, rename=lambda name: name + NASTY)))
    assert "<img" not in text
    assert "</script" not in text
    assert not re.search(r"(?<!\\)\]\(", text)


@given(st.text(max_size=80))
def test_escaped_text_is_one_line_without_html_or_open_markup(text: str):
    line = escaped(text)
    assert len(line.splitlines()) <= 1
    assert "<" not in line
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]|]", re.sub(r"\\[`*_\[\]|]", "", line.replace("\\\\", "")))


@pytest.mark.parametrize(("text", "shown"), [("a|b", "a\\|b"), ("<b>", "&lt;b&gt;"), ("a\nb", "a b")])
def test_escaping_by_example(text: str, shown: str):
    assert escaped(text) == shown
