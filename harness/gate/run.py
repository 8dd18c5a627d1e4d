"""One gate run from a prepared plan to its result, on disk all the way."""

from __future__ import annotations

from pathlib import Path

from harness.accuracy.dataset import Dataset
from harness.devices.connect import connect
from harness.gate.accuracy import score_both
from harness.gate.judge import judge
from harness.gate.maker import PairMaker
from harness.gate.measure import Make, measure
from harness.gate.prepare import PreparedGate
from harness.gate.record import GateFolder
from harness.gate.watch import GateWatch
from harness.latency.pair import LocalPairs
from harness.records.gate import GateResult, LaunchPair

__all__ = ["local_maker", "run_gate"]


def run_gate(
    prepared: PreparedGate,
    folder: GateFolder,
    make: Make,
    watch: GateWatch,
    *,
    dataset: Dataset | None = None,
) -> GateResult:
    """Make the pairs that `folder` lacks, judge, and write the result.

    Every pair is on disk before the next begins. Raises UsageError where
    a side cannot be measured.
    """
    pairs = _pairs(prepared, folder, make, watch)
    if dataset is not None:
        _score(prepared, folder, dataset, watch)
    result = judge(prepared.plan, pairs, accuracies=folder.accuracies())
    folder.write_result(result)
    return result


def local_maker(prepared: PreparedGate, logs: Path, *, timeout_s: float, extra_work: int = 0) -> PairMaker:
    """What makes the pairs of a plan on this computer."""
    return PairMaker(
        pairs=LocalPairs(read_state=prepared.device.state),
        models=prepared.models,
        logs=logs,
        seed=prepared.plan.seed,
        turns=prepared.plan.turns,
        timeout_s=timeout_s,
        extra_work=extra_work,
    )


def _pairs(
    prepared: PreparedGate, folder: GateFolder, make: Make, watch: GateWatch
) -> tuple[LaunchPair, ...]:
    def ended(pair: LaunchPair) -> None:
        folder.append(pair)
        watch.pair(pair)

    return measure(prepared.plan, folder.pairs(), make=make, on_pair=ended, on_progress=watch.progresses)


def _score(prepared: PreparedGate, folder: GateFolder, dataset: Dataset, watch: GateWatch) -> None:
    """Accuracy of the comparisons that have none yet."""
    done = {accuracy.name for accuracy in folder.accuracies()}
    by_name = {each.cell.name: prepared.models[each.cell.key] for each in prepared.plan.cells}
    missing = {name: models for name, models in by_name.items() if name not in done}
    if not missing:
        return
    cores = connect("local").cpu_count  # this computer's, whatever the device
    for accuracy in score_both(missing, dataset, cores=cores, on_progress=watch.images):
        folder.append_accuracy(accuracy)
