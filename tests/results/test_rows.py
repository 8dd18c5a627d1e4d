"""One row a trial: never an average over what went wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.records.launch import Delegation, Launch, ReportedLatency
from harness.records.row import Row
from harness.records.run import PhoneOptions, Run
from harness.records.trial import Trial
from harness.records.vocabulary import Delegate, Job, Runtime, Status
from harness.results.rows import build_rows
from tests.results.factory import OPTIONS, RUN, TRIAL, evaluation, launch

THREE = [launch(index) for index in range(3)]


def row(launches: object = THREE, evaluations: object = (), run: Run = RUN) -> Row:
    [only] = build_rows(run, launches, evaluations)  # type: ignore[arg-type]
    return only


def test_all_launches_in_order_give_a_row_that_is_ok():
    found = row(THREE, [evaluation()])
    assert found.status is Status.OK
    assert found.launches == 3
    assert found.samples == 60
    assert found.latency_ms is not None
    assert found.latency_ms.median == pytest.approx(2.0095, abs=1e-3)
    assert found.peak_memory_mb == 50.0
    assert (found.top1, found.images, found.dataset) == (0.7, 10, "toy-val")
    assert found.top1_low is not None
    assert found.top1_low < 0.7
    assert (found.delegated_nodes, found.total_nodes) == (5, 6)


@pytest.mark.parametrize(("outputs", "told"), [(2, False), (5, False), (6, True), (None, True)])
def test_top_5_of_five_classes_or_fewer_is_no_figure(outputs: int | None, told: bool):
    found = row(THREE, [replace(evaluation(), outputs=outputs)])
    assert found.top1 is not None
    assert (found.top5 is not None, found.top5_low is not None) == (told, told)


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMED_OUT, Status.UNSUPPORTED])
def test_one_launch_that_failed_decides_and_no_figure_is_given(status: Status):
    found = row([*THREE[:2], launch(2, status=status, reason="it broke")])
    assert found.status is status
    assert found.reason == "launch 3: it broke"
    assert found.latency_ms is None
    assert found.launches == 0


def test_a_fallback_is_shown_with_its_figures_and_its_reason():
    found = row([launch(n, status=Status.FALLBACK, reason="partly") for n in range(3)])
    assert (found.status, found.reason) == (Status.FALLBACK, "partly")
    assert found.latency_ms is not None


def test_a_fallback_of_some_launches_is_a_fallback_of_the_trial():
    found = row([*THREE[:2], launch(2, status=Status.FALLBACK, reason="partly")])
    assert found.status is Status.FALLBACK
    assert found.reason == "1 of 3 launches: partly"


def test_missing_launches_are_said_not_averaged_over():
    found = row(THREE[:2])
    assert found.status is Status.SKIPPED
    assert found.reason is not None
    assert "--resume" in found.reason
    assert found.latency_ms is None


def test_launches_on_different_runtime_versions_are_never_pooled():
    found = row([*THREE[:2], replace(THREE[2], runtime_version="2.4.0")])
    assert found.status is Status.FAILED
    assert found.latency_ms is None
    assert found.runtime_version is None


def test_a_contaminated_launch_does_not_count():
    found = row([*THREE, replace(launch(3, ms=50.0), contaminated="throttled")])
    assert found.launches == 3
    assert found.latency_ms is not None
    assert found.latency_ms.p99 < 3


def test_a_launch_that_was_spoiled_every_time_makes_the_trial_unstable():
    spoiled = [replace(launch(2), attempt=n, contaminated=f"throttled {n}") for n in range(3)]
    found = row([*THREE[:2], *spoiled])
    assert found.status is Status.UNSTABLE
    assert found.reason == "launch 3 was spoiled 3 times: throttled 2"
    assert found.latency_ms is None


def test_a_spoiled_launch_that_was_made_again_leaves_the_trial_ok():
    spoiled = replace(launch(1, ms=50.0), contaminated="throttled")
    found = row([THREE[0], spoiled, replace(THREE[1], attempt=1), THREE[2]])
    assert (found.status, found.launches) == (Status.OK, 3)


def test_a_wait_for_a_cpu_is_left_out_of_the_latency_and_both_figures_are_given():
    waits = tuple(4_000_000 for _ in range(20))
    found = row(
        [
            replace(
                each,
                samples_ns=tuple(ns + 4_000_000 for ns in each.samples_ns),
                wait_ns=waits,
                threads_ns=((40_000_000, 80_000_000),),
                init_wait_ms=1.5,
                first_wait_ms=0.5,
            )
            for each in THREE
        ]
    )
    assert found.latency_ms == row(THREE).latency_ms
    assert found.wall_ms is not None
    assert found.wall_ms.median == pytest.approx(6.0, abs=0.02)
    assert (found.init_ms, found.first_ms) == (3.5, 2.5)


def test_of_a_launch_whose_cores_others_had_the_next_try_counts():
    lacking = replace(launch(1, ms=50.0), contended="others ran")
    found = row([THREE[0], lacking, THREE[2], replace(THREE[1], attempt=1)])
    assert (found.status, found.launches) == (Status.OK, 3)
    assert found.latency_ms is not None
    assert found.latency_ms.p99 < 3
    assert "contended" not in {each.code for each in found.warnings}


def test_a_trial_whose_cores_others_had_is_shown_and_marked():
    first, second = (replace(launch(index, ms=50.0), contended="others ran") for index in range(2))
    found = row([*(replace(each, attempt=n) for each in (first, second) for n in range(3)), THREE[2]])
    assert found.status is Status.CONTENDED
    assert found.reason == "other processes had its cores: others ran"
    assert found.latency_ms is not None
    assert found.latency_ms.median > 40
    assert "contended" in {each.code for each in found.warnings}


def test_few_launches_whose_cores_others_had_are_left_out_and_told():
    lacking = [replace(launch(3, ms=50.0), attempt=n, contended="others ran") for n in range(3)]
    found = row([*THREE, *lacking], run=replace(RUN, options=replace(OPTIONS, launches=4)))
    assert (found.status, found.launches) == (Status.OK, 3)
    assert found.latency_ms is not None
    assert found.latency_ms.p99 < 3
    assert "1 of 4 launches" in next(each.message for each in found.warnings if each.code == "contended")


def test_launches_that_differ_in_delegation_tell_no_single_one():
    other = replace(THREE[2], delegation=Delegation(Delegate.CPU, Delegate.CPU, 4, 6, 2))
    assert row([*THREE[:2], other]).delegate_actual is None


class TestAccuracy:
    def test_that_of_another_delegate_is_named_as_such(self):
        trial = replace(TRIAL, delegate=Delegate.GPU)
        run = replace(RUN, trials=(trial,))
        launches = [replace(each, trial=trial.key) for each in THREE]
        [found] = build_rows(run, launches, [evaluation()])
        assert found.top1 == 0.7
        assert found.accuracy_from == "litert cpu"

    def test_the_trials_own_wins(self):
        builtin = evaluation(correct=3, delegate=Delegate.CPU_BUILTIN)
        found = row(THREE, [builtin, evaluation()])
        assert found.top1 == 0.7
        assert found.accuracy_from is None

    def test_one_that_failed_leaves_the_latency_alone(self):
        found = row(THREE, [evaluation(status=Status.FAILED)])
        assert found.status is Status.OK
        assert found.top1 is None
        assert found.accuracy_reason == "it broke"

    @pytest.mark.parametrize(
        ("run", "reason"),
        [
            (replace(RUN, options=replace(OPTIONS, jobs=(Job.LATENCY,))), "only latency"),
            (replace(RUN, evaluations=()), "--dataset"),
            (RUN, "--resume"),
        ],
    )
    def test_where_there_is_none_the_row_says_why(self, run: Run, reason: str):
        found = row(THREE, [], run)
        assert found.accuracy_reason is not None
        assert reason in found.accuracy_reason

    def test_alone_it_decides_the_status(self):
        run = replace(RUN, options=replace(OPTIONS, jobs=(Job.ACCURACY,)))
        assert row([], [evaluation()], run).status is Status.OK
        assert row([], [evaluation(status=Status.FAILED)], run).status is Status.FAILED
        assert row([], [], run).status is Status.SKIPPED
        assert row([], [evaluation()], run).latency_ms is None


def test_cautions_can_be_silenced_by_their_code():
    codes = {each.code for each in row().warnings}
    assert "few-launches" in codes
    run = replace(RUN, options=replace(OPTIONS, allow=("few-launches",)))
    assert {each.code for each in row(run=run).warnings} == codes - {"few-launches"}


def test_rows_of_clocks_that_were_held_down_say_so_and_cannot_be_silenced():
    held = replace(OPTIONS, phone=PhoneOptions(fixed_performance=True), allow=("fixed-performance",))
    on_phone = replace(TRIAL, runtime=Runtime.BENCHMARK_MODEL)
    launches = [replace(each, trial=on_phone.key) for each in THREE]
    on_both = replace(RUN, options=held, trials=(on_phone, TRIAL))
    phone, here = build_rows(on_both, [*launches, *THREE], ())
    assert "fixed-performance" in [each.code for each in phone.warnings]
    assert "fixed-performance" not in [each.code for each in here.warnings]


def test_a_trial_whose_launches_could_not_load_has_the_version_of_its_evaluation():
    failed = replace(launch(0, status=Status.FAILED, reason="no such op"), runtime_version=None)
    [row] = build_rows(RUN, [failed], [evaluation(status=Status.FAILED)])
    assert row.status is Status.FAILED
    assert row.runtime_version == "2.3.0"


def of_a_tool(index: int, trial: Trial = TRIAL, *, status: Status = Status.OK, **figures: float) -> Launch:
    return replace(
        launch(index, status=status, reason=None if status is Status.OK else "ran on Hexagon"),
        trial=trial.key,
        samples_ns=(),
        cpu_ns=(),
        reported=ReportedLatency(**figures),  # type: ignore[arg-type]
    )


IMPORTED = replace(RUN, imported=True, options=replace(OPTIONS, launches=1))


def test_a_mean_without_a_median_is_kept_as_a_mean_and_says_why_it_has_no_rank():
    found = row([of_a_tool(n, mean_ms=mean) for n, mean in enumerate((20.0, 22.0))], run=IMPORTED)
    assert (found.status, found.latency_ms, found.reported_mean_ms) == (Status.OK, None, 21.0)
    assert found.launches == 2
    [caution] = [each for each in found.warnings if each.code == "no-median"]
    assert "2 of 2 log(s) state a mean and no median" in caution.message


def test_logs_with_a_median_are_not_mixed_with_those_of_a_mean_alone():
    found = row([of_a_tool(0, mean_ms=90.0), of_a_tool(1, mean_ms=21.0, median_ms=20.0)], run=IMPORTED)
    assert found.latency_ms is not None
    assert (found.latency_ms.median, found.latency_ms.mean, found.launches) == (20.0, 21.0, 1)
    assert found.reported_mean_ms is None


def test_what_was_chosen_of_a_delegate_makes_a_trial_of_its_own():
    kinds = ("fp16", "fp32", "OpenGL")
    trials = tuple(replace(TRIAL, delegate=Delegate.GPU, variant=variant) for variant in kinds)
    assert len({trial.key for trial in trials}) == 3
    launches = [of_a_tool(0, trial, median_ms=10.0 * n) for n, trial in enumerate(trials, 1)]
    rows = build_rows(replace(IMPORTED, trials=trials), launches, ())
    assert [(each.asked, each.latency_ms and each.latency_ms.median) for each in rows] == [
        ("gpu fp16", 10.0),
        ("gpu fp32", 20.0),
        ("gpu OpenGL", 30.0),
    ]


def test_a_trial_without_a_variant_keeps_the_key_it_always_had():
    assert TRIAL.key == f"m@{'a' * 12}/local/litert/cpu/1t"


def test_a_delegate_without_a_word_is_shown_by_its_name_with_its_figure():
    trial = replace(TRIAL, delegate=Delegate.OTHER, variant="Hexagon")
    [found] = build_rows(
        replace(IMPORTED, trials=(trial,)),
        [of_a_tool(0, trial, status=Status.UNSUPPORTED, median_ms=5.0)],
        (),
    )
    assert (found.asked, found.status) == ("Hexagon", Status.UNSUPPORTED)
    assert found.latency_ms is not None and found.latency_ms.median == 5.0
