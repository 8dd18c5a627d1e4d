from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
import yaml

from harness.errors import ModelError, UnknownNameError
from harness.records.model import Preprocess
from harness.records.vocabulary import Quantization
from harness.zoo.registry import Zoo, load_zoo
from harness.zoo.resolve import resolve_models
from tests.zoo.tflite_builder import OPERATORS, TYPES, classifier, metadata_bytes, with_files

MODEL = classifier()
NAMES = b"cat\ndog\nbird\nfish\n"
NO_ZOO = Zoo({})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path: Path, data: bytes = MODEL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zoo_of(folder: Path, **keys: object) -> Zoo:
    entry = {
        "name": "mine",
        "family": "own",
        "path": "models/mine.tflite",
        "quantization": "float32",
        "input": {"height": 8, "width": 8, "dtype": "float32"},
        **keys,
    }
    path = folder / "zoo.yaml"
    path.write_text(yaml.safe_dump({"schema": 1, "models": [entry]}))
    return Zoo({item.entry.name: item for item in load_zoo([path]).items.values() if item.file == path})


def names(specs: list[str], zoo: Zoo = NO_ZOO) -> list[str]:
    return [model.name for model in resolve_models(specs, zoo)]


def test_a_path_becomes_a_model_named_by_its_stem(folder: Path):
    put(folder / "v1_0.25_224.tflite")
    (model,) = resolve_models(["v1_0.25_224.tflite"], NO_ZOO)
    assert model.name == "v1_0.25_224"
    assert model.path == str(folder / "v1_0.25_224.tflite")
    assert model.sha256 == hashlib.sha256(MODEL).hexdigest()
    assert (model.size_bytes, model.quantization) == (len(MODEL), Quantization.FLOAT32)
    assert (model.problem, model.no_classifier) == (None, None)


@pytest.mark.parametrize("name", ["a b", 'it\'s "quoted"', "ünïcode", "-dash", "a[1]", "100%", "$HOME"])
def test_odd_file_names_are_taken_as_they_are(folder: Path, name: str):
    put(folder / f"{name}.tflite")
    assert names([f"./{name}.tflite"]) == [name]


def test_a_glob_and_a_folder_give_all_their_models_in_order(folder: Path):
    for name in ("b", "a", "c"):
        put(folder / "models" / f"{name}.tflite")
    (folder / "models" / "notes.txt").write_text("no model")
    assert names(["models"]) == ["a", "b", "c"]
    assert names(["models/[ab]*"]) == ["a", "b"]
    assert names([str(folder / "**" / "*.tflite")]) == ["a", "b", "c"]
    assert names(["models/c.tflite", "models"]) == ["c", "a", "b"]


def test_a_file_named_twice_is_one_model(folder: Path):
    put(folder / "a.tflite")
    (folder / "link.tflite").symlink_to(folder / "a.tflite")
    assert names(["a.tflite", "./a.tflite", str(folder / "a.tflite"), "link.tflite"]) == ["a"]


def test_entries_of_one_file_are_one_model_that_names_the_others(folder: Path):
    put(folder / "mine.tflite")
    entry = {"family": "own", "path": "mine.tflite", "quantization": "float32"}
    entry["input"] = {"height": 8, "width": 8, "dtype": "float32"}
    path = folder / "zoo.yaml"
    path.write_text(json.dumps({"schema": 1, "models": [{"name": each, **entry} for each in "abc"]}))
    (model,) = resolve_models(["b", "a", "c", "a", "mine.tflite"], load_zoo([path]))
    assert (model.name, model.same_file) == ("b", ("a", "c"))


def test_equal_stems_are_told_apart_by_their_folder(folder: Path):
    for where in ("one", "two"):
        put(folder / where / "same.tflite")
    assert names(["one", "two"]) == ["same (one)", "same (two)"]


def test_names_stay_unique_where_the_folders_are_equal_too(folder: Path):
    for where in ("x/m", "y/m"):
        put(folder / where / "same.tflite")
    assert names(["x/m", "y/m"]) == ["same (m)", "same (m) 2"]


