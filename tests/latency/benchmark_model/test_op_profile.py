"""Op profiles of real runs, as table and as the tool's CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.latency.benchmark_model.op_profile import OpProfile, read_op_profile
from tests.latency.benchmark_model.real import text_of


@pytest.mark.parametrize(
    ("name", "nodes", "runs", "left"),
    [
        ("v1_op_profiling", 31, 3219, ("AVERAGE_POOL_2D", "SOFTMAX")),
        ("v1_op_profiling_csv_stdout", 31, 3294, ("AVERAGE_POOL_2D", "SOFTMAX")),
        ("ad_nnapi_stub_partial_op_profiling", 19, 20, ("SOFTMAX", "AVERAGE_POOL_2D")),
        (
            "v2_op_profiling_noxnnpack",
            66,
            50,
            ("CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "AVERAGE_POOL_2D", "RESHAPE", "SOFTMAX"),
        ),
    ],
)
def test_the_profile_of_the_runs_not_of_the_preparation(
    assets: Path, name: str, nodes: int, runs: int, left: tuple[str, ...]
):
    profile = read_op_profile(text_of(assets, name))
    assert (len(profile.nodes), profile.runs, profile.left_on_cpu) == (nodes, runs, left)


def test_commas_of_a_type_do_not_split_it(assets: Path):
    table, listed = (
        read_op_profile(text_of(assets, name)).nodes[0]
        for name in ("v1_op_profiling", "v1_op_profiling_csv_stdout")
    )
    assert table.node_type == listed.node_type == "Convolution (NHWC, QU8) IGEMM"
    assert table.name == listed.name.replace("NHWC, ", "NHWC, ")
    assert (table.mean_ms, listed.mean_ms) == (0.060, 0.0587911)
    assert (table.share_percent, listed.share_percent) == (23.444, 23.5475)


def test_a_log_without_a_profile_has_none(assets: Path):
    assert read_op_profile(text_of(assets, "v2_default")) == OpProfile()
