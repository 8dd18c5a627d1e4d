"""The hosted models of the bundled zoo: made by a tool from collected facts, all there, and in agreement."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from harness.resources import bundled_path
from harness.zoo.check import Digest, check_items
from harness.zoo.fetch.models import target_of
from harness.zoo.reach import Reach, reach_of
from harness.zoo.registry import Zoo, load_zoo
from harness.zoo.schema import ZooEntry
from tests.conftest import require_or_skip

TOOL = Path(__file__).parents[2] / "tools" / "zoo" / "hosted_entries.py"
BEGIN = "  # Made by tools/zoo/hosted_entries.py from here on.\n"
STARTER = "schema: 1\nmodels:\n  # Made by tools/zoo/starter_entries.py from here on.\n  # To here.\n"

FACTS = """
models:
- name: mobilenet_v1_0.5_128_quant
  family: mobilenet_v1
  table: Quantized models
  url: https://download.tensorflow.org/models/mobilenet_v1_0.5_128_quant.tgz
  archive_member: mobilenet_v1_0.5_128_quant.tflite
  archive_digest: {sha256: {value: AAAA}}
  tflite_digest: {sha256: BBBB, bytes: 1364512, mirror_url: 'https://example.org/copy.tflite'}
  input_size: 128
  quantization: uint8 (QAT, full integer)
  label_offset: 1
  size_mb: 1.4
  top1: 54.9
  top5: 78.1
  accuracy_source: a/b:tables.md (TFLite evaluation tool)
  published_latency:
  - {device: Pixel 3, delegate: cpu, threads: 4, ms: 1.7, source: 'a/b:tables.md (again)'}
  - {device: Pixel 2, delegate: tensorflow-mobile (not TFLite), ms: 9.0, source: 'a/b:tables.md'}
  mirrors:
  - {kind: tfhub, url: 'https://tfhub.dev/x'}
  - {kind: kaggle, download: 'https://kaggle/seen', archive_member: 1.tflite, status: handle seen}
  - {kind: kaggle, download: 'https://kaggle/no', archive_member: 1.tflite, status: 'inferred, not seen'}
  license: Apache-2.0 (TF Hub / model metadata)
  source: a/b:tables.md (same text as elsewhere)
- name: mediapipe-assets/tasks/testdata/same
  family: mobilenet_v1
  table: mediapipe-assets
  url: https://storage.googleapis.com/mediapipe-assets/same.tflite
  tflite_digest: {sha256: BBBB}
  input_size: 128
  quantization: uint8
  label_offset: 1
  published_latency: [{device: Pixel 4, delegate: nnapi, ms: 1.1, source: 'c/d:e.md'}]
  source: c/d
- name: quantized_v2_96_35
  family: mobilenet_v2
  table: slim MobileNet V2 checkpoints, quantized column
  url: https://storage.googleapis.com/mobilenet_v2/checkpoints/quantized_v2_96_35.tgz
  url_status: HTTP 403 reported 2025-04-03
  archive_member: v2_96_35/model.tflite
  input_size: 96
  quantization: uint8 (QAT, full integer)
  label_offset: 1
  source: e/f
- name: mnasnet_1.0_96
  family: mnasnet
  table: AutoML mobile models
  url: https://storage.cloud.google.com/x/mnasnet_1.0_96.tgz
  archive_member: mnasnet_1.0_96.tflite
  input_size: 96
  quantization: float32
  label_offset: 1
  source: e/f
- name: efficientnet-lite1-fp32
  family: efficientnet_lite
  table: EfficientNet-Lite README
  url: https://storage.googleapis.com/lite1.tar.gz
  archive_member: efficientnet-lite1/efficientnet-lite1-fp32.tflite
  input_size: 240
  quantization: float32
  label_offset: 0
  source: e/f
- name: litert-community/pinned
  family: resnet
  table: Hugging Face litert-community
  url: https://huggingface.co/litert-community/pinned/resolve/main/pinned.tflite
  pinned_url: https://huggingface.co/litert-community/pinned/resolve/abc/pinned.tflite
  input_layout: '[1,3,224,224] NCHW'
  quantization: float32
  label_offset: 0
  source: found somewhere
- name: litert-community/unpinned
  family: resnet
  table: Hugging Face litert-community
  url: https://huggingface.co/litert-community/unpinned/resolve/main/unpinned.tflite
  quantization: float32
  label_offset: 0
  source: found somewhere
