from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.records.vocabulary import Delegate, Job, Runtime, Status
from harness.report.content import Mark, MeasuredRun
from harness.report.entries import Panel, panels_of
from harness.report.figures.delegates import delegate_comparison
from harness.report.figures.distributions import evenly_spaced_quantiles, sample_distributions
from harness.report.figures.drawing import Figure, JsonDict, Omitted, error_bars, latency_axis, plain
from harness.report.figures.scatter import accuracy_latency
from harness.report.figures.threads import latency_threads
from tests.report.factory import NASTY, Recipe, content, content_of, measured_run, rich_recipe

ON_CPU = (Delegate.CPU, Delegate.CPU_BUILTIN)
RUNTIMES = (Runtime.LITERT, Runtime.TFLITE_RUNTIME)


def panel(recipe: Recipe) -> Panel:
    [only] = panels_of(content(recipe))
    return only


def scatter(recipe: Recipe) -> Figure:
    [figure] = accuracy_latency(panel(recipe))
    assert isinstance(figure, Figure)
    return figure


def all_figures(shown: Panel) -> list[Figure | Omitted]:
    others = (latency_threads(shown), delegate_comparison(shown), sample_distributions(shown))
    return [*accuracy_latency(shown), *others]


def traces(figure: Figure | Omitted) -> list[JsonDict]:
    assert isinstance(figure, Figure)
    return figure.views[0].data


def marks(figure: Figure | Omitted) -> dict[str, JsonDict]:
    """Traces that stand for trials, by the name in the legend."""
    return {trace["name"]: trace for trace in traces(figure) if "customdata" in trace}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in ("customdata",):
                yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


# Scatter


def test_a_bubble_for_every_trial_with_latency_and_accuracy():
    drawn = [anchor for trace in marks(scatter(rich_recipe())).values() for anchor in trace["customdata"]]
    expected = [e.anchor for e in panel(rich_recipe()).entries if e.latency and e.row.top1 is not None]
    assert sorted(drawn) == sorted(expected)


def test_intervals_are_those_of_the_rows():
    shown = panel(Recipe(models=1))
    [figure] = accuracy_latency(shown)
    [trace] = marks(figure).values()
    row = shown.entries[0].row
    assert trace["x"][0] + trace["error_x"]["array"][0] == pytest.approx(row.latency_ms.ci_high, rel=1e-3)
    assert trace["x"][0] - trace["error_x"]["arrayminus"][0] == pytest.approx(row.latency_ms.ci_low, rel=1e-3)
    assert trace["y"][0] + trace["error_y"]["array"][0] == pytest.approx(100 * row.top1_high, rel=1e-3)


def test_bubble_area_stands_for_the_size_of_the_file():
    shown = panel(Recipe(models=12))
    sizes = {entry.anchor: entry.row.size_bytes for entry in shown.entries}
    [figure] = accuracy_latency(shown)
    for trace in marks(figure).values():
        assert trace["marker"]["sizemode"] == "area"
        assert trace["marker"]["size"] == [sizes[anchor] for anchor in trace["customdata"]]


def test_a_fallback_is_hollow_grey_and_off_the_front():
    figure = scatter(Recipe(models=4, statuses=(("int8", Status.FALLBACK, "XNNPACK took none"),)))
    fallen = marks(figure)["fallback (not ranked)"]
    assert len(fallen["x"]) == 1
    assert fallen["marker"]["symbol"] == "circle-open"
    assert "XNNPACK took none" in fallen["hovertext"][0]
    [line] = [trace for trace in traces(figure) if trace.get("name") == "Pareto front"]
    assert fallen["x"][0] not in line["x"]
    assert "never ranked" in figure.caption


def test_the_front_rises_from_fast_to_slow():
    [line] = [trace for trace in traces(scatter(rich_recipe())) if trace.get("name") == "Pareto front"]
    assert line["x"] == sorted(line["x"])
    assert line["y"] == sorted(set(line["y"]))
    assert line["line"]["shape"] == "hv"


