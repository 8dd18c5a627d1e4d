from __future__ import annotations

from dataclasses import replace

from harness.report.content import AgainstParent
from harness.report.html import render_html
from harness.report.markdown import render_markdown
from harness.report.parents import parent_sentence
from harness.stats.paired import paired_difference
from tests.report.factory import NASTY, Recipe, content


def against(lost: int, images: int = 500) -> AgainstParent:
    parent = [True] * images
    child = [index >= lost for index in range(images)]
    return AgainstParent(
        "run", "small", "big", "litert cpu on photos", images, paired_difference(child, parent)
    )


def test_a_loss_is_told_in_points_with_interval_and_p():
    sentence = parent_sentence(against(50))
    assert sentence.startswith(
        "small against big (litert cpu on photos, 500 images): -10.0 points of Top-1 [-12"
    )
    assert "(0 images won, 50 lost)." in sentence


def test_a_parent_known_by_its_name_only_is_called_that():
    sentence = parent_sentence(replace(against(50), by_digest=False))
    assert sentence.startswith("small against big (known as its parent by name only) (litert cpu on photos")


def test_a_difference_the_images_cannot_show_is_called_that():
    assert "cannot tell the two apart" in parent_sentence(against(2))


def test_both_reports_have_it_and_nothing_of_a_name_is_markup():
    nasty = replace(against(50), model=NASTY)
    made = replace(content(Recipe(models=1)), against_parents=(nasty,))
    assert "What quantizing cost" in render_html(made)
    assert "<img src=x" not in render_html(made)
    assert "### What quantizing cost" in render_markdown(made)
    assert "<img" not in render_markdown(made)


def test_without_children_there_is_no_such_chapter():
    assert "quantizing" not in render_markdown(content(Recipe(models=1)))
