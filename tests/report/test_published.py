"""Published figures beside measured ones, with every reason why they cannot be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.records.evaluation import DatasetFacts
from harness.records.model import Model, PublishedAccuracy, PublishedLatency
from harness.records.row import LatencySummary, Row
from harness.records.vocabulary import Delegate, Runtime, Status
from harness.report.detail import detail_of
from harness.report.entries import panels_of
from harness.report.published import compare_accuracy, compare_latency, published_facts
from tests.report.factory import Recipe, content, content_of, measured_run

PIXEL_3 = {"model": "Google Pixel 3", "system": "Android 10"}
NNAPI = PublishedLatency("Pixel 3 (Android 10)", "nnapi", None, 6.0, "hosted_models.md")
CPU = PublishedLatency("Pixel 3 (Android 10)", "cpu", 4, 13.0)
IMAGENET = DatasetFacts("imagenet-val", "/images", 50_000, 1000, "ab" * 32)


@pytest.fixture
def row() -> Row:
    """A row of the real path, made into one of a phone."""
    (made, *_) = measured_run(Recipe(models=1)).rows
    latency = LatencySummary(13.5, 13.1, 13.9, 14, 15, 13.6, 13)
    return replace(
        made,
        device="adb:1234",
        runtime=Runtime.BENCHMARK_MODEL,
        threads=4,
        latency_ms=latency,
        top1=0.655,
        top1_low=0.61,
        top1_high=0.70,
        images=50_000,
        dataset="imagenet-val",
    )


def a_model(*latencies: PublishedLatency, dataset: str | None = None) -> Model:
    accuracy = PublishedAccuracy(70.0, 89.0, "hosted_models.md")
    return Model(
        "m", "/m", "ab" * 32, 1, dataset=dataset, published_accuracy=accuracy, published_latency=latencies
    )


def test_a_latency_of_the_same_device_delegate_threads_and_tool_is_compared(row: Row):
    (found,) = compare_latency(a_model(CPU), row, PIXEL_3)
    assert found.comparable
    assert found.published == "13 ms"
    assert found.measured == "13.5 ms (95 % interval 13.1–13.9)"
    assert found.remark is not None
    assert found.remark.startswith("1.04 times the published one")


@pytest.mark.parametrize(
    ("change", "device", "reason"),
    [
        ({}, {"model": "Pixel 3a"}, "other device (here Pixel 3a)"),
        ({}, {"model": "Pixel 3 XL"}, "other device (here Pixel 3 XL)"),
        ({}, {}, "other device (here adb:1234)"),
        ({}, {"processor": "EPYC 7B13"}, "other device (here EPYC 7B13)"),
        ({"threads": 1}, PIXEL_3, "other number of threads (here 1)"),
        ({"delegate_requested": Delegate.GPU}, PIXEL_3, "other delegate (here gpu)"),
        ({"runtime": Runtime.LITERT, "runtime_version": "2.1"}, PIXEL_3, "other runtime (here litert 2.1;"),
        ({"simulated": True}, PIXEL_3, "simulated"),
        ({"status": Status.FALLBACK}, PIXEL_3, "this trial ended as fallback"),
        ({"latency_ms": None, "status": Status.FAILED}, PIXEL_3, "this trial ended as failed"),
    ],
)
def test_what_differs_is_the_reason(row: Row, change: dict[str, object], device: dict[str, str], reason: str):
    (found,) = compare_latency(a_model(CPU), replace(row, **change), device)  # type: ignore[arg-type]
    assert not found.comparable
    assert len(found.reasons) == 1
    assert reason in found.reasons[0]
    assert "times the published" not in found.sentence


def test_all_reasons_are_named(row: Row):
    (found,) = compare_latency(a_model(CPU), replace(row, threads=2, simulated=True), {"model": "Pixel 4"})
    assert len(found.reasons) == 3


def test_an_unstated_number_of_threads_is_no_reason(row: Row):
    (found,) = compare_latency(a_model(NNAPI), replace(row, delegate_requested=Delegate.NNAPI), PIXEL_3)
    assert found.comparable
    assert found.sentence.endswith("Source: hosted_models.md")


def test_the_cpu_may_be_any_of_its_kernels_and_an_unknown_accelerator_none(row: Row):
    big_core = replace(CPU, delegate="cpu (large core)")
    assert compare_latency(a_model(big_core), replace(row, delegate_requested=Delegate.CPU_BUILTIN), PIXEL_3)[
        0
    ].comparable
    assert not compare_latency(a_model(replace(CPU, delegate="edgetpu")), row, PIXEL_3)[0].comparable


def test_all_validation_images_compare_and_the_interval_says_how(row: Row):
    top1, top5 = compare_accuracy(a_model(), row, IMAGENET)
    assert top1.comparable
    assert top1.published == "70 %"
    assert top1.measured == "65.5 % (95 % interval 61.0–70.0)"
    assert top1.remark == "The published figure lies inside the interval"
    assert top5.title == "Top-5"


def test_a_subset_is_the_reason_and_still_shows_its_interval(row: Row):
    part = replace(row, images=650, dataset="val_650", top1_high=0.69)
    top1, _ = compare_accuracy(a_model(), part, replace(IMAGENET, name="val_650", images=650))
    assert top1.reasons == ("a subset or another set (650 images of val_650; published on all 50,000)",)
    assert "61.0–69.0" in top1.sentence
    assert "outside the interval" in top1.sentence


@pytest.mark.parametrize(
    ("dataset", "facts", "reason"),
    [
        (
            "flowers",
            replace(IMAGENET, name="flowers", classes=5),
            "other images (50,000 of flowers, 5 classes)",
        ),
        ("gone", None, "not described"),
    ],
)
def test_other_images_are_the_reason(row: Row, dataset: str, facts: DatasetFacts | None, reason: str):
    top1, _ = compare_accuracy(a_model(), replace(row, dataset=dataset), facts)
    assert reason in top1.reasons[0]


def test_figures_of_a_models_own_set_compare_on_that_set_only(row: Row):
    own = replace(IMAGENET, name="starter-val", images=500, classes=16)
    here = replace(row, dataset="starter-val", images=500)
    model = a_model(dataset="starter-val")
    assert compare_accuracy(model, here, own)[0].comparable
    assert "a subset" in compare_accuracy(model, here, replace(own, subset=100))[0].reasons[0]
    assert "published on starter-val" in compare_accuracy(model, row, IMAGENET)[0].reasons[0]


def test_what_was_not_measured_is_shown_with_its_reason(row: Row):
    none = replace(row, top1=None, accuracy_reason="it is no classifier")
    top1, _ = compare_accuracy(a_model(), none, IMAGENET)
    assert (top1.measured, top1.reasons) == ("–", ("it is no classifier",))


def test_a_model_without_published_figures_has_no_facts():
    measured = measured_run(Recipe(models=2))
    assert published_facts(measured.run, measured.rows[1]) == []


def test_the_nearest_latencies_come_first_and_the_rest_is_counted():
    measured = measured_run(Recipe(models=1))
    many = tuple(replace(NNAPI, latency_ms=float(index)) for index in range(1, 9))
    near = replace(CPU, device="local", threads=1)
    model = replace(measured.run.models[0], published_latency=(*many, near), published_accuracy=None)
    facts = published_facts(replace(measured.run, models=(model,)), measured.rows[0])
    assert facts[0][0] == "Latency, local, cpu, 1 thread"
    assert facts[-1] == ("Further", "3 published latencies")
    assert len(facts) == 7


def test_the_page_has_them_where_a_row_is_opened():
    (panel,) = panels_of(content(Recipe(models=2)))
    first, second = panel.entries
    titles = [group["title"] for group in detail_of(first, panel.run)["facts"]]
    assert "Published" in titles
    published = next(
        each["facts"] for each in detail_of(first, panel.run)["facts"] if each["title"] == "Published"
    )
    assert "published 61.5 %" in published[0][1]
    assert "other images (500 of starter-500, 16 classes)" in published[0][1]
    assert not next(
        each["facts"] for each in detail_of(second, panel.run)["facts"] if each["title"] == "Published"
    )


def test_two_runs_use_the_models_of_their_own_run():
    first = measured_run(Recipe(models=1))
    bare = replace(first.run, name="later", models=(replace(first.run.models[0], published_accuracy=None),))
    later = replace(first, run=bare, rows=tuple(replace(each, run="later") for each in first.rows))
    panels = panels_of(content_of(first, later))
    assert [bool(published_facts(panel.run, panel.entries[0].row)) for panel in panels] == [True, False]