def test_no_trial_lies_beyond_the_front():
    figure = scatter(rich_recipe())
    [line] = [trace for trace in traces(figure) if trace.get("name") == "Pareto front"]
    ranked = [trace for name, trace in marks(figure).items() if "fallback" not in name]
    for x, y in [point for trace in ranked for point in zip(trace["x"], trace["y"], strict=True)]:
        reached = [top1 for latency, top1 in zip(line["x"], line["y"], strict=True) if latency <= x]
        assert reached
        assert y <= max(reached)


def test_rings_tell_front_and_tie_and_the_rest_is_faint():
    shown = panel(Recipe(models=12, threads=(1, 2)))
    by_anchor = {entry.anchor: entry.mark.mark for entry in shown.entries}
    [figure] = accuracy_latency(shown)
    opacity: dict[Mark, set[float]] = {}
    for trace in marks(figure).values():
        for anchor, value in zip(trace["customdata"], trace["marker"]["opacity"], strict=True):
            opacity.setdefault(by_anchor[anchor], set()).add(value)
    assert set(opacity) == {Mark.FRONT, Mark.TIED, Mark.DOMINATED}
    assert max(opacity[Mark.DOMINATED]) < min(opacity[Mark.TIED]) < min(opacity[Mark.FRONT])


def test_different_data_sets_are_never_in_one_scatter():
    run = measured_run(Recipe(models=4))
    rows = tuple(replace(row, dataset="pets", images=37) if "int8" in row.model else row for row in run.rows)
    [shown] = panels_of(content_of(MeasuredRun(run.run, rows, run.launches, run.evaluations)))
    first, second = accuracy_latency(shown)
    assert [figure.title for figure in (first, second)] == [
        "local · scored on starter-500 (500 images)",
        "local · scored on pets (37 images)",
    ]
    counts = [sum(len(trace["x"]) for trace in marks(figure).values()) for figure in (first, second)]
    assert counts == [3, 1]


def test_different_runtimes_have_colours_of_their_own():
    found = marks(scatter(Recipe(models=4, runtimes=RUNTIMES)))
    assert set(found) == {"litert 2.3.0 · cpu", "tflite-runtime 2.14.0 · cpu"}
    assert len({trace["marker"]["color"] for trace in found.values()}) == 2


def test_no_accuracy_says_how_to_add_it():
    [omitted] = accuracy_latency(panel(Recipe(models=2, accuracy=False)))
    assert isinstance(omitted, Omitted)
    assert "only latency was asked for" in omitted.reason
    assert "--dataset" in omitted.reason


def test_one_size_is_said_once():
    assert "(0.35 MB)" in scatter(Recipe(models=1)).caption


# What is missing


def test_nothing_that_ran_is_not_blamed_on_an_option():
    for figure in all_figures(panel(Recipe(models=2, statuses=(("", Status.FAILED, "signal 11"),)))):
        assert isinstance(figure, Omitted)
        assert "No trial ran to its end" in figure.reason
        assert "--only" not in figure.reason


def test_accuracy_alone_says_how_to_add_latency():
    run = measured_run(Recipe(models=2))
    options = replace(run.run.options, jobs=(Job.ACCURACY,))
    rows = tuple(replace(row, latency_ms=None, launches=0, samples=0) for row in run.rows)
    scored = MeasuredRun(replace(run.run, options=options), rows, (), run.evaluations)
    [shown] = panels_of(content_of(scored))
    for figure in all_figures(shown):
        assert isinstance(figure, Omitted)
        assert "Run without --only accuracy" in figure.reason


# Threads


def test_a_line_never_joins_runtimes_or_delegates():
    recipe = Recipe(models=2, threads=(1, 2, 4), runtimes=RUNTIMES, delegates=ON_CPU)
    shown = panel(recipe)
    by_anchor = {entry.anchor: entry for entry in shown.entries}
    lines = marks(latency_threads(shown))
    assert len(lines) == 2 * 2 * 2
    for line in lines.values():
        entries = [by_anchor[anchor] for anchor in line["customdata"]]
        assert len({(e.row.model, e.row.runtime, e.row.delegate_requested) for e in entries}) == 1
        assert line["x"] == [1, 2, 4]