""".replace("AAAA", "aa" * 32).replace("BBBB", "bb" * 32)


@pytest.fixture(scope="module")
def tool() -> Path:
    if not TOOL.exists():
        require_or_skip("tools/ is not part of this copy of harness")
    return TOOL


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.yaml"
    path.write_text(FACTS)
    return path


def run(tool: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def made(tool: Path, facts: Path, tmp_path: Path) -> dict[str, dict[str, object]]:
    """Entries the tool writes for the facts above, by name."""
    zoo, none = tmp_path / "zoo.yaml", tmp_path / "supplement.yaml"
    zoo.write_text(STARTER)
    none.write_text("{}")
    done = run(tool, facts, "--zoo", zoo, "--supplement", none)
    assert done.returncode == 0, done.stderr
    assert zoo.read_text().startswith(STARTER + BEGIN)
    assert "litert-community/unpinned: address on `main`" in done.stderr
    assert run(tool, facts, "--zoo", zoo, "--supplement", none, "--check").returncode == 0
    return {each["name"]: each for each in yaml.safe_load(zoo.read_text())["models"]}


def test_addresses_are_in_order_and_those_nobody_saw_working_are_left_out(made):
    entry = made["mobilenet_v1_0.5_128_quant"]
    assert entry["url"].startswith("https://storage.googleapis.com/download.tensorflow.org/models/")
    assert entry["archive_sha256"] == "aa" * 32
    assert [each["url"] for each in entry["mirrors"]] == [
        "https://kaggle/seen",
        "https://example.org/copy.tflite",
        "https://storage.googleapis.com/mediapipe-assets/same.tflite",
    ]


def test_the_same_file_is_one_entry_with_the_addresses_groups_and_latencies_of_both(made):
    entry = made["mobilenet_v1_0.5_128_quant"]
    assert "mediapipe_same" not in made
    assert entry["groups"] == ["hosted", "hosted-quantized", "mediapipe"]
    assert entry["published"]["latency"] == [
        {"device": "Pixel 3", "delegate": "cpu", "threads": 4, "latency_ms": 1.7},
        {"device": "Pixel 4", "delegate": "nnapi", "latency_ms": 1.1, "source": "c/d:e.md"},
    ]
    assert (entry["published"]["top1"], entry["license"], entry["source"]) == (
        54.9,
        "Apache-2.0",
        "a/b:tables.md",
    )


def test_dead_and_browser_only_addresses_are_marked(made):
    assert made["quantized_v2_96_35"]["gone"] == "HTTP 403 reported 2025-04-03"
    assert made["mnasnet_1.0_96"]["manual"] is True


def test_preprocessing_is_that_of_the_family(made):
    assert made["efficientnet-lite1-fp32"]["preprocess"] == {
        "crop": "efficientnet",
        "resize": "bicubic",
        "mean": 127,
        "std": 128,
    }
    imported = made["litert_pinned"]
    assert imported["input"] == {"height": 224, "width": 224, "dtype": "float32", "layout": "NCHW"}
    assert imported["preprocess"]["mean"] == [123.675, 116.28, 103.53]
    assert imported["url"].endswith("/resolve/abc/pinned.tflite")


def test_a_supplement_for_an_unknown_model_is_a_mistake(tool: Path, facts: Path, tmp_path: Path):
    zoo, wrong = tmp_path / "zoo.yaml", tmp_path / "wrong.yaml"
    zoo.write_text(STARTER)
    wrong.write_text("mobilnet: {label_offset: 1}")
    done = run(tool, facts, "--zoo", zoo, "--supplement", wrong)
    assert done.returncode == 1
    assert "mobilnet" in done.stderr
    assert zoo.read_text() == STARTER


def test_either_tool_leaves_the_others_entries_alone(tool: Path, facts: Path, tmp_path: Path):
    zoo, none = tmp_path / "zoo.yaml", tmp_path / "none.yaml"
    none.write_text("{}")
    zoo.write_text(bundled_path("model_zoo.yaml").read_text())
    before = yaml.safe_load(zoo.read_text())["models"]
    assert run(tool, facts, "--zoo", zoo, "--supplement", none).returncode == 0
    assert run(tool.with_name("starter_entries.py"), "--zoo", zoo, "--check").returncode == 0
    after = yaml.safe_load(zoo.read_text())["models"]
    starter = [each for each in before if "starter" in each["groups"]]
    assert [each for each in after if "starter" in each["groups"]] == starter
    assert len(after) == len(starter) + 5


@pytest.fixture(scope="module")
def bundled() -> Zoo:
    return load_zoo([])


@pytest.fixture(scope="module")
def hosted(bundled: Zoo) -> list[ZooEntry]:
    return [item.entry for item in bundled.search("@hosted")]


@pytest.mark.parametrize(
    ("group", "models"),
    [
        ("hosted-quantized", 21),
        ("hosted-float", 25),
        ("hosted-automl", 8),
        ("efficientnet-lite", 10),
        ("slim-v2-float", 22),
        ("slim-v2-quantized", 22),
        ("slim-v3", 9),
        ("edgetpu", 2),
        ("mlperf-mobile", 2),
        ("litert-community", 3),
    ],
)
def test_every_table_is_there_with_all_its_rows(bundled: Zoo, group: str, models: int):
    assert len(bundled.groups()[group]) == models


def test_every_entry_agrees_with_itself_and_with_the_others(bundled: Zoo):
    found = check_items([item for item in bundled.items.values() if item.entry.url is not None])
    assert {each.name: each.problems for each in found if each.problems} == {}
    kinds = Counter(each.digest for each in found)
    assert kinds[Digest.MODEL] + kinds[Digest.ARCHIVE] > 2 * kinds[Digest.NONE]


def test_every_entry_has_what_a_run_needs(hosted: list[ZooEntry]):
    for entry in hosted:
        assert entry.labels.offset in (0, 1), entry.name
        assert "preprocess" in entry.model_fields_set, entry.name
        assert entry.source, entry.name
        assert entry.published.top1 is None or entry.published.source, entry.name
        assert target_of(entry).sources, entry.name


def test_no_address_has_the_wrong_certificate_or_is_the_old_hub(hosted: list[ZooEntry]):
    for entry in hosted:
        for source in target_of(entry).sources:
            assert not re.match(r"https?://(download\.tensorflow\.org|tfhub\.dev)/", source.url), source.url
            assert source.manual == source.url.startswith("https://storage.cloud.google.com/")


def test_only_entries_without_another_way_keep_a_dead_address(hosted: list[ZooEntry]):
    for entry in hosted:
        if entry.gone:
            assert not entry.mirrors, entry.name
            assert reach_of(entry) is Reach.GONE
    assert reach_of(next(each for each in hosted if each.name == "mnasnet_1.0_96")) is Reach.WEB
    assert reach_of(next(each for each in hosted if each.name.startswith("mobilenet_edgetpu_224_0.75"))) is (
        Reach.BROWSER
    )


def test_the_first_published_table_is_complete(bundled: Zoo):
    entry = bundled.find("mobilenet_v1_1.0_224_quant").entry
    rows = {(each.device, each.delegate, each.threads, each.latency_ms) for each in entry.published.latency}
    assert entry.size_bytes is not None
    assert round(entry.size_bytes / 1e6, 1) == 4.3
    assert {
        ("Pixel 3 (Android 10)", "nnapi", None, 6.0),
        ("Pixel 3 (Android 10)", "cpu", 4, 13.0),
        ("Pixel 4 (Android 10)", "nnapi", None, 3.3),
        ("Pixel 4 (Android 10)", "cpu", 4, 5.0),
        ("iPhone XS (iOS 12.4.1)", "cpu", 2, 11.0),
    } <= rows


def test_the_whole_zoo_is_read_quickly():
    # 0.08 s where this was written; a slow and shared machine may take ten times as long.
    started = time.perf_counter()
    load_zoo([])
    assert time.perf_counter() - started < 0.8


def test_hosted_files_that_are_here_are_what_their_entries_say(assets: Path, bundled: Zoo):
    from harness.zoo.inspect import inspect_model

    compared = 0
    for path in sorted((assets / "models").glob("*.tflite")):
        facts = inspect_model(path)
        item = bundled.by_sha256(facts.sha256)
        if item is None:
            continue
        entry, compared = item.entry, compared + 1
        assert entry.size_bytes in (None, facts.size_bytes), entry.name
        assert entry.quantization is facts.quantization, entry.name
        assert facts.inputs[0].shape[1:3] == (entry.input.height, entry.input.width), entry.name
        assert facts.inputs[0].dtype == entry.input.dtype, entry.name
        assert facts.outputs[0].shape[-1] == 1000 + (entry.labels.offset or 0), entry.name
    assert compared >= 8
