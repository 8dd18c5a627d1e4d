"""The runtime's list of nodes overrules what a log says."""

from __future__ import annotations

from dataclasses import replace

from harness.latency.benchmark_model.delegation import Backend, Extent
from harness.latency.benchmark_model.log import Judgement
from harness.latency.benchmark_model.proof import prove
from harness.latency.benchmark_model.runtime_info import RuntimeInfo
from harness.records.vocabulary import Delegate, Status


def graph(*, left: tuple[str, ...] = (), **taken: int) -> RuntimeInfo:
    """So many convolutions for each delegate, and operators none took."""
    owners = [(("CONV_2D", Backend[name]),) * count for name, count in taken.items()]
    return RuntimeInfo((*sum(owners, ()), *((name, None) for name in left)))


WHOLE = Judgement(
    Status.OK, None, Delegate.GPU, Delegate.GPU, delegation=Extent.COMPLETE, delegated_nodes=5, total_nodes=5
)


def test_a_list_that_agrees_confirms_the_log():
    proven = prove(WHOLE, graph(GPU=5))
    assert (proven.status, proven.actual, proven.delegation) == (Status.OK, Delegate.GPU, Extent.COMPLETE)
    assert proven.evidence == "model runtime info: GPU replaced 5 of 5 nodes"


def test_operators_left_to_the_cpu_make_a_fallback_that_names_them():
    info = graph(GPU=3, left=("SOFTMAX", "SOFTMAX"))
    proven = prove(WHOLE, info)
    assert (proven.status, proven.delegation) == (Status.FALLBACK, Extent.PARTIAL)
    assert proven.reason == "gpu took 3 of 5 nodes; the CPU ran the rest (2 SOFTMAX)"


def test_what_xnnpack_took_of_the_rest_ran_on_the_cpu_too():
    info = graph(GPU=2, XNNPACK=2, left=("SOFTMAX",))
    assert (prove(WHOLE, info).reason or "").endswith("(2 CONV_2D, 1 SOFTMAX)")


def test_a_delegate_that_took_nothing_did_not_run():
    proven = prove(WHOLE, graph(XNNPACK=5))
    assert (proven.status, proven.actual, proven.delegation) == (
        Status.FALLBACK,
        Delegate.CPU,
        Extent.NONE,
    )
    assert proven.reason == "asked for gpu, ran on cpu: GPU took no node"


def test_a_delegate_the_log_doubted_is_believed_to_the_list():
    doubted = replace(WHOLE, status=Status.FALLBACK, reason="not proven", delegation=None)
    proven = prove(doubted, graph(GPU=5))
    assert (proven.status, proven.reason) == (Status.OK, None)


def test_xnnpack_with_a_part_is_the_cpu():
    judged = Judgement(Status.OK, None, Delegate.CPU, Delegate.CPU)
    proven = prove(judged, graph(XNNPACK=64, left=("RESHAPE", "SQUEEZE")))
    assert (proven.status, proven.delegated_nodes, proven.total_nodes) == (Status.OK, 64, 66)


def test_the_builtin_kernels_need_no_proof():
    judged = Judgement(Status.OK, None, Delegate.CPU_BUILTIN, Delegate.CPU_BUILTIN)
    assert prove(judged, graph(left=("CONV_2D",) * 5)) == judged


def test_a_run_that_failed_stays_failed():
    failed = Judgement(Status.FAILED, "an invoke failed", Delegate.GPU)
    assert prove(failed, graph(GPU=5)) == failed