def test_a_fallback_is_a_mark_beside_the_lines():
    recipe = Recipe(models=4, threads=(1, 2), statuses=(("int8", Status.FALLBACK, "why"),))
    found = marks(latency_threads(panel(recipe)))
    assert not any("int8" in name for name in found)
    assert found["fallback (not ranked)"]["mode"] == "markers"


def test_one_thread_count_makes_no_figure():
    omitted = latency_threads(panel(Recipe(models=2)))
    assert isinstance(omitted, Omitted)
    assert "--threads 1,2,4" in omitted.reason


def test_a_model_that_more_threads_make_slower_is_named():
    run = measured_run(Recipe(models=1, threads=(1, 2)))
    one, two = run.rows
    rows = (replace(one, latency_ms=two.latency_ms), replace(two, latency_ms=one.latency_ms))
    [shown] = panels_of(content_of(MeasuredRun(run.run, rows, run.launches, run.evaluations)))
    figure = latency_threads(shown)
    assert isinstance(figure, Figure)
    assert "More threads made it slower: starter_w025_float32" in figure.caption


# Delegates


def test_a_mark_is_the_fastest_thread_count_of_its_series():
    shown = panel(Recipe(models=3, threads=(1, 2), delegates=ON_CPU))
    by_anchor = {entry.anchor: entry for entry in shown.entries}
    found = marks(delegate_comparison(shown))
    assert set(found) == {"cpu", "cpu-builtin"}
    for name, trace in found.items():
        for anchor in trace["customdata"]:
            entry = by_anchor[anchor]
            rivals = [e for e in shown.entries if e.row.model == entry.row.model and e.series == name]
            assert entry.latency.median == min(rival.latency.median for rival in rivals)


def test_a_delegate_that_did_not_run_has_no_mark_but_a_word():
    recipe = Recipe(
        models=2,
        delegates=(Delegate.CPU, Delegate.GPU),
        statuses=(("float16@GPU", Status.UNSUPPORTED, "no adapter"),),
    )
    figure = delegate_comparison(panel(recipe))
    labels = [each["text"] for each in figure.views[0].layout["annotations"]]
    assert "starter_w025_float16 (gpu unsupported)" in labels
    assert len(marks(figure)["gpu"]["x"]) == 1
    assert "gpu (unsupported)" in figure.caption


def test_several_series_without_a_mark_are_counted():
    recipe = Recipe(
        models=1,
        runtimes=RUNTIMES,
        delegates=(Delegate.CPU, Delegate.GPU),
        statuses=(("@GPU", Status.FAILED, "signal 11"),),
    )
    [label] = delegate_comparison(panel(recipe)).views[0].layout["annotations"]
    assert label["text"] == "starter_w025_float32 (2 failed)"


def test_a_fallback_is_hollow_and_does_not_hide_a_real_run():
    recipe = Recipe(
        models=1, delegates=(Delegate.CPU, Delegate.GPU), statuses=(("@GPU", Status.FALLBACK, "why"),)
    )
    found = marks(delegate_comparison(panel(recipe)))
    assert set(found) == {"cpu", "gpu: fallback"}
    assert found["gpu: fallback"]["marker"]["symbol"].endswith("-open")


def test_a_software_gpu_is_called_one_in_legend_caption_and_hover():
    recipe = Recipe(models=1, delegates=(Delegate.CPU, Delegate.GPU), adapter="llvmpipe (LLVM 15)")
    figure = delegate_comparison(panel(recipe))
    assert "gpu (software GPU)" in marks(figure)
    assert "say nothing about a real one" in figure.caption
    assert "software GPU" in marks(figure)["gpu (software GPU)"]["hovertext"][0]


# Distributions


@given(st.lists(st.integers(min_value=1, max_value=10**9), min_size=1), st.integers(1, 40))
def test_quantiles_are_samples_in_ascending_order(samples: list[int], number: int):
    launch = replace(
        measured_run(Recipe(models=1, launches=1, samples=1)).launches[0], samples_ns=tuple(samples)
    )
    drawn = evenly_spaced_quantiles(launch, number)
    assert len(drawn) == min(number, len(samples))
    assert drawn == sorted(drawn)
    assert set(drawn) <= {sample / 1e6 for sample in samples}


