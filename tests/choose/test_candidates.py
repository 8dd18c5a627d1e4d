"""Which rows become candidates, and with whom they may be compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.choose.candidates import Group, Objective, by_group, pool_of, title
from harness.choose.compare import exactly_equal
from harness.choose.select import best_first
from harness.records.row import Caution
from harness.records.vocabulary import Delegate, Runtime, Status
from tests.choose.rows import candidate, image_results, row


@pytest.mark.parametrize("status", [each for each in Status if each not in (Status.OK, Status.CONTENDED)])
def test_only_trials_that_ran_as_asked_are_ranked(status: Status):
    pool = pool_of([row(), row("b", status=status, reason="the GPU took 3 of 9 operations")])
    assert [each.row.model for each in pool.candidates] == ["a"]
    assert [(each.row.model, each.reason) for each in pool.excluded] == [
        ("b", f"{status}: the GPU took 3 of 9 operations")
    ]


def test_where_others_had_the_cores_the_accuracy_is_ranked_and_the_latency_is_not():
    lacking = row("b", status=Status.CONTENDED, reason="other processes had its cores")
    (made,) = pool_of([lacking]).candidates
    assert made.latency_ms is None
    assert made.top1 is not None
    (excluded,) = pool_of([replace(lacking, top1=None)]).excluded
    assert excluded.reason == "contended: other processes had its cores"


def test_a_trial_without_any_figure_is_excluded():
    pool = pool_of([row(latency_ms=None, top1=None)])
    assert pool.excluded[0].reason == "neither latency nor accuracy was measured"


def test_figures_come_with_their_intervals():
    made = candidate("a", 10.0, 0.7, 4_000_000)
    latency = made.figure(Objective.LATENCY)
    assert latency is not None
    assert latency.interval is not None
    assert (latency.value, latency.interval.low, latency.interval.high) == (10.0, 9.8, 10.2)
    size = made.figure(Objective.SIZE)
    assert size is not None
    assert size.interval is not None
    assert size.interval.low == size.interval.high == 4_000_000


def test_one_launch_gives_a_latency_without_interval():
    latency = candidate(spread=None).latency_ms
    assert latency is not None
    assert latency.interval is None


def test_what_was_not_measured_is_none():
    made = candidate(top1=None)
    assert made.top1 is made.top5 is made.figure(Objective.ACCURACY) is None
    assert candidate(latency_ms=None).latency_ms is None


def test_devices_data_sets_and_simulations_are_never_compared_with_each_other():
    candidates = [
        candidate("a"),
        candidate("b", device="pixel4"),
        candidate("c", dataset="other"),
        candidate("d", images=500),
        candidate("e", simulated=True),
        candidate("f", top1=None),
        candidate("g", threads=4, delegate_requested=Delegate.CPU_BUILTIN, runtime=Runtime.TFLITE_RUNTIME),
    ]
    groups = by_group(candidates)
    assert [[each.row.model for each in members] for members in groups.values()] == [
        ["a", "g"],
        ["b"],
        ["c"],
        ["d"],
        ["e"],
        ["f"],
    ]
    assert next(iter(groups)) == Group("local", "photos (1000 images)", simulated=False)
    assert list(groups)[5].dataset is None


def test_two_devices_that_runs_call_the_same_can_be_told_apart():
    pool = pool_of([row()], device_names={"local": "local of r1"})
    assert pool.candidates[0].group.device == "local of r1"


def test_results_of_every_image_are_found_by_model_runtime_and_delegate():
    correct = image_results(700)
    found = pool_of([row()], {("sha of a", "litert", "cpu", "f1"): correct}).candidates[0].scores
    assert found is not None
    assert (found.images, found.correct) == ("f1", correct)


def test_accuracy_borrowed_from_another_delegate_is_looked_up_there():
    borrowed = row(delegate_requested=Delegate.GPU, accuracy_from="tflite-runtime cpu-builtin")
    key = ("sha of a", "tflite-runtime", "cpu-builtin", "f1")
    assert pool_of([borrowed], {key: image_results(700)}).candidates[0].scores is not None


@pytest.mark.parametrize(
    "correctness",
    [
        {},
        {("sha of b", "litert", "cpu", "f1"): image_results(700)},
        {("sha of a", "litert", "gpu", "f1"): image_results(700)},
        {("sha of a", "litert", "cpu", "f1"): image_results(699)},
        {("sha of a", "litert", "cpu", "f1"): image_results(350, 500)},
        {
            ("sha of a", "litert", "cpu", "f1"): image_results(700),
            ("sha of a", "litert", "cpu", "f2"): image_results(700),
        },
    ],
    ids=["none", "another model", "another delegate", "another count", "another size", "two that fit"],
)
def test_results_that_may_be_of_something_else_are_not_used(correctness):
    assert pool_of([row()], correctness).candidates[0].scores is None


def test_a_title_names_only_what_tells_trials_apart():
    one, four = candidate(threads=1), candidate(threads=4)
    assert title(one, [one]) == "a"
    assert title(one, [one, four]) == "a (1 thread)"
    assert title(four, [one, four]) == "a (4 threads)"
    builtin = candidate(delegate_requested=Delegate.CPU_BUILTIN)
    assert title(builtin, [one, builtin]) == "a (cpu-builtin)"
    other_runtime = candidate(runtime=Runtime.TFLITE_RUNTIME)
    assert title(one, [one, other_runtime]) == "a (litert)"
    again = candidate(run="r2")
    assert title(again, [one, again]) == "a (run r2)"


def test_a_mean_without_a_median_is_not_ranked_and_says_so_with_its_figure():
    caution = Caution("no-median", "the log states a mean and no median")
    pool = pool_of([row(latency_ms=None, top1=None, reported_mean_ms=21.0, warnings=(caution,))])
    [excluded] = pool.excluded
    assert excluded.reason == "only a mean, 21 ms: the log states a mean and no median"


def test_a_size_nobody_knows_is_no_size_of_zero():
    unknown, known = candidate("a", size_bytes=None), candidate("b")
    assert unknown.figure(Objective.SIZE) is None
    assert best_first([unknown, known], Objective.SIZE) == [known, unknown]
    assert not exactly_equal([unknown, known], Objective.SIZE)[0, 1]


def test_a_title_tells_two_accelerators_of_one_delegate_apart():
    two = [
        candidate("a", delegate_requested=Delegate.NNAPI, variant=name, trial=name)
        for name in ("qti-dsp", "google-edgetpu")
    ]
    assert [title(each, two) for each in two] == ["a (nnapi qti-dsp)", "a (nnapi google-edgetpu)"]
