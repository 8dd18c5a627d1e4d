"""A judgement checked against the runtime's own list of nodes: which ops stayed on the CPU. Pure."""

from __future__ import annotations

from dataclasses import replace

from harness.latency.benchmark_model.delegation import Backend, Extent
from harness.latency.benchmark_model.log import Judgement
from harness.latency.benchmark_model.runtime_info import RuntimeInfo
from harness.records.vocabulary import Delegate, Status

__all__ = ["BACKENDS", "prove"]

BACKENDS = {Delegate.CPU: Backend.XNNPACK, Delegate.GPU: Backend.GPU, Delegate.NNAPI: Backend.NNAPI}
"""What takes the nodes of a delegate harness has a word for."""

_MOST_NAMED = 5


def prove(judged: Judgement, info: RuntimeInfo) -> Judgement:
    """The judgement with the nodes of the runtime's list, which overrules the log.

    Only a run that reached its end is judged anew: the list is written before the first invoke.
    """
    backend = BACKENDS.get(judged.requested) if judged.requested is not None else None
    if judged.status not in (Status.OK, Status.FALLBACK) or backend is None:
        return judged
    took = info.taken(backend)
    extent = Extent.COMPLETE if took == info.total_nodes else Extent.PARTIAL if took else Extent.NONE
    proven = replace(
        judged,
        actual=judged.requested if took else _cpu(info),
        delegation=extent,
        delegated_nodes=took,
        total_nodes=info.total_nodes,
        evidence=f"model runtime info: {backend} replaced {took} of {info.total_nodes} nodes",
    )
    return _with_status(proven, backend, info)


def _cpu(info: RuntimeInfo) -> Delegate:
    return Delegate.CPU if info.taken(Backend.XNNPACK) else Delegate.CPU_BUILTIN


def _with_status(judged: Judgement, backend: Backend, info: RuntimeInfo) -> Judgement:
    """XNNPACK that took a part is the CPU all the same; any other delegate is asked for the whole graph."""
    wanted = judged.requested
    if judged.delegation is Extent.NONE:
        reason = judged.reason or f"asked for {wanted}, ran on {judged.actual}: {backend} took no node"
        return replace(judged, status=Status.FALLBACK, reason=reason)
    if wanted is Delegate.CPU:
        return judged
    if judged.delegation is Extent.PARTIAL:
        reason = (
            f"{wanted} took {judged.delegated_nodes} of {judged.total_nodes} nodes; the CPU ran the rest"
            f" ({_rest(backend, info)})"
        )
        return replace(judged, status=Status.FALLBACK, reason=reason)
    return replace(judged, status=Status.OK, reason=None)


def _rest(backend: Backend, info: RuntimeInfo) -> str:
    """Names and numbers of the operators the delegate left to the CPU."""
    left = info.left_by(backend)
    parts = [f"{count} {name}" for name, count in left[:_MOST_NAMED]]
    return ", ".join(parts) + (", …" if len(left) > _MOST_NAMED else "")