def test_every_launch_has_a_strip_and_a_median_of_its_own():
    figure = sample_distributions(panel(Recipe(models=2, launches=7)))
    [medians] = marks(figure).values()
    assert len(medians["x"]) == 2 * 7
    assert len([trace for trace in traces(figure) if trace["type"] == "violin"]) == 2


def test_a_few_slow_samples_do_not_squeeze_the_differences_but_a_slow_launch_is_seen():
    def axis_end(slow_samples: int) -> float:
        run = measured_run(Recipe(models=1, launches=5, samples=100))
        disturbed = run.launches[0].samples_ns
        disturbed = (*disturbed[slow_samples:], *(50 * ns for ns in disturbed[:slow_samples]))
        launches = (replace(run.launches[0], samples_ns=disturbed), *run.launches[1:])
        [shown] = panels_of(content_of(MeasuredRun(run.run, run.rows, launches, run.evaluations)))
        figure = sample_distributions(shown)
        assert isinstance(figure, Figure)
        return figure.views[0].layout["xaxis"]["range"][1]

    assert axis_end(10) < 100
    assert axis_end(100) > 4000


def test_a_contaminated_launch_is_left_out():
    run = measured_run(Recipe(models=1))
    launches = (replace(run.launches[0], contaminated="throttled"), *run.launches[1:])
    [shown] = panels_of(content_of(MeasuredRun(run.run, run.rows, launches, run.evaluations)))
    [medians] = marks(sample_distributions(shown)).values()
    assert len(medians["x"]) == 4


# All


def test_hundreds_of_trials_are_cut_and_the_cut_is_said():
    shown = panel(Recipe(models=90, threads=(1, 2), delegates=ON_CPU, samples=5))
    for figure in all_figures(shown)[1:]:
        assert isinstance(figure, Figure)
        assert re.search(r"Drawn are (the )?\d+ .*of \d+", figure.caption)


def test_simulated_trials_say_so_in_every_hover_box():
    for figure in all_figures(panel(Recipe(models=2, threads=(1, 2), simulated=True))):
        if isinstance(figure, Figure) and not figure.anchor.endswith("samples"):
            for trace in marks(figure).values():
                assert all(
                    "simulated device: its times say nothing of a real one" in text
                    for text in trace["hovertext"]
                )


def test_text_from_files_is_escaped_wherever_plotly_reads_markup():
    recipe = replace(
        rich_recipe(),
        rename=lambda name: f"{NASTY}{name}",
        device=f"<b>{NASTY}",
        statuses=(("w050@GPU", Status.FALLBACK, NASTY), ("int8@GPU", Status.FAILED, NASTY)),
    )
    for figure in all_figures(panel(recipe)):
        assert isinstance(figure, Figure)
        for text in texts(figure.to_json()):
            assert not re.search(r"<(?!/?(b|i|br)>)", text), text


def test_figures_are_strict_json():
    for figure in all_figures(panel(rich_recipe())):
        assert isinstance(figure, Figure)
        json.dumps(figure.to_json(), allow_nan=False)


def test_an_axis_is_logarithmic_from_tenfold_on():
    assert latency_axis([1.0, 9.0], what="Latency")["type"] == "linear"
    assert latency_axis([1.0, 11.0], what="Latency")["type"] == "log"


def test_an_axis_holds_a_single_value():
    low, high = latency_axis([5.0], what="Latency")["range"]
    assert low < 5.0 < high


def test_a_missing_end_draws_no_bar():
    bars = error_bars([2.0, 2.0], [1.0, None], [4.0, None])
    assert (bars["arrayminus"], bars["array"]) == ([1.0, 0.0], [2.0, 0.0])


@given(st.text())
def test_plain_text_is_one_line_without_markup(text: str):
    assert "<" not in plain(text)
    assert len(plain(text).splitlines()) <= 1