@pytest.mark.parametrize("spec", ["nowhere.tflite", "no/where", "no/*.tflite", "*.tflite", "./x", "a\0b/c"])
def test_a_path_that_leads_nowhere_is_an_error(folder: Path, spec: str):
    with pytest.raises(ModelError):
        resolve_models([spec], NO_ZOO)


def test_an_empty_folder_is_an_error(folder: Path):
    (folder / "empty").mkdir()
    with pytest.raises(ModelError, match=r"holds no \.tflite"):
        resolve_models(["empty"], NO_ZOO)


@pytest.mark.parametrize("spec", ["mien", "min?", "@grup"])
def test_an_unknown_name_is_an_error(folder: Path, spec: str):
    with pytest.raises(UnknownNameError):
        resolve_models([spec.replace("min?", "x?")], zoo_of(folder))


@pytest.mark.parametrize("content", [b"", b"no model", MODEL[:200], os.urandom(3000)])
def test_a_broken_file_is_a_model_with_a_problem(folder: Path, content: bytes):
    put(folder / "good.tflite")
    put(folder / "bad.tflite", content)
    bad, good = resolve_models(["bad.tflite", "good.tflite"], NO_ZOO)
    assert bad.problem is not None
    assert "bad.tflite" in bad.problem
    assert "\n" not in bad.problem
    assert bad.sha256 == hashlib.sha256(content).hexdigest()
    assert good.problem is None


def test_a_model_that_is_no_classifier_says_so_and_has_no_problem(folder: Path):
    put(folder / "features.tflite", classifier(output_shape=(1, 8, 8, 4)))
    (model,) = resolve_models(["features.tflite"], NO_ZOO)
    assert model.problem is None
    assert "output" in str(model.no_classifier)


def test_a_model_with_a_foreign_operator_has_a_problem_that_names_it(folder: Path):
    put(folder / "tpu.tflite", classifier(head=["edgetpu-custom-op"]))
    (model,) = resolve_models(["tpu.tflite"], NO_ZOO)
    assert "tpu.tflite needs the custom op edgetpu-custom-op" in str(model.problem)


def test_embedded_labels_and_normalization_are_used(folder: Path):
    metadata = metadata_bytes(mean=(127.0,), std=(128.0,))
    put(folder / "m.tflite", with_files(classifier(metadata=metadata), {"labels.txt": NAMES}))
    (model,) = resolve_models(["m.tflite"], NO_ZOO)
    assert model.labels == ("cat", "dog", "bird", "fish")
    assert model.preprocess == Preprocess(mean=(127.0,), std=(128.0,))


def test_an_integer_input_takes_raw_pixels_whatever_the_metadata_says(folder: Path):
    metadata = metadata_bytes(mean=(127.0,), std=(128.0,), label_file=None)
    put(folder / "m.tflite", classifier(metadata=metadata, input_type=TYPES.UINT8, input_scale=0.0078125))
    (model,) = resolve_models(["m.tflite"], NO_ZOO)
    assert model.preprocess == Preprocess()


def test_the_tools_own_normalization_is_left_to_the_tools_arithmetic(folder: Path):
    put(folder / "m.tflite", classifier(metadata=metadata_bytes(label_file=None)))
    (model,) = resolve_models(["m.tflite"], NO_ZOO)
    assert model.preprocess == Preprocess()


def test_an_entry_lends_what_it_states(folder: Path):
    put(folder / "models" / "mine.tflite")
    (folder / "names.txt").write_bytes(NAMES)
    zoo = zoo_of(
        folder,
        labels={"file": "names.txt", "offset": 0},
        preprocess={"crop": "none"},
        published={"top1": 50},
        dataset="starter-val",
        license="MIT",
        groups=["good"],
    )
    (model,) = resolve_models(["mine"], zoo)
    assert model.labels == ("cat", "dog", "bird", "fish")
    assert (model.family, model.dataset, model.license, model.label_offset) == (
        "own",
        "starter-val",
        "MIT",
        0,
    )
    assert model.preprocess.crop.value == "none"
    assert model.published_accuracy is not None
    assert model.published_accuracy.top1_percent == 50
    assert "good" in model.groups


