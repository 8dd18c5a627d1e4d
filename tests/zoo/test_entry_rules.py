"""Facts of entries against each other: every contradiction is named, and true entries have none."""

from __future__ import annotations

from typing import Any

import pytest

from harness.zoo.entry_rules import entry_problems, problems_between
from harness.zoo.reach import Reach, reach_of
from harness.zoo.schema import ZooEntry


def entry(name: str = "mobilenet_v1_0.5_224_quant", **changes: Any) -> ZooEntry:
    made: dict[str, Any] = {
        "name": name,
        "family": "mobilenet_v1",
        "url": f"https://example.org/{name}.tflite",
        "quantization": "uint8",
        "input": {"height": 224, "width": 224, "dtype": "uint8"},
        **changes,
    }
    return ZooEntry.model_validate({key: value for key, value in made.items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"input": {"height": 192, "width": 192, "dtype": "uint8"}},
            "its name says 224, and its input is 192x192",
        ),
        (
            {"quantization": "float32", "input": {"height": 224, "width": 224, "dtype": "float32"}},
            "its name says quant",
        ),
        ({"quantization": "dynamic"}, "its name says quant, and its quantization is dynamic"),
        ({"name": "plain_224", "quantization": "float32"}, "its weights are float32, and its input uint8"),
        ({"name": "x_float", "family": "x"}, "its name says float, and its quantization is uint8"),
        ({"family": "mobilenet_v2"}, "its name says mobilenet v1, and its family is mobilenet_v2"),
        ({"size_bytes": 4_300_000, "published": {"size_mb": 3.4}}, "the publisher states 3.4 MB"),
        ({"url": "https://example.org/x.tgz"}, "no archive_member is stated"),
        (
            {"mirrors": [{"url": "https://example.org/mobilenet_v1_0.5_224_quant.tflite"}]},
            "quant.tflite is given twice",
        ),
    ],
)
def test_a_contradiction_is_named(changes: dict[str, Any], problem: str):
    (found,) = entry_problems(entry(**changes))
    assert problem in found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "quantized_v2_224_35", "family": "mobilenet_v2"},
        {"name": "resnet_v2_101_224", "family": "resnet_v2"},
        {"name": "lite-model_lite0_uint8_2", "family": "lite", "quantization": "int8"},
        {"size_bytes": 3_577_760, "published": {"size_mb": 3.4}},  # 3.41 x 2^20
        {"size_bytes": 497_264, "published": {"size_mb": 0.5}},
        {"url": "https://example.org/x.tgz", "manual": True},
        {"url": None, "path": "mobilenet_v1_0.5_192_float.tflite", "name": "mine_192_float"},
    ],
)
def test_what_agrees_has_no_problem(changes: dict[str, Any]):
    assert entry_problems(entry(**changes)) == []


def test_the_later_of_two_entries_for_one_file_is_named():
    first, twin = entry("a", sha256="ab" * 32), entry("b", sha256="ab" * 32)
    same_place = entry("c", url=first.url)
    assert problems_between([first, twin, same_place]) == {
        "b": ("it has the sha256 of a",),
        "c": ("it lies where a does: https://example.org/a.tflite",),
    }


def test_two_members_of_one_archive_are_two_places():
    url = "https://example.org/both.tar.gz"
    both = [entry(name, url=url, archive_member=f"{name}.tflite") for name in ("a", "b")]
    assert problems_between(both) == {}


def test_one_address_with_two_digests_is_named():
    url = "https://example.org/both.tar.gz"
    both = [
        entry(name, url=url, archive_member=f"{name}.tflite", archive_sha256=digit * 64)
        for name, digit in (("a", "1"), ("b", "2"))
    ]
    assert "differs from that of a" in problems_between(both)["b"][0]


def test_a_wider_network_is_larger():
    narrow = entry("mobilenet_v1_0.5_224_quant", size_bytes=1_364_512)
    wide = entry("mobilenet_v1_1.0_224_quant", size_bytes=4_276_352)
    assert problems_between([narrow, wide]) == {}
    swapped = [narrow.model_copy(update={"size_bytes": 4_276_352}), wide.model_copy(update={"size_bytes": 9})]
    assert "it is wider than mobilenet_v1_0.5_224_quant" in problems_between(swapped)[wide.name][0]


@pytest.mark.parametrize(
    ("changes", "reach"),
    [
        ({"url": None, "path": "a.tflite"}, Reach.FILE),
        ({}, Reach.WEB),
        ({"manual": True}, Reach.BROWSER),
        ({"manual": True, "mirrors": [{"url": "https://example.org/copy"}]}, Reach.WEB),
        ({"gone": "HTTP 403"}, Reach.GONE),
        ({"gone": "HTTP 403", "mirrors": [{"url": "https://example.org/x", "manual": True}]}, Reach.BROWSER),
    ],
)
def test_how_a_file_can_be_had(changes: dict[str, Any], reach: Reach):
    assert reach_of(entry(**changes)) is reach
