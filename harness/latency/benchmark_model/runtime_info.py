"""Which nodes a delegate took, from the file `--export_model_runtime_info` writes. Pure; never raises.

Field numbers: LiteRT, `tflite/profiling/proto/model_runtime_info.proto`. A node
that was delegated names the node that replaced it; a delegate's node lists those
it replaced. So the file is the runtime's own word, where a log only counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.latency.benchmark_model.delegation import Backend, backend_of
from harness.latency.benchmark_model.wire import Value, WireError, read_fields

__all__ = ["RuntimeInfo", "read_runtime_info"]

_MOST_BYTES = 64 * 2**20
_MOST_NAME = 80

_SUBGRAPHS = 2
_NODES = 3
_ID, _NAME, _DELEGATE, _DELEGATED_TO = 1, 2, 8, 9
_DELEGATE_NAME = 1


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """The main subgraph as the runtime executed it: the model's nodes, without those delegates put in."""

    nodes: tuple[tuple[str, Backend | None], ...]
    """Operator of each node in the order of the graph, and the delegate that took it; None: none did."""

    @property
    def total_nodes(self) -> int:
        """How many the model has."""
        return len(self.nodes)

    def taken(self, backend: Backend) -> int:
        """How many nodes a delegate took."""
        return sum(owner is backend for _, owner in self.nodes)

    def left_by(self, backend: Backend) -> tuple[tuple[str, int], ...]:
        """Operators a delegate did not take, and how many of each, the most frequent first."""
        return tuple(Counter(name for name, owner in self.nodes if owner is not backend).most_common())


@dataclass(frozen=True, slots=True)
class _Node:
    number: int
    name: str
    delegate: str | None
    delegated_to: int | None


def read_runtime_info(content: bytes) -> RuntimeInfo | None:
    """What the file says of subgraph 0; None for bytes that are no such file."""
    if not content or len(content) > _MOST_BYTES:
        return None
    try:
        main = next((v for number, v in read_fields(content) if number == _SUBGRAPHS), None)
        return _info(list(_nodes(main))) if isinstance(main, bytes) else None
    except WireError:
        return None


def _nodes(subgraph: bytes) -> Iterator[_Node]:
    for number, value in read_fields(subgraph):
        if number == _NODES and isinstance(value, bytes):
            yield _node(value)


def _node(content: bytes) -> _Node:
    found: dict[int, Value] = dict(read_fields(content))
    details = found.get(_DELEGATE)
    delegate = None
    if isinstance(details, bytes):
        delegate = _text(dict(read_fields(details)).get(_DELEGATE_NAME))
    number, to = found.get(_ID), found.get(_DELEGATED_TO)
    return _Node(
        number if isinstance(number, int) else 0,
        _text(found.get(_NAME)),
        delegate,
        to if isinstance(to, int) else None,
    )


def _text(value: Value | None) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_MOST_NAME])


def _info(nodes: Iterable[_Node]) -> RuntimeInfo | None:
    """None where there is no node: an empty graph says nothing."""
    nodes = tuple(nodes)
    own = [node for node in nodes if node.delegate is None]
    if not own:
        return None
    delegates = {node.number: backend_of(node.delegate or "") for node in nodes if node.delegate is not None}
    return RuntimeInfo(
        tuple(
            (
                node.name,
                None if node.delegated_to is None else delegates.get(node.delegated_to, Backend.OTHER),
            )
            for node in own
        )
    )