def test_a_copy_with_an_entrys_digest_takes_what_the_entry_states(folder: Path):
    put(folder / "models" / "mine.tflite")
    put(folder / "copy.tflite")
    zoo = zoo_of(folder, sha256=hashlib.sha256(MODEL).hexdigest(), license="MIT")
    (model,) = resolve_models(["copy.tflite"], zoo)
    assert (model.name, model.license, model.family) == ("copy", "MIT", "own")


def test_a_file_other_than_the_entry_describes_is_a_problem(folder: Path):
    put(folder / "models" / "mine.tflite")
    (model,) = resolve_models(["mine"], zoo_of(folder, sha256="ab" * 32))
    assert "another file" in str(model.problem)


def test_an_entry_whose_file_is_missing_is_a_problem(folder: Path):
    (model,) = resolve_models(["mine"], zoo_of(folder))
    assert "does not exist" in str(model.problem)


@pytest.mark.parametrize("content", [None, b"", b"only\none\n"])
def test_labels_that_do_not_fit_are_a_problem(folder: Path, content: bytes | None):
    put(folder / "models" / "mine.tflite")
    if content is not None:
        (folder / "names.txt").write_bytes(content)
    (model,) = resolve_models(["mine"], zoo_of(folder, labels={"file": "names.txt"}))
    assert model.problem is not None
    assert "names.txt" in model.problem


def test_an_entry_with_an_address_only_says_that_it_is_not_here(folder: Path):
    zoo = zoo_of(folder, path=None, url="https://example.org/mine.tflite")
    (model,) = resolve_models(["mine"], zoo)
    assert model.problem is not None
    assert model.problem.startswith("mine lies at https://example.org/mine.tflite")


def test_one_model_that_cannot_be_had_does_not_stop_the_others(folder: Path):
    zoo = zoo_of(folder, path=None, url="https://example.org/mine.tflite")
    here = put(folder / "here.tflite")
    missing, found = resolve_models(["mine", str(here)], zoo)
    assert missing.problem is not None
    assert found.problem is None


def test_whatever_locates_models_can_be_plugged_in(folder: Path):
    fetched = put(folder / "cache" / "0123.tflite")
    zoo = zoo_of(folder, path=None, url="https://example.org/mine.tflite")
    (model,) = resolve_models(["@own"], zoo, locate=lambda item: fetched)
    assert (model.name, model.path) == ("mine", str(fetched))


def test_a_name_of_the_zoo_comes_before_a_file_of_that_name(folder: Path):
    put(folder / "models" / "mine.tflite")
    put(folder / "mine", b"no model")
    (model,) = resolve_models(["mine"], zoo_of(folder))
    assert model.problem is None


def test_a_file_never_takes_the_name_of_an_entry(folder: Path):
    put(folder / "models" / "mine.tflite")
    put(folder / "mine.tflite", classifier(head=[OPERATORS.LOGISTIC]))
    assert names(["mine", "mine.tflite"], zoo_of(folder)) == ["mine", f"mine ({folder.name})"]


def test_every_real_model_resolves_without_a_problem(assets: Path):
    models = resolve_models([str(assets / "models" / "*.tflite")], NO_ZOO)
    assert len(models) == len(list((assets / "models").glob("*.tflite")))
    assert len({model.name for model in models}) == len(models)
    assert all(model.problem is None and model.no_classifier is None for model in models)


def test_real_models_with_metadata_keep_the_arithmetic_of_their_reference(assets: Path):
    models = resolve_models([str(assets / "models" / "*_with_metadata.tflite")], NO_ZOO)
    assert models
    for model in models:
        assert model.preprocess == Preprocess()
        assert model.labels is not None
        assert len(model.labels) == 1001


def test_every_odd_model_has_one_sentence(assets: Path):
    models = resolve_models([str(assets / "odd_models")], NO_ZOO)
    assert len(models) == 7
    for model in models:
        sentence = model.problem or model.no_classifier
        if model.name == "channels_first_1x3x224x224":  # odd, and scored
            assert sentence is None
            continue
        assert sentence, model.name
        assert "\n" not in sentence
        assert model.problem is None or model.name in model.problem
