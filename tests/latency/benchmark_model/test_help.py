"""Which tool a binary is, and which flags it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.latency.benchmark_model.help import Tool, read_help
from tests.latency.benchmark_model.real import text_of

LITERT_HELP = """\
usage: benchmark_model <flags>
Flags:
\t--num_runs=50                                  \tint32\toptional\texpected number of runs
\t--graph=                                       \tstring\toptional\tThe path to the model file.
\t--use_cpu=true                                 \tbool\toptional\tWhether to use CPU accelerator.
\t--use_gpu=false                                \tbool\toptional\tWhether to use GPU accelerator.
\t--use_npu=false                                \tbool\toptional\tWhether to use NPU accelerator.
"""


@pytest.mark.parametrize(
    ("name", "flags", "delegates"),
    [("ad_help", 72, {"use_xnnpack", "use_nnapi", "use_gpu"}), ("help_true", 58, {"use_xnnpack"})],
)
def test_the_flags_of_a_build(assets: Path, name: str, flags: int, delegates: set[str]):
    """Counted in the log: `grep -P '^\\t--' | sed 's/=.*//' | sort -u | wc -l`."""
    known = read_help(text_of(assets, name))
    assert known.tool is Tool.TFLITE
    assert len(known.flags) == flags
    assert {"use_xnnpack", "use_nnapi", "use_gpu"} & known.flags == delegates
    assert (known.defaults["num_runs"], known.defaults["graph"]) == ("50", "")


def test_help_is_listed_after_a_flag_that_cannot_be_read_too(assets: Path):
    assert read_help(text_of(assets, "flag_bad_int")).knows("num_threads")


def test_the_newer_tool_of_the_same_name_is_told_by_its_switches():
    known = read_help(LITERT_HELP)
    assert known.tool is Tool.LITERT
    assert known.knows("use_npu") and not known.knows("use_xnnpack")


@pytest.mark.parametrize(
    "text", ["", "--graph", "usage: cat [FILE]...", "\t--colour=auto  \tbool\toptional\tx"]
)
def test_anything_else_is_no_benchmark_model(text: str):
    assert read_help(text).tool is Tool.UNKNOWN


TF_2_4_HELP = """\
usage: benchmark_model <flags>
Flags:
\t--num_runs=50                     \tint32\texpected number of runs, see also min_secs, max_secs
\t--graph=                          \tstring\tgraph file name
\t--max_secs=?                      \tfloat\tmaximum number of seconds to rerun for
\t--use_gpu=false                   \tbool\tuse gpu
"""


def test_tools_before_tensorflow_2_5_list_no_column_of_what_is_optional():
    known = read_help(TF_2_4_HELP)
    assert known.tool is Tool.TFLITE
    assert known.flags == {"num_runs", "graph", "max_secs", "use_gpu"}
    assert known.defaults["num_runs"] == "50"
