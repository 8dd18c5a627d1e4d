from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import UnknownNameError, ZooError
from harness.resources import bundled_path
from harness.zoo.registry import Zoo, load_zoo, own_zoo_files


@pytest.fixture
def own(tmp_path: Path, zoo_text: str) -> Path:
    path = tmp_path / "own zoo.yaml"
    path.write_text(zoo_text)
    return path


@pytest.fixture
def zoo(own: Path) -> Zoo:
    return load_zoo([own])


def names(zoo: Zoo, spec: str) -> list[str]:
    return [item.entry.name for item in zoo.search(spec)]


def test_the_bundled_zoo_is_valid():
    assert load_zoo([]).files == (bundled_path("model_zoo.yaml"),)


def test_own_entries_stand_beside_the_bundled_ones(zoo: Zoo):
    assert set(load_zoo([]).items) | {"first_int8", "second_float"} == set(zoo.items)


def test_a_later_file_replaces_entries_of_the_same_name(tmp_path: Path, own: Path, zoo_text: str):
    later = tmp_path / "later.yaml"
    later.write_text(zoo_text.replace("family: first", "family: other"))
    assert load_zoo([own, later]).find("first_int8").entry.family == "other"
    assert load_zoo([later, own]).find("first_int8").entry.family == "first"


def test_a_name_a_glob_and_a_group_find_entries(zoo: Zoo):
    assert names(zoo, "first_int8") == ["first_int8"]
    assert names(zoo, "FIRST_*") == ["first_int8"]
    assert names(zoo, "secon[dx]_?loat") == ["second_float"]
    assert names(zoo, "@mine") == ["first_int8"]
    assert names(zoo, "@second") == ["second_float"]
    assert "second_float" in names(zoo, "@float")
    assert "first_int8" in names(zoo, "@quantized")
    assert len(names(zoo, "@all")) == len(zoo.items)


@pytest.mark.parametrize(
    ("spec", "near"), [("first_in8", "first_int8"), ("@mien", "@mine"), ("@Secnd", "@second")]
)
def test_an_unknown_name_is_answered_with_near_matches(zoo: Zoo, spec: str, near: str):
    with pytest.raises(UnknownNameError) as raised:
        zoo.search(spec)
    assert near in raised.value.matches


def test_a_glob_that_fits_nothing_is_an_error(zoo: Zoo):
    with pytest.raises(UnknownNameError, match="nothing"):
        zoo.search("nothing*")


def test_own_files_are_the_configured_one_and_those_of_the_variable(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "harness.zoo.registry.platformdirs.user_config_dir", lambda name: str(tmp_path / name)
    )
    configured = tmp_path / "harness" / "zoo.yaml"
    configured.parent.mkdir()
    configured.write_text("schema: 1\n")
    monkeypatch.setenv("HARNESS_ZOO", f"{own}{os.pathsep}{os.pathsep}{own}")
    assert own_zoo_files() == (configured, own, own)


def test_a_file_of_the_variable_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("HARNESS_ZOO", str(tmp_path / "nowhere.yaml"))
    with pytest.raises(ZooError, match="no such zoo file"):
        load_zoo()


def test_an_entry_is_found_by_digest(tmp_path: Path, zoo_text: str):
    path = tmp_path / "zoo.yaml"
    path.write_text(zoo_text.replace("    groups: [mine]", f"    sha256: {'ab' * 32}"))
    zoo = load_zoo([path])
    item = zoo.by_sha256("ab" * 32)
    assert item is not None
    assert item.entry.name == "first_int8"
    assert zoo.by_sha256("cd" * 32) is None
