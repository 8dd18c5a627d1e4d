"""Which nodes a delegate took, from files written with LiteRT's own schema."""

from __future__ import annotations

from collections.abc import Sequence

from ai_edge_litert import model_runtime_info_pb2 as schema
from hypothesis import given
from hypothesis import strategies as st

from harness.latency.benchmark_model.delegation import Backend
from harness.latency.benchmark_model.runtime_info import RuntimeInfo, read_runtime_info


def written(operators: Sequence[str], groups: dict[str, Sequence[Sequence[int]]]) -> bytes:
    """The file of a graph in which each delegate replaces groups of nodes, as the runtime writes it."""
    details = schema.ModelRuntimeDetails(model_name="m")
    graph = details.subgraphs.add(subgraph_id=0, name="main")
    graph.edges.add(id=0, name="input", shape=[1, 224, 224, 3])
    for number, operator in enumerate(operators):
        graph.nodes.add(id=number, name=operator, type="3", inputs=[0], outputs=[1])
    for delegate, replaced in groups.items():
        for group in replaced:
            node = graph.nodes.add(id=len(graph.nodes), name=delegate, type=delegate)
            node.delegate_node_details.delegate_name = delegate
            node.delegate_node_details.tflite_node_ids_replaced.extend(group)
            for number in group:
                graph.nodes[number].delegated_to_node_id = node.id
    details.subgraphs.add(subgraph_id=1, name="body").nodes.add(id=0, name="ADD")
    return bytes(details.SerializeToString())


OPERATORS = ["CONV_2D", "DEPTHWISE_CONV_2D", "CONV_2D", "RESHAPE", "SOFTMAX"]


def test_a_graph_a_delegate_took_whole():
    info = read_runtime_info(written(OPERATORS, {"TfLiteXNNPackDelegate": [range(5)]}))
    assert info == RuntimeInfo(tuple((name, Backend.XNNPACK) for name in OPERATORS))
    assert info.left_by(Backend.XNNPACK) == ()


def test_the_operators_a_delegate_left_are_counted():
    info = read_runtime_info(written(OPERATORS, {"TfLiteGpuDelegateV2": [[0, 1], [2]]}))
    assert info is not None
    assert (info.taken(Backend.GPU), info.total_nodes) == (3, 5)
    assert info.left_by(Backend.GPU) == (("RESHAPE", 1), ("SOFTMAX", 1))


def test_two_delegates_share_a_graph():
    groups = {"TfLiteNnapiDelegate": [[0, 2]], "TfLiteXNNPackDelegate": [[1], [3, 4]]}
    info = read_runtime_info(written(OPERATORS, groups))
    assert info is not None
    assert (info.taken(Backend.NNAPI), info.taken(Backend.XNNPACK)) == (2, 3)
    assert info.left_by(Backend.NNAPI) == (("DEPTHWISE_CONV_2D", 1), ("RESHAPE", 1), ("SOFTMAX", 1))


def test_a_graph_without_delegates():
    assert read_runtime_info(written(OPERATORS, {})) == RuntimeInfo(tuple((name, None) for name in OPERATORS))


def test_node_0_as_target_of_a_delegation_is_no_missing_field():
    """A oneof field is written even where it is 0."""
    details = schema.ModelRuntimeDetails()
    graph = details.subgraphs.add()
    first = graph.nodes.add(id=0, name="TfLiteNnapiDelegate")
    first.delegate_node_details.delegate_name = "TfLiteNnapiDelegate"
    graph.nodes.add(id=1, name="CONV_2D", delegated_to_node_id=0)
    assert read_runtime_info(details.SerializeToString()) == RuntimeInfo((("CONV_2D", Backend.NNAPI),))


def test_a_cut_file_and_one_without_nodes_say_nothing():
    content = written(OPERATORS, {})
    assert read_runtime_info(b"") is None
    assert read_runtime_info(content[: len(content) // 2]) is None
    assert read_runtime_info(schema.ModelRuntimeDetails(model_name="m").SerializeToString()) is None


def test_names_cannot_bring_control_characters_into_a_report():
    info = read_runtime_info(written(["CONV\x1b[31m\n" + "x" * 500], {}))
    assert info is not None
    assert info.nodes[0][0].startswith("CONV?[31m?")
    assert len(info.nodes[0][0]) == 80


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(content: bytes):
    read_runtime_info(content)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_no_damage_makes_it_raise(at: int, damage: bytes):
    content = bytearray(written(OPERATORS, {"TfLiteGpuDelegateV2": [[0, 1]]}))
    content[at % len(content) : at % len(content) + len(damage)] = damage
    read_runtime_info(bytes(content))
